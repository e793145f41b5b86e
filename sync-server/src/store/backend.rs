//! The choice of the database: the one place that names it.

use std::path::Path;
use std::sync::Arc;

use super::sqlite::Sqlite;
use super::{Store, StoreError};

/// The database of a server.
#[derive(Clone, Copy, Debug)]
pub enum Backend<'a> {
    /// A file, made where it is absent and brought to this version.
    Sqlite(&'a Path),
}

impl Backend<'_> {
    pub async fn open(self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Backend::Sqlite(file) => Ok(Arc::new(Sqlite::open(file).await?)),
        }
    }
}
