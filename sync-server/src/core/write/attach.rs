//! The files of a batch (M6): which of them commands may name, and what an event does to them.

use std::sync::Arc;

use conversation::attachment::MOST_ATTACHMENTS;
use conversation::{
    Action, AttachmentId, Command, Content, ConversationId, Kind, PersonId, Seq, Target, Upload,
};

use super::batch::{Batch, FileOfBatch};
use crate::core::{CoreError, file_key};
use crate::seal::DataKey;
use crate::store::{KeptAttachment, NamedAttachment};

impl Batch<'_> {
    /// Reads the files that commands list, and those of the messages that they edit or delete.
    pub(in crate::core) async fn look_up_files<'c>(
        &mut self,
        commands: impl Iterator<Item = (PersonId, &'c Command)> + Clone,
    ) -> Result<(), CoreError> {
        // A command that lists more is refused without them.
        let listed = |(_, command): (PersonId, &'c Command)| {
            let listed = command.action.attachments();
            if listed.len() > MOST_ATTACHMENTS {
                &[]
            } else {
                listed
            }
        };
        let listed: Vec<AttachmentId> = commands
            .clone()
            .flat_map(listed)
            .flat_map(conversation::Attachment::uploads)
            .collect();
        let changed = |(person, command): (PersonId, &'c Command)| {
            let changes = matches!(command.action, Action::Edit { .. } | Action::Delete { .. });
            let named = command.action.names().filter(|_| changes)?;
            let conversation = self.destination(person, command);
            let found = self.messages.get(&(conversation, named))?;
            Some((conversation, found.target.number))
        };
        let changed: Vec<(ConversationId, Seq)> = commands.filter_map(changed).collect();
        let store = Arc::clone(&self.heads.core.store);
        let mut rows = Vec::new();
        if !listed.is_empty() {
            rows.extend(store.attachments(&listed).await?);
        }
        if !changed.is_empty() {
            rows.extend(store.attachments_of(&changed).await?);
        }
        for row in rows {
            let key = self.heads.core.file_key(&row).await?;
            let name = file_key::open_name(&row, &key)?;
            // A name that cannot be used is equal to none that a message may list.
            let name = attachment_kinds::clean_name(&name).unwrap_or_default();
            self.files.insert(row.id, FileOfBatch { row, name });
        }
        Ok(())
    }

    /// The files that a command may name: of the acting person for this conversation and of no message yet, or of the message that it
    /// edits.
    pub(in crate::core) fn uploads(
        &self,
        person: PersonId,
        command: &Command,
        conversation: ConversationId,
        target: Option<&Target>,
    ) -> Vec<Upload> {
        let is_edit = matches!(command.action, Action::Edit { .. });
        let message = target.map(|target| target.number).filter(|_| is_edit);
        let within_reach = |FileOfBatch { row, .. }: &&FileOfBatch| match message {
            Some(message) => row.conversation == conversation && row.message == Some(message) && !row.dropped,
            None => {
                let meant = [command.conversation, conversation].contains(&row.conversation);
                row.person == person && meant && row.message.is_none()
            }
        };
        let listed = command.action.attachments().iter();
        let rows = listed
            .flat_map(conversation::Attachment::uploads)
            .filter_map(|id| self.files.get(&id));
        rows.filter(within_reach)
            .filter_map(|FileOfBatch { row, name }| {
                Some(Upload {
                    id: row.id,
                    name: name.clone(),
                    size: row.size,
                    sha256: row.sha256?,
                    named: row.message,
                    refused: row.refused,
                })
            })
            .collect()
    }

    /// Gives the files of a new message to it, and takes away those that an edit or a deletion leaves out.
    pub(in crate::core) fn note_files(
        &mut self,
        conversation: ConversationId,
        number: Seq,
        kind: &Kind,
        content: &Content,
        key: &DataKey,
    ) -> Result<(), CoreError> {
        let listed: Vec<AttachmentId> = content
            .attachments
            .iter()
            .flat_map(conversation::Attachment::uploads)
            .collect();
        match kind {
            Kind::Posted { .. } => {
                for id in listed {
                    self.name_file(id, conversation, number, key)?;
                }
            }
            Kind::Edited { target } | Kind::Deleted { target } => {
                let of_message = |FileOfBatch { row, .. }: &&mut FileOfBatch| {
                    row.conversation == conversation && row.message == Some(*target) && !row.dropped
                };
                for FileOfBatch { row, .. } in self.files.values_mut().filter(of_message) {
                    let id = row.id;
                    if listed.contains(&id) {
                        row.listed = Some(number);
                        self.write
                            .kept_attachments
                            .push(KeptAttachment { id, listed: number });
                    } else {
                        row.dropped = true;
                        self.write.dropped_attachments.push(id);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn name_file(
        &mut self,
        id: AttachmentId,
        conversation: ConversationId,
        message: Seq,
        data_key: &DataKey,
    ) -> Result<(), CoreError> {
        let core = Arc::clone(&self.heads.core);
        let file = self.files.get_mut(&id);
        let FileOfBatch { row, .. } = file.ok_or(CoreError::Broken("a message names no file"))?;
        let secret = file_key::of_upload(&core.ring, row)?;
        row.conversation = conversation;
        row.message = Some(message);
        row.listed = Some(message);
        row.data_key = Some(data_key.id);
        row.key = file_key::wrapped_by(data_key, core.random.as_ref(), row, &secret)?;
        self.write.attachments.push(NamedAttachment {
            id,
            person: row.person,
            conversation,
            message,
            key: row.key.clone(),
            data_key: data_key.id,
        });
        Ok(())
    }
}
