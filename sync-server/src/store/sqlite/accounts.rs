//! `accounts` and `invitations`.

use conversation::{PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use trail::Digest;

use super::pool::Reader;
use super::row_reader::{RowReader, blob};
use crate::store::{AccountRow, Append, InvitationRow, StoreError};

pub(super) async fn write(writer: &mut SqliteConnection, append: &Append) -> Result<(), StoreError> {
    for row in &append.accounts {
        sqlx::query(
            "INSERT INTO accounts (person, login, password, created_at, ended_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(blob(row.person.as_bytes()))
        .bind(row.login.clone())
        .bind(row.password.clone())
        .bind(row.created_at.0)
        .bind(row.ended_at.map(|at| at.0))
        .execute(&mut *writer)
        .await?;
    }
    for (person, at) in &append.ended_accounts {
        sqlx::query("UPDATE accounts SET ended_at = ? WHERE person = ? AND ended_at IS NULL")
            .bind(at.0)
            .bind(blob(person.as_bytes()))
            .execute(&mut *writer)
            .await?;
        super::sessions::end_all(Ok(&mut *writer), *person, *at).await?;
    }
    for row in &append.invitations {
        sqlx::query("UPDATE invitations SET used_at = ? WHERE person = ? AND used_at IS NULL")
            .bind(row.created_at.0)
            .bind(blob(row.person.as_bytes()))
            .execute(&mut *writer)
            .await?;
        sqlx::query(
            "INSERT INTO invitations (hash, person, created_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(blob(&row.hash.0))
        .bind(blob(row.person.as_bytes()))
        .bind(row.created_at.0)
        .bind(row.expires_at.0)
        .bind(row.used_at.map(|at| at.0))
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

fn account(row: &SqliteRow) -> Result<AccountRow, StoreError> {
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

pub(super) async fn by_person(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Result<Option<AccountRow>, StoreError> {
    let row =
        sqlx::query("SELECT person, login, password, created_at, ended_at FROM accounts WHERE person = ?")
            .bind(blob(person.as_bytes()))
            .fetch_optional(reader.connection()?)
            .await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn by_login(reader: &mut Reader<'_>, login: &str) -> Result<Option<AccountRow>, StoreError> {
    let row =
        sqlx::query("SELECT person, login, password, created_at, ended_at FROM accounts WHERE login = ?")
            .bind(login.to_owned())
            .fetch_optional(reader.connection()?)
            .await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn change_password(
    writer: Result<&mut SqliteConnection, StoreError>,
    person: PersonId,
    before: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let changed = sqlx::query("UPDATE accounts SET password = ? WHERE person = ? AND password = ?")
        .bind(hash.to_owned())
        .bind(blob(person.as_bytes()))
        .bind(before.to_owned())
        .execute(writer?)
        .await?;
    Ok(changed.rows_affected() > 0)
}

pub(super) async fn invitation(
    reader: &mut Reader<'_>,
    hash: &Digest,
) -> Result<Option<InvitationRow>, StoreError> {
    let row =
        sqlx::query("SELECT hash, person, created_at, expires_at, used_at FROM invitations WHERE hash = ?")
            .bind(blob(&hash.0))
            .fetch_optional(reader.connection()?)
            .await?;
    row.map(|row| {
        let columns = RowReader {
            table: "invitations",
            row: &row,
        };
        Ok(InvitationRow {
            hash: columns.digest("hash")?,
            person: PersonId(columns.uuid("person")?),
            created_at: Timestamp(columns.integer("created_at")?),
            expires_at: Timestamp(columns.integer("expires_at")?),
            used_at: columns.maybe_integer("used_at")?.map(Timestamp),
        })
    })
    .transpose()
}
