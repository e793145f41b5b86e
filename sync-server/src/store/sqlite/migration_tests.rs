//! Databases of earlier versions are migrated to this one.

use conversation::{ConversationId, Seq};
use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

use super::Sqlite;
use super::pool::MIGRATIONS;
use crate::store::conformance::prove;
use crate::store::{KeyId, LogStore as _, OrganisationStore as _};

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
