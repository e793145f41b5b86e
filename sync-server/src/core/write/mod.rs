//! The write path: a batch of requests becomes one transaction.
//!
//! * [`writer`] runs a batch and retries it when a head has moved.
//! * [`asked`] parses the commands, [`lookup`] reads in sets what the batch needs, [`deciding`] decides one command
//!   after the other, [`appending`] turns the outcome into rows.
//! * [`heads`] caches the state of conversations; [`batch`] holds the data of one batch, [`committed`] its outcome.
//! * [`reconcile`] records in conversations that a membership or a team has ended.

mod account_state;
pub mod actor;
mod appending;
mod asked;
mod batch;
pub mod committed;
mod deciding;
pub(in crate::core) mod heads;
mod lookup;
mod reconcile;
pub mod writer;

pub use actor::Actor;
pub(crate) use asked::REMEMBERED_FOR;
pub use committed::{Committed, Moved};
pub use writer::Writer;
