//! Statements over sets: a fixed text, with as many groups of placeholders as the set has rows.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::AssertSqlSafe;

/// Maximum number of rows in one statement: each size is a statement of its own, and all of them stay prepared.
pub(super) const LARGEST_SET: usize = 100;

/// `?` for one value, `(?, ?, ...)` for each row of several, separated by commas; nothing else is ever inserted into a
/// text.
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

/// A statement whose `{}` are groups of placeholders; each size is built once.
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
