//! Free space on the disk (F4, U3).
//!
//! A full disk still takes small things: SQLite writes them over what its log no longer needs. So one write that succeeds
//! does not say that there is room again, and one that had nothing to write says nothing at all. Once a write has found none,
//! there is room again when as much as [`ENOUGH`] fits beside the database.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::CacheError;

/// In bytes: more than what somebody writes, with what SQLite needs for it.
const ENOUGH: usize = 1 << 20;
const BLOCK: usize = 1 << 16;

pub(super) struct Room {
    full: AtomicBool,
    probe: PathBuf,
}

impl Room {
    pub(super) fn beside(database: &Path) -> Room {
        let mut probe = OsString::from(database);
        probe.push("-room");
        Room {
            full: AtomicBool::new(false),
            probe: probe.into(),
        }
    }

    pub(super) fn is_left(&self) -> bool {
        !self.full.load(Ordering::SeqCst)
    }

    /// To be called after each write. A failure for another reason does not indicate that the disk is full.
    pub(super) fn note<T>(&self, written: &Result<T, CacheError>) {
        match written {
            Err(CacheError::DiskFull) => self.full.store(true, Ordering::SeqCst),
            Ok(_) if !self.is_left() && fits(&self.probe).is_ok() => self.full.store(false, Ordering::SeqCst),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Writes as much as is needed, and takes it away again.
fn fits(probe: &Path) -> io::Result<()> {
    let mut file = File::create(probe)?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    // Nothing that a file system stores smaller than it is.
    let block: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(BLOCK / 8)
    .flatten()
    .collect();
    let written = (0..ENOUGH / BLOCK).try_for_each(|_| file.write_all(&block));
    drop(file);
    let _gone = fs::remove_file(probe);
    written
}
