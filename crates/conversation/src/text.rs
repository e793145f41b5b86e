//! What a message may hold, and how it is shown (M1).
//!
//! A text is 1 to 20,000 Unicode characters, not only blanks, without control characters but line break and tab.
//! A mention is no name but a membership: the body holds U+FFFC at its place, and the n-th of them stands for the
//! n-th of [`Text::mentions`], so that a name is always the one of today.
//!
//! `*italic*`, `**bold**` and `***both***` are shown so where the stars touch a word on its outside and close in
//! the same paragraph (a blank line ends one); all else is literal. `https` addresses and item links become links.
//! No HTML is ever interpreted.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::ids::{ItemId, MembershipId};
use crate::refusal::Refusal;

/// Unicode characters in a message, at most (M1).
pub const LONGEST_TEXT: usize = 20_000;
/// Unicode characters in a subject, at most (S2).
pub const LONGEST_SUBJECT: usize = 200;
/// Mentions in a message, at most.
pub const MOST_MENTIONS: usize = 100;
/// Stands in a body where a mention is.
pub const MENTION: char = '\u{FFFC}';
/// How a link to an item begins (M5).
pub const ITEM_LINK: &str = "overleg://item/";

#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Text {
    pub body: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MembershipId>>", optional)]
    pub mentions: Vec<MembershipId>,
}

/// Blank: what was said never reaches a log.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Text({} bytes, {} mentions)",
            self.body.len(),
            self.mentions.len()
        )
    }
}

impl From<&str> for Text {
    fn from(body: &str) -> Self {
        Text {
            body: body.to_owned(),
            mentions: Vec::new(),
        }
    }
}

impl Text {
    /// Whether the text may be sent (M1).
    pub fn check(&self) -> Result<(), Refusal> {
        check_length(&self.body, LONGEST_TEXT, Refusal::TextTooLong)?;
        if self
            .body
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Err(Refusal::TextHasControlCharacters);
        }
        let places = self.body.chars().filter(|&c| c == MENTION).count();
        if places != self.mentions.len() || places > MOST_MENTIONS {
            return Err(Refusal::TextMentionsBroken);
        }
        if self.body.chars().all(is_blank) {
            return Err(Refusal::TextEmpty);
        }
        Ok(())
    }

    /// The text in pieces that are shown alike.
    pub fn spans(&self) -> Vec<Span> {
        spans(&self.body, &self.mentions)
    }

    /// One line for an overview: no formatting, white space folded, `name` for each mention.
    pub fn preview(&self, longest: usize, mut name: impl FnMut(MembershipId) -> String) -> String {
        let mut line = String::new();
        for span in self.spans() {
            let piece = match span.what {
                What::Text { text } => text,
                What::Link { url } => url,
                What::Item { .. } => "\u{1F517}".to_owned(),
                What::Mention { membership } => format!("@{}", name(membership)),
            };
            line.push_str(&piece);
            if line.len() > longest * 8 {
                break;
            }
        }
        let mut folded = String::new();
        for word in line.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
        match folded.char_indices().nth(longest) {
            Some((cut, _)) => format!("{}…", folded[..cut].trim_end()),
            None => folded,
        }
    }
}

/// Whether a subject may be used (S2).
pub fn check_subject(subject: &str) -> Result<(), Refusal> {
    check_length(subject, LONGEST_SUBJECT, Refusal::SubjectTooLong)?;
    if subject.chars().any(|c| c.is_control() || c == MENTION) {
        return Err(Refusal::SubjectHasControlCharacters);
    }
    if subject.chars().all(is_blank) {
        return Err(Refusal::SubjectMissing);
    }
    Ok(())
}

/// What is pasted, without what may not be in a text (M1): line ends become `\n`, control characters go.
pub fn clean(pasted: &str) -> String {
    let mut cleaned = String::with_capacity(pasted.len());
    let mut characters = pasted.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                if characters.peek() == Some(&'\n') {
                    characters.next();
                }
                cleaned.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            MENTION => {}
            '\n' | '\t' => cleaned.push(c),
            c if c.is_control() => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

fn check_length(text: &str, longest: usize, refusal: Refusal) -> Result<(), Refusal> {
    // Four bytes a character at most: what is longer in bytes need not be counted.
    if text.len() > longest * 4 || text.chars().nth(longest).is_some() {
        Err(refusal)
    } else {
        Ok(())
    }
}

/// White space, and what shows nothing.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A piece of a text that is shown in one way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Span {
    #[serde(flatten)]
    pub what: What,
    pub italic: bool,
    pub bold: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
#[ts(export)]
pub enum What {
    Text { text: String },
    Link { url: String },
    Item { item: ItemId },
    Mention { membership: MembershipId },
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Span")
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("What")
    }
}

#[derive(Clone, Copy)]
struct Stars {
    at: usize,
    length: usize,
    opens: bool,
    closes: bool,
    paragraph: usize,
}

/// A link that was found: from, to (bytes), and what it is.
type Link = (usize, usize, What);

fn spans(body: &str, mentions: &[MembershipId]) -> Vec<Span> {
    let links = links(body);
    let stars = stars(body, &links);
    let mut writer = Writer {
        body,
        mentions: mentions.iter(),
        links: links.into_iter().peekable(),
        spans: Vec::new(),
    };
    emphasise(&stars, 0, body.len(), false, false, &mut writer);
    writer.spans
}

