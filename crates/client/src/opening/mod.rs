//! Opens the device's cache, and handles every way in which that fails (F1, F4).
//!
//! A profile has a folder, held by one program at a time, and an entry in the keychain. In the folder stand the
//! database, the header that says which key it is encrypted with, the folder of sealed files whose keys the database has,
//! and what was set aside before.
//!
//! 1. A key is made only where the keychain has none **and** the folder has no cache, not even a part of one. "No
//!    entry" beside a cache is a lost key, never a first start; and before it is believed at all, something is written
//!    to the keychain and read back: a locked one says "no entry" too.
//! 2. The order is key, database, header. A key is read back before a database is made with it. A crash leaves a key
//!    without a database, which is used, or a database without a header, which gets one.
//! 3. Nothing is deleted. A cache that cannot be opened is moved into a folder beside it ([`quarantine`]), and no entry of
//!    the keychain is written over before a copy of it has been read back.
//! 4. Unsent texts of a cache that was set aside are handed out with the next one, at every opening until the caller
//!    confirms that they are kept ([`Recovery::kept`]).
//! 5. Every outcome is an opened cache or a [`UnavailableReason`], which says what to do.
//!
//! | the keychain | the folder | outcome |
//! | --- | --- | --- |
//! | gives an error | any | the trouble of that name |
//! | no entry | nothing of a cache | a first start: a key is made |
//! | no entry | any part of a cache | `KeyLost` |
//! | an entry that is no key | any | `KeyCorrupt` |
//! | a key | nothing of a cache | a new cache with this key |
//! | a key | a header of another key | `KeyWrong`; the database is not touched |
//! | a key | a database that opens | opened; a header that is missing or damaged is written anew |
//! | a key | a database that does not open, is empty, or is gone from beside its header | `CacheDamaged` |
//!
//! *Invariant:* this module knows no SQL; what opens a database comes in as an [`Opener`].

mod files;
mod header;
mod quarantine;

#[cfg(test)]
mod sequence_tests;
#[cfg(test)]
mod test_device;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

pub use files::{DATABASE, HEADER, Lock};
pub use quarantine::{Quarantined, Recovery, quarantine};

use platform::{Clock, Random};

use crate::keychain::{Entry, Key, KeyFault, Keychain, KeychainError, SecretBytes};
use crate::model::UnavailableReason;
use files::{Database, Folder};
use header::{Found, Header};

/// Why a database could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum OpenFault {
    /// The first page cannot be read with this key.
    #[error("the key does not fit, or the file is damaged")]
    WrongKeyOrDamaged,
    #[error("the file is damaged")]
    Damaged,
    /// Of a later version of Overleg.
    #[error("the file is newer than this program")]
    Newer,
    #[error("there is no room left on the disk")]
    DiskFull,
    #[error("the file is in use")]
    InUse,
    #[error("the file could not be opened")]
    Failed,
}

/// Opens databases.
pub trait Opener: Send + Sync {
    type Cache: Send;
    /// Something that had not been sent: a command in the outbox or a draft.
    type Unsent: Send;

    /// Opens the database, or makes one where there is no file or an empty one. Answers once it has been read from
    /// with this key.
    fn open<'a>(&'a self, path: &'a Path, key: &'a Key) -> BoxFuture<'a, Result<Self::Cache, OpenFault>>;

    /// Reads the readable part of the outbox and the drafts of a database that was set aside, without
    /// changing it or making one. Its result is given again unless it was kept.
    fn recover<'a>(
        &'a self,
        path: &'a Path,
        key: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<Self::Unsent>, OpenFault>>;
}

/// The profile whose cache is opened, and its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The profile's own; made if need be.
    pub folder: PathBuf,
    /// A name without a `/`.
    pub profile: String,
}

impl Place {
    pub(crate) fn entry(&self) -> Entry {
        Entry::of(&self.profile)
    }
}

/// A cache that is open.
pub struct Opened<O: Opener> {
    pub cache: O::Cache,
    /// From caches that were set aside; empty as a rule.
    pub recovery: Recovery<O::Unsent>,
    /// Holds the profile for this program. To be kept for as long as the cache is, and let go after it.
    pub lock: Lock,
}

impl<O: Opener> fmt::Debug for Opened<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("recovery", &self.recovery)
            .finish_non_exhaustive()
    }
}

/// Whether setting the cache aside is a way out. The others pass, or are for the user to end.
pub fn may_quarantine(trouble: UnavailableReason) -> bool {
    match trouble {
        UnavailableReason::KeyLost
        | UnavailableReason::KeyWrong
        | UnavailableReason::KeyCorrupt
        | UnavailableReason::CacheDamaged
        | UnavailableReason::CacheNewer => true,
        UnavailableReason::KeychainLocked
        | UnavailableReason::KeychainDenied
        | UnavailableReason::KeychainMissing
        | UnavailableReason::DiskFull
        | UnavailableReason::InUse => false,
    }
}

