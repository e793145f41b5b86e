//! The cache: everything the device knows, a projection of the events it has seen, with what it has yet to send.
//!
//! The engine reads rows and writes lists of [`Change`]s; a list is one transaction. The cache knows none of the
//! rules. Two caches keep this contract and pass the same tests ([`conformance`]): an SQLCipher file, and one in
//! memory for the simulation.

#[cfg(any(test, doc))]
pub mod conformance;
mod file_rows;
pub mod memory;
mod search;
pub mod sqlcipher;

use std::fmt;

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::{
    Attachment, AttachmentId, Command, CommandId, ConversationId, Head, Header, MembershipId, MessageId,
    MessageText, Pair, PersonId, Refusal, Seq, SeqRange, Shape, Timestamp, Urgency,
};
use futures_util::future::BoxFuture;
use protocol::commands::Receipt;
use protocol::sync::{AccessVersion, Anchor};
use serde::{Deserialize, Serialize};
use trail::Digest;

pub use file_rows::{AfterSent, FileRow, NEVER, Origin, Sealed, ToFetch, UploadRow, UploadState};
pub use matching::Terms;
pub use search::{FoundCount, FoundEntry, FoundPage, Search};

use crate::files::FileName;
use crate::model::Draft;
use crate::model::Filter;

/// The maximum that [`Cache::index`] reports as left.
pub const COUNTED_LEFT: u32 = 1_000;

pub type CacheFuture<'a, T> = BoxFuture<'a, Result<T, CacheError>>;

/// Why the cache could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A row that cannot be what this program wrote.
    #[error("a row of {table} is broken: {column}")]
    Broken {
        table: &'static str,
        column: &'static str,
    },
    #[error("there is no room left on the disk")]
    DiskFull,
    #[error("the cache failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A conversation as the device has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub head: Head,
    /// The last event known of; `Seq(0)` while the start itself still waits to be sent.
    pub last: Seq,
    pub last_link: Digest,
    /// The last promise of the server's that an event stands at a place.
    pub receipt: Option<Receipt>,
    pub access: AccessVersion,
    /// The ranges that the user sees as of the last head; the last range grows with the conversation while
    /// `open`.
    pub visible: Vec<SeqRange>,
    pub open: bool,
    pub anchor: Anchor,
    /// Of a direct conversation: its two, the lesser first.
    pub pair: Option<Pair>,
    /// The item it is about, and what one may do at it.
    pub item: Option<ItemCard>,
    /// P7: the user sees it through its item without taking part; the overview does not list it.
    pub via_item: bool,
    /// How far the user has read, and how far the server knows of it.
    pub read: Seq,
    pub read_sent: Seq,
    /// Archived by oneself for oneself at this number; a later message ends it.
    pub archived_at: Option<Seq>,
    /// N5: muted by oneself, on all of one's devices: only mentions notify.
    pub muted: bool,
    /// The server knows less of it than it once promised: nothing is overwritten or sent.
    pub restored: bool,
    /// Places to ask for again, though they stand in a segment: what one sees has changed.
    pub wanted: Option<SeqRange>,
    /// The time that the overview orders by: of the last message or line one sees; kept by [`Change::Recount`] as soon as
    /// there is one.
    pub last_at: Timestamp,
    /// The last message one sees; kept by [`Change::Recount`], as is the number of unread ones.
    pub last_message: Option<Seq>,
    pub unread: u32,
}

impl ConversationRow {
    /// The two of a direct conversation, the lesser first; who left it for now included, as far as is known.
    pub fn pair(&self) -> Option<Pair> {
        (self.head.shape == Shape::Direct).then_some(self.pair).flatten()
    }

    /// Whether one sees a place, as of the last head.
    pub fn shows(&self, number: Seq) -> bool {
        self.visible.iter().any(|range| range.contains(number))
    }

    /// L3: archived for oneself, until a new message comes.
    pub fn archived(&self) -> bool {
        self.archived_at
            .is_some_and(|at| self.last_message.is_none_or(|last| last <= at))
    }
}

