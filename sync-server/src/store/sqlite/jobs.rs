//! `jobs`.

use conversation::Timestamp;
use sqlx::SqliteConnection;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob};
use crate::store::{JobId, JobRow, LeasedJob, StoreError};

pub(super) async fn write(writer: &mut SqliteConnection, rows: &[JobRow]) -> Result<(), StoreError> {
    for row in rows {
        sqlx::query(
            "INSERT INTO jobs (id, kind, name, payload, due, attempt) VALUES (?, ?, ?, ?, ?, 0)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(blob(row.id.0.as_bytes()))
        .bind(row.kind.clone())
        .bind(row.name.clone())
        .bind(row.payload.clone())
        .bind(row.due.0)
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

pub(super) async fn lease(
    writer: &mut Writer<'_>,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<LeasedJob>, StoreError> {
    let rows = sqlx::query(
        "UPDATE jobs SET attempt = attempt + 1, due = ?2
         WHERE id IN (SELECT id FROM jobs WHERE due <= ?1 ORDER BY due LIMIT ?3)
         RETURNING id, kind, payload, attempt",
    )
    .bind(now.0)
    .bind(until.0)
    .bind(i64::from(most))
    .fetch_all(writer.connection()?)
    .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader { table: "jobs", row };
            Ok(LeasedJob {
                id: JobId(columns.uuid("id")?),
                kind: columns.text("kind")?,
                payload: columns.text("payload")?,
                attempt: u32::try_from(columns.natural("attempt")?).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

pub(super) async fn finish(
    writer: &mut Writer<'_>,
    id: JobId,
    attempt: u32,
    again: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let statement = match again {
        Some(_) => "UPDATE jobs SET attempt = 0, due = ?3 WHERE id = ?1 AND attempt = ?2",
        None => "DELETE FROM jobs WHERE id = ?1 AND attempt = ?2",
    };
    let mut query = sqlx::query(statement)
        .bind(blob(id.0.as_bytes()))
        .bind(i64::from(attempt));
    if let Some(again) = again {
        query = query.bind(again.0);
    }
    let done = query.execute(writer.connection()?).await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn retry(
    writer: &mut Writer<'_>,
    id: JobId,
    attempt: u32,
    due: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE jobs SET due = ?3 WHERE id = ?1 AND attempt = ?2")
        .bind(blob(id.0.as_bytes()))
        .bind(i64::from(attempt))
        .bind(due.0)
        .execute(writer.connection()?)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn next(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT min(due) AS due FROM jobs")
        .fetch_one(reader.connection()?)
        .await?;
    let columns = RowReader {
        table: "jobs",
        row: &row,
    };
    Ok(columns.maybe_integer("due")?.map(Timestamp))
}
