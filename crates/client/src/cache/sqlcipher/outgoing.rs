//! Texts that the server does not have yet: outbox, drafts, recovered texts; and the aliases of
//! conversations that turned out to exist under another id.

use conversation::{CommandId, ConversationId, MessageId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::row_reader::{RowReader, bytes, json, stored};
use crate::cache::{CacheError, DraftRow, OutboxRow, RecoveredRow};

pub(super) const OUTBOX: &str = "SELECT conversation, row FROM outbox ORDER BY place";
pub(super) const OUTBOX_IN: &str =
    "SELECT conversation, row FROM outbox WHERE conversation = ? ORDER BY place";
pub(super) const OUTBOX_OF: &str =
    "SELECT conversation, row FROM outbox WHERE command = ? ORDER BY place LIMIT 1";

fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, CacheError> {
    let columns = RowReader { table: "outbox", row };
    let mut outbox: OutboxRow = columns.json("row")?;
    outbox.conversation = ConversationId(columns.uuid("conversation")?);
    Ok(outbox)
}

fn draft_row(row: &SqliteRow) -> Result<DraftRow, CacheError> {
    let columns = RowReader { table: "drafts", row };
    let mut draft: DraftRow = columns.json("row")?;
    draft.conversation = ConversationId(columns.uuid("conversation")?);
    Ok(draft)
}

pub(super) async fn put_outbox(db: &mut SqliteConnection, row: &OutboxRow) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO outbox (place, command, conversation, row) VALUES (?, ?, ?, ?)")
        .bind(stored(row.order)?)
        .bind(&row.command.id.as_bytes()[..])
        .bind(bytes(&row.conversation))
        .bind(json(row)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn drop_outbox(db: &mut SqliteConnection, order: u64) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM outbox WHERE place = ?")
        .bind(stored(order)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn outbox(
    db: &mut SqliteConnection,
    conversation: Option<ConversationId>,
) -> Result<Vec<OutboxRow>, CacheError> {
    let rows = match &conversation {
        None => sqlx::query(OUTBOX).fetch_all(db).await?,
        Some(id) => sqlx::query(OUTBOX_IN).bind(bytes(id)).fetch_all(db).await?,
    };
    self::rows(&rows)
}

/// Rows of [`OUTBOX`] or [`OUTBOX_IN`].
pub(super) fn rows(rows: &[SqliteRow]) -> Result<Vec<OutboxRow>, CacheError> {
    rows.iter().map(outbox_row).collect()
}

pub(super) async fn outbox_of(
    db: &mut SqliteConnection,
    command: CommandId,
) -> Result<Option<OutboxRow>, CacheError> {
    let query = sqlx::query(OUTBOX_OF).bind(&command.as_bytes()[..]);
    query
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(outbox_row)
        .transpose()
}

pub(super) async fn put_draft(db: &mut SqliteConnection, draft: &DraftRow) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO drafts (conversation, row) VALUES (?, ?)")
        .bind(bytes(&draft.conversation))
        .bind(json(draft)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn drop_draft(db: &mut SqliteConnection, id: ConversationId) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM drafts WHERE conversation = ?")
        .bind(bytes(&id))
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn draft(
    db: &mut SqliteConnection,
    id: ConversationId,
) -> Result<Option<DraftRow>, CacheError> {
    let query = sqlx::query("SELECT conversation, row FROM drafts WHERE conversation = ?").bind(bytes(&id));
    query
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(draft_row)
        .transpose()
}

pub(super) async fn drafts(db: &mut SqliteConnection) -> Result<Vec<DraftRow>, CacheError> {
    let query = sqlx::query("SELECT conversation, row FROM drafts ORDER BY conversation");
    query.fetch_all(db).await?.iter().map(draft_row).collect()
}

pub(super) async fn put_recovered(db: &mut SqliteConnection, row: &RecoveredRow) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO rescued (id, row) VALUES (?, ?)")
        .bind(&row.id.as_bytes()[..])
        .bind(json(row)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn drop_recovered(db: &mut SqliteConnection, id: MessageId) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM rescued WHERE id = ?")
        .bind(&id.as_bytes()[..])
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn recovered(db: &mut SqliteConnection) -> Result<Vec<RecoveredRow>, CacheError> {
    let query = sqlx::query("SELECT row FROM rescued ORDER BY id");
    let row = |row: &SqliteRow| {
        let table = "rescued";
        RowReader { table, row }.json("row")
    };
    query.fetch_all(db).await?.iter().map(row).collect()
}

/// `from` is an alias of `to` from now on. A draft that `to` has already stays.
pub(super) async fn rename(
    db: &mut SqliteConnection,
    from: ConversationId,
    to: ConversationId,
) -> Result<(), CacheError> {
    for statement in [
        "UPDATE aliases SET target = ?2 WHERE target = ?1",
        "INSERT OR REPLACE INTO aliases (id, target) VALUES (?1, ?2)",
        "UPDATE outbox SET conversation = ?2 WHERE conversation = ?1",
        "UPDATE OR IGNORE drafts SET conversation = ?2 WHERE conversation = ?1",
        "DELETE FROM drafts WHERE conversation = ?1 AND ?1 <> ?2",
    ] {
        sqlx::query(statement)
            .bind(bytes(&from))
            .bind(bytes(&to))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

pub(super) async fn alias(
    db: &mut SqliteConnection,
    id: ConversationId,
) -> Result<Option<ConversationId>, CacheError> {
    let query = sqlx::query("SELECT target FROM aliases WHERE id = ?").bind(bytes(&id));
    let found = query.fetch_optional(db).await?;
    found
        .map(|row| {
            let columns = RowReader {
                table: "aliases",
                row: &row,
            };
            columns.uuid("target").map(ConversationId)
        })
        .transpose()
}
