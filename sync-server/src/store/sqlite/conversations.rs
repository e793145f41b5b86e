//! `conversations`, `states`, `takes_part` and `concerns`.

use conversation::{ConversationId, PersonId, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::attention;
use super::keys;
use super::pool::{Proof, Reader};
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::integrity::{head_mac, stored_head_mac};
use crate::store::{ConversationLinkRow, ConversationRow, HeadWrite, ParticipantRow, StoreError};

pub(super) const BY_ID: &str = "WITH asked (id) AS (VALUES {})
SELECT c.id, c.last, c.link, c.last_at, c.position, c.key, c.mac, k.scope, k.year, k.wrapped, s.number, s.sealed
FROM asked
CROSS JOIN conversations c ON c.id = asked.id
CROSS JOIN keys k ON k.id = c.key
CROSS JOIN states s ON s.conversation = c.id";

pub(super) async fn read(
    reader: &mut Reader<'_>,
    ids: &[ConversationId],
) -> Result<Vec<ConversationRow>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(BY_ID, ids.len(), 1));
        for id in ids {
            query = query.bind(blob(id.as_bytes()));
        }
        for row in query.fetch_all(reader.connection()?).await? {
            let (found, mac) = conversation(&row)?;
            let proved = stored_head_mac(reader.keys()?.as_ref(), &found);
            if mac != Some(proved.0.to_vec()) {
                return Err(StoreError::Broken {
                    table: "conversations",
                    column: "mac",
                });
            }
            rows.push(found);
        }
    }
    Ok(rows)
}

/// The heads after an id.
pub(super) const AFTER: &str =
    "SELECT c.id, c.last, c.link, c.last_at, c.position, c.key, c.mac, k.scope, k.year, k.wrapped, s.number, s.sealed
FROM conversations c
CROSS JOIN keys k ON k.id = c.key
CROSS JOIN states s ON s.conversation = c.id
WHERE c.id > ? ORDER BY c.id LIMIT ?";

/// One head.
pub(super) const ONE: &str =
    "SELECT c.id, c.last, c.link, c.last_at, c.position, c.key, c.mac, k.scope, k.year, k.wrapped, s.number, s.sealed
FROM conversations c
CROSS JOIN keys k ON k.id = c.key
CROSS JOIN states s ON s.conversation = c.id
WHERE c.id = ?";

/// With its MAC.
pub(super) fn conversation(row: &SqliteRow) -> Result<(ConversationRow, Option<Vec<u8>>), StoreError> {
    let columns = RowReader {
        table: "conversations",
        row,
    };
    let found = ConversationRow {
        id: ConversationId(columns.uuid("id")?),
        last: columns.number("last")?,
        link: columns.digest("link")?,
        last_at: Timestamp(columns.integer("last_at")?),
        offset: columns.natural("position")?,
        key: keys::key(&columns, "key")?,
        state: columns.blob("sealed")?,
        state_at: columns.number("number")?,
    };
    Ok((found, columns.maybe_blob("mac")?))
}

pub(super) async fn conversations_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Result<Vec<ConversationId>, StoreError> {
    let rows = sqlx::query("SELECT conversation FROM takes_part WHERE person = ? AND open = 1")
        .bind(blob(person.as_bytes()))
        .fetch_all(reader.connection()?)
        .await?;
    let id = |row: &SqliteRow| {
        let columns = RowReader {
            table: "takes_part",
            row,
        };
        columns.uuid("conversation").map(ConversationId)
    };
    rows.iter().map(id).collect()
}

/// The offset of an event in this append is the last stored offset plus its place among the new events.
pub(super) const ADVANCE: &str = "WITH advanced (id, before, last, link, last_at, event, key, mac) AS (VALUES {})
UPDATE OR FAIL conversations
SET last = advanced.last, link = advanced.link, last_at = advanced.last_at, key = advanced.key, mac = advanced.mac,
    position = (SELECT coalesce(max(position), 0) FROM events) + advanced.event
FROM advanced WHERE conversations.id = advanced.id AND conversations.last = advanced.before";

const BEGIN: &str = "WITH new (id, last, link, last_at, event, key, mac) AS (VALUES {})
INSERT INTO conversations (id, last, link, last_at, position, key, mac)
SELECT id, last, link, last_at, (SELECT coalesce(max(position), 0) FROM events) + event, key, mac FROM new WHERE true
ON CONFLICT (id) DO NOTHING";

