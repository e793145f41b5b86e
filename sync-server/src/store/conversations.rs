//! The rows of conversations: keys, heads, events, and index rows derived from them. Bytes called sealed were sealed by
//! the caller ([`crate::seal`]).

use std::fmt;

use conversation::{CommandId, ConversationId, MessageId, PersonId, Seq, Timestamp};
use trail::{Digest, Salt};
use uuid::Uuid;

/// The id of a data key. The maker of the key chooses it, because it is bound into the wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A data key, wrapped by the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    pub id: KeyId,
    /// The conversation or organisation.
    pub scope: Uuid,
    pub year: i32,
    pub wrapped: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub last: Seq,
    pub link: Digest,
    pub last_at: Timestamp,
    /// The offset of the last event.
    pub offset: u64,
    /// The key that seals the state, and new entries if it is of this year.
    pub key: KeyRow,
    /// `conversation::State` as JSON, sealed; its `last` and `last_at` are those of the time of writing.
    pub state: Vec<u8>,
    /// The number at which the state was written: the last event that changed more than the last number.
    pub state_at: Seq,
}

#[derive(Clone, Debug)]
pub struct HeadWrite {
    pub id: ConversationId,
    /// The last number before; zero for a new conversation.
    pub before: Seq,
    pub last: Seq,
    pub link: Digest,
    pub last_at: Timestamp,
    /// The last event, as an index into [`Append::events`](super::Append::events).
    pub event: usize,
    pub key: KeyId,
    /// Sealed, at `last`; `None` if unchanged.
    pub state: Option<Vec<u8>>,
    /// The number at which the state was written.
    pub state_at: Seq,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub conversation: ConversationId,
    pub number: Seq,
    pub version: u8,
    /// The server's epoch when it accepted the event.
    pub epoch: u64,
    pub header: String,
    pub header_salt: Salt,
    /// Sealed, with its salt.
    pub content: Vec<u8>,
    pub content_commitment: Digest,
    /// Sealed, with its salt.
    pub audit: Vec<u8>,
    pub audit_commitment: Digest,
    pub body: Digest,
    pub link: Digest,
    pub key: KeyId,
    /// Whether its content is served.
    pub current: bool,
    pub message: Option<MessageId>,
    /// The message that it edits or deletes.
    pub target: Option<Seq>,
    /// Only on the last event of a command.
    pub command: Option<CommandMark>,
}

/// The command that an event comes from, so that the command is done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandMark {
    pub account: PersonId,
    pub command: CommandId,
    pub digest: Digest,
}

/// The part of an event that reading needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    pub conversation: ConversationId,
    pub number: Seq,
    pub version: u8,
    pub header: String,
    pub header_salt: Salt,
    pub content: Vec<u8>,
    pub content_commitment: Digest,
    pub audit_commitment: Digest,
    pub body: Digest,
    pub link: Digest,
    pub key: KeyId,
    pub current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub conversation: ConversationId,
    pub message: MessageId,
    pub number: Seq,
    pub header: String,
    pub key: KeyRow,
    pub deleted: bool,
}

/// Past or present participation of a person; the index for finding changes for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParticipantRow {
    pub person: PersonId,
    pub conversation: ConversationId,
    pub open: bool,
    /// The event that changed it, as an index into [`Append::events`](super::Append::events).
    pub event: usize,
}

/// A team that takes part in a conversation, or the item that it is about; the index for finding the conversation from
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationLinkRow {
    /// The id of the team or item.
    pub subject: Uuid,
    pub conversation: ConversationId,
    /// `false` if it no longer does.
    pub open: bool,
}

/// The answer to a command without events: a refusal, or nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandResultRow {
    pub account: PersonId,
    pub command: CommandId,
    pub digest: Digest,
    /// `protocol::commands::Answer` as JSON: ids and codes, never content.
    pub answer: String,
    pub at: Timestamp,
    pub refused: bool,
    /// The conversation and message that a refused command referred to or would have created.
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
    pub starts: bool,
}
