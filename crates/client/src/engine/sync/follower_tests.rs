//! The next action, for every event.

use std::sync::Arc;
use std::time::Duration;

use platform::Random;
use proptest::prelude::*;
use protocol::error::ErrorCode;
use protocol::sync::{Frame, Mode};

use super::{Event, Follower, Heard, Next};
use crate::cache::CacheError;
use crate::engine::sync::SyncError;
use crate::engine::sync::frame_batch::FrameBatch;
use crate::engine::sync::modes::LONGEST_AGAIN;
use crate::model::Connection;
use crate::ports::{Failure, Obstacle};
use conversation::Timestamp;

/// The longest pause that is drawn, or the shortest.
#[derive(Debug)]
struct Lot(u8);

impl Random for Lot {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn follower() -> Follower {
    Follower::new(Duration::ZERO, Arc::new(Lot(0xff)))
}

const NOON: Timestamp = Timestamp(1_760_000_000_000);

fn heard(frame: Frame) -> Event {
    let mut batch = FrameBatch::default();
    batch.push(frame);
    Event::Applied(Heard::of(&batch, NOON))
}

fn hello() -> Event {
    heard(Frame::Hello {
        person: conversation::PersonId(uuid::Uuid::nil()),
        memberships: Vec::new(),
        epoch: 1,
        protocol: protocol::VERSION,
        oldest: protocol::OLDEST,
        now: NOON,
    })
}

fn current() -> Event {
    heard(Frame::Current { at: NOON })
}

fn beat(late: i64) -> Event {
    heard(Frame::Heartbeat { at: NOON.plus(-late) })
}

fn server(code: ErrorCode, retry_after: Option<u64>) -> Event {
    Event::Failed(Failure::Server { code, retry_after })
}

// F3
#[test]
fn a_stream_begins_with_the_outbox_and_readers_and_goes_on_with_history_once_it_is_current() {
    let mut follower = follower();
    let begun = follower.on(seconds(0), Event::Due);
    assert_eq!(begun.next, Next::Open(Mode::Stream));
    assert_eq!(follower.on(seconds(0), Event::Asked).next, Next::Listen);
    let greeted = follower.on(seconds(1), hello());
    assert!(greeted.send && greeted.watch && !greeted.fetch, "{greeted:?}");
    let current = follower.on(seconds(1), current());
    assert!(current.fetch && !current.send && !current.watch, "{current:?}");
    assert_eq!((current.report, current.next), (None, Next::Listen));
}

// F3
#[test]
fn silence_and_two_late_heartbeats_in_a_row_lead_to_a_poll_and_one_does_not() {
    let mut silent = follower();
    silent.on(seconds(0), Event::Due);
    silent.on(seconds(0), Event::Asked);
    let held = silent.on(seconds(45), Event::Silent);
    assert_eq!(held.report, Some(Connection::Connecting));
    assert_eq!(held.next, Next::Open(Mode::Wait));

    let mut late = follower();
    late.on(seconds(0), Event::Due);
    for (event, next) in [
        (beat(10_001), Next::Listen),
        (beat(0), Next::Listen),
        (beat(10_001), Next::Listen),
        (beat(10_001), Next::Open(Mode::Wait)),
    ] {
        assert_eq!(late.on(seconds(20), event).next, next);
    }
}

// F3
#[test]
fn the_pause_doubles_until_all_that_there_was_came_and_a_greeting_alone_does_not_end_it() {
    let mut follower = follower();
    let mut pause = |events: Vec<Event>| {
        follower.on(seconds(0), Event::Due);
        for event in events {
            follower.on(seconds(0), event);
        }
        match follower.on(seconds(0), Event::Failed(Failure::Unreachable)).next {
            Next::Wait(pause) => pause.as_millis(),
            next => panic!("{next:?}"),
        }
    };
    assert_eq!(pause(vec![]), 500);
    assert_eq!(pause(vec![hello()]), 1_000);
    assert_eq!(pause(vec![hello()]), 2_000);
    assert_eq!(pause(vec![hello(), current()]), 500);
    for _ in 0..12 {
        pause(vec![]);
    }
    assert_eq!(pause(vec![]), 60_000);
}

// F3, I3
#[test]
fn a_foreign_page_a_full_disk_and_a_refusal_are_reported_and_tried_again_after_their_pause() {
    let between = |obstacle| Event::Failed(Failure::Between { obstacle });
    let reason = ErrorCode::TooManyRequests;
    let refused = |reason| Some(Connection::Refused { reason });
    let cases = [
        (
            between(Obstacle::Portal),
            Some(Connection::Between {
                obstacle: Obstacle::Portal,
            }),
            Next::Wait(Duration::from_millis(500)),
        ),
        (server(reason, Some(40)), refused(reason), Next::Wait(seconds(40))),
        // However long it wants.
        (
            server(reason, Some(86_400)),
            refused(reason),
            Next::Wait(seconds(300)),
        ),
        (
            server(ErrorCode::UpdateNeeded, None),
            refused(ErrorCode::UpdateNeeded),
            Next::Wait(seconds(300)),
        ),
        (
            Event::NotApplied(SyncError::Cache(CacheError::DiskFull)),
            None,
            Next::Wait(seconds(10)),
        ),
        (
            Event::NotApplied(SyncError::OutOfStep),
            None,
            Next::Wait(Duration::from_millis(500)),
        ),
        (Event::SignedOut, Some(Connection::Offline), Next::AwaitSignIn),
    ];
    for (event, report, next) in cases {
        let what = format!("{event:?}");
        let mut follower = follower();
        follower.on(seconds(0), Event::Due);
        let actions = follower.on(seconds(0), event);
        assert_eq!((actions.report, actions.next), (report, next), "{what}");
        assert!(!actions.restored);
    }
    let mut follower = follower();
    assert!(
        follower
            .on(seconds(0), server(ErrorCode::Restored, None))
            .restored
    );
}

// F3
#[test]
fn polls_that_are_answered_at_once_follow_each_other_after_a_pause_and_others_at_once() {
    let mut follower = follower();
    follower.on(seconds(0), Event::Due);
    follower.on(seconds(0), Event::Asked);
    let mut now = 45;
    for next in [Mode::Wait, Mode::Once] {
        let held = follower.on(seconds(now), Event::Silent);
        assert_eq!(held.next, Next::Open(next));
        follower.on(seconds(now), Event::Asked);
        if next == Mode::Wait {
            follower.on(seconds(now), current());
            assert_eq!(
                follower.on(seconds(now), Event::Ended).next,
                Next::Open(Mode::Wait)
            );
        }
        now += 45;
    }
    follower.on(seconds(now), current());
    assert_eq!(
        follower.on(seconds(now), Event::Ended).next,
        Next::Wait(seconds(8))
    );
}

// F3
#[test]
fn streams_that_fail_as_soon_as_all_came_are_given_up_and_those_without_a_connection_are_not() {
    // How many streams in a row are cut after a moment before another mode is tried; before each, so many attempts fail.
    let cut_streams = |unreached: usize| {
        let mut follower = follower();
        let mut now = 0;
        (1..20).find(|_| {
            for _ in 0..unreached {
                now += 60;
                follower.on(seconds(now), Event::Due);
                follower.on(seconds(now), Event::Asked);
                follower.on(seconds(now), Event::Failed(Failure::Unreachable));
            }
            now += 60;
            follower.on(seconds(now), Event::Due);
            for event in [Event::Asked, hello(), current()] {
                follower.on(seconds(now), event);
            }
            follower.on(seconds(now + 1), Event::Failed(Failure::Unreachable));
            follower.on(seconds(now + 60), Event::Due).next != Next::Open(Mode::Stream)
        })
    };
    assert_eq!(cut_streams(0), Some(8));
    assert_eq!(cut_streams(1), None, "there is no network now and then");
}

// F3, I5
#[test]
fn long_polls_that_are_answered_at_once_each_time_do_not_go_in_a_circle() {
    let mut follower = follower();
    follower.on(seconds(0), Event::Due);
    follower.on(seconds(0), Event::Asked);
    follower.on(seconds(45), Event::Silent);
    let mut poll = |now, lasts| {
        follower.on(seconds(now), Event::Asked);
        follower.on(seconds(now), current());
        follower.on(seconds(now + lasts), Event::Ended).next
    };
    // Frames that arrived while it was not listening may come in pieces.
    for now in [45, 46, 47] {
        assert_eq!(poll(now, 0), Next::Open(Mode::Wait));
    }
    for pause in [500, 1_000, 2_000, 4_000, 8_000, 8_000] {
        assert_eq!(poll(48, 0), Next::Wait(Duration::from_millis(pause)));
    }
    // One that was held until somebody wrote, as in a lively conversation.
    assert_eq!(poll(70, 2), Next::Open(Mode::Wait));
    assert_eq!(poll(72, 0), Next::Open(Mode::Wait));
}

fn event() -> impl Strategy<Value = Event> {
    let failures = prop_oneof![
        Just(Failure::Unreachable),
        Just(Failure::Malformed),
        Just(Failure::TooLarge),
        Just(Failure::Between {
            obstacle: Obstacle::Filter
        }),
        (0..2_000_u64).prop_map(|seconds| Failure::Server {
            code: ErrorCode::Internal,
            retry_after: Some(seconds)
        }),
    ];
    prop_oneof![
        Just(()).prop_map(|()| hello()),
        Just(()).prop_map(|()| current()),
        (0..20_000_i64).prop_map(beat),
        Just(()).prop_map(|()| Event::Silent),
        Just(()).prop_map(|()| Event::Ended),
        Just(()).prop_map(|()| Event::NotApplied(SyncError::OutOfStep)),
        failures.prop_map(Event::Failed),
    ]
}

proptest! {
    // F3
    #[test]
    fn the_follower_survives_any_events_signs_nobody_out_and_returns_to_a_stream(
        events in prop::collection::vec((event(), 0..400_u64), 1..60),
    ) {
        let mut follower = follower();
        let mut now = Duration::ZERO;
        let mut next = follower.on(now, Event::Due).next;
        for (event, lasts) in events {
            now += seconds(lasts);
            next = match next {
                Next::Open(_) => follower.on(now, Event::Asked).next,
                Next::Listen => follower.on(now, event).next,
                Next::Wait(pause) => {
                    prop_assert!(pause <= seconds(300), "{:?}", pause);
                    now += pause;
                    follower.on(now, Event::Due).next
                }
                Next::AwaitSignIn => {
                    return Err(TestCaseError::fail("nobody signed out"));
                }
            };
        }
        // The hindrance is gone, and a poll ends.
        now += LONGEST_AGAIN;
        let opened = follower.on(now, Event::Due).next;
        prop_assert_eq!(opened, Next::Open(Mode::Stream));
    }
}
