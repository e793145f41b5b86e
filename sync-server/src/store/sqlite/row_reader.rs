//! Reads columns of rows as domain types.

use conversation::Seq;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use trail::{Digest, Salt};
use uuid::Uuid;

use crate::store::integrity::SummedRow;
use crate::store::{RowKeys, StoreError};

/// Reads columns of one table; an error names table and column.
pub(super) struct RowReader<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a SqliteRow,
}

impl RowReader<'_> {
    pub(super) fn broken(&self, column: &'static str) -> StoreError {
        StoreError::Broken {
            table: self.table,
            column,
        }
    }

    pub(super) fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        let bytes: &[u8] = self.row.try_get(column).map_err(|_| self.broken(column))?;
        bytes.try_into().map_err(|_| self.broken(column))
    }

    pub(super) fn blob(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn maybe_blob(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn integer(&self, column: &'static str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn maybe_integer(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(super) fn natural(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.integer(column)?).map_err(|_| self.broken(column))
    }

    pub(super) fn boolean(&self, column: &'static str) -> Result<bool, StoreError> {
        match self.integer(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.broken(column)),
        }
    }

    pub(super) fn number(&self, column: &'static str) -> Result<Seq, StoreError> {
        self.natural(column).map(Seq)
    }

    pub(super) fn uuid(&self, column: &'static str) -> Result<Uuid, StoreError> {
        self.bytes(column).map(Uuid::from_bytes)
    }

    pub(super) fn maybe_uuid(&self, column: &'static str) -> Result<Option<Uuid>, StoreError> {
        let bytes: Option<&[u8]> = self.row.try_get(column).map_err(|_| self.broken(column))?;
        bytes
            .map(|bytes| Uuid::from_slice(bytes).map_err(|_| self.broken(column)))
            .transpose()
    }

    pub(super) fn digest(&self, column: &'static str) -> Result<Digest, StoreError> {
        self.bytes(column).map(Digest)
    }

    pub(super) fn salt(&self, column: &'static str) -> Result<Salt, StoreError> {
        self.bytes(column).map(Salt)
    }

    pub(super) fn version(&self) -> Result<u8, StoreError> {
        u8::try_from(self.integer("version")?).map_err(|_| self.broken("version"))
    }

    pub(super) fn year(&self) -> Result<i32, StoreError> {
        i32::try_from(self.integer("year")?).map_err(|_| self.broken("year"))
    }
}

impl RowReader<'_> {
    /// The row, if the MAC beside it is right.
    pub(super) fn proved<R: SummedRow>(&self, keys: &dyn RowKeys, row: R) -> Result<R, StoreError> {
        if self.maybe_blob("mac")?.as_deref() == Some(&keys.mac(&row.bytes()).0[..]) {
            Ok(row)
        } else {
            Err(self.broken("mac"))
        }
    }
}

/// SQLite's integer type; all values stay far below 2^63.
pub(super) fn int(natural: u64) -> i64 {
    i64::try_from(natural).unwrap_or(i64::MAX)
}

pub(super) fn blob(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}
