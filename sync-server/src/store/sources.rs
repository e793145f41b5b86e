//! Source systems.

use std::fmt::Debug;

use conversation::{OrganisationId, SourceId, Timestamp};
use trail::Digest;

use super::error::StoreFuture;

/// Source systems; [`LogStore::append`](super::LogStore::append) creates and ends them.
pub trait SourceStore: Send + Sync + Debug {
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>>;
    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>>;
}

/// A source system that registers an organisation's items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    pub id: SourceId,
    pub organisation: OrganisationId,
    /// The operator's name for it.
    pub name: String,
    /// Of its key, under a key of the server.
    pub hash: Digest,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}
