//! `server` and `keys`.

use conversation::Timestamp;
use trail::Digest;

use super::columns::{Columns, blob, int};
use super::pool::{Reader, Writer};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{KeyId, KeyRow, ServerRow, StoreError, Watermark};

pub(super) async fn read(reader: &mut Reader<'_>) -> Result<Option<ServerRow>, StoreError> {
    let row = sqlx::query("SELECT id, created_at, epoch, secret FROM server")
        .fetch_optional(reader.connection()?)
        .await?;
    row.map(|row| {
        let columns = Columns {
            table: "server",
            row: &row,
        };
        Ok(ServerRow {
            id: columns.uuid("id")?,
            created_at: Timestamp(columns.integer("created_at")?),
            epoch: columns.natural("epoch")?,
            secret: columns.blob("secret")?,
        })
    })
    .transpose()
}

pub(super) async fn create(writer: &mut Writer<'_>, row: &ServerRow) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO server (one, id, created_at, epoch, secret) VALUES (1, ?, ?, ?, ?)")
        .bind(blob(row.id.as_bytes()))
        .bind(row.created_at.0)
        .bind(int(row.epoch))
        .bind(row.secret.clone())
        .execute(writer.connection()?)
        .await?;
    Ok(())
}

const MARK: &str = "SELECT
    (SELECT position FROM events ORDER BY position DESC LIMIT 1) AS position,
    (SELECT link FROM events ORDER BY position DESC LIMIT 1) AS link,
    max(coalesce((SELECT max(lane) FROM positions), 0),
        coalesce((SELECT max(lane) FROM personal), 0),
        coalesce((SELECT max(lane) FROM aliases), 0)) AS lane,
    coalesce((SELECT max(position) FROM organisation_events), 0) AS organisations";

pub(super) async fn mark(reader: &mut Reader<'_>) -> Result<Watermark, StoreError> {
    mark_on(reader.connection()?).await
}

pub(super) async fn mark_on(connection: &mut sqlx::SqliteConnection) -> Result<Watermark, StoreError> {
    let row = sqlx::query(MARK).fetch_one(connection).await?;
    let columns = Columns {
        table: "events",
        row: &row,
    };
    let offset = columns.maybe_integer("position")?;
    Ok(Watermark {
        offset: offset.map(|offset| offset.unsigned_abs()).unwrap_or_default(),
        link: if offset.is_some() {
            columns.digest("link")?
        } else {
            Digest::default()
        },
        revision: columns.natural("lane")?,
        organisations: columns.natural("organisations")?,
    })
}

pub(super) async fn keys(reader: &mut Reader<'_>, ids: &[KeyId]) -> Result<Vec<KeyRow>, StoreError> {
    let mut keys = Vec::with_capacity(ids.len());
    for ids in ids.chunks(LARGEST_SET) {
        let text = over_rows(
            "WITH asked (id) AS (VALUES {})
             SELECT keys.id, keys.scope, keys.year, keys.wrapped
             FROM asked CROSS JOIN keys ON keys.id = asked.id",
            ids.len(),
            1,
        );
        let mut query = sqlx::query(text);
        for id in ids {
            query = query.bind(blob(id.0.as_bytes()));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            let columns = Columns {
                table: "keys",
                row: &row,
            };
            keys.push(key(&columns, "id")?);
        }
    }
    Ok(keys)
}

/// Reads a key whose id is in the given column.
pub(super) fn key(columns: &Columns<'_>, id: &'static str) -> Result<KeyRow, StoreError> {
    Ok(KeyRow {
        id: KeyId(columns.uuid(id)?),
        scope: columns.uuid("scope")?,
        year: columns.year()?,
        wrapped: columns.blob("wrapped")?,
    })
}
