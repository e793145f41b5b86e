//! `/v1/session`: local accounts by invitation (I1), and sessions that rotate (I3).
//!
//! An access token lives for minutes. A refresh token is used once and answered by the next of its family; reuse of an
//! older token ends the family, but the request may be repeated if its answer was lost.

use std::fmt;

use conversation::organisation::Card;
use conversation::{DeviceId, PersonId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Minimum length of a new password, in characters.
pub const SHORTEST_PASSWORD: usize = 12;
/// Maximum length of a password, in characters.
pub const LONGEST_PASSWORD: usize = 200;

/// A secret; its `Debug` is blank, so that it never reaches a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// `POST /v1/session/invitation`: shows whom an invitation is for, before it is accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationRequest {
    pub code: Secret,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationAnswer {
    /// The login: the work e-mail address.
    pub login: String,
    pub name: String,
    pub organisation: String,
    pub expires: Timestamp,
    /// The account exists, and gets a new password.
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

/// `GET /v1/sessions`: the devices on which the requester is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsAnswer {
    /// The one used last first.
    pub sessions: Vec<StandingSession>,
}

/// A device on which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandingSession {
    pub session: SessionId,
    /// As the device described itself when it signed in.
    pub device: DeviceInfo,
    pub begun_at: Timestamp,
    /// When it last asked for new tokens: within ten minutes of its last use.
    pub refreshed_at: Timestamp,
    /// Whether it is the session of this request.
    pub own: bool,
}

/// `POST /v1/sessions/end`: signs out a device of the requester, at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndSessionRequest {
    pub session: SessionId,
}

/// `POST /v1/session/password`: changes the password. All other sessions of the account end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePasswordRequest {
    /// The password until now.
    pub current: Secret,
    /// 12 to 200 characters.
    pub password: Secret,
}

/// The answer to accepting, signing in and refreshing. `POST /v1/session/sign-out` ends the session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionAnswer {
    pub access: Secret,
    /// The time at which the access token expires, by the server's clock.
    pub access_expires: Timestamp,
    pub refresh: Secret,
    pub person: PersonId,
    pub now: Timestamp,
    /// The user's memberships that have not ended.
    pub memberships: Vec<Card>,
    /// The name with which the server names itself, in [`crate::SERVER_HEADER`] too: from now on only answers with this
    /// name count as this server's. Absent if the server has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}
