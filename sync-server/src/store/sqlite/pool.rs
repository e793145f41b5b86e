//! The connections: exactly one that writes, and several that only read.
//!
//! Exactly one, since SQLite 3.50.4 can damage its write-ahead log when two connections write or checkpoint at once:
//! readers never checkpoint, and a second server on the same folder is kept out by its lock.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlite::Readers;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Mutex, MutexGuard};

use super::row_reader::RowReader;
use crate::store::integrity::{SummedRow, Tally};
use crate::store::{SharedRowKeys, StoreError};

/// Few are enough: a read takes microseconds, and there are few processors.
const READERS: usize = 4;
/// Pages of the write-ahead log before a checkpoint: a page that changes often is then written once for many changes.
/// Some thirty megabytes, which a start reads in a moment.
const CHECKPOINT: &str = "8000";
/// Negative: in KiB. Keeps the ends of the indexes and the heads cached.
const WRITER_CACHE: &str = "-65536";
/// Statements over sets exist in as many variants as there are sizes of sets.
const STATEMENTS: usize = 600;
/// Rows that the thread of a connection reads ahead of the task that asked for them. With few it stops for each few.
const ROWS: usize = 1_000;

pub(super) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/sqlite/migrations");

#[derive(Debug)]
pub(super) struct Pool {
    writer: Mutex<Option<Writing>>,
    readers: Readers,
    /// Of a connection that only reads.
    reading: SqliteConnectOptions,
    keys: OnceLock<SharedRowKeys>,
}

#[derive(Debug)]
struct Writing {
    db: SqliteConnection,
    /// Set while a transaction may be open, because a cancelled future can leave one behind.
    open: bool,
    /// As it is stored, which only this connection changes; `None` where it is not known.
    tally: Option<Tally>,
}

/// The connection that writes.
///
/// Its transactions are begun and ended in plain SQL. When the disk is full SQLite ends a transaction by itself; sqlx
/// 0.9 would still consider it open and refuse every later one until a restart.
pub(super) struct Writer<'a> {
    writing: MutexGuard<'a, Option<Writing>>,
    keys: Option<&'a SharedRowKeys>,
}

/// A connection that only reads.
pub(super) struct Reader<'a> {
    reader: sqlite::Reader<'a>,
    keys: Option<&'a SharedRowKeys>,
}

/// The proof of the rows that a transaction writes.
pub(super) struct Proof {
    pub(super) keys: SharedRowKeys,
    /// As it will be.
    pub(super) tally: Tally,
}

impl Proof {
    /// The MAC of a row that is new.
    pub(super) fn add<R: SummedRow>(&mut self, row: &R) -> Vec<u8> {
        self.tally.add(self.keys.as_ref(), row).0.to_vec()
    }

    /// The MAC of a row that takes another's place.
    pub(super) fn replace<R: SummedRow>(&mut self, before: &R, row: &R) -> Vec<u8> {
        self.tally.replace(self.keys.as_ref(), before, row).0.to_vec()
    }
}

impl Writer<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        Ok(&mut self.writing()?.db)
    }

    fn writing(&mut self) -> Result<&mut Writing, StoreError> {
        self.writing.as_mut().ok_or_else(closed)
    }

    /// Begins a transaction, which [`Writer::end`] commits or rolls back as a whole.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let writing = self.writing()?;
        // Set before the statement: a future cancelled during it may have begun the transaction.
        writing.open = true;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut writing.db).await?;
        Ok(&mut writing.db)
    }

    pub(super) fn keys(&self) -> Result<SharedRowKeys, StoreError> {
        self.keys.map(Arc::clone).ok_or_else(no_keys)
    }

    /// The keys, and the tally as it stands. That is forgotten until [`Writer::set_tally`], because what follows may fail or
    /// be cancelled.
    pub(super) async fn proof(&mut self) -> Result<Proof, StoreError> {
        let keys = self.keys()?;
        let writing = self.writing()?;
        let tally = match writing.tally.take() {
            Some(tally) => tally,
            None => read_tally(&mut writing.db, &keys).await?,
        };
        Ok(Proof { keys, tally })
    }

    pub(super) fn set_tally(&mut self, tally: Tally) {
        if let Some(writing) = self.writing.as_mut() {
            writing.tally = Some(tally);
        }
    }

    /// Begins a transaction that writes rows which are proved; [`Writer::end_proved`] ends it.
    pub(super) async fn begin_proved(&mut self) -> Result<(&mut SqliteConnection, Proof), StoreError> {
        self.begin().await?;
        let proof = self.proof().await?;
        Ok((self.connection()?, proof))
    }

    /// Writes the tally with it.
    pub(super) async fn end_proved<T>(
        &mut self,
        done: Result<T, StoreError>,
        proof: Proof,
    ) -> Result<T, StoreError> {
        let done = match done {
            Ok(done) => write_tally(self.connection()?, &proof).await.map(|()| done),
            Err(error) => Err(error),
        };
        let done = self.end(done).await?;
        self.set_tally(proof.tally);
        Ok(done)
    }

    pub(super) async fn end<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let writing = self.writing()?;
        if done.is_ok() {
            sqlx::query("COMMIT").execute(&mut writing.db).await?;
            writing.open = false;
        } else {
            writing.roll_back().await;
        }
        done
    }
}

