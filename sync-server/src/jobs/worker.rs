//! Leases due jobs and runs them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use conversation::Timestamp;
use futures_util::FutureExt as _;

use super::attachments::AttachmentFiles;
use super::context::{JobContext, LEASE, Next};
use super::kinds::{Kind, Queue};
use crate::core::{Core, CoreError};
use crate::mail::Outgoing;
use crate::store::{Append, JobFailure, JobId, LeasedJob, StoreError};

/// Jobs between two pauses.
const MOST: usize = 16;
/// The longest interval between looks at the store, where another server may have added a job.
const LOOK: Duration = Duration::from_secs(5);
/// The first and the longest pause after a failure.
const PAUSE: i64 = Timestamp::SECOND;
const LONGEST: i64 = Timestamp::HOUR;

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    context: JobContext,
}

impl Worker {
    /// Opens a worker, which mails if it is given a mailer; adds the recurring jobs that the store lacks.
    pub(crate) async fn open(
        core: Arc<Core>,
        files: AttachmentFiles,
        outgoing: Option<Outgoing>,
    ) -> Result<Worker, CoreError> {
        let now = core.now();
        let id = || JobId(platform::id(core.random.as_ref(), now));
        let recurring = Kind::RECURRING.iter();
        let append = Append {
            jobs: recurring.map(|kind| kind.recurring(id(), now)).collect(),
            ..Append::default()
        };
        core.store.append(&append).await?;
        // Nothing is mailed from a time when there was no mail.
        match (core.store.mail_since().await?, &outgoing) {
            (None, Some(_)) => core.store.set_mail_since(Some(now)).await?,
            (Some(_), None) => core.store.set_mail_since(None).await?,
            (None, None) | (Some(_), Some(_)) => {}
        }
        Ok(Worker {
            context: JobContext {
                core,
                files,
                outgoing,
            },
        })
    }

    pub(crate) fn queues(&self) -> impl Iterator<Item = Queue> + use<> {
        let of_mail = if self.context.outgoing.is_some() {
            Queue::OF_MAIL
        } else {
            &[]
        };
        Queue::ALWAYS.iter().chain(of_mail).copied()
    }

    /// Whether the jobs of a queue would fail, whichever they are.
    fn is_paused(&self, queue: Queue, now: Timestamp) -> bool {
        let outgoing = self.context.outgoing.as_ref().filter(|_| queue == Queue::Mail);
        outgoing.is_some_and(|outgoing| outgoing.mailer.paused_until(now).is_some())
    }

    /// Runs the jobs of a queue until dropped; returns `true` if the store failed and the worker should be restarted.
    pub(crate) async fn run(self, queue: Queue) -> bool {
        loop {
            match self.work(queue).await {
                Ok(MOST) => {}
                Ok(_) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::error!(%error, "jobs could not be had");
                    return true;
                }
            }
        }
    }

    /// Runs the jobs of a queue that are due now, each under a lease of its own: one that waits behind another is not leased yet.
    /// Returns their number.
    pub(crate) async fn work(&self, queue: Queue) -> Result<usize, StoreError> {
        let (store, kinds) = (&self.context.core.store, queue.kinds());
        let mut done = 0;
        while done < MOST {
            let now = self.context.core.now();
            if self.is_paused(queue, now) {
                break;
            }
            // A read first, because taking a lease is a write.
            if store.next_job(kinds).await?.is_none_or(|due| due > now) {
                break;
            }
            let leased = store.lease_jobs(kinds, now, now.plus(LEASE), 1).await?;
            let Some(job) = leased.into_iter().next() else {
                break;
            };
            self.job(&job).await?;
            done += 1;
        }
        Ok(done)
    }

    async fn job(&self, job: &LeasedJob) -> Result<(), StoreError> {
        let (store, lease) = (&self.context.core.store, job.lease);
        let next = match Kind::of(&job.kind) {
            // A job that panics is one that fails.
            Some(kind) => {
                AssertUnwindSafe(kind.run(&self.context, job))
                    .catch_unwind()
                    .await
            }
            None => Ok(Err(CoreError::Broken("a kind of a job"))),
        };
        let failed = |fault: &str| JobFailure {
            due: self.context.core.now().plus(pause(job.failures)),
            fault: fault.to_owned(),
            counts: true,
        };
        let held = match next {
            Ok(Ok(Next::At(again))) => store.finish_job(lease, Some(again)).await?,
            Ok(Ok(Next::Done)) => store.finish_job(lease, None).await?,
            Ok(Ok(Next::Failed(failure))) => store.retry_job(lease, &failure).await?,
            Ok(Ok(Next::Ended)) => true,
            Ok(Ok(Next::Lost)) => false,
            Ok(Err(error)) => {
                tracing::error!(%error, kind = job.kind, failures = job.failures, "a job failed, and is tried again");
                store.retry_job(lease, &failed(fault(&error))).await?
            }
            Err(_) => {
                tracing::error!(
                    kind = job.kind,
                    failures = job.failures,
                    "a job panicked, and is tried again"
                );
                store.retry_job(lease, &failed("panic")).await?
            }
        };
        if !held {
            tracing::warn!(kind = job.kind, "a job took longer than its lease");
        }
        Ok(())
    }
}

