//! Each request as it goes out, and each answer as it is taken.

use std::io;

use conversation::{ConversationId, DeviceId, MembershipId, Seq, SeqRange, Timestamp};
use protocol::commands::CommandsRequest;
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, DeviceInfo, EndReason, InvitationRequest, RefreshRequest, SessionEnd, SignInRequest,
};
use uuid::Uuid;

use super::super::address::ServerAddress;
use super::super::{HttpTransport, answer as reading};
use super::*;
use crate::ports::{Obstacle, ProxyChoice};

fn server_says(code: ErrorCode, retry_after: Option<u64>) -> Failure {
    Failure::Server { code, retry_after }
}

fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

fn device() -> DeviceInfo {
    DeviceInfo {
        device: DeviceId(Uuid::from_u128(3)),
        name: "Anna's laptop".to_owned(),
        platform: "linux".to_owned(),
    }
}

const SESSION: &str = r#"{"access":"a","access_expires":5,"refresh":"r",
    "person":"00000000-0000-0000-0000-000000000001","now":4,"memberships":[]}"#;

/// Status, body and `Retry-After`, over a real connection.
async fn refused(status: u16, headers: &str, body: &str) -> Failure {
    let (transport, _) = canned(answer(status, headers, body)).await;
    let ordinary = transport.commands(&access(), &CommandsRequest::default()).await;
    let ordinary = ordinary.expect_err("it was refused");
    let (_, stream) = all(&*transport).await;
    assert_eq!(stream, Err(ordinary), "a stream is refused as any other request");
    ordinary
}

