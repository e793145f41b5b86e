//! Jobs: work to be done later, written in the transaction that makes it needed.

use std::fmt::Debug;

use conversation::Timestamp;
use uuid::Uuid;

use super::error::StoreFuture;

/// Jobs; they come by [`LogStore::append`](super::LogStore::append).
///
/// A job that is due is *leased*: until the lease ends no other worker takes it, and if its worker dies it is taken again.
/// Each lease has a number, the attempt; what an earlier attempt says afterwards counts no more.
pub trait JobStore: Send + Sync + Debug {
    /// Leases at most so many jobs that are due at `now` and not leased, the longest due first.
    fn lease_jobs(&self, now: Timestamp, until: Timestamp, most: u32) -> StoreFuture<'_, Vec<LeasedJob>>;
    /// Ends a job, or lets it be due again at `again` as a new one. `false` where the lease is another's by now.
    fn finish_job(&self, id: JobId, attempt: u32, again: Option<Timestamp>) -> StoreFuture<'_, bool>;
    /// Lets a job be tried again. `false` where the lease is another's by now.
    fn retry_job(&self, id: JobId, attempt: u32, due: Timestamp) -> StoreFuture<'_, bool>;
    /// When the next job can be leased; `None` where there is none.
    fn next_job(&self) -> StoreFuture<'_, Option<Timestamp>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    /// Of the jobs of a name there is one at a time: another is not written.
    pub name: Option<String>,
    /// JSON of ids and codes, never content.
    pub payload: String,
    pub due: Timestamp,
}

/// A job that a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    /// From 1 on.
    pub attempt: u32,
}
