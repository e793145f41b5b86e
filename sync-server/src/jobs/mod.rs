//! Jobs: background work, done by any server of the store.
//!
//! ```text
//!   written in the transaction that needs it ──► due ──lease──► running ──► done, or due again
//!                                                 ▲                │
//!                                                 └─ lease over ───┴─ failed: after a pause that doubles
//! ```
//!
//! The jobs of a [`Queue`] are run one after the other, each under a lease of its own; the queues wait for nothing of each other. The
//! lease of a worker that dies expires. A job therefore runs at least once, and every kind must be idempotent.

mod attachments;
mod attend;
mod context;
mod kinds;
mod mail;
mod worker;

pub(crate) use attachments::AttachmentFiles;
pub use attachments::{FilesChecked, Swept};
pub(crate) use kinds::Queue;
pub(crate) use worker::Worker;
