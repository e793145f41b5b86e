//! Jobs: deferred work, written in the transaction that needs it.

use std::fmt::Debug;

use conversation::Timestamp;
use uuid::Uuid;

use super::error::StoreFuture;

/// Jobs; [`LogStore::append`](super::LogStore::append) creates them.
///
/// A due job is *leased*: until the lease ends no other worker takes it, and after that another may. Each lease has a
/// number, the attempt; the result of an earlier attempt is ignored.
pub trait JobStore: Send + Sync + Debug {
    /// Leases at most `most` jobs that are due at `now` and not leased, the longest due first.
    fn lease_jobs(&self, now: Timestamp, until: Timestamp, most: u32) -> StoreFuture<'_, Vec<LeasedJob>>;
    /// Ends a job, or makes it due again at `again` as a new one. `false` if another worker holds the lease.
    fn finish_job(&self, id: JobId, attempt: u32, again: Option<Timestamp>) -> StoreFuture<'_, bool>;
    /// Makes a job due again after a failure. `false` if another worker holds the lease.
    fn retry_job(&self, id: JobId, attempt: u32, due: Timestamp) -> StoreFuture<'_, bool>;
    /// The time at which the next job can be leased; `None` if there is none.
    fn next_job(&self) -> StoreFuture<'_, Option<Timestamp>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    /// There is at most one job of a name; another is not written.
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
