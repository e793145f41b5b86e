//! Cards of people and teams, and single values.

use std::collections::HashMap;

use conversation::MembershipId;
use conversation::organisation::{Card, TeamCard};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::row_reader::{RowReader, hex, json};
use crate::cache::CacheError;

const CHUNK: usize = 100;
pub(super) const CARDS_BESIDE: &str = "SELECT card FROM cards
    WHERE card ->> '$.person' = (SELECT card ->> '$.person' FROM cards WHERE membership = ?) ORDER BY membership";

fn card(row: &SqliteRow) -> Result<Card, CacheError> {
    let table = "cards";
    RowReader { table, row }.json("card")
}

/// Of two cards of a membership, the later one counts.
pub(super) async fn put_cards(db: &mut SqliteConnection, cards: &[Card]) -> Result<(), CacheError> {
    for chunk in cards.chunks(CHUNK) {
        let mut ready = Vec::with_capacity(chunk.len());
        for card in chunk {
            ready.push((card.membership.as_bytes().to_vec(), json(card)?));
        }
        let mut statement: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT OR REPLACE INTO cards (membership, card) ");
        statement.push_values(ready, |mut row, (membership, card)| {
            row.push_bind(membership).push_bind(card);
        });
        let kept = chunk.len() == CHUNK;
        statement.build().persistent(kept).execute(&mut *db).await?;
    }
    Ok(())
}

/// Of two cards of a team, the later one counts.
pub(super) async fn put_teams(db: &mut SqliteConnection, teams: &[TeamCard]) -> Result<(), CacheError> {
    for team in teams {
        let statement = sqlx::query("INSERT OR REPLACE INTO teams (team, card) VALUES (?, ?)");
        statement
            .bind(&team.team.as_bytes()[..])
            .bind(json(team)?)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

pub(super) async fn all_teams(db: &mut SqliteConnection) -> Result<Vec<TeamCard>, CacheError> {
    let rows = sqlx::query("SELECT card FROM teams ORDER BY team")
        .fetch_all(db)
        .await?;
    let table = "teams";
    rows.iter()
        .map(|row| RowReader { table, row }.json("card"))
        .collect()
}

/// In the order asked for.
pub(super) async fn cards(
    db: &mut SqliteConnection,
    memberships: &[MembershipId],
) -> Result<Vec<Card>, CacheError> {
    let query =
        sqlx::query("SELECT card FROM cards WHERE membership IN (SELECT unhex(value) FROM json_each(?))");
    let rows = query.bind(hex(memberships)?).fetch_all(db).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let card = card(row)?;
        found.insert(card.membership, card);
    }
    Ok(memberships
        .iter()
        .filter_map(|membership| found.get(membership))
        .cloned()
        .collect())
}

pub(super) const RELATIVES: &str = "SELECT card FROM cards
    WHERE family IN (SELECT family FROM cards WHERE membership IN (SELECT unhex(value) FROM json_each(?)))
    ORDER BY membership";

pub(super) async fn of_family(
    db: &mut SqliteConnection,
    memberships: &[MembershipId],
) -> Result<Vec<Card>, CacheError> {
    let query = sqlx::query(RELATIVES).bind(hex(memberships)?);
    query.fetch_all(db).await?.iter().map(card).collect()
}

pub(super) async fn all_cards(db: &mut SqliteConnection) -> Result<Vec<Card>, CacheError> {
    let query = sqlx::query("SELECT card FROM cards ORDER BY membership");
    query.fetch_all(db).await?.iter().map(card).collect()
}

pub(super) async fn cards_beside(
    db: &mut SqliteConnection,
    membership: MembershipId,
) -> Result<Vec<Card>, CacheError> {
    let query = sqlx::query(CARDS_BESIDE).bind(&membership.0.as_bytes()[..]);
    query.fetch_all(db).await?.iter().map(card).collect()
}

pub(super) async fn put_meta(
    db: &mut SqliteConnection,
    key: &'static str,
    value: &str,
) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")
        .bind(key)
        .bind(value)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn drop_meta(db: &mut SqliteConnection, key: &'static str) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM meta WHERE key = ?")
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether every page is as it was written, and the tables and indexes fit together.
#[cfg(feature = "test-support")]
pub(super) async fn is_whole(db: &mut SqliteConnection) -> Result<bool, CacheError> {
    let torn: Vec<String> = sqlx::query_scalar("PRAGMA cipher_integrity_check")
        .fetch_all(&mut *db)
        .await?;
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(db).await?;
    Ok(torn.is_empty() && found == ["ok"])
}

pub(super) async fn meta(db: &mut SqliteConnection, key: &'static str) -> Result<Option<String>, CacheError> {
    let query = sqlx::query_scalar("SELECT value FROM meta WHERE key = ?").bind(key);
    Ok(query.fetch_optional(db).await?)
}
