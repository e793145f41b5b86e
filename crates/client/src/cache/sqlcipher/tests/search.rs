//! Searches find all that stands; deleted messages are found no more, and rows stand in the order of time.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::Executor;

use super::*;
use crate::cache::conformance::*;
use crate::cache::memory::MemoryCache;

async fn hits(cache: &SqlCipherCache, query: &'static str, wanted: &str) -> i64 {
    let mut reader = cache.readers.get().await.unwrap();
    let count = sqlx::query_scalar(query).bind(wanted);
    count.fetch_one(reader.db().unwrap()).await.unwrap()
}

/// How many messages the index of words finds.
async fn by_word(cache: &SqlCipherCache, wanted: &str) -> i64 {
    hits(cache, "SELECT count(*) FROM words WHERE words MATCH ?", wanted).await
}

/// How many messages the index of parts of words proposes: those that have all its runs of three letters.
async fn by_part(cache: &SqlCipherCache, part: &str) -> i64 {
    let letters: Vec<char> = part.chars().collect();
    let runs: Vec<String> = letters.windows(3).map(String::from_iter).collect();
    let wanted = runs.join(" AND ");
    hits(cache, "SELECT count(*) FROM parts WHERE parts MATCH ?", &wanted).await
}

/// How many messages each index finds: by a word, and by it as a part of one.
pub(super) async fn found(cache: &SqlCipherCache, word: &str) -> (i64, i64) {
    (by_word(cache, word).await, by_part(cache, word).await)
}

/// The words that the file lists.
async fn vocabulary(cache: &SqlCipherCache) -> Vec<String> {
    let mut reader = cache.readers.get().await.unwrap();
    let all = sqlx::query_scalar("SELECT word FROM vocabulary ORDER BY word");
    all.fetch_all(reader.db().unwrap()).await.unwrap()
}

/// The terms that the indexes hold, and whether what they hold fits what they point at.
pub(super) async fn terms(cache: &SqlCipherCache) -> Vec<String> {
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        .await
        .unwrap();
    db.execute("INSERT INTO parts (parts) VALUES ('integrity-check')")
        .await
        .unwrap();
    for index in ["words", "parts"] {
        let table = format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.in_{index} USING fts5vocab('main', '{index}', 'row')"
        );
        db.execute(sqlx::AssertSqlSafe(table)).await.unwrap();
    }
    let all = "SELECT term FROM temp.in_words UNION SELECT term FROM temp.in_parts UNION SELECT word FROM vocabulary";
    sqlx::query_scalar(all).fetch_all(&mut *db).await.unwrap()
}

// M4
#[tokio::test]
async fn a_deleted_text_is_in_neither_index() {
    let (_folder, cache) = open().await;
    let changes = vec![
        put(WOUND, posted(1, MIEKE, "decubitus graad twee")),
        put(WOUND, posted(2, JORIS, "verband wisselen")),
    ];
    cache.write(changes).await.unwrap();
    assert_eq!(found(&cache, "decubitus").await, (0, 0), "not indexed yet");
    cache.index(9).await.unwrap();
    assert_eq!(found(&cache, "decubitus").await, (1, 1));
    assert_eq!(by_word(&cache, "verb*").await, 1);
    let mut gone = posted(1, MIEKE, "");
    (gone.text, gone.deleted) = (None, true);
    cache.write(vec![put(WOUND, gone)]).await.unwrap();
    assert_eq!(found(&cache, "decubitus").await, (0, 0));
    let left = terms(&cache).await;
    assert!(
        !left.iter().any(|term| "decubitus".contains(term.as_str())),
        "{left:?}"
    );
    assert_eq!(found(&cache, "verband").await, (1, 1));
}

// M3
#[tokio::test]
async fn an_edited_text_is_found_by_its_new_words_alone() {
    let (_folder, cache) = open().await;
    cache
        .write(vec![put(WOUND, posted(1, MIEKE, "tweemaal daags"))])
        .await
        .unwrap();
    cache.index(9).await.unwrap();
    cache
        .write(vec![put(WOUND, posted(1, MIEKE, "driemaal daags"))])
        .await
        .unwrap();
    assert_eq!(found(&cache, "tweemaal").await, (0, 0));
    cache.index(9).await.unwrap();
    assert_eq!(found(&cache, "driemaal").await, (1, 1));
    assert_eq!(found(&cache, "tweemaal").await, (0, 0));
    terms(&cache).await;
}

