//! Texts of messages: their limits, and their formatting (M1).
//!
//! A text has 1 to 20,000 Unicode characters, is not blank, and contains no control characters except line break and
//! tab. A mention refers to a membership, not a name: the body contains U+FFFC at its place, and the n-th of them
//! stands for the n-th of [`MessageText::mentions`], so that the name is always current.
//!
//! `*italic*`, `**bold**` and `***both***` are formatted if the stars touch a word on its outside and close in the same
//! paragraph (a blank line ends one); all else is literal. `https` addresses and item links become links. HTML is never
//! interpreted. A star is markup only as a grapheme cluster of its own ([`clusters`]).
//!
//! Finding links and formatting takes time proportional to the length of the text, for any text.

mod cleaning;
mod clusters;
mod links;

use std::fmt;

pub use cleaning::{clean, one_line};
pub use clusters::cut;
use clusters::{Line, is_boundary, is_whole, is_word_after, is_word_before};
use links::{Link, links};
use matching::Unfit;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::attachment::Attachment;
use crate::ids::{ItemId, MembershipId};
use crate::refusal::Refusal;

/// Maximum number of Unicode characters in a message (M1).
pub const LONGEST_TEXT: usize = 20_000;
/// Maximum number of Unicode characters in a subject (S2).
pub const LONGEST_SUBJECT: usize = 200;
/// Maximum number of mentions in a message.
pub const MOST_MENTIONS: usize = 100;
/// The placeholder of a mention in a body.
pub const MENTION: char = '\u{FFFC}';
/// The beginning of a link to an item (M5).
pub const ITEM_LINK: &str = "overleg://item/";

#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct MessageText {
    pub body: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MembershipId>>", optional)]
    pub mentions: Vec<MembershipId>,
}

/// Blank: message text never reaches a log.
impl fmt::Debug for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MessageText({} bytes, {} mentions)",
            self.body.len(),
            self.mentions.len()
        )
    }
}

impl From<&str> for MessageText {
    fn from(body: &str) -> Self {
        MessageText {
            body: body.to_owned(),
            mentions: Vec::new(),
        }
    }
}

impl MessageText {
    /// The text as typed, without characters that may not be sent; separators stay separators.
    pub fn tidied(mut self) -> MessageText {
        self.body = cleaning::tidied(&self.body);
        self
    }

    /// Checks whether the text may be sent (M1).
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_beside(&[])
    }

    /// The same, beside attachments: then the text may be empty (M6).
    pub fn check_beside(&self, attachments: &[Attachment]) -> Result<(), Refusal> {
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
        if attachments.is_empty() && self.body.chars().all(is_blank) {
            return Err(Refusal::TextEmpty);
        }
        Ok(())
    }

    /// The text as spans of uniform formatting.
    pub fn spans(&self) -> Vec<Span> {
        spans(&self.body, &self.mentions)
    }

    /// One line for an overview: no formatting, white space folded, `name` for each mention, at most `longest` grapheme
    /// clusters.
    pub fn preview(&self, longest: usize, mut name: impl FnMut(MembershipId) -> String) -> String {
        let mut line = Line::new(longest);
        for span in self.spans() {
            match span.what {
                What::Text { text } => line.push(&text),
                What::Link { url } => line.push(&url),
                What::Item { .. } => line.push("\u{1F517}"),
                What::Mention { membership } => line.push(&format!("@{}", name(membership))),
            }
            if line.is_full() {
                break;
            }
        }
        line.finish()
    }
}

/// A normalised subject (S2): like a name, without invisible characters, since it is listed among others.
pub fn subject(typed: &str) -> Result<String, Refusal> {
    if typed.len() > LONGEST_SUBJECT * 8 {
        return Err(Refusal::SubjectTooLong);
    }
    if typed.contains(MENTION) {
        return Err(Refusal::SubjectHasControlCharacters);
    }
    matching::name_within(typed, LONGEST_SUBJECT).map_err(|unfit| match unfit {
        Unfit::Empty => Refusal::SubjectMissing,
        Unfit::TooLong { .. } => Refusal::SubjectTooLong,
        Unfit::Control(_) | Unfit::NoText(_) | Unfit::Unseen(_) => Refusal::SubjectHasControlCharacters,
    })
}

fn check_length(text: &str, longest: usize, refusal: Refusal) -> Result<(), Refusal> {
    // At most four bytes per character: a longer text need not be counted.
    if text.len() > longest * 4 || text.chars().nth(longest).is_some() {
        Err(refusal)
    } else {
        Ok(())
    }
}

/// White space, and characters that show nothing.
fn is_blank(c: char) -> bool {
    c != MENTION && (c.is_whitespace() || c == '\u{2800}' || matching::is_unseen(c))
}

/// A part of a text with uniform formatting.
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

/// Writes the body between two places; `stars` are those between them.
fn emphasise(stars: &[Stars], from: usize, to: usize, italic: bool, bold: bool, writer: &mut Writer<'_>) {
    let mut written = from;
    let mut next = 0;
    // If no closing run of a length was found, the rest of the paragraph has none either.
    let mut hopeless = [usize::MAX; 4];
    while let Some(open) = stars.get(next) {
        next += 1;
        if !open.opens || hopeless[open.length] == open.paragraph {
            continue;
        }
        let close = stars[next..]
            .iter()
            .inspect(|_| steps(1))
            .take_while(|close| close.paragraph == open.paragraph)
            .position(|close| close.closes && close.length == open.length);
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
        // A link never crosses stars, since stars inside a link are not considered.
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
            steps(piece.len());
            let piece = &*shown(piece);
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
    let mut characters = body.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        steps(1);
        while links.next_if(|link| link.1 <= at).is_some() {}
        let in_link = links.peek().is_some_and(|link| link.0 <= at);
        if c == '\n' {
            paragraph += usize::from(line_is_blank);
            line_is_blank = true;
        } else if !c.is_whitespace() {
            line_is_blank = false;
        }
        if c != '*' || in_link || !is_whole(body, at, at + 1) {
            continue;
        }
        let mut end = at + 1;
        while characters
            .next_if(|next| next.1 == '*' && is_boundary(body, next.0 + 1))
            .is_some()
        {
            end += 1;
        }
        let length = end - at;
        if length <= 3 {
            let is_blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
            let after = body[end..].chars().next();
            let before = body[..at].chars().next_back();
            found.push(Stars {
                at,
                length,
                opens: !is_word_before(body, at) && !is_blank(after),
                closes: !is_blank(before) && !is_word_after(body, end),
                paragraph,
            });
        }
    }
    found
}

/// The line as a screen shows it: U+2028, which other programs put between lines, is removed.
fn shown(piece: &str) -> std::borrow::Cow<'_, str> {
    if piece.contains(cleaning::breaks_line) {
        piece.replace(cleaning::breaks_line, "\n").into()
    } else {
        piece.into()
    }
}

/// Counts looks at the text, for tests that compare the count with its length.
#[cfg(not(test))]
fn steps(_: usize) {}
#[cfg(test)]
use tests::steps;

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
