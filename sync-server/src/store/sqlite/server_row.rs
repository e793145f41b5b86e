//! `server`.

use conversation::Timestamp;
use sqlx::SqliteConnection;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob, int};
use crate::store::{ServerRow, StoreError};

pub(super) async fn read(reader: &mut Reader<'_>) -> Result<Option<ServerRow>, StoreError> {
    let row = sqlx::query("SELECT id, created_at, epoch, secret FROM server")
        .fetch_optional(reader.connection()?)
        .await?;
    row.map(|row| {
        let columns = RowReader {
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

pub(super) async fn create(writer: &mut Writer<'_>, row: &ServerRow, tally: &[u8]) -> Result<(), StoreError> {
    let db = writer.begin().await?;
    let created = insert(db, row, tally).await;
    writer.end(created).await
}

async fn insert(db: &mut SqliteConnection, row: &ServerRow, tally: &[u8]) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO server (one, id, created_at, epoch, secret) VALUES (1, ?, ?, ?, ?)")
        .bind(blob(row.id.as_bytes()))
        .bind(row.created_at.0)
        .bind(int(row.epoch))
        .bind(row.secret.clone())
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT OR REPLACE INTO tally (one, sealed) VALUES (1, ?)")
        .bind(blob(tally))
        .execute(db)
        .await?;
    Ok(())
}
