//! Mail to a server that fails in every way, by SMTP over the network of this machine (N2).

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

#[path = "common/failing_mail_server.rs"]
mod failing_mail_server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use conversation::attention::{Language, Reason};
use conversation::{ConversationId, MembershipId, OrganisationId, Timestamp};
use failing_mail_server::{FailingMailServer, mail_folder};
use futures_util::future::join_all;
use platform::ManualClock;
use serde_json::{Value, json};
use sync_server::Config;
use sync_server::config::tuning::MailDeadlines;
use sync_server::config::{MailConfig, MailSecurity, OrganisationMail};
use sync_server::mail::{Mail, MailLine, MailSender, Mailer, Rejection, SmtpMailer};
use uuid::Uuid;

const NOON: Timestamp = Timestamp(1_772_449_200_000);
const SLOWEST_STEP: Duration = Duration::from_millis(400);

struct Mailing {
    server: FailingMailServer,
    mailer: SmtpMailer,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

fn organisation(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(number))
}

fn mailing(plan: &Value) -> Mailing {
    mailing_with(plan, |_, _| {})
}

fn mailing_with(plan: &Value, change: impl FnOnce(&mut MailConfig, &std::path::Path)) -> Mailing {
    let server = FailingMailServer::start(plan);
    let folder = tempfile::Builder::new()
        .prefix("overleg-test-")
        .tempdir()
        .unwrap();
    let mut mail = MailConfig {
        server: "localhost".to_owned(),
        port: Some(server.port),
        security: match plan["tls"].as_str() {
            Some("starttls" | "unoffered") => MailSecurity::StartTls,
            Some("tls") => MailSecurity::Tls,
            _ => MailSecurity::None,
        },
        authority: Some(mail_folder().join("certificates/authority.pem")),
        user: None,
        password: None,
        from: "Overleg <overleg@kliniek.example>".to_owned().try_into().unwrap(),
        connections: 2,
        a_minute: 60_000,
        after_seconds: 120,
        organisations: BTreeMap::new(),
    };
    change(&mut mail, folder.path());
    let mut config = Config::local(folder.path());
    config.url = Some("https://overleg.example".to_owned());
    config.mail = Some(mail);
    config.tuning().mail_deadlines = MailDeadlines {
        step: if is_slow(plan) {
            SLOWEST_STEP
        } else {
            Duration::from_secs(20)
        },
        whole: Duration::from_secs(50),
    };
    config.check().unwrap();
    let clock = Arc::new(ManualClock::new(NOON));
    let mailer = SmtpMailer::of(&config, Arc::clone(&clock) as _).unwrap().unwrap();
    Mailing {
        server,
        mailer,
        clock,
        folder,
    }
}

fn is_slow(plan: &Value) -> bool {
    ["hang", "trickle"]
        .iter()
        .any(|action| plan.to_string().contains(action))
}

fn signed_in(mail: &mut MailConfig, folder: &std::path::Path) {
    let password = folder.join("password");
    std::fs::write(&password, "geheim-van-de-linde\n").unwrap();
    mail.user = Some("overleg".to_owned());
    mail.password = Some(password);
}

fn mail_to(to: &str) -> Mail {
    Mail {
        id: format!("{:040x}", to.len()),
        to: to.to_owned(),
        membership: MembershipId(Uuid::from_u128(9)),
        organisation: organisation(1),
        organisation_name: "Huisartsen De Beuk".to_owned(),
        language: Language::Nl,
        lines: vec![MailLine {
            conversation: ConversationId(Uuid::from_u128(7)),
            reasons: vec![Reason::Message],
            messages: 3,
            senders: vec![MailSender {
                name: "Anna de Wit".to_owned(),
                organisation_name: "Thuiszorg Maasdal".to_owned(),
            }],
        }],
        more: 0,
    }
}

fn mail() -> Mail {
    mail_to("carla@beuk.example")
}

const STEPS: [&str; 6] = ["connect", "EHLO", "MAIL", "RCPT", "DATA", "END"];

fn address(codes: &str) -> Result<(), Rejection> {
    Err(Rejection::Address(codes.to_owned()))
}

fn letter(codes: &str) -> Result<(), Rejection> {
    Err(Rejection::Letter(codes.to_owned()))
}

fn later(codes: &str) -> Result<(), Rejection> {
    Err(Rejection::Later(codes.to_owned()))
}

fn of_server(codes: &str) -> Result<(), Rejection> {
    Err(Rejection::Server(codes.to_owned()))
}

