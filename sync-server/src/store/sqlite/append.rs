//! The one transaction that writes decisions.

use sqlx::SqliteConnection;

use super::pool::Writer;
use super::row_reader::blob;
use super::statement::{LARGEST_SET, over_rows};
use super::{
    account_state, accounts, command_results, conversations, events, extension, jobs, organisations, sources,
};
use crate::store::{Append, Appended, KeyRow, StoreError};

pub(super) async fn append(writer: &mut Writer<'_>, append: &Append) -> Result<Appended, StoreError> {
    if extension::is_extension(append) {
        return extension::append(writer, append).await;
    }
    let before = writer.take_offset();
    let written = write_all(writer.begin().await?, append).await;
    let appended = writer.end(written).await?;
    writer.set_offset(appended.offset.or(before));
    Ok(appended)
}

/// Heads come first: if one has moved, the rest is not tried.
async fn write_all(connection: &mut SqliteConnection, append: &Append) -> Result<Appended, StoreError> {
    write_keys(connection, &append.keys).await?;
    conversations::write(connection, &append.heads).await?;
    let offset = events::write(connection, &append.events).await?;
    events::outdate(connection, &append.outdated).await?;
    let before = offset.map(|last| last - append.events.len() as u64);
    conversations::write_participants(connection, &append.participants, before).await?;
    conversations::write_links(connection, &append.conversation_links).await?;
    command_results::write_direct_conversations(connection, &append.direct_conversations).await?;
    command_results::write(connection, &append.command_results).await?;
    let revision = account_state::write(connection, append).await?;
    let organisations = organisations::write(connection, &append.organisation_events).await?;
    accounts::write(connection, append).await?;
    sources::write(connection, append).await?;
    jobs::write(connection, &append.jobs).await?;
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
