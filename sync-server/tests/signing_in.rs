//! Invitations, sessions and their ends, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use conversation::{SessionId, Timestamp};
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, EndSessionRequest, InvitationAnswer, InvitationRequest, RefreshRequest, Secret,
    SessionAnswer, SessionsAnswer, SignInRequest,
};
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse};
use sync_server::identity::attempts_of_an_account;

fn secret(text: &str) -> Secret {
    Secret(text.to_owned())
}

fn accept(code: &Secret, password: &str) -> AcceptRequest {
    AcceptRequest {
        code: code.clone(),
        password: secret(password),
        device: device(),
    }
}

async fn refresh(clinic: &Clinic, token: &Secret) -> Result<SessionAnswer, ErrorCode> {
    let request = RefreshRequest {
        refresh: token.clone(),
    };
    clinic.post("/v1/session/refresh", None, &request).await
}

async fn works(clinic: &Clinic, person: &Person) -> Result<(), ErrorCode> {
    clinic.sync_with(person, &request(None)).await.map(|_| ())
}

// I1
#[tokio::test]
async fn an_invitation_says_whom_it_is_for_and_is_accepted_once() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (person, _, code) = clinic.invite("Anna", home).await;
    let asked = InvitationRequest { code: code.clone() };
    let said: InvitationAnswer = clinic.post("/v1/session/invitation", None, &asked).await.unwrap();
    assert_eq!(
        (
            said.login.as_str(),
            said.name.as_str(),
            said.organisation.as_str(),
            said.reset
        ),
        ("anna@kliniek.example", "Anna Jansen", "Thuiszorg De Linde", false)
    );
    let post = |request: AcceptRequest| async {
        clinic
            .post::<SessionAnswer>("/v1/session/accept", None, &{ request })
            .await
    };
    let short = post(accept(&code, "te kort")).await;
    assert_eq!(short.unwrap_err(), ErrorCode::PasswordTooShort);
    let long = post(accept(&code, &"x".repeat(201))).await;
    assert_eq!(long.unwrap_err(), ErrorCode::PasswordTooLong);
    // Of her own name: the invitation is not used up by it.
    let easy = post(accept(&code, "annajansen2026")).await;
    assert_eq!(easy.unwrap_err(), ErrorCode::PasswordTooEasy);
    let answer = post(accept(&code, PASSWORD)).await.unwrap();
    assert_eq!((answer.person, answer.memberships.len()), (person, 1));
    let again = post(accept(&code, PASSWORD)).await;
    assert_eq!(again.unwrap_err(), ErrorCode::InvitationUnknown);
    let wrong = post(accept(&secret("verzonnen"), PASSWORD)).await;
    assert_eq!(wrong.unwrap_err(), ErrorCode::InvitationUnknown);
}

// I1
#[tokio::test]
async fn an_invitation_lives_for_seven_days_and_a_new_one_takes_its_place() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (person, _, code) = clinic.invite("Anna", home).await;
    clinic.clock.advance(7 * Timestamp::DAY - 1);
    let asked = InvitationRequest { code: code.clone() };
    let said: Result<InvitationAnswer, _> = clinic.post("/v1/session/invitation", None, &asked).await;
    said.unwrap();
    clinic.clock.advance(1);
    let late: Result<SessionAnswer, _> = clinic
        .post("/v1/session/accept", None, &accept(&code, PASSWORD))
        .await;
    assert_eq!(late.unwrap_err(), ErrorCode::InvitationExpired);
    let AdminResponse::Invited { invitation } =
        clinic.administer(AdminRequest::PersonInvite { person }).await
    else {
        panic!("not invited");
    };
    let link = invitation.link.unwrap().0;
    assert_eq!(
        link,
        format!("https://overleg.example/#invite={}", invitation.code.0)
    );
    let old: Result<SessionAnswer, _> = clinic
        .post("/v1/session/accept", None, &accept(&code, PASSWORD))
        .await;
    assert_eq!(old.unwrap_err(), ErrorCode::InvitationUnknown);
    let new: Result<SessionAnswer, _> = clinic
        .post("/v1/session/accept", None, &accept(&invitation.code, PASSWORD))
        .await;
    new.unwrap();
}

