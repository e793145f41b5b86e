//! Files on their way to the server, before the command that lists them (F2, M7, W3).
//!
//! ```text
//!   sent ──► Waiting ──begun──► Begun ──last part──► Done ──► its command goes out
//!              ▲  ▲               │ │
//!              │  └─server swept──┘ └─refused by the server──► a fault: its command is refused
//!              ├──refused as not there, once
//!              └──begun for another message before: cancelled first, once
//!   taken back, from each of them ──► Cancelled ──server was notified──► (gone)
//! ```
//!
//! One part is under way at a time, of the message that is finished soonest. How far the server is it is asked at the start
//! of the program, after a break, and where it is further than was assumed. Nothing leaves before the message was sent and
//! can no longer be taken back.

mod again;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::{self, Read as _};

use bytes::Bytes;
use conversation::{Action, AttachmentId, ConversationId, Refusal};
use protocol::error::ErrorCode;

use super::Engine;
use super::gate::is_leaving;
use super::kept_files::reader;
use super::outbox::STALE_AFTER;
use crate::cache::{CacheError, Change, FileRow, OutboxRow, OutboxState, UploadRow, UploadState};
use crate::model::{AttachmentFault, Connection, Invalidated};
use crate::ports::{Failure, NewUpload};

/// Bytes of one part, at the most; and of one after larger ones did not get through, at the least. A gateway may let no large
/// request pass, and a slow line no long one.
pub const PART: u32 = 4 * 1024 * 1024;
const SMALLEST: u32 = 128 * 1024;

/// The sizes of parts on this device.
#[derive(Clone, Copy, Debug)]
pub struct PartSizes {
    pub least: u32,
    pub most: u32,
}

impl Default for PartSizes {
    fn default() -> PartSizes {
        PartSizes {
            least: SMALLEST,
            most: PART,
        }
    }
}

/// The next request about an upload.
#[derive(Clone, PartialEq, Eq)]
pub enum UploadStep {
    Begin(NewUpload),
    /// How far it is.
    Ask(AttachmentId),
    Part {
        id: AttachmentId,
        offset: u64,
        bytes: Bytes,
    },
    Cancel(AttachmentId),
}

/// Blank but for the place: the bytes are content.
impl fmt::Debug for UploadStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UploadStep::Begin(new) => write!(f, "Begin({})", new.id),
            UploadStep::Ask(id) => write!(f, "Ask({id})"),
            UploadStep::Part { id, offset, .. } => write!(f, "Part({id} at {offset})"),
            UploadStep::Cancel(id) => write!(f, "Cancel({id})"),
        }
    }
}

impl UploadStep {
    pub fn id(&self) -> AttachmentId {
        match self {
            UploadStep::Begin(new) => new.id,
            UploadStep::Ask(id) | UploadStep::Cancel(id) | UploadStep::Part { id, .. } => *id,
        }
    }
}

/// A message of which files are to go up now.
struct Candidate {
    row: OutboxRow,
    uploads: Vec<UploadRow>,
    left: u64,
}

impl Engine {
    /// With parts of other sizes, so that small files go in several requests.
    #[cfg(any(test, feature = "test-support"))]
    pub fn with_part_sizes(mut self, parts: PartSizes) -> Engine {
        self.live().part = parts.most;
        self.parts = parts;
        self
    }

