//! The changes of one transaction, as the streams that follow live need them.

use std::sync::Arc;

use conversation::{ConversationId, DeviceId, PersonId, Seq, State};
use trail::Digest;

use crate::core::encode::Encoded;
use crate::core::frames::Named;
use crate::store::{AliasRow, PersonalRow, PositionRow, Watermark};

/// The changes of one transaction, for live streams.
#[derive(Debug, Default)]
pub struct Committed {
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
    /// How far they had read before.
    pub before: Seq,
    /// The device that reported it.
    pub device: DeviceId,
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
