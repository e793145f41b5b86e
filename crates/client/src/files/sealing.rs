//! A file that is sealed as it arrives, also over restarts, and read at any place.

use std::io::{self, Read as _, Seek as _, SeekFrom};

use conversation::AttachmentId;
use sealed_file::{CHUNK, FileKey, HEADER, Layout, Opener, PREFIX, SealedReader, Sealer, TAG};

use super::store::{FileName, FileStore, Source};

/// A file of which the end is still to come. Dropped, it stays as far as it came.
#[derive(Debug)]
pub struct SealingFile {
    store: FileStore,
    name: FileName,
    sealer: Sealer,
    /// Sealed bytes that are in the file.
    written: u64,
}

impl SealingFile {
    /// The prefix is random, and of this file alone.
    pub fn begin(
        store: &FileStore,
        name: FileName,
        key: &FileKey,
        id: AttachmentId,
        prefix: [u8; PREFIX],
    ) -> io::Result<SealingFile> {
        let mut out = Vec::new();
        let sealer = Sealer::begin(key, id.as_bytes(), prefix, &mut out);
        store.write(name, 0, &out)?;
        Ok(SealingFile {
            store: store.clone(),
            name,
            sealer,
            written: out.len() as u64,
        })
    }

    /// Goes on with a file of this plain size after the last of its chunks that is whole; one of which nothing can be used
    /// begins anew. [`SealingFile::plain_len`] says where it goes on.
    pub fn resume(
        store: &FileStore,
        name: FileName,
        key: &FileKey,
        id: AttachmentId,
        size: u64,
        prefix: [u8; PREFIX],
    ) -> io::Result<SealingFile> {
        match begun(store, name, key, id, size)? {
            Some(sealer) => Ok(SealingFile {
                store: store.clone(),
                name,
                written: sealer.sealed_len(),
                sealer,
            }),
            None => SealingFile::begin(store, name, key, id, prefix),
        }
    }

    /// Plain bytes that are in place.
    pub fn plain_len(&self) -> u64 {
        self.sealer.plain_len()
    }

    /// After an error the file is not to be gone on with but by [`SealingFile::resume`].
    pub fn push(&mut self, plain: &[u8]) -> io::Result<()> {
        let mut out = Vec::with_capacity(plain.len() + plain.len() / CHUNK * TAG + CHUNK + TAG);
        self.sealer
            .push(plain, &mut out)
            .map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
        if !out.is_empty() {
            self.store.write(self.name, self.written, &out)?;
            self.written += out.len() as u64;
        }
        Ok(())
    }

    /// Writes the last chunk; the file is whole and on the disk afterwards.
    pub fn finish(self) -> io::Result<Layout> {
        let mut out = Vec::new();
        let layout = self
            .sealer
            .finish(&mut out)
            .map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
        self.store.write(self.name, self.written, &out)?;
        self.store.settle(self.name)?;
        Ok(layout)
    }
}

/// The state of a file by what lies there: its last whole chunk is opened, and held back again.
fn begun(
    store: &FileStore,
    name: FileName,
    key: &FileKey,
    id: AttachmentId,
    size: u64,
) -> io::Result<Option<Sealer>> {
    let Some(len) = store.len(name)? else {
        return Ok(None);
    };
    let Ok(layout) = Layout::of_plain(size) else {
        return Ok(None);
    };
    let whole = len.saturating_sub(HEADER as u64) / (CHUNK + TAG) as u64;
    // The last chunk is sealed as such, when all of it has come.
    let whole = whole.min(u64::from(layout.chunks()) - 1);
    let Some(last) = u32::try_from(whole).ok().and_then(|whole| whole.checked_sub(1)) else {
        return Ok(None);
    };
    let mut source = store.open(name)?;
    let mut header = [0; HEADER];
    source.read_exact(&mut header)?;
    let Ok(opener) = Opener::new(key, id.as_bytes(), &header, layout) else {
        return Ok(None);
    };
    source.seek(SeekFrom::Start(layout.sealed_range(last..last + 1).start))?;
    let mut sealed = vec![0; CHUNK + TAG];
    source.read_exact(&mut sealed)?;
    let mut held = Vec::with_capacity(CHUNK + TAG);
    if opener.open_chunk(last, &sealed, &mut held).is_err() {
        return Ok(None);
    }
    Ok(Sealer::resume(key, id.as_bytes(), header, last, held).ok())
}

/// The plain bytes of a whole file of this size. A damaged chunk is an error, and never bytes.
pub fn open(
    store: &FileStore,
    name: FileName,
    key: &FileKey,
    id: AttachmentId,
    size: u64,
) -> io::Result<SealedReader<Source>> {
    let layout = Layout::of_plain(size).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    SealedReader::open(key, id.as_bytes(), layout, store.open(name)?)
}
