//! Where files are gathered before they are sent, and why one is not taken.

use conversation::ConversationId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where files are gathered before they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "to", rename_all = "snake_case")]
#[ts(export)]
pub enum AttachTo {
    Conversation {
        conversation: ConversationId,
    },
    /// The wizard of a new conversation.
    New,
}

impl AttachTo {
    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            AttachTo::Conversation { conversation } => Some(conversation),
            AttachTo::New => None,
        }
    }
}

/// Why a file was not taken, sent or fetched. The sentence for each is in the screen's catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentFault {
    #[error("the file is a program")]
    Program,
    #[error("the file is a script")]
    Script,
    #[error("the document has macros")]
    Macros,
    /// By the user's organisation.
    #[error("files of this kind are not accepted")]
    NotAccepted,
    #[error("the name hides the content")]
    Disguised,
    #[error("the file is empty")]
    Empty,
    #[error("the file is too large")]
    TooLarge,
    /// More than a message may have.
    #[error("there are too many files")]
    TooMany,
    #[error("the name cannot be used")]
    NameInvalid,
    /// The file, or the picture in it.
    #[error("the file cannot be read")]
    Unreadable,
    #[error("the picture is too large")]
    PictureTooLarge,
    #[error("this is a folder")]
    Folder,
    #[error("this is not a picture")]
    NotAPicture,
    #[error("the scanner found something")]
    Infected,
    /// Of one person, and of no message yet.
    #[error("too many files wait")]
    TooManyUploads,
    #[error("the server has no room")]
    ServerFull,
    /// Of this device.
    #[error("the disk is full")]
    DiskFull,
    /// It does not exist, or may not be seen or changed.
    #[error("the file is not there")]
    NotAllowed,
    #[error("the file is damaged")]
    Damaged,
}

impl From<attachment_kinds::Refusal> for AttachmentFault {
    fn from(refusal: attachment_kinds::Refusal) -> AttachmentFault {
        use attachment_kinds::Refusal;
        match refusal {
            Refusal::Program => AttachmentFault::Program,
            Refusal::Script => AttachmentFault::Script,
            Refusal::Macros => AttachmentFault::Macros,
            Refusal::NotAccepted => AttachmentFault::NotAccepted,
            Refusal::Disguised => AttachmentFault::Disguised,
            Refusal::Empty => AttachmentFault::Empty,
        }
    }
}

impl From<pictures::PictureError> for AttachmentFault {
    fn from(error: pictures::PictureError) -> AttachmentFault {
        use pictures::PictureError;
        match error {
            PictureError::Unreadable => AttachmentFault::Unreadable,
            PictureError::TooLarge => AttachmentFault::PictureTooLarge,
            PictureError::NotAPicture => AttachmentFault::NotAPicture,
        }
    }
}
