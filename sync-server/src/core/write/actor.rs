//! The author of a request.

use std::net::IpAddr;

use conversation::{DeviceId, PersonId};

/// The person and device of the session that sent the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub person: PersonId,
    pub device: DeviceId,
    /// The network address, for the audit part of events.
    pub address: Option<IpAddr>,
}
