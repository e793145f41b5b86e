//! The server itself.

use std::fmt::Debug;

use conversation::Timestamp;
use uuid::Uuid;

use super::error::StoreFuture;

/// The server itself.
pub trait ServerStore: Send + Sync + Debug {
    /// `None` before it was initialised.
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>>;
    fn create_server<'a>(&'a self, row: &'a ServerRow) -> StoreFuture<'a, ()>;
}

/// The server itself: one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    pub id: Uuid,
    pub created_at: Timestamp,
    /// Counts the restores; 1 at first.
    pub epoch: u64,
    /// The server's secret, wrapped by the master key.
    pub secret: Vec<u8>,
}
