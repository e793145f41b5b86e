//! `GET /v1/directory`: finding people and teams (O3, O4, O6).
//!
//! Every word of the query must begin a word of the name, discipline, function, organisation or unit, by the rules of
//! `matching`, which the device and the screen use too. The user's own organisation comes first, then the family name
//! without its prefix orders people, and the name orders teams.
//!
//! The index is built once, and again when a card that it holds changes; a search in a network of 10,000 takes about a
//! millisecond.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use conversation::organisation::Directory;
use conversation::{DirectoryLookup as _, MembershipId, OrganisationId, PersonId, TeamId};
use matching::{Wanted, Words};
use protocol::directory::{DirectoryAnswer, MOST_FOUND};

use super::Core;

/// Everyone who can be chosen, in the order of their names.
#[derive(Debug)]
pub(super) struct Index {
    /// The offset of the last change of a card that the index was built from.
    cards_at: u64,
    people: Vec<Entry<MembershipId>>,
    teams: Vec<Entry<TeamId>>,
}

#[derive(Debug)]
struct Entry<T> {
    id: T,
    organisation: OrganisationId,
    /// The person of a member; `None` for a team. A person does not find themselves.
    person: Option<PersonId>,
    words: Words,
}

impl Index {
    fn of(cards_at: u64, directory: &Directory) -> Index {
        let all: BTreeSet<OrganisationId> = directory.organisations().map(|(id, _)| id).collect();
        let mut people: Vec<((String, String), Entry<MembershipId>)> = directory
            .people_in(&all)
            .filter_map(|id| directory.card(id))
            .map(|card| {
                let entry = Entry {
                    id: card.membership,
                    organisation: card.organisation,
                    person: Some(card.person),
                    words: card.words(),
                };
                (card.place(), entry)
            })
            .collect();
        people.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
        let mut teams: Vec<(String, Entry<TeamId>)> = directory
            .teams_in(&all)
            .filter_map(|id| directory.team_card(id))
            .map(|card| {
                let entry = Entry {
                    id: card.team,
                    organisation: card.organisation,
                    person: None,
                    words: card.words(),
                };
                (card.place(), entry)
            })
            .collect();
        teams.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
        Index {
            cards_at,
            people: people.into_iter().map(|(_, entry)| entry).collect(),
            teams: teams.into_iter().map(|(_, entry)| entry).collect(),
        }
    }
}

/// A search, and the person who asks.
struct Search<'a> {
    person: PersonId,
    own: OrganisationId,
    reach: &'a BTreeSet<OrganisationId>,
    wanted: &'a Wanted,
    limit: usize,
}

impl Search<'_> {
    /// The matching entries, the user's own organisation first; and whether there are more.
    fn among<T: Copy>(&self, entries: &[Entry<T>]) -> (Vec<T>, bool) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for entry in entries {
            let found = self.reach.contains(&entry.organisation)
                && entry.person != Some(self.person)
                && self.wanted.are_in(&entry.words);
            match found {
                true if entry.organisation == self.own => own.push(entry.id),
                true => others.push(entry.id),
                false => {}
            }
        }
        own.extend(others);
        let more = own.len() > self.limit;
        own.truncate(self.limit);
        (own, more)
    }
}

impl Core {
    /// `None` if the acting membership is not the person's, or has ended.
    pub fn find(
        &self,
        person: PersonId,
        acting: MembershipId,
        query: &str,
        limit: usize,
    ) -> Option<DirectoryAnswer> {
        let (directory, index) = self.index();
        let own = directory
            .member(acting)
            .filter(|member| member.person == person && member.active)?
            .organisation;
        let search = Search {
            person,
            own,
            reach: &directory.within_reach(own),
            wanted: &Wanted::of(query),
            limit: limit.clamp(1, MOST_FOUND),
        };
        let (people, more_people) = search.among(&index.people);
        let (teams, more_teams) = search.among(&index.teams);
        Some(DirectoryAnswer {
            cards: people.into_iter().filter_map(|id| directory.card(id)).collect(),
            teams: teams
                .into_iter()
                .filter_map(|id| directory.team_card(id))
                .collect(),
            more: more_people || more_teams,
        })
    }

    /// The directory and its index.
    fn index(&self) -> (Arc<Directory>, Arc<Index>) {
        let (directory, cards_at) = self.with_organisations(|organisations| {
            (Arc::clone(&organisations.directory), organisations.cards_at)
        });
        let mut kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let index = match kept.as_ref() {
            Some(index) if index.cards_at == cards_at => Arc::clone(index),
            _ => Arc::new(Index::of(cards_at, &directory)),
        };
        *kept = Some(Arc::clone(&index));
        (directory, index)
    }
}
