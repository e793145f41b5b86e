//! A device for tests: a folder, a keychain in memory, an advancing clock, and "databases" that are files with the hash
//! of their key.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use conversation::Timestamp;
use futures_util::future::BoxFuture;
use platform::{Clock, Random};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::files::{DATABASE, HEADER};
use super::{OpenFault, Opened, Opener, Place, Quarantined, open, quarantine};
use crate::keychain::{Entry, Key, MemoryKeychain};
use crate::model::UnavailableReason;

#[derive(Debug)]
pub(super) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

#[derive(Debug)]
pub(super) struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&Sha256::digest(count.to_le_bytes())[..chunk.len()]);
        }
    }
}

/// The content of a "database" file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub key: String,
    /// Which one it is.
    pub number: u32,
    pub unsent: Vec<String>,
}

pub(super) fn hash(key: &Key) -> String {
    format!("{:x?}", Sha256::digest(key.expose()))
}

#[derive(Debug, Default)]
pub(super) struct Files {
    made: Mutex<u32>,
    /// The fault of the next opening.
    pub fault: Mutex<Option<OpenFault>>,
}

impl Files {
    fn content(path: &Path, key: &Key) -> Result<Content, OpenFault> {
        let bytes = fs::read(path).map_err(|_| OpenFault::Failed)?;
        let content: Content = serde_json::from_slice(&bytes).map_err(|_| OpenFault::WrongKeyOrDamaged)?;
        if content.key == hash(key) {
            Ok(content)
        } else {
            Err(OpenFault::WrongKeyOrDamaged)
        }
    }
}

impl Opener for Files {
    type Cache = Content;
    type Unsent = String;

    fn open<'a>(&'a self, path: &'a Path, key: &'a Key) -> BoxFuture<'a, Result<Content, OpenFault>> {
        Box::pin(async move {
            if let Some(fault) = self.fault.lock().unwrap().take() {
                return Err(fault);
            }
            if fs::metadata(path).map_or(0, |file| file.len()) == 0 {
                let mut made = self.made.lock().unwrap();
                *made += 1;
                write(
                    path,
                    &Content {
                        key: hash(key),
                        number: *made,
                        unsent: Vec::new(),
                    },
                );
            }
            Files::content(path, key)
        })
    }

    fn recover<'a>(&'a self, path: &'a Path, key: &'a Key) -> BoxFuture<'a, Result<Vec<String>, OpenFault>> {
        Box::pin(async move { Ok(Files::content(path, key)?.unsent) })
    }
}

fn write(path: &Path, content: &Content) {
    fs::write(path, serde_json::to_vec(content).unwrap()).unwrap();
}

/// Willem's laptop.
#[derive(Debug)]
pub(super) struct Device {
    _temporary: TempDir,
    pub place: Place,
    pub keychain: MemoryKeychain,
    pub files: Files,
    random: Seeded,
    clock: Ticking,
}

impl Device {
    pub(super) fn new(seed: u64) -> Device {
        let temporary = tempfile::tempdir().unwrap();
        Device {
            place: Place {
                folder: temporary.path().join("willem"),
                profile: "willem".to_owned(),
            },
            _temporary: temporary,
            keychain: MemoryKeychain::default(),
            files: Files::default(),
            random: Seeded(AtomicU64::new(seed << 32)),
            clock: Ticking(AtomicI64::new(1_772_443_800_000)),
        }
    }

    /// With a cache in which a text waits, closed again.
    pub(super) async fn in_use(seed: u64) -> Device {
        let device = Device::new(seed);
        let opened = device.open().await.unwrap();
        device.keep_unsent(opened.cache, &["Is de INR al bekend?"]);
        device
    }

    /// A text is written that does not go out.
    pub(super) fn keep_unsent(&self, cache: Content, texts: &[&str]) {
        let unsent = texts.iter().map(|&text| text.to_owned()).collect();
        write(&self.path(DATABASE), &Content { unsent, ..cache });
    }

    pub(super) async fn open(&self) -> Result<Opened<Files>, UnavailableReason> {
        open(
            &self.place,
            &self.keychain,
            &self.random,
            &self.clock,
            &self.files,
        )
        .await
    }

    pub(super) async fn trouble(&self) -> UnavailableReason {
        self.open().await.expect_err("a trouble")
    }

    pub(super) async fn quarantine(&self) -> Result<Quarantined, UnavailableReason> {
        quarantine(&self.place, &self.keychain, &self.random, &self.clock).await
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.folder.join(name)
    }

    pub(super) fn entry(&self) -> Entry {
        Entry::of(&self.place.profile)
    }

    pub(super) fn key(&self) -> Key {
        Key::from_entry(&self.keychain.entries()[&self.entry()]).unwrap()
    }

    pub(super) fn another_key(&self) -> Key {
        Key::make(&self.random, self.clock.now())
    }

    /// The header of another cache, with another key.
    pub(super) async fn foreign_header(&self) -> Vec<u8> {
        let other = Device::new(999_999);
        other.open().await.unwrap();
        fs::read(other.path(HEADER)).unwrap()
    }

    /// Every file in the folder and in those within it, but the lock and the notes.
    pub(super) fn all_files(&self) -> HashMap<PathBuf, Vec<u8>> {
        let mut found = HashMap::new();
        let mut folders = vec![self.place.folder.clone()];
        while let Some(folder) = folders.pop() {
            for file in fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("overleg."))
                {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        found
    }
}
