//! Damages to the file of the cache (BL4): each is found, or all that is read is as it was.

use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures_util::FutureExt as _;
use platform::{SeededRandom, bytes};

use super::alike::everything;
use super::*;
use crate::cache::conformance::*;

const DAMAGES: usize = 600;
/// Of SQLCipher.
const PAGE: usize = 4096;

fn below(random: &SeededRandom, bound: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes(random)) % bound as u64).unwrap()
}

/// Two moments of a cache with messages, and what could be read then.
async fn two_moments(path: &Path) -> [(Vec<u8>, Vec<String>); 2] {
    let mut moments = Vec::new();
    for moment in 0..2_u64 {
        let cache = SqlCipherCache::open(path, &KEY).await.unwrap();
        let mut changes: Vec<Change> = (1..=9)
            .map(|number| {
                put(
                    WOUND,
                    posted(number, MIEKE, &format!("Verband {moment}").repeat(40)),
                )
            })
            .collect();
        changes.push(save(row(WOUND, 9)));
        changes.push(put(
            ROSTER,
            attached(1, JORIS, "Zie foto", vec![picture(7, "been.jpg")]),
        ));
        cache.write(changes).await.unwrap();
        let read = everything(&cache).await;
        cache.close().await.unwrap();
        moments.push((std::fs::read(path).unwrap(), read));
    }
    moments.try_into().unwrap()
}

// F1, F4, BL4
#[tokio::test]
async fn no_damage_to_the_cache_shows_another_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let [(before, old), (now, read)] = two_moments(&path).await;
    let random = SeededRandom::new(14);
    let (mut found, mut harmless) = (0, 0);
    // A read that fails is found damage; the tests of the engine say what it does then.
    std::panic::set_hook(Box::new(|_| {}));
    for number in 0..DAMAGES {
        let mut bytes = now.clone();
        let (page, other) = (
            below(&random, bytes.len() / PAGE),
            below(&random, bytes.len() / PAGE),
        );
        match number % 5 {
            0 => {
                let at = below(&random, bytes.len());
                bytes[at] ^= 1 << below(&random, 8);
            }
            1 => bytes.truncate(below(&random, bytes.len())),
            2 => bytes[page * PAGE..(page + 1) * PAGE].fill(0),
            3 => {
                let moved = now[other * PAGE..(other + 1) * PAGE].to_vec();
                bytes[page * PAGE..(page + 1) * PAGE].copy_from_slice(&moved);
            }
            // All of it, as it was.
            _ => bytes.clone_from(&before),
        }
        std::fs::write(&path, &bytes).unwrap();
        for more in ["cache.db-wal", "cache.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(more));
        }
        let Ok(cache) = SqlCipherCache::open(&path, &KEY).await else {
            found += 1;
            continue;
        };
        match AssertUnwindSafe(everything(&cache)).catch_unwind().await {
            Ok(all) => {
                harmless += 1;
                assert!(
                    all == read || all == old && bytes == before,
                    "damage {number} shows another content"
                );
            }
            Err(_) => found += 1,
        }
        let _ = cache.close().await;
    }
    let _ = std::panic::take_hook();
    assert!(
        found > 180 && harmless > 120,
        "{found} found, {harmless} harmless"
    );
}
