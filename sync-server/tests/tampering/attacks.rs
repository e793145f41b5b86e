//! Attacks that were carried out once, each named, or without effect.

use conversation::Action;
use protocol::error::ErrorCode;
use protocol::session::{Secret, SessionAnswer, SignInRequest};
use sqlx::Row as _;
use sync_server::core::administer::AdminRequest;

use crate::common::{self, PASSWORD, device};
use crate::ward::{self, Ward, sign_out};

/// The links of a log made anew after a change of one of its headers, as anybody can who knows `trail`.
async fn forge_author(ward: &mut Ward) -> Vec<String> {
    use trail::{Commitments, Digest, Salt, commit, link};

    let rows = sqlx::query(
        "SELECT position, number, version, header, header_salt, content_commitment, audit_commitment, body, link
         FROM events WHERE conversation = ? ORDER BY number",
    )
    .bind(ward.group.as_bytes().to_vec())
    .fetch_all(&mut ward.db)
    .await
    .unwrap();
    let digest = |bytes: Vec<u8>| Digest(bytes.try_into().unwrap());
    let (anna, bram) = (ward.anna.membership.to_string(), ward.bram.membership.to_string());
    let mut previous = trail::genesis(ward.group.as_bytes());
    let mut statements = Vec::new();
    for row in &rows {
        let mut header: String = row.get("header");
        if row.get::<i64, _>("number") == 2 {
            header = header.replace(&anna, &bram);
        }
        let commitments = Commitments {
            header: commit(&Salt(digest(row.get("header_salt")).0), header.as_bytes()),
            content: digest(row.get("content_commitment")),
            audit: digest(row.get("audit_commitment")),
        };
        let body = commitments.body(u8::try_from(row.get::<i64, _>("version")).unwrap());
        previous = link(&previous, &body);
        let hex = |digest: &Digest| {
            digest
                .0
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        statements.push(format!(
            "UPDATE events SET header = '{header}', body = x'{}', link = x'{}' WHERE position = {}",
            hex(&body),
            hex(&previous),
            row.get::<i64, _>("position"),
        ));
        if row.get::<i64, _>("number") == rows.len() as i64 {
            statements.push(format!(
                "UPDATE conversations SET link = x'{}' WHERE id = x'{}'",
                hex(&previous),
                ward.group_as_hex()
            ));
        }
    }
    statements
}

// A1, A2
#[tokio::test]
async fn a_database_of_an_earlier_version_is_adopted_once_and_proved_from_then_on() {
    use platform::SeededRandom;
    use sync_server::keys::read_master_key;
    use sync_server::seal::KeyRing;

    let mut ward = Ward::open().await;
    ward.clinic.stop().await;
    let master = read_master_key(&ward.clinic.config.master_key_file()).unwrap();
    let ring = KeyRing::new(&master);
    let wrapped: Vec<u8> = sqlx::query("SELECT secret FROM server")
        .fetch_one(&mut ward.db)
        .await
        .unwrap()
        .get(0);
    let secret = ring.unwrap(b"overleg/server-secret/2", &wrapped).unwrap();
    let earlier = ring.wrap(&SeededRandom::new(1), b"overleg/server-secret/1", &secret);
    sqlx::query("UPDATE server SET secret = ?")
        .bind(earlier)
        .execute(&mut ward.db)
        .await
        .unwrap();
    for (table, _, columns) in ward::TABLES {
        if columns.contains(&"mac") {
            ward.run(&format!("UPDATE {table} SET mac = NULL")).await;
        }
    }
    ward.run("DELETE FROM tally").await;

    ward.clinic.start().await;
    assert_eq!(ward.check().await.found, []);
    let anna = ward.clinic.sign_in(&ward.anna.clone()).await;
    ward.clinic.say(&anna, ward.group, "Na de overgang.").await;
    ward.clinic.restart().await;
    assert_eq!(ward.check().await.found, []);
    // A row without a MAC is not adopted again.
    assert_eq!(
        ward.run("UPDATE events SET mac = NULL WHERE position = 2").await,
        1
    );
    ward.clinic.restart().await;
    assert_eq!(ward.check().await.found.len(), 1);
}

// A2
#[tokio::test]
async fn an_attack_that_was_carried_out_once_is_named() {
    let mut ward = Ward::open().await;
    let group = ward.group_as_hex();
    let group = &group;

    let forged = forge_author(&mut ward).await;
    let found = ward.found_after(&forged).await;
    assert_eq!(found, ["entry 2 was not written by this server as it stands"]);

    let cut = [
        format!("DELETE FROM events WHERE conversation = x'{group}' AND number > 3"),
        format!("DELETE FROM states WHERE conversation = x'{group}'"),
        format!("INSERT INTO states SELECT * FROM halfway.states WHERE conversation = x'{group}'"),
        format!("DELETE FROM takes_part WHERE conversation = x'{group}'"),
        format!("INSERT INTO takes_part SELECT * FROM halfway.takes_part WHERE conversation = x'{group}'"),
        format!("DELETE FROM concerns WHERE conversation = x'{group}'"),
        format!("DELETE FROM conversations WHERE id = x'{group}'"),
        format!("INSERT INTO conversations SELECT * FROM halfway.conversations WHERE id = x'{group}'"),
        format!("UPDATE events SET current = 1 WHERE conversation = x'{group}' AND number = 3"),
    ];
    let found = ward.found_after(&cut).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("events were accepted, and"), "{found:?}");

    let whole = [
        format!("DELETE FROM events WHERE conversation = x'{group}'"),
        format!("DELETE FROM states WHERE conversation = x'{group}'"),
        format!("DELETE FROM takes_part WHERE conversation = x'{group}'"),
        format!("DELETE FROM concerns WHERE conversation = x'{group}'"),
        format!("DELETE FROM conversations WHERE id = x'{group}'"),
    ];
    let found = ward.found_after(&whole).await;
    assert!(found[0].contains("events were accepted, and"), "{found:?}");

    let last =
        "DELETE FROM organisation_events WHERE position = (SELECT max(position) FROM organisation_events)";
    let found = ward.found_after(&[last.to_owned()]).await;
    assert!(
        found[0].contains("events of organisations were written"),
        "{found:?}"
    );

    for (wanted, set) in [(0, 1), (1, 0)] {
        let turn = format!(
            "UPDATE events SET current = {set} WHERE position = (SELECT max(position) FROM events
             WHERE conversation = x'{group}' AND current = {wanted})"
        );
        let found = ward.found_after(&[turn]).await;
        assert!(found[0].contains("is served though"), "{found:?}");
    }
    for (statement, what) in [
        (
            "UPDATE events SET body = zeroblob(32) WHERE position = 2",
            "the body of entry",
        ),
        (
            "UPDATE accounts SET password = (SELECT max(password) FROM accounts) WHERE person =
                 (SELECT min(person) FROM accounts WHERE password IS NOT NULL
                  AND password < (SELECT max(password) FROM accounts))",
            "the row of accounts of",
        ),
        (
            "UPDATE takes_part SET open = 1 WHERE open = 0",
            "the list of participants is not",
        ),
        ("DELETE FROM pairs", "the pair of a direct conversation is not"),
        ("UPDATE sources SET ended_at = NULL", "the row of sources of"),
        (
            "INSERT OR REPLACE INTO sources SELECT * FROM halfway.sources",
            "the 1 rows of sources are not the 1 that this server wrote last",
        ),
        (
            "UPDATE sessions SET end_reason = 'other_device' WHERE ended_at IS NOT NULL",
            "the row of sessions of",
        ),
        (
            "UPDATE sessions SET end_reason = NULL WHERE ended_at IS NOT NULL",
            "the row of sessions of",
        ),
        (
            "UPDATE sessions SET end_reason = 'expired' WHERE ended_at IS NULL",
            "sessions",
        ),
        (
            "DELETE FROM sessions WHERE ended_at IS NOT NULL",
            "rows of sessions are not the",
        ),
        ("DELETE FROM aliases", "rows of aliases are not the"),
        (
            "UPDATE tally SET sealed = (SELECT sealed FROM halfway.tally)",
            "events were accepted by the tally, but",
        ),
        ("DELETE FROM tally", "the tally is missing"),
        ("UPDATE server SET epoch = 2", "the server's own row is another"),
    ] {
        let found = ward.found_after(&[statement.to_owned()]).await;
        assert!(
            found.iter().any(|found| found.contains(what)),
            "{statement}: {found:?}"
        );
    }
    assert_eq!(ward.check().await.found, []);
}

