//! Files on their way in: begun by a person for a conversation, and of that person until a message names them.

use conversation::attachment::LARGEST_ATTACHMENT;
use conversation::{AttachmentId, ConversationId, PersonId};

use super::{Core, CoreError, file_key};
use crate::keys::Secret;
use crate::store::AttachmentRow;

/// Maximum number of files of one person that no message names, and their bytes.
pub const MOST_UNNAMED: u64 = 100;
pub const MOST_UNNAMED_BYTES: u64 = 2 * LARGEST_ATTACHMENT;

/// A file that a device is about to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewUpload {
    pub id: AttachmentId,
    /// The conversation of its message, which may not exist yet.
    pub conversation: ConversationId,
    /// In bytes.
    pub size: u64,
}

/// Why no upload begins.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the file is larger than is taken")]
    TooLarge,
    #[error("the person has too many files, or bytes of them, that no message names")]
    TooMany,
    #[error("the id is taken by another file")]
    Taken,
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

impl Core {
    /// Begins an upload. Asked again, the same upload goes on where it is.
    pub async fn begin_upload(&self, person: PersonId, new: NewUpload) -> Result<AttachmentRow, UploadError> {
        let failed = |error| UploadError::CoreError(CoreError::Store(error));
        if new.size > LARGEST_ATTACHMENT {
            return Err(UploadError::TooLarge);
        }
        let mut row = AttachmentRow::begun(new.id, person, new.conversation, new.size, self.now());
        let same = |found: &AttachmentRow| {
            (found.person, found.conversation, found.size) == (person, new.conversation, new.size)
                && found.message.is_none()
        };
        let there = async || {
            let found = self.store.attachments(&[new.id]).await.map_err(failed)?.pop();
            let checked = found.map(|found| {
                if same(&found) {
                    Ok(found)
                } else {
                    Err(UploadError::Taken)
                }
            });
            checked.transpose()
        };
        if let Some(found) = there().await? {
            return Ok(found);
        }
        let usage = self.store.unnamed_attachments(person).await.map_err(failed)?;
        if usage.files >= MOST_UNNAMED || usage.bytes.saturating_add(new.size) > MOST_UNNAMED_BYTES {
            return Err(UploadError::TooMany);
        }
        let random = self.random.as_ref();
        row.key = file_key::for_upload(&self.ring, random, &row, &Secret::random(random));
        if self.store.create_attachment(&row).await.map_err(failed)? {
            Ok(row)
        } else {
            // Another request began it meanwhile.
            there().await?.ok_or(UploadError::Taken)
        }
    }
}