// I1, I3
#[tokio::test]
async fn a_lost_password_is_a_new_invitation_and_ends_all_other_sessions() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let tablet = clinic.sign_in(&anna).await;
    let mut stream = clinic.stream(&tablet, None).await;
    stream.current().await;
    let person = anna.person;
    let AdminResponse::Invited { invitation } =
        clinic.administer(AdminRequest::PersonInvite { person }).await
    else {
        panic!("not invited");
    };
    // An invitation alone changes nothing.
    works(&clinic, &anna).await.unwrap();
    let other = "een ander lang wachtwoord";
    let new: SessionAnswer = clinic
        .post("/v1/session/accept", None, &accept(&invitation.code, other))
        .await
        .unwrap();
    assert!(stream.next().await.is_none());
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
    assert_eq!(works(&clinic, &tablet).await, Err(ErrorCode::SessionEnded));
    assert_eq!(
        refresh(&clinic, &tablet.session.refresh).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
    refresh(&clinic, &new.refresh).await.unwrap();
    let sign_in = |password: &str| SignInRequest {
        login: " ANNA@kliniek.example".to_owned(),
        password: secret(password),
        device: device(),
    };
    let old: Result<SessionAnswer, _> = clinic.post("/v1/session/sign-in", None, &sign_in(PASSWORD)).await;
    assert_eq!(old.unwrap_err(), ErrorCode::WrongPassword);
    let new: Result<SessionAnswer, _> = clinic.post("/v1/session/sign-in", None, &sign_in(other)).await;
    new.unwrap();
}

// I3
#[tokio::test]
async fn an_access_token_lives_for_ten_minutes_and_a_refresh_token_rotates() {
    let mut clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let mut anna = clinic.person("Anna", home).await;
    clinic.clock.advance(10 * Timestamp::MINUTE - 1);
    works(&clinic, &anna).await.unwrap();
    clinic.clock.advance(1);
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SignInNeeded));
    let first = anna.session.refresh.clone();
    let second = refresh(&clinic, &first).await.unwrap();
    // The answer got lost: the same request gets the same answer, also after a restart.
    assert_eq!(refresh(&clinic, &first).await.unwrap().refresh, second.refresh);
    clinic.restart().await;
    let again = refresh(&clinic, &first).await.unwrap();
    assert_eq!(again.refresh, second.refresh);
    anna.session = again;
    works(&clinic, &anna).await.unwrap();
    // Once its successor was used, the token counts as copied: the session ends.
    let third = refresh(&clinic, &second.refresh).await.unwrap();
    let mut stream = clinic.stream(&anna, None).await;
    stream.current().await;
    assert_eq!(
        refresh(&clinic, &first).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
    assert!(stream.next().await.is_none());
    assert_eq!(
        refresh(&clinic, &third.refresh).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
    assert_eq!(
        refresh(&clinic, &secret("onzin")).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
}

// I3, BZ5
#[tokio::test]
async fn a_refresh_token_that_was_stolen_gives_nothing_once_its_successor_is_in_use() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let mut anna = clinic.person("Anna", home).await;
    let stolen = anna.session.refresh.clone();
    anna.session = refresh(&clinic, &stolen).await.unwrap();
    // Until she uses what she was answered, the answer may have got lost.
    let repeated = refresh(&clinic, &stolen).await.unwrap();
    assert_eq!(repeated.refresh, anna.session.refresh);
    works(&clinic, &anna).await.unwrap();
    assert_eq!(
        refresh(&clinic, &stolen).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
    // Nobody can say who of the two it is: both are out.
    let next = refresh(&clinic, &anna.session.refresh).await;
    assert_eq!(next.unwrap_err(), ErrorCode::SessionEnded);
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
}

// I3, BZ5
#[tokio::test]
async fn thief_and_owner_of_a_session_do_not_live_side_by_side() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let mut anna = clinic.person("Anna", home).await;
    // With all that her device has.
    let mut thief = Person {
        login: anna.login.clone(),
        device: anna.device.clone(),
        session: anna.session.clone(),
        ..anna
    };
    let mut rounds = 0;
    'both: loop {
        for one in [&mut anna, &mut thief] {
            clinic.clock.advance(9 * Timestamp::MINUTE);
            match refresh(&clinic, &one.session.refresh).await {
                Ok(next) => one.session = next,
                Err(error) => {
                    assert_eq!(error, ErrorCode::SessionEnded);
                    break 'both;
                }
            }
            works(&clinic, one).await.unwrap();
        }
        rounds += 1;
    }
    assert_eq!(rounds, 0);
}

