//! Effects of frames on the outbox and on personal settings.

use conversation::{ConversationId, Head, Header, Kind, PersonId, Seq, SeqRange, Shape, Timestamp};
use protocol::commands::{Answer, CommandsAnswer, Receipt};
use protocol::sync::{AccessVersion, Anchor, ConversationHead, Frame, Mode};
use protocol::wire::{WireContent, WireEvent, WireItem};
use serde_json::Value;
use serde_json::value::RawValue;
use trail::{Digest, Salt};
use uuid::Uuid;

use crate::api::request::ApiRequest;
use crate::cache::Cache as _;
use crate::engine::outbox::Outgoing;
use crate::model::Draft;
use crate::testing::{ANNA, Device, KARIM, now};

pub(super) fn start(device: &Device, text: &str) -> ConversationId {
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

fn write(device: &Device, conversation: ConversationId, text: &str) {
    let draft = Draft {
        text: text.into(),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
}

fn say(device: &Device, conversation: ConversationId, text: &str) {
    write(device, conversation, text);
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
}

fn recovered(device: &Device) -> Vec<(String, bool)> {
    let mut rows = now(device.cache.recovered()).unwrap();
    rows.sort_by(|a, b| a.text.body.cmp(&b.text.body));
    rows.into_iter()
        .map(|row| (row.text.body, row.perhaps_sent))
        .collect()
}

// P6, F3
#[test]
fn texts_for_a_conversation_that_is_gone_are_kept_and_say_which_perhaps_arrived() {
    let device = Device::of_anna();
    let conversation = start(&device, "1 zonder antwoord");
    let lost = now(device.engine.outgoing()).unwrap().unwrap();
    now(device.engine.not_answered(lost)).unwrap();
    let _under_way = now(device.engine.outgoing()).unwrap().unwrap();
    say(&device, conversation, "2 niet vertrokken");
    write(&device, conversation, "3 half af");
    now(device.engine.apply(Frame::Gone { conversation })).unwrap();
    let kept = [
        ("1 zonder antwoord", true),
        ("2 niet vertrokken", false),
        ("3 half af", false),
    ];
    assert_eq!(
        recovered(&device),
        kept.map(|(text, perhaps)| (text.to_owned(), perhaps))
    );
    assert!(now(device.cache.outbox(None)).unwrap().is_empty());
}

// F3, P7
#[test]
fn a_command_accepted_at_a_place_that_is_no_longer_seen_waits_for_nothing() {
    for head_first in [false, true] {
        let device = Device::of_anna();
        take(&device, head());
        say(&device, WOUND, "door wie niet meer bestaat");
        let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
        let command: Value = serde_json::from_str(outgoing.request.commands[0].get()).unwrap();
        let Frame::Head(mut later) = head() else {
            panic!("a head")
        };
        let receipt = |number| Receipt {
            number: Seq(number),
            link: Digest([number as u8; 32]),
            ..later.last
        };
        let answer = Answer::Accepted {
            command: command["id"].as_str().unwrap().parse().unwrap(),
            conversation: WOUND,
            receipt: Some(receipt(5)),
        };
        let answer = CommandsAnswer::new(vec![answer]);
        // Of another membership, by which one takes part since.
        later.last = receipt(6);
        later.access.number = Seq(6);
        later.visible = SeqRange::new(Seq(6), Seq(6)).into_iter().collect();
        if head_first {
            take(&device, Frame::Head(later));
            now(device.engine.answered(outgoing, answer)).unwrap();
        } else {
            now(device.engine.answered(outgoing, answer)).unwrap();
            take(&device, Frame::Head(later));
        }
        assert_eq!(now(device.cache.outbox(None)).unwrap(), []);
    }
}

// F3, P5
#[test]
fn a_command_accepted_at_a_place_that_is_seen_or_not_there_yet_waits_for_its_event() {
    for number in [5, 6, 7] {
        let device = Device::of_anna();
        take(&device, head());
        say(&device, WOUND, "Nog onderweg");
        let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
        let command: Value = serde_json::from_str(outgoing.request.commands[0].get()).unwrap();
        let Frame::Head(mut later) = head() else {
            panic!("a head")
        };
        let receipt = |number| Receipt {
            number: Seq(number),
            link: Digest([number as u8; 32]),
            ..later.last
        };
        let answer = Answer::Accepted {
            command: command["id"].as_str().unwrap().parse().unwrap(),
            conversation: WOUND,
            receipt: Some(receipt(number)),
        };
        now(device
            .engine
            .answered(outgoing, CommandsAnswer::new(vec![answer])))
        .unwrap();
        later.last = receipt(6);
        later.visible = SeqRange::new(Seq(1), Seq(6)).into_iter().collect();
        take(&device, Frame::Head(later));
        assert_eq!(now(device.cache.outbox(None)).unwrap().len(), 1, "{number}");
    }
}

// F3
#[test]
fn the_device_is_hurried_for_a_moment_after_it_wrote() {
    let device = Device::of_anna();
    device.clock.advance(Timestamp::MINUTE);
    assert!(!device.engine.is_hurried());
    take(&device, head());
    assert!(device.engine.is_hurried());
    device.clock.advance(Timestamp::MINUTE);
    assert!(!device.engine.is_hurried());
}

pub(super) const WOUND: ConversationId = ConversationId(Uuid::from_u128(0x70));

/// Of a conversation in which Karim said something at place 4.
pub(super) fn head() -> Frame {
    let (link, mac) = (Digest([4; 32]), Digest([2; 32]));
    Frame::Head(Box::new(ConversationHead {
        conversation: WOUND,
        head: Head {
            shape: Shape::Group,
            subject: Some("Wondzorg".into()),
            owner: Some(KARIM),
            participants: vec![KARIM, ANNA],
            teams: vec![],
            by_team: Default::default(),
            archived: None,
            deleted: false,
        },
        last: Receipt {
            number: Seq(4),
            link,
            epoch: 1,
            mac,
            at: Timestamp(1_760_000_000_000),
        },
        access: AccessVersion::default(),
        visible: SeqRange::new(Seq(1), Seq(4)).into_iter().collect(),
        open: true,
        anchor: Anchor { number: Seq(4), link },
        read: Seq(0),
        item_card: None,
    }))
}

fn personal(value: &str) -> Frame {
    Frame::Personal {
        field: format!("archived/{WOUND}"),
        value: RawValue::from_string(value.to_owned()).unwrap(),
    }
}

pub(super) fn take(device: &Device, frame: Frame) {
    now(device.engine.apply(frame)).unwrap();
}

// M9
#[test]
fn the_own_reading_on_another_device_follows_and_that_of_others_moves_nothing() {
    let device = Device::of_anna();
    take(&device, head());
    let read = |member: PersonId, number| {
        let position = Frame::Position {
            conversation: WOUND,
            member,
            number: Seq(number),
            from: None,
        };
        take(&device, position);
        let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
        (row.read.0, row.read_sent.0)
    };
    let anna = device.engine.me().person.unwrap();
    let karim = PersonId(Uuid::from_u128(0x99));
    assert_eq!(read(karim, 4), (0, 0));
    assert_eq!(read(anna, 3), (3, 3));
    // One that comes late takes nothing back.
    assert_eq!(read(anna, 2), (3, 3));
}

fn archived_at(device: &Device) -> Option<Seq> {
    let row = now(device.cache.conversation(WOUND)).unwrap();
    row.unwrap().archived_at
}

fn archive(device: &Device, archived: bool) {
    let (conversation, everyone) = (WOUND, false);
    let call = if archived {
        ApiRequest::Archive {
            conversation,
            everyone,
        }
    } else {
        ApiRequest::Unarchive {
            conversation,
            everyone,
        }
    };
    device.ask::<()>(call).unwrap();
}

// L3
#[test]
fn archiving_here_that_still_waits_is_not_overwritten_by_an_earlier_change_elsewhere() {
    let device = Device::of_anna();
    take(&device, head());
    archive(&device, true);
    take(&device, personal("null"));
    assert_eq!(archived_at(&device), Some(Seq(4)));
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    take(&device, personal("null"));
    assert_eq!(archived_at(&device), Some(Seq(4)), "nor while it is on its way");
    let answers = Vec::new();
    now(device.engine.answered(outgoing, CommandsAnswer::new(answers))).unwrap();
    take(&device, personal("null"));
    assert_eq!(
        archived_at(&device),
        None,
        "once acknowledged, values from the stream are later"
    );
    take(&device, personal("4"));
    archive(&device, false);
    take(&device, personal("4"));
    assert_eq!(archived_at(&device), None);
}

// L3
#[test]
fn a_conversation_archived_elsewhere_is_archived_here_when_it_comes_after_that() {
    let device = Device::of_anna();
    take(&device, personal("2"));
    take(&device, personal("4"));
    let device = device.restart();
    take(&device, head());
    assert_eq!(archived_at(&device), Some(Seq(4)));
    take(&device, personal("null"));
    take(&device, head());
    assert_eq!(archived_at(&device), None, "what came early is true once");
}

// L3
#[test]
fn archiving_elsewhere_while_ones_own_was_in_flight_applies_after_the_answer() {
    let device = Device::of_anna();
    take(&device, head());
    archive(&device, true);
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    take(&device, personal("2"));
    assert_eq!(archived_at(&device), Some(Seq(4)));
    let answers = Vec::new();
    now(device.engine.answered(outgoing, CommandsAnswer::new(answers))).unwrap();
    assert_eq!(archived_at(&device), Some(Seq(2)));
    // The user's own value was accepted after it: the stream brings that, too.
    take(&device, personal("4"));
    assert_eq!(archived_at(&device), Some(Seq(4)));
}

// L3, P6
#[test]
fn an_archived_conversation_is_still_archived_when_it_went_and_came_back() {
    let device = Device::of_anna();
    take(&device, head());
    take(&device, personal("4"));
    take(&device, Frame::Gone { conversation: WOUND });
    assert!(now(device.cache.conversation(WOUND)).unwrap().is_none());
    take(&device, head());
    assert_eq!(archived_at(&device), Some(Seq(4)));
}

// L3, S1
#[test]
fn a_start_that_was_archived_and_became_another_conversation_is_archived_there() {
    let device = Device::of_anna();
    take(&device, head());
    let conversation = start(&device, "Heeft u even?");
    let everyone = false;
    device
        .ask::<()>(ApiRequest::Archive {
            conversation,
            everyone,
        })
        .unwrap();
    let (from, to) = (conversation, WOUND);
    take(&device, Frame::Alias { from, to });
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    let fields: Vec<_> = outgoing
        .request
        .personal
        .iter()
        .map(|one| one.field.clone())
        .collect();
    assert_eq!(fields, [format!("archived/{WOUND}")]);
}

// L3, S1
#[test]
fn a_value_of_a_conversation_that_became_another_counts_for_none_whenever_it_comes() {
    let from = ConversationId(uuid::Uuid::from_u128(77));
    let of_former = || Frame::Personal {
        field: format!("archived/{from}"),
        value: RawValue::from_string("null".to_owned()).unwrap(),
    };
    for comes_first in [true, false] {
        let device = Device::of_anna();
        if comes_first {
            take(&device, of_former());
        }
        take(&device, head());
        take(&device, personal("4"));
        take(&device, Frame::Alias { from, to: WOUND });
        if !comes_first {
            take(&device, of_former());
        }
        take(&device, head());
        let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
        assert_eq!(row.archived_at, Some(Seq(4)), "first: {comes_first}");
    }
}

// L3, S1: one answer says that a start became another conversation and takes what was archived under its id, which the stream
// brought before, from a request whose answer was lost.
#[test]
fn a_start_that_was_archived_and_becomes_another_in_the_same_answer_leaves_no_row_behind() {
    let device = Device::of_anna();
    take(&device, head());
    let conversation = start(&device, "Heeft u even?");
    let everyone = false;
    let archive = ApiRequest::Archive {
        conversation,
        everyone,
    };
    device.ask::<()>(archive).unwrap();
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    assert_eq!(outgoing.request.personal.len(), 1);
    let own = Frame::Personal {
        field: outgoing.request.personal[0].field.clone(),
        value: RawValue::from_string("1".to_owned()).unwrap(),
    };
    take(&device, own);
    accept(&device, outgoing, WOUND);
    assert!(now(device.cache.conversation(conversation)).unwrap().is_none());
    assert_eq!(now(device.cache.conversation_ids()).unwrap(), [WOUND]);
}

// P6
#[test]
fn conversations_that_went_while_a_first_sync_was_interrupted_are_gone_before_the_device_resumes() {
    let device = Device::of_anna();
    now(device.engine.sync_request(Mode::Stream)).unwrap();
    take(&device, head());
    // The stream broke; the user was removed meanwhile, and the next first sync does not contain it.
    now(device.engine.sync_request(Mode::Stream)).unwrap();
    let token = "all heads have arrived".to_owned();
    take(&device, Frame::Resume { token });
    assert!(now(device.cache.conversation(WOUND)).unwrap().is_none());
}

fn accept(device: &Device, outgoing: Outgoing, conversation: ConversationId) {
    let Frame::Head(head) = head() else {
        panic!("a head")
    };
    let command: Value = serde_json::from_str(outgoing.request.commands[0].get()).unwrap();
    let answer = Answer::Accepted {
        command: command["id"].as_str().unwrap().parse().unwrap(),
        conversation,
        receipt: Some(Receipt {
            number: Seq(2),
            ..head.last
        }),
    };
    now(device
        .engine
        .answered(outgoing, CommandsAnswer::new(vec![answer])))
    .unwrap();
}

fn heads_have_arrived(device: &Device) {
    let token = "all heads have arrived".to_owned();
    take(device, Frame::Resume { token });
}

// F3, P9: the server knows of no device that held it, and sends `gone` to none.
#[test]
fn a_conversation_started_and_no_longer_seen_before_its_first_event_arrived_leaves_nothing_behind() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    // The stream was asked for earlier: its frames may be older than the answer.
    now(device.engine.sync_request(Mode::Stream)).unwrap();
    accept(&device, outgoing, conversation);
    heads_have_arrived(&device);
    assert_eq!(now(device.cache.outbox(None)).unwrap().len(), 1);
    now(device.engine.sync_request(Mode::Stream)).unwrap();
    assert_eq!(now(device.cache.outbox(None)).unwrap().len(), 1);
    heads_have_arrived(&device);
    assert_eq!(now(device.cache.outbox(None)).unwrap(), []);
    assert!(now(device.cache.conversation(conversation)).unwrap().is_none());
    assert_eq!(recovered(&device), [], "it was said");
}

// F3
#[test]
fn a_started_conversation_stays_if_its_head_arrives() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    accept(&device, outgoing, conversation);
    now(device.engine.sync_request(Mode::Stream)).unwrap();
    let Frame::Head(mut head) = head() else {
        panic!("a head")
    };
    head.conversation = conversation;
    take(&device, Frame::Head(head));
    heads_have_arrived(&device);
    assert!(now(device.cache.conversation(conversation)).unwrap().is_some());
}

