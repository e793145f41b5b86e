//! `/v1/session`: local accounts by invitation (I1), and sessions that rotate (I3).
//!
//! An access token lives for minutes. A refresh token is used once and answered by the next of its family; reuse of an
//! older token ends the family, but the request may be repeated if its answer was lost.

use std::fmt;

use conversation::organisation::Card;
use conversation::{DeviceId, PersonId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
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

/// `GET /v1/sessions`: the devices on which the requester is signed in, and was until lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionsAnswer {
    /// The one used last first.
    pub sessions: Vec<StandingSession>,
    /// Sessions that ended in the last thirty days, the latest first, 20 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<EndedSession>,
}

/// A session of the requester that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndedSession {
    pub session: SessionId,
    /// As the device described itself when it signed in.
    pub device: DeviceInfo,
    pub end: SessionEnd,
}

/// When and why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SessionEnd {
    pub at: Timestamp,
    pub reason: EndReason,
}

macro_rules! end_reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a session ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[ts(export)]
        pub enum EndReason {
            $($(#[$doc])* $name,)*
            /// It was not recorded, or is a later version's.
            #[serde(other)]
            Unknown,
        }

        impl EndReason {
            /// Those that are recorded, as they are on the wire and in the server's store.
            pub const RECORDED: &[(EndReason, &str)] = &[$((EndReason::$name, $text),)*];
        }
    };
}

end_reasons! {
    /// The user signed out on the device itself.
    SignedOut = "signed_out",
    /// The user signed it out from another device.
    OtherDevice = "other_device",
    /// An administrator or the operator ended it.
    Administrator = "administrator",
    /// The password was changed, or set anew by an invitation.
    PasswordChanged = "password_changed",
    /// A refresh token was used a second time: somebody has a copy of it.
    TokenReused = "token_reused",
    /// It lasted as long as a session may, however often it was refreshed.
    Expired = "expired",
    /// It was not refreshed for sixty days.
    Unused = "unused",
    /// More than 20 sessions of the account stood, and this one was refreshed longest ago.
    TooMany = "too_many",
    /// The user signed in once more on the same device.
    SignedInAgain = "signed_in_again",
    AccountEnded = "account_ended",
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

/// `POST /v1/session/signed-out`: a device says afterwards that it was signed out, for example without a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedOutRequest {
    /// The `token` of a [`SignOut`].
    pub token: Secret,
}

/// Ends one session, and opens nothing: kept by a device that could not say yet that it was signed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignOut {
    pub token: Secret,
    /// By then the session has ended in any case.
    pub until: Timestamp,
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
    /// For signing out later; the same throughout the session. Absent if the server cannot do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_out: Option<SignOut>,
}
