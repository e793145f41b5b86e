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
//! * A sign-out token names its session alone. It ends that one at any time, and opens nothing.
//!
//! *Invariant:* nothing here names a method of [`identity`], a password or an invitation.
//!
//! [`identity`]: crate::identity

pub mod tokens;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::{DeviceId, PersonId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{
    DeviceInfo, EndedSession, RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignOut, StandingSession,
};

use crate::core::{Core, CoreError};
use crate::identity::{Identified, SECURITY};
use crate::rate_limit::{Rate, RateLimit, Wait};
use crate::store::{
    AccountChange, EndReason, Ended, SessionEnd, SessionId, SessionRow, SessionStart, StoreError,
};
use tokens::Access;

/// How long an access token lives.
pub const ACCESS_FOR: i64 = 10 * Timestamp::MINUTE;
/// How long a session lives without being refreshed.
pub const SESSION_FOR: i64 = 60 * Timestamp::DAY;

/// Sessions of one person that stand, at most: those that were refreshed longest ago end.
pub const MOST_SESSIONS: u32 = 20;
/// An ended session is listed for so long, and so many at most.
const SHOWN_FOR: i64 = 30 * Timestamp::DAY;
const MOST_SHOWN: u32 = 20;
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
    pub ended: Vec<Ended>,
}

/// Why a session did not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("{0}")]
    Code(ErrorCode),
    /// Too many sessions of the person began.
    #[error("too many sessions began")]
    Wait { seconds: u64 },
    /// For who brought a token of the session, and for nobody else.
    #[error("the session has ended")]
    Ended(SessionEnd),
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
    sessions: HashMap<SessionId, SessionEnd>,
    people: HashMap<PersonId, Timestamp>,
    /// The latest generation of which an access token was used. Of a session that is missing nothing was used since the start.
    used: HashMap<SessionId, u64>,
}

impl Recent {
    fn check_stands(&self, session: &Session) -> Result<(), SessionError> {
        if let Some(end) = self.sessions.get(&session.id) {
            return Err(SessionError::Ended(*end));
        }
        match self.people.get(&session.person) {
            Some(at) => Err(account_ended(*at)),
            None => Ok(()),
        }
    }
}

fn account_ended(at: Timestamp) -> SessionError {
    let reason = EndReason::AccountEnded;
    SessionError::Ended(SessionEnd { at, reason })
}

