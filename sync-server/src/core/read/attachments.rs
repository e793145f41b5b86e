//! A file of a message, for a person who may open it (M6, P5).

use std::sync::Arc;

use conversation::{Attachment, AttachmentId, Content, ConversationId, PersonId, Seq, Sha256};

use crate::core::view::Viewer;
use crate::core::{Core, CoreError, file_key};
use crate::keys::Secret;
use crate::seal::{DataKey, Part};
use crate::store::{KeyId, Slice};

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

/// Whether a person may open a file.
#[derive(Debug)]
pub enum Opening {
    Readable(ReadableAttachment),
    /// There is no such file, it belongs to no message, or the person does not see the content that lists it.
    NotThere,
    /// The scanner has not answered yet.
    Unchecked,
    /// The scanner found something in it.
    Infected,
}

impl Core {
    /// The one way to a file's key. What an edit or a deletion took away is opened by nobody.
    pub async fn readable_attachment(
        &self,
        person: PersonId,
        id: AttachmentId,
    ) -> Result<Opening, CoreError> {
        let found = self.store.attachments(&[id]).await?.pop();
        let Some(row) = found.filter(|row| !row.dropped) else {
            return Ok(Opening::NotThere);
        };
        let (Some(message), Some(listed), Some(sha256)) = (row.message, row.listed, row.sha256) else {
            return Ok(Opening::NotThere);
        };
        let mut states = self.states(&[row.conversation]).await?;
        let Some((state, _)) = states.remove(&row.conversation) else {
            return Ok(Opening::NotThere);
        };
        let directory = self.directory();
        let sees = Viewer::of(person, &directory).sees(&state, &directory);
        if !(sees.places.contains(message) && sees.places.contains(listed)) {
            return Ok(Opening::NotThere);
        }
        if !self.lists(row.conversation, listed, id).await? {
            return Ok(Opening::NotThere);
        }
        if row.refused {
            return Ok(Opening::Infected);
        }
        if row.unchecked {
            return Ok(Opening::Unchecked);
        }
        let key = row
            .data_key
            .ok_or(CoreError::Broken("a file of a message names no key"))?;
        let data_key = self.data_key(key).await?;
        Ok(Opening::Readable(ReadableAttachment {
            id,
            size: row.size,
            sha256,
            key: file_key::of_message(&data_key, &row)?,
        }))
    }

    /// Whether the content of an event lists a file, and is the one that is served now. The row of the file says so, too, but nothing
    /// proves that part of it.
    async fn lists(
        &self,
        conversation: ConversationId,
        number: Seq,
        id: AttachmentId,
    ) -> Result<bool, CoreError> {
        let event = Slice {
            conversation,
            from: number,
            to: number,
        };
        let Some(row) = self.store.slices(&[event]).await?.pop().filter(|row| row.current) else {
            return Ok(false);
        };
        let key = self.data_key(row.key).await?;
        let (_, content) = key.open_part(&conversation.0, number, Part::Content, &row.content)?;
        let content: Content =
            serde_json::from_str(&content).map_err(|_| CoreError::Broken("the content of an event"))?;
        Ok(content
            .attachments
            .iter()
            .flat_map(Attachment::uploads)
            .any(|listed| listed == id))
    }

    pub(in crate::core) async fn data_key(&self, id: KeyId) -> Result<Arc<DataKey>, CoreError> {
        if let Some(key) = self.ring.kept(id) {
            return Ok(key);
        }
        let stored = self.store.keys(&[id]).await?.pop();
        let stored = stored.ok_or(CoreError::Broken("a key that is named is not there"))?;
        Ok(self.ring.key(&stored)?)
    }
}
