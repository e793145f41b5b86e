//! A list of changes as one transaction.
//!
//! Entries are collected and written together: to wait with them changes nothing until a change asks what there is.
//! The short names of all conversations in the list are looked up once, at the start. Statements whose answer nobody needs
//! wait for the next one that has an answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use conversation::{ConversationId, Seq};
use sqlx::SqliteConnection;

use super::row_reader::{RowReader, bytes, json};
use super::statements::{BEGIN, COMMIT, Statements};
use super::vocabulary::Vocabulary;
use super::{conversations, entries, files, known, outgoing, words};
use crate::cache::file_rows::listed;
use crate::cache::{BeforeChange, CacheError, Change, Entry};

/// The one connection that writes.
///
/// Its transactions are begun and ended in plain SQL. On a full disk SQLite ends one by itself, while sqlx
/// 0.9 still believes its own is open: it would refuse every later one until the program restarts.
pub(super) struct Writer {
    pub(super) db: SqliteConnection,
    /// Set while a transaction may be open, because a cancelled future can leave one behind.
    open: bool,
    durability: Durability,
    /// Whether something was written that is not in the file itself.
    in_log: bool,
    /// Whether the indexes may have something to be merged.
    to_merge: bool,
}

/// The writes that a loss of power may undo.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// Nothing: what a person wrote exists nowhere else.
    Full,
    /// The last moments, as a whole and in order: the device asks the server again from its last stored
    /// position.
    Later,
}

impl Writer {
    /// `db` as it was prepared.
    pub(super) fn new(db: SqliteConnection) -> Writer {
        Writer {
            db,
            open: false,
            durability: Durability::Full,
            in_log: false,
            to_merge: true,
        }
    }

    pub(super) async fn write(&mut self, changes: Vec<Change>) -> Result<(), CacheError> {
        let from_server = changes.iter().all(is_from_server);
        let durability = if from_server {
            Durability::Later
        } else {
            Durability::Full
        };
        (self.in_log, self.to_merge) = (true, true);
        let written = write(self.prepare(durability).await?, changes).await;
        self.end(written).await
    }

    /// A conversation as the last write left it.
    pub(super) async fn before_change(&mut self, id: ConversationId) -> Result<BeforeChange, CacheError> {
        self.roll_back().await;
        let mut waiting = Statements::default();
        waiting.add(conversations::BEFORE_CHANGE).bind(bytes(&id))?;
        waiting.add(outgoing::OUTBOX_IN).bind(bytes(&id))?;
        let rows = waiting.run(&mut self.db).await?;
        let Some((first, outbox)) = rows.split_first() else {
            return Ok(BeforeChange::default());
        };
        Ok(BeforeChange {
            held: conversations::before_change(first)?,
            outbox: outgoing::rows(outbox)?,
        })
    }

    /// Checkpoints the write-ahead log once nothing is left to index.
    pub(super) async fn index(&mut self, most: u32, vocabulary: &Vocabulary) -> Result<u32, CacheError> {
        let indexed = words::index(self.prepare(Durability::Later).await?, most, vocabulary).await;
        let left = self.end(indexed).await?;
        self.to_merge |= left > 0;
        if left == 0 && std::mem::take(&mut self.in_log) {
            sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)")
                .execute(&mut self.db)
                .await?;
        }
        Ok(left)
    }

    /// Reads the words that are committed: those of a writer that was cancelled are rolled back first.
    pub(super) async fn know(&mut self, vocabulary: &Vocabulary) -> Result<(), CacheError> {
        self.roll_back().await;
        vocabulary.know(&mut self.db).await
    }

    /// One step, of some milliseconds; whether there are more.
    pub(super) async fn merge(&mut self) -> Result<bool, CacheError> {
        if !self.to_merge {
            return Ok(false);
        }
        let merged = words::merge(self.prepare(Durability::Later).await?).await;
        self.to_merge = self.end(merged).await?;
        self.in_log = true;
        Ok(self.to_merge)
    }

    /// After a transaction that was committed, or else is rolled back, as `done` says.
    async fn end<T>(&mut self, done: Result<T, CacheError>) -> Result<T, CacheError> {
        if done.is_ok() {
            self.open = false;
        } else {
            self.roll_back().await;
        }
        done
    }

    /// The connection, for one transaction that begins with [`BEGIN`] and ends with [`COMMIT`].
    async fn prepare(&mut self, durability: Durability) -> Result<&mut SqliteConnection, CacheError> {
        self.roll_back().await;
        self.make(durability).await?;
        // Set before it begins: a future that is cancelled meanwhile may have begun the transaction.
        self.open = true;
        Ok(&mut self.db)
    }

    async fn roll_back(&mut self) {
        if self.open {
            // SQLite refuses where none stands: it was never begun, or SQLite has ended it by itself.
            let _ended = sqlx::query("ROLLBACK").execute(&mut self.db).await;
            self.open = false;
        }
    }

    async fn make(&mut self, durability: Durability) -> Result<(), CacheError> {
        if self.durability != durability {
            let setting = match durability {
                Durability::Full => "PRAGMA synchronous = FULL",
                Durability::Later => "PRAGMA synchronous = NORMAL",
            };
            sqlx::raw_sql(setting).execute(&mut self.db).await?;
            self.durability = durability;
        }
        Ok(())
    }
}

