//! The OpenAPI document of the server: every route in the router's table, its request and its answers, with the schemas
//! of the types themselves.
//!
//! `docs/openapi.json` is the output of [`document`]; `cargo xtask bindings` writes it, and `tests/openapi.rs`
//! compares. `docs/protocol.md` describes what types cannot express.

mod operations;

use std::collections::BTreeMap;

use axum::http::Method;
use conversation::Refusal;
use conversation::organisation::Availability;
use conversation::refusal::Language;
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::{ErrorAnswer, ErrorCode};
use protocol::items::{ItemAnswer, ItemsAnswer, SourceItem, SourceItemAnswer, SourcePermission};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{Frame, HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::connections::LONGEST_HEAD;
use super::{For, every_route};
use operations::{Operation, Parameter, operation};

/// The whole document.
pub fn document() -> Result<Value, serde_json::Error> {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (method, path, who) in every_route() {
        // A route without an operation is left out; a test fails on it.
        if let Some(operation) = operation(&method, path) {
            let at = paths.entry(path).or_default();
            at.insert(
                method.as_str().to_ascii_lowercase(),
                described(&operation, &method, who),
            );
        }
    }
    let mut schemas = schemas()?;
    say_sentences(&mut schemas);
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Overleg",
            "version": protocol::VERSION.to_string(),
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
            "description": operations::ABOUT,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "access": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `access` of a `SessionAnswer`; it lives for ten minutes.",
                },
                "source": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of a source system, as `sync-server source add` printed it.",
                },
            },
        },
    }))
}

fn described(operation: &Operation, method: &Method, who: For) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.about,
        "responses": answers(operation, method, who),
    });
    if !operation.parameters.is_empty() {
        let parameters: Vec<Value> = operation.parameters.iter().map(Parameter::described).collect();
        described["parameters"] = json!(parameters);
    }
    if let Some(body) = operation.body {
        let media_type = match body {
            operations::BYTES => "application/offset+octet-stream",
            _ => "application/json",
        };
        described["requestBody"] = json!({
            "required": true,
            "content": { media_type: { "schema": reference(body) } },
        });
    }
    described["security"] = match who {
        For::Anyone => json!([]),
        For::Person => json!([{ "access": [] }]),
        For::Source => json!([{ "source": [] }]),
    };
    described
}

