//! Bodies of requests, over real sockets: media types, invalid contents, unread remainders.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use protocol::commands::{AccountStateKind, CommandsAnswer};
use protocol::error::{ErrorAnswer, ErrorCode};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sync_server::core::administer::{AdminRequest, AdminResponse};
use sync_server::http::{For, every_route, openapi};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Anna, and a source system of her organisation.
struct Asking {
    clinic: Clinic,
    anna: Person,
    key: String,
}

impl Asking {
    async fn open() -> Asking {
        let clinic = Clinic::open().await;
        let organisation = clinic.organisation("Thuiszorg De Linde").await;
        let anna = clinic.person("Anna", organisation).await;
        let name = "Elektronisch dossier".to_owned();
        let added = clinic
            .administer(AdminRequest::SourceAdd { organisation, name })
            .await;
        let AdminResponse::Source { key, .. } = added else {
            panic!("{added:?}");
        };
        let key = key.0;
        Asking { clinic, anna, key }
    }

    /// Each route that reads a body, with credentials for it.
    fn routes(&self) -> Vec<(Method, &'static str, Option<String>)> {
        let reads = |(method, path, _): &sync_server::http::Route| reads_json(method, path);
        let routes = every_route().into_iter().filter(reads);
        routes
            .map(|(method, path, who)| {
                let bearer = match who {
                    For::Anyone => None,
                    For::Person => Some(self.anna.session.access.0.clone()),
                    For::Source => Some(self.key.clone()),
                };
                (method, path, bearer)
            })
            .collect()
    }

