//! Jobs: deferred work, written in the transaction that needs it.

use std::fmt::Debug;

use conversation::Timestamp;
use uuid::Uuid;

use super::error::StoreFuture;

/// Jobs; [`LogStore::append`](super::LogStore::append) creates them.
///
/// A due job is *leased*: until the lease ends no other worker takes it, and after that another may. Each lease has a
/// number, the attempt, which only grows; the result of an earlier attempt is ignored, and so is a second result of one.
///
/// ```text
///   waits ──lease──► held ──finish──► gone, or waits until its next moment, or until it was asked for meanwhile
///     ▲               │ ▲
///     └───────────────┘ └── lease over, or the pause after a failure: leased again
/// ```
pub trait JobStore: Send + Sync + Debug {
    /// Leases at most `most` jobs of these kinds that are due at `now` and not leased, the longest due first.
    fn lease_jobs<'a>(
        &'a self,
        kinds: &'a [&'a str],
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> StoreFuture<'a, Vec<LeasedJob>>;
    /// Moves the end of a lease. `false` if it passed to another worker, or was given up.
    fn renew_job(&self, lease: Lease, until: Timestamp) -> StoreFuture<'_, bool>;
    /// Ends a job, or makes it due again at `again`; earlier if it was asked for while it was held. `false` if another worker
    /// holds the lease.
    fn finish_job(&self, lease: Lease, again: Option<Timestamp>) -> StoreFuture<'_, bool>;
    /// Makes a job due again after a failure. `false` if another worker holds the lease.
    fn retry_job<'a>(&'a self, lease: Lease, failure: &'a JobFailure) -> StoreFuture<'a, bool>;
    /// The time at which the next job of these kinds can be leased; `None` if there is none.
    fn next_job<'a>(&'a self, kinds: &'a [&'a str]) -> StoreFuture<'a, Option<Timestamp>>;
    /// How many jobs there are, by kind and the code of their last failure.
    fn job_levels(&self, now: Timestamp) -> StoreFuture<'_, Vec<JobLevel>>;
    /// Makes the jobs of these kinds that wait after a failure due now; how many.
    fn wake_jobs<'a>(&'a self, kinds: &'a [&'a str], now: Timestamp) -> StoreFuture<'a, u64>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    /// There is at most one job of a name.
    pub name: Option<String>,
    /// JSON of ids and codes, never content.
    pub payload: String,
    pub due: Timestamp,
    pub repeat: Repeat,
}

/// The effect of a job of a name that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// None: the one that is there stands.
    Keep,
    /// That one becomes due at the earlier moment; while a worker holds it, or it waits after a failure, it becomes due again when
    /// that is over.
    Sooner,
}

/// A job that a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    pub lease: Lease,
    pub kind: String,
    pub payload: String,
    /// Failures since it last succeeded. A lease that was lost is none.
    pub failures: u32,
}

/// The right of one attempt to end a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease {
    pub job: JobId,
    /// From 1 on.
    pub attempt: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    pub due: Timestamp,
    /// A code for the operator.
    pub fault: String,
    /// `false` if it was no failure of this job, such as that of a server which all jobs of the kind need.
    pub counts: bool,
}

/// The jobs of one kind that failed last for the same reason, or did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLevel {
    pub kind: String,
    pub fault: Option<String>,
    pub jobs: u64,
    /// How many of them are due.
    pub due: u64,
    /// The moment at which the first of them is, or was, due.
    pub first: Timestamp,
    /// The most failures of one of them.
    pub failures: u32,
}
