//! Sessions: access tokens that end by themselves, refresh tokens that rotate, for people whom [`identity`] identified.
//!
//! * A session begins for an [`Identified`] person, whatever the method: [`Sessions::begin`] writes it together with what
//!   the method changes.
//! * An access token names the person, the device and the session under the server's MAC, and lives for ten minutes:
//!   verifying it needs no database, because recently ended sessions and accounts are kept in memory.
//! * A refresh token names its session and a generation. The latest generation can be used once and is answered with
//!   the next. The one before it may be repeated, because an answer can get lost, and gets the same successor, until an
//!   access token of the successor is used: then the answer has arrived. After that, and for any older generation, its
//!   use means that a token was stolen or copied, and ends the session. A generation newer than the
//!   server's own means that the server was restored from a backup.
//!
//! *Invariant:* nothing here names a method of [`identity`], a password or an invitation.
//!
//! [`identity`]: crate::identity

pub mod tokens;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::{DeviceId, PersonId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{DeviceInfo, RefreshRequest, SessionAnswer, SessionsAnswer, StandingSession};

use crate::core::{Core, CoreError};
use crate::identity::{Identified, SECURITY};
use crate::rate_limit::{Rate, RateLimit, Wait};
use crate::store::{AccountChange, SessionId, SessionRow, SessionStart, StoreError};
use tokens::Access;

/// How long an access token lives.
pub const ACCESS_FOR: i64 = 10 * Timestamp::MINUTE;
/// How long a session lives without being refreshed.
pub const SESSION_FOR: i64 = 60 * Timestamp::DAY;

/// Sessions of one person that stand, at most: those that were refreshed longest ago end.
pub const MOST_SESSIONS: u32 = 20;
/// Sessions of one person that begin.
const BEGUN: Rate = Rate::each(60, 60_000);

/// The session that an access token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub device: DeviceId,
}

/// A device as it describes itself, checked.
#[derive(Clone, Debug)]
pub struct Device(DeviceInfo);

/// The field of a device's description that is not right, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

impl Device {
    pub fn new(device: DeviceInfo) -> Result<Device, Unreadable> {
        let fits = |text: &str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
        if !fits(&device.name) {
            Err(Unreadable(
                "`device.name`: is longer than 100 characters, or holds control characters",
            ))
        } else if !fits(&device.platform) {
            Err(Unreadable(
                "`device.platform`: is longer than 100 characters, or holds control characters",
            ))
        } else {
            Ok(Device(device))
        }
    }

    pub fn id(&self) -> DeviceId {
        self.0.device
    }
}

/// A session that began.
#[derive(Debug)]
pub struct Begun {
    pub answer: SessionAnswer,
    /// The sessions that ended by it.
    pub ended: Vec<SessionId>,
}

/// Why a session did not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("{0}")]
    Code(ErrorCode),
    /// Too many sessions of the person began.
    #[error("too many sessions began")]
    Wait { seconds: u64 },
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

impl From<ErrorCode> for SessionError {
    fn from(code: ErrorCode) -> SessionError {
        SessionError::Code(code)
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> SessionError {
        SessionError::CoreError(error.into())
    }
}

#[derive(Debug)]
pub struct Sessions {
    core: Arc<Core>,
    /// Since rows of sessions stay.
    begun: RateLimit<PersonId>,
    recent: Mutex<Recent>,
    /// From its beginning to its end, at most.
    longest: i64,
}

/// Facts since the start.
#[derive(Debug, Default)]
struct Recent {
    /// Sessions and accounts that ended so recently that an access token of theirs may not have expired.
    sessions: HashMap<SessionId, Timestamp>,
    people: HashMap<PersonId, Timestamp>,
    /// The latest generation of which an access token was used. Of a session that is missing nothing was used since the start.
    used: HashMap<SessionId, u64>,
}

impl Recent {
    fn check_stands(&self, session: &Session) -> Result<(), ErrorCode> {
        if self.sessions.contains_key(&session.id) || self.people.contains_key(&session.person) {
            return Err(ErrorCode::SessionEnded);
        }
        Ok(())
    }
}

impl Sessions {
    /// `days`: after so many a session ends, however often it was refreshed.
    pub async fn open(core: Arc<Core>, days: u32) -> Result<Sessions, CoreError> {
        let now = core.now();
        let ended = core.store.ended_since(now.plus(-ACCESS_FOR)).await?;
        let recent = Recent {
            sessions: ended.into_iter().map(|id| (id, now)).collect(),
            ..Recent::default()
        };
        Ok(Sessions {
            begun: RateLimit::default(),
            recent: Mutex::new(recent),
            longest: i64::from(days) * Timestamp::DAY,
            core,
        })
    }

