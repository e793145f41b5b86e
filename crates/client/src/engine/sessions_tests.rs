//! Signing in and out, and the data that stays on the device.

use std::sync::Arc;

use conversation::{ConversationId, Shape, Timestamp};
use futures_util::FutureExt as _;
use protocol::error::ErrorCode;
use protocol::session::{EndReason, Secret, SessionAnswer, SessionEnd};

use super::{Session, SignInError};
use crate::api::request::ApiRequest;
use crate::api::view::{Draft, Recovered, SessionView};
use crate::cache::Cache as _;
use crate::ports::{Failure, Obstacle};
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

fn offline() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

fn start(device: &Device, text: &str) -> ConversationId {
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![KARIM],
        teams: vec![],
        subject: None,
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    device.ask(call).unwrap()
}

fn write(device: &Device, conversation: ConversationId, text: &str) {
    let draft = Draft {
        text: text.into(),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
}

/// The recovered texts that the screen shows: the text, and whether it perhaps arrived.
fn recovered(device: &Device) -> Vec<(String, bool)> {
    let SessionView::SignedIn { me } = device.ask(ApiRequest::Session {}).unwrap() else {
        panic!("someone is signed in");
    };
    let mut recovered: Vec<Recovered> = me.recovered;
    recovered.sort_by(|a, b| a.text.body.cmp(&b.text.body));
    recovered
        .into_iter()
        .map(|one| (one.text.body, one.perhaps_sent))
        .collect()
}

fn unsent_of_anna(device: &Device) -> [(String, bool); 2] {
    let conversation = start(device, "Eerste, zonder antwoord");
    let _under_way = now(device.engine.outgoing()).unwrap().unwrap();
    write(device, conversation, "Half af");
    [
        ("Eerste, zonder antwoord".to_owned(), true),
        ("Half af".to_owned(), false),
    ]
}

// F3, F6
#[test]
fn unsent_texts_survive_signing_out_for_their_author_and_for_nobody_else() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    let unsent = unsent_of_anna(&device);
    device.ask::<SessionView>(ApiRequest::SignOut {}).unwrap();
    assert!(
        now(device.cache.outbox(None)).unwrap().is_empty() && now(device.cache.drafts()).unwrap().is_empty()
    );
    device.sign_in(&server, KARIM);
    assert_eq!(recovered(&device), []);
    device.sign_in(&server, ANNA);
    assert_eq!(recovered(&device), unsent);
}

// F3, F6
#[test]
fn unsent_texts_are_kept_for_their_author_when_another_person_signs_in() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    let unsent = unsent_of_anna(&device);
    device.sign_in(&server, KARIM);
    assert!(now(device.cache.outbox(None)).unwrap().is_empty());
    assert_eq!(recovered(&device), []);
    device.sign_in(&server, ANNA);
    assert_eq!(recovered(&device), unsent);
}

// F3, F6
#[test]
fn signing_in_again_keeps_the_cache_for_the_same_person_at_the_same_server_alone() {
    let same = "https://overleg.example";
    for (server, member, kept) in [
        (same, ANNA, true),
        (same, KARIM, false),
        ("https://other.example", ANNA, false),
    ] {
        let device = Device::of_anna();
        device.sign_in(&offline(), ANNA);
        let conversation = start(&device, "Onderweg");
        let transport = offline();
        transport
            .next_session()
            .send(Ok(device.session(member, "two")))
            .unwrap();
        let password = Secret("wachtwoord".into());
        now(device
            .engine
            .sign_in(server, transport.as_ref(), "login".into(), password))
        .unwrap();
        let here = now(device.cache.conversation(conversation)).unwrap().is_some();
        assert_eq!(here, kept, "{server} {member:?}");
    }
}

/// Refreshes; while the server thinks, something else is done here.
fn refresh_while(
    device: &Device,
    server: &Arc<Scripted>,
    answer: Result<SessionAnswer, Failure>,
    meanwhile: impl FnOnce(),
) -> Result<Secret, SignInError> {
    device.clock.advance(15 * Timestamp::MINUTE);
    let give = server.next_session();
    let mut access = Box::pin(device.engine.access(server.as_ref(), None));
    assert!((&mut access).now_or_never().is_none(), "the server was asked");
    meanwhile();
    give.send(answer).unwrap();
    now(access)
}

fn refresh_token(device: &Device) -> Option<Secret> {
    let session = now(device.engine.session()).unwrap().unwrap();
    session.tokens.map(|tokens| tokens.refresh)
}

// F6
#[test]
fn signing_out_while_the_session_is_renewed_stays_in_effect() {
    let ended = Failure::Server {
        code: ErrorCode::SessionEnded,
        retry_after: None,
    };
    for ends in [false, true] {
        let device = Device::of_anna();
        let server = offline();
        device.sign_in(&server, ANNA);
        let answer = if ends {
            Err(ended)
        } else {
            Ok(device.session(ANNA, "two"))
        };
        let access = refresh_while(&device, &server, answer, || {
            device.ask::<SessionView>(ApiRequest::SignOut {}).unwrap();
        });
        assert!(matches!(access, Err(SignInError::NotSignedIn)));
        assert_eq!(refresh_token(&device), None);
        let view: SessionView = device.ask(ApiRequest::Session {}).unwrap();
        assert!(matches!(view, SessionView::SignedOut { server: Some(_), .. }));
    }
}

