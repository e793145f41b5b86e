//! The commands of the outbox that wait: for their files, for the time in which they can be taken back (W3), or for another
//! command that does.

use std::collections::HashSet;

use conversation::{Action, AttachmentId, ConversationId, MessageId, Timestamp};

use crate::cache::{OutboxRow, UploadRow, UploadState};

/// The commands that wait for files, and for those that do.
///
/// A text does not wait for the files of another, unless it quotes, edits or deletes that. All else waits, and what comes
/// after it: who is added sees what is said from then on.
#[derive(Debug)]
pub(super) struct Gate {
    incomplete: HashSet<AttachmentId>,
    now: Timestamp,
    messages: HashSet<MessageId>,
    texts: HashSet<ConversationId>,
    conversations: HashSet<ConversationId>,
}

impl Gate {
    pub(super) fn new(uploads: &[UploadRow], now: Timestamp) -> Gate {
        let incomplete = uploads.iter().filter(|upload| upload.state != UploadState::Done);
        Gate {
            incomplete: incomplete.map(|upload| upload.id).collect(),
            now,
            messages: HashSet::new(),
            texts: HashSet::new(),
            conversations: HashSet::new(),
        }
    }

    /// Whether a command waits; to be asked of all that may go out, in their order.
    pub(super) fn holds(&mut self, row: &OutboxRow) -> bool {
        let action = &row.command.action;
        let is_text = matches!(
            action,
            Action::Post { .. } | Action::Edit { .. } | Action::Delete { .. }
        );
        let mut files = action.attachments().iter().flat_map(|file| file.uploads());
        let own = is_leaving(row, self.now) || files.any(|id| self.incomplete.contains(&id));
        let behind = self.conversations.contains(&row.conversation)
            || !is_text && self.texts.contains(&row.conversation)
            || action
                .names()
                .is_some_and(|message| self.messages.contains(&message));
        if !own && !behind {
            return false;
        }
        self.messages.extend(action.makes());
        if is_text {
            self.texts.insert(row.conversation);
        } else {
            self.conversations.insert(row.conversation);
        }
        true
    }
}

/// W3: whether a command can still be taken back.
pub(crate) fn is_leaving(row: &OutboxRow, now: Timestamp) -> bool {
    row.leaves_at.is_some_and(|at| now < at)
}
