//! `GET /v1/directory`: finding people and teams (O3, O4, O6).
//!
//! Every word of the query must begin a word of the name, discipline, function, organisation or unit, by the rules of
//! `matching`, which the device and the screen use too; after those, everybody of whom that holds with what is forgiven. Among either, the
//! user's own organisation comes first, then the family name without its prefix orders people, and the name orders teams.
//!
//! * [`vocabulary`] has each word and each shared text once; typing errors are looked for there, not among people.
//! * [`catalogue`] lists people and teams by word and text, and in the order of their names.
//! * [`query`] says of a catalogue's entry whether it is found, [`search`] finds the best, [`reach`] says among whose.
//! * [`index`] follows the organisations' logs: built on first use, and from then on changed by what changes.
//!
//! A page ends at a place in that order, not after a number of answers: who comes or goes meanwhile shifts nobody else.

#[cfg(feature = "test-support")]
mod alone;
mod catalogue;
mod index;
mod query;
mod reach;
mod search;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use conversation::organisation::{Card, Cover, Directory};
use conversation::{DirectoryLookup as _, MembershipId, PersonId, TeamId};
use matching::{Match, Wanted};
use protocol::directory::{DirectoryAnswer, MOST_FOUND};
use serde::{Deserialize, Serialize};

use super::Core;
#[cfg(feature = "test-support")]
pub use alone::SearchedDirectory;
use catalogue::{Catalogue, Place};
pub(super) use index::{Index, Touched};
use search::{Actor, Part, Queries, best};

/// Bytes of a cursor as it is sent, with names as long as they may be.
const LONGEST_CURSOR: usize = 8_192;

/// Where a page ended, of people and of teams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    people: Option<End<MembershipId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    teams: Option<End<TeamId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End<T> {
    forgiven: bool,
    outside: bool,
    place: String,
    id: T,
}

impl<T: Copy + Ord + std::hash::Hash> End<T> {
    fn part(&self) -> Part {
        let rank = match self.forgiven {
            true => Match::Forgiven,
            false => Match::Begins,
        };
        let outside = self.outside;
        Part { rank, outside }
    }

    fn place(&self) -> Place<'_, T> {
        Place::of(&self.place, self.id)
    }

    /// The ids of a page in order, whether there are more, and where it ends.
    fn of_page(
        catalogue: &Catalogue<T>,
        mut found: Vec<(Part, catalogue::Slot)>,
        before: Option<&End<T>>,
        limit: usize,
    ) -> Page<T>
    where
        End<T>: Clone,
    {
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().and_then(|(part, slot)| {
            let place = catalogue.place(*slot)?;
            Some(End {
                forgiven: part.rank == Match::Forgiven,
                outside: part.outside,
                place: place.place.to_owned(),
                id: place.id,
            })
        });
        let ids = found.into_iter();
        let ids = ids.filter_map(|(_, slot)| catalogue.entry(slot).map(|entry| entry.id));
        Page {
            ids: ids.collect(),
            more,
            end: last.or_else(|| before.cloned()),
        }
    }
}

struct Page<T> {
    ids: Vec<T>,
    more: bool,
    end: Option<End<T>>,
}

impl Cursor {
    /// As it was sent; `None` if it is no cursor.
    pub fn read(text: &str) -> Option<Cursor> {
        use base64::Engine as _;
        if text.len() > LONGEST_CURSOR {
            return None;
        }
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
        serde_json::from_slice(&bytes.ok()?).ok()
    }

    fn write(&self) -> String {
        use base64::Engine as _;
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A question to the directory.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub query: &'a str,
    /// Where the page before ended.
    pub after: Option<&'a Cursor>,
    /// Of people, and of teams.
    pub limit: usize,
}

impl Core {
    /// Builds the index, or brings it up to date, before anybody asks.
    pub fn prepare_search(&self) {
        drop(self.index());
    }

    /// The best matches of a query. `None` if the acting membership is not the person's, or has ended.
    pub fn find(
        &self,
        person: PersonId,
        acting: MembershipId,
        query: &str,
        limit: usize,
    ) -> Option<DirectoryAnswer> {
        let after = None;
        self.find_after(person, acting, &Question { query, after, limit })
    }

