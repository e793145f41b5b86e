//! Finding people and teams (O3, O4, O6) by the samples that the device and the screen use, too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::in_process_server::InProcessServer;
use conversation::organisation::Name;
use conversation::{MembershipId, OrganisationId, TeamId};
use protocol::directory::DirectoryAnswer;
use serde::Deserialize;
use sync_server::core::administer::{AdminRequest, AdminResponse, NewMembership};

#[derive(Deserialize)]
struct Sample {
    /// Given name, prefix, family name.
    name: [String; 3],
    finds: Vec<String>,
    misses: Vec<String>,
}

fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("../../crates/matching/samples.json")).unwrap()
}

fn person(
    server: &mut InProcessServer,
    place: usize,
    sample: &Sample,
    organisation: OrganisationId,
) -> MembershipId {
    let [given, prefix, family] = sample.name.clone();
    // A file may have the whole name in one field.
    let name = match family.as_str() {
        "" => Name {
            given: String::new(),
            prefix,
            family: given,
        },
        _ => Name {
            given,
            prefix,
            family,
        },
    };
    let request = AdminRequest::PersonAdd {
        login: format!("p{place}@kliniek.example"),
        memberships: vec![NewMembership {
            organisation,
            unit: None,
            name,
            discipline: String::new(),
            function: String::new(),
            work_email: None,
        }],
    };
    match server.administer(request) {
        AdminResponse::Person { memberships, .. } => memberships[0],
        other => panic!("{other:?}"),
    }
}

fn team(server: &mut InProcessServer, sample: &Sample, organisation: OrganisationId) -> TeamId {
    let parts = sample.name.iter().filter(|part| !part.is_empty());
    let request = AdminRequest::TeamAdd {
        organisation,
        unit: None,
        name: parts.map(String::as_str).collect::<Vec<_>>().join(" "),
    };
    match server.administer(request) {
        AdminResponse::Team { team } => team,
        other => panic!("{other:?}"),
    }
}

// O3, O4, O6
#[test]
fn a_name_is_found_by_what_the_samples_say_and_by_nothing_else() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Q");
    let anna = server.person("Q", home);
    let samples = samples();
    let all: Vec<(MembershipId, TeamId)> = samples
        .iter()
        .enumerate()
        .map(|(place, sample)| {
            let team = team(&mut server, sample, home);
            (person(&mut server, place, sample, home), team)
        })
        .collect();
    let found = |query: &str| -> DirectoryAnswer {
        server
            .core
            .find(
                anna.person,
                anna.membership,
                query,
                protocol::directory::MOST_FOUND,
            )
            .unwrap()
    };
    for (sample, (membership, team)) in samples.iter().zip(&all) {
        let is_found = |query: &str| {
            let answer = found(query);
            let person = answer.cards.iter().any(|card| card.membership == *membership);
            let team = answer.teams.iter().any(|card| card.team == *team);
            (person, team)
        };
        for query in &sample.finds {
            assert_eq!(is_found(query), (true, true), "{query:?} finds {:?}", sample.name);
        }
        for query in &sample.misses {
            assert_eq!(
                is_found(query),
                (false, false),
                "{query:?} misses {:?}",
                sample.name
            );
        }
    }
}

// O3, O6
#[test]
fn a_colleague_or_a_team_that_came_after_a_search_is_found_by_the_next() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Kliniek");
    let anna = server.person("Anna", home);
    let sample = Sample {
        name: ["Noor".to_owned(), "van".to_owned(), "Dijk".to_owned()],
        finds: Vec::new(),
        misses: Vec::new(),
    };
    let found = |server: &InProcessServer| {
        let answer = server
            .core
            .find(anna.person, anna.membership, "dijk", 10)
            .unwrap();
        (answer.cards.len(), answer.teams.len())
    };
    assert_eq!(found(&server), (0, 0));
    person(&mut server, 0, &sample, home);
    assert_eq!(found(&server), (1, 0));
    team(&mut server, &sample, home);
    assert_eq!(found(&server), (1, 1));
}
