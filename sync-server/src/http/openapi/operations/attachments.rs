//! The files of messages.

use axum::http::Method;
use protocol::error::ErrorCode;

use super::{Answer, BYTES, NOTHING, Operation, id, in_header, in_path};

pub(super) fn all() -> Vec<Operation> {
    let version = || in_header("Tus-Resumable", true, "`1.0.0`.");
    let file = || in_path("attachment", "Its id.", id());
    vec![
        Operation {
            method: Method::OPTIONS,
            path: "/v1/attachments",
            id: "upload_options",
            summary: "Says how files are uploaded",
            about: "By tus 1.0 (https://tus.io/protocols/resumable-upload), with its extensions creation, checksum, termination and \
                    expiration.",
            parameters: Vec::new(),
            body: None,
            answer: Answer {
                status: 204,
                about: "In `Tus-Version`, `Tus-Extension`, `Tus-Checksum-Algorithm` and `Tus-Max-Size`.",
                content: None,
            },
            writes: false,
            errors: &[],
        },
        Operation {
            method: Method::POST,
            path: "/v1/attachments",
            id: "begin_upload",
            summary: "Begins the upload of a file",
            about: "The same upload begun again goes on where it is. A file that no message names is deleted after a day \
                    (`Upload-Expires`).",
            parameters: vec![
                version(),
                in_header("Upload-Length", true, "The bytes of the file, at least one."),
                in_header(
                    "Upload-Metadata",
                    true,
                    "Keys and values in base64: `conversation` (an id; it may not exist yet), `filename` (as the sender has it; a message \
                     lists the file by the same name, cleaned), and `id` (a new UUIDv7; the server makes one if it is absent).",
                ),
            ],
            body: None,
            answer: Answer {
                status: 201,
                about: "Begun; `Location` is its address, `Upload-Offset` the number of its bytes that are there already.",
                content: None,
            },
            writes: false,
            errors: &[
                ErrorCode::BadRequest,
                ErrorCode::UploadVersion,
                ErrorCode::AttachmentTooLarge,
                ErrorCode::AttachmentRefused,
                ErrorCode::TooManyUploads,
                ErrorCode::TooManyRequests,
                ErrorCode::UploadConflict,
                ErrorCode::NoRoom,
            ],
        },
        Operation {
            method: Method::HEAD,
            path: "/v1/attachments/{attachment}",
            id: "upload_offset",
            summary: "Says how far an upload is",
            about: "For the person who began it, until a message names it. An error has no body: its status says which it is.",
            parameters: vec![file(), version()],
            body: None,
            answer: Answer {
                status: 200,
                about: "In `Upload-Offset` and `Upload-Length`.",
                content: None,
            },
            writes: false,
            errors: &[ErrorCode::UploadVersion, ErrorCode::AttachmentRefused],
        },
        Operation {
            method: Method::PATCH,
            path: "/v1/attachments/{attachment}",
            id: "upload",
            summary: "Brings more bytes of a file",
            about: "As many as one likes. What came before a request breaks off is kept, unless it has an `Upload-Checksum`: then all of it is \
                    kept, or nothing. A newer request for the same file ends an older one. With the last byte the file is judged by its \
                    name and its content.",
            parameters: vec![
                file(),
                version(),
                in_header("Upload-Offset", true, "The number of bytes that are there."),
                in_header(
                    "Upload-Checksum",
                    false,
                    "`sha1` or `sha256`, a space, and the digest of the body in base64.",
                ),
            ],
            body: Some(BYTES),
            answer: Answer {
                status: 204,
                about: "Taken; `Upload-Offset` is the number of bytes that are there now.",
                content: None,
            },
            writes: false,
            errors: &[
                ErrorCode::UploadVersion,
                ErrorCode::UploadConflict,
                ErrorCode::ChecksumMismatch,
                ErrorCode::AttachmentRefused,
                ErrorCode::AttachmentInfected,
                ErrorCode::NoRoom,
            ],
        },
        Operation {
            method: Method::DELETE,
            path: "/v1/attachments/{attachment}",
            id: "cancel_upload",
            summary: "Cancels an upload",
            about: "Its bytes are deleted. A file that a message names is taken away by an edit or a deletion of the message instead.",
            parameters: vec![file(), version()],
            body: None,
            answer: NOTHING,
            writes: false,
            errors: &[ErrorCode::UploadVersion, ErrorCode::TooManyRequests],
        },
        Operation {
            method: Method::GET,
            path: "/v1/attachments/{attachment}",
            id: "download",
            summary: "The bytes of a file of a message",
            about: "For those who see the message, and the event that lists the file now; for others it does not exist.",
            parameters: vec![
                file(),
                in_header(
                    "Range",
                    false,
                    "`bytes=0-4194303` and such; one range. The answer is then 206 with `Content-Range`.",
                ),
            ],
            body: None,
            answer: Answer {
                status: 200,
                about: "The bytes, with a strong `ETag`.",
                content: Some(("application/octet-stream", BYTES)),
            },
            writes: false,
            errors: &[
                ErrorCode::AttachmentNotChecked,
                ErrorCode::AttachmentInfected,
                ErrorCode::RangeInvalid,
                ErrorCode::TooManyRequests,
            ],
        },
    ]
}
