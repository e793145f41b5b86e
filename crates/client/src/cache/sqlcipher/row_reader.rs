//! Conversion between a row's columns and the types of the cache.

use conversation::{ConversationId, MembershipId, Seq};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use crate::cache::CacheError;

/// A row, and the name of its table for the error when it is broken.
pub(super) struct RowReader<'r> {
    pub table: &'static str,
    pub row: &'r SqliteRow,
}

impl<'r> RowReader<'r> {
    pub fn broken(&self, column: &'static str) -> CacheError {
        CacheError::Broken {
            table: self.table,
            column,
        }
    }

    pub fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(&self, column: &'static str) -> Result<T, CacheError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub fn number(&self, column: &'static str) -> Result<Seq, CacheError> {
        self.maybe_number(column)?.ok_or_else(|| self.broken(column))
    }

    pub fn maybe_number(&self, column: &'static str) -> Result<Option<Seq>, CacheError> {
        let stored: Option<i64> = self.get(column)?;
        stored
            .map(|stored| u64::try_from(stored).map(Seq))
            .transpose()
            .map_err(|_| self.broken(column))
    }

    pub fn uuid(&self, column: &'static str) -> Result<Uuid, CacheError> {
        self.maybe_uuid(column)?.ok_or_else(|| self.broken(column))
    }

    pub fn maybe_uuid(&self, column: &'static str) -> Result<Option<Uuid>, CacheError> {
        let stored: Option<&[u8]> = self.get(column)?;
        stored
            .map(Uuid::from_slice)
            .transpose()
            .map_err(|_| self.broken(column))
    }

    pub fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, CacheError> {
        // The error of JSON would quote what stands there.
        serde_json::from_str(self.get(column)?).map_err(|_| self.broken(column))
    }
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, CacheError> {
    serde_json::to_string(value).map_err(|error| CacheError::Failed(Box::new(error)))
}

/// A number as it is stored.
pub(super) fn stored(number: u64) -> Result<i64, CacheError> {
    i64::try_from(number).map_err(|error| CacheError::Failed(Box::new(error)))
}

/// A number to compare with; beyond all that are stored where it is too large to be one.
pub(super) fn bound(number: Seq) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

/// A count as SQLite returns it.
pub(super) fn count(counted: i64) -> u32 {
    u32::try_from(counted).unwrap_or(u32::MAX)
}

pub(super) fn bytes(id: &ConversationId) -> &[u8] {
    id.as_bytes()
}

/// Memberships as a JSON list that SQL takes apart with `json_each` and `unhex`: one statement for any number.
pub(super) fn hex(members: &[MembershipId]) -> Result<String, CacheError> {
    let hex: Vec<String> = members
        .iter()
        .map(|member| member.0.simple().to_string())
        .collect();
    json(&hex)
}
