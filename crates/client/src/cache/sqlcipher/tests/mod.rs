//! The file passes the suite of every cache; the rest is about what a file alone has.

mod alike;
mod clearing;
mod damage;
mod full;
mod hidden;
mod opening;
mod plans;
mod search;

use tempfile::TempDir;

use super::*;
use crate::cache::conformance::{conforms, searches};

pub const KEY: [u8; 32] = [0x5a; 32];

pub async fn open() -> (TempDir, SqlCipherCache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = SqlCipherCache::open(&folder.path().join("cache.db"), &KEY)
        .await
        .unwrap();
    (folder, cache)
}

conforms!(open);
searches!(open);
