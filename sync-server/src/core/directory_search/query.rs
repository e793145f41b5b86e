//! A query, looked up in the vocabulary once: which of its runs each word and each shared text has. Whether an entry is found is
//! then a matter of a few bits for each of its words.

use std::collections::HashMap;

use matching::{Forgiving, Form, Run, Wanted};

use super::catalogue::{Catalogue, Entry, Slot};
use super::vocabulary::{TextId, Vocabulary, WordId};

/// A query, exactly or with what is forgiven.
#[derive(Debug)]
pub(super) struct Query<'a> {
    vocabulary: &'a Vocabulary,
    forms: Vec<FormHits<'a>>,
}

/// One reading of a query.
#[derive(Debug)]
struct FormHits<'a> {
    form: &'a Form,
    /// Which words have anything, as bits by their ids.
    some: Vec<u64>,
    /// The runs that begin a word, as bits by their numbers.
    begun: HashMap<WordId, u64>,
    /// The runs that begin with a word and may go on in the next.
    longer: HashMap<WordId, Vec<Run<'a>>>,
    texts: HashMap<TextId, u64>,
}

impl<'a> Query<'a> {
    pub(super) fn of(wanted: &'a Wanted, vocabulary: &'a Vocabulary, forgiving: bool) -> Query<'a> {
        let forms = wanted.forms().iter();
        let forms = forms.map(|form| FormHits::of(form, vocabulary, forgiving));
        Query {
            vocabulary,
            forms: forms.collect(),
        }
    }

    pub(super) fn finds<T>(&self, entry: &Entry<T>) -> bool {
        self.forms.iter().any(|form| form.finds(entry, self.vocabulary))
    }

    /// The number of entries of the rarest word, each counted once for each of its words.
    pub(super) fn count<T: Copy + Ord + std::hash::Hash>(&self, catalogue: &Catalogue<T>) -> usize {
        let counts = self.forms.iter().map(|form| match form.rarest(catalogue) {
            Some((count, _)) => count,
            None => catalogue.len(),
        });
        counts.sum()
    }

    /// All entries that have the rarest word: everything that is found is among them. Some may be there twice.
    pub(super) fn candidates<T: Copy + Ord + std::hash::Hash>(
        &self,
        catalogue: &'a Catalogue<T>,
    ) -> impl Iterator<Item = Slot> + '_ {
        self.forms.iter().flat_map(move |form| {
            let bits = form.rarest(catalogue).map(|(_, bits)| bits);
            let words = bits.map(|bits| form.words_with(bits)).into_iter().flatten();
            let texts = bits.map(|bits| form.texts_with(bits)).into_iter().flatten();
            let of_words = words.flat_map(|word| catalogue.with_word(word));
            of_words
                .chain(texts.flat_map(|text| catalogue.with_text(text)))
                .copied()
        })
    }
}

