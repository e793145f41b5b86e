//! Logins and passwords as they are kept and compared: the profiles of RFC 8265 (PRECIS).
//!
//! `UsernameCaseMapped` for logins, which are addresses besides; `OpaqueString` for passwords, of which nothing is refused,
//! for what it does is the same for the characters that it would.

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::characters::{is_space, is_unseen, within};

/// Unicode characters of a login, at most.
const LONGEST: usize = 200;
/// Beyond it, nothing is worked out.
const LONGEST_TYPED: usize = 2_000;

/// A work e-mail address as it is kept, if the text is one, however it was pasted: within `<>`, behind `mailto:`, with
/// characters that nobody sees.
///
/// ```
/// let address = Some("anna@linde.example".to_owned());
/// assert_eq!(matching::login("Anna <mailto:Anna@Linde.example>\u{200B}"), address);
/// ```
pub fn login(text: &str) -> Option<String> {
    if text.chars().nth(LONGEST_TYPED).is_some() {
        return None;
    }
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let wide: String = seen.chars().flat_map(width_mapped).collect();
    let lower = address_in(&wide).to_lowercase();
    let login: String = lower.nfc().collect();
    is_login(&login).then_some(login)
}

/// A login as it may stand in a store: as it is kept now, and as it was typed before there was one form of it.
/// None of what is too long to be one.
pub fn forms_of_login(text: &str) -> Vec<String> {
    if text.chars().nth(LONGEST_TYPED).is_some() {
        return Vec::new();
    }
    let kept = login(text);
    let typed = text.trim().to_lowercase();
    let apart = kept.as_ref().map(|kept| kept.nfd().collect());
    distinct(kept.into_iter().chain([typed]).chain(apart))
}

/// A password as it is hashed: composed, with ordinary blanks. Each character counts.
pub fn password(text: &str) -> String {
    let blank = |c: char| {
        if c.general_category() == GeneralCategory::SpaceSeparator {
            ' '
        } else {
            c
        }
    };
    text.chars().map(blank).nfc().collect()
}

/// A password as it may have been hashed: as it is now, and as it was typed before there was one form of it.
pub fn forms_of_password(text: &str) -> Vec<String> {
    let kept = password(text);
    let apart = kept.nfd().collect();
    distinct([kept, text.to_owned(), apart])
}

fn distinct(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

/// The address without what a program puts around it.
fn address_in(text: &str) -> &str {
    let around = |c: char| {
        is_space(c) || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | ',' | ';' | '(' | ')')
    };
    let within = match (text.rfind('<'), text.rfind('>')) {
        (Some(from), Some(to)) if from < to => text.get(from..to).unwrap_or(text),
        _ => text,
    };
    let address = within.trim_matches(around);
    let scheme = address
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    match scheme {
        Some(_) => {
            let rest = address.get(7..).unwrap_or_default();
            let end = rest.find('?').unwrap_or(rest.len());
            rest.get(..end).unwrap_or(rest).trim_matches(around)
        }
        None => address,
    }
}

fn is_login(login: &str) -> bool {
    let Some((name, place)) = login.split_once('@') else {
        return false;
    };
    !name.is_empty()
        && !place.contains('@')
        && place.contains('.')
        && !place.starts_with('.')
        && !place.ends_with('.')
        && !place.contains("..")
        && login.chars().nth(LONGEST).is_none()
        && login.chars().all(is_of_login)
        && !mixes_digits(login)
        && is_of_one_direction(name)
        && place.split('.').all(is_of_one_direction)
}

/// RFC 8264's IdentifierClass, without what an address would have to quote and without what is allowed in some
/// surroundings alone, joiners among them.
fn is_of_login(c: char) -> bool {
    match c {
        '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | ']' | '\\' => false,
        '\u{21}'..='\u{7E}' => true,
        'ß' | 'ς' | '\u{6FD}' | '\u{6FE}' | '\u{F0B}' | '\u{3007}' => true,
        '\u{640}' | '\u{7FA}' | '\u{302E}' | '\u{302F}' | '\u{3031}'..='\u{3035}' | '\u{303B}' => false,
        '\u{B7}' | '\u{375}' | '\u{5F3}' | '\u{5F4}' | '\u{30FB}' => false,
        // Letters of Old Hangul.
        '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}' => false,
        c if is_unseen(c) || has_compatible(c) => false,
        c => matches!(
            c.general_category(),
            GeneralCategory::LowercaseLetter
                | GeneralCategory::UppercaseLetter
                | GeneralCategory::OtherLetter
                | GeneralCategory::DecimalNumber
                | GeneralCategory::ModifierLetter
                | GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
        ),
    }
}

/// Whether a character is another look of others, as a ligature is.
fn has_compatible(c: char) -> bool {
    let mut compatible = std::iter::once(c).nfkc();
    compatible.next() != Some(c) || compatible.next().is_some()
}

