//! The state of the connection, and why a cache is not open.

use protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why the cache is not open (F4); the sentence for it is in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum UnavailableReason {
    /// The keychain is locked: unlock it and try again.
    KeychainLocked,
    /// The keychain refuses: allow Overleg and try again.
    KeychainDenied,
    /// There is no keychain to keep the key in: nothing is stored without one.
    KeychainMissing,
    /// The keychain holds no key for this cache, or another one: set aside and sync anew.
    KeyLost,
    KeyWrong,
    /// The entry in the keychain is damaged.
    KeyCorrupt,
    /// The file is damaged.
    CacheDamaged,
    /// The cache was made by a newer version of Overleg.
    CacheNewer,
    DiskFull,
    /// Another Overleg has this profile open.
    InUse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "connection", rename_all = "snake_case")]
#[ts(export)]
pub enum Connection {
    Online,
    Connecting,
    Offline,
    /// As without a connection, and what stands between is known.
    Between {
        obstacle: Obstacle,
    },
    /// The server answers, but refuses.
    Refused {
        reason: ErrorCode,
    },
}

/// What stands between the device and its server, as far as that can be told by what came in the place of an answer.
/// The sentence for it is in the screen's catalogue (U3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Obstacle {
    /// The network's proxy asks who one is.
    ProxySignIn,
    /// The network leads somewhere else first: a portal where one signs in or agrees.
    Portal,
    /// A filter or firewall answered.
    Filter,
    /// Something passes requests on, and got no answer itself.
    Gateway,
    /// Another Overleg server than the one that one signed in at.
    OtherServer,
    /// The certificate is not valid at this moment, by this device's clock: that may be wrong.
    CertificateTime,
    /// The certificate is not one that this device trusts.
    Certificate,
}
