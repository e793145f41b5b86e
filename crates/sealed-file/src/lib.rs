//! A file in authenticated chunks: sealed as it arrives, opened at any place, in the memory of one chunk.
//!
//! The format is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and
//! its Nonce-Reuse Misuse-Resistance" (CRYPTO 2015, <https://eprint.iacr.org/2015/189>), over XChaCha20-Poly1305, by the
//! crate `aead-stream` of RustCrypto:
//!
//! | part | bytes | content |
//! | --- | --- | --- |
//! | version | 1 | [`VERSION`] |
//! | prefix | 19 | random, of this file alone |
//! | each chunk but the last | 65,536 + 16 | plain text sealed, then its tag |
//! | the last chunk | 0 to 65,536 + 16 | the same |
//!
//! The nonce of a chunk is the prefix, its number from 0 on (4 bytes, the highest first), and one byte that is 1 for the
//! last chunk and else 0. An empty file is one empty chunk; a file of a whole number of chunks ends with a full one. So a
//! chunk that was changed, moved, doubled or left out does not open, and neither does a file that was cut at a border of
//! chunks: its last chunk is not sealed as one.
//!
//! Each chunk is bound to a `context`, for example the id of the attachment, as associated data: a file that was exchanged
//! for another one under the same key does not open.
//!
//! **A prefix is used once for each key.** A file that is resumed ([`Sealer::resume`]) goes on with the same bytes as
//! before; with others, two texts would be sealed under one nonce, and two copies of the disk would give away both.
//!
//! The length of a file is not secret. A chunk says nothing about the length before it opens as the last one, so a caller
//! keeps the [`Layout`] beside the file, or reads to the end.

mod key;
mod layout;
mod opener;
mod reader;
mod sealer;
mod writer;

pub use key::FileKey;
pub use layout::{Layout, TooLarge};
pub use opener::Opener;
pub use reader::SealedReader;
pub use sealer::{Sealer, Unresumable};
pub use writer::SealingWriter;

use aead_stream::StreamBE32;
use chacha20poly1305::XChaCha20Poly1305;

/// The first byte of every file in this format.
pub const VERSION: u8 = 1;
/// Random bytes of a file, the first of each nonce.
pub const PREFIX: usize = 19;
/// Bytes before the first chunk.
pub const HEADER: usize = 1 + PREFIX;
/// Plain bytes of every chunk but the last.
pub const CHUNK: usize = 64 * 1024;
/// Bytes that sealing adds to a chunk.
pub const TAG: usize = 16;

/// Sealed bytes that do not open: damaged, cut, moved, of another file, or under another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed file does not open")]
pub struct Damaged;

impl From<Damaged> for std::io::Error {
    fn from(damaged: Damaged) -> Self {
        std::io::Error::new(std::io::ErrorKind::InvalidData, damaged)
    }
}

type Stream = StreamBE32<XChaCha20Poly1305>;

#[cfg(test)]
mod tests;
