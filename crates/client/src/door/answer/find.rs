//! Finding people (O3): the server knows all who can be reached; without it, those whom the device knows.

use std::collections::HashMap;

use conversation::MembershipId;
use conversation::organisation::Card;
use unicode_normalization::UnicodeNormalization as _;

use super::{Answer, Names};
use crate::cache::Change;
use crate::door::call::DoorError;
use crate::door::view::{Connection, Found, FoundPerson};
use crate::engine::Engine;
use crate::seam::{Connector, Failure};

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
                let cards = answer.cards;
                engine
                    .cache()
                    .write(vec![Change::PutCards(cards.clone())])
                    .await?;
                return found(engine, acting, cards, answer.more, false).await;
            }
            Err(DoorError::Unreachable) => {}
            Err(error) => return Err(error),
        }
    }
    let own = Names::of(engine, [acting]).await?.organisation(acting);
    let wanted: Vec<String> = folded(query).split_whitespace().map(str::to_owned).collect();
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
    let more = cards.len() > limit as usize;
    cards.truncate(limit as usize);
    found(engine, acting, cards, more, true).await
}

async fn ask(
    engine: &Engine,
    connector: &dyn Connector,
    acting: MembershipId,
    query: &str,
    limit: u32,
) -> Answer<protocol::directory::DirectoryAnswer> {
    let server = engine.session().await?.ok_or(DoorError::NotSignedIn)?.server;
    let (_, transport) = connector.connect(&server).map_err(|_| DoorError::BadAddress)?;
    let access = engine.access(transport.as_ref(), None).await?;
    match transport.directory(&access, acting, query, limit).await {
        Err(Failure::Server {
            code: protocol::error::ErrorCode::SignInNeeded,
            ..
        }) => {
            let access = engine.access(transport.as_ref(), Some(&access)).await?;
            Ok(transport.directory(&access, acting, query, limit).await?)
        }
        answer => Ok(answer?),
    }
}

async fn found(
    engine: &Engine,
    acting: MembershipId,
    cards: Vec<Card>,
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
    Ok(Found {
        people,
        more,
        offline,
    })
}

/// Every word is the beginning of a word of the card.
fn matches(card: &Card, wanted: &[String]) -> bool {
    let profile = &card.profile;
    let text = [
        profile.name.full().as_str(),
        &profile.discipline,
        &profile.function,
        &card.organisation_name,
        &card.unit_name,
    ]
    .join(" ");
    let text = folded(&text);
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    wanted
        .iter()
        .all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// Without regard to case and diacritics.
fn folded(text: &str) -> String {
    let marks = |c: &char| !unicode_normalization::char::is_combining_mark(*c);
    text.nfd()
        .filter(marks)
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ı' { 'i' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // O3
    #[test]
    fn names_are_found_without_diacritics_and_case() {
        assert_eq!(folded("Yıldız Één"), "yildiz een");
    }
}
