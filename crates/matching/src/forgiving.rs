//! Forgiveness for a typed word: a typing error, initials, and a prefix that is another of its kind.
//!
//! One edit is forgiven from four letters on, and two from eight on: a letter too many, too few, another one, or two that
//! changed places. The whole word of the name counts, and so does a beginning of it that ends in the letter that was typed last:
//! an error at the very end is none yet, since the word may go on otherwise. Of a word with a digit nothing is
//! forgiven, for the next number is another ward.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::fold::tokens;

/// Letters from which on one edit is forgiven, and two.
const ONE_EDIT: usize = 4;
const TWO_EDITS: usize = 8;
/// Letters of which typed initials consist.
const LEAST_INITIALS: usize = 2;
const MOST_INITIALS: usize = 6;

/// Prefixes of family names that people mix up.
const KIN: &[&[&str]] = &[&["de", "den", "der"], &["te", "ten", "ter"], &["van", "von"]];

/// The initials of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initials {
    /// The first letter of each word of the name, in order: `jwdv` of Jan Willem de Vries.
    all: String,
    /// The given names of which only the first letter is known.
    single: String,
}

impl Initials {
    /// Of a name, as one writes it in full, and the given names in it.
    pub fn of(given: &str, full: &str) -> Initials {
        let words = tokens(full);
        let all: String = words.iter().filter_map(|word| word.chars().next()).collect();
        let single = tokens(given)
            .into_iter()
            .filter(|word| word.chars().nth(1).is_none());
        Initials {
            all: if words.len() >= LEAST_INITIALS {
                all
            } else {
                String::new()
            },
            single: single.collect(),
        }
    }

    /// All of them, or none where the name is one word.
    pub fn all(&self) -> &str {
        &self.all
    }

    /// The given names of which only the first letter is known.
    pub fn single(&self) -> impl Iterator<Item = char> {
        self.single.chars()
    }

    pub(crate) fn are(&self, typed: &Forgiving<'_>) -> bool {
        typed.initials().is_some_and(|typed| self.all.starts_with(typed))
            || typed.given().is_some_and(|first| self.single.contains(first))
    }
}

/// A typed word, and what is forgiven of it.
#[derive(Debug)]
pub struct Forgiving<'a> {
    typed: &'a str,
    letters: Vec<char>,
    most: u8,
    /// The word that was compared last, and for each of its beginnings the edits from it to each beginning of what was typed.
    word: Vec<char>,
    rows: Vec<Vec<u8>>,
}

/// How a word compares.
enum Compared {
    Close,
    Far,
    /// No word with this beginning, of so many letters, is close.
    AllFar(usize),
}

impl<'a> Forgiving<'a> {
    /// Of one typed word, folded; `None` where nothing is forgiven.
    pub fn of(typed: &'a str) -> Option<Forgiving<'a>> {
        let letters: Vec<char> = typed.chars().collect();
        if letters.len() < LEAST_INITIALS || letters.iter().any(|c| c.is_numeric()) {
            return None;
        }
        let most = match letters.len() {
            ..ONE_EDIT => 0,
            ONE_EDIT..TWO_EDITS => 1,
            TWO_EDITS.. => 2,
        };
        let first = (0..=letters.len()).map(|count| u8::try_from(count).unwrap_or(u8::MAX));
        Some(Forgiving {
            typed,
            rows: vec![first.collect()],
            letters,
            most,
            word: Vec::new(),
        })
    }

    /// The typed word as the beginning of somebody's initials.
    pub fn initials(&self) -> Option<&'a str> {
        (self.letters.len() <= MOST_INITIALS).then_some(self.typed)
    }

    /// The first letter of the word as a given name, of which the first letter may be all that is known.
    pub fn given(&self) -> Option<char> {
        self.letters.first().copied()
    }

