//! The changes of one transaction, as the streams that follow live need them.
//!
//! | part | another server reads it from the store |
//! | --- | --- |
//! | `moved` | the events after `since.offset`, their conversations |
//! | `positions`, `personal`, `aliases` | the account state after `since.revision` |
//! | `cards`, `rights` | the organisations' events after `since.organisations` |
//! | `ended` | by time, not by watermark: the sessions that ended (`SessionStore::ended_since`) |
//!
//! What is no more than a hint has a value for "not known": [`ReadTo::before`], [`ReadTo::device`].

use std::sync::Arc;

use conversation::{ConversationId, DeviceId, PersonId, Seq, State};
use trail::Digest;

use crate::core::encode::Encoded;
use crate::core::frames::Named;
use crate::store::{AliasRow, PersonalRow, PositionRow, Watermark};

/// The changes of one transaction, for live streams.
#[derive(Debug, Default)]
pub struct Committed {
    /// Where the commit before ended.
    pub since: Watermark,
    /// Where this one does.
    pub mark: Watermark,
    pub moved: Vec<Moved>,
    pub positions: Vec<ReadTo>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
    /// Whose cards changed.
    pub cards: Vec<Named>,
    /// Whose rights changed: their streams are to begin anew.
    pub rights: Vec<PersonId>,
    /// Whose accounts ended.
    pub ended: Vec<PersonId>,
}

/// Someone has read further.
#[derive(Debug)]
pub struct ReadTo {
    pub row: PositionRow,
    /// How far they had read before; where that is not known, zero: who follows may get a position again.
    pub before: Seq,
    /// The device that reported it; where that is not known, it gets back what it has.
    pub device: Option<DeviceId>,
    pub(in crate::core) state: Arc<State>,
}

/// A conversation that went on.
#[derive(Debug)]
pub struct Moved {
    pub conversation: ConversationId,
    /// Before it, where anyone's access changed; `None` for a new conversation, too.
    pub(in crate::core) before: Option<Arc<State>>,
    pub(in crate::core) after: Arc<State>,
    /// The first event, and the link before it.
    pub(in crate::core) from: Seq,
    pub(in crate::core) previous: Digest,
    pub(in crate::core) events: Vec<Encoded>,
}
