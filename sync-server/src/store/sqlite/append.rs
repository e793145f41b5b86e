//! The one transaction that decides anything.

use sqlx::SqliteConnection;

use super::pool::Writer;
use super::text::{blob, int, over_rows};
use super::{account_state, accounts, answers, conversations, events, organisations, sources};
use crate::store::{Append, KeyRow, StoreError};

/// Rows in one statement, at most: each size of a set is a statement of its own, and those are kept prepared.
pub(super) const LARGEST_SET: usize = 100;

pub(super) async fn append(writer: &mut Writer<'_>, append: &Append) -> Result<(), StoreError> {
    let written = write_all(writer.begin().await?, append).await;
    writer.end(written).await
}

async fn write_all(connection: &mut SqliteConnection, append: &Append) -> Result<(), StoreError> {
    write_keys(connection, &append.keys).await?;
    conversations::write(connection, &append.heads).await?;
    events::write(connection, &append.events).await?;
    events::outdate(connection, &append.outdated).await?;
    conversations::take_part(connection, &append.takes_part).await?;
    conversations::concern(connection, &append.concerns).await?;
    answers::write_pairs(connection, &append.pairs).await?;
    account_state::write_aliases(connection, &append.aliases).await?;
    answers::write(connection, &append.answers).await?;
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
