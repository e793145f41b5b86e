//! Quiet hours and working days against the clock, also minute by minute over both of its changes.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::organisation::availability::{Absence, Hours, TIME_ZONE, Weekday, is_holiday, week_of_text};

fn hours(from: &str, to: &str) -> Option<QuietHours> {
    QuietHours::new(from.parse().unwrap(), to.parse().unwrap()).ok()
}

fn works(week: &str) -> Availability {
    Availability {
        week: week_of_text(week).unwrap(),
        ..Availability::default()
    }
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

fn until(quiet: Quiet) -> Option<Timestamp> {
    assert!(quiet.quiet);
    quiet.until
}

// N5
#[test]
fn quiet_hours_are_two_different_times_of_the_day() {
    for right in [
        r#"{"from":"22:00","to":"07:00"}"#,
        r#"{"from":"12:00","to":"12:01"}"#,
        r#"{"from":"00:00","to":"23:59"}"#,
    ] {
        let hours: QuietHours = serde_json::from_str(right).unwrap();
        assert_eq!(serde_json::to_string(&hours).unwrap(), right);
    }
    for wrong in [
        r#"{"from":"07:00","to":"07:00"}"#,
        r#"{"from":"07:00","to":"7:00"}"#,
        r#"{"from":"24:00","to":"07:00"}"#,
        r#"{"from":"22:00"}"#,
        r#"{"from":1320,"to":420}"#,
        "null",
        "{}",
    ] {
        assert!(serde_json::from_str::<QuietHours>(wrong).is_err(), "{wrong}");
    }
}

// N5. iNPUTmice/Conversations 2679, beszel 1825: an hour off in summer.
#[test]
fn hours_over_midnight_are_those_of_the_clock_on_every_day_of_the_year() {
    let night = hours("22:00", "07:00");
    let nobody = Availability::default();
    for day in [
        "2026-01-15",
        "2026-03-28",
        "2026-03-29",
        "2026-07-15",
        "2026-10-25",
        "2026-10-26",
    ] {
        for (time, expected) in [
            ("00:00", true),
            ("00:01", true),
            ("06:59", true),
            ("07:00", false),
            ("21:59", false),
            ("22:00", true),
            ("23:59", true),
        ] {
            let now = home(&format!("{day} {time}"));
            let quiet = Quiet::at(night, true, &nobody, now);
            assert_eq!(quiet.quiet, expected, "{day} {time}");
            assert_eq!(quiet.until.is_some(), expected, "{day} {time}");
        }
    }
    let evening = home("2026-03-28 22:00");
    let ends = until(Quiet::at(night, false, &nobody, evening));
    assert_eq!(ends, Some(home("2026-03-29 07:00")));
    assert_eq!(ends.unwrap().since(evening) / Timestamp::HOUR, 8);
    let evening = home("2026-10-24 22:00");
    let ends = until(Quiet::at(night, false, &nobody, evening));
    assert_eq!(ends.unwrap().since(evening) / Timestamp::HOUR, 10);
}

// N5. birday 365, medTimer 56: the end came twice in the hour that the clock repeats.
#[test]
fn an_end_that_the_clock_shows_twice_or_never_comes_once() {
    let nobody = Availability::default();
    let night = hours("22:00", "02:30");
    let twice = nobody
        .zone()
        .from_local_datetime(&"2026-10-25T02:30:00".parse().unwrap());
    let last = Timestamp(twice.latest().unwrap().timestamp_millis());
    let (mut now, mut ends) = (home("2026-10-24 21:00"), Vec::new());
    let mut was = false;
    while now < home("2026-10-25 12:00") {
        let quiet = Quiet::at(night, false, &nobody, now);
        if was && !quiet.quiet {
            ends.push(now);
        }
        was = quiet.quiet;
        now = now.plus(Timestamp::MINUTE);
    }
    assert_eq!(ends, [last]);
    let skipped = Quiet::at(night, false, &nobody, home("2026-03-29 01:59"));
    assert_eq!(until(skipped), Some(home("2026-03-29 03:00")));
}

// N5
#[test]
fn outside_working_time_it_is_quiet_until_the_next_and_an_absence_and_holidays_count() {
    let mut mieke = works("ma 08:30-17:00, di 08:30-17:00");
    let days = |availability: &Availability, now: &str| Quiet::at(None, true, availability, home(now));
    assert_eq!(days(&mieke, "2026-03-03 08:30"), Quiet::default());
    assert_eq!(
        until(days(&mieke, "2026-03-03 17:00")),
        Some(home("2026-03-09 08:30"))
    );
    // Easter Monday.
    assert_eq!(
        until(days(&mieke, "2026-04-06 10:00")),
        Some(home("2026-04-07 08:30"))
    );
    mieke.absence = Some(Absence {
        from: "2026-03-09".parse().unwrap(),
        until: "2026-03-16".parse().unwrap(),
    });
    assert_eq!(
        until(days(&mieke, "2026-03-03 17:00")),
        Some(home("2026-03-17 08:30"))
    );
    assert!(!Quiet::at(None, false, &mieke, home("2026-03-10 10:00")).quiet);
    // Nothing is known of the days: they are never quiet.
    assert_eq!(days(&works(""), "2026-03-08 03:00"), Quiet::default());
}

// N5
#[test]
fn quiet_hours_and_days_off_that_meet_have_one_end() {
    let mieke = works("ma 08:00-17:00, di 06:30-17:00");
    let night = hours("16:00", "08:00");
    let both = |now: &str| Quiet::at(night, true, &mieke, home(now));
    // From the hours of Monday into those of Tuesday, whose work begins while it is quiet.
    assert_eq!(until(both("2026-03-02 16:00")), Some(home("2026-03-03 08:00")));
    assert_eq!(until(both("2026-03-03 16:30")), Some(home("2026-03-09 08:00")));
    assert!(!both("2026-03-02 08:00").quiet);
    // Work that is all within the quiet hours: there is no end to it.
    let joris = works("vr 22:00-07:00");
    let always = Quiet::at(hours("21:00", "08:00"), true, &joris, home("2026-03-04 12:00"));
    assert_eq!((always.quiet, always.until), (true, None));
}

// N5
#[test]
fn hours_are_those_of_the_colleagues_own_time_zone() {
    let rosa = Availability {
        time_zone: "America/Curacao".into(),
        ..Availability::default()
    };
    let quiet = Quiet::at(hours("22:00", "07:00"), false, &rosa, home("2026-03-03 11:00"));
    assert_eq!(until(quiet), Some(at("America/Curacao", "2026-03-03 07:00")));
}

// N5
#[test]
fn nothing_is_quiet_by_a_clock_that_is_off_by_thousands_of_years() {
    let mut far = works("di 08:30-17:00");
    far.absence = Some(Absence {
        from: "2026-01-01".parse().unwrap(),
        until: "+262142-12-31".parse().unwrap(),
    });
    for impossible in [i64::MAX, i64::MIN, -1, 253_402_300_800_000] {
        let quiet = Quiet::at(hours("22:00", "07:00"), true, &far, Timestamp(impossible));
        assert_eq!(quiet, Quiet::default());
    }
    for edge in [0, 253_402_300_799_999] {
        let _ = Quiet::at(hours("22:00", "07:00"), true, &far, Timestamp(edge));
    }
    let away = Quiet::at(None, true, &far, home("2026-03-04 12:00"));
    assert_eq!((away.quiet, away.until), (true, None));
}

/// The clock of a place, minute by minute.
struct Clock {
    minutes: Vec<Timestamp>,
    /// The latest that the clock had shown by each minute, and the earliest that it shows from it on.
    shown: Vec<NaiveDateTime>,
    to_show: Vec<NaiveDateTime>,
}

impl Clock {
    fn new(zone: Tz, from: Timestamp, days: i64) -> Clock {
        let minutes: Vec<Timestamp> = (0..days * 24 * 60)
            .map(|minute| from.plus(minute * Timestamp::MINUTE))
            .collect();
        let local = |at: &Timestamp| {
            DateTime::from_timestamp_millis(at.0)
                .unwrap()
                .with_timezone(&zone)
                .naive_local()
        };
        let local: Vec<NaiveDateTime> = minutes.iter().map(local).collect();
        let mut shown = local.clone();
        for at in 1..shown.len() {
            shown[at] = shown[at].max(shown[at - 1]);
        }
        let mut to_show = local;
        for at in (1..to_show.len()).rev() {
            to_show[at - 1] = to_show[at - 1].min(to_show[at]);
        }
        Clock {
            minutes,
            shown,
            to_show,
        }
    }

    /// Marks the minutes from when the clock first shows `from`, or is past it, until it has shown `to` for the last time, or
    /// shows no more what is before it.
    fn mark(&self, marked: &mut [bool], from: NaiveDateTime, to: NaiveDateTime) {
        for (at, marked) in marked.iter_mut().enumerate() {
            let later = self.to_show.get(at + 1).is_some_and(|later| *later <= to);
            *marked |= self.shown[at] >= from && (later || self.to_show[at] < to);
        }
    }

    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let first = self.shown[0].date();
        first.iter_days().take(self.minutes.len() / 1440 + 2)
    }
}

