//! Whether a colleague is at work now, and who covers otherwise (O5).

use conversation::organisation::Absence;
use conversation::organisation::availability::{Availability, Weekday};
use conversation::{MembershipId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FoundPerson, FoundTeam};

/// When somebody works, as of now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PresenceView {
    /// Empty if unknown.
    pub works: Vec<Weekday>,
    pub note: String,
    /// Not at work.
    pub absent: Option<AbsentView>,
    /// An absence that begins within a week.
    pub planned: Option<Absence>,
    pub cover: Option<CoverView>,
    /// The moment from which another answer holds; `None` if this one holds for more than a year.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AbsentView {
    /// By this absence, and not only by the hour or the day.
    pub by: Option<Absence>,
    /// `None` if no working time follows.
    pub back: Option<BackView>,
}

/// The next working time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BackView {
    pub at: Timestamp,
    /// The day where the colleague is, as `2026-12-31`.
    pub date: String,
    /// The hour is known, and not only the day.
    pub has_time: bool,
}

/// The colleague or team that covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoverView {
    pub name: String,
    /// Where it is a colleague who can be chosen; with whether they are at work themselves.
    pub person: Option<Box<FoundPerson>>,
    /// Where it is a team.
    pub team: Option<FoundTeam>,
}

/// A recipient who is not at work now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AbsentRecipient {
    pub membership: MembershipId,
    pub name: String,
    pub presence: PresenceView,
}

/// The availability of the user's own membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnAvailability {
    pub membership: MembershipId,
    pub function: String,
    pub organisation: String,
    pub unit: String,
    pub availability: Availability,
    pub presence: Option<PresenceView>,
}
