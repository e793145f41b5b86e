//! The target folder of each clone, and what clones share of their builds.
//!
//! Cargo names an artifact of a workspace member after the member's place *in* the workspace, and judges whether it is
//! current by the age of its sources. In one target folder for two clones, the build of the one is therefore taken for
//! the sources of the other (docs/decisions/0015-a-target-folder-per-clone.md). So every clone has a folder of its own,
//! `<cache>/clones/<hash of its path>`:
//!
//! - `clone`: the clone's path and identity; a folder whose clone is gone is removed.
//! - `target`: cargo's. It is made at once with the libraries of another clone in it: artifacts of packages that
//!   `Cargo.lock` takes from a registry, never those of a member.
//!
//! The folder `<cache>/target`, which all clones once shared, is a source of libraries and nothing else.

mod seed;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, SystemTime};

pub(crate) use seed::Seeded;

/// A clone, and where its builds lie.
#[derive(Debug)]
pub(crate) struct Clone {
    /// All clones', in the cache.
    all: PathBuf,
    /// The target folder that clones shared before they had folders of their own.
    shared: PathBuf,
    root: PathBuf,
    folder: PathBuf,
    identity: String,
}

/// A folder that is half made for longer was left by a process that ended.
const ABANDONED: Duration = Duration::from_secs(24 * 3_600);

impl Clone {
    pub(crate) fn of(root: &Path, cache: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        let all = cache.join("clones");
        Ok(Self {
            folder: all.join(format!("{:016x}", hash(root.as_os_str().as_encoded_bytes()))),
            shared: cache.join("target"),
            identity: identity(&root)?,
            root,
            all,
        })
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Makes the target folder at the clone's first use, with the libraries of other clones, and removes the folders
    /// of clones that are gone. `None` when the folder was there.
    pub(crate) fn make_target(&self) -> io::Result<Option<Seeded>> {
        let mine = fs::read_to_string(self.folder.join(NAME)).is_ok_and(|kept| kept == self.identity);
        let made = if mine && self.target().is_dir() {
            None
        } else {
            self.move_away()?;
            Some(self.make()?)
        };
        self.sweep();
        Ok(made)
    }

    /// In one move: other processes see the folder whole or not at all, and two that make it at a time do no
    /// harm.
    fn make(&self) -> io::Result<Seeded> {
        fs::create_dir_all(&self.all)?;
        let half = self.beside("half");
        let target = half.join("target");
        fs::create_dir_all(&target)?;
        fs::write(half.join(NAME), &self.identity)?;
        fs::write(target.join("CACHEDIR.TAG"), CACHE_TAG)?;
        let lock = fs::read_to_string(self.root.join("Cargo.lock")).unwrap_or_default();
        let seeded = seed::seed(&self.sources(), &target, &self.target(), &lock);
        match fs::rename(&half, &self.folder) {
            Err(_) if self.target().is_dir() => fs::remove_dir_all(&half)?,
            renamed => renamed?,
        }
        Ok(seeded)
    }

    /// The folder of another clone that lay at this path: its libraries are of use, its members' artifacts are not.
    fn move_away(&self) -> io::Result<()> {
        if self.folder.is_dir() {
            fs::rename(&self.folder, self.beside("was"))?;
        }
        Ok(())
    }

    fn beside(&self, why: &str) -> PathBuf {
        let mut name = self.folder.clone().into_os_string();
        name.push(format!(".{why}-{}", process::id()));
        name.into()
    }

    /// Target folders that may have libraries.
    fn sources(&self) -> Vec<PathBuf> {
        let clones = entries(&self.all).into_iter().map(|folder| folder.join("target"));
        clones
            .chain([self.shared.clone()])
            .filter(|target| target.is_dir())
            .collect()
    }

    fn sweep(&self) {
        for folder in entries(&self.all) {
            if folder != self.folder && is_gone(&folder) {
                // Another process may do the same; what stays is removed the next time.
                let _removed = fs::remove_dir_all(&folder);
            }
        }
    }
}

/// In a clone's folder: the path of the clone, and the data that distinguishes it from another one there.
const NAME: &str = "clone";

const CACHE_TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of builds: it may be removed at any time.\n";

/// Whether the clone that a folder belongs to is no longer at its path, or nobody will ever finish the folder.
fn is_gone(folder: &Path) -> bool {
    let half = folder.to_string_lossy().contains(".half-");
    match fs::read_to_string(folder.join(NAME)) {
        Ok(name) if !half => {
            let root = Path::new(name.lines().next().unwrap_or_default());
            let lies_there = match identity(root) {
                Ok(identity) => identity == name,
                // A path that cannot be examined may exist.
                Err(error) => error.kind() != io::ErrorKind::NotFound,
            };
            folder.extension().is_some() || !lies_there
        }
        _ => is_older(folder, ABANDONED),
    }
}

fn is_older(folder: &Path, age: Duration) -> bool {
    let modified = fs::metadata(folder).and_then(|about| about.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|old| old > age))
}

/// A clone that is moved takes its identity along, and one that is put in the place of another has its own: the sources
/// of both may be older than what was built there.
fn identity(root: &Path) -> io::Result<String> {
    let about = fs::metadata(root)?;
    let born = about
        .created()
        .ok()
        .and_then(|born| born.duration_since(SystemTime::UNIX_EPOCH).ok())
        .unwrap_or_default();
    Ok(format!(
        "{}\n{} {}\n",
        root.display(),
        born.as_nanos(),
        number(&about)
    ))
}

#[cfg(unix)]
fn number(about: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

/// The moment of its making has to do.
#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// FNV-1a: the same in every version of this program, as the standard library's hashes are not.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
