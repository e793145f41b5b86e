//! Says whether somebody is at work at a moment, from days, dates and holidays in their own time zone.
//!
//! * Working time runs from the beginning of a day's hours to their end, the whole day where only the day is known, and every
//!   day where no week is known. Days of an absence have none, and holidays neither unless they work then. Hours that run
//!   past midnight belong to the day on which they begin.
//! * A time that the clock skips in spring is the first after the gap; one that it shows twice in autumn begins at the
//!   first and ends at the last.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::{Absence, Availability, Hours, Weekday, is_holiday};
use crate::ids::Timestamp;

/// Days on which working time is looked for, besides those of an absence.
const AHEAD: usize = 400;
/// The end of the year 9999, in milliseconds.
pub(super) const LATEST: i64 = 253_402_300_800_000;
/// Days before an absence from which it is announced.
const ANNOUNCED: u64 = 7;

/// Whether somebody is at work at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Not at work.
    pub absent: Option<Absent>,
    /// An absence that begins within a week.
    pub planned: Option<Absence>,
    /// The moment from which another answer holds; `None` if this one holds for more than a year.
    pub until: Option<Timestamp>,
}

/// Somebody who is not at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent {
    /// By this absence, and not only by the hour or the day.
    pub by: Option<Absence>,
    /// `None` if no working time follows.
    pub back: Option<Back>,
}

/// The next working time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    pub at: Timestamp,
    /// The day, in the colleague's time zone.
    pub date: NaiveDate,
    /// The hour is known, and not only the day.
    pub has_time: bool,
}

/// A stretch of working time.
struct Span {
    begins: Timestamp,
    ends: Timestamp,
    date: NaiveDate,
    has_time: bool,
}

impl Presence {
    pub fn at(availability: &Availability, now: Timestamp) -> Presence {
        let is_known = !availability.week.is_empty() || availability.absence.is_some();
        let zone = availability.zone();
        // Of a clock that is off by thousands of years nothing can be said.
        let is_known = is_known && (0..LATEST).contains(&now.0);
        let Some(here) = DateTime::from_timestamp_millis(now.0).filter(|_| is_known) else {
            return Presence::default();
        };
        let today = here.with_timezone(&zone).date_naive();
        let running = availability.absence.filter(|absence| absence.holds_on(today));
        let coming = availability.absence.filter(|absence| today < absence.from);
        let announced = coming.and_then(|coming| coming.from.checked_sub_days(Days::new(ANNOUNCED)));
        let planned = coming.filter(|_| announced.is_some_and(|from| from <= today));
        let work = availability.work(today, zone);
        let (absent, changes) = match around(work, now) {
            Around::Runs { ends } => (None, ends),
            Around::Follows(next) => {
                let back = next.map(|span| Back {
                    at: span.begins,
                    date: span.date,
                    has_time: span.has_time,
                });
                (Some(Absent { by: running, back }), back.map(|back| back.at))
            }
        };
        let announced = announced.filter(|from| today < *from);
        let announced = announced.and_then(|from| instant(zone, from.and_time(NaiveTime::MIN), Fold::First));
        // An absence begins at midnight, also where the working time ended before.
        let begins =
            coming.and_then(|coming| instant(zone, coming.from.and_time(NaiveTime::MIN), Fold::First));
        Presence {
            absent,
            planned,
            until: [changes, announced, begins].into_iter().flatten().min(),
        }
    }
}

/// Working time at a moment.
enum Around {
    /// With what follows on it without a break; `None` if there is no end to it.
    Runs {
        ends: Option<Timestamp>,
    },
    Follows(Option<Span>),
}

fn around(work: impl Iterator<Item = Span>, now: Timestamp) -> Around {
    let mut runs_until = None;
    for span in work {
        match runs_until {
            Some(ends) if ends < span.begins => return Around::Runs { ends: runs_until },
            Some(ends) => runs_until = Some(span.ends.max(ends)),
            None if now < span.begins => return Around::Follows(Some(span)),
            None if now < span.ends => runs_until = Some(span.ends),
            None => {}
        }
    }
    match runs_until {
        Some(_) => Around::Runs { ends: None },
        None => Around::Follows(None),
    }
}

impl Availability {
    /// The end of the working hours of this moment, or a moment before it; `None` if they are not at work, or nothing is known of
    /// their days.
    pub fn works_until(&self, now: Timestamp) -> Option<Timestamp> {
        let presence = Presence::at(self, now);
        let is_at_work = !self.week.is_empty() && presence.absent.is_none();
        is_at_work.then(|| presence.until.unwrap_or(Timestamp(i64::MAX)))
    }

