//! Working days with their hours, and their text: `di 08:30-17:00, do 08:30-12:30`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A day of the week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    pub(super) fn of(day: chrono::Weekday) -> Weekday {
        Weekday::ALL[day.num_days_from_monday() as usize]
    }

    fn dutch(self) -> &'static str {
        ["ma", "di", "wo", "do", "vr", "za", "zo"][self as usize]
    }

    /// By its name or the beginning that is written for it, in Dutch or English.
    fn named(text: &str) -> Option<Weekday> {
        const NAMES: [[&str; 5]; 7] = [
            ["ma", "maandag", "mo", "mon", "monday"],
            ["di", "dinsdag", "tu", "tue", "tuesday"],
            ["wo", "woensdag", "we", "wed", "wednesday"],
            ["do", "donderdag", "th", "thu", "thursday"],
            ["vr", "vrijdag", "fr", "fri", "friday"],
            ["za", "zaterdag", "sa", "sat", "saturday"],
            ["zo", "zondag", "su", "sun", "sunday"],
        ];
        let text = text.trim_end_matches('.').to_lowercase();
        let place = NAMES.iter().position(|names| names.contains(&text.as_str()))?;
        Some(Weekday::ALL[place])
    }
}

/// Minutes since midnight; `HH:MM` as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TS, ToSchema)]
#[ts(type = "string", export)]
#[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:30")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    pub(super) fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A text is no time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time from 00:00 to 23:59")]
pub struct NoTime;

impl FromStr for TimeOfDay {
    type Err = NoTime;

    /// `8:30`, `08:30`, `08.30` or `8`.
    fn from_str(text: &str) -> Result<Self, NoTime> {
        let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "00"));
        let number = |text: &str, digits: std::ops::RangeInclusive<usize>, most: u16| {
            let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            let number: Option<u16> = text.parse().ok().filter(|_| is_number);
            number.filter(|number| *number <= most).ok_or(NoTime)
        };
        Ok(TimeOfDay(
            number(hour, 1..=2, 23)? * 60 + number(minute, 2..=2, 59)?,
        ))
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Working hours of a day. They end on the next day where the end is not after the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Hours {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
}

/// A day on which somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct WorkingDay {
    pub day: Weekday,
    /// Absent where only the day is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hours: Option<Hours>,
}

/// Why a text is no week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WeekInvalid {
    #[error("a day is expected first, such as `di` or `tue`")]
    Day,
    #[error("hours are expected as `08:30-17:00`")]
    Hours,
    #[error("the same weekday is there twice")]
    DayTwice,
}

/// The week that a text describes: days, or ranges of them, with or without hours, between commas or semicolons:
/// `ma-wo 08:30-17:00, vr 9-13`. Empty for no text.
pub fn week_of_text(text: &str) -> Result<Vec<WorkingDay>, WeekInvalid> {
    let mut week: Vec<WorkingDay> = Vec::new();
    let parts = text.split([',', ';']).map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let (days, hours) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        let (first, last) = days.split_once(['-', '–']).unwrap_or((days, days));
        let day = |text| Weekday::named(text).ok_or(WeekInvalid::Day);
        let (first, last) = (day(first)?, day(last)?);
        if first > last {
            return Err(WeekInvalid::Day);
        }
        let hours: String = hours.split_whitespace().collect();
        let hours = match hours.as_str() {
            "" => None,
            hours => {
                let (from, to) = hours.split_once(['-', '–']).ok_or(WeekInvalid::Hours)?;
                let time = |text: &str| text.parse().map_err(|NoTime| WeekInvalid::Hours);
                Some(Hours {
                    from: time(from)?,
                    to: time(to)?,
                })
            }
        };
        for day in Weekday::ALL
            .into_iter()
            .filter(|day| first <= *day && *day <= last)
        {
            if week.iter().any(|other| other.day == day) {
                return Err(WeekInvalid::DayTwice);
            }
            week.push(WorkingDay { day, hours });
        }
    }
    week.sort_by_key(|day| day.day);
    Ok(week)
}

/// The text of a week, a day each; [`week_of_text`] reads it back.
pub fn week_to_text(week: &[WorkingDay]) -> String {
    let days = week.iter().map(|day| match day.hours {
        Some(Hours { from, to }) => format!("{} {from}-{to}", day.day.dutch()),
        None => day.day.dutch().to_owned(),
    });
    days.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    // O5, I2
    #[test]
    fn a_week_is_read_from_what_people_write() {
        for (text, expected) in [
            ("", ""),
            (" ; , ", ""),
            ("di, do", "di, do"),
            ("do;di", "di, do"),
            (
                "Dinsdag 8:30-17:00; Thu 9.00 - 12.30",
                "di 08:30-17:00, do 09:00-12:30",
            ),
            ("ma-wo 8-17", "ma 08:00-17:00, di 08:00-17:00, wo 08:00-17:00"),
            ("vr 22:00–07:00", "vr 22:00-07:00"),
            ("zo. 00:00-00:00", "zo 00:00-00:00"),
        ] {
            let week = week_of_text(text).unwrap();
            assert_eq!(week_to_text(&week), expected);
            assert_eq!(week_of_text(expected), Ok(week));
        }
    }

    // O5, I2
    #[test]
    fn a_text_that_is_no_week_says_why() {
        for (text, why) in [
            ("dag 8-17", WeekInvalid::Day),
            ("wo-ma", WeekInvalid::Day),
            ("08:30-17:00", WeekInvalid::Day),
            ("di 8:30", WeekInvalid::Hours),
            ("di 24:00-25:00", WeekInvalid::Hours),
            ("di 8:3-17", WeekInvalid::Hours),
            ("di +8-17", WeekInvalid::Hours),
            ("di -8-17", WeekInvalid::Hours),
            ("di 8-17, di", WeekInvalid::DayTwice),
            ("ma-vr, di 8-12", WeekInvalid::DayTwice),
        ] {
            assert_eq!(week_of_text(text), Err(why), "{text}");
        }
    }

    // O5
    #[test]
    fn a_time_of_the_day_is_four_digits_as_text() {
        let time: TimeOfDay = serde_json::from_str("\"08:05\"").unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"08:05\"");
        for wrong in ["\"24:00\"", "\"08:60\"", "\"\"", "\":\"", "\"８:00\"", "8"] {
            assert!(serde_json::from_str::<TimeOfDay>(wrong).is_err(), "{wrong}");
        }
    }
}
