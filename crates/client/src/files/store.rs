//! The folder of the files, or a stand-in in memory for tests and the simulation.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::whole_file::{make_folder, sync};

/// The name of a file: random, and of no meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(pub [u8; 16]);

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FileName {
    /// Of the two parts of a path.
    fn of(folder: &str, rest: &str) -> Option<FileName> {
        let digits = format!("{folder}{rest}");
        let plain = digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(&digits, 16).ok()?;
        (plain && folder.len() == 2 && digits.len() == 32).then_some(FileName(number.to_be_bytes()))
    }
}

/// The sealed files of a profile.
#[derive(Clone, Debug)]
pub struct FileStore(Arc<Place>);

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Memory(Mutex<InMemory>),
}

#[derive(Default)]
struct InMemory {
    files: BTreeMap<FileName, Arc<Vec<u8>>>,
    /// Bytes that fit, if that is limited.
    room: Option<usize>,
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files", self.files.len())
    }
}

fn locked(memory: &Mutex<InMemory>) -> MutexGuard<'_, InMemory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FileStore {
    /// The folder is made with the first file.
    pub fn in_folder(folder: PathBuf) -> FileStore {
        FileStore(Arc::new(Place::Folder(folder)))
    }

    pub fn in_memory() -> FileStore {
        FileStore(Arc::new(Place::Memory(Mutex::default())))
    }

    /// Does work that reads or writes files on a thread for that; at once where they are in memory.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        match &*self.0 {
            Place::Folder(_) => tokio::task::spawn_blocking(work).await.map_err(io::Error::other),
            Place::Memory(_) => Ok(work()),
        }
    }

    /// From now on no more than so many bytes fit; for tests, in memory alone.
    pub fn limit(&self, room: Option<usize>) {
        if let Place::Memory(memory) = &*self.0 {
            locked(memory).room = room;
        }
    }

    /// Cuts the file off at a place, and writes these bytes there. From the beginning on it is made.
    pub fn write(&self, name: FileName, at: u64, bytes: &[u8]) -> io::Result<()> {
        match &*self.0 {
            Place::Folder(folder) => {
                let path = path(folder, name);
                if at == 0
                    && let Some(parent) = path.parent()
                {
                    make_folder(parent)?;
                }
                let mut options = OpenOptions::new();
                options.write(true).create(at == 0);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path)?;
                if file.metadata()?.len() < at {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                file.set_len(at)?;
                file.seek(SeekFrom::Start(at))?;
                file.write_all(bytes)
            }
            Place::Memory(memory) => {
                let mut memory = locked(memory);
                let at = usize::try_from(at).map_err(|_| ErrorKind::FileTooLarge)?;
                let others: usize = memory
                    .files
                    .iter()
                    .filter(|(other, _)| **other != name)
                    .map(|(_, bytes)| bytes.len())
                    .sum();
                if memory.room.is_some_and(|room| others + at + bytes.len() > room) {
                    return Err(ErrorKind::StorageFull.into());
                }
                let file = memory.files.entry(name).or_default();
                if file.len() < at {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                let file = Arc::make_mut(file);
                file.truncate(at);
                file.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Bytes of the file; `None` where it is not there.
    pub fn len(&self, name: FileName) -> io::Result<Option<u64>> {
        match &*self.0 {
            Place::Folder(folder) => match fs::metadata(path(folder, name)) {
                Ok(file) => Ok(Some(file.len())),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Place::Memory(memory) => Ok(locked(memory).files.get(&name).map(|bytes| bytes.len() as u64)),
        }
    }

    pub fn open(&self, name: FileName) -> io::Result<Source> {
        match &*self.0 {
            Place::Folder(folder) => File::open(path(folder, name)).map(Source::File),
            Place::Memory(memory) => {
                let bytes = locked(memory).files.get(&name).cloned();
                let bytes = bytes.ok_or(ErrorKind::NotFound)?;
                Ok(Source::Memory(Cursor::new(Bytes(bytes))))
            }
        }
    }

    /// The file is on the disk when this returns.
    pub fn settle(&self, name: FileName) -> io::Result<()> {
        match &*self.0 {
            Place::Folder(folder) => {
                // Windows flushes only what is open for writing.
                let path = path(folder, name);
                OpenOptions::new().write(true).open(&path)?.sync_all()?;
                // The folder may be new, too.
                if let Some(parent) = path.parent() {
                    sync(parent)?;
                }
                sync(folder)
            }
            Place::Memory(_) => Ok(()),
        }
    }

    /// After its row. One that is not there is gone.
    pub fn delete(&self, name: FileName) -> io::Result<()> {
        match &*self.0 {
            Place::Folder(folder) => match fs::remove_file(path(folder, name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Place::Memory(memory) => {
                locked(memory).files.remove(&name);
                Ok(())
            }
        }
    }

    /// The files that there are. What bears another name is none of them.
    pub fn names(&self) -> io::Result<Vec<FileName>> {
        let folder = match &*self.0 {
            Place::Folder(folder) => folder,
            Place::Memory(memory) => return Ok(locked(memory).files.keys().copied().collect()),
        };
        let mut names = Vec::new();
        for inner in listed(folder)? {
            let Some(first) = inner.to_str().filter(|first| first.len() == 2) else {
                continue;
            };
            let rest = listed(&folder.join(first))?;
            let rest = rest.iter().filter_map(|rest| rest.to_str());
            names.extend(rest.filter_map(|rest| FileName::of(first, rest)));
        }
        Ok(names)
    }

    /// Removes those of `there` that no row names. `there` was listed before the rows were read, so that what is made
    /// meanwhile stays.
    pub fn sweep(&self, there: Vec<FileName>, named: &HashSet<FileName>) -> io::Result<usize> {
        let mut swept = 0;
        for name in there {
            if !named.contains(&name) {
                self.delete(name)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

fn path(folder: &Path, name: FileName) -> PathBuf {
    let digits = name.to_string();
    let (first, rest) = digits.split_at(2);
    folder.join(first).join(rest)
}

/// The entries of a folder; none where it is not there.
fn listed(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// The sealed bytes of a file, as they lie.
#[derive(Debug)]
pub enum Source {
    File(File),
    Memory(Cursor<Bytes>),
}

/// Bytes in memory that are not copied to be read.
#[derive(Clone)]
pub struct Bytes(Arc<Vec<u8>>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::File(file) => file.read(buffer),
            Source::Memory(memory) => memory.read(buffer),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Source::File(file) => file.seek(to),
            Source::Memory(memory) => memory.seek(to),
        }
    }
}
