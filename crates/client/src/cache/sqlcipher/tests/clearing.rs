//! `Change::Clear` and `Change::DropConversation` on every table that there is, those of later steps too.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::*;

/// The tables, apart from those of the search indexes.
const TABLES: &str = "SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// Puts a row into a table, with some value of its type in each column.
async fn put_some_row(db: &mut SqliteConnection, table: &str) {
    let columns: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT name, type FROM pragma_table_info('{table}')"
    )))
    .fetch_all(&mut *db)
    .await
    .unwrap();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<&str> = columns
        .iter()
        .map(|(_, kind)| match kind.as_str() {
            "INTEGER" => "1",
            "BLOB" => "zeroblob(16)",
            _ => "'[]'",
        })
        .collect();
    let insert = format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(db).await.unwrap();
}

/// A cache with some row in every table, and their names.
async fn with_some_rows() -> (tempfile::TempDir, SqlCipherCache, Vec<String>) {
    let (folder, cache) = open().await;
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *db).await.unwrap();
    for table in &tables {
        put_some_row(db, table).await;
    }
    drop(writer);
    assert!(tables.contains(&"entries".to_owned()), "{tables:?}");
    (folder, cache, tables)
}

/// Of these tables, those with rows.
async fn filled(cache: &SqlCipherCache, tables: Vec<String>) -> Vec<String> {
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    let mut left = Vec::new();
    for table in tables {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *db).await.unwrap();
        if rows > 0 {
            left.push(table);
        }
    }
    left
}

// F1
#[tokio::test]
async fn every_table_is_emptied_when_another_person_signs_in_except_that_of_recovered_texts() {
    let (_folder, cache, tables) = with_some_rows().await;
    cache.write(vec![Change::Clear]).await.unwrap();
    assert_eq!(filled(&cache, tables).await, ["rescued"]);
}

/// A new table is named here, or it is emptied with its conversation.
// P6
#[tokio::test]
async fn a_conversation_that_goes_leaves_nothing_in_any_table_but_what_is_of_the_user_or_of_people() {
    let (_folder, cache, tables) = with_some_rows().await;
    let conversation = ConversationId(uuid::Uuid::nil());
    cache
        .write(vec![Change::DropConversation(conversation)])
        .await
        .unwrap();
    // A word goes with the last text that has it (`search`); this one was in none.
    let stays = [
        "aliases",
        "cards",
        "drafts",
        "meta",
        "outbox",
        "rescued",
        "teams",
        "uploads",
        "vocabulary",
    ];
    assert_eq!(filled(&cache, tables).await, stays);
}
