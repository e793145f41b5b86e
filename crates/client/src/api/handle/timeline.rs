//! A slice of a conversation, with the messages that are still in the outbox and the places that are missing.

use conversation::{ConversationId, Seq, SeqRange};

use super::Answer;
use super::conversation::row as row_of;
use crate::api::request::At;
use crate::api::view::{Row, SharePreview, Timeline};
use crate::cache::{CacheError, ConversationRow, Entry, OutboxRow, Slice};
use crate::engine::Engine;
use crate::engine::segments::holes;

mod rows;

use rows::{RowBuilder, says};

/// Maximum number of rows in one answer.
const MOST: u32 = 200;
/// Maximum number of messages in a preview of sharing.
const PREVIEWED: u32 = 50;

pub(super) async fn timeline(engine: &Engine, id: ConversationId, at: At, limit: u32) -> Answer<Timeline> {
    // The outbox is read first: a message accepted meanwhile is then in both and shown once; otherwise it could be in
    // neither.
    let outbox = engine.cache().outbox(Some(engine.resolve(id).await?)).await?;
    let row = row_of(engine, id).await?;
    let limit = limit.clamp(1, MOST);
    let unread_from = engine
        .cache()
        .first_unread(row.id, row.read, engine.me().memberships)
        .await?;
    let at = match (at, unread_from) {
        (At::Unread, Some(number)) => At::Around { number },
        (At::Unread, None) => At::End,
        (at, _) => at,
    };
    let first = row.anchor.number.next();
    let entries = match at {
        At::End | At::Unread => some(engine, &row, SeqRange::new(first, row.last), limit, true).await?,
        At::Before { number } => {
            some(engine, &row, SeqRange::new(first, number.previous()), limit, true).await?
        }
        At::After { number } => {
            some(engine, &row, SeqRange::new(number.next(), row.last), limit, false).await?
        }
        At::Around { number } => {
            let half = limit.div_ceil(2);
            let mut entries = some(engine, &row, SeqRange::new(first, number.previous()), half, true).await?;
            entries.extend(some(engine, &row, SeqRange::new(number, row.last), half, false).await?);
            entries
        }
    };
    let earliest = entries.first().map_or(row.last.next(), |entry| entry.number);
    let latest = entries.last().map_or(row.last, |entry| entry.number);
    let segments = engine.cache().segments(row.id).await?;
    let mut missing = holes(&segments, &row.anchor, row.last);
    missing.reverse();
    let earlier = SeqRange::new(first, earliest.previous());
    let before_there = !some(engine, &row, earlier, 1, true).await?.is_empty();
    let before = before_there || missing.iter().any(|hole| hole.from < earliest);
    let later = SeqRange::new(latest.next(), row.last);
    let at_the_end = matches!(at, At::End | At::Unread);
    let after = !at_the_end && !entries.is_empty() && !some(engine, &row, later, 1, false).await?.is_empty();
    // Holes that border on the shown rows; holes beyond hidden rows are shown with the next ones.
    let begins = if before_there { earliest } else { first };
    let ends = if after { latest } else { row.last };
    missing.retain(|hole| begins <= hole.to && hole.from <= ends);

    let builder = RowBuilder::new(engine, &row, &entries, &outbox).await?;
    let mut rows = Vec::with_capacity(entries.len() + missing.len());
    let mut missing = missing.into_iter().peekable();
    for entry in &entries {
        while let Some(range) = missing.next_if(|hole| hole.from < entry.number) {
            rows.push(Row::Missing { range });
        }
        rows.push(builder.entry(entry));
    }
    rows.extend(missing.map(|range| Row::Missing { range }));
    if !after {
        let arrived = |sent: &&OutboxRow| {
            let message = sent.command.action.makes();
            message.is_some_and(|message| entries.iter().any(|entry| says(entry, message)))
        };
        let waiting = outbox.iter().filter(|sent| !arrived(sent));
        rows.extend(waiting.flat_map(|sent| builder.pending(sent)));
    }
    engine.shown_editable(
        row.id,
        rows.iter().filter_map(|row| match row {
            Row::Message(message) if message.may_edit => Some(message.at),
            _ => None,
        }),
    );
    Ok(Timeline {
        rows,
        before,
        after,
        unread_from,
    })
}

/// P5: the messages that added people would be able to read.
pub(super) async fn share_preview(
    engine: &Engine,
    id: ConversationId,
    from: Option<Seq>,
) -> Answer<SharePreview> {
    let row = row_of(engine, id).await?;
    let from = from.unwrap_or(row.anchor.number.next());
    let entries = some(engine, &row, SeqRange::new(from, row.last), u32::MAX, true).await?;
    let is_message = |entry: &&Entry| entry.header.kind.is_message();
    let count = entries.iter().filter(is_message).count();
    let skipped = count.saturating_sub(PREVIEWED as usize);
    let messages: Vec<Entry> = entries.iter().filter(is_message).skip(skipped).cloned().collect();
    let builder = RowBuilder::new(engine, &row, &messages, &[]).await?;
    Ok(SharePreview {
        head: row.last,
        rows: messages.iter().map(|entry| builder.entry(entry)).collect(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
    })
}

async fn some(
    engine: &Engine,
    row: &ConversationRow,
    range: Option<SeqRange>,
    limit: u32,
    newest: bool,
) -> Result<Vec<Entry>, CacheError> {
    match range {
        Some(range) => {
            engine
                .cache()
                .timeline(row.id, Slice { limit, range, newest })
                .await
        }
        None => Ok(Vec::new()),
    }
}
