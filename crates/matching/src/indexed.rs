//! Text for an index that folds Latin letters itself.

use crate::characters::{is_accent, is_of_word, is_unseen, typed_as};
use crate::fold::fold;

/// The combining marks that SQLite's tokenizers leave out.
const LEFT_OUT: std::ops::RangeInclusive<char> = '\u{300}'..='\u{331}';

/// The folded text, where SQLite's tokenizers `unicode61` and `trigram`, without diacritics, would read other letters in it
/// than [`fold`](crate::fold()) does: ß, ø, ĳ, a soft hyphen within a word. `None` of most texts: both read the same.
///
/// ```
/// use matching::folded_for_index;
/// assert_eq!(folded_for_index("Één coördinatie, € 3 🙂"), None);
/// assert_eq!(folded_for_index("Hauptstraße"), Some("hauptstrasse".to_owned()));
/// ```
pub fn folded_for_index(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut in_word = false;
    // An unseen character after a letter, of which it counts what follows.
    let mut unseen = false;
    for c in text.chars() {
        if is_unseen(c) || (is_accent(c) && !LEFT_OUT.contains(&c)) {
            unseen = in_word;
            continue;
        }
        let (is_read_alike, is_of_word) = read(c);
        if !is_read_alike || (unseen && is_of_word) {
            return Some(fold(text));
        }
        (in_word, unseen) = (is_of_word || LEFT_OUT.contains(&c) && in_word, false);
    }
    None
}

/// Whether the index reads the same in a character, and whether that is a part of a word.
fn read(c: char) -> (bool, bool) {
    if c.is_ascii() {
        return (true, c.is_ascii_alphanumeric());
    }
    let folded = fold(c.encode_utf8(&mut [0; 4]));
    let mut all = folded.chars();
    let (first, second) = (all.next(), all.next());
    if first.is_none() {
        return (LEFT_OUT.contains(&c), false);
    }
    let of_word = folded.chars().any(is_of_word) || is_of_word(c);
    let is_itself = first == Some(c) && second.is_none();
    let is_latin = ('À'..='ž').contains(&c)
        && !c.to_lowercase().any(|small| typed_as(small).is_some())
        && second.is_none()
        && first.is_some_and(|letter| letter.is_ascii_lowercase());
    (!of_word || is_itself || is_latin, of_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    // L4
    #[test]
    fn a_text_is_folded_where_an_index_would_read_other_letters_in_it() {
        for text in [
            "",
            "wond",
            "Één coördinatie: ÀÉÎÕÜÇÑ àéîõüçñ šžčřůŠŽČŘŮ",
            "Coo\u{308}rdinatie",
            "€ 3 – 5 “wond” ’s …",
            "🙂 👩\u{200D}⚕\u{FE0F} goed",
            "日本語 שלום",
        ] {
            assert_eq!(folded_for_index(text), None, "{text}");
        }
        for (text, folded) in [
            ("Hauptstraße", "hauptstrasse"),
            ("Ĳssel", "ijssel"),
            ("sœur Søren Łucja", "soeur soren lucja"),
            ("decu\u{AD}bitus", "decubitus"),
            ("a\u{200B}b", "ab"),
            ("Ωmega", "ωmega"),
            ("й", "и"),
            ("o\u{338}x", "ox"),
            ("ﬁx", "fix"),
            ("Ｋｉｍ", "kim"),
        ] {
            assert_eq!(folded_for_index(text).as_deref(), Some(folded), "{text}");
        }
    }
}