fn unknown(codes: &str) -> Result<(), Rejection> {
    Err(Rejection::Unknown(codes.to_owned()))
}

/// The rejections of an action at each step; the next mail, after the pause, is accepted.
async fn at_each_step(action: &str, expected: [Result<(), Rejection>; 6]) {
    for (step, expected) in STEPS.into_iter().zip(expected) {
        let mailing = mailing(&json!({ "at": { step: [action] } }));
        assert_eq!(mailing.mailer.send(&mail()).await, expected, "{action} at {step}");
        let is_paused = matches!(expected, Err(Rejection::Server(_)));
        let paused = mailing.mailer.paused_until(NOON);
        assert_eq!(paused, is_paused.then_some(NOON.plus(5 * Timestamp::SECOND)));
        assert_eq!(mailing.mailer.outage().is_some(), is_paused);
        mailing.clock.advance(5 * Timestamp::SECOND);
        assert_eq!(mailing.mailer.send(&mail()).await, Ok(()), "{action} at {step}");
        assert_eq!(mailing.mailer.outage(), None);
        let seen = mailing.server.end();
        assert_eq!(seen.mails().len(), 1, "{action} at {step}");
    }
}

// N2
#[tokio::test]
async fn a_refusal_for_now_is_for_later_or_of_the_server_by_its_step() {
    let expected = [
        of_server("451 4.3.2 at connect"),
        of_server("451 4.3.2 at EHLO"),
        of_server("451 4.3.2 at MAIL"),
        later("451 4.3.2 at RCPT"),
        later("451 4.3.2 at DATA"),
        later("451 4.3.2 at end of mail"),
    ];
    at_each_step("451 4.3.2 not now, carla@beuk.example", expected).await;
}

// N2
#[tokio::test]
async fn a_refusal_for_good_marks_an_address_only_at_its_own_step() {
    let expected = [
        of_server("550 at connect"),
        of_server("550 at EHLO"),
        of_server("550 at MAIL"),
        address("550 at RCPT"),
        letter("550 at DATA"),
        letter("550 at end of mail"),
    ];
    at_each_step("550 no", expected).await;
    let expected = [
        of_server("554 5.7.1 at connect"),
        of_server("554 5.7.1 at EHLO"),
        of_server("554 5.7.1 at MAIL"),
        later("554 5.7.1 at RCPT"),
        later("554 5.7.1 at DATA"),
        later("554 5.7.1 at end of mail"),
    ];
    at_each_step("554 5.7.1 policy", expected).await;
}

// N2
#[tokio::test]
async fn a_server_that_hangs_up_hangs_or_answers_nonsense_is_given_up_at_each_step() {
    for (action, fault) in [
        ("drop", "closed"),
        ("hang", "timeout"),
        ("trickle", "timeout"),
        ("garbage", "garbled"),
        ("endless", "garbled"),
        ("big", "garbled"),
    ] {
        let expected = [
            of_server(&format!("{fault} at connect")),
            of_server(&format!("{fault} at EHLO")),
            of_server(&format!("{fault} at MAIL")),
            later(&format!("{fault} at RCPT")),
            later(&format!("{fault} at DATA")),
            unknown(&format!("{fault} at end of mail")),
        ];
        at_each_step(action, expected).await;
    }
}

// N2
#[tokio::test]
async fn a_mail_that_was_accepted_without_an_answer_is_unknown_and_has_the_same_id_again() {
    let mailing = mailing(&json!({ "at": { "END": ["accept-drop"] } }));
    assert_eq!(
        mailing.mailer.send(&mail()).await,
        unknown("closed at end of mail")
    );
    assert_eq!(mailing.mailer.send(&mail()).await, Ok(()));
    let seen = mailing.server.end();
    let [first, second] = seen.mails()[..] else {
        panic!("two mails")
    };
    assert_eq!(first["data"], second["data"]);
    assert!(first["data"].as_str().unwrap().contains("Message-ID: <0000"));
}

