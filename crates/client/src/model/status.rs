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
    /// The keychain has no key for this cache, or another one: quarantine the cache and sync anew.
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
    /// As offline, with a known obstacle in between.
    Between {
        obstacle: Obstacle,
    },
    /// The server answers, but refuses.
    Refused {
        reason: ErrorCode,
    },
}

/// The obstacle between the device and its server, as far as it can be identified from what came instead of an answer.
/// The sentence for it is in the screen's catalogue (U3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Obstacle {
    /// The proxy of the network requires a sign-in.
    ProxySignIn,
    /// The network redirects to a portal where the user signs in or accepts terms.
    Portal,
    /// A filter or firewall answered.
    Filter,
    /// A gateway forwarded the request and got no answer.
    Gateway,
    /// Another Overleg server than the one that the user signed in to.
    OtherServer,
    /// The certificate is not valid now by this device's clock, which may be wrong.
    CertificateTime,
    /// This device does not trust the certificate.
    Certificate,
    /// No network knows the name of the server, or of the proxy: also where there is no network.
    NameNotFound,
    /// The network leads nowhere, or there is none.
    NoRoute,
    /// Nothing answers at that port of the server.
    NotListening,
    /// The proxy that is set up cannot be reached.
    ProxyUnreachable,
}

/// The way to servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// As the system is set up.
    #[default]
    System,
    /// Directly.
    Without,
    /// Through the proxy at this address: `http://proxy.example:8080`.
    At(String),
    /// As the script at this address says for each server.
    Script(String),
}
