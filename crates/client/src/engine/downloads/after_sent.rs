//! Files that were sent from here, of which the server's scanner may answer after their message was accepted.
//!
//! While the scanner does not answer, the message stands and nobody opens the file. The device that sent it asks for one byte,
//! as a colleague would, until the server gives it or says that the file was refused; then the user sees it until they acknowledge it.

use bytes::Bytes;
use conversation::AttachmentId;
use protocol::error::ErrorCode;

use super::{Part, Purpose};
use crate::cache::{AfterSent, CacheError, Change, ToFetch};
use crate::engine::Engine;
use crate::model::AttachmentFault;
use crate::ports::Failure;

impl Engine {
    pub(super) async fn next_to_ask_about(&self) -> Result<Option<Part>, CacheError> {
        let due = self.next_to_fetch(ToFetch::Asking, self.now()).await?;
        Ok(due.map(|row| Part {
            id: row.id,
            from: 0,
            most: 1,
            purpose: Purpose::ToAsk,
        }))
    }

    pub(super) async fn answered_after_sent(
        &self,
        id: AttachmentId,
        answer: Result<Bytes, Failure>,
    ) -> Result<Result<(), Failure>, CacheError> {
        let _writing = self.write_lock.lock_in_background().await;
        let asked = self.cache.file(id).await?;
        let Some(mut row) = asked.filter(|row| row.after_sent == AfterSent::Asking) else {
            return Ok(Ok(()));
        };
        match answer {
            Ok(_) => {}
            Err(Failure::Server {
                code: ErrorCode::AttachmentNotChecked,
                retry_after,
            }) => {
                self.live().postponed_downloads.forget(id);
                self.not_checked_yet(row, retry_after).await?;
                return Ok(Ok(()));
            }
            Err(Failure::Server {
                code: ErrorCode::AttachmentInfected,
                ..
            }) => {
                self.not_fetched(row, AttachmentFault::Infected).await?;
                return Ok(Ok(()));
            }
            // Its message was deleted or edited meanwhile, or is no longer the user's to see.
            Err(Failure::Server {
                code: ErrorCode::NotFound,
                ..
            }) => {}
            Err(failure) => return Ok(Err(failure)),
        }
        self.live().postponed_downloads.forget(id);
        let was_unchecked = row.unchecked;
        row.unchecked = false;
        row.after_sent = AfterSent::Nothing;
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        if was_unchecked {
            self.files_changed(conversation);
        }
        Ok(Ok(()))
    }

    /// The user knows that a file was refused.
    pub(crate) async fn acknowledge_refused(&self, id: AttachmentId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let refused = self.cache.file(id).await?;
        let Some(mut row) = refused.filter(|row| row.after_sent == AfterSent::Refused) else {
            return Ok(());
        };
        row.after_sent = AfterSent::Nothing;
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        if let Some(conversation) = conversation {
            self.invalidate_conversation(conversation);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "after_sent_tests.rs"]
mod tests;
