//! The people, or the teams, that can be chosen: by their words, by the texts that they share, and in the order of their
//! names. A change touches what the one entry has, and nothing of the others.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;

use conversation::PersonId;

use super::vocabulary::{TextId, WordId};

/// Entries of a chunk of the order, at most; a chunk that grows past it is divided.
const CHUNK: usize = 1_024;

/// The place of an entry in the catalogue.
pub(super) type Slot = u32;

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) id: T,
    /// The person of a member; `None` for a team. A person does not find themselves.
    pub(super) person: Option<PersonId>,
    /// The name of the organisation, of which each has a text of its own.
    pub(super) organisation: TextId,
    /// Unit, discipline and function.
    pub(super) texts: [TextId; 3],
    /// Not found from other organisations.
    pub(super) inside_only: bool,
    /// The key by which lists are put in order.
    pub(super) place: Box<str>,
    /// Of the name, run by run.
    pub(super) name: Box<[WordId]>,
}

impl<T> Entry<T> {
    pub(super) fn new(
        id: T,
        person: Option<PersonId>,
        organisation: TextId,
        texts: [TextId; 3],
        place: String,
        name: Vec<WordId>,
    ) -> Entry<T> {
        Entry {
            id,
            person,
            organisation,
            texts,
            inside_only: false,
            place: place.into_boxed_str(),
            name: name.into_boxed_slice(),
        }
    }
}