// I3
#[tokio::test]
async fn a_session_that_is_not_used_for_sixty_days_ends() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    clinic.clock.advance(59 * Timestamp::DAY);
    let next = refresh(&clinic, &anna.session.refresh).await.unwrap();
    clinic.clock.advance(60 * Timestamp::DAY);
    assert_eq!(
        refresh(&clinic, &next.refresh).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
}

// I3
#[tokio::test]
async fn a_session_ends_after_ninety_days_however_often_it_was_refreshed() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let mut token = clinic.person("Anna", home).await.session.refresh;
    for _ in 0..89 {
        clinic.clock.advance(Timestamp::DAY);
        token = refresh(&clinic, &token).await.unwrap().refresh;
    }
    clinic.clock.advance(Timestamp::DAY);
    let after = refresh(&clinic, &token).await;
    assert_eq!(after.unwrap_err(), ErrorCode::SessionEnded);
}

// I3
#[tokio::test]
async fn a_lost_laptop_is_ended_from_another_device_at_once_and_nobody_elses_is() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    clinic.clock.advance(60_000);
    let laptop = clinic.sign_in(&anna).await;
    let listed = async |person: &Person| {
        let listed: SessionsAnswer = clinic.get("/v1/sessions", person).await.unwrap();
        listed.sessions
    };
    let all = listed(&anna).await;
    let devices: Vec<_> = all.iter().map(|one| (one.device.device, one.own)).collect();
    assert_eq!(
        devices,
        [(laptop.device.device, false), (anna.device.device, true)]
    );
    assert_eq!(listed(&bram).await.len(), 1);
    let end = async |person: &Person, session| {
        let body = serde_json::to_string(&EndSessionRequest { session }).unwrap();
        clinic
            .send("/v1/sessions/end", Some(person), body)
            .await
            .status()
            .as_u16()
    };
    // Somebody else's session is as one that does not exist.
    assert_eq!(end(&bram, all[0].session).await, 404);
    assert_eq!(end(&anna, SessionId(clinic.id())).await, 404);
    let mut stream = clinic.stream(&laptop, None).await;
    stream.current().await;
    assert_eq!(end(&anna, all[0].session).await, 204);
    while stream.next().await.is_some() {}
    assert_eq!(works(&clinic, &laptop).await, Err(ErrorCode::SessionEnded));
    let refreshed = refresh(&clinic, &laptop.session.refresh).await;
    assert_eq!(refreshed.unwrap_err(), ErrorCode::SessionEnded);
    assert_eq!(works(&clinic, &anna).await, Ok(()));
    assert_eq!(end(&anna, all[0].session).await, 404);
    let own: Vec<_> = listed(&anna).await.iter().map(|one| one.own).collect();
    assert_eq!(own, [true]);
}

// I3
#[tokio::test]
async fn an_administrator_lists_the_devices_of_a_person_and_signs_one_out_at_once() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let person = anna.person;
    let list = async || match clinic.administer(AdminRequest::SessionList { person }).await {
        AdminResponse::Sessions { sessions } => sessions,
        other => panic!("{other:?}"),
    };
    let all = list().await;
    assert_eq!((all.len(), all[0].device_name.as_str()), (1, "Werkplek"));
    let mut stream = clinic.stream(&anna, None).await;
    stream.current().await;
    let session = all[0].session;
    clinic
        .administer(AdminRequest::SessionEnd { person, session })
        .await;
    while stream.next().await.is_some() {}
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
    assert_eq!(list().await.len(), 0);
    let again = AdminRequest::SessionEnd { person, session };
    let again = clinic
        .running()
        .admin()
        .administer(AdminActor::PROGRAM, again)
        .await;
    assert!(again.unwrap_err().to_string().contains("is not signed in there"));
    // The account stands: the password signs in again.
    let back = clinic.sign_in(&anna).await;
    assert_eq!(works(&clinic, &back).await, Ok(()));
}

