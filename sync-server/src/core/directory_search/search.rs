//! The best matches of a query in a catalogue: exact ones before forgiven ones, the actor's organisation before others, and then by
//! name. Of three ways to look at few entries, the shortest is taken: those within reach, the candidates of the query, or all in the order
//! of their names until enough are found.

use std::cell::OnceCell;
use std::collections::BinaryHeap;
use std::hash::Hash;

use conversation::PersonId;
use conversation::organisation::may_be_found;
use matching::{Match, Wanted};

use super::catalogue::{Catalogue, Entry, Place, Slot};
use super::query::{Bits, Query, slot};
use super::reach::Reach;
use super::vocabulary::{TextId, Vocabulary};

/// From where on one way of looking is taken instead of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds {
    /// So many within reach are looked at one by one: less than it takes to list the candidates among a million.
    pub(super) few: usize,
    /// Candidates stand together in the order of names, as those of one family name do: before the first of them so many times as
    /// many names may be read as if they were spread evenly.
    pub(super) together: f64,
    /// Candidates of which each is asked whether a run goes on in its next word. Of more the answer is not worth it: they are looked
    /// at later.
    pub(super) asked: usize,
    /// Words that may come later in a run, of which the entries are listed; of more only those of its first word.
    pub(super) later: usize,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds {
            few: 6_000,
            together: 32.0,
            asked: 4_096,
            later: 2_048,
        }
    }
}

/// The actor.
pub(super) struct Actor<'a> {
    pub(super) person: PersonId,
    /// The name of the organisation, by which its people are listed; `None` where it has nobody.
    pub(super) own: Option<TextId>,
    pub(super) reach: &'a Reach,
}

/// The parts of an answer, in order; a page ends in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) rank: Match,
    pub(super) outside: bool,
}

const PARTS: [Part; 4] = [
    Part {
        rank: Match::Begins,
        outside: false,
    },
    Part {
        rank: Match::Begins,
        outside: true,
    },
    Part {
        rank: Match::Forgiven,
        outside: false,
    },
    Part {
        rank: Match::Forgiven,
        outside: true,
    },
];

/// At most `limit` matches after a place, and one more if there is one, each with its part.
pub(super) fn best<T: Copy + Ord + Hash>(
    catalogue: &Catalogue<T>,
    queries: &Queries<'_>,
    thresholds: Thresholds,
    actor: &Actor<'_>,
    after: Option<(Part, Place<'_, T>)>,
    limit: usize,
) -> Vec<(Part, Slot)> {
    let most = limit + 1;
    let exact = Looked::of(&queries.exact);
    let mut forgiving = None;
    let mut found: Vec<(Part, Slot)> = Vec::new();
    for part in PARTS {
        if found.len() >= most || catalogue.len() == 0 || after.is_some_and(|(from, _)| part < from) {
            continue;
        }
        let after = after.filter(|(from, _)| *from == part).map(|(_, place)| place);
        let looked = match part.rank {
            Match::Begins => &exact,
            Match::Forgiven => forgiving.get_or_insert_with(|| Looked::of(queries.forgiving())),
        };
        let search = Search {
            catalogue,
            thresholds,
            looked,
            not: (part.rank == Match::Forgiven).then_some(&queries.exact),
            actor,
            outside: part.outside,
            after,
            most: most - found.len(),
        };
        found.extend(search.first().into_iter().map(|slot| (part, slot)));
    }
    found
}

/// A query as it was typed, and with what is forgiven once that was asked.
pub(super) struct Queries<'a> {
    exact: Query<'a>,
    forgiving: OnceCell<Query<'a>>,
}

impl<'a> Queries<'a> {
    pub(super) fn of(wanted: &'a Wanted, vocabulary: &'a Vocabulary, thresholds: Thresholds) -> Queries<'a> {
        Queries {
            exact: Query::of(wanted, vocabulary, thresholds.later),
            forgiving: OnceCell::new(),
        }
    }

    fn forgiving(&self) -> &Query<'a> {
        self.forgiving.get_or_init(|| self.exact.forgiving())
    }
}

/// A query, and who may be found by it once that was asked.
struct Looked<'a> {
    query: &'a Query<'a>,
    candidates: OnceCell<(Bits, usize)>,
}

