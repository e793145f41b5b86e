//! Filters that complete what is being typed.

use std::collections::BTreeSet;

use matching::{Wanted, Words, plain};

use super::super::Answer;
use super::super::names::{Names, of_row};
use super::all_rows;
use crate::api::view::{FilterKind, SearchFilter, Suggestion};
use crate::engine::Engine;

const MOST: u32 = 20;

/// People whom the device knows, conversations, and items of conversations. Days and files are not suggested from here.
pub(in crate::api::handle) async fn suggestions(
    engine: &Engine,
    kind: FilterKind,
    typed: &str,
    limit: u32,
) -> Answer<Vec<Suggestion>> {
    let limit = limit.clamp(1, MOST) as usize;
    let wanted = Wanted::of(typed);
    match kind {
        FilterKind::From => people(engine, &wanted, limit).await,
        FilterKind::In => conversations(engine, &wanted, limit).await,
        FilterKind::Item => items(engine, &wanted, limit).await,
        FilterKind::Before | FilterKind::After | FilterKind::Attachment => Ok(Vec::new()),
    }
}

/// People with whom the user writes before others; one suggestion for each person, since all their memberships are searched.
async fn people(engine: &Engine, wanted: &Wanted, limit: usize) -> Answer<Vec<Suggestion>> {
    let rows = all_rows(engine).await?;
    let recent: BTreeSet<_> = rows.iter().flat_map(of_row).collect();
    let me = engine.me().person;
    let mut cards = engine.cache().all_cards().await?;
    cards.retain(|card| Some(card.person) != me && wanted.are_in(&Words::of([card.profile.name.full()])));
    cards.sort_by_cached_key(|card| (!recent.contains(&card.membership), card.ended, card.place()));
    let mut seen = BTreeSet::new();
    cards.retain(|card| seen.insert(card.person));
    let suggestion = |card: conversation::organisation::Card| Suggestion {
        about: [card.profile.function.as_str(), card.organisation_name.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        filter: SearchFilter::From {
            name: card.profile.name.full(),
            membership: Some(card.membership),
        },
    };
    Ok(cards.into_iter().take(limit).map(suggestion).collect())
}

async fn conversations(engine: &Engine, wanted: &Wanted, limit: usize) -> Answer<Vec<Suggestion>> {
    let rows = all_rows(engine).await?;
    let names = Names::of(engine, rows.iter().flat_map(of_row)).await?;
    let titled = rows.iter().map(|row| (row, names.title(row)));
    let found = titled.filter(|(_, title)| wanted.are_in(&Words::of([title])));
    let suggestion = |(row, title): (&crate::cache::ConversationRow, String)| {
        let others = names.others(row).into_iter().map(|member| names.name(member));
        let about = others.take(3).collect::<Vec<_>>().join(", ");
        Suggestion {
            about: if about == title { String::new() } else { about },
            filter: SearchFilter::In {
                name: title,
                conversation: Some(row.id),
            },
        }
    };
    Ok(found.take(limit).map(suggestion).collect())
}

async fn items(engine: &Engine, wanted: &Wanted, limit: usize) -> Answer<Vec<Suggestion>> {
    let rows = all_rows(engine).await?;
    let mut cards: Vec<_> = rows.iter().filter_map(|row| row.item.as_ref()).collect();
    let mut seen = BTreeSet::new();
    cards.retain(|card| {
        wanted.are_in(&Words::of([card.title.as_str(), card.item_type.as_str()])) && seen.insert(card.item)
    });
    cards.sort_by_cached_key(|card| plain(&card.title));
    let suggestion = |card: &conversation::organisation::ItemCard| Suggestion {
        about: card.item_type.clone(),
        filter: SearchFilter::Item {
            name: card.title.clone(),
            item: Some(card.item),
        },
    };
    Ok(cards.into_iter().take(limit).map(suggestion).collect())
}
