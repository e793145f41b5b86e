//! The files of a draft when it is sent, and when it is taken back.

use conversation::{Attachment, AttachmentId, ConversationId};

use super::AttachError;
use crate::cache::{CacheError, Change, Origin, UploadRow, UploadState};
use crate::engine::Engine;
use crate::model::AttachmentFault;

impl Engine {
    /// The files of a draft as a message lists them, and what makes them those of a command in a conversation.
    pub(crate) async fn attachments_to_send(
        &self,
        from: Option<ConversationId>,
        to: ConversationId,
    ) -> Result<(Vec<Attachment>, Vec<Change>), AttachError> {
        let (mut attachments, mut changes) = (Vec::new(), Vec::new());
        for mut row in self.gathered(from).await? {
            if !row.whole {
                return Err(AttachmentFault::Unreadable.into());
            }
            attachments.extend(row.attachment());
            row.origin = Origin::Outgoing;
            row.conversation = Some(to);
            changes.push(Change::PutUpload(UploadRow::new(row.id)));
            changes.push(Change::PutFile(Box::new(row)));
        }
        Ok((attachments, changes))
    }

    /// The files of a command that was taken back are those of a draft again, and leave the server.
    pub(in crate::engine) async fn back_to_gathered(
        &self,
        attachments: &[Attachment],
        to: Option<ConversationId>,
    ) -> Result<Vec<Change>, CacheError> {
        let ids: Vec<AttachmentId> = attachments.iter().flat_map(Attachment::uploads).collect();
        let mut changes = self.uploads_cancelled(&ids).await?;
        let gathered = self.gathered(to).await?;
        let after = gathered.iter().map(|row| row.place + 1).max().unwrap_or_default();
        for mut row in self.cache.files(ids).await? {
            if row.origin == Origin::Outgoing {
                row.origin = Origin::Draft;
                row.conversation = to;
                row.place += after;
                changes.push(Change::PutFile(Box::new(row)));
            }
        }
        Ok(changes)
    }

    /// Uploads that are not to go on: the server is notified of those that it has something of.
    pub(in crate::engine) async fn uploads_cancelled(
        &self,
        ids: &[AttachmentId],
    ) -> Result<Vec<Change>, CacheError> {
        let uploads = self.cache.uploads().await?;
        let of = uploads.into_iter().filter(|upload| ids.contains(&upload.id));
        Ok(of
            .map(|upload| match upload.state {
                UploadState::Waiting => Change::DropUpload(upload.id),
                _ => Change::PutUpload(UploadRow {
                    state: UploadState::Cancelled,
                    ..UploadRow::new(upload.id)
                }),
            })
            .collect())
    }
}
