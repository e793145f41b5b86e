//! The store: conversations, organisations, accounts.
//!
//! A store knows nothing of the rules and sees no content: what is sealed is sealed before it comes here. The core
//! *looks up* in sets, decides, and *appends* in one transaction ([`Append`]). The append checks that every head
//! still stands where the decision believed it ([`StoreError::Moved`] where not), so that nothing is decided on
//! what has passed. What was appended is durable when the append returns.
//!
//! *Offset* is the order of acceptance over all conversations: 1 for the first event, without gaps. *Revision* orders
//! changes of account state: read positions, personal state, aliases. *Organisations* is the offset over the events of all
//! organisations' logs. The store assigns all three, in the transaction ([`Appended`]): no link, receipt or seal binds
//! them, so several servers can append to one store.
//!
//! Each aggregate has a file with its rows and its reads; [`Store`] is all of them. [`backend`] alone says which database it is.
//!
//! Two stores keep this contract and pass the same tests (`conformance`): SQLite, and one in memory for the
//! simulation.

mod account_state;
mod accounts;
mod append;
pub mod backend;
#[cfg(test)]
mod conformance;
mod conversations;
mod error;
mod jobs;
mod logs;
pub mod memory;
mod organisations;
mod server;
mod sessions;
mod sources;
mod sqlite;
mod watermark;

use futures_util::future::BoxFuture;

pub use account_state::{AccountStateStore, AliasRow, PersonalRow, PositionRow};
pub use accounts::{AccountRow, AccountStore, InvitationRow};
pub use append::{Append, Appended, Outdated};
pub use conversations::{
    CommandMark, CommandResultRow, ConversationLinkRow, ConversationRow, EventRow, HeadWrite, KeyId, KeyRow,
    MessageRow, ParticipantRow, ReadRow,
};
pub use error::{StoreError, StoreFuture};
pub use jobs::{JobId, JobRow, JobStore, LeasedJob};
pub(crate) use logs::{BESIDE, fit};
pub use logs::{KnownAnswer, KnownCommand, LogStore, MovedRow, MovedRows, Resolve, Resolved, Slice};
pub use organisations::{OrganisationRow, OrganisationStore};
pub use server::{ServerRow, ServerStore};
pub use sessions::{SessionId, SessionRow, SessionStart, SessionStore, SignInEffects};
pub use sources::{SourceRow, SourceStore};
pub use watermark::Watermark;

/// All of a store.
pub trait Store:
    ServerStore
    + LogStore
    + AccountStateStore
    + OrganisationStore
    + SourceStore
    + AccountStore
    + SessionStore
    + JobStore
{
    /// Ends all connections; what was appended stays.
    fn close(&self) -> BoxFuture<'_, ()>;
}
