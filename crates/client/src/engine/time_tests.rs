//! The server's time on devices whose clocks are wrong or are set.

use std::sync::Arc;

use conversation::{Action, ConversationId, Shape, Timestamp};
use platform::{Clock as _, ManualClock};
use protocol::session::SessionAnswer;
use protocol::sync::Frame;

use crate::api::request::ApiRequest;
use crate::api::view::{Draft, SyncStatus};
use crate::cache::{Cache as _, OutboxState};
use crate::engine::time::ServerTime;
use crate::ports::Failure;
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

const HOUR: i64 = Timestamp::HOUR;
const DAY: i64 = Timestamp::DAY;
/// How far a device's clock is off, either way.
const WRONG: [i64; 7] = [0, HOUR, -HOUR, 3 * DAY, -3 * DAY, 730 * DAY, -730 * DAY];
/// The server's time when a test begins.
const NOON: Timestamp = Timestamp(1_760_000_000_000);

fn offline() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

/// Anna's device, signed in, with a clock that is off by so much.
fn device(wrong: i64) -> (Device, Arc<Scripted>) {
    let device = Device::of_anna();
    device.clock.set_forward(wrong);
    let server = offline();
    let answer = answer_at(&device, NOON);
    device.sign_in_with(&server, answer);
    (device, server)
}

fn answer_at(device: &Device, now: Timestamp) -> SessionAnswer {
    SessionAnswer {
        access_expires: now.plus(10 * Timestamp::MINUTE),
        now,
        ..device.session(ANNA, "one")
    }
}

fn say(device: &Device, text: &str) -> ConversationId {
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![KARIM],
        teams: vec![],
        subject: None,
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    device.ask(call).unwrap()
}

/// When the device says that what goes out was written, and when it was asked to go.
fn going_out(device: &Device) -> (Timestamp, Timestamp) {
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    let command: conversation::Command = serde_json::from_str(outgoing.request.commands[0].get()).unwrap();
    let (Action::Post { message }
    | Action::Start {
        message: Some(message),
        ..
    }) = command.action
    else {
        panic!("a message goes out");
    };
    (message.written_at, outgoing.request.now.unwrap())
}

// M7
#[test]
fn a_message_bears_the_servers_time_and_not_the_devices() {
    for wrong in WRONG {
        let (device, _) = device(wrong);
        device.clock.advance(HOUR);
        say(&device, "Heeft u even?");
        device.clock.advance(5 * Timestamp::SECOND);
        let (written, asked) = going_out(&device);
        assert_eq!(written, NOON.plus(HOUR), "{wrong}");
        assert_eq!(asked, written.plus(5 * Timestamp::SECOND), "{wrong}");
    }
}

// M7
#[test]
fn an_id_is_of_the_servers_time() {
    for wrong in WRONG {
        let (device, _) = device(wrong);
        let (seconds, _) = device.engine.new_id().get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap() * 1_000, NOON.0, "{wrong}");
    }
}

// M7
#[test]
fn a_waiting_message_asks_after_a_day_that_passed_and_not_after_one_by_which_the_clock_was_set() {
    for set in WRONG {
        for (waits, asks) in [(DAY - HOUR, false), (DAY + HOUR, true)] {
            let (device, _) = device(0);
            say(&device, "Heeft u even?");
            device.clock.set_forward(set);
            device.clock.advance(waits);
            let went = now(device.engine.outgoing()).unwrap().is_some();
            assert_eq!(went, !asks, "set by {set}, waited {waits}");
            let rows = now(device.cache.outbox(None)).unwrap();
            assert_eq!(rows[0].state == OutboxState::Stale, asks);
        }
    }
}

// M7, F3
#[test]
fn a_clock_that_was_wrong_all_along_is_known_to_be_after_a_restart() {
    for wrong in WRONG {
        let (device, _) = device(wrong);
        say(&device, "Heeft u even?");
        device.clock.advance(3 * HOUR);
        let device = device.restart();
        assert_eq!(device.engine.now(), NOON.plus(3 * HOUR), "{wrong}");
        let (written, asked) = going_out(&device);
        assert_eq!((written, asked), (NOON, NOON.plus(3 * HOUR)));
    }
}

// M7, F3
#[test]
fn times_by_a_clock_that_was_set_while_the_program_was_closed_are_corrected_before_sending() {
    for set in WRONG {
        let (device, _) = device(0);
        device.clock.advance(2 * HOUR);
        device.clock.set_forward(set);
        let device = device.restart();
        say(&device, "Heeft u even?");
        device.clock.advance(HOUR);
        now(device.engine.apply(Frame::Heartbeat {
            at: NOON.plus(3 * HOUR),
        }))
        .unwrap();
        let (written, asked) = going_out(&device);
        assert_eq!(
            (written, asked),
            (NOON.plus(2 * HOUR), NOON.plus(3 * HOUR)),
            "{set}"
        );
    }
}

// M7, F3
#[test]
fn times_by_a_second_guess_are_corrected_as_well_though_the_outbox_was_empty_meanwhile() {
    for set in WRONG {
        let (device, _) = device(0);
        say(&device, "Heeft u even?");
        let now_is = NOON.plus(2 * HOUR);
        device.clock.advance(2 * HOUR);
        device.clock.set_forward(set);
        let device = device.restart();
        say(&device, "Het is dringend.");
        now(device.engine.apply(Frame::Heartbeat { at: now_is })).unwrap();
        // Both went out, and came back.
        let rows = now(device.cache.outbox(None)).unwrap();
        let gone = rows.iter().map(|row| crate::cache::Change::DropOutbox(row.order));
        now(device.cache.write(gone.collect())).unwrap();
        device.clock.set_forward(set);
        let device = device.restart();
        say(&device, "Laat maar.");
        now(device.engine.apply(Frame::Heartbeat { at: now_is })).unwrap();
        assert_eq!(going_out(&device), (now_is, now_is), "{set}");
    }
}