/// An event that one sees: a message, a line, or an edit or deletion of a message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub number: Seq,
    pub header: Header,
    /// Of a message: the text that stands now. Of an edit: its text, while it is the last one.
    pub text: Option<MessageText>,
    /// The files that stand beside that text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The reason of an urgent message, as far as it is known (M10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    pub edited: bool,
    pub deleted: bool,
}

/// Blank: what was said never reaches a log.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.number)
    }
}

/// An unread message that is urgent (M10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadUrgent {
    pub conversation: ConversationId,
    pub number: Seq,
    pub at: Timestamp,
}

/// A run of places that the device has, stubs included, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub range: SeqRange,
    /// The link before the first.
    pub previous: Digest,
    /// The link of the last.
    pub link: Digest,
}

/// The state of a command in the outbox; the state machine is drawn in `engine::outbox`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OutboxState {
    Waiting,
    Sending,
    Held,
    Stale,
    /// Accepted; the row goes when its event arrives.
    Accepted {
        number: Option<Seq>,
        at: Option<Timestamp>,
    },
    Refused {
        refusal: Refusal,
    },
}

/// A command that was given and is not yet in the conversation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The order in which commands were given; unique.
    pub order: u64,
    /// Its conversation now: differs from the one that the command names where that became an alias.
    pub conversation: ConversationId,
    /// As it was given; never changed, since it may have been sent.
    pub command: Command,
    pub state: OutboxState,
    pub given_at: Timestamp,
    /// It left this device and no answer has come: the server may have it.
    #[serde(default)]
    pub sent_once: bool,
    /// Asked and answered: send it still, however old (M7).
    pub send_still: bool,
    /// The name of its conversation, for when that is no longer on the device (W1).
    pub destination: String,
    /// Until then it can be taken back, and nothing of it leaves (W3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_at: Option<Timestamp>,
}

impl fmt::Debug for OutboxRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutboxRow({}, {:?})", self.order, self.state)
    }
}

/// A text that was not sent and whose place is no longer here; it outlives [`Change::Clear`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoveredRow {
    pub id: MessageId,
    pub destination: String,
    pub text: MessageText,
    /// The names of the files that belonged to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    pub written_at: Timestamp,
    /// It left this device and no answer came: it may have arrived after all.
    #[serde(default)]
    pub perhaps_sent: bool,
    /// The author: nobody else who signs in here sees it.
    #[serde(default)]
    pub person: Option<PersonId>,
}

impl fmt::Debug for RecoveredRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveredRow({})", self.id)
    }
}

/// A draft as it is stored, with the name of its destination. It is there while something is written or gathered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftRow {
    pub conversation: ConversationId,
    pub draft: Draft,
    /// Of the message that is edited, the files that the edit takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<AttachmentId>,
    pub destination: String,
    pub written_at: Timestamp,
}

/// A conversation about to be changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeforeChange {
    /// Its row and its segments, if there is a row.
    pub held: Option<(ConversationRow, Vec<Segment>)>,
    /// Its own commands, in the order given.
    pub outbox: Vec<OutboxRow>,
}

