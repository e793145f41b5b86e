//! The data folder of the server, and its file permissions.
//!
//! Everything in it is for the server's user only: the folder has mode 0700, each file in it 0600. The server creates
//! files with these modes whatever the umask; SQLite gives its log and index the mode of the database. A folder or key
//! that others can read is refused with the command that fixes it, since it may have been read already; files in a
//! folder that is closed to others are closed with a warning. On Windows the folder inherits the access list of its
//! parent, and nothing is checked.

use std::fs::File;
use std::io;
use std::path::Path;

use super::StartError;
use crate::durable::sync;

/// Files in the folder.
const OWN: [&str; 5] = [
    "lock",
    "overleg.sqlite",
    "overleg.sqlite-wal",
    "overleg.sqlite-shm",
    "overleg.sqlite-journal",
];

/// Creates the folder if it is absent; an existing empty folder gets mode 0700.
pub(super) fn create(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    if is_open(path)? && std::fs::read_dir(path)?.next().is_none() {
        close(path)?;
    }
    if let Some(parent) = path.parent() {
        sync(parent);
    }
    Ok(())
}

/// Refuses a folder that others can enter; otherwise closes files in it that others could read.
pub(super) fn check(path: &Path) -> Result<(), StartError> {
    let failed = |error| StartError::Folder(path.to_owned(), error);
    if is_open(path).map_err(failed)? {
        return Err(StartError::Open {
            what: "folder",
            path: path.to_owned(),
            mode: mode(path).map_err(failed)?,
            mend: 0o700,
        });
    }
    for name in OWN {
        let file = path.join(name);
        match is_open(&file) {
            Ok(true) => {
                tracing::warn!(
                    file = name,
                    "others than the server's user could read this file; it is closed to them"
                );
                close(&file).map_err(failed)?;
            }
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}

/// Refuses a key that others can read.
pub(super) fn check_key(path: &Path) -> Result<(), StartError> {
    match is_open(path) {
        Ok(true) => Err(StartError::Open {
            what: "master key",
            path: path.to_owned(),
            mode: mode(path).map_err(crate::keys::MasterKeyError::File)?,
            mend: 0o600,
        }),
        // A missing key is reported when it is read.
        Ok(false) | Err(_) => Ok(()),
    }
}

/// Locks the folder for one process.
pub(super) fn lock(folder: &Path) -> Result<File, StartError> {
    let failed = |error| StartError::Folder(folder.to_owned(), error);
    let file = own_file().open(folder.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Locked(folder.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Whether a program holds the folder.
#[cfg(windows)]
pub(super) fn is_locked(folder: &Path) -> bool {
    let file = File::open(folder.join("lock"));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

/// Creates the database file if it is absent, so that it has mode 0600 from the first byte.
pub(super) fn create_database(path: &Path) -> io::Result<()> {
    own_file().open(path)?.sync_all()?;
    if let Some(folder) = path.parent() {
        sync(folder);
    }
    Ok(())
}

/// Opens a file for writing; creates it with mode 0600.
fn own_file() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn mode(path: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    Ok(std::fs::metadata(path)?.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> io::Result<u32> {
    Ok(0)
}

/// Whether users other than the owner have any access.
pub(crate) fn is_open(path: &Path) -> io::Result<bool> {
    Ok(mode(path)? & 0o077 != 0)
}

fn close(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let owner = mode(path)? & 0o700;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(owner))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A path, quoted for a shell.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
