//! The different words of the texts that search reaches (L4).
//!
//! An index of words does not know which words have `ontsteking` in them. A list of all of them does: a million messages
//! have some hundred thousand, which are read through in less than a millisecond. It is a table of the file, kept in the transactions of
//! the index, and once it is asked for, a copy in memory. That copy may have more words, of texts that were deleted
//! since or never committed: they find nothing.

use std::sync::{PoisonError, RwLock};

use memchr::memchr;
use memchr::memmem::Finder;
use sqlx::SqliteConnection;

use super::row_reader::json;
use crate::cache::CacheError;

/// The character between words: no word has it.
const END: u8 = b'\n';
/// Letters from here on are not asked for by name: SQLite's table of letters is older than that of [`matching`].
const NEW_LETTERS: char = '\u{500}';

/// The copy in memory: [`END`], and each word with one behind it. Empty until it is read.
#[derive(Default)]
pub(super) struct Vocabulary(RwLock<String>);

impl Vocabulary {
    /// Reads the table, on the connection that writes: nothing is added meanwhile.
    pub(super) async fn know(&self, writer: &mut SqliteConnection) -> Result<(), CacheError> {
        if self.is_known() {
            return Ok(());
        }
        let all = "SELECT char(10) || coalesce(group_concat(word, char(10)) || char(10), '') FROM vocabulary";
        let all: String = sqlx::query_scalar(all).fetch_one(writer).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    pub(super) fn is_known(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Adds the words of texts that are being indexed, to the table and, before they are committed, to the copy.
    pub(super) async fn add(&self, db: &mut SqliteConnection, words: &[String]) -> Result<(), CacheError> {
        let added = sqlx::query_scalar(
            "INSERT OR IGNORE INTO vocabulary (word) SELECT value FROM json_each(?) RETURNING word",
        );
        let added: Vec<String> = added.bind(json(words)?).fetch_all(db).await?;
        let mut copy = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !copy.is_empty() {
            for word in added {
                copy.push_str(&word);
                copy.push(char::from(END));
            }
        }
        Ok(())
    }

    pub(super) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The words that have these letters; `None` if there are more, or one that the index may read otherwise.
    pub(super) fn with(&self, letters: &str, most: usize) -> Option<Vec<String>> {
        let copy = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (all, finder) = (copy.as_bytes(), Finder::new(letters));
        let (mut words, mut from) = (Vec::new(), 0);
        while let Some(at) = all.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            let begin = all[..at]
                .iter()
                .rposition(|byte| *byte == END)
                .map_or(0, |end| end + 1);
            let end = memchr(END, &all[at..]).map_or(all.len(), |end| at + end);
            let word = copy.get(begin..end)?;
            if words.len() == most || word.chars().any(|letter| letter >= NEW_LETTERS) {
                return None;
            }
            words.push(word.to_owned());
            from = end;
        }
        Some(words)
    }
}

/// Takes those of these words out of the table that no indexed text has any more.
pub(super) async fn drop_unused(db: &mut SqliteConnection, words: &[String]) -> Result<(), CacheError> {
    let unused = sqlx::query(
        "DELETE FROM vocabulary WHERE word IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM words WHERE words MATCH 'body : \"' || word || '\"')",
    );
    unused.bind(json(words)?).execute(db).await?;
    Ok(())
}
