//! Searching the messages that the device has (L4).

use std::borrow::Cow;
use std::fmt;

use conversation::{Attachment, ConversationId, MembershipId, MessageText, Seq, Timestamp};
use matching::Terms;

use super::Entry;

/// A search: a message must be all that is given.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Empty where the rest alone counts.
    pub terms: Terms,
    /// In one of these.
    pub within: Option<Vec<ConversationId>>,
    /// By one of these.
    pub by: Option<Vec<MembershipId>>,
    /// Accepted at that time or later.
    pub from: Option<Timestamp>,
    /// Accepted before that time.
    pub until: Option<Timestamp>,
    /// With a file whose name has these terms; with any file, where they are empty.
    pub file: Option<Terms>,
    /// Only what is older than this place of a message that was found.
    pub before: Option<i64>,
    pub limit: u32,
}

/// A message that a search found, as far as a hit shows it.
#[derive(Clone, PartialEq)]
pub struct FoundEntry {
    /// Where it stands in the order of time, as [`Search::before`] takes it.
    pub place: i64,
    pub conversation: ConversationId,
    pub number: Seq,
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    pub text: MessageText,
    pub attachments: Vec<Attachment>,
}

/// Blank: what was said never reaches a log.
impl fmt::Debug for FoundEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FoundEntry({}, {})", self.conversation, self.number)
    }
}

/// Messages that a search found, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundPage {
    pub entries: Vec<FoundEntry>,
    /// Where to go on, as [`Search::before`]; `None` if all was searched. A page may end before there are enough, so
    /// that no request takes long.
    pub next: Option<i64>,
}

/// A number of messages that a search finds, and where to go on counting, as [`Search::before`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoundCount {
    pub count: u32,
    pub next: Option<i64>,
}

impl FoundCount {
    pub(super) fn of(page: &FoundPage) -> FoundCount {
        FoundCount {
            count: u32::try_from(page.entries.len()).unwrap_or(u32::MAX),
            next: page.next,
        }
    }
}

impl Search {
    /// Nothing is asked for, which finds nothing.
    pub fn is_empty(&self) -> bool {
        let Search {
            terms,
            within,
            by,
            from,
            until,
            file,
            before: _,
            limit: _,
        } = self;
        terms.is_empty()
            && within.is_none()
            && by.is_none()
            && from.is_none()
            && until.is_none()
            && file.is_none()
    }

    /// Whether a message is what is asked for, whatever its place.
    pub(super) fn admits(&self, found: &FoundEntry) -> bool {
        let is_there = self
            .within
            .as_ref()
            .is_none_or(|within| within.contains(&found.conversation))
            && self.by.as_ref().is_none_or(|by| by.contains(&found.by))
            && self.from.is_none_or(|from| found.at >= from)
            && self.until.is_none_or(|until| found.at < until);
        let has_file = |terms: &Terms| {
            let mut names = found.attachments.iter().map(|file| file.name.as_str());
            names.any(|name| terms.are_in(name))
        };
        is_there
            && self.file.as_ref().is_none_or(has_file)
            && (self.terms.is_empty() || self.terms.are_in(&found.searched()))
    }
}

impl FoundEntry {
    /// The message that stands at a place, if it is one and has a text.
    pub(super) fn of(place: i64, conversation: ConversationId, entry: &Entry) -> Option<FoundEntry> {
        let text = entry.text.as_ref().filter(|_| entry.header.kind.is_message())?;
        Some(FoundEntry {
            place,
            conversation,
            number: entry.number,
            by: entry.header.by,
            at: entry.header.at,
            text: text.clone(),
            attachments: entry.attachments.clone(),
        })
    }

    /// The text that search reads of a message: its own, and the names of its files.
    pub fn searched(&self) -> Cow<'_, str> {
        if self.attachments.is_empty() {
            return Cow::Borrowed(&self.text.body);
        }
        let names = self.attachments.iter().map(|file| file.name.as_str());
        let all: Vec<&str> = std::iter::once(self.text.body.as_str()).chain(names).collect();
        Cow::Owned(all.join("\n"))
    }
}
