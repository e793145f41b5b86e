//! TLS, proxies, health, and readers that do not read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use common::*;
use protocol::sync::{Mode, SyncRequest};
use sync_server::config::{Config, Tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn pem(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/common/tls")
        .join(name)
}

// I5
#[tokio::test]
async fn with_a_certificate_the_server_speaks_tls_itself() {
    let mut clinic = Clinic::open_with(|config| {
        config.tls = Some(Tls {
            certificate: pem("certificate.pem"),
            key: pem("key.pem"),
        });
    })
    .await;
    let certificate =
        reqwest::Certificate::from_pem(&std::fs::read(pem("certificate.pem")).unwrap()).unwrap();
    clinic.http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([certificate])
        .build()
        .unwrap();
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    clinic.start_direct(&anna, &bram, "Onderweg onleesbaar").await;
    assert_eq!(texts(&clinic.sync(&bram, None).await), ["Onderweg onleesbaar"]);
    let frames = clinic.stream(&bram, None).await.current().await;
    assert_eq!(texts(&frames), ["Onderweg onleesbaar"]);
    let plain = clinic.running().address();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = client.get(format!("http://{plain}/v1/directory")).send().await;
    assert!(refused.is_err());
}

// I5
#[tokio::test]
async fn health_is_asked_on_a_port_of_its_own() {
    let clinic = Clinic::open_with(|config| config.health = Some((Ipv4Addr::LOCALHOST, 0).into())).await;
    let health = clinic.running().health_address().unwrap();
    for path in ["healthz", "readyz"] {
        let response = clinic
            .http
            .get(format!("http://{health}/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let response = clinic
            .http
            .get(clinic.url(&format!("/{path}")))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 404);
    }
}

async fn attempts_from(clinic: &Clinic, address: &str) -> u16 {
    let request = clinic.http.post(clinic.url("/v1/session/invitation"));
    let request = request
        .header("x-forwarded-for", format!("203.0.113.9, {address}"))
        .json(&serde_json::json!({ "code": "geraden" }));
    request.send().await.unwrap().status().as_u16()
}

// I1
#[tokio::test]
async fn an_address_is_believed_of_a_proxy_that_is_known_and_of_nobody_else() {
    let watched = |config: &mut Config| config.health = Some((Ipv4Addr::LOCALHOST, 0).into());
    let proxied = Clinic::open_with(|config| {
        watched(config);
        config.proxies = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    })
    .await;
    let direct = Clinic::open_with(watched).await;
    for (clinic, expected) in [(&proxied, 422), (&direct, 429)] {
        let mut last = 0;
        while last != 429 {
            last = attempts_from(clinic, "198.51.100.1").await;
        }
        assert_eq!(attempts_from(clinic, "198.51.100.2").await, expected);
    }
    // Some proxies write the port, too: that is the same address.
    assert_eq!(attempts_from(&proxied, "198.51.100.1:50123").await, 429);
    assert_eq!(attempts_from(&proxied, "198.51.100.3:50123").await, 422);
    // A word that is no address counts as the proxy, never as the one before it.
    while attempts_from(&proxied, "unknown").await != 429 {}
    assert_eq!(attempts_from(&proxied, "").await, 429);
    // A proxy that was forgotten in the configuration is counted.
    for (clinic, expected) in [(&proxied, false), (&direct, true)] {
        let health = clinic.running().health_address().unwrap();
        let metrics = clinic.http.get(format!("http://{health}/metrics")).send();
        let text = metrics.await.unwrap().text().await.unwrap();
        let is_counted = !text.contains("overleg_untrusted_forwards_total 0\n");
        assert_eq!(is_counted, expected);
    }
}

/// The head and body of a device's request for a stream, in the given version of HTTP.
fn opening(person: &Person, version: &str) -> String {
    let request = SyncRequest {
        mode: Mode::Stream,
        ..request(None)
    };
    let body = serde_json::to_string(&request).unwrap();
    format!(
        "POST /v1/sync HTTP/{version}\r\nhost: a\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        person.session.access.0,
        body.len()
    )
}

async fn read_until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(wanted) {
        let length = socket.read_buf(&mut read).await.unwrap();
        assert!(length > 0, "the connection ended");
    }
    String::from_utf8(read).unwrap()
}

// BP3
#[tokio::test]
async fn a_stream_is_served_outside_the_http_library_and_reads_as_any_other_answer() {
    let mut clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let address = clinic.running().address();
    let mut chunked = TcpStream::connect(address).await.unwrap();
    chunked.write_all(opening(&anna, "1.1").as_bytes()).await.unwrap();
    let answer = read_until(&mut chunked, r#""f":"current""#).await;
    let (head, first) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("HTTP/1.1 200 OK"));
    let mut lines: Vec<&str> = lines.collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "cache-control: no-store, no-transform",
            "connection: close",
            "content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
            "content-type: application/x-ndjson",
            "date: Mon, 02 Mar 2026 08:00:00 GMT",
            &format!(
                "{}: {}",
                protocol::SERVER_HEADER,
                anna.session.server.as_ref().unwrap()
            ),
            "strict-transport-security: max-age=31536000; includeSubDomains",
            "transfer-encoding: chunked",
            "x-accel-buffering: no",
            "x-content-type-options: nosniff",
        ]
    );
    let (length, line) = first.split_once("\r\n").unwrap();
    let length = usize::from_str_radix(length, 16).unwrap();
    assert_eq!(&line[length..length + 2], "\r\n");
    // For an older device or proxy: lines without chunks, as hyper writes them.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(opening(&anna, "1.0").as_bytes()).await.unwrap();
    let answer = read_until(&mut plain, r#""f":"current""#).await;
    let (_, first) = answer.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with('{'), "{first}");
    // Both see a clean end.
    clinic.stop().await;
    let mut rest = String::new();
    chunked.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "{rest}");
    plain.read_to_string(&mut rest).await.unwrap();
}

