//! The entries of conversations: how a run of them is written in few statements, and how a screen is read.
//!
//! A statement costs some 60 microseconds however little it does, so rows go in by the hundred.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use conversation::{
    ConversationId, Header, Kind, MembershipId, MessageId, MessageText, Seq, SeqRange, Timestamp, Urgency,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::row_reader::{RowReader, bound, bytes, hex, json, stored};
use super::statements::Statements;
use super::{files, words};
use crate::cache::{CacheError, Entry, Slice, UnreadUrgent};

/// Rows in one statement.
const CHUNK: usize = 100;
const TABLE: &str = "entries";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, sender, at, message, reply_to, written_at, kind, body, mentions, edited, deleted,
               attachments, urgent
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
pub(super) const MENTIONED: &str =
    "SELECT id, max(number) AS number FROM entries JOIN held USING (conversation)
    WHERE mentions IS NOT NULL
    AND EXISTS (SELECT 1 FROM json_each(mentions) WHERE value IN (SELECT value FROM json_each(?)))
    GROUP BY conversation";
pub(super) const ATTACHED: &str = select!(
    "AND number < ?2 AND attachments IS NOT NULL AND message IS NOT NULL ORDER BY number DESC LIMIT ?3"
);
pub(super) const UNREAD_URGENT: &str =
    "SELECT conversations.id, number, at FROM conversations CROSS JOIN entries USING (conversation)
    WHERE conversations.archived = 0 AND conversations.unread > 0 AND urgent IS NOT NULL AND message IS NOT NULL
    AND deleted = 0 AND number > conversations.read AND sender NOT IN (SELECT unhex(value) FROM json_each(?1))
    ORDER BY at DESC, number DESC, conversations.id DESC LIMIT ?2";
pub(super) const FIRST_UNREAD: &str = "SELECT number FROM entries
    WHERE conversation = (SELECT conversation FROM held WHERE id = ?1) AND is_message = 1 AND deleted = 0 AND number > ?2
    AND sender NOT IN (SELECT unhex(value) FROM json_each(?3)) ORDER BY number LIMIT 1";
/// The bounds that decide where runs go: the ends of the entries of each conversation, and of all rows.
pub(super) const ENDS: &str = "SELECT value AS conversation,
    (SELECT min(number) FROM entries WHERE conversation = value) AS first,
    (SELECT max(number) FROM entries WHERE conversation = value) AS last,
    (SELECT min(rid) FROM entries) AS low,
    (SELECT max(rid) FROM entries) AS high
    FROM json_each(?)";

pub(super) fn entry(row: &SqliteRow) -> Result<Entry, CacheError> {
    let columns = RowReader { table: TABLE, row };
    let reason: Option<String> = columns.get("urgent")?;
    let kind = match columns.maybe_uuid("message")? {
        Some(message) => Kind::Posted {
            message: MessageId(message),
            reply_to: columns.maybe_number("reply_to")?,
            written_at: columns.get::<Option<i64>>("written_at")?.map(Timestamp),
            urgent: reason.is_some(),
        },
        None => columns.json("kind")?,
    };
    Ok(Entry {
        number: columns.number("number")?,
        header: Header {
            by: MembershipId(columns.uuid("sender")?),
            at: Timestamp(columns.get("at")?),
            kind,
        },
        text: text(row)?,
        attachments: files::attachments(row)?,
        urgency: reason
            .filter(|reason| !reason.is_empty())
            .map(|reason| Urgency { reason }),
        edited: columns.get("edited")?,
        deleted: columns.get("deleted")?,
    })
}

/// The text that stands, if there is one.
pub(super) fn text(row: &SqliteRow) -> Result<Option<MessageText>, CacheError> {
    let columns = RowReader { table: TABLE, row };
    let Some(body) = columns.get("body")? else {
        return Ok(None);
    };
    let mentions = match columns.get::<Option<&str>>("mentions")? {
        Some(_) => columns.json("mentions")?,
        None => Vec::new(),
    };
    Ok(Some(MessageText { body, mentions }))
}