// A2, P1
#[tokio::test]
async fn a_state_of_before_a_removal_lets_nobody_back_in() {
    let mut ward = Ward::open().await;
    let chris = {
        let group = ward.group;
        let bram = ward.bram.clone();
        ward.clinic
            .act(
                &ward.anna,
                group,
                Action::Remove {
                    member: bram.membership,
                },
            )
            .await;
        ward.clinic.say(&ward.anna, group, "Bram is eruit.").await;
        bram
    };
    let group = ward.group_as_hex();
    for statement in [
        format!("DELETE FROM states WHERE conversation = x'{group}'"),
        format!("INSERT INTO states SELECT * FROM end.states WHERE conversation = x'{group}'"),
    ] {
        assert!(ward.run(&statement).await > 0);
    }
    ward.clinic.restart().await;
    let command = ward.clinic.command(
        &chris,
        ward.group,
        Action::Post {
            message: ward.clinic.message("Ik ben er nog."),
        },
    );
    let mut request = protocol::commands::CommandsRequest::default();
    request.push(&command).unwrap();
    let posted: Result<serde_json::Value, ErrorCode> =
        ward.clinic.post("/v1/commands", Some(&chris), &request).await;
    assert_eq!(posted, Err(ErrorCode::Internal));
    let read = ward.clinic.sync_with(&chris, &common::request(None)).await;
    let read = read.map(|frames| common::texts(&frames)).unwrap_or_default();
    assert!(!read.iter().any(|text| text.contains("eruit")), "{read:?}");
    assert!(!ward.check().await.found.is_empty());
}

