//! Changing one's own password, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, RefreshRequest, Secret, SessionAnswer, SignInRequest,
};
use sync_server::core::administer::{AdminRequest, AdminResponse};
use sync_server::identity::attempts_of_an_account;

const OTHER: &str = "een ander lang wachtwoord";

/// The status of the answer, and its code where it is refused.
async fn change(clinic: &Clinic, person: &Person, current: &str, password: &str) -> Result<(), ErrorCode> {
    let request = ChangePasswordRequest {
        current: Secret(current.to_owned()),
        password: Secret(password.to_owned()),
    };
    let body = serde_json::to_string(&request).unwrap();
    let response = clinic.send("/v1/session/password", Some(person), body).await;
    if response.status() == 204 {
        return Ok(());
    }
    let refused: protocol::error::ErrorAnswer = response.json().await.unwrap();
    Err(refused.error)
}

async fn sign_in(clinic: &Clinic, person: &Person, password: &str) -> Result<SessionAnswer, ErrorCode> {
    let request = SignInRequest {
        login: person.login.clone(),
        password: Secret(password.to_owned()),
        device: person.device.clone(),
    };
    clinic.post("/v1/session/sign-in", None, &request).await
}

async fn works(clinic: &Clinic, person: &Person) -> Result<(), ErrorCode> {
    clinic.sync_with(person, &request(None)).await.map(|_| ())
}

async fn anna(clinic: &Clinic) -> Person {
    let home = clinic.organisation("Thuiszorg De Linde").await;
    clinic.person("Anna", home).await
}

// I1, I3
#[tokio::test]
async fn a_new_password_ends_every_other_session_at_once_and_keeps_the_one_that_asks() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let bram = clinic.organisation("Thuiszorg De Eik").await;
    let bram = clinic.person("Bram", bram).await;
    let tablet = clinic.sign_in(&anna).await;
    let mut own = clinic.stream(&anna, None).await;
    own.current().await;
    let mut lost = clinic.stream(&tablet, None).await;
    lost.current().await;
    change(&clinic, &anna, PASSWORD, OTHER).await.unwrap();
    // Its stream, its access token and its refresh token.
    while lost.next().await.is_some() {}
    assert_eq!(works(&clinic, &tablet).await, Err(ErrorCode::SessionEnded));
    let refresh = async |person: &Person| {
        let refresh = person.session.refresh.clone();
        let request = RefreshRequest { refresh };
        let answer: Result<SessionAnswer, _> = clinic.post("/v1/session/refresh", None, &request).await;
        answer
    };
    assert_eq!(refresh(&tablet).await.unwrap_err(), ErrorCode::SessionEnded);
    // The one that asked goes on, and so does everybody else.
    works(&clinic, &anna).await.unwrap();
    refresh(&anna).await.unwrap();
    works(&clinic, &bram).await.unwrap();
    assert_eq!(
        sign_in(&clinic, &tablet, PASSWORD).await.unwrap_err(),
        ErrorCode::WrongPassword
    );
    sign_in(&clinic, &tablet, OTHER).await.unwrap();
}

// I1
#[tokio::test]
async fn a_new_password_is_of_no_use_to_who_holds_an_earlier_invitation() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let person = anna.person;
    let AdminResponse::Invited { invitation } =
        clinic.administer(AdminRequest::PersonInvite { person }).await
    else {
        panic!("not invited");
    };
    change(&clinic, &anna, PASSWORD, OTHER).await.unwrap();
    let accept = AcceptRequest {
        code: invitation.code,
        password: Secret("nog een heel ander woord".to_owned()),
        device: device(),
    };
    let late: Result<SessionAnswer, _> = clinic.post("/v1/session/accept", None, &accept).await;
    assert_eq!(late.unwrap_err(), ErrorCode::InvitationUnknown);
    works(&clinic, &anna).await.unwrap();
}

