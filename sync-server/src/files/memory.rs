//! A folder of files in memory, for the simulation: it can be full, and it can stop, which loses bytes that were not synced.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::AttachmentId;

/// A folder in memory. A clone is the same folder.
#[derive(Clone, Default)]
pub struct MemoryFolder(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    files: BTreeMap<AttachmentId, Shared>,
    /// Bytes that fit, if that is limited.
    room: Option<u64>,
    /// A file that is created anew keeps the bytes that it had: a mistake, for the simulation to find.
    keeps_old: bool,
}

/// The bytes of a file; one that is open outlives its name.
type Shared = Arc<Mutex<Bytes>>;

fn locked(shared: &Shared) -> MutexGuard<'_, Bytes> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Bytes {
    written: Vec<u8>,
    /// How many of them outlive a stop.
    synced: usize,
}

impl fmt::Debug for MemoryFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryFolder({} files)", self.inner().files.len())
    }
}

impl MemoryFolder {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on no more than so many bytes fit.
    pub fn limit(&self, room: Option<u64>) {
        self.inner().room = room;
    }

    /// From now on a file that is created anew keeps the bytes that it had.
    pub fn keep_old_bytes(&self) {
        self.inner().keeps_old = true;
    }

    /// The machine stops: of the bytes of each file that were not synced, `kept` says how many stay.
    pub fn stop(&self, mut kept: impl FnMut(usize) -> usize) {
        for shared in self.inner().files.values() {
            let mut bytes = locked(shared);
            let lost = bytes.written.len() - bytes.synced;
            if lost > 0 {
                let left = bytes.synced + kept(lost).min(lost);
                bytes.written.truncate(left);
            }
            bytes.synced = bytes.written.len();
        }
    }

    pub fn ids(&self) -> Vec<AttachmentId> {
        self.inner().files.keys().copied().collect()
    }

    /// Deletes a file; does nothing if there is none.
    pub fn delete(&self, id: AttachmentId) {
        self.inner().files.remove(&id);
    }

    /// Bytes that still fit; `None` if that is not limited.
    pub(super) fn free(&self) -> Option<u64> {
        let inner = self.inner();
        let used: usize = inner
            .files
            .values()
            .map(|shared| locked(shared).written.len())
            .sum();
        inner.room.map(|room| room.saturating_sub(used as u64))
    }

    pub(super) fn create(&self, id: AttachmentId) -> MemoryFile {
        let mut inner = self.inner();
        let keeps_old = inner.keeps_old;
        let shared = Arc::clone(inner.files.entry(id).or_default());
        if !keeps_old {
            *locked(&shared) = Bytes::default();
        }
        let place = locked(&shared).written.len();
        drop(inner);
        MemoryFile {
            folder: self.clone(),
            shared,
            place,
        }
    }

    pub(super) fn open(&self, id: AttachmentId) -> io::Result<MemoryFile> {
        let shared = self.inner().files.get(&id).cloned();
        Ok(MemoryFile {
            folder: self.clone(),
            shared: shared.ok_or(ErrorKind::NotFound)?,
            place: 0,
        })
    }
}

/// An open file of a [`MemoryFolder`].
pub(super) struct MemoryFile {
    folder: MemoryFolder,
    shared: Shared,
    place: usize,
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryFile({} bytes)", self.len())
    }
}

impl MemoryFile {
    pub(super) fn len(&self) -> u64 {
        locked(&self.shared).written.len() as u64
    }

    pub(super) fn cut(&self, len: u64) {
        let mut bytes = locked(&self.shared);
        bytes.written.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        bytes.synced = bytes.synced.min(bytes.written.len());
    }

    pub(super) fn sync(&self) {
        let mut bytes = locked(&self.shared);
        bytes.synced = bytes.written.len();
    }
}

impl Read for MemoryFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = locked(&self.shared);
        let here = bytes.written.get(self.place..).unwrap_or_default();
        let read = here.len().min(buffer.len());
        buffer[..read].copy_from_slice(&here[..read]);
        drop(bytes);
        self.place += read;
        Ok(read)
    }
}

impl Write for MemoryFile {
    fn write(&mut self, new: &[u8]) -> io::Result<usize> {
        if self.folder.free().is_some_and(|free| free < new.len() as u64) {
            return Err(ErrorKind::StorageFull.into());
        }
        let (place, end) = (self.place, self.place + new.len());
        let mut bytes = locked(&self.shared);
        if bytes.written.len() < end {
            bytes.written.resize(end, 0);
        }
        bytes.written[place..end].copy_from_slice(new);
        bytes.synced = bytes.synced.min(place);
        drop(bytes);
        self.place = end;
        Ok(new.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for MemoryFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = self.len();
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => len.checked_add_signed(by),
            SeekFrom::Current(by) => (self.place as u64).checked_add_signed(by),
        };
        let place = place.ok_or(ErrorKind::InvalidInput)?;
        self.place = usize::try_from(place).map_err(io::Error::other)?;
        Ok(place)
    }
}
