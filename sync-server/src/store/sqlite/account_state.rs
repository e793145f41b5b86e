//! `positions`, `personal` and `aliases`.

use conversation::{ConversationId, PersonId, Seq};
use sqlx::SqliteConnection;

use super::pool::{Proof, Reader};
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{AliasRow, Append, PersonalRow, PersonalUsage, PositionRow, StoreError};

pub(super) async fn readers(
    reader: &mut Reader<'_>,
    conversation: ConversationId,
) -> Result<Vec<(PersonId, Seq)>, StoreError> {
    let rows = sqlx::query("SELECT person, number FROM positions WHERE conversation = ?")
        .bind(blob(conversation.as_bytes()))
        .fetch_all(reader.connection()?)
        .await?;
    let reader = |row: &sqlx::sqlite::SqliteRow| {
        let columns = RowReader {
            table: "positions",
            row,
        };
        Ok((PersonId(columns.uuid("person")?), columns.number("number")?))
    };
    rows.iter().map(reader).collect()
}

pub(super) async fn positions_since(
    connection: &mut SqliteConnection,
    person: PersonId,
    revision: u64,
) -> Result<Vec<PositionRow>, StoreError> {
    let rows =
        sqlx::query("SELECT conversation, number FROM positions WHERE person = ? AND lane > ? ORDER BY lane")
            .bind(blob(person.as_bytes()))
            .bind(int(revision))
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader {
                table: "positions",
                row,
            };
            Ok(PositionRow {
                person,
                conversation: ConversationId(columns.uuid("conversation")?),
                number: columns.number("number")?,
            })
        })
        .collect()
}

pub(super) async fn personal_since(
    connection: &mut SqliteConnection,
    person: PersonId,
    revision: u64,
) -> Result<Vec<PersonalRow>, StoreError> {
    let rows = sqlx::query("SELECT field, value FROM personal WHERE person = ? AND lane > ? ORDER BY lane")
        .bind(blob(person.as_bytes()))
        .bind(int(revision))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader {
                table: "personal",
                row,
            };
            Ok(PersonalRow {
                person,
                field: columns.text("field")?,
                value: columns.text("value")?,
            })
        })
        .collect()
}

pub(super) async fn personal_usage(
    reader: &mut Reader<'_>,
    person: PersonId,
    fields: &[&str],
) -> Result<PersonalUsage, StoreError> {
    let connection = reader.connection()?;
    let used = sqlx::query(
        "SELECT count(*) AS fields, coalesce(sum(octet_length(field) + octet_length(value)), 0) AS bytes
         FROM personal WHERE person = ?",
    )
    .bind(blob(person.as_bytes()))
    .fetch_one(&mut *connection)
    .await?;
    let there = sqlx::query(
        "SELECT field, octet_length(value) AS bytes FROM personal
         WHERE person = ? AND field IN (SELECT value FROM json_each(?))",
    )
    .bind(blob(person.as_bytes()))
    .bind(serde_json::json!(fields).to_string())
    .fetch_all(connection)
    .await?;
    let columns = |row| RowReader {
        table: "personal",
        row,
    };
    let used = columns(&used);
    let there = there.iter().map(|row| {
        let columns = columns(row);
        Ok((columns.text("field")?, columns.natural("bytes")?))
    });
    Ok(PersonalUsage {
        fields: used.natural("fields")?,
        bytes: used.natural("bytes")?,
        there: there.collect::<Result<_, StoreError>>()?,
    })
}

pub(super) const PERSONAL: &str = "SELECT field, value FROM personal
WHERE person = ? AND field IN (SELECT value FROM json_each(?))";

pub(super) async fn personal(
    reader: &mut Reader<'_>,
    person: PersonId,
    fields: &[&str],
) -> Result<Vec<PersonalRow>, StoreError> {
    let rows = sqlx::query(PERSONAL)
        .bind(blob(person.as_bytes()))
        .bind(serde_json::json!(fields).to_string())
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader {
                table: "personal",
                row,
            };
            Ok(PersonalRow {
                person,
                field: columns.text("field")?,
                value: columns.text("value")?,
            })
        })
        .collect()
}

pub(super) async fn aliases_since(
    connection: &mut SqliteConnection,
    person: PersonId,
    revision: u64,
) -> Result<Vec<AliasRow>, StoreError> {
    let rows =
        sqlx::query("SELECT alias, conversation FROM aliases WHERE person = ? AND lane > ? ORDER BY lane")
            .bind(blob(person.as_bytes()))
            .bind(int(revision))
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader {
                table: "aliases",
                row,
            };
            Ok(AliasRow {
                person,
                from: ConversationId(columns.uuid("alias")?),
                to: ConversationId(columns.uuid("conversation")?),
            })
        })
        .collect()
}

