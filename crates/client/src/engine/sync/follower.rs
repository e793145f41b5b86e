//! The decisions of following the server, without input or output.
//!
//! ```text
//!                  Asked            Applied, of Current
//!   Due ──► Open ────────► Listen ─────────────────────► Listen, with nothing left to catch up with
//!            │                │                              │
//!            └────────────────┴── Silent, Ended, Failed ─────┴──► Wait, or Open in another mode
//!                             SignedOut ──► AwaitSignIn
//! ```
//!
//! [`Follower::on`] returns the actions to carry out, and receives their outcome as the next event. The
//! [runner](crate::runner) carries them out over the network, and the simulation between an engine and a
//! server of its own: both by the same decisions. Time is handed in, as the duration since some moment.

use std::sync::Arc;
use std::time::Duration;

use conversation::Timestamp;
use platform::Random;
use protocol::error::ErrorCode;
use protocol::sync::{Frame, Mode};

use super::SyncError;
use super::frame_batch::FrameBatch;
use super::modes::{BETWEEN_POLLS, HELD, LATE, Modes};
use crate::cache::CacheError;
use crate::engine::Engine;
use crate::engine::backoff::{Backoff, with_jitter};
use crate::model::Connection;
use crate::ports::Failure;

/// Heartbeats in a row that were late, after which a stream is held back.
const LATE_BEATS: u32 = 2;
/// Until a full disk is tried again: people who make room do not wait long.
const NO_ROOM: Duration = Duration::from_secs(10);
/// Until a server is asked again that only time or people can change.
const REFUSED: Duration = Duration::from_secs(300);
/// A long poll that is answered sooner was answered at once.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Long polls in a row that were answered at once, after which the next one waits, at first half a second and then ever longer: whatever
/// makes a server answer so each time, it is not asked in a circle, and people who write fast are hardly kept waiting.
const SHORT_POLLS: u32 = 3;
const AFTER_SHORT_POLLS: Duration = Duration::from_millis(500);
/// The longest pause that a server may ask for.
const LONGEST_RETRY_AFTER: u64 = 300;

/// An event that the follower reacts to.
#[derive(Debug)]
pub enum Event {
    /// It begins, or the pause is over.
    Due,
    /// Somebody signed in or out, or other conversations are to be followed.
    Woken,
    /// The request went out.
    Asked,
    /// Frames were applied to the cache.
    Applied(Heard),
    NotApplied(SyncError),
    /// Nothing came for [`SILENCE`](super::modes::SILENCE).
    Silent,
    /// The stream or poll came to its end.
    Ended,
    Failed(Failure),
    /// Nobody is signed in, or the session is over.
    SignedOut,
    /// The cache could not be read before anything was asked.
    CacheFailed(CacheError),
}

/// The properties of frames that decide the next action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    hello: bool,
    current: bool,
    /// Whether a heartbeat came late.
    late: Option<bool>,
}

impl Heard {
    fn of(batch: &FrameBatch, now: Timestamp) -> Heard {
        // A batch ends with any of these.
        let last = batch.last();
        Heard {
            hello: matches!(last, Some(Frame::Hello { .. })),
            current: matches!(last, Some(Frame::Current { .. })),
            late: match last {
                Some(Frame::Heartbeat { at }) => Some(now.since(*at) > LATE),
                _ => None,
            },
        }
    }
}

impl Engine {
    /// The properties, relevant to a follower, of frames that are about to be applied.
    pub fn heard(&self, batch: &FrameBatch) -> Heard {
        Heard::of(batch, self.now())
    }
}

/// The actions to carry out: all but `next` at once, and without waiting for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Actions {
    /// To the screen.
    pub report: Option<Connection>,
    /// Notify the engine that the server was restored.
    pub restored: bool,
    /// The outbox is sent.
    pub send: bool,
    /// The server is asked who reads along; in polls only where somebody looks.
    pub watch: bool,
    /// Fetch the history that the stream left out.
    pub fetch: bool,
    pub next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask the server, in this mode.
    Open(Mode),
    /// Receive frames; without one for [`SILENCE`](super::modes::SILENCE) the next event is
    /// [`Event::Silent`].
    Listen,
    /// Hang up, and be [`Event::Due`] after this.
    Wait(Duration),
    /// Hang up, until somebody signs in.
    AwaitSignIn,
}

impl From<Next> for Actions {
    fn from(next: Next) -> Actions {
        Actions {
            report: None,
            restored: false,
            send: false,
            watch: false,
            fetch: false,
            next,
        }
    }
}

impl Actions {
    fn report(connection: Connection, next: Next) -> Actions {
        Actions {
            report: Some(connection),
            ..Actions::from(next)
        }
    }
}

/// From a request to its end.
#[derive(Debug)]
struct Round {
    mode: Mode,
    /// When the server was asked; `None` where it did not come to that.
    asked: Option<Duration>,
    /// All that there was came.
    current: bool,
    late: u32,
}

#[derive(Debug)]
pub struct Follower {
    modes: Modes,
    backoff: Backoff,
    /// Long polls in a row that were short.
    short_polls: u32,
    random: Arc<dyn Random>,
    round: Round,
}

impl Follower {
    pub fn new(now: Duration, random: Arc<dyn Random>) -> Follower {
        Follower {
            modes: Modes::new(now),
            backoff: Backoff::new(),
            short_polls: 0,
            random,
            round: Round::of(Mode::Stream),
        }
    }

    /// The mode of this round.
    pub fn mode(&self) -> Mode {
        self.round.mode
    }

