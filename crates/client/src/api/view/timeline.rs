//! Rows of a conversation: messages, lines and gaps.

use conversation::{MembershipId, MessageId, MessageText, Refusal, Seq, SeqRange, Span, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A stretch of a conversation, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Timeline {
    pub rows: Vec<Row>,
    /// Whether there is more before and after these rows on this device or on its way.
    pub before: bool,
    pub after: bool,
    /// Where "new" begins when the conversation is opened: the number of the first unread message.
    pub unread_from: Option<Seq>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "row", rename_all = "snake_case")]
#[ts(export)]
pub enum Row {
    Message(Box<MessageView>),
    /// One quiet line for a change (P10).
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
    /// Whether it could be edited, had not too much time passed since, by the server's clock (M3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub edit_over: bool,
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
        text: MessageText,
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
        number: Option<Seq>,
        author: String,
        /// It is one's own.
        me: bool,
        preview: String,
    },
    Deleted {
        number: Option<Seq>,
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
    pub number: Option<Seq>,
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
    /// The people who came into a team that takes part.
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
        /// Not by themselves: their membership ended.
        ended: bool,
    },
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