// A2, I1
#[tokio::test]
async fn a_password_or_session_that_was_written_into_the_database_opens_nothing() {
    let mut ward = Ward::open().await;
    let (anna, bram) = (&ward.anna.clone(), &ward.bram.clone());
    let sign_in = |login: &str| SignInRequest {
        login: login.to_owned(),
        password: Secret(PASSWORD.to_owned()),
        device: device(),
    };
    let ended = ward.clinic.sign_in(bram).await;
    sign_out(&ward.clinic, &ended).await;
    let hex = |id: uuid::Uuid| id.simple().to_string();
    let (of_anna, of_bram) = (hex(anna.person.0), hex(bram.person.0));
    for statement in [
        format!(
            "UPDATE accounts SET password = (SELECT password FROM accounts WHERE person = x'{of_bram}')
             WHERE person = x'{of_anna}'"
        ),
        format!("UPDATE sessions SET ended_at = NULL WHERE person = x'{of_bram}' AND ended_at IS NOT NULL"),
    ] {
        assert!(ward.run(&statement).await > 0, "{statement}");
    }
    ward.clinic.restart().await;
    let session: Result<SessionAnswer, ErrorCode> = ward
        .clinic
        .post("/v1/session/sign-in", None, &sign_in(&anna.login))
        .await;
    assert_eq!(session.map(|_| ()), Err(ErrorCode::Internal));
    let refresh = serde_json::json!({ "refresh": ended.session.refresh });
    let refreshed: Result<SessionAnswer, ErrorCode> =
        ward.clinic.post("/v1/session/refresh", None, &refresh).await;
    assert!(refreshed.is_err());
    // Everybody else goes on, and so does the one whose ended session was forged.
    let bram_again: Result<SessionAnswer, ErrorCode> = ward
        .clinic
        .post("/v1/session/sign-in", None, &sign_in(&bram.login))
        .await;
    bram_again.unwrap();
    let person = bram.person;
    ward.clinic.administer(AdminRequest::PersonEnd { person }).await;
    let after: Result<SessionAnswer, ErrorCode> = ward
        .clinic
        .post("/v1/session/sign-in", None, &sign_in(&bram.login))
        .await;
    assert_eq!(after.map(|_| ()), Err(ErrorCode::WrongPassword));
}
