//! F4: a disk that is full, and writers that are cancelled. `PRAGMA max_page_count` keeps the file from
//! growing, and SQLite answers as it does where the disk is full.

use super::*;
use crate::cache::conformance::*;

/// The file may have this many pages from now on; no more than it has, for 0.
async fn limit(cache: &SqlCipherCache, pages: u32) {
    let mut writer = cache.writer.lock().await;
    let db = &mut writer.as_mut().unwrap().db;
    let pages = if pages == 0 {
        sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&mut *db)
            .await
            .unwrap()
    } else {
        pages
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(db)
        .await
        .unwrap();
}

async fn messages(cache: &SqlCipherCache) -> usize {
    let all = Slice {
        limit: 9,
        range: SeqRange::new(Seq(1), Seq(9)).unwrap(),
        newest: true,
    };
    cache.timeline(WOUND, all).await.unwrap().len()
}

// F4
#[tokio::test]
async fn a_full_disk_accepts_and_loses_nothing_and_writes_succeed_once_there_is_room() {
    let (_folder, cache) = open().await;
    let kept = vec![
        save(row(WOUND, 5)),
        put(WOUND, posted(1, MIEKE, "decubitus graad twee")),
        Change::PutDraft(draft(WOUND, "halfaf")),
    ];
    cache.write(kept).await.unwrap();
    assert!(cache.has_room());
    limit(&cache, 0).await;

    let long = "een lang verslag ".repeat(2_000);
    let more = || vec![put(WOUND, posted(2, MIEKE, &long)), Change::DropDraft(WOUND)];
    let full = cache.write(more()).await;
    assert!(matches!(full, Err(CacheError::DiskFull)), "{full:?}");
    assert!(!cache.has_room());
    // All of a list or nothing: what stood is read as before.
    assert_eq!(messages(&cache).await, 1);
    assert!(cache.draft(WOUND).await.unwrap().is_some());

    limit(&cache, u32::MAX - 1).await;
    cache.write(more()).await.unwrap();
    assert!(cache.has_room());
    assert_eq!(messages(&cache).await, 2);
    assert!(cache.draft(WOUND).await.unwrap().is_none());
    assert!(cache.is_whole().await.unwrap());
}

// F4, U3
#[tokio::test]
async fn a_full_disk_counts_as_full_until_there_is_enough_room_though_small_writes_succeed() {
    let (folder, cache) = open().await;
    cache.write(vec![save(row(WOUND, 5))]).await.unwrap();
    limit(&cache, 0).await;
    // A probe for room beside the database finds none, either.
    let probe = folder.path().join("cache.db-room");
    std::fs::create_dir(&probe).unwrap();
    let long = "een lang verslag ".repeat(2_000);
    let full = cache.write(vec![put(WOUND, posted(2, MIEKE, &long))]).await;
    assert!(matches!(full, Err(CacheError::DiskFull)), "{full:?}");

    // Nothing had to be written; a little could be.
    cache.index(9).await.unwrap();
    assert!(!cache.has_room());
    cache.write(vec![]).await.unwrap();
    cache.write(vec![save(row(WOUND, 6))]).await.unwrap();
    assert!(!cache.has_room());

    std::fs::remove_dir(&probe).unwrap();
    cache.index(9).await.unwrap();
    assert!(cache.has_room());
    assert!(!probe.exists());
}

/// Is asked so many times, and then left.
async fn asked(times: usize, pending: impl Future) {
    let enough = async {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _done = pending => {}
        () = enough => {}
    }
}

// F4, L4
#[tokio::test]
async fn a_search_after_a_cancelled_writer_finds_what_stands() {
    let (_folder, cache) = open().await;
    cache.write(vec![save(row(WOUND, 5))]).await.unwrap();
    let gone = || Change::DropEntries(WOUND, SeqRange::new(Seq(1), Seq(1)).unwrap());
    for times in 0..400 {
        let text = posted(1, MIEKE, "decubitus graad twee");
        cache.write(vec![put(WOUND, text)]).await.unwrap();
        cache.index(9).await.unwrap();
        asked(times, cache.write(vec![gone()])).await;
        // The list of words is read anew.
        cache.vocabulary.forget();
        let search = Search {
            terms: matching::Terms::of("cubi"),
            limit: 9,
            ..Search::default()
        };
        let found = cache.found(search).await.unwrap().entries.len();
        assert_eq!(found, messages(&cache).await, "left after {times} looks");
        cache.write(vec![gone()]).await.unwrap();
    }
}

// F4
#[tokio::test]
async fn a_cancelled_writer_blocks_nobody_and_leaves_all_of_its_changes_or_none() {
    let (_folder, cache) = open().await;
    cache.write(vec![save(row(WOUND, 5))]).await.unwrap();
    // At the beginning, in the midst, and when all was done.
    for times in 0..200 {
        let both = vec![
            put(WOUND, posted(1, MIEKE, "decubitus graad twee")),
            put(WOUND, posted(2, MIEKE, "en nu graad drie")),
        ];
        asked(times, cache.write(both)).await;
        cache
            .write(vec![Change::PutDraft(draft(WOUND, "halfaf"))])
            .await
            .unwrap();
        assert!([0, 2].contains(&messages(&cache).await));
        asked(times, cache.index(9)).await;
        let range = SeqRange::new(Seq(1), Seq(2)).unwrap();
        cache
            .write(vec![Change::DropEntries(WOUND, range)])
            .await
            .unwrap();
        assert_eq!(messages(&cache).await, 0);
    }
    assert!(cache.is_whole().await.unwrap());
}
