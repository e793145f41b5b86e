//! Signing in and out, and renewing the session.
//!
//! The refresh token is kept in the cache, which is encrypted. A new one is written before it is used; an answer that
//! got lost is asked for again with the old one, and the server gives the same successor. One that comes after signing
//! out is not kept. Signing out does not wait for the server: [`sign_outs`](super::sign_outs) reports it.

use conversation::organisation::Card;
use conversation::text::{cut, one_line};
use conversation::{DeviceId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, DeviceInfo, RefreshRequest, Secret, SessionAnswer, SessionEnd, SignInRequest, SignOut,
};
use serde::{Deserialize, Serialize};

use super::{Engine, Me, meta, put_json, read_json};
use crate::cache::{CacheError, Change};
use crate::model::Invalidated;
use crate::ports::{Failure, Transport};

/// An access token is renewed this long before it ends, in milliseconds.
const EARLY: i64 = Timestamp::MINUTE;

/// The session as the cache keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// The server's address.
    pub server: String,
    /// `None` after signing out.
    pub tokens: Option<Tokens>,
    /// Why the session ended on the server, if it did.
    pub ended: Option<ErrorCode>,
    /// When and why, if the server said it.
    #[serde(default)]
    pub end: Option<SessionEnd>,
    /// The server's name for itself, if it gave one: its answers are recognised by it.
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tokens {
    pub access: Secret,
    /// By the server's clock.
    pub access_until: Timestamp,
    pub refresh: Secret,
    /// For signing out later, if the server gave it.
    #[serde(default)]
    pub sign_out: Option<SignOut>,
}

/// Why one is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("nobody is signed in")]
    NotSignedIn,
}

impl Engine {
    pub async fn session(&self) -> Result<Option<Session>, CacheError> {
        read_json(self.cache.as_ref(), meta::SESSION).await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        let session = self.session().await;
        session.is_ok_and(|session| session.is_some_and(|session| session.tokens.is_some()))
    }

    /// This device, as it is registered.
    pub async fn device(&self) -> Result<DeviceInfo, CacheError> {
        let known = self
            .cache
            .meta(meta::DEVICE)
            .await?
            .and_then(|id| id.parse().ok());
        let device = match known {
            Some(device) => device,
            None => {
                let device = DeviceId(self.new_id());
                self.cache
                    .write(vec![Change::PutMeta(meta::DEVICE, device.to_string())])
                    .await?;
                device
            }
        };
        Ok(DeviceInfo {
            device,
            name: device_name(),
            platform: std::env::consts::OS.to_owned(),
        })
    }

    pub async fn accept(
        &self,
        server: &str,
        transport: &dyn Transport,
        code: Secret,
        password: Secret,
    ) -> Result<(), SignInError> {
        let request = AcceptRequest {
            code,
            password,
            device: self.device().await?,
        };
        let asked = self.time.counted();
        let answer = transport.accept(&request).await?;
        self.time.hear_answer(answer.now, asked);
        Ok(self.signed_in(server, answer).await?)
    }

    pub async fn sign_in(
        &self,
        server: &str,
        transport: &dyn Transport,
        login: String,
        password: Secret,
    ) -> Result<(), SignInError> {
        let request = SignInRequest {
            login,
            password,
            device: self.device().await?,
        };
        let asked = self.time.counted();
        let answer = transport.sign_in(&request).await?;
        self.time.hear_answer(answer.now, asked);
        Ok(self.signed_in(server, answer).await?)
    }

