//! Exponential backoff with jitter between attempts.

use std::time::Duration;

use platform::Random;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// A delay that doubles with each attempt. Jitter keeps five thousand devices that lost their server from returning at
/// once.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Backoff {
        Backoff(FIRST)
    }

    pub(crate) fn next(&mut self, random: &dyn Random) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(LONGEST);
        with_jitter(delay, random)
    }
}

/// A random delay between half of the given one and all of it.
pub(crate) fn with_jitter(delay: Duration, random: &dyn Random) -> Duration {
    let mut drawn = [0; 2];
    random.fill(&mut drawn);
    delay / 2 + delay / 2 * u32::from(u16::from_be_bytes(drawn)) / u32::from(u16::MAX)
}
