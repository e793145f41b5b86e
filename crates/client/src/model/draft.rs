//! The text that is being written in a conversation.

use conversation::{MessageId, MessageText};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The draft of a conversation; its destination was fixed at the first keystroke (W1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Draft {
    pub text: MessageText,
    pub reply_to: Option<MessageId>,
    /// The message that is edited, unless a new one is written.
    pub editing: Option<MessageId>,
    /// The message will be urgent (M10): its reason, as far as it is typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<String>,
}
