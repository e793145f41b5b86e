//! Jobs: work that is done beside the requests, by any server of the store.
//!
//! ```text
//!   written with what makes it needed ──► due ──lease──► running ──► done, or due again
//!                                          ▲                │
//!                                          └─ lease over ───┴─ failed: after a pause that doubles
//! ```
//!
//! A worker that dies leaves its leases, which end; so a job is done at least once, and each kind must bear being done twice.

mod kinds;
mod worker;

pub(crate) use worker::Worker;