impl<'a> Looked<'a> {
    fn of(query: &'a Query<'a>) -> Looked<'a> {
        Looked {
            query,
            candidates: OnceCell::new(),
        }
    }
}

/// One part of an answer.
struct Search<'a, T> {
    catalogue: &'a Catalogue<T>,
    thresholds: Thresholds,
    looked: &'a Looked<'a>,
    /// An entry that was found exactly is not found again.
    not: Option<&'a Query<'a>>,
    actor: &'a Actor<'a>,
    outside: bool,
    after: Option<Place<'a, T>>,
    most: usize,
}

impl<T: Copy + Ord + Hash> Search<'_, T> {
    fn is_found(&self, entry: &Entry<T>) -> bool {
        let own = Some(entry.organisation) == self.actor.own;
        own != self.outside
            && entry.person != Some(self.actor.person)
            && may_be_found(
                own,
                || self.actor.reach.has(entry.organisation),
                entry.inside_only,
            )
            && self.looked.query.finds(entry)
            && !self.not.is_some_and(|exact| exact.finds(entry))
    }

    /// The candidates of the query, and their number.
    fn candidates(&self) -> &(Bits, usize) {
        self.looked.candidates.get_or_init(|| {
            let bits = self
                .looked
                .query
                .candidates(self.catalogue, self.thresholds.asked);
            let count = bits.count();
            (bits, count)
        })
    }

    /// The first of them in the order of their names.
    fn first(&self) -> Vec<Slot> {
        let listed = |text: TextId| self.catalogue.with_text(text);
        if !self.outside {
            let own = self.actor.own.map(listed).unwrap_or_default();
            return self.among(own.iter().copied());
        }
        let organisations = || self.actor.reach.organisations();
        let within_reach: usize = organisations().map(|text| listed(text).len()).sum();
        if within_reach <= self.thresholds.few {
            return self.among(organisations().flat_map(|text| listed(text).iter().copied()));
        }
        let (candidates, count) = self.candidates();
        // If those within reach are spread evenly, so many stand in the order of names before enough are found.
        let all = self.catalogue.len() as f64;
        let share = within_reach as f64 / all;
        let to_find = self.most as f64 / share;
        let in_order = to_find * (all / (*count as f64).max(1.0));
        // Of the candidates most are passed over by their first letters, which is as quick as a bit.
        let fewest = (*count).min(within_reach) as f64;
        if in_order * self.thresholds.together < fewest {
            return self.in_order(candidates);
        }
        if within_reach < *count {
            let slots = organisations().flat_map(|text| listed(text).iter().copied());
            self.among(slots.filter(|slot| candidates.has(*slot as usize)))
        } else {
            self.among(candidates.each().map(slot))
        }
    }

    /// Looks through the names in order.
    fn in_order(&self, candidates: &Bits) -> Vec<Slot> {
        let slots = self.catalogue.in_order(self.after);
        let slots = slots.filter(|slot| candidates.has(*slot as usize));
        let entry = |slot: &Slot| self.catalogue.entry(*slot);
        let found = slots.filter(|slot| entry(slot).is_some_and(|entry| self.is_found(entry)));
        found.take(self.most).collect()
    }

    fn among(&self, slots: impl Iterator<Item = Slot>) -> Vec<Slot> {
        // The last of those that are kept is on top.
        let mut kept: BinaryHeap<(Place<'_, T>, Slot)> = BinaryHeap::new();
        for slot in slots {
            // Most are after all that are kept, which their first letters say.
            let beginning = self.catalogue.beginning(slot);
            let last = kept.peek().filter(|_| kept.len() == self.most);
            if last.is_some_and(|(last, _)| beginning > last.beginning) {
                continue;
            }
            let (Some(entry), Some(place)) = (self.catalogue.entry(slot), self.catalogue.place(slot)) else {
                continue;
            };
            let is_later = kept.len() == self.most && kept.peek().is_some_and(|(last, _)| place >= *last);
            if is_later || self.after.is_some_and(|after| place <= after) || !self.is_found(entry) {
                continue;
            }
            kept.push((place, slot));
            if kept.len() > self.most {
                kept.pop();
            }
        }
        kept.into_sorted_vec().into_iter().map(|(_, slot)| slot).collect()
    }
}