    /// The next request; `None` if there is none to make now.
    pub async fn next_upload(&self) -> Result<Option<UploadStep>, CacheError> {
        loop {
            let (upload, file, row) = {
                let _writing = self.write_lock.lock_in_background().await;
                let uploads = self.cache.uploads().await?;
                if uploads.is_empty() || self.live().restored {
                    return Ok(None);
                }
                // Whether a message can still be taken back is not decided by a guessed time.
                self.put_times_right().await?;
                let is_cancelled = |upload: &&UploadRow| upload.state == UploadState::Cancelled;
                if let Some(cancelled) = uploads.iter().find(is_cancelled) {
                    return Ok(Some(UploadStep::Cancel(cancelled.id)));
                }
                let Some(Candidate { row, uploads, .. }) = self.candidate(&uploads).await? else {
                    return Ok(None);
                };
                let Some(upload) = uploads.first().copied() else {
                    return Ok(None);
                };
                let file = self.cache.file(upload.id).await?;
                let Some(file) = file.filter(|file| file.whole && file.sealed.is_some()) else {
                    self.fail(upload.id, AttachmentFault::Damaged, Refusal::AttachmentNotThere)
                        .await?;
                    continue;
                };
                (upload, file, row)
            };
            let id = upload.id;
            let offset = match upload.state {
                UploadState::Begun { offset } if self.live().upload_known.contains(&id) => offset,
                UploadState::Begun { .. } => return Ok(Some(UploadStep::Ask(id))),
                _ => {
                    return Ok(Some(UploadStep::Begin(NewUpload {
                        id,
                        conversation: row.conversation,
                        size: file.size.unwrap_or_default(),
                        name: uploaded_name(&file),
                    })));
                }
            };
            let store = self.files.clone();
            let part = u64::from(self.live().part);
            let read = self.files.run(move || {
                let mut reader = reader(&store, &file)?;
                let mut bytes = Vec::new();
                reader.range(offset..offset + part)?.read_to_end(&mut bytes)?;
                Ok::<_, io::Error>(bytes)
            });
            match read.await.and_then(|read| read) {
                Ok(bytes) if !bytes.is_empty() => {
                    self.live().uploading = Some((id, offset));
                    let bytes = Bytes::from(bytes);
                    return Ok(Some(UploadStep::Part { id, offset, bytes }));
                }
                // Not whole any more on this device.
                _ => {
                    let _writing = self.write_lock.lock_in_background().await;
                    self.fail(id, AttachmentFault::Damaged, Refusal::AttachmentNotThere)
                        .await?;
                }
            }
        }
    }

    /// Of the messages whose files may go up now, the one with the fewest bytes left.
    async fn candidate(&self, uploads: &[UploadRow]) -> Result<Option<Candidate>, CacheError> {
        let uploads: HashMap<AttachmentId, &UploadRow> =
            uploads.iter().map(|upload| (upload.id, upload)).collect();
        let now = self.now();
        let mut halted: HashSet<ConversationId> = HashSet::new();
        let mut best: Option<Candidate> = None;
        for row in self.cache.outbox(None).await? {
            let id = row.conversation;
            let starts = matches!(row.command.action, Action::Start { .. });
            let waits = row.state == OutboxState::Waiting;
            let stale = waits && !row.send_still && now.since(row.given_at) > STALE_AFTER;
            let may_go = waits && !stale && !halted.contains(&id) && !is_leaving(&row, now);
            // The server has no conversation yet; of one that was started again it does.
            let on_its_way = waits || matches!(row.state, OutboxState::Sending | OutboxState::Held);
            if stale || row.state == OutboxState::Stale || starts && on_its_way {
                halted.insert(id);
            }
            if !may_go {
                continue;
            }
            // The preview goes first: it is small.
            let files = row.command.action.attachments();
            let ids = files
                .iter()
                .flat_map(|file| file.preview.into_iter().chain([file.id]));
            let mut left: Vec<UploadRow> = ids.filter_map(|id| uploads.get(&id).map(|row| **row)).collect();
            left.retain(|upload| matches!(upload.state, UploadState::Waiting | UploadState::Begun { .. }));
            let counted = self.time.counted();
            if left
                .iter()
                .any(|upload| self.live().postponed_uploads.waits(upload.id, counted))
            {
                continue;
            }
            if left.is_empty() || self.cache.conversation(id).await?.is_some_and(|row| row.restored) {
                continue;
            }
            let files = self
                .cache
                .files(left.iter().map(|upload| upload.id).collect())
                .await?;
            let whole: u64 = files.iter().filter_map(|file| file.size).sum();
            let sent: u64 = left.iter().map(|upload| sent(upload.state)).sum();
            let bytes = whole.saturating_sub(sent);
            if best.as_ref().is_none_or(|best| bytes < best.left) {
                best = Some(Candidate {
                    row,
                    uploads: left,
                    left: bytes,
                });
            }
        }
        Ok(best)
    }

