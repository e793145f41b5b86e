//! Commands that will not be sent: withdrawn before they left, or dropped with their texts kept.

use conversation::{Action, ConversationId, MessageId, MessageText, Seq};

use super::Engine;
use super::outbox::concerns;
use super::sync::recovered;
use crate::cache::{CacheError, Change, DraftRow, OutboxRow, OutboxState, RecoveredRow};
use crate::model::Draft;
use crate::model::Invalidated;

impl Engine {
    /// Takes all commands about a message out of the outbox, as far as the server cannot have them. Its text
    /// goes to the draft if that is empty, else to the recovered texts. A start that is withdrawn takes its
    /// conversation along, and the texts that were to follow it are recovered. Commands held behind the last
    /// stale one continue by themselves.
    pub(crate) async fn withdraw(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let conversation = self.resolve(conversation).await?;
        let rows = self.cache.outbox(Some(conversation)).await?;
        let (taken, left): (Vec<OutboxRow>, Vec<OutboxRow>) = rows
            .into_iter()
            .partition(|row| is_here_alone(row) && concerns(row, message));
        let here = self.cache.conversation(conversation).await?;
        let here = here.is_some_and(|row| row.last > Seq(0));
        let starts = |row: &OutboxRow| matches!(row.command.action, Action::Start { .. });
        let mut changes: Vec<Change> = taken.iter().map(|row| Change::DropOutbox(row.order)).collect();
        if !here && taken.iter().any(starts) {
            changes.push(Change::DropConversation(conversation));
            let draft = self.cache.draft(conversation).await?;
            changes.extend(self.keep_texts(taken.iter().chain(&left), draft));
        } else {
            changes.extend(self.back_to_draft(conversation, &taken).await?);
            changes.extend(freed(left));
        }
        self.cache.write(changes).await?;
        self.invalidate(vec![Invalidated::Session]);
        self.invalidate_conversation(conversation);
        self.bell.notify_one();
        Ok(())
    }

    /// Deletes commands and drafts, and keeps their texts as recovered ones of the device's user. Accepted
    /// commands are the server's, and are only deleted.
    pub(super) fn keep_texts<'a>(
        &self,
        rows: impl IntoIterator<Item = &'a OutboxRow>,
        drafts: impl IntoIterator<Item = DraftRow>,
    ) -> Vec<Change> {
        let person = self.me().person;
        let mut changes = Vec::new();
        for row in rows {
            changes.push(Change::DropOutbox(row.order));
            if !matches!(row.state, OutboxState::Accepted { .. }) {
                changes.extend(recovered(row, person).map(Change::PutRecovered));
            }
        }
        for row in drafts {
            changes.push(Change::DropDraft(row.conversation));
            if row.draft.text != MessageText::default() {
                changes.push(Change::PutRecovered(RecoveredRow {
                    id: MessageId(self.new_id()),
                    destination: row.destination,
                    text: row.draft.text,
                    attachments: Vec::new(),
                    written_at: row.written_at,
                    perhaps_sent: false,
                    person,
                }));
            }
        }
        changes
    }

    /// The text of what was taken out: to the draft, or where something is being written there, to the recovered texts.
    async fn back_to_draft(
        &self,
        conversation: ConversationId,
        taken: &[OutboxRow],
    ) -> Result<Option<Change>, CacheError> {
        let mut back: Option<DraftRow> = None;
        for row in taken {
            let draft = match (&row.command.action, &back) {
                (
                    Action::Post { message }
                    | Action::Start {
                        message: Some(message),
                        ..
                    },
                    _,
                ) => Draft {
                    text: message.text.clone(),
                    reply_to: message.reply_to,
                    editing: None,
                },
                // The edited message was withdrawn as well: the edit's text replaces its text.
                (Action::Edit { text, .. }, Some(before)) => Draft {
                    text: text.clone(),
                    ..before.draft.clone()
                },
                (Action::Edit { message, text, .. }, None) => Draft {
                    text: text.clone(),
                    reply_to: None,
                    editing: Some(*message),
                },
                _ => continue,
            };
            back = Some(DraftRow {
                conversation,
                draft,
                dropped: Vec::new(),
                destination: row.destination.clone(),
                written_at: row.given_at,
            });
        }
        let Some(back) = back else {
            return Ok(None);
        };
        let before = self.cache.draft(conversation).await?;
        if before.is_none_or(|before| before.draft.text.body.is_empty()) {
            return Ok(Some(Change::PutDraft(back)));
        }
        Ok(Some(Change::PutRecovered(RecoveredRow {
            id: MessageId(self.new_id()),
            destination: back.destination,
            text: back.draft.text,
            attachments: Vec::new(),
            written_at: back.written_at,
            perhaps_sent: false,
            person: self.me().person,
        })))
    }
}

/// Whether the server cannot have a command: it never left, or was refused.
pub(crate) fn is_here_alone(row: &OutboxRow) -> bool {
    !row.sent_once && !matches!(row.state, OutboxState::Sending | OutboxState::Accepted { .. })
}

/// Held commands wait again once nothing is stale any longer.
fn freed(rows: Vec<OutboxRow>) -> Vec<Change> {
    if rows.iter().any(|row| row.state == OutboxState::Stale) {
        return Vec::new();
    }
    rows.into_iter()
        .filter(|row| row.state == OutboxState::Held)
        .map(|mut row| {
            row.state = OutboxState::Waiting;
            Change::PutOutbox(Box::new(row))
        })
        .collect()
}
