//! The server's name and time in its answers, for a device behind proxies or with a wrong clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use conversation::{Action, CommandId, ConversationId, Kind, MessageId, NewMessage, Refusal, Timestamp};
use platform::Clock as _;
use protocol::SERVER_HEADER;
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::session::{RefreshRequest, SessionAnswer};
use protocol::sync::{Frame, Mode, SyncRequest};
use protocol::wire::WireItem;

const WRONG: [i64; 6] = {
    let (hour, day) = (Timestamp::HOUR, Timestamp::DAY);
    [hour, -hour, 3 * day, -3 * day, 730 * day, -730 * day]
};

// I3
#[tokio::test]
async fn every_answer_bears_the_servers_name_and_a_session_tells_it() {
    let mut clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let name = anna.session.server.clone().expect("a name");
    // One of the routes ends this session.
    let once = clinic.sign_in(&anna).await;
    let named = |response: &reqwest::Response| response.headers().get(SERVER_HEADER).cloned();
    for (method, path, _) in sync_server::http::every_route() {
        let path = path.replace("{conversation}", &clinic.id().to_string());
        let path = path.replace("{item}", &clinic.id().to_string());
        let path = path.replace("{membership}", &anna.membership.to_string());
        let url = clinic.url(&path.replace("{reference}", "r1"));
        for access in [None, Some(once.session.access.0.as_str())] {
            let mut request = clinic.http.request(method.clone(), &url).body("{");
            if let Some(access) = access {
                request = request.bearer_auth(access);
            }
            let response = request.send().await.unwrap();
            assert_eq!(named(&response).unwrap(), name.as_str(), "{method} {path}");
        }
    }
    for request in [
        clinic.http.get(clinic.url("/v1/nergens")),
        clinic.http.delete(clinic.url("/v1/commands")),
        clinic
            .http
            .post(clinic.url("/v1/commands"))
            .body(vec![b' '; 5 * 1024 * 1024]),
    ] {
        let response = request.bearer_auth(&anna.session.access.0).send().await.unwrap();
        assert_eq!(named(&response).unwrap(), name.as_str());
    }
    for mode in [Mode::Stream, Mode::Once] {
        let asked = SyncRequest {
            protocol: protocol::VERSION,
            resume: None,
            holes: Vec::new(),
            following: Vec::new(),
            mode,
        };
        let anna = clinic.sign_in(&anna).await;
        let body = serde_json::to_string(&asked).unwrap();
        let response = clinic.send("/v1/sync", Some(&anna), body).await;
        assert!(response.status().is_success());
        assert_eq!(named(&response).unwrap(), name.as_str());
    }
    // The name survives a restart, and another server has another.
    clinic.restart().await;
    let refresh = anna.session.refresh.clone();
    let again: SessionAnswer = clinic
        .post("/v1/session/refresh", None, &RefreshRequest { refresh })
        .await
        .unwrap();
    assert_eq!(again.server, Some(name.clone()));
    let other = Clinic::open().await;
    let home = other.organisation("Thuiszorg De Linde").await;
    assert_ne!(other.person("Anna", home).await.session.server, Some(name));
}

/// A message written a while ago on a device whose clock is off, sent now.
fn written(
    clinic: &Clinic,
    person: &Person,
    conversation: ConversationId,
    (wrong, waited): (i64, i64),
) -> (CommandsRequest, MessageId) {
    let now = clinic.clock.now().plus(wrong);
    let message = NewMessage {
        written_at: now.plus(-waited),
        ..clinic.message("Heeft u even?")
    };
    let id = message.id;
    let mut command = clinic.command(person, conversation, Action::Post { message });
    // The time of the device's clock.
    let millis = u64::try_from(now.plus(-waited).0).unwrap();
    let bytes = command.id.0.as_bytes()[6..].try_into().unwrap();
    command.id = CommandId(uuid::Builder::from_unix_timestamp_millis(millis, bytes).into_uuid());
    let mut request = CommandsRequest {
        now: Some(now),
        ..CommandsRequest::default()
    };
    request.push(&command).unwrap();
    (request, id)
}

// M7
#[tokio::test]
async fn a_clock_that_is_off_dates_nothing_wrong_and_makes_nothing_too_old() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (anna, bram) = (
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
    );
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let minute = Timestamp::MINUTE;
    for wrong in WRONG.into_iter().chain([0]) {
        for (waited, keeps_its_time) in [
            (0, false),
            (minute, false),
            (3 * minute, true),
            (400 * minute, true),
        ] {
            clinic.clock.advance(1);
            let now = clinic.clock.now();
            let (request, message) = written(&clinic, &anna, conversation, (wrong, waited));
            let answer: CommandsAnswer = clinic.post("/v1/commands", Some(&anna), &request).await.unwrap();
            assert_eq!(answer.now, Some(now));
            let accepted = matches!(answer.answers[0], Answer::Accepted { .. });
            assert!(accepted, "{wrong} {waited}: {:?}", answer.answers[0]);
            let said = written_at(&clinic.sync(&bram, None).await, message);
            assert_eq!(
                said,
                keeps_its_time.then(|| now.plus(-waited)),
                "{wrong} {waited}"
            );
        }
    }
}

fn written_at(frames: &[Frame], id: MessageId) -> Option<Timestamp> {
    let items = frames.iter().flat_map(|frame| match frame {
        Frame::Events { items, .. } => items.as_slice(),
        _ => &[],
    });
    let kinds = items.filter_map(|item| match item {
        WireItem::Event(event) => event.header().ok().map(|header| header.kind),
        WireItem::Stubs(_) => None,
    });
    let mut posted = kinds.filter_map(|kind| match kind {
        Kind::Posted {
            message, written_at, ..
        } if message == id => Some(written_at),
        _ => None,
    });
    posted.next().expect("it was said")
}

// M7
#[tokio::test]
async fn without_a_word_of_its_clock_an_id_of_two_years_ago_is_too_old() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let (mut request, _) = written(&clinic, &anna, conversation, (-730 * Timestamp::DAY, 0));
    request.now = None;
    let answer: CommandsAnswer = clinic.post("/v1/commands", Some(&anna), &request).await.unwrap();
    let Answer::Refused { refusal, .. } = answer.answers[0] else {
        panic!("it was done");
    };
    assert_eq!(refusal, Refusal::TooOld);
}
