//! The time that a runner waits by: the machine's, or one that a test moves.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, select};

pub trait Timer: Send + Sync + fmt::Debug {
    /// Since some moment.
    fn now(&self) -> Duration;
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// tokio's.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineTimer;

impl Timer for MachineTimer {
    fn now(&self) -> Duration {
        static BEGAN: LazyLock<tokio::time::Instant> = LazyLock::new(tokio::time::Instant::now);
        BEGAN.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The output of a future, or `None` if it is not ready within `time`.
pub(super) async fn within<T>(timer: &dyn Timer, time: Duration, what: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(what), timer.sleep(time)).await {
        Either::Left((came, _)) => Some(came),
        Either::Right(_) => None,
    }
}