// U2
#[tokio::test]
async fn each_code_of_the_server_is_taken_with_its_status_and_its_wait() {
    for code in ErrorCode::ALL {
        let name = serde_json::to_string(code).expect("a code");
        let body = format!(r#"{{"error":{name},"retry_after":7}}"#);
        let failure = refused(code.status(), "retry-after: 9\r\n", &body).await;
        assert_eq!(failure, server_says(*code, Some(7)));
        let failure = refused(code.status(), "", &format!(r#"{{"error":{name}}}"#)).await;
        assert_eq!(failure, server_says(*code, None));
    }
}

// I3
#[tokio::test]
async fn the_end_of_a_session_is_taken_with_its_moment_and_its_reason() {
    let body =
        |code: &str, reason: &str| format!(r#"{{"error":"{code}","ended":{{"at":7,"reason":"{reason}"}}}}"#);
    for (text, reason) in [
        ("password_changed", EndReason::PasswordChanged),
        ("of_a_later_version", EndReason::Unknown),
    ] {
        let failure = refused(403, "", &body("session_ended", text)).await;
        let at = Timestamp(7);
        assert_eq!(failure, Failure::Ended(SessionEnd { at, reason }));
    }
    // Beside another code it says nothing.
    let failure = refused(409, "", &body("restored", "unused")).await;
    assert_eq!(failure, server_says(ErrorCode::Restored, None));
}

// U2
#[tokio::test]
async fn a_code_of_a_later_version_is_taken_by_its_status_and_ends_no_session() {
    for (status, code) in [
        (400, ErrorCode::BadRequest),
        (401, ErrorCode::UpdateNeeded),
        (403, ErrorCode::UpdateNeeded),
        (404, ErrorCode::NotFound),
        (409, ErrorCode::UpdateNeeded),
        (413, ErrorCode::TooLarge),
        (418, ErrorCode::UpdateNeeded),
        (422, ErrorCode::UpdateNeeded),
        (429, ErrorCode::TooManyRequests),
        (500, ErrorCode::Internal),
        (503, ErrorCode::Internal),
    ] {
        let body = r#"{"error":"of_tomorrow","retry_after":3,"more":1}"#;
        let failure = refused(status, "overleg-server: abc\r\n", body).await;
        assert_eq!(failure, server_says(code, Some(3)), "{status}");
    }
}

#[test]
fn a_wait_is_in_seconds_and_at_most_an_hour() {
    let read = |header, body: &str| reading::read(reading::Signed::Yes, 429, header, body.as_bytes());
    let busy = |wait| server_says(ErrorCode::TooManyRequests, wait);
    assert_eq!(
        read(Some(u64::MAX), r#"{"error":"too_many_requests"}"#),
        busy(Some(3_600))
    );
    assert_eq!(read(Some(5), r#"{"error":"too_many_requests"}"#), busy(Some(5)));
    assert_eq!(
        read(None, r#"{"error":"too_many_requests","retry_after":99999}"#),
        busy(Some(3_600))
    );
    assert_eq!(read(None, r#"{"error":"too_many_requests"}"#), busy(None));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let there = elsewhere.local_addr().expect("its address");
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://{there}/v1/commands\r\n");
        let obstacle = Obstacle::Portal;
        assert_eq!(
            refused(status, &location, "").await,
            Failure::Between { obstacle }
        );
    }
    // A followed redirect would be in the accept queue by now.
    elsewhere.set_nonblocking(true).expect("a listener");
    let came = elsewhere.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(
        came,
        Err(io::ErrorKind::WouldBlock),
        "nobody went where the redirect pointed"
    );
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_malformed() {
    for body in [
        "<html></html>",
        "",
        "{}",
        "null",
        r#"{"error":"internal"}"#,
        "{\"answers\":[",
        "\u{feff}{}",
    ] {
        let (transport, _) = canned(answer(200, "content-type: application/json\r\n", body)).await;
        let commands = transport.commands(&access(), &CommandsRequest::default()).await;
        assert_eq!(commands.expect_err("unreadable"), Failure::Malformed, "{body}");
        let conversation = ConversationId(Uuid::from_u128(1));
        let range = SeqRange::new(Seq(1), Seq(9)).expect("a range");
        let history = transport.history(&access(), conversation, range).await;
        assert_eq!(history.expect_err("unreadable"), Failure::Malformed, "{body}");
    }
    let (transport, _) = canned(answer(200, "", "<html></html>")).await;
    assert_eq!(transport.sign_out(&access()).await, Err(Failure::Malformed));
    for (status, body) in [(200, ""), (204, ""), (200, "{}"), (200, "null")] {
        let (transport, _) = canned(answer(status, "", body)).await;
        assert_eq!(transport.sign_out(&access()).await, Ok(()));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_anywhere_is_unreachable() {
    let whole = answer(200, "", r#"{"answers":[]}"#);
    for cut in 0..whole.len() {
        let (transport, _) = canned(&whole[..cut]).await;
        let commands = transport.commands(&access(), &CommandsRequest::default()).await;
        assert_eq!(commands.expect_err("it broke off"), Failure::Unreachable, "{cut}");
    }
    let (transport, _) = canned(whole).await;
    let commands = transport.commands(&access(), &CommandsRequest::default()).await;
    assert!(commands.expect("whole").answers.is_empty());
}

#[tokio::test]
async fn a_server_that_speaks_no_http_or_does_not_listen_is_unreachable() {
    let (transport, _) = canned("SSH-2.0-OpenSSH_9.2\r\n").await;
    assert_eq!(transport.sign_out(&access()).await, Err(Failure::Unreachable));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    drop(listener);
    let (_, transport) = HttpConnector::new(LONG).connect(&address).expect("an address");
    assert_eq!(transport.sign_out(&access()).await, Err(Failure::Unreachable));
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_unreachable() {
    let patience = Patience {
        brief: Duration::from_millis(50),
        ..LONG
    };
    for head in [
        "",
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        "HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let (transport, _) = server(patience, move |mut stream| async move {
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.read(&mut [0]).await;
        })
        .await;
        assert_eq!(
            transport.sign_out(&access()).await,
            Err(Failure::Unreachable),
            "{head}"
        );
        if head.contains("500") {
            assert_eq!(all(&*transport).await, (vec![], Err(Failure::Unreachable)));
        }
    }
}

#[tokio::test]
async fn each_request_goes_to_its_route_and_carries_its_fields() {
    let (transport, asked) = canned(answer(200, "", SESSION)).await;
    let (code, password) = (secret("code"), secret("vier woorden op rij"));
    let sign_in = SignInRequest {
        login: "anna@umc.example".to_owned(),
        password: password.clone(),
        device: device(),
    };
    let accept = AcceptRequest {
        code: code.clone(),
        password,
        device: device(),
    };
    let session = transport.sign_in(&sign_in).await.expect("a session");
    assert_eq!(
        (session.access.0.as_str(), session.refresh.0.as_str()),
        ("a", "r")
    );
    transport.accept(&accept).await.expect("a session");
    transport
        .refresh(&RefreshRequest { refresh: secret("r") })
        .await
        .expect("a session");
    transport.sign_out(&access()).await.expect("signed out");
    // Later answers are of the wrong type; only the requests matter here.
    let membership = MembershipId(Uuid::from_u128(2));
    let conversation = ConversationId(Uuid::from_u128(1));
    let _ = transport.invitation(&InvitationRequest { code }).await;
    let _ = transport.directory(&access(), membership, "Zoë & ü?#/", 20).await;
    let range = SeqRange::new(Seq(4), Seq(9)).expect("a range");
    let _ = transport.history(&access(), conversation, range).await;
    let _ = transport.commands(&access(), &CommandsRequest::default()).await;
    let _ = all(&*transport).await;

    let asked = asked.lock().expect("unpoisoned").clone();
    let lines: Vec<&str> = asked
        .iter()
        .filter_map(|request| request.lines().next())
        .collect();
    assert_eq!(
        lines,
        [
            "POST /v1/session/sign-in HTTP/1.1",
            "POST /v1/session/accept HTTP/1.1",
            "POST /v1/session/refresh HTTP/1.1",
            "POST /v1/session/sign-out HTTP/1.1",
            "POST /v1/session/invitation HTTP/1.1",
            "GET /v1/directory?acting=00000000-0000-0000-0000-000000000002\
             &query=Zo%C3%AB+%26+%C3%BC%3F%23%2F&limit=20 HTTP/1.1",
            "GET /v1/conversations/00000000-0000-0000-0000-000000000001/events?from=4&to=9 HTTP/1.1",
            "POST /v1/commands HTTP/1.1",
            "POST /v1/sync HTTP/1.1",
        ]
    );
    for (request, line) in asked.iter().zip(lines) {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head");
        let agent = format!("user-agent: overleg/{}", env!("CARGO_PKG_VERSION"));
        assert!(head.contains(&agent), "{line}");
        let open = ["sign-in", "accept", "refresh", "invitation"];
        let needs = !open
            .iter()
            .any(|name| line.contains(&format!("/session/{name} ")));
        assert_eq!(
            head.contains("authorization: Bearer anna-access"),
            needs,
            "{line}"
        );
        assert!(!head.to_ascii_lowercase().contains("cookie"), "{line}");
        let written = line.starts_with("POST") && !line.contains("sign-out");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(body).is_ok(),
            written,
            "{line}"
        );
        assert_eq!(
            head.contains("accept-encoding: identity"),
            line.contains("/v1/sync"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_cookie_is_not_kept() {
    let (transport, asked) = canned(answer(200, "set-cookie: who=anna\r\n", "")).await;
    for _ in 0..2 {
        transport.sign_out(&access()).await.expect("signed out");
    }
    let asked = asked.lock().expect("unpoisoned").clone();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| !request.contains("who=anna")));
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_needs_a_new_sign_in_and_is_not_sent() {
    let (transport, asked) = canned(answer(200, "", "")).await;
    let failure = transport.sign_out(&secret("a\r\nx: y")).await;
    assert_eq!(failure, Err(server_says(ErrorCode::SignInNeeded, None)));
    assert!(asked.lock().expect("unpoisoned").is_empty());
}

#[test]
fn an_address_that_may_not_be_used_gets_no_server() {
    for address in ["http://server.example", "anna@server.example", ""] {
        assert!(HttpConnector::default().connect(address).is_err(), "{address}");
    }
    let (kept, _) = HttpConnector::default()
        .connect("Server.Example/")
        .expect("an address");
    assert_eq!(kept, "https://server.example");
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// F1
#[tokio::test]
async fn no_token_and_no_word_of_a_query_or_body_is_in_any_trace_or_debug() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log is written");
    let (transport, _) = canned(answer(200, "", "{\"f\":\"hartruis\"}\n{\"f\":\"hartruis\",")).await;
    let membership = MembershipId(Uuid::from_u128(2));
    let directory = transport.directory(&access(), membership, "Achternaam", 20).await;
    let stream = all(&*transport).await;
    let address: ServerAddress = "https://server.example".parse().expect("an address");
    let debug = format!(
        "{directory:?} {stream:?} {transport:?} {:?}",
        HttpTransport::new(address, LONG, ProxyChoice::System)
    );
    drop(guard);
    let log = String::from_utf8(written.0.lock().expect("unpoisoned").clone()).expect("text");
    assert!(log.contains("the log is written"), "{log}");
    assert!(log.contains("a frame of an unknown kind was skipped"), "{log}");
    for secret in ["anna-access", "Achternaam", "hartruis", "/v1/"] {
        assert!(!log.contains(secret), "{secret}: {log}");
        assert!(!debug.contains(secret), "{secret}: {debug}");
    }
}
