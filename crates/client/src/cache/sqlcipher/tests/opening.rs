//! Outcomes of opening, and the files that it leaves untouched.

use std::path::Path;

use sqlx::{Connection, Executor};

use super::*;
use crate::cache::conformance::*;
use crate::cache::sqlcipher::open::connect;

async fn filled(path: &Path) {
    let cache = SqlCipherCache::open(path, &KEY).await.unwrap();
    let changes = (1..=300).map(|n| put(WOUND, posted(n, MIEKE, "Verband tweemaal daags wisselen")));
    cache.write(changes.collect()).await.unwrap();
    cache.close().await.unwrap();
}

// F4
#[tokio::test]
async fn a_wrong_key_is_reported_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let before = std::fs::read(&path).unwrap();
    let refused = SqlCipherCache::open(&path, &[1; 32]).await;
    assert!(
        matches!(refused, Err(OpenError::WrongKeyOrDamaged)),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(SqlCipherCache::open(&path, &KEY).await.is_ok());
}

// F4
#[tokio::test]
async fn a_missing_database_is_reported_as_a_wrong_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    std::fs::write(&path, "wat hier staat, is geen database").unwrap();
    let refused = SqlCipherCache::open(&path, &KEY).await;
    assert!(
        matches!(refused, Err(OpenError::WrongKeyOrDamaged)),
        "{refused:?}"
    );
}

// F4
#[tokio::test]
async fn a_schema_that_cannot_be_read_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let mut file = std::fs::read(&path).unwrap();
    // The first page, by which the key is known, stays whole.
    for byte in &mut file[4096..] {
        *byte ^= 0xff;
    }
    std::fs::write(&path, file).unwrap();
    let refused = SqlCipherCache::open(&path, &KEY).await;
    assert!(matches!(refused, Err(OpenError::Damaged)), "{refused:?}");
}

// F4
#[tokio::test]
async fn a_newer_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let mut db = connect(&path, &KEY, false).await.unwrap();
    db.execute("PRAGMA user_version = 99").await.unwrap();
    db.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = SqlCipherCache::open(&path, &KEY).await;
    assert!(
        matches!(refused, Err(OpenError::Newer { version: 99 })),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

// F4
#[tokio::test]
async fn a_second_program_gets_the_error_that_the_cache_is_in_use() {
    let (folder, cache) = open().await;
    let path = folder.path().join("cache.db");
    let refused = SqlCipherCache::open(&path, &KEY).await;
    assert!(matches!(refused, Err(OpenError::InUse)), "{refused:?}");
    drop(cache);
    assert!(SqlCipherCache::open(&path, &KEY).await.is_ok());
}

// F4
#[tokio::test]
async fn a_folder_that_is_not_there_is_a_failure_and_not_damage() {
    let folder = tempfile::tempdir().unwrap();
    let refused = SqlCipherCache::open(&folder.path().join("nowhere/cache.db"), &KEY).await;
    assert!(matches!(refused, Err(OpenError::Failed(_))), "{refused:?}");
}

// F3
#[tokio::test]
async fn written_data_is_there_when_the_cache_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    filled(&path).await;
    let cache = SqlCipherCache::open(&path, &KEY).await.unwrap();
    assert!(
        cache.entry(WOUND, Seq(300)).await.unwrap()
            == Some(posted(300, MIEKE, "Verband tweemaal daags wisselen"))
    );
    cache.close().await.unwrap();
    assert!(cache.entry(WOUND, Seq(300)).await.is_err(), "closed");
    assert!(cache.write(vec![]).await.is_err(), "closed");
}

// F3
#[tokio::test]
async fn a_list_of_changes_is_written_whole_or_not_at_all() {
    let (_folder, cache) = open().await;
    let mut broken = row(WOUND, 5);
    broken.last = Seq(u64::MAX);
    let changes = vec![
        put(WOUND, posted(1, MIEKE, "een")),
        Change::Recount {
            conversation: WOUND,
            own: vec![],
        },
        save(broken),
    ];
    assert!(cache.write(changes).await.is_err());
    assert!(cache.entry(WOUND, Seq(1)).await.unwrap().is_none());
    cache
        .write(vec![put(WOUND, posted(1, MIEKE, "een"))])
        .await
        .unwrap();
    assert!(cache.entry(WOUND, Seq(1)).await.unwrap().is_some());
}

const TWO: &[&str] = &[migrations::STEPS[0], "ALTER TABLE meta ADD COLUMN more TEXT"];
const FAILS: &[&str] = &[TWO[0], TWO[1], "CREATE TABLE half (a); CREATE NONSENSE"];

// F4
#[tokio::test]
async fn a_file_takes_the_steps_it_lacks_and_no_half_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = connect(&folder.path().join("cache.db"), &KEY, false)
        .await
        .unwrap();
    assert_eq!(migrations::version(&mut db).await.unwrap(), 0);
    migrations::migrate(&mut db, &migrations::STEPS[..1])
        .await
        .unwrap();
    assert_eq!(migrations::version(&mut db).await.unwrap(), 1);
    db.execute("INSERT INTO meta (key, value) VALUES ('settings', 'donker')")
        .await
        .unwrap();
    migrations::migrate(&mut db, &migrations::STEPS[..1])
        .await
        .unwrap();
    migrations::migrate(&mut db, TWO).await.unwrap();
    assert_eq!(migrations::version(&mut db).await.unwrap(), 2);
    assert!(migrations::migrate(&mut db, FAILS).await.is_err());
    assert_eq!(migrations::version(&mut db).await.unwrap(), 2);
    let kept: String = sqlx::query_scalar("SELECT value FROM meta")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(kept, "donker");
    let half: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = 'half'")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(half, 0);
    db.close().await.unwrap();
}

