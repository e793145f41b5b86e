//! A query, looked up in the vocabulary once: which of its runs each word and each shared text has. Whether an entry is found is
//! then a matter of a few bits for each of its words; and who may be found is the intersection of those who have each word.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use matching::{Forgiving, Form, Run, Wanted};

use super::catalogue::{Catalogue, Entry, Slot};
use super::vocabulary::{TextId, Vocabulary, WordId};

/// Texts of which the entries are counted, to know about how many all have.
const SAMPLED: usize = 256;
/// A word that more than one in so many have is not listed by itself.
const COMMON: usize = 16;
/// A word that so many times as many have as the rarest one is not listed beside it.
const MORE_COMMON: usize = 8;

/// A query, exactly or with what is forgiven.
#[derive(Clone, Debug)]
pub(super) struct Query<'a> {
    vocabulary: &'a Vocabulary,
    forms: Vec<FormHits<'a>>,
}

/// Bits by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    fn of(count: usize, all: bool) -> Bits {
        Bits(vec![if all { u64::MAX } else { 0 }; count.div_ceil(64)])
    }

    pub(super) fn has(&self, at: usize) -> bool {
        let bits = self.0.get(at / 64).copied().unwrap_or_default();
        bits >> (at % 64) & 1 == 1
    }

    fn set(&mut self, at: usize) {
        if let Some(bits) = self.0.get_mut(at / 64) {
            *bits |= 1 << (at % 64);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    pub(super) fn each(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(place, bits)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let at = rest.trailing_zeros() as usize;
                // Without its lowest bit; of none there is none.
                rest &= rest.checked_sub(1)?;
                Some(place * 64 + at)
            })
        })
    }
}

/// Runs of a query, as bits by their numbers, of the words or texts that have any. Most have none, which one bit of each says.
#[derive(Clone, Debug)]
struct Marked {
    any: Bits,
    runs: Vec<u64>,
    marked: Vec<usize>,
}

impl Marked {
    fn of(count: usize) -> Marked {
        Marked {
            any: Bits::of(count, false),
            runs: vec![0; count],
            marked: Vec::new(),
        }
    }

    fn add(&mut self, at: usize, runs: u64) {
        if !self.any.has(at) {
            self.any.set(at);
            self.marked.push(at);
        }
        if let Some(marked) = self.runs.get_mut(at) {
            *marked |= runs;
        }
    }

    fn runs(&self, at: usize) -> u64 {
        match self.any.has(at) {
            true => self.runs.get(at).copied().unwrap_or_default(),
            false => 0,
        }
    }

    fn with(&self, bits: u64) -> impl Iterator<Item = usize> + '_ {
        let marked = self.marked.iter().copied();
        marked.filter(move |at| self.runs(*at) & bits != 0)
    }
}

/// One reading of a query.
#[derive(Clone, Debug)]
struct FormHits<'a> {
    form: &'a Form,
    /// Of a query with what is forgiven: the words that have a run only by that.
    forgiven: Option<Vec<WordId>>,
    /// The runs that begin a word. A word of which `longer` has something is marked too.
    begun: Marked,
    /// The runs that begin with a word and may go on in the next.
    longer: HashMap<WordId, Vec<Longer<'a>>>,
    texts: Marked,
}

/// A run that is longer than a word it begins with.
#[derive(Clone, Debug)]
struct Longer<'a> {
    run: Run<'a>,
    /// The words of which one comes later in it ([`later_words`]); empty where they are too many.
    later: Vec<WordId>,
}

