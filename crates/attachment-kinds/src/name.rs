//! The name under which a file is kept, shown and saved, on every system.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Unicode characters of a name, at most.
pub const LONGEST: usize = 200;
/// Bytes of a name in UTF-8, at most: the limit of file systems on Linux.
pub const LONGEST_BYTES: usize = 255;

/// An extension with more bytes than this is a part of the name that happens to follow a dot.
const LONGEST_EXTENSION: usize = 24;
const CUT: &str = "…";

/// Why a text is no name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NameError {
    #[error("nothing is left of the name")]
    Empty,
}

/// The name as it is kept: composed (NFC), of one folder, of characters that one sees, and accepted by Windows, macOS and
/// Linux.
///
/// Characters that nobody sees or that turn the direction are dropped, and blanks joined, since they hide an extension;
/// characters that a system reserves become `_`. A long name is shortened in the middle, so that its extension remains.
///
/// ```
/// use attachment_kinds::clean_name;
/// assert_eq!(clean_name("Echo 12/11\u{202E}.pdf ").as_deref(), Ok("Echo 12_11.pdf"));
/// assert_eq!(clean_name("nul.txt").as_deref(), Ok("_nul.txt"));
/// assert!(clean_name("...").is_err());
/// ```
pub fn clean_name(name: &str) -> Result<String, NameError> {
    let seen = name.chars().filter(|c| !is_dropped(*c));
    let mut kept = String::with_capacity(name.len().min(4 * LONGEST));
    for c in seen.nfc() {
        match c {
            c if is_blank(c) => {
                if !kept.is_empty() && !kept.ends_with(' ') {
                    kept.push(' ');
                }
            }
            '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*' => kept.push('_'),
            c => kept.push(c),
        }
    }
    kept.truncate(kept.trim_end_matches(['.', ' ']).len());
    if is_reserved(&kept) {
        kept.insert(0, '_');
    }
    if kept.len() > LONGEST_BYTES || kept.chars().nth(LONGEST).is_some() {
        kept = shortened(&kept);
    }
    if kept.is_empty() {
        return Err(NameError::Empty);
    }
    Ok(kept)
}

/// Whether a character takes no place of its own, or turns the direction of others.
pub(crate) fn is_dropped(c: char) -> bool {
    matching::is_unseen(c) || (c.is_control() && !is_blank(c))
}

/// Whether a character is a blank, or looks like one: U+2800 is a pattern of Braille without a dot.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Whether Windows takes the name for a device, which it does by the part before the first dot.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let upper = stem.to_ascii_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].contains(&upper.as_str()) {
        return true;
    }
    let port = upper.strip_prefix("COM").or_else(|| upper.strip_prefix("LPT"));
    let mut number = port.unwrap_or_default().chars();
    matches!(
        (number.next(), number.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

/// The name without the middle of its stem, cut between characters as people count them.
fn shortened(name: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, after)) if !stem.is_empty() && after.len() < LONGEST_EXTENSION => {
            name.split_at(stem.len())
        }
        _ => (name, ""),
    };
    let room = Room {
        characters: LONGEST - 1 - extension.chars().count(),
        bytes: LONGEST_BYTES - CUT.len() - extension.len(),
    };
    let half = Room {
        characters: room.characters / 2,
        bytes: room.bytes / 2,
    };
    let (front, left) = half.fill(stem.graphemes(true));
    let rest = Room {
        characters: room.characters - half.characters + left.characters,
        bytes: room.bytes - half.bytes + left.bytes,
    };
    let (back, _) = rest.fill(stem.graphemes(true).rev());
    let back = stem.get(stem.len() - back..).unwrap_or_default();
    let front = stem.get(..front).unwrap_or_default();
    format!("{front}{CUT}{back}{extension}")
}

struct Room {
    characters: usize,
    bytes: usize,
}

impl Room {
    /// The bytes of the graphemes that fit, and the room that is left.
    fn fill<'a>(&self, graphemes: impl Iterator<Item = &'a str>) -> (usize, Room) {
        let (mut characters, mut bytes) = (self.characters, self.bytes);
        for grapheme in graphemes {
            let left = characters
                .checked_sub(grapheme.chars().count())
                .zip(bytes.checked_sub(grapheme.len()));
            let Some(left) = left else { break };
            (characters, bytes) = left;
        }
        (self.bytes - bytes, Room { characters, bytes })
    }
}
