//! The rows of conversations, their segments, and the orders they are read in.

use conversation::organisation::ItemCard;
use conversation::{ConversationId, Head, MembershipId, Pair, SeqRange, Shape, Timestamp};
use protocol::commands::Receipt;
use protocol::sync::{AccessVersion, Anchor};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use trail::Digest;

use super::row_reader::{RowReader, bytes, count, hex, json, stored};
use super::statements::Statements;
use crate::cache::{CacheError, ConversationRow, Listed, Segment};

const TABLE: &str = "conversations";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, last, read, read_sent, last_at, last_message, unread, archived_at, aside, rest FROM conversations ",
            $rest
        )
    };
}

macro_rules! listed {
    ($which:literal) => {
        concat!(
            select!("WHERE "),
            $which,
            " ORDER BY last_at DESC, id DESC LIMIT ? OFFSET ?"
        )
    };
}

macro_rules! count {
    ($which:literal) => {
        concat!("SELECT count(*) FROM conversations WHERE ", $which)
    };
}

pub(super) const ONE: &str = select!("WHERE id = ?");
pub(super) const SOME: &str = select!("WHERE id IN (SELECT unhex(value) FROM json_each(?)) ORDER BY id");
/// Exactly one row, of nothing but NULL if there is no such conversation.
pub(super) const BEFORE_CHANGE: &str = "SELECT conversations.id, last, read, read_sent, last_at, last_message, unread, \
    archived_at, aside, rest, segments FROM (SELECT ? AS asked) \
    LEFT JOIN conversations ON conversations.id = asked LEFT JOIN held ON held.id = asked";
pub(super) const ACTIVE: &str = listed!("archived = 0");
pub(super) const UNREAD: &str = listed!("archived = 0 AND unread > 0");
pub(super) const READ: &str = listed!("archived = 0 AND unread = 0");
pub(super) const ARCHIVED: &str = listed!("archived = 1");
pub(super) const UNSETTLED: &str = select!("WHERE unsettled = 1 ORDER BY last_at DESC, id DESC");
pub(super) const COUNT_ACTIVE: &str = count!("archived = 0");
pub(super) const COUNT_UNREAD: &str = count!("archived = 0 AND unread > 0");
pub(super) const COUNT_READ: &str = count!("archived = 0 AND unread = 0");
pub(super) const COUNT_ARCHIVED: &str = count!("archived = 1");
pub(super) const DIRECT: &str =
    "SELECT id FROM conversations WHERE direct_low = ? AND direct_high = ? ORDER BY id LIMIT 1";
pub(super) const RECOUNT: &str = "UPDATE conversations SET
    last_message = (SELECT max(number) FROM entries
      WHERE entries.conversation = ?1 AND is_message = 1),
    last_at = coalesce((SELECT at FROM entries
      WHERE entries.conversation = ?1 AND target IS NULL ORDER BY number DESC LIMIT 1), last_at),
    unread = (SELECT count(*) FROM entries
      WHERE entries.conversation = ?1 AND is_message = 1 AND deleted = 0 AND number > conversations.read
      AND sender NOT IN (SELECT unhex(value) FROM json_each(?2)))
    WHERE conversation = ?1";

/// Fields that no query filters or sorts by.
#[derive(Serialize, Deserialize)]
struct Rest {
    head: Head,
    last_link: Digest,
    receipt: Option<Receipt>,
    access: AccessVersion,
    visible: Vec<SeqRange>,
    open: bool,
    anchor: Anchor,
    pair: Option<Pair>,
    item: Option<ItemCard>,
    restored: bool,
    wanted: Option<SeqRange>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    muted: bool,
}

fn row(row: &SqliteRow) -> Result<ConversationRow, CacheError> {
    let columns = RowReader { table: TABLE, row };
    let rest: Rest = columns.json("rest")?;
    Ok(ConversationRow {
        id: ConversationId(columns.uuid("id")?),
        head: rest.head,
        last: columns.number("last")?,
        last_link: rest.last_link,
        receipt: rest.receipt,
        access: rest.access,
        visible: rest.visible,
        open: rest.open,
        anchor: rest.anchor,
        pair: rest.pair,
        item: rest.item,
        via_item: columns.get::<i64>("aside")? != 0,
        read: columns.number("read")?,
        read_sent: columns.number("read_sent")?,
        archived_at: columns.maybe_number("archived_at")?,
        muted: rest.muted,
        restored: rest.restored,
        wanted: rest.wanted,
        last_at: Timestamp(columns.get("last_at")?),
        last_message: columns.maybe_number("last_message")?,
        unread: count(columns.get("unread")?),
    })
}

