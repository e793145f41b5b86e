//! The connections: exactly one that writes, and several that only read.
//!
//! Exactly one, since SQLite 3.50.4 can damage its write-ahead log when two connections write or checkpoint at once:
//! readers never checkpoint, and a second server on the same folder is kept out by its lock.

use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Mutex, MutexGuard};

use crate::store::StoreError;

/// Few are enough: a read takes microseconds, and there are few processors.
const READERS: u32 = 4;
/// Pages of the log that are put into the file at once: a page that changes often is written there once for many
/// changes. Some thirty megabytes, which a start reads in a moment.
const CHECKPOINT: &str = "8000";
/// Negative: in KiB. The ends of the indexes and the heads stay at hand.
const WRITER_CACHE: &str = "-65536";
/// Statements over sets come in as many texts as there are sizes of sets.
const STATEMENTS: usize = 600;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/sqlite/migrations");

#[derive(Debug)]
pub(super) struct Pool {
    writer: Mutex<Option<SqliteConnection>>,
    readers: SqlitePool,
}

/// The connection that writes.
pub(super) struct Writer<'a>(MutexGuard<'a, Option<SqliteConnection>>);

/// A connection that only reads.
pub(super) struct Reader(PoolConnection<sqlx::Sqlite>);

impl Writer<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.0.as_mut().ok_or_else(closed)
    }
}

impl Reader {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
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
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(1)
            .test_before_acquire(false)
            .connect_with(
                options
                    .read_only(true)
                    .create_if_missing(false)
                    .pragma("wal_autocheckpoint", "0"),
            )
            .await?;
        Ok(Pool {
            writer: Mutex::new(Some(writer)),
            readers,
        })
    }

    pub(super) async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader(self.readers.acquire().await?))
    }

    pub(super) async fn write(&self) -> Result<Writer<'_>, StoreError> {
        Ok(Writer(self.writer.lock().await))
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take() {
            // What was appended is durable already; this only puts the log into the file.
            let _ = writer.close().await;
        }
    }
}
