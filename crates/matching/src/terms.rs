//! Terms of a search through running text: words and their beginnings, parts of words, and phrases.
//!
//! `wond links` finds a text with a word that has `wond` in it and one that has `links` in it, in any order; a term of one or two
//! letters must begin a word. `"wond links"` finds the two words beside each other, and so do words with a sign between them and no blank,
//! as in `abc-123`. Case, accents and characters that nobody sees make no difference ([`fold`](crate::fold())); no sign is an
//! operator, and signs alone are nothing.

use std::ops::Range;

use crate::characters::{is_line_end, is_space};
use crate::text_words::{APART, TextWords};

/// Characters of a query that count.
const LONGEST_QUERY: usize = 200;
/// Terms of a query that count.
const MOST_TERMS: usize = 12;
/// Letters from which on a term may stand within a word.
const PART: usize = 3;

/// The terms of a query, all of which a text must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    shape: Shape,
    /// Letters that the folded words of a text have in them where it stands.
    letters: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// Folded letters within a word, or at its beginning where they are less than three.
    Part(String),
    /// Folded words, whole and beside each other.
    Phrase(Vec<String>),
    /// The same, of which the first may end a longer word, and the last begin one.
    Joined(Vec<String>),
}

/// A question to an index of words, whose words are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InWords {
    /// A word that has these letters in it. The index does not know which words those are.
    Within(String),
    /// These words beside each other, with a blank between them.
    Beside(String),
    /// The same, of which the last may begin a longer word.
    Begun(String),
}

impl Terms {
    /// Of what was typed. What stands after the two hundredth character or the twelfth term does not count; a quote that is not closed
    /// lasts to the end.
    pub fn of(query: &str) -> Terms {
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        let mut terms = Vec::new();
        let folded = |text: &str| -> Vec<String> { TextWords::of(text).words().map(str::to_owned).collect() };
        for (place, part) in query.split(['"', '“', '”', '„']).enumerate() {
            if place % 2 == 1 {
                let phrase = folded(part);
                terms.extend((!phrase.is_empty()).then_some(Shape::Phrase(phrase)));
                continue;
            }
            for typed in part.split(is_space_or_line_end) {
                let mut joined = folded(typed);
                terms.extend(match joined.len() {
                    0 | 1 => joined.pop().map(Shape::Part),
                    _ => Some(Shape::Joined(joined)),
                });
            }
        }
        terms.truncate(MOST_TERMS);
        Terms(terms.into_iter().map(Term::of).collect())
    }

    /// These and more, up to twelve.
    pub fn and(mut self, more: Terms) -> Terms {
        self.0.extend(more.0);
        self.0.truncate(MOST_TERMS);
        self
    }

    /// Nothing was typed that can be looked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text has all of them.
    ///
    /// ```
    /// use matching::Terms;
    /// assert!(Terms::of("ontsteking long").are_in("Verdenking longontsteking"));
    /// assert!(Terms::of("\"wond links\" een").are_in("Eén wond, links"));
    /// assert!(!Terms::of("\"links wond\"").are_in("Wond links"));
    /// ```
    pub fn are_in(&self, text: &str) -> bool {
        let words = TextWords::of(text);
        self.0.iter().all(|term| words.letters.contains(&term.letters))
    }

    /// The places in a text where a term stands, in bytes, ascending and apart.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let words = TextWords::of(text);
        let mut places: Vec<Range<usize>> = Vec::new();
        for term in &self.0 {
            let mut from = 0;
            while let Some(at) = words
                .letters
                .get(from..)
                .and_then(|rest| rest.find(&term.letters))
            {
                let first = words.word_at(from + at + usize::from(term.letters.starts_with(APART)));
                let (of_term, end) = words.places(first, term.len());
                places.extend(of_term);
                from = end;
            }
        }
        places.sort_unstable_by_key(|place| place.start);
        places.dedup();
        places
    }

    /// The questions to an index of words: a text with these terms has all of it. The reverse holds but for the first of words that a
    /// sign joins, which the index cannot ask to be beside the others.
    pub fn in_words(&self) -> Vec<InWords> {
        self.0.iter().flat_map(Term::in_words).collect()
    }

    /// Whether a text that has what the index is asked for ([`in_words`](Self::in_words)) has these terms, too.
    pub fn are_exact_in_words(&self) -> bool {
        !self.0.iter().any(|term| matches!(term.shape, Shape::Joined(_)))
    }

    /// Runs of three letters that a text with these terms has, so many of each word at most: those that fewest texts have, as far as
    /// their letters show. None where all terms are shorter.
    pub fn runs(&self, most: usize) -> Vec<String> {
        let of = |word: &String| {
            let letters: Vec<char> = word.chars().collect();
            let mut runs: Vec<&[char]> = letters.windows(PART).collect();
            runs.sort_by_cached_key(|run| run.iter().copied().map(commonness).sum::<u32>());
            runs.dedup();
            let rarest = runs.into_iter().take(most);
            rarest.map(String::from_iter).collect::<Vec<String>>()
        };
        let words = self.0.iter().flat_map(|term| term.words());
        let mut runs: Vec<String> = words.flat_map(of).collect();
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}

