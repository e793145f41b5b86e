//! A conversation, who takes part in it, and the item it is about.

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::{Allowed, ConversationId, ItemId, MembershipId, PersonId, Seq, Shape, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Draft, Mentioned};

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ConversationView {
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub shape: Shape,
    pub title: String,
    pub subject: Option<String>,
    /// The longest-standing first.
    pub participants: Vec<ParticipantView>,
    /// The teams that take part (O4).
    pub teams: Vec<TeamView>,
    /// The item it is about, for who may see the item.
    pub item_card: Option<ItemCard>,
    /// One sees it inside its item without taking part (P7).
    pub aside: bool,
    /// The membership that one acts with here.
    pub acting: Option<MembershipId>,
    pub may: Allowed,
    /// Archived for everyone, by whom.
    pub archived_by: Option<String>,
    /// By oneself, for oneself.
    pub archived: bool,
    pub destination: Destination,
    pub read: Seq,
    /// The last event; `Seq(0)` while the start itself still waits to be sent.
    pub last: Seq,
    pub unread: u32,
    pub draft: Option<Draft>,
    /// The names for the mentions in the draft.
    pub draft_mentions: Vec<Mentioned>,
    /// The server was restored and knows less of this conversation than this device: nothing is overwritten.
    pub restored: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ParticipantView {
    #[serde(flatten)]
    pub card: Card,
    pub me: bool,
    pub owner: bool,
    /// Of another organisation than the one acts from.
    pub outside: bool,
    pub may_remove: bool,
    /// The teams that brought them in, by name; empty for who takes part by name alone.
    pub by_teams: Vec<String>,
}

/// A team that takes part (O4).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TeamView {
    #[serde(flatten)]
    pub card: TeamCard,
    /// Who takes part by it, and not by name.
    pub members: u32,
    pub outside: bool,
    pub may_remove: bool,
}

/// How far someone else has read (M9).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReaderView {
    pub person: PersonId,
    pub name: String,
    pub number: Seq,
    /// Since when they take part: of what was said before nobody knows whether they have read it.
    pub from: Seq,
}

/// An item, and the conversations about it that one sees (S3, P7).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ItemView {
    pub item: ItemId,
    /// `None` where one may not see the item itself.
    pub card: Option<ItemCard>,
    /// The latest first.
    pub conversations: Vec<ItemConversationView>,
    /// The memberships that one may start a conversation with here (S3), the one last acted from first.
    pub may_start_as: Vec<MembershipId>,
    /// The server could not be asked: this is what the device knows.
    pub offline: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ItemConversationView {
    pub conversation: ConversationId,
    pub title: String,
    pub last_at: Timestamp,
    /// By name, the first five, oneself included; and how many there are in all.
    pub participants: Vec<String>,
    pub participant_count: u32,
    pub takes_part: bool,
    pub archived: bool,
}

/// Where a message goes (W1, W2).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Destination {
    /// The others.
    pub colleagues: u32,
    /// Of them, those of other organisations.
    pub outside: u32,
    /// The other organisations, by name.
    pub organisations: Vec<String>,
    /// Their name, where it is one.
    pub to: Option<String>,
}
