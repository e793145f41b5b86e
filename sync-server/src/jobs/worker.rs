//! Leases due jobs and runs them.

use std::sync::Arc;
use std::time::Duration;

use conversation::Timestamp;

use super::attachments::AttachmentFiles;
use super::kinds::{Kind, Next};
use crate::core::{Core, CoreError};
use crate::store::{Append, JobId, LeasedJob, StoreError};

/// The time a worker has for a job before another may lease it.
const LEASE: i64 = 2 * Timestamp::MINUTE;
/// Maximum number of jobs in one lease.
const MOST: u32 = 16;
/// The longest interval between looks at the store, where another server may have added a job.
const LOOK: Duration = Duration::from_secs(5);
/// The first and the longest pause after a failure.
const PAUSE: i64 = Timestamp::SECOND;
const LONGEST: i64 = Timestamp::HOUR;

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    core: Arc<Core>,
    files: AttachmentFiles,
}

impl Worker {
    /// Opens a worker; adds the recurring jobs that the store lacks.
    pub(crate) async fn open(core: Arc<Core>, files: AttachmentFiles) -> Result<Worker, CoreError> {
        let now = core.now();
        let id = || JobId(platform::id(core.random.as_ref(), now));
        let append = Append {
            jobs: Kind::ALL.iter().map(|kind| kind.recurring(id(), now)).collect(),
            ..Append::default()
        };
        core.store.append(&append).await?;
        Ok(Worker { core, files })
    }

    /// Runs until dropped; returns `true` if the store failed and the worker should be restarted.
    pub(crate) async fn run(self) -> bool {
        loop {
            match self.work().await {
                // A full lease: more jobs may be due.
                Ok(done) if done == MOST as usize => {}
                Ok(_) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::error!(%error, "jobs could not be had");
                    return true;
                }
            }
        }
    }

    /// Runs the jobs that are due now; returns their number.
    pub(crate) async fn work(&self) -> Result<usize, StoreError> {
        let now = self.core.now();
        // A read first, because taking a lease is a write.
        if self.core.store.next_job().await?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let leased = self.core.store.lease_jobs(now, now.plus(LEASE), MOST).await?;
        let count = leased.len();
        for job in leased {
            self.job(job).await?;
        }
        Ok(count)
    }

    async fn job(&self, job: LeasedJob) -> Result<(), StoreError> {
        let LeasedJob { id, attempt, .. } = job;
        let store = &self.core.store;
        let Some(kind) = Kind::of(&job.kind) else {
            // A kind of a later version is left to a server of that version.
            store
                .retry_job(id, attempt, self.core.now().plus(LONGEST))
                .await?;
            return Ok(());
        };
        let held = match kind.run(&self.core, &self.files).await {
            Ok(Next::At(again)) => store.finish_job(id, attempt, Some(again)).await?,
            Err(error) => {
                let name = kind.name();
                tracing::error!(%error, name, attempt, "a job failed, and is tried again");
                store
                    .retry_job(id, attempt, self.core.now().plus(pause(attempt)))
                    .await?
            }
        };
        if !held {
            tracing::warn!(name = kind.name(), "a job took longer than its lease");
        }
        Ok(())
    }
}

/// The pause after the given number of attempts.
fn pause(attempt: u32) -> i64 {
    let doublings = attempt.saturating_sub(1).min(12);
    (PAUSE << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;

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
            now(Worker::open(Arc::clone(&self.core), files)).unwrap()
        }
    }

    // I5
    #[test]
    fn a_recurring_job_is_there_once_however_often_servers_start_and_comes_each_hour() {
        let server = Server::open();
        let (one, other) = (server.worker(), server.worker());
        assert_eq!(now(one.work()).unwrap(), Kind::ALL.len());
        assert_eq!(now(other.work()).unwrap(), 0);
        assert_eq!(
            now(server.store.next_job()).unwrap(),
            Some(NOON.plus(Timestamp::MINUTE))
        );
        server.clock.advance(Timestamp::MINUTE - 1);
        assert_eq!(now(other.work()).unwrap(), 0);
        server.clock.advance(1);
        assert_eq!(now(other.work()).unwrap(), 1);
        // All of them after an hour.
        server.clock.advance(Timestamp::HOUR);
        assert_eq!(now(one.work()).unwrap(), Kind::ALL.len());
    }

    // I5
    #[test]
    fn a_job_of_a_worker_that_died_is_done_by_another_once_its_lease_is_over() {
        let server = Server::open();
        let worker = server.worker();
        // The worker leased the job and died.
        let leased = now(server.store.lease_jobs(NOON, NOON.plus(LEASE), MOST)).unwrap();
        assert_eq!(leased.len(), Kind::ALL.len());
        assert_eq!(now(worker.work()).unwrap(), 0);
        server.clock.advance(LEASE);
        assert_eq!(now(worker.work()).unwrap(), Kind::ALL.len());
        // The late result of the first worker is ignored.
        assert!(!now(server.store.finish_job(leased[0].id, 1, None)).unwrap());
    }

    // I5
    #[test]
    fn a_job_of_a_later_version_is_left_to_its_server() {
        let server = Server::open();
        let worker = server.worker();
        now(worker.work()).unwrap();
        let job = crate::store::JobRow {
            id: JobId(uuid::Uuid::from_u128(9)),
            kind: "of_tomorrow".to_owned(),
            name: None,
            payload: "{}".to_owned(),
            due: NOON,
        };
        let append = Append {
            jobs: vec![job],
            ..Append::default()
        };
        now(server.store.append(&append)).unwrap();
        assert_eq!(now(worker.work()).unwrap(), 1);
        assert_eq!(now(worker.work()).unwrap(), 0);
        server.clock.advance(LONGEST);
        let leased = now(server.store.lease_jobs(server.core.now(), NOON, MOST)).unwrap();
        assert!(
            leased
                .iter()
                .any(|job| job.kind == "of_tomorrow" && job.attempt == 2)
        );
    }

    #[test]
    fn the_pause_after_a_failure_doubles_to_an_hour() {
        assert_eq!([1, 2, 5].map(pause), [1_000, 2_000, 16_000]);
        assert_eq!([13, 64, u32::MAX].map(pause), [LONGEST; 3]);
    }
}
