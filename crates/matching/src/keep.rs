//! Normalises names, titles and subjects that were typed, pasted or imported.
//!
//! Composed (NFC), one ordinary blank for each run of blanks, none at the ends, and without invisible
//! characters, except those that a script or a picture needs: joiners between letters that join, selectors
//! after a character with a form to select. A text without a visible character is refused.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::characters::{is_line_end, is_no_text, is_space, is_unseen, within};

/// Unicode characters of a name, at most.
pub const LONGEST_NAME: usize = 200;

/// Why a text cannot be a name. As the end of a sentence: "The title ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    /// Nothing is left that one would see.
    Empty,
    TooLong {
        /// Unicode characters, at most.
        most: usize,
    },
    /// A line break, a tab or another control character.
    Control(char),
    /// A character for private use, one that is not assigned, or U+FFFD, which stands for one that was not understood.
    NoText(char),
    /// A character that nobody sees, where it would make another of what looks the same.
    Unseen(char),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Empty => write!(f, "is empty"),
            Unfit::TooLong { most } => write!(f, "is longer than {most} characters"),
            Unfit::Control(c) => write!(f, "holds a control character (U+{:04X})", u32::from(*c)),
            Unfit::NoText(c) => write!(f, "holds a character that is no text (U+{:04X})", u32::from(*c)),
            Unfit::Unseen(c) => write!(f, "holds a character that nobody sees (U+{:04X})", u32::from(*c)),
        }
    }
}

impl std::error::Error for Unfit {}

/// A name as it is kept, of 1 to [`LONGEST_NAME`] characters.
///
/// ```
/// assert_eq!(matching::name(" Zoe\u{308}\u{a0} Smit\u{202E}").as_deref(), Ok("Zoë Smit"));
/// ```
pub fn name(text: &str) -> Result<String, Unfit> {
    name_within(text, LONGEST_NAME)
}

/// The same, of 1 to `most` characters.
pub fn name_within(text: &str, most: usize) -> Result<String, Unfit> {
    // Characters that go do not count, but there is an end to them.
    let bound = most.saturating_mul(4).saturating_add(1_000);
    if text.chars().nth(bound).is_some() {
        return Err(Unfit::TooLong { most });
    }
    let mut kept = String::with_capacity(text.len());
    for c in seen(text.trim()).nfc() {
        if is_space(c) {
            if !kept.is_empty() && !kept.ends_with(' ') {
                kept.push(' ');
            }
        } else if c.is_control() {
            return Err(Unfit::Control(c));
        } else if is_no_text(c) {
            return Err(Unfit::NoText(c));
        } else {
            kept.push(c);
        }
    }
    kept.truncate(kept.trim_end_matches(' ').len());
    if kept.is_empty() {
        return Err(Unfit::Empty);
    }
    if kept.chars().nth(most).is_some() {
        return Err(Unfit::TooLong { most });
    }
    Ok(kept)
}

/// A source system's reference as it is kept: composed, and else exactly as it is, of 1 to `most` characters.
pub fn kept_reference(text: &str, most: usize) -> Result<String, Unfit> {
    let kept = crate::reference(text);
    if kept.chars().nth(most).is_some() {
        return Err(Unfit::TooLong { most });
    }
    for c in kept.chars() {
        if c.is_control() {
            return Err(Unfit::Control(c));
        }
        if is_no_text(c) {
            return Err(Unfit::NoText(c));
        }
        if is_unseen(c) {
            return Err(Unfit::Unseen(c));
        }
    }
    if kept.chars().all(is_space) {
        return Err(Unfit::Empty);
    }
    Ok(kept)
}

/// The text with each character that nobody sees, and each that controls a terminal, written out: for a report of what is
/// wrong with it.
///
/// ```
/// assert_eq!(matching::shown("anna\u{202E}"), "anna<U+202E>");
/// ```
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) || c.is_control() || is_line_end(c) || is_no_text(c) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The text without the characters that nobody sees, but those that something beside them needs.
fn seen(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let mut kept: Vec<char> = Vec::with_capacity(all.len());
    for (place, c) in all.iter().copied().enumerate() {
        let after = all.get(place + 1..).unwrap_or_default();
        if !is_unseen(c) || is_needed(c, &kept, after) {
            kept.push(c);
        }
    }
    kept.into_iter().collect()
}

