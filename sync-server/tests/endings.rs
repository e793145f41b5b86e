//! Why a session ended, as its device learns it and its owner's other devices list it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use conversation::Timestamp;
use platform::Clock as _;
use protocol::error::{ErrorAnswer, ErrorCode};
use protocol::session::{
    ChangePasswordRequest, EndReason, EndSessionRequest, EndedSession, RefreshRequest, Secret, SessionAnswer,
    SessionEnd, SessionsAnswer,
};
use sync_server::core::administer::{AdminRequest, AdminResponse};

async fn refused(response: reqwest::Response) -> ErrorAnswer {
    assert_eq!(response.status(), 403);
    let answer: ErrorAnswer = response.json().await.unwrap();
    assert_eq!(answer.error, ErrorCode::SessionEnded);
    answer
}

/// The end that the answer to the refresh token names.
async fn by_refresh(clinic: &Clinic, token: &str) -> Option<SessionEnd> {
    let refresh = Secret(token.to_owned());
    let body = serde_json::to_string(&RefreshRequest { refresh }).unwrap();
    refused(clinic.send("/v1/session/refresh", None, body).await)
        .await
        .ended
}

/// The end that the answer to the access token names.
async fn by_access(clinic: &Clinic, person: &Person) -> Option<SessionEnd> {
    let body = serde_json::to_string(&request(None)).unwrap();
    refused(clinic.send("/v1/sync", Some(person), body).await)
        .await
        .ended
}

async fn refresh(clinic: &Clinic, person: &mut Person) {
    let refresh = person.session.refresh.clone();
    let request = RefreshRequest { refresh };
    let next: Result<SessionAnswer, _> = clinic.post("/v1/session/refresh", None, &request).await;
    person.session = next.unwrap();
}

async fn listed(clinic: &Clinic, person: &Person) -> SessionsAnswer {
    clinic.get("/v1/sessions", person).await.unwrap()
}

async fn anna(clinic: &Clinic) -> Person {
    let home = clinic.organisation("Thuiszorg De Linde").await;
    clinic.person("Anna", home).await
}

fn reasons(answer: &SessionsAnswer) -> Vec<EndReason> {
    answer.ended.iter().map(|ended| ended.end.reason).collect()
}

/// Ends the session of the laptop in one of the ways that there are.
async fn end(clinic: &Clinic, anna: &Person, laptop: &mut Person, way: EndReason) {
    let person = anna.person;
    let session = async || {
        let all = listed(clinic, anna).await.sessions;
        let of_laptop = all.iter().find(|one| one.device.device == laptop.device.device);
        of_laptop.unwrap().session
    };
    match way {
        EndReason::SignedOut => {
            let done = clinic
                .send("/v1/session/sign-out", Some(laptop), String::new())
                .await;
            assert_eq!(done.status(), 204);
        }
        EndReason::OtherDevice => {
            let session = session().await;
            let body = serde_json::to_string(&EndSessionRequest { session }).unwrap();
            let done = clinic.send("/v1/sessions/end", Some(anna), body).await;
            assert_eq!(done.status(), 204);
        }
        EndReason::Administrator => {
            let session = session().await;
            clinic
                .administer(AdminRequest::SessionEnd { person, session })
                .await;
        }
        EndReason::PasswordChanged => {
            let request = ChangePasswordRequest {
                current: Secret(PASSWORD.to_owned()),
                password: Secret("een ander lang wachtwoord".to_owned()),
            };
            let body = serde_json::to_string(&request).unwrap();
            let done = clinic.send("/v1/session/password", Some(anna), body).await;
            assert_eq!(done.status(), 204);
        }
        EndReason::TokenReused => {
            let stolen = laptop.session.refresh.0.clone();
            refresh(clinic, laptop).await;
            clinic.sync(laptop, None).await;
            let end = by_refresh(clinic, &stolen).await.unwrap();
            assert_eq!(end.reason, EndReason::TokenReused);
        }
        EndReason::AccountEnded => {
            clinic.administer(AdminRequest::PersonEnd { person }).await;
        }
        other => panic!("{other:?} has no way here"),
    }
}

const WAYS: [EndReason; 6] = [
    EndReason::SignedOut,
    EndReason::OtherDevice,
    EndReason::Administrator,
    EndReason::PasswordChanged,
    EndReason::TokenReused,
    EndReason::AccountEnded,
];

