//! The session, the person who is signed in, and the sync status.

use conversation::organisation::Card;
use conversation::{MessageId, MessageText, PersonId, Timestamp};
use protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::model::{Connection, UnavailableReason};

/// Where the device stands: what the screen shows first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "session", rename_all = "snake_case")]
#[ts(export)]
pub enum SessionView {
    /// Nobody signed in on this device yet, or they signed out. `server` is the last one used.
    SignedOut {
        server: Option<String>,
    },
    SignedIn {
        me: Me,
    },
    /// The session ended on the server: everything can be read, nothing is sent until one signs in again.
    Ended {
        me: Me,
        reason: ErrorCode,
    },
    /// The cache cannot be opened now; what to do stands in `trouble`.
    Closed {
        trouble: UnavailableReason,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Me {
    pub person: PersonId,
    /// One's memberships; the first is the one last acted from.
    pub memberships: Vec<Card>,
    pub server: String,
    /// Texts of this person's that were not sent, of a cache that could not be opened (F4), of a conversation that is
    /// no longer here, or from before they signed out.
    pub rescued: Vec<Rescued>,
}

/// A text that was not sent and whose place is no longer here.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Rescued {
    pub id: MessageId,
    /// Where it was going, by name.
    pub destination: String,
    pub text: MessageText,
    pub written_at: Timestamp,
    /// It left this device and no answer came: it may have arrived after all.
    #[serde(default)]
    pub perhaps_sent: bool,
}

/// How true it is (U3): up to when it is current, what waits, what failed, how far search reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncStatus {
    pub connection: Connection,
    /// Everything up to here is on the device; `None` before the first catching up.
    pub current_until: Option<Timestamp>,
    /// Older messages are still coming in.
    pub catching_up: bool,
    /// Waiting to be sent.
    pub waiting: u32,
    /// Waiting for an answer whether to send it still (M7).
    pub stale: u32,
    /// Refused, with their texts kept.
    pub failed: u32,
    /// Messages that search does not reach yet.
    pub to_index: u32,
    /// The disk is full: nothing more can be kept, neither what comes in nor what is written.
    pub disk_full: bool,
    /// How far this device's clock is ahead of the server's, in milliseconds and by the minute; negative where it is
    /// behind, nothing where it is less than two minutes. `current_until` and all other moments are the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub clock_ahead: Option<i64>,
    /// The server sent something that is too large for this device: it is not here.
    pub left_out: bool,
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
