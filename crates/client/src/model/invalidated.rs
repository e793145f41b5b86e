//! Notices that a view is out of date.

use conversation::ConversationId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A view that is out of date since it was shown; the screen asks for it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "stale", rename_all = "snake_case")]
#[ts(export)]
pub enum Invalidated {
    Session,
    /// The values of settings, whoever changed them and wherever.
    Settings,
    SyncStatus,
    Overview,
    /// Its view and its timeline.
    Conversation {
        conversation: ConversationId,
    },
    /// The user's view of items, or their rights at them, may have changed: a stream began, which it does
    /// anew when a right is given or taken.
    Items,
    /// The system opens Overleg with a link: take it.
    Link,
    /// Its readers.
    Readers {
        conversation: ConversationId,
    },
    /// The desktop program's own view.
    Desk,
    /// Too many changes to list: everything.
    All,
}