    /// Records the outcome of a step. An error says why the next one has to wait.
    pub async fn uploaded(&self, step: &UploadStep, answer: Result<u64, Failure>) -> Result<(), Failure> {
        let id = step.id();
        let _writing = self.write_lock.lock_in_background().await;
        let recorded = self.record(step, answer).await;
        let failure = match recorded {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(error) => {
                tracing::error!(%error, "the cache failed");
                Failure::Malformed
            }
        };
        let mut live = self.live();
        if matches!(step, UploadStep::Part { .. }) {
            live.part = (live.part / 2).max(self.parts.least);
        }
        live.upload_known.remove(&id);
        live.uploading = None;
        // Without a network all fail alike.
        if live.connection == Connection::Online {
            live.postponed_uploads.failed(id, self.time.counted());
        }
        Err(failure)
    }

    async fn record(
        &self,
        step: &UploadStep,
        answer: Result<u64, Failure>,
    ) -> Result<Result<(), Failure>, CacheError> {
        let id = step.id();
        let uploads = self.cache.uploads().await?;
        // Meanwhile it may have been taken back, or sent again after that.
        let Some(mut upload) = uploads.into_iter().find(|upload| upload.id == id) else {
            return Ok(Ok(()));
        };
        let is_cancelled = upload.state == UploadState::Cancelled;
        if let UploadStep::Cancel(_) = step {
            let listed = is_cancelled && self.command_of(id).await?.is_some();
            return match answer {
                Err(failure @ Failure::Server { code, .. }) if listed && code != ErrorCode::NotFound => {
                    Ok(Err(failure))
                }
                // As far as the server can, it has forgotten it; or it never was of this user. Begun once more, it is taken or is not.
                Ok(_) | Err(Failure::Server { .. }) => {
                    let change = if is_cancelled && !listed {
                        self.live().upload_conflicted.remove(&id);
                        Change::DropUpload(id)
                    } else {
                        Change::PutUpload(UploadRow {
                            again: upload.again,
                            ..UploadRow::new(id)
                        })
                    };
                    self.cache.write(vec![change]).await?;
                    Ok(Ok(()))
                }
                Err(failure) => Ok(Err(failure)),
            };
        }
        if is_cancelled {
            return Ok(Ok(()));
        }
        let failure = match answer {
            Ok(offset) => return self.reached(step, upload, offset).await,
            Err(failure) => failure,
        };
        let Failure::Server { code, .. } = failure else {
            return Ok(Err(failure));
        };
        let begins = matches!(step, UploadStep::Begin(_));
        let (fault, refusal) = match code {
            // Perhaps it is this device's own, begun for a message that was taken back before that was known here.
            ErrorCode::UploadConflict if begins && self.live().upload_conflicted.insert(id) => {
                upload.state = UploadState::Cancelled;
                self.cache.write(vec![Change::PutUpload(upload)]).await?;
                return Ok(Ok(()));
            }
            ErrorCode::NotFound | ErrorCode::UploadConflict if begins => {
                (AttachmentFault::NotAllowed, Refusal::AttachmentNotThere)
            }
            // The server swept it.
            ErrorCode::NotFound => {
                upload.state = UploadState::Waiting;
                self.cache.write(vec![Change::PutUpload(upload)]).await?;
                return Ok(Ok(()));
            }
            ErrorCode::AttachmentTooLarge => (AttachmentFault::TooLarge, Refusal::AttachmentTooLarge),
            // Programs do not come so far: it is of a kind that the user's organisation does not accept.
            ErrorCode::AttachmentRefused => (AttachmentFault::NotAccepted, Refusal::AttachmentRefused),
            ErrorCode::AttachmentInfected => (AttachmentFault::Infected, Refusal::AttachmentRefused),
            ErrorCode::BadRequest => (AttachmentFault::Unreadable, Refusal::Malformed),
            // These may end by themselves, or by what the user does; they are shown meanwhile.
            ErrorCode::TooManyUploads | ErrorCode::NoRoom => {
                upload.fault = Some(if code == ErrorCode::NoRoom {
                    AttachmentFault::ServerFull
                } else {
                    AttachmentFault::TooManyUploads
                });
                self.cache.write(vec![Change::PutUpload(upload)]).await?;
                return Ok(Err(failure));
            }
            _ => return Ok(Err(failure)),
        };
        self.fail(id, fault, refusal).await?;
        Ok(Ok(()))
    }

