//! Finding people and teams (O3, O4, O6): the server finds everybody within reach; without it, the device finds those it
//! knows, by the same rules and in the same order.
//!
//! With whom one was in conversation last, only the device knows: they come before others who have the words as well.

use std::collections::HashMap;

use conversation::organisation::{Card, TeamCard};
use conversation::{MembershipId, OrganisationId};
use matching::{Initials, Match, Wanted, Words, plain};

use super::asked::ask_server;
use super::names::of_row;
use super::presence::Presences;
use super::{Answer, Names};
use crate::api::request::ApiError;
use crate::api::view::{Connection, Found, FoundPerson, FoundTeam};
use crate::cache::{Change, Listed};
use crate::engine::Engine;
use crate::ports::Connector;

const MOST: u32 = protocol::directory::MOST_FOUND as u32;
/// The latest conversations, whose participants are recent contacts.
const RECENT: u32 = 50;
/// Others in a conversation, at most: who is in a larger one with somebody has not spoken with them.
const FEW: usize = 8;

pub(super) async fn find(
    engine: &Engine,
    connector: &dyn Connector,
    acting: MembershipId,
    query: &str,
    limit: u32,
) -> Answer<Found> {
    let limit = limit.clamp(1, MOST);
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let wanted = Wanted::of(query);
    let order = Order {
        wanted: &wanted,
        own,
        recent: recent(engine).await?,
    };
    let connection = engine.live().connection;
    // The server may still answer while a stream is being opened or refused.
    if connection != Connection::Offline {
        match ask(engine, connector, acting, query, limit).await {
            Ok(answer) => {
                let (mut cards, teams) = (answer.cards, answer.teams);
                let known = vec![
                    Change::PutCards([cards.clone(), answer.covers].concat()),
                    Change::PutTeams([teams.clone(), answer.cover_teams].concat()),
                ];
                engine.cache().write(known).await?;
                if answer.more {
                    order.add_recent(engine, acting, &mut cards).await?;
                }
                // A stable sort: the server's order stays.
                cards.sort_by_cached_key(|card| order.first_of_all(card));
                cards.truncate(limit as usize);
                return found(engine, acting, &wanted, (cards, teams), answer.more, false).await;
            }
            Err(ApiError::Unreachable | ApiError::Between { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let person = engine.me().person;
    let mut cards: Vec<Card> = engine.cache().all_cards().await?;
    cards.retain(|card| !card.ended && Some(card.person) != person && order.rank(card).is_some());
    cards.sort_by_cached_key(|card| {
        let outside = Some(card.organisation) != own;
        (order.first_of_all(card), outside, card.place(), card.membership)
    });
    let mut teams: Vec<TeamCard> = engine.cache().all_teams().await?;
    teams.retain(|card| !card.ended && wanted.rank_in(&card.words()).is_some());
    teams.sort_by_cached_key(|card| {
        let outside = Some(card.organisation) != own;
        (wanted.rank_in(&card.words()), outside, card.place(), card.team)
    });
    let more = cards.len() > limit as usize || teams.len() > limit as usize;
    cards.truncate(limit as usize);
    teams.truncate(limit as usize);
    found(engine, acting, &wanted, (cards, teams), more, true).await
}

/// Those with whom one was in conversation last, with their place in that order.
async fn recent(engine: &Engine) -> Answer<HashMap<MembershipId, usize>> {
    let rows = engine.cache().overview(Listed::Active, 0, RECENT).await?;
    let names = Names::of(engine, rows.iter().flat_map(of_row)).await?;
    let mut recent = HashMap::new();
    for row in &rows {
        let others = names.others(row);
        if others.len() <= FEW {
            for member in others {
                let place = recent.len();
                recent.entry(member).or_insert(place);
            }
        }
    }
    Ok(recent)
}

/// The order of an answer.
struct Order<'a> {
    wanted: &'a Wanted,
    own: Option<OrganisationId>,
    recent: HashMap<MembershipId, usize>,
}

impl Order<'_> {
    fn rank(&self, card: &Card) -> Option<Match> {
        self.wanted.rank_in(&card.words())
    }

    /// Exact matches before forgiven ones; among either, recent contacts before others, the latest first.
    fn first_of_all(&self, card: &Card) -> (Match, usize) {
        // A later server may forgive more.
        let rank = self.rank(card).unwrap_or(Match::Forgiven);
        let recent = self.recent.get(&card.membership).copied();
        (rank, recent.unwrap_or(usize::MAX))
    }

    /// Adds the recent contacts of whom the server, which does not know them as such, had others to name first: colleagues, and
    /// those with whom there is a direct conversation, for of others it is not sure that they may be chosen.
    async fn add_recent(&self, engine: &Engine, acting: MembershipId, cards: &mut Vec<Card>) -> Answer<()> {
        let recent = self.recent.keys().copied().collect();
        for card in engine.cache().cards(recent).await? {
            let is_named = cards.iter().any(|other| other.membership == card.membership);
            if card.ended || is_named || self.rank(&card) != Some(Match::Begins) {
                continue;
            }
            let is_own = Some(card.organisation) == self.own;
            if is_own || engine.cache().direct(acting, card.membership).await?.is_some() {
                cards.push(card);
            }
        }
        Ok(())
    }
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

async fn found(
    engine: &Engine,
    acting: MembershipId,
    wanted: &Wanted,
    (cards, teams): (Vec<Card>, Vec<TeamCard>),
    more: bool,
    offline: bool,
) -> Answer<Found> {
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let is_named = |words: Words| wanted.rank_in(&words).is_some();
    let mut same: HashMap<String, u32> = HashMap::new();
    for card in &cards {
        *same.entry(plain(&card.profile.name.full())).or_default() += 1;
    }
    let presences = Presences::of(engine, &cards, own).await?;
    let mut people = Vec::with_capacity(cards.len());
    for card in cards {
        let name = card.profile.name.full();
        let initials = Initials::of(&card.profile.name.given, &name);
        people.push(FoundPerson {
            outside: Some(card.organisation) != own,
            namesake: same.get(&plain(&name)).is_some_and(|count| *count > 1),
            named: is_named(Words::of([&name]).with_initials(initials)),
            direct: engine.cache().direct(acting, card.membership).await?,
            presence: presences.view(&card),
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
            named: is_named(Words::of([&card.name])),
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
    use conversation::{ConversationId, PersonId, Shape, TeamId};
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
                urgent: None,
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

    // O6
    #[test]
    fn without_a_network_errors_are_forgiven_after_what_is_exact_and_own_colleagues_come_first() {
        let device = Device::of_anna();
        let named = |number: u128, family: &str, organisation: u128| {
            let mut card = card(MembershipId(Uuid::from_u128(number)), "Els", organisation);
            card.person = PersonId(Uuid::from_u128(number));
            card.profile.name.prefix = String::new();
            card.profile.name.family = family.into();
            card
        };
        let cards = vec![
            named(50, "Hoogendorn", 1),
            named(51, "Hoogendoorn", 2),
            named(52, "Hoogendoorn", 1),
            named(53, "Hogendijk", 1),
            Card {
                ended: true,
                ..named(54, "Hoogendoorn", 1)
            },
        ];
        now(device.cache.write(vec![Change::PutCards(cards)])).unwrap();
        let found = |query: &str| -> Vec<u128> {
            let found: Found = device
                .ask(ApiRequest::Find {
                    acting: ANNA,
                    query: query.into(),
                    limit: MOST,
                })
                .unwrap();
            let people = found.people.iter();
            people.map(|one| one.card.membership.0.as_u128()).collect()
        };
        assert_eq!(found("hoogendoorn"), [52, 51, 50]);
        assert_eq!(found("els hogendoorn"), [52, 50, 51]);
        assert_eq!(found("hoogendoornx y"), [0_u128; 0]);
    }

    // O6
    #[test]
    fn a_recent_contact_comes_before_others_who_have_the_words_as_well() {
        let device = Device::of_anna();
        let named = |number: u128, given: &str, organisation: u128| {
            let mut card = card(MembershipId(Uuid::from_u128(number)), given, organisation);
            card.person = PersonId(Uuid::from_u128(number));
            card.profile.name.family = "Zomer".into();
            card
        };
        let cards = vec![named(60, "Aad", 1), named(61, "Bea", 1), named(62, "Cor", 2)];
        now(device.cache.write(vec![Change::PutCards(cards)])).unwrap();
        let start = ApiRequest::Start {
            acting: ANNA,
            shape: Shape::Direct,
            with: vec![MembershipId(Uuid::from_u128(62))],
            teams: Vec::new(),
            subject: None,
            text: Some("Kun je meekijken?".into()),
            attachments: false,
            urgent: None,
        };
        let _: ConversationId = device.ask(start).unwrap();
        let call = ApiRequest::Find {
            acting: ANNA,
            query: "zomer".into(),
            limit: 2,
        };
        let found: Found = device.ask(call).unwrap();
        let people: Vec<&str> = found
            .people
            .iter()
            .map(|one| one.card.profile.name.given.as_str())
            .collect();
        assert_eq!(people, ["Cor", "Aad"]);
        assert!(found.more);
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