// P5, P6
#[tokio::test]
async fn messages_that_the_user_may_no_longer_see_leave_search_as_well() {
    let (_folder, cache) = open().await;
    let mut changes: Vec<Change> = (1..=1_200)
        .map(|n| put(WOUND, posted(n, MIEKE, &format!("decubitus dag {n}"))))
        .collect();
    changes.push(put(ROSTER, posted(1, MIEKE, "decubitus elders")));
    cache.write(changes).await.unwrap();
    cache.index(1_000).await.unwrap();
    cache
        .write(vec![Change::DropEntries(WOUND, range(1, 20))])
        .await
        .unwrap();
    cache.write(vec![Change::DropConversation(WOUND)]).await.unwrap();
    cache.index(1_000).await.unwrap();
    assert_eq!(found(&cache, "decubitus").await, (1, 1));
    terms(&cache).await;
    cache.write(vec![Change::Clear]).await.unwrap();
    assert_eq!(found(&cache, "decubitus").await, (0, 0));
    assert!(terms(&cache).await.is_empty());
}

// L4, M4
#[tokio::test]
async fn a_message_is_found_by_the_names_of_its_files_while_it_lists_them() {
    let (_folder, cache) = open().await;
    let both = vec![picture(1, "echografie.jpg"), picture(3, "verwijsbrief.pdf")];
    let changes = vec![
        put(WOUND, attached(1, MIEKE, "", both.clone())),
        put(WOUND, attached(2, MIEKE, "verwijsbrief volgt", vec![])),
    ];
    cache.write(changes).await.unwrap();
    cache.index(9).await.unwrap();
    assert_eq!(found(&cache, "echografie").await, (1, 1));
    assert_eq!(found(&cache, "verwijsbrief").await, (2, 2));
    cache
        .write(vec![put(WOUND, attached(1, MIEKE, "", both[..1].to_vec()))])
        .await
        .unwrap();
    cache.index(9).await.unwrap();
    assert_eq!(found(&cache, "verwijsbrief").await, (1, 1));
    assert_eq!(found(&cache, "echografie").await, (1, 1));
    let mut gone = posted(1, MIEKE, "");
    (gone.text, gone.deleted) = (None, true);
    cache.write(vec![put(WOUND, gone)]).await.unwrap();
    assert_eq!(found(&cache, "echografie").await, (0, 0));
    let left = terms(&cache).await;
    assert!(!left.iter().any(|term| term.contains("echo")), "{left:?}");
}

// L4
#[tokio::test]
async fn words_are_found_without_diacritics_and_within_a_conversation() {
    let (_folder, cache) = open().await;
    let changes = vec![
        put(WOUND, posted(1, MIEKE, "Coördinatie met de huisarts")),
        put(ROSTER, posted(1, MIEKE, "coordinatie van het rooster")),
    ];
    cache.write(changes).await.unwrap();
    cache.index(9).await.unwrap();
    assert_eq!(found(&cache, "COORDINATIE").await, (2, 2));
    assert_eq!(by_part(&cache, "ordinat").await, 2);
    assert_eq!(by_word(&cache, "body : coord* AND c : c1").await, 1);
}

// L4
#[tokio::test]
async fn rows_stand_in_the_order_of_time_when_history_comes_later() {
    let (_folder, cache) = open().await;
    let some = |conversation, numbers: std::ops::RangeInclusive<u64>| {
        numbers
            .map(|n| put(conversation, posted(n, MIEKE, "x")))
            .collect::<Vec<_>>()
    };
    for changes in [
        some(WOUND, 201..=350),
        some(ROSTER, 1..=1),
        some(WOUND, 101..=200),
        some(WOUND, 1..=100),
        some(WOUND, 351..=351),
    ] {
        cache.write(changes).await.unwrap();
    }
    // Put again, it keeps its place.
    cache.write(some(WOUND, 150..=150)).await.unwrap();
    let mut reader = cache.readers.get().await.unwrap();
    let db = reader.db().unwrap();
    let numbers: Vec<i64> =
        sqlx::query_scalar("SELECT number FROM entries WHERE conversation = 1 ORDER BY rid")
            .fetch_all(&mut *db)
            .await
            .unwrap();
    assert_eq!(numbers, (1..=351).collect::<Vec<_>>());
    let dense: (i64, i64, i64) = sqlx::query_as("SELECT min(rid), max(rid), count(*) FROM entries")
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(dense, (-200, 152, 352));
}

