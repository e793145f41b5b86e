//! `events`.

use conversation::{CommandId, ConversationId, MessageId, PersonId, Seq};
use futures_util::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};
use trail::{Digest, Salt};

use super::keys;
use super::pool::{Proof, Reader, Writer};
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::integrity::event_mac;
use crate::store::{
    BESIDE, CommandMark, EventRow, KeyId, MessageRow, Outdated, ReadRow, Slice, StoreError, fit,
};

/// `OR FAIL` leaves earlier rows of a failed statement in place: the transaction is rolled back anyway, and SQLite
/// needs no copy of the pages to undo a single statement.
pub(super) const INSERT: &str = "INSERT OR FAIL INTO events (conversation, number, version, epoch,
    header, header_salt, content, content_commitment, audit, audit_commitment, body, link, key, current,
    message, target, account, command, digest, mac) VALUES {}";

/// The values of [`INSERT`].
pub(super) const VALUES: usize = 20;

/// Returns the offset of the last event. SQLite assigns consecutive offsets, since no event is ever deleted: where it does
/// not, somebody else wrote or deleted one.
pub(super) async fn write(
    writer: &mut SqliteConnection,
    events: &[EventRow],
    proof: &mut Proof,
) -> Result<Option<u64>, StoreError> {
    let mut last = None;
    for events in events.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(INSERT, events.len(), VALUES));
        for event in events {
            proof.tally.events += 1;
            let mac = event_mac(proof.keys.as_ref(), proof.tally.events, event);
            query = bind(query, event, mac);
        }
        let written = query.execute(&mut *writer).await?.last_insert_rowid();
        if written.unsigned_abs() != proof.tally.events {
            return Err(StoreError::Broken {
                table: "events",
                column: "position",
            });
        }
        last = Some(proof.tally.events);
    }
    Ok(last)
}

/// Adds the values of one row.
pub(super) fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    event: &EventRow,
    mac: Digest,
) -> Query<'q, Sqlite, SqliteArguments> {
    let mark = event.command.as_ref();
    query
        .bind(blob(event.conversation.as_bytes()))
        .bind(int(event.number.0))
        .bind(i64::from(event.version))
        .bind(int(event.epoch))
        .bind(event.header.clone())
        .bind(blob(&event.header_salt.0))
        .bind(event.content.clone())
        .bind(blob(&event.content_commitment.0))
        .bind(event.audit.clone())
        .bind(blob(&event.audit_commitment.0))
        .bind(blob(&event.body.0))
        .bind(blob(&event.link.0))
        .bind(blob(event.key.0.as_bytes()))
        .bind(event.current)
        .bind(event.message.map(|id| blob(id.as_bytes())))
        .bind(event.target.map(|number| int(number.0)))
        .bind(mark.map(|mark| blob(mark.account.as_bytes())))
        .bind(mark.map(|mark| blob(mark.command.as_bytes())))
        .bind(mark.map(|mark| blob(&mark.digest.0)))
        .bind(blob(&mac.0))
}

pub(super) const OUTDATE: &str = "UPDATE events SET current = 0
WHERE conversation = ?1 AND current = 1 AND number < ?3 AND number IN (
    SELECT ?2 UNION ALL
    SELECT number FROM events WHERE conversation = ?1 AND target = ?2 AND target IS NOT NULL)";

pub(super) async fn outdate(writer: &mut SqliteConnection, outdated: &[Outdated]) -> Result<(), StoreError> {
    for outdated in outdated {
        sqlx::query(OUTDATE)
            .bind(blob(outdated.conversation.as_bytes()))
            .bind(int(outdated.target.0))
            .bind(int(outdated.by.0))
            .execute(&mut *writer)
            .await?;
    }
    Ok(())
}

pub(super) const MESSAGES: &str = "WITH asked (conversation, message) AS (VALUES {})
SELECT e.conversation, e.message, e.number, e.header, e.key, k.scope, k.year, k.wrapped,
    e.current = 0 AND NOT EXISTS (SELECT 1 FROM events x
        WHERE x.conversation = e.conversation AND x.target = e.number AND x.current = 1) AS deleted
FROM asked
CROSS JOIN events e ON e.conversation = asked.conversation AND e.message = asked.message
CROSS JOIN keys k ON k.id = e.key
WHERE e.message IS NOT NULL";

