//! Databases of earlier versions are migrated to this one.

use std::sync::Arc;

use conversation::{ConversationId, PersonId, Seq, Timestamp};
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

use super::Sqlite;
use super::pool::MIGRATIONS;
use crate::store::conformance::{TestKeys, prove};
use crate::store::integrity::{SummedRow, Table, Tally};
use crate::store::{
    EndReason, JobStore as _, KeyId, LogStore as _, OrganisationStore as _, RowKeys as _, SessionEnd,
    SessionId, SessionStore as _, Store as _,
};

// Rule 22 of the protocol.
#[tokio::test]
async fn keys_that_were_numbered_are_named_by_ids_and_every_row_finds_its_own() {
    let folder = crate::testing::folder();
    let file = folder.path().join("a.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let first = Migrator {
        migrations: MIGRATIONS.iter().take(1).cloned().collect(),
        ..Migrator::DEFAULT
    };
    first.run(&mut old).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO keys VALUES (258, zeroblob(16), 2025, x'01'), (259, zeroblob(16), 2026, x'02');
         INSERT INTO conversations VALUES (zeroblob(16), 1, zeroblob(32), 5, 1, 259);
         INSERT INTO states VALUES (zeroblob(16), 1, x'03');
         INSERT INTO events VALUES (1, zeroblob(16), 1, 1, 1, '{}', zeroblob(32), x'04', zeroblob(32), x'05',
             zeroblob(32), zeroblob(32), zeroblob(32), 258, 1, NULL, NULL, NULL, NULL, NULL);
         INSERT INTO organisation_events VALUES (1, zeroblob(16), 1, 1, '{}', zeroblob(32), x'06', zeroblob(32),
             x'07', zeroblob(32), zeroblob(32), 259);",
    )
    .execute(&mut old)
    .await
    .unwrap();
    old.close().await.unwrap();

    let store = Sqlite::open(&file).await.unwrap();
    prove(&store).await;
    let id = |number| KeyId(Uuid::from_u128(number));
    let nil = ConversationId(Uuid::nil());
    let conversations = store.conversations(&[nil]).await.unwrap();
    assert_eq!(
        (conversations[0].key.id, conversations[0].key.year),
        (id(259), 2026)
    );
    let events = store.entries(nil, Seq(0), 10).await.unwrap();
    assert_eq!(events[0].key, id(258));
    let keys = store.keys(&[events[0].key]).await.unwrap();
    assert_eq!((keys[0].year, &keys[0].wrapped[..]), (2025, &[1][..]));
    assert_eq!(store.organisation_events(0, 10).await.unwrap()[0].1.key, id(259));
}

// I3
#[tokio::test]
async fn sessions_of_before_there_were_reasons_keep_their_macs_and_end_without_one() {
    let folder = crate::testing::folder();
    let file = folder.path().join("a.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let four = Migrator {
        migrations: MIGRATIONS.iter().take(4).cloned().collect(),
        ..Migrator::DEFAULT
    };
    four.run(&mut old).await.unwrap();
    // As the version before wrote them: lengths and numbers of eight bytes, an id as it is, an end after a one.
    let mut said = Vec::new();
    let text = |said: &mut Vec<u8>, text: &str| {
        said.extend_from_slice(&(text.len() as u64).to_be_bytes());
        said.extend_from_slice(text.as_bytes());
    };
    text(&mut said, "sessions");
    for id in [1_u128, 2, 3] {
        said.extend_from_slice(&id.to_be_bytes());
    }
    text(&mut said, "Laptop");
    text(&mut said, "linux");
    for number in [7_u64, 10, 20, 30] {
        said.extend_from_slice(&number.to_be_bytes());
    }
    said.push(1);
    said.extend_from_slice(&25_i64.to_be_bytes());
    let mac = TestKeys.mac(&said);
    let id = |number: u128| number.to_be_bytes().to_vec();
    sqlx::query("INSERT INTO sessions VALUES (?, ?, ?, 'Laptop', 'linux', 7, 10, 20, 30, 25, ?)")
        .bind(id(1))
        .bind(id(2))
        .bind(id(3))
        .bind(mac.0.to_vec())
        .execute(&mut old)
        .await
        .unwrap();
    // Sealed as it stood, so that nothing is adopted anew.
    let mut tally = Tally::default();
    tally.add(&TestKeys, &Said(said));
    sqlx::query("INSERT INTO tally VALUES (1, ?)")
        .bind(tally.seal(&TestKeys))
        .execute(&mut old)
        .await
        .unwrap();
    old.close().await.unwrap();

    let store = Sqlite::open(&file).await.unwrap();
    store.use_keys(Arc::new(TestKeys), None).await.unwrap();
    let (session, person) = (SessionId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
    let end = SessionEnd {
        at: Timestamp(25),
        reason: EndReason::Unknown,
    };
    let row = store.session(session).await.unwrap().unwrap();
    assert_eq!((row.ended, row.generation), (Some(end), 7));
    let listed = store.recently_ended(person, Timestamp(25), 20).await.unwrap();
    assert_eq!(listed, [row]);
    let mut snapshot = store.snapshot().await.unwrap();
    let kept = snapshot.tally().await.unwrap();
    assert_eq!(snapshot.summed_rows(kept).await.unwrap(), []);
}

// I5
#[tokio::test]
async fn a_job_that_an_earlier_version_leased_or_wrote_is_leased_once_it_is_due() {
    let folder = crate::testing::folder();
    let file = folder.path().join("a.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let seven = Migrator {
        migrations: MIGRATIONS.iter().take(7).cloned().collect(),
        ..Migrator::DEFAULT
    };
    seven.run(&mut old).await.unwrap();
    for (id, name, due, attempt) in [(1_u128, "sweep_uploads", 20, 2), (2, "scan_files", 30, 0)] {
        sqlx::query("INSERT INTO jobs VALUES (?, 'upkeep', ?, '{}', ?, ?)")
            .bind(id.to_be_bytes().to_vec())
            .bind(name)
            .bind(due)
            .bind(attempt)
            .execute(&mut old)
            .await
            .unwrap();
    }
    old.close().await.unwrap();

    let store = Sqlite::open(&file).await.unwrap();
    let leased = async |now, until| {
        let leased = store.lease_jobs(&["upkeep"], Timestamp(now), Timestamp(until), 10);
        let leased = leased.await.unwrap().into_iter();
        leased
            .map(|job| (job.lease.job.0.as_u128(), job.lease.attempt, job.failures))
            .collect::<Vec<_>>()
    };
    assert_eq!(leased(19, 90).await, []);
    assert_eq!(leased(20, 90).await, [(1, 3, 0)]);
    assert_eq!(leased(30, 90).await, [(2, 1, 0)]);
}

/// A row of sessions, in the bytes of the version before.
struct Said(Vec<u8>);

impl SummedRow for Said {
    const TABLE: Table = Table::Sessions;

    fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}
