//! The one transaction that decides anything.

use sqlx::SqliteConnection;

use super::columns::{blob, int};
use super::pool::Writer;
use super::statement::{LARGEST_SET, over_rows};
use super::{account_state, accounts, command_results, conversations, events, organisations, sources};
use crate::store::{Append, KeyRow, StoreError};

pub(super) async fn append(writer: &mut Writer<'_>, append: &Append) -> Result<(), StoreError> {
    let written = write_all(writer.begin().await?, append).await;
    writer.end(written).await
}

async fn write_all(connection: &mut SqliteConnection, append: &Append) -> Result<(), StoreError> {
    write_keys(connection, &append.keys).await?;
    conversations::write(connection, &append.heads).await?;
    events::write(connection, &append.events).await?;
    events::outdate(connection, &append.outdated).await?;
    conversations::write_participants(connection, &append.participants).await?;
    conversations::write_links(connection, &append.conversation_links).await?;
    command_results::write_direct_conversations(connection, &append.direct_conversations).await?;
    account_state::write_aliases(connection, &append.aliases).await?;
    command_results::write(connection, &append.command_results).await?;
    account_state::write_positions(connection, &append.positions).await?;
    account_state::write_personal(connection, &append.personal).await?;
    organisations::write(connection, &append.organisation_events).await?;
    accounts::write(connection, append).await?;
    sources::write(connection, append).await
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
                .bind(int(key.id))
                .bind(blob(key.scope.as_bytes()))
                .bind(i64::from(key.year))
                .bind(key.wrapped.clone());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
