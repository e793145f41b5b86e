//! The store: conversations, organisations, accounts.
//!
//! A store knows no rules and sees no content: its callers seal. The core *looks up* in sets, decides, and *appends* in
//! one transaction ([`Append`]). The append checks that no head has changed since the lookup (else it fails with
//! [`StoreError::Moved`]), so that no decision rests on an outdated state. An append is durable when it returns.
//!
//! *Offset* is the order of acceptance over all conversations: 1 for the first event, without gaps. *Revision* orders
//! changes of account state: read positions, personal state, aliases. *Organisations* is the offset over the events of all
//! organisations' logs. The store assigns all three, in the transaction ([`Appended`]): no link, receipt or seal binds
//! them, so several servers can append to one store.
//!
//! The rows that decide who may do or see what are proved by MACs and a tally ([`integrity`]); a read of a row whose MAC is wrong
//! fails. [`Snapshot`] reads all of it for `sync-server check`.
//!
//! Each aggregate has a file with its rows and its reads; [`Store`] combines them. Only [`backend`] names the database.
//!
//! Two stores fulfil this contract and pass the same tests (`conformance`): SQLite, and one in memory for the
//! simulation.

mod account_state;
mod accounts;
mod append;
mod attachments;
mod attention;
pub mod backend;
#[cfg(test)]
mod conformance;
mod conversations;
mod error;
pub mod integrity;
mod jobs;
mod logs;
pub mod memory;
mod organisations;
mod server_row;
mod sessions;
mod snapshot;
mod sources;
mod sqlite;
mod urgent;
mod watermark;

use futures_util::future::BoxFuture;

pub use account_state::{
    AccountStateStore, AliasRow, MOST_FIELD_BYTES, MOST_FIELDS, PersonalRow, PersonalUsage, PositionRow,
};
pub use accounts::{AccountRow, AccountStore, InvitationRow};
pub use append::{Append, Appended, Outdated};
pub use attachments::{
    AttachmentRow, AttachmentStore, BeginUpload, KeptAttachment, NamedAttachment, ReceivedPart, UploadQuota,
    WholeFile,
};
pub use attention::{
    AttentionStore, LetterId, LetterJob, LetterRow, RefusedAddress, SettledLetter, UnreadRow,
};
pub use conversations::{
    CommandMark, CommandResultRow, ConversationLinkRow, ConversationRow, EventRow, HeadWrite, KeyId, KeyRow,
    MessageRow, ParticipantRow, ReadRow,
};
pub use error::{StoreError, StoreFuture};
pub use integrity::{RowKeys, SharedRowKeys};
pub use jobs::{JobFailure, JobId, JobLevel, JobRow, JobStore, Lease, LeasedJob, Repeat};
pub(crate) use logs::{BESIDE, fit};
pub use logs::{ChangedConversation, Changes, KnownAnswer, KnownCommand, LogStore, Resolve, Resolved, Slice};
pub use organisations::{OrganisationRow, OrganisationStore};
pub use server_row::{ServerRow, ServerStore};
pub use sessions::{
    AccountChange, EndReason, Ended, SessionEnd, SessionId, SessionRow, SessionStart, SessionStore,
    SignInEffects,
};
pub use snapshot::{Counts, RowFault, Snapshot, StoredConversation, StoredEvent};
pub use sources::{SourceRow, SourceStore};
pub use urgent::{UrgentRow, UrgentStore, UrgentUse};
pub use watermark::Watermark;

/// A complete store.
pub trait Store:
    ServerStore
    + LogStore
    + AccountStateStore
    + OrganisationStore
    + SourceStore
    + AccountStore
    + SessionStore
    + JobStore
    + AttentionStore
    + AttachmentStore
    + UrgentStore
{
    /// The keys that prove rows: nothing that they prove is read or written before. With `adopt`, of a database that has no
    /// proof yet, every row that stands is proved as it is, and the server's row is replaced by this one.
    fn use_keys(&self, keys: SharedRowKeys, adopt: Option<ServerRow>) -> StoreFuture<'_, ()>;
    /// All that is stored at one moment, for verification.
    fn snapshot(&self) -> StoreFuture<'_, Box<dyn Snapshot>>;
    /// Closes all connections; appended rows stay.
    fn close(&self) -> BoxFuture<'_, ()>;
}
