//! The errors of a store.

use futures_util::future::BoxFuture;

pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A head differs from the one that the append expected; nothing was written.
    #[error("a head has moved")]
    Moved,
    /// A row that this server cannot have written.
    #[error("a row of {table} is broken: {column}")]
    Broken {
        table: &'static str,
        column: &'static str,
    },
    /// The database was written by a later version of the server.
    #[error("the database was written by a later version of the server: use that version")]
    Newer,
    #[error("the store failed: {0}")]
    Failed(#[from] Box<dyn std::error::Error + Send + Sync>),
}
