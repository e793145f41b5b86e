//! An open file of the folder, on the disk or in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::memory::MemoryFile;

#[derive(Debug)]
pub(super) enum Handle {
    Disk(File),
    Memory(MemoryFile),
}

impl Handle {
    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Handle::Disk(file) => Ok(file.metadata()?.len()),
            Handle::Memory(file) => Ok(file.len()),
        }
    }

    /// Cuts the file to this length.
    pub(super) fn cut(&self, len: u64) -> io::Result<()> {
        match self {
            Handle::Disk(file) => file.set_len(len),
            Handle::Memory(file) => {
                file.cut(len);
                Ok(())
            }
        }
    }

    /// Makes the bytes durable.
    pub(super) fn sync_data(&self) -> io::Result<()> {
        match self {
            Handle::Disk(file) => file.sync_data(),
            Handle::Memory(file) => {
                file.sync();
                Ok(())
            }
        }
    }

    /// Makes the bytes durable, and all that the system knows of the file.
    pub(super) fn sync_all(&self) -> io::Result<()> {
        match self {
            Handle::Disk(file) => file.sync_all(),
            Handle::Memory(file) => {
                file.sync();
                Ok(())
            }
        }
    }
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Handle::Disk(file) => file.read(buffer),
            Handle::Memory(file) => file.read(buffer),
        }
    }
}

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Handle::Disk(file) => file.write(bytes),
            Handle::Memory(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Handle::Disk(file) => file.flush(),
            Handle::Memory(file) => file.flush(),
        }
    }
}

impl Seek for Handle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Handle::Disk(file) => file.seek(to),
            Handle::Memory(file) => file.seek(to),
        }
    }
}
