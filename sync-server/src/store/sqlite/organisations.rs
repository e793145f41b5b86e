//! `organisation_events`.

use conversation::OrganisationId;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::pool::{Proof, Reader};
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::integrity::organisation_event_mac;
use crate::store::{KeyId, OrganisationRow, StoreError};

/// Returns the offset of the last event.
pub(super) async fn write(
    writer: &mut SqliteConnection,
    rows: &[OrganisationRow],
    proof: &mut Proof,
) -> Result<Option<u64>, StoreError> {
    let mut last = None;
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO organisation_events (organisation, number, version, header, header_salt,
                 content, content_commitment, audit, audit_commitment, link, key, mac) VALUES {}",
            rows.len(),
            12,
        ));
        for row in rows {
            proof.tally.organisation_events += 1;
            let mac = organisation_event_mac(proof.keys.as_ref(), proof.tally.organisation_events, row);
            query = query
                .bind(blob(row.organisation.as_bytes()))
                .bind(int(row.number.0))
                .bind(i64::from(row.version))
                .bind(row.header.clone())
                .bind(blob(&row.header_salt.0))
                .bind(row.content.clone())
                .bind(blob(&row.content_commitment.0))
                .bind(row.audit.clone())
                .bind(blob(&row.audit_commitment.0))
                .bind(blob(&row.link.0))
                .bind(blob(row.key.0.as_bytes()))
                .bind(blob(&mac.0));
        }
        match query.execute(&mut *writer).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(StoreError::Moved);
            }
            done if done.as_ref().is_ok_and(|done| {
                done.last_insert_rowid().unsigned_abs() != proof.tally.organisation_events
            }) =>
            {
                return Err(StoreError::Broken {
                    table: "organisation_events",
                    column: "position",
                });
            }
            done => last = Some(done?.last_insert_rowid().unsigned_abs()),
        }
    }
    Ok(last)
}

pub(super) const AFTER: &str = "SELECT position, organisation, number, version, header, header_salt, content,
    content_commitment, audit, audit_commitment, link, key, mac
FROM organisation_events WHERE position > ? ORDER BY position LIMIT ?";

pub(super) async fn read(
    reader: &mut Reader<'_>,
    after: u64,
    most: u32,
) -> Result<Vec<(u64, OrganisationRow)>, StoreError> {
    let rows = sqlx::query(AFTER)
        .bind(int(after))
        .bind(i64::from(most))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(organisation_row).collect()
}

pub(super) fn organisation_row(row: &SqliteRow) -> Result<(u64, OrganisationRow), StoreError> {
    let columns = RowReader {
        table: "organisation_events",
        row,
    };
    let event = OrganisationRow {
        organisation: OrganisationId(columns.uuid("organisation")?),
        number: columns.number("number")?,
        version: columns.version()?,
        header: columns.text("header")?,
        header_salt: columns.salt("header_salt")?,
        content: columns.blob("content")?,
        content_commitment: columns.digest("content_commitment")?,
        audit: columns.blob("audit")?,
        audit_commitment: columns.digest("audit_commitment")?,
        link: columns.digest("link")?,
        key: KeyId(columns.uuid("key")?),
    };
    Ok((columns.natural("position")?, event))
}
