//! The lock for changes of the cache: one at a time, and foreground work before background work.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::Clock;
use tokio::sync::{Mutex, MutexGuard};

/// How long after a turn another is to be expected, in milliseconds.
const LATELY: i64 = 1_000;

#[derive(Debug)]
pub(crate) struct Turns {
    turn: Mutex<()>,
    clock: Arc<dyn Clock>,
    /// When somebody last asked for one.
    asked_at: AtomicI64,
}

impl Turns {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Turns {
        Turns {
            turn: Mutex::new(()),
            clock,
            asked_at: AtomicI64::new(i64::MIN),
        }
    }

    /// For what someone waits for.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, ()> {
        self.asked_at.store(self.clock.elapsed(), Ordering::Relaxed);
        self.turn.lock().await
    }

    /// For what has time. It should be short while turns are [expected](Turns::are_expected).
    pub(crate) async fn lock_at_leisure(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether somebody had a turn a moment ago, so that the next one soon waits.
    pub(crate) fn are_expected(&self) -> bool {
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
    fn turns_are_expected_for_a_moment_after_one_that_somebody_waited_for() {
        let clock = Arc::new(ManualClock::new(Timestamp(1_760_000_000_000)));
        let turns = Turns::new(clock.clone());
        assert!(!turns.are_expected());
        drop(now(turns.lock_at_leisure()));
        assert!(!turns.are_expected());
        drop(now(turns.lock()));
        assert!(turns.are_expected());
        // Independent of changes to the clock.
        clock.set_forward(Timestamp::DAY);
        assert!(turns.are_expected());
        clock.advance(LATELY);
        assert!(!turns.are_expected());
    }
}
