//! The server's log, at the most verbose level of every library: never content, names, tokens or keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::*;
use conversation::Action;
use protocol::session::{RefreshRequest, Secret, SessionAnswer, SignInRequest};
use sync_server::core::administer::{AdminRequest, AdminResponse};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// I5, BL3
#[tokio::test]
async fn no_log_holds_content_names_tokens_or_keys() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let mut clinic = Clinic::open().await;
    let home = clinic.organisation("Organisatiegeheim").await;
    let anna = clinic.person("Annageheim", home).await;
    let bram = clinic.person("Bramgeheim", home).await;
    let mut stream = clinic.stream(&bram, None).await;
    stream.current().await;
    let conversation = clinic.start_group(&anna, &[&bram], "Onderwerpgeheim").await;
    let message = clinic.say(&anna, conversation, "Tekstgeheim").await;
    let text = "Wijziggeheim".into();
    clinic
        .act(
            &anna,
            conversation,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            },
        )
        .await;
    stream
        .until(|frame| texts(std::slice::from_ref(frame)).contains(&"Wijziggeheim".to_owned()))
        .await;
    let command = clinic.command(&bram, conversation, Action::Archive);
    clinic.ask(&bram, &[command]).await;
    let wrong = SignInRequest {
        login: anna.login.clone(),
        password: Secret("Wachtwoordgeheim".to_owned()),
        device: device(),
    };
    let refused: Result<SessionAnswer, _> = clinic.post("/v1/session/sign-in", None, &wrong).await;
    refused.unwrap_err();
    let refresh = RefreshRequest {
        refresh: anna.session.refresh.clone(),
    };
    let next: SessionAnswer = clinic.post("/v1/session/refresh", None, &refresh).await.unwrap();
    let path = format!("/v1/directory?acting={}&query=Zoekgeheim", anna.membership);
    let _: protocol::directory::DirectoryAnswer = clinic.get(&path, &anna).await.unwrap();
    let person = anna.person;
    let AdminResponse::Invited { invitation } =
        clinic.administer(AdminRequest::PersonInvite { person }).await
    else {
        panic!("not invited");
    };
    let token = resume(&clinic.sync(&bram, None).await);
    clinic.restart().await;
    let key = std::fs::read_to_string(clinic.data().join("master.key")).unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The log contains ids, so the search works.
    assert!(log.contains(&anna.person.to_string()));
    let server: Vec<&str> = log.lines().filter(|line| !of_the_test(line)).collect();
    // At the usual level the log has no line per request of a user, but for signing in and failing to.
    let usual = server
        .iter()
        .filter(|line| line.contains("INFO") && line.contains("sync_server"));
    let of_somebody = usual.filter(|line| line.contains(&anna.person.to_string()));
    let (security, others): (Vec<&&str>, Vec<&&str>) =
        of_somebody.partition(|line| line.contains("sync_server::security"));
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(security.len(), 2, "{security:?}");
    let secrets = [
        "geheim",
        "kliniek.example",
        PASSWORD,
        anna.session.access.0.as_str(),
        anna.session.refresh.0.as_str(),
        next.access.0.as_str(),
        next.refresh.0.as_str(),
        invitation.code.0.as_str(),
        token.as_str(),
        key.trim(),
    ];
    for secret in secrets {
        for line in &server {
            let found = line.to_lowercase().contains(&secret.to_lowercase());
            assert!(!found, "{}", line.chars().take(300).collect::<String>());
        }
    }
}

/// The client of this test logs in the same process.
fn of_the_test(line: &str) -> bool {
    [
        "reqwest",
        "hyper_util::client",
        "hyper::client",
        "hyper::proto::h1::role: h1::Client",
    ]
    .iter()
    .any(|own| line.contains(own))
}