/// One change; a list of them is one transaction, taken in order.
#[derive(Clone, Debug)]
pub enum Change {
    /// Replaces the row of that id.
    PutConversation(Box<ConversationRow>),
    /// The row, its entries and segments, what search knows of them, and the files that they list; outbox and drafts stay,
    /// with their files.
    DropConversation(ConversationId),
    /// Replaces the entry at that number. A text that was there before is gone from search, too. The files that a message
    /// lists get rows, and those that it no longer lists lose theirs.
    PutEntry(ConversationId, Box<Entry>),
    DropEntries(ConversationId, SeqRange),
    /// Replaces all segments of the conversation; ascending, without overlap.
    PutSegments(ConversationId, Vec<Segment>),
    /// Works `last_message`, `unread` (messages after `read` by none of `own` that were not deleted) and, where anything is shown, `last_at` of a
    /// row out anew.
    Recount {
        conversation: ConversationId,
        own: Vec<MembershipId>,
    },
    PutCards(Vec<Card>),
    PutTeams(Vec<TeamCard>),
    PutOutbox(Box<OutboxRow>),
    DropOutbox(u64),
    PutDraft(DraftRow),
    DropDraft(ConversationId),
    PutRecovered(RecoveredRow),
    DropRecovered(MessageId),
    PutFile(Box<FileRow>),
    /// The file, and its preview.
    DropFile(AttachmentId),
    PutUpload(UploadRow),
    DropUpload(AttachmentId),
    /// `from` is an alias of `to` from now on: outbox rows (their `conversation`, not their command), draft and unsent files
    /// of `from` become those of `to`; a draft that `to` has already stays, and that of `from` goes, but for its files.
    Rename {
        from: ConversationId,
        to: ConversationId,
    },
    PutMeta(&'static str, String),
    DropMeta(&'static str),
    /// Everything but the recovered texts, the keys of files first: another person signed in, or one signed out.
    Clear,
}

/// Which entries of a conversation, and from which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// At most this many.
    pub limit: u32,
    pub range: SeqRange,
    /// The newest of the range, else the oldest; the answer is ascending either way.
    pub newest: bool,
}

/// The lists of the overview. Archived conversations are in their own list only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    Active,
    Unread,
    /// Active, with nothing unread.
    Read,
    Archived,
}

impl From<Filter> for Listed {
    fn from(filter: Filter) -> Listed {
        match filter {
            Filter::Active => Listed::Active,
            Filter::Unread => Listed::Unread,
            Filter::Archived => Listed::Archived,
        }
    }
}

pub trait Cache: Send + Sync + fmt::Debug {
    fn write(&self, changes: Vec<Change>) -> CacheFuture<'_, ()>;

