//! The kinds of jobs, and their work.

use conversation::Timestamp;

use super::attachments::{AttachmentFiles, SCANNING, SWEEPING};
use crate::core::{Core, CoreError, REMEMBERED_FOR};
use crate::store::{JobId, JobRow};

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

/// The outcome of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is due again at this time.
    At(Timestamp),
}

impl Kind {
    pub(super) const ALL: &[Kind] = &[Kind::ForgetRefusals, Kind::SweepUploads, Kind::ScanFiles];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ForgetRefusals => "forget_refusals",
            Kind::SweepUploads => "sweep_uploads",
            Kind::ScanFiles => "scan_files",
        }
    }

    pub(super) fn of(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The job of a recurring kind; there is exactly one, created at the first start.
    pub(super) fn recurring(self, id: JobId, now: Timestamp) -> JobRow {
        JobRow {
            id,
            kind: self.name().to_owned(),
            name: Some(self.name().to_owned()),
            payload: "{}".to_owned(),
            due: now,
        }
    }

    pub(super) async fn run(self, core: &Core, files: &AttachmentFiles) -> Result<Next, CoreError> {
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
                files.scan_waiting(core).await?;
                Ok(Next::At(now.plus(SCANNING)))
            }
        }
    }
}
