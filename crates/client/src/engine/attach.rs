//! Files that are gathered in a draft (F2, F5, M6), before they are sent.
//!
//! ```text
//!   begun ──bytes──► read ──judged, cleaned, sealed──► in the draft ──sent──► of a command
//!     │                │                                   │
//!     └───detached, refused, or the program ended──► gone ◄┘ detached
//! ```
//!
//! Name and size are judged when a file begins, its content when it is whole. A file that is not whole when the program
//! ends is gone: nobody has the rest of it. One that is stays in its draft.

mod from_disk;
mod reading;
mod sent;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attachment_kinds::clean_name;
use conversation::attachment::MOST_ATTACHMENTS;
use conversation::{AttachmentId, ConversationId};
use pictures::Edit;
use platform::bytes;

use self::reading::{Reading, Taken, Target, edited, named_for, refused_by_name};
use super::Engine;
use crate::cache::{CacheError, Change, DraftRow, FileRow, Origin, Sealed};
use crate::files::FileName;
use crate::model::{AttachTo, AttachmentFault, Invalidated};

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Fault(#[from] AttachmentFault),
}

/// A file that is being taken in, until it ended, and how many bytes of it are here.
type Begun = (Arc<Mutex<Option<Reading>>>, u64);

/// The files that are being taken in.
#[derive(Debug, Default)]
pub(crate) struct Readings(Mutex<HashMap<AttachmentId, Begun>>);

impl Readings {
    fn all(&self) -> MutexGuard<'_, HashMap<AttachmentId, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn done(&self, id: AttachmentId) -> Option<u64> {
        self.all().get(&id).map(|(_, done)| *done)
    }
}

impl Engine {
    /// A new place for the bytes of a file.
    pub(super) fn new_sealed(&self) -> Sealed {
        Sealed {
            file: FileName(bytes(self.random.as_ref())),
            key: bytes(self.random.as_ref()),
        }
    }

    fn new_target(&self, id: AttachmentId) -> Target {
        Target {
            id,
            sealed: self.new_sealed(),
            prefix: bytes(self.random.as_ref()),
        }
    }

