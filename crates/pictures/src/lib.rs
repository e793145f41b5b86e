//! Pictures on their way into a conversation: read, cleaned, edited and made small.
//!
//! A file becomes pixels ([`read`]), the pixels are edited ([`Picture::edit`]), and what leaves is encoded anew from them
//! ([`Picture::clean`], [`Picture::preview`]). Nothing else of the file is kept, so that neither a place nor a name, a
//! comment, a thumbnail or bytes after the end can come along: there is nothing to filter and nothing to forget.
//!
//! - Files: JPEG, PNG, GIF (the first frame), WebP and BMP, by their content. EXIF orientation is applied; colours are
//!   converted to sRGB, and the profile is dropped. 16 bits a channel become 8.
//! - Limits: [`MOST_PIXELS`], [`LONGEST_SIDE`] and [`MOST_MEMORY`], all worked out from the header before anything is
//!   allocated. An 8-bit picture takes at most 8 bytes a pixel while it is read, except a progressive JPEG without
//!   subsampling (9) and WebP (8 and the file's own compressed planes).
//! - Colours below full transparency are removed: another program shows what was hidden there.
//!
//! *Invariant:* bytes in, bytes out. No files, no network, no clock; no panic whatever the bytes are.

mod arrow;
mod clean;
mod colour;
mod edit;
mod jpeg;
mod pixels;
mod preview;
mod read;

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use edit::{Area, Edit, EditError, Point};
pub use preview::{LARGEST_PREVIEW, PREVIEW_SIDE};
pub use read::read;

use pixels::Pixels;

/// Pixels of a picture, at most.
pub const MOST_PIXELS: u64 = 100_000_000;
/// Pixels of a side, at most.
pub const LONGEST_SIDE: u32 = 20_000;
/// Bytes of memory that reading a picture may take, at most.
pub const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// The reason why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PictureError {
    /// It begins as a picture, and is cut, damaged, or of a variant that cannot be read.
    #[error("the picture is damaged or cut")]
    Unreadable,
    /// Its sides, its pixels, or the memory that reading it takes.
    #[error("the picture is too large")]
    TooLarge,
    /// Of no kind that is read here: something else, or another kind of picture, such as HEIC or TIFF.
    #[error("this is not a JPEG, PNG, GIF, WebP or BMP picture")]
    NotAPicture,
}

/// Pixels that were read from a file, upright and in sRGB.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pixels: Pixels,
    /// The file was a JPEG or a WebP of that kind: its pixels are no longer exact, and it is written as a JPEG.
    lossy: bool,
}

impl Picture {
    pub fn width(&self) -> u32 {
        self.pixels.width
    }

    pub fn height(&self) -> u32 {
        self.pixels.height
    }

    /// Whether a pixel is not opaque. What leaves is then a PNG, which keeps it.
    pub fn has_transparency(&self) -> bool {
        self.pixels.channels == 4
    }
}

/// A file made of pixels alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Clean {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
}

// A log never holds what a picture shows.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width(), self.height())
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height, length) = (self.width, self.height, self.bytes.len());
        write!(
            f,
            "Clean({}, {width} x {height}, {length} bytes)",
            self.media_type
        )
    }
}
