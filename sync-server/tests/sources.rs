//! The items API of source systems (O7, S3, I2), over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::{Clinic, Person};
use conversation::{OrganisationId, SourceId};
use protocol::error::{ErrorAnswer, ErrorCode};
use protocol::items::{ItemAnswer, SourceItemAnswer};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sync_server::core::administer::{AdminRequest, AdminResponse};

async fn source(clinic: &Clinic, organisation: OrganisationId) -> (SourceId, String) {
    let name = "Elektronisch dossier".to_owned();
    match clinic
        .administer(AdminRequest::SourceAdd { organisation, name })
        .await
    {
        AdminResponse::Source { source, key } => (source, key.0),
        other => panic!("{other:?}"),
    }
}

async fn ask(clinic: &Clinic, key: &str, method: Method, path: &str, body: &Value) -> Response {
    let request = clinic.http.request(method, clinic.url(path)).bearer_auth(key);
    request.json(body).send().await.unwrap()
}

async fn put(clinic: &Clinic, key: &str, reference: &str, body: &Value) -> Response {
    let path = format!("/v1/source/items/{reference}");
    ask(clinic, key, Method::PUT, &path, body).await
}

async fn answered(response: Response) -> SourceItemAnswer {
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn error(response: Response) -> ErrorAnswer {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn melding() -> Value {
    json!({ "title": "Val op de trap", "type": "melding", "link": "https://dossier.example/m/17", "client": "C-204" })
}

fn permission(login: &str, permission: &str) -> Value {
    json!({ "login": login, "type": "Melding", "permission": permission })
}

async fn sees(clinic: &Clinic, person: &Person, item: &SourceItemAnswer) -> Result<ItemAnswer, ErrorCode> {
    clinic.get(&format!("/v1/items/{}", item.item), person).await
}

// O7, I2
#[tokio::test]
async fn a_source_registers_changes_and_closes_an_item_by_its_own_reference() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, key) = source(&clinic, home).await;
    let registered = answered(put(&clinic, &key, "M%2F17", &melding()).await).await;
    assert_eq!(registered.address, format!("overleg://item/{}", registered.item));
    let mut changed = melding();
    changed["title"] = json!("Val op de trap, met letsel");
    changed["closed"] = json!(true);
    let again = answered(put(&clinic, &key, "M%2F17", &changed).await).await;
    assert_eq!(again.item, registered.item);
    let got = answered(ask(&clinic, &key, Method::GET, "/v1/source/items/M%2F17", &json!({})).await).await;
    assert_eq!(got.registered.title, "Val op de trap, met letsel");
    assert!(got.registered.closed);
    assert_eq!(got.registered.client.as_deref(), Some("C-204"));
}

// O7
#[tokio::test]
async fn a_permission_that_a_source_grants_or_revokes_takes_effect_at_once() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let (_, key) = source(&clinic, home).await;
    let item = answered(put(&clinic, &key, "17", &melding()).await).await;
    assert_eq!(
        sees(&clinic, &anna, &item).await.unwrap_err(),
        ErrorCode::NotFound
    );
    let granted = permission(&anna.login, "analyse");
    let path = "/v1/source/permissions";
    assert_eq!(
        ask(&clinic, &key, Method::PUT, path, &granted).await.status(),
        204
    );
    let card = sees(&clinic, &anna, &item).await.unwrap().item.unwrap();
    assert_eq!(card.title, "Val op de trap");
    assert_eq!(card.link.as_deref(), Some("https://dossier.example/m/17"));
    assert_eq!(
        ask(&clinic, &key, Method::DELETE, path, &granted).await.status(),
        204
    );
    assert_eq!(
        sees(&clinic, &anna, &item).await.unwrap_err(),
        ErrorCode::NotFound
    );
}

// O7, P5
#[tokio::test]
async fn a_source_knows_nothing_of_another_organisations_items_and_people() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let other = clinic.organisation("GGZ Noord").await;
    let anna = clinic.person("Anna", home).await;
    let (_, key) = source(&clinic, home).await;
    let (_, others) = source(&clinic, other).await;
    let item = answered(put(&clinic, &key, "17", &melding()).await).await;
    let unseen = ask(&clinic, &others, Method::GET, "/v1/source/items/17", &json!({})).await;
    assert_eq!(unseen.status(), 404);
    let own = answered(put(&clinic, &others, "17", &melding()).await).await;
    assert_ne!(own.item, item.item);
    let path = "/v1/source/permissions";
    let foreign = ask(
        &clinic,
        &others,
        Method::PUT,
        path,
        &permission(&anna.login, "handle"),
    )
    .await;
    let unknown = ask(
        &clinic,
        &others,
        Method::PUT,
        path,
        &permission("niemand@ggz.example", "handle"),
    )
    .await;
    let (foreign, unknown) = (error(foreign).await, error(unknown).await);
    assert_eq!(foreign.error, ErrorCode::PermissionInvalid);
    // The answer does not reveal that the person exists elsewhere.
    assert_eq!(foreign.why, unknown.why);
}

