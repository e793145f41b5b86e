//! Uploads that go up once more, that wait, or that leave now.

use std::collections::HashSet;

use conversation::{AttachmentId, ConversationId, Refusal};

use crate::cache::{CacheError, Change, OutboxRow, OutboxState, UploadRow, UploadState};
use crate::engine::Engine;
use crate::model::Invalidated;

impl Engine {
    /// A command that is refused as not there goes up from the start, once; `None` where that was done, or
    /// where no file went up with it.
    pub(in crate::engine) async fn up_again(
        &self,
        row: &OutboxRow,
    ) -> Result<Option<Vec<Change>>, CacheError> {
        // An edit lists files that its message has or had: none of them goes up with it.
        if row.command.action.makes().is_none() {
            return Ok(None);
        }
        let files = row.command.action.attachments();
        let ids: Vec<AttachmentId> = files.iter().flat_map(|file| file.uploads()).collect();
        let uploads = self.cache.uploads().await?;
        let mut of: Vec<UploadRow> = uploads
            .into_iter()
            .filter(|upload| ids.contains(&upload.id))
            .collect();
        if of.is_empty() || of.iter().any(|upload| upload.again) {
            return Ok(None);
        }
        for upload in &mut of {
            upload.state = UploadState::Waiting;
            upload.again = true;
        }
        Ok(Some(of.into_iter().map(Change::PutUpload).collect()))
    }

    /// The files of a command that is tried again go up anew, but for those that the server has.
    pub(in crate::engine) async fn uploads_retried(
        &self,
        row: &OutboxRow,
    ) -> Result<Vec<Change>, CacheError> {
        if row.command.action.makes().is_none() {
            return Ok(Vec::new());
        }
        let not_there = row.state
            == OutboxState::Refused {
                refusal: Refusal::AttachmentNotThere,
            };
        let files = row.command.action.attachments();
        let ids: HashSet<AttachmentId> = files.iter().flat_map(|file| file.uploads()).collect();
        let uploads = self.cache.uploads().await?;
        let of = uploads
            .into_iter()
            .filter(|upload| ids.contains(&upload.id) && (not_there || upload.fault.is_some()));
        Ok(of
            .map(|upload| Change::PutUpload(UploadRow::new(upload.id)))
            .collect())
    }

    /// Nothing goes up for now: what was on its way waits.
    pub(crate) async fn uploads_paused(&self) {
        self.live().uploading = None;
        let outbox = self.cache.outbox(None).await.unwrap_or_default();
        let waiting = outbox
            .iter()
            .filter(|row| row.state == OutboxState::Waiting && !row.command.action.attachments().is_empty());
        let stale: HashSet<ConversationId> = waiting.map(|row| row.conversation).collect();
        let stale = stale.into_iter();
        self.invalidate(
            stale
                .map(|conversation| Invalidated::Conversation { conversation })
                .collect(),
        );
    }

    /// Whether files wait because they failed again and again.
    pub(crate) fn has_postponed_uploads(&self) -> bool {
        self.live().postponed_uploads.len() > 0
    }

    /// W3: tells the screen of messages that can no longer be taken back since this was asked, and lets them go; how many
    /// milliseconds until the next one.
    pub(crate) async fn look_at_leaving(&self) -> Result<Option<i64>, CacheError> {
        let _writing = self.write_lock.lock_in_background().await;
        // By a guessed time it would leave too early or too late.
        self.put_times_right().await?;
        let now = self.now();
        let mut next = None;
        let mut left = Vec::new();
        for row in self.cache.outbox(None).await? {
            let Some(at) = row.leaves_at.filter(|_| row.state == OutboxState::Waiting) else {
                continue;
            };
            let wait = at.since(now);
            if wait > 0 {
                next = Some(next.map_or(wait, |next: i64| next.min(wait)));
            } else if self.live().left.insert(row.command.id) {
                left.push(row.conversation);
            }
        }
        for conversation in left {
            self.invalidate_conversation(conversation);
            self.bell.notify_one();
            self.uploads.notify_one();
        }
        Ok(next)
    }
}
