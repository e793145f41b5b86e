//! Obstacles between a device and its server that answer in its place: portals, filters, proxies, another server. At
//! any request, with any status; nothing of it is ever the server's word.

use conversation::{ConversationId, DeviceId, ItemId, MembershipId, Seq, SeqRange};
use protocol::commands::CommandsRequest;
use protocol::error::ErrorCode;
use protocol::session::{AcceptRequest, DeviceInfo, InvitationRequest, RefreshRequest, SignInRequest};
use protocol::sync::WatchRequest;
use uuid::Uuid;

use super::super::answer as reading;
use super::*;
use crate::ports::{Obstacle, ProxyChoice};

const NAME: &str = "qk3JwV0yT5mG7rXb2nLd1A";
const HTML: &str = "content-type: text/html; charset=utf-8\r\n";
const PAGE: &str = "<html>Meld u aan op het gastennetwerk</html>";

fn between(obstacle: Obstacle) -> Failure {
    Failure::Between { obstacle }
}

fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

/// Every request there is, by its name and with how it failed.
async fn every(transport: &dyn Transport) -> Vec<(&'static str, Failure)> {
    let device = DeviceInfo {
        device: DeviceId(Uuid::from_u128(3)),
        name: "pc".to_owned(),
        platform: "linux".to_owned(),
    };
    let (conversation, member) = (
        ConversationId(Uuid::from_u128(1)),
        MembershipId(Uuid::from_u128(2)),
    );
    let item = ItemId(Uuid::from_u128(4));
    let range = SeqRange::new(Seq(1), Seq(9)).expect("a range");
    let (code, password) = (secret("code"), secret("vier woorden op rij"));
    let accept = AcceptRequest {
        code: code.clone(),
        password: password.clone(),
        device: device.clone(),
    };
    let sign_in = SignInRequest {
        login: "anna@umc.example".to_owned(),
        password,
        device,
    };
    let access = access();
    let mut all = Vec::new();
    let mut said = |what, failure: Option<Failure>| all.push((what, failure.expect(what)));
    let commands = transport.commands(&access, &CommandsRequest::default()).await;
    said("commands", commands.err());
    said("sync", self::all(transport).await.1.err());
    said(
        "history",
        transport.history(&access, conversation, range).await.err(),
    );
    said(
        "directory",
        transport.directory(&access, member, "Karim", 20).await.err(),
    );
    said("items", transport.items(&access, &[item]).await.err());
    said("item", transport.item(&access, item).await.err());
    said(
        "watch",
        transport
            .watch(&access, &WatchRequest { conversation: None })
            .await
            .err(),
    );
    said("sign-out", transport.sign_out(&access).await.err());
    said(
        "refresh",
        transport
            .refresh(&RefreshRequest { refresh: secret("r") })
            .await
            .err(),
    );
    said(
        "invitation",
        transport.invitation(&InvitationRequest { code }).await.err(),
    );
    said("accept", transport.accept(&accept).await.err());
    said("sign-in", transport.sign_in(&sign_in).await.err());
    all
}

async fn everywhere(bytes: Vec<u8>, name: Option<&str>, expected: Failure) {
    let (transport, _) = canned(bytes.clone()).await;
    transport.expect(name);
    for (what, failure) in every(&*transport).await {
        assert_eq!(failure, expected, "{what}: {}", String::from_utf8_lossy(&bytes));
    }
}

// I3, U3
#[tokio::test]
async fn a_page_of_any_status_at_any_request_only_indicates_the_obstacle() {
    for (status, obstacle) in [
        (200, Obstacle::Portal),
        (204, Obstacle::Portal),
        (302, Obstacle::Portal),
        (400, Obstacle::Filter),
        (401, Obstacle::Filter),
        (403, Obstacle::Filter),
        (404, Obstacle::Filter),
        (407, Obstacle::ProxySignIn),
        (408, Obstacle::Gateway),
        (409, Obstacle::Filter),
        (410, Obstacle::Filter),
        (413, Obstacle::Filter),
        (422, Obstacle::Filter),
        (426, Obstacle::Filter),
        (429, Obstacle::Filter),
        (451, Obstacle::Filter),
        (500, Obstacle::Gateway),
        (502, Obstacle::Gateway),
        (503, Obstacle::Gateway),
        (504, Obstacle::Gateway),
        (511, Obstacle::Portal),
    ] {
        everywhere(answer(status, HTML, PAGE), Some(NAME), between(obstacle)).await;
        // Before one signed in, a page is known by its form.
        everywhere(answer(status, HTML, PAGE), None, between(obstacle)).await;
    }
    let large = "x".repeat(100_000);
    everywhere(answer(502, HTML, &large), Some(NAME), between(Obstacle::Gateway)).await;
}