/// Writes the body between two places, where `stars` are those between them.
fn emphasise(stars: &[Stars], from: usize, to: usize, italic: bool, bold: bool, writer: &mut Writer<'_>) {
    let mut written = from;
    let mut next = 0;
    // Where no closing run of a length was found, none is further on in that paragraph.
    let mut hopeless = [usize::MAX; 4];
    while let Some(open) = stars.get(next) {
        next += 1;
        if !open.opens || hopeless[open.length] == open.paragraph {
            continue;
        }
        let close = stars[next..]
            .iter()
            .take_while(|close| close.paragraph == open.paragraph)
            .position(|close| {
                close.closes && close.length == open.length && close.at > open.at + open.length
            });
        let Some(inside) = close else {
            hopeless[open.length] = open.paragraph;
            continue;
        };
        let close = stars[next + inside];
        writer.write(written, open.at, italic, bold);
        emphasise(
            &stars[next..next + inside],
            open.at + open.length,
            close.at,
            italic || open.length != 2,
            bold || open.length != 1,
            writer,
        );
        written = close.at + close.length;
        next += inside + 1;
    }
    writer.write(written, to, italic, bold);
}

struct Writer<'a> {
    body: &'a str,
    mentions: std::slice::Iter<'a, MembershipId>,
    links: std::iter::Peekable<std::vec::IntoIter<Link>>,
    spans: Vec<Span>,
}

impl Writer<'_> {
    fn write(&mut self, mut from: usize, to: usize, italic: bool, bold: bool) {
        // A link never crosses stars, since none are looked for inside it.
        while let Some((start, end, what)) = self.links.next_if(|link| link.0 < to) {
            self.plain(from, start, italic, bold);
            self.spans.push(Span { what, italic, bold });
            from = end;
        }
        self.plain(from, to, italic, bold);
    }

    fn plain(&mut self, from: usize, to: usize, italic: bool, bold: bool) {
        for (index, piece) in self.body[from..to].split(MENTION).enumerate() {
            if index > 0
                && let Some(&membership) = self.mentions.next()
            {
                self.spans.push(Span {
                    what: What::Mention { membership },
                    italic,
                    bold,
                });
            }
            if piece.is_empty() {
                continue;
            }
            match self.spans.last_mut() {
                Some(Span {
                    what: What::Text { text },
                    italic: i,
                    bold: b,
                }) if (*i, *b) == (italic, bold) => {
                    text.push_str(piece);
                }
                _ => self.spans.push(Span {
                    what: What::Text {
                        text: piece.to_owned(),
                    },
                    italic,
                    bold,
                }),
            }
        }
    }
}

/// The runs of one to three stars outside links, and whether each may open or close.
fn stars(body: &str, links: &[Link]) -> Vec<Stars> {
    let mut found = Vec::new();
    let mut links = links.iter().peekable();
    let mut paragraph = 0;
    let mut line_is_blank = false;
    let mut before: Option<char> = None;
    let mut characters = body.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        while links.next_if(|link| link.1 <= at).is_some() {}
        let in_link = links.peek().is_some_and(|link| link.0 <= at);
        if c == '\n' {
            paragraph += usize::from(line_is_blank);
            line_is_blank = true;
        } else if !c.is_whitespace() {
            line_is_blank = false;
        }
        if c == '*' && !in_link {
            let mut length = 1;
            while characters.next_if(|next| next.1 == '*').is_some() {
                length += 1;
            }
            let after = characters.peek().map(|next| next.1);
            if length <= 3 {
                found.push(Stars {
                    at,
                    length,
                    opens: !before.is_some_and(is_word) && after.is_some_and(|c| !c.is_whitespace()),
                    closes: before.is_some_and(|c| !c.is_whitespace()) && !after.is_some_and(is_word),
                    paragraph,
                });
            }
        }
        before = Some(c);
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == MENTION
}

fn links(body: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = body[from..].find("://").map(|at| from + at) {
        let rest = &body[start..];
        let end = start
            + rest
                .find(|c: char| c.is_whitespace() || c == MENTION || c == '<' || c == '>' || c == '"')
                .unwrap_or(rest.len());
        from = start + 3;
        for scheme in ["https", "overleg"] {
            let Some(begin) = start.checked_sub(scheme.len()) else {
                continue;
            };
            if !body.is_char_boundary(begin) || !body[begin..start].eq_ignore_ascii_case(scheme) {
                continue;
            }
            if body[..begin].chars().next_back().is_some_and(is_word) {
                continue;
            }
            let address = trimmed(&body[begin..end]);
            let what = if scheme == "https" {
                let host = address.get(8..).and_then(|rest| rest.chars().next());
                host.filter(|c| c.is_alphanumeric() || *c == '[')
                    .map(|_| What::Link {
                        url: address.to_owned(),
                    })
            } else {
                address
                    .strip_prefix(ITEM_LINK)
                    .and_then(|id| id.parse().ok())
                    .map(|item| What::Item { item })
            };
            if let Some(what) = what {
                from = begin + address.len();
                found.push((begin, from, what));
                break;
            }
        }
    }
    found
}

/// Without the marks that end a sentence around it rather than the address.
fn trimmed(mut address: &str) -> &str {
    loop {
        let Some(last) = address.chars().next_back() else {
            return address;
        };
        let outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '\u{201D}' | '\u{2019}' | '\u{2026}' => true,
            ')' => address.matches(')').count() > address.matches('(').count(),
            ']' => address.matches(']').count() > address.matches('[').count(),
            _ => false,
        };
        if !outside {
            return address;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
