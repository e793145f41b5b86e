//! Speed of the file alone: the rows of one file written into a fresh one, with nothing around it, for the
//! benchmarks to compare with.
//!
//! The leanest way there is: one statement copies thousands of rows from file to file, so that nothing is bound, parsed
//! or looked up for a row, and their words and parts go into the indexes with them. The rows are the same to the byte,
//! in the same tables, under the same indexes and settings, ascending, in large transactions. The
//! file that they come of is read once before, and stays in memory.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::open::{OpenError, connect, failed, prepare, quoted};

/// Negative: in KiB. All of the source that a benchmark has.
const SOURCE_CACHE: &str = "PRAGMA source.cache_size = -1048576";

/// A fresh file, and one to copy from.
#[derive(Debug)]
pub struct Bare(SqliteConnection);

impl Bare {
    /// `key` opens both.
    pub async fn open(source: &Path, target: &Path, key: &[u8; 32]) -> Result<Bare, OpenError> {
        let mut db = connect(target, key, false).await.map_err(failed)?;
        prepare(&mut db).await?;
        // With the durability of data that the server sent.
        sqlx::raw_sql("PRAGMA synchronous = NORMAL")
            .execute(&mut db)
            .await
            .map_err(failed)?;
        sqlx::query("ATTACH DATABASE ? AS source KEY ?")
            .bind(source.to_str())
            .bind(quoted(key).trim_matches('"').to_owned())
            .execute(&mut db)
            .await
            .map_err(failed)?;
        for statement in [
            SOURCE_CACHE,
            "SELECT sum(length(body)), sum(length(message)), sum(length(sender)) FROM source.entries",
        ] {
            sqlx::query(statement).execute(&mut db).await.map_err(failed)?;
        }
        Ok(Bare(db))
    }

    /// Writes them all, so many in a transaction; how many entries there were.
    pub async fn write(&mut self, together: u32) -> Result<usize, sqlx::Error> {
        let db = &mut self.0;
        for statement in [
            "INSERT INTO main.held SELECT * FROM source.held",
            "INSERT INTO main.conversations SELECT conversation, id, last, anchor, read, read_sent, wanted, last_at,
               last_message, unread, archived_at, aside, direct_low, direct_high, segment_from, segment_to, rest
             FROM source.conversations",
            "INSERT INTO main.cards (membership, card) SELECT membership, card FROM source.cards",
            "INSERT INTO main.teams SELECT * FROM source.teams",
        ] {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        let ends = "SELECT min(rid), max(rid), count(*) FROM source.entries";
        let (low, high, count): (Option<i64>, Option<i64>, i64) =
            sqlx::query_as(ends).fetch_one(&mut *db).await?;
        let (mut from, high) = (low.unwrap_or(0), high.unwrap_or(-1));
        while from <= high {
            let to = from + i64::from(together) - 1;
            let mut transaction = db.begin_with("BEGIN IMMEDIATE").await?;
            for statement in [
                "INSERT INTO main.entries SELECT * FROM source.entries WHERE rid BETWEEN ? AND ? ORDER BY rid",
                "INSERT INTO main.words (rowid, body, c) SELECT rid, body, c FROM main.texts
                 WHERE rid BETWEEN ? AND ? ORDER BY rid",
                "INSERT INTO main.parts (rowid, body, place, writer, day, five, month, year, file)
                 SELECT rid, body, place, writer, day, five, month, year, file FROM main.texts
                 WHERE rid BETWEEN ? AND ? ORDER BY rid",
            ] {
                sqlx::query(statement)
                    .bind(from)
                    .bind(to)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            from = to + 1;
        }
        Ok(usize::try_from(count).unwrap_or_default())
    }

    pub async fn close(self) -> Result<(), sqlx::Error> {
        self.0.close().await
    }
}
