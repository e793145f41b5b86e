//! The description of each route: its purpose, its request, and the answers that not all routes share.

use axum::http::Method;
use protocol::error::ErrorCode;
use serde_json::{Value, json};

/// Rules that hold for all routes.
pub(super) const ABOUT: &str = "\
The API of an Overleg server for devices and source systems. This document is generated from the server's types and its \
table of routes. `protocol.md` beside it specifies what types cannot express (who may see what, how the hash chain is \
verified, what a device purges); `operator.md` is for operators and source systems.

A body is a JSON object in UTF-8 with `Content-Type: application/json` (415 otherwise), of at most 4 MiB (413). \
Unknown fields are ignored; in requests of source systems they are refused. Every error answer is an `ErrorAnswer`; \
`why` is for engineers, and `x-sentences` of `ErrorCode` and `Refusal` holds sentences for people. \
A path or method that is not listed here gets 404; invalid HTTP gets 400 without a body. Numbers are integers of at most 2^63 - 1; times are milliseconds \
since 1970-01-01 in UTC.";

/// A method and a path, and their description.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: Vec<Parameter>,
    /// The schema of its body.
    pub(super) body: Option<&'static str>,
    pub(super) answer: Answer,
    /// Whether it goes through the write queue.
    pub(super) writes: bool,
    /// The error codes of this route only.
    pub(super) errors: &'static [ErrorCode],
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) content: Option<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    name: &'static str,
    /// `path`, `query` or `header`.
    pub(super) place: &'static str,
    required: bool,
    about: &'static str,
    schema: Value,
}

impl Parameter {
    pub(super) fn described(&self) -> Value {
        let mut described = json!({
            "name": self.name,
            "in": self.place,
            "required": self.required,
            "description": self.about,
            "schema": self.schema,
        });
        if self.schema["type"] == "array" {
            described["style"] = json!("form");
            described["explode"] = json!(false);
        }
        described
    }
}

const JSON: &str = "application/json";
/// The body is the bytes of a file.
pub(super) const BYTES: &str = "bytes";
const HTML: &str = "text/html";
/// The body is a text.
pub(super) const TEXT: &str = "text";

const fn json_answer(schema: &'static str, about: &'static str) -> Answer {
    Answer {
        status: 200,
        about,
        content: Some((JSON, schema)),
    }
}

const PAGE: Answer = Answer {
    status: 200,
    about: "The page.",
    content: Some((HTML, TEXT)),
};

const NOTHING: Answer = Answer {
    status: 204,
    about: "Done.",
    content: None,
};

fn in_path(name: &'static str, about: &'static str, schema: Value) -> Parameter {
    Parameter {
        name,
        place: "path",
        required: true,
        about,
        schema,
    }
}

fn in_query(name: &'static str, required: bool, about: &'static str, schema: Value) -> Parameter {
    Parameter {
        name,
        place: "query",
        required,
        about,
        schema,
    }
}

fn in_header(name: &'static str, required: bool, about: &'static str) -> Parameter {
    Parameter {
        name,
        place: "header",
        required,
        about,
        schema: json!({ "type": "string" }),
    }
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn place() -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 1 })
}

fn reference() -> Parameter {
    in_path(
        "reference",
        "The source system's reference of the item: 1 to 200 characters, percent-encoded.",
        json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
    )
}

pub(super) fn operation(method: &Method, path: &str) -> Option<Operation> {
    all()
        .into_iter()
        .find(|operation| operation.method == *method && operation.path == path)
}

/// The operations of all routes.
pub(super) fn all() -> Vec<Operation> {
    let mut all = following();
    all.extend(attachments());
    all.extend(items());
    all.extend(sources());
    all.extend(sessions());
    all
}

