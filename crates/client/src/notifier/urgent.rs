//! Notifications of urgent messages (M10): at once, also in quiet hours and of a muted conversation, and again every two minutes until
//! they are read on any device.
//!
//! The times of a message count from its acceptance, by the server's time, so that all devices of a user notify together,
//! and one that wakes late shows one notification for all that it missed.

use std::collections::BTreeMap;

use conversation::{ConversationId, Seq, Timestamp};
use serde::{Deserialize, Serialize};

use super::notices::of_urgent;
use super::{About, DesktopStatus, Notice, Notifier};
use crate::cache::{CacheError, Entry, UnreadUrgent};
use crate::engine::{Engine, meta, put_json, read_json};
use crate::model::NotificationDetail;

/// Between two notifications of a message.
const INTERVAL: i64 = 2 * Timestamp::MINUTE;
/// Notifications of a message: the first, and those of twenty minutes.
const TIMES: u32 = 11;
/// Unread urgent messages that are looked at, the latest first.
const LOOKED_AT: u32 = 50;

/// How many of the times of each unread urgent message are over; kept, so that a restart repeats none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Times(BTreeMap<ConversationId, BTreeMap<Seq, u32>>);

impl Times {
    fn of(&self, message: &UnreadUrgent) -> Option<u32> {
        self.0.get(&message.conversation)?.get(&message.number).copied()
    }
}

/// How a look goes about urgent messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking {
    pub(super) detail: NotificationDetail,
    /// The conversation on the screen.
    pub(super) shows: Option<ConversationId>,
    /// Messages that were missed are here.
    pub(super) settled: bool,
    /// The device was just signed in: nothing that is here is news.
    pub(super) is_new: bool,
}

/// How many times have come at a moment.
fn times_until(at: Timestamp, now: Timestamp) -> u32 {
    let over = u32::try_from(now.since(at) / INTERVAL).unwrap_or_default();
    over.saturating_add(1).min(TIMES)
}

impl Notifier {
    pub(super) async fn look_at_urgent(
        &mut self,
        engine: &Engine,
        looking: Looking,
        status: &mut DesktopStatus,
    ) -> Result<(), CacheError> {
        let own = engine.me().memberships;
        let unread = engine.cache().unread_urgent(own, LOOKED_AT).await?;
        let due = match looking.settled {
            true => self.due(engine, looking, &unread, status).await?,
            false => Vec::new(),
        };
        let mut conversations: Vec<ConversationId> = self.urgent.keys().copied().collect();
        conversations.extend(due.iter().filter(|id| !self.urgent.contains_key(*id)));
        for id in conversations {
            let notice = match looking.shows == Some(id) {
                true => None,
                false => notice(engine, looking.detail, id, &unread).await?,
            };
            match notice {
                None => {
                    if self.urgent.remove(&id).is_some() {
                        status.withdraw.push(About::Urgent(id));
                    }
                }
                Some(notice) if due.contains(&id) => {
                    status.show.push(notice.clone());
                    self.urgent.insert(id, notice);
                }
                Some(notice) => {
                    if self.urgent.get(&id) != Some(&notice) {
                        status.replace.push(notice.clone());
                        self.urgent.insert(id, notice);
                    }
                }
            }
        }
        Ok(())
    }

    /// The conversations of which a time has come, each once. Those of the conversation on the screen pass without a notification.
    async fn due(
        &self,
        engine: &Engine,
        looking: Looking,
        unread: &[UnreadUrgent],
        status: &mut DesktopStatus,
    ) -> Result<Vec<ConversationId>, CacheError> {
        let now = engine.now();
        let before: Times = read_json(engine.cache().as_ref(), meta::URGENT)
            .await?
            .unwrap_or_default();
        let mut after = Times::default();
        let mut due = Vec::new();
        for message in unread {
            let known = before.of(message);
            let come = times_until(message.at, now);
            let times = match known {
                None if looking.is_new => TIMES,
                known => known.unwrap_or_default().max(come),
            };
            let is_due = known.is_none_or(|known| known < times) && !looking.is_new;
            if is_due && looking.shows != Some(message.conversation) && !due.contains(&message.conversation) {
                due.push(message.conversation);
            }
            if times < TIMES {
                let next = message.at.plus(i64::from(times) * INTERVAL);
                status.look_again = Some(status.look_again.map_or(next, |at| at.min(next)));
            }
            let of = after.0.entry(message.conversation).or_default();
            of.insert(message.number, times);
        }
        if after != before {
            engine
                .cache()
                .write(vec![put_json(meta::URGENT, &after)?])
                .await?;
        }
        Ok(due)
    }
}

/// The notification of the unread urgent messages of a conversation; `None` if there are none.
async fn notice(
    engine: &Engine,
    detail: NotificationDetail,
    conversation: ConversationId,
    unread: &[UnreadUrgent],
) -> Result<Option<Notice>, CacheError> {
    let mut entries: Vec<Entry> = Vec::new();
    for message in unread.iter().filter(|one| one.conversation == conversation) {
        entries.extend(engine.cache().entry(conversation, message.number).await?);
    }
    entries.sort_by_key(|entry| entry.number);
    of_urgent(engine, detail, conversation, &entries).await
}