// N2
#[tokio::test]
async fn without_tls_of_the_right_server_neither_a_password_nor_a_mail_is_sent() {
    let users = json!({ "overleg": "geheim-van-de-linde" });
    let cases = [
        (json!({ "tls": "unoffered" }), "no STARTTLS at TLS"),
        (
            json!({ "tls": "starttls", "certificate": "other" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "starttls", "certificate": "expired" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "starttls", "certificate": "self" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "tls", "certificate": "other" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "tls", "certificate": "expired" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "tls", "certificate": "self" }),
            "certificate at TLS",
        ),
        (
            json!({ "tls": "starttls", "at": { "STARTTLS": ["454 4.7.0 not now"] } }),
            "454 4.7.0 at TLS",
        ),
        (
            json!({ "tls": "starttls", "at": { "STARTTLS": ["drop"] } }),
            "closed at TLS",
        ),
        (
            json!({ "tls": "starttls", "at": { "STARTTLS": ["garbage"] } }),
            "garbled at TLS",
        ),
        (
            json!({ "tls": "starttls", "at": { "STARTTLS": ["hang"] } }),
            "timeout at TLS",
        ),
        // Somebody on the way puts answers in before TLS.
        (
            json!({ "tls": "starttls", "injected": "250-mail.test\r\n250 AUTH PLAIN" }),
            "garbled at TLS",
        ),
    ];
    for (mut plan, expected) in cases {
        plan["users"] = users.clone();
        let mailing = mailing_with(&plan, signed_in);
        assert_eq!(mailing.mailer.send(&mail()).await, of_server(expected), "{plan}");
        let seen = mailing.server.end();
        let mut verbs = seen.verbs();
        verbs.retain(|verb| !["EHLO", "STARTTLS"].contains(verb));
        assert_eq!(verbs, [""; 0], "{plan}");
    }
}

// N2
#[tokio::test]
async fn the_server_is_signed_in_to_by_tls_alone() {
    for tls in ["starttls", "tls"] {
        let plan = json!({ "tls": tls, "users": { "overleg": "geheim-van-de-linde" } });
        let mailing = mailing_with(&plan, signed_in);
        assert_eq!(mailing.mailer.send(&mail()).await, Ok(()), "{tls}");
        let seen = mailing.server.end();
        let verbs = seen.verbs();
        let begun = if tls == "starttls" {
            vec!["EHLO", "STARTTLS"]
        } else {
            vec![]
        };
        let expected = [begun, vec!["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]].concat();
        assert_eq!(verbs, expected);
    }
}

// N2
#[tokio::test]
async fn a_server_that_does_not_know_us_refuses_no_address() {
    let cases = [
        (
            json!({ "tls": "tls", "users": { "overleg": "anders" } }),
            "535 5.7.8 at AUTH",
        ),
        (json!({ "tls": "tls" }), "no mechanism at AUTH"),
        (
            json!({ "tls": "tls", "users": { "overleg": "x" }, "at": { "AUTH": ["drop"] } }),
            "closed at AUTH",
        ),
        (
            json!({ "tls": "tls", "users": { "overleg": "x" }, "at": { "AUTH": ["*334 bW9yZQ=="] } }),
            "garbled at AUTH",
        ),
    ];
    for (plan, expected) in cases {
        let mailing = mailing_with(&plan, signed_in);
        assert_eq!(mailing.mailer.send(&mail()).await, of_server(expected), "{plan}");
        let fault = mailing.mailer.outage().unwrap().fault;
        assert_eq!(fault, expected);
        assert!(!mailing.server.end().verbs().contains(&"MAIL"));
        drop(mailing.folder);
    }
}

// N2
#[tokio::test]
async fn mails_share_a_connection_also_after_a_refusal_and_one_that_idled_is_replaced() {
    let at = json!({ "RCPT": ["250 ok", "550 5.1.1 unknown", "450 4.2.0 greylisted", "250 ok"], "END": ["250 ok", "552 5.3.4 too much"] });
    let mailing = mailing(&json!({ "at": at }));
    let send = async || mailing.mailer.send(&mail()).await;
    assert_eq!(send().await, Ok(()));
    assert_eq!(send().await, address("550 5.1.1 at RCPT"));
    assert_eq!(send().await, later("450 4.2.0 at RCPT"));
    assert_eq!(send().await, letter("552 5.3.4 at end of mail"));
    assert_eq!(send().await, Ok(()));
    mailing.clock.advance(31 * Timestamp::SECOND);
    assert_eq!(send().await, Ok(()));
    assert_eq!(mailing.mailer.outage(), None);
    let seen = mailing.server.end();
    assert_eq!((seen.connections(), seen.mails().len()), (2, 3));
}

// N2
#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_costs_no_mail_and_is_no_failure() {
    let cases = [
        json!({ "idle": 0.05 }),
        json!({ "at": { "MAIL": ["250 ok", "421 4.4.2 idle for too long"] } }),
    ];
    for plan in cases {
        let Mailing {
            mut server, mailer, ..
        } = mailing(&plan);
        assert_eq!(mailer.send(&mail()).await, Ok(()));
        if plan["idle"].is_number() {
            server.wait_for("idle");
        }
        assert_eq!(mailer.send(&mail()).await, Ok(()));
        assert_eq!(mailer.outage(), None);
        let seen = server.end();
        assert_eq!((seen.connections(), seen.mails().len()), (2, 2));
    }
}

// N2
#[tokio::test]
async fn no_more_connections_are_open_than_configured_and_each_ends_after_a_hundred_mails() {
    let mailing = mailing(&json!({}));
    let mails: Vec<Mail> = (0..250)
        .map(|number| mail_to(&format!("a{number}@beuk.example")))
        .collect();
    let sent = join_all(mails.iter().map(|mail| mailing.mailer.send(mail))).await;
    assert!(sent.iter().all(Result::is_ok));
    let seen = mailing.server.end();
    assert_eq!(seen.mails().len(), 250);
    assert_eq!(seen.most_open(), 2);
    assert!((3..=4).contains(&seen.connections()), "{}", seen.connections());
    // One recipient a mail, and each mail once.
    let mut recipients: Vec<String> = seen
        .mails()
        .iter()
        .map(|mail| mail["recipients"].to_string())
        .collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 250);
}

