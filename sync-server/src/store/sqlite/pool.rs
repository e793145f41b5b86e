//! The connections: exactly one that writes, and several that only read.
//!
//! Exactly one, since SQLite 3.50.4 can damage its write-ahead log when two connections write or checkpoint at once:
//! readers never checkpoint, and a second server on the same folder is kept out by its lock.

use std::path::Path;
use std::time::Duration;

use sqlite::Readers;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Mutex, MutexGuard};

use crate::store::StoreError;

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
}

#[derive(Debug)]
struct Writing {
    db: SqliteConnection,
    /// Set while a transaction may be open, because a cancelled future can leave one behind.
    open: bool,
    /// The offset of the last event, which only this connection changes; `None` where it is not known.
    last_offset: Option<u64>,
}

/// The connection that writes.
///
/// Its transactions are begun and ended in plain SQL. When the disk is full SQLite ends a transaction by itself; sqlx
/// 0.9 would still consider it open and refuse every later one until a restart.
pub(super) struct Writer<'a>(MutexGuard<'a, Option<Writing>>);

/// A connection that only reads.
pub(super) struct Reader<'a>(sqlite::Reader<'a>);

impl Writer<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        Ok(&mut self.writing()?.db)
    }

    fn writing(&mut self) -> Result<&mut Writing, StoreError> {
        self.0.as_mut().ok_or_else(closed)
    }

    /// Begins a transaction, which [`Writer::end`] commits or rolls back as a whole.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let writing = self.writing()?;
        // Set before the statement: a future cancelled during it may have begun the transaction.
        writing.open = true;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut writing.db).await?;
        Ok(&mut writing.db)
    }

    /// The offset of the last event, where it is known. It is forgotten until [`Writer::set_offset`], because the append
    /// that follows may be cancelled.
    pub(super) fn take_offset(&mut self) -> Option<u64> {
        self.0.as_mut()?.last_offset.take()
    }

    pub(super) fn set_offset(&mut self, offset: Option<u64>) {
        if let Some(writing) = self.0.as_mut() {
            writing.last_offset = offset;
        }
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
        Ok(self.0.db()?)
    }
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
                last_offset: None,
            })),
            readers,
        })
    }

    pub(super) async fn read(&self) -> Result<Reader<'_>, StoreError> {
        Ok(Reader(self.readers.get().await?))
    }

    pub(super) async fn write(&self) -> Result<Writer<'_>, StoreError> {
        let mut writer = self.writer.lock().await;
        if let Some(writing) = writer.as_mut() {
            writing.roll_back().await;
        }
        Ok(Writer(writer))
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
