//! Text without regard to case, accents, width, and the letters that a keyboard lacks.

use unicode_normalization::UnicodeNormalization as _;

use crate::characters::{is_accent, is_of_word, is_unseen, typed_as};

/// The text as one looks for it: composed or not, in either case, accents and characters that nobody sees taken out,
/// and each letter as the one that is typed for it.
///
/// ```
/// assert_eq!(matching::fold("Yıldız Łucja STRAẞE"), "yildiz lucja strasse");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let apart = text.nfkd().filter(|c| !is_accent(*c) && !is_unseen(*c));
    // By way of the capital, which several small letters have in common.
    for c in apart.flat_map(char::to_uppercase).flat_map(char::to_lowercase) {
        match typed_as(c) {
            Some(typed) => folded.push_str(typed),
            None => folded.push(c),
        }
    }
    folded
}

/// The folded words of a text.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !is_of_word(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All but ideographs of the upper planes, which have neither case nor marks.
    fn all() -> impl Iterator<Item = char> {
        ('\0'..'\u{20000}').chain('\u{E0000}'..'\u{E1000}')
    }

    // O6
    #[test]
    fn letters_that_a_keyboard_lacks_are_those_that_are_typed_for_them() {
        for (written, typed) in [
            ("Yıldız", "yildiz"),
            ("YILDIZ", "yildiz"),
            ("İpek", "ipek"),
            ("Søren Ångström", "soren angstrom"),
            ("Łukasz Wałęsa", "lukasz walesa"),
            ("Strauß", "strauss"),
            ("STRAUẞ", "strauss"),
            ("Ĳsbrand", "ijsbrand"),
            ("IJsbrand", "ijsbrand"),
            ("Kĳzer", "kijzer"),
            ("Æðelþryð", "aedelthryd"),
            ("Œuvre", "oeuvre"),
            ("Đorđe", "dorde"),
            ("Haﬁz ﬀ", "hafiz ff"),
            ("Ｋｉｍ", "kim"),
            ("Zoe\u{308}", "zoe"),
            ("Ja\u{AD}n\u{200B}s\u{2060}en", "jansen"),
            ("Παπαδόπουλος", "παπαδοπουλοσ"),
        ] {
            assert_eq!(fold(written), typed, "{written}");
        }
    }

    // O6
    #[test]
    fn folding_twice_changes_no_letter() {
        for c in all() {
            let folded = fold(&c.to_string());
            assert_eq!(fold(&folded), folded, "U+{:04X}", u32::from(c));
        }
    }

    // O6
    #[test]
    fn case_makes_no_difference_for_any_letter() {
        for c in all() {
            let folded = fold(&c.to_string());
            let upper: String = c.to_uppercase().collect();
            let lower: String = c.to_lowercase().collect();
            assert_eq!(fold(&upper), folded, "U+{:04X} in capitals", u32::from(c));
            assert_eq!(fold(&lower), folded, "U+{:04X} in small letters", u32::from(c));
        }
    }

    proptest! {
        // O6
        #[test]
        fn composed_or_taken_apart_is_the_same_text(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&text.nfc().collect::<String>()), folded.clone());
            prop_assert_eq!(fold(&text.nfd().collect::<String>()), folded.clone());
            prop_assert_eq!(fold(&folded), folded);
        }
    }
}
