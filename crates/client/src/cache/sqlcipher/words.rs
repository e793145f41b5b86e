//! The index of search: two full-text indexes, of words and of parts of words.
//!
//! A message is marked in the transaction that stores it, and indexed a moment later in one of its own, so
//! that no write a person waits for stalls. A deleted text leaves both indexes in the transaction that
//! deletes it; they hold no copy of it, so they need it while its row still exists.

use conversation::Timestamp;
use sqlx::{Row as _, SqliteConnection};

use super::row_reader::{count, json};
use super::statements::{BEGIN, COMMIT, Statements};
use super::vocabulary::{self, Vocabulary};
use crate::cache::{COUNTED_LEFT, CacheError};

/// From this many on, texts leave the indexes as marks, whose words go with the next merges: taking each word out at
/// once costs milliseconds a message, and a conversation that one left may have thousands.
const MANY: usize = 100;

/// Pages of an index that are merged at once.
const MERGED_PAGES: i64 = 100;

/// Texts as search reads them, as one row: sqlx hands each row over from thread to thread.
macro_rules! texts {
    ($rows:literal) => {
        concat!(
            "SELECT json_group_array(json_array(rid, body)) FROM texts WHERE rid IN ",
            $rows
        )
    };
}

const INDEXED: &str = texts!(
    "(SELECT value FROM json_each(?1)) AND NOT EXISTS (SELECT 1 FROM to_index WHERE to_index.rid = texts.rid)"
);
const WAITING: &str = texts!("(SELECT rid FROM to_index WHERE rid >= ?1)");

fn parsed(texts: &str) -> Result<Vec<(i64, String)>, CacheError> {
    // The error of JSON would quote the text.
    serde_json::from_str(texts).map_err(|_| CacheError::Broken {
        table: "texts",
        column: "one that is indexed",
    })
}

/// Takes the texts of these rows out of the indexes; before the rows change.
pub(super) async fn forget(db: &mut SqliteConnection, rids: &[i64]) -> Result<(), CacheError> {
    if rids.is_empty() {
        return Ok(());
    }
    let many = rids.len() >= MANY;
    if many {
        secure_delete(db, false).await?;
    }
    let rids = json(rids)?;
    let texts: String = sqlx::query_scalar(INDEXED)
        .bind(&rids)
        .fetch_one(&mut *db)
        .await?;
    let words = matching::words_of(parsed(&texts)?.iter().map(|(_, text)| text.as_str()));
    for statement in [
        "INSERT INTO words (words, rowid, body, c) SELECT 'delete', rid, body, c FROM texts
         WHERE rid IN (SELECT value FROM json_each(?1))
         AND NOT EXISTS (SELECT 1 FROM to_index WHERE to_index.rid = texts.rid)",
        "INSERT INTO parts (parts, rowid, body, place, writer, day, five, month, year, file)
         SELECT 'delete', rid, body, place, writer, day, five, month, year, file FROM texts
         WHERE rid IN (SELECT value FROM json_each(?1))
         AND NOT EXISTS (SELECT 1 FROM to_index WHERE to_index.rid = texts.rid)",
        "DELETE FROM to_index WHERE rid IN (SELECT value FROM json_each(?1))",
    ] {
        sqlx::query(statement).bind(&rids).execute(&mut *db).await?;
    }
    vocabulary::drop_unused(db, &words).await?;
    if many {
        secure_delete(db, true).await?;
    }
    Ok(())
}

async fn secure_delete(db: &mut SqliteConnection, on: bool) -> Result<(), CacheError> {
    for statement in [
        "INSERT INTO words (words, rank) VALUES ('secure-delete', ?)",
        "INSERT INTO parts (parts, rank) VALUES ('secure-delete', ?)",
    ] {
        sqlx::query(statement).bind(on).execute(&mut *db).await?;
    }
    Ok(())
}

/// Merges pieces of about the same size, which each insertion leaves; whether there were any. Each piece is asked by each search
/// and by each deletion.
pub(super) async fn merge(db: &mut SqliteConnection) -> Result<bool, CacheError> {
    sqlx::query(BEGIN).execute(&mut *db).await?;
    let mut before = total_changes(db).await?;
    let mut is_merged = false;
    for statement in [
        "INSERT INTO words (words, rank) VALUES ('merge', ?)",
        "INSERT INTO parts (parts, rank) VALUES ('merge', ?)",
    ] {
        sqlx::query(statement)
            .bind(MERGED_PAGES)
            .execute(&mut *db)
            .await?;
        let after = total_changes(db).await?;
        // The command itself counts as one.
        is_merged |= after - before > 1;
        before = after;
    }
    sqlx::query(COMMIT).execute(db).await?;
    Ok(is_merged)
}