// I3
#[tokio::test]
async fn an_error_of_the_protocols_form_that_does_not_bear_the_servers_name_ends_nothing() {
    for code in ErrorCode::ALL {
        let name = serde_json::to_string(code).expect("a code");
        let body = format!(r#"{{"error":{name},"retry_after":7}}"#);
        let expected = reading::page(code.status());
        assert!(matches!(expected, Failure::Between { .. }));
        for (what, failure) in every_of(answer(code.status(), "", &body), Some(NAME)).await {
            // No name is known before signing in.
            let known = !matches!(what, "invitation" | "accept" | "sign-in");
            let server = Failure::Server {
                code: *code,
                retry_after: Some(7),
            };
            assert_eq!(failure, if known { expected } else { server }, "{what}");
        }
    }
}

async fn every_of(bytes: Vec<u8>, name: Option<&str>) -> Vec<(&'static str, Failure)> {
    let (transport, _) = canned(bytes).await;
    transport.expect(name);
    every(&*transport).await
}

// I3
#[tokio::test]
async fn json_that_is_not_the_protocols_is_nobodys_word() {
    for body in [
        "",
        "{}",
        "[1]",
        "null",
        r#"{"error":"unauthorized"}"#,
        r#"{"error":"session_expired","retry_after":1}"#,
        r#"{"error":{"code":401}}"#,
        r#"{"message":"nee"}"#,
    ] {
        for status in [401, 403, 404, 426] {
            let bytes = answer(status, "", body);
            everywhere(bytes.clone(), Some(NAME), between(Obstacle::Filter)).await;
            everywhere(bytes, None, between(Obstacle::Filter)).await;
        }
    }
    // A code that is known, under a status that is not its own, or written as a page.
    let ended = r#"{"error":"session_ended"}"#;
    everywhere(answer(401, "", ended), None, between(Obstacle::Filter)).await;
    everywhere(answer(403, HTML, ended), None, between(Obstacle::Filter)).await;
}

// I3
#[tokio::test]
async fn another_servers_answer_is_no_answer() {
    let other = "overleg-server: another\r\n";
    for (status, body) in [
        (403, r#"{"error":"session_ended"}"#),
        (401, r#"{"error":"sign_in_needed"}"#),
        (404, r#"{"error":"not_found"}"#),
        (409, r#"{"error":"restored"}"#),
        (426, r#"{"error":"update_needed"}"#),
        (200, r#"{"answers":[]}"#),
    ] {
        for (what, failure) in every_of(answer(status, other, body), Some(NAME)).await {
            let known = !matches!(what, "invitation" | "accept" | "sign-in");
            let another = failure == between(Obstacle::OtherServer);
            assert_eq!(another, known, "{what} {status}");
        }
    }
}

// I3
#[tokio::test]
async fn the_servers_own_word_is_taken_by_its_name_and_from_a_server_without_one_by_its_form() {
    let ended = r#"{"error":"session_ended"}"#;
    let says = Failure::Server {
        code: ErrorCode::SessionEnded,
        retry_after: None,
    };
    let named = format!("overleg-server: {NAME}\r\n");
    everywhere(answer(403, &named, ended), Some(NAME), says).await;
    everywhere(answer(403, &named, ended), None, says).await;
    everywhere(answer(403, "", ended), None, says).await;
    let (transport, _) = canned(answer(200, &named, r#"{"answers":[],"now":7}"#)).await;
    transport.expect(Some(NAME));
    let answer = transport.commands(&access(), &CommandsRequest::default()).await;
    assert_eq!(
        answer.expect("the server's").now,
        Some(conversation::Timestamp(7))
    );
}

// U3
#[tokio::test]
async fn a_proxy_that_asks_for_credentials_or_refuses_says_so_before_there_is_a_connection() {
    for (status, obstacle) in [(407, Obstacle::ProxySignIn), (403, Obstacle::Filter)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = request(&mut stream).await;
                let _ = stream.write_all(&answer(status, HTML, PAGE)).await;
            }
        });
        let proxy = reqwest::Proxy::all(format!("http://{address}")).expect("a proxy");
        let client = reqwest::Client::builder().proxy(proxy).tls_certs_only([]).build();
        let asked = client
            .expect("a client")
            .get("https://server.example/")
            .send()
            .await;
        let failure = reading::unsent(&asked.expect_err("refused"));
        assert_eq!(failure, between(obstacle));
    }
}

/// The words are hyper-util's; the errors are the system's.
// U3, I4
#[tokio::test]
async fn a_request_that_reaches_nothing_names_the_cause_for_the_person_who_waits() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = closed.local_addr().expect("its address");
    drop(closed);
    let direct = || reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let proxy = reqwest::Proxy::all(format!("http://{nobody}")).expect("a proxy");
    let through = reqwest::Client::builder().proxy(proxy).tls_certs_only([]);
    let named = reqwest::Proxy::all("http://proxy.invalid:8080").expect("a proxy");
    let through_named = reqwest::Client::builder().proxy(named).tls_certs_only([]);
    for (client, url, cause) in [
        (direct(), format!("https://{nobody}/"), Obstacle::NotListening),
        (
            direct(),
            "https://server.invalid/".to_owned(),
            Obstacle::NameNotFound,
        ),
        (
            through,
            "https://server.invalid/".to_owned(),
            Obstacle::ProxyUnreachable,
        ),
        (
            through_named,
            "https://server.example/".to_owned(),
            Obstacle::NameNotFound,
        ),
    ] {
        let asked = client.build().expect("a client").get(&url).send().await;
        let error = asked.expect_err("nothing is there");
        assert_eq!(reading::cause(&error), Some(cause), "{url}: {error:?}");
        // Nothing is decided by it: a device that is offline looks the same.
        assert_eq!(reading::unsent(&error), Failure::Unreachable);
    }
}

// I4
#[tokio::test]
async fn another_proxy_is_used_from_the_next_request_on_and_never_for_this_machine_itself() {
    let (asked, proxy) = recording_proxy().await;
    let connector = HttpConnector::new(LONG);
    let ask = async |connector: &HttpConnector| {
        let (_, transport) = connector.connect("https://server.example").expect("an address");
        let code = secret("code");
        transport.invitation(&InvitationRequest { code }).await.err()
    };
    connector.use_proxy(ProxyChoice::At(proxy));
    assert_eq!(ask(&connector).await, Some(between(Obstacle::Filter)));
    assert_eq!(
        *asked.lock().expect("unpoisoned"),
        ["CONNECT server.example:443 HTTP/1.1"]
    );
    let (directly, here) = recording_proxy().await;
    let (_, transport) = connector.connect(&here).expect("an address");
    let _ = transport
        .invitation(&InvitationRequest { code: secret("code") })
        .await;
    assert_eq!(directly.lock().expect("unpoisoned").len(), 1);
    assert_eq!(asked.lock().expect("unpoisoned").len(), 1);
    // An address that is none leads nowhere, and past no proxy.
    connector.use_proxy(ProxyChoice::At("::".to_owned()));
    assert_eq!(ask(&connector).await, Some(Failure::Unreachable));
}

/// A firewall that drops is no refusal: nothing comes at all. And requests fail together, not one by one.
// I4
#[tokio::test]
async fn a_proxy_that_says_nothing_is_left_for_the_next_once_however_many_requests_it_fails() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = silent.local_addr().expect("its address");
    let (asked, proxy) = recording_proxy().await;
    let second = proxy.trim_start_matches("http://");
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("proxy.pac");
    let text = format!("function FindProxyForURL() {{ return 'PROXY {nobody}; PROXY {second}'; }}");
    std::fs::write(&script, text).expect("written");
    let connector = HttpConnector::new(Patience {
        connect: Duration::from_millis(200),
        ..LONG
    });
    connector.use_proxy(ProxyChoice::Script(format!("file://{}", script.display())));
    let (_, transport) = connector.connect("https://server.example").expect("an address");
    let request = InvitationRequest { code: secret("code") };
    let (one, other) = tokio::join!(transport.invitation(&request), transport.invitation(&request));
    assert_eq!(
        (one.err(), other.err()),
        (Some(Failure::Unreachable), Some(Failure::Unreachable))
    );
    assert_eq!(
        transport.invitation(&request).await.err(),
        Some(between(Obstacle::Filter))
    );
    assert_eq!(asked.lock().expect("unpoisoned").len(), 1);
    drop(silent);
}

// I4
#[tokio::test]
async fn the_next_proxy_of_a_script_is_used_where_the_first_leads_nowhere() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = closed.local_addr().expect("its address");
    drop(closed);
    let (asked, proxy) = recording_proxy().await;
    let second = proxy.trim_start_matches("http://");
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("proxy.pac");
    let text = format!("function FindProxyForURL() {{ return 'PROXY {nobody}; PROXY {second}'; }}");
    std::fs::write(&script, text).expect("written");
    let connector = HttpConnector::new(LONG);
    connector.use_proxy(ProxyChoice::Script(format!("file://{}", script.display())));
    let (_, transport) = connector.connect("https://server.example").expect("an address");
    let request = InvitationRequest { code: secret("code") };
    assert_eq!(
        transport.invitation(&request).await.err(),
        Some(Failure::Unreachable)
    );
    assert_eq!(transport.cause(), Some(Obstacle::ProxyUnreachable));
    for _ in 0..2 {
        assert_eq!(
            transport.invitation(&request).await.err(),
            Some(between(Obstacle::Filter))
        );
    }
    assert_eq!(asked.lock().expect("unpoisoned").len(), 2);
}

/// A proxy that refuses, and the first lines of its requests.
async fn recording_proxy() -> (Asked, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let asked = Asked::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let text = request(&mut stream).await.unwrap_or_default();
            let line = text.lines().next().unwrap_or_default().to_owned();
            heard.lock().expect("unpoisoned").push(line);
            let _ = stream.write_all(&answer(403, HTML, PAGE)).await;
        }
    });
    (asked, format!("http://{address}"))
}