    /// The session of a valid access token.
    pub fn check(&self, token: &str) -> Result<Session, ErrorCode> {
        let now = self.core.now();
        let access = tokens::read_access(&self.core.vouching, token).ok_or(ErrorCode::SignInNeeded)?;
        let mut recent = self.recent();
        recent.check_stands(&access.session)?;
        if now >= access.expires {
            return Err(ErrorCode::SignInNeeded);
        }
        let used = recent.used.entry(access.session.id).or_default();
        *used = access.generation.max(*used);
        Ok(access.session)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a device has used what it was answered with this generation.
    fn was_used(&self, id: SessionId, generation: u64) -> bool {
        self.recent()
            .used
            .get(&id)
            .is_some_and(|used| *used >= generation)
    }

    /// Whether neither the session nor the account has ended.
    pub fn check_stands(&self, session: &Session) -> Result<(), ErrorCode> {
        self.recent().check_stands(session)
    }

    /// Begins a session on a device; writes with it what the person's sign-in changes.
    pub async fn begin(&self, identified: Identified, device: Device) -> Result<Begun, SessionError> {
        let now = self.core.now();
        let (person, method) = (identified.person(), identified.method());
        let superseded = identified.superseded();
        let begun = self.begun.take(&[(person, BEGUN)], 1, now);
        begun.map_err(|Wait(seconds)| SessionError::Wait { seconds })?;
        let start = SessionStart {
            session: self.new_session(person, device, now),
            effects: identified.into_effects(),
            most: MOST_SESSIONS,
        };
        let ended = self.core.store.begin_session(&start).await?;
        let ended = ended.ok_or(superseded)?;
        self.note_ended(&ended);
        let session = start.session;
        tracing::debug!(%person, session = %session.id.0, ?method, "a session began");
        Ok(Begun {
            answer: self.answer(&session, now),
            ended,
        })
    }

    /// Writes what an identification changes of the account while the session of the same person goes on; returns the sessions
    /// that ended by it.
    pub async fn go_on(
        &self,
        identified: Identified,
        session: &Session,
    ) -> Result<Vec<SessionId>, SessionError> {
        let superseded = identified.superseded();
        let change = AccountChange {
            person: identified.person(),
            session: session.id,
            at: self.core.now(),
            effects: identified.into_effects(),
        };
        let ended = self.core.store.change_account(&change).await?;
        let Some(ended) = ended else {
            self.check_stands(session)?;
            return Err(superseded.into());
        };
        self.note_ended(&ended);
        Ok(ended)
    }

    /// Rotates the tokens. Answers with the session instead if a reused token has ended it.
    pub async fn refresh(
        &self,
        request: &RefreshRequest,
    ) -> Result<Result<SessionAnswer, SessionId>, SessionError> {
        let (id, generation) =
            tokens::read_refresh(&self.core.vouching, &request.refresh.0).ok_or(ErrorCode::SessionEnded)?;
        // Twice, since another request may rotate it in between.
        for _ in 0..2 {
            let now = self.core.now();
            let row = self.core.store.session(id).await?;
            // A valid token of a session that is not in the store: the session was lost when the server was restored.
            let mut row = row.ok_or(ErrorCode::Restored)?;
            let ends = row.expires_at.min(row.begun_at.plus(self.longest));
            if row.ended_at.is_some() || now >= ends {
                return Err(ErrorCode::SessionEnded.into());
            }
            if !self.core.account_stands(row.person).await? {
                return Err(ErrorCode::SessionEnded.into());
            }
            if generation > row.generation {
                return Err(ErrorCode::Restored.into());
            }
            if generation + 1 == row.generation && !self.was_used(id, row.generation) {
                // The answer with the successor got lost: the successor was not used yet.
                return Ok(Ok(self.answer(&row, now)));
            }
            if generation < row.generation {
                tracing::warn!(target: SECURITY, event = "token_reused", person = %row.person, session = %id, "a refresh token was used twice: the session ends");
                self.end(id).await?;
                return Ok(Err(id));
            }
            let expires = self.expires(row.begun_at, now);
            if self.core.store.rotate(id, generation, now, expires).await? {
                row.generation += 1;
                return Ok(Ok(self.answer(&row, now)));
            }
        }
        Err(ErrorCode::TooManyRequests.into())
    }

    /// The devices on which the person of a session is signed in, the one used last first.
    pub async fn standing(&self, session: &Session) -> Result<SessionsAnswer, CoreError> {
        let rows = self.core.store.standing_sessions(session.person).await?;
        let now = self.core.now();
        let rows = rows.into_iter().filter(|row| row.expires_at > now);
        let sessions = rows.map(|row| StandingSession {
            session: row.id,
            device: DeviceInfo {
                device: row.device,
                name: row.device_name,
                platform: row.platform,
            },
            begun_at: row.begun_at,
            refreshed_at: row.refreshed_at,
            own: row.id == session.id,
        });
        Ok(SessionsAnswer {
            sessions: sessions.collect(),
        })
    }

    /// Ends a session of the same person; `false` if they have none with this id.
    pub async fn end_of(&self, session: &Session, id: SessionId) -> Result<bool, CoreError> {
        let rows = self.core.store.standing_sessions(session.person).await?;
        if !rows.iter().any(|row| row.id == id) {
            return Ok(false);
        }
        self.end(id).await?;
        Ok(true)
    }

    /// Ends one session.
    pub async fn end(&self, id: SessionId) -> Result<(), CoreError> {
        // The session is refused from here on, even if the write fails.
        self.note_ended(&[id]);
        self.core.store.end_session(id, self.core.now()).await?;
        Ok(())
    }

    /// Refuses the access tokens of a person whose account and sessions were ended in the store.
    pub fn person_ended(&self, person: PersonId) {
        let now = self.core.now();
        self.recent().people.insert(person, now);
    }

    /// Refuses the access tokens of sessions that were ended in the store.
    pub fn note_ended(&self, ids: &[SessionId]) {
        let now = self.core.now();
        let mut recent = self.recent();
        // Older entries are dropped: their access tokens have expired.
        recent.sessions.retain(|_, at| now.since(*at) <= ACCESS_FOR);
        recent.people.retain(|_, at| now.since(*at) <= ACCESS_FOR);
        recent.sessions.extend(ids.iter().map(|id| (*id, now)));
        for id in ids {
            recent.used.remove(id);
        }
    }

    fn expires(&self, begun: Timestamp, now: Timestamp) -> Timestamp {
        now.plus(SESSION_FOR).min(begun.plus(self.longest))
    }

    fn new_session(&self, person: PersonId, Device(device): Device, now: Timestamp) -> SessionRow {
        SessionRow {
            id: SessionId(platform::id(self.core.random.as_ref(), now)),
            person,
            device: device.device,
            device_name: device.name,
            platform: device.platform,
            generation: 1,
            begun_at: now,
            refreshed_at: now,
            expires_at: self.expires(now, now),
            ended_at: None,
        }
    }

    fn answer(&self, row: &SessionRow, now: Timestamp) -> SessionAnswer {
        let session = Session {
            id: row.id,
            person: row.person,
            device: row.device,
        };
        let expires = now.plus(ACCESS_FOR);
        let directory = self.core.directory();
        let memberships = directory
            .memberships_of(row.person)
            .iter()
            .filter_map(|membership| directory.card(*membership))
            .filter(|card| !card.ended);
        SessionAnswer {
            access: tokens::access(
                &self.core.vouching,
                &Access {
                    session,
                    generation: row.generation,
                    expires,
                },
            ),
            access_expires: expires,
            refresh: tokens::refresh(&self.core.vouching, row.id, row.generation),
            person: row.person,
            now,
            memberships: memberships.collect(),
            server: Some(self.core.vouching.name.clone()),
        }
    }
}
