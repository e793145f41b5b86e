//! Whole files in a bucket of an object store that speaks S3, instead of the folder.
//!
//! A file is received in the folder, and moved into the bucket once it is whole: `attachments/<two digits>/<id>`, sealed as it is.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use conversation::AttachmentId;
use futures_util::StreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::runtime::Handle;

use crate::config::BucketConfig;

/// Bytes of one part of a file on its way into the bucket; S3 asks for 5 MiB at least.
const PART: usize = 8 * 1024 * 1024;
/// Bytes that are fetched at once.
const FETCHED: u64 = 1024 * 1024;
/// Parts on their way at the same time.
const AT_ONCE: usize = 2;
const FOLDER: &str = "attachments";

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    #[error("the secret of the bucket cannot be read: {0}")]
    Secret(io::Error),
    #[error("the bucket is not configured well: {0}")]
    Configuration(#[from] object_store::Error),
    #[error("a bucket needs a runtime")]
    Runtime,
}

#[derive(Clone)]
pub(crate) struct Bucket {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bucket")
    }
}

fn failed(error: object_store::Error) -> io::Error {
    match error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound.into(),
        // The text of others may hold an address with credentials.
        _ => io::Error::other("the bucket does not answer as it should"),
    }
}

impl Bucket {
    pub(crate) fn open(config: &BucketConfig) -> Result<Bucket, BucketError> {
        let secret = std::fs::read_to_string(&config.secret).map_err(BucketError::Secret)?;
        let is_local = config.endpoint.starts_with("http://127.0.0.1:");
        let store = AmazonS3Builder::new()
            .with_endpoint(&config.endpoint)
            .with_region(&config.region)
            .with_bucket_name(&config.name)
            .with_access_key_id(&config.access_key)
            .with_secret_access_key(secret.trim())
            .with_allow_http(is_local)
            .build()?;
        Ok(Bucket {
            store: Arc::new(store),
            runtime: Handle::try_current().map_err(|_| BucketError::Runtime)?,
        })
    }

    fn key(id: AttachmentId) -> Key {
        let [.., last] = id.as_bytes();
        Key::from(format!("{FOLDER}/{last:02x}/{}", id.0.simple()))
    }

    /// Copies a file into the bucket, in parts.
    pub(super) fn put(&self, id: AttachmentId, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let key = Bucket::key(id);
        self.runtime.block_on(async {
            let upload = self.store.put_multipart(&key).await.map_err(failed)?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            let mut piece = vec![0; PART];
            loop {
                let read = match file.read(&mut piece) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) => {
                        let _ = upload.abort().await;
                        return Err(error);
                    }
                };
                if let Err(error) = upload.wait_for_capacity(AT_ONCE).await {
                    let _ = upload.abort().await;
                    return Err(failed(error));
                }
                upload.write(piece.get(..read).unwrap_or_default());
            }
            upload.finish().await.map_err(failed)?;
            Ok(())
        })
    }

    pub(super) fn read(&self, id: AttachmentId) -> io::Result<BucketReader> {
        let key = Bucket::key(id);
        let found = self.runtime.block_on(self.store.head(&key)).map_err(failed)?;
        Ok(BucketReader {
            bucket: self.clone(),
            key,
            length: found.size,
            place: 0,
            fetched: 0..0,
            bytes: bytes::Bytes::new(),
        })
    }

    /// Does nothing if there is no such file.
    pub(super) fn delete(&self, id: AttachmentId) -> io::Result<()> {
        match self.runtime.block_on(self.store.delete(&Bucket::key(id))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) fn ids(&self) -> io::Result<Vec<AttachmentId>> {
        self.runtime.block_on(async {
            let mut listed = self.store.list(Some(&Key::from(FOLDER)));
            let mut ids = Vec::new();
            while let Some(object) = listed.next().await {
                let object = object.map_err(failed)?;
                let name = object.location.filename();
                let id = name.and_then(|name| uuid::Uuid::try_parse(name).ok());
                ids.extend(id.map(AttachmentId));
            }
            Ok(ids)
        })
    }
}

/// A file in a bucket, fetched by ranges.
#[derive(Debug)]
pub(crate) struct BucketReader {
    bucket: Bucket,
    key: Key,
    pub(super) length: u64,
    place: u64,
    /// The bytes that are here.
    fetched: std::ops::Range<u64>,
    bytes: bytes::Bytes,
}

impl Read for BucketReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.place >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        if !self.fetched.contains(&self.place) {
            let range = self.place..(self.place + FETCHED).min(self.length);
            let fetching = self.bucket.store.get_range(&self.key, range.clone());
            self.bytes = self.bucket.runtime.block_on(fetching).map_err(failed)?;
            self.fetched = range.start..range.start + self.bytes.len() as u64;
        }
        let from = usize::try_from(self.place - self.fetched.start).map_err(io::Error::other)?;
        let here = self.bytes.get(from..).unwrap_or_default();
        let read = here.len().min(buffer.len());
        buffer[..read].copy_from_slice(&here[..read]);
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for BucketReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