/// The code of an error, for the operator.
fn fault(error: &CoreError) -> &'static str {
    match error {
        CoreError::Store(_) => "store",
        CoreError::Unopened(_) | CoreError::Broken(_) => "broken",
        CoreError::Uninitialised => "uninitialised",
    }
}

/// The pause after a failure, by the number of those before it.
fn pause(before: u32) -> i64 {
    (PAUSE << before.min(12)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::files::Files;
    use crate::keys::Secret;
    use crate::store::memory::Memory;
    use crate::store::{JobStore as _, LogStore as _, Store};
    use platform::ManualClock;
    use platform::SeededRandom;

    const NOON: Timestamp = Timestamp(1_772_449_200_000);

    fn now<T>(future: impl Future<Output = T>) -> T {
        future
            .now_or_never()
            .expect("a store in memory waits for nothing")
    }

    /// Of a store that gives way.
    fn complete<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
        }
    }

    struct Server {
        store: Arc<Memory>,
        clock: Arc<ManualClock>,
        core: Arc<Core>,
    }

    impl Server {
        fn open() -> Server {
            let (store, clock) = (Arc::new(Memory::default()), Arc::new(ManualClock::new(NOON)));
            let (random, master) = (Arc::new(SeededRandom::new(1)), Secret::new([1; 32]));
            now(Core::create(
                store.as_ref(),
                clock.as_ref(),
                random.as_ref(),
                &master,
            ))
            .unwrap();
            let shared: Arc<dyn Store> = Arc::<Memory>::clone(&store);
            let core = now(Core::open(
                shared,
                Arc::<ManualClock>::clone(&clock),
                random,
                &master,
            ))
            .unwrap();
            let core = Arc::new(core);
            Server { store, clock, core }
        }

        fn worker(&self) -> Worker {
            let files = AttachmentFiles {
                files: Files::new(std::path::PathBuf::new(), 0),
                scanner: None,
            };
            now(Worker::open(Arc::clone(&self.core), files, None)).unwrap()
        }
    }

    fn work(worker: &Worker) -> usize {
        let queues = Queue::ALWAYS.iter();
        queues.map(|queue| now(worker.work(*queue)).unwrap()).sum()
    }

    fn next_of_all(server: &Server) -> Option<Timestamp> {
        let kinds: Vec<&str> = Queue::ALWAYS
            .iter()
            .flat_map(|queue| queue.kinds())
            .copied()
            .collect();
        now(server.store.next_job(&kinds)).unwrap()
    }

    const EACH: usize = Kind::RECURRING.len();

    // I5
    #[test]
    fn a_recurring_job_is_there_once_however_often_servers_start_and_comes_each_hour() {
        let server = Server::open();
        let (one, other) = (server.worker(), server.worker());
        assert_eq!(work(&one), EACH);
        assert_eq!(work(&other), 0);
        assert_eq!(next_of_all(&server), Some(NOON.plus(Timestamp::MINUTE)));
        server.clock.advance(Timestamp::MINUTE - 1);
        assert_eq!(work(&other), 0);
        server.clock.advance(1);
        assert_eq!(work(&other), 1);
        // All of them after an hour.
        server.clock.advance(Timestamp::HOUR);
        assert_eq!(work(&one), EACH);
    }

    // I5
    #[test]
    fn a_job_of_a_worker_that_died_is_done_by_another_once_its_lease_is_over() {
        for queue in Queue::ALWAYS {
            let server = Server::open();
            let worker = server.worker();
            // The worker leased the jobs and died.
            let leased = now(server.store.lease_jobs(queue.kinds(), NOON, NOON.plus(LEASE), 16)).unwrap();
            assert_eq!(leased.len(), queue.kinds().len());
            assert_eq!(now(worker.work(*queue)).unwrap(), 0);
            server.clock.advance(LEASE);
            assert_eq!(now(worker.work(*queue)).unwrap(), leased.len());
            // The late result of the first worker is ignored.
            assert!(!now(server.store.finish_job(leased[0].lease, None)).unwrap());
        }
    }

    // I5
    #[test]
    fn a_job_of_a_later_version_is_left_to_its_server() {
        let server = Server::open();
        let worker = server.worker();
        work(&worker);
        let job = crate::store::JobRow {
            id: JobId(uuid::Uuid::from_u128(9)),
            kind: "of_tomorrow".to_owned(),
            name: None,
            payload: "{}".to_owned(),
            due: NOON,
            repeat: crate::store::Repeat::Keep,
        };
        let append = Append {
            jobs: vec![job],
            ..Append::default()
        };
        now(server.store.append(&append)).unwrap();
        assert_eq!(work(&worker), 0);
        let tomorrow = now(server.store.lease_jobs(&["of_tomorrow"], NOON, NOON, 1)).unwrap();
        assert_eq!((tomorrow.len(), tomorrow[0].lease.attempt), (1, 1));
    }

    // I5
    #[test]
    fn every_kind_is_in_one_queue() {
        let queues = Queue::ALWAYS.iter().chain(Queue::OF_MAIL);
        let mut in_queues: Vec<&str> = queues.flat_map(|queue| queue.kinds()).copied().collect();
        let mut names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        in_queues.sort_unstable();
        names.sort_unstable();
        assert_eq!(in_queues, names);
    }

    // I5. shoryuken 253: of many jobs under one lease, the last were leased by another before their turn came.
    #[test]
    fn a_job_that_waits_behind_another_is_not_leased_yet() {
        let server = Server::open();
        let (one, other) = (server.worker(), server.worker());
        server.store.give_way(true);
        let mut hangs = std::pin::pin!(one.work(Queue::Upkeep));
        let mut context = Context::from_waker(Waker::noop());
        // As far as the lease of its first job: a read and a write, each of which waits twice.
        for _ in 0..5 {
            assert!(hangs.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(complete(other.work(Queue::Upkeep)).unwrap(), 1);
        // Neither holds back the other queue.
        assert_eq!(complete(other.work(Queue::Scanning)).unwrap(), 1);
        assert_eq!(complete(hangs).unwrap(), 1);
    }

    #[test]
    fn the_pause_after_a_failure_doubles_to_an_hour() {
        assert_eq!([0, 1, 4].map(pause), [1_000, 2_000, 16_000]);
        assert_eq!([12, 63, u32::MAX].map(pause), [LONGEST; 3]);
    }
}