fn following() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::POST,
            path: "/v1/commands",
            id: "commands",
            summary: "Sends commands, read positions and personal fields",
            about: "Commands are processed in order; each is accepted or refused by itself, and an accepted one is durable. A \
                    malformed position or field is refused by itself, too, and named in `not_taken`.",
            parameters: Vec::new(),
            body: Some("CommandsRequest"),
            answer: json_answer("CommandsAnswer", "One answer per command, in the same order."),
            writes: true,
            errors: &[],
        },
        Operation {
            method: Method::POST,
            path: "/v1/sync",
            id: "sync",
            summary: "Brings a device up to date and keeps it so",
            about: "By `mode`: `once` answers at once; `wait` as soon as there is something new, or after 25 seconds; \
                    `stream` stays open.",
            parameters: Vec::new(),
            body: Some("SyncRequest"),
            answer: Answer {
                status: 200,
                about: "Frames: each line is one frame of this schema.",
                content: Some(("application/x-ndjson", "Frame")),
            },
            writes: false,
            errors: &[ErrorCode::UpdateNeeded, ErrorCode::Restored, ErrorCode::Stopping],
        },
        Operation {
            method: Method::GET,
            path: "/v1/conversations/{conversation}/events",
            id: "history",
            summary: "A range of one conversation, as the requester sees it",
            about: "Clamped to the events after the requester's anchor, and to the last 1,000 events of the range.",
            parameters: vec![
                in_path("conversation", "Its id, or an alias of it.", id()),
                in_query("from", true, "The first place.", place()),
                in_query("to", true, "The last place; not before the first.", place()),
            ],
            body: None,
            answer: json_answer("HistoryAnswer", "The events in order."),
            writes: false,
            errors: &[
                ErrorCode::BadRequest,
                ErrorCode::NotFound,
                // The account has read more than its quota.
                ErrorCode::TooManyRequests,
            ],
        },
        Operation {
            method: Method::GET,
            path: "/v1/directory",
            id: "directory",
            summary: "Finds people and teams",
            about: "Matches the beginnings of words, ignoring accents and case; after those, words with a typing error (one in four letters or \
                    more, two in eight or more) and initials. What one account is shown in an hour is limited.",
            parameters: vec![
                in_query("acting", true, "The requester's membership that searches.", id()),
                in_query(
                    "query",
                    false,
                    "Words; an empty query finds everybody.",
                    json!({ "type": "string" }),
                ),
                in_query(
                    "limit",
                    false,
                    "Maximum number of people, and of teams; the default and the maximum are 50.",
                    json!({ "type": "integer", "format": "int64", "minimum": 0 }),
                ),
                in_query(
                    "after",
                    false,
                    "`next` of the answer before, for the next people and teams of the same query.",
                    json!({ "type": "string" }),
                ),
            ],
            body: None,
            answer: json_answer(
                "DirectoryAnswer",
                "Best match first; the requester's organisation before others.",
            ),
            writes: false,
            errors: &[
                ErrorCode::BadRequest,
                ErrorCode::NotFound,
                ErrorCode::TooManyFound,
            ],
        },
        Operation {
            method: Method::GET,
            path: "/v1/memberships/{membership}/findability",
            id: "findability",
            summary: "Whether people of other organisations find the requester",
            about: "By this membership, which must be the requester's own.",
            parameters: vec![in_path("membership", "Its id.", id())],
            body: None,
            answer: json_answer(
                "Findability",
                "The choice; found by all organisations within reach at first.",
            ),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::PUT,
            path: "/v1/memberships/{membership}/findability",
            id: "choose_findability",
            summary: "Chooses whether people of other organisations find the requester",
            about: "By this membership, which must be the requester's own. Colleagues of the organisation find them always; conversations go on.",
            parameters: vec![in_path("membership", "Its id.", id())],
            body: Some("Findability"),
            answer: NOTHING,
            writes: true,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::GET,
            path: "/v1/memberships/{membership}/availability",
            id: "availability",
            summary: "When the requester works, and who covers",
            about: "By this membership, which must be the requester's own. Others see it on the card.",
            parameters: vec![in_path("membership", "Its id.", id())],
            body: None,
            answer: json_answer("Availability", "Nothing but a time zone where nothing is known."),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::PUT,
            path: "/v1/memberships/{membership}/availability",
            id: "set_availability",
            summary: "Sets when the requester works, and who covers",
            about: "By this membership, which must be the requester's own. The cover is a colleague or team of the same organisation. It replaces what was set before; all who have the card get the new one.",
            parameters: vec![in_path("membership", "Its id.", id())],
            body: Some("Availability"),
            answer: NOTHING,
            writes: true,
            errors: &[ErrorCode::NotFound, ErrorCode::CoverUnavailable],
        },
    ]
}

