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

impl<'a> Backend<'a> {
    /// The database that needs no server of its own: a file in the data folder.
    pub fn embedded(file: &'a Path) -> Backend<'a> {
        Backend::Sqlite(file)
    }

    pub async fn open(self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Backend::Sqlite(file) => Ok(Arc::new(Sqlite::open(file).await?)),
        }
    }
}
