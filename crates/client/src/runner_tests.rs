//! One request after the other, to a server that answers as the test says.

use std::sync::Arc;

use conversation::{ConversationId, Refusal, Shape};
use futures_util::StreamExt as _;
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::error::ErrorCode;
use protocol::sync::Frame;
use serde_json::Value;

use super::{gather, send_once};
use crate::api::request::ApiRequest;
use crate::api::view::{Draft, SyncStatus};
use crate::cache::{Cache as _, OutboxState};
use crate::engine::sync::follower::Event;
use crate::ports::{Failure, Frames, Obstacle};
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

fn said(device: &Device, texts: impl IntoIterator<Item = String>) -> ConversationId {
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![KARIM],
        teams: vec![],
        subject: None,
        text: None,
        attachments: false,
        urgent: None,
    };
    let conversation = device.ask(call).unwrap();
    for text in texts {
        let draft = Draft {
            text: text.as_str().into(),
            ..Draft::default()
        };
        device
            .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
            .unwrap();
        device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
    }
    conversation
}

fn accepted(request: &CommandsRequest) -> CommandsAnswer {
    let answer = |command: &serde_json::value::RawValue| {
        let value: Value = serde_json::from_str(command.get()).unwrap();
        Answer::Accepted {
            command: value["id"].as_str().unwrap().parse().unwrap(),
            conversation: value["conversation"].as_str().unwrap().parse().unwrap(),
            receipt: None,
        }
    };
    let answers = request.commands.iter().map(|command| answer(command)).collect();
    CommandsAnswer::new(answers)
}

fn no(code: ErrorCode) -> Failure {
    Failure::Server {
        code,
        retry_after: None,
    }
}

/// Sends until nothing is left that can go; how many requests it took.
fn send_all(device: &Device, server: &Arc<Scripted>) -> usize {
    (1..=60)
        .find(|_| now(send_once(&device.engine, server)) == Ok(false))
        .expect("it ends")
}

// F3, M7
#[test]
fn one_message_that_the_server_takes_no_request_with_is_refused_alone_with_its_text_kept() {
    for code in [ErrorCode::TooLarge, ErrorCode::BadRequest] {
        let device = Device::of_anna();
        let server = Arc::new(Scripted::answering(move |request| {
            let bad = |command: &serde_json::value::RawValue| command.get().contains("Bericht 13");
            if request.commands.iter().any(|command| bad(command)) {
                Err(no(code))
            } else {
                Ok(accepted(request))
            }
        }));
        device.sign_in(&server, ANNA);
        said(&device, (1..=30).map(|n| format!("Bericht {n}.")));
        assert!(send_all(&device, &server) < 20);
        let rows = now(device.cache.outbox(None)).unwrap();
        assert_eq!(rows.len(), 30, "the start is done");
        for row in rows {
            let said = crate::engine::sync::recovered(&row, None).map(|row| row.text.body);
            if said.as_deref() == Some("Bericht 13.") {
                let refusal = Refusal::Malformed;
                assert_eq!(row.state, OutboxState::Refused { refusal });
            } else {
                assert!(matches!(row.state, OutboxState::Accepted { .. }), "{row:?}");
            }
        }
    }
}

// L3
#[test]
fn read_positions_and_fields_that_are_never_accepted_hold_nothing_back() {
    let device = Device::of_anna();
    let server = Arc::new(Scripted::answering(|request| {
        if request.personal.is_empty() {
            Ok(accepted(request))
        } else {
            Err(no(ErrorCode::BadRequest))
        }
    }));
    device.sign_in(&server, ANNA);
    let conversation = said(&device, ["Heeft u even?".to_owned()]);
    let everyone = false;
    let call = ApiRequest::Archive {
        conversation,
        everyone,
    };
    device.ask::<()>(call).unwrap();
    send_all(&device, &server);
    let rows = now(device.cache.outbox(None)).unwrap();
    assert!(
        rows.iter()
            .all(|row| matches!(row.state, OutboxState::Accepted { .. }))
    );
    assert!(now(device.engine.personal_out()).unwrap().is_empty());
}

// F3
#[test]
fn without_an_answer_nothing_is_refused() {
    let device = Device::of_anna();
    let server = Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)));
    device.sign_in(&server, ANNA);
    said(&device, ["Heeft u even?".to_owned()]);
    for _ in 0..9 {
        assert_eq!(now(send_once(&device.engine, &server)), Err(Failure::Unreachable));
    }
    let rows = now(device.cache.outbox(None)).unwrap();
    assert!(rows.iter().all(|row| row.state == OutboxState::Waiting));
}

// F3, M7
#[test]
fn an_answer_that_leaves_a_command_out_is_none() {
    let device = Device::of_anna();
    let server = Arc::new(Scripted::answering(|request| {
        let mut answer = accepted(request);
        answer.answers.pop();
        Ok(answer)
    }));
    device.sign_in(&server, ANNA);
    said(&device, ["Heeft u even?".to_owned()]);
    assert_eq!(now(send_once(&device.engine, &server)), Err(Failure::Malformed));
    let rows = now(device.cache.outbox(None)).unwrap();
    assert!(rows.iter().all(|row| row.state == OutboxState::Waiting));
}

// F3, I3
#[test]
fn a_request_stopped_in_between_waits_and_is_tried_smaller_and_nothing_is_refused() {
    let device = Device::of_anna();
    // A filter lets no more than four commands through at once.
    let server = Arc::new(Scripted::answering(|request| {
        if request.commands.len() > 4 {
            let obstacle = Obstacle::Filter;
            Err(Failure::Between { obstacle })
        } else {
            Ok(accepted(request))
        }
    }));
    device.sign_in(&server, ANNA);
    said(&device, (1..=30).map(|n| format!("Bericht {n}.")));
    for _ in 0..60 {
        let _sent = now(send_once(&device.engine, &server));
    }
    let rows = now(device.cache.outbox(None)).unwrap();
    let done = |row: &crate::cache::OutboxRow| matches!(row.state, OutboxState::Accepted { .. });
    assert!(rows.iter().all(done), "{rows:?}");
    // One that lets nothing through.
    let device = Device::of_anna();
    let server = Arc::new(Scripted::answering(|_| {
        let obstacle = Obstacle::Portal;
        Err(Failure::Between { obstacle })
    }));
    device.sign_in(&server, ANNA);
    said(&device, ["Heeft u even?".to_owned()]);
    for _ in 0..9 {
        assert!(now(send_once(&device.engine, &server)).is_err());
    }
    let rows = now(device.cache.outbox(None)).unwrap();
    assert!(rows.iter().all(|row| row.state == OutboxState::Waiting));
}

// U3
#[test]
fn a_frame_that_is_too_large_is_reported_and_later_ones_are_applied() {
    let device = Device::of_anna();
    let sync_status = || device.ask::<SyncStatus>(ApiRequest::SyncStatus {}).unwrap();
    assert!(!sync_status().left_out);
    let cards = || {
        Ok(Frame::Cards {
            cards: Vec::new(),
            teams: Vec::new(),
        })
    };
    let coming = [Err(Failure::TooLarge), cards(), Err(Failure::TooLarge)];
    let mut frames: Frames = futures_util::stream::iter(coming).boxed();
    let (batch, ended) = gather(&device.engine, Some(cards()), &mut frames);
    assert_eq!(batch.into_frames().len(), 2);
    assert!(matches!(ended, Some(Event::Ended)));
    assert!(sync_status().left_out);
}
