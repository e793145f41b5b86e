//! Pauses between attempts.

use std::time::Duration;

use platform::Random;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// A pause that doubles, drawn by lot between half of it and the whole, so that five thousand devices that lost their
/// server do not return at once.
#[derive(Debug)]
pub(crate) struct Pause(Duration);

impl Pause {
    pub(crate) fn new() -> Pause {
        Pause(FIRST)
    }

    pub(crate) fn next(&mut self, random: &dyn Random) -> Duration {
        let whole = self.0;
        self.0 = (whole * 2).min(LONGEST);
        drawn(whole, random)
    }
}

/// Between half of it and the whole.
pub(crate) fn drawn(whole: Duration, random: &dyn Random) -> Duration {
    let mut lot = [0; 2];
    random.fill(&mut lot);
    whole / 2 + whole / 2 * u32::from(u16::from_be_bytes(lot)) / u32::from(u16::MAX)
}