    /// The server has so many bytes of it.
    async fn reached(
        &self,
        step: &UploadStep,
        mut upload: UploadRow,
        offset: u64,
    ) -> Result<Result<(), Failure>, CacheError> {
        let id = upload.id;
        let file = self.cache.file(id).await?;
        let size = file.and_then(|file| file.size).unwrap_or_default();
        let stands = matches!(step, UploadStep::Part { offset: from, .. } if offset <= *from);
        if offset > size || stands {
            return Ok(Err(Failure::Malformed));
        }
        upload.fault = None;
        upload.state = if offset == size {
            UploadState::Done
        } else {
            UploadState::Begun { offset }
        };
        self.cache.write(vec![Change::PutUpload(upload)]).await?;
        let done = upload.state == UploadState::Done;
        {
            let mut live = self.live();
            live.upload_known.insert(id);
            live.upload_conflicted.remove(&id);
            live.postponed_uploads.forget(id);
            if matches!(step, UploadStep::Part { .. }) {
                live.part = live.part.saturating_mul(2).min(self.parts.most);
            }
            live.uploading = (!done).then_some((id, offset));
        }
        if done || self.is_progress_due() {
            let conversation = self.command_of(id).await?.map(|row| row.conversation);
            self.invalidate(
                conversation
                    .map(|conversation| Invalidated::Conversation { conversation })
                    .into_iter()
                    .collect(),
            );
        }
        if done {
            self.bell.notify_one();
        }
        Ok(Ok(()))
    }

    /// The command in the outbox that waits for a file.
    async fn command_of(&self, id: AttachmentId) -> Result<Option<OutboxRow>, CacheError> {
        let lists = |row: &OutboxRow| {
            let mut files = row.command.action.attachments().iter();
            files.any(|file| file.uploads().any(|upload| upload == id))
        };
        Ok(self.cache.outbox(None).await?.into_iter().find(lists))
    }

    /// A file that cannot go up: its command is refused, and keeps its text and its files.
    async fn fail(
        &self,
        id: AttachmentId,
        fault: AttachmentFault,
        refusal: Refusal,
    ) -> Result<(), CacheError> {
        self.live().uploading = None;
        let mut changes = vec![Change::PutUpload(UploadRow {
            fault: Some(fault),
            ..UploadRow::new(id)
        })];
        let row = self.command_of(id).await?;
        let conversation = row.as_ref().map(|row| row.conversation);
        if let Some(mut row) = row.filter(|row| row.state == OutboxState::Waiting) {
            row.state = OutboxState::Refused { refusal };
            changes.push(Change::PutOutbox(Box::new(row)));
        }
        self.cache.write(changes).await?;
        if let Some(conversation) = conversation {
            self.invalidate_conversation(conversation);
        }
        self.bell.notify_one();
        Ok(())
    }
}

fn sent(state: UploadState) -> u64 {
    match state {
        UploadState::Begun { offset } => offset,
        _ => 0,
    }
}

/// A preview has no name of its own.
fn uploaded_name(file: &FileRow) -> String {
    if file.preview_of.is_none() {
        return file.name.clone();
    }
    match file.media_type.as_str() {
        "image/png" => "preview.png".to_owned(),
        _ => "preview.jpg".to_owned(),
    }
}

#[cfg(test)]
#[path = "uploads_tests.rs"]
mod tests;
