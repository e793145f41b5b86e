//! The rows of files, and of what of them is on its way to the server.
//!
//! A file is gathered in a draft, goes out with a command, and is listed by a message. Each file that a message here lists has a
//! row, also while its bytes are on the server alone. The cache keeps these rows with the message's own: an entry that is
//! put makes them, and one that goes or no longer lists a file takes the row along, and with it the key.

use std::fmt;

use conversation::{Attachment, AttachmentId, ConversationId, PictureSize, Seq, Sha256, Timestamp};

use super::Entry;
use crate::files::FileName;
use crate::model::AttachmentFault;

/// Which way a file came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Gathered, and not sent.
    Draft,
    /// Of a command in the outbox.
    Outgoing,
    /// Listed by a message in the cache.
    Listed,
}

/// The work that is left on a file that was sent from here. The server's scanner may answer after the message was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterSent {
    Nothing,
    /// The server is asked whether it may be opened.
    Asking,
    /// The scanner refused it, and the user has not acknowledged that.
    Refused,
}

/// Where the bytes of a file lie, and their key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub file: FileName,
    pub key: [u8; 32],
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.file)
    }
}

/// A file, or the preview of one.
#[derive(Clone, PartialEq, Eq)]
pub struct FileRow {
    pub id: AttachmentId,
    /// `None` while it is gathered for a new conversation.
    pub conversation: Option<ConversationId>,
    pub origin: Origin,
    /// The message that lists it.
    pub number: Option<Seq>,
    /// When that was accepted; until then, when the file came.
    pub at: Timestamp,
    /// The order within a draft or message.
    pub place: u32,
    /// The file that this is a preview of.
    pub preview_of: Option<AttachmentId>,
    pub name: String,
    pub media_type: String,
    /// In bytes. Of a preview it is not known before it is here, and neither is the digest.
    pub size: Option<u64>,
    pub sha256: Option<Sha256>,
    pub picture: Option<PictureSize>,
    pub preview: Option<AttachmentId>,
    /// `None` while nothing of it is here.
    pub sealed: Option<Sealed>,
    /// Bytes that are here, as of the last part.
    pub received: u64,
    pub whole: bool,
    pub last_used: Timestamp,
    pub pinned: bool,
    /// Somebody asked for it.
    pub wanted: bool,
    /// Not to be fetched before.
    pub not_before: Timestamp,
    /// The scanner of the server has not answered yet.
    pub unchecked: bool,
    pub after_sent: AfterSent,
    pub fault: Option<AttachmentFault>,
}

/// Blank: the name of a file never reaches a log.
impl fmt::Debug for FileRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileRow({}, {:?}, {:?})", self.id, self.origin, self.number)
    }
}

/// A time that never comes.
pub const NEVER: Timestamp = Timestamp(i64::MAX);

impl FileRow {
    /// A file of which nothing is here.
    pub fn new(id: AttachmentId, conversation: Option<ConversationId>, origin: Origin) -> FileRow {
        FileRow {
            id,
            conversation,
            origin,
            number: None,
            at: Timestamp::default(),
            place: 0,
            preview_of: None,
            name: String::new(),
            media_type: String::new(),
            size: None,
            sha256: None,
            picture: None,
            preview: None,
            sealed: None,
            received: 0,
            whole: false,
            last_used: Timestamp::default(),
            pinned: false,
            wanted: false,
            not_before: Timestamp::default(),
            unchecked: false,
            after_sent: AfterSent::Nothing,
            fault: None,
        }
    }

    /// As a message lists it; `None` of a preview, and while it is not known whole.
    pub fn attachment(&self) -> Option<Attachment> {
        if self.preview_of.is_some() {
            return None;
        }
        Some(Attachment {
            id: self.id,
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            size: self.size?,
            sha256: self.sha256?,
            picture: self.picture,
            preview: self.preview,
        })
    }

    /// Nothing of it is here any more; the file itself is to be deleted after this.
    pub fn let_go(&mut self) -> Option<Sealed> {
        self.received = 0;
        self.whole = false;
        self.sealed.take()
    }
}

/// The rows of the files that a message lists, previews included, as if nothing of them were here.
pub(super) fn listed(conversation: ConversationId, entry: &Entry) -> Vec<FileRow> {
    let mut rows = Vec::new();
    if !entry.header.kind.is_message() || entry.deleted {
        return rows;
    }
    for (place, attachment) in (0..).zip(&entry.attachments) {
        let row = |id| FileRow {
            number: Some(entry.number),
            at: entry.header.at,
            place,
            ..FileRow::new(id, Some(conversation), Origin::Listed)
        };
        rows.push(FileRow {
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            size: Some(attachment.size),
            sha256: Some(attachment.sha256),
            picture: attachment.picture,
            preview: attachment.preview,
            ..row(attachment.id)
        });
        rows.extend(attachment.preview.map(|preview| FileRow {
            preview_of: Some(attachment.id),
            ..row(preview)
        }));
    }
    rows
}

/// The row of a file that a message lists, where there was one already: its bytes stay, unless they are of another file.
/// `None` where another message listed it first.
pub(super) fn merged(before: &FileRow, listed: FileRow) -> Option<FileRow> {
    let other =
        |before: &FileRow| (before.conversation, before.number) != (listed.conversation, listed.number);
    if before.origin == Origin::Listed && other(before) {
        return None;
    }
    if before.preview_of != listed.preview_of || listed.sha256.is_some() && before.sha256 != listed.sha256 {
        return Some(listed);
    }
    let preview = listed.preview_of.is_some();
    Some(FileRow {
        name: if preview { before.name.clone() } else { listed.name },
        media_type: if preview {
            before.media_type.clone()
        } else {
            listed.media_type
        },
        size: listed.size.or(before.size),
        sha256: listed.sha256.or(before.sha256),
        sealed: before.sealed.clone(),
        received: before.received,
        whole: before.whole,
        last_used: before.last_used,
        pinned: before.pinned,
        wanted: before.wanted,
        not_before: before.not_before,
        unchecked: before.unchecked,
        after_sent: match before.origin {
            // It was accepted just now. Its preview was made here and holds nothing of a file's own.
            Origin::Outgoing if !preview => AfterSent::Asking,
            _ => before.after_sent,
        },
        fault: before.fault,
        ..listed
    })
}

/// The files to be fetched or asked about, of those of which the time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToFetch {
    /// Asked for; the latest asked for first.
    Wanted,
    /// Previews, of the newest messages first.
    Previews,
    /// Of messages from this time on, the newest first.
    Since(Timestamp),
    /// Sent from here; asked about, the longest due first.
    Asking,
}

/// How far a file is on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum UploadState {
    /// The server does not know of it.
    Waiting,
    /// The server had so many bytes of it.
    Begun { offset: u64 },
    /// The server has it whole.
    Done,
    /// Its message was taken back: the server is notified, and the row goes. It waits after that if a message lists it.
    Cancelled,
}

/// A file on its way to the server, on which its command waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UploadRow {
    pub id: AttachmentId,
    pub state: UploadState,
    /// The server had it and no longer does: it went up once more.
    pub again: bool,
    /// Why it does not go on.
    pub fault: Option<AttachmentFault>,
}

impl UploadRow {
    pub fn new(id: AttachmentId) -> UploadRow {
        UploadRow {
            id,
            state: UploadState::Waiting,
            again: false,
            fault: None,
        }
    }
}
