//! Availability of a professional by one membership (O5): a note, working days with hours, an absence, and who covers.
//!
//! [`Presence::at`] says from it whether somebody is at work at a moment, and else when they are back.

mod holidays;
mod presence;
mod quiet;
mod week;

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;
use matching::Unfit;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

pub use holidays::is_holiday;
pub use presence::{Absent, Back, Presence};
pub use quiet::{NoHours, QuietHours};
pub use week::{Hours, TimeOfDay, WeekInvalid, Weekday, WorkingDay, week_of_text, week_to_text};

use crate::ids::*;

/// Characters of a note, at most.
pub const LONGEST_NOTE: usize = 300;
/// Days of an absence, at most: five years.
pub const LONGEST_ABSENCE: i64 = 5 * 366;
/// The last year that a date of four digits can name.
const LAST_YEAR: i32 = 9999;
/// The time zone of an availability that names none.
pub const TIME_ZONE: &str = "Europe/Amsterdam";
/// Characters of a time zone's name, at most.
const LONGEST_TIME_ZONE: usize = 60;

/// When a professional works by one membership, and who covers otherwise (O5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Availability {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub note: String,
    /// Monday first, each day once; empty if the days are unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<WorkingDay>>", optional)]
    pub week: Vec<WorkingDay>,
    /// They work on national holidays that fall on a working day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub works_on_holidays: bool,
    /// The time zone of days and hours, by its name in the IANA database.
    #[serde(default = "time_zone")]
    pub time_zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub absence: Option<Absence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cover: Option<Cover>,
}

fn time_zone() -> String {
    TIME_ZONE.to_owned()
}

/// Days on which somebody is absent, the first and the last of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Absence {
    #[ts(type = "string")]
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    #[ts(type = "string")]
    #[schema(value_type = String, format = Date)]
    pub until: NaiveDate,
}

impl Absence {
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.until
    }
}

/// The colleague or team that covers while somebody is not at work; of the same organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export)]
pub enum Cover {
    Colleague {
        membership: MembershipId,
    },
    Team {
        team: TeamId,
    },
    /// Of a later version.
    #[serde(other)]
    #[ts(skip)]
    Unknown,
}

/// Why an availability cannot be kept. As a whole sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AvailabilityInvalid {
    #[error("The note is longer than 300 characters.")]
    NoteTooLong,
    #[error("The note holds a character that is no text.")]
    NoteUnfit,
    #[error("The same weekday is there twice.")]
    DayTwice,
    #[error("There is no such time zone; `Europe/Amsterdam` is one.")]
    TimeZone,
    #[error("The last day of the absence is before its first.")]
    AbsenceEndsBeforeItBegins,
    #[error("The absence is longer than five years.")]
    AbsenceTooLong,
    #[error("The one who covers is of a kind that this server does not know.")]
    Cover,
}

impl Default for Availability {
    fn default() -> Self {
        Availability {
            note: String::new(),
            week: Vec::new(),
            works_on_holidays: false,
            time_zone: time_zone(),
            absence: None,
            cover: None,
        }
    }
}

impl Availability {
    /// Nothing that anybody would be shown.
    pub fn is_empty(&self) -> bool {
        self.note.is_empty() && self.week.is_empty() && self.absence.is_none() && self.cover.is_none()
    }

    /// As it is kept: the note normalised, the days in order.
    pub fn kept(&self) -> Result<Availability, AvailabilityInvalid> {
        let note = match matching::name_within(&self.note, LONGEST_NOTE) {
            Ok(note) => note,
            Err(Unfit::Empty) => String::new(),
            Err(Unfit::TooLong { .. }) => return Err(AvailabilityInvalid::NoteTooLong),
            Err(_) => return Err(AvailabilityInvalid::NoteUnfit),
        };
        let mut week = self.week.clone();
        week.sort_by_key(|day| day.day);
        if week.windows(2).any(|two| two[0].day == two[1].day) {
            return Err(AvailabilityInvalid::DayTwice);
        }
        if self.time_zone.len() > LONGEST_TIME_ZONE || self.time_zone.parse::<Tz>().is_err() {
            return Err(AvailabilityInvalid::TimeZone);
        }
        if let Some(absence) = self.absence {
            let days = absence.until.signed_duration_since(absence.from).num_days();
            if days < 0 {
                return Err(AvailabilityInvalid::AbsenceEndsBeforeItBegins);
            }
            if days >= LONGEST_ABSENCE || absence.until.year() > LAST_YEAR {
                return Err(AvailabilityInvalid::AbsenceTooLong);
            }
        }
        if self.cover == Some(Cover::Unknown) {
            return Err(AvailabilityInvalid::Cover);
        }
        Ok(Availability {
            note,
            week,
            works_on_holidays: self.works_on_holidays,
            time_zone: self.time_zone.clone(),
            absence: self.absence,
            cover: self.cover,
        })
    }

    /// A later version may know zones that this one does not.
    fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::Europe__Amsterdam)
    }
}
