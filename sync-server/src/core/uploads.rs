//! Files on their way in: begun by a person for a conversation, and of that person until a message names them.

use conversation::{AttachmentId, ConversationId, DirectoryLookup as _, PersonId, Timestamp};

use super::{Core, CoreError, file_key};
use crate::config::{AttachmentLimits, FileLimits};
use crate::keys::Secret;
use crate::store::{AttachmentRow, BeginUpload, ReceivedPart, UploadQuota};

/// How long a file that no message names is kept.
pub const UNNAMED_FOR: i64 = Timestamp::DAY;

/// A file that a device is about to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    pub id: AttachmentId,
    /// The conversation of its message, which may not exist yet.
    pub conversation: ConversationId,
    /// In bytes.
    pub size: u64,
    /// As its sender has it; judged with the content.
    pub name: String,
}

/// A file that is being received, and its key.
#[derive(Debug)]
pub struct Uploading {
    pub(crate) row: AttachmentRow,
    pub(crate) key: Secret,
    /// As its sender has it.
    pub(crate) name: String,
}

/// Why no upload begins.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the file is larger than is taken")]
    TooLarge,
    #[error("the disk has no room for the file")]
    NoRoom,
    /// Of files that no message names, or of bytes in a day.
    #[error("the person has used up the quota of files")]
    OverQuota,
    #[error("the id is taken by another file")]
    Taken,
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

impl Core {
    /// Begins an upload if the disk `has_room` for so many bytes. Asked again, the same upload goes on where it is.
    pub async fn begin_upload(
        &self,
        person: PersonId,
        new: &NewUpload,
        limits: &AttachmentLimits,
        has_room: impl FnOnce(u64) -> bool,
    ) -> Result<AttachmentRow, UploadError> {
        let limits = self.file_limits(person, limits);
        let failed = |error| UploadError::CoreError(CoreError::Store(error));
        if new.size > limits.largest {
            return Err(UploadError::TooLarge);
        }
        if let Some(row) = self.same_upload(person, new).await? {
            return Ok(row);
        }
        if !has_room(new.size) {
            return Err(UploadError::NoRoom);
        }
        let mut row = AttachmentRow::begun(new.id, person, new.conversation, new.size, self.now());
        let random = self.random.as_ref();
        let key = Secret::random(random);
        row.name = file_key::seal_name(random, row.id, &key, &new.name);
        row.key = file_key::for_upload(&self.ring, random, &row, &key);
        let quota = UploadQuota {
            unnamed_files: limits.unnamed_files,
            unnamed_bytes: limits.unnamed_bytes,
            lately_bytes: limits.bytes_a_day,
            lately: self.now().plus(-Timestamp::DAY),
        };
        match self.store.create_attachment(&row, &quota).await.map_err(failed)? {
            BeginUpload::Begun => Ok(row),
            BeginUpload::OverQuota => Err(UploadError::OverQuota),
            // Perhaps by another request for the same.
            BeginUpload::Taken => self.same_upload(person, new).await?.ok_or(UploadError::Taken),
        }
    }

    /// The limits of files that hold for a person, by the organisations where they work.
    pub(crate) fn file_limits(&self, person: PersonId, limits: &AttachmentLimits) -> FileLimits {
        let directory = self.directory();
        let memberships = directory.memberships_of(person).iter();
        let members = memberships.filter_map(|membership| directory.member(*membership));
        limits.of(members
            .filter(|member| member.active)
            .map(|member| member.organisation))
    }

    async fn same_upload(
        &self,
        person: PersonId,
        new: &NewUpload,
    ) -> Result<Option<AttachmentRow>, UploadError> {
        let Some(Uploading { row, name, .. }) = self.upload(person, new.id).await? else {
            return Ok(None);
        };
        let same = (row.conversation, row.size, name.as_str()) == (new.conversation, new.size, &new.name);
        if same {
            Ok(Some(row))
        } else {
            Err(UploadError::Taken)
        }
    }

    /// Whether a file is of a person, and of no message; also if nothing opens it any more.
    pub(crate) async fn has_upload(&self, person: PersonId, id: AttachmentId) -> Result<bool, CoreError> {
        Ok(self.upload_row(person, id).await?.is_some())
    }

    async fn upload_row(
        &self,
        person: PersonId,
        id: AttachmentId,
    ) -> Result<Option<AttachmentRow>, CoreError> {
        let found = self.store.attachments(&[id]).await?.pop();
        Ok(found.filter(|row| row.person == person && row.message.is_none()))
    }

    /// A file of a person that no message names.
    pub async fn upload(&self, person: PersonId, id: AttachmentId) -> Result<Option<Uploading>, CoreError> {
        let Some(row) = self.upload_row(person, id).await? else {
            return Ok(None);
        };
        let key = file_key::of_upload(&self.ring, &row)?;
        let name = file_key::open_name(&row, &key)?;
        Ok(Some(Uploading { row, key, name }))
    }

    /// The key of a file, named or not.
    pub(crate) async fn file_key(&self, row: &AttachmentRow) -> Result<Secret, CoreError> {
        match row.data_key {
            None => file_key::of_upload(&self.ring, row),
            Some(id) => file_key::of_message(&*self.data_key(id).await?, row),
        }
    }

    /// Records more bytes of a file; `false` if it is elsewhere meanwhile.
    pub(crate) async fn received(&self, part: &ReceivedPart) -> Result<bool, CoreError> {
        Ok(self.store.extend_attachment(part).await?)
    }

    /// Forgets a file that no message names; `false` if the person has none of that id.
    pub(crate) async fn cancel_upload(&self, person: PersonId, id: AttachmentId) -> Result<bool, CoreError> {
        Ok(self.store.delete_attachment(person, id).await?)
    }
}