    /// The files of a draft, previews included.
    pub(crate) async fn gathered(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<FileRow>, CacheError> {
        let mut files = self.cache.unsent_files().await?;
        files.retain(|row| row.origin == Origin::Draft && row.conversation == conversation);
        Ok(files)
    }

    /// A file begins; `draft` is the row of its draft, for when there is none.
    pub(crate) async fn begin_attach(
        &self,
        to: AttachTo,
        name: String,
        size: u64,
        draft: Option<DraftRow>,
    ) -> Result<FileRow, AttachError> {
        let kept = clean_name(&name).map_err(|_| AttachmentFault::NameInvalid)?;
        if let Some(refused) = refused_by_name(&name) {
            return Err(refused.into());
        }
        if size == 0 {
            return Err(AttachmentFault::Empty.into());
        }
        let settings = self.device_settings().current();
        if size > settings.largest_file.value.bytes() {
            return Err(AttachmentFault::TooLarge.into());
        }
        let _writing = self.write_lock.lock().await;
        let conversation = to.conversation();
        let gathered = self.gathered(conversation).await?;
        let files = || gathered.iter().filter(|row| row.preview_of.is_none());
        if files().count() >= MOST_ATTACHMENTS {
            return Err(AttachmentFault::TooMany.into());
        }
        let before = match conversation {
            Some(conversation) => self.cache.draft(conversation).await?,
            None => None,
        };
        // An edit can add no files.
        if before.as_ref().is_some_and(|row| row.draft.editing.is_some()) {
            return Err(AttachmentFault::NotAllowed.into());
        }
        let target = self.new_target(AttachmentId(self.new_id()));
        let row = FileRow {
            at: self.now(),
            place: files().map(|row| row.place + 1).max().unwrap_or_default(),
            name: kept,
            size: Some(size),
            sealed: Some(target.sealed.clone()),
            ..FileRow::new(target.id, conversation, Origin::Draft)
        };
        let mut changes = vec![Change::PutFile(Box::new(row.clone()))];
        if before.is_none() {
            changes.extend(draft.map(Change::PutDraft));
        }
        self.cache.write(changes).await?;
        let reading = Reading::new(
            self.files.clone(),
            name,
            size,
            target,
            settings.refused_files.value,
        );
        self.readings
            .all()
            .insert(row.id, (Arc::new(Mutex::new(Some(reading))), 0));
        self.gathering_changed(conversation);
        Ok(row)
    }

    /// The next bytes of a file that began. After a fault it is gone.
    pub async fn attach_bytes(&self, id: AttachmentId, offset: u64, bytes: &[u8]) -> Result<(), AttachError> {
        let reading = self.readings.all().get(&id).map(|(reading, _)| reading.clone());
        let reading = reading.ok_or(AttachmentFault::NotAllowed)?;
        let bytes = bytes.to_vec();
        let taken = self.files.run(move || {
            let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
            let reading = reading.as_mut().ok_or(AttachmentFault::NotAllowed)?;
            reading.take(offset, &bytes)
        });
        match taken.await.unwrap_or(Err(AttachmentFault::Unreadable)) {
            Ok(here) => {
                if let Some((_, done)) = self.readings.all().get_mut(&id) {
                    *done = here;
                }
                if let Some(row) = self.progress_is_due(id).await? {
                    self.invalidate(vec![stale(row.conversation)]);
                }
                Ok(())
            }
            Err(fault) => {
                self.discard(id).await?;
                Err(fault.into())
            }
        }
    }

    /// All bytes came. After a fault the file is gone.
    pub(crate) async fn end_attach(&self, id: AttachmentId) -> Result<FileRow, AttachError> {
        let reading = self.readings.all().get(&id).map(|(reading, _)| reading.clone());
        let reading = reading.ok_or(AttachmentFault::NotAllowed)?;
        let preview = self.new_target(AttachmentId(self.new_id()));
        // Named before it is made.
        self.name_preview(id, &preview).await?;
        // A picture may take half a gigabyte of memory while it is read.
        let _cleaning = self.cleaning.lock().await;
        let ended = self.files.run(move || {
            let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = reading.take().ok_or(AttachmentFault::NotAllowed)?.end(&preview)?;
            Ok((taken, preview))
        });
        match ended.await.unwrap_or(Err(AttachmentFault::Unreadable)) {
            Ok((taken, preview)) => self.taken(id, taken, preview, None).await,
            Err(fault) => {
                self.discard(id).await?;
                Err(fault.into())
            }
        }
    }

    /// The row of a preview that is about to be made.
    async fn name_preview(&self, of: AttachmentId, preview: &Target) -> Result<(), AttachError> {
        let _writing = self.write_lock.lock().await;
        let row = self.cache.file(of).await?.ok_or(AttachmentFault::NotAllowed)?;
        let preview = FileRow {
            at: row.at,
            place: row.place,
            preview_of: Some(of),
            sealed: Some(preview.sealed.clone()),
            ..FileRow::new(preview.id, row.conversation, row.origin)
        };
        self.cache.write(vec![Change::PutFile(Box::new(preview))]).await?;
        Ok(())
    }

    /// The file is whole, unless it was detached meanwhile; the one that it replaces goes.
    async fn taken(
        &self,
        id: AttachmentId,
        taken: Taken,
        preview: Target,
        replaced: Option<AttachmentId>,
    ) -> Result<FileRow, AttachError> {
        let _writing = self.write_lock.lock().await;
        self.readings.all().remove(&id);
        let (row, small) = (self.cache.file(id).await?, self.cache.file(preview.id).await?);
        let (Some(mut row), Some(mut small)) = (row, small) else {
            self.unlink(vec![preview.sealed]).await;
            return Err(AttachmentFault::NotAllowed.into());
        };
        row.name = if taken.picture.is_some() {
            named_for(&row.name, taken.media_type)
        } else {
            row.name
        };
        row.media_type = taken.media_type.to_owned();
        row.picture = taken.picture;
        whole(&mut row, taken.file);
        let mut gone = Vec::new();
        let mut changes = Vec::new();
        if let Some(replaced) = replaced {
            let unsent = self.cache.unsent_files().await?.into_iter();
            let old = unsent.filter(|row| row.id == replaced || row.preview_of == Some(replaced));
            gone.extend(old.filter_map(|row| row.sealed));
            changes.push(Change::DropFile(replaced));
        }
        let second = match taken.preview {
            Some((file, media_type)) => {
                row.preview = Some(small.id);
                small.media_type = media_type.to_owned();
                whole(&mut small, file);
                Change::PutFile(Box::new(small))
            }
            None => {
                gone.extend(small.sealed);
                Change::DropFile(small.id)
            }
        };
        changes.extend([second, Change::PutFile(Box::new(row.clone()))]);
        self.cache.write(changes).await?;
        self.unlink(gone).await;
        self.gathering_changed(row.conversation);
        Ok(row)
    }

    /// A file that was not taken, or is no longer wanted: its rows go, then its bytes.
    async fn discard(&self, id: AttachmentId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        self.readings.all().remove(&id);
        let unsent = self.cache.unsent_files().await?;
        let gone = unsent
            .into_iter()
            .filter(|row| row.id == id || row.preview_of == Some(id));
        let gone: Vec<FileRow> = gone.collect();
        let Some(conversation) = gone.iter().find(|row| row.id == id).map(|row| row.conversation) else {
            return Ok(());
        };
        let mut changes = vec![Change::DropFile(id)];
        // A draft without text was there for the files alone.
        if let Some(conversation) = conversation
            && let Some(draft) = self.cache.draft(conversation).await?
            && draft.draft == Default::default()
        {
            let left = self.gathered(Some(conversation)).await?;
            if left.iter().all(|row| gone.iter().any(|gone| gone.id == row.id)) {
                changes.push(Change::DropDraft(conversation));
            }
        }
        self.cache.write(changes).await?;
        self.unlink(gone.into_iter().filter_map(|row| row.sealed).collect())
            .await;
        // A piece that was on its way may make its file anew.
        self.unnamed.notify_one();
        self.gathering_changed(conversation);
        Ok(())
    }

    /// Takes a file out of a draft, or out of the message that the draft edits.
    pub(crate) async fn detach(&self, to: AttachTo, id: AttachmentId) -> Result<(), AttachError> {
        let conversation = to.conversation();
        let gathered = self.gathered(conversation).await?;
        if gathered.iter().any(|row| row.id == id) {
            return Ok(self.discard(id).await?);
        }
        let _writing = self.write_lock.lock().await;
        let Some(conversation) = conversation else {
            return Ok(());
        };
        if let Some(mut draft) = self.cache.draft(conversation).await?
            && draft.draft.editing.is_some()
            && !draft.dropped.contains(&id)
        {
            draft.dropped.push(id);
            self.cache.write(vec![Change::PutDraft(draft)]).await?;
            self.gathering_changed(Some(conversation));
        }
        Ok(())
    }

    /// F5: a picture of a draft, edited, is another file in the same place; the one before is gone.
    pub(crate) async fn edit_picture(
        &self,
        to: AttachTo,
        id: AttachmentId,
        edits: Vec<Edit>,
    ) -> Result<FileRow, AttachError> {
        let gathered = self.gathered(to.conversation()).await?;
        let before = gathered.iter().find(|row| row.id == id);
        let before = before.ok_or(AttachmentFault::NotAllowed)?.clone();
        if before.picture.is_none() {
            return Err(AttachmentFault::NotAPicture.into());
        }
        let target = self.new_target(AttachmentId(self.new_id()));
        let preview = self.new_target(AttachmentId(self.new_id()));
        let row = FileRow {
            preview: None,
            whole: false,
            sealed: Some(target.sealed.clone()),
            id: target.id,
            ..before.clone()
        };
        {
            let _writing = self.write_lock.lock().await;
            self.cache
                .write(vec![Change::PutFile(Box::new(row.clone()))])
                .await?;
            let busy = (Arc::default(), row.size.unwrap_or_default());
            self.readings.all().insert(row.id, busy);
        }
        self.name_preview(row.id, &preview).await?;
        let _cleaning = self.cleaning.lock().await;
        let (store, old) = (self.files.clone(), before.clone());
        let made = self.files.run(move || {
            let bytes = super::kept_files::read_whole(&store, &old)?;
            let taken = edited(&bytes, &edits, &store, &target, &preview)?;
            Ok::<_, AttachmentFault>((taken, preview))
        });
        match made.await.unwrap_or(Err(AttachmentFault::Unreadable)) {
            // In one transaction: what was made unrecognisable is nowhere afterwards.
            Ok((taken, preview)) => self.taken(row.id, taken, preview, Some(before.id)).await,
            Err(fault) => {
                self.discard(row.id).await?;
                Err(fault.into())
            }
        }
    }

    pub(crate) fn gathering_changed(&self, conversation: Option<ConversationId>) {
        self.invalidate(vec![stale(conversation), Invalidated::Overview]);
    }

    /// The row of a file of which the progress is to be shown now: four times a second at most.
    async fn progress_is_due(&self, id: AttachmentId) -> Result<Option<FileRow>, CacheError> {
        if self.is_progress_due() {
            self.cache.file(id).await
        } else {
            Ok(None)
        }
    }
}

fn whole(row: &mut FileRow, file: reading::Whole) {
    row.size = Some(file.size);
    row.sha256 = Some(file.sha256);
    row.received = file.size;
    row.whole = true;
}

fn stale(conversation: Option<ConversationId>) -> Invalidated {
    conversation.map_or(Invalidated::NewAttachments, |conversation| {
        Invalidated::Conversation { conversation }
    })
}