    /// The same time by their clock so many days later. Every day counts, whether or not they work.
    pub fn days_later(&self, from: Timestamp, days: u8) -> Timestamp {
        let local = DateTime::from_timestamp_millis(from.0).map(|from| from.with_timezone(&self.zone()));
        let later = local.and_then(|from| from.naive_local().checked_add_days(Days::new(u64::from(days))));
        later
            .and_then(|later| instant(self.zone(), later, Fold::First))
            .unwrap_or_else(|| from.plus(i64::from(days) * Timestamp::DAY))
    }

    /// Working time from yesterday on, in its order.
    fn work(&self, today: NaiveDate, zone: Tz) -> impl Iterator<Item = Span> {
        let mut next = today.pred_opt();
        let days = (0..AHEAD).map_while(move |_| {
            let absence = self.absence;
            if let Some(absence) = absence.filter(|absence| next.is_some_and(|date| absence.holds_on(date))) {
                next = absence.until.succ_opt();
            }
            let date = next?;
            next = date.succ_opt();
            Some(date)
        });
        days.filter_map(move |date| self.span(date, zone))
    }

    fn span(&self, date: NaiveDate, zone: Tz) -> Option<Span> {
        let hours = if self.week.is_empty() {
            None
        } else {
            if !self.works_on_holidays && is_holiday(date) {
                return None;
            }
            let day = Weekday::of(chrono::Datelike::weekday(&date));
            self.week.iter().find(|working| working.day == day)?.hours
        };
        let time = |minutes: u16| NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minutes) * 60, 0);
        let (from, to) = match hours {
            Some(Hours { from, to }) => (time(from.minutes())?, time(to.minutes())?),
            None => (NaiveTime::MIN, NaiveTime::MIN),
        };
        let ends_on = if from < to {
            date
        } else {
            date.checked_add_days(Days::new(1))?
        };
        Some(Span {
            begins: instant(zone, date.and_time(from), Fold::First)?,
            ends: instant(zone, ends_on.and_time(to), Fold::Last)?,
            date,
            has_time: hours.is_some(),
        })
    }
}

/// Which of two, where the clock shows a time twice.
#[derive(Clone, Copy)]
pub(super) enum Fold {
    First,
    Last,
}

