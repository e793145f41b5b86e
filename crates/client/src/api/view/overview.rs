//! The overview: conversations of a filter, and their rows (L1, L2).

use conversation::{ConversationId, OrganisationId, Shape, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::AttachmentKind;

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Overview {
    /// The rows from the requested place on.
    pub rows: Vec<OverviewRow>,
    /// The total number of unread conversations, regardless of the filter: the number on the badge.
    pub unread: u32,
    /// The total number of rows that match the request.
    pub total: u32,
}

/// The filters that the overview offers, from the conversations that there are (L2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OverviewChoices {
    /// By name.
    pub organisations: Vec<OrganisationChoice>,
    /// By name.
    pub item_types: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OrganisationChoice {
    pub organisation: OrganisationId,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OverviewRow {
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub shape: Shape,
    /// The subject; without one, the names of the others.
    pub title: String,
    /// The names of the first five other participants, and the total number including the user.
    pub participants: Vec<String>,
    pub participant_count: u32,
    pub last: Option<Last>,
    /// Messages of others after the read marker.
    pub unread: u32,
    /// A member of another organisation takes part.
    pub outside: bool,
    /// Archived by the user, for the user only.
    pub archived: bool,
    /// Its messages notify only where they mention the user (N5).
    pub muted: bool,
    /// Archived for everyone.
    pub read_only: bool,
    pub draft: bool,
    /// The user is mentioned in an unread message.
    pub mentioned: bool,
    /// An unread message is urgent (M10).
    pub urgent: bool,
    /// The user's own messages that wait, and those that were refused, themselves or afterwards a file of theirs.
    pub waiting: u32,
    pub failed: u32,
}

/// The last message.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Last {
    pub at: Timestamp,
    /// `None` for the user.
    pub author: Option<String>,
    /// One line without formatting; `None` for a deleted message.
    pub preview: Option<String>,
    /// The kinds of its files.
    pub attachments: Vec<AttachmentKind>,
}