// N2
#[tokio::test]
async fn mails_keep_the_pace_that_is_configured() {
    let mailing = mailing_with(&json!({}), |mail, _| mail.a_minute = 120);
    let send = async || mailing.mailer.send(&mail()).await;
    let mut accepted = 0;
    for second in 0..60 {
        while mailing
            .mailer
            .paused_until(NOON.plus(second * Timestamp::SECOND))
            .is_none()
        {
            assert_eq!(send().await, Ok(()));
            accepted += 1;
        }
        assert_eq!(send().await, of_server("paced"));
        mailing.clock.advance(Timestamp::SECOND);
    }
    // A sixth of it at once, and then two a second.
    assert_eq!(accepted, 20 + 59 * 2);
    assert_eq!(mailing.mailer.outage(), None);
}

// N2
#[tokio::test]
async fn a_server_that_is_away_is_asked_once_a_pause() {
    let mailing = mailing_with(&json!({}), |mail, _| {
        // A port that nobody listens on.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        mail.server = "127.0.0.1".to_owned();
        mail.port = Some(free.local_addr().unwrap().port());
    });
    for _ in 0..3 {
        assert_eq!(
            mailing.mailer.send(&mail()).await,
            of_server("unreachable at connect")
        );
    }
    let until = mailing.mailer.paused_until(NOON).unwrap();
    assert_eq!(until, NOON.plus(5 * Timestamp::SECOND));
    assert_eq!(mailing.mailer.outage().unwrap().since, NOON);
    assert_eq!(mailing.server.end().connections(), 0);
}

// N2
#[tokio::test]
async fn a_sender_that_the_server_does_not_allow_holds_back_no_other() {
    let plan = json!({ "at": { "MAIL": ["553 5.7.1 not yours"] } });
    let mailing = mailing_with(&plan, |mail, _| {
        let own = OrganisationMail {
            from: Some("bericht@maasdal.example".to_owned().try_into().unwrap()),
            wording: None,
        };
        mail.organisations.insert(organisation(2), own);
    });
    let mut of_maasdal = mail();
    of_maasdal.organisation = organisation(2);
    let refused = of_server("553 5.7.1 at MAIL");
    assert_eq!(mailing.mailer.send(&of_maasdal).await, refused);
    assert_eq!(mailing.mailer.paused_until(NOON), None);
    assert_eq!(mailing.mailer.send(&mail()).await, Ok(()));
    assert_eq!(mailing.mailer.send(&of_maasdal).await, refused);
    mailing.clock.advance(5 * Timestamp::SECOND);
    assert_eq!(mailing.mailer.send(&of_maasdal).await, Ok(()));
    let seen = mailing.server.end();
    assert_eq!(
        seen.lines()
            .iter()
            .filter(|line| line.contains("maasdal"))
            .count(),
        2
    );
}

