//! The lock for changes of the cache: one at a time, and foreground work before background work.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::Clock;
use tokio::sync::{Mutex, MutexGuard};

/// How long after foreground work more of it is to be expected, in milliseconds.
const LATELY: i64 = 1_000;

#[derive(Debug)]
pub(crate) struct WriteLock {
    lock: Mutex<()>,
    clock: Arc<dyn Clock>,
    /// When foreground work last asked for it.
    asked_at: AtomicI64,
}

impl WriteLock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> WriteLock {
        WriteLock {
            lock: Mutex::new(()),
            clock,
            asked_at: AtomicI64::new(i64::MIN),
        }
    }

    /// For foreground work: the user waits for it.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, ()> {
        self.asked_at.store(self.clock.elapsed(), Ordering::Relaxed);
        self.lock.lock().await
    }

    /// For background work, which should be short while [more foreground work is expected](WriteLock::is_foreground_expected).
    pub(crate) async fn lock_in_background(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().await
    }

    /// Whether foreground work asked a moment ago, so that the next one will soon wait.
    pub(crate) fn is_foreground_expected(&self) -> bool {
        let asked_at = self.asked_at.load(Ordering::Relaxed);
        asked_at != i64::MIN && self.clock.elapsed().saturating_sub(asked_at) < LATELY
    }
}

#[cfg(test)]
mod tests {
    use conversation::Timestamp;
    use platform::ManualClock;

    use super::*;
    use crate::testing::now;

    #[test]
    fn foreground_work_is_expected_for_a_moment_after_it_asked() {
        let clock = Arc::new(ManualClock::new(Timestamp(1_760_000_000_000)));
        let lock = WriteLock::new(clock.clone());
        assert!(!lock.is_foreground_expected());
        drop(now(lock.lock_in_background()));
        assert!(!lock.is_foreground_expected());
        drop(now(lock.lock()));
        assert!(lock.is_foreground_expected());
        // Independent of changes to the clock.
        clock.set_forward(Timestamp::DAY);
        assert!(lock.is_foreground_expected());
        clock.advance(LATELY);
        assert!(!lock.is_foreground_expected());
    }
}