fn span(day: NaiveDate, from: TimeOfDay, to: TimeOfDay) -> (NaiveDateTime, NaiveDateTime) {
    let time =
        |time: TimeOfDay| day.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(time.minutes().into());
    let next = if from < to { 0 } else { 1 };
    (time(from), time(to) + TimeDelta::days(next))
}

/// Whether it is quiet, for each minute.
fn model(clock: &Clock, hours: Option<QuietHours>, working_days: bool, of: &Availability) -> Vec<bool> {
    let mut quiet = vec![false; clock.minutes.len()];
    for day in clock.days() {
        if let Some(hours) = hours {
            let (from, to) = span(day, hours.from(), hours.to());
            clock.mark(&mut quiet, from, to);
        }
    }
    if !working_days || of.week.is_empty() && of.absence.is_none() {
        return quiet;
    }
    let midnight: TimeOfDay = "00:00".parse().unwrap();
    let mut at_work = vec![false; clock.minutes.len()];
    for day in clock.days() {
        if of.absence.is_some_and(|absence| absence.holds_on(day)) {
            continue;
        }
        let weekday = Weekday::ALL[chrono::Datelike::weekday(&day).num_days_from_monday() as usize];
        let works = of.week.iter().find(|working| working.day == weekday);
        let free = !of.week.is_empty() && (works.is_none() || !of.works_on_holidays && is_holiday(day));
        if free {
            continue;
        }
        let hours = works.and_then(|working| working.hours);
        let (from, to) = hours.map_or((midnight, midnight), |Hours { from, to }| (from, to));
        let (from, to) = span(day, from, to);
        clock.mark(&mut at_work, from, to);
    }
    for (quiet, at_work) in quiet.iter_mut().zip(at_work) {
        *quiet |= !at_work;
    }
    quiet
}