fn beginning(place: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(place.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

/// A place in the order: of an entry, or where a page ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a, T> {
    pub(super) beginning: u64,
    pub(super) place: &'a str,
    pub(super) id: T,
}

impl<'a, T> Place<'a, T> {
    pub(super) fn of(place: &'a str, id: T) -> Place<'a, T> {
        let beginning = beginning(place);
        Place { beginning, place, id }
    }
}

impl<T: Ord> Ord for Place<'_, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.beginning
            .cmp(&other.beginning)
            .then_with(|| self.place.cmp(other.place))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl<T: Ord> PartialOrd for Place<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Place<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Place<'_, T> {}

#[derive(Debug)]
pub(super) struct Catalogue<T> {
    entries: Vec<Option<Entry<T>>>,
    /// Of each entry the beginning of its place, which decides most comparisons: eleven times as dense as the entries.
    beginnings: Vec<u64>,
    free: Vec<Slot>,
    slots: HashMap<T, Slot>,
    by_word: Vec<Vec<Slot>>,
    by_text: Vec<Vec<Slot>>,
    /// All slots in the order of their places.
    order: Vec<Vec<Slot>>,
}

impl<T> Default for Catalogue<T> {
    fn default() -> Catalogue<T> {
        Catalogue {
            entries: Vec::new(),
            beginnings: Vec::new(),
            free: Vec::new(),
            slots: HashMap::new(),
            by_word: Vec::new(),
            by_text: Vec::new(),
            order: Vec::new(),
        }
    }
}

fn listed(lists: &mut Vec<Vec<Slot>>, at: usize) -> Option<&mut Vec<Slot>> {
    if lists.len() <= at {
        lists.resize_with(at + 1, Vec::new);
    }
    lists.get_mut(at)
}

/// The words and texts of an entry, each once.
fn keys<T>(entry: &Entry<T>) -> (Vec<usize>, [usize; 4]) {
    let mut words: Vec<usize> = entry.name.iter().map(|word| word.at()).collect();
    words.sort_unstable();
    words.dedup();
    words.retain(|word| *word != WordId::BREAK.at());
    let [unit, discipline, function] = entry.texts;
    let texts = [entry.organisation, unit, discipline, function];
    (words, texts.map(TextId::at))
}

impl<T: Copy + Ord + Hash> Catalogue<T> {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// One more than the largest slot.
    pub(super) fn slots(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry(&self, slot: Slot) -> Option<&Entry<T>> {
        self.entries.get(slot as usize)?.as_ref()
    }

    /// The beginning of the place of an entry.
    pub(super) fn beginning(&self, slot: Slot) -> u64 {
        self.beginnings.get(slot as usize).copied().unwrap_or_default()
    }

    pub(super) fn place(&self, slot: Slot) -> Option<Place<'_, T>> {
        let entry = self.entry(slot)?;
        Some(Place {
            beginning: self.beginning(slot),
            place: &entry.place,
            id: entry.id,
        })
    }

    pub(super) fn with_word(&self, word: WordId) -> &[Slot] {
        self.by_word.get(word.at()).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn with_text(&self, text: TextId) -> &[Slot] {
        self.by_text.get(text.at()).map(Vec::as_slice).unwrap_or_default()
    }

    /// All slots after a place, in order.
    pub(super) fn in_order(&self, after: Option<Place<'_, T>>) -> impl Iterator<Item = Slot> + '_ {
        let (chunk, within) = match after {
            Some(after) => {
                let (chunk, within) = self.position(&after);
                let is_there = self
                    .order
                    .get(chunk)
                    .and_then(|slots| slots.get(within))
                    .is_some_and(|slot| self.place(*slot) == Some(after));
                (chunk, within + usize::from(is_there))
            }
            None => (0, 0),
        };
        let first = self.order.get(chunk).and_then(|slots| slots.get(within..));
        let rest = self.order.get(chunk + 1..).unwrap_or_default();
        let first = first.unwrap_or_default();
        first.iter().chain(rest.iter().flatten()).copied()
    }

    /// The chunk and the place in it of the first entry that is not before a place.
    fn position(&self, place: &Place<'_, T>) -> (usize, usize) {
        let is_before = |slot: &Slot| self.place(*slot).is_some_and(|other| other < *place);
        let begins_before = |chunk: &Vec<Slot>| chunk.first().is_some_and(is_before);
        let chunk = self.order.partition_point(begins_before).saturating_sub(1);
        let within = self.order.get(chunk);
        let within = within.map(|slots| slots.partition_point(is_before));
        (chunk, within.unwrap_or_default())
    }

    /// Puts an entry in; [`Catalogue::in_place`] puts it in order.
    fn put(&mut self, entry: Entry<T>) -> Slot {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.entries.push(None);
                self.beginnings.push(0);
                Slot::try_from(self.entries.len() - 1).unwrap_or(Slot::MAX)
            }
        };
        let (words, texts) = keys(&entry);
        for word in words {
            if let Some(list) = listed(&mut self.by_word, word) {
                list.push(slot);
            }
        }
        for text in texts {
            // Nobody looks up who has no text.
            if text != TextId::EMPTY.at()
                && let Some(list) = listed(&mut self.by_text, text)
            {
                list.push(slot);
            }
        }
        self.slots.insert(entry.id, slot);
        if let Some(known) = self.beginnings.get_mut(slot as usize) {
            *known = beginning(&entry.place);
        }
        if let Some(place) = self.entries.get_mut(slot as usize) {
            *place = Some(entry);
        }
        slot
    }

    pub(super) fn add(&mut self, entry: Entry<T>) {
        let slot = self.put(entry);
        let Some(place) = self.place(slot) else {
            return;
        };
        let (chunk, within) = self.position(&place);
        match self.order.get_mut(chunk) {
            None => self.order.push(vec![slot]),
            Some(slots) => {
                slots.insert(within, slot);
                if slots.len() > CHUNK {
                    let half = slots.split_off(CHUNK / 2);
                    self.order.insert(chunk + 1, half);
                }
            }
        }
    }

    /// Many at once, of a catalogue that is empty.
    pub(super) fn fill(&mut self, entries: impl Iterator<Item = Entry<T>>) {
        let mut slots: Vec<Slot> = entries.map(|entry| self.put(entry)).collect();
        slots.sort_unstable_by(|one, other| self.place(*one).cmp(&self.place(*other)));
        // Room for who comes later.
        self.order = slots.chunks(CHUNK / 2).map(<[Slot]>::to_vec).collect();
        for list in self.by_word.iter_mut().chain(&mut self.by_text) {
            list.shrink_to_fit();
        }
        self.entries.shrink_to_fit();
        self.beginnings.shrink_to_fit();
    }

    pub(super) fn remove(&mut self, id: T) -> Option<Entry<T>> {
        let slot = *self.slots.get(&id)?;
        let place = self.place(slot)?;
        let (chunk, within) = self.position(&place);
        if let Some(slots) = self.order.get_mut(chunk)
            && slots.get(within) == Some(&slot)
        {
            slots.remove(within);
            if slots.is_empty() {
                self.order.remove(chunk);
            }
        }
        let entry = self.entries.get_mut(slot as usize)?.take()?;
        let (words, texts) = keys(&entry);
        for word in words {
            if let Some(list) = self.by_word.get_mut(word) {
                drop_slot(list, slot);
            }
        }
        for text in texts {
            if let Some(list) = self.by_text.get_mut(text) {
                drop_slot(list, slot);
            }
        }
        self.slots.remove(&id);
        self.free.push(slot);
        Some(entry)
    }
}

fn drop_slot(list: &mut Vec<Slot>, slot: Slot) {
    if let Some(at) = list.iter().position(|other| *other == slot) {
        list.swap_remove(at);
    }
}