// I3
#[tokio::test]
async fn signing_out_ends_that_session_alone_and_an_ended_account_ends_all() {
    let mut clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let tablet = clinic.sign_in(&anna).await;
    let mut of_tablet = clinic.stream(&tablet, None).await;
    of_tablet.current().await;
    let mut of_anna = clinic.stream(&anna, None).await;
    of_anna.current().await;
    let response = clinic
        .send("/v1/session/sign-out", Some(&tablet), String::new())
        .await;
    assert_eq!(response.status(), 204);
    assert!(of_tablet.next().await.is_none());
    assert_eq!(works(&clinic, &tablet).await, Err(ErrorCode::SessionEnded));
    works(&clinic, &anna).await.unwrap();

    let person = anna.person;
    clinic.administer(AdminRequest::PersonEnd { person }).await;
    assert!(of_anna.next().await.is_none());
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
    clinic.restart().await;
    assert_eq!(works(&clinic, &anna).await, Err(ErrorCode::SessionEnded));
    assert_eq!(
        refresh(&clinic, &anna.session.refresh).await.unwrap_err(),
        ErrorCode::SessionEnded
    );
    let request = SignInRequest {
        login: anna.login.clone(),
        password: secret(PASSWORD),
        device: device(),
    };
    let refused: Result<SessionAnswer, _> = clinic.post("/v1/session/sign-in", None, &request).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::WrongPassword);
}

// I1, BZ5
#[tokio::test]
async fn guessing_is_slow_for_who_guesses_and_for_nobody_else() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let sign_in = |login: &str, password: &str| SignInRequest {
        login: login.to_owned(),
        password: secret(password),
        device: device(),
    };
    let mut codes = Vec::new();
    for login in [anna.login.as_str(), "niemand@kliniek.example"] {
        for _ in 0..attempts_of_an_account() + 1 {
            let answer: Result<SessionAnswer, _> = clinic
                .post("/v1/session/sign-in", None, &sign_in(login, "mis mis mis mis"))
                .await;
            codes.push(answer.unwrap_err());
        }
    }
    // An account that does not exist is answered as one that does.
    let (of_anna, of_nobody) = codes.split_at(codes.len() / 2);
    assert_eq!(of_anna, of_nobody);
    assert_eq!(of_anna.last(), Some(&ErrorCode::TooManyAttempts));
    assert_eq!(of_anna.first(), Some(&ErrorCode::WrongPassword));
    let body = serde_json::to_string(&sign_in(&anna.login, PASSWORD)).unwrap();
    let response = clinic.send("/v1/session/sign-in", None, body).await;
    assert_eq!(response.headers()["retry-after"], "6");
    clinic.sign_in(&bram).await;
    works(&clinic, &anna).await.unwrap();
    clinic.clock.advance(6 * Timestamp::SECOND);
    clinic.sign_in(&anna).await;
}

// I1, BZ5
#[tokio::test]
async fn a_colleague_gets_in_on_the_own_device_while_a_stranger_guesses_at_the_account() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let own = anna.device.clone();
    let sign_in = |password: &str, device| {
        let request = SignInRequest {
            login: anna.login.clone(),
            password: secret(password),
            device,
        };
        let clinic = &clinic;
        async move {
            clinic
                .post::<SessionAnswer>("/v1/session/sign-in", None, &request)
                .await
        }
    };
    // All at one address, as in a hospital: until nothing is answered there any more.
    while sign_in("mis mis mis mis", device()).await.unwrap_err() != ErrorCode::TooManyAttempts {}
    for _ in 0..30 {
        sign_in(PASSWORD, own.clone()).await.unwrap();
        let refused = sign_in(PASSWORD, device()).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::TooManyAttempts);
    }
}

