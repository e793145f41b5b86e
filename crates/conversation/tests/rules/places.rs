//! Runs of places (P5): in order, without overlap, and asked place by place.

use conversation::Places;
use conversation::visibility::{Shown, shown};
use conversation::*;
use proptest::prelude::*;

fn range(from: u64, to: u64) -> SeqRange {
    SeqRange::new(Seq(from), Seq(to)).expect("a run that is not empty")
}

fn of(ranges: &[(u64, u64)]) -> Places {
    Places::from_ranges(ranges.iter().map(|(from, to)| range(*from, *to)).collect())
}

// P5
#[test]
fn runs_are_put_in_order_and_those_that_touch_become_one() {
    let places = of(&[(8, 9), (1, 2), (3, 4), (12, 12), (2, 3)]);
    assert_eq!(places.ranges(), [range(1, 4), range(8, 9), range(12, 12)]);
    // One within another does not make it shorter; a place between two keeps them apart.
    assert_eq!(of(&[(1, 9), (2, 3)]).ranges(), [range(1, 9)]);
    assert_eq!(of(&[(1, 2), (4, 5)]).ranges(), [range(1, 2), range(4, 5)]);
    assert!(of(&[]).is_empty() && !of(&[(1, 1)]).is_empty());
}

// P5
#[test]
fn the_first_and_the_last_place_that_is_seen_from_a_number_on_and_up_to_it() {
    let places = of(&[(3, 4), (8, 9)]);
    assert_eq!(places.first(), Some(Seq(3)));
    let from = |number| places.first_from(Seq(number)).map(|number| number.0);
    assert_eq!(
        [1, 3, 4, 5, 8, 9, 10].map(from),
        [Some(3), Some(3), Some(4), Some(8), Some(8), Some(9), None]
    );
    let up_to = |number| places.last_up_to(Seq(number)).map(|number| number.0);
    assert_eq!(
        [1, 2, 3, 5, 8, 20].map(up_to),
        [None, None, Some(3), Some(4), Some(8), Some(9)]
    );
}

// M3, M4, P5
#[test]
fn an_edit_is_shown_to_viewers_of_its_target_and_its_text_to_viewers_of_its_own_place_too() {
    let places = of(&[(1, 3), (6, 6)]);
    let edit = |target| Kind::Edited { target: Seq(target) };
    let deletion = |target| Kind::Deleted { target: Seq(target) };
    for kind in [edit, deletion] {
        assert_eq!(shown(&places, Seq(6), &kind(2)), Shown::Whole);
        assert_eq!(shown(&places, Seq(5), &kind(2)), Shown::HeaderOnly);
        assert_eq!(shown(&places, Seq(6), &kind(4)), Shown::Stub);
        assert_eq!(shown(&places, Seq(5), &kind(4)), Shown::Stub);
    }
    assert_eq!(shown(&places, Seq(3), &Kind::Archived {}), Shown::Whole);
    assert_eq!(shown(&places, Seq(4), &Kind::Archived {}), Shown::Stub);
}

proptest! {
    // P5: against place by place.
    #[test]
    fn a_place_is_in_the_runs_when_it_is_in_one_of_those_they_were_made_of(
        made_of in prop::collection::vec((1..20_u64, 0..6_u64), 0..8),
        asked in (1..26_u64, 0..9_u64),
    ) {
        let made_of: Vec<(u64, u64)> = made_of.into_iter().map(|(from, more)| (from, from + more)).collect();
        let places = of(&made_of);
        let is_in = |number: u64| made_of.iter().any(|(from, to)| (*from..=*to).contains(&number));
        for number in 1..30 {
            prop_assert_eq!(places.contains(Seq(number)), is_in(number));
            let first = (number..30).find(|number| is_in(*number)).map(Seq);
            prop_assert_eq!(places.first_from(Seq(number)), first);
            let last = (1..=number).rev().find(|number| is_in(*number)).map(Seq);
            prop_assert_eq!(places.last_up_to(Seq(number)), last);
        }
        for pair in places.ranges().windows(2) {
            prop_assert!(pair[0].to.next() < pair[1].from);
        }
        let (from, to) = (asked.0, asked.0 + asked.1);
        let within = places.within(range(from, to));
        let shared: Vec<u64> = within.iter().flat_map(|range| range.from.0..=range.to.0).collect();
        let expected: Vec<u64> = (from..=to).filter(|number| is_in(*number)).collect();
        prop_assert_eq!(shared, expected);
    }
}
