use std::fmt::Debug;

use conversation::Timestamp;

pub trait Clock: Send + Sync + Debug {
    /// The time that the machine shows, which may be wrong and may be set. On a device no deadline is judged by it.
    fn now(&self) -> Timestamp;

    /// Milliseconds since some moment, independent of changes to the clock; sleep counts, where the system
    /// reports it. A clock that is never set can do without.
    fn elapsed(&self) -> i64 {
        self.now().0
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp_millis())
    }

    #[cfg(unix)]
    fn elapsed(&self) -> i64 {
        use rustix::time::{ClockId, clock_gettime};
        // On each system the clock that goes on while the computer sleeps.
        #[cfg(target_os = "linux")]
        let clock = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = ClockId::Monotonic;
        let time = clock_gettime(clock);
        time.tv_sec.saturating_mul(1_000) + time.tv_nsec / 1_000_000
    }

    #[cfg(not(unix))]
    fn elapsed(&self) -> i64 {
        // Counts sleep on Windows.
        static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        let began = BEGAN.get_or_init(std::time::Instant::now);
        i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}
