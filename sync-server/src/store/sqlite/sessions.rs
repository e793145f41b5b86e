//! `sessions`.

use conversation::{DeviceId, PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::accounts;
use super::pool::{Proof, Reader, Writer};
use super::row_reader::{RowReader, blob, int};
use crate::store::integrity::recorded;
use crate::store::{
    AccountChange, EndReason, Ended, RowKeys, SessionEnd, SessionId, SessionRow, SessionStart, SignInEffects,
    StoreError,
};

pub(super) async fn begin(
    writer: &mut Writer<'_>,
    start: &SessionStart,
) -> Result<Option<Vec<Ended>>, StoreError> {
    let (db, mut proof) = writer.begin_proved().await?;
    let begun = begin_with_effects(db, start, &mut proof).await;
    writer.end_proved(begun, proof).await
}

async fn insert(
    db: &mut SqliteConnection,
    session: &SessionRow,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, person, device, device_name, platform, generation, begun_at, refreshed_at,
             expires_at, ended_at, end_reason, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    .bind(session.ended.map(|end| end.at.0))
    .bind(session.ended.and_then(|end| recorded(end.reason)))
    .bind(proof.add(session))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes what changes of a session in its life.
async fn update(
    db: &mut SqliteConnection,
    before: &SessionRow,
    session: &SessionRow,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE sessions SET generation = ?, refreshed_at = ?, expires_at = ?, ended_at = ?, end_reason = ?, mac = ?
         WHERE id = ?",
    )
    .bind(int(session.generation))
    .bind(session.refreshed_at.0)
    .bind(session.expires_at.0)
    .bind(session.ended.map(|end| end.at.0))
    .bind(session.ended.and_then(|end| recorded(end.reason)))
    .bind(proof.replace(before, session))
    .bind(blob(session.id.0.as_bytes()))
    .execute(db)
    .await?;
    Ok(())
}

async fn begin_with_effects(
    db: &mut SqliteConnection,
    start: &SessionStart,
    proof: &mut Proof,
) -> Result<Option<Vec<Ended>>, StoreError> {
    let SessionStart {
        session,
        effects,
        most,
    } = start;
    let (person, at) = (session.person, session.begun_at);
    let Some(mut ended) = write_effects(db, effects, (person, None), at, proof).await? else {
        return Ok(None);
    };
    let rows = sqlx::query(
        "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at, ended_at,
             end_reason, mac
         FROM sessions WHERE person = ? AND device = ? AND ended_at IS NULL ORDER BY id",
    )
    .bind(blob(person.as_bytes()))
    .bind(blob(session.device.as_bytes()))
    .fetch_all(&mut *db)
    .await?;
    let again = SessionEnd {
        at,
        reason: EndReason::SignedInAgain,
    };
    ended.extend(end_rows(db, &rows, None, again, proof).await?);
    insert(db, session, proof).await?;
    let rows = sqlx::query(
        "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at, ended_at,
             end_reason, mac
         FROM sessions WHERE person = ? AND ended_at IS NULL ORDER BY refreshed_at DESC, id DESC LIMIT -1 OFFSET ?",
    )
    .bind(blob(person.as_bytes()))
    .bind(*most)
    .fetch_all(&mut *db)
    .await?;
    let end = SessionEnd {
        at,
        reason: EndReason::TooMany,
    };
    ended.extend(end_rows(db, &rows, None, end, proof).await?);
    Ok(Some(ended))
}

/// Writes what an identification changes of the account; `None`, before anything is written, where it no longer holds.
async fn write_effects(
    db: &mut SqliteConnection,
    effects: &SignInEffects,
    (person, stays): (PersonId, Option<SessionId>),
    at: Timestamp,
    proof: &mut Proof,
) -> Result<Option<Vec<Ended>>, StoreError> {
    let SignInEffects {
        verified,
        invitation,
        password,
        ends_others,
    } = effects;
    if let Some(verified) = verified
        && !accounts::has_password(db, person, verified, proof).await?
    {
        return Ok(None);
    }
    if let Some(invitation) = invitation
        && !accounts::accept(db, invitation, person, at, proof).await?
    {
        return Ok(None);
    }
    if let Some(password) = password {
        accounts::change(db, person, proof, |account| {
            account.password = Some(password.clone());
        })
        .await?;
        accounts::use_invitations(db, person, at, proof).await?;
    }
    let Some(reason) = *ends_others else {
        return Ok(Some(Vec::new()));
    };
    let end = SessionEnd { at, reason };
    Ok(Some(end_all(db, person, stays, end, proof).await?))
}

pub(super) async fn change_account(
    writer: &mut Writer<'_>,
    change: &AccountChange,
) -> Result<Option<Vec<Ended>>, StoreError> {
    let (db, mut proof) = writer.begin_proved().await?;
    let changed = change_with_effects(db, change, &mut proof).await;
    writer.end_proved(changed, proof).await
}

async fn change_with_effects(
    db: &mut SqliteConnection,
    change: &AccountChange,
    proof: &mut Proof,
) -> Result<Option<Vec<Ended>>, StoreError> {
    let AccountChange {
        person,
        session,
        at,
        effects,
    } = change;
    let row = by_id(db, *session, proof).await?;
    if row.is_none_or(|row| row.person != *person || row.ended.is_some()) {
        return Ok(None);
    }
    write_effects(db, effects, (*person, Some(*session)), *at, proof).await
}

async fn by_id(
    db: &mut SqliteConnection,
    id: SessionId,
    proof: &Proof,
) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(blob(id.0.as_bytes()))
        .fetch_optional(db)
        .await?;
    row.map(|row| proved(&row, proof.keys.as_ref())).transpose()
}

