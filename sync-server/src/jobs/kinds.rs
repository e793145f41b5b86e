//! The kinds of jobs, and their work.

use conversation::Timestamp;

use super::attachments::{SCANNING, SWEEPING};
use super::attend::attend;
use super::context::{JobContext, LEASE, Next};
use super::mail::mail;
use crate::core::attention::{ATTEND, MAIL};
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
    /// Looks for the participants of a conversation to mail.
    Attend,
    /// Mails one person.
    Mail,
}

/// Jobs that wait for each other. Each queue has a task of its own, so that one that hangs holds back no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Upkeep,
    /// Waits for the virus scanner.
    Scanning,
    /// Looks at conversations for attention mail; it waits for the store alone.
    Attention,
    /// Waits for the mail server.
    Mail,
}

impl Queue {
    /// The queues of every server.
    pub(crate) const ALWAYS: &[Queue] = &[Queue::Upkeep, Queue::Scanning];
    /// Those of a server that mails.
    pub(crate) const OF_MAIL: &[Queue] = &[Queue::Attention, Queue::Mail];

    /// The name of its task.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Queue::Upkeep => "jobs of upkeep",
            Queue::Scanning => "jobs of scanning",
            Queue::Attention => "jobs of attention",
            Queue::Mail => "jobs of mail",
        }
    }

    /// The kinds of its jobs. Those of a later version are in no queue: a server of that version does them.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Queue::Upkeep => &["forget_refusals", "sweep_uploads"],
            Queue::Scanning => &["scan_files"],
            Queue::Attention => &[ATTEND],
            Queue::Mail => &[MAIL],
        }
    }
}

impl Kind {
    /// The kinds of which there is always one job.
    pub(super) const RECURRING: &[Kind] = &[Kind::ForgetRefusals, Kind::SweepUploads, Kind::ScanFiles];

    pub(super) const ALL: &[Kind] = &[
        Kind::ForgetRefusals,
        Kind::SweepUploads,
        Kind::ScanFiles,
        Kind::Attend,
        Kind::Mail,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ForgetRefusals => "forget_refusals",
            Kind::SweepUploads => "sweep_uploads",
            Kind::ScanFiles => "scan_files",
            Kind::Attend => ATTEND,
            Kind::Mail => MAIL,
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
            repeat: Repeat::Keep,
        }
    }

    pub(super) async fn run(self, context: &JobContext, job: &LeasedJob) -> Result<Next, CoreError> {
        let (core, files) = (context.core.as_ref(), &context.files);
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
            Kind::Attend => attend(context, job).await,
            Kind::Mail => match &context.outgoing {
                Some(outgoing) => mail(context, outgoing, job).await,
                None => Err(CoreError::Broken("a job of mail on a server that does not mail")),
            },
        }
    }
}
