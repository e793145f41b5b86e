//! `sync-server check` on a database that somebody changed (A1).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::Clinic;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};
use sync_server::core::check::Finding;
use uuid::Uuid;

/// Columns of one row of a log or of a head; what stands there instead; and what is said of it.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("events", "header", "header || ' '", "the chain breaks at entry 2"),
    (
        "events",
        "header_salt",
        "zeroblob(32)",
        "the chain breaks at entry 2",
    ),
    (
        "events",
        "content",
        "zeroblob(length(content))",
        "entry 2 does not open",
    ),
    (
        "events",
        "audit",
        "zeroblob(length(audit))",
        "entry 2 does not open",
    ),
    ("events", "key", "zeroblob(16)", "entry 2 does not open"),
    (
        "events",
        "content_commitment",
        "zeroblob(32)",
        "entry 2 does not fit what was committed to",
    ),
    (
        "events",
        "audit_commitment",
        "zeroblob(32)",
        "entry 2 does not fit what was committed to",
    ),
    ("events", "version", "version + 1", "the chain breaks at entry 2"),
    ("events", "link", "zeroblob(32)", "the chain breaks at entry 2"),
    ("events", "number", "9", "entry 3 stands where entry 2 should"),
    (
        "conversations",
        "last",
        "last - 1",
        "the head is not the log's last entry",
    ),
    (
        "conversations",
        "last",
        "last + 1",
        "the log ends at entry 3, but 4 is known",
    ),
    (
        "conversations",
        "link",
        "zeroblob(32)",
        "the head is not the log's last entry",
    ),
    (
        "states",
        "sealed",
        "zeroblob(length(sealed))",
        "the state does not open",
    ),
    (
        "organisation_events",
        "content",
        "zeroblob(length(content))",
        "entry 2 does not open",
    ),
    (
        "organisation_events",
        "audit_commitment",
        "zeroblob(32)",
        "entry 2 does not fit what was committed to",
    ),
    (
        "organisation_events",
        "link",
        "zeroblob(32)",
        "the chain breaks at entry 2",
    ),
];

/// The condition that chooses the row.
fn row(table: &str) -> &'static str {
    match table {
        "conversations" => "WHERE id = ?",
        "states" => "WHERE conversation = ?",
        "organisation_events" => "WHERE organisation = ? AND number = 2",
        _ => "WHERE conversation = ? AND number = 2",
    }
}

async fn run(db: &mut SqliteConnection, statement: String, log: Uuid) {
    let done = sqlx::query(AssertSqlSafe(statement.clone()))
        .bind(log.as_bytes().to_vec())
        .execute(db)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1, "{statement}");
}

// A1
#[tokio::test]
async fn each_change_of_a_stored_log_or_head_is_found_and_names_its_log_alone() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (anna, bram) = (
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
    );
    let conversation = clinic.start_group(&anna, &[&bram], "Wondzorg").await;
    clinic.say(&anna, conversation, "Hoe is de wond?").await;
    clinic.say(&bram, conversation, "Rustig.").await;
    clinic.start_direct(&bram, &anna, "Dag Anna").await;
    let check = async || clinic.running().admin().check(&|_| {}).await.unwrap();
    let checked = check().await;
    assert_eq!((checked.conversations, checked.organisations), (2, 1));
    assert_eq!(checked.found, []);

    let mut db = SqliteConnectOptions::new()
        .filename(clinic.data().join("overleg.sqlite"))
        .busy_timeout(std::time::Duration::from_secs(10))
        .connect()
        .await
        .unwrap();
    for (table, column, instead, what) in CHANGES {
        let log = if *table == "organisation_events" {
            home.0
        } else {
            conversation.0
        };
        let row = row(table);
        let keep = format!("CREATE TEMP TABLE kept AS SELECT {column} AS value FROM {table} {row}");
        sqlx::query(AssertSqlSafe(keep))
            .bind(log.as_bytes().to_vec())
            .execute(&mut db)
            .await
            .unwrap();
        run(
            &mut db,
            format!("UPDATE {table} SET {column} = {instead} {row}"),
            log,
        )
        .await;
        let what = (*what).to_owned();
        assert_eq!(
            check().await.found,
            [Finding { log, what }],
            "{table}.{column} = {instead}"
        );
        let row = if *column == "number" {
            row.replace("= 2", "= 9")
        } else {
            row.to_owned()
        };
        run(
            &mut db,
            format!("UPDATE {table} SET {column} = (SELECT value FROM kept) {row}"),
            log,
        )
        .await;
        sqlx::query("DROP TABLE kept").execute(&mut db).await.unwrap();
    }
    assert_eq!(check().await.found, []);
}
