//! Finding people and teams (O3, O4): the server knows all who can be reached; without it, those whom the device knows.

use std::collections::HashMap;
use std::sync::Arc;

use conversation::MembershipId;
use conversation::organisation::{Card, TeamCard};
use futures_util::future::BoxFuture;
use protocol::session::Secret;

use super::folding::{begin, folded, wanted};
use super::{Answer, Names};
use crate::cache::Change;
use crate::door::call::DoorError;
use crate::door::view::{Connection, Found, FoundPerson, FoundTeam};
use crate::engine::Engine;
use crate::seam::{Connector, Failure, Transport};

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
    // While a stream is being opened, or is refused, the server may well answer.
    if connection != Connection::Offline {
        match ask(engine, connector, acting, query, limit).await {
            Ok(answer) => {
                let (cards, teams) = (answer.cards, answer.teams);
                let known = vec![Change::PutCards(cards.clone()), Change::PutTeams(teams.clone())];
                engine.cache().write(known).await?;
                return found(engine, acting, (cards, teams), answer.more, false).await;
            }
            Err(DoorError::Unreachable | DoorError::Between { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let wanted = wanted(query);
    let person = engine.me().person;
    let mut cards: Vec<Card> = engine
        .cache()
        .all_cards()
        .await?
        .into_iter()
        .filter(|card| !card.ended && Some(card.person) != person && matches(card, &wanted))
        .collect();
    cards.sort_by_cached_key(|card| {
        (
            Some(card.organisation) != own,
            folded(&card.profile.name.family),
            folded(&card.profile.name.given),
        )
    });
    let mut teams: Vec<TeamCard> = engine
        .cache()
        .all_teams()
        .await?
        .into_iter()
        .filter(|card| !card.ended)
        .filter(|card| begin(&[&card.name, &card.organisation_name, &card.unit_name], &wanted))
        .collect();
    teams.sort_by_cached_key(|card| (Some(card.organisation) != own, folded(&card.name)));
    let more = cards.len() > limit as usize || teams.len() > limit as usize;
    cards.truncate(limit as usize);
    teams.truncate(limit as usize);
    found(engine, acting, (cards, teams), more, true).await
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

/// Asks the server, with another access token where the one at hand has ended.
pub(super) async fn ask_server<'a, T>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    question: impl Fn(Arc<dyn Transport>, Secret) -> BoxFuture<'a, Result<T, Failure>>,
) -> Answer<T> {
    let server = engine.session().await?.ok_or(DoorError::NotSignedIn)?.server;
    let (_, transport) = connector.connect(&server).map_err(|_| DoorError::BadAddress)?;
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
    (cards, teams): (Vec<Card>, Vec<TeamCard>),
    more: bool,
    offline: bool,
) -> Answer<Found> {
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let mut same: HashMap<String, u32> = HashMap::new();
    for card in &cards {
        *same.entry(folded(&card.profile.name.full())).or_default() += 1;
    }
    let mut people = Vec::with_capacity(cards.len());
    for card in cards {
        people.push(FoundPerson {
            outside: Some(card.organisation) != own,
            namesake: same
                .get(&folded(&card.profile.name.full()))
                .is_some_and(|count| *count > 1),
            direct: engine.cache().direct(acting, card.membership).await?,
            card,
        });
    }
    let mut same: HashMap<String, u32> = HashMap::new();
    for team in &teams {
        *same.entry(folded(&team.name)).or_default() += 1;
    }
    let teams = teams
        .into_iter()
        .map(|card| FoundTeam {
            outside: Some(card.organisation) != own,
            namesake: same.get(&folded(&card.name)).is_some_and(|count| *count > 1),
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

/// Every word is the beginning of a word of the card.
fn matches(card: &Card, wanted: &[String]) -> bool {
    let profile = &card.profile;
    let name = profile.name.full();
    let texts = [
        name.as_str(),
        &profile.discipline,
        &profile.function,
        &card.organisation_name,
        &card.unit_name,
    ];
    begin(&texts, wanted)
}