// M7, F3
#[test]
fn times_known_from_the_server_are_not_corrected_along_with_earlier_guesses() {
    for set in WRONG {
        let (device, _) = device(0);
        device.clock.set_forward(set);
        let device = device.restart();
        now(device.engine.apply(Frame::Heartbeat { at: NOON })).unwrap();
        say(&device, "Heeft u even?");
        assert_eq!(going_out(&device), (NOON, NOON), "{set}");
    }
}

// M7
#[test]
fn a_start_asks_the_server_for_the_time_before_it_judges_how_long_something_waited() {
    // The battery of the clock is empty: it says 1970 after each start, or a day on.
    for set in [-NOON.0, -2 * DAY, 2 * DAY] {
        let (device, server) = device(0);
        say(&device, "Heeft u even?");
        device.clock.advance(2 * DAY);
        device.clock.set_forward(set);
        let device = device.restart();
        let answer = answer_at(&device, NOON.plus(2 * DAY));
        server.next_session().send(Ok(answer)).unwrap();
        now(device.engine.access(server.as_ref(), None)).unwrap();
        assert!(now(device.engine.outgoing()).unwrap().is_none(), "{set}");
        assert_eq!(
            now(device.cache.outbox(None)).unwrap()[0].state,
            OutboxState::Stale
        );
    }
}

// I3
#[test]
fn an_access_token_is_renewed_when_its_time_has_passed_at_any_setting_of_the_clock() {
    for set in WRONG {
        let (device, server) = device(0);
        device.clock.set_forward(set);
        device.clock.advance(5 * Timestamp::MINUTE);
        // Nobody answers: it is not asked.
        now(device.engine.access(server.as_ref(), None)).unwrap();
        device.clock.advance(6 * Timestamp::MINUTE);
        assert!(now(device.engine.access(server.as_ref(), None)).is_err(), "{set}");
    }
}

// U3
#[test]
fn the_error_of_the_clock_is_shown_by_the_minute_unless_it_is_small() {
    for (wrong, shown) in [
        (0, None),
        (119_999, None),
        (-119_999, None),
        (HOUR + 1, Some(HOUR)),
        (-3 * DAY - 1, Some(-3 * DAY)),
        (730 * DAY, Some(730 * DAY)),
    ] {
        let (device, _) = device(wrong);
        let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).unwrap();
        assert_eq!(sync_status.clock_ahead, shown, "{wrong}");
    }
}

// M3
#[test]
fn a_draft_and_a_new_conversation_stand_at_the_servers_time() {
    for wrong in WRONG {
        let (device, _) = device(wrong);
        let conversation = say(&device, "Heeft u even?");
        let draft = Draft {
            text: "Nog iets".into(),
            ..Draft::default()
        };
        device
            .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
            .unwrap();
        assert_eq!(now(device.cache.drafts()).unwrap()[0].written_at, NOON, "{wrong}");
        let row = now(device.cache.conversation(conversation)).unwrap().unwrap();
        assert_eq!(row.last_at, NOON, "{wrong}");
        assert_eq!(device.messages(conversation)[0].at, NOON, "{wrong}");
    }
}

// M7
#[test]
fn a_moment_that_was_long_under_way_does_not_put_the_time_back_and_one_that_is_far_off_does() {
    let clock = Arc::new(ManualClock::new(Timestamp(5)));
    let time = ServerTime::begin(clock.clone(), None);
    assert_eq!((time.now(), time.is_heard()), (Timestamp(5), false));
    time.hear(NOON);
    assert!(time.is_heard());
    clock.advance(40_000);
    // A proxy brought it 40 seconds late.
    time.hear(NOON);
    assert_eq!(time.now(), NOON.plus(40_000));
    // It cannot be later than the answer to what was asked two seconds ago.
    let asked = time.counted();
    clock.advance(2_000);
    time.hear_answer(NOON.plus(10_000), asked);
    assert_eq!(time.now(), NOON.plus(12_000));
    // Nor earlier than what the server said.
    time.hear(NOON.plus(60_000));
    assert_eq!(time.now(), NOON.plus(60_000));
    // The computer slept, with a frame on its way.
    clock.advance(8 * HOUR);
    time.hear(NOON.plus(60_000));
    assert_eq!(time.now(), NOON.plus(60_000 + 8 * HOUR));
    // The server's clock itself was set back.
    let asked = time.counted();
    clock.advance(1_000);
    time.hear_answer(NOON.plus(-HOUR), asked);
    assert_eq!(time.now(), NOON.plus(-HOUR + 1_000));
}

// M7
#[test]
fn time_goes_on_while_the_clock_is_set_and_stands_still_by_no_clock_at_all() {
    let clock = Arc::new(ManualClock::new(Timestamp(5)));
    let time = ServerTime::begin(clock.clone(), None);
    time.hear(NOON);
    for set in WRONG {
        clock.set_forward(set);
        clock.advance(1_000);
    }
    assert_eq!(time.now(), NOON.plus(7_000));
    assert_eq!(time.clock_ahead(), clock.now().since(NOON.plus(7_000)));
}
