//! `attention`, `letters`, `refused_addresses` and `mail_since`.

use conversation::attention::{Covered, Mailed};
use conversation::{ConversationId, MembershipId, PersonId, Seq, Timestamp};
use sqlx::SqliteConnection;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::jobs;
use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob, int};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{
    Lease, LetterId, LetterJob, LetterRow, ParticipantRow, RefusedAddress, SettledLetter, StoreError,
    UnreadRow,
};

pub(super) const UNREAD: &str = "SELECT c.id, c.last, coalesce(p.number, 0) AS read,
    a.attention_read, a.attention_through, a.reminder_read, a.reminder_through
FROM takes_part t CROSS JOIN conversations c ON c.id = t.conversation
LEFT JOIN positions p ON p.person = t.person AND p.conversation = t.conversation
LEFT JOIN attention a ON a.person = t.person AND a.conversation = t.conversation
WHERE t.person = ?1 AND t.open = 1 AND c.last > coalesce(p.number, 0)
    AND NOT (coalesce(p.number, 0) <= coalesce(a.attention_read, -1)
        AND (?3 = 0 OR coalesce(p.number, 0) <= coalesce(a.reminder_read, -1)))
ORDER BY c.position DESC LIMIT ?2";

pub(super) const UNMAILED: &str = "SELECT t.person
FROM takes_part t CROSS JOIN conversations c ON c.id = t.conversation
LEFT JOIN positions p ON p.person = t.person AND p.conversation = t.conversation
LEFT JOIN attention a ON a.person = t.person AND a.conversation = t.conversation
WHERE t.conversation = ? AND t.open = 1 AND c.last > coalesce(p.number, 0)
    AND coalesce(p.number, 0) > coalesce(a.attention_read, -1)
ORDER BY t.person";

const KEEP: &str =
    "INSERT INTO attention (person, conversation, attention_read, attention_through, reminder_read,
    reminder_through, at)
SELECT person, conversation, attention_read, attention_through, reminder_read, reminder_through, ?3
FROM letters WHERE person = ?1 AND letter = ?2
ON CONFLICT (person, conversation) DO UPDATE SET attention_read = excluded.attention_read,
    attention_through = excluded.attention_through, reminder_read = excluded.reminder_read,
    reminder_through = excluded.reminder_through, at = excluded.at";

pub(super) async fn unread_of(
    reader: &mut Reader<'_>,
    person: PersonId,
    most: u32,
    reminders: bool,
) -> Result<Vec<UnreadRow>, StoreError> {
    let rows = sqlx::query(UNREAD)
        .bind(blob(person.as_bytes()))
        .bind(i64::from(most))
        .bind(reminders)
        .fetch_all(reader.connection()?)
        .await?;
    rows.iter()
        .map(|row| {
            let columns = RowReader {
                table: "conversations",
                row,
            };
            Ok(UnreadRow {
                conversation: ConversationId(columns.uuid("id")?),
                last: columns.number("last")?,
                read: columns.number("read")?,
                mailed: mailed("attention", row)?,
            })
        })
        .collect()
}

pub(super) async fn unmailed(
    reader: &mut Reader<'_>,
    conversation: ConversationId,
) -> Result<Vec<PersonId>, StoreError> {
    let rows = sqlx::query(UNMAILED)
        .bind(blob(conversation.as_bytes()))
        .fetch_all(reader.connection()?)
        .await?;
    let person = |row: &SqliteRow| {
        let columns = RowReader {
            table: "takes_part",
            row,
        };
        columns.uuid("person").map(PersonId)
    };
    rows.iter().map(person).collect()
}

pub(super) async fn open_letter(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Result<Option<LetterRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT letter, membership, conversation, attention_read, attention_through, reminder_read, reminder_through
         FROM letters WHERE person = ? ORDER BY conversation",
    )
    .bind(blob(person.as_bytes()))
    .fetch_all(reader.connection()?)
    .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mark = |row: &SqliteRow| {
        let columns = RowReader {
            table: "letters",
            row,
        };
        let conversation = columns.uuid("conversation")?;
        Ok((ConversationId(conversation), mailed("letters", row)?))
    };
    let columns = RowReader {
        table: "letters",
        row: first,
    };
    Ok(Some(LetterRow {
        id: LetterId(columns.uuid("letter")?),
        person,
        membership: MembershipId(columns.uuid("membership")?),
        marks: rows.iter().map(mark).collect::<Result<_, StoreError>>()?,
    }))
}

pub(super) async fn reserve(
    writer: &mut Writer<'_>,
    lease: Lease,
    until: Timestamp,
    letter: &LetterRow,
) -> Result<bool, StoreError> {
    let db = writer.begin().await?;
    let reserved = async {
        if !jobs::renew(db, lease, until).await? {
            return Ok(false);
        }
        drop_letters(db, letter.person).await?;
        for marks in letter.marks.chunks(LARGEST_SET) {
            let mut query = sqlx::query(over_rows(
                "INSERT INTO letters (person, conversation, letter, membership, attention_read, attention_through,
                 reminder_read, reminder_through) VALUES {}",
                marks.len(),
                8,
            ));
            for (conversation, mailed) in marks {
                query = query
                    .bind(blob(letter.person.as_bytes()))
                    .bind(blob(conversation.as_bytes()))
                    .bind(blob(letter.id.0.as_bytes()))
                    .bind(blob(letter.membership.as_bytes()));
                query = bind(bind(query, mailed.attention), mailed.reminder);
            }
            query.execute(&mut *db).await?;
        }
        Ok(true)
    }
    .await;
    writer.end(reserved).await
}

