//! A policy in a file of its own, as administrators of Linux write it.
//!
//! ```json
//! {"settings": {"notifications.detail": "nothing"}, "recommended": {"appearance.language": "en"}}
//! ```
//!
//! `settings` are enforced, `recommended` ones hold until the user chooses another value. A file that others than the superuser
//! or this user can write is not read, and one that cannot be read changes nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::PolicySource;
use crate::model::settings::{Layer, PolicyEntries, PolicyFault};

/// In bytes: many times what all settings take.
const LARGEST: u64 = 64 * 1024;
/// The mark that editors of Windows put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug)]
pub struct PolicyFile {
    path: PathBuf,
}

impl PolicyFile {
    pub fn at(path: PathBuf) -> PolicyFile {
        PolicyFile { path }
    }
}

impl PolicySource for PolicyFile {
    fn read(&self) -> Result<PolicyEntries, PolicyFault> {
        match trusted_bytes(&self.path)? {
            None => Ok(PolicyEntries::default()),
            Some(bytes) => parse(&bytes).ok_or(PolicyFault::NotJson),
        }
    }
}

/// The bytes of a file that only administrators can write; `None` where there is none.
pub(super) fn trusted_bytes(path: &Path) -> Result<Option<Vec<u8>>, PolicyFault> {
    let Some(file) = open(path)? else {
        return Ok(None);
    };
    let about = file.metadata().map_err(|_| PolicyFault::Unreadable)?;
    if !about.is_file() {
        return Err(PolicyFault::NotAFile);
    }
    if !is_trusted(&about) {
        return Err(PolicyFault::Untrusted);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| PolicyFault::Unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(PolicyFault::TooLarge);
    }
    Ok(Some(bytes))
}

fn parse(bytes: &[u8]) -> Option<PolicyEntries> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut policy: Layer = serde_json::from_slice(bytes).ok()?;
    let mut part = |name| match policy.remove(name) {
        None => Some(Layer::new()),
        Some(Value::Object(settings)) => Some(settings),
        Some(_) => None,
    };
    Some(PolicyEntries::of_machine(part("settings")?, part("recommended")?))
}

/// Opens the file; `None` where there is none. A link is not followed and a pipe not waited for: what was opened is what is
/// looked at, and nobody can exchange it meanwhile.
#[cfg(unix)]
fn open(path: &Path) -> Result<Option<File>, PolicyFault> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;

    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path);
    found(path, opened)
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<Option<File>, PolicyFault> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    if is_link {
        return Err(PolicyFault::NotAFile);
    }
    found(path, OpenOptions::new().read(true).open(path))
}

fn found(path: &Path, opened: io::Result<File>) -> Result<Option<File>, PolicyFault> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        // A link, a folder or a socket cannot be opened so on every system.
        Err(_) if fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) => {
            Err(PolicyFault::NotAFile)
        }
        Err(_) => Err(PolicyFault::Unreadable),
    }
}

#[cfg(unix)]
fn is_trusted(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let own = rustix::process::geteuid().as_raw();
    trusts(about.uid(), about.mode(), own)
}

/// A file of the superuser or of this user, which nobody else can write.
#[cfg(unix)]
fn trusts(owner: u32, mode: u32, own: u32) -> bool {
    const WRITTEN_BY_OTHERS: u32 = 0o022;
    (owner == 0 || owner == own) && mode & WRITTEN_BY_OTHERS == 0
}

/// On Windows the folder decides who writes the file, and its rights are inherited. No policy is read from a file there, but by
/// builds for development.
#[cfg(not(unix))]
fn is_trusted(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