const WORDS: [&str; 18] = [
    "Straße",
    "Ĳsselmeer",
    "ver\u{AD}wond\u{200B}ing",
    "sœur",
    "Ωmega",
    "wo\u{300}nd",
    "wond",
    "Wondzorg",
    "verwonding",
    "één",
    "Coördinatie",
    "ontsteking",
    "longontsteking",
    "2x",
    "is",
    "\"rustig\"",
    "NEAR(a*",
    "-wond",
];

fn some_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(&WORDS[..]);
    (vec(word, 0..6), prop::sample::select(vec![" ", ", ", "\n", "/"]))
        .prop_map(|(words, between)| words.join(between))
}

/// A word as it is typed: whole, begun, or a part of it; or two of them; or both beside each other.
fn some_query() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(&WORDS[..]), 0..4_usize, 1..15_usize)
        .prop_map(|(word, from, take)| word.chars().skip(from).take(take).collect::<String>());
    prop_oneof![
        4 => part.clone(),
        2 => (part.clone(), part).prop_map(|(a, b)| format!("{a} {b}")),
        1 => some_text().prop_map(|text| format!("\"{text}\"")),
    ]
}

// L4, M3, M4: what is found is what a scan of all that stands finds
#[test]
fn after_edits_deletions_and_purges_a_search_finds_what_a_scan_finds() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = Config {
        cases: 30,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let of = || prop::sample::select(vec![WOUND, ROSTER]);
    let change = prop_oneof![
        8 => (of(), 1..30_u64, some_text()).prop_map(|(id, n, text)| put(id, posted(n, MIEKE, &text))),
        2 => (of(), 1..30_u64).prop_map(|(id, n)| {
            let mut gone = posted(n, MIEKE, "");
            (gone.text, gone.deleted) = (None, true);
            put(id, gone)
        }),
        1 => (of(), 1..30_u64, 0..5_u64).prop_map(|(id, from, more)| Change::DropEntries(id, range(from, from + more))),
        1 => of().prop_map(Change::DropConversation),
    ];
    let histories = (vec(change, 10..80), vec((some_query(), any::<bool>()), 40..41));
    runner
        .run(&histories, |(changes, queries)| {
            runtime.block_on(async {
                let (_folder, file) = open().await;
                let memory = MemoryCache::default();
                for some in changes.chunks(7) {
                    memory.write(some.to_vec()).await.unwrap();
                    file.write(some.to_vec()).await.unwrap();
                    file.index(5).await.unwrap();
                }
                memory.index(u32::MAX).await.unwrap();
                while file.index(5).await.unwrap() > 0 {}
                let all = Search {
                    until: Some(Timestamp(i64::MAX)),
                    limit: u32::MAX,
                    ..Search::default()
                };
                let texts = memory.found(all).await.unwrap().entries;
                let texts: Vec<String> = texts.iter().map(|one| one.searched().into_owned()).collect();
                assert_eq!(
                    vocabulary(&file).await,
                    matching::words_of(texts.iter().map(String::as_str))
                );
                for (query, within) in queries {
                    let search = Search {
                        terms: matching::Terms::of(&query),
                        within: within.then_some(vec![WOUND]),
                        limit: 99,
                        ..Search::default()
                    };
                    let found = async |cache: &dyn Cache| {
                        let found = cache.found(search.clone()).await.unwrap().entries;
                        let places: Vec<i64> = found.iter().map(|one| one.place).collect();
                        assert!(places.is_sorted_by(|a, b| a > b), "{places:?}");
                        let mut found: Vec<_> = found
                            .into_iter()
                            .map(|one| (one.conversation, one.number))
                            .collect();
                        found.sort_unstable();
                        found
                    };
                    let all = found(&memory).await;
                    assert_eq!(found(&file).await, all, "{query}");
                    let counted = file.count_found(search).await.unwrap();
                    assert_eq!(counted.count as usize, all.len(), "{query}");
                }
                Ok(())
            })
        })
        .unwrap();
}
