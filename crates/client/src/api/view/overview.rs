//! The conversations of a filter, and how they are shown (L1, L2).

use conversation::{ConversationId, OrganisationId, Shape, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Overview {
    /// From the place that was asked for on.
    pub rows: Vec<OverviewRow>,
    /// Unread conversations in all, whatever is filtered: the number on the button.
    pub unread: u32,
    /// Rows in all, of what was asked for.
    pub total: u32,
}

/// What the overview can be narrowed to: what conversations there are of (L2).
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
    /// The others who take part, the first five by name, and how many there are in all (oneself included).
    pub participants: Vec<String>,
    pub participant_count: u32,
    pub last: Option<Last>,
    /// Messages of others after the read position.
    pub unread: u32,
    /// Someone of another organisation takes part.
    pub outside: bool,
    /// By oneself, for oneself.
    pub archived: bool,
    /// For everyone.
    pub read_only: bool,
    pub draft: bool,
    /// One is mentioned in what is unread.
    pub mentioned: bool,
    /// Own messages that wait, and that were refused.
    pub waiting: u32,
    pub failed: u32,
}

/// The last thing that was said.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Last {
    pub at: Timestamp,
    /// `None` for oneself.
    pub author: Option<String>,
    /// One line without formatting; `None` for a deleted message.
    pub preview: Option<String>,
}
