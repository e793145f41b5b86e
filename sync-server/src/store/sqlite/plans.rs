//! Tests of the resulting schema, and of the query plans of the statements that must stay fast.

use sqlx::{AssertSqlSafe, Row as _};

use super::statement::groups;
use super::{
    Sqlite, account_state, attachments, attention, changes, command_results, conversations, events, jobs,
    urgent,
};
use crate::store::Store as _;

async fn plan(store: &Sqlite, statement: &str, columns: usize) -> Vec<String> {
    let statement = statement.replace("{}", &groups(3, columns));
    let mut reader = store.0.read().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
        .fetch_all(reader.connection().unwrap())
        .await
        .unwrap()
        .iter()
        .map(|row| row.get::<String, _>("detail"))
        .collect()
}

#[tokio::test]
async fn hot_statements_search_and_never_scan_a_table() {
    let folder = crate::testing::folder();
    let store = Sqlite::open(&folder.path().join("a.sqlite")).await.unwrap();
    let statements = [
        (command_results::COMMANDS, 2, "events_by_command"),
        (events::MESSAGES, 2, "events_by_message"),
        (events::SLICES, 4, "events_by_place"),
        (events::WEIGHT, 4, "events_by_place"),
        (events::SIZES, 4, "events_by_place"),
        (events::OUTDATE, 0, "events_by_target"),
        (conversations::BY_ID, 1, "PRIMARY KEY"),
        (changes::CHANGED, 0, "PRIMARY KEY"),
        (conversations::ADVANCE, 8, "PRIMARY KEY"),
        (attachments::BY_ID, 1, "PRIMARY KEY"),
        (attachments::BY_MESSAGE, 2, "attachments_by_message"),
        (attachments::USAGE, 0, "attachments_unnamed"),
        (attachments::USAGE, 0, "attachments_by_person"),
        (attachments::AFTER, 0, "PRIMARY KEY"),
        (attachments::ABANDONED, 0, "attachments_by_age"),
        (account_state::PERSONAL, 0, "PRIMARY KEY"),
        (attention::UNREAD, 0, "PRIMARY KEY"),
        (urgent::AFTER, 0, "urgent_by_person"),
        (attention::UNMAILED, 0, "takes_part_by_conversation"),
        (jobs::LEASE, 0, "jobs_by_kind"),
        (jobs::NEXT, 0, "jobs_by_kind"),
    ];
    for (statement, columns, index) in statements {
        let plan = plan(&store, statement, columns).await;
        assert!(
            plan.iter().any(|step| step.contains(index)),
            "{statement}: {plan:#?}"
        );
        let scans: Vec<&String> = plan
            .iter()
            .filter(|step| step.starts_with("SCAN"))
            // The set in the statement itself is scanned by design.
            .filter(|step| {
                ![
                    "asked",
                    "advanced",
                    "3 CONSTANT ROWS",
                    "CONSTANT ROW",
                    "kind VIRTUAL TABLE",
                    "json_each VIRTUAL TABLE",
                    "(subquery",
                ]
                .iter()
                .any(|own| step.contains(own))
            })
            .collect();
        assert!(scans.is_empty(), "{statement}: {plan:#?}");
    }
}

#[tokio::test]
async fn the_schema_is_the_one_that_stands_beside_the_migrations() {
    let folder = crate::testing::folder();
    let store = Sqlite::open(&folder.path().join("a.sqlite")).await.unwrap();
    let mut reader = store.0.read().await.unwrap();
    let rows = sqlx::query(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY type DESC, name",
    )
    .fetch_all(reader.connection().unwrap())
    .await
    .unwrap();
    let schema: String = rows
        .iter()
        .map(|row| format!("{};\n\n", row.get::<String, _>("sql")))
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/sqlite/schema.sql");
    if std::env::var_os("TEST_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        schema, committed,
        "run this test with TEST_WRITE_SCHEMA=1 and look at what changed"
    );
    for row in &rows {
        let sql: String = row.get("sql");
        if sql.starts_with("CREATE TABLE") {
            assert!(sql.contains("STRICT"), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let folder = crate::testing::folder();
    let file = folder.path().join("a.sqlite");
    let store = Sqlite::open(&file).await.unwrap();
    {
        let mut writer = store.0.write().await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', 1, x'00', 0)",
        )
        .execute(writer.connection().unwrap())
        .await
        .unwrap();
    }
    store.close().await;
    let opened = Sqlite::open(&file).await;
    assert!(matches!(opened, Err(crate::store::StoreError::Newer)));
}
