//! `urgent_messages`.

use conversation::{ConversationId, MembershipId, PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::pool::Reader;
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{StoreError, UrgentRow, UrgentUse};

const TABLE: &str = "urgent_messages";

pub(super) const AFTER: &str = "SELECT person, count(*) AS messages FROM urgent_messages
    WHERE person IN (SELECT unhex(value) FROM json_each(?1)) AND at > ?2 GROUP BY person";

pub(super) async fn write(writer: &mut SqliteConnection, rows: &[UrgentRow]) -> Result<(), StoreError> {
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO urgent_messages (conversation, number, person, membership, at) VALUES {}",
            rows.len(),
            5,
        ));
        for row in rows {
            query = query
                .bind(blob(row.conversation.as_bytes()))
                .bind(int(row.number.0))
                .bind(blob(row.person.as_bytes()))
                .bind(blob(row.membership.as_bytes()))
                .bind(row.at.0);
        }
        query.execute(&mut *writer).await?;
    }
    Ok(())
}

pub(super) async fn after(
    reader: &mut Reader<'_>,
    persons: &[PersonId],
    after: Timestamp,
) -> Result<Vec<(PersonId, u32)>, StoreError> {
    let persons: Vec<String> = persons
        .iter()
        .map(|person| format!("\"{}\"", person.0.simple()))
        .collect();
    let rows = sqlx::query(AFTER)
        .bind(format!("[{}]", persons.join(",")))
        .bind(after.0)
        .fetch_all(reader.connection()?)
        .await?;
    let counted = |row: &SqliteRow| {
        let columns = RowReader { table: TABLE, row };
        Ok((PersonId(columns.uuid("person")?), messages(&columns)?))
    };
    rows.iter().map(counted).collect()
}

pub(super) async fn uses(reader: &mut Reader<'_>, since: Timestamp) -> Result<Vec<UrgentUse>, StoreError> {
    let rows = sqlx::query(
        "SELECT membership, count(*) AS messages, max(at) AS last FROM urgent_messages WHERE at >= ?
         GROUP BY membership ORDER BY membership",
    )
    .bind(since.0)
    .fetch_all(reader.connection()?)
    .await?;
    let used = |row: &SqliteRow| {
        let columns = RowReader { table: TABLE, row };
        Ok(UrgentUse {
            membership: MembershipId(columns.uuid("membership")?),
            messages: messages(&columns)?,
            last: Timestamp(columns.integer("last")?),
        })
    };
    rows.iter().map(used).collect()
}

fn messages(columns: &RowReader<'_>) -> Result<u32, StoreError> {
    u32::try_from(columns.natural("messages")?).map_err(|_| columns.broken("messages"))
}

/// Those of a conversation, in their order.
pub(super) async fn of_conversation(
    db: &mut SqliteConnection,
    conversation: ConversationId,
) -> Result<Vec<UrgentRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT number, person, membership, at FROM urgent_messages WHERE conversation = ? ORDER BY number",
    )
    .bind(blob(conversation.as_bytes()))
    .fetch_all(db)
    .await?;
    let row = |row: &SqliteRow| {
        let columns = RowReader { table: TABLE, row };
        Ok(UrgentRow {
            conversation,
            number: columns.number("number")?,
            person: PersonId(columns.uuid("person")?),
            membership: MembershipId(columns.uuid("membership")?),
            at: Timestamp(columns.integer("at")?),
        })
    };
    rows.iter().map(row).collect()
}
