//! Proves the rows of a database that an earlier version wrote, as they stand: once, in one transaction.

use conversation::{ConversationId, PersonId};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::pool::{Proof, Writer, write_tally};
use super::row_reader::{RowReader, blob, int};
use super::{accounts, conversations, events, organisations, sessions, sources};
use crate::store::integrity::{SummedRow, Tally, event_mac, organisation_event_mac, stored_head_mac};
use crate::store::{AliasRow, ServerRow, StoreError};

const AT_ONCE: i64 = 1_000;

pub(super) async fn adopt(writer: &mut Writer<'_>, server: &ServerRow) -> Result<(), StoreError> {
    let keys = writer.keys()?;
    let db = writer.begin().await?;
    let mut proof = Proof {
        keys,
        tally: Tally::default(),
    };
    let adopted = adopt_all(db, &mut proof, server).await;
    writer.end(adopted).await?;
    writer.set_tally(proof.tally);
    Ok(())
}

async fn adopt_all(
    db: &mut SqliteConnection,
    proof: &mut Proof,
    server: &ServerRow,
) -> Result<(), StoreError> {
    adopt_events(db, proof).await?;
    adopt_organisation_events(db, proof).await?;
    adopt_heads(db, proof).await?;
    adopt_rows(db, proof, "accounts", &["person"], accounts::account).await?;
    adopt_rows(db, proof, "invitations", &["hash"], accounts::invitation_row).await?;
    adopt_rows(db, proof, "sessions", &["id"], sessions::session).await?;
    adopt_rows(db, proof, "sources", &["id"], sources::source).await?;
    adopt_rows(db, proof, "aliases", &["person", "alias"], alias).await?;
    write_tally(db, proof).await?;
    sqlx::query("UPDATE server SET secret = ?")
        .bind(server.secret.clone())
        .execute(db)
        .await?;
    Ok(())
}

async fn adopt_events(db: &mut SqliteConnection, proof: &mut Proof) -> Result<(), StoreError> {
    loop {
        let rows = sqlx::query(
            "SELECT position, conversation, number, version, epoch, header, header_salt, content, content_commitment,
                 audit, audit_commitment, body, link, key, current, message, target, account, command, digest
             FROM events WHERE position > ? ORDER BY position LIMIT ?",
        )
        .bind(int(proof.tally.events))
        .bind(AT_ONCE)
        .fetch_all(&mut *db)
        .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let columns = RowReader { table: "events", row };
            let offset = columns.natural("position")?;
            let event = events::entry(ConversationId(columns.uuid("conversation")?), row)?;
            let mac = event_mac(proof.keys.as_ref(), offset, &event);
            sqlx::query("UPDATE events SET mac = ? WHERE position = ?")
                .bind(blob(&mac.0))
                .bind(int(offset))
                .execute(&mut *db)
                .await?;
            proof.tally.events = offset;
        }
    }
}

async fn adopt_organisation_events(db: &mut SqliteConnection, proof: &mut Proof) -> Result<(), StoreError> {
    loop {
        let rows = sqlx::query(organisations::AFTER)
            .bind(int(proof.tally.organisation_events))
            .bind(AT_ONCE)
            .fetch_all(&mut *db)
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let (offset, event) = organisations::organisation_row(row)?;
            let mac = organisation_event_mac(proof.keys.as_ref(), offset, &event);
            sqlx::query("UPDATE organisation_events SET mac = ? WHERE position = ?")
                .bind(blob(&mac.0))
                .bind(int(offset))
                .execute(&mut *db)
                .await?;
            proof.tally.organisation_events = offset;
        }
    }
}

async fn adopt_heads(db: &mut SqliteConnection, proof: &Proof) -> Result<(), StoreError> {
    let mut after = Vec::new();
    loop {
        let rows = sqlx::query(conversations::AFTER)
            .bind(after.clone())
            .bind(AT_ONCE)
            .fetch_all(&mut *db)
            .await?;
        for row in &rows {
            let (head, _) = conversations::conversation(row)?;
            after = blob(head.id.as_bytes());
            sqlx::query("UPDATE conversations SET mac = ? WHERE id = ?")
                .bind(blob(&stored_head_mac(proof.keys.as_ref(), &head).0))
                .bind(after.clone())
                .execute(&mut *db)
                .await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// The table's and its columns' names are of this file.
async fn adopt_rows<R: SummedRow>(
    db: &mut SqliteConnection,
    proof: &mut Proof,
    table: &'static str,
    key: &[&'static str],
    read: fn(&SqliteRow) -> Result<R, StoreError>,
) -> Result<(), StoreError> {
    let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")))
        .fetch_all(&mut *db)
        .await?;
    let same: Vec<String> = key.iter().map(|column| format!("{column} = ?")).collect();
    let statement = format!("UPDATE {table} SET mac = ? WHERE {}", same.join(" AND "));
    for row in &rows {
        let mac = proof.add(&read(row)?);
        let mut update = sqlx::query(AssertSqlSafe(statement.clone())).bind(mac);
        for column in key {
            update = update.bind(RowReader { table, row }.blob(column)?);
        }
        update.execute(&mut *db).await?;
    }
    Ok(())
}

pub(super) fn alias(row: &SqliteRow) -> Result<AliasRow, StoreError> {
    let columns = RowReader {
        table: "aliases",
        row,
    };
    Ok(AliasRow {
        person: PersonId(columns.uuid("person")?),
        from: ConversationId(columns.uuid("alias")?),
        to: ConversationId(columns.uuid("conversation")?),
    })
}