// M4
#[tokio::test]
async fn deleted_messages_no_longer_count_as_unread_after_the_third_migration() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = connect(&folder.path().join("cache.db"), &KEY, false)
        .await
        .unwrap();
    migrations::migrate(&mut db, &migrations::STEPS[..2])
        .await
        .unwrap();
    let me = r#"{"person":null,"memberships":["00000000-0000-0000-0000-00000000000a"]}"#;
    // Of oneself, of another and deleted, of another; in a second conversation the deleted one alone.
    let old = format!(
        "INSERT INTO meta (key, value) VALUES ('me', '{me}');
         INSERT INTO held (conversation, id, segments) VALUES (1, x'01', '[]'), (2, x'02', '[]');
         INSERT INTO conversations (conversation, id, last, anchor, read, read_sent, wanted, last_at, unread, aside, rest)
           VALUES (1, x'01', 3, 0, 0, 0, 0, 0, 2, 0, ''), (2, x'02', 1, 0, 0, 0, 0, 0, 1, 0, '');
         INSERT INTO entries (conversation, number, sender, at, message, is_message, edited, deleted) VALUES
           (1, 1, x'0000000000000000000000000000000A', 0, x'11', 1, 0, 0), (1, 2, x'0B', 0, x'12', 1, 0, 1),
           (1, 3, x'0B', 0, x'13', 1, 0, 0), (2, 1, x'0B', 0, x'21', 1, 0, 1);"
    );
    db.execute(sqlx::AssertSqlSafe(old)).await.unwrap();
    migrations::migrate(&mut db, &migrations::STEPS[..3])
        .await
        .unwrap();
    let unread: Vec<i64> = sqlx::query_scalar("SELECT unread FROM conversations ORDER BY conversation")
        .fetch_all(&mut db)
        .await
        .unwrap();
    assert_eq!(unread, [1, 0]);
    db.close().await.unwrap();
}

// L4, M6
#[tokio::test]
async fn texts_from_before_the_sixth_migration_are_indexed_anew_and_list_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let mut db = connect(&path, &KEY, false).await.unwrap();
    migrations::migrate(&mut db, &migrations::STEPS[..3])
        .await
        .unwrap();
    db.execute(
        "INSERT INTO held (conversation, id, segments) VALUES (1, x'000000000000000000000000000000a1', '[]');
         INSERT INTO entries (conversation, number, sender, at, message, is_message, body, edited, deleted) VALUES
           (1, 1, zeroblob(16), 0, zeroblob(16), 1, 'decubitus graad twee', 0, 0);
         INSERT INTO words (rowid, body, c) SELECT rid, body, c FROM texts;
         INSERT INTO parts (rowid, body) SELECT rid, body FROM texts;",
    )
    .await
    .unwrap();
    db.close().await.unwrap();
    let cache = SqlCipherCache::open(&path, &KEY).await.unwrap();
    let held = cache.entry(WOUND, Seq(1)).await.unwrap().unwrap();
    assert_eq!(held.attachments, []);
    assert_eq!(cache.to_index().await.unwrap(), 1);
    cache.index(9).await.unwrap();
    assert_eq!(super::search::found(&cache, "decubitus").await, (1, 1));
    super::search::terms(&cache).await;
    let range = SeqRange::new(Seq(1), Seq(1)).unwrap();
    cache
        .write(vec![Change::DropEntries(WOUND, range)])
        .await
        .unwrap();
    assert_eq!(super::search::found(&cache, "decubitus").await, (0, 0));
}

// F1
#[tokio::test]
async fn the_connections_are_set_as_the_invariants_say() {
    let (_folder, cache) = open().await;
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    let mut reader = cache.readers.get().await.unwrap();
    let db = reader.db().unwrap();
    let checkpoint: i64 = sqlx::query_scalar("PRAGMA wal_autocheckpoint")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(checkpoint, 0);
    assert!(db.execute("DELETE FROM meta").await.is_err());
}

/// 2 where every commit is synced before it is answered, 1 where the next of those, or the next checkpoint, syncs it.
async fn synchronous(cache: &SqlCipherCache) -> i64 {
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    let setting = sqlx::query_scalar("PRAGMA synchronous").fetch_one(db);
    setting.await.unwrap()
}

// M7
#[tokio::test]
async fn changes_by_the_user_are_synced_at_their_commit_and_those_from_the_server_later() {
    let (_folder, cache) = open().await;
    let from_server = vec![save(row(WOUND, 5)), put(WOUND, posted(1, MIEKE, "een"))];
    let sent = Change::PutOutbox(Box::new(command(1, WOUND)));
    for (changes, setting) in [
        (from_server.clone(), 1),
        (vec![sent.clone()], 2),
        (
            vec![put(WOUND, posted(2, JORIS, "twee")), Change::DropOutbox(1)],
            2,
        ),
        (from_server.clone(), 1),
        ([from_server, vec![sent]].concat(), 2),
        (vec![Change::PutDraft(draft(WOUND, "half af"))], 2),
        (vec![Change::DropConversation(WOUND)], 2),
        (vec![Change::Clear], 2),
    ] {
        cache.write(changes.clone()).await.unwrap();
        assert_eq!(synchronous(&cache).await, setting, "{changes:?}");
    }
}
