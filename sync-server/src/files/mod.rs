//! The bytes of files at rest: each in a file of its own, sealed in chunks under a key of its own (F1).
//!
//! ```text
//!   <folder>/3f/3f2a…          named by its id, in folders of two digits, without an extension
//! ```
//!
//! The folder is made with its first file. Where a bucket is configured, whole files are moved there ([`bucket`]).
//!
//! A file is received in parts ([`Receiving`]), also by a server that was started in between: the store knows how far it is and
//! keeps the bytes that fill no chunk yet, and the file is cut to that place. A file that is whole is read once more before it
//! counts as whole: its digest is that of the bytes that will be served.
//!
//! All of this blocks; [`blocking`] runs it where it may. The simulation has the folder in memory ([`MemoryFolder`]).

mod bucket;
mod handle;
mod memory;
mod receiving;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use conversation::AttachmentId;
use sealed_file::{FileKey, Layout, SealedReader};

use crate::durable::sync;
use crate::keys::Secret;
use bucket::BucketReader;
use handle::Handle;

pub(crate) use bucket::Bucket;
pub use bucket::BucketError;
pub use memory::MemoryFolder;
pub use receiving::{ReceiveError, Received, Receiving, Whole};

/// The folder of all files.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Folder,
    /// Bytes that stay free on its disk.
    reserve: u64,
    /// Where whole files go, if not into the folder.
    bucket: Option<Bucket>,
}

#[derive(Clone, Debug)]
enum Folder {
    Disk(PathBuf),
    Memory(MemoryFolder),
}

/// Runs work on files on a thread for that; at once where there is no runtime, as in the simulation.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(io::Error::other),
        Err(_) => Ok(work()),
    }
}

/// The sealed bytes of a whole file.
#[derive(Debug)]
pub struct Sealed(Place);

#[derive(Debug)]
enum Place {
    File(Handle),
    Bucket(Box<BucketReader>),
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Place::File(file) => file.read(buffer),
            Place::Bucket(reader) => reader.read(buffer),
        }
    }
}

impl Seek for Sealed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            Place::File(file) => file.seek(to),
            Place::Bucket(reader) => reader.seek(to),
        }
    }
}

impl Files {
    pub fn new(folder: PathBuf, reserve: u64) -> Files {
        Files {
            folder: Folder::Disk(folder),
            reserve,
            bucket: None,
        }
    }

    /// In a folder in memory.
    pub fn in_memory(folder: MemoryFolder) -> Files {
        Files {
            folder: Folder::Memory(folder),
            reserve: 0,
            bucket: None,
        }
    }

    /// The same, with whole files in a bucket. Those that are in the folder already are read there.
    pub(crate) fn with_bucket(self, bucket: Option<Bucket>) -> Files {
        Files { bucket, ..self }
    }

    /// Whether the disk has room for so many more bytes besides the reserve, as far as the system says.
    pub fn has_room(&self, bytes: u64) -> bool {
        let free = match &self.folder {
            Folder::Disk(folder) => free(folder),
            Folder::Memory(folder) => folder.free(),
        };
        free.is_none_or(|free| free >= bytes.saturating_add(self.reserve))
    }

    /// The ids of all files, in the folder and in the bucket.
    pub fn ids(&self) -> io::Result<Vec<AttachmentId>> {
        let mut ids = match &self.bucket {
            Some(bucket) => bucket.ids()?,
            None => Vec::new(),
        };
        let folder = match &self.folder {
            Folder::Disk(folder) => folder,
            Folder::Memory(folder) => {
                ids.extend(folder.ids());
                return Ok(ids);
            }
        };
        let folders = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ids),
            folders => folders?,
        };
        for folder in folders {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(folder.path())? {
                let name = file?.file_name();
                let id = name.to_str().and_then(|name| uuid::Uuid::try_parse(name).ok());
                ids.extend(id.map(AttachmentId));
            }
        }
        Ok(ids)
    }

    /// A whole file, to be read at any place. A damaged part is an error of its reader, never bytes.
    pub fn read(&self, id: AttachmentId, key: &Secret, size: u64) -> io::Result<SealedReader<Sealed>> {
        let layout = Layout::of_plain(size).map_err(io::Error::other)?;
        let (sealed, length) = match (self.open(id, File::options().read(true)), &self.bucket) {
            (Ok(file), _) => {
                let length = file.len()?;
                (Sealed(Place::File(file)), length)
            }
            (Err(error), Some(bucket)) if error.kind() == io::ErrorKind::NotFound => {
                let reader = bucket.read(id)?;
                let length = reader.length;
                (Sealed(Place::Bucket(Box::new(reader))), length)
            }
            (Err(error), _) => return Err(error),
        };
        if length != layout.sealed_len() {
            return Err(sealed_file::Damaged.into());
        }
        SealedReader::open(&file_key(key), id.as_bytes(), layout, sealed)
    }

    /// Moves a whole file into the bucket, if there is one.
    fn settle(&self, id: AttachmentId) -> io::Result<()> {
        let (Some(bucket), Folder::Disk(folder)) = (&self.bucket, &self.folder) else {
            return Ok(());
        };
        bucket.put(id, &path(folder, id))?;
        self.delete_here(id)
    }

    /// Deletes a file, whole or not; does nothing if there is none.
    pub fn delete(&self, id: AttachmentId) -> io::Result<()> {
        if let Some(bucket) = &self.bucket {
            bucket.delete(id)?;
        }
        self.delete_here(id)
    }

    fn delete_here(&self, id: AttachmentId) -> io::Result<()> {
        let folder = match &self.folder {
            Folder::Disk(folder) => folder,
            Folder::Memory(folder) => {
                folder.delete(id);
                return Ok(());
            }
        };
        match std::fs::remove_file(path(folder, id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn open(&self, id: AttachmentId, options: &mut OpenOptions) -> io::Result<Handle> {
        match &self.folder {
            Folder::Disk(folder) => open(options, &path(folder, id)).map(Handle::Disk),
            Folder::Memory(folder) => folder.open(id).map(Handle::Memory),
        }
    }

    /// Creates the folder of a file, too.
    fn create(&self, id: AttachmentId) -> io::Result<Handle> {
        let path = match &self.folder {
            Folder::Disk(folder) => path(folder, id),
            Folder::Memory(folder) => return Ok(Handle::Memory(folder.create(id))),
        };
        let folder = crate::durable::folder_of(&path);
        create_folder(&folder)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = open(&mut options, &path)?;
        sync(&folder);
        Ok(Handle::Disk(file))
    }
}

fn path(folder: &Path, id: AttachmentId) -> PathBuf {
    // The last byte: the first ones of an id are its time.
    let [.., last] = id.as_bytes();
    let name = id.0.simple().to_string();
    folder.join(format!("{last:02x}")).join(name)
}

/// Opens a file, and nothing else: a link in the folder could lead to a file of somebody else’s, and a pipe there
/// never answers.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("a file of a message is no file"))
    }
}

/// Bytes that are free on the disk of a folder, or of the nearest one above that exists; `None` if the system does not say.
fn free(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(there).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(windows)]
    {
        fs4::available_space(there).ok()
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    if let Some(parent) = folder.parent() {
        sync(parent);
    }
    Ok(())
}

fn file_key(key: &Secret) -> FileKey {
    FileKey::from_bytes(*key.bytes())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
