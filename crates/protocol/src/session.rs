//! `/v1/session`: local accounts by invitation (I1), and sessions that rotate (I3).
//!
//! An access token lives for minutes. A refresh token is used once and answered by the next of its family; a token
//! that was used before ends the family, but an answer that was lost may be asked for again.

use std::fmt;

use conversation::organisation::Card;
use conversation::{DeviceId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Characters of a password, when it is chosen.
pub const SHORTEST_PASSWORD: usize = 12;
/// Characters of a password, whenever it is sent.
pub const LONGEST_PASSWORD: usize = 200;

/// What must not be seen in a log; its `Debug` is blank.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// `POST /v1/session/invitation`: whom an invitation is for, before it is accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationRequest {
    pub code: Secret,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationAnswer {
    /// The name one signs in with: the work e-mail address.
    pub login: String,
    pub name: String,
    pub organisation: String,
    pub expires: Timestamp,
    /// A password is set anew, for an account that exists.
    pub reset: bool,
}

/// `POST /v1/session/accept`: sets the password and signs in. All other sessions of the account end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptRequest {
    pub code: Secret,
    /// 12 to 200 characters.
    pub password: Secret,
    pub device: DeviceInfo,
}

/// `POST /v1/session/sign-in`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInRequest {
    pub login: String,
    pub password: Secret,
    pub device: DeviceInfo,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceInfo {
    /// Made by the device, kept in its cache.
    pub device: DeviceId,
    /// Up to 100 characters.
    pub name: String,
    /// `windows`, `macos`, `linux`.
    pub platform: String,
}

/// `POST /v1/session/refresh`
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefreshRequest {
    pub refresh: Secret,
}

/// The answer to accepting, signing in and refreshing. `POST /v1/session/sign-out` ends the session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionAnswer {
    pub access: Secret,
    /// When the access token ends, by the server's clock.
    pub access_expires: Timestamp,
    pub refresh: Secret,
    pub person: PersonId,
    pub now: Timestamp,
    /// One's own memberships, those that ended excepted.
    pub memberships: Vec<Card>,
    /// What the server calls itself, in [`crate::SERVER_HEADER`] too: from now on nothing that bears another name, or
    /// none, is its answer. Absent from a server that bears no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}
