//! Accounts, their passwords, and invitations to them.

use std::fmt::{self, Debug};

use conversation::{PersonId, Timestamp};
use trail::Digest;

use super::error::StoreFuture;

/// Accounts; [`LogStore::append`](super::LogStore::append) creates and ends them.
pub trait AccountStore: Send + Sync + Debug {
    fn account(&self, person: PersonId) -> StoreFuture<'_, Option<AccountRow>>;
    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>>;
    /// Replaces the hash by another of the same password; `false` if `before` is no longer stored.
    fn change_password<'a>(
        &'a self,
        person: PersonId,
        before: &'a str,
        hash: &'a str,
    ) -> StoreFuture<'a, bool>;
    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>>;
}

#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub person: PersonId,
    /// The login: a work e-mail address, in lower case.
    pub login: String,
    /// Argon2id, as a PHC string; `None` until an invitation is accepted.
    pub password: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Shows the id only: the rest is a name and a secret.
impl fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRow({})", self.person)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Of the code, under a key of the server.
    pub hash: Digest,
    pub person: PersonId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// When it was accepted, or replaced by a later one.
    pub used_at: Option<Timestamp>,
}