/// Whether a change repeats what the server would send again. Leaving the outbox does not count: it may be a
/// withdrawal by the user.
fn is_from_server(change: &Change) -> bool {
    matches!(
        change,
        Change::PutConversation(_)
            | Change::PutEntry(..)
            | Change::PutSegments(..)
            | Change::Recount { .. }
            | Change::PutCards(_)
    )
}

struct Writing<'a> {
    db: &'a mut SqliteConnection,
    waiting: Statements,
    /// The short names of conversations; one that is missing has none.
    names: HashMap<ConversationId, i64>,
    /// Entries put and not written yet; of two at a number the later one.
    unwritten: BTreeMap<ConversationId, BTreeMap<Seq, Entry>>,
}

async fn write(db: &mut SqliteConnection, changes: Vec<Change>) -> Result<(), CacheError> {
    let mut waiting = Statements::default();
    waiting.add(BEGIN);
    let names = names(db, &mut waiting, &changes).await?;
    let mut writing = Writing {
        db,
        waiting,
        names,
        unwritten: BTreeMap::new(),
    };
    // A row that is put takes its segments along.
    let puts: HashMap<ConversationId, usize> = (0..)
        .zip(&changes)
        .filter_map(|(place, change)| match change {
            Change::PutConversation(row) => Some((row.id, place)),
            _ => None,
        })
        .collect();
    for (place, change) in changes.into_iter().enumerate() {
        match change {
            Change::PutSegments(id, segments) => {
                let name = writing.name(id).await?;
                let row_follows = puts.get(&id).is_some_and(|put| *put > place);
                conversations::put_segments(&mut writing.waiting, name, &segments, row_follows)?;
            }
            change => writing.change(change).await?,
        }
        writing.waiting.run_if_full(writing.db).await?;
    }
    writing.flush().await?;
    writing.waiting.add(COMMIT);
    writing.direct().await?;
    Ok(())
}

async fn names(
    db: &mut SqliteConnection,
    waiting: &mut Statements,
    changes: &[Change],
) -> Result<HashMap<ConversationId, i64>, CacheError> {
    let of = |change: &Change| match change {
        Change::PutConversation(row) => Some(row.id),
        Change::DropConversation(id)
        | Change::PutEntry(id, _)
        | Change::DropEntries(id, _)
        | Change::PutSegments(id, _)
        | Change::Recount { conversation: id, .. } => Some(*id),
        _ => None,
    };
    let ids: BTreeSet<ConversationId> = changes.iter().filter_map(of).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let hex: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    waiting
        .add("SELECT id, conversation FROM held WHERE id IN (SELECT unhex(value) FROM json_each(?))")
        .bind(json(&hex)?)?;
    let rows = waiting.run(db).await?;
    let name = |row| {
        let columns = RowReader { table: "held", row };
        Ok((ConversationId(columns.uuid("id")?), columns.get("conversation")?))
    };
    rows.iter().map(name).collect()
}

