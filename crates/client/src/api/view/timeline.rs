//! Rows of a conversation: messages, lines and gaps.

use conversation::{MembershipId, MessageId, MessageText, Refusal, Seq, SeqRange, Span, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::AttachmentView;

/// A slice of a conversation, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Timeline {
    pub rows: Vec<Row>,
    /// Whether more rows exist before and after these, on this device or still to be fetched.
    pub before: bool,
    pub after: bool,
    /// The number of the first unread message when the conversation was opened, where the divider "new" belongs.
    pub unread_from: Option<Seq>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "row", rename_all = "snake_case")]
#[ts(export)]
pub enum Row {
    Message(Box<MessageView>),
    /// A quiet line for a change (P10).
    Line(LineView),
    /// Places whose events are not on the device yet.
    Missing {
        range: SeqRange,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MessageView {
    pub message: MessageId,
    /// `None` until accepted.
    pub number: Option<Seq>,
    pub author: Author,
    /// The time of acceptance; until then, the time of writing.
    pub at: Timestamp,
    /// The time of writing, if it waited (M7).
    pub written_at: Option<Timestamp>,
    pub body: Body,
    /// Its files; a deleted message has none.
    pub attachments: Vec<AttachmentView>,
    pub quote: Option<Quote>,
    /// M10; not of a deleted message.
    pub urgent: Option<UrgentView>,
    pub edited: bool,
    pub state: MessageState,
    pub may_reply: bool,
    pub may_edit: bool,
    /// It can no longer be edited, only because too much time has passed by the server's clock (M3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub edit_over: bool,
    pub may_delete: bool,
    /// Whether `Withdraw` can still take it, or a change of it, out of the outbox, because the server cannot have it.
    pub may_withdraw: bool,
    /// The names for the mentions in it.
    pub mentions: Vec<Mentioned>,
}

/// An urgent message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct UrgentView {
    /// Empty if it is not known.
    pub reason: String,
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
    /// `text` is the source text for an edit.
    Said {
        spans: Vec<Span>,
        text: MessageText,
    },
    Deleted,
    /// Changed at a place that the user does not see, or destroyed.
    Unavailable,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "quote", rename_all = "snake_case")]
#[ts(export)]
pub enum Quote {
    Available {
        message: MessageId,
        number: Option<Seq>,
        author: String,
        /// By the user.
        me: bool,
        preview: String,
        /// How many files the message has.
        attachments: u32,
    },
    Deleted {
        number: Option<Seq>,
    },
    /// Not visible to the user, or not on the device yet.
    Unavailable,
}

/// The state of a message or command on its way (the outbox's state machine).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum MessageState {
    Accepted,
    /// W3: can be taken back until then, by the server's clock as this device knows it.
    Leaving {
        at: Timestamp,
    },
    /// Waits for a connection, or for its files.
    Waiting,
    Sending,
    /// Waits behind another message of the conversation that needs the user's decision.
    Held,
    /// It waited for more than a day: is it still to be sent? (M7)
    Stale,
    Refused {
        refusal: Refusal,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LineView {
    /// `None` while it waits to be sent.
    pub number: Option<Seq>,
    /// The id for `Retry` and `Withdraw` until it is accepted.
    pub pending: Option<MessageId>,
    pub at: Timestamp,
    pub by: Author,
    pub line: Line,
    /// The change is about the user too; the names are those of the others. A namesake is given by name.
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
    /// The people who joined a team that takes part.
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
    Left {
        /// Their membership ended; they did not leave by themselves.
        ended: bool,
    },
    HandedOver {
        name: String,
    },
    Archived,
    Reopened,
    /// Only while it waits to be sent; then nobody sees the conversation any more.
    ConversationDeleted,
    /// An event of a newer version of Overleg: "update nodig".
    UpdateNeeded,
}
