//! The text that is being written in a conversation.

use conversation::{MessageId, MessageText};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is being written in a conversation; its destination was fixed at the first keystroke (W1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Draft {
    pub text: MessageText,
    pub reply_to: Option<MessageId>,
    /// The message that is being edited instead of a new one written.
    pub editing: Option<MessageId>,
}
