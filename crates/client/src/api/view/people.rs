//! Search results for people and teams, and the preview of sharing.

use conversation::organisation::{Card, TeamCard};
use conversation::{ConversationId, Seq};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PresenceView, Row};

/// The people found (O3), best match first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Found {
    pub people: Vec<FoundPerson>,
    pub teams: Vec<FoundTeam>,
    pub more: bool,
    /// The server could not be reached: these are people whom the device knows.
    pub offline: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundTeam {
    #[serde(flatten)]
    pub card: TeamCard,
    pub outside: bool,
    /// Another result has the same name: show its organisation and unit.
    pub namesake: bool,
    /// The query matched its name, and not only its organisation or unit.
    pub named: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FoundPerson {
    #[serde(flatten)]
    pub card: Card,
    pub outside: bool,
    /// Another result has the same name: show function and place.
    pub namesake: bool,
    /// The query matched their name, and not only their discipline or place.
    pub named: bool,
    /// An existing direct conversation with them.
    pub direct: Option<ConversationId>,
    /// `None` where nothing is known.
    pub presence: Option<PresenceView>,
}

/// The messages that added people will be able to read (P5).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SharePreview {
    /// The head at the time of the preview; sent with the addition.
    pub head: Seq,
    /// The messages that would be shared, at most fifty, the newest last.
    pub rows: Vec<Row>,
    pub count: u32,
}