impl Sessions {
    /// `days`: after so many a session ends, however often it was refreshed.
    pub async fn open(core: Arc<Core>, days: u32) -> Result<Sessions, CoreError> {
        let now = core.now();
        let ended = core.store.ended_since(now.plus(-ACCESS_FOR)).await?;
        let recent = Recent {
            sessions: ended.into_iter().collect(),
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
    pub fn check(&self, token: &str) -> Result<Session, SessionError> {
        let now = self.core.now();
        let access = tokens::read_access(&self.core.vouching, token).ok_or(ErrorCode::SignInNeeded)?;
        let mut recent = self.recent();
        recent.check_stands(&access.session)?;
        if now >= access.expires {
            return Err(ErrorCode::SignInNeeded.into());
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
    pub fn check_stands(&self, session: &Session) -> Result<(), SessionError> {
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
    pub async fn go_on(&self, identified: Identified, session: &Session) -> Result<Vec<Ended>, SessionError> {
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

    /// Rotates the tokens. Answers with the session instead if a reused token has ended it; `from` is the address that brought it,
    /// for the log.
    pub async fn refresh(
        &self,
        request: &RefreshRequest,
        from: Option<IpAddr>,
    ) -> Result<Result<SessionAnswer, Ended>, SessionError> {
        let (id, generation) =
            tokens::read_refresh(&self.core.vouching, &request.refresh.0).ok_or(ErrorCode::SessionEnded)?;
        // Twice, since another request may rotate it in between.
        for _ in 0..2 {
            let now = self.core.now();
            let row = self.core.store.session(id).await?;
            // A valid token of a session that is not in the store: the session was lost when the server was restored.
            let mut row = row.ok_or(ErrorCode::Restored)?;
            if let Some(end) = row.ended.or_else(|| self.run_out(&row, now)) {
                return Err(SessionError::Ended(end));
            }
            if !self.core.account_stands(row.person).await? {
                return Err(account_ended(now));
            }
            if generation > row.generation {
                return Err(ErrorCode::Restored.into());
            }
            if generation + 1 == row.generation && !self.was_used(id, row.generation) {
                // The answer with the successor got lost: the successor was not used yet.
                return Ok(Ok(self.answer(&row, now)));
            }
            if generation < row.generation {
                tracing::warn!(target: SECURITY, event = "token_reused", person = %row.person, session = %id, from = from.map(tracing::field::display), "a refresh token was used twice: the session ends");
                return Ok(Err(self.end(id, EndReason::TokenReused).await?));
            }
            let expires = self.expires(row.begun_at, now);
            if self.core.store.rotate(id, generation, now, expires).await? {
                row.generation += 1;
                return Ok(Ok(self.answer(&row, now)));
            }
        }
        Err(ErrorCode::TooManyRequests.into())
    }

    /// The end of a session that ended by itself.
    fn run_out(&self, row: &SessionRow, now: Timestamp) -> Option<SessionEnd> {
        let longest = row.begun_at.plus(self.longest);
        let at = row.expires_at.min(longest);
        let reason = if at == longest {
            EndReason::Expired
        } else {
            EndReason::Unused
        };
        (now >= at).then_some(SessionEnd { at, reason })
    }

    /// The devices on which the person of a session is signed in, the one used last first; and was until lately.
    pub async fn standing(&self, session: &Session) -> Result<SessionsAnswer, CoreError> {
        let (now, store) = (self.core.now(), &self.core.store);
        let since = now.plus(-SHOWN_FOR);
        let rows = store.standing_sessions(session.person).await?;
        let ended = store.recently_ended(session.person, since, MOST_SHOWN).await?;
        let mut answer = SessionsAnswer {
            sessions: Vec::with_capacity(rows.len()),
            ended: Vec::with_capacity(ended.len()),
        };
        for row in rows.into_iter().chain(ended) {
            let end = row.ended.or_else(|| self.run_out(&row, now));
            let device = DeviceInfo {
                device: row.device,
                name: row.device_name,
                platform: row.platform,
            };
            match end {
                Some(end) => answer.ended.push(EndedSession {
                    session: row.id,
                    device,
                    end,
                }),
                None => answer.sessions.push(StandingSession {
                    session: row.id,
                    device,
                    begun_at: row.begun_at,
                    refreshed_at: row.refreshed_at,
                    own: row.id == session.id,
                }),
            }
        }
        answer.ended.retain(|ended| ended.end.at >= since);
        answer
            .ended
            .sort_by_key(|ended| std::cmp::Reverse((ended.end.at, ended.session)));
        answer.ended.truncate(MOST_SHOWN as usize);
        Ok(answer)
    }

    /// Ends a session of the same person, from the device of another or its own; `None` if they have none with this id.
    pub async fn end_of(&self, session: &Session, id: SessionId) -> Result<Option<Ended>, CoreError> {
        let rows = self.core.store.standing_sessions(session.person).await?;
        if !rows.iter().any(|row| row.id == id) {
            return Ok(None);
        }
        let reason = if id == session.id {
            EndReason::SignedOut
        } else {
            EndReason::OtherDevice
        };
        self.end(id, reason).await.map(Some)
    }

    /// Ends one session.
    pub async fn end(&self, id: SessionId, reason: EndReason) -> Result<Ended, CoreError> {
        let at = self.core.now();
        let ended = (id, SessionEnd { at, reason });
        // The session is refused from here on, even if the write fails.
        self.note_ended(&[ended]);
        self.core.store.end_session(id, ended.1).await?;
        Ok(ended)
    }

    /// Ends the session of a sign-out token, if it stands; whose it was.
    pub async fn signed_out(&self, token: &Secret) -> Result<Option<(PersonId, Ended)>, SessionError> {
        let id = tokens::read_sign_out(&self.core.vouching, &token.0).ok_or(ErrorCode::SessionEnded)?;
        let row = self.core.store.session(id).await?;
        // After a restore the session may be unknown, and nothing is left to end.
        let standing = row.filter(|row| row.ended.is_none() && self.run_out(row, self.core.now()).is_none());
        match standing {
            Some(row) => Ok(Some((row.person, self.end(id, EndReason::SignedOut).await?))),
            None => Ok(None),
        }
    }

    /// Refuses the access tokens of a person whose account and sessions were ended in the store.
    pub fn person_ended(&self, person: PersonId) {
        let now = self.core.now();
        self.recent().people.insert(person, now);
    }

    /// Refuses the access tokens of sessions that were ended in the store.
    pub fn note_ended(&self, ended: &[Ended]) {
        let now = self.core.now();
        let mut recent = self.recent();
        // Older entries are dropped: their access tokens have expired.
        recent.sessions.retain(|_, end| now.since(end.at) <= ACCESS_FOR);
        recent.people.retain(|_, at| now.since(*at) <= ACCESS_FOR);
        for (id, end) in ended {
            // The first end stands, as it does in the store.
            recent.sessions.entry(*id).or_insert(*end);
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
            ended: None,
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
            sign_out: Some(SignOut {
                token: tokens::sign_out(&self.core.vouching, row.id),
                until: row.begun_at.plus(self.longest),
            }),
        }
    }
}
