//! Writes plain bytes as a sealed file.

use std::fmt;
use std::io::{self, Write};

use crate::{CHUNK, FileKey, HEADER, Layout, PREFIX, Sealer, TAG, TooLarge};

/// Seals all that is written to it, and writes the sealed bytes to `inner`.
///
/// A file is whole only after [`SealingWriter::finish`]: dropped before, it lacks its last chunk and does not open.
pub struct SealingWriter<W: Write> {
    inner: W,
    sealer: Sealer,
    sealed: Vec<u8>,
    /// A write failed: the place in the file is not known, so nothing can follow.
    broken: bool,
}

impl<W: Write> fmt::Debug for SealingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingWriter({:?})", self.sealer)
    }
}

impl<W: Write> SealingWriter<W> {
    /// Writes the header. The prefix is random, and of this file alone.
    pub fn begin(
        key: &FileKey,
        context: &[u8],
        prefix: [u8; PREFIX],
        inner: W,
    ) -> io::Result<SealingWriter<W>> {
        let mut sealed = Vec::with_capacity(HEADER + CHUNK + TAG);
        let sealer = Sealer::begin(key, context, prefix, &mut sealed);
        let mut writer = SealingWriter {
            inner,
            sealer,
            sealed,
            broken: false,
        };
        writer.pass_on()?;
        Ok(writer)
    }

    /// Writes the last chunk and flushes; gives back `inner`, and the layout to open the file with.
    pub fn finish(self) -> io::Result<(W, Layout)> {
        let SealingWriter {
            mut inner,
            sealer,
            mut sealed,
            broken,
        } = self;
        if broken {
            return Err(no_more());
        }
        let layout = sealer.finish(&mut sealed).map_err(too_large)?;
        inner.write_all(&sealed)?;
        inner.flush()?;
        Ok((inner, layout))
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.broken = true;
        self.inner.write_all(&self.sealed)?;
        self.sealed.clear();
        self.broken = false;
        Ok(())
    }
}

fn no_more() -> io::Error {
    io::Error::other("a write to this file failed before")
}

fn too_large(error: TooLarge) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, error)
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(no_more());
        }
        // One chunk at a time, so that a large piece needs no large buffer.
        let piece = plain.get(..CHUNK).unwrap_or(plain);
        self.sealer.push(piece, &mut self.sealed).map_err(too_large)?;
        self.pass_on()?;
        Ok(piece.len())
    }

    /// Flushes `inner`; what is held back stays so until more follows or the file ends.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
