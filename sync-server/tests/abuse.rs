//! Clients that hold connections, send slowly or too much, and their effect on others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::*;
use protocol::error::ErrorCode;
use sync_server::config::Config;
use sync_server::config::tuning::Deadlines;
use sync_server::core::administer::{AdminRequest, AdminResponse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Short, since each test waits for it; long enough for an honest request on a busy machine where one is needed.
const SHORT: Duration = Duration::from_millis(150);

fn hurried(config: &mut Config) {
    config.tuning().deadlines = Deadlines {
        handshake: SHORT,
        head: SHORT,
        body: SHORT,
        idle: SHORT,
        ..Deadlines::default()
    };
}

/// With the operations port.
fn watched(config: &mut Config) {
    config.health = Some((Ipv4Addr::LOCALHOST, 0).into());
}

async fn say(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The server may have closed it already.
    let _ = socket.write_all(bytes).await;
    socket
}

/// The bytes that arrive until the server closes; returns only when it does.
async fn rest(mut socket: TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all).await;
    all
}

async fn figure(clinic: &Clinic, name: &str) -> u64 {
    let health = clinic.running().health_address().unwrap();
    let text = clinic
        .http
        .get(format!("http://{health}/metrics"))
        .send()
        .await
        .unwrap();
    let text = text.text().await.unwrap();
    let line = text.lines().find(|line| line.split(' ').next() == Some(name));
    line.unwrap_or_else(|| panic!("{name} in {text}"))
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

async fn source_key(clinic: &Clinic, organisation: conversation::OrganisationId) -> String {
    let name = "Cliëntdossier".to_owned();
    match clinic
        .administer(AdminRequest::SourceAdd { organisation, name })
        .await
    {
        AdminResponse::Source { key, .. } => key.0,
        other => panic!("{other:?}"),
    }
}

/// Frames of HTTP/2: settings, a ping.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// I5
#[tokio::test]
async fn a_connection_that_never_asks_anything_is_closed_whatever_it_says() {
    let clinic = Clinic::open_with(|config| {
        hurried(config);
        watched(config);
    })
    .await;
    let settled = [PREFACE, SETTINGS].concat();
    // HEADERS without END_HEADERS, whose CONTINUATION never comes.
    let headers = [PREFACE, SETTINGS, &[0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82]].concat();
    let beginnings: [&[u8]; 9] = [
        b"",
        b"P",
        &PREFACE[..12],
        PREFACE,
        &settled,
        &headers,
        b"POST /v1/session/sign-in HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: ",
        b"\r\n\r\n\r\n",
    ];
    for port in [
        clinic.running().address(),
        clinic.running().health_address().unwrap(),
    ] {
        for beginning in beginnings {
            rest(say(port, beginning).await).await;
        }
    }
    assert!(figure(&clinic, "overleg_connections_closed_total{reason=\"head\"}").await >= 16);
}

// I5
#[tokio::test]
async fn a_byte_now_and_then_keeps_nothing_open() {
    let clinic = Clinic::open_with(hurried).await;
    let address = clinic.running().address();
    for beginning in [
        "GET /v1/directory HTTP/1.1\r\nx: ".to_owned(),
        "POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{".to_owned(),
        "POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(),
    ] {
        let mut socket = say(address, beginning.as_bytes()).await;
        let mut answer = Vec::new();
        // Writes until the server closes.
        loop {
            let mut piece = [0; 512];
            let paused = tokio::time::timeout(Duration::from_millis(20), socket.read(&mut piece)).await;
            match paused {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(read)) => answer.extend_from_slice(&piece[..read]),
                Err(_) => {
                    let more: &[u8] = if beginning.contains("chunked") {
                        b"1\r\nx\r\n"
                    } else {
                        b"x"
                    };
                    let _ = socket.write_all(more).await;
                }
            }
        }
        let answer = String::from_utf8(answer).unwrap();
        if beginning.starts_with("POST") {
            assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
            assert!(answer.contains(r#""error":"too_slow""#), "{answer}");
        }
    }
}

// I5
#[tokio::test]
async fn a_connection_that_does_not_finish_tls_is_closed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/tls");
    let clinic = Clinic::open_with(|config| {
        hurried(config);
        watched(config);
        config.tls = Some(sync_server::config::Tls {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        });
    })
    .await;
    // Nothing, the beginning of a hello, and bytes that are not TLS.
    for beginning in [
        b"".as_slice(),
        &[0x16, 3, 1, 2, 0, 1, 0],
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        rest(say(clinic.running().address(), beginning).await).await;
    }
    assert!(figure(&clinic, "overleg_connections_closed_total{reason=\"handshake\"}").await >= 2);
}

// I5
#[tokio::test]
async fn a_kept_connection_is_closed_when_nothing_is_asked_any_more() {
    let clinic = Clinic::open_with(hurried).await;
    let request = b"GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n";
    let answers = rest(say(clinic.running().address(), request).await).await;
    assert!(answers.starts_with(b"HTTP/1.1 404"));
}

// I5, BP3
#[tokio::test]
async fn a_stream_and_a_long_poll_outlive_every_deadline() {
    let mut clinic = Clinic::open_with(|config| {
        config.tuning().heartbeat = Duration::from_millis(300);
        config.tuning().poll = Duration::from_millis(300);
    })
    .await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    clinic.stop().await;
    let second = Duration::from_secs(1);
    clinic.config.tuning().deadlines = Deadlines {
        handshake: second,
        head: second,
        body: second,
        longest_body: second,
        idle: second,
        request: second,
        reader: second,
    };
    clinic.start().await;
    let mut stream = clinic.stream(&anna, None).await;
    let token = resume(&stream.current().await);
    let waiting = protocol::sync::SyncRequest {
        mode: protocol::sync::Mode::Wait,
        ..request(Some(&token))
    };
    clinic.sync_with(&anna, &waiting).await.unwrap();
    for _ in 0..6 {
        stream
            .until(|frame| matches!(frame, protocol::sync::Frame::Heartbeat { .. }))
            .await;
    }
    assert_eq!(clinic.running().streams(), 1);
}

// I5
#[tokio::test]
async fn a_thousand_silent_connections_keep_nobody_out() {
    let clinic = Clinic::open_with(watched).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let stream = clinic.stream(&anna, None).await;
    let address = clinic.running().address();
    let mut silent = Vec::new();
    // Both ends of each connection are open files of this process.
    for number in 0..400 {
        let beginning = [b"".as_slice(), b"GET /", &PREFACE[..12], PREFACE];
        silent.push(say(address, beginning[number % 4]).await);
    }
    clinic.sync(&anna, None).await;
    let health = clinic.running().health_address().unwrap();
    let ready = clinic
        .http
        .get(format!("http://{health}/readyz"))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    assert!(figure(&clinic, "overleg_connections_closed_total{reason=\"for_room\"}").await >= 100);
    assert!(figure(&clinic, "overleg_connections").await <= 300);
    // The connection with a session was not the one that made room.
    assert_eq!(clinic.running().streams(), 1);
    drop(stream);
}

// I5
#[tokio::test]
async fn the_operations_port_answers_beside_any_number_of_silent_ones() {
    let clinic = Clinic::open_with(watched).await;
    let health = clinic.running().health_address().unwrap();
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(say(health, b"").await);
    }
    for path in ["healthz", "readyz", "metrics"] {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .get(format!("http://{health}/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}

// I1, I5
#[tokio::test]
async fn a_body_that_says_to_be_too_large_is_refused_before_it_comes() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    for (method, path, who) in sync_server::http::every_route() {
        if !reads_json(&method, path) {
            continue;
        }
        let most = sync_server::http::largest_body(path);
        let path = path.replace("{reference}", "r1");
        let path = path.replace("{membership}", &anna.membership.to_string());
        let key = match who {
            sync_server::http::For::Source => source_key(&clinic, home).await,
            _ => anna.session.access.0.clone(),
        };
        // Nothing of the body is ever sent.
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            most + 1
        );
        let mut socket = say(clinic.running().address(), head.as_bytes()).await;
        let mut answer = vec![0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 413", "{path}");
        // Without a declared length, too.
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(
            (0..most / 1_000 + 2).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1_000])),
        ));
        let sent = clinic
            .http
            .request(method, clinic.url(&path))
            .bearer_auth(&key)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await;
        // The answer may arrive while the body is still being sent, which then fails.
        if let Ok(sent) = sent {
            assert_eq!(sent.status(), 413, "{path}");
        }
    }
}