// P6
#[test]
fn a_participant_who_left_a_direct_conversation_for_now_is_known_by_its_start() {
    let device = Device::of_anna();
    let header = Header {
        by: KARIM,
        at: Timestamp(1_760_000_000_000),
        kind: Kind::Started {
            shape: Shape::Direct,
            owner: None,
            participants: vec![KARIM, ANNA],
            teams: vec![],
        },
    };
    let (salt, raw) = (Salt([3; 32]), |json: String| RawValue::from_string(json).unwrap());
    let event = WireEvent {
        number: Seq(1),
        version: 1,
        header: raw(serde_json::to_string(&header).unwrap()),
        header_salt: salt,
        content: WireContent::Kept {
            bytes: raw("{}".to_owned()),
            salt,
        },
        audit: Digest([5; 32]),
    };
    let previous = trail::genesis(WOUND.as_bytes());
    let Frame::Head(mut head) = head() else {
        panic!("a head")
    };
    head.head.shape = Shape::Direct;
    head.head.participants = vec![ANNA];
    head.last.number = Seq(1);
    head.last.link = trail::link(&previous, &event.body());
    head.visible = SeqRange::new(Seq(1), Seq(1)).into_iter().collect();
    head.anchor = Anchor {
        number: Seq(0),
        link: previous,
    };
    take(&device, Frame::Head(head));
    let events = Frame::Events {
        conversation: WOUND,
        from: Seq(1),
        previous,
        items: vec![WireItem::Event(event)],
    };
    take(&device, events);
    let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
    assert_eq!(row.pair, Some((ANNA.min(KARIM), ANNA.max(KARIM))));
}

