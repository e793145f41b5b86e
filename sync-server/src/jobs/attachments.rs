//! Work on the files of messages: deleting those that no message names, scanning those that no scanner answered for, and reading
//! all of them.

use std::io::Read as _;

use conversation::{AttachmentId, Sha256, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::config::Config;
use crate::core::{Core, CoreError, UNNAMED_FOR};
use crate::files::{Bucket, BucketError, Files, MemoryFolder, blocking};
use crate::scanner::{Scanner, Verdict};
use crate::store::AttachmentRow;

/// Rows that are read at once.
const AT_ONCE: u32 = 100;
const PIECE: usize = 256 * 1024;

/// The files of messages, and all that works on them.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentFiles {
    pub(crate) files: Files,
    pub(crate) scanner: Option<Scanner>,
}

/// The result of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Uploads that no message named in time, deleted.
    pub uploads: u64,
    /// Files of which the database knows nothing, and whether they were deleted.
    pub unknown: u64,
    pub unknown_deleted: bool,
}

/// The result of reading all files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesChecked {
    /// Files that messages name, each read to its end.
    pub files: u64,
    pub bytes: u64,
    /// The ids of those that are gone, and of those with other bytes than were uploaded.
    pub missing: Vec<AttachmentId>,
    pub damaged: Vec<AttachmentId>,
}

impl AttachmentFiles {
    pub(crate) fn of(config: &Config) -> Result<AttachmentFiles, BucketError> {
        let bucket = config.attachments.bucket.as_ref().map(Bucket::open).transpose()?;
        let files = Files::new(config.attachments_folder(), config.attachments.reserve);
        Ok(AttachmentFiles {
            files: files.with_bucket(bucket),
            scanner: config.attachments.scanner.clone().map(Scanner::at),
        })
    }

    /// In a folder in memory, without a scanner.
    pub(crate) fn in_memory(folder: MemoryFolder) -> AttachmentFiles {
        AttachmentFiles {
            files: Files::in_memory(folder),
            scanner: None,
        }
    }

    /// Deletes the uploads that no message named within a day: their keys first, then their bytes.
    pub(crate) async fn sweep_uploads(&self, core: &Core) -> Result<u64, CoreError> {
        let mut swept = 0;
        loop {
            let before = core.now().plus(-UNNAMED_FOR);
            let abandoned = core.store.abandoned_attachments(before, AT_ONCE).await?;
            for (person, id) in &abandoned {
                if core.store.delete_attachment(*person, *id).await? {
                    self.delete(*id).await;
                    swept += 1;
                }
            }
            if abandoned.len() < AT_ONCE as usize {
                return Ok(swept);
            }
        }
    }

    /// The same, and the files of which the database knows nothing: counted, and deleted if the operator says so. After a restore of
    /// the database alone, these may be files of messages that were lost with it; no key opens them any more.
    pub(crate) async fn sweep(&self, core: &Core, unknown: bool) -> Result<Swept, CoreError> {
        let mut swept = Swept {
            uploads: self.sweep_uploads(core).await?,
            unknown_deleted: unknown,
            ..Swept::default()
        };
        let files = self.files.clone();
        let ids = blocking(move || files.ids()).await.flatten();
        let ids = ids.map_err(|error| {
            tracing::error!(%error, "the folder of files cannot be read");
            CoreError::Broken("the folder of files")
        })?;
        for ids in ids.chunks(AT_ONCE as usize) {
            let known = core.store.attachments(ids).await?;
            for id in ids.iter().filter(|id| !known.iter().any(|row| row.id == **id)) {
                swept.unknown += 1;
                if unknown {
                    self.delete(*id).await;
                }
            }
        }
        Ok(swept)
    }

    async fn delete(&self, id: AttachmentId) {
        let files = self.files.clone();
        let deleted = blocking(move || files.delete(id)).await.flatten();
        if let Err(error) = deleted {
            // It has no key any more; a sweep finds it again.
            tracing::error!(%error, "a file could not be deleted");
        }
    }

    /// Scans a whole file and records the answer; `None` if there is no scanner, or it did not answer.
    pub(crate) async fn scan(&self, core: &Core, row: &AttachmentRow) -> Result<Option<Verdict>, CoreError> {
        let (Some(scanner), Some(sha256)) = (&self.scanner, row.sha256) else {
            return Ok(None);
        };
        let (files, key, id, size) = (self.files.clone(), core.file_key(row).await?, row.id, row.size);
        let opened = blocking(move || files.read(id, &key, size)).await.flatten();
        let scanned = match opened {
            Ok(reader) => scanner.scan(reader).await,
            Err(error) => Err(error),
        };
        match scanned {
            Ok(verdict) => {
                let refused = verdict == Verdict::Infected;
                // Another file may have the id by now: the verdict is of the bytes that were scanned, and of no others.
                if !core.store.judge_attachment(id, sha256, refused).await? {
                    return Ok(None);
                }
                if refused {
                    tracing::warn!(%id, "the scanner found something in a file, which is deleted");
                    self.delete(id).await;
                }
                Ok(Some(verdict))
            }
            Err(error) => {
                tracing::warn!(%error, "a file could not be scanned, and nobody opens it until it is");
                Ok(None)
            }
        }
    }

    /// Scans the files that wait for it, the oldest first, until the scanner fails to answer.
    pub(crate) async fn scan_waiting(&self, core: &Core) -> Result<u64, CoreError> {
        let mut scanned = 0;
        while self.scan_next(core).await? {
            scanned += 1;
        }
        Ok(scanned)
    }

    /// Scans the file that has waited longest for it; `false` if none waits, or the scanner did not answer.
    pub(crate) async fn scan_next(&self, core: &Core) -> Result<bool, CoreError> {
        if self.scanner.is_none() {
            return Ok(false);
        }
        let waiting = core.store.unchecked_attachments(1).await?;
        match waiting.first() {
            Some(row) => Ok(self.scan(core, row).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Reads every file that a message names, and compares its bytes with those that were uploaded.
    pub(crate) async fn check(&self, core: &Core) -> Result<FilesChecked, CoreError> {
        let mut checked = FilesChecked::default();
        let mut after = None;
        loop {
            let rows = core.store.attachments_after(after, AT_ONCE).await?;
            let Some(last) = rows.last() else {
                return Ok(checked);
            };
            after = Some(last.id);
            for row in rows.iter().filter(|row| row.message.is_some() && !row.refused) {
                checked.files += 1;
                checked.bytes += row.size;
                match self.digest(core, row).await {
                    Ok(digest) if Some(digest) == row.sha256 => {}
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        checked.missing.push(row.id)
                    }
                    Ok(_) | Err(_) => checked.damaged.push(row.id),
                }
            }
        }
    }

    async fn digest(&self, core: &Core, row: &AttachmentRow) -> std::io::Result<Sha256> {
        let key = core.file_key(row).await.map_err(std::io::Error::other)?;
        let (files, id, size) = (self.files.clone(), row.id, row.size);
        let read = blocking(move || {
            let mut reader = files.read(id, &key, size)?;
            let mut digest = sha2::Sha256::new();
            let mut piece = vec![0; PIECE];
            loop {
                match reader.read(&mut piece)? {
                    0 => return Ok(Sha256(digest.finalize().into())),
                    read => digest.update(piece.get(..read).unwrap_or_default()),
                }
            }
        });
        read.await.flatten()
    }
}

/// The intervals of the jobs.
pub(super) const SWEEPING: i64 = Timestamp::HOUR;
pub(super) const SCANNING: i64 = Timestamp::MINUTE;
