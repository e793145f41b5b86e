//! The description of each route: its purpose, its request, and the answers that not all routes share.

mod attachments;
mod sessions;

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
    all.extend(attachments::all());
    all.extend(items());
    all.extend(sources());
    all.extend(sessions::all());
    all.extend(pages());
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

/// Pages for a browser.
fn pages() -> Vec<Operation> {
    vec![
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
    ]
}