impl<'a> FormHits<'a> {
    fn of(form: &'a Form, vocabulary: &'a Vocabulary, forgiving: bool) -> FormHits<'a> {
        let mut hits = FormHits {
            form,
            some: vec![0; vocabulary.count().div_ceil(64)],
            begun: HashMap::new(),
            longer: HashMap::new(),
            texts: HashMap::new(),
        };
        for run in form.runs() {
            hits.look_up(run, vocabulary);
            if forgiving && run.single {
                hits.forgive(run, vocabulary);
            }
        }
        let words: Vec<WordId> = hits.begun.keys().chain(hits.longer.keys()).copied().collect();
        for text in words.into_iter().flat_map(|word| vocabulary.texts_with(word)) {
            if !hits.texts.contains_key(text) {
                let runs = hits.runs_in(vocabulary.words_of(*text), vocabulary);
                hits.texts.insert(*text, runs);
            }
        }
        hits
    }

    fn note(&mut self, word: WordId) {
        if let Some(bits) = self.some.get_mut(word.at() / 64) {
            *bits |= 1 << (word.at() % 64);
        }
    }

    fn begin(&mut self, word: WordId, run: Run<'_>) {
        *self.begun.entry(word).or_default() |= 1 << run.number;
        self.note(word);
    }

    fn look_up(&mut self, run: Run<'a>, vocabulary: &Vocabulary) {
        let from = vocabulary.from(run.text);
        for (_, word) in from.take_while(|(text, _)| text.starts_with(run.text)) {
            self.begin(*word, run);
        }
        for (end, _) in run.text.char_indices().skip(1) {
            let beginning = run.text.get(..end).unwrap_or_default();
            if let Some(word) = vocabulary.by_text().get(beginning) {
                self.longer.entry(*word).or_default().push(run);
                self.note(*word);
            }
        }
    }

    fn forgive(&mut self, run: Run<'_>, vocabulary: &Vocabulary) {
        let Some(mut forgiving) = Forgiving::of(run.text) else {
            return;
        };
        for kin in forgiving.kin() {
            if let Some(word) = vocabulary.by_text().get(kin) {
                self.begin(*word, run);
            }
        }
        if let Some(initials) = forgiving.initials() {
            let initials = format!("+{initials}");
            let from = vocabulary.markers_from(&initials);
            for (_, word) in from.take_while(|(text, _)| text.starts_with(&initials)) {
                self.begin(*word, run);
            }
        }
        if let Some(first) = forgiving.given()
            && let Some(word) = vocabulary.markers().get(format!(".{first}").as_str())
        {
            self.begin(*word, run);
        }
        forgiving.errors_in(vocabulary.by_text(), |word| self.begin(*word, run));
    }

    fn is_some(&self, word: WordId) -> bool {
        let bits = self.some.get(word.at() / 64).copied().unwrap_or_default();
        bits >> (word.at() % 64) & 1 == 1
    }

    /// The runs that are in these words.
    fn runs_in(&self, words: &[WordId], vocabulary: &Vocabulary) -> u64 {
        let mut runs = 0;
        for (at, word) in words.iter().enumerate() {
            if !self.is_some(*word) {
                continue;
            }
            runs |= self.begun.get(word).copied().unwrap_or_default();
            for run in self.longer.get(word).into_iter().flatten() {
                if goes_on(run.text, words.get(at..).unwrap_or_default(), vocabulary) {
                    runs |= 1 << run.number;
                }
            }
        }
        runs
    }

    fn finds<T>(&self, entry: &Entry<T>, vocabulary: &Vocabulary) -> bool {
        let mut runs = self.runs_in(&entry.name, vocabulary);
        if !self.texts.is_empty() {
            for text in entry.texts.iter().chain([&entry.organisation]) {
                runs |= self.texts.get(text).copied().unwrap_or_default();
            }
        }
        self.form.is_covered_by(runs)
    }

    fn words_with(&self, bits: u64) -> impl Iterator<Item = WordId> + '_ {
        let begun = self.begun.iter().filter(move |(_, runs)| **runs & bits != 0);
        let has = move |run: &Run<'_>| bits >> run.number & 1 == 1;
        let longer = self.longer.iter().filter(move |(_, runs)| runs.iter().any(has));
        begun.map(|(word, _)| *word).chain(longer.map(|(word, _)| *word))
    }

    fn texts_with(&self, bits: u64) -> impl Iterator<Item = TextId> + '_ {
        let texts = self.texts.iter().filter(move |(_, runs)| **runs & bits != 0);
        texts.map(|(text, _)| *text)
    }

    /// The word of the query with the fewest entries, and its runs as bits; `None` where no word was typed.
    fn rarest<T: Copy + Ord + std::hash::Hash>(&self, catalogue: &Catalogue<T>) -> Option<(usize, u64)> {
        let counts = self.form.bits_of_words().into_iter().map(|bits| {
            let words = self.words_with(bits).map(|word| catalogue.with_word(word).len());
            let texts = self.texts_with(bits).map(|text| catalogue.with_text(text).len());
            (words.sum::<usize>() + texts.sum::<usize>(), bits)
        });
        counts.min()
    }
}

/// Whether words begin with what was typed, as if nothing stood between them.
fn goes_on(typed: &str, words: &[WordId], vocabulary: &Vocabulary) -> bool {
    let mut rest = typed;
    for word in words {
        let word = vocabulary.word(*word);
        if word.is_empty() {
            return false;
        }
        if word.starts_with(rest) {
            return true;
        }
        match rest.strip_prefix(word) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    false
}
