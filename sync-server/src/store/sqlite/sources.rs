//! `sources`.

use conversation::{OrganisationId, SourceId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use trail::Digest;

use super::pool::Reader;
use super::row_reader::{RowReader, blob};
use crate::store::{Append, SourceRow, StoreError};

pub(super) async fn write(writer: &mut SqliteConnection, append: &Append) -> Result<(), StoreError> {
    for row in &append.sources {
        sqlx::query(
            "INSERT INTO sources (id, organisation, name, hash, created_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(blob(row.id.as_bytes()))
        .bind(blob(row.organisation.as_bytes()))
        .bind(row.name.clone())
        .bind(blob(&row.hash.0))
        .bind(row.created_at.0)
        .bind(row.ended_at.map(|at| at.0))
        .execute(&mut *writer)
        .await?;
    }
    for (id, at) in &append.ended_sources {
        sqlx::query("UPDATE sources SET ended_at = ? WHERE id = ? AND ended_at IS NULL")
            .bind(at.0)
            .bind(blob(id.as_bytes()))
            .execute(&mut *writer)
            .await?;
    }
    Ok(())
}

fn source(row: &SqliteRow) -> Result<SourceRow, StoreError> {
    let columns = RowReader {
        table: "sources",
        row,
    };
    Ok(SourceRow {
        id: SourceId(columns.uuid("id")?),
        organisation: OrganisationId(columns.uuid("organisation")?),
        name: columns.text("name")?,
        hash: columns.digest("hash")?,
        created_at: Timestamp(columns.integer("created_at")?),
        ended_at: columns.maybe_integer("ended_at")?.map(Timestamp),
    })
}

pub(super) async fn by_hash(reader: &mut Reader<'_>, hash: &Digest) -> Result<Option<SourceRow>, StoreError> {
    let row =
        sqlx::query("SELECT id, organisation, name, hash, created_at, ended_at FROM sources WHERE hash = ?")
            .bind(blob(&hash.0))
            .fetch_optional(reader.connection()?)
            .await?;
    row.as_ref().map(source).transpose()
}

pub(super) async fn of_organisation(
    reader: &mut Reader<'_>,
    organisation: OrganisationId,
) -> Result<Vec<SourceRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, organisation, name, hash, created_at, ended_at FROM sources WHERE organisation = ? ORDER BY id",
    )
    .bind(blob(organisation.as_bytes()))
    .fetch_all(reader.connection()?)
    .await?;
    rows.iter().map(source).collect()
}
