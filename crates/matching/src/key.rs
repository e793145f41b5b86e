//! Equality of names where a name is a key: of units, teams and types of item in a file, of an item at
//! its source system.

use unicode_normalization::UnicodeNormalization as _;

use crate::characters::{is_space, is_unseen};

/// The comparison of RFC 8266 (nicknames): without regard to case, width, composition and the kinds of blanks; and without
/// regard to what a word processor makes of apostrophes, quotation marks and hyphens. Accents count.
///
/// ```
/// assert_eq!(matching::key("Team  COO\u{308}RDINATIE"), matching::key("team coördinatie "));
/// assert_ne!(matching::key("Team Een"), matching::key("Team Één"));
/// ```
pub fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text
        .nfkc()
        .filter(|c| !is_unseen(*c))
        .flat_map(char::to_lowercase)
    {
        match c {
            c if is_space(c) || c.is_whitespace() => {
                if !key.is_empty() && !key.ends_with(' ') {
                    key.push(' ');
                }
            }
            '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02BC}' | '\u{2032}' | '`' | '\u{B4}' => key.push('\''),
            '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{2033}' => key.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => key.push('-'),
            // Capitals do not distinguish the two.
            'ς' => key.push('σ'),
            c => key.push(c),
        }
    }
    key.truncate(key.trim_end_matches(' ').len());
    key.nfkc().collect()
}

/// A source system's reference as it is kept and compared: composed, and else as it is.
pub fn reference(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // I2
    #[test]
    fn one_name_in_another_form_is_the_same_key() {
        for (one, other) in [
            ("Team Coördinatie", "Team Coo\u{308}rdinatie"),
            ("Team Wond", " TEAM\u{a0} wond\u{200B}"),
            ("Team ’t Hart", "team 't hart"),
            ("Noord‑Oost", "noord-oost"),
            ("Ｔｅａｍ １", "team 1"),
            ("Haﬁz", "HAFIZ"),
            ("ΟΔΟΣ", "οδος"),
            ("김", "\u{1100}\u{1175}\u{11B7}"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        assert_ne!(key("Team Een"), key("Team Één"));
        assert_ne!(key("Team 1"), key("Team 2"));
        assert_eq!(reference("Zoe\u{308} A"), "Zoë A");
        assert_ne!(reference("a"), reference("A"));
    }

    proptest! {
        // I2
        #[test]
        fn a_key_is_its_own_key_in_every_form(text in any::<String>()) {
            let own = key(&text);
            prop_assert_eq!(key(&own), own.clone());
            prop_assert_eq!(key(&text.nfd().collect::<String>()), own.clone());
            prop_assert_eq!(key(&text.nfc().collect::<String>()), own);
        }
    }
}