/// The short name of a conversation, made if there is none.
pub(super) async fn hold(db: &mut SqliteConnection, id: ConversationId) -> Result<i64, CacheError> {
    let made = sqlx::query_scalar("INSERT INTO held (id, segments) VALUES (?, '[]') RETURNING conversation");
    Ok(made.bind(bytes(&id)).fetch_one(db).await?)
}

pub(super) fn put(
    waiting: &mut Statements,
    conversation: i64,
    row: ConversationRow,
) -> Result<(), CacheError> {
    let direct = row
        .pair()
        .filter(|_| row.head.shape == Shape::Direct && row.head.subject.is_none());
    let maybe = |number: Option<conversation::Seq>| number.map(|number| stored(number.0)).transpose();
    let last_message = maybe(row.last_message)?;
    let archived_at = maybe(row.archived_at)?;
    let via_item = row.via_item;
    let rest = Rest {
        head: row.head,
        last_link: row.last_link,
        receipt: row.receipt,
        access: row.access,
        visible: row.visible,
        open: row.open,
        anchor: row.anchor,
        pair: row.pair,
        item: row.item,
        restored: row.restored,
        wanted: row.wanted,
        muted: row.muted,
    };
    waiting
        .add(
            "INSERT INTO conversations (conversation, id, last, anchor, read, read_sent, wanted, last_at, last_message,
               unread, archived_at, direct_low, direct_high, rest, aside, segment_from, segment_to)
             SELECT conversation, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, segment_from, segment_to
             FROM held WHERE conversation = ?
             ON CONFLICT (conversation) DO UPDATE SET last = excluded.last, anchor = excluded.anchor,
               read = excluded.read, read_sent = excluded.read_sent, wanted = excluded.wanted,
               last_at = excluded.last_at, last_message = excluded.last_message, unread = excluded.unread,
               archived_at = excluded.archived_at, aside = excluded.aside, direct_low = excluded.direct_low,
               direct_high = excluded.direct_high, rest = excluded.rest, segment_from = excluded.segment_from,
               segment_to = excluded.segment_to",
        )
        .bind(stored(row.last.0)?)?
        .bind(stored(row.anchor.number.0)?)?
        .bind(stored(row.read.0)?)?
        .bind(stored(row.read_sent.0)?)?
        .bind(row.wanted.is_some())?
        .bind(row.last_at.0)?
        .bind(last_message)?
        .bind(row.unread)?
        .bind(archived_at)?
        .bind(direct.as_ref().map(|pair| &pair.0.as_bytes()[..]))?
        .bind(direct.as_ref().map(|pair| &pair.1.as_bytes()[..]))?
        .bind(json(&rest)?)?
        .bind(via_item)?
        .bind(conversation)?;
    Ok(())
}

