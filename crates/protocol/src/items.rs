//! Items (O7): their cards for people, and their registration by a source system.
//!
//! A person uses their access token for `GET /v1/items?ids=` and `GET /v1/items/{item}`. A source system uses the key
//! that the operator made for it, and identifies its organisation's items by its own references: `PUT` and `GET
//! /v1/source/items/{reference}`, `PUT` and `DELETE /v1/source/permissions`.

use conversation::organisation::{Card, ItemCard, Permission, TeamCard};
use conversation::{ConversationId, ItemId, MembershipId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Maximum number of items in one request.
pub const MOST_ITEMS: usize = 100;
/// Maximum number of conversations in one answer about an item; the latest ones.
pub const MOST_CONVERSATIONS: usize = 200;

/// `GET /v1/items?ids=`: those of the items that the requester may see.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ItemsAnswer {
    pub items: Vec<ItemCard>,
}

/// `GET /v1/items/{item}`: an item and its conversations (S3, P7). 404 if the requester may see neither.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemAnswer {
    /// Absent if the requester has no permission there, and only sees conversations in which they took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCard>,
    /// All conversations with `Analyse`, otherwise those in which the requester took part; the latest first.
    pub conversations: Vec<ItemConversation>,
    /// The cards of everybody named in the answer.
    pub cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamCard>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemConversation {
    pub conversation: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Of the last event that the requester sees.
    pub last_at: Timestamp,
    /// In the order of joining. Empty if the requester no longer takes part and does not hold `Analyse`.
    pub participants: Vec<MembershipId>,
    /// Whether the requester takes part.
    pub takes_part: bool,
    pub archived: bool,
}

/// An item, as its source system registers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceItem {
    pub title: String,
    /// The id of a type that is built in or that the organisation defined: `melding`.
    #[serde(rename = "type")]
    pub item_type: String,
    /// The id of a unit, or its name if that is unique; the head office unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The item's address in the source system: an `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The source system's reference of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The item is closed in the source system.
    #[serde(default)]
    pub closed: bool,
}

/// The answer to `PUT` and `GET /v1/source/items/{reference}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceItemAnswer {
    pub item: ItemId,
    /// The address that opens it in Overleg: `overleg://item/{item}`.
    pub address: String,
    #[serde(flatten)]
    pub registered: SourceItem,
}

/// `PUT` and `DELETE /v1/source/permissions`: grants or revokes a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePermission {
    /// The login of the person.
    pub login: String,
    #[serde(rename = "type")]
    pub item_type: String,
    pub permission: Permission,
    /// As in [`SourceItem::unit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}
