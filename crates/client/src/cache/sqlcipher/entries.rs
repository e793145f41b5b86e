//! The entries of conversations: how a run of them is written in few statements, and how a screen is read.
//!
//! A statement costs some 60 microseconds however little it does, so rows go in by the hundred.

use std::collections::{BTreeMap, HashMap};

use conversation::{ConversationId, Header, Kind, MembershipId, MessageId, Number, Range, Text, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::columns::{Columns, bound, bytes, hex, json, stored};
use super::words;
use crate::cache::{CacheError, Entry, Stretch};

/// Rows in one statement.
const CHUNK: usize = 100;
const TABLE: &str = "entries";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, sender, at, message, reply_to, written_at, kind, body, mentions, edited, deleted
             FROM entries WHERE conversation = (SELECT conversation FROM held WHERE id = ?1) ",
            $rest
        )
    };
}

pub(super) const ONE: &str = select!("AND number = ?2");
pub(super) const MESSAGE: &str = select!("AND message = ?2");
pub(super) const ABOUT: &str = select!("AND target BETWEEN ?2 AND ?3 ORDER BY number");
pub(super) const OLDEST: &str =
    select!("AND number BETWEEN ?2 AND ?3 AND target IS NULL ORDER BY number LIMIT ?4");
pub(super) const NEWEST: &str =
    select!("AND number BETWEEN ?2 AND ?3 AND target IS NULL ORDER BY number DESC LIMIT ?4");
pub(super) const FIRST_UNREAD: &str = "SELECT number FROM entries
    WHERE conversation = (SELECT conversation FROM held WHERE id = ?1) AND is_message = 1 AND number > ?2
    AND sender NOT IN (SELECT unhex(value) FROM json_each(?3)) ORDER BY number LIMIT 1";
/// Where a run goes: the ends of what is held of the conversation, and of all rows.
pub(super) const ENDS: &str = "SELECT
    (SELECT min(number) FROM entries WHERE conversation = ?1) AS first,
    (SELECT max(number) FROM entries WHERE conversation = ?1) AS last,
    coalesce((SELECT min(rid) FROM entries), 0) AS low,
    coalesce((SELECT max(rid) FROM entries), 0) AS high";

fn entry(row: &SqliteRow) -> Result<Entry, CacheError> {
    let columns = Columns { table: TABLE, row };
    let kind = match columns.maybe_uuid("message")? {
        Some(message) => Kind::Posted {
            message: MessageId(message),
            reply_to: columns.maybe_number("reply_to")?,
            written_at: columns.get::<Option<i64>>("written_at")?.map(Timestamp),
        },
        None => columns.json("kind")?,
    };
    let text = match columns.get::<Option<String>>("body")? {
        None => None,
        Some(body) => Some(Text {
            body,
            mentions: match columns.get::<Option<&str>>("mentions")? {
                Some(_) => columns.json("mentions")?,
                None => Vec::new(),
            },
        }),
    };
    Ok(Entry {
        number: columns.number("number")?,
        header: Header {
            by: MembershipId(columns.uuid("sender")?),
            at: Timestamp(columns.get("at")?),
            kind,
        },
        text,
        edited: columns.get("edited")?,
        deleted: columns.get("deleted")?,
    })
}

/// Puts entries of one conversation, ascending. A row that was there keeps its place in the order of time.
pub(super) async fn put(
    db: &mut SqliteConnection,
    conversation: i64,
    entries: &BTreeMap<Number, Entry>,
) -> Result<(), CacheError> {
    let ends = sqlx::query(ENDS).bind(conversation).fetch_one(&mut *db).await?;
    let ends = Columns {
        table: TABLE,
        row: &ends,
    };
    let held = ends.maybe_number("first")?.zip(ends.maybe_number("last")?);
    let replaced = match held {
        Some((first, last)) => replace(db, conversation, entries.range(first..=last)).await?,
        None => HashMap::new(),
    };
    let mut low: i64 = ends.get("low")?;
    let mut high: i64 = ends.get("high")?;
    let older = |number: &Number| held.is_some_and(|(first, _)| *number < first);
    // The oldest of those that go below is the lowest.
    low =
        low.min(0) - i64::try_from(entries.keys().filter(|number| older(number)).count()).unwrap_or(i64::MAX);
    high = high.max(0);
    let mut rows = Vec::with_capacity(entries.len());
    for (number, entry) in entries {
        let rid = match replaced.get(number) {
            Some(rid) => *rid,
            None if older(number) => {
                low += 1;
                low - 1
            }
            None => {
                high += 1;
                high
            }
        };
        rows.push((rid, entry));
    }
    rows.sort_by_key(|(rid, _)| *rid);
    for chunk in rows.chunks(CHUNK) {
        insert(db, conversation, chunk).await?;
    }
    let searched: Vec<i64> = rows
        .iter()
        .filter(|(_, entry)| entry.header.kind.is_message() && entry.text.is_some())
        .map(|(rid, _)| *rid)
        .collect();
    words::mark(db, &searched).await
}

/// Takes out the rows that stand where these entries go; their rids, by number.
async fn replace(
    db: &mut SqliteConnection,
    conversation: i64,
    entries: impl Iterator<Item = (&Number, &Entry)>,
) -> Result<HashMap<Number, i64>, CacheError> {
    let numbers: Vec<i64> = entries.map(|(number, _)| bound(*number)).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let query = sqlx::query(
        "SELECT rid, number FROM entries
         WHERE conversation = ? AND number IN (SELECT value FROM json_each(?))",
    );
    let rows = query
        .bind(conversation)
        .bind(json(&numbers)?)
        .fetch_all(&mut *db)
        .await?;
    let mut replaced = HashMap::with_capacity(rows.len());
    for row in &rows {
        let columns = Columns { table: TABLE, row };
        replaced.insert(columns.number("number")?, columns.get::<i64>("rid")?);
    }
    let rids: Vec<i64> = replaced.values().copied().collect();
    remove(db, &rids).await?;
    Ok(replaced)
}