// I2
#[tokio::test]
async fn a_key_that_was_withdrawn_or_changed_opens_nothing() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let (source, key) = source(&clinic, home).await;
    let changed = format!("{}x", &key[..key.len() - 1]);
    for key in [changed.as_str(), "", "overleg_source_", &anna.session.access.0] {
        let refused = put(&clinic, key, "17", &melding()).await;
        assert_eq!(refused.status(), 401);
        assert_eq!(error(refused).await.error, ErrorCode::KeyUnknown);
    }
    let organisation = home;
    clinic
        .administer(AdminRequest::SourceEnd { organisation, source })
        .await;
    assert_eq!(put(&clinic, &key, "17", &melding()).await.status(), 401);
    // A source's key is not a person's token.
    let as_person = ask(&clinic, &key, Method::GET, "/v1/items?ids=", &json!({})).await;
    assert_eq!(as_person.status(), 401);
}

// I2
#[tokio::test]
async fn an_invalid_item_is_refused_with_its_error_and_not_registered() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, key) = source(&clinic, home).await;
    let with = |field: &str, value: Value| {
        let mut body = melding();
        body[field] = value;
        body
    };
    let wrong = [
        (with("title", json!("")), "The title is empty."),
        (
            with("title", json!("x".repeat(201))),
            "The title is longer than 200",
        ),
        (with("type", json!("raket")), "There is no such type of item"),
        (with("unit", json!("Wijk 9")), "There is no such unit"),
        (
            with("link", json!("http://dossier.example")),
            "The link back must be an https",
        ),
        (
            with("link", json!("javascript:alert(1)")),
            "The link back must be an https",
        ),
        (
            with("client", json!("a\u{0}b")),
            "The reference of the client holds a control",
        ),
    ];
    for (body, why) in wrong {
        let refused = put(&clinic, &key, "17", &body).await;
        assert_eq!(refused.status(), 422, "{body}");
        let error = error(refused).await;
        assert_eq!(error.error, ErrorCode::ItemInvalid);
        assert!(error.why.unwrap().starts_with(why), "{body}");
    }
    let long = put(&clinic, &key, &"r".repeat(201), &melding()).await;
    assert_eq!(long.status(), 422);
    for body in [
        with("colour", json!("blue")),
        with("closed", json!("ja")),
        json!([]),
        json!("melding"),
    ] {
        assert_eq!(put(&clinic, &key, "17", &body).await.status(), 400);
    }
    let none = ask(&clinic, &key, Method::GET, "/v1/source/items/17", &json!({})).await;
    assert_eq!(none.status(), 404);
}

// O7, I2
#[tokio::test]
async fn an_item_is_the_same_in_every_form_of_its_reference_and_shows_what_one_sees() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, key) = source(&clinic, home).await;
    let mut item = melding();
    item["title"] = json!("Val\u{a0} op de tra\u{AD}p, Zoe\u{308}\u{202E}");
    item["client"] = json!("C-e\u{301}");
    // R-é, composed and decomposed.
    let composed = answered(put(&clinic, &key, "R-%C3%A9", &item).await).await;
    assert_eq!(composed.registered.title, "Val op de trap, Zoë");
    assert_eq!(composed.registered.client.as_deref(), Some("C-é"));
    let apart = answered(put(&clinic, &key, "R-e%CC%81", &item).await).await;
    assert_eq!(
        (apart.item, apart.registered.title),
        (composed.item, composed.registered.title)
    );
    let got = answered(
        ask(
            &clinic,
            &key,
            Method::GET,
            "/v1/source/items/R-e%CC%81",
            &json!({}),
        )
        .await,
    )
    .await;
    assert_eq!(
        (got.item, got.registered.title.as_str()),
        (composed.item, "Val op de trap, Zoë")
    );
}

// O7, I2
#[tokio::test]
async fn a_value_that_a_source_may_not_send_is_refused_by_its_field() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, key) = source(&clinic, home).await;
    let with = |field: &str, value: &str| {
        let mut item = melding();
        item[field] = json!(value);
        item
    };
    for (reference, item, said) in [
        (
            "r1",
            with("title", "Val\u{E000}"),
            "The title holds a character that is no text (U+E000).",
        ),
        (
            "r1",
            with("title", "Val\u{7}"),
            "The title holds a control character (U+0007).",
        ),
        ("r1", with("title", "\u{200B}\u{2800}"), "The title is empty."),
        (
            "r1",
            with("title", &"x".repeat(201)),
            "The title is longer than 200 characters.",
        ),
        (
            "r1",
            with("client", "C\u{200B}1"),
            "The reference of the client holds a character that nobody sees (U+200B).",
        ),
        (
            "r%E2%80%AE",
            melding(),
            "The reference holds a character that nobody sees (U+202E).",
        ),
        (
            "r1",
            with("link", "https://dossier.example/\u{202E}m"),
            "The link back must be an https address",
        ),
    ] {
        let response = put(&clinic, &key, reference, &item).await;
        assert_eq!(response.status(), 422, "{said}");
        let why = error(response).await.why.unwrap();
        assert!(why.starts_with(said), "{why}");
    }
}
// I2
#[tokio::test]
async fn an_item_that_is_registered_with_another_type_is_refused_and_keeps_its_own() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, key) = source(&clinic, home).await;
    answered(put(&clinic, &key, "17", &melding()).await).await;
    let mut other = melding();
    other["type"] = json!("klacht");
    let refused = put(&clinic, &key, "17", &other).await;
    assert_eq!(refused.status(), 422);
    let error = error(refused).await;
    assert_eq!(error.error, ErrorCode::ItemInvalid);
    let why = error.why.unwrap();
    assert!(
        why.contains("another type") && why.contains("keeps its type"),
        "{why}"
    );
}
