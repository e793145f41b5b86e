//! `attachments`.

use conversation::{AttachmentId, ConversationId, PersonId, Seq, Sha256, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{
    AttachmentRow, BeginUpload, KeptAttachment, KeyId, NamedAttachment, ReceivedPart, StoreError, UploadQuota,
};

/// The columns of a row, as [`read`] takes them.
macro_rules! columns {
    () => {
        "attachments.id, attachments.person, attachments.conversation, attachments.size, attachments.received, attachments.held_back, attachments.sha256, attachments.wrapped, \
         attachments.data_key, attachments.message, attachments.listed, attachments.begun_at, attachments.refused, attachments.dropped, attachments.name, attachments.unchecked"
    };
}

pub(super) const BY_ID: &str = concat!(
    "WITH asked (id) AS (VALUES {}) SELECT ",
    columns!(),
    " FROM asked CROSS JOIN attachments ON attachments.id = asked.id"
);

pub(super) const BY_MESSAGE: &str = concat!(
    "WITH asked (conversation, message) AS (VALUES {}) SELECT ",
    columns!(),
    " FROM asked CROSS JOIN attachments ON attachments.conversation = asked.conversation AND attachments.message = asked.message \
     WHERE attachments.message IS NOT NULL AND dropped = 0"
);

pub(super) const USAGE: &str = "SELECT
  (SELECT count(*) FROM attachments WHERE person = ?1 AND message IS NULL) AS files,
  (SELECT coalesce(sum(size), 0) FROM attachments WHERE person = ?1 AND message IS NULL) AS bytes,
  (SELECT coalesce(sum(size), 0) FROM attachments WHERE person = ?1 AND begun_at >= ?2) AS lately";

pub(super) const UNCHECKED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM attachments WHERE unchecked = 1 ORDER BY begun_at LIMIT ?"
);

pub(super) const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM attachments WHERE id > ? ORDER BY id LIMIT ?"
);

pub(super) const ABANDONED: &str =
    "SELECT person, id FROM attachments WHERE message IS NULL AND begun_at < ? ORDER BY begun_at LIMIT ?";

