//! A search query: by the beginnings of words, in any order, and with what is forgiven.

use crate::fold::tokens;
use crate::words::Words;

/// Characters of a query that count.
const LONGEST_QUERY: usize = 100;
/// Words of a query that count: [`Run::number`] is below 64.
const MOST_WORDS: usize = 16;
/// Words of a query that are matched as one, at most.
const MOST_TOGETHER: usize = 4;

/// How well a text has what is looked for; the better is the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// Every word begins one of the text.
    Begins,
    /// Some of them only with a typing error, as initials, or with another prefix of the same kind (`van der` for `van den`).
    Forgiven,
}

/// A search query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As it was typed; and with `vd` as two words, where it is there.
    forms: Vec<Form>,
}

/// The words of a query in one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The words without anything between them.
    text: String,
    /// The end of each word.
    ends: Vec<usize>,
}

/// Words of a query that are matched as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// Its number within the form, below 64.
    pub number: u32,
    pub text: &'a str,
    /// One typed word: only such a word is forgiven something.
    pub single: bool,
}

impl Wanted {
    /// Of what was typed. Characters past the hundredth and words past the sixteenth do not count.
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
        let mut forms = vec![Form::of(&tokens)];
        if apart.len() > tokens.len() {
            forms.push(Form::of(&apart));
        }
        Wanted { forms }
    }

    /// No word was typed: everything has what is looked for.
    pub fn is_empty(&self) -> bool {
        self.forms.iter().all(Form::is_empty)
    }

    /// The readings of the query: one is enough.
    pub fn forms(&self) -> &[Form] {
        &self.forms
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
        let begins = |form: &Form| form.is_covered(|run| words.begin(run.text));
        self.forms.iter().any(begins)
    }

    /// How well the text has the words; `None` if it has not.
    ///
    /// ```
    /// use matching::{Match, Wanted, Words};
    /// let name = Words::of(["Sanne Janssen"]);
    /// assert_eq!(Wanted::of("jans").rank_in(&name), Some(Match::Begins));
    /// assert_eq!(Wanted::of("jannsen").rank_in(&name), Some(Match::Forgiven));
    /// assert_eq!(Wanted::of("jaspers").rank_in(&name), None);
    /// ```
    pub fn rank_in(&self, words: &Words) -> Option<Match> {
        if self.are_in(words) {
            return Some(Match::Begins);
        }
        let forgives = |form: &Form| {
            form.is_covered(|run| words.begin(run.text) || (run.single && words.forgive(run.text)))
        };
        self.forms.iter().any(forgives).then_some(Match::Forgiven)
    }
}

impl Form {
    fn of(tokens: &[String]) -> Form {
        let mut form = Form::default();
        for token in tokens.iter().take(MOST_WORDS) {
            form.text.push_str(token);
            form.ends.push(form.text.len());
        }
        form
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The runs that can be matched as one, and end with the word at a place.
    fn ending_at(&self, place: usize) -> impl Iterator<Item = (usize, Run<'_>)> {
        let first = (place + 1).saturating_sub(MOST_TOGETHER);
        (first..=place).rev().filter_map(move |from| {
            let start = from.checked_sub(1).and_then(|before| self.ends.get(before));
            let text = self
                .text
                .get(start.copied().unwrap_or_default()..*self.ends.get(place)?)?;
            let number = u32::try_from(place * MOST_TOGETHER + (place - from)).ok()?;
            let single = from == place;
            Some((from, Run { number, text, single }))
        })
    }

    /// All runs that can be matched as one.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let runs = (0..self.ends.len()).flat_map(|place| self.ending_at(place));
        runs.map(|(_, run)| run)
    }

    /// For each word, the numbers of the runs that have it, as bits: one at least of each is in a text that covers the form.
    pub fn bits_of_words(&self) -> Vec<u64> {
        let mut bits = vec![0; self.ends.len()];
        for place in 0..self.ends.len() {
            for (from, run) in self.ending_at(place) {
                for of_word in bits.iter_mut().take(place + 1).skip(from) {
                    *of_word |= 1_u64 << run.number;
                }
            }
        }
        bits
    }

    /// Whether the runs that are there cover all words, each word once.
    pub fn is_covered(&self, is_there: impl Fn(Run<'_>) -> bool) -> bool {
        // Whether all words up to each place are covered, as bits.
        let mut covered = 1_u32;
        for place in 0..self.ends.len() {
            let reached = |from: usize| covered >> from & 1 == 1;
            if self
                .ending_at(place)
                .any(|(from, run)| reached(from) && is_there(run))
            {
                covered |= 1 << (place + 1);
            }
        }
        covered >> self.ends.len() & 1 == 1
    }

    /// The same, of runs that are there by their numbers as bits.
    pub fn is_covered_by(&self, there: u64) -> bool {
        let mut covered = 1_u32;
        for place in 0..self.ends.len() {
            let runs = there >> (place * MOST_TOGETHER) & ((1 << MOST_TOGETHER) - 1);
            for together in 0..MOST_TOGETHER.min(place + 1) {
                if runs >> together & 1 == 1 && covered >> (place - together) & 1 == 1 {
                    covered |= 1 << (place + 1);
                }
            }
        }
        covered >> self.ends.len() & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::Initials;
    use crate::words::plain;

    #[derive(serde::Deserialize)]
    struct Sample {
        name: Vec<String>,
        finds: Vec<String>,
        #[serde(default)]
        forgives: Vec<String>,
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
            let given = sample.name.first().map(String::as_str).unwrap_or_default();
            let words = words.with_initials(Initials::of(given, &name));
            for query in &sample.forgives {
                let rank = Wanted::of(query).rank_in(&words);
                assert_eq!(rank, Some(Match::Forgiven), "{query} for {name}");
            }
            for query in &sample.misses {
                assert_eq!(Wanted::of(query).rank_in(&words), None, "{query} misses {name}");
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