/// All but the entries.
pub(super) async fn remove(db: &mut SqliteConnection, conversation: i64) -> Result<(), CacheError> {
    for statement in [
        "DELETE FROM conversations WHERE conversation = ?",
        "DELETE FROM held WHERE conversation = ?",
    ] {
        sqlx::query(statement)
            .bind(conversation)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Also records the range of a single segment in the conversation's row, unless that row is written next
/// anyway.
pub(super) fn put_segments(
    waiting: &mut Statements,
    conversation: i64,
    segments: &[Segment],
    row_follows: bool,
) -> Result<(), CacheError> {
    let one = match segments {
        [one] => Some((stored(one.range.from.0)?, stored(one.range.to.0)?)),
        _ => None,
    };
    waiting
        .add("UPDATE held SET segment_from = ?, segment_to = ?, segments = ? WHERE conversation = ?")
        .bind(one.map(|one| one.0))?
        .bind(one.map(|one| one.1))?
        .bind(json(segments)?)?
        .bind(conversation)?;
    if !row_follows {
        waiting
            .add("UPDATE conversations SET segment_from = ?, segment_to = ? WHERE conversation = ?")
            .bind(one.map(|one| one.0))?
            .bind(one.map(|one| one.1))?
            .bind(conversation)?;
    }
    Ok(())
}

pub(super) async fn recount(
    db: &mut SqliteConnection,
    conversation: i64,
    own: &[MembershipId],
) -> Result<(), CacheError> {
    sqlx::query(RECOUNT)
        .bind(conversation)
        .bind(hex(own)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn one(
    db: &mut SqliteConnection,
    id: ConversationId,
) -> Result<Option<ConversationRow>, CacheError> {
    let found = sqlx::query(ONE).bind(bytes(&id)).fetch_optional(db).await?;
    found.as_ref().map(row).transpose()
}

pub(super) async fn some(
    db: &mut SqliteConnection,
    ids: &[ConversationId],
) -> Result<Vec<ConversationRow>, CacheError> {
    let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let rows = sqlx::query(SOME).bind(json(&ids)?).fetch_all(db).await?;
    rows.iter().map(row).collect()
}

/// A row of [`BEFORE_CHANGE`].
pub(super) fn before_change(
    found: &SqliteRow,
) -> Result<Option<(ConversationRow, Vec<Segment>)>, CacheError> {
    let columns = RowReader {
        table: TABLE,
        row: found,
    };
    match columns.maybe_uuid("id")? {
        Some(_) => Ok(Some((row(found)?, columns.json("segments")?))),
        None => Ok(None),
    }
}

pub(super) async fn overview(
    db: &mut SqliteConnection,
    listed: Listed,
    from: u32,
    limit: u32,
) -> Result<Vec<ConversationRow>, CacheError> {
    let query = match listed {
        Listed::Active => ACTIVE,
        Listed::Unread => UNREAD,
        Listed::Read => READ,
        Listed::Archived => ARCHIVED,
    };
    let rows = sqlx::query(query).bind(limit).bind(from).fetch_all(db).await?;
    rows.iter().map(row).collect()
}

pub(super) async fn overview_count(db: &mut SqliteConnection, listed: Listed) -> Result<u32, CacheError> {
    let query = match listed {
        Listed::Active => COUNT_ACTIVE,
        Listed::Unread => COUNT_UNREAD,
        Listed::Read => COUNT_READ,
        Listed::Archived => COUNT_ARCHIVED,
    };
    Ok(count(sqlx::query_scalar(query).fetch_one(db).await?))
}

pub(super) async fn unsettled(db: &mut SqliteConnection) -> Result<Vec<ConversationRow>, CacheError> {
    let rows = sqlx::query(UNSETTLED).fetch_all(db).await?;
    rows.iter().map(row).collect()
}

fn id(row: &SqliteRow) -> Result<ConversationId, CacheError> {
    RowReader { table: TABLE, row }.uuid("id").map(ConversationId)
}

pub(super) async fn ids(db: &mut SqliteConnection) -> Result<Vec<ConversationId>, CacheError> {
    let query = sqlx::query("SELECT id FROM conversations ORDER BY id");
    query.fetch_all(db).await?.iter().map(id).collect()
}

pub(super) async fn direct(
    db: &mut SqliteConnection,
    a: MembershipId,
    b: MembershipId,
) -> Result<Option<ConversationId>, CacheError> {
    let (low, high) = (a.min(b), a.max(b));
    let query = sqlx::query(DIRECT)
        .bind(&low.as_bytes()[..])
        .bind(&high.as_bytes()[..]);
    query.fetch_optional(db).await?.as_ref().map(id).transpose()
}

pub(super) async fn segments(
    db: &mut SqliteConnection,
    id: ConversationId,
) -> Result<Vec<Segment>, CacheError> {
    let query = sqlx::query("SELECT segments FROM held WHERE id = ?").bind(bytes(&id));
    let found = query.fetch_optional(db).await?;
    found.map_or(Ok(Vec::new()), |row| {
        RowReader {
            table: "held",
            row: &row,
        }
        .json("segments")
    })
}
