//! Terms of a search through running text: words and their beginnings, parts of words, and phrases.
//!
//! `wond links` finds a text with a word that has `wond` in it and one that has `links` in it, in any order; a term of one or two
//! letters must begin a word. `"wond links"` finds the two words beside each other, and so do words with a sign between them and no blank,
//! as in `abc-123`. Case, accents and characters that nobody sees make no difference ([`fold`](crate::fold())); no sign is an
//! operator, and signs alone are nothing.

use std::borrow::Cow;
use std::ops::Range;

use crate::characters::{is_line_end, is_of_word, is_space};
use crate::fold::fold;

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
enum Term {
    /// Folded letters within a word, or at its beginning where they are less than three.
    Part(String),
    /// Folded words, whole and beside each other.
    Phrase(Vec<String>),
    /// The same, of which the first may end a longer word, and the last begin one.
    Joined(Vec<String>),
}

/// A word of a text.
struct Word {
    folded: String,
    place: Range<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    let end = [(text.len(), "")];
    let characters = text
        .char_indices()
        .map(|(at, c)| (at, &text[at..at + c.len_utf8()]));
    for (at, character) in characters.chain(end) {
        let folded = folded(character);
        // A character that nobody sees, and an accent of its own, are of the word around them.
        let of_word = !character.is_empty() && folded.chars().all(is_of_word);
        match (&mut begun, of_word) {
            (Some((_, word)), true) => word.push_str(&folded),
            (None, true) if !folded.is_empty() => begun = Some((at, folded.into_owned())),
            (None, _) => {}
            (Some(_), false) => {
                if let Some((from, folded)) = begun.take() {
                    let place = from..at;
                    words.push(Word { folded, place });
                }
            }
        }
    }
    words
}

/// One character; those of ASCII that one sees need no table.
fn folded(character: &str) -> Cow<'_, str> {
    const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
    match character.as_bytes() {
        [capital @ b'A'..=b'Z'] => {
            let at = usize::from(capital - b'A');
            Cow::Borrowed(&SMALL[at..=at])
        }
        [b' '..=b'~'] => Cow::Borrowed(character),
        _ => Cow::Owned(fold(character)),
    }
}

impl Terms {
    /// Of what was typed. What stands after the two hundredth character or the twelfth term does not count; a quote that is not closed
    /// lasts to the end.
    pub fn of(query: &str) -> Terms {
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        let mut terms = Vec::new();
        let folded =
            |text: &str| -> Vec<String> { words(text).into_iter().map(|word| word.folded).collect() };
        for (place, part) in query.split(['"', '“', '”', '„']).enumerate() {
            if place % 2 == 1 {
                let phrase = folded(part);
                terms.extend((!phrase.is_empty()).then_some(Term::Phrase(phrase)));
                continue;
            }
            for typed in part.split(is_space_or_line_end) {
                let mut joined = folded(typed);
                terms.extend(match joined.len() {
                    0 | 1 => joined.pop().map(Term::Part),
                    _ => Some(Term::Joined(joined)),
                });
            }
        }
        terms.truncate(MOST_TERMS);
        Terms(terms)
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
        let words = words(text);
        self.0.iter().all(|term| term.first(&words, 0).is_some())
    }

    /// The places in a text where a term stands, in bytes, ascending and apart.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let words = words(text);
        let mut places: Vec<Range<usize>> = Vec::new();
        for term in &self.0 {
            let mut from = 0;
            while let Some(at) = term.first(&words, from) {
                places.extend(words[at..].iter().take(term.len()).map(|word| word.place.clone()));
                from = at + term.len();
            }
        }
        places.sort_unstable_by_key(|place| place.start);
        places.dedup();
        places
    }

    /// Each term for an index of words, and whether it is the beginning of a word; a phrase is its words with a blank between them. A
    /// term within a word is unknown to such an index.
    pub fn in_words(&self) -> impl Iterator<Item = (String, bool)> {
        self.0.iter().map(|term| match term {
            Term::Part(part) => (part.clone(), true),
            Term::Phrase(words) | Term::Joined(words) => (words.join(" "), matches!(term, Term::Joined(_))),
        })
    }

    /// Whether an index of words knows each of them as it is: as a phrase.
    pub fn are_phrases(&self) -> bool {
        self.0.iter().all(|term| matches!(term, Term::Phrase(_)))
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
    fn words(&self) -> &[String] {
        match self {
            Term::Part(part) => std::slice::from_ref(part),
            Term::Phrase(words) | Term::Joined(words) => words,
        }
    }

    /// Of how many words of a text.
    fn len(&self) -> usize {
        self.words().len()
    }

    /// The first word from a place on at which it stands.
    fn first(&self, words: &[Word], from: usize) -> Option<usize> {
        let is_at = |at: &usize| match (self, words.get(*at..)) {
            (Term::Part(part), Some([word, ..])) if is_short(part) => word.folded.starts_with(part.as_str()),
            (Term::Part(part), Some([word, ..])) => word.folded.contains(part.as_str()),
            (Term::Joined(joined), Some(rest)) => {
                let last = joined.len() - 1;
                let fits = |(place, (word, wanted)): (usize, (&Word, &String))| match place {
                    // A single letter ends too many words.
                    0 if is_short(wanted) => word.folded == *wanted,
                    0 => word.folded.ends_with(wanted.as_str()),
                    place if place == last => word.folded.starts_with(wanted.as_str()),
                    _ => word.folded == *wanted,
                };
                rest.len() > last && rest.iter().zip(joined).enumerate().all(fits)
            }
            (Term::Phrase(phrase), Some(rest)) => {
                rest.len() >= phrase.len()
                    && rest
                        .iter()
                        .zip(phrase)
                        .all(|(word, wanted)| word.folded == *wanted)
            }
            _ => false,
        };
        (from..words.len()).find(is_at)
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

    #[test]
    fn a_character_of_ascii_is_folded_as_by_the_table() {
        for byte in 0..=127_u8 {
            let character = char::from(byte).to_string();
            assert_eq!(folded(&character), fold(&character), "{character:?}");
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
            let words = words(&text);
            prop_assume!(!words.is_empty());
            let word = &words[at.index(words.len())];
            let letters: Vec<char> = word.folded.chars().take(LONGEST_QUERY).collect();
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
