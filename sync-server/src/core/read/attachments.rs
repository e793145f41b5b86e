//! A file of a message, for a person who may open it (M6, P5).

use conversation::{AttachmentId, PersonId, Sha256};

use crate::core::view::Viewer;
use crate::core::{Core, CoreError, file_key};
use crate::keys::Secret;

/// A file that a person may open.
#[derive(Debug)]
pub struct ReadableAttachment {
    pub id: AttachmentId,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
    /// Its bytes are sealed under it.
    pub key: Secret,
}

impl Core {
    /// `None` if there is no such file, it belongs to no message, or the person does not see the content that lists it. What an edit or
    /// a deletion took away, and what a scanner refused, is opened by nobody.
    pub async fn readable_attachment(
        &self,
        person: PersonId,
        id: AttachmentId,
    ) -> Result<Option<ReadableAttachment>, CoreError> {
        let found = self.store.attachments(&[id]).await?.pop();
        let Some(row) = found.filter(|row| !(row.dropped || row.refused)) else {
            return Ok(None);
        };
        let (Some(message), Some(listed), Some(sha256)) = (row.message, row.listed, row.sha256) else {
            return Ok(None);
        };
        let mut states = self.states(&[row.conversation]).await?;
        let Some((state, _)) = states.remove(&row.conversation) else {
            return Ok(None);
        };
        let directory = self.directory();
        let sees = Viewer::of(person, &directory).sees(&state, &directory);
        if !(sees.places.contains(message) && sees.places.contains(listed)) {
            return Ok(None);
        }
        let key = row
            .data_key
            .ok_or(CoreError::Broken("a file of a message names no key"))?;
        let data_key = match self.ring.kept(key) {
            Some(data_key) => data_key,
            None => {
                let stored = self.store.keys(&[key]).await?.pop();
                self.ring
                    .key(&stored.ok_or(CoreError::Broken("a file names no key"))?)?
            }
        };
        Ok(Some(ReadableAttachment {
            id,
            size: row.size,
            sha256,
            key: file_key::of_message(&data_key, &row)?,
        }))
    }
}