fn reference(schema: &str) -> Value {
    if schema == operations::BYTES {
        return json!({ "type": "string", "format": "binary" });
    }
    if schema == operations::TEXT {
        return json!({ "type": "string" });
    }
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The answers of a route by their status, each error with its codes and their sentences.
fn answers(operation: &Operation, method: &Method, who: For) -> Value {
    let mut answers = Map::new();
    let mut success = json!({ "description": operation.answer.about });
    if let Some((media_type, schema)) = operation.answer.content {
        success["content"] = json!({ media_type: { "schema": reference(schema) } });
    }
    answers.insert(operation.answer.status.to_string(), success);
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes(operation, method, who) {
        by_status.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in by_status {
        let sentences: Vec<String> = codes
            .iter()
            .map(|code| format!("`{}`: {}", name(code), code.sentence(Language::En)))
            .collect();
        let names: Vec<Value> = codes.iter().map(name_of).collect();
        let mut answer = json!({
            "description": sentences.join("\n\n"),
            "content": { "application/json": { "schema": {
                "allOf": [reference("ErrorAnswer"), { "properties": { "error": { "enum": names } } }],
            } } },
        });
        if matches!(status, 408 | 423 | 429 | 503) {
            answer["headers"] = json!({ "Retry-After": {
                "description": "After how many seconds to try again.",
                "schema": { "type": "integer", "minimum": 0 },
            } });
        }
        answers.insert(status.to_string(), answer);
    }
    answers.insert("431".to_owned(), head_too_long());
    Value::Object(answers)
}

/// The answer of every route to a head that is too long: the head is not read any further, so the request is unknown.
fn head_too_long() -> Value {
    json!({ "description": format!(
        "The request's head (address and headers) is longer than {LONGEST_HEAD} bytes. There is no body, and the connection \
         is closed."
    ) })
}

/// The error codes of a route: its own, and those that its authentication and its body add.
fn codes(operation: &Operation, method: &Method, who: For) -> Vec<ErrorCode> {
    let of_who: &[ErrorCode] = match who {
        For::Anyone => &[],
        For::Person => &[ErrorCode::SignInNeeded, ErrorCode::SessionEnded],
        For::Source => &[ErrorCode::KeyUnknown],
    };
    let of_body: &[ErrorCode] = match operation.body {
        Some(_) => &[
            ErrorCode::BadRequest,
            ErrorCode::TooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::TooSlow,
            // There is no room for its body.
            ErrorCode::TooManyRequests,
        ],
        None => &[],
    };
    // A character in the path may make another path of it.
    let of_path: &[ErrorCode] = if operation
        .parameters
        .iter()
        .any(|parameter| parameter.place == "path")
    {
        &[ErrorCode::NotFound]
    } else {
        &[]
    };
    // Writes wait in the queue.
    let of_writing: &[ErrorCode] = if operation.writes && *method != Method::GET {
        &[ErrorCode::TooManyRequests, ErrorCode::Stopping]
    } else {
        &[]
    };
    let all = [
        of_who,
        of_body,
        of_path,
        of_writing,
        &[ErrorCode::Internal],
        operation.errors,
    ];
    let given = |code: &&ErrorCode| all.iter().any(|codes| codes.contains(code));
    ErrorCode::ALL.iter().filter(given).copied().collect()
}

fn name_of(code: &ErrorCode) -> Value {
    serde_json::to_value(code).unwrap_or_default()
}

fn name(code: &ErrorCode) -> String {
    name_of(code).as_str().unwrap_or_default().to_owned()
}

/// The schemas of all bodies, and of the types in them.
fn schemas() -> Result<Map<String, Value>, serde_json::Error> {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    add::<CommandsRequest>(&mut all);
    add::<CommandsAnswer>(&mut all);
    add::<SyncRequest>(&mut all);
    add::<Frame>(&mut all);
    add::<HistoryAnswer>(&mut all);
    add::<DirectoryAnswer>(&mut all);
    add::<Findability>(&mut all);
    add::<Availability>(&mut all);
    add::<ItemsAnswer>(&mut all);
    add::<ItemAnswer>(&mut all);
    add::<WatchRequest>(&mut all);
    add::<WatchAnswer>(&mut all);
    add::<SourceItem>(&mut all);
    add::<SourceItemAnswer>(&mut all);
    add::<SourcePermission>(&mut all);
    add::<InvitationRequest>(&mut all);
    add::<InvitationAnswer>(&mut all);
    add::<AcceptRequest>(&mut all);
    add::<SignInRequest>(&mut all);
    add::<RefreshRequest>(&mut all);
    add::<ChangePasswordRequest>(&mut all);
    add::<SignedOutRequest>(&mut all);
    add::<SessionsAnswer>(&mut all);
    add::<EndSessionRequest>(&mut all);
    add::<SessionAnswer>(&mut all);
    add::<ErrorAnswer>(&mut all);
    let mut schemas = Map::new();
    for (name, schema) in all {
        let mut schema = serde_json::to_value(schema)?;
        tidy(&mut schema);
        schemas.insert(name, schema);
    }
    open_closed(&mut schemas);
    Ok(schemas)
}

/// Removes `additionalProperties: false` from schemas that are part of another: it would refuse the fields of the
/// whole.
fn open_closed(schemas: &mut Map<String, Value>) {
    let closed: Map<String, Value> = schemas
        .iter()
        .filter(|(_, schema)| schema["additionalProperties"] == json!(false))
        .map(|(name, schema)| {
            let mut open = schema.clone();
            if let Some(fields) = open.as_object_mut() {
                fields.remove("additionalProperties");
            }
            (format!("#/components/schemas/{name}"), open)
        })
        .collect();
    for schema in schemas.values_mut() {
        let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten() {
            if let Some(open) = part["$ref"].as_str().and_then(|name| closed.get(name)) {
                *part = open.clone();
            }
        }
    }
}

fn add<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}

/// Removes links to code, which readers of the document do not have, and the variant that an older device makes of an
/// unknown kind of event, which a server never sends.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`").replace("crate::", "");
            }
            if let Some(Value::Array(kinds)) = fields.get_mut("oneOf") {
                kinds.retain(|kind| kind["properties"]["kind"]["enum"] != json!(["unknown"]));
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Adds the sentences for people to the error codes.
fn say_sentences(schemas: &mut Map<String, Value>) {
    let mut errors = Map::new();
    for code in ErrorCode::ALL {
        errors.insert(
            name(code),
            json!({
                "status": code.status(),
                "nl": code.sentence(Language::Nl),
                "en": code.sentence(Language::En),
            }),
        );
    }
    let mut refusals = Map::new();
    for refusal in Refusal::ALL {
        let name = serde_json::to_value(refusal).unwrap_or_default();
        let sentences = json!({
            "nl": refusal.sentence(Language::Nl),
            "en": refusal.sentence(Language::En),
        });
        refusals.insert(name.as_str().unwrap_or_default().to_owned(), sentences);
    }
    for (schema, sentences) in [("ErrorCode", errors), ("Refusal", refusals)] {
        if let Some(schema) = schemas.get_mut(schema) {
            schema["x-sentences"] = Value::Object(sentences);
        }
    }
}