async fn total_changes(db: &mut SqliteConnection) -> Result<i64, CacheError> {
    Ok(sqlx::query_scalar("SELECT total_changes()").fetch_one(db).await?)
}

/// Empties the indexes.
pub(super) async fn clear(db: &mut SqliteConnection) -> Result<(), CacheError> {
    for statement in [
        "INSERT INTO words (words) VALUES ('delete-all')",
        "INSERT INTO parts (parts) VALUES ('delete-all')",
        "DELETE FROM vocabulary",
        "DELETE FROM to_index",
    ] {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    Ok(())
}

/// Marks rows whose text search is to reach.
pub(super) fn mark(waiting: &mut Statements, rids: &[i64]) -> Result<(), CacheError> {
    if !rids.is_empty() {
        waiting
            .add("INSERT INTO to_index (rid) SELECT value FROM json_each(?)")
            .bind(json(rids)?)?;
    }
    Ok(())
}

/// When the newest of the rows that wait was accepted.
pub(super) async fn indexed_since(db: &mut SqliteConnection) -> Result<Option<Timestamp>, CacheError> {
    let newest = sqlx::query_scalar("SELECT at FROM entries WHERE rid = (SELECT max(rid) FROM to_index)");
    let at: Option<i64> = newest.fetch_optional(db).await?;
    Ok(at.map(Timestamp))
}

pub(super) async fn to_index(db: &mut SqliteConnection) -> Result<u32, CacheError> {
    let left = sqlx::query_scalar("SELECT count(*) FROM to_index");
    Ok(count(left.fetch_one(db).await?))
}

/// Writes the folded text of those rows to be indexed in which an index would read other letters, and the words of all of them.
async fn read(db: &mut SqliteConnection, from: i64, vocabulary: &Vocabulary) -> Result<(), CacheError> {
    let texts: String = sqlx::query_scalar(WAITING).bind(from).fetch_one(&mut *db).await?;
    let texts = parsed(&texts)?;
    let words = matching::words_of(texts.iter().map(|(_, text)| text.as_str()));
    vocabulary.add(db, &words).await?;
    let folded = texts
        .iter()
        .filter_map(|(rid, text)| Some((*rid, matching::folded_for_index(text)?)));
    let folded: Vec<(i64, String)> = folded.collect();
    if folded.is_empty() {
        return Ok(());
    }
    let write = sqlx::query(
        "UPDATE entries SET folded = value ->> 1 FROM json_each(?1) WHERE entries.rid = value ->> 0",
    );
    write.bind(json(&folded)?).execute(db).await?;
    Ok(())
}

/// One transaction; how many are left. The newest first, since they are looked for most; ascending within the transaction,
/// which is a third of the work.
pub(super) async fn index(
    db: &mut SqliteConnection,
    most: u32,
    vocabulary: &Vocabulary,
) -> Result<u32, CacheError> {
    let mut waiting = Statements::default();
    waiting
        .add(BEGIN)
        .add("SELECT min(rid) FROM (SELECT rid FROM to_index ORDER BY rid DESC LIMIT ?)")
        .bind(most)?;
    let from = match waiting.run(db).await?.first() {
        Some(row) => row.try_get::<Option<i64>, _>(0)?,
        None => None,
    };
    if let Some(from) = from {
        read(db, from, vocabulary).await?;
        for statement in [
            "INSERT INTO words (rowid, body, c) SELECT rid, body, c FROM texts
             WHERE rid IN (SELECT rid FROM to_index WHERE rid >= ?) ORDER BY rid",
            "INSERT INTO parts (rowid, body, place, writer, day, five, month, year, file)
             SELECT rid, body, place, writer, day, five, month, year, file FROM texts
             WHERE rid IN (SELECT rid FROM to_index WHERE rid >= ?) ORDER BY rid",
            "DELETE FROM to_index WHERE rid >= ?",
        ] {
            waiting.add(statement).bind(from)?;
        }
    }
    // All of them would be read for it each time.
    waiting
        .add("SELECT count(*) FROM (SELECT 1 FROM to_index LIMIT ?)")
        .bind(COUNTED_LEFT)?
        .add(COMMIT);
    match waiting.run(db).await?.first() {
        Some(row) => Ok(count(row.try_get(0)?)),
        None => Ok(0),
    }
}
