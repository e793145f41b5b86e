//! The kinds of jobs, and their work.

use conversation::Timestamp;

use crate::core::{Core, REMEMBERED_FOR};
use crate::store::{JobId, JobRow, StoreError};

/// Remembered refusals are looked through this often.
const FORGETTING: i64 = Timestamp::HOUR;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Forgets refusals that are older than they are remembered, each hour.
    ForgetRefusals,
}

/// What becomes of a job whose work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is due again.
    At(Timestamp),
}

impl Kind {
    pub(super) const ALL: &[Kind] = &[Kind::ForgetRefusals];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ForgetRefusals => "forget_refusals",
        }
    }

    pub(super) fn of(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The job of a kind that comes by itself: there is one of it, from the first start on.
    pub(super) fn recurring(self, id: JobId, now: Timestamp) -> JobRow {
        JobRow {
            id,
            kind: self.name().to_owned(),
            name: Some(self.name().to_owned()),
            payload: "{}".to_owned(),
            due: now,
        }
    }

    pub(super) async fn run(self, core: &Core) -> Result<Next, StoreError> {
        let now = core.now();
        match self {
            Kind::ForgetRefusals => {
                let forgotten = core.store.forget_refusals(now.plus(-REMEMBERED_FOR)).await?;
                if forgotten > 0 {
                    tracing::info!(forgotten, "old refusals were forgotten");
                }
                Ok(Next::At(now.plus(FORGETTING)))
            }
        }
    }
}
