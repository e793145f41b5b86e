//! The links of a text. One pass: no character is looked at more than a few times, in any text.

use super::clusters::{is_boundary, is_word_before};
use super::{ITEM_LINK, MENTION, What, steps};
use crate::ids::ItemId;

/// A link that was found: from, to (bytes), and what it is.
pub(super) type Link = (usize, usize, What);

const HTTPS: &str = "https";
const OVERLEG: &str = "overleg";
const BETWEEN: &str = "://";
/// As an item's id is written in a link.
const ID: usize = 36;

pub(super) fn links(body: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut from = 0;
    // The end of the stretch without white space that was looked at last.
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

/// The link whose `://` stands at a place, where there is one; nothing of it stands beyond `end`.
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
    // Only what ends a sentence may follow. It has no opening bracket, so a closing one is of the sentence.
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

/// The end of the stretch around a place in which an address may stand.
fn end_of(body: &str, place: usize) -> usize {
    let rest = &body[place..];
    let ends = |c: char| c.is_whitespace() || matches!(c, MENTION | '<' | '>' | '"');
    let end = rest
        .char_indices()
        // A mark with an accent is another one: "≮" may be written as two characters.
        .find(|(at, c)| ends(*c) && (c.is_whitespace() || is_boundary(body, place + at + c.len_utf8())))
        .map_or(body.len(), |(at, _)| place + at);
    steps(end - place);
    end
}

/// Without the marks that end a sentence around it rather than the address.
fn trimmed(address: &str) -> &str {
    let count = |mark| address.bytes().filter(|byte| *byte == mark).count();
    // How many more close than open.
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
