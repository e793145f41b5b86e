//! `keys`.

use super::pool::Reader;
use super::row_reader::{RowReader, blob};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{KeyId, KeyRow, StoreError};

pub(super) async fn read(reader: &mut Reader<'_>, ids: &[KeyId]) -> Result<Vec<KeyRow>, StoreError> {
    let mut keys = Vec::with_capacity(ids.len());
    for ids in ids.chunks(LARGEST_SET) {
        let text = over_rows(
            "WITH asked (id) AS (VALUES {})
             SELECT keys.id, keys.scope, keys.year, keys.wrapped
             FROM asked CROSS JOIN keys ON keys.id = asked.id",
            ids.len(),
            1,
        );
        let mut query = sqlx::query(text);
        for id in ids {
            query = query.bind(blob(id.0.as_bytes()));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            let columns = RowReader {
                table: "keys",
                row: &row,
            };
            keys.push(key(&columns, "id")?);
        }
    }
    Ok(keys)
}

/// Reads a key whose id is in the given column.
pub(super) fn key(columns: &RowReader<'_>, id: &'static str) -> Result<KeyRow, StoreError> {
    Ok(KeyRow {
        id: KeyId(columns.uuid(id)?),
        scope: columns.uuid("scope")?,
        year: columns.year()?,
        wrapped: columns.blob("wrapped")?,
    })
}
