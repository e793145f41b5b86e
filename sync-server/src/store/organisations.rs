//! The logs of organisations.

use std::fmt::Debug;

use conversation::{OrganisationId, Seq};
use trail::{Digest, Salt};

use super::conversations::KeyId;
use super::error::StoreFuture;

/// The logs of organisations; [`LogStore::append`](super::LogStore::append) extends them.
pub trait OrganisationStore: Send + Sync + Debug {
    /// The events after an offset, each with its own.
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>>;
}

/// An event of an organisation's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    pub organisation: OrganisationId,
    pub number: Seq,
    pub version: u8,
    pub header: String,
    pub header_salt: Salt,
    /// Sealed, with its salt.
    pub content: Vec<u8>,
    pub content_commitment: Digest,
    /// Sealed, with its salt.
    pub audit: Vec<u8>,
    pub audit_commitment: Digest,
    pub link: Digest,
    pub key: KeyId,
}
