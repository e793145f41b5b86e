//! Every frame that the protocol has comes back as it was written, bytes included.

use conversation::{Head, MembershipId, PersonId, SeqRange, Timestamp};
use uuid::Uuid;

use super::*;

const HEADER: &str = r#"{"z": 1,  "a":"é"}"#;
const CONTENT: &str = r#"{"text" : "hallo",  "n":1.0}"#;

fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("JSON")
}

fn event(number: u64, content: WireContent) -> WireItem {
    WireItem::Event(WireEvent {
        number: Seq(number),
        version: first_version(),
        header: raw(HEADER),
        header_salt: Salt([1; 32]),
        content,
        audit: digest(2),
    })
}

fn run() -> Vec<WireItem> {
    let kept = |text| WireContent::Kept {
        bytes: raw(text),
        salt: Salt([3; 32]),
    };
    vec![
        event(4, kept(CONTENT)),
        event(5, kept("null")),
        event(
            6,
            WireContent::Withheld {
                commitment: digest(4),
            },
        ),
        WireItem::Stubs(Stubs::new(Seq(7), &[digest(5), digest(6)])),
    ]
}

fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

// A1
#[test]
fn an_event_keeps_every_byte_that_was_hashed() {
    let frame = Frame::Events {
        conversation: ConversationId(Uuid::from_u128(1)),
        from: Seq(4),
        previous: digest(9),
        items: run(),
    };
    let text = written(&frame);
    assert!(text.contains(HEADER) && text.contains(CONTENT));
    let read = super::frame(text.as_bytes())
        .expect("a frame")
        .expect("a known one");
    assert_eq!(written(&read), text);
    let Frame::Events {
        from,
        previous,
        items,
        ..
    } = read
    else {
        panic!("events");
    };
    let link = protocol::wire::follow(from, previous, &items);
    assert_eq!(link, protocol::wire::follow(Seq(4), digest(9), &run()));
    assert!(link.is_ok());

    let history = HistoryAnswer {
        from: Seq(4),
        previous: digest(9),
        items: run(),
        access: AccessVersion {
            number: Seq(2),
            rights: 3,
        },
    };
    let text = written(&history);
    assert_eq!(written(&super::history(text.as_bytes()).expect("history")), text);
}

#[test]
fn an_item_that_misses_a_part_is_malformed() {
    let whole = serde_json::to_value(&run()[0]).expect("JSON");
    for part in ["n", "h", "hs", "c", "cs", "a"] {
        let mut item = whole.clone();
        item.as_object_mut().expect("an object").remove(part);
        let text = serde_json::json!({
            "f": "events", "conversation": Uuid::from_u128(1), "from": 4, "previous": digest(9), "items": [item],
        });
        assert_eq!(
            super::frame(text.to_string().as_bytes()).expect_err(part),
            Failure::Malformed
        );
    }
}

/// One of each kind. The match below fails to compile for a new kind, which is then added to `decode`.
fn every_kind() -> Vec<Frame> {
    let conversation = ConversationId(Uuid::from_u128(1));
    let person = PersonId(Uuid::from_u128(2));
    let member = MembershipId(Uuid::from_u128(3));
    let at = Timestamp(12);
    let receipt = serde_json::json!({
        "number": 8, "link": digest(1), "epoch": 1, "mac": digest(2), "at": 12,
    });
    let head: Head = serde_json::from_value(serde_json::json!({
        "shape": "group", "subject": "Wondzorg", "owner": member, "participants": [member],
    }))
    .expect("a head");
    let head = ConversationHead {
        conversation,
        head,
        last: serde_json::from_value(receipt).expect("a receipt"),
        access: AccessVersion {
            number: Seq(1),
            rights: 2,
        },
        visible: vec![SeqRange {
            from: Seq(1),
            to: Seq(8),
        }],
        open: true,
        anchor: protocol::sync::Anchor {
            number: Seq(0),
            link: digest(7),
        },
        read: Seq(3),
        item_card: None,
    };
    vec![
        Frame::Hello {
            person,
            memberships: vec![member],
            epoch: 1,
            protocol: 1,
            oldest: 1,
            now: at,
        },
        Frame::Cards {
            cards: vec![],
            teams: vec![],
        },
        Frame::Head(Box::new(head)),
        Frame::Events {
            conversation,
            from: Seq(4),
            previous: digest(9),
            items: run(),
        },
        Frame::Position {
            conversation,
            member: person,
            number: Seq(3),
            from: Some(Seq(2)),
        },
        Frame::Personal {
            field: "setting/x".to_owned(),
            value: raw(r#"{"b": 1,  "a":2}"#),
        },
        Frame::Gone { conversation },
        Frame::Alias {
            from: conversation,
            to: conversation,
        },
        Frame::Resume {
            token: "t".to_owned(),
        },
        Frame::Current { at },
        Frame::Heartbeat { at },
        Frame::Restored { epoch: 2 },
    ]
}

#[test]
fn every_kind_of_frame_comes_back_as_it_was_written() {
    let mut kinds = Vec::new();
    for frame in every_kind() {
        let text = written(&frame);
        let read = super::frame(text.as_bytes())
            .expect("a frame")
            .expect("a known one");
        assert_eq!(written(&read), text);
        // Without a wildcard, so that a new kind is not forgotten.
        kinds.push(match read {
            Frame::Hello { .. } => 0,
            Frame::Cards { .. } => 1,
            Frame::Head(_) => 2,
            Frame::Events { .. } => 3,
            Frame::Position { .. } => 4,
            Frame::Personal { .. } => 5,
            Frame::Gone { .. } => 6,
            Frame::Alias { .. } => 7,
            Frame::Resume { .. } => 8,
            Frame::Current { .. } => 9,
            Frame::Heartbeat { .. } => 10,
            Frame::Restored { .. } => 11,
        });
    }
    assert_eq!(kinds, (0..12).collect::<Vec<_>>());
}

#[test]
fn a_frame_of_an_unknown_kind_is_skipped() {
    for line in [
        r#"{"f":"of_tomorrow"}"#,
        r#"{"x":{"f":"head"},"f":"HEAD"}"#,
        r#"{"f":""}"#,
    ] {
        assert!(
            super::frame(line.as_bytes()).expect("readable").is_none(),
            "{line}"
        );
    }
}
