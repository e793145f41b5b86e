//! Sessions: local accounts by invitation, access tokens that end by themselves, refresh tokens that rotate.
//!
//! * An invitation's code is shown once and kept as its hash; it lives for seven days and is used once. Accepting it
//!   sets the password and ends all other sessions of the account.
//! * An access token names the person, the device and the session under the server's MAC, and lives for ten minutes:
//!   verifying it needs no database, because recently ended sessions and accounts are kept in memory.
//! * A refresh token names its session and a generation. The latest generation can be used once and is answered with
//!   the next. The one before it may be repeated, because an answer can get lost, and gets the same successor. Any
//!   older generation means that a token was stolen or copied, and ends the session. A generation newer than the
//!   server's own means that the server was restored from a backup.
//! * A wrong password, an unknown address and an account without a password take the same time and get the same
//!   answer. Attempts are limited by account and by address ([`attempts`]); passwords are hashed off the async
//!   threads, few at a time ([`password`]).

pub mod attempts;
#[cfg(test)]
mod earlier_tests;
pub mod password;
pub mod tokens;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::{DeviceId, PersonId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, DeviceInfo, InvitationAnswer, InvitationRequest, LONGEST_PASSWORD, RefreshRequest,
    SHORTEST_PASSWORD, Secret, SessionAnswer, SignInRequest,
};

pub use crate::config::tuning::PasswordCost;
use crate::core::{Core, CoreError};
use crate::credentials::invitation;
use crate::store::{Accept, AccountRow, InvitationRow, SessionId, SessionRow};
pub use attempts::Attempt;
use attempts::Attempts;
use password::Passwords;

/// How long an access token lives.
pub const ACCESS_FOR: i64 = 10 * Timestamp::MINUTE;
/// Maximum length of a password as typed, in bytes: 200 characters, each with all its combining marks.
const LONGEST_TYPED: usize = 3_200;
/// How long a session lives without being refreshed.
pub const SESSION_FOR: i64 = 60 * Timestamp::DAY;

/// The session that an access token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub device: DeviceId,
}

/// Why a session request was denied.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("{0}")]
    Code(ErrorCode),
    /// The request parses, but one of its fields is invalid.
    #[error("{0}")]
    Unreadable(&'static str),
    #[error("too many attempts")]
    Wait { seconds: u64 },
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

impl From<ErrorCode> for Denied {
    fn from(code: ErrorCode) -> Denied {
        Denied::Code(code)
    }
}

impl From<crate::store::StoreError> for Denied {
    fn from(error: crate::store::StoreError) -> Denied {
        Denied::CoreError(error.into())
    }
}

/// The form of a password that its hash was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The normalised form.
    Kept,
    /// As typed: hashed before passwords were normalised.
    Earlier,
}

#[derive(Debug)]
pub struct Sessions {
    core: Arc<Core>,
    passwords: Passwords,
    attempts: Attempts,
    ended: Mutex<Ended>,
}

/// Sessions and accounts that ended so recently that an access token of theirs may not have expired.
#[derive(Debug, Default)]
struct Ended {
    sessions: HashMap<SessionId, Timestamp>,
    people: HashMap<PersonId, Timestamp>,
}

impl Sessions {
    pub async fn open(core: Arc<Core>, cost: PasswordCost) -> Result<Sessions, CoreError> {
        let now = core.now();
        let ended = core.store.ended_since(now.plus(-ACCESS_FOR)).await?;
        let ended = Ended {
            sessions: ended.into_iter().map(|id| (id, now)).collect(),
            people: HashMap::new(),
        };
        Ok(Sessions {
            passwords: Passwords::new(cost, core.random.as_ref()),
            attempts: Attempts::default(),
            ended: Mutex::new(ended),
            core,
        })
    }

    /// The session of a valid access token.
    pub fn check(&self, token: &str) -> Result<Session, ErrorCode> {
        let now = self.core.now();
        let (session, expires) =
            tokens::read_access(&self.core.vouching, token).ok_or(ErrorCode::SignInNeeded)?;
        self.check_stands(&session)?;
        if now >= expires {
            return Err(ErrorCode::SignInNeeded);
        }
        Ok(session)
    }

