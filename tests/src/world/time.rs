//! One clock for the server and all devices, that goes on only when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use conversation::Timestamp;

/// Half past nine on a Tuesday morning in the Netherlands.
const BEGINNING: i64 = 1_760_427_000_000;

#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(super) fn new() -> TestClock {
        TestClock(Arc::new(AtomicI64::new(BEGINNING)))
    }

    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn read(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
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