    async fn ask(
        &self,
        (method, path, bearer): &(Method, &str, Option<String>),
        media_type: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Response {
        // Avoids the limit on attempts.
        if path.starts_with("/v1/session") {
            self.clinic.clock.advance(2_000);
        }
        let path = path.replace("{reference}", "r1");
        let path = path.replace("{membership}", &self.anna.membership.to_string());
        let mut request = self.clinic.http.request(method.clone(), self.clinic.url(&path));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        request.body(body).send().await.unwrap()
    }
}

async fn error(response: Response) -> ErrorAnswer {
    response.json().await.unwrap()
}

const JSON: &str = "application/json";

/// For a route: bodies with a missing or mistyped field, and the error.
fn faults(method: &Method, path: &str) -> Vec<(Value, &'static str)> {
    match (method.as_str(), path) {
        ("POST", "/v1/commands") => vec![(
            json!({ "commands": 5 }),
            "`commands`: is an integer, expected a sequence",
        )],
        ("POST", "/v1/sync") => vec![
            (json!({ "protocol": 1 }), "missing field `mode`"),
            (
                json!({ "protocol": "1", "mode": "once" }),
                "`protocol`: is a string, expected u16",
            ),
            (
                json!({ "protocol": 1, "mode": "never" }),
                "`mode`: is none of those there are, expected one of `stream`, `once`, `wait`",
            ),
        ],
        ("POST", "/v1/watch") => vec![(
            json!({ "conversation": "geen" }),
            "`conversation`: is not of its form",
        )],
        ("PUT", "/v1/memberships/{membership}/findability") => vec![
            (json!({}), "missing field `inside_only`"),
            (
                json!({ "inside_only": 1 }),
                "`inside_only`: is an integer, expected a boolean",
            ),
        ],
        ("PUT", "/v1/memberships/{membership}/availability") => vec![
            (
                json!({ "week": "di" }),
                "`week`: is a string, expected a sequence",
            ),
            (json!({ "cover": {} }), "`cover`: missing field `by`"),
        ],
        ("PUT", "/v1/source/items/{reference}") => vec![
            (json!({ "title": "Val" }), "missing field `type`"),
            (json!({ "type": "melding" }), "missing field `title`"),
            (
                json!({ "title": "Val", "type": 3 }),
                "`type`: is an integer, expected a string",
            ),
            (
                json!({ "title": "Val", "type": "melding", "kleur": "rood" }),
                "unknown field `kleur`, expected one of `title`, `type`, `unit`, `link`, `client`, `closed`",
            ),
        ],
        (_, "/v1/source/permissions") => vec![
            (json!({ "login": "a", "type": "b" }), "missing field `permission`"),
            (
                json!({ "login": "a", "type": "b", "permission": "own" }),
                "`permission`: is none of those there are, expected `handle` or `analyse`",
            ),
        ],
        ("POST", "/v1/session/invitation") => vec![(json!({}), "missing field `code`")],
        ("POST", "/v1/session/accept") => vec![(
            json!({ "code": "a", "password": "b", "device": {} }),
            "`device`: missing field `device`",
        )],
        ("POST", "/v1/session/sign-in") => vec![(
            json!({ "login": 5, "password": "b" }),
            "`login`: is an integer, expected a string",
        )],
        ("POST", "/v1/session/refresh") => vec![(
            json!({ "refresh": null }),
            "`refresh`: is null, expected a string",
        )],
        ("POST", "/v1/session/signed-out") => vec![
            (json!({}), "missing field `token`"),
            (json!({ "token": 5 }), "`token`: is an integer, expected a string"),
        ],
        ("POST", "/v1/session/password") => vec![
            (json!({ "current": "a" }), "missing field `password`"),
            (
                json!({ "current": 1, "password": "b" }),
                "`current`: is an integer, expected a string",
            ),
        ],
        ("POST", "/v1/sessions/end") => vec![(json!({ "session": "geen" }), "`session`: is not of its form")],
        (method, path) => panic!("{method} {path} has no faults here"),
    }
}

// I2, U2
#[tokio::test]
async fn every_route_with_a_body_says_which_field_is_wrong_and_why() {
    let asking = Asking::open().await;
    for route in asking.routes() {
        let faults = faults(&route.0, route.1);
        let broken = [
            ("".to_owned(), "the body is empty, expected a JSON object"),
            ("[]".to_owned(), "the body is not a JSON object"),
            (
                r#"{title: "Val"}"#.to_owned(),
                "the body is not JSON: key must be a string at line 1 column 2",
            ),
        ];
        let fields = faults.into_iter().map(|(body, why)| (body.to_string(), why));
        for (body, why) in broken.into_iter().chain(fields) {
            let refused = asking.ask(&route, Some(JSON), body.clone()).await;
            assert_eq!(refused.status(), 400, "{route:?} {body}");
            let error = error(refused).await;
            assert_eq!(error.error, ErrorCode::BadRequest);
            assert_eq!(error.why.as_deref(), Some(why), "{route:?} {body}");
        }
        let refused = asking.ask(&route, Some(JSON), vec![b'{', 0xff]).await;
        assert_eq!(error(refused).await.why.as_deref(), Some("the body is not UTF-8"));
    }
}

// U2
#[tokio::test]
async fn a_path_or_a_query_that_cannot_be_read_says_what_is_expected() {
    let asking = Asking::open().await;
    let (clinic, anna) = (&asking.clinic, &asking.anna);
    let nowhere = clinic.id();
    for (path, named) in [
        ("/v1/items".to_owned(), "ids"),
        ("/v1/items?ids=geen".to_owned(), "ids"),
        (format!("/v1/conversations/{nowhere}/events?from=1"), "to"),
        (format!("/v1/conversations/{nowhere}/events?from=3&to=2"), "from"),
        ("/v1/directory".to_owned(), "acting"),
        (format!("/v1/directory?acting={nowhere}&limit=x"), "limit"),
    ] {
        let asked = clinic
            .http
            .get(clinic.url(&path))
            .bearer_auth(&anna.session.access.0);
        let refused = asked.send().await.unwrap();
        assert_eq!(refused.status(), 400, "{path}");
        let why = error(refused).await.why.unwrap();
        assert!(why.contains(&format!("`{named}`")), "{path}: {why}");
    }
}

// U2
#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_in_utf_8_is_refused_and_nothing_of_it_is_done() {
    let asking = Asking::open().await;
    let said = [
        None,
        Some("text/plain"),
        Some("text/plain;charset=UTF-8"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/json; charset=utf-16"),
        Some("application/json; charset=iso-8859-1"),
        Some("application/problem+json"),
    ];
    for route in asking.routes() {
        for media_type in said {
            let refused = asking.ask(&route, media_type, "{}").await;
            assert_eq!(refused.status(), 415, "{route:?} {media_type:?}");
            let error = error(refused).await;
            assert_eq!(error.error, ErrorCode::UnsupportedMediaType);
            assert!(error.why.unwrap().contains("Content-Type"));
        }
        for media_type in [JSON, "Application/Json; Charset=\"UTF-8\""] {
            let read = asking.ask(&route, Some(media_type), "{}").await;
            assert_ne!(read.status(), 415, "{route:?} {media_type}");
        }
    }
    // Authentication is checked before the body.
    let route = (Method::POST, "/v1/commands", None);
    let refused = asking.ask(&route, Some("text/plain"), "{}").await;
    assert_eq!(refused.status(), 401);
    // Compressed JSON is not JSON either.
    let request = asking.clinic.http.post(asking.clinic.url("/v1/commands"));
    let request = request
        .bearer_auth(&asking.anna.session.access.0)
        .header("content-type", JSON);
    let refused = request
        .header("content-encoding", "gzip")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 415);
    // A form of another website executes nothing.
    let route = (
        Method::POST,
        "/v1/commands",
        Some(asking.anna.session.access.0.clone()),
    );
    let set = json!({ "personal": [{ "field": "setting/theme", "value": "dark" }] });
    asking.ask(&route, Some("text/plain"), set.to_string()).await;
    let frames = asking.clinic.sync(&asking.anna, None).await;
    let is_personal = |frame: &protocol::sync::Frame| matches!(frame, protocol::sync::Frame::Personal { .. });
    assert!(!frames.iter().any(is_personal));
}

