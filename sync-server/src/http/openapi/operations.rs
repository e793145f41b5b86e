//! The description of each route: its purpose, its request, and the answers that not all routes share.

use axum::http::Method;
use protocol::error::ErrorCode;
use serde_json::{Value, json};

/// Rules that hold for all routes.
pub(super) const ABOUT: &str = "\
How devices and source systems talk to an Overleg server. This document is generated from the server's types and its \
table of routes; what types cannot say (what may be seen by whom, how the hash chain is verified, what is \
purged) stands in `protocol.md` beside it, and what is for operators and source systems in `operator.md`.

A body is JSON in UTF-8, said to be so by `Content-Type: application/json` (415 otherwise), at most 4 MiB (413), and an \
object. Unknown fields are skipped, but for those of source systems, which are refused. Every answer that is no success \
has an `ErrorAnswer`; `why` is for engineers, and sentences for people are in `x-sentences` of `ErrorCode` and `Refusal`. \
A path or method that is not here is answered 404; what is no HTTP, 400 without a body. Numbers are whole and at most 2^63 - 1; times are milliseconds \
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
    pub(super) in_path: bool,
    required: bool,
    about: &'static str,
    schema: Value,
}

impl Parameter {
    pub(super) fn told(&self) -> Value {
        let mut told = json!({
            "name": self.name,
            "in": if self.in_path { "path" } else { "query" },
            "required": self.required,
            "description": self.about,
            "schema": self.schema,
        });
        if self.schema["type"] == "array" {
            told["style"] = json!("form");
            told["explode"] = json!(false);
        }
        told
    }
}

const JSON: &str = "application/json";

const fn json_answer(schema: &'static str, about: &'static str) -> Answer {
    Answer {
        status: 200,
        about,
        content: Some((JSON, schema)),
    }
}

const NOTHING: Answer = Answer {
    status: 204,
    about: "AdminResponse.",
    content: None,
};

fn in_path(name: &'static str, about: &'static str, schema: Value) -> Parameter {
    Parameter {
        name,
        in_path: true,
        required: true,
        about,
        schema,
    }
}

fn in_query(name: &'static str, required: bool, about: &'static str, schema: Value) -> Parameter {
    Parameter {
        name,
        in_path: false,
        required,
        about,
        schema,
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
        "What the source system calls the item: 1 to 200 characters, percent-encoded.",
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
            summary: "Commands, read positions and fields of personal state",
            about: "Commands are taken in order; each is accepted or refused by itself, and an accepted one is durable. A \
                    position or field that is not of its form is refused alone, too, and named in `not_taken`.",
            parameters: Vec::new(),
            body: Some("CommandsRequest"),
            answer: json_answer("CommandsAnswer", "An answer for each command, in their order."),
            writes: true,
            errors: &[],
        },
        Operation {
            method: Method::POST,
            path: "/v1/sync",
            id: "sync",
            summary: "What a device has, and the frames that bring it up to date and keep it so",
            about: "By `mode`: `once` answers with what there is; `wait` as soon as there is something, or after 25 seconds; \
                    `stream` stays open.",
            parameters: Vec::new(),
            body: Some("SyncRequest"),
            answer: Answer {
                status: 200,
                about: "Frames: each line is one, by itself of this schema.",
                content: Some(("application/x-ndjson", "Frame")),
            },
            writes: false,
            errors: &[ErrorCode::UpdateNeeded, ErrorCode::Restored, ErrorCode::Stopping],
        },
        Operation {
            method: Method::GET,
            path: "/v1/conversations/{conversation}/events",
            id: "history",
            summary: "A stretch of one conversation, as far as one sees it",
            about: "Cut to what follows the viewer's anchor, and to its last 1,000 events.",
            parameters: vec![
                in_path("conversation", "Its id, or an alias of it.", id()),
                in_query("from", true, "The first place.", place()),
                in_query("to", true, "The last place; not before the first.", place()),
            ],
            body: None,
            answer: json_answer("HistoryAnswer", "The events, in their order."),
            writes: false,
            errors: &[ErrorCode::BadRequest, ErrorCode::NotFound],
        },
        Operation {
            method: Method::GET,
            path: "/v1/directory",
            id: "directory",
            summary: "People and teams whom one can find",
            about: "By the beginnings of words, with or without accents and capitals.",
            parameters: vec![
                in_query("acting", true, "One's own membership that looks.", id()),
                in_query(
                    "query",
                    false,
                    "Words; nothing finds all.",
                    json!({ "type": "string" }),
                ),
                in_query(
                    "limit",
                    false,
                    "At most so many people, and as many teams; 50 unless given, and at most.",
                    json!({ "type": "integer", "format": "int64", "minimum": 0 }),
                ),
            ],
            body: None,
            answer: json_answer(
                "DirectoryAnswer",
                "Best first; the own organisation before others.",
            ),
            writes: false,
            errors: &[ErrorCode::BadRequest, ErrorCode::NotFound],
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
            about: "Of those that one may see; the others are left out.",
            parameters: vec![in_query(
                "ids",
                true,
                "Divided by commas.",
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
            about: "With `analyse` all of them, else those that one took part in.",
            parameters: vec![in_path("item", "Its id.", id())],
            body: None,
            answer: json_answer(
                "ItemAnswer",
                "The item, for who may see it, and the conversations.",
            ),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::POST,
            path: "/v1/watch",
            id: "watch",
            summary: "How far others have read the conversation that a device shows",
            about: "The stream of this session tells of them from then on; another watch, or one of none, ends it.",
            parameters: Vec::new(),
            body: Some("WatchRequest"),
            answer: json_answer("WatchAnswer", "Where each of the others who take part stands."),
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
            summary: "Registers an item, or changes the one that is called so",
            about: "The same again changes nothing. An item keeps its type.",
            parameters: vec![reference()],
            body: Some("SourceItem"),
            answer: json_answer(
                "SourceItemAnswer",
                "What is registered, and what opens it in Overleg.",
            ),
            writes: true,
            errors: &[ErrorCode::ItemInvalid],
        },
        Operation {
            method: Method::GET,
            path: "/v1/source/items/{reference}",
            id: "get_item",
            summary: "What is registered of an item",
            about: "Of the source system's own organisation.",
            parameters: vec![reference()],
            body: None,
            answer: json_answer("SourceItemAnswer", "What is registered."),
            writes: false,
            errors: &[ErrorCode::NotFound],
        },
        Operation {
            method: Method::PUT,
            path: "/v1/source/permissions",
            id: "grant",
            summary: "Gives a permission",
            about: "To all that the person works as in the source system's organisation.",
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
            summary: "Takes a permission away, at once",
            about: "From all that the person works as in the source system's organisation.",
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
            summary: "Whom an invitation is for",
            about: "Before it is accepted; asking uses nothing up.",
            parameters: Vec::new(),
            body: Some("InvitationRequest"),
            answer: json_answer(
                "InvitationAnswer",
                "Whom, until when, and whether a password is set anew.",
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
            summary: "The next tokens of a session",
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
            path: "/v1/session/sign-out",
            id: "sign_out",
            summary: "Ends the session",
            about: "And its streams, at once. It reads no body.",
            parameters: Vec::new(),
            body: None,
            answer: NOTHING,
            writes: false,
            errors: &[],
        },
    ]
}