/// How many of a million letters of Dutch text it is, as a logarithm in tenths; by Onze Taal's count.
fn commonness(letter: char) -> u32 {
    match letter {
        'e' => 175,
        'n' => 166,
        'a' => 162,
        't' | 'i' | 'r' => 160,
        'o' | 'd' => 159,
        's' | 'l' => 152,
        'g' => 151,
        'v' => 148,
        'h' | 'k' | 'm' => 145,
        'u' => 143,
        'b' | 'p' | 'w' | 'j' => 139,
        'z' | 'c' => 137,
        'f' => 130,
        _ => 90,
    }
}

fn is_short(word: &str) -> bool {
    word.chars().nth(PART - 1).is_none()
}

fn is_space_or_line_end(c: char) -> bool {
    is_space(c) || is_line_end(c)
}

impl Term {
    fn of(shape: Shape) -> Term {
        let begins = |word: &String| {
            if is_short(word) {
                APART.to_string()
            } else {
                String::new()
            }
        };
        let apart = APART.to_string();
        let letters = match &shape {
            Shape::Part(part) => begins(part) + part,
            // A single letter ends too many words.
            Shape::Joined(words) => words.first().map(begins).unwrap_or_default() + &words.join(&apart),
            Shape::Phrase(words) => format!("{APART}{}{APART}", words.join(&apart)),
        };
        Term { shape, letters }
    }

    fn in_words(&self) -> Vec<InWords> {
        match &self.shape {
            Shape::Part(part) if is_short(part) => vec![InWords::Begun(part.clone())],
            Shape::Part(part) => vec![InWords::Within(part.clone())],
            Shape::Phrase(words) => vec![InWords::Beside(words.join(" "))],
            Shape::Joined(words) => match words.split_first() {
                Some((first, rest)) if is_short(first) => {
                    vec![InWords::Beside(first.clone()), InWords::Begun(rest.join(" "))]
                }
                Some((first, rest)) => vec![InWords::Within(first.clone()), InWords::Begun(rest.join(" "))],
                None => Vec::new(),
            },
        }
    }

    fn words(&self) -> &[String] {
        match &self.shape {
            Shape::Part(part) => std::slice::from_ref(part),
            Shape::Phrase(words) | Shape::Joined(words) => words,
        }
    }

