//! Items (S3, P7, M5) and read markers (M9): answered by the server; without it, from what the device has met.

use std::collections::HashMap;

use conversation::organisation::ItemCard;
use conversation::{ConversationId, ItemId, MembershipId, Shape};
use protocol::error::ErrorCode;
use protocol::items::ItemConversation;

use super::asked::ask_server;
use super::names::{Names, of_row};
use super::{Answer, ApiError};
use crate::api::view::{Connection, ItemConversationView, ItemView, ReaderView};
use crate::cache::{Change, ConversationRow};
use crate::engine::Engine;
use crate::ports::Connector;

/// Maximum number of names in a row.
const NAMES: usize = 5;

/// The item that a conversation is about, if the device has met it.
pub(super) fn known(engine: &Engine, shape: Shape) -> Option<ItemCard> {
    match shape {
        Shape::Item { item } => engine.live().items.get(&item).cloned(),
        Shape::Direct | Shape::Group => None,
    }
}

pub(super) async fn item(engine: &Engine, connector: &dyn Connector, item: ItemId) -> Answer<ItemView> {
    if engine.live().connection != Connection::Offline {
        let asked = ask_server(engine, connector, |transport, access| {
            Box::pin(async move { transport.item(&access, item).await })
        });
        match asked.await {
            Ok(answer) => {
                let known = vec![Change::PutCards(answer.cards), Change::PutTeams(answer.teams)];
                engine.cache().write(known).await?;
                remember(engine, item, answer.item.clone());
                return view(
                    engine,
                    item,
                    answer.item,
                    listed_conversations(engine, answer.conversations).await?,
                    false,
                )
                .await;
            }
            // The answer for an item that does not exist, so that nothing is disclosed without the right to see it.
            Err(ApiError::Server {
                code: ErrorCode::NotFound,
            }) => {
                remember(engine, item, None);
                return view(engine, item, None, Vec::new(), false).await;
            }
            Err(ApiError::Unreachable | ApiError::Between { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut rows = Vec::new();
    for id in engine.cache().conversation_ids().await? {
        let row = engine.cache().conversation(id).await?;
        rows.extend(row.filter(|row| row.head.shape == Shape::Item { item }));
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.last_at));
    let card = rows.iter().find_map(|row| row.item.clone());
    let card = card.or_else(|| known(engine, Shape::Item { item }));
    let mut conversations = Vec::new();
    for row in &rows {
        conversations.push(held(engine, row).await?);
    }
    view(engine, item, card, conversations, true).await
}

/// Those of the items that the user may see.
pub(super) async fn items(
    engine: &Engine,
    connector: &dyn Connector,
    items: Vec<ItemId>,
) -> Answer<Vec<ItemCard>> {
    if engine.live().connection != Connection::Offline && !items.is_empty() {
        let asked: Vec<ItemId> = items.iter().copied().take(protocol::items::MOST_ITEMS).collect();
        let asked = ask_server(engine, connector, |transport, access| {
            let asked = asked.clone();
            Box::pin(async move { transport.items(&access, &asked).await })
        });
        match asked.await {
            Ok(answer) => {
                for item in &items {
                    let card = answer.items.iter().find(|card| card.item == *item);
                    remember(engine, *item, card.cloned());
                }
                return Ok(answer.items);
            }
            Err(ApiError::Unreachable | ApiError::Between { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let live = engine.live();
    Ok(items
        .iter()
        .filter_map(|item| live.items.get(item).cloned())
        .collect())
}

/// Maximum number of items in memory.
const MOST_KNOWN: usize = 1_000;

fn remember(engine: &Engine, item: ItemId, card: Option<ItemCard>) {
    let mut live = engine.live();
    if live.items.len() >= MOST_KNOWN {
        live.items.clear();
    }
    match card {
        Some(card) => live.items.insert(item, card),
        None => live.items.remove(&item),
    };
}

async fn view(
    engine: &Engine,
    item: ItemId,
    card: Option<ItemCard>,
    conversations: Vec<ItemConversationView>,
    offline: bool,
) -> Answer<ItemView> {
    let own = engine.me().memberships;
    let mut may_start_as: Vec<MembershipId> = card
        .iter()
        .flat_map(|card| &card.held)
        .filter(|held| held.rights.handle)
        .map(|held| held.membership)
        .collect();
    may_start_as.sort_by_key(|member| own.iter().position(|own| own == member));
    Ok(ItemView {
        item,
        card,
        conversations,
        may_start_as,
        offline,
    })
}

async fn listed_conversations(
    engine: &Engine,
    conversations: Vec<ItemConversation>,
) -> Answer<Vec<ItemConversationView>> {
    let named: Vec<MembershipId> = conversations
        .iter()
        .flat_map(|conversation| conversation.participants.iter().copied().take(NAMES))
        .collect();
    let names = Names::of(engine, named).await?;
    let view = |listed: ItemConversation| ItemConversationView {
        conversation: listed.conversation,
        title: listed.subject.unwrap_or_default(),
        last_at: listed.last_at,
        participant_count: u32::try_from(listed.participants.len()).unwrap_or(u32::MAX),
        participants: first(&names, &listed.participants),
        takes_part: listed.takes_part,
        archived: listed.archived,
    };
    Ok(conversations.into_iter().map(view).collect())
}

async fn held(engine: &Engine, row: &ConversationRow) -> Answer<ItemConversationView> {
    let names = Names::of(engine, of_row(row)).await?;
    Ok(ItemConversationView {
        conversation: row.id,
        title: names.title(row),
        last_at: row.last_at,
        participant_count: u32::try_from(row.head.participants.len()).unwrap_or(u32::MAX),
        participants: first(&names, &row.head.participants),
        takes_part: !row.via_item,
        archived: row.head.archived.is_some(),
    })
}

fn first(names: &Names, participants: &[MembershipId]) -> Vec<String> {
    let first = participants.iter().take(NAMES);
    first.map(|member| names.name(*member)).collect()
}

/// Without the server the read markers are unknown, which is not an error of the request.
pub(super) async fn watch(
    engine: &Engine,
    connector: &dyn Connector,
    conversation: Option<ConversationId>,
) -> Answer<()> {
    let conversation = match conversation {
        Some(id) => Some(engine.resolve(id).await?),
        None => None,
    };
    engine.watching(conversation);
    if engine.live().connection != Connection::Online {
        return Ok(());
    }
    let asked = ask_server(engine, connector, |transport, access| {
        Box::pin(async move { engine.watch(transport.as_ref(), &access).await })
    });
    match asked.await {
        Ok(()) | Err(ApiError::Unreachable | ApiError::Between { .. }) => Ok(()),
        // Not accepted yet, or no longer there: nobody has read it.
        Err(ApiError::Server {
            code: ErrorCode::NotFound,
        }) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) async fn readers(engine: &Engine, conversation: ConversationId) -> Answer<Vec<ReaderView>> {
    let id = engine.resolve(conversation).await?;
    let readers = {
        let live = engine.live();
        if live.watching == Some(id) {
            live.readers.clone()
        } else {
            HashMap::new()
        }
    };
    let Some(row) = engine.cache().conversation(id).await? else {
        return Ok(Vec::new());
    };
    let names = Names::of(engine, of_row(&row)).await?;
    // In the order of the participants, so that the list is stable.
    let cards = row
        .head
        .participants
        .iter()
        .filter_map(|member| names.card(*member));
    Ok(cards
        .filter_map(|card| {
            readers.get(&card.person).map(|reader| ReaderView {
                person: card.person,
                name: card.profile.name.full(),
                number: reader.number,
                from: reader.from,
            })
        })
        .collect())
}