pub(super) async fn settle(
    writer: &mut Writer<'_>,
    lease: Lease,
    settled: &SettledLetter,
) -> Result<bool, StoreError> {
    let db = writer.begin().await?;
    let done = async {
        let held = match &settled.job {
            LetterJob::Finished { again } => jobs::finish(db, lease, *again).await?,
            LetterJob::Failed(failure) => jobs::retry(db, lease, failure).await?,
        };
        if !held {
            return Ok(false);
        }
        if settled.kept {
            sqlx::query(KEEP)
                .bind(blob(settled.person.as_bytes()))
                .bind(blob(settled.id.0.as_bytes()))
                .bind(settled.at.0)
                .execute(&mut *db)
                .await?;
        }
        drop_letters(db, settled.person).await?;
        Ok(true)
    }
    .await;
    writer.end(done).await
}

async fn drop_letters(db: &mut SqliteConnection, person: PersonId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM letters WHERE person = ?")
        .bind(blob(person.as_bytes()))
        .execute(db)
        .await?;
    Ok(())
}

/// A participant who joined or left is mailed as one who was never mailed before.
pub(super) async fn forget(db: &mut SqliteConnection, rows: &[ParticipantRow]) -> Result<(), StoreError> {
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "DELETE FROM attention WHERE (person, conversation) IN (VALUES {})",
            rows.len(),
            2,
        ));
        for row in rows {
            query = query
                .bind(blob(row.person.as_bytes()))
                .bind(blob(row.conversation.as_bytes()));
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

pub(super) async fn refuse(writer: &mut Writer<'_>, row: &RefusedAddress) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refused_addresses (membership, address, reply, at) VALUES (?, ?, ?, ?)
         ON CONFLICT (membership) DO UPDATE SET address = excluded.address, reply = excluded.reply, at = excluded.at",
    )
    .bind(blob(row.membership.as_bytes()))
    .bind(blob(&row.address.0))
    .bind(row.reply.clone())
    .bind(row.at.0)
    .execute(writer.connection()?)
    .await?;
    Ok(())
}

pub(super) async fn refused(
    reader: &mut Reader<'_>,
    membership: MembershipId,
) -> Result<Option<RefusedAddress>, StoreError> {
    let row =
        sqlx::query("SELECT membership, address, reply, at FROM refused_addresses WHERE membership = ?")
            .bind(blob(membership.as_bytes()))
            .fetch_optional(reader.connection()?)
            .await?;
    row.as_ref().map(refused_row).transpose()
}

pub(super) async fn all_refused(reader: &mut Reader<'_>) -> Result<Vec<RefusedAddress>, StoreError> {
    let rows = sqlx::query(
        "SELECT membership, address, reply, at FROM refused_addresses ORDER BY at DESC, membership DESC",
    )
    .fetch_all(reader.connection()?)
    .await?;
    rows.iter().map(refused_row).collect()
}

fn refused_row(row: &SqliteRow) -> Result<RefusedAddress, StoreError> {
    let columns = RowReader {
        table: "refused_addresses",
        row,
    };
    Ok(RefusedAddress {
        membership: MembershipId(columns.uuid("membership")?),
        address: columns.digest("address")?,
        reply: columns.text("reply")?,
        at: Timestamp(columns.integer("at")?),
    })
}

pub(super) async fn forgive(writer: &mut Writer<'_>, membership: MembershipId) -> Result<bool, StoreError> {
    let forgiven = sqlx::query("DELETE FROM refused_addresses WHERE membership = ?")
        .bind(blob(membership.as_bytes()))
        .execute(writer.connection()?)
        .await?;
    Ok(forgiven.rows_affected() == 1)
}

pub(super) async fn since(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT max(at) AS at FROM mail_since")
        .fetch_one(reader.connection()?)
        .await?;
    let columns = RowReader {
        table: "mail_since",
        row: &row,
    };
    Ok(columns.maybe_integer("at")?.map(Timestamp))
}

pub(super) async fn set_since(writer: &mut Writer<'_>, since: Option<Timestamp>) -> Result<(), StoreError> {
    let query = match since {
        Some(since) => sqlx::query(
            "INSERT INTO mail_since (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
        )
        .bind(since.0),
        None => sqlx::query("DELETE FROM mail_since"),
    };
    query.execute(writer.connection()?).await?;
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind(query: Query<'_>, covered: Option<Covered>) -> Query<'_> {
    query
        .bind(covered.map(|covered| int(covered.read.0)))
        .bind(covered.map(|covered| int(covered.through.0)))
}

fn mailed(table: &'static str, row: &SqliteRow) -> Result<Mailed, StoreError> {
    let columns = RowReader { table, row };
    let covered = |read: &'static str, through: &'static str| {
        let number = |column| match columns.maybe_integer(column)? {
            Some(number) => u64::try_from(number)
                .map(Seq)
                .map(Some)
                .map_err(|_| columns.broken(column)),
            None => Ok(None),
        };
        let (read, through) = (number(read)?, number(through)?);
        Ok::<_, StoreError>(read.zip(through).map(|(read, through)| Covered { read, through }))
    };
    Ok(Mailed {
        attention: covered("attention_read", "attention_through")?,
        reminder: covered("reminder_read", "reminder_through")?,
    })
}
