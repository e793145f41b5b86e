//! One file on its way in.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use conversation::{AttachmentId, Sha256};
use platform::Random;
use sealed_file::{CHUNK, HEADER, PREFIX, Sealer};
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::handle::Handle;
use super::{Files, file_key};
use crate::keys::Secret;
use crate::seal::TokenSeal;
use crate::store::AttachmentRow;

/// Why bytes of a file were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("more bytes came than were announced")]
    TooLong,
    /// The bytes received before are not there any more, or not as they were.
    #[error("the bytes that were received before are lost")]
    Lost,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A file that is being received; the caller sees to it that there is one of each at a time.
pub struct Receiving {
    id: AttachmentId,
    size: u64,
    files: Files,
    key: Secret,
    file: Handle,
    sealer: Sealer,
    sealed: Vec<u8>,
}

impl std::fmt::Debug for Receiving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Receiving({}, {} of {} bytes)",
            self.id,
            self.received(),
            self.size
        )
    }
}

/// How far a file is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// In bytes.
    pub to: u64,
    /// The last of them, which fill no chunk yet; sealed.
    pub held_back: Vec<u8>,
}

/// A whole file, as it was read once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub sha256: Sha256,
    /// The first and the last bytes, by which its kind is judged.
    pub head: Vec<u8>,
    pub tail: Vec<u8>,
}

impl Files {
    /// Goes on with a file where its row says that it is.
    pub fn receive(
        &self,
        row: &AttachmentRow,
        key: Secret,
        random: &dyn Random,
    ) -> Result<Receiving, ReceiveError> {
        let context = row.id.as_bytes();
        let mut beginning = Vec::new();
        let (file, sealer) = if row.received == 0 {
            let prefix: [u8; PREFIX] = platform::bytes(random);
            let sealer = Sealer::begin(&file_key(&key), context, prefix, &mut beginning);
            (self.create(row.id)?, sealer)
        } else {
            let held_back = opened(&key, row)?;
            let sealed = (row.received - held_back.len() as u64) / CHUNK as u64;
            let sealed = u32::try_from(sealed).map_err(|_| ReceiveError::Lost)?;
            let mut file = self.open(row.id, File::options().read(true).write(true));
            if matches!(&file, Err(error) if error.kind() == io::ErrorKind::NotFound) {
                return Err(ReceiveError::Lost);
            }
            let mut header = [0; HEADER];
            if let Ok(file) = &mut file {
                file.read_exact(&mut header).map_err(|_| ReceiveError::Lost)?;
            }
            let mut file = file?;
            let sealer = Sealer::resume(&file_key(&key), context, header, sealed, held_back)
                .map_err(|_| ReceiveError::Lost)?;
            if file.len()? < sealer.sealed_len() {
                return Err(ReceiveError::Lost);
            }
            // A server that stopped had written more than the store knows.
            file.cut(sealer.sealed_len())?;
            file.seek(SeekFrom::End(0))?;
            (file, sealer)
        };
        Ok(Receiving {
            id: row.id,
            size: row.size,
            files: self.clone(),
            key,
            file,
            sealer,
            sealed: beginning,
        })
    }
}

impl Receiving {
    pub fn id(&self) -> AttachmentId {
        self.id
    }

    /// The bytes received so far.
    pub fn received(&self) -> u64 {
        self.sealer.plain_len()
    }

    pub fn is_whole(&self) -> bool {
        self.received() == self.size
    }

    /// Takes more bytes, or none of them if they are too many.
    pub fn push(&mut self, plain: &[u8]) -> Result<(), ReceiveError> {
        if plain.len() as u64 > self.size - self.received() {
            return Err(ReceiveError::TooLong);
        }
        self.sealer
            .push(plain, &mut self.sealed)
            .map_err(|_| ReceiveError::TooLong)?;
        Ok(self.write()?)
    }

    /// Makes the bytes durable; once the store knows, the file can go on from there.
    pub fn save(&mut self, random: &dyn Random) -> Result<Received, ReceiveError> {
        self.write()?;
        self.file.sync_data()?;
        Ok(Received {
            to: self.received(),
            held_back: held_back_seal(&self.key).seal(random, self.id.as_bytes(), self.sealer.held_back()),
        })
    }

    /// Ends a file of which all bytes came, reads it once more, and moves it where it stays.
    pub fn finish(mut self) -> Result<Whole, ReceiveError> {
        let sealer = self.sealer;
        sealer
            .finish(&mut self.sealed)
            .map_err(|_| ReceiveError::TooLong)?;
        self.file.write_all(&self.sealed)?;
        self.file.sync_all()?;
        let mut reader = self.files.read(self.id, &self.key, self.size)?;
        let mut digest = sha2::Sha256::new();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut chunk = Zeroizing::new(vec![0; CHUNK]);
        loop {
            let read = reader.read(&mut chunk)?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            digest.update(bytes);
            let room = attachment_kinds::HEAD.saturating_sub(head.len());
            head.extend_from_slice(&bytes[..read.min(room)]);
            tail.extend_from_slice(bytes);
            let over = tail.len().saturating_sub(attachment_kinds::TAIL);
            tail.drain(..over);
        }
        drop(reader);
        self.files.settle(self.id)?;
        Ok(Whole {
            sha256: Sha256(digest.finalize().into()),
            head,
            tail,
        })
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.sealed)?;
        self.sealed.clear();
        Ok(())
    }
}

/// The bytes that a row holds back.
fn opened(key: &Secret, row: &AttachmentRow) -> Result<Vec<u8>, ReceiveError> {
    let opened = held_back_seal(key).open(row.id.as_bytes(), &row.held_back);
    let held_back = opened.map_err(|_| ReceiveError::Lost)?;
    if held_back.len() as u64 > row.received {
        return Err(ReceiveError::Lost);
    }
    Ok(held_back)
}

fn held_back_seal(key: &Secret) -> TokenSeal {
    TokenSeal::new(&key.derived("overleg/held-back/1"))
}
