//! The words and texts of the directory, each kept once: the names of people repeat the same words, and a discipline, a unit
//! or an organisation is the same text for many.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// A word. Ids of words that nobody has any more are given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WordId(pub(super) u32);

impl From<usize> for WordId {
    fn from(at: usize) -> WordId {
        WordId(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

impl WordId {
    /// Between two runs of words: words of one may be read as one, words of several may not.
    pub(super) const BREAK: WordId = WordId(0);

    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

/// A text that many entries have: a discipline, a function, or the name of a unit or organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TextId(pub(super) u32);

impl From<usize> for TextId {
    fn from(at: usize) -> TextId {
        TextId(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

impl TextId {
    /// A text without a word.
    pub(super) const EMPTY: TextId = TextId(0);

    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
struct Word {
    text: Arc<str>,
    /// Entries and texts that have it, each as often as it is there.
    uses: u32,
    /// The texts among them.
    texts: Vec<TextId>,
    is_marker: bool,
}

#[derive(Debug, Default)]
struct Text {
    words: Box<[WordId]>,
    /// Entries that share it by its content; none of a text with an owner of its own.
    shares: u32,
    content: Box<str>,
}

#[derive(Debug)]
pub(super) struct Vocabulary {
    words: Vec<Word>,
    free_words: Vec<WordId>,
    /// In the order of their letters, so that a beginning is a range.
    by_text: BTreeMap<Arc<str>, WordId>,
    /// Initials of names, apart from the words: `+jwdv` for those of a whole name, `.j` for a given name of one letter.
    markers: BTreeMap<Arc<str>, WordId>,
    texts: Vec<Text>,
    free_texts: Vec<TextId>,
    shared: HashMap<Box<str>, TextId>,
}

impl Default for Vocabulary {
    fn default() -> Vocabulary {
        let break_word = Word {
            text: Arc::from(""),
            uses: 1,
            texts: Vec::new(),
            is_marker: false,
        };
        Vocabulary {
            words: vec![break_word],
            free_words: Vec::new(),
            by_text: BTreeMap::new(),
            markers: BTreeMap::new(),
            texts: vec![Text::default()],
            free_texts: Vec::new(),
            shared: HashMap::new(),
        }
    }
}

impl Vocabulary {
    pub(super) fn by_text(&self) -> &BTreeMap<Arc<str>, WordId> {
        &self.by_text
    }

    /// The words from this one on.
    pub(super) fn from(&self, word: &str) -> impl Iterator<Item = (&Arc<str>, &WordId)> {
        self.by_text
            .range::<str, _>((Bound::Included(word), Bound::Unbounded))
    }

    pub(super) fn markers_from(&self, marker: &str) -> impl Iterator<Item = (&Arc<str>, &WordId)> {
        self.markers
            .range::<str, _>((Bound::Included(marker), Bound::Unbounded))
    }

    pub(super) fn markers(&self) -> &BTreeMap<Arc<str>, WordId> {
        &self.markers
    }

    pub(super) fn word(&self, id: WordId) -> &str {
        self.words
            .get(id.at())
            .map(|word| &*word.text)
            .unwrap_or_default()
    }

    pub(super) fn texts_with(&self, id: WordId) -> &[TextId] {
        self.words
            .get(id.at())
            .map(|word| word.texts.as_slice())
            .unwrap_or_default()
    }

    pub(super) fn words_of(&self, text: TextId) -> &[WordId] {
        self.texts
            .get(text.at())
            .map(|text| &*text.words)
            .unwrap_or_default()
    }

    /// One more than the largest id of a word.
    pub(super) fn words(&self) -> usize {
        self.words.len()
    }

    /// One more than the largest id of a text.
    pub(super) fn texts(&self) -> usize {
        self.texts.len()
    }

    fn add(&mut self, text: &str, is_marker: bool) -> WordId {
        let map = if is_marker {
            &mut self.markers
        } else {
            &mut self.by_text
        };
        let id = match map.get(text) {
            Some(id) => *id,
            None => {
                let text: Arc<str> = Arc::from(text);
                let word = Word {
                    text: Arc::clone(&text),
                    uses: 0,
                    texts: Vec::new(),
                    is_marker,
                };
                let id = match self.free_words.pop() {
                    Some(id) => {
                        if let Some(free) = self.words.get_mut(id.at()) {
                            *free = word;
                        }
                        id
                    }
                    None => {
                        self.words.push(word);
                        WordId::from(self.words.len() - 1)
                    }
                };
                map.insert(text, id);
                id
            }
        };
        if let Some(word) = self.words.get_mut(id.at()) {
            word.uses += 1;
        }
        id
    }

    fn drop_use(&mut self, id: WordId) {
        if id == WordId::BREAK {
            return;
        }
        let Some(word) = self.words.get_mut(id.at()) else {
            return;
        };
        word.uses -= 1;
        if word.uses == 0 {
            let map = if word.is_marker {
                &mut self.markers
            } else {
                &mut self.by_text
            };
            map.remove(&word.text);
            word.text = Arc::from("");
            word.texts = Vec::new();
            self.free_words.push(id);
        }
    }

    /// The words of a text, run by run.
    pub(super) fn add_words(&mut self, text: &str) -> Vec<WordId> {
        let mut ids = Vec::new();
        for run in matching::runs(text) {
            if !ids.is_empty() {
                ids.push(WordId::BREAK);
            }
            ids.extend(run.iter().map(|word| self.add(word, false)));
        }
        ids
    }

    /// The words that stand for the initials of a person.
    pub(super) fn add_initials(&mut self, initials: &matching::Initials) -> Vec<WordId> {
        let all = Some(initials.all()).filter(|all| !all.is_empty());
        let all = all.map(|all| format!("+{all}"));
        let single = initials.single().map(|first| format!(".{first}"));
        let mut ids = Vec::new();
        for marker in all.into_iter().chain(single) {
            ids.extend([WordId::BREAK, self.add(&marker, true)]);
        }
        ids
    }

    pub(super) fn drop_words(&mut self, ids: &[WordId]) {
        for id in ids {
            self.drop_use(*id);
        }
    }

    /// A text of an owner of its own, which can be another later.
    pub(super) fn add_text(&mut self, text: &str) -> TextId {
        let id = match self.free_texts.pop() {
            Some(id) => id,
            None => {
                self.texts.push(Text::default());
                TextId::from(self.texts.len() - 1)
            }
        };
        self.set_text(id, text);
        id
    }

    pub(super) fn set_text(&mut self, id: TextId, text: &str) {
        let words = self.add_words(text).into_boxed_slice();
        let before = self.words_of(id).to_vec();
        for word in words.iter().filter(|word| !before.contains(word)) {
            if let Some(word) = self.words.get_mut(word.at())
                && word.texts.last() != Some(&id)
            {
                word.texts.push(id);
            }
        }
        for word in before.iter().filter(|word| !words.contains(word)) {
            if let Some(word) = self.words.get_mut(word.at()) {
                word.texts.retain(|text| *text != id);
            }
        }
        if let Some(text) = self.texts.get_mut(id.at()) {
            text.words = words;
        }
        self.drop_words(&before);
    }

    /// A text that is shared by its content.
    pub(super) fn share(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let id = match self.shared.get(text) {
            Some(id) => *id,
            None => {
                let id = self.add_text(text);
                self.shared.insert(text.into(), id);
                id
            }
        };
        if let Some(shared) = self.texts.get_mut(id.at()) {
            shared.shares += 1;
            if shared.content.is_empty() {
                shared.content = text.into();
            }
        }
        id
    }

    pub(super) fn unshare(&mut self, id: TextId) {
        let Some(text) = self.texts.get_mut(id.at()).filter(|text| text.shares > 0) else {
            return;
        };
        text.shares -= 1;
        if text.shares == 0 {
            self.shared.remove(&std::mem::take(&mut text.content));
            self.set_text(id, "");
            self.free_texts.push(id);
        }
    }
}
