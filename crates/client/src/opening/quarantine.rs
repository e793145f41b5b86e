//! Setting a cache aside, and what is saved from it (F4).
//!
//! A folder `aside-<time>` begins with a note of how far the move has come, so that a crash in the middle never splits
//! a database from its log: the next opening ends the move first. Its key stays in the keychain, in an entry
//! `aside-<key>` beside the profile's own.

use std::fmt;
use std::path::PathBuf;

use chrono::DateTime;
use conversation::Timestamp;
use platform::{Clock, Random};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::files::{DATABASE, Folder};
use super::header::{Found, Header};
use super::{OpenFault, Opener, Place, write_and_read_back};
use crate::keychain::{Entry, Key, Keychain, SecretBytes};
use crate::model::UnavailableReason;

const BEGINNING: &str = "aside-";
const NOTE: &str = "aside.json";
/// Copies of one entry, of which all but the last were damaged in being written.
const COPIES: u32 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// Some of its files may still stand where they were.
    Moving,
    Moved,
    /// Unsent texts are safe, or cannot be recovered.
    Settled,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    stage: Stage,
    at: Timestamp,
    /// The name of the entry with its key beside the profile's, if there is one.
    entry: Option<String>,
}

impl Note {
    fn read(folder: &Folder) -> Result<Option<Note>, UnavailableReason> {
        let bytes = folder.read(NOTE)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn reach(&mut self, stage: Stage, folder: &Folder) -> Result<(), UnavailableReason> {
        self.stage = stage;
        folder.write_json(NOTE, self)
    }
}

/// The new location of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// `None`: there were no files of one.
    pub folder: Option<PathBuf>,
    /// Its key is still there, so that what was not sent can be read.
    pub key: bool,
}

/// Moves the profile's cache into a folder beside it, keeps a copy of its key, and puts a new key in its
/// place, so that the next opening makes a new cache. For a user who has seen a trouble that
/// [`super::may_quarantine`].
///
/// After a trouble here nothing is lost, and either this or opening can be tried again.
pub async fn quarantine(
    place: &Place,
    keychain: &dyn Keychain,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Result<Quarantined, UnavailableReason> {
    let (folder, _lock) = Folder::hold(&place.folder)?;
    finish_moves(&folder)?;
    let Some(entry) = keychain.read(&place.entry()).await? else {
        // Nothing to keep a copy of; opening makes the key, with care.
        return Ok(Quarantined {
            folder: move_to_quarantine(&folder, clock.now(), None)?,
            key: false,
        });
    };
    let copy = keep_copy(place, keychain, &entry).await?;
    // Only what was copied is written over, and a reading that went wrong once shows now.
    if keychain.read(&place.entry()).await?.as_ref() != Some(&entry) {
        return Err(UnavailableReason::KeyCorrupt);
    }
    let key = match (Key::from_entry(&entry), Header::read(&folder)?) {
        (Ok(key), Found::Header(header)) => header.key() == key.id(),
        (Ok(_), Found::Nothing | Found::Damaged | Found::Newer) => true,
        (Err(_), _) => false,
    };
    let moved = move_to_quarantine(&folder, clock.now(), key.then_some(copy))?;
    let new = Key::make(random, clock.now()).entry();
    write_and_read_back(keychain, &place.entry(), &new).await?;
    Ok(Quarantined { folder: moved, key })
}

/// Ends what a crash interrupted.
pub(super) fn finish_moves(folder: &Folder) -> Result<(), UnavailableReason> {
    for quarantined in folder.folders(BEGINNING)? {
        if let Some(mut note) = Note::read(&quarantined)?
            && note.stage == Stage::Moving
        {
            folder.move_cache(&quarantined)?;
            note.reach(Stage::Moved, &quarantined)?;
        }
    }
    Ok(())
}

fn move_to_quarantine(
    folder: &Folder,
    now: Timestamp,
    entry: Option<String>,
) -> Result<Option<PathBuf>, UnavailableReason> {
    if folder.is_without_cache()? {
        return Ok(None);
    }
    let time = DateTime::from_timestamp_millis(now.0).unwrap_or_default();
    let quarantined = folder.make_within(&format!("{BEGINNING}{}", time.format("%Y%m%dT%H%M%SZ")))?;
    let mut note = Note {
        stage: Stage::Moving,
        at: now,
        entry,
    };
    note.reach(Stage::Moving, &quarantined)?;
    folder.move_cache(&quarantined)?;
    note.reach(Stage::Moved, &quarantined)?;
    Ok(Some(quarantined.into_path()))
}

/// Copies the profile's entry to one beside it, whose name it answers. A damaged one is called after its digest.
async fn keep_copy(
    place: &Place,
    keychain: &dyn Keychain,
    entry: &SecretBytes,
) -> Result<String, UnavailableReason> {
    let name = match Key::from_entry(entry) {
        Ok(key) => name_of(key.id()),
        Err(_) => {
            let digest = Sha256::digest(entry.expose());
            let digest: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{BEGINNING}damaged-{digest}")
        }
    };
    for number in 1..=COPIES {
        let name = if number == 1 {
            name.clone()
        } else {
            format!("{name}-{number}")
        };
        let copy = Entry::beside(&place.profile, &name);
        match keychain.read(&copy).await? {
            Some(kept) if kept == *entry => return Ok(name),
            Some(_) => {}
            None => {
                write_and_read_back(keychain, &copy, entry).await?;
                return Ok(name);
            }
        }
    }
    Err(UnavailableReason::KeyCorrupt)
}

fn name_of(key: Uuid) -> String {
    format!("{BEGINNING}{}", key.simple())
}

/// Unsent texts of caches that were set aside.
pub struct Recovery<U> {
    /// Some of it may have been kept before: what has been kept by its id is not kept twice.
    pub unsent: Vec<U>,
    from: Vec<(Folder, Note)>,
}

impl<U> Recovery<U> {
    /// To be called when all of it is safe in the cache: it is not given again.
    pub fn kept(self) -> Result<(), UnavailableReason> {
        for (folder, mut note) in self.from {
            note.reach(Stage::Settled, &folder)?;
        }
        Ok(())
    }
}

/// Says how much, never what.
impl<U> fmt::Debug for Recovery<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recovery")
            .field("unsent", &self.unsent.len())
            .finish_non_exhaustive()
    }
}

