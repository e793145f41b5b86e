//! Marks of conversation, writer, time and file, as the index of parts has them beside the text (L4).
//!
//! Each is three characters for private use, so one run of the index: the view `texts` makes them of a message, and a search asks for them.

use conversation::{MembershipId, Timestamp};

/// Days from 1970 until a day of 2015; the marks of what is older are those of that day.
const FIRST_DAY: i64 = 16_560;
/// How many days the marks of time stand for, each a multiple of the one before, and the block of their characters.
const SPANS: [(i64, u32); 4] = [(1, 0x0A), (5, 0x0D), (30, 0x06), (360, 0x10)];

/// The character of a byte of a mark, as the view `texts` makes it.
fn mark(block: u32, byte: i64) -> char {
    let low = u32::try_from(byte & 255).unwrap_or_default();
    char::from_u32(0xE000 + (block << 8) + low).unwrap_or(char::REPLACEMENT_CHARACTER)
}

pub(super) fn mark_of_place(name: i64) -> String {
    [mark(0, name >> 16), mark(1, name >> 8), mark(2, name)]
        .iter()
        .collect()
}

pub(super) fn mark_of_writer(id: MembershipId) -> String {
    let bytes = id.as_bytes();
    (3..)
        .zip(&bytes[13..])
        .map(|(block, byte)| mark(block, i64::from(*byte)))
        .collect()
}

fn mark_of_days(block: u32, days: i64) -> String {
    [mark(block, days >> 8), mark(block + 1, days), mark(block + 2, 0)]
        .iter()
        .collect()
}

pub(super) fn mark_of_file() -> String {
    [mark(9, 0); 3].iter().collect()
}

/// The marks of the days from the one time until the other, as few as there can be.
pub(super) fn period(from: Option<Timestamp>, until: Option<Timestamp>, newest: i64) -> Option<Vec<String>> {
    if from.is_none() && until.is_none() {
        return None;
    }
    let day = |at: i64| (at / Timestamp::DAY).max(FIRST_DAY);
    let first = from.map_or(FIRST_DAY, |from| day(from.0));
    // The moment itself is left out, and with it a day that begins then.
    let last = day(until.map_or(newest, |until| until.0.saturating_sub(1)));
    let mut spans = first..last.max(first) + 1;
    let mut marks = Vec::new();
    for (place, (days, block)) in SPANS.into_iter().enumerate() {
        let times = SPANS.get(place + 1).map_or(i64::MAX, |(longer, _)| longer / days);
        // Those of the next length that lie within; the others remain at either end.
        let whole = (spans.start - 1) / times + 1..spans.end / times;
        if whole.is_empty() {
            marks.extend(spans.map(|span| mark_of_days(block, span)));
            break;
        }
        let ends = (spans.start..whole.start * times).chain(whole.end * times..spans.end);
        marks.extend(ends.map(|span| mark_of_days(block, span)));
        spans = whole;
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // L4
        #[test]
        fn the_marks_of_a_period_are_those_of_its_days_and_of_no_other(
            first in 0..25_000_i64,
            days in 1..4_000_i64,
            beside in -40..4_040_i64,
        ) {
            let at = |day: i64| Timestamp(day * Timestamp::DAY);
            let marks = period(Some(at(first)), Some(at(first + days)), 0).unwrap();
            let day = (first + beside).max(FIRST_DAY);
            let has = SPANS
                .iter()
                .filter(|(span, block)| marks.contains(&mark_of_days(*block, day / span)))
                .count();
            let last = (first + days - 1).max(FIRST_DAY);
            let is_within = (first.max(FIRST_DAY)..=last).contains(&day);
            prop_assert_eq!(has, usize::from(is_within));
            prop_assert!(marks.len() < 60, "{}", marks.len());
        }
    }
}
