//! One clock for the server and all devices: it goes on only when it is told to, or with the machine's where an app in a
//! window takes part, which has no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use conversation::Timestamp;

/// Half past nine on a Tuesday morning in the Netherlands.
const BEGINNING: i64 = 1_760_427_000_000;

#[derive(Clone, Debug)]
pub struct TestClock(Time);

#[derive(Clone, Debug)]
enum Time {
    Told(Arc<AtomicI64>),
    Machine,
}

impl TestClock {
    pub(super) fn new() -> TestClock {
        TestClock(Time::Told(Arc::new(AtomicI64::new(BEGINNING))))
    }

    pub fn of_the_machine() -> TestClock {
        TestClock(Time::Machine)
    }

    /// Goes on by so many milliseconds. The machine's does so by itself.
    pub fn advance(&self, milliseconds: i64) {
        if let Time::Told(time) = &self.0 {
            time.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }

    fn read(&self) -> Timestamp {
        match &self.0 {
            Time::Told(time) => Timestamp(time.load(Ordering::SeqCst)),
            Time::Machine => client::seam::Clock::now(&client::seam::SystemClock),
        }
    }
}

impl client::seam::Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}

impl sync_server::Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}
