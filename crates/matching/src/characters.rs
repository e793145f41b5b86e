//! Kinds of characters: those that nobody sees, those that are no text, and letters that are typed as others.

use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Unicode's `Default_Ignorable_Code_Point`, and the other characters that format and show nothing themselves.
const UNSEEN: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),   // soft hyphen
    (0x034F, 0x034F),   // combining grapheme joiner
    (0x061C, 0x061C),   // Arabic letter mark
    (0x115F, 0x1160),   // Hangul fillers
    (0x17B4, 0x17B5),   // Khmer inherent vowels
    (0x180B, 0x180F),   // Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),   // zero width space, joiners, marks of direction
    (0x202A, 0x202E),   // embeddings and overrides of direction
    (0x2060, 0x206F),   // word joiner, invisible operators, isolates
    (0x3164, 0x3164),   // Hangul filler
    (0xFE00, 0xFE0F),   // variation selectors
    (0xFEFF, 0xFEFF),   // byte order mark
    (0xFFA0, 0xFFA0),   // halfwidth Hangul filler
    (0xFFF0, 0xFFFC),   // unassigned specials, interlinear annotation, object replacement
    (0x13430, 0x1343F), // Egyptian format controls
    (0x1BCA0, 0x1BCA3), // shorthand format controls
    (0x1D173, 0x1D17A), // musical format controls
    (0xE0000, 0xE0FFF), // tags, more variation selectors
];

/// Whether a character takes no place of its own on a screen, so that nobody sees whether it is there.
///
/// ```
/// assert!(matching::is_unseen('\u{200B}'));
/// assert!(!matching::is_unseen(' '));
/// ```
pub fn is_unseen(c: char) -> bool {
    within(UNSEEN, c)
}

pub(crate) fn within(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    // Of a character of a name below the first range nothing needs to be looked up.
    ranges.first().is_some_and(|(first, _)| c >= *first)
        && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
}

/// Whether a character is white space, or looks like it.
pub(crate) fn is_space(c: char) -> bool {
    // U+2800 is a pattern of Braille without a dot.
    (c.is_whitespace() && !c.is_control()) || c == '\u{2800}'
}

/// Whether a character ends a line.
pub(crate) fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether a character stands for nothing that others could read: for private use, not assigned, no character at all, or
/// what a program puts where it could not read one.
pub(crate) fn is_no_text(c: char) -> bool {
    c == '\u{FFFD}'
        || matches!(
            c.general_category(),
            GeneralCategory::PrivateUse | GeneralCategory::Unassigned | GeneralCategory::Surrogate
        )
}

/// Whether a mark makes another look of the same letter, as accents do. Vowels of the scripts of India, tones of Thai and
/// the like make another letter.
pub(crate) fn is_accent(c: char) -> bool {
    // U+0345 is the iota below a letter, which capitals write beside it.
    // 1: strokes through a letter; 10 to 36: points of Hebrew and Arabic; from 200 on: above, below, beside.
    c != '\u{345}' && matches!(canonical_combining_class(c), 1 | 10..=36 | 200..=255)
}

/// Letters, in lower case and decomposed, that are no letter with a mark but are typed as others, with the
/// replacement that is typed on a layout without them.
pub(crate) const LETTERS: &[(char, &str)] = &[
    ('ı', "i"),
    ('ȷ', "j"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('ɖ', "d"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ŋ', "n"),
    ('ĸ', "k"),
    ('ə', "e"),
    ('ǝ', "e"),
    ('ɛ', "e"),
    ('ɔ', "o"),
    ('ƙ', "k"),
    ('ɓ', "b"),
    ('ɗ', "d"),
    ('ƴ', "y"),
    ('ɨ', "i"),
    ('ƶ', "z"),
    ('ǥ', "g"),
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
];

pub(crate) fn typed_as(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return None;
    }
    let known = LETTERS.iter().find(|(letter, _)| *letter == c);
    known.map(|(_, typed)| *typed)
}

/// Letters by Unicode's count, which people write between letters: turned commas, glottal stops, primes.
pub(crate) const APOSTROPHES: &[(u32, u32)] = &[
    (0x02B9, 0x02DF),
    (0x02E5, 0x02FF),
    (0xA788, 0xA788),
    (0xA78B, 0xA78C),
];

/// Whether a folded character belongs to a word.
pub(crate) fn is_of_word(c: char) -> bool {
    (c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)) && !within(APOSTROPHES, c)
}