/// RFC 5892, A.8 and A.9.
fn mixes_digits(login: &str) -> bool {
    let has = |ranges| login.chars().any(|c| within(ranges, c));
    has(&[(0x660, 0x669)]) && has(&[(0x6F0, 0x6F9)])
}

/// The scripts that are written from right to left.
const RIGHT_TO_LEFT: &[(u32, u32)] = &[
    (0x0590, 0x08FF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFF),
    (0x10800, 0x10FFF),
    (0x1E800, 0x1EFFF),
];

/// A part that is read in both directions can be shown as one that it is not (the Bidi Rule, RFC 5893).
fn is_of_one_direction(part: &str) -> bool {
    let letters = || part.chars().filter(|c| c.is_alphabetic());
    let turned = letters().filter(|c| within(RIGHT_TO_LEFT, *c)).count();
    turned == 0 || (turned == letters().count() && part.chars().next().is_some_and(char::is_alphabetic))
}

/// Fullwidth and halfwidth forms as what they are forms of.
fn width_mapped(c: char) -> impl Iterator<Item = char> {
    let is_form = matches!(c, '\u{3000}' | '\u{FF01}'..='\u{FFEE}');
    let mapped = is_form.then(|| std::iter::once(c).nfkc());
    mapped.into_iter().flatten().chain((!is_form).then_some(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // I1
    #[test]
    fn an_address_is_kept_in_one_form_however_it_was_pasted() {
        for pasted in [
            "zoë@linde.example",
            "ZOË@Linde.Example",
            "zoe\u{308}@linde.example",
            " zoë@linde.example\u{a0}",
            "mailto:zoë@linde.example",
            "MAILTO:Zoë@linde.example?subject=Wond",
            "<zoë@linde.example>",
            "Zoë de Vries <zoë@linde.example>;",
            "\"de Vries, Zoë\" <mailto:zoë@linde.example>",
            "zo\u{AD}ë@lin\u{200B}de.example\u{FEFF}",
            "\u{202A}zoë@linde.example\u{202C}",
            "zoë@linde.example\u{E0041}",
            "zoë\u{200D}@linde.example",
            "ｚｏë＠ｌｉｎｄｅ．ｅｘａｍｐｌｅ",
            "zoë@linde.example,\r\n",
        ] {
            assert_eq!(login(pasted).as_deref(), Some("zoë@linde.example"), "{pasted:?}");
        }
    }

    // I1
    #[test]
    fn a_login_that_is_no_address_or_looks_like_another_is_refused() {
        for wrong in [
            "",
            "anna",
            "@linde.example",
            "anna@",
            "anna@linde",
            "anna@.example",
            "anna@linde..example",
            "an na@linde.example",
            "an\u{a0}na@linde.example",
            "anna@linde.example bram@linde.example",
            "anna@@linde.example",
            "an\u{7}na@linde.example",
            "anna\u{E000}@linde.example",
            "anna\u{378}@linde.example",
            "ﬁen@linde.example",
            "a☺@linde.example",
            "a\u{2044}b@linde.example",
            "annaא@linde.example",
            "a:b@linde.example",
        ] {
            assert_eq!(login(wrong), None, "{wrong:?}");
        }
        assert!(login("אנה@linde.example").is_some());
        assert!(login("anna.o'brien+wond@linde.example").is_some());
        assert_eq!(login(&format!("{}@linde.example", "a".repeat(200))), None);
    }

    // I1
    #[test]
    fn a_password_is_the_same_composed_and_taken_apart_and_with_any_blank() {
        assert_eq!(password("cafe\u{301}\u{a0}om\u{2009}de hoek"), "café om de hoek");
        assert_ne!(password("café"), password("cafe"));
        assert_ne!(password("Cafe"), password("cafe"));
        let forms = forms_of_password("caf\u{e9} om de hoek");
        assert_eq!(forms, ["café om de hoek", "cafe\u{301} om de hoek"]);
        assert_eq!(forms_of_password("vier losse woorden").len(), 1);
    }

    proptest! {
        // I1
        #[test]
        fn a_kept_login_is_its_own_form(text in any::<String>(), typed in "[a-zé]{1,8}@[a-z]{1,8}\\.example") {
            let kept = password(&text);
            prop_assert_eq!(password(&kept), kept.clone());
            prop_assert_eq!(password(&text.nfd().collect::<String>()), kept);
            prop_assert_eq!(login(&typed), Some(typed.clone()));
            prop_assert_eq!(login(&typed.nfd().collect::<String>()), Some(typed));
            if let Some(kept) = login(&text) {
                prop_assert_eq!(login(&kept), Some(kept));
            }
        }
    }
}
