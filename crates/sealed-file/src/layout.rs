//! Where the chunks of a file lie.

use std::ops::Range;

use crate::{CHUNK, Damaged, HEADER, TAG};

const PLAIN_CHUNK: u64 = CHUNK as u64;
const SEALED_CHUNK: u64 = (CHUNK + TAG) as u64;

/// A file of more chunks than can be counted: more than 2^48 - 2^16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file has more chunks than can be counted")]
pub struct TooLarge;

/// The places of a file's chunks, which follow from the number of its plain bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    plain: u64,
    chunks: u32,
}

impl Layout {
    /// Plain bytes of a file, at most.
    pub const LARGEST: u64 = u32::MAX as u64 * PLAIN_CHUNK;

    /// Of a file with so many plain bytes.
    pub fn of_plain(plain: u64) -> Result<Layout, TooLarge> {
        let chunks = u32::try_from(plain.div_ceil(PLAIN_CHUNK).max(1)).map_err(|_| TooLarge)?;
        Ok(Layout { plain, chunks })
    }

    /// Of a sealed file with so many bytes, header included. Only its last chunk proves that this is its length.
    pub fn of_sealed(sealed: u64) -> Result<Layout, Damaged> {
        let body = sealed.checked_sub(HEADER as u64).ok_or(Damaged)?;
        let tags = body.div_ceil(SEALED_CHUNK) * TAG as u64;
        let layout = Layout::of_plain(body.checked_sub(tags).ok_or(Damaged)?).map_err(|TooLarge| Damaged)?;
        if layout.sealed_len() == sealed {
            Ok(layout)
        } else {
            // No plain text has this length when sealed: its last chunk is shorter than a tag, or empty beside others.
            Err(Damaged)
        }
    }

    /// Plain bytes of the file.
    pub fn plain_len(&self) -> u64 {
        self.plain
    }

    /// Bytes of the sealed file, header included.
    pub fn sealed_len(&self) -> u64 {
        HEADER as u64 + self.plain + u64::from(self.chunks) * TAG as u64
    }

    /// How many chunks there are: one at least.
    pub fn chunks(&self) -> u32 {
        self.chunks
    }

    /// The chunks that hold these plain bytes. Bytes after the end are in no chunk.
    pub fn chunks_of(&self, plain: Range<u64>) -> Range<u32> {
        let end = plain.end.min(self.plain);
        if plain.start >= end {
            return 0..0;
        }
        // Both are at most the number of chunks, which fits.
        let first = u32::try_from(plain.start / PLAIN_CHUNK).unwrap_or(self.chunks);
        let after = u32::try_from(end.div_ceil(PLAIN_CHUNK)).unwrap_or(self.chunks);
        first..after
    }

    /// The bytes of these chunks in the sealed file. Chunks after the last have none.
    pub fn sealed_range(&self, chunks: Range<u32>) -> Range<u64> {
        let start = self.sealed_start(chunks.start);
        start..self.sealed_start(chunks.end).max(start)
    }

    /// The plain bytes that a chunk holds.
    pub fn plain_range(&self, chunk: u32) -> Range<u64> {
        let start = u64::from(chunk) * PLAIN_CHUNK;
        start.min(self.plain)..(start + PLAIN_CHUNK).min(self.plain)
    }

    pub(crate) fn is_last(&self, chunk: u32) -> bool {
        chunk + 1 == self.chunks
    }

    fn sealed_start(&self, chunk: u32) -> u64 {
        (HEADER as u64 + u64::from(chunk) * SEALED_CHUNK).min(self.sealed_len())
    }
}
