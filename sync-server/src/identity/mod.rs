//! Answers who somebody is, by one of the ways of signing in: an [`Identified`] person.
//!
//! ```text
//!   local: password, invitation ──► Identified ──► session: tokens for a device
//! ```
//!
//! * Each way of signing in has a file: [`local`] are the accounts of this server. A provider elsewhere is another file,
//!   and another [`Method`].
//! * Nothing outside this folder can make an [`Identified`], so a session begins for nobody whom no method identified.
//! * What a method changes of the account is data ([`SignInEffects`]), written in the transaction in which the session
//!   begins: an invitation is used, and its password set, with the session or not at all.
//!
//! *Invariant:* nothing here names a session or a token.

pub mod attempts;
#[cfg(test)]
mod earlier_tests;
mod easy;
pub mod local;
mod password;

use conversation::PersonId;
use protocol::error::ErrorCode;

use crate::core::CoreError;
use crate::store::{SignInEffects, StoreError};
pub use local::LocalAccounts;

/// A way of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Password,
    Invitation,
}

/// A person whom a method has identified: the right to one session.
#[derive(Debug)]
pub struct Identified {
    person: PersonId,
    method: Method,
    effects: SignInEffects,
}

impl Identified {
    /// For the methods alone.
    fn new(person: PersonId, method: Method, effects: SignInEffects) -> Identified {
        Identified {
            person,
            method,
            effects,
        }
    }

    pub fn person(&self) -> PersonId {
        self.person
    }

    pub fn method(&self) -> Method {
        self.method
    }

    /// The answer where the ground of the identification was used up before the session began.
    pub fn superseded(&self) -> ErrorCode {
        match self.method {
            Method::Password => ErrorCode::WrongPassword,
            Method::Invitation => ErrorCode::InvitationUnknown,
        }
    }

    /// To be written with the session that begins.
    pub(crate) fn into_effects(self) -> SignInEffects {
        self.effects
    }
}

/// Wrong attempts on one account before it must wait.
pub fn attempts_of_an_account() -> usize {
    attempts::OF_ACCOUNT_AT_ONCE
}

/// The target of the log's lines about signing in (ASVS 16.3): the account, the device and the address, never a login, a name
/// or a secret. Refusals are limited, so that nobody fills the disk.
pub const SECURITY: &str = "sync_server::security";

/// Why somebody was not identified.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("{0}")]
    Code(ErrorCode),
    #[error("too many attempts")]
    Wait { seconds: u64 },
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

impl From<ErrorCode> for IdentityError {
    fn from(code: ErrorCode) -> IdentityError {
        IdentityError::Code(code)
    }
}

impl From<StoreError> for IdentityError {
    fn from(error: StoreError) -> IdentityError {
        IdentityError::CoreError(error.into())
    }
}