// M9, U2
#[tokio::test]
async fn one_bad_field_or_position_is_refused_by_itself_and_all_else_of_the_batch_is_done() {
    let asking = Asking::open().await;
    let (clinic, anna) = (&asking.clinic, &asking.anna);
    let conversation = clinic.id();
    let start = json!({
        "id": clinic.id(), "acting": anna.membership, "conversation": conversation, "action": "start",
        "shape": "group", "with": [], "subject": "Wondzorg",
    });
    let batch = json!({
        "commands": [start, { "id": clinic.id() }, 5],
        "positions": [
            { "conversation": conversation, "number": 1 },
            { "conversation": "geen", "number": 1 },
            { "conversation": conversation },
            7,
        ],
        "personal": [
            { "field": "setting/theme", "value": "dark" },
            { "field": "iets/anders", "value": 1 },
            { "field": format!("setting/{}", "x".repeat(100)), "value": 1 },
            { "field": "setting/large", "value": "x".repeat(5_000) },
            { "field": 5, "value": 1 },
            { "field": "setting/" , "value": 1 },
            { "field": "setting/a\u{7}b", "value": 1 },
            [],
            { "field": "setting/density", "value": "wide" },
        ],
    });
    let answer: CommandsAnswer = clinic.post("/v1/commands", Some(anna), &batch).await.unwrap();
    assert_eq!(answer.answers.len(), 3);
    let places = |kind: AccountStateKind| -> Vec<u32> {
        let of_kind = answer.not_taken.iter().filter(|not| not.kind == kind);
        of_kind.map(|not| not.place).collect()
    };
    assert_eq!(places(AccountStateKind::Positions), [1, 2, 3]);
    assert_eq!(places(AccountStateKind::Personal), [1, 2, 3, 4, 5, 6, 7]);
    let whys: Vec<&str> = answer.not_taken.iter().map(|not| not.why.as_str()).collect();
    assert_eq!(whys[0], "`conversation`: is not of its form");
    assert_eq!(whys[1], "missing field `number`");
    assert_eq!(whys[2], "it is not a JSON object");
    assert_eq!(whys[4], "`field`: is longer than 100 characters");
    assert_eq!(whys[5], "`value`: is larger than 4096 bytes");
    let frames = clinic.sync(anna, None).await;
    let mut fields: Vec<String> = frames
        .iter()
        .filter_map(|frame| match frame {
            protocol::sync::Frame::Personal { field, .. } => Some(field.clone()),
            _ => None,
        })
        .collect();
    fields.sort();
    assert_eq!(fields, ["setting/density", "setting/theme"]);
    // A valid request gets no such list.
    let good: Value = clinic.post("/v1/commands", Some(anna), &json!({})).await.unwrap();
    assert_eq!(good["answers"], json!([]));
    assert_eq!(good.get("not_taken"), None);
}

/// A client that keeps its connection and sends one request after the other.
struct Kept(TcpStream);

impl Kept {
    async fn open(clinic: &Clinic) -> Kept {
        Kept(TcpStream::connect(clinic.running().address()).await.unwrap())
    }

