//! The changes of one transaction, for live streams.
//!
//! | part | another server reads it from the store |
//! | --- | --- |
//! | `moved` | the events after `since.offset`, their conversations |
//! | `positions`, `personal`, `aliases` | the account state after `since.revision` |
//! | `cards`, `met`, `rights` | the organisations' events after `since.organisations` |
//! | `ended`, `ended_sessions` | by time, not by watermark: the sessions that ended (`SessionStore::ended_since`) |
//!
//! A field that is only a hint has a value for "unknown": [`ReadTo::before`], [`ReadTo::device`].

use std::collections::BTreeSet;
use std::sync::Arc;

use conversation::{ConversationId, DeviceId, MembershipId, PersonId, Seq, State};
use trail::Digest;

use crate::core::encode::Encoded;
use crate::core::frames::Named;
use crate::store::{AliasRow, Ended, PersonalRow, PositionRow, Watermark};

/// The changes of one transaction, for live streams.
#[derive(Debug, Default)]
pub struct Committed {
    /// Where the commit before ended.
    pub since: Watermark,
    /// Where this one does.
    pub mark: Watermark,
    pub updates: Vec<ConversationUpdate>,
    pub positions: Vec<ReadTo>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
    /// Members and teams whose cards changed.
    pub cards: Vec<Named>,
    /// Of those who hide outside their organisation: the people who are in a conversation with them, and so have the card (O6).
    pub met: BTreeSet<(MembershipId, PersonId)>,
    /// People whose rights changed: their streams reconnect.
    pub rights: Vec<PersonId>,
    /// People whose accounts ended.
    pub ended: Vec<PersonId>,
    /// Sessions that an administrator ended.
    pub ended_sessions: Vec<Ended>,
}

/// A read marker that advanced.
#[derive(Debug)]
pub struct ReadTo {
    pub row: PositionRow,
    /// The marker before; zero if unknown: streams may then get a position again.
    pub before: Seq,
    /// The device that reported it; where that is not known, it gets back what it has.
    pub device: Option<DeviceId>,
    pub(in crate::core) state: Arc<State>,
}

/// A conversation that has new events.
#[derive(Debug)]
pub struct ConversationUpdate {
    pub conversation: ConversationId,
    /// The state before, if anyone's access changed; `None` for a new conversation, too.
    pub(in crate::core) before: Option<Arc<State>>,
    pub(in crate::core) after: Arc<State>,
    /// The first event, and the link before it.
    pub(in crate::core) from: Seq,
    pub(in crate::core) previous: Digest,
    pub(in crate::core) events: Vec<Encoded>,
}