    fn conversation(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationRow>>;
    /// Those that there are, in the order of their ids.
    fn conversations(&self, ids: Vec<ConversationId>) -> CacheFuture<'_, Vec<ConversationRow>>;
    /// The rows that the folding in of a conversation's frames begins with, as the last write left them.
    fn before_change(&self, id: ConversationId) -> CacheFuture<'_, BeforeChange>;
    /// The conversation that an id is an alias of.
    fn alias(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationId>>;
    /// By `last_at`, the latest first; without the first `from`, `limit` at most.
    fn overview(&self, listed: Listed, from: u32, limit: u32) -> CacheFuture<'_, Vec<ConversationRow>>;
    fn overview_count(&self, listed: Listed) -> CacheFuture<'_, u32>;
    /// Unread urgent messages in conversations that are not archived, but for those of these memberships and deleted ones; the newest
    /// first, at most `most` (M10).
    fn unread_urgent(&self, own: Vec<MembershipId>, most: u32) -> CacheFuture<'_, Vec<UnreadUrgent>>;
    /// Conversations where one of these memberships is mentioned, with the last message that mentions it.
    fn mentioned(&self, own: Vec<MembershipId>) -> CacheFuture<'_, Vec<(ConversationId, Seq)>>;
    /// Conversations with work for the engine: a hole, a read position to send, places wanted.
    fn unsettled(&self) -> CacheFuture<'_, Vec<ConversationRow>>;
    fn conversation_ids(&self) -> CacheFuture<'_, Vec<ConversationId>>;
    /// The direct conversation without a subject of two memberships.
    fn direct(&self, a: MembershipId, b: MembershipId) -> CacheFuture<'_, Option<ConversationId>>;

    fn entry(&self, conversation: ConversationId, number: Seq) -> CacheFuture<'_, Option<Entry>>;
    fn message(&self, conversation: ConversationId, message: MessageId) -> CacheFuture<'_, Option<Entry>>;
    /// Edits and deletions whose target stands in a range, ascending.
    fn about(&self, conversation: ConversationId, targets: SeqRange) -> CacheFuture<'_, Vec<Entry>>;
    /// Messages and lines, without edits and deletions; ascending.
    fn timeline(&self, conversation: ConversationId, slice: Slice) -> CacheFuture<'_, Vec<Entry>>;
    /// The first message after `read` by none of `own` that was not deleted.
    fn first_unread(
        &self,
        conversation: ConversationId,
        read: Seq,
        own: Vec<MembershipId>,
    ) -> CacheFuture<'_, Option<Seq>>;
    fn segments(&self, conversation: ConversationId) -> CacheFuture<'_, Vec<Segment>>;

    /// Those that there are.
    fn cards(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>>;
    /// The cards with the family name of one of these, without regard to case, these included; by membership.
    fn of_family(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>>;
    fn all_cards(&self) -> CacheFuture<'_, Vec<Card>>;
    /// Those of the person who has this membership, in the order of their memberships; none if it is not known.
    fn cards_beside(&self, membership: MembershipId) -> CacheFuture<'_, Vec<Card>>;
    fn all_teams(&self) -> CacheFuture<'_, Vec<TeamCard>>;

    /// In the order given; of one conversation, or all.
    fn outbox(&self, conversation: Option<ConversationId>) -> CacheFuture<'_, Vec<OutboxRow>>;
    fn outbox_of(&self, command: CommandId) -> CacheFuture<'_, Option<OutboxRow>>;
    fn draft(&self, conversation: ConversationId) -> CacheFuture<'_, Option<DraftRow>>;
    fn drafts(&self) -> CacheFuture<'_, Vec<DraftRow>>;
    fn recovered(&self) -> CacheFuture<'_, Vec<RecoveredRow>>;
    fn meta(&self, key: &'static str) -> CacheFuture<'_, Option<String>>;

    /// The messages before a place that list files, the newest first.
    fn attached(&self, conversation: ConversationId, before: Seq, limit: u32) -> CacheFuture<'_, Vec<Entry>>;
    /// The newest messages that a search asks for; those that [`Cache::index`] has yet to take in are not among them.
    fn found(&self, search: Search) -> CacheFuture<'_, FoundPage>;
    /// How many they are, of the limit at most.
    fn count_found(&self, search: Search) -> CacheFuture<'_, FoundCount> {
        Box::pin(async move { Ok(FoundCount::of(&self.found(search).await?)) })
    }
    fn file(&self, id: AttachmentId) -> CacheFuture<'_, Option<FileRow>>;
    /// Those that there are, by their ids.
    fn files(&self, ids: Vec<AttachmentId>) -> CacheFuture<'_, Vec<FileRow>>;
    /// The files that no message lists yet, previews included, in the order within their drafts.
    fn unsent_files(&self) -> CacheFuture<'_, Vec<FileRow>>;
    /// Files that are listed and not whole here, and those that are to be asked about.
    fn to_fetch(&self, which: ToFetch, now: Timestamp, limit: u32) -> CacheFuture<'_, Vec<FileRow>>;
    /// Files sent from here that the server's scanner refused afterwards, and that the user has not acknowledged.
    fn refused_files(&self) -> CacheFuture<'_, Vec<FileRow>>;
    /// Listed files that are here and not pinned, the least recently used first; no previews.
    fn least_used(&self, limit: u32) -> CacheFuture<'_, Vec<FileRow>>;
    /// Bytes of the listed files that are here.
    fn bytes_kept(&self) -> CacheFuture<'_, u64>;
    /// The files on the disk that a row names.
    fn file_names(&self) -> CacheFuture<'_, Vec<FileName>>;
    fn uploads(&self) -> CacheFuture<'_, Vec<UploadRow>>;

    /// Puts together some of what [`Cache::index`] wrote apart, for searches that come; whether there is more of it.
    fn merge(&self) -> CacheFuture<'_, bool> {
        Box::pin(async { Ok(false) })
    }
    /// Whether there is room on the disk: not from the write on that found none, until there is enough again.
    fn has_room(&self) -> bool {
        true
    }

    /// When the newest of those messages was accepted that search does not reach yet.
    fn indexed_since(&self) -> CacheFuture<'_, Option<Timestamp>>;
    /// Messages that search does not reach yet.
    fn to_index(&self) -> CacheFuture<'_, u32>;
    /// Brings up to `most` of them into search, in a transaction of their own; how many are left, of which
    /// [`COUNTED_LEFT`] are counted at most.
    fn index(&self, most: u32) -> CacheFuture<'_, u32>;
}