// I1
#[tokio::test]
async fn an_address_that_has_no_attempt_left_is_refused_before_its_body_comes() {
    let clinic = Clinic::open().await;
    // A body that cannot be read uses no attempt.
    for _ in 0..60 {
        let refused = clinic.send("/v1/session/invitation", None, "{}".to_owned()).await;
        assert_eq!(refused.status(), 400);
    }
    let mut last = 0;
    while last != 429 {
        let guessed = clinic
            .send("/v1/session/invitation", None, r#"{"code":"geraden"}"#.to_owned())
            .await;
        last = guessed.status().as_u16();
    }
    // Signing in asks about the device first, and so refuses more requests only.
    for _ in 0..700 {
        let guess = r#"{"login":"a","password":"b","device":{"device":"00000000-0000-0000-0000-000000000001","name":"","platform":""}}"#;
        clinic.send("/v1/session/sign-in", None, guess.to_owned()).await;
    }
    for path in ["sign-in", "accept", "invitation"] {
        // Without a byte of the body.
        let head = format!(
            "POST /v1/session/{path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n"
        );
        let mut socket = say(clinic.running().address(), head.as_bytes()).await;
        let mut answer = vec![0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 429", "{path}");
    }
}

// I5
#[tokio::test]
async fn all_bodies_together_have_a_budget_and_what_is_over_it_comes_back_later() {
    let clinic = Clinic::open_with(|config| {
        watched(config);
        config.limits.body_bytes = 4 * protocol::LARGEST_REQUEST;
    })
    .await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let conversation = clinic.start_direct(&anna, &bram, "Eerst").await;
    // All of her large body but its last byte.
    let body = vec![b' '; protocol::LARGEST_REQUEST - 1];
    let head = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        anna.session.access.0,
        protocol::LARGEST_REQUEST
    );
    let mut first = say(clinic.running().address(), head.as_bytes()).await;
    first.write_all(&body).await.unwrap();
    while figure(&clinic, "overleg_request_body_bytes").await < body.len() as u64 {
        tokio::task::yield_now().await;
    }
    // Her share is used up; Bram's is not.
    let refused = clinic
        .http
        .post(clinic.url("/v1/commands"))
        .bearer_auth(&anna.session.access.0)
        .header("content-type", "application/json")
        .body("{ }")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    let error: protocol::error::ErrorAnswer = refused.json().await.unwrap();
    assert_eq!(error.error, ErrorCode::TooManyRequests);
    clinic.say(&bram, conversation, "Van mij wel").await;
    drop(first);
    while figure(&clinic, "overleg_request_body_bytes").await > 0 {
        tokio::task::yield_now().await;
    }
    clinic.say(&anna, conversation, "Nu ook").await;
}

// I5
#[tokio::test]
async fn the_conversations_that_a_device_names_are_checked_before_anything_is_done() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let id = "01890000-0000-7000-8000-000000000001";
    let one = format!("\"{id}\"");
    let many: Vec<String> = (0..5_000)
        .map(|n| format!("\"01890000-0000-7000-8000-{n:012}\""))
        .collect();
    let hole = format!(r#"{{"conversation":{one},"from":1,"to":2}}"#);
    for (following, holes, expected) in [
        (vec![one.clone(); 2], vec![], 400),
        (vec![one.clone(); 101], vec![], 413),
        (many.clone(), vec![], 413),
        (vec![], vec![hole.clone(); 1_001], 413),
        (many[..100].to_vec(), vec![hole; 2], 200),
    ] {
        let body = format!(
            r#"{{"protocol":1,"mode":"once","following":[{}],"holes":[{}]}}"#,
            following.join(","),
            holes.join(",")
        );
        let answer = clinic
            .http
            .post(clinic.url("/v1/sync"))
            .bearer_auth(&anna.session.access.0)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), expected, "{} {}", following.len(), holes.len());
        // A refused request never subscribed.
        assert!(expected == 200 || clinic.running().streams() == 0);
        drop(answer.bytes().await);
        while clinic.running().streams() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
