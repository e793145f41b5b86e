//! Files: those gathered in a draft, and those of messages (M6).

use conversation::{AttachmentId, MessageId, PictureSize, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Author;
pub use crate::model::{AttachTo, AttachmentFault};

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentKind {
    Picture,
    Pdf,
    Document,
    Sheet,
    Slides,
    Text,
    Email,
    Audio,
    Video,
    Archive,
    Dicom,
    Other,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub kind: AttachmentKind,
    /// In bytes.
    #[ts(type = "number")]
    pub size: u64,
    pub picture: Option<PictureSize>,
    /// A small picture of it, shown by the address of a file as any other.
    pub preview: Option<AttachmentId>,
    /// Can be shown inside Overleg: pictures (JPEG, PNG, WebP, GIF) and PDFs.
    pub viewable: bool,
    /// It is as it was made: place, camera or names may stand in it.
    pub keeps_metadata: bool,
    pub pinned: bool,
    /// The user sent it, the scanner refused it afterwards, and `AcknowledgeRefused` was not called yet.
    pub unacknowledged: bool,
    pub state: AttachmentState,
}

/// Blank: the name of a file never reaches a log.
impl std::fmt::Debug for AttachmentView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AttachmentView({}, {:?})", self.id, self.state)
    }
}

/// Where a file is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentState {
    /// Being taken into the draft; so many bytes are here.
    Reading {
        #[ts(type = "number")]
        done: u64,
    },
    /// In the draft, complete.
    Draft,
    /// Of a message on its way; not begun.
    Queued,
    Uploading {
        #[ts(type = "number")]
        done: u64,
    },
    /// Begun, and waits for the network.
    Paused {
        #[ts(type = "number")]
        done: u64,
    },
    /// The server has it; its message is still on its way.
    Uploaded,
    /// Refused by the server, or no longer on this device: its message is refused, or can be withdrawn.
    Failed { fault: AttachmentFault },
    /// Of an accepted message, and not on this device.
    Remote,
    Downloading {
        #[ts(type = "number")]
        done: u64,
    },
    /// Asked for, and waits for the network.
    Wanted,
    /// Opens offline.
    Here,
    /// The scanner has not answered yet.
    Unchecked,
    /// Asked for, and not to be had; `FetchAttachment` tries again.
    Unavailable { fault: AttachmentFault },
}

/// The groups of the list of a conversation's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentGroup {
    Picture,
    Document,
    Other,
}

/// Files of a conversation, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AttachmentList {
    pub rows: Vec<ListedAttachment>,
    /// Whether there are earlier ones.
    pub more: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ListedAttachment {
    pub message: MessageId,
    pub number: Seq,
    pub author: Author,
    pub at: Timestamp,
    pub attachment: AttachmentView,
}
