//! Source systems, by their keys.

use super::administer::Source;
use super::{Core, CoreError};
use crate::credentials::source_key;

impl Core {
    /// The source system with this key, unless it was withdrawn.
    pub async fn source(&self, key: &str) -> Result<Option<Source>, CoreError> {
        let Some(hash) = source_key::hash_of_key(&self.vouching, key) else {
            return Ok(None);
        };
        let row = self.store.source(&hash).await?;
        Ok(row.filter(|row| row.ended_at.is_none()).map(|row| Source {
            id: row.id,
            organisation: row.organisation,
        }))
    }
}
