//! The session, the person who is signed in, and the sync status.

use conversation::organisation::Card;
use conversation::{MessageId, MessageText, PersonId, SessionId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::SessionEnd;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::model::{Connection, UnavailableReason};

/// The state of the device, which decides the first screen.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "session", rename_all = "snake_case")]
#[ts(export)]
pub enum SessionView {
    /// Nobody has signed in on this device, or the user signed out. `server` is the last one used.
    SignedOut {
        server: Option<String>,
        /// The server could not be informed of a sign-out here; it is when there is a network.
        unreported: bool,
    },
    SignedIn {
        me: Me,
    },
    /// The session ended on the server: everything can be read, nothing is sent until the user signs in again.
    Ended {
        me: Me,
        reason: ErrorCode,
        /// When and why, if the server said it.
        end: Option<SessionEnd>,
    },
    /// The cache cannot be opened now, for the reason in `trouble`.
    Closed {
        trouble: UnavailableReason,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Me {
    pub person: PersonId,
    /// The user's memberships; the first is the last used.
    pub memberships: Vec<Card>,
    pub server: String,
    /// Unsent texts of the user: from a cache that could not be opened (F4), from a conversation that is no longer
    /// here, or from before a sign-out.
    pub recovered: Vec<Recovered>,
}

/// An unsent text whose conversation is no longer here.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Recovered {
    pub id: MessageId,
    /// The name of its destination.
    pub destination: String,
    pub text: MessageText,
    /// The names of the files that belonged to it.
    #[serde(default)]
    pub attachments: Vec<String>,
    pub written_at: Timestamp,
    /// It was sent without an answer, so it may have arrived.
    #[serde(default)]
    pub perhaps_sent: bool,
}

/// How current the shown data is (U3): up to when, what waits, what failed, how far search reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncStatus {
    pub connection: Connection,
    /// Everything up to this time is on the device; `None` before the first sync.
    pub current_until: Option<Timestamp>,
    /// Older messages are still being fetched.
    pub catching_up: bool,
    /// Messages that wait to be sent.
    pub waiting: u32,
    /// Messages that wait for the user to confirm that they are still to be sent (M7).
    pub stale: u32,
    /// Refused messages, with their texts kept.
    pub failed: u32,
    /// Messages that search does not reach yet.
    pub to_index: u32,
    /// The disk is full: neither received nor written messages can be stored.
    pub disk_full: bool,
    /// How far this device's clock is ahead of the server's, in milliseconds, rounded to minutes; negative if it is
    /// behind, `None` if less than two minutes. `current_until` and all other times are the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub clock_ahead: Option<i64>,
    /// The server sent something too large for this device, which is missing here.
    pub left_out: bool,
}

/// A device on which the user is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SignedInDevice {
    pub session: SessionId,
    /// As it named itself: mostly the name of the computer. May be empty.
    pub name: String,
    /// `windows`, `macos`, `linux`.
    pub platform: String,
    pub since: Timestamp,
    /// Within ten minutes of its last use.
    pub last_used: Timestamp,
    /// It is this one.
    pub own: bool,
}

/// A device from which the user was signed out lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SignedOutDevice {
    pub session: SessionId,
    /// As it named itself. May be empty.
    pub name: String,
    /// `windows`, `macos`, `linux`.
    pub platform: String,
    pub end: SessionEnd,
}

/// The devices of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Devices {
    /// The one used last first.
    pub signed_in: Vec<SignedInDevice>,
    /// Of the last thirty days, the latest first.
    pub signed_out: Vec<SignedOutDevice>,
}

/// An invitation, before it is accepted.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct InvitationView {
    pub login: String,
    pub name: String,
    pub organisation: String,
    pub expires: Timestamp,
    pub reset: bool,
}