    async fn write(&mut self, head: &str, body: &[u8]) -> std::io::Result<()> {
        self.0.write_all(head.as_bytes()).await?;
        self.0.write_all(body).await
    }

    /// The status of the next answer, and whether the connection ends with it; `None` if it ended without one.
    async fn answer(&mut self) -> Option<(u16, bool)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if self.0.read_exact(&mut byte).await.is_err() {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_owned())
        };
        let length = field("content-length:").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some((status, field("connection:").as_deref() == Some("close")))
    }
}

fn post(path: &str, length: usize, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: overleg.example\r\ncontent-length: {length}\r\n{more}\r\n")
}

// F3, U2
#[tokio::test]
async fn a_request_whose_body_nobody_reads_costs_the_next_one_on_its_connection_nothing() {
    let asking = Asking::open().await;
    let bearer = format!("authorization: Bearer {}\r\n", asking.anna.session.access.0);
    let form = format!("{bearer}content-type: text/plain\r\n");
    let too_large = format!("{bearer}content-type: application/json\r\n");
    let most = protocol::LARGEST_REQUEST;
    // Larger than hyper's read buffer, so that it is never read ahead.
    for (path, more, length, status) in [
        ("/v1/commands", "", 1_000_000, 401),
        ("/v1/nergens", "", 1_000_000, 404),
        ("/v1/items", bearer.as_str(), 1_000_000, 404),
        ("/v1/commands", form.as_str(), 1_000_000, 415),
        ("/v1/commands", too_large.as_str(), 2 * most, 413),
    ] {
        let mut kept = Kept::open(&asking.clinic).await;
        let body = vec![b'x'; length];
        for _ in 0..3 {
            kept.write(&post(path, length, more), &body).await.unwrap();
            assert_eq!(kept.answer().await, Some((status, false)), "{path}");
        }
    }
    // A session that ends by its own sign-out leaves the connection open.
    let mut kept = Kept::open(&asking.clinic).await;
    let out = post("/v1/session/sign-out", 5, &bearer);
    kept.write(&out, b"hallo").await.unwrap();
    assert_eq!(kept.answer().await, Some((204, false)));
    kept.write(&out, b"hallo").await.unwrap();
    assert_eq!(kept.answer().await, Some((403, false)));
}

// F3, U2
#[tokio::test]
async fn the_answer_to_a_body_too_large_to_read_says_that_the_connection_ends() {
    let asking = Asking::open().await;
    let mut kept = Kept::open(&asking.clinic).await;
    kept.write(&post("/v1/commands", 1_000_000_000, ""), b"")
        .await
        .unwrap();
    assert_eq!(kept.answer().await, Some((401, true)));
    assert_eq!(kept.answer().await, None);
    // A client that sends `Expect: 100-continue` gets no 100.
    let mut kept = Kept::open(&asking.clinic).await;
    let waits = post("/v1/commands", 10, "expect: 100-continue\r\n");
    kept.write(&waits, b"").await.unwrap();
    assert_eq!(kept.answer().await, Some((401, true)));
}

// I2
#[tokio::test]
async fn a_head_too_long_or_none_is_answered_as_the_document_says_at_every_route() {
    let asking = Asking::open().await;
    let document = openapi::document().unwrap();
    for (method, path, _) in every_route() {
        let operation = &document["paths"][path][method.as_str().to_ascii_lowercase()];
        let said = &operation["responses"]["431"];
        assert!(
            said["content"].is_null() && said["description"].is_string(),
            "{said}"
        );
        let long = format!("{path}?ids={}", "a".repeat(9_000));
        let asked = asking
            .clinic
            .http
            .request(method.clone(), asking.clinic.url(&long));
        let refused = asked.send().await.unwrap();
        assert_eq!(refused.status(), 431, "{method} {path}");
        assert_eq!(refused.bytes().await.unwrap().len(), 0, "{method} {path}");
    }
    let headers = (0..101).map(|at| format!("x-{at}: a\r\n")).collect::<String>();
    for (head, status) in [
        (
            format!("GET /v1/items HTTP/1.1\r\nhost: a\r\n{headers}\r\n"),
            "431",
        ),
        ("HALLO\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = TcpStream::connect(asking.clinic.running().address())
            .await
            .unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
