//! Storage of the cache's key: the operating system's keychain, behind a trait (F1).
//!
//! An entry is found by a service, the same for all, and an account: the profile's name. The key of a cache
//! that was set aside stays under an account of its own (`profile/aside-…`): nothing here deletes an entry.
//!
//! *Invariant:* a key or an entry's bytes show in no `Debug` and no error.

mod key;
mod memory;
mod system;

use std::fmt;

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

pub use key::{Key, KeyFault};
pub use memory::{Fault, MemoryKeychain};
pub use system::SystemKeychain;

/// The service that every entry stands under.
pub const SERVICE: &str = "nl.overleg";

/// Why the keychain gave no answer. "No entry" is an answer, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum KeychainError {
    /// It waits to be unlocked, or did not answer in time, which on Linux is the same.
    #[error("the keychain is locked")]
    Locked,
    /// Someone, or the system, said no.
    #[error("the keychain refuses")]
    Denied,
    /// There is no keychain on this machine, or none that things can be kept in.
    #[error("there is no keychain")]
    Missing,
    /// It holds something that it cannot give.
    #[error("the keychain's entry is damaged")]
    Corrupt,
    #[error("the keychain failed")]
    Failed,
}

/// The address of an entry in the keychain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    account: String,
}

impl Entry {
    /// Of the key in use by a profile.
    pub fn of(profile: &str) -> Entry {
        Entry {
            account: profile.to_owned(),
        }
    }

    /// An entry beside the profile's; `name` distinguishes it.
    pub fn beside(profile: &str, name: &str) -> Entry {
        Entry {
            account: format!("{profile}/{name}"),
        }
    }

    pub fn account(&self) -> &str {
        &self.account
    }
}

/// Bytes that are wiped from memory when let go; their `Debug` is blank.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub fn new(bytes: Vec<u8>) -> SecretBytes {
        SecretBytes(Zeroizing::new(bytes))
    }

    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes")
    }
}

pub type Kept<'a, T> = BoxFuture<'a, Result<T, KeychainError>>;

/// A keychain. Writing replaces the previous value; there is no deleting.
pub trait Keychain: Send + Sync + fmt::Debug {
    /// `None`: there is no such entry, says the keychain. A locked one may say so too.
    fn read<'a>(&'a self, entry: &'a Entry) -> Kept<'a, Option<SecretBytes>>;
    /// After an error the entry may have been written all the same, at once or later.
    fn write<'a>(&'a self, entry: &'a Entry, bytes: &'a SecretBytes) -> Kept<'a, ()>;
}
