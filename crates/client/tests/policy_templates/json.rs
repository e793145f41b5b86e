//! The policy file of Linux: an example, and its JSON Schema, by which an editor completes and checks it. The schema of the
//! managed preferences of macOS has the same members, one level up: tools that manage Macs make a form of it.

use client::model::settings::{Declaration, Kind};
use serde_json::{Map, Value, json};

use crate::forcible;
use crate::texts::ENGLISH;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The same in every run, with a line break at its end.
fn written(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

fn property(setting: &Declaration) -> Value {
    let mut property = match setting.kind {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Text { longest } => json!({ "type": "string", "maxLength": longest }),
        Kind::Choices(words) => json!({ "type": "array", "items": { "type": "string", "enum": words } }),
        Kind::Structure => json!({}),
    };
    property["title"] = json!(ENGLISH.name(setting.key));
    property["description"] = json!(ENGLISH.about(setting));
    property["default"] = setting.default();
    property
}

fn properties() -> Map<String, Value> {
    forcible()
        .map(|one| (one.key.to_owned(), property(one)))
        .collect()
}

pub fn schema() -> String {
    let settings = |description: &str| {
        json!({
            "type": "object",
            "description": description,
            "properties": properties(),
            "additionalProperties": false,
        })
    };
    written(&json!({
        "$schema": DRAFT,
        "title": "Policy of Overleg",
        "type": "object",
        "properties": {
            "settings": settings("Enforced: users cannot change these."),
            "recommended": settings("Recommended: these hold until the user chooses another value."),
        },
    }))
}

pub fn manifest() -> String {
    let mut all = properties();
    all.insert(
        "Recommended".to_owned(),
        json!({
            "type": "object",
            "title": ENGLISH.recommended(),
            "properties": properties(),
        }),
    );
    written(&json!({
        "$schema": DRAFT,
        "title": "nl.overleg.desktop",
        "description": ENGLISH.description(),
        "type": "object",
        "properties": all,
    }))
}

/// Changes nothing as it is: each setting is recommended at its default.
pub fn example() -> String {
    let defaults: Map<String, Value> = forcible()
        .map(|one| (one.key.to_owned(), one.default()))
        .collect();
    written(&json!({ "settings": {}, "recommended": defaults }))
}
