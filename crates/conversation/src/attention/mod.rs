//! Attention mail: what of a person's unread conversations is mailed now, and when to look again (N2, N3).
//!
//! A conversation is mailed about once until its participant has opened it: until their read marker has moved since. So is a
//! reminder of what they left unread for days. Nothing that was archived for oneself (L3), read or deleted is in a mail, and a
//! muted conversation only for being added or mentioned, or for an urgent message, which is mailed without delay and also during
//! working hours (M10). Reasons that fall together make one mail; so do all conversations of a
//! membership whose reasons are due. A membership has mails of its own, since its address is that of its organisation.
//!
//! Nothing here holds a text, a subject or an item, so that no mail can tell one.

mod reasons;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use reasons::{Due, reasons};
pub use reasons::{Reason, URGENT_DELAY};
pub use settings::{Language, MailSettings, UnreadDays};

use crate::ids::*;
use crate::organisation::Availability;

/// Senders that a line names, at most.
pub const MOST_SENDERS: usize = 3;
/// Lines that a letter shows, at most; the others are counted.
pub const MOST_LINES: usize = 20;
/// Mail waits for the end of working hours no longer than this.
pub const LONGEST_HOLD: i64 = Timestamp::DAY;

/// A conversation with something unread, as its participant sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadConversation {
    pub conversation: ConversationId,
    /// The membership by which they take part.
    pub membership: MembershipId,
    /// Their read marker; 0 if they never opened it.
    pub read: Seq,
    /// The number through which they archived it for themselves (L3); 0 if they did not.
    pub archived_through: Seq,
    pub muted: bool,
    /// How they came to take part, if they did not open it since.
    pub added: Option<Added>,
    /// Of others, seen, not deleted, and after the read marker; in their order.
    pub events: Vec<UnreadEvent>,
    pub mailed: Mailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    pub number: Seq,
    pub at: Timestamp,
    /// `None` if it was no participant, but a change of a team (O4).
    pub by: Option<MembershipId>,
}

/// A message, or an edit of one that mentions its reader where the text before it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadEvent {
    pub number: Seq,
    pub by: MembershipId,
    pub at: Timestamp,
    /// Not an edit.
    pub is_message: bool,
    pub mentions_me: bool,
    /// M10
    pub urgent: bool,
}

/// The last mails to a participant about a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mailed {
    pub attention: Option<Covered>,
    /// About what was unread for days.
    pub reminder: Option<Covered>,
}

/// The extent of a mail about a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The read marker of that moment.
    pub read: Seq,
    /// The last number in it.
    pub through: Seq,
}

/// The part of a letter about one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub conversation: ConversationId,
    pub reasons: BTreeSet<Reason>,
    /// How many are unread.
    pub messages: u32,
    /// The newest first, each once.
    pub senders: Vec<MembershipId>,
    /// The time of the newest event in it.
    pub newest: Timestamp,
    /// As it is once the letter was sent.
    pub mailed: Mailed,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its address is that of this membership.
    pub membership: MembershipId,
    /// The newest first.
    pub lines: Vec<Line>,
}

impl Letter {
    /// The lines that it shows.
    pub fn shown(&self) -> &[Line] {
        self.lines.get(..MOST_LINES).unwrap_or(&self.lines)
    }

    /// How many it only counts.
    pub fn more(&self) -> usize {
        self.lines.len() - self.shown().len()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub letters: Vec<Letter>,
    /// The next moment at which another decision may come of the same; `None` if there is none.
    pub next: Option<Timestamp>,
}

impl Decision {
    fn look_again(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// Decides what is mailed at a moment. A reason is due once it is `delay` old, so that nothing is mailed that is read at once.
pub fn decide<'a>(
    inbox: &[UnreadConversation],
    settings: &MailSettings,
    availability: impl Fn(MembershipId) -> Option<&'a Availability>,
    delay: i64,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::default();
    let mut letters: BTreeMap<MembershipId, Vec<(Timestamp, Line)>> = BTreeMap::new();
    for unread in inbox {
        let unknown = Availability::default();
        let theirs = availability(unread.membership).unwrap_or(&unknown);
        let reasons = reasons(unread, settings, delay, theirs);
        for later in reasons.iter().filter(|reason| now < reason.at) {
            decision.look_again(later.at);
        }
        if let Some(due) = reasons
            .iter()
            .map(|reason| reason.at)
            .min()
            .filter(|at| *at <= now)
        {
            let lines = letters.entry(unread.membership).or_default();
            lines.push((due, line(unread, &reasons, now)));
        }
    }
    for (membership, mut lines) in letters {
        let works_until = availability(membership)
            .filter(|_| settings.outside_working_hours)
            .and_then(|theirs| theirs.works_until(now));
        let is_urgent = lines
            .iter()
            .any(|(due, line)| *due <= now && line.reasons.contains(&Reason::Urgent));
        let latest = lines.iter().map(|(due, _)| due.plus(LONGEST_HOLD)).min();
        if let (Some(until), Some(latest)) = (works_until, latest)
            && now < latest
            && !is_urgent
        {
            decision.look_again(until.min(latest));
            continue;
        }
        lines.sort_by_key(|(_, line)| std::cmp::Reverse((line.newest, line.conversation)));
        let lines = lines.into_iter().map(|(_, line)| line).collect();
        decision.letters.push(Letter { membership, lines });
    }
    decision
}

/// A line of a conversation of which a reason is due. Reasons for an attention mail that only wait for their delay come along.
fn line(unread: &UnreadConversation, reasons: &[Due], now: Timestamp) -> Line {
    let included: BTreeSet<Reason> = reasons
        .iter()
        .filter(|reason| reason.at <= now || !reason.reason.is_reminder())
        .map(|reason| reason.reason)
        .collect();
    let floor = unread.read.max(unread.archived_through);
    let events = || unread.events.iter().filter(|event| event.number > floor);
    let by = events().rev().map(|event| event.by);
    let by = by.chain(unread.added.and_then(|added| added.by));
    let mut senders = Vec::new();
    for sender in by {
        if senders.len() < MOST_SENDERS && !senders.contains(&sender) {
            senders.push(sender);
        }
    }
    let events_and_joining = || {
        let events = events().map(|event| (event.number, event.at));
        events.chain(unread.added.map(|added| (added.number, added.at)))
    };
    let covered = Some(Covered {
        read: unread.read,
        through: events_and_joining()
            .map(|(number, _)| number)
            .max()
            .unwrap_or_default(),
    });
    let has = |is_reminder: bool| included.iter().any(|reason| reason.is_reminder() == is_reminder);
    let mailed = Mailed {
        attention: if has(false) {
            covered
        } else {
            unread.mailed.attention
        },
        reminder: if has(true) {
            covered
        } else {
            unread.mailed.reminder
        },
    };
    Line {
        conversation: unread.conversation,
        messages: u32::try_from(events().filter(|event| event.is_message).count()).unwrap_or(u32::MAX),
        senders,
        newest: events_and_joining().map(|(_, at)| at).max().unwrap_or_default(),
        mailed,
        reasons: included,
    }
}
