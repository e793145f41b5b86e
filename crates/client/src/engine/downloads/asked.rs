//! The wishes of the user about files of messages.

use std::io;

use conversation::{AttachmentId, Timestamp};

use crate::cache::{CacheError, Change, NEVER, Sealed};
use crate::engine::Engine;
use crate::engine::kept_files::reader;
use crate::files::digest;
use crate::model::AttachmentFault;

impl Engine {
    /// Somebody wants a file of a message: it is fetched before all else. One that is here and damaged is fetched anew.
    pub(crate) async fn want(&self, id: AttachmentId) -> Result<Result<(), AttachmentFault>, CacheError> {
        let damaged = match self.cache.file(id).await?.filter(|row| row.whole) {
            Some(row) => {
                let store = self.files.clone();
                let whole = self.files.run(move || {
                    let read = digest(reader(&store, &row)?)?;
                    Ok::<_, io::Error>(row.sha256.is_none_or(|named| named == read))
                });
                !matches!(whole.await.and_then(|whole| whole), Ok(true))
            }
            None => false,
        };
        let _writing = self.write_lock.lock().await;
        let Some(mut row) = self.cache.file(id).await?.filter(|row| row.number.is_some()) else {
            return Ok(Err(AttachmentFault::NotAllowed));
        };
        if row.whole && !damaged {
            return Ok(Ok(()));
        }
        let gone: Option<Sealed> = if damaged { row.let_go() } else { None };
        self.live().postponed_downloads.forget(id);
        row.wanted = true;
        row.unchecked = false;
        row.fault = None;
        row.not_before = Timestamp::default();
        row.last_used = self.now();
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        self.unlink(gone.into_iter().collect()).await;
        self.files_changed(conversation);
        self.downloads.notify_one();
        Ok(Ok(()))
    }

    /// Nobody waits for it any more: what came of it goes.
    pub(crate) async fn not_wanted(&self, id: AttachmentId) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let Some(mut row) = self.cache.file(id).await?.filter(|row| row.number.is_some()) else {
            return Ok(());
        };
        if row.whole {
            return Ok(());
        }
        let gone = row.let_go();
        row.wanted = false;
        row.unchecked = false;
        row.not_before = NEVER;
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        self.unlink(gone.into_iter().collect()).await;
        self.files_changed(conversation);
        Ok(())
    }

    /// A pinned file stays on this device.
    pub(crate) async fn pin(&self, id: AttachmentId, pinned: bool) -> Result<(), CacheError> {
        let _writing = self.write_lock.lock().await;
        let Some(mut row) = self.cache.file(id).await?.filter(|row| row.number.is_some()) else {
            return Ok(());
        };
        row.pinned = pinned;
        // A file that is to stay is to be here.
        if pinned && !row.whole {
            row.wanted = true;
            row.fault = None;
            row.not_before = Timestamp::default();
        }
        let conversation = row.conversation;
        self.cache.write(vec![Change::PutFile(Box::new(row))]).await?;
        self.files_changed(conversation);
        self.downloads.notify_one();
        Ok(())
    }
}
