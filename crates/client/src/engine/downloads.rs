//! Files of messages on their way here (F2, F3).
//!
//! Fetched are, in this order: a file that somebody asked for; the previews of all messages; the files of messages of the
//! last days, the newest first, within a budget. What was not used for the longest time goes for what is asked for; what is
//! pinned stays. A file counts as here once all its bytes have the digest that the message names.

mod after_sent;
mod asked;

use std::io;
use std::sync::{MutexGuard, PoisonError};

use bytes::Bytes;
use conversation::attachment::LARGEST_PREVIEW;
use conversation::{AttachmentId, Sha256, Timestamp};
use platform::bytes;
use protocol::error::ErrorCode;
use sealed_file::FileKey;
use sha2::Digest as _;

use super::Engine;
use super::kept_files::{disk_fault, reader};
use crate::cache::{AfterSent, CacheError, Change, FileRow, NEVER, ToFetch};
use crate::files::{FileName, SealingFile, digest};
use crate::model::{AttachmentFault, Connection, Invalidated};
use crate::ports::Failure;

/// Milliseconds until a file is asked for again whose check the server gives no time for.
const UNCHECKED: i64 = Timestamp::MINUTE;
/// Milliseconds until a file is asked for again that the user may not open, though a message here lists it.
const NOT_ALLOWED: i64 = Timestamp::HOUR;
/// Files that go at once to make room, at the most.
const LET_GO: u32 = 1_000;

/// A part that is to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub id: AttachmentId,
    pub from: u64,
    pub most: u32,
    pub purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    ToKeep,
    /// One byte, of a file that was sent from here: whether it may be opened.
    ToAsk,
}

/// How a part was taken.
enum Outcome {
    /// More is to come.
    Further(FileName, SealingFile),
    Whole {
        size: u64,
        sha256: Sha256,
        media_type: &'static str,
    },
    Failed(AttachmentFault),
}

impl Engine {
    /// The next part to be fetched; `None` if there is none now.
    pub async fn next_download(&self) -> Result<Option<Part>, CacheError> {
        if let Some(part) = self.next_to_ask_about().await? {
            return Ok(Some(part));
        }
        loop {
            let row = {
                let _writing = self.write_lock.lock_in_background().await;
                let row = self.to_fetch().await?;
                if let Some(mut row) = row.clone().filter(|row| row.sealed.is_none()) {
                    // Named before it is made.
                    row.sealed = Some(self.new_sealed());
                    self.cache
                        .write(vec![Change::PutFile(Box::new(row.clone()))])
                        .await?;
                    Some(row)
                } else {
                    row
                }
            };
            let Some(row) = row else {
                self.live().fetching = None;
                return Ok(None);
            };
            let (id, size) = (row.id, row.size);
            let most = |from: u64| match size {
                // It is not known how large a preview is: what is larger than one may be is none.
                None => LARGEST_PREVIEW as u32 + 1,
                Some(size) => u32::try_from(size.saturating_sub(from))
                    .unwrap_or(u32::MAX)
                    .min(self.parts.most),
            };
            let arriving = self.arriving(&row).await;
            match arriving.map(|(name, file)| {
                let from = file.plain_len();
                *self.held_arriving() = Some((name, file));
                from
            }) {
                Ok(from) => {
                    self.live().fetching = Some((id, from));
                    let most = most(from);
                    return Ok(Some(Part {
                        id,
                        from,
                        most,
                        purpose: Purpose::ToKeep,
                    }));
                }
                Err(error) => {
                    let _writing = self.write_lock.lock_in_background().await;
                    if let Some(row) = self.cache.file(id).await? {
                        self.not_fetched(row, disk_fault(error)).await?;
                    }
                }
            }
        }
    }

    /// The next file; for one that was asked for, others go.
    async fn to_fetch(&self) -> Result<Option<FileRow>, CacheError> {
        let now = self.now();
        if let Some(row) = self.next_to_fetch(ToFetch::Wanted, now).await? {
            self.make_room(row.size.unwrap_or_default(), None).await?;
            return Ok(Some(row));
        }
        // While the disk is full, only what somebody asks for is tried.
        if !self.cache.has_room() || self.live().no_fetching_before.is_some_and(|until| now < until) {
            return Ok(None);
        }
        if let Some(row) = self.next_to_fetch(ToFetch::Previews, now).await? {
            return Ok(Some(row));
        }
        let settings = self.device_settings().current();
        let days = i64::from(settings.fetched_days.value.days());
        let since = Timestamp(now.0.saturating_sub(days.saturating_mul(Timestamp::DAY)));
        if let Some(row) = self.next_to_fetch(ToFetch::Since(since), now).await?
            && self.make_room(row.size.unwrap_or_default(), Some(since)).await?
        {
            return Ok(Some(row));
        }
        Ok(None)
    }

    /// The first that is not postponed.
    async fn next_to_fetch(&self, which: ToFetch, now: Timestamp) -> Result<Option<FileRow>, CacheError> {
        let most = u32::try_from(self.live().postponed_downloads.len() + 1).unwrap_or(u32::MAX);
        let rows = self.cache.to_fetch(which, now, most).await?;
        let counted = self.time.counted();
        let live = self.live();
        let mut rows = rows.into_iter();
        Ok(rows.find(|row| !live.postponed_downloads.waits(row.id, counted)))
    }