/// Puts entries, by the short names of their conversations. A row that was there keeps its place in the order of time.
/// Statements that wait run first; the last of the entries may wait afterwards. Answers with the places at which others
/// stood before, by the short names.
pub(super) async fn put(
    db: &mut SqliteConnection,
    waiting: &mut Statements,
    runs: &BTreeMap<i64, BTreeMap<Seq, Entry>>,
) -> Result<BTreeMap<i64, Vec<Seq>>, CacheError> {
    let mut stood = BTreeMap::new();
    if runs.is_empty() {
        return Ok(stood);
    }
    let names: Vec<i64> = runs.keys().copied().collect();
    waiting.add(ENDS).bind(json(&names)?)?;
    let ends = waiting.run(db).await?;
    let (mut low, mut high) = (0, 0);
    let mut rows = Vec::with_capacity(runs.values().map(BTreeMap::len).sum());
    let (mut older, mut newer) = (Vec::new(), Vec::new());
    for row in &ends {
        let ends = RowReader { table: TABLE, row };
        low = ends.get::<Option<i64>>("low")?.unwrap_or_default().min(0);
        high = ends.get::<Option<i64>>("high")?.unwrap_or_default().max(0);
        let conversation: i64 = ends.get("conversation")?;
        let Some(run) = runs.get(&conversation) else {
            continue;
        };
        let held = ends.maybe_number("first")?.zip(ends.maybe_number("last")?);
        let replaced = match held {
            Some((first, last)) => replace(db, conversation, run.range(first..=last)).await?,
            None => HashMap::new(),
        };
        if !replaced.is_empty() {
            stood.insert(conversation, replaced.keys().copied().collect());
        }
        // The order of a conversation goes before that of clocks.
        let mut at = Timestamp(i64::MIN);
        for (number, entry) in run {
            at = at.max(entry.header.at);
            if let Some(rid) = replaced.get(number) {
                rows.push((*rid, conversation, entry));
            } else if held.is_some_and(|(first, _)| *number < first) {
                older.push((at, conversation, entry));
            } else {
                newer.push((at, conversation, entry));
            }
        }
    }
    for some in [&mut older, &mut newer] {
        some.sort_by_key(|(at, conversation, entry)| (*at, *conversation, entry.number));
    }
    let below = low - i64::try_from(older.len()).unwrap_or(i64::MAX);
    for (from, some) in [(below, older), (high + 1, newer)] {
        rows.extend(
            (from..)
                .zip(some)
                .map(|(rid, (_, conversation, entry))| (rid, conversation, entry)),
        );
    }
    rows.sort_by_key(|(rid, _, _)| *rid);
    for chunk in rows.chunks(CHUNK) {
        insert(waiting, chunk)?;
        if chunk.len() > 1 {
            waiting.run(db).await?;
        }
    }
    let searched: Vec<i64> = rows
        .iter()
        .filter(|(_, _, entry)| entry.header.kind.is_message() && entry.text.is_some())
        .map(|(rid, _, _)| *rid)
        .collect();
    words::mark(waiting, &searched)?;
    Ok(stood)
}

/// Takes out the rows that stand where these entries go; their rids, by number.
async fn replace(
    db: &mut SqliteConnection,
    conversation: i64,
    entries: impl Iterator<Item = (&Seq, &Entry)>,
) -> Result<HashMap<Seq, i64>, CacheError> {
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
        let columns = RowReader { table: TABLE, row };
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

/// One statement; that of a whole chunk, and that of one row, are made once and kept ready.
fn insert(waiting: &mut Statements, rows: &[(i64, i64, &Entry)]) -> Result<(), CacheError> {
    static WHOLE: LazyLock<String> = LazyLock::new(|| insert_of(CHUNK));
    static ONE_ROW: LazyLock<String> = LazyLock::new(|| insert_of(1));
    match rows.len() {
        CHUNK => waiting.add(&WHOLE),
        1 => waiting.add(&ONE_ROW),
        other => waiting.add_rare(&insert_of(other)),
    };
    for (rid, conversation, entry) in rows {
        let (message, reply_to, written_at, kind) = match &entry.header.kind {
            Kind::Posted {
                message,
                reply_to,
                written_at,
                urgent: _,
            } => (Some(&message.as_bytes()[..]), *reply_to, *written_at, None),
            other => (None, None, None, Some(json(other)?)),
        };
        let mentions = entry.text.as_ref().map(|text| &text.mentions);
        let mentions = mentions.filter(|mentions| !mentions.is_empty());
        let attachments = Some(&entry.attachments).filter(|attachments| !attachments.is_empty());
        // Empty where the reason is not known: it tells that the message is urgent.
        let reason = entry.urgency.as_ref().map(|urgency| urgency.reason.as_str());
        let reason = reason.or(entry.header.kind.is_urgent().then_some(""));
        let maybe = |number: Option<Seq>| number.map(|number| stored(number.0)).transpose();
        waiting
            .bind(*rid)?
            .bind(*conversation)?
            .bind(stored(entry.number.0)?)?
            .bind(&entry.header.by.as_bytes()[..])?
            .bind(entry.header.at.0)?
            .bind(message)?
            .bind(entry.header.kind.is_message())?
            .bind(maybe(reply_to)?)?
            .bind(written_at.map(|at| at.0))?
            .bind(kind)?
            .bind(maybe(entry.header.kind.target())?)?
            .bind(entry.text.as_ref().map(|text| text.body.as_str()))?
            .bind(mentions.map(json).transpose()?)?
            .bind(entry.edited)?
            .bind(entry.deleted)?
            .bind(attachments.map(json).transpose()?)?
            .bind(reason)?;
    }
    Ok(())
}

fn insert_of(rows: usize) -> String {
    const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let mut text = String::from(
        "INSERT INTO entries (rid, conversation, number, sender, at, message, is_message, reply_to, written_at,
         kind, target, body, mentions, edited, deleted, attachments, urgent) VALUES ",
    );
    for row in 0..rows {
        if row > 0 {
            text.push(',');
        }
        text.push_str(ROW);
    }
    text
}