// I1
#[tokio::test]
async fn a_change_that_is_refused_changes_nothing_and_ends_nothing() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let tablet = clinic.sign_in(&anna).await;
    let long = "x".repeat(201);
    for (current, password, expected) in [
        ("niet het goede", OTHER, ErrorCode::WrongPassword),
        ("", OTHER, ErrorCode::WrongPassword),
        (PASSWORD, "te kort", ErrorCode::PasswordTooShort),
        (PASSWORD, long.as_str(), ErrorCode::PasswordTooLong),
        (PASSWORD, "annajansen2026", ErrorCode::PasswordTooEasy),
        // Whether the current one is right is not said.
        ("niet het goede", "annajansen2026", ErrorCode::PasswordTooEasy),
    ] {
        let refused = change(&clinic, &anna, current, password).await;
        assert_eq!(refused, Err(expected), "{password}");
    }
    works(&clinic, &tablet).await.unwrap();
    sign_in(&clinic, &tablet, PASSWORD).await.unwrap();
}

// I1
#[tokio::test]
async fn a_password_is_guessed_no_faster_by_changing_it_than_by_signing_in() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let tablet = clinic.sign_in(&anna).await;
    let guesses = attempts_of_an_account();
    // By both ways together, on one device.
    for guess in 0..guesses {
        let refused = match guess % 2 {
            0 => change(&clinic, &anna, "mis mis mis mis", OTHER).await,
            _ => sign_in(&clinic, &anna, "mis mis mis mis").await.map(|_| ()),
        };
        assert_eq!(refused, Err(ErrorCode::WrongPassword), "{guess}");
    }
    let refused = change(&clinic, &anna, PASSWORD, OTHER).await;
    assert_eq!(refused, Err(ErrorCode::TooManyAttempts));
    let refused = sign_in(&clinic, &anna, PASSWORD).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::TooManyAttempts);
    // It is her own password: on her other device she changes it.
    change(&clinic, &tablet, PASSWORD, OTHER).await.unwrap();
    works(&clinic, &tablet).await.unwrap();
}

// I1
#[tokio::test]
async fn changing_the_password_over_and_over_is_refused_before_it_costs_anything() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let mut current = PASSWORD.to_owned();
    let mut done = 0;
    let refused = loop {
        let next = format!("{OTHER} {done}");
        match change(&clinic, &anna, &current, &next).await {
            Ok(()) => current = next,
            Err(error) => break error,
        }
        done += 1;
    };
    assert_eq!((done, refused), (20, ErrorCode::TooManyAttempts));
    clinic.clock.advance(20_000);
    change(&clinic, &anna, &current, PASSWORD).await.unwrap();
}

// I1
#[tokio::test]
async fn of_many_changes_and_sign_ins_at_once_no_session_of_an_old_password_is_left() {
    let clinic = Clinic::open().await;
    let anna = anna(&clinic).await;
    let tablet = clinic.sign_in(&anna).await;
    let attempts = async {
        let one = async || {
            let device = device();
            let request = SignInRequest {
                login: anna.login.clone(),
                password: Secret(PASSWORD.to_owned()),
                device: device.clone(),
            };
            let answer: Result<SessionAnswer, _> = clinic.post("/v1/session/sign-in", None, &request).await;
            answer.ok()
        };
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        [a, b, c, d].into_iter().flatten().collect::<Vec<_>>()
    };
    let changes = async {
        tokio::join!(
            change(&clinic, &anna, PASSWORD, OTHER),
            change(&clinic, &tablet, PASSWORD, "nog een heel ander woord"),
        )
    };
    let (begun, (one, two)) = tokio::join!(attempts, changes);
    // One of both won, and the other's session is over.
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    for session in begun {
        let request = RefreshRequest {
            refresh: session.refresh,
        };
        let answer: Result<SessionAnswer, _> = clinic.post("/v1/session/refresh", None, &request).await;
        assert_eq!(answer.unwrap_err(), ErrorCode::SessionEnded);
    }
}
