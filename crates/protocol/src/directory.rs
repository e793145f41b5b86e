//! `GET /v1/directory?acting=&query=&limit=&after=`: finding people and teams (O3, O4, O6).

use conversation::organisation::{Card, TeamCard};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Maximum number of people in one answer, and of teams.
pub const MOST_FOUND: usize = 50;

/// `GET` and `PUT /v1/memberships/{membership}/findability`: what the professional chose for a membership of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Findability {
    /// People of other organisations do not find them by it. Conversations that they are in go on.
    pub inside_only: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DirectoryAnswer {
    /// Best match first: who has the words before whom they are forgiven for (a typing error, initials); among either, the requester's
    /// organisation before others.
    pub cards: Vec<Card>,
    /// Teams of the same organisations, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamCard>,
    /// Those who cover for the people found, where they are not among them (O5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cover_teams: Vec<TeamCard>,
    /// There are more matches.
    pub more: bool,
    /// Where this answer ends, if there are more: `after` of the next request. It stays right when people come and go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
