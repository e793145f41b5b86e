//! The choice of the database; no other file names it.

use std::path::Path;
use std::sync::Arc;

use super::sqlite::Sqlite;
use super::{Store, StoreError};

/// The database of a server.
#[derive(Clone, Copy, Debug)]
pub enum Backend<'a> {
    /// A file, created if absent and migrated to this version.
    Sqlite(&'a Path),
}

impl Backend<'_> {
    pub async fn open(self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Backend::Sqlite(file) => Ok(Arc::new(Sqlite::open(file).await?)),
        }
    }
}
