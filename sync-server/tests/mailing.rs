//! A whole server that mails: from a message to a mail server, and what the operator sees of it (N2).

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;
#[path = "common/failing_mail_server.rs"]
mod failing_mail_server;

use std::net::Ipv4Addr;

use common::program::{Folder, done, run};
use common::*;
use conversation::Timestamp;
use failing_mail_server::FailingMailServer;
use serde_json::{Value, json};
use sync_server::config::{MailConfig, MailSecurity};
use sync_server::server::admin_mail::{MailRequest, MailResponse};

async fn clinic(server: &FailingMailServer) -> Clinic {
    let port = server.port;
    Clinic::open_with(|config| {
        config.health = Some((Ipv4Addr::LOCALHOST, 0).into());
        config.mail = Some(MailConfig {
            server: "127.0.0.1".to_owned(),
            port: Some(port),
            security: MailSecurity::None,
            authority: None,
            user: None,
            password: None,
            from: "Overleg <overleg@kliniek.example>".to_owned().try_into().unwrap(),
            connections: 2,
            a_minute: 600,
            after_seconds: 120,
            organisations: Default::default(),
        });
    })
    .await
}

async fn health(clinic: &Clinic, path: &str) -> (u16, String) {
    let at = clinic.running().health_address().unwrap();
    let answer = clinic
        .http
        .get(format!("http://{at}/{path}"))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn ask(clinic: &Clinic, request: MailRequest) -> MailResponse {
    clinic.running().admin().mail(request).await.unwrap()
}

/// Waits until the mail server sees something, without holding up the server that mails.
async fn seen(mut server: FailingMailServer, name: &'static str) -> (FailingMailServer, Value) {
    tokio::task::spawn_blocking(move || {
        let event = server.wait_for(name);
        (server, event)
    })
    .await
    .unwrap()
}

// N2, I5
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_mailed_and_a_refused_address_is_listed_until_it_is_tried_again() {
    let server =
        FailingMailServer::start(&json!({ "at": { "RCPT": ["550 5.1.1 no bram@kliniek.example"] } }));
    let clinic = clinic(&server).await;
    let home = clinic.organisation("Thuiszorg Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.mailed_person("Bram", home, "bram@kliniek.example").await;
    clinic.start_direct(&anna, &bram, "Een geheim woord").await;
    clinic.clock.advance(5 * Timestamp::MINUTE);
    // The mail that is refused, and what the server does next on the same connection.
    let mut server = server;
    loop {
        let (same, event) = seen(server, "command").await;
        server = same;
        if event["line"] == "RSET" {
            break;
        }
    }
    // The refusal is written a moment after the answer.
    let members = loop {
        match ask(&clinic, MailRequest::Refused).await {
            MailResponse::Refused(members) if members.is_empty() => tokio::task::yield_now().await,
            MailResponse::Refused(members) => break members,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].membership, bram.membership);
    assert_eq!(
        (members[0].name.as_str(), members[0].address.as_str()),
        ("Bram Jansen", "bram@kliniek.example")
    );
    assert_eq!(members[0].codes, "550 5.1.1 at RCPT");
    let retried = ask(&clinic, MailRequest::Retry { refused: true }).await;
    assert!(matches!(retried, MailResponse::Retried { addresses: 1, .. }));
    assert_eq!(
        ask(&clinic, MailRequest::Refused).await,
        MailResponse::Refused(Vec::new())
    );
    let (server, mail) = seen(server, "mail").await;
    let data = mail["data"].as_str().unwrap();
    assert!(data.contains("To: bram@kliniek.example\r\n"));
    assert!(data.contains("Anna Jansen") && !data.contains("geheim woord"));
    let (status, ready) = health(&clinic, "readyz").await;
    assert_eq!(status, 200);
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready, json!({ "store": "ok", "writing": "ok", "mail": "ok" }));
    let (_, metrics) = health(&clinic, "metrics").await;
    for line in [
        "overleg_mail_refused_total{what=\"address\"} 1",
        "overleg_mail_paused 0",
        "# TYPE overleg_mail_oldest_seconds gauge",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("bram"));
    drop(server);
}

// N2, I5
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_fails_is_a_detail_of_readiness_and_the_reason_that_mail_waits() {
    let server = FailingMailServer::start(&json!({ "at": { "MAIL": ["*454 4.7.0 not now"] } }));
    let clinic = clinic(&server).await;
    let home = clinic.organisation("Thuiszorg Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.mailed_person("Bram", home, "bram@kliniek.example").await;
    clinic.start_direct(&anna, &bram, "Goedemorgen").await;
    clinic.clock.advance(5 * Timestamp::MINUTE);
    let queue = loop {
        match ask(&clinic, MailRequest::Queue).await {
            MailResponse::Queue(queue) if queue.outage.is_some() && !queue.faults.is_empty() => break queue,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(queue.jobs, 1);
    assert_eq!(queue.failures, 0);
    assert_eq!(queue.faults[0].codes, "454 4.7.0 at MAIL");
    let (status, ready) = health(&clinic, "readyz").await;
    assert_eq!(status, 200);
    assert!(
        ready.contains("\"mail\":\"paused since 2026-03-02T08:05:00Z, 454 4.7.0 at MAIL\""),
        "{ready}"
    );
    let (_, metrics) = health(&clinic, "metrics").await;
    assert!(metrics.contains("overleg_mail_paused 1"));
    assert!(metrics.contains("overleg_mail_waiting 1"), "{metrics}");
    drop(server);
}

// N2, I5
#[test]
fn the_operator_tries_the_configuration_from_the_command_line() {
    let folder = Folder::new("mail");
    done(&folder.0, &["init"]);
    let off = run(&folder.0, &["mail", "queue"]);
    assert!(!off.status.success());
    assert!(String::from_utf8_lossy(&off.stdout).contains("Mail is off"));
    let server = FailingMailServer::start(&json!({ "at": { "RCPT": ["550 5.1.1 no"] } }));
    let config = folder.0.join("overleg.toml");
    let text = format!(
        "url = 'https://overleg.example'\n[mail]\nserver = '127.0.0.1'\nport = {}\nsecurity = 'none'\nfrom = 'Overleg <overleg@kliniek.example>'\n",
        server.port
    );
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let test = ["--config", config, "mail", "test", "carla@beuk.example"];
    let refused = run(&folder.0, &test);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stdout);
    assert!(
        said.contains("The mail was not accepted: 550 5.1.1 at RCPT."),
        "{said}"
    );
    let accepted = run(&folder.0, &test);
    assert!(accepted.status.success());
    assert!(String::from_utf8_lossy(&accepted.stdout).contains("It accepted the mail."));
    let queue = done(&folder.0, &["--config", config, "mail", "queue"]);
    assert_eq!(queue["queue"]["jobs"], 0);
    assert_eq!(
        done(&folder.0, &["--config", config, "mail", "refused"]),
        json!({ "refused": [] })
    );
    let shown = run(&folder.0, &["--config", config, "config"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("mail = 127.0.0.1:"));
    assert_eq!(server.end().mails().len(), 1);
    std::fs::write(folder.0.join("wording.toml"), "nl.intro = '{{ subject }}'").unwrap();
    let wording = std::fs::read_to_string(config).unwrap()
        + &format!(
            "[mail.organisations.'01930000-0000-7000-8000-000000000001']\nwording = '{}'\n",
            folder.0.join("wording.toml").display()
        );
    std::fs::write(config, wording).unwrap();
    let refused = run(&folder.0, &["--config", config, "config"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("uses `subject` in `nl.intro`"), "{said}");
}
