//! TLS, proxies, health, and readers that do not read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::net::{IpAddr, Ipv4Addr};

use common::*;
use protocol::sync::{Mode, SyncRequest};
use sync_server::config::Tls;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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
        .body(r#"{"code":"geraden"}"#);
    request.send().await.unwrap().status().as_u16()
}

// I1
#[tokio::test]
async fn an_address_is_believed_of_a_proxy_that_is_known_and_of_nobody_else() {
    let proxied = Clinic::open_with(|config| config.proxies = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]).await;
    let direct = Clinic::open().await;
    for (clinic, expected) in [(&proxied, 422), (&direct, 429)] {
        let mut last = 0;
        while last != 429 {
            last = attempts_from(clinic, "198.51.100.1").await;
        }
        assert_eq!(attempts_from(clinic, "198.51.100.2").await, expected);
    }
}

// BP7
#[tokio::test]
async fn who_does_not_read_is_cut_off_and_slows_nobody() {
    let clinic = Clinic::open_with(|config| config.queue = 8).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let carla = clinic.person("Carla", home).await;
    let conversation = clinic.start_group(&anna, &[&bram, &carla], "Veel").await;
    let mut of_carla = clinic.stream(&carla, None).await;
    let token = resume(&of_carla.current().await);
    // Bram's device asks, and then reads nothing.
    let request = SyncRequest {
        mode: Mode::Stream,
        ..request(Some(&token))
    };
    let body = serde_json::to_string(&request).unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stalled = socket.connect(clinic.running().address()).await.unwrap();
    let head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        bram.session.access.0,
        body.len()
    );
    stalled.write_all(head.as_bytes()).await.unwrap();
    while clinic.running().streams() < 2 {
        tokio::task::yield_now().await;
    }
    let long = "Lang verhaal. ".repeat(1_400);
    let mut said = 0;
    while clinic.running().streams() == 2 {
        clinic.say(&anna, conversation, &long).await;
        said += 1;
        // Carla hears each at once.
        of_carla
            .until(|frame| !texts(std::slice::from_ref(frame)).is_empty())
            .await;
        assert!(said < 3_000, "nobody was cut off");
    }
    // Bram has it all when he comes back.
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest).await;
    assert_eq!(texts(&clinic.sync(&bram, None).await).len(), said);
}