impl Writing {
    async fn roll_back(&mut self) {
        if self.open {
            // Fails if no transaction is open: none was begun, or SQLite has ended it by itself.
            let _ended = sqlx::query("ROLLBACK").execute(&mut self.db).await;
            self.open = false;
        }
    }
}

impl Reader<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        Ok(self.reader.db()?)
    }

    pub(super) fn keys(&self) -> Result<&SharedRowKeys, StoreError> {
        self.keys.ok_or_else(no_keys)
    }
}

async fn read_tally(db: &mut SqliteConnection, keys: &SharedRowKeys) -> Result<Tally, StoreError> {
    let broken = || StoreError::Broken {
        table: "tally",
        column: "sealed",
    };
    let row = sqlx::query("SELECT sealed FROM tally").fetch_optional(db).await?;
    let row = row.ok_or_else(broken)?;
    let columns = RowReader {
        table: "tally",
        row: &row,
    };
    Tally::open(keys.as_ref(), &columns.blob("sealed")?).ok_or_else(broken)
}

pub(super) async fn write_tally(db: &mut SqliteConnection, proof: &Proof) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO tally (one, sealed) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET sealed = excluded.sealed")
        .bind(proof.tally.seal(proof.keys.as_ref()))
        .execute(db)
        .await?;
    Ok(())
}

fn no_keys() -> StoreError {
    StoreError::Failed("the store was not given the keys that prove its rows".into())
}

fn closed() -> StoreError {
    StoreError::Failed("the database is closed".into())
}

impl Pool {
    pub(super) async fn open(file: &Path) -> Result<Pool, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(STATEMENTS)
            .row_buffer_size(ROWS)
            .disable_statement_logging();
        let mut writer = options
            .clone()
            .pragma("wal_autocheckpoint", CHECKPOINT)
            .pragma("cache_size", WRITER_CACHE)
            .pragma("temp_store", "memory")
            .connect()
            .await?;
        match MIGRATIONS.run(&mut writer).await {
            Err(
                sqlx::migrate::MigrateError::VersionMissing(_)
                | sqlx::migrate::MigrateError::VersionTooNew(..),
            ) => {
                return Err(StoreError::Newer);
            }
            other => other.map_err(|error| StoreError::Failed(error.into()))?,
        }
        let options = options
            .read_only(true)
            .create_if_missing(false)
            .pragma("wal_autocheckpoint", "0");
        let mut readers = Readers::none();
        for _ in 0..READERS {
            readers.add(options.connect().await?);
        }
        Ok(Pool {
            writer: Mutex::new(Some(Writing {
                db: writer,
                open: false,
                tally: None,
            })),
            readers,
            reading: options,
            keys: OnceLock::new(),
        })
    }

    pub(super) async fn read(&self) -> Result<Reader<'_>, StoreError> {
        Ok(Reader {
            reader: self.readers.get().await?,
            keys: self.keys.get(),
        })
    }

    /// A connection of its own that only reads.
    pub(super) async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        Ok(self.reading.connect().await?)
    }

    pub(super) fn keys(&self) -> Result<&SharedRowKeys, StoreError> {
        self.keys.get().ok_or_else(no_keys)
    }

    /// The first that are given stay.
    pub(super) fn set_keys(&self, keys: SharedRowKeys) {
        let _are_there = self.keys.set(keys);
    }

    pub(super) async fn write(&self) -> Result<Writer<'_>, StoreError> {
        let mut writer = self.writer.lock().await;
        if let Some(writing) = writer.as_mut() {
            writing.roll_back().await;
        }
        Ok(Writer {
            writing: writer,
            keys: self.keys.get(),
        })
    }

    pub(super) async fn close(&self) {
        let readers = self.readers.close().await;
        let writer = self.writer.lock().await.take().map(|writing| writing.db);
        // Appended rows are durable already; this only checkpoints the log.
        let _checkpointed = sqlite::close(readers.into_iter().chain(writer)).await;
    }
}

