//! Attention mail: marks of the last mails about a conversation, and letters under way.

use std::fmt::Debug;

use conversation::attention::Mailed;
use conversation::{ConversationId, MembershipId, PersonId, Seq, Timestamp};
use trail::Digest;
use uuid::Uuid;

use super::error::StoreFuture;
use super::jobs::{JobFailure, Lease};

/// Marks and letters.
///
/// A *mark* says up to where a person was mailed about a conversation, and where their read marker stood then. It is deleted when
/// they join or leave the conversation. A *letter* is reserved, with the marks that it leaves, before it is handed to the mail server, and
/// settled once the answer is known: its marks are kept, or dropped. One that a worker left behind may or may not have been sent.
pub trait AttentionStore: Send + Sync + Debug {
    /// Conversations of a person with events after their read marker, the newest first, at most `most`. Those of which no mail can
    /// follow before they are opened are left out: with a mark of each kind that is wanted, of a marker that has not moved since.
    fn unread_of(&self, person: PersonId, most: u32, reminders: bool) -> StoreFuture<'_, Vec<UnreadRow>>;
    /// The participants of a conversation with events after their read markers, who were not mailed about it since these moved.
    fn unmailed(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<PersonId>>;
    /// The letter to a person that a worker left behind.
    fn open_letter(&self, person: PersonId) -> StoreFuture<'_, Option<LetterRow>>;
    /// Reserves a letter in place of any other to the person, and renews the lease of its job. `false` if another worker holds the
    /// lease; then nothing is written.
    fn reserve_letter<'a>(
        &'a self,
        lease: Lease,
        until: Timestamp,
        letter: &'a LetterRow,
    ) -> StoreFuture<'a, bool>;
    /// Ends a letter and its job. `false` if another worker holds the lease; then nothing is written.
    fn settle_letter<'a>(&'a self, lease: Lease, settled: &'a SettledLetter) -> StoreFuture<'a, bool>;
    /// Keeps an address that the mail server refused for good, in place of any other of its membership.
    fn refuse_address<'a>(&'a self, row: &'a RefusedAddress) -> StoreFuture<'a, ()>;
    fn refused_address(&self, membership: MembershipId) -> StoreFuture<'_, Option<RefusedAddress>>;
    /// All of them, the latest first.
    fn refused_addresses(&self) -> StoreFuture<'_, Vec<RefusedAddress>>;
    /// `false` if none was refused.
    fn forgive_address(&self, membership: MembershipId) -> StoreFuture<'_, bool>;
    /// When mail was switched on; `None` while it is off.
    fn mail_since(&self) -> StoreFuture<'_, Option<Timestamp>>;
    fn set_mail_since(&self, since: Option<Timestamp>) -> StoreFuture<'_, ()>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadRow {
    pub conversation: ConversationId,
    /// The number of the last event.
    pub last: Seq,
    /// The read marker; 0 if there is none.
    pub read: Seq,
    pub mailed: Mailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId(pub Uuid);

/// A letter that may or may not have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRow {
    pub id: LetterId,
    pub person: PersonId,
    pub membership: MembershipId,
    /// The conversations in it, in the order of their ids, each with the marks that it leaves.
    pub marks: Vec<(ConversationId, Mailed)>,
}

/// The end of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledLetter {
    pub id: LetterId,
    pub person: PersonId,
    /// Whether its marks are kept: it was sent, or given up.
    pub kept: bool,
    pub at: Timestamp,
    pub job: LetterJob,
}

/// The end of the job that sent a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterJob {
    Finished { again: Option<Timestamp> },
    Failed(JobFailure),
}

/// An address that the mail server refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedAddress {
    pub membership: MembershipId,
    /// A MAC, so that another address of the membership is another.
    pub address: Digest,
    /// The codes of the answer alone.
    pub reply: String,
    pub at: Timestamp,
}