pub(super) async fn create(
    writer: &mut Writer<'_>,
    row: &AttachmentRow,
    quota: &UploadQuota,
) -> Result<BeginUpload, StoreError> {
    // The one writer: nothing is written between this and the insertion.
    let usage = sqlx::query(USAGE)
        .bind(blob(row.person.as_bytes()))
        .bind(quota.lately.0)
        .fetch_one(writer.connection()?)
        .await?;
    let usage = columns(&usage);
    let within = usage.natural("files")? < quota.unnamed_files
        && usage.natural("bytes")?.saturating_add(row.size) <= quota.unnamed_bytes
        && usage.natural("lately")?.saturating_add(row.size) <= quota.lately_bytes;
    if !within {
        let taken = sqlx::query("SELECT 1 FROM attachments WHERE id = ?")
            .bind(blob(row.id.as_bytes()))
            .fetch_optional(writer.connection()?)
            .await?;
        return Ok(taken.map_or(BeginUpload::OverQuota, |_| BeginUpload::Taken));
    }
    let done = sqlx::query(
        "INSERT INTO attachments (id, person, conversation, size, received, held_back, sha256, wrapped, data_key, message, listed, begun_at, refused, dropped, name, unchecked)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )
    .bind(blob(row.id.as_bytes()))
    .bind(blob(row.person.as_bytes()))
    .bind(blob(row.conversation.as_bytes()))
    .bind(integer(row.size))
    .bind(integer(row.received))
    .bind(row.held_back.clone())
    .bind(row.sha256.map(|digest| digest.0.to_vec()))
    .bind(row.key.clone())
    .bind(row.data_key.map(|key| key.0.as_bytes().to_vec()))
    .bind(row.message.map(|message| integer(message.0)))
    .bind(row.listed.map(|listed| integer(listed.0)))
    .bind(row.begun_at.0)
    .bind(row.refused)
    .bind(row.dropped)
    .bind(row.name.clone())
    .bind(row.unchecked)
    .execute(writer.connection()?)
    .await?;
    Ok(if done.rows_affected() == 1 {
        BeginUpload::Begun
    } else {
        BeginUpload::Taken
    })
}

pub(super) async fn by_id(
    reader: &mut Reader<'_>,
    ids: &[AttachmentId],
) -> Result<Vec<AttachmentRow>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(BY_ID, ids.len(), 1));
        for id in ids {
            query = query.bind(blob(id.as_bytes()));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

pub(super) async fn by_message(
    reader: &mut Reader<'_>,
    messages: &[(ConversationId, Seq)],
) -> Result<Vec<AttachmentRow>, StoreError> {
    let mut found = Vec::new();
    for messages in messages.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(BY_MESSAGE, messages.len(), 2));
        for (conversation, message) in messages {
            query = query.bind(blob(conversation.as_bytes())).bind(integer(message.0));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

pub(super) async fn extend(writer: &mut Writer<'_>, part: &ReceivedPart) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE attachments SET received = ?3, held_back = ?4, sha256 = ?5, refused = ?6, unchecked = ?7
         WHERE id = ?1 AND received = ?2 AND sha256 IS NULL AND ?3 <= size AND (?5 IS NULL OR ?3 = size)",
    )
    .bind(blob(part.id.as_bytes()))
    .bind(integer(part.from))
    .bind(integer(part.to))
    .bind(part.held_back.clone())
    .bind(part.whole.map(|whole| whole.sha256.0.to_vec()))
    .bind(part.whole.is_some_and(|whole| whole.refused))
    .bind(part.whole.is_some_and(|whole| whole.unchecked))
    .execute(writer.connection()?)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn judge(
    writer: &mut Writer<'_>,
    id: AttachmentId,
    sha256: Sha256,
    refused: bool,
) -> Result<bool, StoreError> {
    let judge =
        "UPDATE attachments SET unchecked = 0, refused = max(refused, ?3) WHERE id = ?1 AND sha256 = ?2";
    let done = sqlx::query(judge)
        .bind(blob(id.as_bytes()))
        .bind(sha256.0.to_vec())
        .bind(refused)
        .execute(writer.connection()?)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn unchecked(reader: &mut Reader<'_>, most: u32) -> Result<Vec<AttachmentRow>, StoreError> {
    let rows = sqlx::query(UNCHECKED)
        .bind(i64::from(most))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn after(
    reader: &mut Reader<'_>,
    after: Option<AttachmentId>,
    most: u32,
) -> Result<Vec<AttachmentRow>, StoreError> {
    let rows = sqlx::query(AFTER)
        .bind(after.map_or_else(Vec::new, |id| blob(id.as_bytes()).to_vec()))
        .bind(i64::from(most))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn delete(
    writer: &mut Writer<'_>,
    person: PersonId,
    id: AttachmentId,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM attachments WHERE id = ? AND person = ? AND message IS NULL")
        .bind(blob(id.as_bytes()))
        .bind(blob(person.as_bytes()))
        .execute(writer.connection()?)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn abandoned(
    reader: &mut Reader<'_>,
    before: Timestamp,
    most: u32,
) -> Result<Vec<(PersonId, AttachmentId)>, StoreError> {
    let rows = sqlx::query(ABANDONED)
        .bind(before.0)
        .bind(i64::from(most))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = columns(row);
            Ok((
                PersonId(columns.uuid("person")?),
                AttachmentId(columns.uuid("id")?),
            ))
        })
        .collect()
}

/// In the transaction of the message.
pub(super) async fn name(
    connection: &mut SqliteConnection,
    named: &[NamedAttachment],
) -> Result<(), StoreError> {
    for row in named {
        let done = sqlx::query(
            "UPDATE attachments SET conversation = ?3, message = ?4, listed = ?4, wrapped = ?5, data_key = ?6
             WHERE id = ?1 AND person = ?2 AND message IS NULL AND sha256 IS NOT NULL",
        )
        .bind(blob(row.id.as_bytes()))
        .bind(blob(row.person.as_bytes()))
        .bind(blob(row.conversation.as_bytes()))
        .bind(integer(row.message.0))
        .bind(row.key.clone())
        .bind(blob(row.data_key.0.as_bytes()))
        .execute(&mut *connection)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Moved);
        }
    }
    Ok(())
}

/// In the transaction of the edit.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    kept: &[KeptAttachment],
) -> Result<(), StoreError> {
    for row in kept {
        sqlx::query("UPDATE attachments SET listed = ? WHERE id = ?")
            .bind(integer(row.listed.0))
            .bind(blob(row.id.as_bytes()))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// In the transaction of the edit or deletion.
pub(super) async fn drop(connection: &mut SqliteConnection, ids: &[AttachmentId]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("UPDATE attachments SET dropped = 1 WHERE id = ?")
            .bind(blob(id.as_bytes()))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn columns(row: &SqliteRow) -> RowReader<'_> {
    RowReader {
        table: "attachments",
        row,
    }
}

fn read(row: &SqliteRow) -> Result<AttachmentRow, StoreError> {
    let columns = columns(row);
    let digest = |bytes: Vec<u8>| bytes.try_into().map(Sha256).map_err(|_| columns.broken("sha256"));
    let place = |column| {
        let number = columns.maybe_integer(column)?.map(u64::try_from).transpose();
        let number = number.map_err(|_| columns.broken(column))?;
        Ok::<_, StoreError>(number.map(Seq))
    };
    Ok(AttachmentRow {
        id: AttachmentId(columns.uuid("id")?),
        person: PersonId(columns.uuid("person")?),
        conversation: ConversationId(columns.uuid("conversation")?),
        size: columns.natural("size")?,
        received: columns.natural("received")?,
        held_back: columns.blob("held_back")?,
        sha256: columns.maybe_blob("sha256")?.map(digest).transpose()?,
        name: columns.blob("name")?,
        key: columns.blob("wrapped")?,
        data_key: columns.maybe_uuid("data_key")?.map(KeyId),
        message: place("message")?,
        listed: place("listed")?,
        begun_at: Timestamp(columns.integer("begun_at")?),
        refused: columns.boolean("refused")?,
        unchecked: columns.boolean("unchecked")?,
        dropped: columns.boolean("dropped")?,
    })
}

/// Sizes are bounded far below by the rules.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