    /// Someone signed in. The data of another person on this device is deleted first, except texts they did
    /// not send.
    async fn signed_in(&self, server: &str, answer: SessionAnswer) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let mut changes = Vec::new();
        let before = self.session().await?;
        let person = self.me().person;
        let another = person.is_some_and(|person| person != answer.person);
        if another || before.as_ref().is_some_and(|before| before.server != server) {
            changes = self.all_cleared(before.as_ref()).await?;
        }
        let memberships = answer
            .memberships
            .iter()
            .map(|card: &Card| card.membership)
            .collect();
        let me = Me {
            person: Some(answer.person),
            memberships,
        };
        changes.push(put_json(meta::ME, &me)?);
        changes.push(Change::PutCards(answer.memberships.clone()));
        let session = Session {
            server: server.to_owned(),
            name: answer.server.clone(),
            tokens: Some(tokens(answer)),
            ended: None,
            end: None,
        };
        changes.push(put_json(meta::SESSION, &session)?);
        changes.push(self.time_kept()?);
        self.cache.write(changes).await?;
        self.live().me = me;
        self.unnamed.notify_one();
        self.invalidate(vec![Invalidated::All]);
        self.signed.notify_one();
        self.signed_out.notify_one();
        Ok(())
    }

    /// An access token that holds; renewed where it soon ends, where it was `refused`, or where nobody knows when it ends,
    /// since the server's time was not heard yet. A renewal that is not answered keeps nobody waiting for as long as
    /// the token that is there holds.
    pub async fn access(
        &self,
        transport: &dyn Transport,
        refused: Option<&Secret>,
    ) -> Result<Secret, SignInError> {
        let _refreshing = match self.refreshing.try_lock() {
            Ok(refreshing) => refreshing,
            Err(_) => match self.holding(refused, 0).await? {
                Some(access) => return Ok(access),
                None => self.refreshing.lock().await,
            },
        };
        let session = self.session().await?.filter(|session| session.ended.is_none());
        let Some(Session {
            server,
            tokens: Some(before),
            name,
            ..
        }) = session
        else {
            return Err(SignInError::NotSignedIn);
        };
        transport.expect(name.as_deref());
        if let Some(access) = self.holding(refused, EARLY).await? {
            return Ok(access);
        }
        let request = RefreshRequest {
            refresh: before.refresh,
        };
        let asked = self.time.counted();
        let answer = transport.refresh(&request).await;
        // Meanwhile one may have signed out, or someone else in: that stands.
        let _writing = self.write_lock.lock().await;
        let stored = self.session().await?.and_then(|session| session.tokens);
        if stored.is_none_or(|stored| stored.refresh != request.refresh) {
            return Err(SignInError::NotSignedIn);
        }
        match answer {
            Ok(answer) => {
                self.time.hear_answer(answer.now, asked);
                let name = answer.server.clone().or(name);
                let tokens = tokens(answer);
                let access = tokens.access.clone();
                let session = Session {
                    server,
                    tokens: Some(tokens),
                    ended: None,
                    end: None,
                    name,
                };
                let changes = vec![put_json(meta::SESSION, &session)?, self.time_kept()?];
                self.cache.write(changes).await?;
                Ok(access)
            }
            Err(failure) if let Some((code, end)) = ended_by(failure) => {
                let session = Session {
                    server,
                    tokens: None,
                    ended: Some(code),
                    end,
                    name,
                };
                self.cache.write(vec![put_json(meta::SESSION, &session)?]).await?;
                self.invalidate(vec![Invalidated::Session]);
                Err(failure.into())
            }
            Err(failure) => match self.holding(refused, 0).await? {
                Some(access) => Ok(access),
                None => Err(failure.into()),
            },
        }
    }

    /// The access token that is there, where it holds for so long and was not refused.
    async fn holding(&self, refused: Option<&Secret>, so_long: i64) -> Result<Option<Secret>, CacheError> {
        let session = self.session().await?.filter(|session| session.ended.is_none());
        let tokens = session.and_then(|session| session.tokens);
        let until = self.now().plus(so_long);
        Ok(tokens
            .filter(|tokens| {
                self.time.is_heard() && until < tokens.access_until && refused != Some(&tokens.access)
            })
            .map(|tokens| tokens.access))
    }

    /// Forgets everything of this person on this device; the server's address stays, and so do texts
    /// that were not sent, for when they sign in again.
    pub async fn forget(&self) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let before = self.session().await?;
        let mut changes = self.all_cleared(before.as_ref()).await?;
        if let Some(before) = before {
            let session = Session {
                server: before.server,
                tokens: None,
                ended: None,
                end: None,
                name: None,
            };
            changes.push(put_json(meta::SESSION, &session)?);
        }
        changes.push(self.time_kept()?);
        self.cache.write(changes).await?;
        self.unnamed.notify_one();
        let mut live = self.live();
        live.me = Me::default();
        live.current_until = None;
        live.restored = false;
        drop(live);
        self.invalidate(vec![Invalidated::All]);
        self.signed.notify_one();
        self.signed_out.notify_one();
        Ok(())
    }

    /// Everything of a person goes, but for texts that were not sent, and what ends their session on the server; the settings of
    /// their account go along.
    async fn all_cleared(&self, session: Option<&Session>) -> Result<Vec<Change>, CacheError> {
        let rows = self.cache.outbox(None).await?;
        let mut changes = self.keep_texts(&rows, self.cache.drafts().await?).await?;
        changes.push(Change::Clear);
        changes.extend(self.sign_outs_kept(session).await?);
        Ok(changes)
    }
}

/// Whether a refresh was refused for good: by nothing else does a session end.
fn ended_by(failure: Failure) -> Option<(ErrorCode, Option<SessionEnd>)> {
    match failure {
        Failure::Ended(end) => Some((ErrorCode::SessionEnded, Some(end))),
        Failure::Server {
            code: code @ (ErrorCode::SessionEnded | ErrorCode::SignInNeeded),
            ..
        } => Some((code, None)),
        _ => None,
    }
}

/// Characters of a device's name, as the server takes it.
const LONGEST_DEVICE: usize = 100;
fn tokens(answer: SessionAnswer) -> Tokens {
    Tokens {
        access: answer.access,
        access_until: answer.access_expires,
        refresh: answer.refresh,
        sign_out: answer.sign_out,
    }
}

fn device_name() -> String {
    let name = std::env::var("HOSTNAME")
        .or_else(|_| std::env::var("COMPUTERNAME"))
        .unwrap_or_default();
    cut(&one_line(&name), LONGEST_DEVICE).to_owned()
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
