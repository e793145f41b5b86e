//! What a screen shows. Everything here is ready to be rendered: names, titles and rights are worked out.

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::refusal::Language;
use conversation::{
    ConversationId, ItemId, May, MembershipId, MessageId, Number, OrganisationId, PersonId, Range, Refusal,
    Shape, Span, Text, Timestamp,
};
use protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::call::{Only, Order};

/// Where the device stands: what the screen shows first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "session", rename_all = "snake_case")]
#[ts(export)]
pub enum SessionView {
    /// Nobody signed in on this device yet, or they signed out. `server` is the last one used.
    SignedOut {
        server: Option<String>,
    },
    SignedIn {
        me: Me,
    },
    /// The session ended on the server: everything can be read, nothing is sent until one signs in again.
    Ended {
        me: Me,
        reason: ErrorCode,
    },
    /// The cache cannot be opened now; what to do stands in `trouble`.
    Closed {
        trouble: Trouble,
    },
}

/// Why the cache is not open (F4); the sentence for it is in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Trouble {
    /// The keychain is locked: unlock it and try again.
    KeychainLocked,
    /// The keychain refuses: allow Overleg and try again.
    KeychainDenied,
    /// There is no keychain to keep the key in: nothing is stored without one.
    KeychainMissing,
    /// The keychain holds no key for this cache, or another one: set aside and sync anew.
    KeyLost,
    KeyWrong,
    /// The entry in the keychain is damaged.
    KeyCorrupt,
    /// The file is damaged.
    CacheDamaged,
    /// The cache was made by a newer version of Overleg.
    CacheNewer,
    DiskFull,
    /// Another Overleg has this profile open.
    InUse,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Me {
    pub person: PersonId,
    /// One's memberships; the first is the one last acted from.
    pub memberships: Vec<Card>,
    pub server: String,
    pub settings: Settings,
    /// Texts of this person's that were not sent, of a cache that could not be opened (F4), of a conversation that is
    /// no longer here, or from before they signed out.
    pub rescued: Vec<Rescued>,
}

/// A text that was not sent and whose place is no longer here.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Rescued {
    pub id: MessageId,
    /// Where it was going, by name.
    pub destination: String,
    pub text: Text,
    pub written_at: Timestamp,
    /// It left this device and no answer came: it may have arrived after all.
    #[serde(default)]
    pub perhaps_sent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Settings {
    pub language: Language,
    pub theme: Theme,
    /// Enter breaks the line, Ctrl+Enter sends.
    pub enter_breaks: bool,
    /// The same on all one's devices.
    pub display: Display,
    pub telling: Telling,
    /// A notification is not heard.
    pub silent: bool,
}

/// How the overview looks, and what it shows at first (L2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Display {
    pub order: Order,
    pub only: Only,
    pub density: Density,
    /// The last message is not shown.
    pub without_preview: bool,
}

/// How much room a row takes; the size of the letters stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Density {
    Compact,
    #[default]
    Normal,
    Roomy,
}

/// How much a notification tells (N1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Telling {
    /// That there is a new message.
    Nothing,
    #[default]
    Who,
    WhoAndWhat,
}

/// How true it is (U3): up to when it is current, what waits, what failed, how far search reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Truth {
    pub connection: Connection,
    /// Everything up to here is on the device; `None` before the first catching up.
    pub current_until: Option<Timestamp>,
    /// Older messages are still coming in.
    pub catching_up: bool,
    /// Waiting to be sent.
    pub waiting: u32,
    /// Waiting for an answer whether to send it still (M7).
    pub stale: u32,
    /// Refused, with their texts kept.
    pub failed: u32,
    /// Messages that search does not reach yet.
    pub to_index: u32,
    /// The disk is full: nothing more can be kept, neither what comes in nor what is written.
    pub disk_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "connection", rename_all = "snake_case")]
#[ts(export)]
pub enum Connection {
    Online,
    Connecting,
    Offline,
    /// The server answers, but refuses.
    Refused {
        reason: ErrorCode,
    },
}

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
    pub may: May,
    /// Archived for everyone, by whom.
    pub archived_by: Option<String>,
    /// By oneself, for oneself.
    pub archived: bool,
    pub destination: Destination,
    pub read: Number,
    /// The last event; `Number(0)` while the start itself still waits to be sent.
    pub last: Number,
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
    pub number: Number,
    /// Since when they take part: of what was said before nobody knows whether they have read it.
    pub from: Number,
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

/// A stretch of a conversation, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Timeline {
    pub rows: Vec<Row>,
    /// Whether there is more before and after these rows on this device or on its way.
    pub before: bool,
    pub after: bool,
    /// Where "new" begins when the conversation is opened: the number of the first unread message.
    pub unread_from: Option<Number>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "row", rename_all = "snake_case")]