    /// The prefixes of family names that it is mixed up with.
    pub fn kin(&self) -> impl Iterator<Item = &'static str> {
        let kind = KIN.iter().find(|kind| kind.contains(&self.typed));
        let kind = kind.copied().unwrap_or_default().iter().copied();
        kind.filter(|kin| *kin != self.typed)
    }

    /// Whether it was typed for this word, with an error or as another prefix.
    pub(crate) fn is_for(&mut self, word: &str) -> bool {
        self.kin().any(|kin| kin == word) || (self.most > 0 && matches!(self.compare(word), Compared::Close))
    }

    /// The words that it was typed for with an error. Most of them are not looked at: what they begin with is too far already.
    pub fn errors_in<T>(&mut self, words: &BTreeMap<Arc<str>, T>, mut found: impl FnMut(&T)) {
        if self.most == 0 {
            return;
        }
        let mut from = Bound::Unbounded;
        let mut bound: String;
        'again: loop {
            let rest = words.range::<str, _>((from, Bound::Unbounded));
            // Each word stands after all that were compared, so that it shares rows with the one before it.
            for (word, value) in rest {
                match self.compare(word) {
                    Compared::Close => found(value),
                    Compared::Far => {}
                    Compared::AllFar(letters) => {
                        bound = word.chars().take(letters).chain([char::MAX]).collect();
                        from = Bound::Excluded(&bound);
                        continue 'again;
                    }
                }
            }
            return;
        }
    }

    fn compare(&mut self, word: &str) -> Compared {
        let count = self.letters.len();
        let shared = word
            .chars()
            .zip(&self.word)
            .take_while(|(one, other)| one == *other)
            .count();
        self.word.truncate(shared);
        self.word.extend(word.chars().skip(shared));
        // Rows of a beginning that was too far were not worked out.
        self.rows.truncate(shared + 1);
        for at in self.rows.len()..=self.word.len() {
            let row = self.row(at);
            self.rows.push(row);
            if self.is_hopeless(at) {
                return Compared::AllFar(at);
            }
        }
        let edits = |at: usize| self.rows.get(at).and_then(|row| row.get(count));
        let is_close = |at: usize| edits(at).is_some_and(|edits| *edits <= self.most);
        let ends_alike = |at: usize| self.word.get(at.wrapping_sub(1)) == self.letters.last();
        let whole = self.word.len();
        match is_close(whole) || (1..whole).any(|at| ends_alike(at) && is_close(at)) {
            true => Compared::Close,
            false => Compared::Far,
        }
    }

    /// The edits from the first letters of the word to each beginning of what was typed (optimal string alignment).
    fn row(&self, at: usize) -> Vec<u8> {
        let before = self.rows.get(at - 1).map(Vec::as_slice).unwrap_or_default();
        let letter = |of: &[char], at: usize| of.get(at).copied();
        let mut row = Vec::with_capacity(before.len());
        row.push(u8::try_from(at).unwrap_or(u8::MAX));
        for (typed, (skipped, other)) in before.iter().skip(1).zip(before).enumerate() {
            let same = letter(&self.letters, typed) == letter(&self.word, at - 1);
            let mut least = other.saturating_add(u8::from(!same));
            least = least.min(skipped.saturating_add(1));
            least = least.min(row.last().copied().unwrap_or(u8::MAX).saturating_add(1));
            if at > 1
                && typed > 0
                && letter(&self.letters, typed) == letter(&self.word, at - 2)
                && letter(&self.letters, typed - 1) == letter(&self.word, at - 1)
            {
                let earlier = self.rows.get(at - 2).and_then(|row| row.get(typed - 1));
                least = least.min(earlier.copied().unwrap_or(u8::MAX).saturating_add(1));
            }
            row.push(least);
        }
        row
    }

    /// Whether no word that begins with as many letters of this one can be close.
    fn is_hopeless(&self, at: usize) -> bool {
        let least = |at: usize| self.rows.get(at).and_then(|row| row.iter().min().copied());
        // Two letters that changed places count from the row before.
        let before = at.checked_sub(1).and_then(least).unwrap_or_default();
        let is_shorter = (1..at).all(|at| {
            let edits = self.rows.get(at).and_then(|row| row.last());
            edits.is_some_and(|edits| *edits > self.most)
        });
        is_shorter && least(at).is_some_and(|least| least > self.most) && before >= self.most
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Match, Wanted, Words};

    fn person(given: &str, rest: &str) -> Words {
        let full = format!("{given} {rest}");
        Words::of([full.as_str(), "Wijkverpleegkundige", "Wondzorg Utrecht"])
            .with_initials(Initials::of(given, &full))
    }

    fn rank(query: &str, name: (&str, &str)) -> Option<Match> {
        Wanted::of(query).rank_in(&person(name.0, name.1))
    }

    // O6
    #[test]
    fn one_error_is_forgiven_from_four_letters_and_two_from_eight() {
        for (query, name) in [
            ("brma", ("Bram", "Bakker")),
            ("bran", ("Bram", "Bakker")),
            ("bakkr", ("Bram", "Bakker")),
            ("bakkker", ("Bram", "Bakker")),
            ("backer", ("Bram", "Bakker")),
            ("kristina", ("Cristina", "Pool")),
            ("karla", ("Carla", "Pool")),
            ("jnase", ("Els", "Jansen")),
            ("jansens", ("Els", "Jansen")),
            ("smith", ("Els", "Smit")),
            ("gedge", ("Els", "Gedgde")),
            ("dijksrta", ("Els", "Dijkstra")),
            ("hoogendorn", ("Els", "Hoogendoorn")),
            ("hogendorn", ("Els", "Hoogendoorn")),
            ("wijkverplegkundige", ("Els", "Smit")),
            ("verhoeven jannesen", ("Janneke", "Verhoeven-Jansen")),
            ("els utrcht", ("Els", "Smit")),
        ] {
            assert_eq!(rank(query, name), Some(Match::Forgiven), "{query} for {name:?}");
        }
        for (query, name) in [
            ("bra", ("Brm", "Pool")),
            ("sim", ("Els", "Smit")),
            ("gedge", ("Els", "George")),
            ("morialta", ("Els", "Memorial")),
            ("serg", ("Susanne", "Ganser")),
            ("jans", ("Janneke", "Pool")),
            ("hogndrn", ("Els", "Hoogendoorn")),
            ("hogndorm", ("Els", "Hoogendoorn")),
            ("1234", ("Els", "1235")),
            ("vries", ("Els", "Brie")),
        ] {
            assert_eq!(rank(query, name), None, "{query} for {name:?}");
        }
    }

    // O6
    #[test]
    fn the_beginning_of_a_word_needs_no_forgiveness() {
        for (query, name) in [
            ("jan", ("Els", "Janssen")),
            ("jansen", ("Els", "Jansen-de Boer")),
            ("de boer", ("Els", "Jansen-de Boer")),
            ("boer jansen", ("Els", "Jansen-de Boer")),
            ("deboer", ("Els", "Jansen-de Boer")),
            ("peter andersson", ("Peter K", "Andersson")),
            ("jeff hui", ("Jeffrey", "Hui")),
            ("j. de vries", ("Jan Willem", "de Vries")),
            ("j.w. de vries", ("Jan-Willem", "de Vries")),
            ("dmi", ("D.M.I.", "de Vries")),
            ("v.d. brul", ("Caroline", "van den Brul")),
            ("v d ploeg", ("Johannes P. M.", "van der Ploeg")),
            ("ploeg", ("Johannes P. M.", "van der Ploeg")),
            ("wond utrecht", ("Els", "Smit")),
        ] {
            assert_eq!(rank(query, name), Some(Match::Begins), "{query} for {name:?}");
        }
    }

    // O6
    #[test]
    fn initials_find_the_name_that_they_begin() {
        for (query, name) in [
            ("jw", ("Jan Willem", "de Vries")),
            ("jw de vries", ("Jan-Willem", "de Vries")),
            ("jwdv", ("Jan Willem", "de Vries")),
            ("jan de vries", ("J.W.", "de Vries")),
            ("jan willem de vries", ("J.W.", "de Vries")),
        ] {
            assert_eq!(rank(query, name), Some(Match::Forgiven), "{query} for {name:?}");
        }
        for (query, name) in [
            ("wd", ("Jan Willem", "de Vries")),
            ("jx", ("Jan Willem", "de Vries")),
            ("piet de vries", ("J.W.", "de Vries")),
            ("dirk", ("Els", "v.d. Berg")),
        ] {
            assert_eq!(rank(query, name), None, "{query} for {name:?}");
        }
    }

    // O6
    #[test]
    fn a_prefix_that_is_another_of_its_kind_is_forgiven() {
        let berg = ("Daan", "van den Berg");
        assert_eq!(rank("van den berg", berg), Some(Match::Begins));
        assert_eq!(rank("van der berg", berg), Some(Match::Forgiven));
        assert_eq!(rank("von den berg", berg), Some(Match::Forgiven));
        assert_eq!(rank("ter berg", berg), None);
    }

    proptest! {
        // O6
        #[test]
        fn the_words_of_a_dictionary_are_those_that_are_forgiven_one_by_one(
            typed in "[a-d]{2,10}",
            words in prop::collection::btree_set("[a-d]{1,11}", 0..60),
        ) {
            let mut forgiving = Forgiving::of(&typed).unwrap();
            let dictionary: BTreeMap<Arc<str>, String> =
                words.iter().map(|word| (Arc::from(word.as_str()), word.clone())).collect();
            let mut found = Vec::new();
            forgiving.errors_in(&dictionary, |word: &String| found.push(word.clone()));
            let mut alone = Vec::new();
            for word in &words {
                let mut forgiving = Forgiving::of(&typed).unwrap();
                if forgiving.most > 0 && matches!(forgiving.compare(word), Compared::Close) {
                    alone.push(word.clone());
                }
            }
            prop_assert_eq!(found, alone);
        }

        // O6
        #[test]
        fn a_swap_and_a_letter_too_many_too_few_or_wrong_are_one_edit(word in "[a-z]{6,7}", at in 0_usize..4) {
            let letters: Vec<char> = word.chars().collect();
            let (mut swapped, mut more, mut less, mut other) = (letters.clone(), letters.clone(), letters.clone(), letters.clone());
            swapped.swap(at, at + 1);
            more.insert(at, 'q');
            less.remove(at);
            other[at] = 'q';
            for typed in [swapped, more, less, other] {
                let typed: String = typed.into_iter().collect();
                let name = Words::of([&word]);
                prop_assert!(Wanted::of(&typed).rank_in(&name).is_some(), "{} for {}", typed, word);
            }
        }

        // O6
        #[test]
        fn runs_by_their_numbers_cover_what_the_runs_cover(query in "[ab]{1,2}( [ab]{1,2}){0,6}", there in any::<u64>()) {
            for form in Wanted::of(&query).forms() {
                let by_run = form.is_covered(|run| there >> run.number & 1 == 1);
                prop_assert_eq!(form.is_covered_by(there), by_run);
                let each = form.bits_of_words().iter().all(|bits| bits & there != 0);
                prop_assert!(each || !by_run);
            }
        }
    }
}
