//! Signing out without a network, and what is reported of it later.

use std::sync::Arc;

use conversation::{MembershipId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{EndReason, Secret, SessionEnd, SignOut};

use crate::api::request::ApiRequest;
use crate::api::view::SessionView;
use crate::cache::Cache as _;
use crate::engine::meta;
use crate::ports::{Failure, Obstacle};
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

fn server() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

/// Somebody signs in, with a sign-out token of this name that holds for ninety days.
fn sign_in(device: &Device, server: &Arc<Scripted>, member: MembershipId, token: &str) {
    let mut answer = device.session(member, "one");
    answer.server = Some("name".to_owned());
    answer.sign_out = Some(SignOut {
        token: Secret(token.to_owned()),
        until: answer.now.plus(90 * Timestamp::DAY),
    });
    device.sign_in_with(server, answer);
}

fn sign_out(device: &Device) -> bool {
    unreported(device.ask(ApiRequest::SignOut {}).unwrap())
}

fn unreported(view: SessionView) -> bool {
    match view {
        SessionView::SignedOut { unreported, .. } => unreported,
        other => panic!("{other:?}"),
    }
}

/// Whether nothing is left to report.
fn report(device: &Device, server: &Arc<Scripted>) -> bool {
    now(device.engine.report_sign_outs(server)).unwrap()
}

/// The sign-outs as the cache keeps them.
fn kept(device: &Device) -> Option<String> {
    now(device.cache.meta(meta::SIGN_OUTS)).unwrap()
}

fn says(code: ErrorCode) -> Failure {
    Failure::Server {
        code,
        retry_after: None,
    }
}

// I3, F6
#[test]
fn signing_out_without_a_network_waits_for_nothing_and_is_reported_later_once() {
    let device = Device::of_anna();
    let server = server();
    sign_in(&device, &server, ANNA, "out");
    // Done here at once; the screen says nothing before it was tried.
    assert!(!sign_out(&device));
    assert_eq!(server.reported(), [""; 0]);
    assert!(!report(&device, &server));
    let view = device.ask(ApiRequest::Session {}).unwrap();
    assert!(unreported(view));
    server.next_end(Ok(()));
    assert!(report(&device, &server));
    assert_eq!(server.reported(), ["out", "out"]);
    assert!(!unreported(device.ask(ApiRequest::Session {}).unwrap()));
    assert_eq!(kept(&device), None);
    assert!(report(&device, &server));
    assert_eq!(server.reported().len(), 2);
}

// F1, F6
#[test]
fn of_a_session_that_was_signed_out_nothing_is_kept_that_opens_anything() {
    let device = Device::of_anna();
    sign_in(&device, &server(), ANNA, "out");
    sign_out(&device);
    let kept = kept(&device).unwrap();
    assert!(kept.contains("\"out\""));
    for gone in ["access", "refresh", "Anna", "login"] {
        assert!(!kept.contains(gone), "{kept}");
    }
    let session = now(device.engine.session()).unwrap().unwrap();
    assert!(session.tokens.is_none());
}

// I3
#[test]
fn a_sign_out_outlives_the_end_of_the_program_before_and_after_the_servers_answer() {
    let device = Device::of_anna();
    let server = server();
    sign_in(&device, &server, ANNA, "out");
    sign_out(&device);
    let before = device.restart();
    assert!(kept(&before).is_some());
    // The server has done it, and the program ends before it hears so: it is asked again, and says that it is over.
    assert!(!report(&before, &server));
    let after = before.restart();
    assert!(unreported(after.ask(ApiRequest::Session {}).unwrap()));
    server.next_end(Ok(()));
    assert!(report(&after, &server));
    assert_eq!(kept(&after), None);
}

// I3
#[test]
fn a_sign_out_is_over_by_the_servers_word_or_its_time_and_by_nothing_else() {
    let end = SessionEnd {
        at: Timestamp(1),
        reason: EndReason::Unused,
    };
    let over = [
        Ok(()),
        Err(Failure::Ended(end)),
        Err(says(ErrorCode::SessionEnded)),
    ];
    let not_over = [
        Failure::Unreachable,
        Failure::Malformed,
        Failure::TooLarge,
        Failure::Between {
            obstacle: Obstacle::Portal,
        },
    ];
    let codes = ErrorCode::ALL
        .iter()
        .filter(|code| **code != ErrorCode::SessionEnded);
    let not_over = not_over.into_iter().chain(codes.map(|code| says(*code)));
    let answers = over.map(|answer| (answer, true));
    for (answer, expected) in answers
        .into_iter()
        .chain(not_over.map(|failure| (Err(failure), false)))
    {
        let device = Device::of_anna();
        let server = server();
        sign_in(&device, &server, ANNA, "out");
        sign_out(&device);
        server.next_end(answer);
        assert_eq!(report(&device, &server), expected, "{answer:?}");
        device.clock.advance(90 * Timestamp::DAY);
        assert!(report(&device, &server), "{answer:?}");
        assert_eq!(server.reported().len(), 1, "{answer:?}");
    }
}

// I3
#[test]
fn a_sign_out_is_reported_while_somebody_else_is_signed_in_and_leaves_them_alone() {
    let device = Device::of_anna();
    let server = server();
    sign_in(&device, &server, ANNA, "of Anna");
    sign_out(&device);
    sign_in(&device, &server, KARIM, "of Karim");
    assert!(kept(&device).unwrap().contains("of Anna"));
    let tokens = |device: &Device| now(device.engine.session()).unwrap().unwrap().tokens;
    let before = tokens(&device).unwrap();
    server.next_end(Ok(()));
    assert!(report(&device, &server));
    assert_eq!(server.reported(), ["of Anna"]);
    let after = tokens(&device).unwrap();
    assert_eq!((after.access, after.refresh), (before.access, before.refresh));
    // He signs out, too, before anything was reported; then each is.
    sign_out(&device);
    assert!(kept(&device).unwrap().contains("of Karim"));
    assert!(!report(&device, &server));
    sign_in(&device, &server, ANNA, "of Anna again");
    sign_out(&device);
    server.next_end(Ok(()));
    server.next_end(Ok(()));
    assert!(report(&device, &server));
    assert_eq!(server.reported()[2..], ["of Karim", "of Anna again"]);
}

// I3
#[test]
fn a_session_that_somebody_elses_takes_the_place_of_is_signed_out_on_the_server() {
    let device = Device::of_anna();
    let server = server();
    sign_in(&device, &server, ANNA, "of Anna");
    sign_in(&device, &server, KARIM, "of Karim");
    server.next_end(Ok(()));
    assert!(report(&device, &server));
    assert_eq!(server.reported(), ["of Anna"]);
}

// I3
#[test]
fn a_sign_out_of_a_server_that_another_has_taken_the_address_of_is_not_sent_to_that_one() {
    let device = Device::of_anna();
    let server = server();
    sign_in(&device, &server, ANNA, "out");
    sign_out(&device);
    let mut other = device.session(ANNA, "two");
    other.server = Some("another name".to_owned());
    device.sign_in_with(&server, other);
    assert!(report(&device, &server));
    assert_eq!(server.reported(), [""; 0]);
}

// I3
#[test]
fn no_more_than_twenty_sign_outs_wait_and_the_latest_do() {
    let device = Device::of_anna();
    let server = server();
    for number in 0..25 {
        sign_in(&device, &server, ANNA, &format!("out {number}"));
        sign_out(&device);
    }
    assert!(!report(&device, &server));
    let expected: Vec<String> = (5..25).map(|number| format!("out {number}")).collect();
    assert_eq!(server.reported(), expected);
}

// I3
#[test]
fn a_session_of_a_server_that_gives_no_token_for_it_is_forgotten_as_before() {
    let device = Device::of_anna();
    device.sign_in(&server(), ANNA);
    assert!(!sign_out(&device));
    assert_eq!(kept(&device), None);
}
