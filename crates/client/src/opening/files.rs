//! A profile's folder. Files are replaced whole or not at all, and moved, never deleted.

use std::fs::{self, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::FOLDER;
use crate::lock_file::LockFile;
use crate::model::UnavailableReason;
use crate::whole_file::{self, make_folder, sync};

pub const DATABASE: &str = "overleg.db";
pub const HEADER: &str = "overleg.key.json";
const LOCK: &str = "overleg.lock";

/// All that belongs to a cache. The database stands last: where it is, what it needs is too.
pub(super) const CACHE: [&str; 5] = [
    "overleg.db-wal",
    "overleg.db-journal",
    "overleg.db-shm",
    HEADER,
    DATABASE,
];

/// Holds a profile for this program, until it is dropped or the program ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: LockFile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Database {
    Gone,
    /// A file without a byte.
    Empty,
    Filled,
}

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if need be, for this user alone, and takes its lock.
    pub(super) fn hold(path: &Path) -> Result<(Folder, Lock), UnavailableReason> {
        make_folder(path).map_err(trouble)?;
        match LockFile::take(&path.join(LOCK)) {
            Ok(file) => Ok((Folder::at(path), Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Err(UnavailableReason::InUse),
            Err(TryLockError::Error(error)) => Err(trouble(error)),
        }
    }

    pub(super) fn at(path: &Path) -> Folder {
        Folder {
            path: path.to_owned(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn database(&self) -> Result<Database, UnavailableReason> {
        match fs::metadata(self.path(DATABASE)) {
            Ok(file) if file.len() == 0 => Ok(Database::Empty),
            Ok(_) => Ok(Database::Filled),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Database::Gone),
            Err(error) => Err(trouble(error)),
        }
    }

    /// Whether not one file of a cache is here.
    pub(super) fn is_without_cache(&self) -> Result<bool, UnavailableReason> {
        for name in CACHE {
            if self.path(name).try_exists().map_err(trouble)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, UnavailableReason> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(trouble(error)),
        }
    }

    /// Whole or not at all, and on the disk when it returns.
    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), UnavailableReason> {
        let write = || -> io::Result<()> { whole_file::write(&self.path(name), &serde_json::to_vec(value)?) };
        write().map_err(trouble)
    }

    /// Moves the files of a cache that are still here; done twice it does what it does once. A file that stands
    /// there already is not replaced.
    pub(super) fn move_cache(&self, to: &Folder) -> Result<(), UnavailableReason> {
        let rename = || -> io::Result<()> {
            // The sealed files first: without the database they are noise, and it stands last.
            for name in [FOLDER].iter().chain(&CACHE) {
                let (from, to) = (self.path(name), to.path(name));
                if from.try_exists()? {
                    if to.try_exists()? {
                        return Err(ErrorKind::AlreadyExists.into());
                    }
                    fs::rename(from, to)?;
                }
            }
            sync(&to.path)?;
            sync(&self.path)
        };
        rename().map_err(trouble)
    }

    /// Makes a new folder in it: `name`, or `name-2` and so on where that is taken.
    pub(super) fn make_within(&self, name: &str) -> Result<Folder, UnavailableReason> {
        let mut path = self.path(name);
        for number in 2.. {
            match fs::create_dir(&path) {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    path = self.path(&format!("{name}-{number}"));
                }
                Err(error) => return Err(trouble(error)),
            }
        }
        sync(&self.path).map_err(trouble)?;
        Ok(Folder { path })
    }

    /// The folders in it whose names begin so, in order of name.
    pub(super) fn folders(&self, beginning: &str) -> Result<Vec<Folder>, UnavailableReason> {
        let list = || -> io::Result<Vec<PathBuf>> {
            let mut paths = Vec::new();
            for found in fs::read_dir(&self.path)? {
                let found = found?;
                if found.file_type()?.is_dir() && found.file_name().to_string_lossy().starts_with(beginning) {
                    paths.push(found.path());
                }
            }
            paths.sort();
            Ok(paths)
        };
        let paths = list().map_err(trouble)?;
        Ok(paths.into_iter().map(|path| Folder { path }).collect())
    }

    pub(super) fn into_path(self) -> PathBuf {
        self.path
    }
}

/// The meaning to the user of a file that cannot be read or written. Its path may hold a name: the error goes
/// no further.
fn trouble(error: io::Error) -> UnavailableReason {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => UnavailableReason::DiskFull,
        _ => UnavailableReason::CacheDamaged,
    }
}