async fn remove(db: &mut SqliteConnection, rids: &[i64]) -> Result<(), CacheError> {
    if rids.is_empty() {
        return Ok(());
    }
    words::forget(db, rids).await?;
    sqlx::query("DELETE FROM entries WHERE rid IN (SELECT value FROM json_each(?))")
        .bind(json(rids)?)
        .execute(db)
        .await?;
    Ok(())
}

async fn insert(
    db: &mut SqliteConnection,
    conversation: i64,
    rows: &[(i64, &Entry)],
) -> Result<(), CacheError> {
    let mut ready = Vec::with_capacity(rows.len());
    for (rid, entry) in rows {
        let (kind, quoted) = match &entry.header.kind {
            Kind::Posted { reply_to, .. } => (None, *reply_to),
            other => (Some(json(other)?), None),
        };
        let quoted = quoted.map(|number| stored(number.0)).transpose()?;
        let target = entry.header.kind.target();
        let target = target.map(|number| stored(number.0)).transpose()?;
        let mentions = entry.text.as_ref().map(|text| &text.mentions);
        let mentions = mentions.filter(|mentions| !mentions.is_empty());
        let mentions = mentions.map(json).transpose()?;
        ready.push((
            rid,
            entry,
            stored(entry.number.0)?,
            kind,
            quoted,
            target,
            mentions,
        ));
    }
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
        "INSERT INTO entries (rid, conversation, number, sender, at, message, is_message, reply_to, written_at,
         kind, target, body, mentions, edited, deleted) ",
    );
    statement.push_values(
        ready,
        |mut row, (rid, entry, number, kind, quoted, target, mentions)| {
            let (message, written_at) = match &entry.header.kind {
                Kind::Posted {
                    message, written_at, ..
                } => (Some(message.as_bytes().to_vec()), *written_at),
                _ => (None, None),
            };
            row.push_bind(*rid)
                .push_bind(conversation)
                .push_bind(number)
                .push_bind(entry.header.by.as_bytes().to_vec())
                .push_bind(entry.header.at.0)
                .push_bind(message)
                .push_bind(entry.header.kind.is_message())
                .push_bind(quoted)
                .push_bind(written_at.map(|at| at.0))
                .push_bind(kind)
                .push_bind(target)
                .push_bind(entry.text.as_ref().map(|text| text.body.clone()))
                .push_bind(mentions)
                .push_bind(entry.edited)
                .push_bind(entry.deleted);
        },
    );
    // A statement of an odd length is not worth a place among those kept ready.
    let kept = rows.len() == 1 || rows.len() == CHUNK;
    statement.build().persistent(kept).execute(db).await?;
    Ok(())
}

/// All that there are where `range` is none.
pub(super) async fn drop_range(
    db: &mut SqliteConnection,
    conversation: i64,
    range: Option<Range>,
) -> Result<(), CacheError> {
    let (from, to) = range.map_or((i64::MIN, i64::MAX), |range| (bound(range.from), bound(range.to)));
    let rows = sqlx::query("SELECT rid FROM entries WHERE conversation = ? AND number BETWEEN ? AND ?")
        .bind(conversation)
        .bind(from)
        .bind(to)
        .fetch_all(&mut *db)
        .await?;
    let rids: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    remove(db, &rids).await
}

pub(super) async fn one(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    number: Number,
) -> Result<Option<Entry>, CacheError> {
    let query = sqlx::query(ONE).bind(bytes(&conversation)).bind(bound(number));
    query.fetch_optional(db).await?.as_ref().map(entry).transpose()
}

pub(super) async fn message(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    message: MessageId,
) -> Result<Option<Entry>, CacheError> {
    let query = sqlx::query(MESSAGE)
        .bind(bytes(&conversation))
        .bind(&message.as_bytes()[..]);
    query.fetch_optional(db).await?.as_ref().map(entry).transpose()
}

pub(super) async fn about(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    targets: Range,
) -> Result<Vec<Entry>, CacheError> {
    let query = sqlx::query(ABOUT)
        .bind(bytes(&conversation))
        .bind(bound(targets.from))
        .bind(bound(targets.to));
    query.fetch_all(db).await?.iter().map(entry).collect()
}

pub(super) async fn timeline(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    stretch: Stretch,
) -> Result<Vec<Entry>, CacheError> {
    let mut rows = sqlx::query(if stretch.newest { NEWEST } else { OLDEST })
        .bind(bytes(&conversation))
        .bind(bound(stretch.range.from))
        .bind(bound(stretch.range.to))
        .bind(stretch.limit)
        .fetch_all(db)
        .await?;
    if stretch.newest {
        rows.reverse();
    }
    rows.iter().map(entry).collect()
}

pub(super) async fn first_unread(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    read: Number,
    own: &[MembershipId],
) -> Result<Option<Number>, CacheError> {
    let query = sqlx::query(FIRST_UNREAD)
        .bind(bytes(&conversation))
        .bind(bound(read))
        .bind(hex(own)?);
    let found = query.fetch_optional(db).await?;
    found
        .map(|row| {
            Columns {
                table: TABLE,
                row: &row,
            }
            .number("number")
        })
        .transpose()
}