// I3
#[tokio::test]
async fn a_device_whose_session_was_ended_learns_why_and_when_by_each_of_its_tokens() {
    for way in WAYS {
        let mut clinic = Clinic::open().await;
        let anna = anna(&clinic).await;
        let mut laptop = clinic.sign_in(&anna).await;
        clinic.clock.advance(60_000);
        end(&clinic, &anna, &mut laptop, way).await;
        let expected = Some(SessionEnd {
            at: clinic.clock.now(),
            reason: way,
        });
        clinic.clock.advance(1_000);
        for restarted in [false, true] {
            assert_eq!(by_access(&clinic, &laptop).await, expected, "{way:?} {restarted}");
            let token = laptop.session.refresh.0.clone();
            assert_eq!(by_refresh(&clinic, &token).await, expected, "{way:?} {restarted}");
            // From memory, and from the store.
            clinic.restart().await;
        }
        if way != EndReason::AccountEnded {
            assert_eq!(reasons(&listed(&clinic, &anna).await), [way]);
        }
    }
}

// I3
#[tokio::test]
async fn a_session_that_ran_out_says_whether_it_was_unused_or_as_long_as_one_may_be() {
    let clinic = Clinic::open().await;
    let mut anna = anna(&clinic).await;
    let unused = clinic.sign_in(&anna).await;
    for _ in 0..2 {
        clinic.clock.advance(40 * Timestamp::DAY);
        refresh(&clinic, &mut anna).await;
    }
    let end = by_refresh(&clinic, &unused.session.refresh.0).await.unwrap();
    let at = MORNING.plus(60 * Timestamp::DAY);
    let reason = EndReason::Unused;
    assert_eq!(end, SessionEnd { at, reason });
    // Nobody ended it: it is listed all the same.
    let list = listed(&clinic, &anna).await;
    assert_eq!((list.sessions.len(), reasons(&list)), (1, vec![reason]));
    clinic.clock.advance(10 * Timestamp::DAY);
    let end = by_refresh(&clinic, &anna.session.refresh.0).await.unwrap();
    let at = MORNING.plus(90 * Timestamp::DAY);
    let reason = EndReason::Expired;
    assert_eq!(end, SessionEnd { at, reason });
}

// I3
#[tokio::test]
async fn nobody_learns_of_an_end_without_a_token_of_that_session() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let mut laptop = clinic.sign_in(&anna).await;
    let tablet = clinic.sign_in(&anna).await;
    end(&clinic, &anna, &mut laptop, EndReason::OtherDevice).await;
    let token = laptop.session.refresh.0.clone();
    // The MAC begins after the session and the generation, 24 bytes.
    for place in [0, 10, 31, 32, 60] {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(by_refresh(&clinic, &changed).await, None, "{place}");
    }
    assert_eq!(by_refresh(&clinic, "").await, None);
    let bodies = [
        serde_json::json!({ "refresh": laptop.session.access.0 }),
        serde_json::json!({ "refresh": tablet.session.access.0 }),
    ];
    for body in bodies {
        let answer = clinic.send("/v1/session/refresh", None, body.to_string()).await;
        assert_eq!(refused(answer).await.ended, None);
    }
    // A colleague's list says nothing of it.
    let bram = clinic.organisation("Thuiszorg De Eik").await;
    let bram = clinic.person("Bram", bram).await;
    assert_eq!(listed(&clinic, &bram).await.ended, []);
}

// I3
#[tokio::test]
async fn a_token_that_was_stolen_is_listed_on_the_other_devices_with_the_device_it_was_of() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let mut laptop = clinic.sign_in(&anna).await;
    end(&clinic, &anna, &mut laptop, EndReason::TokenReused).await;
    // Also to a device that signs in afterwards.
    for device in [&anna, &clinic.sign_in(&anna).await] {
        let list = listed(&clinic, device).await;
        let [EndedSession { device, end, .. }] = list.ended.as_slice() else {
            panic!("{list:?}");
        };
        assert_eq!(*device, laptop.device);
        assert_eq!(end.reason, EndReason::TokenReused);
    }
    clinic.clock.advance(30 * Timestamp::DAY + 1);
    let later = clinic.sign_in(&anna).await;
    assert_eq!(listed(&clinic, &later).await.ended, []);
}

