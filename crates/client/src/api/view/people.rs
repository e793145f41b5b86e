//! People and teams to find, and what they will see.

use conversation::organisation::{Card, TeamCard};
use conversation::{ConversationId, Seq};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Row;

/// People who were found (O3), best first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Found {
    pub people: Vec<FoundPerson>,
    pub teams: Vec<FoundTeam>,
    pub more: bool,
    /// The server could not be asked: these are those whom the device knows.
    pub offline: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundTeam {
    #[serde(flatten)]
    pub card: TeamCard,
    pub outside: bool,
    /// Another one found has the same name: show its organisation and unit.
    pub namesake: bool,
    /// Its name has what was typed, and not its organisation or unit alone.
    pub named: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundPerson {
    #[serde(flatten)]
    pub card: Card,
    pub outside: bool,
    /// Another one found has the same name: show function and place.
    pub namesake: bool,
    /// Their name has what was typed, and not their discipline or place alone.
    pub named: bool,
    /// The direct conversation that exists with them.
    pub direct: Option<ConversationId>,
}

/// What someone who is added will be able to read (P5).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SharePreview {
    /// The head it was made at: goes with the addition.
    pub head: Seq,
    /// Messages that would be shared, the newest last; at most fifty of them.
    pub rows: Vec<Row>,
    pub count: u32,
}
