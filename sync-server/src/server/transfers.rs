//! Files in and out without HTTP, and the jobs that work on them: for a simulation that drives the core itself.
//!
//! Each request is refused and done as the routes do it (`app::uploads`), but for the quotas by time, which are of the routes. Nothing
//! of it needs a runtime: a part is received as far as its bytes are there, whenever its future is polled.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use conversation::{AttachmentId, PersonId};
use futures_util::Stream;
use futures_util::future::BoxFuture;
use protocol::error::ErrorCode;

use crate::app::counts::Counts;
use crate::app::quotas::Quotas;
use crate::app::uploads::{self, Part, PartError, Uploads};
use crate::config::Config;
use crate::core::{Core, CoreError, NewUpload};
use crate::files::MemoryFolder;
use crate::jobs::{AttachmentFiles, FilesChecked, Swept, Worker};
use crate::store::StoreError;

/// The files of a server without HTTP. A clone is of the same server.
#[derive(Clone, Debug)]
pub struct Transfers {
    core: Arc<Core>,
    uploads: Arc<Uploads>,
    worker: Worker,
}

fn code(error: PartError) -> ErrorCode {
    match error {
        PartError::Code(code) => code,
        PartError::CoreError(_) => ErrorCode::Internal,
    }
}

impl Transfers {
    /// Of a server that begins; adds the recurring jobs that the store lacks.
    pub async fn open(
        core: Arc<Core>,
        folder: MemoryFolder,
        config: &Config,
    ) -> Result<Transfers, CoreError> {
        let files = AttachmentFiles::in_memory(folder);
        let quotas = Quotas::new(config, Arc::clone(&core.clock), Arc::new(Counts::default()));
        let limits = config.attachments.clone();
        let worker = Worker::open(Arc::clone(&core), files.clone(), None).await?;
        let uploads = Uploads::new(Arc::clone(&core), files, limits, Arc::new(quotas));
        Ok(Transfers {
            core,
            uploads: Arc::new(uploads),
            worker,
        })
    }

    /// Begins an upload, or goes on with it; how many bytes are there.
    pub async fn begin(&self, person: PersonId, new: &NewUpload) -> Result<u64, ErrorCode> {
        let begun = self.uploads.begin(person, new).await;
        begun.map(|row| row.received).map_err(code)
    }

    /// How many bytes of an upload are there.
    pub async fn offset(&self, person: PersonId, id: AttachmentId) -> Result<u64, ErrorCode> {
        let about = self.uploads.about(person, id).await;
        about.map(|row| row.received).map_err(code)
    }

    /// Receives a part; the offset after it. An error among its pieces ends it.
    pub fn receive(
        &self,
        (person, id): (PersonId, AttachmentId),
        (offset, length): (u64, Option<u64>),
        body: impl Stream<Item = Result<Bytes, ErrorCode>> + Send + Unpin + 'static,
    ) -> BoxFuture<'static, Result<u64, ErrorCode>> {
        let uploads = Arc::clone(&self.uploads);
        Box::pin(async move {
            let expected = uploads.expect(person, id, (offset, length)).await;
            let (_, _transfer) = expected.map_err(code)?;
            let part = Part {
                person,
                id,
                offset,
                checksum: None,
                body,
            };
            uploads::receive(&uploads, part).await.map_err(code)
        })
    }

    pub async fn cancel(&self, person: PersonId, id: AttachmentId) -> Result<(), ErrorCode> {
        uploads::cancel(&self.uploads, person, id).await.map_err(code)
    }

    /// At most so many bytes of a file from a place on, for a person who may open it.
    pub async fn read(
        &self,
        person: PersonId,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Result<Bytes, ErrorCode> {
        let (file, _transfer) = self.uploads.readable(person, id).await.map_err(code)?;
        if from >= file.size {
            return Err(ErrorCode::RangeInvalid);
        }
        let read = || {
            let mut reader = self
                .uploads
                .attachments
                .files
                .read(file.id, &file.key, file.size)?;
            reader.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            reader.take(u64::from(most)).read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(Bytes::from(bytes))
        };
        read().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ErrorCode::NotFound,
            _ => ErrorCode::Internal,
        })
    }

    /// Does the jobs that are due; how many.
    pub async fn work(&self) -> Result<usize, StoreError> {
        let mut done = 0;
        for queue in self.worker.queues() {
            done += self.worker.work(queue).await?;
        }
        Ok(done)
    }

    /// Deletes uploads that no message named in time, and counts files that no row names.
    pub async fn sweep(&self) -> Result<Swept, CoreError> {
        self.uploads.attachments.sweep(&self.core, false).await
    }

    /// Reads every file that a message names.
    pub async fn check(&self) -> Result<FilesChecked, CoreError> {
        self.uploads.attachments.check(&self.core).await
    }

    /// How many transfers have not ended.
    pub fn in_progress(&self) -> usize {
        self.uploads.transfers.count()
    }
}
