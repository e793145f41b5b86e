//! `sources`.

use conversation::{OrganisationId, SourceId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use trail::Digest;

use super::pool::{Proof, Reader};
use super::row_reader::{RowReader, blob};
use crate::store::{Append, RowKeys, SourceRow, StoreError};

pub(super) async fn write(
    writer: &mut SqliteConnection,
    append: &Append,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    for row in &append.sources {
        sqlx::query(
            "INSERT INTO sources (id, organisation, name, hash, created_at, ended_at, mac) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(blob(row.id.as_bytes()))
        .bind(blob(row.organisation.as_bytes()))
        .bind(row.name.clone())
        .bind(blob(&row.hash.0))
        .bind(row.created_at.0)
        .bind(row.ended_at.map(|at| at.0))
        .bind(proof.add(row))
        .execute(&mut *writer)
        .await?;
    }
    for (id, at) in &append.ended_sources {
        let stands = sqlx::query(STANDING)
            .bind(blob(id.as_bytes()))
            .fetch_optional(&mut *writer)
            .await?;
        let Some(before) = stands.map(|row| proved(&row, proof.keys.as_ref())).transpose()? else {
            continue;
        };
        let ended = SourceRow {
            ended_at: Some(*at),
            ..before.clone()
        };
        sqlx::query("UPDATE sources SET ended_at = ?, mac = ? WHERE id = ?")
            .bind(at.0)
            .bind(proof.replace(&before, &ended))
            .bind(blob(id.as_bytes()))
            .execute(&mut *writer)
            .await?;
    }
    Ok(())
}

const STANDING: &str = "SELECT id, organisation, name, hash, created_at, ended_at, mac FROM sources
WHERE id = ? AND ended_at IS NULL";

fn proved(row: &SqliteRow, keys: &dyn RowKeys) -> Result<SourceRow, StoreError> {
    let columns = RowReader {
        table: "sources",
        row,
    };
    columns.proved(keys, source(row)?)
}

pub(super) fn source(row: &SqliteRow) -> Result<SourceRow, StoreError> {
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
    let row = sqlx::query(
        "SELECT id, organisation, name, hash, created_at, ended_at, mac FROM sources WHERE hash = ?",
    )
    .bind(blob(&hash.0))
    .fetch_optional(reader.connection()?)
    .await?;
    let keys = reader.keys()?;
    row.map(|row| proved(&row, keys.as_ref())).transpose()
}

pub(super) async fn of_organisation(
    reader: &mut Reader<'_>,
    organisation: OrganisationId,
) -> Result<Vec<SourceRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, organisation, name, hash, created_at, ended_at, mac FROM sources WHERE organisation = ? ORDER BY id",
    )
    .bind(blob(organisation.as_bytes()))
    .fetch_all(reader.connection()?)
    .await?;
    let keys = reader.keys()?;
    rows.iter().map(|row| proved(row, keys.as_ref())).collect()
}
