//! The overview, and the sync status.

pub(super) mod chosen;

use std::collections::{HashMap, HashSet};

use conversation::text::one_line;
use conversation::{ConversationId, Seq, Timestamp};

use super::files::kinds;
use super::names::{Names, of_row};
use super::{Answer, outside_of};
use crate::api::request::OverviewAsk;
use crate::api::view::{Last, Overview, OverviewRow, SyncStatus};
use crate::cache::{ConversationRow, Entry, Listed, OutboxRow, OutboxState};
use crate::engine::Engine;

/// Maximum number of conversations in one answer.
const MOST: u32 = 500;
/// Maximum length of a preview.
const PREVIEW: usize = 120;
/// Maximum number of names in a row.
const NAMES: usize = 5;

pub(super) async fn sync_status(engine: &Engine) -> Answer<SyncStatus> {
    let outbox = engine.cache().outbox(None).await?;
    let count = |wanted: fn(&OutboxState) -> bool| {
        u32::try_from(outbox.iter().filter(|row| wanted(&row.state)).count()).unwrap_or(u32::MAX)
    };
    let to_index = engine.cache().to_index().await?;
    let refused = refused_afterwards(engine).await?;
    let live = engine.live();
    Ok(SyncStatus {
        connection: live.connection,
        current_until: live.current_until,
        catching_up: live.catching_up,
        waiting: count(|state| matches!(state, OutboxState::Waiting | OutboxState::Sending)),
        stale: count(|state| matches!(state, OutboxState::Stale | OutboxState::Held)),
        failed: count(|state| matches!(state, OutboxState::Refused { .. })) + refused.values().sum::<u32>(),
        to_index,
        disk_full: !engine.cache().has_room(),
        clock_ahead: clock_ahead(engine.time.clock_ahead()),
        left_out: live.left_out,
    })
}

/// The user's accepted messages of which a file was refused, in each conversation.
async fn refused_afterwards(engine: &Engine) -> Answer<HashMap<ConversationId, u32>> {
    let files = engine.cache().refused_files().await?;
    let messages: HashSet<_> = files
        .iter()
        .filter_map(|row| row.conversation.zip(row.number))
        .collect();
    let mut refused = HashMap::new();
    for (conversation, _) in messages {
        *refused.entry(conversation).or_default() += 1;
    }
    Ok(refused)
}

/// Rounded to minutes, so that it is stable.
fn clock_ahead(milliseconds: i64) -> Option<i64> {
    let minutes = milliseconds / Timestamp::MINUTE;
    (minutes.abs() >= 2).then_some(minutes * Timestamp::MINUTE)
}

pub(super) async fn overview(engine: &Engine, ask: OverviewAsk) -> Answer<Overview> {
    let ask = OverviewAsk {
        limit: ask.limit.clamp(1, MOST),
        query: one_line(&ask.query),
        ..ask
    };
    let mentions: HashMap<ConversationId, Seq> = engine
        .cache()
        .mentioned(engine.me().memberships)
        .await?
        .into_iter()
        .collect();
    let own = engine.me().memberships;
    let urgent = engine.cache().unread_urgent(own, MOST).await?;
    let urgent: HashSet<ConversationId> = urgent.iter().map(|urgent| urgent.conversation).collect();
    let (rows, total) = chosen::rows(engine, &ask, &mentions).await?;
    let mut lasts: HashMap<ConversationId, Entry> = HashMap::new();
    for row in &rows {
        if let Some(number) = row.last_message
            && let Some(entry) = engine.cache().entry(row.id, number).await?
        {
            lasts.insert(row.id, entry);
        }
    }
    let mut outbox: HashMap<ConversationId, Vec<OutboxRow>> = HashMap::new();
    for row in engine.cache().outbox(None).await? {
        outbox.entry(row.conversation).or_default().push(row);
    }
    let refused = refused_afterwards(engine).await?;
    let drafts: HashSet<ConversationId> = engine
        .cache()
        .drafts()
        .await?
        .into_iter()
        .map(|draft| draft.conversation)
        .collect();
    let named = rows.iter().flat_map(of_row);
    let said = lasts.values().flat_map(|entry| {
        let mentions = entry.text.iter().flat_map(|text| text.mentions.iter().copied());
        std::iter::once(entry.header.by).chain(mentions)
    });
    let waiting = outbox
        .values()
        .flatten()
        .filter_map(|row| row.command.action.message());
    let mentioned = waiting.flat_map(|message| message.text.mentions.iter().copied());
    let names = Names::of(engine, named.chain(said).chain(mentioned)).await?;
    let rows = rows
        .iter()
        .map(|row| {
            let sending = outbox.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let mentioned = mentions.get(&row.id).is_some_and(|number| *number > row.read);
            let line = line(row, lasts.get(&row.id), sending, &names);
            OverviewRow {
                draft: drafts.contains(&row.id),
                mentioned: mentioned && row.unread > 0,
                urgent: urgent.contains(&row.id),
                failed: line.failed + refused.get(&row.id).copied().unwrap_or_default(),
                ..line
            }
        })
        .collect();
    Ok(Overview {
        rows,
        unread: engine.cache().overview_count(Listed::Unread).await?,
        total,
    })
}

fn line(row: &ConversationRow, last: Option<&Entry>, sending: &[OutboxRow], names: &Names) -> OverviewRow {
    let others = names.others(row);
    let own = names
        .acting(&row.head)
        .and_then(|acting| names.organisation(acting));
    let count = |wanted: fn(&OutboxState) -> bool| {
        u32::try_from(sending.iter().filter(|row| wanted(&row.state)).count()).unwrap_or(u32::MAX)
    };
    let unsent = sending.iter().rev().find_map(|row| said(row, names));
    OverviewRow {
        conversation: row.id,
        shape: row.head.shape,
        title: names.title(row),
        participants: others
            .iter()
            .take(NAMES)
            .map(|member| names.name(*member))
            .collect(),
        participant_count: u32::try_from(row.head.participants.len()).unwrap_or(u32::MAX),
        last: unsent.or_else(|| last.map(|entry| heard(entry, names))),
        unread: row.unread,
        outside: outside_of(&others, own, names) > 0,
        archived: row.archived(),
        muted: row.muted,
        read_only: row.head.archived.is_some(),
        draft: false,
        mentioned: false,
        urgent: false,
        waiting: count(|state| !matches!(state, OutboxState::Accepted { .. } | OutboxState::Refused { .. })),
        failed: count(|state| matches!(state, OutboxState::Refused { .. })),
    }
}

/// The last message in the outbox.
fn said(row: &OutboxRow, names: &Names) -> Option<Last> {
    let message = row.command.action.message()?;
    let preview = message.text.preview(PREVIEW, |member| names.name(member));
    Some(Last {
        at: message.written_at,
        author: None,
        preview: Some(preview),
        attachments: kinds(&message.attachments),
    })
}

fn heard(entry: &Entry, names: &Names) -> Last {
    let author = (!names.is_me(entry.header.by)).then(|| names.name(entry.header.by));
    let preview = entry
        .text
        .as_ref()
        .map(|text| text.preview(PREVIEW, |member| names.name(member)));
    Last {
        at: entry.header.at,
        author,
        preview,
        attachments: kinds(&entry.attachments),
    }
}