    /// Whether so many bytes fit into the budget, once others went that were not used for longer; where `before` is given, only
    /// those of messages before it.
    async fn make_room(&self, size: u64, before: Option<Timestamp>) -> Result<bool, CacheError> {
        let budget = self.device_settings().current().file_budget.value.bytes();
        let kept = self.cache.bytes_kept().await?;
        let mut over = (kept + size).saturating_sub(budget);
        if over == 0 {
            return Ok(true);
        }
        let mut rows = self.cache.least_used(LET_GO).await?;
        rows.retain(|row| before.is_none_or(|before| row.at < before));
        let (mut changes, mut gone) = (Vec::new(), Vec::new());
        for mut row in rows {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(row.size.unwrap_or_default());
            gone.extend(row.let_go());
            // Not fetched again by itself, which would go on in circles.
            row.not_before = NEVER;
            changes.push(Change::PutFile(Box::new(row)));
        }
        // Nothing goes for a file that does not fit even so.
        if over > 0 && before.is_some() {
            return Ok(false);
        }
        self.cache.write(changes).await?;
        self.unlink(gone).await;
        Ok(over == 0)
    }

    /// Records the answer to a part. An error says why the next one has to wait.
    pub async fn downloaded(&self, part: Part, answer: Result<Bytes, Failure>) -> Result<(), Failure> {
        let recorded = match answer {
            answer if part.purpose == Purpose::ToAsk => self.answered_after_sent(part.id, answer).await,
            Ok(bytes) => self.take_part(part, bytes).await.map(Ok),
            Err(failure) => self.not_answered_part(part, failure).await,
        };
        match recorded {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => {
                {
                    let mut live = self.live();
                    live.fetching = None;
                    // Without a network all fail alike.
                    if live.connection == Connection::Online {
                        live.postponed_downloads.failed(part.id, self.time.counted());
                    }
                }
                self.file_changed(part.id).await;
                Err(failure)
            }
            Err(error) => {
                self.live().fetching = None;
                tracing::error!(%error, "the cache failed");
                Err(Failure::Malformed)
            }
        }
    }

    fn held_arriving(&self) -> MutexGuard<'_, Option<(FileName, SealingFile)>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file that the parts of this one go into: as the last part left it, else as it lies on the disk.
    async fn arriving(&self, row: &FileRow) -> io::Result<(FileName, SealingFile)> {
        let sealed = row.sealed.clone().ok_or(io::ErrorKind::NotFound)?;
        let held = self
            .held_arriving()
            .take()
            .filter(|(name, _)| *name == sealed.file);
        if let Some(held) = held {
            return Ok(held);
        }
        let (store, id, size) = (self.files.clone(), row.id, row.size.unwrap_or_default());
        let prefix = bytes(self.random.as_ref());
        let resumed = self.files.run(move || {
            let key = FileKey::from_bytes(sealed.key);
            let file = SealingFile::resume(&store, sealed.file, &key, id, size, prefix)?;
            Ok((sealed.file, file))
        });
        resumed.await.and_then(|resumed| resumed)
    }

    async fn take_part(&self, part: Part, came: Bytes) -> Result<(), CacheError> {
        let Some(row) = self.cache.file(part.id).await? else {
            return Ok(());
        };
        let Some(sealed) = row.sealed.clone().filter(|_| !row.whole) else {
            return Ok(());
        };
        let into = sealed.file;
        let arriving = self.arriving(&row).await;
        let store = self.files.clone();
        let of = row.clone();
        let taken = self.files.run(move || {
            let known = of.size;
            let (name, mut file) = arriving?;
            if file.plain_len() != part.from {
                return Ok(Outcome::Further(name, file));
            }
            let here = part.from + came.len() as u64;
            let damaged = match known {
                None => came.is_empty() || here > LARGEST_PREVIEW,
                // Fewer than were asked for are the last ones of the server's file.
                Some(size) => here < size && came.len() < part.most as usize || here > size,
            };
            if damaged {
                return Ok(Outcome::Failed(AttachmentFault::Damaged));
            }
            file.push(&came)?;
            if known.is_some_and(|size| here < size) {
                return Ok(Outcome::Further(name, file));
            }
            file.finish()?;
            let row = FileRow {
                size: Some(here),
                whole: true,
                ..of
            };
            let (sha256, media_type) = match row.preview_of {
                Some(_) => {
                    let kind = attachment_kinds::kind_of("", &came, b"", here);
                    (Sha256(sha2::Sha256::digest(&came).into()), kind.media_type())
                }
                // As it lies on the disk, and as it will be read.
                None => (digest(reader(&store, &row)?)?, ""),
            };
            if row.sha256.is_some_and(|named| named != sha256) {
                return Ok(Outcome::Failed(AttachmentFault::Damaged));
            }
            Ok::<_, io::Error>(Outcome::Whole {
                size: here,
                sha256,
                media_type,
            })
        });
        let taken = taken.await.and_then(|taken| taken);
        // A deletion, an edit or the user may have taken it away meanwhile: then its file is swept.
        let _writing = self.write_lock.lock_in_background().await;
        let row = self.cache.file(part.id).await?;
        let same = |row: &FileRow| row.sealed.as_ref().is_some_and(|sealed| sealed.file == into);
        let Some(mut row) = row.filter(same) else {
            self.unnamed.notify_one();
            return Ok(());
        };
        match taken {
            Ok(Outcome::Further(name, file)) => {
                let received = file.plain_len();
                *self.held_arriving() = Some((name, file));
                row.received = received;
                self.live().postponed_downloads.forget(row.id);
                self.live().fetching = Some((row.id, received));
                let due = self.is_progress_due();
                let conversation = row.conversation;
                self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
                if due {
                    self.files_changed(conversation);
                }
                Ok(())
            }
            Ok(Outcome::Whole {
                size,
                sha256,
                media_type,
            }) => {
                row.size = Some(size);
                row.received = size;
                row.whole = true;
                row.wanted = false;
                row.unchecked = false;
                row.after_sent = AfterSent::Nothing;
                row.fault = None;
                row.last_used = row.last_used.max(self.now());
                if row.preview_of.is_some() {
                    row.sha256 = Some(sha256);
                    row.media_type = media_type.to_owned();
                }
                let conversation = row.conversation;
                self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
                self.live().fetching = None;
                self.files_changed(conversation);
                Ok(())
            }
            Ok(Outcome::Failed(fault)) => self.not_fetched(row, fault).await,
            Err(error) => {
                let fault = match error.kind() {
                    io::ErrorKind::InvalidData => AttachmentFault::Damaged,
                    _ => disk_fault(error),
                };
                self.not_fetched(row, fault).await
            }
        }
    }

