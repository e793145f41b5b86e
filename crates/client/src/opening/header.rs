//! The header beside the database: which key it is encrypted with, and enough to check a key against without opening
//! anything. Nothing can be learnt of the key from it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::Timestamp;
use platform::Random;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::files::{Folder, HEADER};
use crate::keychain::Key;
use crate::model::UnavailableReason;

const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    version: u32,
    /// The key's id.
    key: Uuid,
    /// The cache's own.
    cache: Uuid,
    /// The first 16 bytes of SHA-256 over key and cache, as base64.
    check: String,
    created: Timestamp,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The content of the header file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Header(Header),
    Damaged,
    /// Of a later version of Overleg.
    Newer,
}

impl Header {
    pub(super) fn make(key: &Key, random: &dyn Random, now: Timestamp) -> Header {
        let cache = platform::id(random, now);
        Header {
            version: VERSION,
            key: key.id(),
            cache,
            check: check(key, cache),
            created: now,
        }
    }

    pub(super) fn key(&self) -> Uuid {
        self.key
    }

    /// With the right id and another check value the header is damaged: the key has a checksum of its own.
    pub(super) fn fits(&self, key: &Key) -> bool {
        self.key == key.id() && self.check == check(key, self.cache)
    }

    pub(super) fn read(folder: &Folder) -> Result<Found, UnavailableReason> {
        let Some(bytes) = folder.read(HEADER)? else {
            return Ok(Found::Nothing);
        };
        Ok(match serde_json::from_slice::<Version>(&bytes) {
            Ok(Version { version }) if version > VERSION => Found::Newer,
            _ => serde_json::from_slice(&bytes).map_or(Found::Damaged, Found::Header),
        })
    }

    pub(super) fn write(&self, folder: &Folder) -> Result<(), UnavailableReason> {
        folder.write_json(HEADER, self)
    }
}

fn check(key: &Key, cache: Uuid) -> String {
    let mut hash = Sha256::new();
    hash.update(b"overleg cache key check 1");
    hash.update(key.expose());
    hash.update(cache.as_bytes());
    STANDARD.encode(&hash.finalize()[..16])
}
