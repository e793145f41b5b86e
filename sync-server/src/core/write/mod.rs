//! The write path: a batch of requests becomes one transaction.
//!
//! ```text
//!   actor, parse ─► submission ─► │ writer: lookup ─► decide ─► append ─► store │ ─► committed
//!   before the writer's turn      │         heads, batch        sealed_entry,   │    for live streams
//!                                 │                             project, audit  │
//! ```
//!
//! * A [`submission`] is a request of an [`actor`] whose commands are parsed and digested ([`parse`]).
//! * [`writer`] runs a batch and retries it when a head has moved. [`lookup`] reads in sets the rows that the batch
//!   needs, [`decide`] decides one command after the other, [`append`] turns the outcome into rows: [`sealed_entry`]
//!   the event, [`audit`] its audit part, [`project`] the index rows derived from it.
//! * [`heads`] caches the state of conversations; [`batch`] holds the data of one batch, [`committed`] its outcome.
//! * [`reconcile`] records in conversations that a membership or a team has ended.

mod account_state;
pub mod actor;
mod append;
mod attach;
mod audit;
mod batch;
pub mod committed;
mod decide;
pub(in crate::core) mod heads;
mod lookup;
mod parse;
mod project;
mod reconcile;
pub(in crate::core) mod sealed_entry;
pub mod submission;
pub mod writer;

pub use actor::Actor;
pub use committed::{Committed, ConversationUpdate};
pub(crate) use parse::REMEMBERED_FOR;
pub use submission::Submission;
pub use writer::Writer;
