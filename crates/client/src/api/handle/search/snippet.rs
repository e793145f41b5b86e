//! Pieces of a text with the places that were found.

use std::ops::Range;

use crate::api::view::SnippetPart;

/// Characters of a snippet, about.
const LONGEST: usize = 160;
/// Characters before the first place, at most.
const BEFORE: usize = 48;
/// Of what was found, so many are listed.
const MOST_FOUND: usize = 12;
const LEFT_OUT: char = '…';

/// The text around the first place, in whole words.
pub(super) fn around_first(text: &str, places: &[Range<usize>]) -> Vec<SnippetPart> {
    let from = places.first().map_or(0, |first| begin(text, first.start));
    let to = text[from..]
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| end_of_word(text, from + at));
    let within = places
        .iter()
        .filter(|place| place.start >= from && place.end <= to);
    let shifted = within.map(|place| place.start - from..place.end - from).collect();
    let mut parts = marked(&text[from..to], shifted);
    if from > 0 {
        parts.insert(0, plain(format!("{LEFT_OUT} ")));
    }
    if to < text.len() {
        parts.push(plain(format!(" {LEFT_OUT}")));
    }
    parts
}

/// The beginning of the word that stands some characters before a place; of the text, where that is near.
fn begin(text: &str, place: usize) -> usize {
    let before = &text[..place];
    let Some((at, _)) = before.char_indices().rev().nth(BEFORE) else {
        return 0;
    };
    let blank = before[at..].char_indices().find(|(_, c)| c.is_whitespace());
    blank.map_or(at, |(after, c)| at + after + c.len_utf8())
}

/// The end of the last word before a place, or the place where there is none near.
fn end_of_word(text: &str, place: usize) -> usize {
    let near = text[..place].char_indices().rev().take(BEFORE);
    let blank = near.into_iter().find(|(_, c)| c.is_whitespace());
    blank.map_or(place, |(at, _)| at)
}

fn plain(text: impl Into<String>) -> SnippetPart {
    SnippetPart {
        text: text.into(),
        marked: false,
    }
}

/// The whole text, in parts.
pub(super) fn marked(text: &str, mut places: Vec<Range<usize>>) -> Vec<SnippetPart> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut parts = Vec::new();
    let mut at = 0;
    for place in places {
        let from = place.start.max(at);
        if from >= place.end {
            continue;
        }
        if at < from {
            parts.push(plain(&text[at..from]));
        }
        parts.push(SnippetPart {
            text: text[from..place.end].to_owned(),
            marked: true,
        });
        at = place.end;
    }
    if at < text.len() {
        parts.push(plain(&text[at..]));
    }
    parts
}

/// The different texts that were found, the first of them.
pub(super) fn distinct(text: &str, places: &[Range<usize>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for place in places {
        let one = &text[place.clone()];
        if !found.iter().any(|known| known == one) {
            found.push(one.to_owned());
        }
        if found.len() == MOST_FOUND {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use matching::Terms;

    use super::*;

    fn shown(query: &str, text: &str) -> String {
        let parts = around_first(text, &Terms::of(query).places(text));
        let bracketed = parts.iter().map(|part| match part.marked {
            true => format!("[{}]", part.text),
            false => part.text.clone(),
        });
        bracketed.collect()
    }

    // L4
    #[test]
    fn a_snippet_begins_a_little_before_the_first_place_in_whole_words() {
        assert_eq!(shown("wond", "De wond is rustig."), "De [wond] is rustig.");
        assert_eq!(shown("", "De wond is rustig."), "De wond is rustig.");
        let long = format!("{} longontsteking {}", "vooraf ".repeat(40), "nadien ".repeat(40));
        let snippet = shown("ontsteking", &long);
        assert!(snippet.starts_with("… vooraf"), "{snippet}");
        assert!(snippet.contains("[longontsteking]"), "{snippet}");
        assert!(snippet.ends_with("nadien …"), "{snippet}");
        assert!(snippet.chars().count() < LONGEST + 12, "{snippet}");
        let unbroken = "é".repeat(9_000);
        assert!(shown("éé", &unbroken).chars().count() < 9_100);
        let emoji = format!("{}wond", "🙂".repeat(100));
        assert!(shown("wond", &emoji).contains("[wond]"));
    }
}
