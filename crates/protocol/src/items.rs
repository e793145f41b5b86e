//! Items (O7): their cards for people, and their registration by a source system.
//!
//! A person asks with their access token, `GET /v1/items?ids=` and `GET /v1/items/{item}`. A source system asks with the
//! key that the operator made for it, and speaks of its organisation's items by its own references:
//! `PUT` and `GET /v1/source/items/{reference}`, `PUT` and `DELETE /v1/source/permissions`.

use conversation::organisation::{Card, ItemCard, Permission, TeamCard};
use conversation::{ConversationId, ItemId, MembershipId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items asked for at once, at most.
pub const MOST_ITEMS: usize = 100;
/// Conversations of an item in one answer, at most; the latest.
pub const MOST_CONVERSATIONS: usize = 200;

/// `GET /v1/items?ids=`: those of them that the asker may see.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ItemsAnswer {
    pub items: Vec<ItemCard>,
}

/// `GET /v1/items/{item}`: an item and its conversations (S3, P7). 404 for who may see neither.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemAnswer {
    /// Absent for who holds no permission there, and sees only the conversations they took part in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCard>,
    /// With `Analyse` all of them, else those one took part in; the latest first.
    pub conversations: Vec<ItemConversation>,
    /// Of those who are named.
    pub cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamCard>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemConversation {
    pub conversation: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Of the last event that the asker sees.
    pub last_at: Timestamp,
    /// The longest-standing first. Empty for who no longer takes part and does not hold `Analyse`.
    pub participants: Vec<MembershipId>,
    /// Whether the asker does.
    pub takes_part: bool,
    pub archived: bool,
}

/// An item as its source system knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceItem {
    pub title: String,
    /// A type that is there from the start or that the organisation defined, by its id: `melding`.
    #[serde(rename = "type")]
    pub item_type: String,
    /// The id of a unit, or its name where that is one of a kind; the head office unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where it stands in the source system: an `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The client it is about, as the source system refers to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Done with.
    #[serde(default)]
    pub closed: bool,
}

/// The answer to `PUT` and `GET /v1/source/items/{reference}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceItemAnswer {
    pub item: ItemId,
    /// What opens it in Overleg: `overleg://item/{item}`.
    pub address: String,
    #[serde(flatten)]
    pub registered: SourceItem,
}

/// `PUT` and `DELETE /v1/source/permissions`: gives a permission, or takes it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePermission {
    /// Who, by the address they sign in with.
    pub login: String,
    #[serde(rename = "type")]
    pub item_type: String,
    pub permission: Permission,
    /// As in [`SourceItem::unit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}
