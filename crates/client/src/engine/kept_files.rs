//! The sealed files of this device: opened, let go, and swept.
//!
//! A row goes before its file, so that the key is gone first. A file that is left over by a crash, or by an event that took its
//! row along, is swept.

use std::collections::HashSet;
use std::io::{self, Read};

use conversation::AttachmentId;
use sealed_file::{FileKey, SealedReader};

use super::Engine;
use crate::cache::{CacheError, Change, FileRow, Origin, Sealed, UploadState};
use crate::files::{self, FileStore, Source, is_full};
use crate::model::AttachmentFault;

/// Milliseconds between two notices of progress.
const PROGRESS: i64 = 250;

/// A file that is here, to be read at any place.
#[derive(Debug)]
pub struct OpenFile {
    pub row: FileRow,
    pub reader: SealedReader<Source>,
}

/// The fault of a failure to read or write files of this device.
pub(super) fn disk_fault(error: std::io::Error) -> AttachmentFault {
    if is_full(&error) {
        AttachmentFault::DiskFull
    } else {
        tracing::warn!(kind = ?error.kind(), "a file could not be stored");
        AttachmentFault::Unreadable
    }
}

/// The plain bytes of a file that is whole here.
pub fn reader(store: &FileStore, row: &FileRow) -> io::Result<SealedReader<Source>> {
    let sealed = row.sealed.as_ref().filter(|_| row.whole);
    let (sealed, size) = sealed.zip(row.size).ok_or(io::ErrorKind::NotFound)?;
    files::open(store, sealed.file, &FileKey::from_bytes(sealed.key), row.id, size)
}

/// All of a file that is held in memory anyway.
pub(super) fn read_whole(store: &FileStore, row: &FileRow) -> Result<Vec<u8>, AttachmentFault> {
    let mut bytes = Vec::new();
    let read = reader(store, row).and_then(|mut reader| reader.read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(AttachmentFault::Damaged),
        Err(error) => Err(disk_fault(error)),
    }
}

impl Engine {
    /// With the files in this store, instead of none that outlive the program.
    pub fn with_files(mut self, files: FileStore) -> Engine {
        self.files = files;
        self
    }

    /// Whether progress was not notified for a moment; from now on it was.
    pub(super) fn is_progress_due(&self) -> bool {
        let now = self.time.counted();
        let mut live = self.live();
        let due = live
            .progress_notified
            .is_none_or(|before| now - before >= PROGRESS);
        if due {
            live.progress_notified = Some(now);
        }
        due
    }

    /// Deletes files of which the rows are gone. One that cannot be deleted now is swept later.
    pub(super) async fn unlink(&self, gone: Vec<Sealed>) {
        if gone.is_empty() {
            return;
        }
        let store = self.files.clone();
        let deleted = self
            .files
            .run(move || gone.iter().try_for_each(|sealed| store.delete(sealed.file)));
        if let Err(error) = deleted.await.and_then(|deleted| deleted) {
            tracing::warn!(kind = ?error.kind(), "a file is deleted later");
        }
    }

    /// Removes what nobody goes on with: files that were being taken in when the program ended, those of commands that are no
    /// longer there, uploads of no command, and files on the disk that no row names. At the start, and when files may have
    /// lost their rows.
    pub async fn sweep_files(&self) -> Result<(), CacheError> {
        let store = self.files.clone();
        // Listed before the rows are read: what is made meanwhile has a row, and is not listed.
        let there = self
            .files
            .run(move || store.names())
            .await
            .and_then(|names| names);
        {
            let _writing = self.write_lock.lock_in_background().await;
            let changes = self.left_over().await?;
            if !changes.is_empty() {
                self.cache.write(changes).await?;
            }
        }
        let named: HashSet<_> = self.cache.file_names().await?.into_iter().collect();
        let store = self.files.clone();
        let swept = match there {
            Ok(there) => self
                .files
                .run(move || store.sweep(there, &named))
                .await
                .and_then(|swept| swept),
            Err(error) => Err(error),
        };
        match swept {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files were deleted"),
            Err(error) => tracing::warn!(kind = ?error.kind(), "files could not be swept"),
        }
        Ok(())
    }

    async fn left_over(&self) -> Result<Vec<Change>, CacheError> {
        let outbox = self.cache.outbox(None).await?;
        let listed = outbox.iter().flat_map(|row| row.command.action.attachments());
        let going: HashSet<AttachmentId> = listed.flat_map(|attachment| attachment.uploads()).collect();
        let mut changes = Vec::new();
        for row in self.cache.unsent_files().await? {
            let over = match row.origin {
                Origin::Draft => !row.whole && self.readings.done(row.preview_of.unwrap_or(row.id)).is_none(),
                Origin::Outgoing => !going.contains(&row.id),
                Origin::Listed => false,
            };
            if over {
                changes.push(Change::DropFile(row.id));
            }
        }
        for upload in self.cache.uploads().await? {
            if upload.state != UploadState::Cancelled && !going.contains(&upload.id) {
                changes.push(Change::DropUpload(upload.id));
            }
        }
        Ok(changes)
    }

    /// A file that is here, for a viewer, a copy or another program. It counts as used.
    pub async fn open_file(&self, id: AttachmentId) -> Result<Result<OpenFile, AttachmentFault>, CacheError> {
        let row = match self.cache.file(id).await? {
            Some(row) if row.whole => row,
            // Why it is not here, for somebody who had it on the screen when it was refused.
            absent => {
                let fault = absent.and_then(|row| row.fault);
                return Ok(Err(fault.unwrap_or(AttachmentFault::NotAllowed)));
            }
        };
        let (store, of) = (self.files.clone(), row.clone());
        let opened = self.files.run(move || {
            let mut reader = reader(&store, &of)?;
            // A file that was cut is found at once.
            reader.prove_length()?;
            Ok::<_, io::Error>(reader)
        });
        match opened.await.and_then(|opened| opened) {
            Ok(reader) => {
                self.used(id).await?;
                Ok(Ok(OpenFile { row, reader }))
            }
            Err(_) => Ok(Err(AttachmentFault::Damaged)),
        }
    }

    async fn used(&self, id: AttachmentId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        if let Some(mut row) = self.cache.file(id).await? {
            row.last_used = self.now();
            self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        }
        Ok(())
    }
}
