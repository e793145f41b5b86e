//! A server of files in memory: it keeps what is uploaded, serves it in ranges, and fails when a test says so.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use std::io::Read as _;

use bytes::Bytes;
use conversation::{Attachment, AttachmentId, ConversationId, MembershipId, Seq, SeqRange};
use protocol::error::ErrorCode;

use super::{ANNA, Device, KARIM, now};
use crate::api::request::{ApiError, ApiRequest};
use crate::api::view::{AttachTo, AttachmentView};
use crate::cache::conformance::{attached, put, row, segment};
use crate::cache::{Cache as _, Change};
use crate::ports::{Failure, NewUpload};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Uploaded {
    pub(crate) conversation: ConversationId,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) bytes: Vec<u8>,
}

/// A request as it came, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRequest {
    Begin(AttachmentId),
    Offset(AttachmentId),
    Part(AttachmentId, u64),
    Cancel(AttachmentId),
    Download(AttachmentId, u64),
}

#[derive(Debug, Default)]
struct Files {
    there: BTreeMap<AttachmentId, Uploaded>,
    /// The outcomes of the next requests, before the ordinary ones.
    next: VecDeque<Failure>,
    /// The answer to the last part of every file.
    judged: Option<ErrorCode>,
    came: Vec<FileRequest>,
    /// Bytes of a part that arrive, where a connection breaks within it.
    breaks_after: Option<usize>,
    cut_off: bool,
}

#[derive(Debug, Default)]
pub(crate) struct FileServer(Mutex<Files>);

pub(crate) fn no(code: ErrorCode) -> Failure {
    Failure::Server {
        code,
        retry_after: None,
    }
}

impl FileServer {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fail_next(&self, failure: Failure) {
        self.files().next.push_back(failure);
    }

    /// The network is gone, or is there again.
    pub(crate) fn cut_off(&self, gone: bool) {
        self.files().cut_off = gone;
    }

    pub(crate) fn judge(&self, judged: Option<ErrorCode>) {
        self.files().judged = judged;
    }

    /// The next part arrives up to here, and its answer does not.
    pub(crate) fn break_after(&self, bytes: usize) {
        self.files().breaks_after = Some(bytes);
    }

    /// A file of somebody else's.
    pub(crate) fn put(&self, id: AttachmentId, bytes: &[u8]) {
        let uploaded = Uploaded {
            conversation: ConversationId(uuid::Uuid::nil()),
            name: String::new(),
            size: bytes.len() as u64,
            bytes: bytes.to_vec(),
        };
        self.files().there.insert(id, uploaded);
    }

    /// The server swept it, or one may no longer see it.
    pub(crate) fn sweep(&self, id: AttachmentId) {
        self.files().there.remove(&id);
    }

    pub(crate) fn uploaded(&self, id: AttachmentId) -> Option<Uploaded> {
        self.files().there.get(&id).cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files().there.is_empty()
    }

    /// The requests since this was last asked.
    pub(crate) fn came(&self) -> Vec<FileRequest> {
        std::mem::take(&mut self.files().came)
    }

