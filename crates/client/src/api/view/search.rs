//! Answers to a search (L4).

use conversation::{ConversationId, ItemId, MembershipId, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Author;

/// A condition on the messages of a search; all must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "filter", rename_all = "snake_case")]
#[ts(export)]
pub enum SearchFilter {
    /// By this person, with any of their memberships; else by anybody of that name.
    From {
        name: String,
        membership: Option<MembershipId>,
    },
    /// In this conversation, else in those with such a title.
    In {
        name: String,
        conversation: Option<ConversationId>,
    },
    /// Before the day, month or year, as it was typed: `2025-03-03`, `3-3-2025`, `3 maart 2025`, `2025-03`, `maart 2025`, `2025`,
    /// `gisteren`.
    Before { day: String },
    /// After the day, month or year.
    After { day: String },
    /// With a file that is called so; with any file, where nothing is given.
    Attachment { name: String },
    /// In conversations about this item, else about those with such a title or type.
    Item { name: String, item: Option<ItemId> },
}

/// The filters that can be suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FilterKind {
    From,
    In,
    Before,
    After,
    Attachment,
    Item,
}

/// A filter with which nothing can be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[ts(export)]
pub enum SearchFault {
    /// It is not a date; the filter does not count.
    NoDate { typed: String },
    /// Nobody is called so, of those whom the device knows.
    Nobody { typed: String },
    /// No conversation is called so, or it is not there any more.
    NoConversation { typed: String },
    /// No item of a conversation is called so.
    NoItem { typed: String },
}

/// Messages that a search found, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SearchResult {
    pub hits: Vec<MessageHit>,
    /// Where to go on, as `before` of the next request. There may be a place though no hit was found: a request reads only so
    /// much.
    #[ts(type = "number | null")]
    pub next: Option<i64>,
    /// The filters that were typed, and the rest of the query.
    pub typed: Vec<SearchFilter>,
    pub text: String,
    pub faults: Vec<SearchFault>,
    pub reach: SearchReach,
}

/// How far a search reaches on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SearchReach {
    /// Messages that are not on the device yet, or not in the index; events of a conversation among them, which cannot be
    /// distinguished before they come.
    #[ts(type = "number")]
    pub missing: u64,
    /// From this moment on everything is searched; `None` if that is not known, or nothing is missing.
    pub since: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MessageHit {
    #[ts(type = "number")]
    pub place: i64,
    pub conversation: ConversationId,
    pub number: Seq,
    /// Of the conversation.
    pub title: String,
    pub author: Author,
    pub at: Timestamp,
    /// One line of the text around the first place that was found.
    pub snippet: Vec<SnippetPart>,
    /// The names of its files.
    pub files: Vec<Vec<SnippetPart>>,
    /// The words that were found, as they are written there.
    pub found: Vec<String>,
    /// The conversation is archived.
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SnippetPart {
    pub text: String,
    pub marked: bool,
}

/// Hits of a part of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HitCount {
    pub count: u32,
    /// Where to go on; `None` if that were all.
    #[ts(type = "number | null")]
    pub next: Option<i64>,
}

/// A filter that completes what is being typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Suggestion {
    pub filter: SearchFilter,
    /// Details that distinguish it: function and organisation, participants, or the type.
    pub about: String,
}