#[ts(export)]
pub enum Row {
    Message(Box<MessageView>),
    /// One quiet line that tells of a change (P10).
    Line(LineView),
    /// Places whose events are not on the device yet.
    Missing {
        range: Range,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MessageView {
    pub message: MessageId,
    /// `None` until accepted.
    pub number: Option<Number>,
    pub author: Author,
    /// When it was accepted; when it was written, until then.
    pub at: Timestamp,
    /// When it was written, if it waited (M7).
    pub written_at: Option<Timestamp>,
    pub body: Body,
    pub quote: Option<Quote>,
    pub edited: bool,
    pub state: MessageState,
    pub may_reply: bool,
    pub may_edit: bool,
    pub may_delete: bool,
    /// Whether `Withdraw` can still take it, or the change of it, out of the outbox: the server cannot have it.
    pub may_withdraw: bool,
    /// The names for the mentions in it.
    pub mentions: Vec<Mentioned>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Mentioned {
    pub membership: MembershipId,
    pub name: String,
    pub me: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Author {
    pub membership: MembershipId,
    pub name: String,
    pub function: String,
    pub organisation: String,
    pub me: bool,
    pub outside: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "body", rename_all = "snake_case")]
#[ts(export)]
pub enum Body {
    /// `text` is what an edit starts from.
    Said {
        spans: Vec<Span>,
        text: Text,
    },
    Deleted,
    /// Changed at a place that one does not see, or destroyed.
    Unavailable,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "quote", rename_all = "snake_case")]
#[ts(export)]
pub enum Quote {
    Available {
        message: MessageId,
        number: Option<Number>,
        author: String,
        preview: String,
    },
    Deleted {
        number: Option<Number>,
    },
    /// Not for this viewer, or not yet on the device.
    Unavailable,
}

/// The state of a message or command on its way (the outbox's state machine).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum MessageState {
    Accepted,
    /// Until there is a connection.
    Waiting,
    Sending,
    /// Behind another in the same conversation that first needs an answer.
    Held,
    /// It waited for more than a day: send it still? (M7)
    Stale,
    Refused {
        refusal: Refusal,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LineView {
    /// `None` while it waits to be sent.
    pub number: Option<Number>,
    /// What `Retry` and `Withdraw` call it until it is accepted.
    pub pending: Option<MessageId>,
    pub at: Timestamp,
    pub by: Author,
    pub line: Line,
    /// Oneself is among those it is about: the names in it are of the others. A namesake stands there by name.
    pub about_me: bool,
    pub state: MessageState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "line", rename_all = "snake_case")]
#[ts(export)]
pub enum Line {
    Started {
        with: Vec<String>,
        teams: Vec<String>,
    },
    Added {
        names: Vec<String>,
        teams: Vec<String>,
        shared: bool,
    },
    Joined {
        names: Vec<String>,
    },
    Removed {
        name: String,
    },
    /// Who came into a team that takes part.
    TeamJoined {
        team: String,
        names: Vec<String>,
    },
    TeamLeft {
        team: String,
        names: Vec<String>,
    },
    TeamRemoved {
        team: String,
    },
    Left,
    HandedOver {
        name: String,
    },
    Archived,
    Reopened,
    /// While it waits to be sent; then nobody sees the conversation any more.
    ConversationDeleted,
    /// Of a newer version of Overleg: "update nodig".
    UpdateNeeded,
}

/// What is being written in a conversation; its destination was fixed at the first keystroke (W1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Draft {
    pub text: Text,
    pub reply_to: Option<MessageId>,
    /// The message that is being edited instead of a new one written.
    pub editing: Option<MessageId>,
}

/// People who were found (O3), best first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Found {
    pub people: Vec<FoundPerson>,
    pub teams: Vec<FoundTeam>,
    pub more: bool,
    /// The server could not be asked: these are those whom the device knows.
    pub offline: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundTeam {
    #[serde(flatten)]
    pub card: TeamCard,
    pub outside: bool,
    /// Another one found has the same name: show its organisation and unit.
    pub namesake: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundPerson {
    #[serde(flatten)]
    pub card: Card,
    pub outside: bool,
    /// Another one found has the same name: show function and place.
    pub namesake: bool,
    /// The direct conversation that exists with them.
    pub direct: Option<ConversationId>,
}

/// What someone who is added will be able to read (P5).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SharePreview {
    /// The head it was made at: goes with the addition.
    pub head: Number,
    /// Messages that would be shared, the newest last; at most fifty of them.
    pub rows: Vec<Row>,
    pub count: u32,
}

/// An invitation, before it is accepted.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct InvitationView {
    pub login: String,
    pub name: String,
    pub organisation: String,
    pub expires: Timestamp,
    pub reset: bool,
}