    pub fn on(&mut self, now: Duration, event: Event) -> Actions {
        match event {
            Event::Due => self.open(now),
            Event::Woken => {
                self.backoff = Backoff::new();
                self.open(now)
            }
            Event::Asked => {
                self.round.asked = Some(now);
                Next::Listen.into()
            }
            Event::Applied(heard) => self.applied(now, heard),
            Event::NotApplied(error) => self.not_applied(error),
            Event::Silent => self.held(now),
            Event::Ended => self.ended(now),
            Event::Failed(failure) => self.failed(now, failure),
            Event::SignedOut => Actions::report(Connection::Offline, Next::AwaitSignIn),
            Event::CacheFailed(error) => self.cache_failed(&error),
        }
    }

    fn open(&mut self, now: Duration) -> Actions {
        self.round = Round::of(self.modes.next(now));
        Next::Open(self.round.mode).into()
    }

    fn applied(&mut self, now: Duration, heard: Heard) -> Actions {
        if heard.current {
            self.round.current = true;
            // Not sooner: what begins and breaks off each time is not to be asked for at once each time.
            self.backoff = Backoff::new();
        }
        self.round.late = match heard.late {
            Some(true) => self.round.late + 1,
            Some(false) => 0,
            None => self.round.late,
        };
        if self.round.late >= LATE_BEATS {
            return self.held(now);
        }
        Actions {
            send: heard.hello,
            watch: heard.hello,
            fetch: heard.current,
            ..Next::Listen.into()
        }
    }

    fn not_applied(&mut self, error: SyncError) -> Actions {
        match error {
            SyncError::Restored => refused(ErrorCode::Restored),
            SyncError::UpdateNeeded => refused(ErrorCode::UpdateNeeded),
            SyncError::OutOfStep => self.wait().into(),
            SyncError::Cache(error) => self.cache_failed(&error),
        }
    }

    fn cache_failed(&mut self, error: &CacheError) -> Actions {
        match error {
            CacheError::DiskFull => Next::Wait(NO_ROOM).into(),
            _ => self.wait().into(),
        }
    }

    /// Something between holds back what is said.
    fn held(&mut self, now: Duration) -> Actions {
        self.modes.was_held(self.round.mode, now);
        Actions {
            report: Some(Connection::Connecting),
            ..self.open(now)
        }
    }

    fn ended(&mut self, now: Duration) -> Actions {
        if !self.round.current {
            return self.failed(now, Failure::Unreachable);
        }
        self.went_well(now);
        let short = self.lasted(now).is_none_or(|lasted| lasted < AT_ONCE);
        self.short_polls = match self.round.mode {
            Mode::Wait if short => self.short_polls + 1,
            _ => 0,
        };
        let pause = match self.short_polls.checked_sub(SHORT_POLLS) {
            _ if self.round.mode == Mode::Once => BETWEEN_POLLS,
            None | Some(0) => return self.open(now),
            Some(more) => (AFTER_SHORT_POLLS * (1 << more.min(5)) / 2).min(BETWEEN_POLLS),
        };
        Next::Wait(with_jitter(pause, self.random.as_ref())).into()
    }

    fn went_well(&mut self, now: Duration) {
        let lasted = self.lasted(now).unwrap_or_default();
        self.modes.went_well(self.round.mode, lasted, now);
    }

    fn lasted(&self, now: Duration) -> Option<Duration> {
        self.round.asked.map(|asked| now.saturating_sub(asked))
    }

    fn failed(&mut self, now: Duration, failure: Failure) -> Actions {
        let connection = match failure {
            Failure::Server {
                code: code @ (ErrorCode::Restored | ErrorCode::UpdateNeeded),
                ..
            } => {
                return Actions {
                    restored: code == ErrorCode::Restored,
                    ..refused(code)
                };
            }
            Failure::Server { code, .. } => Connection::Refused { reason: code },
            Failure::Ended(_) => Connection::Refused {
                reason: ErrorCode::SessionEnded,
            },
            Failure::Between { obstacle } => Connection::Between { obstacle },
            Failure::Unreachable | Failure::Malformed | Failure::TooLarge => Connection::Offline,
        };
        match failure {
            // A proxy that gives up waiting says so after a while; one that refuses does at once.
            Failure::Unreachable | Failure::Between { .. }
                if !self.round.current && self.lasted(now).is_some_and(|lasted| lasted >= HELD) =>
            {
                self.modes.was_held(self.round.mode, now);
            }
            Failure::Unreachable if self.round.current => self.went_well(now),
            Failure::Unreachable => self.modes.was_cut(),
            _ => {}
        }
        let at_least = match failure {
            Failure::Server {
                retry_after: Some(seconds),
                ..
            } => Duration::from_secs(seconds.min(LONGEST_RETRY_AFTER)),
            _ => Duration::ZERO,
        };
        let pause = self.backoff.next(self.random.as_ref()).max(at_least);
        Actions::report(connection, Next::Wait(pause))
    }

    fn wait(&mut self) -> Next {
        Next::Wait(self.backoff.next(self.random.as_ref()))
    }
}

impl Round {
    fn of(mode: Mode) -> Round {
        Round {
            mode,
            asked: None,
            current: false,
            late: 0,
        }
    }
}

/// Only time or people can help.
fn refused(reason: ErrorCode) -> Actions {
    Actions::report(Connection::Refused { reason }, Next::Wait(REFUSED))
}

#[cfg(test)]
#[path = "follower_tests.rs"]
mod tests;
