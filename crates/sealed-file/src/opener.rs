//! Opens the chunks of a file, each by itself.

use std::fmt;

use aead_stream::StreamPrimitive as _;
use chacha20poly1305::aead::Buffer as _;

use crate::sealer::End;
use crate::{Damaged, FileKey, HEADER, Layout, Stream, VERSION};

/// Opens the chunks of one file in any order.
pub struct Opener {
    stream: Stream,
    context: Vec<u8>,
    layout: Layout,
}

/// Blank but for the length: the rest is the key.
impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener({} bytes)", self.layout.plain_len())
    }
}

impl Opener {
    /// For the file with this header. A header of another version is damaged.
    pub fn new(
        key: &FileKey,
        context: &[u8],
        header: &[u8; HEADER],
        layout: Layout,
    ) -> Result<Opener, Damaged> {
        let [VERSION, prefix @ ..] = header else {
            return Err(Damaged);
        };
        Ok(Opener {
            stream: key.stream(prefix),
            context: context.to_vec(),
            layout,
        })
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Appends the plain bytes of a chunk, or nothing if it is damaged.
    pub fn open_chunk(&self, chunk: u32, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
        let place = self.layout.sealed_range(chunk..chunk.saturating_add(1));
        if place.is_empty() || sealed.len() as u64 != place.end - place.start {
            return Err(Damaged);
        }
        out.reserve(sealed.len());
        let mut end = End::of(out);
        end.out.extend_from_slice(sealed);
        let last = self.layout.is_last(chunk);
        let opened = self.stream.decrypt_in_place(chunk, last, &self.context, &mut end);
        opened.map_err(|_| {
            end.truncate(0);
            Damaged
        })
    }
}