// BP3
#[tokio::test]
async fn a_client_that_disconnects_is_unsubscribed() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let mut socket = TcpStream::connect(clinic.running().address()).await.unwrap();
    socket.write_all(opening(&anna, "1.1").as_bytes()).await.unwrap();
    read_until(&mut socket, r#""f":"current""#).await;
    assert_eq!(clinic.running().streams(), 1);
    drop(socket);
    while clinic.running().streams() > 0 {
        tokio::task::yield_now().await;
    }
}

// BP7, BZ2
#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_and_slows_nobody() {
    let clinic = Clinic::open_with(|config| config.tuning().queue = 8).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let carla = clinic.person("Carla", home).await;
    let conversation = clinic.start_group(&anna, &[&bram, &carla], "Veel").await;
    let mut of_carla = clinic.stream(&carla, None).await;
    let token = resume(&of_carla.current().await);
    // Bram's device sends a request, and then reads nothing.
    let request = SyncRequest {
        mode: Mode::Stream,
        ..request(Some(&token))
    };
    let body = serde_json::to_string(&request).unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stalled = socket.connect(clinic.running().address()).await.unwrap();
    let head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        bram.session.access.0,
        body.len()
    );
    stalled.write_all(head.as_bytes()).await.unwrap();
    while clinic.running().streams() < 2 {
        tokio::task::yield_now().await;
    }
    let long = "Lang verhaal. ".repeat(1_400);
    let (mut said, mut open) = (0, 0);
    while clinic.running().streams() == 2 {
        open = clinic.running().connections();
        clinic.say(&anna, conversation, &long).await;
        said += 1;
        // Carla receives each at once.
        of_carla
            .until(|frame| !texts(std::slice::from_ref(frame)).is_empty())
            .await;
        assert!(said < 3_000, "nobody was cut off");
    }
    // Its connection is closed at once, and not when it has read nothing for a minute.
    let closed = async {
        while clinic.running().connections() >= open {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed)
        .await
        .unwrap();
    // Bram gets all of it when he reconnects.
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest).await;
    assert_eq!(texts(&clinic.sync(&bram, None).await).len(), said);
}