// U3
#[test]
fn a_certificate_that_is_not_valid_now_is_distinguished_from_one_that_is_not_trusted() {
    use rustls::CertificateError::{Expired, NotValidForName, NotValidYet, Revoked, UnknownIssuer};
    for (why, obstacle) in [
        (Expired, Obstacle::CertificateTime),
        (NotValidYet, Obstacle::CertificateTime),
        (UnknownIssuer, Obstacle::Certificate),
        (NotValidForName, Obstacle::Certificate),
        (Revoked, Obstacle::Certificate),
    ] {
        let tls = rustls::Error::InvalidCertificate(why);
        assert_eq!(reading::obstacle(&tls), Some(obstacle));
        let wrapped = std::io::Error::other(tls);
        assert_eq!(reading::obstacle(&wrapped), Some(obstacle));
    }
    let closed = rustls::Error::AlertReceived(rustls::AlertDescription::CloseNotify);
    assert_eq!(reading::obstacle(&closed), None);
    assert_eq!(reading::obstacle(&std::io::Error::other("reset")), None);
}

// F3
#[tokio::test]
async fn each_request_that_is_held_ends_by_itself_and_holds_back_no_other() {
    let patience = Patience {
        brief: Duration::from_millis(100),
        ordinary: Duration::from_millis(100),
        whole: Duration::from_millis(100),
        silence: Duration::from_millis(100),
        ..LONG
    };
    // Held: everything, the body after its head, and a body that comes a byte at a time.
    for head in [
        "",
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n",
    ] {
        let (transport, asked) = server(patience, move |mut stream| async move {
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.read(&mut [0]).await;
        })
        .await;
        for (what, failure) in every(&*transport).await {
            assert_eq!(failure, Failure::Unreachable, "{what}");
        }
        assert_eq!(asked.lock().expect("unpoisoned").len(), 12);
    }
}

// F3
#[tokio::test]
async fn a_body_that_trickles_in_for_ever_ends_as_well() {
    let patience = Patience {
        brief: Duration::from_millis(100),
        ordinary: Duration::from_millis(100),
        whole: Duration::from_millis(200),
        ..LONG
    };
    let (transport, _) = server(patience, |mut stream| async move {
        let head = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n{";
        let _ = stream.write_all(head.as_bytes()).await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let range = SeqRange::new(Seq(1), Seq(9)).expect("a range");
    let history = transport
        .history(&access(), ConversationId(Uuid::from_u128(1)), range)
        .await;
    assert_eq!(history.err(), Some(Failure::Unreachable));
    let commands = transport.commands(&access(), &CommandsRequest::default()).await;
    assert_eq!(commands.err(), Some(Failure::Unreachable));
}