    /// The best matches of a query after a place. `None` if the acting membership is not the person's, or has ended.
    pub fn find_after(
        &self,
        person: PersonId,
        acting: MembershipId,
        question: &Question<'_>,
    ) -> Option<DirectoryAnswer> {
        let (directory, networks_at, index) = self.index();
        answer(&directory, networks_at, &index, person, acting, question)
    }

    /// The directory, the offset of the last change of a network in it, and the index as it was then or is since.
    fn index(&self) -> (Arc<Directory>, u64, RwLockReadGuard<'_, Index>) {
        let is_behind = self.with_organisations(|organisations| {
            organisations.touched.as_ref().is_none_or(|list| !list.is_empty())
        });
        if is_behind {
            // The index before the organisations: a search that finds nothing to follow waits here until it was followed.
            let mut index = self.found.write().unwrap_or_else(PoisonError::into_inner);
            let (directory, touched) = self.change_organisations(|organisations| {
                let touched = organisations.touched.replace(Vec::new());
                (Arc::clone(&organisations.directory), touched)
            });
            match touched {
                Some(touched) => {
                    for touched in touched {
                        index.follow(touched, &directory);
                    }
                }
                None => *index = Index::of(&directory),
            }
        }
        let index = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let (directory, networks_at) = self.with_organisations(|organisations| {
            (Arc::clone(&organisations.directory), organisations.networks_at)
        });
        (directory, networks_at, index)
    }
}

fn answer(
    directory: &Directory,
    networks_at: u64,
    index: &Index,
    person: PersonId,
    acting: MembershipId,
    question: &Question<'_>,
) -> Option<DirectoryAnswer> {
    let own = directory
        .member(acting)
        .filter(|member| member.person == person && member.active)?
        .organisation;
    let reach = index
        .reaches
        .of(own, networks_at, directory, &index.organisations);
    let actor = Actor {
        person,
        own: index.organisations.get(&own).copied(),
        reach: &reach,
    };
    let wanted = Wanted::of(question.query);
    let queries = Queries::of(&wanted, &index.vocabulary, index.thresholds);
    let limit = question.limit.clamp(1, MOST_FOUND);
    let (people_after, teams_after) = question
        .after
        .map(|cursor| (cursor.people.as_ref(), cursor.teams.as_ref()))
        .unwrap_or_default();
    let after = people_after.map(|end| (end.part(), end.place()));
    let people = best(&index.people, &queries, index.thresholds, &actor, after, limit);
    let people = End::of_page(&index.people, people, people_after, limit);
    let after = teams_after.map(|end| (end.part(), end.place()));
    let teams = best(&index.teams, &queries, index.thresholds, &actor, after, limit);
    let teams = End::of_page(&index.teams, teams, teams_after, limit);
    let more = people.more || teams.more;
    let cursor = Cursor {
        people: people.end,
        teams: teams.end,
    };
    // The index may be a change behind the directory, which has the last word.
    let people = people
        .ids
        .into_iter()
        .filter(|id| directory.is_shown_to(own, *id));
    let is_shown = |id: TeamId| {
        let team = directory.team(id).filter(|team| !team.ended);
        team.is_some_and(|team| directory.shares(own, team.organisation))
    };
    let teams = teams.ids.into_iter().filter(|id| is_shown(*id));
    let mut answer = DirectoryAnswer {
        cards: people.filter_map(|id| directory.card(id)).collect(),
        teams: teams.filter_map(|id| directory.team_card(id)).collect(),
        covers: Vec::new(),
        cover_teams: Vec::new(),
        more,
        next: more.then(|| cursor.write()),
    };
    let covers: BTreeSet<Cover> = answer.cards.iter().filter_map(Card::cover).collect();
    for cover in covers {
        match cover {
            Cover::Colleague { membership } => {
                let is_named = answer.cards.iter().any(|card| card.membership == membership);
                if !is_named && directory.is_shown_to(own, membership) {
                    answer.covers.extend(directory.card(membership));
                }
            }
            Cover::Team { team } => {
                let is_named = answer.teams.iter().any(|card| card.team == team);
                if !is_named && is_shown(team) {
                    answer.cover_teams.extend(directory.team_card(team));
                }
            }
            Cover::Unknown => {}
        }
    }
    Some(answer)
}
