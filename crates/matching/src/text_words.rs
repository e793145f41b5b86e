//! The words of a running text, folded.

use std::collections::HashSet;
use std::ops::Range;

use crate::characters::is_of_word;
use crate::fold::fold;

/// The character before each folded word, and behind the last one: no word has it.
pub(crate) const APART: char = '\n';

/// The folded words of a text, one behind the other.
#[derive(Debug)]
pub(crate) struct TextWords {
    /// [`APART`], and each word with one behind it.
    pub(crate) letters: String,
    /// The end of each word in these letters, and its place in the text.
    words: Vec<(usize, Range<usize>)>,
}

impl TextWords {
    pub(crate) fn of(text: &str) -> TextWords {
        let mut all = TextWords {
            letters: String::with_capacity(text.len() + 2),
            words: Vec::with_capacity(text.len() / 5),
        };
        all.letters.push(APART);
        let mut begun: Option<usize> = None;
        for (at, c) in text.char_indices() {
            let length = all.letters.len();
            // A character that nobody sees, and an accent of its own, are of the word around them.
            if push_folded(&mut all.letters, c) {
                let is_seen = all.letters.len() > length;
                begun = begun.or(is_seen.then_some(at));
            } else if let Some(from) = begun.take() {
                all.end(from..at);
            }
        }
        if let Some(from) = begun {
            all.end(from..text.len());
        }
        all
    }

    fn end(&mut self, place: Range<usize>) {
        self.words.push((self.letters.len(), place));
        self.letters.push(APART);
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.letters.split_terminator(APART);
        words.skip(1)
    }

    /// The number of the word that has a letter, or stands before its end.
    pub(crate) fn word_at(&self, letter: usize) -> usize {
        self.words.partition_point(|(end, _)| *end <= letter)
    }

    /// The places of so many words in the text, and where the last of them ends in the letters.
    pub(crate) fn places(&self, first: usize, count: usize) -> (impl Iterator<Item = Range<usize>>, usize) {
        let words = self.words.get(first..).unwrap_or_default();
        let words = words.get(..count).unwrap_or(words);
        let end = words.last().map_or(self.letters.len(), |(end, _)| *end);
        (words.iter().map(|(_, place)| place.clone()), end)
    }
}

/// Appends a character of a word, folded; whether it is one.
fn push_folded(letters: &mut String, c: char) -> bool {
    if c.is_ascii_alphanumeric() {
        letters.push(c.to_ascii_lowercase());
        return true;
    }
    if c.is_ascii() && !c.is_ascii_control() {
        let is_one = is_of_word(c);
        letters.extend(is_one.then_some(c));
        return is_one;
    }
    let folded = fold(c.encode_utf8(&mut [0; 4]));
    let is_one = folded.chars().all(is_of_word);
    if is_one {
        letters.push_str(&folded);
    }
    is_one
}

/// The different words of some texts, folded, in their order.
pub fn words_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut words: HashSet<String> = HashSet::new();
    for text in texts {
        for word in TextWords::of(text).words() {
            if !words.contains(word) {
                words.insert(word.to_owned());
            }
        }
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_of_ascii_is_folded_as_by_the_table() {
        for byte in 0..=127_u8 {
            let c = char::from(byte);
            let mut letters = String::new();
            let is_one = push_folded(&mut letters, c);
            let folded = fold(&c.to_string());
            assert_eq!(is_one, folded.chars().all(is_of_word), "{c:?}");
            assert_eq!(letters, if is_one { folded } else { String::new() }, "{c:?}");
        }
    }

    // L4
    #[test]
    fn each_different_word_of_some_texts_is_listed_once() {
        let words = words_of(["Één wond,\nwond", "", "foto.jpg \u{AD}🙂 eén"]);
        assert_eq!(words, ["een", "foto", "jpg", "wond"]);
    }
}