/// Rescues as much as possible. A cache that cannot be read now is tried again at the next opening, and
/// blocks nothing.
pub(super) async fn recover<O: Opener>(
    folder: &Folder,
    place: &Place,
    keychain: &dyn Keychain,
    opener: &O,
    current: &Key,
) -> Recovery<O::Unsent> {
    let mut recovery = Recovery {
        unsent: Vec::new(),
        from: Vec::new(),
    };
    for quarantined in folder.folders(BEGINNING).unwrap_or_default() {
        let Ok(Some(note)) = Note::read(&quarantined) else {
            continue;
        };
        if note.stage != Stage::Moved {
            continue;
        }
        let own = own_key(&quarantined, &note, place, keychain).await;
        let is_own = own.is_some();
        // Without one of its own it may be encrypted with the key of now: the keychain did not mention it then.
        let key = own.unwrap_or_else(|| current.clone());
        match opener.recover(&quarantined.path(DATABASE), &key).await {
            Ok(unsent) => recovery.unsent.extend(unsent),
            Err(OpenFault::WrongKeyOrDamaged | OpenFault::Damaged) if is_own => {}
            // A later version may know how, a key may come back; the others pass.
            Err(_) => continue,
        }
        recovery.from.push((quarantined, note));
    }
    recovery
}

async fn own_key(quarantined: &Folder, note: &Note, place: &Place, keychain: &dyn Keychain) -> Option<Key> {
    let name = match (&note.entry, Header::read(quarantined)) {
        (Some(name), _) => name.clone(),
        (None, Ok(Found::Header(header))) => name_of(header.key()),
        (None, _) => return None,
    };
    let entry = keychain
        .read(&Entry::beside(&place.profile, &name))
        .await
        .ok()??;
    Key::from_entry(&entry).ok()
}
