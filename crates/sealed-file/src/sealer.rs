//! Seals a file as it arrives.

use std::fmt;

use aead_stream::StreamPrimitive as _;
use chacha20poly1305::aead::{self, Buffer};
use zeroize::Zeroizing;

use crate::{CHUNK, FileKey, HEADER, Layout, PREFIX, Stream, TAG, TooLarge, VERSION};

/// A state from which no file can go on: another version, or more held back than a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed file cannot be continued from this state")]
pub struct Unresumable;

/// Seals what is pushed, and appends the sealed bytes to the caller's buffer.
///
/// A chunk is sealed when it is known not to be the last, so up to [`CHUNK`] plain bytes are held back.
pub struct Sealer {
    stream: Stream,
    header: [u8; HEADER],
    context: Vec<u8>,
    sealed: u32,
    held: Zeroizing<Vec<u8>>,
}

/// Blank but for the progress: the rest is key and content.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} chunks)", self.sealed)
    }
}

impl Sealer {
    /// Begins a file with its header. The prefix is random, and of this file alone.
    pub fn begin(key: &FileKey, context: &[u8], prefix: [u8; PREFIX], out: &mut Vec<u8>) -> Sealer {
        let mut header = [VERSION; HEADER];
        header[1..].copy_from_slice(&prefix);
        out.extend_from_slice(&header);
        Sealer::at(key, context, &prefix, header, 0, empty_chunk())
    }

    /// Goes on with a file of which `chunks_sealed` chunks are in place and `held_back` was held back.
    ///
    /// The sealed file is to be cut to [`Sealer::sealed_len`] first: what was written beyond that state is sealed again. Only
    /// the same plain bytes may follow as did before (see the crate's head).
    pub fn resume(
        key: &FileKey,
        context: &[u8],
        header: [u8; HEADER],
        chunks_sealed: u32,
        held_back: Vec<u8>,
    ) -> Result<Sealer, Unresumable> {
        let held_back = Zeroizing::new(held_back);
        let [VERSION, prefix @ ..] = header else {
            return Err(Unresumable);
        };
        // A chunk is sealed when bytes follow it, which were then held back.
        if held_back.len() > CHUNK || (chunks_sealed > 0 && held_back.is_empty()) {
            return Err(Unresumable);
        }
        let mut held = empty_chunk();
        held.extend_from_slice(&held_back);
        Ok(Sealer::at(key, context, &prefix, header, chunks_sealed, held))
    }

    fn at(
        key: &FileKey,
        context: &[u8],
        prefix: &[u8; PREFIX],
        header: [u8; HEADER],
        sealed: u32,
        held: Zeroizing<Vec<u8>>,
    ) -> Sealer {
        Sealer {
            stream: key.stream(prefix),
            header,
            context: context.to_vec(),
            sealed,
            held,
        }
    }

    /// Takes the next plain bytes, and appends the chunks that are full.
    pub fn push(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        loop {
            let room = CHUNK - self.held.len();
            let Some((fits, rest)) = plain.split_at_checked(room) else {
                break;
            };
            if rest.is_empty() {
                break;
            }
            self.held.extend_from_slice(fits);
            self.seal(false, out)?;
            plain = rest;
        }
        self.held.extend_from_slice(plain);
        Ok(())
    }

    /// Appends the last chunk. The file is whole afterwards.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Layout, TooLarge> {
        let layout = Layout::of_plain(self.plain_len())?;
        self.seal(true, out)?;
        Ok(layout)
    }

    /// Plain bytes that were pushed so far.
    pub fn plain_len(&self) -> u64 {
        u64::from(self.sealed) * CHUNK as u64 + self.held.len() as u64
    }

    /// Sealed bytes that were appended so far, header included.
    pub fn sealed_len(&self) -> u64 {
        HEADER as u64 + u64::from(self.sealed) * (CHUNK + TAG) as u64
    }

    pub fn header(&self) -> [u8; HEADER] {
        self.header
    }

    pub fn chunks_sealed(&self) -> u32 {
        self.sealed
    }

    /// The plain bytes that are in no sealed chunk yet.
    pub fn held_back(&self) -> &[u8] {
        &self.held
    }

    fn seal(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        // The number after the last one that is used for a chunk in the middle is free for the last chunk.
        let after = self.sealed.checked_add(1).ok_or(TooLarge)?;
        // Reserved at once: growing in between would leave the plain text behind in the memory that was given back.
        out.reserve(CHUNK + TAG);
        let mut end = End::of(out);
        end.out.extend_from_slice(&self.held);
        let done = self
            .stream
            .encrypt_in_place(self.sealed, last, &self.context, &mut end);
        if done.is_err() {
            end.truncate(0);
            return Err(TooLarge);
        }
        self.held.clear();
        self.sealed = after;
        Ok(())
    }
}

/// A chunk's room, which it never outgrows: what it held would else stay behind in memory that was given back.
pub(crate) fn empty_chunk() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(CHUNK + TAG))
}

/// The end of a buffer, as a buffer of its own.
pub(crate) struct End<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    from: usize,
}

impl<'a> End<'a> {
    pub(crate) fn of(out: &'a mut Vec<u8>) -> End<'a> {
        let from = out.len();
        End { out, from }
    }
}

impl AsRef<[u8]> for End<'_> {
    fn as_ref(&self) -> &[u8] {
        self.out.get(self.from..).unwrap_or_default()
    }
}

impl AsMut<[u8]> for End<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.out.get_mut(self.from..).unwrap_or_default()
    }
}

impl Buffer for End<'_> {
    fn extend_from_slice(&mut self, other: &[u8]) -> aead::Result<()> {
        self.out.extend_from_slice(other);
        Ok(())
    }

    fn truncate(&mut self, len: usize) {
        self.out.truncate(self.from + len);
    }
}
