//! Search terms, and the texts that have them: by the beginnings of words, in any order.
//!
//! A word is a run of characters between blanks, hyphens, apostrophes, dots and the like. One person's single
//! word may be another's several, so a run of words may be matched as if nothing stood between them: `obrien`
//! and `o brien` find O'Brien, `smit jansen` and `smitjansen` find Smit-Jansen, `van den berg` finds
//! Vandenberg. `v.d.` in a name or in a query is van den, van der or van de; so with the other abbreviations
//! of this kind.

use crate::characters::is_of_word;
use crate::fold::fold;

/// Characters of a query that count.
const LONGEST_QUERY: usize = 100;
/// Words of a query that are matched as one, at most.
const MOST_TOGETHER: usize = 4;

/// Abbreviations within names, as words, and what they stand for. The longest first.
pub(crate) const ABBREVIATIONS: &[(&[&str], &[&[&str]])] = &[
    (&["van", "d"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["v", "d"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["v", "h"], &[&["van", "het"], &["van", "t"]]),
    (&["v", "t"], &[&["van", "t"], &["van", "het"]]),
    (&["a", "d"], &[&["aan", "den"], &["aan", "de"], &["aan", "der"]]),
    (&["i", "d"], &[&["in", "den"], &["in", "de"], &["in", "der"]]),
    (&["i", "t"], &[&["in", "t"], &["in", "het"]]),
    (&["o", "d"], &[&["op", "den"], &["op", "de"], &["op", "der"]]),
    (&["u", "d"], &[&["uit", "den"], &["uit", "de"], &["uit", "der"]]),
    (&["vd"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["vh"], &[&["van", "het"], &["van", "t"]]),
    (&["vt"], &[&["van", "t"], &["van", "het"]]),
    (&["v"], &[&["van"], &["von"]]),
    (&["t"], &[&["het"]]),
    (&["het"], &[&["t"]]),
];

/// The folded words of a text.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !is_of_word(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of a text with one blank between them: equal for names that one would take for the same, and what lists are
/// put in order by.
///
/// ```
/// assert_eq!(matching::plain(" Smit–Jansen"), matching::plain("SMIT JANSEN"));
/// ```
pub fn plain(text: &str) -> String {
    tokens(text).join(" ")
}

/// The words of what can be found, ready to be looked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Runs of words without anything between them, each run ended by a blank.
    text: String,
    /// The start of each word.
    starts: Vec<usize>,
}

impl Words {
    /// Of all these texts: words of one may be matched as one word, words of several may not.
    pub fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Words {
        let mut words = Words::default();
        for text in texts {
            let tokens = tokens(text.as_ref());
            for turn in 0.. {
                let Some(written_out) = written_out(&tokens, turn) else {
                    break;
                };
                words.push(&written_out);
            }
            words.push(&tokens);
        }
        words
    }

    fn push<T: AsRef<str>>(&mut self, run: &[T]) {
        for word in run {
            self.starts.push(self.text.len());
            self.text.push_str(word.as_ref());
        }
        self.text.push(' ');
    }

    fn begin(&self, wanted: &str) -> bool {
        let text = self.text.as_bytes();
        let at = |start: &usize| {
            text.get(*start..)
                .is_some_and(|rest| rest.starts_with(wanted.as_bytes()))
        };
        self.starts.iter().any(at)
    }
}

/// The words with each abbreviation as what it stands for; the `turn`-th where it may be several. `None` where there is no
/// abbreviation that stands for so many.
fn written_out(tokens: &[String], turn: usize) -> Option<Vec<&str>> {
    let mut written = Vec::new();
    let mut rest = tokens;
    let mut most = 0;
    while let Some((first, others)) = rest.split_first() {
        let begins =
            |short: &[&str]| rest.len() >= short.len() && short.iter().zip(rest).all(|(a, b)| a == b);
        match ABBREVIATIONS.iter().find(|(short, _)| begins(short)) {
            Some((short, long)) => {
                most = most.max(long.len());
                written.extend_from_slice(long.get(turn).or(long.last())?);
                rest = rest.get(short.len()..)?;
            }
            None => {
                written.push(first.as_str());
                rest = others;
            }
        }
    }
    (turn < most).then_some(written)
}

/// A search query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The words without anything between them.
    text: String,
    /// The end of each word.
    ends: Vec<usize>,
    /// The same with `vd` as two words, where it is there.
    apart: Option<Box<Wanted>>,
}

impl Wanted {
    /// Of what was typed. Characters past the hundredth do not count.
    pub fn of(query: &str) -> Wanted {
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        let tokens = tokens(&query);
        let apart: Vec<String> = tokens
            .iter()
            .flat_map(|token| match token.as_str() {
                "vd" | "vh" | "vt" => token.chars().map(String::from).collect(),
                _ => vec![token.clone()],
            })
            .collect();
        let mut wanted = Wanted::of_tokens(&tokens);
        if apart.len() > tokens.len() {
            wanted.apart = Some(Box::new(Wanted::of_tokens(&apart)));
        }
        wanted
    }

    fn of_tokens(tokens: &[String]) -> Wanted {
        let mut wanted = Wanted::default();
        for token in tokens {
            wanted.text.push_str(token);
            wanted.ends.push(wanted.text.len());
        }
        wanted
    }

    /// No word was typed: everything has what is looked for.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether each of the words, alone or with its neighbours as one, begins a word of the text.
    ///
    /// ```
    /// use matching::{Wanted, Words};
    /// let name = Words::of(["Daan v.d. Berg"]);
    /// assert!(Wanted::of("Berg, van den").are_in(&name));
    /// assert!(!Wanted::of("Berg, Joris").are_in(&name));
    /// ```
    pub fn are_in(&self, words: &Words) -> bool {
        // Whether all words up to each place are matched.
        let mut matched = vec![true];
        for (place, end) in self.ends.iter().enumerate() {
            let first = (place + 1).saturating_sub(MOST_TOGETHER);
            let is_matched = (first..=place).rev().any(|from| {
                let start = from.checked_sub(1).and_then(|before| self.ends.get(before));
                matched.get(from) == Some(&true)
                    && self
                        .text
                        .get(start.copied().unwrap_or_default()..*end)
                        .is_some_and(|wanted| words.begin(wanted))
            });
            matched.push(is_matched);
        }
        matched.last() == Some(&true) || self.apart.as_ref().is_some_and(|apart| apart.are_in(words))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Sample {
        name: Vec<String>,
        finds: Vec<String>,
        misses: Vec<String>,
    }

    // O3, O4, O6
    #[test]
    fn every_sample_is_found_by_its_queries_and_by_no_others() {
        let samples: Vec<Sample> = serde_json::from_str(include_str!("../samples.json")).unwrap();
        for sample in samples {
            let name = sample.name.iter().filter(|part| !part.is_empty());
            let name = name.map(String::as_str).collect::<Vec<_>>().join(" ");
            let words = Words::of([&name]);
            for query in &sample.finds {
                assert!(Wanted::of(query).are_in(&words), "{query} finds {name}");
            }
            for query in &sample.misses {
                assert!(!Wanted::of(query).are_in(&words), "{query} misses {name}");
            }
        }
    }

    // O6
    #[test]
    fn words_of_two_texts_are_never_taken_for_one() {
        let card = Words::of(["Daan Berg", "Arts"]);
        assert!(Wanted::of("arts daanb").are_in(&card));
        assert!(!Wanted::of("bergarts").are_in(&card));
    }

    // O6
    #[test]
    fn a_query_without_a_word_leaves_nothing_out() {
        for query in ["", " ", "'", "’", "-", "(", "\u{200B}"] {
            assert!(Wanted::of(query).is_empty(), "{query:?}");
            assert!(Wanted::of(query).are_in(&Words::of(["'t Hart"])));
        }
    }

    /// Names as they are made up of parts that go wrong.
    fn names() -> impl Strategy<Value = String> {
        let parts = prop::sample::select(vec![
            "Zoë",
            "Daan",
            "Yıldız",
            "İpek",
            "Łukasz",
            "Søren",
            "Strauß",
            "Ĳsbrand",
            "Æsa",
            "Þór",
            "Đorđe",
            "Haﬁz",
            "Ｋｉｍ",
            "van den",
            "v.d.",
            "v/d",
            "'t",
            "’t",
            "d'",
            "O’",
            "El\u{2011}",
            "Smit-",
            "Smit\u{2010}",
            "\u{a0}",
            "  ",
            ",",
            "Özdemir",
            "Παπαδόπουλος",
            "Иванов",
            "محمد",
            "क्षमा",
            "สมชาย",
            "김",
            "Berg",
            "(arts)",
        ]);
        prop::collection::vec(parts, 1..6)
            .prop_map(|parts| parts.join(" ").replace("- ", "-").replace("’ ", "’"))
    }

    proptest! {
        // O6
        #[test]
        fn the_beginning_of_any_word_finds_the_name_in_every_form(name in names(), cut in 1_usize..30) {
            let words = Words::of([&name]);
            for word in name.split_whitespace() {
                let beginning: String = word.chars().take(cut).collect();
                for typed in [
                    beginning.clone(),
                    beginning.nfc().collect(),
                    beginning.nfd().collect(),
                    beginning.to_uppercase(),
                    beginning.to_lowercase(),
                ] {
                    prop_assert!(Wanted::of(&typed).are_in(&words), "{} in {}", typed, name);
                }
            }
        }

        // O6
        #[test]
        fn a_name_in_any_form_is_found_by_itself_and_from_back_to_front(name in names()) {
            for form in [name.clone(), name.nfc().collect(), name.nfd().collect(), name.to_uppercase()] {
                let words = Words::of([&form]);
                prop_assert!(Wanted::of(&name).are_in(&words));
                let mut turned: Vec<&str> = name.split_whitespace().collect();
                turned.reverse();
                prop_assert!(Wanted::of(&turned.join(", ")).are_in(&words));
                prop_assert_eq!(plain(&form), plain(&name));
            }
        }
    }
}