// I3
#[tokio::test]
async fn no_more_than_twenty_ended_sessions_are_listed_and_the_first_end_of_each_stands() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let mut last = Vec::new();
    for _ in 0..25 {
        clinic.clock.advance(60_000);
        let mut laptop = clinic.sign_in(&anna).await;
        end(&clinic, &anna, &mut laptop, EndReason::SignedOut).await;
        last.insert(0, laptop.device.device);
    }
    last.truncate(20);
    let current = clinic.sign_in(&anna).await;
    let list = listed(&clinic, &current).await;
    let devices: Vec<_> = list.ended.iter().map(|ended| ended.device.device).collect();
    assert_eq!(devices, last);
    let AdminResponse::Sessions { sessions } = clinic
        .administer(AdminRequest::SessionList { person: anna.person })
        .await
    else {
        panic!("sessions are listed");
    };
    // The administrator sees those that stand.
    assert_eq!(sessions.len(), 2);
    // A new password does not end anew what had ended.
    let mut other = clinic.sign_in(&current).await;
    end(&clinic, &current, &mut other, EndReason::PasswordChanged).await;
    let list = listed(&clinic, &current).await;
    let changed = reasons(&list)
        .iter()
        .filter(|reason| **reason == EndReason::PasswordChanged)
        .count();
    assert_eq!((changed, list.ended.len()), (2, 20));
}

async fn signed_out(clinic: &Clinic, token: &str) -> Result<(), ErrorAnswer> {
    let body = serde_json::json!({ "token": token }).to_string();
    let response = clinic.send("/v1/session/signed-out", None, body).await;
    match response.status().as_u16() {
        204 => Ok(()),
        _ => Err(refused(response).await),
    }
}

// I3
#[tokio::test]
async fn a_device_that_was_signed_out_without_a_network_ends_its_session_afterwards_and_nobody_elses() {
    let mut clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let mut laptop = clinic.sign_in(&anna).await;
    let out = laptop.session.sign_out.clone().unwrap();
    assert_eq!(out.until, MORNING.plus(90 * Timestamp::DAY));
    // The same throughout the session.
    refresh(&clinic, &mut laptop).await;
    assert_eq!(laptop.session.sign_out, Some(out.clone()));
    let mut stream = clinic.stream(&laptop, None).await;
    stream.current().await;
    clinic.clock.advance(Timestamp::DAY);
    assert_eq!(signed_out(&clinic, &out.token.0).await.unwrap(), ());
    while stream.next().await.is_some() {}
    let end = SessionEnd {
        at: MORNING.plus(Timestamp::DAY),
        reason: EndReason::SignedOut,
    };
    clinic.clock.advance(60_000);
    // The answer got lost: once more, and after a restart, is no error and changes nothing.
    for _ in 0..2 {
        assert_eq!(signed_out(&clinic, &out.token.0).await.unwrap(), ());
        let token = laptop.session.refresh.0.clone();
        assert_eq!(by_refresh(&clinic, &token).await, Some(end));
        clinic.restart().await;
    }
    let mut anna = anna;
    refresh(&clinic, &mut anna).await;
    let list = listed(&clinic, &anna).await;
    assert_eq!(
        (list.sessions.len(), reasons(&list)),
        (1, vec![EndReason::SignedOut])
    );
}

// I3
#[tokio::test]
async fn a_sign_out_token_opens_nothing_and_no_other_token_signs_out_later() {
    let clinic = Clinic::open().await;
    let mut anna = anna(&clinic).await;
    let out = anna.session.sign_out.clone().unwrap().token;
    for other in [
        &anna.session.access,
        &anna.session.refresh,
        &Secret("onzin".to_owned()),
    ] {
        let answer = signed_out(&clinic, &other.0).await.unwrap_err();
        assert_eq!(answer.ended, None);
    }
    let mut changed = out.0.clone().into_bytes();
    changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    assert_eq!(signed_out(&clinic, &changed).await.unwrap_err().ended, None);
    assert_eq!(by_refresh(&clinic, &out.0).await, None);
    let body = serde_json::to_string(&request(None)).unwrap();
    let request = clinic.http.post(clinic.url("/v1/sync")).bearer_auth(&out.0);
    let request = request.header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), 401);
    // Her session is untouched by all of it.
    refresh(&clinic, &mut anna).await;
    clinic.sync(&anna, None).await;
}
