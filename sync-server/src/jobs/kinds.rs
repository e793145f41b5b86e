//! The kinds of jobs, and their work.

use conversation::Timestamp;

use super::attachments::{SCANNING, SWEEPING};
use super::worker::{LEASE, Worker};
use crate::core::{CoreError, REMEMBERED_FOR};
use crate::store::{JobId, JobRow, LeasedJob, Repeat};

/// The interval of forgetting refusals.
const FORGETTING: i64 = Timestamp::HOUR;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every hour, deletes refusals that are older than the time they are remembered.
    ForgetRefusals,
    /// Every hour, deletes uploads that no message named in time.
    SweepUploads,
    /// Every minute, scans files that the scanner did not answer for.
    ScanFiles,
}

/// Jobs that wait for each other. Each lane has a task of its own, so that one that hangs holds back no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Upkeep,
    /// Waits for the virus scanner.
    Scanning,
}

/// The outcome of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is due again at this time.
    At(Timestamp),
    /// Another worker has it by now.
    Lost,
}

impl Lane {
    pub(crate) const ALL: &[Lane] = &[Lane::Upkeep, Lane::Scanning];

    /// The name of its task.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Lane::Upkeep => "jobs of upkeep",
            Lane::Scanning => "jobs of scanning",
        }
    }

    /// The kinds of its jobs. Those of a later version are in no lane: a server of that version does them.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Lane::Upkeep => &["forget_refusals", "sweep_uploads"],
            Lane::Scanning => &["scan_files"],
        }
    }
}

impl Kind {
    /// The kinds of which there is always one job.
    pub(super) const RECURRING: &[Kind] = &[Kind::ForgetRefusals, Kind::SweepUploads, Kind::ScanFiles];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ForgetRefusals => "forget_refusals",
            Kind::SweepUploads => "sweep_uploads",
            Kind::ScanFiles => "scan_files",
        }
    }

    pub(super) fn of(name: &str) -> Option<Kind> {
        Kind::RECURRING.iter().copied().find(|kind| kind.name() == name)
    }

    /// The job of a recurring kind; there is exactly one, created at the first start.
    pub(super) fn recurring(self, id: JobId, now: Timestamp) -> JobRow {
        JobRow {
            id,
            kind: self.name().to_owned(),
            name: Some(self.name().to_owned()),
            payload: "{}".to_owned(),
            due: now,
            repeat: Repeat::Keep,
        }
    }

    pub(super) async fn run(self, worker: &Worker, job: &LeasedJob) -> Result<Next, CoreError> {
        let (core, files) = (worker.core.as_ref(), &worker.files);
        let now = core.now();
        match self {
            Kind::ForgetRefusals => {
                let forgotten = core.store.forget_refusals(now.plus(-REMEMBERED_FOR)).await?;
                if forgotten > 0 {
                    tracing::info!(forgotten, "old refusals were forgotten");
                }
                Ok(Next::At(now.plus(FORGETTING)))
            }
            Kind::SweepUploads => {
                let swept = files.sweep_uploads(core).await?;
                if swept > 0 {
                    tracing::info!(swept, "uploads that no message named were deleted");
                }
                Ok(Next::At(now.plus(SWEEPING)))
            }
            Kind::ScanFiles => {
                while files.scan_next(core).await? {
                    // A file of two gigabytes takes a scanner a while.
                    if !core.store.renew_job(job.lease, core.now().plus(LEASE)).await? {
                        return Ok(Next::Lost);
                    }
                }
                Ok(Next::At(now.plus(SCANNING)))
            }
        }
    }
}
