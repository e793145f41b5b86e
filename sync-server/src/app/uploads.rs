//! Receives the bytes of files, from one request for each file at a time: the newest.
//!
//! [`requests`] says what each request about a file is refused for.
//!
//! A request that hangs would keep the place of the one that its client sends after it, so the newest one ends it first; what came by
//! then is kept. A part that came with its digest is kept whole or not at all; any other as far as it came.

mod requests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use conversation::{AttachmentId, PersonId};
use futures_util::{Stream, StreamExt as _};
use protocol::error::ErrorCode;
use sha2::Digest as _;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use super::quotas::Quotas;
use super::transfer_limits::TransferLimits;
use crate::config::AttachmentLimits;
use crate::core::{Core, CoreError, Uploading};
use crate::files::{ReceiveError, Receiving, Whole};
use crate::jobs::AttachmentFiles;
use crate::scanner::Verdict;
use crate::store::{AttachmentRow, ReceivedPart, WholeFile};

/// Bytes that are gathered before they are sealed.
const GATHERED: usize = 128 * 1024;
/// Bytes after which the store records how far a file is.
const SAVED_EACH: u64 = 8 * 1024 * 1024;
/// Bytes that a part counts for at least: each is made durable, however small it is.
const LEAST_COUNTED: usize = 1024 * 1024;

/// The uploads in progress, and what all transfers take of the server.
#[derive(Debug)]
pub(crate) struct Uploads {
    core: Arc<Core>,
    pub(crate) attachments: AttachmentFiles,
    pub(crate) limits: AttachmentLimits,
    quotas: Arc<Quotas>,
    pub(crate) transfers: TransferLimits,
    receivers: Mutex<HashMap<AttachmentId, Arc<Receiver>>>,
    /// The server stops.
    stopped: CancellationToken,
}

/// The place of the one request that receives a file.
#[derive(Debug, Default)]
struct Receiver {
    /// Ends the request that holds the place.
    ended: Mutex<CancellationToken>,
    held: Arc<AsyncMutex<()>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Uploads {
    pub(crate) fn new(
        core: Arc<Core>,
        attachments: AttachmentFiles,
        limits: AttachmentLimits,
        quotas: Arc<Quotas>,
    ) -> Uploads {
        Uploads {
            core,
            attachments,
            limits,
            quotas,
            transfers: TransferLimits::default(),
            receivers: Mutex::default(),
            stopped: CancellationToken::new(),
        }
    }

    /// Ends all uploads in progress, which keep what came.
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    /// The place of a file's receiver, after ending the one that holds it.
    async fn take_place(&self, id: AttachmentId) -> Place {
        let ended = CancellationToken::new();
        let receiver = {
            let mut receivers = locked(&self.receivers);
            receivers.retain(|_, receiver| Arc::strong_count(receiver) > 1);
            Arc::clone(receivers.entry(id).or_default())
        };
        std::mem::replace(&mut *locked(&receiver.ended), ended.clone()).cancel();
        Place {
            _held: Arc::clone(&receiver.held).lock_owned().await,
            _receiver: receiver,
            ended,
        }
    }
}

/// Held by the one request that receives a file.
#[derive(Debug)]
struct Place {
    _held: OwnedMutexGuard<()>,
    _receiver: Arc<Receiver>,
    /// Cancelled by a newer request.
    ended: CancellationToken,
}

/// A digest of a part, as its sender says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

enum Digester {
    Sha1(sha1::Sha1, [u8; 20]),
    Sha256(sha2::Sha256, [u8; 32]),
}

impl Digester {
    fn new(checksum: Checksum) -> Digester {
        match checksum {
            Checksum::Sha1(expected) => Digester::Sha1(sha1::Sha1::new(), expected),
            Checksum::Sha256(expected) => Digester::Sha256(sha2::Sha256::new(), expected),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Digester::Sha1(digest, _) => digest.update(bytes),
            Digester::Sha256(digest, _) => digest.update(bytes),
        }
    }

    fn matches(self) -> bool {
        match self {
            Digester::Sha1(digest, expected) => digest.finalize()[..] == expected,
            Digester::Sha256(digest, expected) => digest.finalize()[..] == expected,
        }
    }
}

/// More bytes of a file, as they arrive.
pub(crate) struct Part<B> {
    pub(crate) person: PersonId,
    pub(crate) id: AttachmentId,
    pub(crate) offset: u64,
    pub(crate) checksum: Option<Checksum>,
    /// An item that is an error ends it: the rest does not come.
    pub(crate) body: B,
}

/// Why a part was not taken, or not to its end.
#[derive(Debug)]
pub(crate) enum PartError {
    Code(ErrorCode),
    CoreError(CoreError),
}

impl From<ErrorCode> for PartError {
    fn from(code: ErrorCode) -> PartError {
        PartError::Code(code)
    }
}

impl From<CoreError> for PartError {
    fn from(error: CoreError) -> PartError {
        PartError::CoreError(error)
    }
}

impl From<ReceiveError> for PartError {
    fn from(error: ReceiveError) -> PartError {
        match error {
            ReceiveError::TooLong => PartError::Code(ErrorCode::TooLarge),
            ReceiveError::Lost => PartError::Code(ErrorCode::NotFound),
            ReceiveError::Io(error) => PartError::from(error),
        }
    }
}

impl From<std::io::Error> for PartError {
    fn from(error: std::io::Error) -> PartError {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded) {
            return PartError::Code(ErrorCode::NoRoom);
        }
        tracing::error!(%error, "a file could not be written");
        PartError::Code(ErrorCode::Internal)
    }
}