const BY_ID: &str =
    "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at,
    ended_at, end_reason, mac
FROM sessions WHERE id = ?";

const STANDING: &str =
    "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at,
    ended_at, end_reason, mac
FROM sessions WHERE person = ? AND ended_at IS NULL";

/// The sessions among the rows that this server wrote. A forged one opens nothing, and keeps nobody from signing in, or an
/// account from being ended.
fn genuine(rows: &[SqliteRow], keys: &dyn RowKeys) -> impl Iterator<Item = Result<SessionRow, StoreError>> {
    let forged = |read: &Result<SessionRow, StoreError>| matches!(read, Err(StoreError::Broken { .. }));
    rows.iter()
        .map(move |row| proved(row, keys))
        .filter(move |read| !forged(read))
}

fn proved(row: &SqliteRow, keys: &dyn RowKeys) -> Result<SessionRow, StoreError> {
    let columns = RowReader {
        table: "sessions",
        row,
    };
    columns.proved(keys, session(row)?)
}

pub(super) fn session(row: &SqliteRow) -> Result<SessionRow, StoreError> {
    let columns = RowReader {
        table: "sessions",
        row,
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
        ended: end(&columns)?,
    })
}

/// Only what has one form is read, so that the MAC binds it.
fn end(columns: &RowReader<'_>) -> Result<Option<SessionEnd>, StoreError> {
    let at = columns.maybe_integer("ended_at")?.map(Timestamp);
    let text = columns.maybe_text("end_reason")?;
    let broken = || columns.broken("end_reason");
    let reason = match &text {
        None => EndReason::Unknown,
        Some(text) => {
            let mut recorded = EndReason::RECORDED.iter();
            let known = recorded.find(|(_, known)| known == text);
            known.ok_or_else(broken)?.0
        }
    };
    match at {
        Some(at) => Ok(Some(SessionEnd { at, reason })),
        None if text.is_some() => Err(broken()),
        None => Ok(None),
    }
}

pub(super) async fn read(reader: &mut Reader<'_>, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(blob(id.0.as_bytes()))
        .fetch_optional(reader.connection()?)
        .await?;
    let keys = reader.keys()?;
    row.map(|row| proved(&row, keys.as_ref())).transpose()
}

/// Changes a session that stands; `false` if it does not, or if `change` refuses.
async fn change(
    writer: &mut Writer<'_>,
    id: SessionId,
    change: impl FnOnce(&mut SessionRow) -> bool,
) -> Result<bool, StoreError> {
    let (db, mut proof) = writer.begin_proved().await?;
    let done = change_standing(db, id, change, &mut proof).await;
    writer.end_proved(done, proof).await
}

async fn change_standing(
    db: &mut SqliteConnection,
    id: SessionId,
    change: impl FnOnce(&mut SessionRow) -> bool,
    proof: &mut Proof,
) -> Result<bool, StoreError> {
    let Some(before) = by_id(db, id, proof).await? else {
        return Ok(false);
    };
    let mut session = before.clone();
    if before.ended.is_some() || !change(&mut session) {
        return Ok(false);
    }
    update(db, &before, &session, proof).await?;
    Ok(true)
}