/// All that there are where `range` is none.
pub(super) async fn drop_range(
    db: &mut SqliteConnection,
    conversation: i64,
    range: Option<SeqRange>,
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
    number: Seq,
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
    targets: SeqRange,
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
    slice: Slice,
) -> Result<Vec<Entry>, CacheError> {
    let mut rows = sqlx::query(if slice.newest { NEWEST } else { OLDEST })
        .bind(bytes(&conversation))
        .bind(bound(slice.range.from))
        .bind(bound(slice.range.to))
        .bind(slice.limit)
        .fetch_all(db)
        .await?;
    if slice.newest {
        rows.reverse();
    }
    rows.iter().map(entry).collect()
}

/// The messages before a place that list files, the newest first.
pub(super) async fn attached(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    before: Seq,
    limit: u32,
) -> Result<Vec<Entry>, CacheError> {
    let query = sqlx::query(ATTACHED)
        .bind(bytes(&conversation))
        .bind(bound(before))
        .bind(limit);
    query.fetch_all(db).await?.iter().map(entry).collect()
}

/// The unread urgent messages but for those of `own`, the newest first.
pub(super) async fn unread_urgent(
    db: &mut SqliteConnection,
    own: &[MembershipId],
    most: u32,
) -> Result<Vec<UnreadUrgent>, CacheError> {
    let query = sqlx::query(UNREAD_URGENT).bind(hex(own)?).bind(most);
    let found = query.fetch_all(db).await?;
    let urgent = |row: &SqliteRow| {
        let columns = RowReader { table: TABLE, row };
        Ok(UnreadUrgent {
            conversation: ConversationId(columns.uuid("id")?),
            number: columns.number("number")?,
            at: Timestamp(columns.get("at")?),
        })
    };
    found.iter().map(urgent).collect()
}

/// Of each conversation in which one of these is mentioned, the last message that does.
pub(super) async fn mentioned(
    db: &mut SqliteConnection,
    own: &[MembershipId],
) -> Result<Vec<(ConversationId, Seq)>, CacheError> {
    let rows = sqlx::query(MENTIONED).bind(json(&own)?).fetch_all(db).await?;
    let read = |row: &SqliteRow| {
        let columns = RowReader {
            table: "entries",
            row,
        };
        Ok((ConversationId(columns.uuid("id")?), columns.number("number")?))
    };
    rows.iter().map(read).collect()
}

pub(super) async fn first_unread(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    read: Seq,
    own: &[MembershipId],
) -> Result<Option<Seq>, CacheError> {
    let query = sqlx::query(FIRST_UNREAD)
        .bind(bytes(&conversation))
        .bind(bound(read))
        .bind(hex(own)?);
    let found = query.fetch_optional(db).await?;
    found
        .map(|row| {
            RowReader {
                table: TABLE,
                row: &row,
            }
            .number("number")
        })
        .transpose()
}