pub(super) async fn messages(
    writer: &mut Writer<'_>,
    ids: &[(ConversationId, MessageId)],
) -> Result<Vec<MessageRow>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(MESSAGES, ids.len(), 2));
        for (conversation, message) in ids {
            query = query
                .bind(blob(conversation.as_bytes()))
                .bind(blob(message.as_bytes()));
        }
        for row in query.fetch_all(writer.connection()?).await? {
            let columns = RowReader {
                table: "events",
                row: &row,
            };
            found.push(MessageRow {
                conversation: ConversationId(columns.uuid("conversation")?),
                message: MessageId(columns.uuid("message")?),
                number: columns.number("number")?,
                header: columns.text("header")?,
                key: keys::key(&columns, "key")?,
                deleted: columns.boolean("deleted")?,
            });
        }
    }
    Ok(found)
}

/// Columns of a fixed length come as one value, since sqlx copies each value of a row by itself.
pub(super) const SLICES: &str = "WITH asked (place, conversation, first, last) AS (VALUES {})
SELECT e.conversation, e.number, e.version, e.header, e.content, e.key, e.current,
    CAST(e.header_salt || e.content_commitment || e.audit_commitment || e.body || e.link AS BLOB) AS digests
FROM asked
CROSS JOIN events e ON e.conversation = asked.conversation AND e.number BETWEEN asked.first AND asked.last
ORDER BY asked.place, e.number";

pub(super) async fn slices(reader: &mut Reader<'_>, slices: &[Slice]) -> Result<Vec<ReadRow>, StoreError> {
    let mut rows = Vec::new();
    for slices in slices.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(SLICES, slices.len(), 4));
        for (place, slice) in (0_i64..).zip(slices) {
            query = query
                .bind(place)
                .bind(blob(slice.conversation.as_bytes()))
                .bind(int(slice.from.0))
                .bind(int(slice.to.0));
        }
        // Row by row: the thread of the connection reads the next meanwhile.
        let mut found = query.fetch(reader.connection()?);
        while let Some(row) = found.try_next().await? {
            rows.push(read_row(&row)?);
        }
    }
    Ok(rows)
}

/// The total size first: mostly it is small, and no further query is needed.
pub(super) const WEIGHT: &str = "WITH asked (place, conversation, first, last) AS (VALUES {})
SELECT coalesce(sum(octet_length(e.header) + octet_length(e.content)), 0) AS bytes, count(*) AS events
FROM asked
CROSS JOIN events e ON e.conversation = asked.conversation AND e.number BETWEEN asked.first AND asked.last";

pub(super) const SIZES: &str = "WITH asked (place, conversation, first, last) AS (VALUES {})
SELECT asked.place, e.number, octet_length(e.header) + octet_length(e.content) AS bytes
FROM asked
CROSS JOIN events e ON e.conversation = asked.conversation AND e.number BETWEEN asked.first AND asked.last
ORDER BY asked.place, e.number DESC";

pub(super) async fn fitting(
    reader: &mut Reader<'_>,
    slices: &[Slice],
    most: u64,
) -> Result<Vec<Slice>, StoreError> {
    let mut weight = 0;
    for rows in rows_of_slices(reader, WEIGHT, slices).await? {
        let columns = RowReader {
            table: "events",
            row: &rows,
        };
        weight += columns.natural("bytes")? + columns.natural("events")? * BESIDE;
    }
    if weight <= most {
        return Ok(slices.to_vec());
    }
    let mut sizes = Vec::new();
    for row in rows_of_slices(reader, SIZES, slices).await? {
        let columns = RowReader {
            table: "events",
            row: &row,
        };
        let place = usize::try_from(columns.natural("place")?).unwrap_or(usize::MAX);
        sizes.push((place, columns.number("number")?, columns.natural("bytes")?));
    }
    Ok(fit(slices, most, sizes))
}

/// The rows of a statement over slices, a set at a time.
async fn rows_of_slices(
    reader: &mut Reader<'_>,
    statement: &'static str,
    slices: &[Slice],
) -> Result<Vec<SqliteRow>, StoreError> {
    let mut rows = Vec::new();
    let mut place = 0_i64;
    for slices in slices.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(statement, slices.len(), 4));
        for slice in slices {
            query = query
                .bind(place)
                .bind(blob(slice.conversation.as_bytes()))
                .bind(int(slice.from.0))
                .bind(int(slice.to.0));
            place += 1;
        }
        rows.extend(query.fetch_all(reader.connection()?).await?);
    }
    Ok(rows)
}