impl<'a> Query<'a> {
    /// As it was typed.
    pub(super) fn of(wanted: &'a Wanted, vocabulary: &'a Vocabulary, most_later: usize) -> Query<'a> {
        let forms = wanted.forms().iter().map(|form| {
            let mut hits = FormHits {
                form,
                forgiven: None,
                begun: Marked::of(vocabulary.words()),
                longer: HashMap::new(),
                texts: Marked::of(vocabulary.texts()),
            };
            for run in form.runs() {
                hits.look_up(run, vocabulary, most_later);
            }
            hits.look_at_texts(0, vocabulary);
            hits
        });
        Query {
            vocabulary,
            forms: forms.collect(),
        }
    }

    /// The same, with what is forgiven.
    pub(super) fn forgiving(&self) -> Query<'a> {
        let mut query = self.clone();
        for hits in &mut query.forms {
            let before = hits.begun.marked.len();
            for run in hits.form.runs().filter(|run| run.single) {
                hits.forgive(run, query.vocabulary);
            }
            hits.look_at_texts(before, query.vocabulary);
            let forgiven = hits.begun.marked.get(before..).unwrap_or_default();
            hits.forgiven = Some(forgiven.iter().copied().map(WordId::from).collect());
        }
        query
    }

    pub(super) fn finds<T>(&self, entry: &Entry<T>) -> bool {
        self.forms.iter().any(|form| form.finds(entry, self.vocabulary))
    }

    /// The entries that have a run with each word of the query, one of them by what is forgiven if the query has that: everything that
    /// is found, and was not found exactly, is among them, and little else.
    pub(super) fn candidates<T: Copy + Ord + Hash>(&self, catalogue: &Catalogue<T>, asked: usize) -> Bits {
        let mut all = Bits::default();
        for form in &self.forms {
            let of_form = form.candidates(catalogue, self.vocabulary, asked);
            match all.0.is_empty() {
                true => all = of_form,
                false => all
                    .0
                    .iter_mut()
                    .zip(of_form.0)
                    .for_each(|(all, more)| *all |= more),
            }
        }
        all
    }
}

impl<'a> FormHits<'a> {
    /// Marks the texts that have words marked since, which may have other runs now.
    fn look_at_texts(&mut self, since: usize, vocabulary: &Vocabulary) {
        let marked = self.begun.marked.get(since..).unwrap_or_default();
        let words: Vec<WordId> = marked.iter().copied().map(WordId::from).collect();
        let mut seen = Bits::of(vocabulary.texts(), false);
        for text in words.into_iter().flat_map(|word| vocabulary.texts_with(word)) {
            if !seen.has(text.at()) {
                seen.set(text.at());
                let runs = self.runs_in(vocabulary.words_of(*text), vocabulary);
                self.texts.add(text.at(), runs);
            }
        }
    }

    fn look_up(&mut self, run: Run<'a>, vocabulary: &Vocabulary, most_later: usize) {
        let from = vocabulary.from(run.text);
        for (_, word) in from.take_while(|(text, _)| text.starts_with(run.text)) {
            self.begun.add(word.at(), 1 << run.number);
        }
        for (end, _) in run.text.char_indices().skip(1) {
            let beginning = run.text.get(..end).unwrap_or_default();
            let rest = run.text.get(end..).unwrap_or_default();
            if let Some(word) = vocabulary.by_text().get(beginning)
                && let Some(later) = later_words(rest, vocabulary, most_later)
            {
                self.longer.entry(*word).or_default().push(Longer { run, later });
                self.begun.add(word.at(), 0);
            }
        }
    }

    /// A word that has a run already, exactly, may have another now: it is marked anew, so that its texts are looked at.
    fn mark_forgiven(&mut self, word: WordId, run: Run<'_>) {
        let bit = 1 << run.number;
        if self.begun.runs(word.at()) & bit == 0 {
            let is_marked = self.begun.any.has(word.at());
            self.begun.add(word.at(), bit);
            if is_marked {
                self.begun.marked.push(word.at());
            }
        }
    }

    fn forgive(&mut self, run: Run<'_>, vocabulary: &Vocabulary) {
        let Some(mut forgiving) = Forgiving::of(run.text) else {
            return;
        };
        for kin in forgiving.kin() {
            if let Some(word) = vocabulary.by_text().get(kin) {
                self.mark_forgiven(*word, run);
            }
        }
        if let Some(initials) = forgiving.initials() {
            let initials = format!("+{initials}");
            let from = vocabulary.markers_from(&initials);
            for (_, word) in from.take_while(|(text, _)| text.starts_with(&initials)) {
                self.mark_forgiven(*word, run);
            }
        }
        if let Some(first) = forgiving.given()
            && let Some(word) = vocabulary.markers().get(format!(".{first}").as_str())
        {
            self.mark_forgiven(*word, run);
        }
        forgiving.errors_in(vocabulary.by_text(), |word| self.mark_forgiven(*word, run));
    }

    /// The runs that are in these words.
    fn runs_in(&self, words: &[WordId], vocabulary: &Vocabulary) -> u64 {
        let mut runs = 0;
        for (at, word) in words.iter().enumerate() {
            if !self.begun.any.has(word.at()) {
                continue;
            }
            runs |= self.begun.runs(word.at());
            for Longer { run, .. } in self.longer.get(word).into_iter().flatten() {
                if goes_on(run.text, words.get(at..).unwrap_or_default(), vocabulary) {
                    runs |= 1 << run.number;
                }
            }
        }
        runs
    }