/// Receives a part; answers with the offset after it. Goes on when the request is dropped, to keep what came.
pub(crate) async fn receive<B>(uploads: &Arc<Uploads>, part: Part<B>) -> Result<u64, PartError>
where
    B: Stream<Item = Result<Bytes, ErrorCode>> + Send + Unpin + 'static,
{
    let receiving = received(Arc::clone(uploads), part);
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => {
            let task = runtime.spawn(receiving);
            task.await.unwrap_or(Err(PartError::Code(ErrorCode::Internal)))
        }
        // A simulation has no runtime.
        Err(_) => receiving.await,
    }
}

async fn received<B>(uploads: Arc<Uploads>, part: Part<B>) -> Result<u64, PartError>
where
    B: Stream<Item = Result<Bytes, ErrorCode>> + Send + Unpin,
{
    let Part {
        person,
        id,
        offset,
        checksum,
        mut body,
    } = part;
    let place = uploads.take_place(id).await;
    let Some(upload) = uploads.core.upload(person, id).await? else {
        return Err(ErrorCode::NotFound.into());
    };
    let row = &upload.row;
    if row.sha256.is_some() || row.received != offset {
        return match (row.sha256.is_some(), row.refused) {
            (true, true) => Err(ErrorCode::AttachmentRefused.into()),
            _ => Err(ErrorCode::UploadConflict.into()),
        };
    }
    let mut digester = checksum.map(Digester::new);
    let (files, random, secret) = (
        uploads.attachments.files.clone(),
        Arc::clone(&uploads.core.random),
        upload.key.clone(),
    );
    let begun = row.clone();
    let receiving = match on_piece(&uploads, move || files.receive(&begun, secret, random.as_ref())).await {
        Err(PartError::Code(ErrorCode::NotFound)) => {
            // Nothing can go on from there, and the same upload can begin again.
            forget(&uploads, person, id).await?;
            return Err(ErrorCode::NotFound.into());
        }
        receiving => receiving?,
    };
    let mut writer = PartWriter {
        uploads: &uploads,
        saved: receiving.received(),
        receiving: Some(receiving),
        gathered: Vec::new(),
    };
    uploads.quotas.was_transferred(person, LEAST_COUNTED);
    let mut prepaid = LEAST_COUNTED;
    let broken = loop {
        let next = tokio::select! {
            biased;
            () = place.ended.cancelled() => Some(Err(ErrorCode::UploadConflict)),
            () = uploads.stopped.cancelled() => Some(Err(ErrorCode::Stopping)),
            next = body.next() => next,
        };
        let bytes = match next {
            None => break None,
            Some(Err(code)) => break Some(code),
            Some(Ok(bytes)) => bytes,
        };
        let counted = bytes.len().min(prepaid);
        prepaid -= counted;
        uploads.quotas.was_transferred(person, bytes.len() - counted);
        if let Some(digester) = &mut digester {
            digester.update(&bytes);
        }
        writer.push(&bytes).await?;
        // Until its digest is known, a part is nothing.
        if digester.is_none() {
            writer.save_now_and_then().await?;
        }
    };
    // The scanner may take long, and the transfer is over.
    drop(body);
    if let Some(code) = broken {
        if digester.is_none() {
            writer.flush().await?;
            // All bytes came, though not the end of the request.
            if writer.is_whole() {
                return writer.finish(&upload).await;
            }
            writer.save().await?;
        }
        return Err(code.into());
    }
    if digester.is_some_and(|digester| !digester.matches()) {
        return Err(ErrorCode::ChecksumMismatch.into());
    }
    writer.flush().await?;
    if !writer.is_whole() {
        return writer.save().await;
    }
    writer.finish(&upload).await
}

/// Works on a piece of a file.
async fn on_piece<T: Send + 'static, E: Send + 'static>(
    uploads: &Uploads,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, PartError>
where
    PartError: From<E>,
{
    Ok(uploads.transfers.on_piece(work).await??)
}

/// One part on its way to the disk and into the store.
struct PartWriter<'a> {
    uploads: &'a Uploads,
    /// `None` after a failure: nothing more is written.
    receiving: Option<Receiving>,
    gathered: Vec<u8>,
    /// How far the store knows.
    saved: u64,
}

