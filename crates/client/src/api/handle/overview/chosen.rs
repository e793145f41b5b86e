//! Filters and order of the overview (L2).
//!
//! The cache keeps the orders by time and with unread ones first. Filtering, search by name and the order by
//! title are computed from all conversations, because names come from cards and change with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use conversation::organisation::ItemCard;
use conversation::{ConversationId, Seq, Shape};
use matching::{Wanted, Words, plain};

use super::super::Answer;
use super::super::names::{Names, of_row};
use crate::api::request::{ConversationKind, Filter, Only, Order, OverviewAsk};
use crate::api::view::{OrganisationChoice, OverviewChoices};
use crate::cache::{CacheError, ConversationRow, Listed};
use crate::engine::Engine;

/// A slice of the rows, and their total number.
pub(super) async fn rows(
    engine: &Engine,
    ask: &OverviewAsk,
    mentioned: &HashMap<ConversationId, Seq>,
) -> Result<(Vec<ConversationRow>, u32), CacheError> {
    let wanted = Wanted::of(&ask.query);
    let is_narrowed = ask.only != Only::default() || !wanted.is_empty();
    if !is_narrowed && ask.order != Order::Subject {
        return in_order(engine, ask).await;
    }
    let all = OverviewAsk {
        from: 0,
        limit: u32::MAX,
        ..ask.clone()
    };
    let (mut rows, _) = in_order(engine, &all).await?;
    rows.retain(|row| {
        let mention = !ask.only.mentioned || mentioned.contains_key(&row.id);
        mention && is_of(&ask.only, row)
    });
    let names = Names::of(engine, rows.iter().flat_map(of_row)).await?;
    if let Some(organisation) = ask.only.organisation {
        rows.retain(|row| {
            let others = names.others(row);
            others
                .iter()
                .any(|member| names.organisation(*member) == Some(organisation))
        });
    }
    if !wanted.is_empty() {
        rows.retain(|row| {
            let others = names.others(row).into_iter().map(|member| names.name(member));
            wanted.are_in(&Words::of(std::iter::once(names.title(row)).chain(others)))
        });
    }
    if ask.order == Order::Subject {
        // A stable sort: among equal titles the latest stays first.
        rows.sort_by_cached_key(|row| plain(&names.title(row)));
    }
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let slice = rows.into_iter().skip(ask.from as usize).take(ask.limit as usize);
    Ok((slice.collect(), total))
}

/// The rows in the order of the cache.
async fn in_order(engine: &Engine, ask: &OverviewAsk) -> Result<(Vec<ConversationRow>, u32), CacheError> {
    let cache = engine.cache();
    let OverviewAsk { from, limit, .. } = *ask;
    let listed = Listed::from(ask.filter);
    if (ask.filter, ask.order) != (Filter::Active, Order::UnreadFirst) {
        let rows = cache.overview(listed, from, limit).await?;
        return Ok((rows, cache.overview_count(listed).await?));
    }
    let unread = cache.overview_count(Listed::Unread).await?;
    let mut rows = cache.overview(Listed::Unread, from, limit).await?;
    let left = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    if left > 0 {
        let from = from.saturating_sub(unread);
        rows.extend(cache.overview(Listed::Read, from, left).await?);
    }
    Ok((rows, cache.overview_count(listed).await?))
}

fn is_of(only: &Only, row: &ConversationRow) -> bool {
    let kind = match row.head.shape {
        Shape::Direct => ConversationKind::Direct,
        Shape::Group => ConversationKind::Group,
        Shape::Item { .. } => ConversationKind::Item,
    };
    let item_type = row.item.as_ref().map(item_type);
    only.kind.is_none_or(|wanted| wanted == kind)
        && (only.item_type.is_none() || only.item_type.as_deref() == item_type)
}

fn item_type(card: &ItemCard) -> &str {
    &card.item_type
}

/// All conversations that one takes part in, archived ones after the others.
pub(in crate::api::handle) async fn all_rows(engine: &Engine) -> Result<Vec<ConversationRow>, CacheError> {
    let mut rows = Vec::new();
    for listed in [Listed::Active, Listed::Archived] {
        rows.extend(engine.cache().overview(listed, 0, u32::MAX).await?);
    }
    Ok(rows)
}

/// The filters that the overview offers.
pub(in crate::api::handle) async fn choices(engine: &Engine) -> Answer<OverviewChoices> {
    let rows = all_rows(engine).await?;
    let names = Names::of(engine, rows.iter().flat_map(of_row)).await?;
    let others: BTreeSet<_> = rows.iter().flat_map(|row| names.others(row)).collect();
    let cards = others.iter().filter_map(|member| names.card(*member));
    let organisations: BTreeMap<_, _> = cards
        .map(|card| (card.organisation, card.organisation_name.clone()))
        .collect();
    let mut organisations: Vec<OrganisationChoice> = organisations
        .into_iter()
        .map(|(organisation, name)| OrganisationChoice { organisation, name })
        .collect();
    organisations.sort_by_cached_key(|choice| plain(&choice.name));
    let item_types: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.item.as_ref())
        .map(item_type)
        .collect();
    Ok(OverviewChoices {
        organisations,
        item_types: item_types.into_iter().map(str::to_owned).collect(),
    })
}
