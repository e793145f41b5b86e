//! The headers of tus 1.0.

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use conversation::{AttachmentId, ConversationId};
use protocol::error::ErrorCode;

use crate::app::uploads::Checksum;
use crate::core::NewUpload;
use crate::http::extract::Refused;

pub(super) const VERSION: &str = "1.0.0";

pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");

/// Maximum bytes of the name of a file; the rules allow fewer.
const LONGEST_NAME: usize = 1_024;

fn bad(why: &str) -> Refused {
    Refused::because(ErrorCode::BadRequest, why.to_owned())
}

/// The one value of a header.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let value = one(headers, name)?;
    let is_number = !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| value.parse().ok()).flatten()
}

pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Refused> {
    match one(headers, &TUS_RESUMABLE) {
        Some(VERSION) => Ok(()),
        _ => Err(ErrorCode::UploadVersion.into()),
    }
}

/// Checks that the body is the bytes of a file.
pub(super) fn check_bytes(headers: &HeaderMap) -> Result<(), Refused> {
    match one(headers, &CONTENT_TYPE) {
        Some("application/offset+octet-stream") => Ok(()),
        _ => Err(Refused::because(
            ErrorCode::UnsupportedMediaType,
            "`Content-Type` is not `application/offset+octet-stream`".to_owned(),
        )),
    }
}

pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    number(headers, &CONTENT_LENGTH)
}

pub(super) fn offset(headers: &HeaderMap) -> Result<u64, Refused> {
    number(headers, &UPLOAD_OFFSET).ok_or_else(|| bad("`Upload-Offset`: expected a number, once"))
}

pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Refused> {
    if !headers.contains_key(UPLOAD_CHECKSUM) {
        return Ok(None);
    }
    let read = || {
        let (algorithm, digest) = one(headers, &UPLOAD_CHECKSUM)?.split_once(' ')?;
        let digest = BASE64_STANDARD.decode(digest).ok()?;
        match algorithm {
            "sha1" => Some(Checksum::Sha1(digest.try_into().ok()?)),
            "sha256" => Some(Checksum::Sha256(digest.try_into().ok()?)),
            _ => None,
        }
    };
    let read = read()
        .ok_or_else(|| bad("`Upload-Checksum`: expected `sha1` or `sha256`, and the digest in base64"))?;
    Ok(Some(read))
}

/// The upload that a request begins; `id` makes an id if it names none.
pub(super) fn new_upload(
    headers: &HeaderMap,
    id: impl FnOnce() -> AttachmentId,
) -> Result<NewUpload, Refused> {
    let size =
        number(headers, &UPLOAD_LENGTH).ok_or_else(|| bad("`Upload-Length`: expected a number, once"))?;
    let metadata = one(headers, &UPLOAD_METADATA).ok_or_else(|| bad("`Upload-Metadata` is missing"))?;
    let (mut attachment, mut conversation, mut name) = (None, None, None);
    for pair in metadata.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let known = match key {
            "id" => &mut attachment,
            "conversation" => &mut conversation,
            "filename" => &mut name,
            _ => continue,
        };
        let value = BASE64_STANDARD
            .decode(value)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let value = value.ok_or_else(|| bad("`Upload-Metadata`: expected UTF-8 in base64"))?;
        if known.replace(value).is_some() {
            return Err(bad("`Upload-Metadata`: a key stands there twice"));
        }
    }
    let conversation = conversation.and_then(|id| id.parse::<ConversationId>().ok());
    let conversation =
        conversation.ok_or_else(|| bad("`Upload-Metadata`: `conversation` is missing, or no id"))?;
    let id = match attachment {
        None => id(),
        Some(id) => id.parse().map_err(|_| bad("`Upload-Metadata`: `id` is no id"))?,
    };
    let name = name.unwrap_or_default();
    if name.len() > LONGEST_NAME {
        return Err(bad("`Upload-Metadata`: `filename` is longer than 1024 bytes"));
    }
    Ok(NewUpload {
        id,
        conversation,
        size,
        name,
    })
}
