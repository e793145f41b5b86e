//! `jobs`.
//!
//! `held` is 0 while a job waits for its moment, 1 while a worker has it, and 2 while it waits after a failure.

use conversation::Timestamp;
use sqlx::SqliteConnection;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{JobFailure, JobId, JobLevel, JobRow, Lease, LeasedJob, Repeat, StoreError};

const KEEP: &str =
    "INSERT INTO jobs (id, kind, name, payload, due, attempt) VALUES {} ON CONFLICT (name) DO NOTHING";

/// A job that is held is not due before its lease, or its pause, is over: the moment is kept beside.
const SOONER: &str = "INSERT INTO jobs (id, kind, name, payload, due, attempt) VALUES {} ON CONFLICT (name) DO UPDATE SET
    due = CASE WHEN jobs.held = 0 THEN min(jobs.due, excluded.due) ELSE jobs.due END,
    wanted = CASE WHEN jobs.held = 0 THEN NULL ELSE min(coalesce(jobs.wanted, excluded.due), excluded.due) END";

/// The first that are due of each kind, by its index; of these the first. What was asked for before its lease is seen by this
/// attempt.
pub(super) const LEASE: &str = "UPDATE jobs SET attempt = attempt + 1, held = 1, due = ?2,
    wanted = CASE WHEN wanted > ?1 THEN wanted END
WHERE id IN (
    SELECT job.id FROM json_each(?4) AS kind
    CROSS JOIN jobs AS job ON job.id IN
        (SELECT id FROM jobs WHERE jobs.kind = kind.value AND due <= ?1 ORDER BY due LIMIT ?3)
    ORDER BY job.due LIMIT ?3)
RETURNING id, kind, payload, attempt, failures";

pub(super) const NEXT: &str = "SELECT min(first) AS due FROM
    (SELECT (SELECT min(due) FROM jobs WHERE jobs.kind = kind.value) AS first FROM json_each(?1) AS kind)";

const RENEW: &str = "UPDATE jobs SET due = ?3 WHERE id = ?1 AND attempt = ?2 AND held = 1";

const END: &str = "DELETE FROM jobs WHERE id = ?1 AND attempt = ?2 AND held = 1 AND wanted IS NULL";

const AGAIN: &str = "UPDATE jobs SET held = 0, failures = 0, fault = NULL, wanted = NULL,
    due = min(coalesce(?3, wanted), coalesce(wanted, ?3))
WHERE id = ?1 AND attempt = ?2 AND held = 1 AND (?3 IS NOT NULL OR wanted IS NOT NULL)";

const RETRY: &str = "UPDATE jobs SET held = 2, due = ?3, fault = ?4, failures = failures + ?5
WHERE id = ?1 AND attempt = ?2 AND held = 1";

const WAKE: &str = "UPDATE jobs SET due = min(due, ?1), failures = 0
WHERE held = 2 AND kind IN (SELECT value FROM json_each(?2))";

const LEVELS: &str = "SELECT kind, fault, count(*) AS jobs, sum(due <= ?1) AS ready, min(due) AS first, max(failures) AS failures
FROM jobs GROUP BY kind, fault ORDER BY kind, fault";

pub(super) async fn write(writer: &mut SqliteConnection, rows: &[JobRow]) -> Result<(), StoreError> {
    for (repeat, statement) in [(Repeat::Keep, KEEP), (Repeat::Sooner, SOONER)] {
        let rows: Vec<&JobRow> = rows.iter().filter(|row| row.repeat == repeat).collect();
        for rows in rows.chunks(LARGEST_SET) {
            let mut query = sqlx::query(over_rows(statement, rows.len(), 6));
            for row in rows {
                query = query
                    .bind(blob(row.id.0.as_bytes()))
                    .bind(row.kind.clone())
                    .bind(row.name.clone())
                    .bind(row.payload.clone())
                    .bind(row.due.0)
                    .bind(0_i64);
            }
            query.execute(&mut *writer).await?;
        }
    }
    Ok(())
}

pub(super) async fn lease(
    writer: &mut Writer<'_>,
    kinds: &[&str],
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<LeasedJob>, StoreError> {
    let rows = sqlx::query(LEASE)
        .bind(now.0)
        .bind(until.0)
        .bind(i64::from(most))
        .bind(list(kinds))
        .fetch_all(writer.connection()?)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader { table: "jobs", row };
            let job = JobId(columns.uuid("id")?);
            let attempt = u32::try_from(columns.natural("attempt")?).unwrap_or(u32::MAX);
            Ok(LeasedJob {
                lease: Lease { job, attempt },
                kind: columns.text("kind")?,
                payload: columns.text("payload")?,
                failures: u32::try_from(columns.natural("failures")?).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

pub(super) async fn renew(
    db: &mut SqliteConnection,
    lease: Lease,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query(RENEW)
        .bind(blob(lease.job.0.as_bytes()))
        .bind(i64::from(lease.attempt))
        .bind(until.0)
        .execute(db)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Two statements that need no transaction: between them a job can only be asked for once more, which the second keeps.
pub(super) async fn finish(
    db: &mut SqliteConnection,
    lease: Lease,
    again: Option<Timestamp>,
) -> Result<bool, StoreError> {
    if again.is_none() {
        let ended = sqlx::query(END)
            .bind(blob(lease.job.0.as_bytes()))
            .bind(i64::from(lease.attempt))
            .execute(&mut *db)
            .await?;
        if ended.rows_affected() == 1 {
            return Ok(true);
        }
    }
    let due_again = sqlx::query(AGAIN)
        .bind(blob(lease.job.0.as_bytes()))
        .bind(i64::from(lease.attempt))
        .bind(again.map(|again| again.0))
        .execute(db)
        .await?;
    Ok(due_again.rows_affected() == 1)
}

pub(super) async fn retry(
    db: &mut SqliteConnection,
    lease: Lease,
    failure: &JobFailure,
) -> Result<bool, StoreError> {
    let done = sqlx::query(RETRY)
        .bind(blob(lease.job.0.as_bytes()))
        .bind(i64::from(lease.attempt))
        .bind(failure.due.0)
        .bind(failure.fault.clone())
        .bind(i64::from(failure.counts))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn next(reader: &mut Reader<'_>, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query(NEXT)
        .bind(list(kinds))
        .fetch_one(reader.connection()?)
        .await?;
    let columns = RowReader {
        table: "jobs",
        row: &row,
    };
    Ok(columns.maybe_integer("due")?.map(Timestamp))
}

pub(super) async fn levels(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<JobLevel>, StoreError> {
    let rows = sqlx::query(LEVELS)
        .bind(now.0)
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader { table: "jobs", row };
            Ok(JobLevel {
                kind: columns.text("kind")?,
                fault: columns.maybe_text("fault")?,
                jobs: columns.natural("jobs")?,
                due: columns.natural("ready")?,
                first: Timestamp(columns.integer("first")?),
                failures: u32::try_from(columns.natural("failures")?).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

pub(super) async fn wake(writer: &mut Writer<'_>, kinds: &[&str], now: Timestamp) -> Result<u64, StoreError> {
    let woken = sqlx::query(WAKE)
        .bind(now.0)
        .bind(list(kinds))
        .execute(writer.connection()?)
        .await?;
    Ok(woken.rows_affected())
}

fn list(kinds: &[&str]) -> String {
    serde_json::json!(kinds).to_string()
}