fn some_time() -> impl Strategy<Value = TimeOfDay> {
    // Often at and about the hours in which clocks change.
    let minute = prop_oneof![0..1440_u16, 0..240_u16, Just(0), Just(120), Just(180)];
    minute.prop_map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60).parse().unwrap())
}

fn some_availability(zone: &'static str, first: NaiveDate) -> impl Strategy<Value = Availability> {
    let day = (any::<bool>(), any::<bool>(), some_time(), some_time());
    let week = proptest::collection::vec(day, 7);
    let absence = proptest::option::of((0..12_i64, 0..6_i64));
    (week, absence, any::<bool>()).prop_map(move |(week, absence, works_on_holidays)| {
        let days = Weekday::ALL.into_iter().zip(week);
        let worked = days.filter(|(_, (works, ..))| *works);
        let week = worked.map(
            |(day, (_, known, from, to))| crate::organisation::availability::WorkingDay {
                day,
                hours: known.then_some(Hours { from, to }),
            },
        );
        let absence = absence.map(|(from, days)| Absence {
            from: first + TimeDelta::days(from),
            until: first + TimeDelta::days(from + days),
        });
        Availability {
            week: week.collect(),
            works_on_holidays,
            time_zone: zone.into(),
            absence,
            ..Availability::default()
        }
    })
}

/// Places, and days on which their clock changes: in both directions, by half an hour, at midnight, and by a whole day.
const CHANGES: [(&str, &str); 9] = [
    (TIME_ZONE, "2026-03-29"),
    (TIME_ZONE, "2026-10-25"),
    ("America/Curacao", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("Atlantic/Azores", "2026-10-25"),
    ("Pacific/Apia", "2011-12-30"),
];

fn some_case() -> impl Strategy<Value = (NaiveDate, Option<QuietHours>, bool, Availability)> {
    let change = proptest::sample::select(&CHANGES[..]);
    change.prop_flat_map(|(zone, day)| {
        let first: NaiveDate = day.parse::<NaiveDate>().unwrap() - TimeDelta::days(5);
        let hours = (some_time(), some_time()).prop_map(|(from, to)| QuietHours::new(from, to).ok());
        (Just(first), hours, any::<bool>(), some_availability(zone, first))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // N5
    #[test]
    fn quiet_is_what_the_clock_shows_minute_by_minute_over_both_its_changes(
        (first, hours, working_days, availability) in some_case()
    ) {
        let start = Timestamp(first.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis());
        let clock = Clock::new(availability.zone(), start, 12);
        let expected = model(&clock, hours, working_days, &availability);
        // The edges see no span that began before or ends after them.
        let inside = 2 * 1440..9 * 1440;
        for at in inside.clone() {
            let now = clock.minutes[at];
            let changes = expected[at] != expected[at + 1];
            // Where nothing changes, some minutes stand for all.
            if !changes && clock.minutes[at].0 / Timestamp::MINUTE % 97 != 0 && at != inside.start {
                continue;
            }
            let quiet = Quiet::at(hours, working_days, &availability, now);
            prop_assert_eq!(quiet.quiet, Quiet::is_at(hours, working_days, &availability, now));
            prop_assert_eq!(quiet.quiet, expected[at], "at {}", clock.shown[at]);
            if !quiet.quiet {
                prop_assert_eq!(quiet.until, None);
                continue;
            }
            let end = (at..expected.len() - 2 * 1440).find(|at| !expected[*at]);
            if let Some(end) = end {
                prop_assert_eq!(quiet.until, Some(clock.minutes[end]), "from {}", clock.shown[at]);
            }
        }
    }
}
