//! Speed of a search of the file alone: the question to an index and the rows that it proposes, for the benchmarks to
//! compare with.
//!
//! The leanest way there is: one statement, the newest first, on a connection of its own with the settings of those that
//! read. Nothing is made of the rows, no text is asked whether it has what is looked for, and no name is looked up.

use std::path::Path;

use matching::InWords;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::found::{of_parts, short_names};
use super::open::{OpenError, failed, reader};
use super::row_reader::count;
use crate::cache::{CacheError, Search};

/// The rows that one index proposes.
macro_rules! newest {
    ($index:literal) => {
        concat!(
            "SELECT entries.rid, conversation, number, sender, at, entries.body FROM ",
            $index,
            " CROSS JOIN entries ON entries.rid = ",
            $index,
            ".rowid WHERE ",
            $index,
            " MATCH ?1 ORDER BY ",
            $index,
            ".rowid DESC LIMIT ?2"
        )
    };
}

const COUNTED: &str =
    "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2)";

/// The index that is asked, and for which terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareIndex {
    /// That of words, for whole words.
    Words,
    /// The same, for their beginnings.
    Beginnings,
    /// That of parts and marks.
    Parts,
}

/// A question as an index takes it.
#[derive(Clone, Debug)]
pub struct BareQuestion {
    query: &'static str,
    wanted: String,
}

/// A connection that only reads.
#[derive(Debug)]
pub struct BareSearch(SqliteConnection);

impl BareSearch {
    pub async fn open(path: &Path, key: &[u8; 32]) -> Result<BareSearch, OpenError> {
        Ok(BareSearch(reader(path, key).await.map_err(failed)?))
    }

    /// Of what is looked for: terms and conversations, and of the index of parts writers and times, too.
    pub async fn question(&mut self, search: &Search, index: BareIndex) -> Result<BareQuestion, CacheError> {
        let places = match &search.within {
            Some(within) => Some(short_names(&mut self.0, within).await?),
            None => None,
        };
        if index == BareIndex::Parts {
            let question = of_parts(search, places.as_deref(), 0, usize::MAX);
            return Ok(BareQuestion {
                query: newest!("parts"),
                wanted: question.map(|question| question.wanted).unwrap_or_default(),
            });
        }
        let star = match index {
            BareIndex::Beginnings => " *",
            BareIndex::Words | BareIndex::Parts => "",
        };
        let words = search.terms.in_words();
        let words = words.into_iter().map(|term| match term {
            InWords::Within(word) | InWords::Beside(word) | InWords::Begun(word) => {
                format!("body : \"{word}\"{star}")
            }
        });
        let names = places.iter().flatten().map(|name| format!("c : \"c{name}\""));
        let all: Vec<String> = words.chain(names).collect();
        Ok(BareQuestion {
            query: newest!("words"),
            wanted: all.join(" AND "),
        })
    }

    /// How many rows there were, of `limit` at most.
    pub async fn ask(&mut self, question: &BareQuestion, limit: u32) -> Result<usize, CacheError> {
        let query = sqlx::query(question.query).bind(&question.wanted).bind(limit);
        Ok(query.fetch_all(&mut self.0).await?.len())
    }

    /// How many the index of words has, of `limit` at most.
    pub async fn count(&mut self, question: &BareQuestion, limit: u32) -> Result<u32, CacheError> {
        let query = sqlx::query_scalar(COUNTED).bind(&question.wanted).bind(limit);
        Ok(count(query.fetch_one(&mut self.0).await?))
    }

    /// Bytes of each table and index of the file.
    pub async fn sizes(&mut self) -> Result<Vec<(String, i64)>, CacheError> {
        let query = sqlx::query("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC");
        let rows = query.fetch_all(&mut self.0).await?;
        let size = |row: &sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?));
        rows.iter().map(size).collect()
    }

    pub async fn close(self) -> Result<(), sqlx::Error> {
        self.0.close().await
    }
}