fn attachments() -> Vec<Operation> {
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

fn items() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/v1/items",
            id: "items",
            summary: "The cards of items",
            about: "Items that the requester may not see are left out.",
            parameters: vec![in_query(
                "ids",
                true,
                "Separated by commas.",
                json!({
                    "type": "array", "items": id(), "minItems": 1, "maxItems": protocol::items::MOST_ITEMS,
                }),
            )],
            body: None,
            answer: json_answer("ItemsAnswer", "The cards."),
            writes: false,
            errors: &[ErrorCode::BadRequest, ErrorCode::TooLarge],
        },
        Operation {
            method: Method::GET,
            path: "/v1/items/{item}",
            id: "item",
            summary: "An item and its conversations",
            about: "All conversations with `analyse`, otherwise those in which the requester took part.",
            parameters: vec![in_path("item", "Its id.", id())],
            body: None,
            answer: json_answer(
                "ItemAnswer",
                "The item, if the requester may see it, and the conversations.",
            ),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::POST,
            path: "/v1/watch",
            id: "watch",
            summary: "Watches the read markers of the conversation that a device shows",
            about: "From then on the stream of this session sends their changes; the next watch, or a watch of none, ends it.",
            parameters: Vec::new(),
            body: Some("WatchRequest"),
            answer: json_answer("WatchAnswer", "The read markers of the other participants."),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
    ]
}

fn sources() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::PUT,
            path: "/v1/source/items/{reference}",
            id: "put_item",
            summary: "Registers an item, or changes the one with this reference",
            about: "Repeating the request changes nothing. An item keeps its type.",
            parameters: vec![reference()],
            body: Some("SourceItem"),
            answer: json_answer(
                "SourceItemAnswer",
                "The registered item, with the link that opens it in Overleg.",
            ),
            writes: true,
            errors: &[ErrorCode::ItemInvalid],
        },
        Operation {
            method: Method::GET,
            path: "/v1/source/items/{reference}",
            id: "get_item",
            summary: "Returns a registered item",
            about: "Only items of the source system's own organisation.",
            parameters: vec![reference()],
            body: None,
            answer: json_answer("SourceItemAnswer", "The registered item."),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::PUT,
            path: "/v1/source/permissions",
            id: "grant",
            summary: "Grants a permission",
            about: "To all memberships of the person in the source system's organisation.",
            parameters: Vec::new(),
            body: Some("SourcePermission"),
            answer: NOTHING,
            writes: true,
            errors: &[ErrorCode::PermissionInvalid],
        },
        Operation {
            method: Method::DELETE,
            path: "/v1/source/permissions",
            id: "revoke",
            summary: "Revokes a permission at once",
            about: "From all memberships of the person in the source system's organisation.",
            parameters: Vec::new(),
            body: Some("SourcePermission"),
            answer: NOTHING,
            writes: true,
            errors: &[ErrorCode::PermissionInvalid],
        },
    ]
}

