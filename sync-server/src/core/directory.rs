//! `GET /v1/directory`: finding people and teams (O3, O4, O6).
//!
//! Every word of the query must begin a word of the name, discipline, function, organisation or unit, without regard
//! to case and diacritics. Own organisation first, then by family name without its prefix; teams by their name.
//!
//! What is searched is folded once, and again when an organisation changed: a network of 10,000 is read through in
//! about a millisecond.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use conversation::organisation::Directory;
use conversation::{MembershipId, OrganisationId, PersonId, TeamId, World as _};
use protocol::directory::{DirectoryAnswer, MOST_FOUND};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::Core;

/// Characters of a query that count, and words of it.
const LONGEST_QUERY: usize = 100;
const MOST_WORDS: usize = 10;

/// Everyone who can be chosen, in the order of their names.
#[derive(Debug)]
pub(super) struct Index {
    /// The version of the organisations that it is of.
    position: u64,
    people: Vec<Entry<MembershipId>>,
    teams: Vec<Entry<TeamId>>,
}

#[derive(Debug)]
struct Entry<T> {
    id: T,
    organisation: OrganisationId,
    /// Of a person; a person does not find themselves.
    person: Option<PersonId>,
    words: Vec<String>,
}

impl Index {
    fn of(position: u64, directory: &Directory) -> Index {
        let all: BTreeSet<OrganisationId> = directory.organisations().map(|(id, _)| id).collect();
        let mut people: Vec<((String, String), Entry<MembershipId>)> = directory
            .people_in(&all)
            .filter_map(|id| directory.card(id))
            .map(|card| {
                let name = &card.profile.name;
                let texts = [
                    &name.given,
                    &name.prefix,
                    &name.family,
                    &card.profile.discipline,
                    &card.profile.function,
                    &card.organisation_name,
                    &card.unit_name,
                ];
                let entry = Entry {
                    id: card.membership,
                    organisation: card.organisation,
                    person: Some(card.person),
                    words: texts.into_iter().flat_map(|text| words(text)).collect(),
                };
                ((fold(&name.family), fold(&name.given)), entry)
            })
            .collect();
        people.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
        let mut teams: Vec<(String, Entry<TeamId>)> = directory
            .teams_in(&all)
            .filter_map(|id| directory.team_card(id))
            .map(|card| {
                let texts = [&card.name, &card.organisation_name, &card.unit_name];
                let entry = Entry {
                    id: card.team,
                    organisation: card.organisation,
                    person: None,
                    words: texts.into_iter().flat_map(|text| words(text)).collect(),
                };
                (fold(&card.name), entry)
            })
            .collect();
        teams.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
        Index {
            position,
            people: people.into_iter().map(|(_, entry)| entry).collect(),
            teams: teams.into_iter().map(|(_, entry)| entry).collect(),
        }
    }
}

/// Who asks, and for what.
struct Search<'a> {
    person: PersonId,
    own: OrganisationId,
    reach: &'a BTreeSet<OrganisationId>,
    wanted: &'a [String],
    limit: usize,
}

impl Search<'_> {
    /// Those of the own organisation first; and whether there are more.
    fn among<T: Copy>(&self, entries: &[Entry<T>]) -> (Vec<T>, bool) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for entry in entries {
            let found = self.reach.contains(&entry.organisation)
                && entry.person != Some(self.person)
                && self.matches(&entry.words);
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

    fn matches(&self, words: &[String]) -> bool {
        let begins = |wanted: &String| words.iter().any(|word| word.starts_with(wanted.as_str()));
        self.wanted.iter().all(begins)
    }
}

impl Core {
    /// `None` where the acting membership is not theirs, or ended.
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
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        let search = Search {
            person,
            own,
            reach: &directory.within_reach(own),
            wanted: &first_words(&query),
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

    /// The directory and the index of it.
    fn index(&self) -> (Arc<Directory>, Arc<Index>) {
        let (directory, position) = self.with_organisations(|organisations| {
            (Arc::clone(&organisations.directory), organisations.position)
        });
        let mut kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let index = match kept.as_ref() {
            Some(index) if index.position == position => Arc::clone(index),
            _ => Arc::new(Index::of(position, &directory)),
        };
        *kept = Some(Arc::clone(&index));
        (directory, index)
    }
}

fn first_words(query: &str) -> Vec<String> {
    let mut words = words(query);
    words.truncate(MOST_WORDS);
    words
}

fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// In lower case, without diacritics.
fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_divided_where_a_person_would() {
        assert_eq!(
            words("Zoë van den Bérg-Çelik"),
            ["zoe", "van", "den", "berg", "celik"]
        );
        assert_eq!(words("  "), Vec::<String>::new());
    }
}