    fn finds<T>(&self, entry: &Entry<T>, vocabulary: &Vocabulary) -> bool {
        let mut runs = self.runs_in(&entry.name, vocabulary);
        for text in entry.texts.iter().chain([&entry.organisation]) {
            runs |= self.texts.runs(text.at());
        }
        self.form.is_covered_by(runs)
    }

    /// The lists of those who have any of these runs in a word.
    fn with_word<'c, T: Copy + Ord + Hash>(
        &self,
        bits: u64,
        catalogue: &'c Catalogue<T>,
    ) -> impl Iterator<Item = &'c [Slot]> {
        let begun = self.begun.with(bits).map(WordId::from);
        begun.map(|word| catalogue.with_word(word))
    }

    /// Of each of these runs that goes on in the next word: the run, its first word, those who have that, and the lists of those who
    /// have a word that comes later in it; none where these words are too many.
    fn going_on<'c, T: Copy + Ord + Hash>(
        &self,
        bits: u64,
        catalogue: &'c Catalogue<T>,
    ) -> impl Iterator<Item = GoingOn<'a, 'c>> {
        let longer = self
            .longer
            .iter()
            .flat_map(|(word, all)| all.iter().map(move |one| (*word, one)));
        let asked = longer.filter(move |(_, longer)| bits >> longer.run.number & 1 == 1);
        asked.map(|(first, longer)| {
            let later = longer.later.iter();
            GoingOn {
                run: longer.run,
                first,
                with_first: catalogue.with_word(first),
                with_later: later.map(|word| catalogue.with_word(*word)).collect(),
            }
        })
    }

    /// About how many entries have any of these runs.
    fn weight<T: Copy + Ord + Hash>(&self, bits: u64, catalogue: &Catalogue<T>) -> usize {
        let names = self.with_word(bits, catalogue).map(<[Slot]>::len);
        let going_on = self.going_on(bits, catalogue).map(|one| one.most());
        let texts: Vec<TextId> = self.texts.with(bits).map(TextId::from).collect();
        // Of very many texts each has few.
        let step = texts.len().div_ceil(SAMPLED).max(1);
        let sampled = texts.iter().step_by(step);
        let texts = sampled.map(|text| catalogue.with_text(*text).len());
        names.chain(going_on).sum::<usize>() + step * texts.sum::<usize>()
    }

    /// The words of the query that are worth listing, as the runs that have them: the rarest, and those that are not much more common.
    fn worth_listing<T: Copy + Ord + Hash>(&self, catalogue: &Catalogue<T>) -> Vec<u64> {
        let words = self.form.bits_of_words().into_iter();
        let mut words: Vec<(usize, u64)> = words.map(|bits| (self.weight(bits, catalogue), bits)).collect();
        words.sort_unstable();
        let rarest = words.first().map(|(weight, _)| *weight).unwrap_or_default();
        // Nearly everybody is found by the one word there is: they stand in the order of names already.
        let is_plain = self.forgiven.is_none() && self.longer.is_empty();
        if is_plain && words.len() == 1 && rarest > catalogue.len() / COMMON {
            return Vec::new();
        }
        let worth = words
            .into_iter()
            .filter(|(weight, _)| *weight <= rarest * MORE_COMMON);
        worth.map(|(_, bits)| bits).collect()
    }

    /// Those who have a word that has a run only by what is forgiven; `None` of a query as it was typed.
    fn with_forgiven<T: Copy + Ord + Hash>(
        &self,
        catalogue: &Catalogue<T>,
        vocabulary: &Vocabulary,
    ) -> Option<Bits> {
        let mut all = Bits::of(catalogue.slots(), false);
        for word in self.forgiven.as_ref()? {
            let texts = vocabulary.texts_with(*word).iter();
            let lists = texts.map(|text| catalogue.with_text(*text));
            for slot in lists.chain([catalogue.with_word(*word)]).flatten() {
                all.set(*slot as usize);
            }
        }
        Some(all)
    }

    fn candidates<T: Copy + Ord + Hash>(
        &self,
        catalogue: &Catalogue<T>,
        vocabulary: &Vocabulary,
        asked: usize,
    ) -> Bits {
        let mut all = self.with_forgiven(catalogue, vocabulary);
        if all.as_ref().is_some_and(Bits::is_empty) {
            return all.unwrap_or_default();
        }
        let mut firsts = HashMap::new();
        for bits in self.worth_listing(catalogue) {
            let texts = self.texts.with(bits).map(TextId::from);
            let mut of_word = Bits::of(catalogue.slots(), false);
            let lists = self.with_word(bits, catalogue);
            for list in lists.chain(texts.map(|text| catalogue.with_text(text))) {
                for slot in list {
                    of_word.set(*slot as usize);
                }
            }
            for one in self.going_on(bits, catalogue) {
                let both = one.slots(catalogue.slots(), asked, &mut firsts);
                let is_asked = both.len() <= asked;
                for slot in both {
                    let name = catalogue.entry(slot).filter(|_| is_asked);
                    if name.is_none_or(|entry| one.is_in(&entry.name, vocabulary)) {
                        of_word.set(slot as usize);
                    }
                }
            }
            match &mut all {
                None => all = Some(of_word),
                Some(all) => all.0.iter_mut().zip(of_word.0).for_each(|(all, too)| *all &= too),
            }
        }
        // Everybody, where no word is worth it.
        all.unwrap_or_else(|| Bits::of(catalogue.slots(), true))
    }
}