// S1
#[test]
fn a_group_of_two_is_not_the_direct_conversation_of_the_two() {
    for (shape, pair) in [
        (Shape::Group, None),
        (Shape::Direct, Some((ANNA.min(KARIM), ANNA.max(KARIM)))),
    ] {
        let device = Device::of_anna();
        let Frame::Head(mut head) = head() else {
            panic!("a head")
        };
        head.head.shape = shape;
        take(&device, Frame::Head(head));
        heads_have_arrived(&device);
        let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
        assert_eq!(row.pair, pair);
    }
}

// F3
#[test]
fn a_head_before_the_known_end_or_with_another_link_there_means_a_restored_server() {
    let with = |number: u64, link: u8| {
        let Frame::Head(mut head) = head() else {
            panic!("a head")
        };
        (head.last.number, head.last.link) = (Seq(number), Digest([link; 32]));
        Frame::Head(head)
    };
    for (number, link, restored) in [(5, 9, false), (4, 4, false), (3, 4, true), (4, 9, true)] {
        let device = Device::of_anna();
        take(&device, with(4, 4));
        heads_have_arrived(&device);
        take(&device, with(number, link));
        heads_have_arrived(&device);
        let row = now(device.cache.conversation(WOUND)).unwrap().unwrap();
        assert_eq!(row.restored, restored, "{number}, {link}");
    }
}
