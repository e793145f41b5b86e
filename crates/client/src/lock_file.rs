//! A file that one program holds at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

/// Holds the file until this is dropped, or the program ends, however it ends.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    /// Makes the file if need be.
    pub(crate) fn take(path: &Path) -> Result<LockFile, TryLockError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path);
        let file = file.map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(LockFile(file))
    }
}

impl Drop for LockFile {
    /// A program that this one is just starting has all its files for a moment, and would hold this one if it were only
    /// closed here.
    fn drop(&mut self) {
        // A lock that cannot be released ends with the program.
        let _let_go = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // F4
    #[test]
    fn a_released_lock_is_free_also_while_a_program_is_being_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = LockFile::take(&path).unwrap();
        assert!(matches!(LockFile::take(&path), Err(TryLockError::WouldBlock)));
        // As it has the file between its beginning and its own program.
        let started = held.0.try_clone().unwrap();
        drop(held);
        let again = LockFile::take(&path);
        assert!(again.is_ok(), "{again:?}");
        drop(started);
    }
}
