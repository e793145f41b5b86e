//! The requests about files, and what each is refused for.

use conversation::{AttachmentId, PersonId};
use protocol::error::ErrorCode;

use super::{PartError, Uploads};
use crate::app::transfer_limits::Transfer;
use crate::core::{NewUpload, Opening, ReadableAttachment, UploadError};
use crate::store::AttachmentRow;

impl From<UploadError> for PartError {
    fn from(error: UploadError) -> PartError {
        match error {
            UploadError::TooLarge => ErrorCode::AttachmentTooLarge.into(),
            UploadError::NoRoom => ErrorCode::NoRoom.into(),
            UploadError::OverQuota => ErrorCode::TooManyUploads.into(),
            UploadError::Taken => ErrorCode::UploadConflict.into(),
            UploadError::CoreError(error) => error.into(),
        }
    }
}

impl Uploads {
    /// Begins an upload; the same one again goes on.
    pub(crate) async fn begin(&self, person: PersonId, new: &NewUpload) -> Result<AttachmentRow, PartError> {
        // Nobody sends a file without a byte on purpose.
        if new.size == 0 {
            return Err(ErrorCode::AttachmentRefused.into());
        }
        let has_room = |size| self.attachments.files.has_room(size);
        Ok(self
            .core
            .begin_upload(person, new, &self.limits, has_room)
            .await?)
    }

    /// The row of an upload, which says how far it is.
    pub(crate) async fn about(&self, person: PersonId, id: AttachmentId) -> Result<AttachmentRow, PartError> {
        let found = self.core.upload(person, id).await?;
        let row = found.ok_or(ErrorCode::NotFound)?.row;
        if row.refused {
            return Err(ErrorCode::AttachmentRefused.into());
        }
        Ok(row)
    }

    /// Lets a part of this length come, if the upload goes on there.
    pub(crate) async fn expect(
        &self,
        person: PersonId,
        id: AttachmentId,
        (offset, length): (u64, Option<u64>),
    ) -> Result<(AttachmentRow, Transfer), PartError> {
        let transfer = self.transfers.begin(person)?;
        let found = self.core.upload(person, id).await?;
        let row = found.ok_or(ErrorCode::NotFound)?.row;
        // At another place than the file is, that is what is wrong.
        let left = row.size.saturating_sub(offset);
        let goes_on = row.sha256.is_none() && row.received == offset;
        if goes_on && length.is_some_and(|length| length > left) {
            return Err(ErrorCode::TooLarge.into());
        }
        Ok((row, transfer))
    }

    /// A file for a person who may open it.
    pub(crate) async fn readable(
        &self,
        person: PersonId,
        id: AttachmentId,
    ) -> Result<(ReadableAttachment, Transfer), PartError> {
        let transfer = self.transfers.begin(person)?;
        match self.core.readable_attachment(person, id).await? {
            Opening::Readable(file) => Ok((file, transfer)),
            Opening::NotThere => Err(ErrorCode::NotFound.into()),
            Opening::Unchecked => Err(ErrorCode::AttachmentNotChecked.into()),
            Opening::Infected => Err(ErrorCode::AttachmentInfected.into()),
        }
    }
}