pub(super) async fn positions(
    reader: &mut Reader<'_>,
    person: PersonId,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
    let mut found = Vec::new();
    for conversations in conversations.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "WITH asked (conversation) AS (VALUES {})
             SELECT p.conversation, p.number
             FROM asked CROSS JOIN positions p ON p.person = ? AND p.conversation = asked.conversation",
            conversations.len(),
            1,
        ));
        for conversation in conversations {
            query = query.bind(blob(conversation.as_bytes()));
        }
        query = query.bind(blob(person.as_bytes()));
        for row in query.fetch_all(reader.connection()?).await? {
            let columns = RowReader {
                table: "positions",
                row: &row,
            };
            found.push((
                ConversationId(columns.uuid("conversation")?),
                columns.number("number")?,
            ));
        }
    }
    Ok(found)
}

pub(super) async fn alias(
    reader: &mut Reader<'_>,
    person: PersonId,
    from: ConversationId,
) -> Result<Option<ConversationId>, StoreError> {
    let row = sqlx::query("SELECT conversation FROM aliases WHERE person = ? AND alias = ?")
        .bind(blob(person.as_bytes()))
        .bind(blob(from.as_bytes()))
        .fetch_optional(reader.connection()?)
        .await?;
    row.map(|row| {
        let columns = RowReader {
            table: "aliases",
            row: &row,
        };
        columns.uuid("conversation").map(ConversationId)
    })
    .transpose()
}

/// The next revision.
const NEXT: &str = "SELECT max(coalesce((SELECT max(lane) FROM positions), 0),
    coalesce((SELECT max(lane) FROM personal), 0),
    coalesce((SELECT max(lane) FROM aliases), 0)) + 1 AS lane";

/// All account state of an append has one revision.
pub(super) async fn write(
    writer: &mut SqliteConnection,
    append: &Append,
    proof: &mut Proof,
) -> Result<Option<u64>, StoreError> {
    if !append.has_account_state() {
        return Ok(None);
    }
    let row = sqlx::query(NEXT).fetch_one(&mut *writer).await?;
    let columns = RowReader {
        table: "positions",
        row: &row,
    };
    let revision = columns.natural("lane")?;
    write_aliases(writer, &append.aliases, int(revision), proof).await?;
    write_positions(writer, &append.positions, int(revision)).await?;
    write_personal(writer, &append.personal, int(revision)).await?;
    Ok(Some(revision))
}

async fn write_positions(
    writer: &mut SqliteConnection,
    rows: &[PositionRow],
    revision: i64,
) -> Result<(), StoreError> {
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO positions (person, conversation, number, lane) VALUES {}
             ON CONFLICT (person, conversation) DO UPDATE SET number = excluded.number, lane = excluded.lane",
            rows.len(),
            4,
        ));
        for row in rows {
            query = query
                .bind(blob(row.person.as_bytes()))
                .bind(blob(row.conversation.as_bytes()))
                .bind(int(row.number.0))
                .bind(revision);
        }
        query.execute(&mut *writer).await?;
    }
    Ok(())
}

async fn write_personal(
    writer: &mut SqliteConnection,
    rows: &[PersonalRow],
    revision: i64,
) -> Result<(), StoreError> {
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO personal (person, field, value, lane) VALUES {}
             ON CONFLICT (person, field) DO UPDATE SET value = excluded.value, lane = excluded.lane",
            rows.len(),
            4,
        ));
        for row in rows {
            query = query
                .bind(blob(row.person.as_bytes()))
                .bind(row.field.clone())
                .bind(row.value.clone())
                .bind(revision);
        }
        query.execute(&mut *writer).await?;
    }
    Ok(())
}

async fn write_aliases(
    writer: &mut SqliteConnection,
    rows: &[AliasRow],
    revision: i64,
    proof: &mut Proof,
) -> Result<(), StoreError> {
    for row in rows {
        let there = sqlx::query("SELECT 1 FROM aliases WHERE person = ? AND alias = ?")
            .bind(blob(row.person.as_bytes()))
            .bind(blob(row.from.as_bytes()))
            .fetch_optional(&mut *writer)
            .await?;
        if there.is_some() {
            continue;
        }
        sqlx::query("INSERT INTO aliases (person, alias, conversation, lane, mac) VALUES (?, ?, ?, ?, ?)")
            .bind(blob(row.person.as_bytes()))
            .bind(blob(row.from.as_bytes()))
            .bind(blob(row.to.as_bytes()))
            .bind(revision)
            .bind(proof.add(row))
            .execute(&mut *writer)
            .await?;
    }
    Ok(())
}
