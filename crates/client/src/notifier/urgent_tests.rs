//! Notifications of urgent messages, with a clock that is moved.

use conversation::{Kind, Urgency};
use serde_json::json;

use super::tests::{Screen, one};
use super::*;
use crate::cache::Cache as _;
use crate::cache::conformance::{INTAKE, ROSTER, WOUND};
use crate::testing::now;

/// The conversation, the message that a click opens, and how many there are.
fn urgent(notices: &[Notice]) -> (ConversationId, u64, u32) {
    match notices {
        [
            Notice::Urgent {
                conversation,
                number,
                messages,
                ..
            },
        ] => (*conversation, number.0, *messages),
        other => panic!("one urgent notification: {other:?}"),
    }
}

impl Screen {
    fn hears_urgently(&self, conversation: ConversationId, number: u64) {
        self.hears(conversation, number, "Kun je nu kijken?");
        self.changes(conversation, number, |entry| {
            if let Kind::Posted { urgent, .. } = &mut entry.header.kind {
                *urgent = true;
            }
            let reason = "Bloeddruk daalt".to_owned();
            entry.urgency = Some(Urgency { reason });
        });
    }
}

// M10, N5
#[test]
fn an_urgent_message_passes_quiet_hours_and_comes_again_every_two_minutes_for_twenty() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.wait("2026-03-02 23:00");
    screen.hears(WOUND, 1, "De wond is rood");
    screen.hears_urgently(WOUND, 2);
    let mut came = Vec::new();
    // A look every ten seconds, as when other messages come in.
    for _ in 0..6 * 30 {
        let status = screen.look();
        assert_eq!((status.withdraw, status.replace), (vec![], vec![]));
        if !status.show.is_empty() {
            assert_eq!(urgent(&status.show), (WOUND, 2, 1));
            came.push(
                screen
                    .device
                    .engine
                    .now()
                    .since(super::tests::home("2026-03-02 23:00"))
                    / 1_000,
            );
        }
        screen.device.clock.advance(10_000);
    }
    assert_eq!(came, (0..=10).map(|time| time * 120).collect::<Vec<i64>>());
    // The others wait for the end of the night, and the urgent one does not come again with them.
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 1, 1));
}

// M10
#[test]
fn the_timer_is_set_for_each_repetition_and_not_beyond_the_last() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    for minutes in 1..=10 {
        let status = screen.look();
        assert_eq!(status.show.len(), 1);
        let next = super::tests::home("2026-03-02 12:00").plus(2 * minutes * Timestamp::MINUTE);
        assert_eq!(status.look_again, Some(next));
        // A second look at the same moment shows nothing.
        assert!(screen.look().show.is_empty());
        screen.device.clock.advance(2 * Timestamp::MINUTE);
    }
    let status = screen.look();
    assert_eq!((status.show.len(), status.look_again), (1, None));
}

// M10. mattermost 4103: reading on one device made a notification on another.
#[test]
fn it_is_over_as_soon_as_it_is_read_anywhere_or_deleted() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    screen.hears_urgently(ROSTER, 1);
    assert_eq!(screen.look().show.len(), 2);
    screen.reads_elsewhere(WOUND, 1);
    screen.changes(ROSTER, 1, |entry| {
        (entry.text, entry.urgency, entry.deleted) = (None, None, true);
    });
    now(screen
        .device
        .cache
        .write(vec![screen.device.engine.recount(ROSTER)]))
    .unwrap();
    let status = screen.look();
    let mut withdrawn = status.withdraw;
    withdrawn.sort_unstable();
    assert_eq!(withdrawn, [About::Urgent(WOUND), About::Urgent(ROSTER)]);
    assert_eq!((status.show, status.look_again), (vec![], None));
    assert!(screen.shows("2026-03-02 12:30").is_empty());
}

// M10, N5
#[test]
fn a_muted_conversation_is_passed_as_well_and_the_rest_of_it_stays_silent() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears(WOUND, 1, "Een");
    screen.mutes(WOUND, true);
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 2, "Twee");
    screen.hears_urgently(WOUND, 3);
    assert_eq!(urgent(&screen.look().show), (WOUND, 3, 1));
    screen.hears(WOUND, 4, "Vier");
    assert!(screen.look().show.is_empty());
}