/// Waits for SQLite to be done with the file, where nobody called [`Pool::close`]: the process may be about to end.
impl Drop for Pool {
    fn drop(&mut self) {
        let readers = self.readers.take_all();
        let writer = self.writer.get_mut().take().map(|writing| writing.db);
        let _checkpointed = sqlite::close_now(readers.into_iter().chain(writer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;

    async fn fill(pool: &Pool, bytes: u32) -> Result<(), StoreError> {
        let mut writer = pool.write().await?;
        let filled = sqlx::query("INSERT INTO filler VALUES (zeroblob(?))")
            .bind(bytes)
            .execute(writer.begin().await?)
            .await;
        writer.end(filled.map(|_| ()).map_err(StoreError::from)).await
    }

    #[tokio::test]
    async fn a_server_whose_disk_was_full_writes_again_once_there_is_room() {
        let folder = folder();
        let pool = Pool::open(&folder.path().join("full.sqlite")).await.unwrap();
        let run = async |sql: &'static str| {
            let mut writer = pool.write().await.unwrap();
            sqlx::raw_sql(sql)
                .execute(writer.connection().unwrap())
                .await
                .unwrap();
        };
        run("CREATE TABLE filler (filler BLOB) STRICT; PRAGMA max_page_count = 1").await;
        // SQLite raises a limit below the current size to the current size.
        assert!(fill(&pool, 1_000_000).await.is_err());
        run("PRAGMA max_page_count = 1000000").await;
        fill(&pool, 1_000_000).await.unwrap();
        pool.close().await;
    }

    #[tokio::test]
    async fn a_pool_that_is_dropped_is_done_with_its_file() {
        let folder = folder();
        let file = folder.path().join("dropped.sqlite");
        let pool = Pool::open(&file).await.unwrap();
        let mut writer = pool.write().await.unwrap();
        let create = sqlx::raw_sql("CREATE TABLE filler (filler BLOB) STRICT");
        create.execute(writer.connection().unwrap()).await.unwrap();
        drop(writer);
        let log = file.with_extension("sqlite-wal");
        assert!(log.exists());
        drop(pool);
        // The last connection removes the write-ahead log when it closes.
        assert!(!log.exists());
    }

    #[tokio::test]
    async fn a_writer_that_is_cancelled_while_a_transaction_begins_or_ends_blocks_nobody() {
        use futures_util::FutureExt as _;

        let folder = folder();
        let pool = Pool::open(&folder.path().join("away.sqlite")).await.unwrap();
        let mut writer = pool.write().await.unwrap();
        let create = sqlx::raw_sql("CREATE TABLE filler (filler BLOB) STRICT");
        create.execute(writer.connection().unwrap()).await.unwrap();
        drop(writer);
        // Cancelled both before and after SQLite has answered.
        for _ in 0..200 {
            let mut writer = pool.write().await.unwrap();
            let _away = writer.begin().now_or_never();
            drop(writer);
            fill(&pool, 10).await.unwrap();
            let mut writer = pool.write().await.unwrap();
            writer.begin().await.unwrap();
            let _away = writer.end(Ok(())).now_or_never();
            drop(writer);
            fill(&pool, 10).await.unwrap();
        }
        pool.close().await;
    }
}