// F6
#[test]
fn signing_in_while_the_session_of_another_is_renewed_keeps_ones_own() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    let answer = Ok(device.session(ANNA, "two"));
    let karim = device.session(KARIM, "of Karim");
    let other = offline();
    let access = refresh_while(&device, &server, answer, || {
        other.next_session().send(Ok(karim)).unwrap();
        let password = Secret("wachtwoord".into());
        let signed_in = device.engine.sign_in(
            "https://overleg.example",
            other.as_ref(),
            "karim".into(),
            password,
        );
        now(signed_in).unwrap();
    });
    assert!(matches!(access, Err(SignInError::NotSignedIn)));
    assert_eq!(refresh_token(&device), Some(Secret("refresh of Karim".into())));
}

// F6
#[test]
fn a_session_that_soon_ends_is_renewed() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    let answer = Ok(device.session(ANNA, "two"));
    let access = refresh_while(&device, &server, answer, || {});
    assert_eq!(access.unwrap(), Secret("access two".into()));
    assert_eq!(refresh_token(&device), Some(Secret("refresh two".into())));
}

const OBSTACLES: [Obstacle; 7] = [
    Obstacle::ProxySignIn,
    Obstacle::Portal,
    Obstacle::Filter,
    Obstacle::Gateway,
    Obstacle::OtherServer,
    Obstacle::CertificateTime,
    Obstacle::Certificate,
];

// I3
#[test]
fn a_session_ends_by_the_servers_own_word_alone() {
    let others = OBSTACLES.map(|obstacle| Failure::Between { obstacle });
    let codes = ErrorCode::ALL.iter().map(|code| Failure::Server {
        code: *code,
        retry_after: None,
    });
    for failure in others
        .into_iter()
        .chain([Failure::Unreachable, Failure::Malformed])
        .chain(codes)
    {
        let device = Device::of_anna();
        let server = offline();
        device.sign_in(&server, ANNA);
        let access = refresh_while(&device, &server, Err(failure), || {});
        assert!(access.is_err(), "{failure}");
        let ends = matches!(
            failure,
            Failure::Server {
                code: ErrorCode::SessionEnded | ErrorCode::SignInNeeded,
                ..
            }
        );
        assert_eq!(refresh_token(&device).is_none(), ends, "{failure}");
        let view: SessionView = device.ask(ApiRequest::Session {}).unwrap();
        assert_eq!(matches!(view, SessionView::Ended { .. }), ends, "{failure}");
    }
}

// I3
#[test]
fn the_reason_of_an_end_is_kept_until_one_signs_in_again() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    let end = SessionEnd {
        at: Timestamp(1_760_000_000_000),
        reason: EndReason::TokenReused,
    };
    let access = refresh_while(&device, &server, Err(Failure::Ended(end)), || {});
    assert!(access.is_err());
    assert_eq!(refresh_token(&device), None);
    let said = |device: &Device| match device.ask(ApiRequest::Session {}).unwrap() {
        SessionView::Ended { reason, end, .. } => Some((reason, end)),
        _ => None,
    };
    let expected = Some((ErrorCode::SessionEnded, Some(end)));
    assert_eq!(said(&device), expected);
    let device = device.restart();
    assert_eq!(said(&device), expected);
    device.sign_in(&offline(), ANNA);
    assert_eq!(said(&device), None);
    let session = now(device.engine.session()).unwrap().unwrap();
    assert_eq!((session.ended, session.end), (None, None));
}

// I3
#[test]
fn a_session_that_an_earlier_version_kept_is_read_as_it_is() {
    let kept = r#"{"server":"https://overleg.example","tokens":null,"ended":"session_ended"}"#;
    let session: Session = serde_json::from_str(kept).unwrap();
    assert_eq!(
        (session.ended, session.end),
        (Some(ErrorCode::SessionEnded), None)
    );
}

// F3, I3
#[test]
fn a_renewal_that_is_not_answered_keeps_nobody_waiting_while_the_token_that_is_there_holds() {
    let device = Device::of_anna();
    let server = offline();
    device.sign_in(&server, ANNA);
    device
        .clock
        .advance(14 * Timestamp::MINUTE + 30 * Timestamp::SECOND);
    let give = server.next_session();
    let mut held = Box::pin(device.engine.access(server.as_ref(), None));
    assert!((&mut held).now_or_never().is_none(), "it is renewed");
    let one = Secret("access one".into());
    assert_eq!(now(device.engine.access(server.as_ref(), None)).unwrap(), one);
    // Requests that were refused with the old token wait for a new one.
    assert!(
        device
            .engine
            .access(server.as_ref(), Some(&one))
            .now_or_never()
            .is_none()
    );
    give.send(Err(Failure::Between {
        obstacle: Obstacle::Gateway,
    }))
    .unwrap();
    assert_eq!(now(held).unwrap(), one);
    device.clock.advance(30 * Timestamp::SECOND);
    assert!(now(device.engine.access(server.as_ref(), None)).is_err());
}
