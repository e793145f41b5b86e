//! The best matches of a query in a catalogue: exact ones before forgiven ones, the asker's organisation before others, and then by
//! name. Of three ways to look at no more entries than needed, the shortest is taken.

use std::collections::BinaryHeap;
use std::hash::Hash;

use conversation::PersonId;
use conversation::organisation::may_be_found;
use matching::{Match, Wanted};

use super::catalogue::{Catalogue, Entry, Place, Slot};
use super::query::Query;
use super::reach::Reach;
use super::vocabulary::{TextId, Vocabulary};

/// The asker.
pub(super) struct Asker<'a> {
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
    vocabulary: &Vocabulary,
    wanted: &Wanted,
    asker: &Asker<'_>,
    after: Option<(Part, Place<'_, T>)>,
    limit: usize,
) -> Vec<(Part, Slot)> {
    let most = limit + 1;
    let exact = Query::of(wanted, vocabulary, false);
    let mut forgiving = None;
    let mut found: Vec<(Part, Slot)> = Vec::new();
    for part in PARTS {
        if found.len() >= most || after.is_some_and(|(from, _)| part < from) {
            continue;
        }
        let after = after.filter(|(from, _)| *from == part).map(|(_, place)| place);
        let query = match part.rank {
            Match::Begins => &exact,
            Match::Forgiven => forgiving.get_or_insert_with(|| Query::of(wanted, vocabulary, true)),
        };
        let search = Search {
            catalogue,
            query,
            not: (part.rank == Match::Forgiven).then_some(&exact),
            asker,
            outside: part.outside,
            after,
            most: most - found.len(),
        };
        found.extend(search.first().into_iter().map(|slot| (part, slot)));
    }
    found
}

/// One part of an answer.
struct Search<'a, T> {
    catalogue: &'a Catalogue<T>,
    query: &'a Query<'a>,
    /// What was found exactly is not found again.
    not: Option<&'a Query<'a>>,
    asker: &'a Asker<'a>,
    outside: bool,
    after: Option<Place<'a, T>>,
    most: usize,
}

impl<T: Copy + Ord + Hash> Search<'_, T> {
    fn is_found(&self, entry: &Entry<T>) -> bool {
        let own = Some(entry.organisation) == self.asker.own;
        own != self.outside
            && entry.person != Some(self.asker.person)
            && may_be_found(
                own,
                || self.asker.reach.has(entry.organisation),
                entry.inside_only,
            )
            && self.query.finds(entry)
            && !self.not.is_some_and(|exact| exact.finds(entry))
    }

    /// The first of them in the order of their names.
    fn first(&self) -> Vec<Slot> {
        let listed = |text: TextId| self.catalogue.with_text(text);
        if !self.outside {
            let own = self.asker.own.map(listed).unwrap_or_default();
            return self.among(own.iter().copied());
        }
        let within_reach: usize = self
            .asker
            .reach
            .organisations()
            .map(|text| listed(text).len())
            .sum();
        let with_word = self.query.count(self.catalogue);
        let fewest = within_reach.min(with_word);
        if fewest == 0 {
            return Vec::new();
        }
        // As many as this stand in the order of names before enough are found, if they are spread evenly.
        let all = self.catalogue.len();
        let expected = (within_reach as f64 / all as f64) * (with_word as f64 / all as f64);
        let in_order = self.most as f64 / expected.max(f64::MIN_POSITIVE);
        if in_order < fewest as f64
            && let Some(found) = self.in_order(fewest)
        {
            return found;
        }
        // Without a word, everybody has them all.
        if within_reach <= with_word {
            let organisations = self.asker.reach.organisations();
            self.among(organisations.flat_map(|text| listed(text).iter().copied()))
        } else {
            self.among(self.query.candidates(self.catalogue))
        }
    }

    /// Looks through the names in order; `None` if too few are found among so many.
    fn in_order(&self, among: usize) -> Option<Vec<Slot>> {
        let mut found = Vec::new();
        for (seen, slot) in self.catalogue.in_order(self.after).enumerate() {
            if seen == among {
                return None;
            }
            if self
                .catalogue
                .entry(slot)
                .is_some_and(|entry| self.is_found(entry))
            {
                found.push(slot);
                if found.len() == self.most {
                    break;
                }
            }
        }
        Some(found)
    }

    fn among(&self, slots: impl Iterator<Item = Slot>) -> Vec<Slot> {
        // The last of those that are kept is on top.
        let mut kept: BinaryHeap<(Place<'_, T>, Slot)> = BinaryHeap::new();
        for slot in slots {
            let (Some(entry), Some(place)) = (self.catalogue.entry(slot), self.catalogue.place(slot)) else {
                continue;
            };
            let is_later = kept.len() == self.most && kept.peek().is_some_and(|(last, _)| place >= *last);
            if is_later || self.after.is_some_and(|after| place <= after) || !self.is_found(entry) {
                continue;
            }
            // With several of its words it is a candidate several times.
            if kept.iter().any(|(_, other)| *other == slot) {
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
