//! Statements that are handed over together.
//!
//! sqlx runs each connection on a thread of its own: to hand a query over and its answer back costs two switches between
//! threads. Several statements can be one query: a single message is written in three of them.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use crate::cache::CacheError;

/// The first and the last statement of a transaction, handed over with others.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";

/// Statements in one query. Few, so that the same ones come again and are found prepared.
const TOGETHER: usize = 16;

/// Statements that wait, in order. Their parameters are plain `?`, since sqlx counts numbered ones from the first statement.
#[derive(Default)]
pub(super) struct Statements {
    text: String,
    arguments: SqliteArguments,
    count: usize,
    /// Not to be kept prepared.
    rare: bool,
}

impl Statements {
    /// Adds a statement; its values follow by [`Statements::bind`], as many as it has parameters.
    pub(super) fn add(&mut self, statement: &str) -> &mut Statements {
        if self.count > 0 {
            self.text.push(';');
        }
        self.text.push_str(statement);
        self.count += 1;
        self
    }

    /// Adds a statement whose text seldom comes again: kept prepared it would take memory for nothing.
    pub(super) fn add_rare(&mut self, statement: &str) -> &mut Statements {
        self.rare = true;
        self.add(statement)
    }

    pub(super) fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(
        &mut self,
        value: T,
    ) -> Result<&mut Statements, CacheError> {
        let added = self.arguments.add(value);
        added.map_err(|error| CacheError::from(sqlx::Error::Encode(error)))?;
        Ok(self)
    }

    /// Runs them if so many wait that no more should be added.
    pub(super) async fn run_if_full(&mut self, db: &mut SqliteConnection) -> Result<(), CacheError> {
        if self.count >= TOGETHER {
            self.run(db).await?;
        }
        Ok(())
    }

    /// Runs those that wait; the rows of all of them. After one that fails none runs.
    pub(super) async fn run(&mut self, db: &mut SqliteConnection) -> Result<Vec<SqliteRow>, CacheError> {
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let Statements {
            text,
            arguments,
            rare,
            ..
        } = std::mem::take(self);
        // Constants of this crate, and placeholders.
        let query = sqlx::query_with(AssertSqlSafe(text), arguments).persistent(!rare);
        Ok(query.fetch_all(db).await?)
    }
}
