//! `answers` and `pairs`, and the lookups of a batch of commands.

use conversation::{CommandId, ConversationId, MembershipId, MessageId, PersonId, Timestamp};
use sqlx::SqliteConnection;

use super::pool::{Reader, Writer};
use super::row_reader::{RowReader, blob};
use super::statement::{LARGEST_SET, over_rows};
use crate::store::{CommandResultRow, KnownAnswer, KnownCommand, Resolve, Resolved, StoreError};

pub(super) const COMMANDS: &str = "WITH asked (account, command) AS (VALUES {})
SELECT e.account, e.command, e.digest, e.conversation, e.number, e.link, e.epoch, e.header, NULL AS answer
FROM asked CROSS JOIN events e ON e.account = asked.account AND e.command = asked.command
WHERE e.command IS NOT NULL
UNION ALL
SELECT a.account, a.command, a.digest, NULL, NULL, NULL, NULL, NULL, a.answer
FROM asked CROSS JOIN answers a ON a.account = asked.account AND a.command = asked.command";

pub(super) async fn resolve(writer: &mut Writer<'_>, resolve: &Resolve) -> Result<Resolved, StoreError> {
    let connection = writer.connection()?;
    let mut resolved = Resolved::default();
    for commands in resolve.commands.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(COMMANDS, commands.len(), 2));
        for (account, command) in commands {
            query = query
                .bind(blob(account.as_bytes()))
                .bind(blob(command.as_bytes()));
        }
        for row in query.fetch_all(&mut *connection).await? {
            let columns = RowReader {
                table: "answers",
                row: &row,
            };
            let answer = match columns.maybe_text("answer")? {
                Some(answer) => KnownAnswer::Stored(answer),
                None => KnownAnswer::Event {
                    conversation: ConversationId(columns.uuid("conversation")?),
                    number: columns.number("number")?,
                    link: columns.digest("link")?,
                    epoch: columns.natural("epoch")?,
                    header: columns.text("header")?,
                },
            };
            resolved.commands.push(KnownCommand {
                account: PersonId(columns.uuid("account")?),
                command: CommandId(columns.uuid("command")?),
                digest: columns.digest("digest")?,
                answer,
            });
        }
    }
    for pairs in resolve.direct_conversations.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "WITH asked (low, high) AS (VALUES {})
             SELECT p.low, p.high, p.conversation
             FROM asked CROSS JOIN pairs p ON p.low = asked.low AND p.high = asked.high",
            pairs.len(),
            2,
        ));
        for (low, high) in pairs {
            query = query.bind(blob(low.as_bytes())).bind(blob(high.as_bytes()));
        }
        for row in query.fetch_all(&mut *connection).await? {
            let columns = RowReader {
                table: "pairs",
                row: &row,
            };
            let pair = (
                MembershipId(columns.uuid("low")?),
                MembershipId(columns.uuid("high")?),
            );
            let conversation = ConversationId(columns.uuid("conversation")?);
            resolved.direct_conversations.push((pair, conversation));
        }
    }
    for aliases in resolve.aliases.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "WITH asked (person, alias) AS (VALUES {})
             SELECT a.person, a.alias, a.conversation
             FROM asked CROSS JOIN aliases a ON a.person = asked.person AND a.alias = asked.alias",
            aliases.len(),
            2,
        ));
        for (person, alias) in aliases {
            query = query.bind(blob(person.as_bytes())).bind(blob(alias.as_bytes()));
        }
        for row in query.fetch_all(&mut *connection).await? {
            let columns = RowReader {
                table: "aliases",
                row: &row,
            };
            resolved.aliases.push((
                PersonId(columns.uuid("person")?),
                ConversationId(columns.uuid("alias")?),
                ConversationId(columns.uuid("conversation")?),
            ));
        }
    }
    Ok(resolved)
}

pub(super) async fn write(
    writer: &mut SqliteConnection,
    rows: &[CommandResultRow],
) -> Result<(), StoreError> {
    for rows in rows.chunks(LARGEST_SET) {
        let mut query = sqlx::query(over_rows(
            "INSERT INTO answers (account, command, digest, answer, at, refused, conversation, message, starts)
             VALUES {}",
            rows.len(),
            9,
        ));
        for row in rows {
            query = query
                .bind(blob(row.account.as_bytes()))
                .bind(blob(row.command.as_bytes()))
                .bind(blob(&row.digest.0))
                .bind(row.answer.clone())
                .bind(row.at.0)
                .bind(row.refused)
                .bind(blob(row.conversation.as_bytes()))
                .bind(row.message.map(|id| blob(id.as_bytes())))
                .bind(row.starts);
        }
        query.execute(&mut *writer).await?;
    }
    Ok(())
}

pub(super) async fn write_direct_conversations(
    writer: &mut SqliteConnection,
    pairs: &[(conversation::Pair, ConversationId)],
) -> Result<(), StoreError> {
    for ((low, high), conversation) in pairs {
        sqlx::query(
            "INSERT INTO pairs (low, high, conversation) VALUES (?, ?, ?) ON CONFLICT (low, high) DO NOTHING",
        )
        .bind(blob(low.as_bytes()))
        .bind(blob(high.as_bytes()))
        .bind(blob(conversation.as_bytes()))
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

pub(super) async fn was_refused(
    reader: &mut Reader<'_>,
    account: PersonId,
    conversation: ConversationId,
    message: Option<MessageId>,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT 1 FROM answers WHERE account = ?1 AND conversation = ?2 AND refused = 1
         AND CASE WHEN ?3 IS NULL THEN starts = 1 ELSE message = ?3 END LIMIT 1",
    )
    .bind(blob(account.as_bytes()))
    .bind(blob(conversation.as_bytes()))
    .bind(message.map(|id| blob(id.as_bytes())))
    .fetch_optional(reader.connection()?)
    .await?;
    Ok(found.is_some())
}

pub(super) async fn forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM answers WHERE refused = 1 AND at < ?")
        .bind(before.0)
        .execute(writer.connection()?)
        .await?;
    Ok(done.rows_affected())
}
