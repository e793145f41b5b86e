//! The watermark: the end of every log.

use trail::Digest;

use super::pool::Reader;
use super::row_reader::RowReader;
use crate::store::{StoreError, Watermark};

const WATERMARK: &str = "SELECT
    (SELECT position FROM events ORDER BY position DESC LIMIT 1) AS position,
    (SELECT link FROM events ORDER BY position DESC LIMIT 1) AS link,
    max(coalesce((SELECT max(lane) FROM positions), 0),
        coalesce((SELECT max(lane) FROM personal), 0),
        coalesce((SELECT max(lane) FROM aliases), 0)) AS lane,
    coalesce((SELECT max(position) FROM organisation_events), 0) AS organisations";

pub(super) async fn read(reader: &mut Reader<'_>) -> Result<Watermark, StoreError> {
    read_on(reader.connection()?).await
}

pub(super) async fn read_on(connection: &mut sqlx::SqliteConnection) -> Result<Watermark, StoreError> {
    let row = sqlx::query(WATERMARK).fetch_one(connection).await?;
    let columns = RowReader {
        table: "events",
        row: &row,
    };
    let offset = columns.maybe_integer("position")?;
    Ok(Watermark {
        offset: offset.map(|offset| offset.unsigned_abs()).unwrap_or_default(),
        link: if offset.is_some() {
            columns.digest("link")?
        } else {
            Digest::default()
        },
        revision: columns.natural("lane")?,
        organisations: columns.natural("organisations")?,
    })
}
