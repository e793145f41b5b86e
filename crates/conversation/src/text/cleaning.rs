//! Cleans text that was pasted or imported (M1).
//!
//! A separator stays a separator, whichever character expresses it: a spreadsheet breaks a line within a cell with
//! U+000B, other programs with U+000C, U+0085 or U+2028. Two doses never become one.

use super::MENTION;

/// The pasted text without characters that a text may not contain: every kind of line break becomes `\n`, a column
/// separator a tab, and any other control character is removed, leaving a space if it was between two other characters.
/// The result contains no mention.
pub fn clean(pasted: &str) -> String {
    cleaned(pasted, false)
}

/// A typed text with its mentions, cleaned in the same way.
pub(super) fn tidied(body: &str) -> String {
    cleaned(body, true)
}

/// The same on a single line, for subjects and names: line breaks and column separators become spaces.
pub fn one_line(text: &str) -> String {
    let cleaned = clean(text);
    let mut line = String::with_capacity(cleaned.len());
    for piece in cleaned
        .split(['\n', '\t'])
        .filter(|piece| !piece.trim().is_empty())
    {
        if !line.is_empty() && !line.ends_with(' ') && !piece.starts_with(' ') {
            line.push(' ');
        }
        line.push_str(piece);
    }
    line.trim().to_owned()
}

/// Whether a character breaks a line, other than the line break and U+000D.
pub(super) fn breaks_line(c: char) -> bool {
    matches!(
        c,
        '\u{B}' | '\u{C}' | '\u{1C}'..='\u{1E}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn cleaned(text: &str, has_mentions: bool) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    // A character was removed since the last one kept.
    let mut gap = false;
    while let Some(c) = characters.next() {
        let kept = match c {
            '\r' => {
                let _whole = characters.next_if_eq(&'\n');
                '\n'
            }
            '\n' | '\t' => c,
            c if breaks_line(c) => '\n',
            '\u{1F}' => '\t',
            MENTION if has_mentions => c,
            c if c.is_control() || c == MENTION => {
                gap = true;
                continue;
            }
            c => c,
        };
        let separated = kept.is_whitespace() || cleaned.chars().next_back().is_none_or(char::is_whitespace);
        if std::mem::take(&mut gap) && !separated {
            cleaned.push(' ');
        }
        cleaned.push(kept);
    }
    cleaned
}
