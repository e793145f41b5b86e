use std::sync::atomic::{AtomicI64, Ordering};

use conversation::Timestamp;

use crate::Clock;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    elapsed: AtomicI64,
    /// The time shown, less the time elapsed.
    set: AtomicI64,
}

impl ManualClock {
    pub fn new(now: Timestamp) -> ManualClock {
        ManualClock {
            elapsed: AtomicI64::new(0),
            set: AtomicI64::new(now.0),
        }
    }

    /// Time goes on.
    pub fn advance(&self, milliseconds: i64) {
        self.elapsed.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// The clock is set to a time, and no time goes on.
    pub fn set(&self, now: Timestamp) {
        let set = now.0 - self.elapsed.load(Ordering::SeqCst);
        self.set.store(set, Ordering::SeqCst);
    }

    /// The clock is set forward or back, and no time goes on.
    pub fn set_forward(&self, milliseconds: i64) {
        self.set.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.set.load(Ordering::SeqCst) + self.elapsed.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> i64 {
        self.elapsed.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_measures_spans_by_the_time_that_went_on() {
        let clock = ManualClock::new(Timestamp(1_000));
        clock.advance(50);
        clock.set_forward(-300);
        assert_eq!((clock.now(), clock.elapsed()), (Timestamp(750), 50));
        clock.set(Timestamp(9_000));
        clock.advance(1);
        assert_eq!((clock.now(), clock.elapsed()), (Timestamp(9_001), 51));
    }
}