/// Zoë's account, with a password as typed.
async fn zoe(clinic: &Clinic, typed: &str) -> SessionAnswer {
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let request = AdminRequest::PersonAdd {
        login: "Zo\u{eb}@kliniek.example".to_owned(),
        memberships: vec![membership("Zoë", home)],
    };
    let AdminResponse::Person { invitation, .. } = clinic.administer(request).await else {
        panic!("not invited");
    };
    clinic
        .post("/v1/session/accept", None, &accept(&invitation.code, typed))
        .await
        .unwrap()
}

async fn sign_in_as(clinic: &Clinic, login: &str, password: &str) -> Result<SessionAnswer, ErrorCode> {
    let request = SignInRequest {
        login: login.to_owned(),
        password: secret(password),
        device: device(),
    };
    clinic.post("/v1/session/sign-in", None, &request).await
}

// I1
#[tokio::test]
async fn a_password_is_the_same_however_the_keyboard_writes_its_letters() {
    let composed = "caf\u{e9} om de hoek";
    let decomposed = "cafe\u{301} om de hoek";
    for set in [composed, decomposed, "cafe\u{301}\u{a0}om de\u{2009}hoek"] {
        let clinic = Clinic::open().await;
        zoe(&clinic, set).await;
        for typed in [composed, decomposed, "caf\u{e9}\u{a0}om\u{3000}de hoek"] {
            sign_in_as(&clinic, "zo\u{eb}@kliniek.example", typed)
                .await
                .unwrap();
        }
        for other in [
            "cafe om de hoek",
            "Caf\u{e9} om de hoek",
            "caf\u{e9}  om de hoek",
            "",
        ] {
            let refused = sign_in_as(&clinic, "zo\u{eb}@kliniek.example", other).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::WrongPassword, "{other:?}");
        }
    }
}

// I1
#[tokio::test]
async fn a_login_is_the_same_however_it_is_typed_or_pasted() {
    let clinic = Clinic::open().await;
    zoe(&clinic, PASSWORD).await;
    for login in [
        "zo\u{eb}@kliniek.example",
        "zoe\u{308}@kliniek.example",
        "ZOE\u{308}@Kliniek.Example",
        "mailto:zo\u{eb}@kliniek.example",
        "Zo\u{eb} Jansen <zo\u{eb}@kliniek.example>",
        "\u{a0}zo\u{eb}@kliniek.example\u{200B}",
        "\u{202A}zo\u{eb}@kli\u{AD}niek.example\u{202C}",
    ] {
        sign_in_as(&clinic, login, PASSWORD).await.unwrap();
    }
    let other = sign_in_as(&clinic, "zoe@kliniek.example", PASSWORD).await;
    assert_eq!(other.unwrap_err(), ErrorCode::WrongPassword);
    // The address is taken in all its forms.
    let home = clinic.organisation("Huisartsenpraktijk Zuid").await;
    for login in [
        "zoe\u{308}@kliniek.example",
        "MAILTO:ZO\u{cb}@kliniek.example",
        "zo\u{eb}\u{2060}@kliniek.example",
    ] {
        let request = AdminRequest::PersonAdd {
            login: login.to_owned(),
            memberships: vec![membership("Zoë", home)],
        };
        let refused = clinic
            .running()
            .admin()
            .administer(AdminActor::PROGRAM, request)
            .await;
        assert!(refused.is_err_and(|why| why.to_string().contains("signs in with that address")));
    }
}

// I1
#[tokio::test]
async fn an_invitation_is_read_as_a_mail_program_breaks_it() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (_, _, code) = clinic.invite("Anna", home).await;
    let (one, other) = code.0.split_at(9);
    for pasted in [
        format!(" {one}{other}\u{a0}"),
        format!("{one}\r\n {other}"),
        format!("\u{feff}{one}\u{200B}{other}\u{2060}"),
    ] {
        let asked = InvitationRequest {
            code: secret(&pasted),
        };
        let said: InvitationAnswer = clinic.post("/v1/session/invitation", None, &asked).await.unwrap();
        assert_eq!(said.login, "anna@kliniek.example");
    }
}
