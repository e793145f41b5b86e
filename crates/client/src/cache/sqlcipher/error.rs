//! Errors of SQLite, as the cache's own.

use crate::cache::CacheError;

/// SQLite's primary result codes.
pub(super) mod code {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const NOT_A_DATABASE: i32 = 26;
}

/// The primary result code of an error of SQLite's.
pub(super) fn code_of(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

impl From<sqlx::Error> for CacheError {
    fn from(error: sqlx::Error) -> Self {
        match code_of(&error) {
            Some(code::FULL) => CacheError::DiskFull,
            _ => CacheError::Failed(Box::new(error)),
        }
    }
}
