//! What frames do to what one has yet to send, and to one's own settings.

use conversation::{ConversationId, Head, Number, Range, Shape, Timestamp};
use protocol::commands::{CommandsAnswer, Receipt};
use protocol::sync::{AccessVersion, Anchor, ConversationHead, Frame};
use serde_json::value::RawValue;
use trail::Digest;
use uuid::Uuid;

use crate::cache::Cache as _;
use crate::door::call::Call;
use crate::door::view::Draft;
use crate::testing::{ANNA, Device, KARIM, now};

fn start(device: &Device, text: &str) -> ConversationId {
    let call = Call::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![KARIM],
        subject: None,
        text: Some(text.into()),
    };
    device.ask(call).unwrap()
}

fn write(device: &Device, conversation: ConversationId, text: &str) {
    let draft = Draft {
        text: text.into(),
        ..Draft::default()
    };
    device.ask::<()>(Call::SaveDraft { conversation, draft }).unwrap();
}

fn say(device: &Device, conversation: ConversationId, text: &str) {
    write(device, conversation, text);
    device.ask::<()>(Call::Send { conversation }).unwrap();
}

fn rescued(device: &Device) -> Vec<(String, bool)> {
    let mut rows = now(device.cache.rescued()).unwrap();
    rows.sort_by(|a, b| a.text.body.cmp(&b.text.body));
    rows.into_iter()
        .map(|row| (row.text.body, row.perhaps_sent))
        .collect()
}

// P6, F3
#[test]
fn what_was_written_for_a_conversation_that_went_is_kept_and_tells_what_perhaps_arrived() {
    let device = Device::of_anna();
    let conversation = start(&device, "1 zonder antwoord");
    let lost = now(device.engine.outgoing()).unwrap().unwrap();
    now(device.engine.not_answered(lost)).unwrap();
    let _under_way = now(device.engine.outgoing()).unwrap().unwrap();
    say(&device, conversation, "2 niet vertrokken");
    write(&device, conversation, "3 half af");
    now(device.engine.take(Frame::Gone { conversation })).unwrap();
    let kept = [
        ("1 zonder antwoord", true),
        ("2 niet vertrokken", false),
        ("3 half af", false),
    ];
    assert_eq!(
        rescued(&device),
        kept.map(|(text, perhaps)| (text.to_owned(), perhaps))
    );
    assert!(now(device.cache.outbox(None)).unwrap().is_empty());
}

const WOUND: ConversationId = ConversationId(Uuid::from_u128(0x70));

/// Of a conversation in which Karim said something at place 4.
fn head() -> Frame {
    let (link, mac) = (Digest([4; 32]), Digest([2; 32]));
    Frame::Head(Box::new(ConversationHead {
        conversation: WOUND,
        head: Head {
            shape: Shape::Group,
            subject: Some("Wondzorg".into()),
            owner: Some(KARIM),
            participants: vec![KARIM, ANNA],
            archived: None,
        },
        last: Receipt {
            number: Number(4),
            link,
            epoch: 1,
            mac,
            at: Timestamp(1_760_000_000_000),
        },
        access: AccessVersion::default(),
        visible: Range::new(Number(1), Number(4)).into_iter().collect(),
        open: true,
        anchor: Anchor {
            number: Number(4),
            link,
        },
        read: Number(0),
        item_title: None,
    }))
}

fn personal(value: &str) -> Frame {
    Frame::Personal {
        field: format!("archived/{WOUND}"),
        value: RawValue::from_string(value.to_owned()).unwrap(),
    }
}

fn take(device: &Device, frame: Frame) {
    now(device.engine.take(frame)).unwrap();
}

fn archived_at(device: &Device) -> Option<Number> {
    let row = now(device.cache.conversation(WOUND)).unwrap();
    row.unwrap().archived_at
}

fn archive(device: &Device, archived: bool) {
    let (conversation, everyone) = (WOUND, false);
    let call = if archived {
        Call::Archive {
            conversation,
            everyone,
        }
    } else {
        Call::Unarchive {
            conversation,
            everyone,
        }
    };
    device.ask::<()>(call).unwrap();
}

// L3
#[test]
fn what_one_archived_here_and_still_waits_is_not_overwritten_by_what_was_set_before_elsewhere() {
    let device = Device::of_anna();
    take(&device, head());
    archive(&device, true);
    take(&device, personal("null"));
    assert_eq!(archived_at(&device), Some(Number(4)));
    let outgoing = now(device.engine.outgoing()).unwrap().unwrap();
    take(&device, personal("null"));
    assert_eq!(
        archived_at(&device),
        Some(Number(4)),
        "nor while it is on its way"
    );
    let answers = Vec::new();
    now(device.engine.answered(outgoing, CommandsAnswer { answers })).unwrap();
    take(&device, personal("null"));
    assert_eq!(archived_at(&device), None, "once told, what comes is later");
    take(&device, personal("4"));
    archive(&device, false);
    take(&device, personal("4"));
    assert_eq!(archived_at(&device), None);
}

// L3
#[test]
fn what_one_archived_elsewhere_is_archived_here_when_the_conversation_comes_after_it() {
    let device = Device::of_anna();
    take(&device, personal("2"));
    take(&device, personal("4"));
    let device = device.restart();
    take(&device, head());
    assert_eq!(archived_at(&device), Some(Number(4)));
    take(&device, personal("null"));
    take(&device, head());
    assert_eq!(archived_at(&device), None, "what came early is true once");
}
