//! Days as they are typed in a filter.

use chrono::{Datelike as _, Days, Local, Months, NaiveDate, TimeZone};
use conversation::Timestamp;

/// A day, a month or a year: its first day, and the first day after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: NaiveDate,
    pub(super) after: NaiveDate,
}

const MONTHS: [&[&str]; 12] = [
    &["januari", "january", "jan"],
    &["februari", "february", "feb"],
    &["maart", "march", "mrt", "mar"],
    &["april", "apr"],
    &["mei", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["augustus", "august", "aug"],
    &["september", "sep", "sept"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["december", "dec"],
];

impl Period {
    fn day(day: NaiveDate) -> Option<Period> {
        let after = day.checked_add_days(Days::new(1))?;
        Some(Period { first: day, after })
    }

    fn months(year: i32, month: u32, count: u32) -> Option<Period> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let after = first.checked_add_months(Months::new(count))?;
        Some(Period { first, after })
    }

    /// As people write them in Dutch and in English, day before month; without a year, the last such day until today.
    pub(super) fn of(typed: &str, today: NaiveDate) -> Option<Period> {
        let typed = matching::fold(typed);
        match typed.trim() {
            "vandaag" | "today" => return Period::day(today),
            "gisteren" | "yesterday" => return Period::day(today.checked_sub_days(Days::new(1))?),
            "eergisteren" => return Period::day(today.checked_sub_days(Days::new(2))?),
            _ => {}
        }
        let parts: Vec<&str> = typed
            .split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ','))
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            [one] => match month(one) {
                Some(month) => {
                    let year = today.year() - i32::from(month > today.month());
                    Period::months(year, month, 1)
                }
                None => Period::months(year(one)?, 1, 12),
            },
            [first, second] => match (year(first), month(second)) {
                (Some(year), Some(month)) => Period::months(year, month, 1),
                _ => match (month(first), year(second)) {
                    (Some(month), Some(year)) => Period::months(year, month, 1),
                    _ => Period::without_year(first, second, today),
                },
            },
            [first, second, third] => match year(first) {
                Some(year) => Period::day(NaiveDate::from_ymd_opt(year, month(second)?, day(third)?)?),
                None => Period::day(NaiveDate::from_ymd_opt(
                    year(third)?,
                    month(second)?,
                    day(first)?,
                )?),
            },
            _ => None,
        }
    }

    fn without_year(first: &str, second: &str, today: NaiveDate) -> Option<Period> {
        let (day, month) = (day(first)?, month(second)?);
        let last = (0..8).filter_map(|back| NaiveDate::from_ymd_opt(today.year() - back, month, day));
        Period::day(last.into_iter().find(|day| *day <= today)?)
    }
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn year(text: &str) -> Option<i32> {
    let year = i32::try_from(number(text, 4..=4)?).ok()?;
    (1900..=2999).contains(&year).then_some(year)
}

fn month(text: &str) -> Option<u32> {
    let by_name = (1..).zip(MONTHS).find(|(_, names)| names.contains(&text));
    by_name.map(|(month, _)| month).or_else(|| number(text, 1..=2))
}

fn day(text: &str) -> Option<u32> {
    number(text, 1..=2)
}

/// The moment at which a day begins for who sits here.
pub(super) fn begin(day: NaiveDate) -> Option<Timestamp> {
    begin_in(&Local, day)
}

/// Where midnight does not exist, since the clock was put forward then, the first hour that does.
fn begin_in(zone: &impl TimeZone, day: NaiveDate) -> Option<Timestamp> {
    let mut hours = (0..4).filter_map(|hour| day.and_hms_opt(hour, 0, 0));
    let begin = hours.find_map(|time| zone.from_local_datetime(&time).earliest())?;
    Some(Timestamp(begin.timestamp_millis()))
}

pub(super) fn today(now: Timestamp) -> Option<NaiveDate> {
    Some(Local.timestamp_millis_opt(now.0).earliest()?.date_naive())
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, Utc};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    // L4
    #[test]
    fn days_months_and_years_are_read_as_people_write_them() {
        let today = date("2025-11-30");
        for (typed, first, after) in [
            ("2025-03-03", "2025-03-03", "2025-03-04"),
            ("3-3-2025", "2025-03-03", "2025-03-04"),
            ("03/03/2025", "2025-03-03", "2025-03-04"),
            ("3.3.2025", "2025-03-03", "2025-03-04"),
            ("3 maart 2025", "2025-03-03", "2025-03-04"),
            ("3-mrt-2025", "2025-03-03", "2025-03-04"),
            ("3 March 2025", "2025-03-03", "2025-03-04"),
            ("2025-03", "2025-03-01", "2025-04-01"),
            ("3-2025", "2025-03-01", "2025-04-01"),
            ("MAART 2025", "2025-03-01", "2025-04-01"),
            ("maart", "2025-03-01", "2025-04-01"),
            ("december", "2024-12-01", "2025-01-01"),
            ("2025", "2025-01-01", "2026-01-01"),
            ("3 mrt", "2025-03-03", "2025-03-04"),
            ("31-12", "2024-12-31", "2025-01-01"),
            ("29-2", "2024-02-29", "2024-03-01"),
            ("vandaag", "2025-11-30", "2025-12-01"),
            ("Yesterday", "2025-11-29", "2025-11-30"),
        ] {
            let period = Period {
                first: date(first),
                after: date(after),
            };
            assert_eq!(Period::of(typed, today), Some(period), "{typed}");
        }
        for typed in [
            "31-02-2025",
            "2025-13-01",
            "32",
            "gister",
            "3-3-25",
            "1-2-3-4",
            "",
            "0-0-2025",
            "99999",
            "maandag",
        ] {
            assert_eq!(Period::of(typed, today), None, "{typed}");
        }
    }

    // L4
    #[test]
    fn a_day_begins_at_midnight_where_one_is() {
        let ahead = FixedOffset::east_opt(3_600).unwrap();
        let midnight = begin_in(&ahead, date("2025-03-03")).unwrap();
        assert_eq!(
            midnight.0,
            begin_in(&Utc, date("2025-03-03")).unwrap().0 - 3_600_000
        );
    }
}