    /// Of how many words of a text.
    fn len(&self) -> usize {
        self.words().len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // L4
    #[test]
    fn words_beginnings_parts_and_phrases_are_found_without_case_and_accents() {
        for (query, text) in [
            ("wond", "De wond is rustig."),
            ("WON", "De wond is rustig."),
            ("rust wond", "De wond is rustig."),
            ("ontsteking", "Verdenking longontsteking links"),
            ("coordinatie", "Coördinatie met de huisarts"),
            ("coördinatie", "coordinatie van het rooster"),
            ("coördinatie", "Coo\u{308}rdinatie"),
            ("een", "één wond"),
            ("é", "Een wond"),
            ("2", "2 keer per dag"),
            ("\"de wond\"", "Is (de) wond… rustig?"),
            ("\"de wond", "de wond"),
            ("„de wond”", "de wond"),
            ("decubitus", "decu\u{AD}bi\u{200B}tus"),
            ("strasse", "Hauptstraße 3"),
            ("ijssel", "Aan de Ĳssel"),
            ("nieuwegein", "\u{202B}Nieuwegein\u{202C}"),
            ("foto.jpg", "Zie foto.jpg"),
            ("foto jpg", "wondfoto.JPG"),
            ("foto.jp", "wondfoto.jpg"),
            ("deuk", "https://www.deuken.example/a/b"),
            ("deuken.example/a", "https://www.deuken.example/a/b"),
            ("infirmier", "l'infirmier"),
            ("l'infirmier", "L’infirmier"),
            ("anna@debeuk.example", "Mail naar anna@debeuk.example."),
            ("ABC-12345", "zie abc-12345"),
            ("spot-check", "een spot-check"),
            ("a/b", "groep a/b"),
        ] {
            assert!(Terms::of(query).are_in(text), "{query} in {text}");
        }
        for (query, text) in [
            ("wonden", "De wond is rustig."),
            ("is", "Dit wordt het"),
            ("on", "De wond"),
            ("\"wond de\"", "de wond"),
            ("\"de won\"", "de wond"),
            ("wond links", "De wond is rustig."),
            ("rusti g", "rusti"),
            ("spot-check", "een spot, en later de check"),
            ("a-wond", "de la-wond"),
        ] {
            assert!(!Terms::of(query).are_in(text), "{query} in {text}");
        }
    }

    // L4
    #[test]
    fn no_sign_is_an_operator_and_signs_alone_are_nothing() {
        for query in [
            "", "  ", "***", "\"", "\"\"", "-", "^", "() :", ":)", "{}", "::", "…", "\u{200B}", "🙂",
        ] {
            assert!(Terms::of(query).is_empty(), "{query}");
        }
        for query in [
            "NEAR(wond",
            "NEAR( wond",
            "wond*",
            "-wond",
            "^wond",
            "wond\u{0}",
            "wond:)",
        ] {
            let terms = Terms::of(query);
            assert!(terms.are_in("near wond"), "{query}");
        }
        assert!(!Terms::of("wond OR been").are_in("wond"));
        assert!(Terms::of(&"wond ".repeat(10_000)).are_in("wond"));
    }

    // L4
    #[test]
    fn the_words_that_have_a_term_are_the_places_to_be_marked() {
        let text = "Één long\u{AD}ontsteking, en nóg een wond.";
        let marked = |query: &str| -> Vec<&str> {
            let places = Terms::of(query).places(text).into_iter();
            places.map(|place| &text[place]).collect()
        };
        assert_eq!(marked("een"), ["Één", "een"]);
        assert_eq!(marked("wond ontsteking"), ["long\u{AD}ontsteking", "wond"]);
        assert_eq!(marked("\"nog een\" een"), ["Één", "nóg", "een"]);
        assert_eq!(marked("voet"), [""; 0]);
    }

    // L4
    #[test]
    fn the_runs_with_the_rarest_letters_are_asked_for_first() {
        let runs = |query: &str, most| Terms::of(query).runs(most);
        assert_eq!(runs("decubitus", usize::MAX).len(), 7);
        assert_eq!(runs("decubitus", 2), ["cub", "ubi"]);
        assert_eq!(runs("been decubitus", 1), ["bee", "cub"]);
        assert_eq!(runs("is", 3), [""; 0]);
        for most in 1..9 {
            let all = runs("eenzelfde longontsteking", usize::MAX);
            assert!(
                runs("eenzelfde longontsteking", most)
                    .iter()
                    .all(|run| all.contains(run))
            );
        }
    }

    proptest! {
        // L4
        #[test]
        fn every_text_has_its_words_their_beginnings_and_their_parts(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let words = TextWords::of(&text);
            let words: Vec<&str> = words.words().collect();
            prop_assume!(!words.is_empty());
            let word = words[at.index(words.len())];
            let letters: Vec<char> = word.chars().take(LONGEST_QUERY).collect();
            for (from, to) in [(0, letters.len()), (0, 1), (letters.len().saturating_sub(PART), letters.len())] {
                let part: String = letters[from..to].iter().collect();
                let terms = Terms::of(&part);
                if part.chars().count() >= PART || from == 0 {
                    prop_assert!(terms.are_in(&text), "{:?} in {:?}", part, text);
                    prop_assert!(!terms.places(&text).is_empty());
                }
            }
            for place in Terms::of(&text).places(&text) {
                prop_assert!(text.get(place).is_some());
            }
        }
    }
}