/// Opens the profile's cache, or makes it where there has been none. Can be repeated after any trouble.
pub async fn open<O: Opener>(
    place: &Place,
    keychain: &dyn Keychain,
    random: &dyn Random,
    clock: &dyn Clock,
    opener: &O,
) -> Result<Opened<O>, UnavailableReason> {
    let (folder, lock) = Folder::hold(&place.folder)?;
    quarantine::finish_moves(&folder)?;
    let key = match keychain.read(&place.entry()).await? {
        Some(entry) => Key::from_entry(&entry)?,
        None if folder.is_without_cache()? => first_key(place, keychain, random, clock).await?,
        None => return Err(UnavailableReason::KeyLost),
    };
    let found = Header::read(&folder)?;
    fits(&folder, &found, &key)?;
    let cache = opener.open(&folder.path(DATABASE), &key).await?;
    if !matches!(found, Found::Header(header) if header.fits(&key)) {
        Header::make(&key, random, clock.now()).write(&folder)?;
    }
    let recovery = quarantine::recover(&folder, place, keychain, opener, &key).await;
    Ok(Opened {
        cache,
        recovery,
        lock,
    })
}

/// Whether the database may be opened, or made, with this key.
fn fits(folder: &Folder, found: &Found, key: &Key) -> Result<(), UnavailableReason> {
    match found {
        Found::Newer => return Err(UnavailableReason::CacheNewer),
        Found::Header(header) if header.key() != key.id() => return Err(UnavailableReason::KeyWrong),
        Found::Nothing | Found::Damaged | Found::Header(_) => {}
    }
    let was_made = !matches!(found, Found::Nothing);
    match folder.database()? {
        Database::Filled => Ok(()),
        // Opening it would make a new one, as if nothing had ever been there.
        Database::Empty if was_made => Err(UnavailableReason::CacheDamaged),
        Database::Empty => Ok(()),
        Database::Gone if folder.is_without_cache()? => Ok(()),
        Database::Gone => Err(UnavailableReason::CacheDamaged),
    }
}

/// The entry that a locked keychain did not mention at first, or else a new key.
async fn first_key(
    place: &Place,
    keychain: &dyn Keychain,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Result<Key, UnavailableReason> {
    let probe = Entry::beside(&place.profile, "probe");
    write_and_read_back(keychain, &probe, &SecretBytes::new(b"overleg".to_vec())).await?;
    if let Some(entry) = keychain.read(&place.entry()).await? {
        return Ok(Key::from_entry(&entry)?);
    }
    let key = Key::make(random, clock.now());
    write_and_read_back(keychain, &place.entry(), &key.entry()).await?;
    Ok(key)
}

/// Believes no keychain that says it has kept something.
async fn write_and_read_back(
    keychain: &dyn Keychain,
    entry: &Entry,
    bytes: &SecretBytes,
) -> Result<(), UnavailableReason> {
    keychain.write(entry, bytes).await?;
    match keychain.read(entry).await? {
        Some(kept) if kept == *bytes => Ok(()),
        Some(_) => Err(UnavailableReason::KeyCorrupt),
        None => Err(UnavailableReason::KeychainMissing),
    }
}

impl From<KeychainError> for UnavailableReason {
    fn from(error: KeychainError) -> UnavailableReason {
        match error {
            KeychainError::Locked => UnavailableReason::KeychainLocked,
            // The keychain returned nothing, and the only remedy is to try again.
            KeychainError::Denied | KeychainError::Failed => UnavailableReason::KeychainDenied,
            KeychainError::Missing => UnavailableReason::KeychainMissing,
            KeychainError::Corrupt => UnavailableReason::KeyCorrupt,
        }
    }
}

impl From<KeyFault> for UnavailableReason {
    fn from(fault: KeyFault) -> UnavailableReason {
        match fault {
            KeyFault::Damaged => UnavailableReason::KeyCorrupt,
            KeyFault::Newer => UnavailableReason::CacheNewer,
        }
    }
}

impl From<OpenFault> for UnavailableReason {
    fn from(fault: OpenFault) -> UnavailableReason {
        match fault {
            // A key that belongs to another cache was found out by the header.
            OpenFault::WrongKeyOrDamaged | OpenFault::Damaged | OpenFault::Failed => {
                UnavailableReason::CacheDamaged
            }
            OpenFault::Newer => UnavailableReason::CacheNewer,
            OpenFault::DiskFull => UnavailableReason::DiskFull,
            OpenFault::InUse => UnavailableReason::InUse,
        }
    }
}