fn sessions() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::POST,
            path: "/v1/session/invitation",
            id: "invitation",
            summary: "Shows whom an invitation is for",
            about: "Before it is accepted; this does not use it up.",
            parameters: Vec::new(),
            body: Some("InvitationRequest"),
            answer: json_answer(
                "InvitationAnswer",
                "The person, the time at which it expires, and whether it resets a password.",
            ),
            writes: false,
            errors: &[
                ErrorCode::InvitationUnknown,
                ErrorCode::InvitationExpired,
                ErrorCode::TooManyAttempts,
            ],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/accept",
            id: "accept",
            summary: "Sets the password, and signs in",
            about: "All other sessions of the account end.",
            parameters: Vec::new(),
            body: Some("AcceptRequest"),
            answer: json_answer("SessionAnswer", "The session."),
            writes: false,
            errors: &[
                ErrorCode::InvitationUnknown,
                ErrorCode::InvitationExpired,
                ErrorCode::PasswordTooShort,
                ErrorCode::PasswordTooEasy,
                ErrorCode::PasswordTooLong,
                ErrorCode::TooManyAttempts,
                ErrorCode::Stopping,
            ],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/sign-in",
            id: "sign_in",
            summary: "Signs in",
            about: "A wrong password and an unknown address take the same time and get the same answer.",
            parameters: Vec::new(),
            body: Some("SignInRequest"),
            answer: json_answer("SessionAnswer", "The session."),
            writes: false,
            errors: &[
                ErrorCode::WrongPassword,
                ErrorCode::TooManyAttempts,
                ErrorCode::Stopping,
            ],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/refresh",
            id: "refresh",
            summary: "Rotates the tokens of a session",
            about: "A refresh token is used once; the one before may be repeated until its successor is used.",
            parameters: Vec::new(),
            body: Some("RefreshRequest"),
            answer: json_answer("SessionAnswer", "The session, with its next tokens."),
            writes: false,
            errors: &[
                ErrorCode::SessionEnded,
                ErrorCode::Restored,
                ErrorCode::TooManyRequests,
            ],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/signed-out",
            id: "signed_out",
            summary: "Says afterwards that a device was signed out",
            about: "By the `sign_out` of its `SessionAnswer`, which ends that session and opens nothing. That it has ended already is \
                    no error, so that the request can be repeated.",
            parameters: Vec::new(),
            body: Some("SignedOutRequest"),
            answer: NOTHING,
            writes: false,
            errors: &[ErrorCode::SessionEnded],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/password",
            id: "change_password",
            summary: "Changes the password",
            about: "The session of the request stays; all others of the account end at once, and invitations that were not used are \
                    of no use any more. Wrong passwords count as they do when signing in on this device.",
            parameters: Vec::new(),
            body: Some("ChangePasswordRequest"),
            answer: NOTHING,
            writes: false,
            errors: &[
                ErrorCode::WrongPassword,
                ErrorCode::PasswordTooShort,
                ErrorCode::PasswordTooEasy,
                ErrorCode::PasswordTooLong,
                ErrorCode::TooManyAttempts,
                ErrorCode::Stopping,
            ],
        },
        Operation {
            method: Method::POST,
            path: "/v1/session/sign-out",
            id: "sign_out",
            summary: "Ends the session",
            about: "Its streams end, too, at once. The request has no body.",
            parameters: Vec::new(),
            body: None,
            answer: NOTHING,
            writes: false,
            errors: &[],
        },
        Operation {
            method: Method::GET,
            path: "/open/conversation/{conversation}",
            id: "open_conversation",
            summary: "A page for a browser that opens a conversation in Overleg",
            about: "The link of a mail. The page is the same for every well-formed id, whether there is such a conversation or not; it is \
                    in Dutch, or in English for a browser that prefers it.",
            parameters: vec![in_path("conversation", "The conversation.", id())],
            body: None,
            answer: PAGE,
            writes: false,
            errors: &[],
        },
        Operation {
            method: Method::GET,
            path: "/open/settings/mail",
            id: "open_mail_settings",
            summary: "A page for a browser that opens the settings of mail in Overleg",
            about: "The link of a mail by which one chooses when to get mail. The page itself changes nothing.",
            parameters: Vec::new(),
            body: None,
            answer: PAGE,
            writes: false,
            errors: &[],
        },
        Operation {
            method: Method::GET,
            path: "/v1/sessions",
            id: "sessions",
            summary: "The devices on which the requester is signed in",
            about: "The one used last first.",
            parameters: Vec::new(),
            body: None,
            answer: json_answer("SessionsAnswer", "The devices."),
            writes: false,
            errors: &[],
        },
        Operation {
            method: Method::POST,
            path: "/v1/sessions/end",
            id: "end_session",
            summary: "Signs out one of these devices",
            about: "At once, with its streams. Of nobody else: that answers as one that does not exist.",
            parameters: Vec::new(),
            body: Some("EndSessionRequest"),
            answer: NOTHING,
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
    ]
}
