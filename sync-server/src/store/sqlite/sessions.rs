//! `sessions`.

use conversation::{DeviceId, PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob, int};
use crate::store::{SessionId, SessionRow, SessionStart, StoreError};

pub(super) async fn begin(
    writer: &mut Writer<'_>,
    start: &SessionStart,
) -> Result<Option<Vec<SessionId>>, StoreError> {
    let begun = begin_with_effects(writer.begin().await?, start).await;
    writer.end(begun).await
}

async fn insert(db: &mut SqliteConnection, session: &SessionRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, person, device, device_name, platform, generation, begun_at, refreshed_at,
             expires_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(blob(session.id.0.as_bytes()))
    .bind(blob(session.person.as_bytes()))
    .bind(blob(session.device.as_bytes()))
    .bind(session.device_name.clone())
    .bind(session.platform.clone())
    .bind(int(session.generation))
    .bind(session.begun_at.0)
    .bind(session.refreshed_at.0)
    .bind(session.expires_at.0)
    .bind(session.ended_at.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}

async fn begin_with_effects(
    db: &mut SqliteConnection,
    start: &SessionStart,
) -> Result<Option<Vec<SessionId>>, StoreError> {
    let SessionStart {
        session,
        effects,
        most,
    } = start;
    let (person, at) = (session.person, session.begun_at);
    if let Some(invitation) = &effects.invitation {
        let used = sqlx::query(
            "UPDATE invitations SET used_at = ? WHERE hash = ? AND person = ? AND used_at IS NULL",
        )
        .bind(at.0)
        .bind(blob(&invitation.0))
        .bind(blob(person.as_bytes()))
        .execute(&mut *db)
        .await?;
        if used.rows_affected() == 0 {
            return Ok(None);
        }
    }
    if let Some(password) = &effects.password {
        sqlx::query("UPDATE accounts SET password = ? WHERE person = ?")
            .bind(password.clone())
            .bind(blob(person.as_bytes()))
            .execute(&mut *db)
            .await?;
    }
    let mut ended = if effects.ends_other_sessions {
        end_all(Ok(&mut *db), person, at).await?
    } else {
        Vec::new()
    };
    insert(db, session).await?;
    let rows = sqlx::query(
        "UPDATE sessions SET ended_at = ? WHERE id IN (
           SELECT id FROM sessions WHERE person = ? AND ended_at IS NULL
           ORDER BY refreshed_at DESC, id DESC LIMIT -1 OFFSET ?) RETURNING id",
    )
    .bind(at.0)
    .bind(blob(person.as_bytes()))
    .bind(*most)
    .fetch_all(db)
    .await?;
    for row in &rows {
        ended.push(session_id(row)?);
    }
    Ok(Some(ended))
}

pub(super) async fn read(reader: &mut Reader<'_>, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(
        "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at,
             ended_at FROM sessions WHERE id = ?",
    )
    .bind(blob(id.0.as_bytes()))
    .fetch_optional(reader.connection()?)
    .await?;
    row.map(|row| {
        let columns = RowReader {
            table: "sessions",
            row: &row,
        };
        Ok(SessionRow {
            id: SessionId(columns.uuid("id")?),
            person: PersonId(columns.uuid("person")?),
            device: DeviceId(columns.uuid("device")?),
            device_name: columns.text("device_name")?,
            platform: columns.text("platform")?,
            generation: columns.natural("generation")?,
            begun_at: Timestamp(columns.integer("begun_at")?),
            refreshed_at: Timestamp(columns.integer("refreshed_at")?),
            expires_at: Timestamp(columns.integer("expires_at")?),
            ended_at: columns.maybe_integer("ended_at")?.map(Timestamp),
        })
    })
    .transpose()
}

pub(super) async fn rotate(
    writer: &mut Writer<'_>,
    id: SessionId,
    from: u64,
    at: Timestamp,
    expires: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sessions SET generation = generation + 1, refreshed_at = ?, expires_at = ?
         WHERE id = ? AND generation = ? AND ended_at IS NULL",
    )
    .bind(at.0)
    .bind(expires.0)
    .bind(blob(id.0.as_bytes()))
    .bind(int(from))
    .execute(writer.connection()?)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn end(writer: &mut Writer<'_>, id: SessionId, at: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL")
        .bind(at.0)
        .bind(blob(id.0.as_bytes()))
        .execute(writer.connection()?)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn end_all(
    writer: Result<&mut SqliteConnection, StoreError>,
    person: PersonId,
    at: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows =
        sqlx::query("UPDATE sessions SET ended_at = ? WHERE person = ? AND ended_at IS NULL RETURNING id")
            .bind(at.0)
            .bind(blob(person.as_bytes()))
            .fetch_all(writer?)
            .await?;
    rows.iter().map(session_id).collect()
}

pub(super) async fn is_device_of(
    reader: &mut Reader<'_>,
    person: PersonId,
    device: DeviceId,
) -> Result<bool, StoreError> {
    let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sessions WHERE person = ? AND device = ?)")
        .bind(blob(person.as_bytes()))
        .bind(blob(device.as_bytes()))
        .fetch_one(reader.connection()?)
        .await?;
    Ok(known)
}

pub(super) async fn ended_since(
    reader: &mut Reader<'_>,
    at: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = sqlx::query("SELECT id FROM sessions WHERE ended_at IS NOT NULL AND ended_at >= ?")
        .bind(at.0)
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(session_id).collect()
}

fn session_id(row: &SqliteRow) -> Result<SessionId, StoreError> {
    let columns = RowReader {
        table: "sessions",
        row,
    };
    columns.uuid("id").map(SessionId)
}
