//! Muting on this device and on another (N5), beside archiving.

use conversation::{ConversationId, Seq};
use protocol::commands::CommandsAnswer;
use protocol::sync::Frame;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::api::request::{ApiRequest, OverviewAsk};
use crate::api::view::{ConversationView, Overview};
use crate::cache::Cache as _;
use crate::engine::sync::tests::{WOUND, head, start, take};
use crate::model::Invalidated;
use crate::testing::{Device, now};

fn field(name: &str, conversation: ConversationId, value: &str) -> Frame {
    Frame::Personal {
        field: format!("{name}/{conversation}"),
        value: RawValue::from_string(value.to_owned()).unwrap(),
    }
}

fn muted_elsewhere(value: &str) -> Frame {
    field("muted", WOUND, value)
}

fn mute(device: &Device, conversation: ConversationId, muted: bool) {
    device
        .ask::<()>(ApiRequest::Mute { conversation, muted })
        .unwrap();
}

fn own(device: &Device) -> (bool, Option<Seq>) {
    let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
    (row.muted, row.archived_at)
}

fn is_muted(device: &Device) -> bool {
    own(device).0
}

/// Sends what waits, and hears that it was accepted.
fn accepted(device: &Device) -> Vec<(String, String)> {
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    let personal = outgoing.request.personal.iter();
    let sent = personal
        .map(|one| (one.field.clone(), one.value.get().to_owned()))
        .collect();
    now(device.engine.answered(outgoing, CommandsAnswer::new(Vec::new()))).unwrap();
    sent
}

// N5
#[test]
fn muting_is_sent_and_shown_in_the_overview_and_the_conversation() {
    let device = Device::of_anna();
    take(&device, head());
    let mut heard = device.engine.subscribe();
    for muted in [true, false] {
        mute(&device, WOUND, muted);
        let invalidated = heard.try_recv().unwrap();
        assert!(invalidated.contains(&Invalidated::Overview), "{invalidated:?}");
        let ask = OverviewAsk::default();
        let overview: Overview = device.ask(ApiRequest::Overview { ask }).unwrap();
        let conversation = WOUND;
        let view: ConversationView = device.ask(ApiRequest::Conversation { conversation }).unwrap();
        assert_eq!((overview.rows[0].muted, view.muted), (muted, muted));
        let value = if muted { "true" } else { "null" };
        assert_eq!(accepted(&device), [(format!("muted/{WOUND}"), value.to_owned())]);
    }
}

// N5
#[test]
fn muting_here_that_still_waits_is_not_overwritten_by_an_earlier_change_elsewhere() {
    let device = Device::of_anna();
    take(&device, head());
    mute(&device, WOUND, true);
    take(&device, muted_elsewhere("null"));
    assert!(is_muted(&device));
    let device = device.restart();
    assert!(is_muted(&device));
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    take(&device, muted_elsewhere("null"));
    assert!(is_muted(&device), "nor while it is on its way");
    now(device.engine.answered(outgoing, CommandsAnswer::new(Vec::new()))).unwrap();
    // Buffered meanwhile; the stream brings the own value after it.
    assert!(!is_muted(&device));
    take(&device, muted_elsewhere("true"));
    assert!(is_muted(&device));
    take(&device, muted_elsewhere("null"));
    assert!(!is_muted(&device));
}

// N5, L3
#[test]
fn muting_and_archiving_that_wait_hold_back_nothing_of_each_other() {
    let device = Device::of_anna();
    take(&device, head());
    mute(&device, WOUND, true);
    take(&device, field("archived", WOUND, "4"));
    assert_eq!(own(&device), (true, Some(Seq(4))));
    accepted(&device);
    let (conversation, everyone) = (WOUND, false);
    let unarchive = ApiRequest::Unarchive {
        conversation,
        everyone,
    };
    device.ask::<()>(unarchive).unwrap();
    take(&device, muted_elsewhere("null"));
    assert_eq!(own(&device), (false, None));
}

// N5
#[test]
fn a_conversation_muted_elsewhere_is_muted_when_it_comes_after_that_or_comes_back() {
    let device = Device::of_anna();
    take(&device, muted_elsewhere("null"));
    take(&device, muted_elsewhere("true"));
    take(&device, field("archived", WOUND, "2"));
    let device = device.restart();
    take(&device, head());
    assert_eq!(own(&device), (true, Some(Seq(2))));
    take(&device, Frame::Gone { conversation: WOUND });
    take(&device, head());
    assert_eq!(own(&device), (true, Some(Seq(2))));
    take(&device, muted_elsewhere("null"));
    take(&device, head());
    assert!(!is_muted(&device), "what came early is true once");
}

// N5, S1
#[test]
fn a_start_that_was_muted_and_became_another_conversation_is_muted_there() {
    let device = Device::of_anna();
    take(&device, head());
    let from = start(&device, "Heeft u even?");
    mute(&device, from, true);
    take(&device, Frame::Alias { from, to: WOUND });
    let sent = accepted(&device);
    assert_eq!(sent, [(format!("muted/{WOUND}"), "true".to_owned())]);
    take(&device, muted_elsewhere("true"));
    // A late value of the former one counts for nothing.
    take(&device, field("muted", from, "null"));
    assert!(is_muted(&device));
}

// N5
#[test]
fn a_start_that_was_muted_before_its_head_came_stays_muted() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    mute(&device, conversation, true);
    let Frame::Head(mut came) = head() else {
        panic!("a head")
    };
    came.conversation = conversation;
    take(&device, Frame::Head(came));
    let row = now(device.cache.conversation(conversation)).unwrap().unwrap();
    assert!(row.muted && row.last == Seq(4));
}

// N5, S2
#[test]
fn a_value_that_this_version_does_not_know_mutes_nothing_and_stops_nothing() {
    let device = Device::of_anna();
    take(&device, head());
    let unknown = ConversationId(Uuid::from_u128(0x71));
    for value in ["{\"until\":5}", "\"true\"", "1", "false", "[]"] {
        take(&device, muted_elsewhere(value));
        take(&device, field("muted", unknown, value));
        assert!(!is_muted(&device), "{value}");
    }
    take(&device, field("muted", WOUND, "true"));
    assert!(is_muted(&device));
}
