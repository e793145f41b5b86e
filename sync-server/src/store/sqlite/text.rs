//! Between rows and types.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use conversation::Seq;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use trail::{Digest, Salt};
use uuid::Uuid;

use crate::store::StoreError;

/// `?` for one value, `(?, ?, ...)` for each row of several, divided by commas; nothing else is ever put into a text.
pub(super) fn groups(rows: usize, columns: usize) -> String {
    let mut one = String::from("(");
    for column in 0..columns {
        one.push_str(if column == 0 { "?" } else { ", ?" });
    }
    one.push(')');
    let mut all = String::with_capacity(rows * (one.len() + 2));
    for row in 0..rows {
        if row > 0 {
            all.push_str(", ");
        }
        all.push_str(&one);
    }
    all
}

/// A statement whose `{}` are groups of placeholders; each size of set is made once.
pub(super) fn over_rows(template: &'static str, rows: usize, columns: usize) -> AssertSqlSafe<Arc<str>> {
    static MADE: RwLock<BTreeMap<(&str, usize), Arc<str>>> = RwLock::new(BTreeMap::new());
    let made = MADE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = made.get(&(template, rows)) {
        return AssertSqlSafe(Arc::clone(text));
    }
    drop(made);
    let text: Arc<str> = template.replace("{}", &groups(rows, columns)).into();
    let mut made = MADE.write().unwrap_or_else(PoisonError::into_inner);
    made.insert((template, rows), Arc::clone(&text));
    AssertSqlSafe(text)
}

/// Reads columns of one table, naming table and column where one is broken.
pub(super) struct Columns<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a SqliteRow,
}

impl Columns<'_> {
    fn broken(&self, column: &'static str) -> StoreError {
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

    pub(super) fn truth(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
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

/// As SQLite keeps it; all of ours stay far below 2^63.
pub(super) fn int(natural: u64) -> i64 {
    i64::try_from(natural).unwrap_or(i64::MAX)
}

pub(super) fn blob(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}
