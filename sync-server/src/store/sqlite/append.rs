//! The one transaction that writes decisions.

use sqlx::SqliteConnection;

use super::pool::{Proof, Writer};
use super::row_reader::blob;
use super::statement::{LARGEST_SET, over_rows};
use super::{
    account_state, accounts, attachments, command_results, conversations, events, extension, jobs,
    organisations, sessions, sources, urgent,
};
use crate::store::{Append, Appended, EndReason, KeyRow, SessionEnd, StoreError};

pub(super) async fn append(writer: &mut Writer<'_>, append: &Append) -> Result<Appended, StoreError> {
    if extension::is_extension(append) {
        return extension::append(writer, append).await;
    }
    let (connection, mut proof) = writer.begin_proved().await?;
    let written = write_all(connection, append, &mut proof).await;
    writer.end_proved(written, proof).await
}

/// Heads come first: if one has moved, the rest is not tried.
async fn write_all(
    connection: &mut SqliteConnection,
    append: &Append,
    proof: &mut Proof,
) -> Result<Appended, StoreError> {
    let before = proof.tally.events;
    write_keys(connection, &append.keys).await?;
    conversations::write(connection, &append.heads, proof).await?;
    attachments::name(connection, &append.attachments).await?;
    attachments::keep(connection, &append.kept_attachments).await?;
    attachments::drop(connection, &append.dropped_attachments).await?;
    let offset = events::write(connection, &append.events, proof).await?;
    events::outdate(connection, &append.outdated).await?;
    conversations::write_participants(connection, &append.participants, before).await?;
    conversations::write_links(connection, &append.conversation_links).await?;
    command_results::write_direct_conversations(connection, &append.direct_conversations).await?;
    command_results::write(connection, &append.command_results).await?;
    let revision = account_state::write(connection, append, proof).await?;
    let organisations = organisations::write(connection, &append.organisation_events, proof).await?;
    accounts::write(connection, append, proof).await?;
    for (person, at) in &append.ended_accounts {
        let end = SessionEnd {
            at: *at,
            reason: EndReason::AccountEnded,
        };
        sessions::end_all(connection, *person, None, end, proof).await?;
    }
    for (id, end) in &append.ended_sessions {
        sessions::end_one(connection, *id, *end, proof).await?;
    }
    sources::write(connection, append, proof).await?;
    jobs::write(connection, &append.jobs).await?;
    urgent::write(connection, &append.urgent).await?;
    Ok(Appended {
        offset,
        revision,
        organisations,
    })
}

async fn write_keys(connection: &mut SqliteConnection, keys: &[KeyRow]) -> Result<(), StoreError> {
    for keys in keys.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO keys (id, scope, year, wrapped) VALUES {}",
            keys.len(),
            4,
        ));
        for key in keys {
            query = query
                .bind(blob(key.id.0.as_bytes()))
                .bind(blob(key.scope.as_bytes()))
                .bind(i64::from(key.year))
                .bind(key.wrapped.clone());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
