//! `accounts` and `invitations`.

use conversation::{PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use trail::Digest;

use super::pool::{Proof, Reader, Writer};
use super::row_reader::{RowReader, blob};
use crate::store::{AccountRow, Append, InvitationRow, RowKeys, StoreError};

pub(super) async fn write(
    writer: &mut SqliteConnection,
    append: &Append,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    for row in &append.accounts {
        sqlx::query(
            "INSERT INTO accounts (person, login, password, created_at, ended_at, mac) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(blob(row.person.as_bytes()))
        .bind(row.login.clone())
        .bind(row.password.clone())
        .bind(row.created_at.0)
        .bind(row.ended_at.map(|at| at.0))
        .bind(proof.add(row))
        .execute(&mut *writer)
        .await?;
    }
    for (person, at) in &append.ended_accounts {
        change(writer, *person, proof, |account| {
            account.ended_at.get_or_insert(*at);
        })
        .await?;
    }
    for row in &append.invitations {
        let unused = sqlx::query(UNUSED)
            .bind(blob(row.person.as_bytes()))
            .fetch_all(&mut *writer)
            .await?;
        for earlier in &unused {
            let earlier = proved_invitation(earlier, proof.keys.as_ref())?;
            use_invitation(writer, &earlier, row.created_at, proof).await?;
        }
        sqlx::query(
            "INSERT INTO invitations (hash, person, created_at, expires_at, used_at, mac) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(blob(&row.hash.0))
        .bind(blob(row.person.as_bytes()))
        .bind(row.created_at.0)
        .bind(row.expires_at.0)
        .bind(row.used_at.map(|at| at.0))
        .bind(proof.add(row))
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

const BY_PERSON: &str =
    "SELECT person, login, password, created_at, ended_at, mac FROM accounts WHERE person = ?";

const UNUSED: &str = "SELECT hash, person, created_at, expires_at, used_at, mac FROM invitations
WHERE person = ? AND used_at IS NULL";

const BY_HASH: &str =
    "SELECT hash, person, created_at, expires_at, used_at, mac FROM invitations WHERE hash = ?";

/// Changes an account, if it is there.
pub(super) async fn change(
    writer: &mut SqliteConnection,
    person: PersonId,
    proof: &mut Proof,
    change: impl FnOnce(&mut AccountRow),
) -> Result<(), StoreError> {
    let row = sqlx::query(BY_PERSON)
        .bind(blob(person.as_bytes()))
        .fetch_optional(&mut *writer)
        .await?;
    let Some(before) = row.map(|row| proved(&row, proof.keys.as_ref())).transpose()? else {
        return Ok(());
    };
    let mut account = before.clone();
    change(&mut account);
    sqlx::query("UPDATE accounts SET password = ?, ended_at = ?, mac = ? WHERE person = ?")
        .bind(account.password.clone())
        .bind(account.ended_at.map(|at| at.0))
        .bind(proof.replace(&before, &account))
        .bind(blob(person.as_bytes()))
        .execute(&mut *writer)
        .await?;
    Ok(())
}

/// The unused invitation with this hash is used; `false` if the person has none.
pub(super) async fn accept(
    writer: &mut SqliteConnection,
    hash: &Digest,
    person: PersonId,
    at: Timestamp,
    proof: &mut Proof,
) -> Result<bool, StoreError> {
    let row = sqlx::query(BY_HASH)
        .bind(blob(&hash.0))
        .fetch_optional(&mut *writer)
        .await?;
    let row = row.map(|row| proved_invitation(&row, proof.keys.as_ref()));
    match row.transpose()? {
        Some(row) if row.person == person && row.used_at.is_none() => {
            use_invitation(writer, &row, at, proof).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Whether an account stands and has this hash of a password.
pub(super) async fn has_password(
    writer: &mut SqliteConnection,
    person: PersonId,
    hash: &str,
    proof: &Proof,
) -> Result<bool, StoreError> {
    let row = sqlx::query(BY_PERSON)
        .bind(blob(person.as_bytes()))
        .fetch_optional(writer)
        .await?;
    let account = row.map(|row| proved(&row, proof.keys.as_ref())).transpose()?;
    Ok(account.is_some_and(|row| row.ended_at.is_none() && row.password.as_deref() == Some(hash)))
}

/// All unused invitations of a person are used. A forged one opens nothing, and keeps nobody from changing a password.
pub(super) async fn use_invitations(
    writer: &mut SqliteConnection,
    person: PersonId,
    at: Timestamp,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    let unused = sqlx::query(UNUSED)
        .bind(blob(person.as_bytes()))
        .fetch_all(&mut *writer)
        .await?;
    for row in &unused {
        match proved_invitation(row, proof.keys.as_ref()) {
            Ok(row) => use_invitation(writer, &row, at, proof).await?,
            Err(StoreError::Broken { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn use_invitation(
    writer: &mut SqliteConnection,
    invitation: &InvitationRow,
    at: Timestamp,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    let used = InvitationRow {
        used_at: Some(at),
        ..invitation.clone()
    };
    sqlx::query("UPDATE invitations SET used_at = ?, mac = ? WHERE hash = ?")
        .bind(at.0)
        .bind(proof.replace(invitation, &used))
        .bind(blob(&invitation.hash.0))
        .execute(writer)
        .await?;
    Ok(())
}

fn proved(row: &SqliteRow, keys: &dyn RowKeys) -> Result<AccountRow, StoreError> {
    let columns = RowReader {
        table: "accounts",
        row,
    };
    columns.proved(keys, account(row)?)
}

fn proved_invitation(row: &SqliteRow, keys: &dyn RowKeys) -> Result<InvitationRow, StoreError> {
    let columns = RowReader {
        table: "invitations",
        row,
    };
    columns.proved(keys, invitation_row(row)?)
}

pub(super) fn account(row: &SqliteRow) -> Result<AccountRow, StoreError> {
    let columns = RowReader {
        table: "accounts",
        row,
    };
    Ok(AccountRow {
        person: PersonId(columns.uuid("person")?),
        login: columns.text("login")?,
        password: columns.maybe_text("password")?,
        created_at: Timestamp(columns.integer("created_at")?),
        ended_at: columns.maybe_integer("ended_at")?.map(Timestamp),
    })
}

pub(super) fn invitation_row(row: &SqliteRow) -> Result<InvitationRow, StoreError> {
    let columns = RowReader {
        table: "invitations",
        row,
    };
    Ok(InvitationRow {
        hash: columns.digest("hash")?,
        person: PersonId(columns.uuid("person")?),
        created_at: Timestamp(columns.integer("created_at")?),
        expires_at: Timestamp(columns.integer("expires_at")?),
        used_at: columns.maybe_integer("used_at")?.map(Timestamp),
    })
}

pub(super) async fn by_person(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Result<Option<AccountRow>, StoreError> {
    let row = sqlx::query(BY_PERSON)
        .bind(blob(person.as_bytes()))
        .fetch_optional(reader.connection()?)
        .await?;
    let keys = reader.keys()?;
    row.map(|row| proved(&row, keys.as_ref())).transpose()
}

pub(super) async fn by_login(reader: &mut Reader<'_>, login: &str) -> Result<Option<AccountRow>, StoreError> {
    let row = sqlx::query(
        "SELECT person, login, password, created_at, ended_at, mac FROM accounts WHERE login = ?",
    )
    .bind(login.to_owned())
    .fetch_optional(reader.connection()?)
    .await?;
    let keys = reader.keys()?;
    row.map(|row| proved(&row, keys.as_ref())).transpose()
}

pub(super) async fn change_password(
    writer: &mut Writer<'_>,
    person: PersonId,
    before: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let (db, mut proof) = writer.begin_proved().await?;
    let mut changed = false;
    let done = change(db, person, &mut proof, |account| {
        if account.password.as_deref() == Some(before) {
            account.password = Some(hash.to_owned());
            changed = true;
        }
    })
    .await;
    writer.end_proved(done, proof).await?;
    Ok(changed)
}

pub(super) async fn invitation(
    reader: &mut Reader<'_>,
    hash: &Digest,
) -> Result<Option<InvitationRow>, StoreError> {
    let row = sqlx::query(BY_HASH)
        .bind(blob(&hash.0))
        .fetch_optional(reader.connection()?)
        .await?;
    let keys = reader.keys()?;
    row.map(|row| proved_invitation(&row, keys.as_ref())).transpose()
}
