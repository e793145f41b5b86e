//! Everything that changed for a person since a watermark, in one snapshot.

use conversation::{ConversationId, PersonId};
use sqlx::Connection as _;

use super::pool::Reader;
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use super::{account_state, watermark};
use crate::store::{ChangedConversation, Changes, StoreError, Watermark};

pub(super) async fn changes_since(
    reader: &mut Reader<'_>,
    person: PersonId,
    since: &Watermark,
    following: &[ConversationId],
) -> Result<Changes, StoreError> {
    // One transaction, for a consistent snapshot.
    let mut snapshot = reader.connection()?.begin().await?;
    let mark = watermark::read_on(&mut snapshot).await?;
    let mut found = Vec::new();
    let rows = sqlx::query(CHANGED)
        .bind(int(since.offset))
        .bind(blob(person.as_bytes()))
        .fetch_all(&mut *snapshot)
        .await?;
    for row in &rows {
        found.push(changed_conversation(row)?);
    }
    for ids in following.chunks(LARGEST_SET) {
        let ids: Vec<&ConversationId> = ids
            .iter()
            .filter(|id| !found.iter().any(|row| row.conversation == **id))
            .collect();
        if ids.is_empty() {
            continue;
        }
        let mut query = sqlx::query(over_rows(FOLLOWED, ids.len(), 1));
        for id in ids {
            query = query.bind(blob(id.as_bytes()));
        }
        query = query
            .bind(int(since.offset))
            .bind(int(since.offset))
            .bind(blob(person.as_bytes()));
        for row in &query.fetch_all(&mut *snapshot).await? {
            found.push(changed_conversation(row)?);
        }
    }
    found.sort_by_key(|row| std::cmp::Reverse(row.offset));
    let positions = account_state::positions_since(&mut snapshot, person, since.revision).await?;
    let personal = account_state::personal_since(&mut snapshot, person, since.revision).await?;
    let aliases = account_state::aliases_since(&mut snapshot, person, since.revision).await?;
    snapshot.commit().await?;
    Ok(Changes {
        mark,
        conversations: found,
        positions,
        personal,
        aliases,
    })
}

const FOLLOWED: &str = "WITH asked (id) AS (VALUES {})
SELECT c.id, c.last, c.position, coalesce(t.open, 0) AS open, coalesce(t.position, 0) > ? AS changed,
    coalesce((SELECT e.number FROM events e WHERE e.conversation = c.id AND e.position <= ?
              ORDER BY e.number DESC LIMIT 1), 0) AS known
FROM asked CROSS JOIN conversations c ON c.id = asked.id
LEFT JOIN takes_part t ON t.person = ? AND t.conversation = c.id";

fn changed_conversation(row: &sqlx::sqlite::SqliteRow) -> Result<ChangedConversation, StoreError> {
    let columns = RowReader {
        table: "conversations",
        row,
    };
    Ok(ChangedConversation {
        conversation: ConversationId(columns.uuid("id")?),
        last: columns.number("last")?,
        offset: columns.natural("position")?,
        known: columns.number("known")?,
        open: columns.boolean("open")?,
        changed: columns.boolean("changed")?,
    })
}

/// A constant, for the test of query plans.
pub(super) const CHANGED: &str = "SELECT c.id, c.last, c.position, t.open, t.position > ?1 AS changed,
    coalesce((SELECT e.number FROM events e WHERE e.conversation = c.id AND e.position <= ?1
              ORDER BY e.number DESC LIMIT 1), 0) AS known
FROM takes_part t CROSS JOIN conversations c ON c.id = t.conversation
WHERE t.person = ?2 AND (t.position > ?1 OR (t.open = 1 AND c.position > ?1))
ORDER BY c.position DESC";
