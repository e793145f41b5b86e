//! Commands: requests of a member to change a conversation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::event::Shape;
use crate::ids::*;
use crate::text::MessageText;

/// One wish of one person, with an id that their device made: the same id twice is done once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Command {
    pub id: CommandId,
    /// The membership that acts; its rights alone count.
    pub acting: MembershipId,
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// S1 to S3. A direct conversation without a subject that exists already is gone on with.
    Start {
        #[serde(flatten)]
        shape: Shape,
        /// The others.
        #[serde(default)]
        with: Vec<MembershipId>,
        /// Whose members take part (O4); of a group alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<NewMessage>,
    },
    Post {
        #[serde(flatten)]
        message: NewMessage,
    },
    Edit {
        message: MessageId,
        text: MessageText,
    },
    Delete {
        message: MessageId,
    },
    Add {
        #[serde(default)]
        members: Vec<MembershipId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<Share>,
    },
    /// To an item's conversation, by who holds `Analyse` there (P3).
    Join,
    Remove {
        member: MembershipId,
    },
    /// A team, and with it those who take part by it alone.
    RemoveTeam {
        team: TeamId,
    },
    Leave {
        /// Who is owner from now on, if the one who leaves is it; chosen by rule when absent (P9).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor: Option<MembershipId>,
    },
    HandOver {
        to: MembershipId,
    },
    Archive,
    Reopen,
    /// A group conversation, by its owner: nobody sees it any more, and the trail keeps it (A2).
    DeleteConversation,
}

impl Action {
    /// The message that this action would make: later commands may name it.
    pub fn makes(&self) -> Option<MessageId> {
        match self {
            Action::Start { message, .. } => message.as_ref().map(|message| message.id),
            Action::Post { message } => Some(message.id),
            _ => None,
        }
    }

    /// The message that this action names and that must exist.
    pub fn names(&self) -> Option<MessageId> {
        match self {
            Action::Start { message, .. } => message.as_ref().and_then(|message| message.reply_to),
            Action::Post { message } => message.reply_to,
            Action::Edit { message, .. } | Action::Delete { message } => Some(*message),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewMessage {
    #[serde(rename = "message")]
    pub id: MessageId,
    pub text: MessageText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// By the device's clock.
    pub written_at: Timestamp,
}

/// Earlier messages that are shared with those who are added (P5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// From here to the head; cut to what the sharer sees.
    pub from: Seq,
    /// The head of the preview that the sharer agreed to: if it moved on since, the addition is refused.
    pub previewed: Seq,
}
