//! One conversation, its participants, and the item it is about.

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::{Allowed, ConversationId, ItemId, MembershipId, PersonId, Seq, Shape, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AbsentRecipient, AttachmentView, Draft, Mentioned, PresenceView};

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ConversationView {
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub shape: Shape,
    pub title: String,
    pub subject: Option<String>,
    /// In the order of joining, the earliest first.
    pub participants: Vec<ParticipantView>,
    /// The teams that take part (O4).
    pub teams: Vec<TeamView>,
    /// The item it is about, if the user may see that.
    pub item_card: Option<ItemCard>,
    /// The user sees it through its item without taking part (P7).
    pub via_item: bool,
    /// The membership with which the user acts here.
    pub acting: Option<MembershipId>,
    pub may: Allowed,
    /// The name of the person who archived it for everyone.
    pub archived_by: Option<String>,
    /// Archived by the user, for the user only.
    pub archived: bool,
    /// Its messages notify only where they mention the user (N5).
    pub muted: bool,
    pub destination: Destination,
    pub read: Seq,
    /// The last event; `Seq(0)` while the start itself waits to be sent.
    pub last: Seq,
    pub unread: u32,
    pub draft: Option<Draft>,
    /// The names for the mentions in the draft.
    pub draft_mentions: Vec<Mentioned>,
    /// The files of the draft; while a message is edited, those of it that remain.
    pub draft_attachments: Vec<AttachmentView>,
    /// The server was restored and knows less of this conversation than this device; the device overwrites nothing.
    pub restored: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ParticipantView {
    #[serde(flatten)]
    pub card: Card,
    pub me: bool,
    pub owner: bool,
    /// Belongs to another organisation than the acting membership.
    pub outside: bool,
    pub may_remove: bool,
    /// The names of the teams that brought them in; empty for participants by name.
    pub by_teams: Vec<String>,
    /// `None` where nothing is known.
    pub presence: Option<PresenceView>,
}

/// A team that takes part (O4).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TeamView {
    #[serde(flatten)]
    pub card: TeamCard,
    /// The number of people who take part by this team, and not by name.
    pub members: u32,
    pub outside: bool,
    pub may_remove: bool,
}

/// The read marker of another participant (M9).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReaderView {
    pub person: PersonId,
    pub name: String,
    pub number: Seq,
    /// The number from which they take part: whether they have read earlier messages is unknown.
    pub from: Seq,
}

/// An item, and the conversations about it that the user sees (S3, P7).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ItemView {
    pub item: ItemId,
    /// `None` if the user may not see the item itself.
    pub card: Option<ItemCard>,
    /// The latest first.
    pub conversations: Vec<ItemConversationView>,
    /// The memberships with which the user may start a conversation here (S3), the last used first.
    pub may_start_as: Vec<MembershipId>,
    /// The server could not be reached: this is what the device knows.
    pub offline: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ItemConversationView {
    pub conversation: ConversationId,
    pub title: String,
    pub last_at: Timestamp,
    /// The first five by name, including the user.
    pub participants: Vec<String>,
    pub participant_count: u32,
    pub takes_part: bool,
    pub archived: bool,
}

/// The destination of a message (W1, W2).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Destination {
    /// The number of other participants.
    pub colleagues: u32,
    /// Of these, the number in other organisations.
    pub outside: u32,
    /// The other organisations, by name.
    pub organisations: Vec<String>,
    /// The name of the recipient, if there is exactly one.
    pub to: Option<String>,
    /// Those of whom the device knows a namesake, the first three, by name.
    pub namesakes: Vec<Namesake>,
    /// Those who are not at work now, the first three, by name: of few participants all, of many those whom the draft
    /// mentions.
    pub absent: Vec<AbsentRecipient>,
    /// None of the others is at work now, as far as the device knows of all.
    pub all_absent: bool,
    /// The moment from which others may be absent.
    pub absent_until: Option<Timestamp>,
}

/// A participant who could be taken for another person (W2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Namesake {
    pub name: String,
    pub function: String,
    pub organisation: String,
    pub unit: String,
}
