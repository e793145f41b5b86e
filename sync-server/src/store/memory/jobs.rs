//! Jobs.

use conversation::Timestamp;

use super::Memory;
use super::tables::{Held, Job, Tables};
use crate::store::*;

impl Tables {
    pub(super) fn write_job(&mut self, row: &JobRow) {
        let same = |job: &&mut Job| row.name.is_some() && job.row.name == row.name;
        let Some(job) = self.jobs.values_mut().find(same) else {
            let job = Job {
                row: row.clone(),
                attempt: 0,
                held: Held::No,
                wanted: None,
                failures: 0,
                fault: None,
            };
            self.jobs.insert(row.id, job);
            return;
        };
        match (row.repeat, job.held) {
            (Repeat::Keep, _) => {}
            (Repeat::Sooner, Held::No) => job.row.due = job.row.due.min(row.due),
            (Repeat::Sooner, Held::Leased | Held::Failed) => {
                job.wanted = Some(job.wanted.map_or(row.due, |wanted| wanted.min(row.due)));
            }
        }
    }

    fn lease_jobs(
        &mut self,
        kinds: &[&str],
        now: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Vec<LeasedJob> {
        let is_due = |job: &&mut Job| job.row.due <= now && kinds.contains(&job.row.kind.as_str());
        let mut due: Vec<&mut Job> = self.jobs.values_mut().filter(is_due).collect();
        due.sort_by_key(|job| job.row.due);
        let leased = due.into_iter().take(most).map(|job| {
            job.attempt += 1;
            job.row.due = until;
            job.held = Held::Leased;
            // Requests of before are seen by this attempt.
            job.wanted = job.wanted.filter(|wanted| *wanted > now);
            LeasedJob {
                lease: Lease {
                    job: job.row.id,
                    attempt: job.attempt,
                },
                kind: job.row.kind.clone(),
                payload: job.row.payload.clone(),
                failures: job.failures,
            }
        });
        leased.collect()
    }

    /// The job, if this attempt holds it.
    fn held_job(&mut self, lease: Lease) -> Option<&mut Job> {
        let is_held = |job: &&mut Job| job.attempt == lease.attempt && job.held == Held::Leased;
        self.jobs.get_mut(&lease.job).filter(is_held)
    }

    pub(super) fn renew_job(&mut self, lease: Lease, until: Timestamp) -> bool {
        self.held_job(lease).map(|job| job.row.due = until).is_some()
    }

    pub(super) fn finish_job(&mut self, lease: Lease, again: Option<Timestamp>) -> bool {
        let Some(job) = self.held_job(lease) else {
            return false;
        };
        match [again, job.wanted].into_iter().flatten().min() {
            Some(due) => {
                job.row.due = due;
                (job.held, job.wanted) = (Held::No, None);
                (job.failures, job.fault) = (0, None);
            }
            None => {
                self.jobs.remove(&lease.job);
            }
        }
        true
    }

    pub(super) fn retry_job(&mut self, lease: Lease, failure: &JobFailure) -> bool {
        let held = self.held_job(lease);
        held.map(|job| {
            job.held = Held::Failed;
            job.row.due = failure.due;
            job.fault = Some(failure.fault.clone());
            job.failures += u32::from(failure.counts);
        })
        .is_some()
    }

    fn job_levels(&self, now: Timestamp) -> Vec<JobLevel> {
        let mut levels: Vec<JobLevel> = Vec::new();
        for job in self.jobs.values() {
            let due = u64::from(job.row.due <= now);
            let same = |level: &&mut JobLevel| level.kind == job.row.kind && level.fault == job.fault;
            if let Some(level) = levels.iter_mut().find(same) {
                level.jobs += 1;
                level.due += due;
                level.first = level.first.min(job.row.due);
                level.failures = level.failures.max(job.failures);
            } else {
                levels.push(JobLevel {
                    kind: job.row.kind.clone(),
                    fault: job.fault.clone(),
                    jobs: 1,
                    due,
                    first: job.row.due,
                    failures: job.failures,
                });
            }
        }
        levels.sort_by(|one, other| (&one.kind, &one.fault).cmp(&(&other.kind, &other.fault)));
        levels
    }

    fn wake_jobs(&mut self, kinds: &[&str], now: Timestamp) -> u64 {
        let waits = |job: &&mut Job| job.held == Held::Failed && kinds.contains(&job.row.kind.as_str());
        let mut woken = 0;
        for job in self.jobs.values_mut().filter(waits) {
            job.row.due = job.row.due.min(now);
            job.failures = 0;
            woken += 1;
        }
        woken
    }
}

impl JobStore for Memory {
    fn lease_jobs<'a>(
        &'a self,
        kinds: &'a [&'a str],
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> StoreFuture<'a, Vec<LeasedJob>> {
        self.answer(move |tables| tables.lease_jobs(kinds, now, until, most as usize))
    }

    fn renew_job(&self, lease: Lease, until: Timestamp) -> StoreFuture<'_, bool> {
        self.answer(move |tables| tables.renew_job(lease, until))
    }

    fn finish_job(&self, lease: Lease, again: Option<Timestamp>) -> StoreFuture<'_, bool> {
        self.answer(move |tables| tables.finish_job(lease, again))
    }

    fn retry_job<'a>(&'a self, lease: Lease, failure: &'a JobFailure) -> StoreFuture<'a, bool> {
        self.answer(move |tables| tables.retry_job(lease, failure))
    }

    fn next_job<'a>(&'a self, kinds: &'a [&'a str]) -> StoreFuture<'a, Option<Timestamp>> {
        self.answer(move |tables| {
            let jobs = tables.jobs.values().map(|job| &job.row);
            let of_kinds = jobs.filter(|row| kinds.contains(&row.kind.as_str()));
            of_kinds.map(|row| row.due).min()
        })
    }

    fn job_levels(&self, now: Timestamp) -> StoreFuture<'_, Vec<JobLevel>> {
        self.answer(move |tables| tables.job_levels(now))
    }

    fn wake_jobs<'a>(&'a self, kinds: &'a [&'a str], now: Timestamp) -> StoreFuture<'a, u64> {
        self.answer(move |tables| tables.wake_jobs(kinds, now))
    }
}
