//! Opening the file with a given key, and closing it.
//!
//! Nothing is changed before the key is known to fit and the file to be of this program's time. The key goes in as
//! the first statement of each connection, with the statement log off: sqlx logs statements, and a log never holds a
//! key. The connections are made at once and no options are kept, since they hold the key in the clear.

use std::ffi::OsString;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlite::Readers;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::error::{code, code_of};
use super::room::Room;
use super::vocabulary::Vocabulary;
use super::writing::Writer;
use super::{SqlCipherCache, migrations};
use crate::lock_file::LockFile;

const READERS: usize = 3;
const BUSY: Duration = Duration::from_secs(5);
/// Rows that the thread of a connection reads ahead of the task that asked for them. With few it stops for each few.
const ROWS: usize = 1_000;

/// Why the file could not be opened. Nothing of it was changed, but for a migration that ran before.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The first page cannot be read with this key: another's key, or no such file.
    #[error("the key does not fit the cache, or the cache is damaged")]
    WrongKeyOrDamaged,
    /// The key fits, but the file is not whole.
    #[error("the cache is damaged")]
    Damaged,
    #[error("the cache is of a newer version of this program ({version})")]
    Newer { version: i64 },
    #[error("there is no room left on the disk")]
    DiskFull,
    /// Another program has it open.
    #[error("the cache is in use")]
    InUse,
    #[error("the cache cannot be opened")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An error once the key is known to fit.
pub(super) fn failed(error: sqlx::Error) -> OpenError {
    match code_of(&error) {
        Some(code::CORRUPT | code::NOT_A_DATABASE) => OpenError::Damaged,
        Some(code::FULL) => OpenError::DiskFull,
        Some(code::BUSY | code::LOCKED) => OpenError::InUse,
        _ => OpenError::Failed(Box::new(error)),
    }
}

/// An error while it is not known whether the key fits.
fn not_probed(error: sqlx::Error) -> OpenError {
    match code_of(&error) {
        Some(code::NOT_A_DATABASE) => OpenError::WrongKeyOrDamaged,
        _ => failed(error),
    }
}

fn failed_file(error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::StorageFull => OpenError::DiskFull,
        _ => OpenError::Failed(Box::new(error)),
    }
}

/// Locked while the file is open. SQLite itself would let two programs write in turns, but the one that comes along has
/// a bug that can lose a write when two connections write or checkpoint at once.
fn lock(path: &Path) -> Result<LockFile, OpenError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    match LockFile::take(Path::new(&name)) {
        Ok(held) => Ok(held),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(failed_file(error)),
    }
}

/// A raw key, as SQLCipher takes it: no derivation, which would take half a second.
pub(super) fn quoted(key: &[u8; 32]) -> Zeroizing<String> {
    let mut quoted = Zeroizing::new(String::with_capacity(70));
    quoted.push_str("\"x'");
    for byte in key {
        for digit in [byte >> 4, byte & 15] {
            quoted.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    quoted.push_str("'\"");
    quoted
}

/// A connection of which nothing is asked yet. The file is read by the next statement, once SQLCipher is silent.
pub(super) async fn connect(path: &Path, key: &[u8; 32], read_only: bool) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(!read_only)
        .read_only(read_only)
        .busy_timeout(BUSY)
        .row_buffer_size(ROWS)
        .pragma("key", quoted(key).to_string())
        .pragma("cipher_log_level", "NONE")
        .disable_statement_logging()
        .connect()
        .await
}

/// Pages of the write-ahead log that accumulate before a checkpoint, some thirty megabytes: the writer that
/// fills the log waits for the checkpoint, and a page that changes often is copied once. Otherwise indexing
/// for search checkpoints. The page cache (negative: in KiB) keeps the ends of the indexes decrypted.
const WRITER: &str = "PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -8192;";

/// Nothing is written to a file before it is known to be ours and of our time.
pub(super) async fn prepare(writer: &mut SqliteConnection) -> Result<(), OpenError> {
    // A wrong key connects, too.
    let probe = "SELECT count(*) FROM sqlite_master";
    let probed: sqlx::Result<i64> = sqlx::query_scalar(probe).fetch_one(&mut *writer).await;
    probed.map_err(not_probed)?;
    let version = migrations::version(writer).await.map_err(failed)?;
    if usize::try_from(version).is_ok_and(|version| version > migrations::STEPS.len()) {
        return Err(OpenError::Newer { version });
    }
    let settings = "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
    sqlx::raw_sql(settings)
        .execute(&mut *writer)
        .await
        .map_err(failed)?;
    sqlx::raw_sql(WRITER)
        .execute(&mut *writer)
        .await
        .map_err(failed)?;
    migrations::migrate(writer, migrations::STEPS)
        .await
        .map_err(failed)
}

pub(super) async fn reader(path: &Path, key: &[u8; 32]) -> sqlx::Result<SqliteConnection> {
    let mut reader = connect(path, key, true).await?;
    // Eight megabytes of decrypted pages: a search reads its parts of the indexes again at each letter that is typed.
    let settings = "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; PRAGMA query_only = ON; PRAGMA cache_size = -8192;";
    sqlx::raw_sql(settings).execute(&mut reader).await?;
    Ok(reader)
}

impl SqlCipherCache {
    /// Opens the file, or makes it where there is none, and brings its schema up to date. `key` is the raw key of the
    /// cipher; the caller wipes its copy.
    pub async fn open(path: &Path, key: &[u8; 32]) -> Result<SqlCipherCache, OpenError> {
        let lock = lock(path)?;
        let writer = connect(path, key, false).await.map_err(not_probed)?;
        // From here on, a failure closes what is open.
        let mut cache = SqlCipherCache {
            readers: Readers::none(),
            writer: Mutex::new(Some(Writer::new(writer))),
            vocabulary: Vocabulary::default(),
            room: Room::beside(path),
            _lock: lock,
        };
        if let Some(writer) = cache.writer.get_mut() {
            prepare(&mut writer.db).await?;
        }
        for _ in 0..READERS {
            cache.readers.add(reader(path, key).await.map_err(failed)?);
        }
        Ok(cache)
    }

    /// Waits for operations in progress, and checkpoints the write-ahead log. Later operations fail.
    pub async fn close(&self) -> Result<(), sqlx::Error> {
        let readers = self.readers.close().await;
        let writer = self.writer.lock().await.take().map(|writer| writer.db);
        sqlite::close(readers.into_iter().chain(writer)).await
    }
}

/// Waits for SQLite to be done with the file, a matter of milliseconds, where nobody called [`SqlCipherCache::close`].
/// Else its threads would still be at it when the next one opens the file, or when the program ends.
impl Drop for SqlCipherCache {
    fn drop(&mut self) {
        let readers = self.readers.take_all();
        let writer = self.writer.get_mut().take().map(|writer| writer.db);
        // Drop cannot report a failure, and the next start reads the write-ahead log.
        drop(sqlite::close_now(readers.into_iter().chain(writer)));
    }
}
