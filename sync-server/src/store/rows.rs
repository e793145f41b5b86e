//! The rows that a store keeps. Bytes called sealed were sealed before they came here ([`crate::seal`]).

use std::fmt;

use conversation::{
    CommandId, ConversationId, DeviceId, MessageId, OrganisationId, PersonId, Seq, SourceId, Timestamp,
};
use trail::{Digest, Salt};
use uuid::Uuid;

/// The server itself: one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    pub id: Uuid,
    pub created_at: Timestamp,
    /// Counts the restores; 1 at first.
    pub epoch: u64,
    /// The server's secret, wrapped by the master key.
    pub secret: Vec<u8>,
}

/// The end of every log, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    /// Of the last event of any conversation.
    pub offset: u64,
    /// Its link; zeroes before the first.
    pub link: Digest,
    pub revision: u64,
    pub organisations: u64,
}

/// Names a data key: an id that whoever makes the key draws, since it is bound into the wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Watermark {
    /// As it stands after an append.
    #[must_use]
    pub fn after(self, append: &super::Append, appended: &super::Appended) -> Watermark {
        Watermark {
            offset: appended.offset.unwrap_or(self.offset),
            link: append.events.last().map_or(self.link, |event| event.link),
            revision: appended.revision.unwrap_or(self.revision),
            organisations: appended.organisations.unwrap_or(self.organisations),
        }
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
    /// Of the last event.
    pub offset: u64,
    /// The key that seals what is written now, if it is of this year, and the state.
    pub key: KeyRow,
    /// `conversation::State` as JSON, sealed; `last` and `last_at` in it are those of when it was written.
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
    /// Sealed, at `last`; `None` where it stays as it was.
    pub state: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub conversation: ConversationId,
    pub number: Seq,
    pub version: u8,
    /// Of the server when it accepted the event.
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
    /// On the last event of a command.
    pub command: Option<CommandMark>,
}

/// Which command an event came of, so that the command is done once.
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

/// Participation of a person, present or past; the index for finding changes for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParticipantRow {
    pub person: PersonId,
    pub conversation: ConversationId,
    pub open: bool,
    /// The event that changed it, as an index into [`Append::events`](super::Append::events).
    pub event: usize,
}

/// A team that takes part in a conversation, or the item that it is about; for finding it from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationLinkRow {
    /// The id of the team or item.
    pub subject: Uuid,
    pub conversation: ConversationId,
    /// `false` where it no longer does.
    pub open: bool,
}

/// A source system that registers an organisation's items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    pub id: SourceId,
    pub organisation: OrganisationId,
    /// What the operator calls it.
    pub name: String,
    /// Of its key, under a key of the server.
    pub hash: Digest,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliasRow {
    pub person: PersonId,
    pub from: ConversationId,
    pub to: ConversationId,
}

/// The answer to a command that became no event: a refusal, or nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandResultRow {
    pub account: PersonId,
    pub command: CommandId,
    pub digest: Digest,
    /// `protocol::commands::Answer` as JSON: ids and codes, never content.
    pub answer: String,
    pub at: Timestamp,
    pub refused: bool,
    /// What a refused command was about, and what it would have made.
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
    pub starts: bool,
}

/// A command that was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCommand {
    pub account: PersonId,
    pub command: CommandId,
    pub digest: Digest,
    pub answer: KnownAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownAnswer {
    /// The last event that it became.
    Event {
        conversation: ConversationId,
        number: Seq,
        link: Digest,
        epoch: u64,
        header: String,
    },
    /// As stored in [`CommandResultRow::answer`].
    Stored(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionRow {
    pub person: PersonId,
    pub conversation: ConversationId,
    pub number: Seq,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PersonalRow {
    pub person: PersonId,
    pub field: String,
    /// JSON; `null` for a field that was cleared.
    pub value: String,
}

impl fmt::Debug for PersonalRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalRow({})", self.person)
    }
}

/// A conversation that moved, as far as planning needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedRow {
    pub conversation: ConversationId,
    pub last: Seq,
    pub offset: u64,
    /// The last number at or before the mark; zero where there was none.
    pub known: Seq,
    pub open: bool,
    /// Whether taking part began or ended since the mark.
    pub changed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedRows {
    pub mark: Watermark,
    /// The newest first.
    pub conversations: Vec<MovedRow>,
    pub positions: Vec<PositionRow>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
}

/// An event of an organisation's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    pub organisation: OrganisationId,
    pub number: Seq,
    pub version: u8,
    pub header: String,
    pub header_salt: Salt,
    /// Sealed, with its salt.
    pub content: Vec<u8>,
    pub content_commitment: Digest,
    /// Sealed, with its salt.
    pub audit: Vec<u8>,
    pub audit_commitment: Digest,
    pub link: Digest,
    pub key: KeyId,
}

#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub person: PersonId,
    /// What one signs in with: a work e-mail address, in lower case.
    pub login: String,
    /// Argon2id, as a PHC string; `None` until an invitation is accepted.
    pub password: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Blank but for the id: the rest is a name and a secret.
impl fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRow({})", self.person)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Of the code, under a key of the server.
    pub hash: Digest,
    pub person: PersonId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// When it was accepted, or took the place of by a later one.
    pub used_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub person: PersonId,
    pub device: DeviceId,
    pub device_name: String,
    pub platform: String,
    /// Of the refresh token that was issued last.
    pub generation: u64,
    pub begun_at: Timestamp,
    pub refreshed_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SessionRow({}, {}, generation {})",
            self.id.0, self.person, self.generation
        )
    }
}
