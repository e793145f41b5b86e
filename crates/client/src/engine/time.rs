//! The server's time, by which every deadline is judged (M3, M7, U3). The device's clock measures spans only: it may
//! be years off, and may be set at any moment.
//!
//! ```text
//!   known: the server's time at some moment, and what this device had counted then
//!   now  = the server's time then + what was counted since
//! ```
//!
//! The elapsed time goes on while the clock is set and while the computer sleeps ([`Clock::elapsed`]); it
//! does not survive a restart of the computer. For a start the cache keeps the server's time beside the
//! clock's at one moment: the clock's progress since then is taken for the time that passed, but it is a
//! *guess* until the server is heard, since the clock may have been set meanwhile. A decision that would rest
//! on a guess asks the server first, if it can be reached ([`Engine::access`]); times written under a guess
//! are corrected as soon as the error is known ([`ServerTime::error`]).
//!
//! A time from the server is the moment at which it sent it, so it is never later than now; in an answer, it
//! is no earlier than the question. A frame of a stream may be arbitrarily old: a proxy held it, or the
//! computer slept.
//!
//! [`Engine::access`]: super::Engine::access

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::Timestamp;
use platform::Clock;
use serde::{Deserialize, Serialize};

/// The server's time and the clock's at one moment, as the cache keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    server: Timestamp,
    clock: Timestamp,
    /// The order in the outbox from which times are guesses; `None` if the server had been heard.
    pub(crate) guessed_from: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct ServerTime {
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    server: Timestamp,
    counted: i64,
    /// Whether the server was heard since this began to count.
    heard: bool,
    /// By how much what was guessed was wrong, once it is known and until it was put right.
    error: Option<i64>,
}

impl ServerTime {
    /// By what the cache keeps of an earlier time; without that, by the clock.
    pub(crate) fn begin(clock: Arc<dyn Clock>, kept: Option<Kept>) -> ServerTime {
        let now = clock.now();
        let server = match kept {
            // A clock that went back says nothing of how long it was.
            Some(kept) => kept.server.plus(now.since(kept.clock).max(0)),
            None => now,
        };
        let known = Known {
            server,
            counted: clock.elapsed(),
            heard: false,
            error: None,
        };
        ServerTime {
            clock,
            known: Mutex::new(known),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.known().at(self.clock.elapsed())
    }

    /// The device's elapsed time, to measure how long an answer takes.
    pub(crate) fn counted(&self) -> i64 {
        self.clock.elapsed()
    }

    /// Whether the server was heard since the start.
    pub(crate) fn is_heard(&self) -> bool {
        self.known().heard
    }

    /// The server said in a stream what time it was.
    pub(crate) fn hear(&self, server: Timestamp) {
        self.hear_within(server, i64::MAX);
    }

    /// The server said what time it was in the answer to what was asked when so much was [counted](Self::counted).
    pub(crate) fn hear_answer(&self, server: Timestamp, asked: i64) {
        let took = self.clock.elapsed().saturating_sub(asked);
        self.hear_within(server, took.max(0));
    }

    fn hear_within(&self, server: Timestamp, within: i64) {
        let counted = self.clock.elapsed();
        let mut known = self.known();
        let believed = known.at(counted);
        known.server = if known.heard {
            believed.clamp(server, server.plus(within))
        } else {
            known.error = Some(server.since(believed));
            server
        };
        known.counted = counted;
        known.heard = true;
    }

    /// By how much, in milliseconds, moments that were guessed are to be put later, until they [are](Self::put_right).
    pub(crate) fn error(&self) -> Option<i64> {
        self.known().error
    }

    pub(crate) fn put_right(&self) {
        self.known().error = None;
    }

    /// The cache's record of this moment; if the time is a guess, commands from `guessed_from` on carry a
    /// guessed time.
    pub(crate) fn kept(&self, guessed_from: u64) -> Kept {
        Kept {
            server: self.now(),
            clock: self.clock.now(),
            guessed_from: (!self.is_heard()).then_some(guessed_from),
        }
    }

    /// How far the device's clock is ahead of the server's, in milliseconds; negative where it is behind.
    pub(crate) fn clock_ahead(&self) -> i64 {
        self.clock.now().since(self.now())
    }
}

impl Known {
    fn at(&self, counted: i64) -> Timestamp {
        // Elapsed time never goes back; should it do so, time stands still.
        self.server.plus(counted.saturating_sub(self.counted).max(0))
    }
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