impl PartWriter<'_> {
    async fn push(&mut self, bytes: &[u8]) -> Result<(), PartError> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), PartError> {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.is_empty() {
            return Ok(());
        }
        // Here, before anything is written: the database may be on the same disk.
        if !self.uploads.attachments.files.has_room(gathered.len() as u64) {
            return Err(ErrorCode::NoRoom.into());
        }
        self.with(move |mut receiving| {
            receiving.push(&gathered)?;
            Ok((receiving, ()))
        })
        .await
    }

    async fn save_now_and_then(&mut self) -> Result<(), PartError> {
        let received = self.receiving.as_ref().map_or(0, Receiving::received);
        // A file that is whole is recorded as that, and not before.
        if received - self.saved >= SAVED_EACH && !self.is_whole() {
            self.save().await?;
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.receiving.as_ref().is_some_and(Receiving::is_whole)
    }

    /// Makes the bytes durable, and tells the store.
    async fn save(&mut self) -> Result<u64, PartError> {
        self.flush().await?;
        // A part without a byte costs nothing.
        if self.receiving.as_ref().map(Receiving::received) == Some(self.saved) {
            return Ok(self.saved);
        }
        let random = Arc::clone(&self.uploads.core.random);
        let (id, received) = self
            .with(move |mut receiving| {
                let received = receiving.save(random.as_ref())?;
                let id = receiving.id();
                Ok((receiving, (id, received)))
            })
            .await?;
        let (from, to) = (self.saved, received.to);
        let part = ReceivedPart {
            id,
            from,
            to,
            held_back: received.held_back,
            whole: None,
        };
        self.record(&part).await?;
        self.saved = to;
        Ok(to)
    }

    /// Ends a file of which all bytes came: read once more, judged, and recorded as whole.
    async fn finish(mut self, upload: &Uploading) -> Result<u64, PartError> {
        let receiving = self.receiving.take().ok_or(ErrorCode::Internal)?;
        let Whole { sha256, head, tail } = self
            .uploads
            .transfers
            .on_whole(move || receiving.finish())
            .await??;
        let row = &upload.row;
        let limits = self.uploads.core.file_limits(row.person, &self.uploads.limits);
        let policy = attachment_kinds::Policy {
            refused: &limits.refused_kinds,
        };
        let refused = attachment_kinds::refusal(&upload.name, &head, &tail, row.size, policy).is_some();
        let part = ReceivedPart {
            id: row.id,
            from: self.saved,
            to: row.size,
            held_back: Vec::new(),
            whole: Some(WholeFile {
                sha256,
                refused,
                unchecked: self.uploads.attachments.scanner.is_some(),
            }),
        };
        self.record(&part).await?;
        if refused {
            // The row stays for a day, and says so to who asks again.
            let (files, id) = (self.uploads.attachments.files.clone(), row.id);
            on_piece(self.uploads, move || files.delete(id)).await?;
            return Err(ErrorCode::AttachmentRefused.into());
        }
        // A scanner that does not answer is asked again by a job.
        let whole = AttachmentRow {
            sha256: Some(sha256),
            ..row.clone()
        };
        match self.uploads.attachments.scan(&self.uploads.core, &whole).await? {
            Some(Verdict::Infected) => Err(ErrorCode::AttachmentInfected.into()),
            Some(Verdict::Clean) | None => Ok(row.size),
        }
    }

    async fn record(&self, part: &ReceivedPart) -> Result<(), PartError> {
        if self.uploads.core.received(part).await? {
            Ok(())
        } else {
            Err(ErrorCode::UploadConflict.into())
        }
    }

    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Receiving) -> Result<(Receiving, T), ReceiveError> + Send + 'static,
    ) -> Result<T, PartError> {
        let receiving = self.receiving.take().ok_or(ErrorCode::Internal)?;
        let (receiving, done) = on_piece(self.uploads, move || work(receiving)).await?;
        self.receiving = Some(receiving);
        Ok(done)
    }
}

/// Deletes an upload and its bytes, after ending the request that brings more.
pub(crate) async fn cancel(uploads: &Uploads, person: PersonId, id: AttachmentId) -> Result<(), PartError> {
    if !uploads.core.has_upload(person, id).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let _place = uploads.take_place(id).await;
    forget(uploads, person, id).await
}

/// Deletes an upload: its key first, then its bytes.
async fn forget(uploads: &Uploads, person: PersonId, id: AttachmentId) -> Result<(), PartError> {
    if !uploads.core.cancel_upload(person, id).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let files = uploads.attachments.files.clone();
    on_piece(uploads, move || files.delete(id)).await
}
