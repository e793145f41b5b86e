//! The key of files.

use std::fmt;

use aead_stream::NewStream as _;
use zeroize::ZeroizeOnDrop;

use crate::{PREFIX, Stream};

/// A key, erased when it goes and never shown.
#[derive(Clone, ZeroizeOnDrop)]
pub struct FileKey([u8; 32]);

impl FileKey {
    pub fn from_bytes(bytes: [u8; 32]) -> FileKey {
        FileKey(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn stream(&self, prefix: &[u8; PREFIX]) -> Stream {
        Stream::new((&self.0).into(), prefix.into())
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey")
    }
}