// M10. mattermost 6473, 21619: a device that slept showed each repetition that it had missed.
#[test]
fn a_device_that_wakes_late_shows_one_and_keeps_to_the_times_of_the_message() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    assert_eq!(screen.look().show.len(), 1);
    assert_eq!(screen.shows("2026-03-02 12:09").len(), 1);
    assert!(screen.shows("2026-03-02 12:09").is_empty());
    assert_eq!(
        screen.look().look_again,
        Some(super::tests::home("2026-03-02 12:10"))
    );
    // After all of them, one that was not seen before comes once.
    screen.wait("2026-03-02 16:00");
    screen.hears_urgently(INTAKE, 1);
    screen.changes(INTAKE, 1, |entry| {
        entry.header.at = super::tests::home("2026-03-02 13:00")
    });
    let shown = screen.look().show;
    assert!(
        shown.iter().any(|notice| notice.about() == About::Urgent(INTAKE)),
        "{shown:?}"
    );
    assert!(screen.shows("2026-03-02 17:00").is_empty());
}

// M10
#[test]
fn a_restart_repeats_none_and_goes_on_with_the_next() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    assert_eq!(screen.look().show.len(), 1);
    let mut screen = screen.restart();
    assert!(screen.look().show.is_empty());
    assert_eq!(urgent(&screen.shows("2026-03-02 12:02")), (WOUND, 1, 1));
}

// M10
#[test]
fn a_device_that_was_just_signed_in_is_not_called_for_what_was_there() {
    let mut screen = Screen::signed_in_at("2026-03-02 12:00");
    screen.hears_urgently(WOUND, 1);
    let status = screen.look();
    assert_eq!((status.show, status.unread), (vec![], 1));
    assert!(screen.shows("2026-03-02 12:04").is_empty());
    screen.hears_urgently(WOUND, 2);
    assert_eq!(urgent(&screen.look().show), (WOUND, 1, 2));
}

// M10
#[test]
fn the_conversation_on_the_screen_needs_none_until_one_looks_away() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.device.engine.live().watching = Some(WOUND);
    screen.hears_urgently(WOUND, 1);
    assert!(
        now(screen.notifier.look(&screen.device.engine, true))
            .unwrap()
            .show
            .is_empty()
    );
    assert!(screen.shows("2026-03-02 12:01").is_empty(), "its time is over");
    assert_eq!(urgent(&screen.shows("2026-03-02 12:02")), (WOUND, 1, 1));
    let status = now(screen.notifier.look(&screen.device.engine, true)).unwrap();
    assert_eq!(status.withdraw, [About::Urgent(WOUND)]);
}

// M10, N1
#[test]
fn it_tells_as_much_as_others_and_those_of_a_conversation_are_one() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    let said = |notices: &[Notice]| match notices {
        [Notice::Urgent { who, what, .. }] => (who.is_some(), what.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(&screen.look().show), (true, None));
    screen.set("notifications.detail", json!("who_and_what"));
    let both = Some("Bloeddruk daalt\nKun je nu kijken?".to_owned());
    assert_eq!(said(&screen.look().replace), (true, both));
    screen.set("notifications.detail", json!("nothing"));
    assert_eq!(said(&screen.look().replace), (false, None));
    screen.hears_urgently(WOUND, 2);
    assert_eq!(urgent(&screen.look().show), (WOUND, 1, 2));
    screen.reads_elsewhere(WOUND, 1);
    let status = screen.look();
    assert_eq!((urgent(&status.replace), status.show), ((WOUND, 2, 1), vec![]));
    // The reason stays out of logs.
    assert!(!format!("{:?}", status.replace).contains("Bloeddruk"));
}

// M10, P8
#[test]
fn an_edit_that_mentions_the_user_in_an_urgent_message_is_no_news_of_another() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    screen.hears(WOUND, 2, "Twee");
    assert_eq!(screen.look().show.len(), 2);
    screen.edited(WOUND, 1);
    let status = screen.look();
    assert_eq!((status.show, status.withdraw), (vec![], vec![]));
    screen.edited(WOUND, 2);
    assert_eq!(one(&screen.look().show), (WOUND, 2, 1));
}

// M10
#[test]
fn a_clock_that_was_set_back_calls_once_and_not_for_ever() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears_urgently(WOUND, 1);
    screen.changes(WOUND, 1, |entry| {
        entry.header.at = super::tests::home("2026-03-02 14:00")
    });
    assert_eq!(screen.look().show.len(), 1);
    assert!(screen.shows("2026-03-02 13:00").is_empty());
}
