//! Filters and order of the overview (L1, L2).

use conversation::OrganisationId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which conversations the overview shows (L2, L3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Filter {
    #[default]
    Active,
    Unread,
    Archived,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Order {
    #[default]
    Latest,
    /// Unread conversations before the others, the latest first within each.
    UnreadFirst,
    /// By title, alphabetically.
    Subject,
}

/// The filter of the overview (L2); all given conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Only {
    /// A member of this organisation takes part.
    pub organisation: Option<OrganisationId>,
    pub kind: Option<ConversationKind>,
    /// By the name of the type.
    pub item_type: Option<String>,
    /// The user is mentioned in it.
    pub mentioned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ConversationKind {
    Direct,
    Group,
    Item,
}
