//! The means of every job, and its outcome.

use std::sync::Arc;

use conversation::Timestamp;

use super::attachments::AttachmentFiles;
use crate::core::Core;
use crate::mail::Outgoing;
use crate::store::JobFailure;

/// The time a worker has for a job before another may lease it: longer than any step between two renewals takes, also by the clock
/// of a server that is a minute and a half ahead.
pub(super) const LEASE: i64 = 3 * Timestamp::MINUTE;

#[derive(Clone, Debug)]
pub(super) struct JobContext {
    pub(super) core: Arc<Core>,
    pub(super) files: AttachmentFiles,
    pub(super) outgoing: Option<Outgoing>,
}

/// The outcome of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is due again at this time.
    At(Timestamp),
    /// There is nothing left to do.
    Done,
    Failed(JobFailure),
    /// It ended its job itself.
    Ended,
    /// Another worker has it by now.
    Lost,
}
