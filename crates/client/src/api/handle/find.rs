//! Finding people and teams (O3, O4): the server finds everybody within reach; without it, the device finds those it
//! knows.

use std::collections::HashMap;
use std::sync::Arc;

use conversation::MembershipId;
use conversation::organisation::{Card, TeamCard};
use futures_util::future::BoxFuture;
use matching::{Wanted, Words, plain};
use protocol::session::Secret;

use super::{Answer, Names};
use crate::api::request::ApiError;
use crate::api::view::{Connection, Found, FoundPerson, FoundTeam};
use crate::cache::Change;
use crate::engine::Engine;
use crate::ports::{Connector, Failure, Transport};

const MOST: u32 = protocol::directory::MOST_FOUND as u32;

pub(super) async fn find(
    engine: &Engine,
    connector: &dyn Connector,
    acting: MembershipId,
    query: &str,
    limit: u32,
) -> Answer<Found> {
    let limit = limit.clamp(1, MOST);
    let connection = engine.live().connection;
    // The server may still answer while a stream is being opened or refused.
    if connection != Connection::Offline {
        match ask(engine, connector, acting, query, limit).await {
            Ok(answer) => {
                let (cards, teams) = (answer.cards, answer.teams);
                let known = vec![Change::PutCards(cards.clone()), Change::PutTeams(teams.clone())];
                engine.cache().write(known).await?;
                return found(engine, acting, query, (cards, teams), answer.more, false).await;
            }
            Err(ApiError::Unreachable | ApiError::Between { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let wanted = Wanted::of(query);
    let person = engine.me().person;
    let mut cards: Vec<Card> = engine
        .cache()
        .all_cards()
        .await?
        .into_iter()
        .filter(|card| !card.ended && Some(card.person) != person && wanted.are_in(&card.words()))
        .collect();
    cards.sort_by_cached_key(|card| (Some(card.organisation) != own, card.place()));
    let mut teams: Vec<TeamCard> = engine
        .cache()
        .all_teams()
        .await?
        .into_iter()
        .filter(|card| !card.ended && wanted.are_in(&card.words()))
        .collect();
    teams.sort_by_cached_key(|card| (Some(card.organisation) != own, card.place()));
    let more = cards.len() > limit as usize || teams.len() > limit as usize;
    cards.truncate(limit as usize);
    teams.truncate(limit as usize);
    found(engine, acting, query, (cards, teams), more, true).await
}

async fn ask(
    engine: &Engine,
    connector: &dyn Connector,
    acting: MembershipId,
    query: &str,
    limit: u32,
) -> Answer<protocol::directory::DirectoryAnswer> {
    ask_server(engine, connector, |transport, access| {
        Box::pin(async move { transport.directory(&access, acting, query, limit).await })
    })
    .await
}

/// Sends a request to the server, with a new access token if the current one has expired.
pub(super) async fn ask_server<'a, T>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    question: impl Fn(Arc<dyn Transport>, Secret) -> BoxFuture<'a, Result<T, Failure>>,
) -> Answer<T> {
    let server = engine.session().await?.ok_or(ApiError::NotSignedIn)?.server;
    let (_, transport) = connector.connect(&server).map_err(|_| ApiError::BadAddress)?;
    let access = engine.access(transport.as_ref(), None).await?;
    match question(Arc::clone(&transport), access.clone()).await {
        Err(Failure::Server {
            code: protocol::error::ErrorCode::SignInNeeded,
            ..
        }) => {
            let access = engine.access(transport.as_ref(), Some(&access)).await?;
            Ok(question(transport, access).await?)
        }
        answer => Ok(answer?),
    }
}

async fn found(
    engine: &Engine,
    acting: MembershipId,
    query: &str,
    (cards, teams): (Vec<Card>, Vec<TeamCard>),
    more: bool,
    offline: bool,
) -> Answer<Found> {
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let wanted = Wanted::of(query);
    let is_named = |name: &str| wanted.are_in(&Words::of([name]));
    let mut same: HashMap<String, u32> = HashMap::new();
    for card in &cards {
        *same.entry(plain(&card.profile.name.full())).or_default() += 1;
    }
    let mut people = Vec::with_capacity(cards.len());
    for card in cards {
        let name = card.profile.name.full();
        people.push(FoundPerson {
            outside: Some(card.organisation) != own,
            namesake: same.get(&plain(&name)).is_some_and(|count| *count > 1),
            named: is_named(&name),
            direct: engine.cache().direct(acting, card.membership).await?,
            card,
        });
    }
    let mut same: HashMap<String, u32> = HashMap::new();
    for team in &teams {
        *same.entry(plain(&team.name)).or_default() += 1;
    }
    let teams = teams
        .into_iter()
        .map(|card| FoundTeam {
            outside: Some(card.organisation) != own,
            namesake: same.get(&plain(&card.name)).is_some_and(|count| *count > 1),
            named: is_named(&card.name),
            card,
        })
        .collect();
    Ok(Found {
        people,
        teams,
        more,
        offline,
    })
}

#[cfg(test)]
mod tests {
    use conversation::{ConversationId, OrganisationId, PersonId, Shape, TeamId};
    use uuid::Uuid;

    use super::*;
    use crate::api::request::{ApiRequest, OverviewAsk};
    use crate::api::view::Overview;
    use crate::cache::Cache as _;
    use crate::testing::{ANNA, Device, card, now, person};

    #[derive(serde::Deserialize)]
    struct Sample {
        /// Given name, prefix, family name.
        name: [String; 3],
        finds: Vec<String>,
        misses: Vec<String>,
    }

    fn samples() -> Vec<(MembershipId, Sample)> {
        let samples: Vec<Sample> =
            serde_json::from_str(include_str!("../../../../matching/samples.json")).unwrap();
        let ids = (1_000..).map(|number| MembershipId(Uuid::from_u128(number)));
        ids.zip(samples).collect()
    }

    fn colleague(member: MembershipId, sample: &Sample) -> Card {
        let mut card = Card {
            organisation_name: "Q".into(),
            unit_name: "Q".into(),
            ..card(member, "", 1)
        };
        let [given, prefix, family] = sample.name.clone();
        card.profile.name = conversation::organisation::Name {
            given,
            prefix,
            family,
        };
        (card.profile.discipline, card.profile.function) = (String::new(), String::new());
        card
    }

    /// Anna's device without a network, which knows everybody in the samples.
    fn knowing(samples: &[(MembershipId, Sample)]) -> Device {
        let device = Device::of_anna();
        let cards = samples.iter().map(|(member, sample)| colleague(*member, sample));
        let teams = samples.iter().map(|(member, sample)| TeamCard {
            team: TeamId(member.0),
            name: colleague(*member, sample).profile.name.full(),
            organisation: OrganisationId(Uuid::from_u128(1)),
            organisation_name: "Q".into(),
            unit_name: "Q".into(),
            ended: false,
        });
        let known = vec![
            Change::PutCards(cards.collect()),
            Change::PutTeams(teams.collect()),
        ];
        now(device.cache.write(known)).unwrap();
        device
    }

    // O3, O4, O6
    #[test]
    fn without_a_network_a_name_is_found_as_the_samples_say() {
        let samples = samples();
        let device = knowing(&samples);
        for (member, sample) in &samples {
            let is_found = |query: &str| {
                let call = ApiRequest::Find {
                    acting: ANNA,
                    query: query.to_owned(),
                    limit: MOST,
                };
                let found: Found = device.ask(call).unwrap();
                let person = found.people.iter().find(|one| one.card.membership == *member);
                let team = found.teams.iter().find(|one| one.card.team.0 == member.0);
                // The name that matched.
                (
                    person.is_some_and(|one| one.named),
                    team.is_some_and(|one| one.named),
                )
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

    // L2, L5
    #[test]
    fn the_overview_finds_a_participant_as_the_samples_say() {
        let samples = samples();
        let device = knowing(&samples);
        for (member, sample) in &samples {
            let start = ApiRequest::Start {
                acting: ANNA,
                shape: Shape::Direct,
                with: vec![*member],
                teams: Vec::new(),
                subject: None,
                text: Some("Kun je meekijken?".into()),
                attachments: false,
            };
            let conversation: ConversationId = device.ask(start).unwrap();
            let is_found = |query: &str| {
                let ask = OverviewAsk {
                    query: query.to_owned(),
                    limit: 500,
                    ..OverviewAsk::default()
                };
                let overview: Overview = device.ask(ApiRequest::Overview { ask }).unwrap();
                overview.rows.iter().any(|row| row.conversation == conversation)
            };
            for query in &sample.finds {
                assert!(is_found(query), "{query:?} finds {:?}", sample.name);
            }
            for query in &sample.misses {
                assert!(!is_found(query), "{query:?} misses {:?}", sample.name);
            }
        }
    }

    // O6, W2
    #[test]
    fn two_names_that_one_would_take_for_the_same_are_namesakes() {
        let device = Device::of_anna();
        let named = |number: u128, family: &str| {
            let mut card = card(MembershipId(Uuid::from_u128(number)), "Zoë", 1);
            card.person = PersonId(Uuid::from_u128(number));
            card.profile.name.prefix = String::new();
            card.profile.name.family = family.into();
            card
        };
        let cards = vec![
            named(50, "Smit-Jansen"),
            named(51, "smit\u{2011}Jansen"),
            named(52, "Smit"),
        ];
        now(device.cache.write(vec![Change::PutCards(cards)])).unwrap();
        let call = ApiRequest::Find {
            acting: ANNA,
            query: "zoe smit".into(),
            limit: MOST,
        };
        let found: Found = device.ask(call).unwrap();
        let namesakes: Vec<bool> = found.people.iter().map(|one| one.namesake).collect();
        assert_eq!(namesakes, [false, true, true]);
        assert_ne!(person(ANNA), found.people[0].card.person);
    }
}