/// A run that is longer than a word it begins with, and who may have it.
struct GoingOn<'a, 'c> {
    run: Run<'a>,
    first: WordId,
    with_first: &'c [Slot],
    with_later: Vec<&'c [Slot]>,
}

impl GoingOn<'_, '_> {
    /// So many have it at most.
    fn most(&self) -> usize {
        let later: usize = self.with_later.iter().map(|list| list.len()).sum();
        match self.with_later.is_empty() {
            true => self.with_first.len(),
            false => later.min(self.with_first.len()),
        }
    }

    /// Those who have its first word, and one that comes later where they are many, some of them twice; `firsts` are those who have
    /// the first words of others.
    fn slots(&self, all: usize, asked: usize, firsts: &mut HashMap<WordId, Bits>) -> Vec<Slot> {
        // Few are asked each: those with a later word may be very many.
        if self.with_later.is_empty() || self.with_first.len() <= asked {
            return self.with_first.to_vec();
        }
        let first = firsts.entry(self.first).or_insert_with(|| {
            let mut bits = Bits::of(all, false);
            for slot in self.with_first {
                bits.set(*slot as usize);
            }
            bits
        });
        let later = self.with_later.iter().copied().flatten().copied();
        later.filter(|slot| first.has(*slot as usize)).collect()
    }

    fn is_in(&self, name: &[WordId], vocabulary: &Vocabulary) -> bool {
        let mut places = (0..).zip(name).filter(|(_, word)| **word == self.first);
        places.any(|(at, _)| goes_on(self.run.text, name.get(at..).unwrap_or_default(), vocabulary))
    }
}

/// The words of which one comes after the word that a run begins with: those in which it may end, which begin with what is left of it,
/// also after more whole words; where these are very many, as after letters that are initials, those that come next. `None` where
/// there are none, empty where both are very many.
fn later_words(rest: &str, vocabulary: &Vocabulary, most: usize) -> Option<Vec<WordId>> {
    let begun = |rest: &str, wanted: usize| -> Vec<WordId> {
        let from = vocabulary.from(rest);
        let begun = from.take_while(|(text, _)| text.starts_with(rest));
        begun.map(|(_, word)| *word).take(wanted).collect()
    };
    let whole = |rest: &str| -> Vec<(usize, WordId)> {
        let ends = rest.char_indices().map(|(end, _)| end).skip(1);
        let words = ends.map(|end| (end, vocabulary.by_text().get(rest.get(..end).unwrap_or_default())));
        words.filter_map(|(end, word)| Some((end, *word?))).collect()
    };
    let mut starts = BTreeSet::from([0]);
    let mut last: Vec<WordId> = Vec::new();
    while let Some(start) = starts.pop_first() {
        let rest_of_it = rest.get(start..).unwrap_or_default();
        last.extend(begun(rest_of_it, most.saturating_add(1) - last.len()));
        if last.len() > most {
            let mut next = begun(rest, most.saturating_add(1));
            next.extend(whole(rest).into_iter().map(|(_, word)| word));
            next.truncate(if next.len() > most { 0 } else { most });
            return Some(next);
        }
        starts.extend(whole(rest_of_it).into_iter().map(|(end, _)| start + end));
    }
    (!last.is_empty()).then_some(last)
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

/// The slot of a candidate.
pub(super) fn slot(at: usize) -> Slot {
    Slot::try_from(at).unwrap_or(Slot::MAX)
}