fn read_row(row: &SqliteRow) -> Result<ReadRow, StoreError> {
    let columns = RowReader { table: "events", row };
    let digests: [u8; 5 * 32] = columns.bytes("digests")?;
    let (digests, _) = digests.as_chunks::<32>();
    let &[header_salt, content_commitment, audit_commitment, body, link] = digests else {
        return Err(columns.broken("digests"));
    };
    Ok(ReadRow {
        conversation: ConversationId(columns.uuid("conversation")?),
        number: columns.number("number")?,
        version: columns.version()?,
        header: columns.text("header")?,
        header_salt: Salt(header_salt),
        content: columns.blob("content")?,
        content_commitment: Digest(content_commitment),
        audit_commitment: Digest(audit_commitment),
        body: Digest(body),
        link: Digest(link),
        key: KeyId(columns.uuid("key")?),
        current: columns.boolean("current")?,
    })
}

pub(super) async fn links(
    reader: &mut Reader<'_>,
    places: &[(ConversationId, Seq)],
) -> Result<Vec<(ConversationId, Seq, Digest)>, StoreError> {
    let mut links = Vec::with_capacity(places.len());
    for places in places.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "WITH asked (conversation, number) AS (VALUES {})
             SELECT e.conversation, e.number, e.link
             FROM asked CROSS JOIN events e ON e.conversation = asked.conversation AND e.number = asked.number",
            places.len(),
            2,
        ));
        for (conversation, number) in places {
            query = query.bind(blob(conversation.as_bytes())).bind(int(number.0));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            let columns = RowReader {
                table: "events",
                row: &row,
            };
            links.push((
                ConversationId(columns.uuid("conversation")?),
                columns.number("number")?,
                columns.digest("link")?,
            ));
        }
    }
    Ok(links)
}

pub(super) async fn link_at(reader: &mut Reader<'_>, offset: u64) -> Result<Option<Digest>, StoreError> {
    let row = sqlx::query("SELECT link FROM events WHERE position = ?")
        .bind(int(offset))
        .fetch_optional(reader.connection()?)
        .await?;
    row.map(|row| {
        let columns = RowReader {
            table: "events",
            row: &row,
        };
        columns.digest("link")
    })
    .transpose()
}

/// Complete rows after a number.
pub(super) const ENTRIES: &str =
    "SELECT position, number, version, epoch, header, header_salt, content, content_commitment,
    audit, audit_commitment, body, link, key, current, message, target, account, command, digest, mac
FROM events WHERE conversation = ? AND number > ? ORDER BY number LIMIT ?";

pub(super) async fn entries(
    reader: &mut Reader<'_>,
    conversation: ConversationId,
    after: Seq,
    most: u32,
) -> Result<Vec<EventRow>, StoreError> {
    let rows = sqlx::query(ENTRIES)
        .bind(blob(conversation.as_bytes()))
        .bind(int(after.0))
        .bind(i64::from(most))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(|row| entry(conversation, row)).collect()
}

pub(super) fn entry(conversation: ConversationId, row: &SqliteRow) -> Result<EventRow, StoreError> {
    let columns = RowReader { table: "events", row };
    let digest = columns.maybe_blob("digest")?;
    let command = match (
        columns.maybe_uuid("account")?,
        columns.maybe_uuid("command")?,
        digest,
    ) {
        (Some(account), Some(command), Some(_)) => Some(CommandMark {
            account: PersonId(account),
            command: CommandId(command),
            digest: columns.digest("digest")?,
        }),
        (None, None, None) => None,
        _ => return Err(columns.broken("command")),
    };
    let target = columns.maybe_integer("target")?;
    Ok(EventRow {
        conversation,
        number: columns.number("number")?,
        version: columns.version()?,
        epoch: columns.natural("epoch")?,
        header: columns.text("header")?,
        header_salt: columns.salt("header_salt")?,
        content: columns.blob("content")?,
        content_commitment: columns.digest("content_commitment")?,
        audit: columns.blob("audit")?,
        audit_commitment: columns.digest("audit_commitment")?,
        body: columns.digest("body")?,
        link: columns.digest("link")?,
        key: KeyId(columns.uuid("key")?),
        current: columns.boolean("current")?,
        message: columns.maybe_uuid("message")?.map(MessageId),
        target: match target.map(u64::try_from) {
            None => None,
            Some(Ok(number)) => Some(Seq(number)),
            Some(Err(_)) => return Err(columns.broken("target")),
        },
        command,
    })
}