pub(super) fn instant(zone: Tz, local: NaiveDateTime, fold: Fold) -> Option<Timestamp> {
    /// Minutes of a gap, at most: some places once skipped a day.
    const LONGEST_GAP: i64 = 24 * 60 + 1;
    let at = (0..=LONGEST_GAP).find_map(|minutes| {
        let local = local.checked_add_signed(TimeDelta::minutes(minutes))?;
        let found = zone.from_local_datetime(&local);
        match fold {
            Fold::First => found.earliest(),
            Fold::Last => found.latest(),
        }
    })?;
    Some(Timestamp(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::super::{TIME_ZONE, week_of_text};
    use super::*;

    /// Of someone who works by a text such as `di 08:30-17:00`.
    fn works(week: &str) -> Availability {
        Availability {
            week: week_of_text(week).unwrap(),
            ..Availability::default()
        }
    }

    fn absent(mut availability: Availability, from: &str, until: &str) -> Availability {
        let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
        availability.absence = Some(Absence { from, until });
        availability
    }

    /// A moment by the clock of a place.
    fn at(zone: &str, local: &str) -> Timestamp {
        let zone: Tz = zone.parse().unwrap();
        let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
        Timestamp(zone.from_local_datetime(&local).unwrap().timestamp_millis())
    }

    fn home(local: &str) -> Timestamp {
        at(TIME_ZONE, local)
    }

    fn back(availability: &Availability, now: Timestamp) -> Option<Back> {
        Presence::at(availability, now)
            .absent
            .and_then(|absent| absent.back)
    }

    fn is_at_work(availability: &Availability, now: Timestamp) -> bool {
        Presence::at(availability, now).absent.is_none()
    }

    // O5
    #[test]
    fn between_two_working_days_one_is_back_on_the_next_at_its_hour() {
        // A Wednesday; Tuesdays and Thursdays are worked.
        let mieke = works("di 08:30-17:00, do 08:30-17:00");
        let presence = Presence::at(&mieke, home("2026-03-04 11:00"));
        let thursday = home("2026-03-05 08:30");
        let back = presence.absent.unwrap().back.unwrap();
        assert_eq!(
            (back.at, back.has_time, back.date.to_string()),
            (thursday, true, "2026-03-05".to_owned())
        );
        assert_eq!(presence.until, Some(thursday));
        // To the minute, at both ends.
        for (now, works) in [
            ("2026-03-05 08:29", false),
            ("2026-03-05 08:30", true),
            ("2026-03-05 16:59", true),
            ("2026-03-05 17:00", false),
        ] {
            assert_eq!(is_at_work(&mieke, home(now)), works, "{now}");
        }
        let working = Presence::at(&mieke, thursday);
        assert_eq!(working.until, Some(home("2026-03-05 17:00")));
    }

    // O5. Zammad 3590: an absence of one day counted for nothing, as both ends were midnight in UTC.
    #[test]
    fn an_absence_of_one_day_is_that_whole_day_where_the_colleague_is() {
        let mieke = absent(works("ma-vr 08:30-17:00"), "2026-03-04", "2026-03-04");
        for (now, away) in [
            ("2026-03-03 12:00", false),
            ("2026-03-04 08:30", true),
            ("2026-03-04 16:59", true),
            ("2026-03-05 09:00", false),
        ] {
            assert_eq!(!is_at_work(&mieke, home(now)), away, "{now}");
        }
        // By the absence from midnight on, and not only by the hour.
        let by = |now: &str| Presence::at(&mieke, home(now)).absent.unwrap().by;
        assert_eq!(by("2026-03-03 23:59"), None);
        assert_eq!(
            (by("2026-03-04 00:00"), by("2026-03-04 23:59")),
            (mieke.absence, mieke.absence)
        );
        assert_eq!(by("2026-03-05 00:00"), None);
        let evening = Presence::at(&mieke, home("2026-03-03 18:00"));
        assert_eq!(evening.until, Some(home("2026-03-04 00:00")));
    }

    // O5. Mattermost 29041: what ended "today" stayed until the next morning.
    #[test]
    fn an_absence_without_a_week_ends_with_its_last_day() {
        let karim = absent(works(""), "2026-12-21", "2027-01-03");
        let presence = Presence::at(&karim, home("2027-01-03 23:59"));
        assert_eq!(presence.until, Some(home("2027-01-04 00:00")));
        let back = presence.absent.unwrap().back.unwrap();
        // A day without an hour.
        assert_eq!(
            (back.date.to_string(), back.has_time),
            ("2027-01-04".to_owned(), false)
        );
        let after = Presence::at(&karim, home("2027-01-04 00:00"));
        assert_eq!(after, Presence::default());
    }

    // O5
    #[test]
    fn an_absence_is_announced_a_week_before() {
        let mieke = absent(works("ma-vr 08:30-17:00"), "2026-03-16", "2026-03-20");
        let planned = |now: &str| Presence::at(&mieke, home(now)).planned;
        assert_eq!(planned("2026-03-08 23:59"), None);
        assert_eq!(planned("2026-03-09 00:00"), mieke.absence);
        assert_eq!(planned("2026-03-15 23:59"), mieke.absence);
        assert_eq!(planned("2026-03-16 00:00"), None);
        assert_eq!(
            Presence::at(&mieke, home("2026-03-08 12:00")).until,
            Some(home("2026-03-09 00:00"))
        );
    }

    // O5
    #[test]
    fn on_a_holiday_one_is_back_the_day_after_unless_one_works_then() {
        // Easter Monday is 6 April 2026, King's Day the 27th.
        let mut mieke = works("ma 08:30-17:00, di 08:30-17:00");
        let monday = home("2026-04-06 10:00");
        assert_eq!(back(&mieke, monday).unwrap().at, home("2026-04-07 08:30"));
        mieke.works_on_holidays = true;
        assert!(is_at_work(&mieke, monday));
        // Without a week nobody knows on which days they work.
        let anna = absent(works(""), "2026-04-01", "2026-04-03");
        assert!(is_at_work(&anna, monday));
    }

    // O5
    #[test]
    fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
        let joris = works("vr 22:00-07:00");
        assert!(is_at_work(&joris, home("2026-03-07 06:59")));
        assert!(!is_at_work(&joris, home("2026-03-07 07:00")));
        assert!(!is_at_work(&joris, home("2026-03-06 06:00")));
        // Also into an absence, and out of one it does not begin before the next week.
        let away = absent(joris.clone(), "2026-03-07", "2026-03-13");
        assert!(is_at_work(&away, home("2026-03-07 06:59")));
        assert_eq!(
            back(&away, home("2026-03-07 07:00")).unwrap().at,
            home("2026-03-20 22:00")
        );
        let around_the_clock = works("ma-zo 00:00-00:00");
        assert_eq!(
            Presence::at(&around_the_clock, home("2026-03-06 00:00")).until,
            Some(home("2026-04-05 00:00"))
        );
    }

    // O5. SSW.Website 2220, n8n 16531: an hour off once the clocks had changed.
    #[test]
    fn hours_are_those_of_the_clock_before_and_after_it_changes() {
        let mieke = works("za 08:30-17:00, ma 08:30-17:00");
        let hours_away = |from: &str| {
            let now = home(from);
            back(&mieke, now).unwrap().at.since(now) / Timestamp::HOUR
        };
        // From Saturday 17:00 to Monday 8:30, by the clock 39 hours and a half.
        assert_eq!(hours_away("2026-03-21 17:00"), 39);
        assert_eq!(hours_away("2026-03-28 17:00"), 38);
        assert_eq!(hours_away("2026-10-24 17:00"), 40);
        // A beginning that the clock skips, and an end that it shows twice.
        let night = works("zo 02:30-06:00");
        assert_eq!(
            back(&night, home("2026-03-29 01:00")).unwrap().at,
            home("2026-03-29 03:00")
        );
        let late = works("za 22:00-02:30");
        let twice = late
            .zone()
            .from_local_datetime(&"2026-10-25T02:30:00".parse().unwrap());
        let ends = Timestamp(twice.latest().unwrap().timestamp_millis());
        assert_eq!(Presence::at(&late, home("2026-10-24 23:00")).until, Some(ends));
    }

    // N3. Signal-Android 13493: a time "tomorrow" was an hour off once the clocks had changed.
    #[test]
    fn days_later_is_the_same_time_by_the_clock_over_both_of_its_changes() {
        let anna = Availability::default();
        for (from, later, hours) in [
            ("2026-03-27 16:00", "2026-03-30 16:00", 71),
            ("2026-10-23 16:00", "2026-10-26 16:00", 73),
            ("2026-06-05 16:00", "2026-06-08 16:00", 72),
            // Skipped by the clock: the first moment after the gap.
            ("2026-03-26 02:30", "2026-03-29 03:00", 71),
        ] {
            let found = anna.days_later(home(from), 3);
            assert_eq!(found, home(later), "{from}");
            assert_eq!(found.since(home(from)) / Timestamp::HOUR, hours, "{from}");
        }
        // Shown twice: the first of the two.
        let twice = anna.days_later(home("2026-10-22 02:30"), 3);
        assert_eq!(twice, Timestamp(home("2026-10-25 03:30").0 - 2 * Timestamp::HOUR));
        let elsewhere = Availability {
            time_zone: "Pacific/Auckland".into(),
            ..Availability::default()
        };
        let from = at("Pacific/Auckland", "2026-04-03 09:00");
        assert_eq!(
            elsewhere.days_later(from, 3),
            at("Pacific/Auckland", "2026-04-06 09:00")
        );
        // No calendar goes so far.
        assert_eq!(anna.days_later(Timestamp(i64::MAX), 3), Timestamp(i64::MAX));
    }

    // N3
    #[test]
    fn working_hours_hold_only_where_they_are_known() {
        let mieke = works("di 08:30-17:00");
        assert_eq!(mieke.works_until(home("2026-03-03 08:29")), None);
        assert_eq!(
            mieke.works_until(home("2026-03-03 08:30")),
            Some(home("2026-03-03 17:00"))
        );
        assert_eq!(works("").works_until(home("2026-03-03 10:00")), None);
        let away = absent(works(""), "2026-03-09", "2026-03-10");
        assert_eq!(away.works_until(home("2026-03-03 10:00")), None);
    }

    // O5. Odoo 85: days were counted in the time zone of the reader.
    #[test]
    fn days_and_hours_are_those_of_the_colleagues_own_time_zone() {
        let rosa = Availability {
            time_zone: "America/Curacao".into(),
            ..works("ma 08:00-16:00, di 08:00-16:00")
        };
        let now = home("2026-03-03 01:30");
        // There it is Monday evening.
        assert_eq!(
            back(&rosa, now).unwrap().at,
            at("America/Curacao", "2026-03-03 08:00")
        );
        assert!(is_at_work(&rosa, home("2026-03-03 14:00")));
        // A later version knows a zone that this one does not.
        let moon = Availability {
            time_zone: "Moon/Tranquility".into(),
            ..works("ma 08:00-16:00")
        };
        assert!(is_at_work(&moon, home("2026-03-02 08:00")));
    }

    // O5
    #[test]
    fn nothing_is_said_of_somebody_of_whom_nothing_is_known() {
        let now = home("2026-03-04 03:00");
        assert_eq!(Presence::at(&works(""), now), Presence::default());
        let far = absent(works("di 08:30-17:00"), "2026-03-01", "2031-02-28");
        assert_eq!(back(&far, now).unwrap().at, home("2031-03-04 08:30"));
        for impossible in [i64::MAX, i64::MIN, 253_402_300_799_999, -62_135_596_800_000] {
            let _ = Presence::at(&far, Timestamp(impossible));
        }
        let longest = absent(works(""), "2026-01-01", "+262142-12-31");
        assert_eq!(back(&longest, now), None);
    }
}
