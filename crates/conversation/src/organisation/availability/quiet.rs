//! Whether notifications keep still at a moment (N5): in the hours of every day that somebody chose, and while they are not
//! at work.
//!
//! * Quiet hours go by the clock of the time zone of one's availability. They run past midnight where their end is before
//!   their beginning.
//! * At work is what [`Presence`] says, by days, hours, holidays and absence; where nothing is known of one's days, always.
//! * A time that the clock skips in spring is the first after the gap; one that it shows twice in autumn begins at the first
//!   and ends at the last.

use chrono::{DateTime, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::presence::{Fold, LATEST, instant};
use super::{Availability, Presence, TimeOfDay};
use crate::ids::Timestamp;

/// Times of quiet that follow on each other without a break, at most: a day has two.
const LONGEST: usize = 800;
/// Of quiet that no end is known of.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// Hours of every day, from `from` until `to`. They end on the next day where the end is before the beginning, and never are a whole
/// day: `{"from": "22:00", "to": "07:00"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(try_from = "Read")]
#[ts(export)]
pub struct QuietHours {
    from: TimeOfDay,
    to: TimeOfDay,
}

#[derive(Deserialize)]
struct Read {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Quiet hours that end when they begin: nothing or a whole day, which nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours end at another time than they begin")]
pub struct NoHours;

impl QuietHours {
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<QuietHours, NoHours> {
        if from == to {
            return Err(NoHours);
        }
        Ok(QuietHours { from, to })
    }

    pub fn from(self) -> TimeOfDay {
        self.from
    }

    pub fn to(self) -> TimeOfDay {
        self.to
    }
}

impl TryFrom<Read> for QuietHours {
    type Error = NoHours;

    fn try_from(Read { from, to }: Read) -> Result<QuietHours, NoHours> {
        QuietHours::new(from, to)
    }
}

/// Whether notifications keep still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    pub quiet: bool,
    /// The end of it; `None` where it is not quiet, or does not end within a year.
    pub until: Option<Timestamp>,
}

impl Quiet {
    /// By quiet hours, if there are any, and, where `working_days` count, by those of the availability.
    pub fn at(
        hours: Option<QuietHours>,
        working_days: bool,
        availability: &Availability,
        now: Timestamp,
    ) -> Quiet {
        let ends = |at: Timestamp| end(hours, working_days, availability, at);
        let mut quiet = Quiet::default();
        for (count, end) in std::iter::successors(ends(now), |end| ends(*end)).enumerate() {
            let is_known = end < NEVER && count < LONGEST;
            quiet = Quiet {
                quiet: true,
                until: Some(end).filter(|_| is_known),
            };
            if !is_known {
                break;
            }
        }
        quiet
    }

    /// Whether it is quiet at a moment, as [`at`](Self::at) says, which works out the end, too.
    pub fn is_at(
        hours: Option<QuietHours>,
        working_days: bool,
        availability: &Availability,
        at: Timestamp,
    ) -> bool {
        end(hours, working_days, availability, at).is_some()
    }
}

/// The end of the quiet hours, or of the time off, of a moment, the later of both; it may be quiet then by the other.
fn end(
    hours: Option<QuietHours>,
    working_days: bool,
    availability: &Availability,
    at: Timestamp,
) -> Option<Timestamp> {
    // Of a clock that is off by thousands of years nothing can be said.
    if !(0..LATEST).contains(&at.0) {
        return None;
    }
    let by_hours = hours.and_then(|hours| hours.end(availability.zone(), at));
    let absent = Presence::at(availability, at).absent.filter(|_| working_days);
    by_hours.max(absent.map(|absent| absent.back.map_or(NEVER, |back| back.at)))
}

impl QuietHours {
    /// The end of the quiet hours of this moment; `None` outside them.
    fn end(self, zone: Tz, now: Timestamp) -> Option<Timestamp> {
        let today = DateTime::from_timestamp_millis(now.0)?
            .with_timezone(&zone)
            .date_naive();
        let days = [today.pred_opt(), Some(today)].into_iter().flatten();
        let spans = days.filter_map(|day| self.span(zone, day));
        let runs = spans.filter(|(begins, ends)| (*begins..*ends).contains(&now));
        runs.map(|(_, ends)| ends).max()
    }

    /// Those that begin on a day.
    fn span(self, zone: Tz, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let ends_on = if self.from < self.to { day } else { day.succ_opt()? };
        let time = |time: TimeOfDay| {
            NaiveTime::from_num_seconds_from_midnight_opt(u32::from(time.minutes()) * 60, 0)
        };
        Some((
            instant(zone, day.and_time(time(self.from)?), Fold::First)?,
            instant(zone, ends_on.and_time(time(self.to)?), Fold::Last)?,
        ))
    }
}

#[cfg(test)]
#[path = "quiet_tests.rs"]
mod tests;
