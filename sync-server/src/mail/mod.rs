//! Attention mail on its way out: a mail as its writer needs it, and the port to a mail server.
//!
//! ```text
//!   Mail ──compose (wording, words, templates)──► bytes ──smtp──► connection ──bounded──► mail server
//!                                                          │                                  │
//!                                                  breaker, pace                    reply ──► Rejection
//! ```
//!
//! *Invariant:* a [`Mail`] holds no text, subject, item or client. There is no field for one.

mod bounded;
mod breaker;
mod compose;
#[cfg(test)]
mod compose_tests;
mod connection;
#[cfg(feature = "test-support")]
mod memory;
mod reply;
mod smtp;
mod wording;
mod words;

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use conversation::attention::{Language, Reason};
use conversation::{ConversationId, MembershipId, OrganisationId, Timestamp};
use futures_util::future::BoxFuture;

pub use breaker::Outage;
#[cfg(feature = "test-support")]
pub use memory::MemoryMailer;
pub use smtp::{MailError, SmtpMailer};
pub use wording::WordingError;

/// The time in which [`Mailer::send`] ends, in milliseconds: far within the lease of its job, also by a clock that is ahead.
pub const LONGEST_SEND: i64 = Timestamp::MINUTE;

/// A way to a mail server.
pub trait Mailer: Send + Sync + Debug {
    /// Hands over one mail, within [`LONGEST_SEND`]. Once it returns `Ok` the server has it.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Rejection>>;
    /// Until when nothing is tried, because the server failed; a later moment than `now`.
    fn paused_until(&self, now: Timestamp) -> Option<Timestamp>;
    /// The failure for which nothing is tried, or one mail at a time.
    fn outage(&self) -> Option<Outage>;
    /// Tries again at once.
    fn resume(&self);
}

/// Why a mail was not accepted, or not known to be. Each has the codes of the answer, and nothing of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The address is refused for good.
    Address(String),
    /// This mail is refused for good.
    Letter(String),
    /// Not now: the server is busy with it, or has doubts about it.
    Later(String),
    /// The server takes no mail of ours, whichever it is: it is away, its certificate is wrong, or it does not know us.
    Server(String),
    /// It broke off after the whole mail was there: it may have been accepted.
    Unknown(String),
}

#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The local part of its Message-ID: the same whenever the letter is sent again to this address.
    pub id: String,
    pub to: String,
    pub membership: MembershipId,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub language: Language,
    /// The newest first.
    pub lines: Vec<MailLine>,
    /// How many conversations have no line.
    pub more: usize,
}

#[derive(Clone, PartialEq, Eq)]
pub struct MailLine {
    pub conversation: ConversationId,
    /// In the order of [`Reason`].
    pub reasons: Vec<Reason>,
    /// How many messages are unread.
    pub messages: u32,
    /// The newest first.
    pub senders: Vec<MailSender>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct MailSender {
    pub name: String,
    pub organisation_name: String,
}

/// Blank, as names and addresses never reach a log.
impl Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({}, {} lines)", self.id, self.lines.len())
    }
}

impl Debug for MailLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MailLine({}, {:?}, {})",
            self.conversation, self.reasons, self.messages
        )
    }
}

impl Debug for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailSender")
    }
}

/// A mailer, and what became of its mails. A clone counts with it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub mailer: Arc<dyn Mailer>,
    pub counts: Arc<MailCounts>,
}

impl Outgoing {
    pub fn by(mailer: Arc<dyn Mailer>) -> Outgoing {
        Outgoing {
            mailer,
            counts: Arc::default(),
        }
    }
}

/// Totals since the start.
#[derive(Debug, Default)]
pub struct MailCounts {
    sent: AtomicU64,
    repeated: AtomicU64,
    refused: [AtomicU64; 5],
    given_up: AtomicU64,
}

fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl MailCounts {
    /// The names of the refusals, in the order of [`MailCounts::refused`].
    pub const REFUSED: [&str; 5] = ["address", "letter", "later", "server", "unknown"];

    pub(crate) fn count(&self, sent: &Result<(), Rejection>) {
        match sent {
            Ok(()) => one(&self.sent),
            Err(Rejection::Address(_)) => one(&self.refused[0]),
            Err(Rejection::Letter(_)) => one(&self.refused[1]),
            Err(Rejection::Later(_)) => one(&self.refused[2]),
            Err(Rejection::Server(_)) => one(&self.refused[3]),
            Err(Rejection::Unknown(_)) => one(&self.refused[4]),
        }
    }

    pub(crate) fn repeats(&self) {
        one(&self.repeated);
    }

    pub(crate) fn gives_up(&self) {
        one(&self.given_up);
    }

    /// Mails that the server accepted.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Letters that a worker left behind and another took up: each may have been sent twice, under the same Message-ID.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    pub fn refused(&self) -> [u64; 5] {
        self.refused
            .each_ref()
            .map(|counter| counter.load(Ordering::Relaxed))
    }

    /// Letters that were not sent after all attempts.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }
}