/// Blocks of scripts whose letters join, in which a joiner between two letters says whether they do.
const JOINING: &[(u32, u32)] = &[
    (0x0620, 0x06FF), // Arabic, and the languages written in it
    (0x0700, 0x077F), // Syriac, more Arabic
    (0x07CA, 0x07EA), // N'Ko
    (0x0840, 0x08FF), // Mandaic, more Syriac and Arabic
    (0x1807, 0x18AA), // Mongolian
    (0xA840, 0xA871), // Phags-pa
    (0x10A80, 0x10AFF),
    (0x10EC2, 0x10EC4),
    (0x1E900, 0x1E943), // Adlam
];

const IDEOGRAPHS: &[(u32, u32)] = &[(0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)];

fn is_needed(c: char, before: &[char], after: &[char]) -> bool {
    let last = before.last().copied();
    match c {
        // RFC 5892, A.1 and A.2.
        '\u{200C}' | '\u{200D}' if last.is_some_and(|last| canonical_combining_class(last) == 9) => true,
        '\u{200C}' => is_between_joining(before, after),
        '\u{200D}' => is_between_joining(before, after) || is_between_pictures(before, after),
        '\u{FE0E}' | '\u{FE0F}' => match last {
            Some('0'..='9' | '#' | '*') => after.first() == Some(&'\u{20E3}'),
            Some(last) => is_picture(last) || within(IDEOGRAPHS, last),
            None => false,
        },
        '\u{FE00}'..='\u{FE0D}' | '\u{E0100}'..='\u{E01EF}' => {
            last.is_some_and(|last| within(IDEOGRAPHS, last))
        }
        '\u{180B}'..='\u{180D}' | '\u{180F}' => last.is_some_and(|last| within(&[(0x1820, 0x18AA)], last)),
        '\u{E0020}'..='\u{E007F}' => is_in_flag(c, before, after),
        _ => false,
    }
}

fn is_between_joining(before: &[char], after: &[char]) -> bool {
    let is_joining = |c: char| within(JOINING, c) && c.is_alphabetic();
    let letter = before.iter().rev().find(|c| canonical_combining_class(**c) == 0);
    letter.is_some_and(|c| is_joining(*c)) && after.first().is_some_and(|c| is_joining(*c))
}

/// A family, a profession: pictures joined to one.
fn is_between_pictures(before: &[char], after: &[char]) -> bool {
    let is_modifier = |c: char| c == '\u{FE0F}' || within(&[(0x1F3FB, 0x1F3FF)], c);
    let picture = before.iter().rev().find(|c| !is_modifier(**c));
    picture.is_some_and(|c| is_picture(*c)) && after.first().is_some_and(|c| is_picture(*c))
}

/// A sign that may stand as a picture.
fn is_picture(c: char) -> bool {
    let symbol = matches!(
        c.general_category(),
        GeneralCategory::OtherSymbol | GeneralCategory::MathSymbol
    );
    !c.is_ascii() && (symbol || matches!(c, '\u{203C}' | '\u{2049}' | '\u{3030}' | '\u{303D}'))
}

