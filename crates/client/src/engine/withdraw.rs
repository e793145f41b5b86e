//! Commands that will not be sent: withdrawn before they left, or dropped with their texts kept.

use conversation::{Action, AttachmentId, ConversationId, MessageId, MessageText, Seq};

use super::Engine;
use super::outbox::concerns;
use super::sync::recovered;
use crate::cache::{CacheError, Change, DraftRow, Origin, OutboxRow, OutboxState, RecoveredRow};
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
            let mut kept = self.keep_texts(taken.iter().chain(&left), draft).await?;
            // Its files are those of the next conversation that is started.
            for start in taken.iter().filter(|row| starts(row)) {
                for change in &mut kept {
                    if let Change::PutRecovered(row) = change
                        && start.command.action.makes() == Some(row.id)
                    {
                        row.attachments.clear();
                    }
                }
                let files = start.command.action.attachments();
                kept.extend(self.back_to_gathered(files, None).await?);
            }
            changes.extend(kept);
            self.invalidate(vec![Invalidated::NewAttachments]);
        } else {
            changes.extend(self.back_to_draft(conversation, &taken).await?);
            for row in taken.iter().filter(|row| row.command.action.makes().is_some()) {
                let files = row.command.action.attachments();
                changes.extend(self.back_to_gathered(files, Some(conversation)).await?);
            }
            changes.extend(freed(left));
        }
        self.cache.write(changes).await?;
        self.invalidate(vec![Invalidated::Session]);
        self.invalidate_conversation(conversation);
        self.unnamed.notify_one();
        self.ring();
        Ok(())
    }

    /// Deletes commands and drafts with their files, and keeps their texts and the names of the files as recovered ones of
    /// the device's user. Accepted commands are the server's, and are only deleted.
    pub(super) async fn keep_texts(
        &self,
        rows: impl IntoIterator<Item = &OutboxRow> + Send,
        drafts: impl IntoIterator<Item = DraftRow> + Send,
    ) -> Result<Vec<Change>, CacheError> {
        let rows: Vec<&OutboxRow> = rows.into_iter().collect();
        let drafts: Vec<DraftRow> = drafts.into_iter().collect();
        let person = self.me().person;
        let mut changes = Vec::new();
        for row in rows {
            changes.push(Change::DropOutbox(row.order));
            if !matches!(row.state, OutboxState::Accepted { .. }) {
                changes.extend(recovered(row, person).map(Change::PutRecovered));
            }
            if row.command.action.makes().is_some() {
                let files = row.command.action.attachments();
                let files: Vec<AttachmentId> = files.iter().flat_map(|file| file.uploads()).collect();
                changes.extend(self.uploads_cancelled(&files).await?);
                // Those that a message lists have gone with it, or stay.
                let unsent = self.cache.files(files).await?;
                let unsent = unsent.iter().filter(|file| file.origin == Origin::Outgoing);
                changes.extend(unsent.map(|file| Change::DropFile(file.id)));
            }
        }
        for row in drafts {
            changes.push(Change::DropDraft(row.conversation));
            let files = self.gathered(Some(row.conversation)).await?;
            changes.extend(files.iter().map(|file| Change::DropFile(file.id)));
            let files = files.into_iter().filter(|file| file.preview_of.is_none());
            let attachments: Vec<String> = files.map(|file| file.name).collect();
            if row.draft.text != MessageText::default() || !attachments.is_empty() {
                changes.push(Change::PutRecovered(RecoveredRow {
                    id: MessageId(self.new_id()),
                    destination: row.destination,
                    text: row.draft.text,
                    attachments,
                    written_at: row.written_at,
                    perhaps_sent: false,
                    person,
                }));
            }
        }
        Ok(changes)
    }

    /// The text of what was taken out: to the draft, or where something is being written there, to the recovered texts.
    async fn back_to_draft(
        &self,
        conversation: ConversationId,
        taken: &[OutboxRow],
    ) -> Result<Option<Change>, CacheError> {
        let mut back: Option<DraftRow> = None;
        for row in taken {
            let mut dropped = Vec::new();
            if let Action::Edit {
                message, attachments, ..
            } = &row.command.action
                && let Some(entry) = self.cache.message(conversation, *message).await?
            {
                let listed = entry.attachments.iter().map(|file| file.id);
                dropped = listed
                    .filter(|id| attachments.iter().all(|left| left.id != *id))
                    .collect();
            }
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
                    urgent: message.urgent.as_ref().map(|urgency| urgency.reason.clone()),
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
                    urgent: None,
                },
                _ => continue,
            };
            back = Some(DraftRow {
                conversation,
                draft,
                dropped,
                destination: row.destination.clone(),
                written_at: row.given_at,
            });
        }
        let Some(back) = back else {
            return Ok(None);
        };
        let before = self.cache.draft(conversation).await?;
        // Its files stand in that draft.
        if before.is_some() && back.draft.text.body.is_empty() {
            return Ok(None);
        }
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