impl Writing<'_> {
    /// The connection, once what waits is written.
    async fn direct(&mut self) -> Result<&mut SqliteConnection, CacheError> {
        self.waiting.run(self.db).await?;
        Ok(self.db)
    }

    async fn name(&mut self, id: ConversationId) -> Result<i64, CacheError> {
        if let Some(name) = self.names.get(&id) {
            return Ok(*name);
        }
        let name = conversations::hold(self.direct().await?, id).await?;
        self.names.insert(id, name);
        Ok(name)
    }

    async fn flush(&mut self) -> Result<(), CacheError> {
        let mut runs = BTreeMap::new();
        let (mut ids, mut files) = (HashMap::new(), Vec::new());
        for (id, unwritten) in std::mem::take(&mut self.unwritten) {
            files.extend(unwritten.values().flat_map(|entry| listed(id, entry)));
            let name = self.name(id).await?;
            ids.insert(name, id);
            runs.insert(name, unwritten);
        }
        let stood = entries::put(self.db, &mut self.waiting, &runs).await?;
        for (name, numbers) in stood {
            if let Some(id) = ids.get(&name) {
                files::drop_unlisted(self.direct().await?, *id, &numbers, &files).await?;
            }
        }
        if !files.is_empty() {
            files::put_listed(self.direct().await?, files).await?;
        }
        Ok(())
    }

    async fn change(&mut self, change: Change) -> Result<(), CacheError> {
        match change {
            Change::PutConversation(row) => {
                let name = self.name(row.id).await?;
                conversations::put(&mut self.waiting, name, *row)
            }
            Change::DropConversation(id) => {
                self.flush().await?;
                files::drop_range(self.direct().await?, id, None).await?;
                let Some(name) = self.names.remove(&id) else {
                    return Ok(());
                };
                let db = self.direct().await?;
                entries::drop_range(db, name, None).await?;
                conversations::remove(db, name).await
            }
            Change::PutEntry(id, entry) => {
                self.unwritten.entry(id).or_default().insert(entry.number, *entry);
                Ok(())
            }
            Change::DropEntries(id, range) => {
                self.flush().await?;
                files::drop_range(self.direct().await?, id, Some(range)).await?;
                match self.names.get(&id).copied() {
                    Some(name) => entries::drop_range(self.direct().await?, name, Some(range)).await,
                    None => Ok(()),
                }
            }
            // Written by the caller, who knows what follows.
            Change::PutSegments(..) => Ok(()),
            Change::Recount { conversation, own } => {
                self.flush().await?;
                match self.names.get(&conversation).copied() {
                    Some(name) => conversations::recount(self.direct().await?, name, &own).await,
                    None => Ok(()),
                }
            }
            Change::PutCards(cards) => known::put_cards(self.direct().await?, &cards).await,
            Change::PutTeams(teams) => known::put_teams(self.direct().await?, &teams).await,
            Change::PutOutbox(row) => outgoing::put_outbox(self.direct().await?, &row).await,
            Change::DropOutbox(order) => outgoing::drop_outbox(self.direct().await?, order).await,
            Change::PutDraft(draft) => outgoing::put_draft(self.direct().await?, &draft).await,
            Change::DropDraft(id) => outgoing::drop_draft(self.direct().await?, id).await,
            Change::PutRecovered(row) => outgoing::put_recovered(self.direct().await?, &row).await,
            Change::DropRecovered(id) => outgoing::drop_recovered(self.direct().await?, id).await,
            Change::PutFile(row) => {
                self.flush().await?;
                files::put(self.direct().await?, &row).await
            }
            Change::DropFile(id) => {
                self.flush().await?;
                files::remove(self.direct().await?, id).await
            }
            Change::PutUpload(row) => files::put_upload(self.direct().await?, &row).await,
            Change::DropUpload(id) => files::drop_upload(self.direct().await?, id).await,
            Change::Rename { from, to } => {
                self.flush().await?;
                let db = self.direct().await?;
                files::rename(db, from, to).await?;
                outgoing::rename(db, from, to).await
            }
            Change::PutMeta(key, value) => known::put_meta(self.direct().await?, key, &value).await,
            Change::DropMeta(key) => known::drop_meta(self.direct().await?, key).await,
            Change::Clear => self.clear().await,
        }
    }

    async fn clear(&mut self) -> Result<(), CacheError> {
        self.unwritten.clear();
        self.names.clear();
        let db = self.direct().await?;
        // The keys of files go first.
        for statement in ["DELETE FROM files", "DELETE FROM uploads"] {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        words::clear(db).await?;
        for statement in [
            "DELETE FROM entries",
            "DELETE FROM conversations",
            "DELETE FROM held",
            "DELETE FROM aliases",
            "DELETE FROM cards",
            "DELETE FROM teams",
            "DELETE FROM outbox",
            "DELETE FROM drafts",
            "DELETE FROM meta",
        ] {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        Ok(())
    }
}
