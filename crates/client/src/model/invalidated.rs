//! Notices that a view is out of date.

use conversation::ConversationId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A view that is out of date; the screen requests it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "stale", rename_all = "snake_case")]
#[ts(export)]
pub enum Invalidated {
    Session,
    /// The values of settings, also if another window or device changed them.
    Settings,
    SyncStatus,
    Overview,
    /// The conversation's view and timeline.
    Conversation {
        conversation: ConversationId,
    },
    /// The files gathered for a new conversation.
    NewAttachments,
    /// The user's view of items, or their rights at them, may have changed: a stream began, which also happens when a
    /// right is granted or revoked.
    Items,
    /// The system opens Overleg with a link: request it with `TakeLink`.
    Link,
    /// The read markers of a conversation.
    Readers {
        conversation: ConversationId,
    },
    /// Cards of people or teams: names, places, and when they work.
    People,
    /// The view of the desktop program.
    Shell,
    /// Everything: too many changes to list.
    All,
}