    fn took(&self, request: FileRequest) -> Result<MutexGuard<'_, Files>, Failure> {
        let mut files = self.files();
        if files.cut_off {
            return Err(Failure::Unreachable);
        }
        files.came.push(request);
        match files.next.pop_front() {
            Some(failure) => Err(failure),
            None => Ok(files),
        }
    }

    pub(crate) fn begin(&self, new: &NewUpload) -> Result<u64, Failure> {
        let mut files = self.took(FileRequest::Begin(new.id))?;
        let known = files.there.entry(new.id).or_insert_with(|| Uploaded {
            conversation: new.conversation,
            name: new.name.clone(),
            size: new.size,
            bytes: Vec::new(),
        });
        let same = (known.conversation, known.size, &known.name) == (new.conversation, new.size, &new.name);
        if !same {
            return Err(no(ErrorCode::UploadConflict));
        }
        Ok(known.bytes.len() as u64)
    }

    pub(super) fn offset(&self, id: AttachmentId) -> Result<u64, Failure> {
        let files = self.took(FileRequest::Offset(id))?;
        let known = files.there.get(&id).ok_or(no(ErrorCode::NotFound))?;
        Ok(known.bytes.len() as u64)
    }

    pub(super) fn part(&self, id: AttachmentId, from: u64, part: &Bytes) -> Result<u64, Failure> {
        let mut files = self.took(FileRequest::Part(id, from))?;
        let breaks = files.breaks_after.take();
        let judged = files.judged;
        let known = files.there.get_mut(&id).ok_or(no(ErrorCode::NotFound))?;
        if known.bytes.len() as u64 != from || from + part.len() as u64 > known.size {
            return Err(no(ErrorCode::UploadConflict));
        }
        if let Some(arrived) = breaks {
            known.bytes.extend_from_slice(&part[..arrived]);
            return Err(Failure::Unreachable);
        }
        known.bytes.extend_from_slice(part);
        let offset = known.bytes.len() as u64;
        match judged {
            Some(code) if offset == known.size => Err(no(code)),
            _ => Ok(offset),
        }
    }

    pub(super) fn cancel(&self, id: AttachmentId) -> Result<(), Failure> {
        let mut files = self.took(FileRequest::Cancel(id))?;
        files.there.remove(&id);
        Ok(())
    }

    pub(super) fn download(&self, id: AttachmentId, from: u64, most: u32) -> Result<Bytes, Failure> {
        let files = self.took(FileRequest::Download(id, from))?;
        let known = files.there.get(&id).ok_or(no(ErrorCode::NotFound))?;
        let from = usize::try_from(from).unwrap();
        if from >= known.bytes.len() {
            return Err(no(ErrorCode::RangeInvalid));
        }
        let to = known.bytes.len().min(from + most as usize);
        Ok(Bytes::copy_from_slice(&known.bytes[from..to]))
    }
}

/// A picture of stripes, uncompressed.
pub(crate) fn bitmap(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let size = row * height;
    let mut bytes = b"BM".to_vec();
    for number in [54 + size, 0, 54, 40, width, height] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    for number in [0, size, 2_835, 2_835, 0, 0] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.extend((0..size).map(|at| (at % row / 3 * 5 + at / row) as u8));
    bytes
}

impl Device {
    /// Gathers a file, in pieces.
    pub(crate) fn attach(&self, to: AttachTo, name: &str, bytes: &[u8]) -> Result<AttachmentView, ApiError> {
        let call = ApiRequest::BeginAttach {
            to,
            name: name.to_owned(),
            size: bytes.len() as u64,
        };
        let begun: AttachmentView = self.ask(call)?;
        let mut offset = 0;
        for piece in bytes.chunks(70_000) {
            now(self.engine.attach_bytes(begun.id, offset, piece))?;
            offset += piece.len() as u64;
        }
        self.ask(ApiRequest::EndAttach { id: begun.id })
    }

    /// A message of Anna's or of another that the server accepted, in a conversation of Anna and Karim.
    pub(crate) fn accepted(
        &self,
        conversation: ConversationId,
        number: u64,
        by: MembershipId,
        text: &str,
        files: Vec<Attachment>,
    ) {
        let mut held = row(conversation, self.engine.now().0);
        held.head.participants = vec![ANNA, KARIM];
        held.head.owner = Some(KARIM);
        held.last = Seq(number);
        held.anchor.number = Seq(0);
        held.visible = SeqRange::new(Seq(1), Seq(number)).into_iter().collect();
        let mut entry = attached(number, by, text, files);
        entry.header.at = self.engine.now();
        let changes = vec![
            Change::PutConversation(Box::new(held)),
            Change::PutSegments(conversation, vec![segment(1, number)]),
            put(conversation, entry),
            self.engine.recount(conversation),
        ];
        now(self.cache.write(changes)).unwrap();
    }

    /// All bytes that lie in the store, as they lie.
    pub(crate) fn sealed_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for name in self.files.names().unwrap() {
            self.files.open(name).unwrap().read_to_end(&mut all).unwrap();
        }
        all
    }

    /// The plain bytes of a file that is here.
    pub(crate) fn read(&self, id: AttachmentId) -> Vec<u8> {
        let mut opened = now(self.engine.open_file(id)).unwrap().unwrap();
        let mut bytes = Vec::new();
        opened.reader.read_to_end(&mut bytes).unwrap();
        bytes
    }
}
