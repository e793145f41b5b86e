//! Files of messages: what the server knows of each. Their bytes are kept elsewhere, sealed under the key of the file.

use std::fmt::Debug;

use conversation::{AttachmentId, ConversationId, PersonId, Seq, Sha256, Timestamp};

use super::conversations::KeyId;
use super::error::StoreFuture;

/// Files; [`LogStore::append`](super::LogStore::append) gives them to messages, and takes them away.
///
/// A file is *received* in parts, then *whole*, then *named* by a message. Until then it is of the person who uploads it, and can
/// be deleted.
pub trait AttachmentStore: Send + Sync + Debug {
    /// Begins a file, unless its person has used up the quota.
    fn create_attachment<'a>(
        &'a self,
        row: &'a AttachmentRow,
        quota: &'a UploadQuota,
    ) -> StoreFuture<'a, BeginUpload>;
    /// Those that exist, in no order.
    fn attachments<'a>(&'a self, ids: &'a [AttachmentId]) -> StoreFuture<'a, Vec<AttachmentRow>>;
    /// Those that messages name and that were not dropped, in no order.
    fn attachments_of<'a>(
        &'a self,
        messages: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<AttachmentRow>>;
    /// `false` if the file is not at that place any more, or is whole: nothing was written.
    fn extend_attachment<'a>(&'a self, part: &'a ReceivedPart) -> StoreFuture<'a, bool>;
    /// Records that the whole file of these bytes was scanned, and whether something was found. `false` if the file is gone, or another
    /// has its id now: nothing was written.
    fn judge_attachment(&self, id: AttachmentId, sha256: Sha256, refused: bool) -> StoreFuture<'_, bool>;
    /// Whole files that the scanner has not answered for, the longest ago first.
    fn unchecked_attachments(&self, most: u32) -> StoreFuture<'_, Vec<AttachmentRow>>;
    /// All files by their id, after one of them.
    fn attachments_after(
        &self,
        after: Option<AttachmentId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<AttachmentRow>>;
    /// `false` if the person has no such file, or a message names it.
    fn delete_attachment(&self, person: PersonId, id: AttachmentId) -> StoreFuture<'_, bool>;
    /// Files that no message names and that were begun before, the longest ago first.
    fn abandoned_attachments(
        &self,
        before: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<(PersonId, AttachmentId)>>;
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    pub id: AttachmentId,
    /// The person who uploads it.
    pub person: PersonId,
    /// The conversation that it is for, by the id that the device gave; the one of its message once that names it.
    pub conversation: ConversationId,
    /// In bytes, as it was announced.
    pub size: u64,
    pub received: u64,
    /// The last bytes received, too few for a chunk of the sealed file; sealed.
    pub held_back: Vec<u8>,
    /// Once it is whole.
    pub sha256: Option<Sha256>,
    /// The name that it was uploaded under, sealed.
    pub name: Vec<u8>,
    /// The key of the file, wrapped: by the master key, and by the data key of the conversation once a message names it.
    pub key: Vec<u8>,
    pub data_key: Option<KeyId>,
    /// The message that names it.
    pub message: Option<Seq>,
    /// The message, or the last edit of it: the event whose content lists the file.
    pub listed: Option<Seq>,
    pub begun_at: Timestamp,
    /// The scanner found something in it, or its content is of a kind that is refused.
    pub refused: bool,
    /// It is whole, and the scanner has not answered yet.
    pub unchecked: bool,
    /// An edit or a deletion of its message took it away: it is served to nobody.
    pub dropped: bool,
}

impl AttachmentRow {
    /// A file of which nothing was received, without its key.
    pub fn begun(
        id: AttachmentId,
        person: PersonId,
        conversation: ConversationId,
        size: u64,
        at: Timestamp,
    ) -> AttachmentRow {
        AttachmentRow {
            id,
            person,
            conversation,
            size,
            received: 0,
            held_back: Vec::new(),
            sha256: None,
            name: Vec::new(),
            key: Vec::new(),
            data_key: None,
            message: None,
            listed: None,
            begun_at: at,
            refused: false,
            unchecked: false,
            dropped: false,
        }
    }
}

/// More bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedPart {
    pub id: AttachmentId,
    /// The bytes received before and now.
    pub from: u64,
    pub to: u64,
    pub held_back: Vec<u8>,
    /// Of the whole file, with its last bytes.
    pub whole: Option<WholeFile>,
}

/// A file of which all bytes came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeFile {
    pub sha256: Sha256,
    /// Its content is of a kind that is refused.
    pub refused: bool,
    /// A scanner has to answer before it is opened.
    pub unchecked: bool,
}

/// A file that a message names. One that is not whole, of another person, or of a message already fails the append with
/// [`StoreError::Moved`](super::StoreError::Moved).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAttachment {
    pub id: AttachmentId,
    /// The person who uploaded it.
    pub person: PersonId,
    pub conversation: ConversationId,
    pub message: Seq,
    /// Wrapped by the data key.
    pub key: Vec<u8>,
    pub data_key: KeyId,
}

/// A file that an edit of its message leaves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptAttachment {
    pub id: AttachmentId,
    /// The edit.
    pub listed: Seq,
}

/// The files that a person may have on the server; a new one counts with the size that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadQuota {
    /// Maximum number of files that no message names, and of their bytes.
    pub unnamed_files: u64,
    pub unnamed_bytes: u64,
    /// Maximum number of bytes of files begun since a time, named or not.
    pub lately_bytes: u64,
    pub lately: Timestamp,
}

impl UploadQuota {
    pub const NONE: UploadQuota = UploadQuota {
        unnamed_files: u64::MAX,
        unnamed_bytes: u64::MAX,
        lately_bytes: u64::MAX,
        lately: Timestamp(0),
    };
}

/// How a file began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginUpload {
    Begun,
    /// The id is taken, also by another person.
    Taken,
    OverQuota,
}
