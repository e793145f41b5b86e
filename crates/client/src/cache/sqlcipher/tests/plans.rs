//! The plan of each query that something waits for.

use sqlx::{AssertSqlSafe, Row};

use super::*;
use crate::cache::sqlcipher::{conversations, entries, files, found, known, outgoing};

async fn plan(query: &str) -> String {
    let (_folder, cache) = open().await;
    let mut reader = cache.readers.get().await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
        .fetch_all(reader.db().unwrap())
        .await
        .unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

#[tokio::test]
async fn queries_that_a_screen_waits_for_search_and_order_by_an_index() {
    for (query, index) in [
        (conversations::ONE, "sqlite_autoindex_conversations_1"),
        (conversations::SOME, "sqlite_autoindex_conversations_1"),
        (conversations::ACTIVE, "conversations_overview"),
        (conversations::ARCHIVED, "conversations_overview"),
        (conversations::UNREAD, "conversations_unread"),
        (conversations::READ, "conversations_overview"),
        (conversations::COUNT_ACTIVE, "conversations_overview"),
        (conversations::COUNT_ARCHIVED, "conversations_overview"),
        (known::CARDS_BESIDE, "cards_person"),
        (entries::MENTIONED, "entries_mentions"),
        (conversations::COUNT_UNREAD, "conversations_unread"),
        (conversations::UNSETTLED, "conversations_unsettled"),
        (conversations::DIRECT, "conversations_direct"),
        (entries::ONE, "entries_number"),
        (entries::MESSAGE, "entries_message"),
        (entries::OLDEST, "entries_number"),
        (entries::NEWEST, "entries_number"),
        (entries::FIRST_UNREAD, "entries_unread"),
        (entries::ENDS, "entries_number"),
        (outgoing::OUTBOX_IN, "outbox_conversation"),
        (outgoing::OUTBOX_OF, "outbox_command"),
        (entries::ATTACHED, "entries_attachments"),
        (files::ONE, "sqlite_autoindex_files_1"),
        (files::UNSENT, "files_unsent"),
        (files::WANTED, "files_wanted"),
        (files::PREVIEWS, "files_previews"),
        (files::SINCE, "files_missing"),
        (files::ASKING, "files_asking"),
        (files::REFUSED, "files_refused"),
        (files::LEAST_USED, "files_kept"),
        (files::KEPT, "COVERING INDEX files_kept"),
        (files::DROP_RANGE, "files_number"),
        (files::DROP_UNLISTED, "files_number"),
    ] {
        let plan = plan(query).await;
        assert!(plan.contains(index), "{query}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query}\n{plan}");
        for scanned in ["SCAN entries", "SCAN held", "SCAN outbox"] {
            assert!(
                !plan.contains(scanned)
                    || plan.contains("USING INDEX")
                    || plan.contains("USING COVERING INDEX"),
                "{query}\n{plan}"
            );
        }
    }
}

#[tokio::test]
async fn unread_messages_are_counted_within_an_index() {
    let plan = plan(conversations::RECOUNT).await;
    let covered = plan
        .matches("SEARCH entries USING COVERING INDEX entries_unread")
        .count();
    assert_eq!(covered, 2, "{plan}");
}

#[tokio::test]
async fn unread_urgent_messages_are_found_by_the_conversations_with_something_unread() {
    let plan = plan(entries::UNREAD_URGENT).await;
    for index in ["conversations_unread", "entries_urgent"] {
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn edits_are_found_by_their_target() {
    let plan = plan(entries::ABOUT).await;
    assert!(
        plan.contains("entries_target (conversation=? AND target>? AND target<?)"),
        "{plan}"
    );
}

// L4: no list of all proposals is made before the newest are known
#[tokio::test]
async fn searches_read_the_index_from_its_newest_end() {
    let all = plan(found::ALL).await;
    assert!(!all.contains("TEMP B-TREE"), "{all}");
    for query in [found::BY_WORD, found::BY_PART] {
        let plan = plan(query).await;
        assert!(plan.contains("VIRTUAL TABLE INDEX"), "{plan}");
        assert!(
            plan.contains("SEARCH entries USING INTEGER PRIMARY KEY"),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
