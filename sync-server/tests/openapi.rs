//! The OpenAPI document is complete, and the committed one is current.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::collections::BTreeSet;
use std::path::Path;

use conversation::Refusal;
use conversation::refusal::Language;
use protocol::error::ErrorCode;
use serde_json::{Value, json};
use sync_server::http::every_route;
use sync_server::http::openapi::document;

fn read() -> Value {
    document().unwrap()
}

// I2
#[test]
fn every_route_has_an_entry_and_every_entry_is_a_route() {
    let document = read();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_ascii_uppercase()));
        }
    }
    let routes: BTreeSet<String> = every_route()
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(described, routes);
    let ids: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), routes.len(), "{ids:?}");
}

// U2
#[test]
fn every_error_is_one_of_a_route_and_every_code_has_its_sentences() {
    let document = read();
    let paths = document["paths"].to_string();
    for code in ErrorCode::ALL {
        let name = json!(code);
        let said = format!("`{}`: {}", name.as_str().unwrap(), code.sentence(Language::En));
        let said = json!(said).to_string();
        assert!(
            paths.contains(said.trim_matches('"')),
            "{code:?} is no answer of any route"
        );
    }
    let schemas = &document["components"]["schemas"];
    for (schema, count) in [
        ("ErrorCode", ErrorCode::ALL.len()),
        ("Refusal", Refusal::ALL.len()),
    ] {
        assert_eq!(schemas[schema]["enum"].as_array().unwrap().len(), count);
        assert_eq!(schemas[schema]["x-sentences"].as_object().unwrap().len(), count);
    }
}

fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            named.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, named));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, named)),
        _ => {}
    }
}

// I2
#[test]
fn every_schema_that_is_named_is_there() {
    let document = read();
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    assert!(named.len() > 40, "{named:?}");
    for name in named {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    assert!(!document.to_string().contains("[`"), "a link to code is left");
}

// I2
#[test]
fn limits_of_the_document_are_those_of_the_server() {
    let document = read();
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["CommandsRequest"]["properties"]["commands"]["maxItems"],
        json!(protocol::MOST_COMMANDS)
    );
    assert_eq!(
        schemas["SyncRequest"]["properties"]["holes"]["maxItems"],
        json!(protocol::MOST_HOLES)
    );
    let ids = &document["paths"]["/v1/items"]["get"]["parameters"][0]["schema"];
    assert_eq!(ids["maxItems"], json!(protocol::items::MOST_ITEMS));
}

/// Writes the document for `cargo xtask bindings`, as ts-rs writes the types of the API.
#[test]
fn export_bindings_openapi() {
    let Some(folder) = std::env::var_os("TS_RS_EXPORT_DIR") else {
        return;
    };
    let text = serde_json::to_string_pretty(&read()).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(Path::new(&folder).join("openapi.json"), text + "\n").unwrap();
}

// I2
#[test]
fn the_document_in_the_docs_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(
        kept == read(),
        "docs/openapi.json is not current: run `cargo xtask bindings`"
    );
}