    /// Whether neither the session nor the account has ended.
    pub fn check_stands(&self, session: &Session) -> Result<(), ErrorCode> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.sessions.contains_key(&session.id) || ended.people.contains_key(&session.person) {
            return Err(ErrorCode::SessionEnded);
        }
        Ok(())
    }

    /// Takes an attempt from an address, or refuses one that has none left; called before the body is read.
    pub fn attempt(&self, address: Option<IpAddr>) -> Result<Attempt, Denied> {
        self.attempts.begin(None, address, self.core.now())
    }

    /// The person whom an invitation is for.
    pub async fn invitation(
        &self,
        request: &InvitationRequest,
        attempt: Attempt,
    ) -> Result<InvitationAnswer, Denied> {
        let (row, account) = self.invited(&request.code, attempt).await?;
        let directory = self.core.directory();
        let card = directory
            .memberships_of(row.person)
            .iter()
            .filter_map(|membership| directory.card(*membership))
            .find(|card| !card.ended);
        Ok(InvitationAnswer {
            login: account.login,
            name: card
                .as_ref()
                .map(|card| card.profile.name.full())
                .unwrap_or_default(),
            organisation: card.map(|card| card.organisation_name).unwrap_or_default(),
            expires: row.expires_at,
            reset: account.password.is_some(),
        })
    }

    async fn invited(
        &self,
        code: &Secret,
        mut attempt: Attempt,
    ) -> Result<(InvitationRow, AccountRow), Denied> {
        attempt.try_it();
        let now = self.core.now();
        let hash = invitation::hash(&self.core.vouching, code);
        let row = self.core.store.invitation(&hash).await?;
        let row = row
            .filter(|row| row.used_at.is_none())
            .ok_or(ErrorCode::InvitationUnknown)?;
        let account = self.core.store.account(row.person).await?;
        let account = account
            .filter(|account| account.ended_at.is_none())
            .ok_or(ErrorCode::InvitationUnknown)?;
        // A valid code is not a guess.
        attempt.succeeded();
        if now >= row.expires_at {
            return Err(ErrorCode::InvitationExpired.into());
        }
        Ok((row, account))
    }

    /// Sets the password and signs in. Also returns the account's other sessions, which this ends.
    pub async fn accept(
        &self,
        request: &AcceptRequest,
        attempt: Attempt,
    ) -> Result<(SessionAnswer, Vec<SessionId>), Denied> {
        check_device(&request.device)?;
        if request.password.0.len() > LONGEST_TYPED {
            return Err(ErrorCode::PasswordTooLong.into());
        }
        let password = Secret(matching::password(&request.password.0));
        match password.0.chars().count() {
            0..SHORTEST_PASSWORD => return Err(ErrorCode::PasswordTooShort.into()),
            SHORTEST_PASSWORD..=LONGEST_PASSWORD => {}
            _ => return Err(ErrorCode::PasswordTooLong.into()),
        }
        let (row, _) = self.invited(&request.code, attempt).await?;
        let salt = platform::bytes(self.core.random.as_ref());
        let password = self.passwords.hash(password, salt).await?;
        let now = self.core.now();
        let session = self.new_session(row.person, &request.device, now);
        let accept = Accept {
            invitation: row.hash,
            at: now,
            password,
            session: session.clone(),
        };
        let ended = self.core.store.accept(&accept).await?;
        let ended = ended.ok_or(ErrorCode::InvitationUnknown)?;
        self.note_ended(&ended);
        tracing::debug!(person = %row.person, session = %session.id.0, "an invitation was accepted");
        Ok((self.answer(&session, now), ended))
    }

    pub async fn sign_in(
        &self,
        request: &SignInRequest,
        mut attempt: Attempt,
    ) -> Result<SessionAnswer, Denied> {
        check_device(&request.device)?;
        if request.password.0.len() > LONGEST_TYPED {
            return Err(ErrorCode::WrongPassword.into());
        }
        let logins = matching::forms_of_login(&request.login);
        let now = self.core.now();
        // From both buckets, or from neither.
        let mut of_account = self
            .attempts
            .begin(logins.first().map(String::as_str), None, now)?;
        of_account.try_it();
        attempt.try_it();
        let account = self.account_of(&logins).await?;
        let account = account.filter(|account| account.ended_at.is_none());
        let hash = account.as_ref().and_then(|account| account.password.clone());
        // An unknown account takes as long as a known one.
        let right = self.verify(&request.password, hash.as_deref()).await?;
        let (Some(account), Some(form)) = (account, right) else {
            tracing::info!("a sign-in failed");
            return Err(ErrorCode::WrongPassword.into());
        };
        of_account.succeeded();
        attempt.succeeded();
        if let (Form::Earlier, Some(hash)) = (form, hash) {
            // If this fails, the next sign-in tries it again.
            if self
                .hash_anew(account.person, &hash, &request.password)
                .await
                .is_err()
            {
                tracing::warn!(person = %account.person, "a password could not be hashed anew");
            }
        }
        let now = self.core.now();
        let session = self.new_session(account.person, &request.device, now);
        self.core.store.begin_session(&session).await?;
        tracing::debug!(person = %account.person, session = %session.id.0, "signed in");
        Ok(self.answer(&session, now))
    }

    /// The account that has the first of these forms of a login.
    async fn account_of(&self, logins: &[String]) -> Result<Option<AccountRow>, CoreError> {
        for login in logins {
            if let Some(account) = self.core.store.account_by_login(login).await? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// The form in which the password is right, if it is. Which forms are tried depends only on what was typed.
    async fn verify(&self, typed: &Secret, hash: Option<&str>) -> Result<Option<Form>, Denied> {
        let mut tried = Form::Kept;
        for form in matching::forms_of_password(&typed.0) {
            let hash = hash.map(str::to_owned);
            if self.passwords.verify(Secret(form), hash).await? {
                return Ok(Some(tried));
            }
            tried = Form::Earlier;
        }
        Ok(None)
    }

    /// Replaces the hash by one of the normalised password, unless the password was changed meanwhile.
    async fn hash_anew(&self, person: PersonId, before: &str, typed: &Secret) -> Result<(), Denied> {
        let salt = platform::bytes(self.core.random.as_ref());
        let password = Secret(matching::password(&typed.0));
        let hash = self.passwords.hash(password, salt).await?;
        self.core.store.change_password(person, before, &hash).await?;
        Ok(())
    }

    /// Rotates the tokens. Answers with the session instead if a reused token has ended it.
    pub async fn refresh(
        &self,
        request: &RefreshRequest,
    ) -> Result<Result<SessionAnswer, SessionId>, Denied> {
        let (id, generation) =
            tokens::read_refresh(&self.core.vouching, &request.refresh.0).ok_or(ErrorCode::SessionEnded)?;
        // Twice, since another request may rotate it in between.
        for _ in 0..2 {
            let now = self.core.now();
            let row = self.core.store.session(id).await?;
            // A valid token of a session that is not in the store: the session was lost when the server was restored.
            let mut row = row.ok_or(ErrorCode::Restored)?;
            if row.ended_at.is_some() || now >= row.expires_at {
                return Err(ErrorCode::SessionEnded.into());
            }
            if !self.core.account_stands(row.person).await? {
                return Err(ErrorCode::SessionEnded.into());
            }
            if generation > row.generation {
                return Err(ErrorCode::Restored.into());
            }
            if generation + 1 == row.generation {
                // The answer with the successor got lost: the successor was not used yet.
                return Ok(Ok(self.answer(&row, now)));
            }
            if generation + 1 < row.generation {
                tracing::warn!(person = %row.person, session = %id.0, "a refresh token was used twice: the session ends");
                self.end(id).await?;
                return Ok(Err(id));
            }
            let expires = now.plus(SESSION_FOR);
            if self.core.store.rotate(id, generation, now, expires).await? {
                row.generation += 1;
                return Ok(Ok(self.answer(&row, now)));
            }
        }
        Err(ErrorCode::TooManyRequests.into())
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
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.people.insert(person, now);
    }

    fn note_ended(&self, ids: &[SessionId]) {
        let now = self.core.now();
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Older entries are dropped: their access tokens have expired.
        ended.sessions.retain(|_, at| now.since(*at) <= ACCESS_FOR);
        ended.people.retain(|_, at| now.since(*at) <= ACCESS_FOR);
        ended.sessions.extend(ids.iter().map(|id| (*id, now)));
    }

    fn new_session(&self, person: PersonId, device: &DeviceInfo, now: Timestamp) -> SessionRow {
        SessionRow {
            id: SessionId(platform::id(self.core.random.as_ref(), now)),
            person,
            device: device.device,
            device_name: device.name.clone(),
            platform: device.platform.clone(),
            generation: 1,
            begun_at: now,
            refreshed_at: now,
            expires_at: now.plus(SESSION_FOR),
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
            access: tokens::access(&self.core.vouching, &session, expires),
            access_expires: expires,
            refresh: tokens::refresh(&self.core.vouching, row.id, row.generation),
            person: row.person,
            now,
            memberships: memberships.collect(),
            server: Some(self.core.vouching.name.clone()),
        }
    }
}

fn check_device(device: &DeviceInfo) -> Result<(), Denied> {
    let fits = |text: &str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
    if !fits(&device.name) {
        Err(Denied::Unreadable(
            "`device.name`: is longer than 100 characters, or holds control characters",
        ))
    } else if !fits(&device.platform) {
        Err(Denied::Unreadable(
            "`device.platform`: is longer than 100 characters, or holds control characters",
        ))
    } else {
        Ok(())
    }
}

/// Wrong attempts on one account before it must wait.
pub fn attempts_of_an_account() -> usize {
    attempts::OF_ACCOUNT_AT_ONCE
}
