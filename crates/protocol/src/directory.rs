//! `GET /v1/directory?acting=&query=&limit=`: finding people (O3, O6).

use conversation::organisation::Card;
use serde::{Deserialize, Serialize};

/// People in one answer, at most.
pub const MOST_FOUND: usize = 50;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DirectoryAnswer {
    /// Best first; own organisation before others.
    pub cards: Vec<Card>,
    /// There are more than are given.
    pub more: bool,
}
