//! Attachments of a message (M6): what its content says of each file. The bytes are kept apart, and never enter the log.
//!
//! The content names the digest of the bytes, so the chain proves which file it was. A file is seen by the people who see the content that
//! names it, and by nobody else: an edit names those that remain, and a deletion none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::ids::{AttachmentId, Seq};
use crate::refusal::Refusal;

/// Maximum number of attachments of a message.
pub const MOST_ATTACHMENTS: usize = 20;
/// Maximum size of a file in bytes (F2).
pub const LARGEST_ATTACHMENT: u64 = 2 * 1024 * 1024 * 1024;
/// Maximum size of a preview in bytes.
pub const LARGEST_PREVIEW: u64 = 128 * 1024;
/// Maximum length of a media type (RFC 6838, 4.2: 127 for each of its two parts).
const LONGEST_TYPE: usize = 255;

/// One file of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Attachment {
    pub id: AttachmentId,
    /// As [`attachment_kinds::clean_name`] keeps it.
    pub name: String,
    /// The media type, for example `image/jpeg`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// In bytes.
    #[ts(type = "number")]
    pub size: u64,
    pub sha256: Sha256,
    /// Of a picture that can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub picture: Option<PictureSize>,
    /// A small picture of it, uploaded as a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub preview: Option<AttachmentId>,
}

/// Blank: the name of a file never reaches a log.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.id, self.size)
    }
}

/// Width and height, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct PictureSize {
    pub width: u32,
    pub height: u32,
}

/// A SHA-256 digest (FIPS 180-4); 64 lower-case hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, TS, ToSchema)]
#[ts(type = "string", export)]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 lower-case hexadecimal digits")]
pub struct NoDigest;

impl FromStr for Sha256 {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Sha256, NoDigest> {
        let digit = |c: u8| match c {
            b'0'..=b'9' => Ok(c - b'0'),
            b'a'..=b'f' => Ok(c - b'a' + 10),
            _ => Err(NoDigest),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let pairs: &[[u8; 2]; 32] = pairs.try_into().map_err(|_| NoDigest)?;
        if !rest.is_empty() {
            return Err(NoDigest);
        }
        let mut digest = [0; 32];
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Sha256(digest))
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A file that the server has whole, as far as the rules of a message need it: of the acting person, in the conversation of the
/// command.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: AttachmentId,
    /// The name that it was uploaded and judged under, as [`attachment_kinds::clean_name`] keeps it.
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
    /// The message that names it.
    pub named: Option<Seq>,
    /// A scanner found something in it, or it is a program.
    pub refused: bool,
}

/// Blank, as [`Attachment`].
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({}, {} bytes)", self.id, self.size)
    }
}

/// Whether a message may list these files, of which the server has `uploads`: each whole, and of no other message than
/// `message`, which is `None` for a new one.
pub(crate) fn check(listed: &[Attachment], uploads: &[Upload], message: Option<Seq>) -> Result<(), Refusal> {
    if listed.len() > MOST_ATTACHMENTS {
        return Err(Refusal::TooManyAttachments);
    }
    let mut named = Vec::with_capacity(2 * listed.len());
    for attachment in listed {
        attachment.check()?;
        let upload = found(attachment.id, uploads, message)?;
        // By another name it would be another kind of file than the one that was judged.
        let same = upload.name == attachment.name
            && (upload.size, upload.sha256) == (attachment.size, attachment.sha256);
        if !same {
            return Err(Refusal::AttachmentNotThere);
        }
        named.push(attachment.id);
        if let Some(preview) = attachment.preview {
            if found(preview, uploads, message)?.size > LARGEST_PREVIEW {
                return Err(Refusal::AttachmentTooLarge);
            }
            named.push(preview);
        }
    }
    named.sort_unstable();
    if named.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::AttachmentNotThere);
    }
    Ok(())
}

fn found(id: AttachmentId, uploads: &[Upload], message: Option<Seq>) -> Result<&Upload, Refusal> {
    let upload = uploads
        .iter()
        .find(|upload| upload.id == id && upload.named == message);
    let upload = upload.ok_or(Refusal::AttachmentNotThere)?;
    if upload.refused {
        return Err(Refusal::AttachmentRefused);
    }
    Ok(upload)
}

impl Attachment {
    /// The ids of what was uploaded for it: the file, and its preview.
    pub fn uploads(&self) -> impl Iterator<Item = AttachmentId> {
        [Some(self.id), self.preview].into_iter().flatten()
    }

    /// The conditions that depend on the attachment alone.
    fn check(&self) -> Result<(), Refusal> {
        let Attachment { name, media_type, .. } = self;
        // Cleaned by the device that sends it; the server corrects nothing that was hashed.
        if attachment_kinds::clean_name(name).as_ref() != Ok(name) {
            return Err(Refusal::AttachmentNameUnfit);
        }
        let typed = media_type.len() <= LONGEST_TYPE
            && media_type
                .split_once('/')
                .is_some_and(|(one, other)| is_token(one) && is_token(other));
        if !typed {
            return Err(Refusal::Malformed);
        }
        if self.size > LARGEST_ATTACHMENT {
            return Err(Refusal::AttachmentTooLarge);
        }
        Ok(())
    }
}

/// RFC 6838, 4.2.
fn is_token(text: &str) -> bool {
    let may = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    !text.is_empty() && text.chars().all(may)
}