/// The flag of a region: a black flag, tags that name the region, and the tag that ends them.
fn is_in_flag(c: char, before: &[char], after: &[char]) -> bool {
    let is_tag = |c: &&char| within(&[(0xE0020, 0xE007E)], **c);
    let tags = before.iter().rev().take_while(is_tag).count();
    let flag = before.iter().rev().nth(tags) == Some(&'\u{1F3F4}');
    let is_ended = match c {
        '\u{E007F}' => tags > 0,
        _ => after.iter().find(|c| !is_tag(c)) == Some(&'\u{E007F}'),
    };
    flag && is_ended
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // O2, S2
    #[test]
    fn characters_that_nobody_sees_are_taken_out_wherever_they_stand() {
        for unseen in [
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{115F}',
            '\u{180E}',
            '\u{200B}',
            '\u{200C}',
            '\u{200D}',
            '\u{200E}',
            '\u{200F}',
            '\u{202A}',
            '\u{202B}',
            '\u{202C}',
            '\u{202D}',
            '\u{202E}',
            '\u{2060}',
            '\u{2061}',
            '\u{2063}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{206A}',
            '\u{3164}',
            '\u{FE00}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{FFF9}',
            '\u{FFFC}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{E007F}',
            '\u{E0100}',
        ] {
            let code = u32::from(unseen);
            for text in [
                format!("{unseen}Team Wond"),
                format!("Te{unseen}am Wond"),
                format!("Team{unseen} {unseen}Wond"),
                format!("Team Wond{unseen}"),
            ] {
                assert_eq!(name(&text).as_deref(), Ok("Team Wond"), "U+{code:04X}");
            }
            assert_eq!(name(&unseen.to_string()), Err(Unfit::Empty), "U+{code:04X}");
        }
    }

    // O2
    #[test]
    fn blanks_of_every_kind_are_one_blank_between_words_and_none_at_the_ends() {
        let blanks = " \u{a0}\u{1680}\u{2003}\u{2009}\u{202F}\u{205F}\u{3000}\u{2800}\u{2028}";
        let text = format!("{blanks}Team{blanks}Wond{blanks}");
        assert_eq!(name(&text).as_deref(), Ok("Team Wond"));
        assert_eq!(name(blanks), Err(Unfit::Empty));
        assert_eq!(name("Team Wond\r\n").as_deref(), Ok("Team Wond"));
    }

    // O2
    #[test]
    fn characters_that_a_script_or_a_picture_needs_stay() {
        for needed in [
            "می\u{200C}خواهم",
            "کار\u{200C}خانه",
            "क्\u{200D}ष",
            "ශ්\u{200D}රී",
            "👨\u{200D}👩\u{200D}👧",
            "👩🏽\u{200D}⚕\u{FE0F}",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "葛\u{E0100}飾区",
        ] {
            assert_eq!(name(needed).as_deref(), Ok(needed));
        }
        assert_eq!(name("Sm\u{200D}it").as_deref(), Ok("Smit"));
        assert_eq!(name("می\u{200C}").as_deref(), Ok("می"));
        assert_eq!(name("🏴\u{E0067}\u{E0062}x").as_deref(), Ok("🏴x"));
    }

    // O2
    #[test]
    fn a_character_that_is_no_text_is_refused_by_its_number() {
        assert_eq!(name("Team\u{7}"), Err(Unfit::Control('\u{7}')));
        assert_eq!(name("Team\nWond"), Err(Unfit::Control('\n')));
        for none in [
            '\u{E000}',
            '\u{F8FF}',
            '\u{FFFD}',
            '\u{FFFF}',
            '\u{FDD0}',
            '\u{378}',
            '\u{F0000}',
            '\u{10FFFD}',
        ] {
            assert_eq!(name(&format!("Team{none}")), Err(Unfit::NoText(none)));
        }
        let why = Unfit::NoText('\u{E000}').to_string();
        assert_eq!(why, "holds a character that is no text (U+E000)");
        assert_eq!(name(&"x".repeat(201)), Err(Unfit::TooLong { most: 200 }));
        assert_eq!(
            name(&"\u{200B}".repeat(100_000)),
            Err(Unfit::TooLong { most: 200 })
        );
    }

    // I2
    #[test]
    fn a_reference_is_kept_as_it_is_or_refused() {
        assert_eq!(kept_reference(" Re\u{301}f  1 ", 200).as_deref(), Ok(" Réf  1 "));
        assert_eq!(kept_reference("r\u{200B}1", 200), Err(Unfit::Unseen('\u{200B}')));
        assert_eq!(kept_reference("r\u{E000}1", 200), Err(Unfit::NoText('\u{E000}')));
        assert_eq!(kept_reference("r\n1", 200), Err(Unfit::Control('\n')));
        assert_eq!(kept_reference("\u{a0}", 200), Err(Unfit::Empty));
        assert_eq!(kept_reference("rrr", 2), Err(Unfit::TooLong { most: 2 }));
    }

    proptest! {
        // O2
        #[test]
        fn a_text_once_kept_is_kept_unchanged(text in any::<String>()) {
            let kept = name(&text).ok();
            prop_assert_eq!(kept.as_deref().and_then(|kept| name(kept).ok()), kept.clone());
        }
    }
}
