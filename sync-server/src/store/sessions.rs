//! Sessions of devices.

use std::fmt::{self, Debug};

use conversation::{DeviceId, PersonId, Timestamp};
use uuid::Uuid;

use super::error::StoreFuture;

/// Sessions.
pub trait SessionStore: Send + Sync + Debug {
    fn begin_session<'a>(&'a self, session: &'a SessionRow) -> StoreFuture<'a, ()>;
    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>>;
    /// Moves to the next generation; `false` if the session has ended or is not at `from`.
    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool>;
    /// `false` if it had ended.
    fn end_session(&self, id: SessionId, at: Timestamp) -> StoreFuture<'_, bool>;
    /// Ends all sessions of a person; returns those that had not ended before.
    fn end_sessions(&self, person: PersonId, at: Timestamp) -> StoreFuture<'_, Vec<SessionId>>;
    /// Sessions that ended at or after a time.
    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<SessionId>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

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
    pub ended_at: Option<Timestamp>,
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
