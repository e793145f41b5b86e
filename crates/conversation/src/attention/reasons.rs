//! The reasons for which a conversation is mailed, and the moment from which each is due.

use super::{Covered, MailSettings, UnreadConversation, UnreadEvent};
use crate::ids::*;
use crate::organisation::Availability;

/// An urgent message is mailed after so long, if mail waits longer: the time to read it at once.
pub const URGENT_DELAY: i64 = 20 * Timestamp::SECOND;

/// Why a conversation is mailed; the most personal first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// An urgent message (M10).
    Urgent,
    Added,
    Mentioned,
    Message,
    /// Something was left unread for so many days.
    Unread {
        days: u8,
    },
}

impl Reason {
    /// It comes beside an attention mail that was sent before, and once of its own.
    pub fn is_reminder(self) -> bool {
        matches!(self, Reason::Unread { .. })
    }
}

/// A reason, and from when on it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) reason: Reason,
    pub(super) at: Timestamp,
}

/// The reasons of a conversation. Each counts from its oldest event, so that a busy conversation is mailed, too.
pub(super) fn reasons(
    unread: &UnreadConversation,
    settings: &MailSettings,
    delay: i64,
    availability: &Availability,
) -> Vec<Due> {
    let mut due = Vec::new();
    if let Some(floor) = floor(unread, unread.mailed.attention) {
        let urgent = oldest(unread, floor, |event| settings.urgent && event.urgent);
        due.extend(urgent.map(|first| Due {
            reason: Reason::Urgent,
            at: first.plus(delay.min(URGENT_DELAY)),
        }));
        let mut found = |reason, first: Option<Timestamp>| {
            let at = first.map(|first| first.plus(delay));
            due.extend(at.map(|at| Due { reason, at }));
        };
        let added = unread
            .added
            .filter(|added| settings.added && added.number > floor);
        found(Reason::Added, added.map(|added| added.at));
        let mention = |event: &UnreadEvent| settings.mentioned && event.mentions_me;
        found(Reason::Mentioned, oldest(unread, floor, mention));
        let message =
            |event: &UnreadEvent| settings.message && event.is_message && (!unread.muted || event.urgent);
        found(Reason::Message, oldest(unread, floor, message));
    }
    if let (Some(days), Some(floor)) = (settings.unread_days, floor(unread, unread.mailed.reminder)) {
        let counts =
            |event: &UnreadEvent| event.mentions_me || event.is_message && (!unread.muted || event.urgent);
        let days = days.get();
        due.extend(oldest(unread, floor, counts).map(|first| Due {
            reason: Reason::Unread { days },
            at: availability.days_later(first, days),
        }));
    }
    due
}

/// The number after which events count for a mail; `None` if the one before is still to be answered by opening.
fn floor(unread: &UnreadConversation, before: Option<Covered>) -> Option<Seq> {
    let through = match before {
        Some(covered) if unread.read <= covered.read => return None,
        // Events of an earlier mail are not mailed again, also where not all of them were read.
        Some(covered) => covered.through,
        None => Seq(0),
    };
    Some(through.max(unread.read).max(unread.archived_through))
}

fn oldest(
    unread: &UnreadConversation,
    floor: Seq,
    counts: impl Fn(&UnreadEvent) -> bool,
) -> Option<Timestamp> {
    let after = unread.events.iter().filter(|event| event.number > floor);
    after.filter(|event| counts(event)).map(|event| event.at).min()
}
