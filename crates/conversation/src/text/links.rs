//! The links of a text, found in one pass: each character is looked at a few times at most.

use super::clusters::{is_boundary, is_word_before};
use super::{ITEM_LINK, MENTION, What, steps};
use crate::ids::ItemId;

/// A link: its start and end in bytes, and its target.
pub(super) type Link = (usize, usize, What);

const HTTPS: &str = "https";
const OVERLEG: &str = "overleg";
const BETWEEN: &str = "://";
/// The length of an item's id in a link.
const ID: usize = 36;

pub(super) fn links(body: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut from = 0;
    // The end of the last run without white space that was looked at.
    let mut end = 0;
    while let Some(start) = body[from..].find(BETWEEN).map(|at| from + at) {
        steps(start - from);
        if end < start {
            end = end_of(body, start);
        }
        from = start + BETWEEN.len();
        if let Some(link) = at(body, start, end) {
            from = link.1;
            found.push(link);
        }
    }
    found
}

/// The link whose `://` is at `start`, if there is one; it does not extend beyond `end`.
fn at(body: &str, start: usize, end: usize) -> Option<Link> {
    if let Some(begin) = begins(body, start, HTTPS) {
        let host = body[start + BETWEEN.len()..end].chars().next()?;
        if !host.is_alphanumeric() && host != '[' {
            return None;
        }
        let url = trimmed(&body[begin..end]);
        let url_end = begin + url.len();
        return Some((begin, url_end, What::Link { url: url.to_owned() }));
    }
    let begin = begins(body, start, OVERLEG)?;
    let id = begin + ITEM_LINK.len();
    let address = &body[begin..end];
    let item: ItemId = address.strip_prefix(ITEM_LINK)?.get(..ID)?.parse().ok()?;
    // Only sentence punctuation may follow. The link has no opening bracket, so a closing one belongs to the sentence.
    let after = &body[id + ID..end];
    let mut goes_on = after
        .chars()
        .inspect(|_| steps(1))
        .skip_while(|c| ends_sentence(*c) || matches!(c, ')' | ']'));
    if goes_on.next().is_some() {
        return None;
    }
    Some((begin, id + ID, What::Item { item }))
}

/// The start of a scheme that ends at `start`, unless it is the end of a longer word.
fn begins(body: &str, start: usize, scheme: &str) -> Option<usize> {
    let begin = start.checked_sub(scheme.len())?;
    let is_scheme = body.is_char_boundary(begin) && body[begin..start].eq_ignore_ascii_case(scheme);
    (is_scheme && !is_word_before(body, begin)).then_some(begin)
}

/// The end of the run around a place that may contain an address.
fn end_of(body: &str, place: usize) -> usize {
    let rest = &body[place..];
    let ends = |c: char| c.is_whitespace() || matches!(c, MENTION | '<' | '>' | '"');
    let end = rest
        .char_indices()
        // A punctuation character with a combining mark is another character: "≮" may be two code points.
        .find(|(at, c)| ends(*c) && (c.is_whitespace() || is_boundary(body, place + at + c.len_utf8())))
        .map_or(body.len(), |(at, _)| place + at);
    steps(end - place);
    end
}

/// Removes punctuation that ends the sentence rather than the address.
fn trimmed(address: &str) -> &str {
    let count = |mark| address.bytes().filter(|byte| *byte == mark).count();
    // The number of surplus closing brackets.
    let mut round = count(b')').saturating_sub(count(b'('));
    let mut square = count(b']').saturating_sub(count(b'['));
    steps(address.len());
    let mut end = address.len();
    for (at, c) in address.char_indices().rev() {
        steps(1);
        let beyond = match c {
            ')' => &mut round,
            ']' => &mut square,
            c if ends_sentence(c) => &mut 1,
            _ => break,
        };
        if *beyond == 0 {
            break;
        }
        *beyond -= 1;
        end = at;
    }
    &address[..end]
}

fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '\u{201D}' | '\u{2019}' | '\u{2026}'
    )
}
