//! National holidays of the Netherlands: those of the Algemene termijnenwet (article 3), with Easter and Whit Sunday, and
//! Liberation Day in the years in which the collective agreements of care give it (each fifth).

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

/// Whether most people have the day off, whatever day of the week it is.
pub fn is_holiday(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let fixed = matches!((month, day), (1, 1) | (12, 25 | 26))
        || (month, day) == (5, 5) && year % 5 == 0
        || is_kings_day(date);
    // Days after Easter: itself, Easter Monday, Ascension Day, Whit Sunday and Monday.
    let moving = [0, 1, 39, 49, 50];
    fixed
        || easter(year).is_some_and(|easter| {
            moving
                .iter()
                .any(|after| easter.checked_add_days(Days::new(*after)) == Some(date))
        })
}

/// 27 April, or the day before where that is a Sunday.
fn is_kings_day(date: NaiveDate) -> bool {
    date.month() == 4
        && match date.day() {
            26 => date.weekday() == Weekday::Sat,
            27 => date.weekday() != Weekday::Sun,
            _ => false,
        }
}

/// Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher (J. Meeus, Astronomical Algorithms,
/// chapter 8).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let correction = (century + 8) / 25;
    let moon = (19 * golden + century - century / 4 - (century - correction + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let days = moon + weekday - 7 * late + 114;
    let (month, day) = (u32::try_from(days / 31).ok()?, u32::try_from(days % 31 + 1).ok()?);
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    // O5
    #[test]
    fn the_holidays_of_a_year_are_those_of_its_calendar() {
        // As rijksoverheid.nl lists them; 5 May is one of the care agreements in 2025 and 2030.
        let of_2025 = [
            "2025-01-01",
            "2025-04-20",
            "2025-04-21",
            "2025-04-26",
            "2025-05-05",
            "2025-05-29",
            "2025-06-08",
            "2025-06-09",
            "2025-12-25",
            "2025-12-26",
        ];
        let of_2026 = [
            "2026-01-01",
            "2026-04-05",
            "2026-04-06",
            "2026-04-27",
            "2026-05-14",
            "2026-05-24",
            "2026-05-25",
            "2026-12-25",
            "2026-12-26",
        ];
        for (year, expected) in [(2025, &of_2025[..]), (2026, &of_2026[..])] {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let found: Vec<NaiveDate> = first
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| is_holiday(*day))
                .collect();
            let expected: Vec<NaiveDate> = expected.iter().map(|text| date(text)).collect();
            assert_eq!(found, expected);
        }
    }

    // O5
    #[test]
    fn easter_is_where_the_tables_have_it() {
        // The earliest and the latest of these centuries, and years in which other methods err.
        for expected in [
            "1818-03-22",
            "1943-04-25",
            "1954-04-18",
            "1981-04-19",
            "2000-04-23",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
            "2285-03-22",
        ] {
            let expected = date(expected);
            assert_eq!(easter(expected.year()), Some(expected));
        }
    }
}
