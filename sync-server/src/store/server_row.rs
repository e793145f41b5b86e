//! The server's own row.

use std::fmt::Debug;

use conversation::Timestamp;
use uuid::Uuid;

use super::error::StoreFuture;

/// The server's own row.
pub trait ServerStore: Send + Sync + Debug {
    /// `None` before it was initialised.
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>>;
    /// With the sealed tally of an empty store.
    fn create_server<'a>(&'a self, row: &'a ServerRow, tally: &'a [u8]) -> StoreFuture<'a, ()>;
}

/// The server itself: one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    pub id: Uuid,
    pub created_at: Timestamp,
    /// Number of restores; 1 initially.
    pub epoch: u64,
    /// The server's secret, wrapped by the master key.
    pub secret: Vec<u8>,
}
