//! Reads the plain bytes of a sealed file at any place.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use zeroize::Zeroizing;

use crate::sealer::empty_chunk;
use crate::{CHUNK, Damaged, FileKey, HEADER, Layout, Opener, TAG};

/// The plain bytes of a sealed file, of which one chunk is in memory.
///
/// A damaged chunk is an error of the kind `InvalidData` that holds [`Damaged`]. Nothing of it is read, others still are.
pub struct SealedReader<R> {
    source: R,
    opener: Opener,
    position: u64,
    /// The number of the chunk that is in `plain`.
    chunk: Option<u32>,
    plain: Zeroizing<Vec<u8>>,
    sealed: Vec<u8>,
}

impl<R> fmt::Debug for SealedReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedReader({:?} at {})", self.opener, self.position)
    }
}

impl<R: Read + Seek> SealedReader<R> {
    /// Reads the header. A source that is shorter or longer than the layout is damaged.
    pub fn open(key: &FileKey, context: &[u8], layout: Layout, mut source: R) -> io::Result<SealedReader<R>> {
        if source.seek(SeekFrom::End(0))? != layout.sealed_len() {
            return Err(Damaged.into());
        }
        source.rewind()?;
        let mut header = [0; HEADER];
        source.read_exact(&mut header).map_err(cut)?;
        Ok(SealedReader {
            opener: Opener::new(key, context, &header, layout)?,
            source,
            position: 0,
            chunk: None,
            plain: empty_chunk(),
            sealed: Vec::with_capacity(CHUNK + TAG),
        })
    }

    pub fn layout(&self) -> Layout {
        self.opener.layout()
    }

    /// The plain bytes of a range, as far as the file goes.
    pub fn range(&mut self, range: Range<u64>) -> io::Result<io::Take<&mut SealedReader<R>>> {
        self.seek(SeekFrom::Start(range.start))?;
        Ok(self.take(range.end.saturating_sub(range.start)))
    }

    /// Opens the last chunk, which proves that the file has the length of its layout, also when it is empty.
    pub fn prove_length(&mut self) -> io::Result<()> {
        self.load(self.layout().chunks() - 1)
    }

    fn load(&mut self, chunk: u32) -> io::Result<()> {
        if self.chunk == Some(chunk) {
            return Ok(());
        }
        self.chunk = None;
        self.plain.clear();
        let place = self.layout().sealed_range(chunk..chunk.saturating_add(1));
        // At most a chunk and its tag.
        self.sealed
            .resize(usize::try_from(place.end - place.start).unwrap_or_default(), 0);
        self.source.seek(SeekFrom::Start(place.start))?;
        self.source.read_exact(&mut self.sealed).map_err(cut)?;
        self.opener.open_chunk(chunk, &self.sealed, &mut self.plain)?;
        self.chunk = Some(chunk);
        Ok(())
    }
}

/// A source that ends early was cut.
fn cut(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Damaged.into(),
        _ => error,
    }
}

impl<R: Read + Seek> Read for SealedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let layout = self.layout();
        let chunks = layout.chunks_of(self.position..self.position.saturating_add(1));
        if buffer.is_empty() {
            return Ok(0);
        }
        if chunks.is_empty() {
            // An empty file has a chunk, too, without which it is not known to be empty.
            if layout.plain_len() == 0 {
                self.load(0)?;
            }
            return Ok(0);
        }
        self.load(chunks.start)?;
        let offset = self.position - layout.plain_range(chunks.start).start;
        let mut rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.plain.get(offset..))
            .unwrap_or_default();
        let read = rest.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for SealedReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.layout().plain_len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = place.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a place before the beginning of the file",
            )
        })?;
        Ok(self.position)
    }
}
