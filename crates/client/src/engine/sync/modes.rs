//! Modes of following the server.
//!
//! ```text
//!   stream ──held──► long polls ──held──► polls that are answered at once
//!      ▲                 │                    │
//!      └──────after a while, which doubles────┘
//! ```
//!
//! A proxy may hold back an answer until it has all of it, or enough of it, or for ever; its head as well as its body. So
//! a mode is *held* where nothing came for [`SILENCE`] from the asking on, where it failed only after [`HELD`] (a proxy
//! that gives up waiting), where what came had been sent [`LATE`] before, and where streams end as soon as they have said
//! what there was. The stream is tried again ever more seldom: each time costs up to [`SILENCE`] in which nothing arrives.

use std::time::Duration;

use protocol::sync::Mode;

/// Silence after which a mode is given up, from the asking on: two heartbeats and a little.
pub const SILENCE: Duration = Duration::from_secs(45);
/// Longer than a connection takes: what fails after it was accepted and kept.
pub(super) const HELD: Duration = Duration::from_secs(15);
/// How long a heartbeat may have been on its way, in milliseconds.
pub(super) const LATE: i64 = 10_000;
/// Between two polls that are answered at once.
pub(super) const BETWEEN_POLLS: Duration = Duration::from_secs(8);
/// Until the stream is tried again, at first and at most.
const AGAIN: Duration = Duration::from_secs(8 * 60);
pub const LONGEST_AGAIN: Duration = Duration::from_secs(2 * 60 * 60);
/// A stream that lasts so long is not held.
const LASTING: Duration = Duration::from_secs(120);
/// A stream that ends sooner is cut by something in between, if that happens so often in a row.
const SHORT: Duration = Duration::from_secs(5);
const MOST_SHORT: u32 = 8;

#[derive(Debug)]
pub(super) struct Modes {
    mode: Mode,
    /// When the stream is tried again, as the timer counts.
    stream_at: Duration,
    again: Duration,
    /// Streams in a row that were short.
    short: u32,
}

impl Modes {
    pub(super) fn new(now: Duration) -> Modes {
        Modes {
            mode: Mode::Stream,
            stream_at: now,
            again: AGAIN,
            short: 0,
        }
    }

    pub(super) fn next(&mut self, now: Duration) -> Mode {
        if self.mode != Mode::Stream && now >= self.stream_at {
            self.mode = Mode::Stream;
        }
        self.mode
    }

    pub(super) fn was_held(&mut self, mode: Mode, now: Duration) {
        if mode == Mode::Stream {
            self.stream_at = now + self.again;
            self.again = (self.again * 2).min(LONGEST_AGAIN);
            self.short = 0;
        }
        self.mode = match mode {
            Mode::Stream => Mode::Wait,
            Mode::Wait | Mode::Once => Mode::Once,
        };
    }

    /// The server could not be reached at all: what ended before ended by that.
    pub(super) fn was_cut(&mut self) {
        self.short = 0;
    }

    /// All that there was came in this mode, and it lasted so long.
    pub(super) fn went_well(&mut self, mode: Mode, lasted: Duration, now: Duration) {
        if mode != Mode::Stream {
            return;
        }
        if lasted >= LASTING {
            self.again = AGAIN;
        }
        self.short = if lasted < SHORT { self.short + 1 } else { 0 };
        if self.short >= MOST_SHORT {
            self.was_held(mode, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    // F3
    #[test]
    fn a_device_that_is_held_back_goes_to_the_next_mode_and_tries_the_stream_ever_later() {
        let mut now = seconds(0);
        let mut modes = Modes::new(now);
        assert_eq!(modes.next(now), Mode::Stream);
        modes.was_held(Mode::Stream, now);
        assert_eq!(modes.next(now), Mode::Wait);
        modes.was_held(Mode::Wait, now);
        assert_eq!(modes.next(now), Mode::Once);
        // However often that fails, there is no other mode.
        modes.was_held(Mode::Once, now);
        assert_eq!(modes.next(now), Mode::Once);
        for minutes in [8, 16, 32, 64, 120, 120] {
            assert_ne!(modes.next(now + seconds(minutes * 60 - 1)), Mode::Stream);
            now += seconds(minutes * 60);
            assert_eq!(modes.next(now), Mode::Stream, "{minutes}");
            modes.was_held(Mode::Stream, now);
        }
    }

    // F3
    #[test]
    fn a_stream_that_lasts_is_trusted_again() {
        let mut now = seconds(0);
        let mut modes = Modes::new(now);
        for _ in 0..3 {
            modes.was_held(Mode::Stream, now);
            now += LONGEST_AGAIN;
            modes.next(now);
        }
        modes.went_well(Mode::Stream, LASTING, now);
        modes.was_held(Mode::Stream, now);
        assert_eq!(modes.next(now + AGAIN), Mode::Stream);
    }

    // F3
    #[test]
    fn streams_that_are_cut_as_soon_as_they_have_begun_are_held() {
        let now = seconds(0);
        let mut modes = Modes::new(now);
        let mut end = |times| {
            for _ in 0..times {
                modes.went_well(Mode::Stream, seconds(1), now);
            }
            modes.next(now)
        };
        assert_eq!(end(7), Mode::Stream);
        assert_eq!(end(1), Mode::Wait);
        let mut modes = Modes::new(now);
        for lasted in [1, 1, 1, 1, 1, 1, 1, 60, 1, 1] {
            modes.went_well(Mode::Stream, seconds(lasted), now);
            assert_eq!(modes.next(now), Mode::Stream);
        }
        // Without a connection streams end, too.
        modes.was_cut();
        for _ in 0..7 {
            modes.went_well(Mode::Stream, seconds(1), now);
        }
        assert_eq!(modes.next(now), Mode::Stream);
        modes.went_well(Mode::Stream, seconds(1), now);
        assert_eq!(modes.next(now), Mode::Wait);
    }
}