// N2
#[tokio::test]
async fn an_address_is_sent_as_the_server_can_read_it_or_not_at_all() {
    let cases = [
        (
            "carla@zürich.example",
            json!([]),
            Ok(()),
            vec![
                "MAIL FROM:<overleg@kliniek.example>",
                "RCPT TO:<carla@xn--zrich-kva.example>",
            ],
        ),
        (
            "carla@beuk.example",
            json!(["SMTPUTF8"]),
            Ok(()),
            vec![
                "MAIL FROM:<overleg@kliniek.example>",
                "RCPT TO:<carla@beuk.example>",
            ],
        ),
        (
            "jörg@zürich.example",
            json!(["SMTPUTF8"]),
            Ok(()),
            vec![
                "MAIL FROM:<overleg@kliniek.example> SMTPUTF8",
                "RCPT TO:<jörg@xn--zrich-kva.example>",
            ],
        ),
        (
            "\"carla d\"@beuk.example",
            json!([]),
            Ok(()),
            vec![
                "MAIL FROM:<overleg@kliniek.example>",
                "RCPT TO:<\"carla d\"@beuk.example>",
            ],
        ),
        (
            "jörg@zürich.example",
            json!([]),
            address("unfit address at RCPT"),
            vec![],
        ),
        (
            "carla@beuk.example>\r\nRCPT TO:<mallory@evil.example",
            json!([]),
            address("unfit address at RCPT"),
            vec![],
        ),
    ];
    for (to, offers, expected, lines) in cases {
        let mailing = mailing(&json!({ "offers": offers }));
        assert_eq!(mailing.mailer.send(&mail_to(to)).await, expected, "{to}");
        assert_eq!(mailing.mailer.outage(), None);
        let seen = mailing.server.end();
        let envelope: Vec<&str> = seen
            .lines()
            .into_iter()
            .filter(|line| line.starts_with("MAIL") || line.starts_with("RCPT"))
            .collect();
        assert_eq!(envelope, lines);
    }
}

// N2
#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive_as_they_are() {
    let mailing = mailing_with(&json!({}), |mail, folder| {
        let wording = folder.join("wording.toml");
        std::fs::write(
            &wording,
            "nl.greeting = 'Dag'\nnl.footer = \"\"\"x\n.\n..\n.y\"\"\"",
        )
        .unwrap();
        let own = OrganisationMail {
            from: None,
            wording: Some(wording),
        };
        mail.organisations.insert(organisation(1), own);
    });
    assert_eq!(mailing.mailer.send(&mail()).await, Ok(()));
    assert_eq!(mailing.mailer.send(&mail()).await, Ok(()));
    let seen = mailing.server.end();
    assert_eq!(seen.mails().len(), 2);
    assert!(
        seen.mails()[0]["data"]
            .as_str()
            .unwrap()
            .contains("\r\nx\r\n.\r\n..\r\n.y\r\n")
    );
}

// N2
#[tokio::test]
async fn a_trial_says_how_far_it_came_and_sends_one_mail() {
    let plan = json!({ "tls": "tls", "users": { "overleg": "geheim-van-de-linde" }, "at": { "RCPT": ["550 5.1.1 no"] } });
    let mailing = mailing_with(&plan, signed_in);
    let tried = mailing.mailer.try_out("carla@beuk.example", None).await;
    assert_eq!(tried.result, address("550 5.1.1 at RCPT"));
    assert_eq!(
        (tried.protection.as_deref(), tried.signed_in),
        (Some("TLSv1_3"), true)
    );
    let tried = mailing.mailer.try_out("carla@beuk.example", None).await;
    assert_eq!(tried.result, Ok(()));
    let seen = mailing.server.end();
    assert!(
        seen.mails()[0]["data"]
            .as_str()
            .unwrap()
            .contains("Overleg can send mail.")
    );
}

// N2
#[tokio::test]
async fn a_server_that_others_wrote_accepts_mail_with_tls_and_a_password() {
    for tls in ["starttls", "tls"] {
        let plan = json!({ "real": true, "tls": tls, "users": { "overleg": "geheim-van-de-linde" } });
        let mailing = mailing_with(&plan, signed_in);
        for to in ["carla@beuk.example", "jörg@zürich.example"] {
            assert_eq!(mailing.mailer.send(&mail_to(to)).await, Ok(()), "{tls} {to}");
        }
        let seen = mailing.server.end();
        let mails = seen.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0]["recipients"], json!(["carla@beuk.example"]));
        assert_eq!(mails[0]["user"], "overleg");
        assert_eq!(mails[0]["secure"], true);
        assert_eq!(mails[1]["recipients"], json!(["jörg@xn--zrich-kva.example"]));
    }
}
