//! F1: nothing of what was said, of who or of the key is in the clear on disk or in a log.

use std::fs::DirEntry;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{ConnectOptions, Connection, Executor};
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::cache::conformance::*;
use crate::cache::sqlcipher::migrations;
use crate::cache::sqlcipher::open::connect;

const WORDS: [&str; 5] = ["decubitus", "Wondzorg", "Wannes", "halfaf", "vanmiddag"];

fn changes() -> Vec<Change> {
    vec![
        save(row(WOUND, 5)),
        put(WOUND, posted(1, MIEKE, "decubitus graad twee aan de stuit")),
        put(WOUND, edit(2, MIEKE, 1, "decubitus graad drie")),
        Change::PutCards(vec![card(MIEKE, "Wannes")]),
        Change::PutDraft(draft(WOUND, "halfaf")),
        Change::PutOutbox(Box::new(command(1, WOUND))),
        Change::Recount {
            conversation: WOUND,
            own: vec![JORIS],
        },
    ]
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The files of a folder and their sizes, none of which has a word, a header or the key.
fn look(folder: &Path) -> Vec<(String, usize)> {
    let look = |file: io::Result<DirEntry>| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"), "{name}");
        for word in WORDS.iter().chain(&["CREATE TABLE", "conversations"]) {
            assert!(!holds(&bytes, word.as_bytes()), "{word} in {name}");
        }
        assert!(!holds(&bytes, &KEY), "the key in {name}");
        (name, bytes.len())
    };
    std::fs::read_dir(folder).unwrap().map(look).collect()
}

// F1
#[tokio::test]
async fn no_file_has_a_header_or_a_word_in_the_clear() {
    let (folder, cache) = open().await;
    cache.write(changes()).await.unwrap();
    cache.index(9).await.unwrap();
    let mut seen = look(folder.path());
    cache.close().await.unwrap();
    seen.extend(look(folder.path()));
    let large = |wanted: &str| seen.iter().any(|(name, size)| name == wanted && *size > 4_096);
    assert!(large("cache.db") && large("cache.db-wal"), "{seen:?}");
}

// F1, BL1
#[tokio::test]
async fn no_file_has_a_word_in_the_clear_after_any_migration() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = connect(&folder.path().join("cache.db"), &KEY, false)
        .await
        .unwrap();
    migrations::migrate(&mut db, &migrations::STEPS[..1])
        .await
        .unwrap();
    // More than the cache of pages holds, so that a step that copies them spills.
    db.execute(
        "INSERT INTO held (conversation, id, segments) VALUES (1, x'000000000000000000000000000000a1', '[]');
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
         INSERT INTO entries (conversation, number, sender, at, message, is_message, body, edited, deleted)
           SELECT 1, n, zeroblob(16), 0, randomblob(16), 1, 'decubitus ' || n || replace(hex(zeroblob(100)), '00', ' halfaf'), 0, 0
           FROM numbers;
         INSERT INTO words (rowid, body, c) SELECT rid, body, c FROM texts;
         INSERT INTO parts (rowid, body) SELECT rid, body FROM texts;",
    )
    .await
    .unwrap();
    for steps in 1..=migrations::STEPS.len() {
        migrations::migrate(&mut db, &migrations::STEPS[..steps])
            .await
            .unwrap();
        let seen = look(folder.path());
        assert!(seen.iter().any(|(_, size)| *size > 1_500_000), "{seen:?}");
    }
    db.close().await.unwrap();
    look(folder.path());
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

// F1
#[tokio::test]
async fn the_most_talkative_log_has_neither_key_nor_text() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .init();
    // The log does listen to sqlx: a usual connection logs its statements.
    let usual = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true);
    let mut usual = usual.connect().await.unwrap();
    usual.execute("SELECT 'usual'").await.unwrap();
    usual.close().await.unwrap();
    assert!(log.text().contains("SELECT 'usual'"));

    let (folder, cache) = open().await;
    cache.write(changes()).await.unwrap();
    cache.index(9).await.unwrap();
    cache.overview(Listed::Active, 0, 9).await.unwrap();
    cache.entry(WOUND, Seq(1)).await.unwrap();
    let mut broken = row(ROSTER, 5);
    broken.last = Seq(u64::MAX);
    let error = cache.write(vec![save(broken)]).await.unwrap_err();
    tracing::error!(?error, %error, ?cache, "failed");
    cache.close().await.unwrap();
    drop(cache);
    let refused = SqlCipherCache::open(&folder.path().join("cache.db"), &[0x7b; 32]).await;
    tracing::error!(error = ?refused.unwrap_err(), "refused");
    let text = log.text();
    let lower = text.to_lowercase();
    for word in WORDS {
        assert!(!lower.contains(&word.to_lowercase()), "{word}");
    }
    assert!(!lower.contains("5a5a5a5a") && !lower.contains("7b7b7b7b") && !lower.contains("pragma key"));
}