pub(super) async fn rotate(
    writer: &mut Writer<'_>,
    id: SessionId,
    from: u64,
    at: Timestamp,
    expires: Timestamp,
) -> Result<bool, StoreError> {
    change(writer, id, |session| {
        let moves = session.generation == from;
        session.generation += 1;
        (session.refreshed_at, session.expires_at) = (at, expires);
        moves
    })
    .await
}

pub(super) async fn end_session(
    writer: &mut Writer<'_>,
    id: SessionId,
    end: SessionEnd,
) -> Result<bool, StoreError> {
    change(writer, id, |session| {
        session.ended = Some(end);
        true
    })
    .await
}

/// Ends one session within a transaction.
pub(super) async fn end_one(
    db: &mut SqliteConnection,
    id: SessionId,
    end: SessionEnd,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    let end = |session: &mut SessionRow| {
        session.ended = Some(end);
        true
    };
    change_standing(db, id, end, proof).await.map(|_| ())
}

pub(super) async fn end_sessions(
    writer: &mut Writer<'_>,
    person: PersonId,
    end: SessionEnd,
) -> Result<Vec<Ended>, StoreError> {
    let (db, mut proof) = writer.begin_proved().await?;
    let ended = end_all(db, person, None, end, &mut proof).await;
    writer.end_proved(ended, proof).await
}

/// Ends the sessions of a person but for one, if any `stays`.
pub(super) async fn end_all(
    db: &mut SqliteConnection,
    person: PersonId,
    stays: Option<SessionId>,
    end: SessionEnd,
    proof: &mut Proof,
) -> Result<Vec<Ended>, StoreError> {
    let rows = sqlx::query(STANDING)
        .bind(blob(person.as_bytes()))
        .fetch_all(&mut *db)
        .await?;
    end_rows(db, &rows, stays, end, proof).await
}

async fn end_rows(
    db: &mut SqliteConnection,
    rows: &[SqliteRow],
    stays: Option<SessionId>,
    end: SessionEnd,
    proof: &mut Proof,
) -> Result<Vec<Ended>, StoreError> {
    let mut ended = Vec::with_capacity(rows.len());
    let standing: Vec<SessionRow> = genuine(rows, proof.keys.as_ref()).collect::<Result<_, _>>()?;
    for before in standing.into_iter().filter(|row| Some(row.id) != stays) {
        let session = SessionRow {
            ended: Some(end),
            ..before.clone()
        };
        update(db, &before, &session, proof).await?;
        ended.push((session.id, end));
    }
    Ok(ended)
}

pub(super) async fn standing(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Result<Vec<SessionRow>, StoreError> {
    let rows = sqlx::query(STANDING)
        .bind(blob(person.as_bytes()))
        .fetch_all(reader.connection()?)
        .await?;
    let keys = reader.keys()?;
    let mut rows: Vec<SessionRow> = genuine(&rows, keys.as_ref()).collect::<Result<_, _>>()?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.refreshed_at, row.id)));
    Ok(rows)
}

const RECENTLY_ENDED: &str =
    "SELECT id, person, device, device_name, platform, generation, begun_at, refreshed_at, expires_at,
    ended_at, end_reason, mac
FROM sessions WHERE person = ? AND ended_at >= ? ORDER BY ended_at DESC, id DESC LIMIT ?";

pub(super) async fn recently_ended(
    reader: &mut Reader<'_>,
    person: PersonId,
    since: Timestamp,
    most: u32,
) -> Result<Vec<SessionRow>, StoreError> {
    let rows = sqlx::query(RECENTLY_ENDED)
        .bind(blob(person.as_bytes()))
        .bind(since.0)
        .bind(most)
        .fetch_all(reader.connection()?)
        .await?;
    let keys = reader.keys()?;
    genuine(&rows, keys.as_ref()).collect()
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

pub(super) async fn ended_since(reader: &mut Reader<'_>, at: Timestamp) -> Result<Vec<Ended>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, ended_at, end_reason FROM sessions WHERE ended_at IS NOT NULL AND ended_at >= ?",
    )
    .bind(at.0)
    .fetch_all(reader.connection()?)
    .await?;
    let mut ended = Vec::with_capacity(rows.len());
    for row in &rows {
        let columns = RowReader {
            table: "sessions",
            row,
        };
        if let Some(end) = end(&columns)? {
            ended.push((SessionId(columns.uuid("id")?), end));
        }
    }
    Ok(ended)
}
