//! One clock for the server and all devices: it advances only when a test advances it, or with the machine's
//! where an app in a window takes part, which has no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use conversation::Timestamp;
use platform::{Clock, ManualClock, SystemClock};

/// Half past nine on a Tuesday morning in the Netherlands.
const BEGINNING: i64 = 1_760_427_000_000;

#[derive(Clone, Debug)]
pub struct TestClock(Time);

#[derive(Clone, Debug)]
enum Time {
    Manual(Arc<ManualClock>),
    Machine,
}

impl TestClock {
    pub(super) fn new() -> TestClock {
        TestClock::at(Timestamp(BEGINNING))
    }

    /// Stands still at a moment until it is advanced.
    pub fn at(moment: Timestamp) -> TestClock {
        TestClock(Time::Manual(Arc::new(ManualClock::new(moment))))
    }

    pub fn of_the_machine() -> TestClock {
        TestClock(Time::Machine)
    }

    /// Goes on by so many milliseconds. The machine's does so by itself, and is not advanced: `false`.
    pub fn advance(&self, milliseconds: i64) -> bool {
        match &self.0 {
            Time::Manual(time) => {
                time.advance(milliseconds);
                true
            }
            Time::Machine => false,
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match &self.0 {
            Time::Manual(time) => time.now(),
            Time::Machine => SystemClock.now(),
        }
    }

    fn elapsed(&self) -> i64 {
        match &self.0 {
            Time::Manual(time) => time.elapsed(),
            Time::Machine => SystemClock.elapsed(),
        }
    }
}

/// The clock of a device: time goes on as it does, and what it shows is off by what somebody or something set it.
#[derive(Clone, Debug)]
pub struct DeviceClock {
    pub(super) time: TestClock,
    ahead: Arc<AtomicI64>,
}

impl DeviceClock {
    pub(crate) fn new(time: TestClock, ahead: i64) -> DeviceClock {
        DeviceClock {
            time,
            ahead: Arc::new(AtomicI64::new(ahead)),
        }
    }

    /// From now on it is ahead by so many milliseconds, or behind.
    pub fn set_ahead(&self, milliseconds: i64) {
        self.ahead.store(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for DeviceClock {
    fn now(&self) -> Timestamp {
        self.time.now().plus(self.ahead.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> i64 {
        self.time.elapsed()
    }
}