pub(super) async fn write(
    writer: &mut SqliteConnection,
    heads: &[HeadWrite],
    proof: &Proof,
) -> Result<(), StoreError> {
    let (new, old): (Vec<&HeadWrite>, Vec<&HeadWrite>) = heads.iter().partition(|head| head.before.0 == 0);
    for heads in new.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(BEGIN, heads.len(), 7));
        for head in heads {
            query = query
                .bind(blob(head.id.as_bytes()))
                .bind(int(head.last.0))
                .bind(blob(&head.link.0))
                .bind(head.last_at.0)
                .bind(place(head.event))
                .bind(blob(head.key.0.as_bytes()))
                .bind(blob(&head_mac(proof.keys.as_ref(), head).0));
        }
        check(query.execute(&mut *writer).await?.rows_affected(), heads.len())?;
    }
    for heads in old.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(ADVANCE, heads.len(), 8));
        for head in heads {
            query = query
                .bind(blob(head.id.as_bytes()))
                .bind(int(head.before.0))
                .bind(int(head.last.0))
                .bind(blob(&head.link.0))
                .bind(head.last_at.0)
                .bind(place(head.event))
                .bind(blob(head.key.0.as_bytes()))
                .bind(blob(&head_mac(proof.keys.as_ref(), head).0));
        }
        check(query.execute(&mut *writer).await?.rows_affected(), heads.len())?;
    }
    let changed: Vec<(&HeadWrite, &Vec<u8>)> = heads
        .iter()
        .filter_map(|head| head.state.as_ref().map(|state| (head, state)))
        .collect();
    for heads in changed.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO states (conversation, number, sealed) VALUES {}
             ON CONFLICT (conversation) DO UPDATE SET number = excluded.number, sealed = excluded.sealed",
            heads.len(),
            3,
        ));
        for (head, state) in heads {
            query = query
                .bind(blob(head.id.as_bytes()))
                .bind(int(head.state_at.0))
                .bind((*state).clone());
        }
        query.execute(&mut *writer).await?;
    }
    Ok(())
}

/// The place of an event among the new ones, from 1.
fn place(event: usize) -> i64 {
    int(event as u64 + 1)
}

/// Fails unless every head was the expected one.
fn check(written: u64, heads: usize) -> Result<(), StoreError> {
    if written == heads as u64 {
        Ok(())
    } else {
        Err(StoreError::Moved)
    }
}

/// `before`: the offset before the first event of the append.
pub(super) async fn write_participants(
    writer: &mut SqliteConnection,
    rows: &[ParticipantRow],
    before: u64,
) -> Result<(), StoreError> {
    let before = int(before);
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO takes_part (person, conversation, open, position) VALUES {}
             ON CONFLICT (person, conversation) DO UPDATE SET open = excluded.open, position = excluded.position",
            rows.len(),
            4,
        ));
        for row in rows {
            query = query
                .bind(blob(row.person.as_bytes()))
                .bind(blob(row.conversation.as_bytes()))
                .bind(row.open)
                .bind(before + place(row.event));
        }
        query.execute(&mut *writer).await?;
    }
    attention::forget(writer, rows).await
}

pub(super) async fn write_links(
    writer: &mut SqliteConnection,
    rows: &[ConversationLinkRow],
) -> Result<(), StoreError> {
    for row in rows {
        let statement = if row.open {
            "INSERT INTO concerns (thing, conversation) VALUES (?, ?) ON CONFLICT (thing, conversation) DO NOTHING"
        } else {
            "DELETE FROM concerns WHERE thing = ? AND conversation = ?"
        };
        sqlx::query(statement)
            .bind(blob(row.subject.as_bytes()))
            .bind(blob(row.conversation.as_bytes()))
            .execute(&mut *writer)
            .await?;
    }
    Ok(())
}

pub(super) async fn conversation_links(
    reader: &mut Reader<'_>,
    subject: Uuid,
) -> Result<Vec<ConversationId>, StoreError> {
    let rows = sqlx::query("SELECT conversation FROM concerns WHERE thing = ?")
        .bind(blob(subject.as_bytes()))
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter().map(linked).collect()
}

/// By the person's rows, each looked up among the subject's: how many those are makes no difference.
pub(super) async fn own_conversation_links(
    reader: &mut Reader<'_>,
    subject: Uuid,
    person: PersonId,
) -> Result<Vec<ConversationId>, StoreError> {
    let rows = sqlx::query(
        "SELECT conversation FROM takes_part WHERE person = ? AND EXISTS (
           SELECT 1 FROM concerns WHERE thing = ? AND concerns.conversation = takes_part.conversation)",
    )
    .bind(blob(person.as_bytes()))
    .bind(blob(subject.as_bytes()))
    .fetch_all(reader.connection()?)
    .await?;
    rows.iter().map(linked).collect()
}

fn linked(row: &SqliteRow) -> Result<ConversationId, StoreError> {
    let columns = RowReader {
        table: "concerns",
        row,
    };
    columns.uuid("conversation").map(ConversationId)
}
