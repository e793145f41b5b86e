//! Sign-outs that the server does not know of yet.
//!
//! Signing out forgets the session on this device at once, with a network or without. One thing stays, in the encrypted cache:
//! the session's sign-out token, which ends that session and opens nothing. It is written in the transaction that forgets the
//! session, survives the sign-in of somebody else, and goes when the server has confirmed the end or said that there is no such
//! session, or when the session has ended in any case. A report that was answered just before the program ended is repeated.

use conversation::Timestamp;
use protocol::error::ErrorCode;
use protocol::session::{Secret, SignOut, SignedOutRequest};
use serde::{Deserialize, Serialize};

use super::sessions::Session;
use super::{Engine, meta, put_json, read_json};
use crate::cache::{CacheError, Change};
use crate::model::Invalidated;
use crate::ports::{Connector, Failure};

/// Sign-outs that are kept, at most: of more the oldest go, whose sessions end by themselves.
const MOST: usize = 20;

/// A sign-out as the cache keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unreported {
    /// The server's address.
    server: String,
    /// The server's name for itself.
    name: Option<String>,
    token: Secret,
    /// By the server's clock.
    until: Timestamp,
    /// Reported in vain once at least: the screen says so.
    #[serde(default)]
    failed: bool,
}

impl Unreported {
    fn of(session: &Session) -> Option<Unreported> {
        let SignOut { token, until } = session.tokens.as_ref()?.sign_out.clone()?;
        Some(Unreported {
            server: session.server.clone(),
            name: session.name.clone(),
            token,
            until,
            failed: false,
        })
    }
}

impl Engine {
    async fn unreported(&self) -> Result<Vec<Unreported>, CacheError> {
        let kept = read_json(self.cache.as_ref(), meta::SIGN_OUTS).await?;
        Ok(kept.unwrap_or_default())
    }

    /// Whether the server could not be informed of a sign-out here.
    pub(crate) async fn has_unreported(&self) -> Result<bool, CacheError> {
        Ok(self.unreported().await?.iter().any(|one| one.failed))
    }

    /// The sign-outs to write after everything else was cleared, with the one of a session that is forgotten now.
    pub(super) async fn sign_outs_kept(&self, session: Option<&Session>) -> Result<Vec<Change>, CacheError> {
        let mut kept = self.unreported().await?;
        kept.extend(session.and_then(Unreported::of));
        let over = kept.len().saturating_sub(MOST);
        kept.drain(..over);
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![put_json(meta::SIGN_OUTS, &kept)?])
    }

    /// Reports the sign-outs that the server does not know of; whether none is left.
    pub(crate) async fn report_sign_outs(&self, connector: &dyn Connector) -> Result<bool, CacheError> {
        for one in self.unreported().await? {
            let reported = self.report(&one, connector).await?;
            self.settle(&one, reported).await?;
        }
        Ok(self.unreported().await?.is_empty())
    }

    /// Whether a sign-out is over: the server knows of it, or need not.
    async fn report(&self, one: &Unreported, connector: &dyn Connector) -> Result<bool, CacheError> {
        if self.now() >= one.until {
            return Ok(true);
        }
        // Another server at the address of the one that the session was of.
        let current = self
            .session()
            .await?
            .filter(|session| session.server == one.server);
        if current.is_some_and(|session| session.name.is_some() && session.name != one.name) {
            return Ok(true);
        }
        let Ok((_, transport)) = connector.connect(&one.server) else {
            return Ok(true);
        };
        transport.expect(one.name.as_deref());
        let request = SignedOutRequest {
            token: one.token.clone(),
        };
        Ok(match transport.signed_out(&request).await {
            Ok(())
            | Err(
                Failure::Ended(_)
                | Failure::Server {
                    code: ErrorCode::SessionEnded,
                    ..
                },
            ) => true,
            Err(failure) => {
                tracing::info!(%failure, "the server could not be informed of a sign-out");
                false
            }
        })
    }

    async fn settle(&self, one: &Unreported, reported: bool) -> Result<(), CacheError> {
        if !reported && one.failed {
            return Ok(());
        }
        let _writing = self.write_lock.lock().await;
        // Others may have come meanwhile.
        let mut kept = self.unreported().await?;
        if reported {
            kept.retain(|other| other.token != one.token);
        } else {
            for other in kept.iter_mut().filter(|other| other.token == one.token) {
                other.failed = true;
            }
        }
        let change = match kept.is_empty() {
            true => Change::DropMeta(meta::SIGN_OUTS),
            false => put_json(meta::SIGN_OUTS, &kept)?,
        };
        self.cache.write(vec![change]).await?;
        if one.failed == reported {
            self.invalidate(vec![Invalidated::Session]);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "sign_outs_tests.rs"]
mod tests;