    /// A file that is not to be had: nothing of it stays, and it is asked for again only by the user. One that may not be opened is
    /// tried again after a while: the user may have been outside for a moment, and be back.
    async fn not_fetched(&self, mut row: FileRow, fault: AttachmentFault) -> Result<(), CacheError> {
        let gone = row.let_go();
        row.wanted = false;
        row.unchecked = false;
        row.after_sent = match (row.after_sent, fault) {
            (AfterSent::Asking, AttachmentFault::Infected) => AfterSent::Refused,
            (AfterSent::Asking, AttachmentFault::NotAllowed) => AfterSent::Nothing,
            (as_before, _) => as_before,
        };
        row.fault = Some(fault);
        row.not_before = match fault {
            AttachmentFault::NotAllowed => self.now().plus(NOT_ALLOWED),
            _ => NEVER,
        };
        if fault == AttachmentFault::DiskFull {
            let until = self.now().plus(10 * Timestamp::MINUTE);
            self.live().no_fetching_before = Some(until);
        }
        let conversation = row.conversation;
        let counts = row.after_sent == AfterSent::Refused;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        self.unlink(gone.into_iter().collect()).await;
        self.live().fetching = None;
        match conversation.filter(|_| counts) {
            Some(conversation) => self.invalidate_conversation(conversation),
            None => self.files_changed(conversation),
        }
        Ok(())
    }

    async fn not_answered_part(
        &self,
        part: Part,
        failure: Failure,
    ) -> Result<Result<(), Failure>, CacheError> {
        let Failure::Server { code, retry_after } = failure else {
            return Ok(Err(failure));
        };
        let fault = match code {
            ErrorCode::NotFound => AttachmentFault::NotAllowed,
            ErrorCode::AttachmentInfected => AttachmentFault::Infected,
            ErrorCode::RangeInvalid => AttachmentFault::Damaged,
            ErrorCode::AttachmentNotChecked => {
                let _writing = self.write_lock.lock_in_background().await;
                if let Some(row) = self.cache.file(part.id).await? {
                    self.live().fetching = None;
                    self.not_checked_yet(row, retry_after).await?;
                }
                return Ok(Ok(()));
            }
            _ => return Ok(Err(failure)),
        };
        let _writing = self.write_lock.lock_in_background().await;
        if let Some(row) = self.cache.file(part.id).await? {
            self.not_fetched(row, fault).await?;
        }
        Ok(Ok(()))
    }

    /// It is asked for again when the server says, or in a minute.
    async fn not_checked_yet(&self, mut row: FileRow, retry_after: Option<u64>) -> Result<(), CacheError> {
        let wait = retry_after.map_or(UNCHECKED, |seconds| {
            i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000)
        });
        row.unchecked = true;
        row.not_before = self.now().plus(wait.max(1_000));
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        self.files_changed(conversation);
        Ok(())
    }

    fn files_changed(&self, conversation: Option<conversation::ConversationId>) {
        let stale = conversation.map(|conversation| Invalidated::Conversation { conversation });
        self.invalidate(stale.into_iter().collect());
    }

    async fn file_changed(&self, id: AttachmentId) {
        if let Ok(Some(row)) = self.cache.file(id).await {
            self.files_changed(row.conversation);
        }
    }
}

#[cfg(test)]
#[path = "downloads_tests.rs"]
mod tests;
