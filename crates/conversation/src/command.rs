//! Commands: requests of a member to change a conversation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attachment::Attachment;
use crate::event::Shape;
use crate::ids::*;
use crate::text::MessageText;
use crate::urgency::Urgency;

/// A request of a person. The id is made by their device: a repeated id is done once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Command {
    pub id: CommandId,
    /// The acting membership; only its rights count.
    pub acting: MembershipId,
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// S1 to S3. Continues an existing direct conversation without a subject.
    Start {
        #[serde(flatten)]
        shape: Shape,
        /// The other participants.
        #[serde(default)]
        with: Vec<MembershipId>,
        /// Teams whose members take part (O4); only in a group.
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
        /// The attachments that remain; no others can be added.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        /// Of an urgent message: its reason from now on. A message becomes urgent by no edit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urgent: Option<Urgency>,
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
    /// Joins an item's conversation; requires `Analyse` there (P3).
    Join,
    Remove {
        member: MembershipId,
    },
    /// Removes a team, and those who take part by it only.
    RemoveTeam {
        team: TeamId,
    },
    Leave {
        /// The new owner, if the owner leaves; chosen by rule when absent (P9).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor: Option<MembershipId>,
    },
    HandOver {
        to: MembershipId,
    },
    Archive,
    Reopen,
    /// Deletes a group conversation, by its owner: nobody sees it any more, and the audit trail keeps it (A2).
    DeleteConversation,
}

impl Action {
    /// The id of the message that this action would create; later commands may refer to it.
    pub fn makes(&self) -> Option<MessageId> {
        match self {
            Action::Start { message, .. } => message.as_ref().map(|message| message.id),
            Action::Post { message } => Some(message.id),
            _ => None,
        }
    }

    /// The message that this action refers to and that must exist.
    pub fn names(&self) -> Option<MessageId> {
        match self {
            Action::Start { message, .. } => message.as_ref().and_then(|message| message.reply_to),
            Action::Post { message } => message.reply_to,
            Action::Edit { message, .. } | Action::Delete { message } => Some(*message),
            _ => None,
        }
    }
}

impl Action {
    /// The new message, if it makes one.
    pub fn message(&self) -> Option<&NewMessage> {
        match self {
            Action::Start { message, .. } => message.as_ref(),
            Action::Post { message } => Some(message),
            _ => None,
        }
    }

    /// The attachments that this action lists.
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Action::Start { message, .. } => message.as_ref().map_or(&[], |message| &message.attachments),
            Action::Post { message } => &message.attachments,
            Action::Edit { attachments, .. } => attachments,
            _ => &[],
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewMessage {
    #[serde(rename = "message")]
    pub id: MessageId,
    pub text: MessageText,
    /// Files that were uploaded before, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Why it also notifies in quiet hours (M10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<Urgency>,
    /// By the device's clock.
    pub written_at: Timestamp,
}

/// Earlier messages that are shared with the added members (P5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// The first number; the range ends at the head, and is clamped to what the sharer sees.
    pub from: Seq,
    /// The head of the preview that the sharer agreed to. If the head has changed since, the addition is refused.
    pub previewed: Seq,
}
