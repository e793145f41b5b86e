//! Grapheme clusters: what a reader perceives as one character, of however many code points.
//!
//! A letter with the accents typed after it, a flag, a family of five, a keycap: none of them is ever split, and no
//! character inside one counts as markup.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::{MENTION, steps};

/// The average number of code points per cluster that a preview looks at: a family has eleven, a stack of accents is
/// unbounded.
const LONGEST_CLUSTER: usize = 16;
/// A keycap is drawn around the character before it.
const KEYCAP: char = '\u{20E3}';

/// Whether a cluster begins at a byte offset; the beginning and the end of a text are boundaries.
pub(super) fn is_boundary(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let Some(before) = at.checked_sub(1) else {
        return true;
    };
    match (bytes.get(before), bytes.get(at)) {
        // There is a boundary between any two of these, except inside a line end.
        (Some(before), Some(after)) if before.is_ascii() && after.is_ascii() => {
            (*before, *after) != (b'\r', b'\n')
        }
        (_, None) => true,
        // The whole text is available, so the cursor never needs more context.
        _ => GraphemeCursor::new(at, text.len(), true)
            .is_boundary(text, 0)
            .unwrap_or(true),
    }
}

/// Whether the text between two offsets consists of whole clusters.
pub(super) fn is_whole(text: &str, from: usize, to: usize) -> bool {
    is_boundary(text, from) && is_boundary(text, to)
}

/// Whether the cluster before a boundary belongs to a word.
pub(super) fn is_word_before(text: &str, at: usize) -> bool {
    let mut from = at;
    for (place, _) in text[..at].char_indices().rev() {
        steps(1);
        from = place;
        if is_boundary(text, place) {
            break;
        }
    }
    is_word(&text[from..at])
}

/// Whether the cluster after a boundary belongs to a word.
pub(super) fn is_word_after(text: &str, at: usize) -> bool {
    let mut ends = text[at..].char_indices().skip(1).map(|(place, _)| at + place);
    let to = ends
        .by_ref()
        .inspect(|_| steps(1))
        .find(|place| is_boundary(text, *place));
    is_word(&text[at..to.unwrap_or(text.len())])
}

fn is_word(cluster: &str) -> bool {
    cluster.chars().any(|c| c.is_alphanumeric() || c == MENTION) && !cluster.contains(KEYCAP)
}

/// The beginning of a text: at most `longest` Unicode characters, without splitting a cluster. Only a first cluster
/// that is longer by itself is split, since otherwise nothing would be left.
pub fn cut(text: &str, longest: usize) -> &str {
    let Some((mut end, _)) = text.char_indices().nth(longest) else {
        return text;
    };
    let most = end;
    while end > 0 && !is_boundary(text, end) {
        end = text[..end]
            .char_indices()
            .next_back()
            .map_or(0, |(place, _)| place);
    }
    if end == 0 { &text[..most] } else { &text[..end] }
}

/// One line of at most so many clusters, filled piece by piece: white space is folded, and the rest becomes "…".
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    longest: usize,
    room: usize,
    spaced: bool,
}

impl Line {
    pub(super) fn new(longest: usize) -> Line {
        Line {
            text: String::new(),
            longest,
            room: longest.saturating_add(1).saturating_mul(LONGEST_CLUSTER),
            spaced: false,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    pub(super) fn push(&mut self, piece: &str) {
        for c in piece.chars() {
            if c.is_whitespace() {
                self.spaced = !self.text.is_empty();
                continue;
            }
            if self.is_full() {
                return;
            }
            if std::mem::take(&mut self.spaced) {
                self.text.push(' ');
            }
            self.text.push(c);
            self.room -= 1;
        }
    }

    pub(super) fn finish(mut self) -> String {
        // No text has more clusters than bytes.
        if self.text.len() <= self.longest && !self.is_full() {
            return self.text;
        }
        let mut begins = self.text.grapheme_indices(true).map(|(at, _)| at);
        let beyond = begins.by_ref().nth(self.longest);
        let end = match beyond {
            Some(end) => end,
            None if !self.is_full() => return self.text,
            // Fewer clusters than the limit, but not all of the text: the last one may be incomplete.
            None => {
                let last = self.text.grapheme_indices(true).next_back();
                last.map(|(at, _)| at)
                    .filter(|at| *at > 0)
                    .unwrap_or(self.text.len())
            }
        };
        self.text.truncate(self.text[..end].trim_end().len());
        self.text.push('…');
        self.text
    }
}
