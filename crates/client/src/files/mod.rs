//! Sealed files on the disk of this device (F1).
//!
//! A folder `files` in the profile, with folders of two hexadecimal digits in it, and in those the files: under random
//! names without an extension, for this user alone, sealed by `sealed_file` under a key of their own. The rows of the
//! cache say which file is which, and hold the keys: without its row a file is noise.
//!
//! *Invariant:* a file is named by a row before it is made, and its row is deleted before it is. So a file that no row
//! names is garbage at any time, and [`FileStore::sweep`] removes it.

mod sealing;
mod store;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;

pub use sealing::{SealingFile, open};
pub use store::{FileName, FileStore, Source};

use std::io::{self, Read};

use conversation::Sha256;
use sha2::Digest as _;

/// The folder in that of the profile.
pub const FOLDER: &str = "files";

/// Whether a write failed because the disk is full.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// The digest of all that is left to read, in constant memory.
pub fn digest(mut reader: impl Read) -> io::Result<Sha256> {
    let mut hasher = sha2::Sha256::new();
    let mut piece = vec![0; sealed_file::CHUNK];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(Sha256(hasher.finalize().into())),
            Ok(read) => hasher.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
