//! Sessions of devices.

use std::fmt::{self, Debug};

pub use conversation::SessionId;
use conversation::{DeviceId, PersonId, Timestamp};
use trail::Digest;

pub use protocol::session::{EndReason, SessionEnd};

use super::error::StoreFuture;

/// A session that ended.
pub type Ended = (SessionId, SessionEnd);

/// Sessions.
pub trait SessionStore: Send + Sync + Debug {
    /// With all effects of the sign-in, or not at all: `None` where its invitation was used or replaced meanwhile, or its
    /// password changed; else the sessions that ended by it. An earlier session of the person on the same device ends.
    fn begin_session<'a>(&'a self, start: &'a SessionStart) -> StoreFuture<'a, Option<Vec<Ended>>>;
    /// Writes effects while a session goes on, or nothing at all: `None` where the session has ended or the effects no longer
    /// hold, as above.
    fn change_account<'a>(&'a self, change: &'a AccountChange) -> StoreFuture<'a, Option<Vec<Ended>>>;
    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>>;
    /// Moves to the next generation; `false` if the session has ended or is not at `from`.
    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool>;
    /// `false` if it had ended.
    fn end_session(&self, id: SessionId, end: SessionEnd) -> StoreFuture<'_, bool>;
    /// Ends all sessions of a person; returns those that had not ended before.
    fn end_sessions(&self, person: PersonId, end: SessionEnd) -> StoreFuture<'_, Vec<Ended>>;
    /// The sessions of a person that have not ended, the one refreshed last first.
    fn standing_sessions(&self, person: PersonId) -> StoreFuture<'_, Vec<SessionRow>>;
    /// The sessions of a person that ended at or after a time, the latest first.
    fn recently_ended(
        &self,
        person: PersonId,
        since: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<SessionRow>>;
    /// Whether a person has, or had, a session on a device.
    fn is_device_of(&self, person: PersonId, device: DeviceId) -> StoreFuture<'_, bool>;
    /// Sessions that ended at or after a time.
    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<Ended>>;
}

/// A session that begins, and what is written with it.
#[derive(Clone, Debug)]
pub struct SessionStart {
    pub session: SessionRow,
    pub effects: SignInEffects,
    /// Sessions of the person that stand from then on, at most: those that were refreshed longest ago end.
    pub most: u32,
}

/// Effects of an identification by somebody whose session goes on.
#[derive(Clone, Debug)]
pub struct AccountChange {
    pub person: PersonId,
    /// It stays when others end.
    pub session: SessionId,
    pub at: Timestamp,
    pub effects: SignInEffects,
}

/// Changes of the person's account by identifying themselves, in one transaction with the session.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SignInEffects {
    /// The hash that the password was compared with: it must still be theirs, or nothing is written.
    pub verified: Option<String>,
    /// The hash of an invitation of theirs, which is used by it.
    pub invitation: Option<Digest>,
    /// The hash of their password from then on; invitations that were not used are of no use any more.
    pub password: Option<String>,
    /// Why all other sessions of theirs end, if they do.
    pub ends_others: Option<EndReason>,
}

/// Blank where it is secret.
impl fmt::Debug for SignInEffects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInEffects")
            .field("ends_others", &self.ends_others)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub person: PersonId,
    pub device: DeviceId,
    pub device_name: String,
    pub platform: String,
    /// Of the last refresh token issued.
    pub generation: u64,
    pub begun_at: Timestamp,
    pub refreshed_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended: Option<SessionEnd>,
}

impl fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SessionRow({}, {}, generation {})",
            self.id.0, self.person, self.generation
        )
    }
}
