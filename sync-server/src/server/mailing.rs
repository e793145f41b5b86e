//! Attention mail without sockets: its jobs over a mailer of the test, for a core that the test drives itself.

use std::sync::Arc;

use crate::core::{Core, CoreError};
use crate::files::MemoryFolder;
use crate::jobs::{AttachmentFiles, Queue, Worker};
use crate::mail::{MailCounts, Mailer, Outgoing};
use crate::store::StoreError;

/// The workers of one server. A clone is of the same server.
#[derive(Clone, Debug)]
pub struct Mailing {
    worker: Worker,
    outgoing: Outgoing,
}

impl Mailing {
    /// Of a core that mails.
    pub async fn open(core: Arc<Core>, mailer: Arc<dyn Mailer>) -> Result<Mailing, CoreError> {
        let outgoing = Outgoing::by(mailer);
        let files = AttachmentFiles::in_memory(MemoryFolder::default());
        let worker = Worker::open(core, files, Some(outgoing.clone())).await?;
        Ok(Mailing { worker, outgoing })
    }

    /// Looks at the conversations that are due; how many.
    pub async fn attend(&self) -> Result<usize, StoreError> {
        self.worker.work(Queue::Attention).await
    }

    /// Does the jobs of persons that are due, up to as many as a worker does between two pauses; how many.
    pub async fn mail(&self) -> Result<usize, StoreError> {
        self.worker.work(Queue::Mail).await
    }

    /// Does all jobs of upkeep that are due; how many.
    pub async fn keep_up(&self) -> Result<usize, StoreError> {
        self.worker.work(Queue::Upkeep).await
    }

    pub fn counts(&self) -> &MailCounts {
        &self.outgoing.counts
    }
}
