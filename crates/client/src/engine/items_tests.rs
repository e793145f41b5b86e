//! Conversations that are open without taking part, readers that a screen shows, and notices to the screen.

use conversation::decide::EDITABLE_FOR;
use conversation::{ConversationId, Head, ItemId, MembershipId, Seq, SeqRange, Shape, Timestamp};
use futures_util::FutureExt as _;
use protocol::commands::Receipt;
use protocol::session::Secret;
use protocol::sync::{AccessVersion, Anchor, ConversationHead, Frame, Reader, WatchAnswer};
use trail::Digest;
use uuid::Uuid;

use crate::api::request::ApiRequest;
use crate::api::view::{Connection, Draft};
use crate::cache::Cache as _;
use crate::model::Invalidated;
use crate::ports::Failure;
use crate::testing::{ANNA, Device, KARIM, SANNE, Scripted, now, person};

fn id(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(0x700 + number))
}

/// Of a conversation about an item between these.
fn about_an_item(conversation: ConversationId, participants: &[MembershipId]) -> Frame {
    let link = Digest([4; 32]);
    let item = ItemId(Uuid::from_u128(9));
    Frame::Head(Box::new(ConversationHead {
        conversation,
        head: Head {
            owner: Some(KARIM),
            participants: participants.to_vec(),
            ..Head::about_to_start(Shape::Item { item }, Some("Valincident".into()), KARIM)
        },
        last: Receipt {
            number: Seq(4),
            link,
            epoch: 1,
            mac: Digest([2; 32]),
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

fn following(device: &Device) -> Vec<ConversationId> {
    now(device.engine.following()).unwrap()
}

fn is_here(device: &Device, conversation: ConversationId) -> bool {
    now(device.cache.conversation(conversation)).unwrap().is_some()
}

/// Whether the stream is to begin anew since this was asked last.
fn begins_anew(device: &Device) -> bool {
    device.engine.signed.notified().now_or_never().is_some()
}

// P7
#[test]
fn a_conversation_opened_in_an_item_is_followed_once_and_the_stream_begins_anew_for_it() {
    let device = Device::of_anna();
    now(device.engine.follow(id(1))).unwrap();
    assert!(begins_anew(&device) && !begins_anew(&device));
    now(device.engine.follow(id(2))).unwrap();
    assert!(begins_anew(&device));
    now(device.engine.follow(id(1))).unwrap();
    assert!(!begins_anew(&device), "it is open already");
    assert_eq!(following(&device), [id(1), id(2)]);
}

// P7
#[test]
fn twenty_are_open_at_once_and_the_first_opened_is_closed_for_one_more() {
    let device = Device::of_anna();
    now(device.engine.apply(about_an_item(id(1), &[KARIM, SANNE]))).unwrap();
    for number in 1..=20 {
        now(device.engine.follow(id(number))).unwrap();
    }
    assert_eq!(following(&device).len(), 20);
    assert!(is_here(&device, id(1)));
    now(device.engine.follow(id(21))).unwrap();
    let expected: Vec<ConversationId> = (2..=21).map(id).collect();
    assert_eq!(following(&device), expected);
    assert!(
        !is_here(&device, id(1)),
        "where one takes no part, it leaves the device"
    );
}

// P7, F3
#[test]
fn a_closed_conversation_leaves_the_device_and_texts_written_there_are_kept() {
    let device = Device::of_anna();
    for number in [1, 2] {
        now(device.engine.apply(about_an_item(id(number), &[KARIM, SANNE]))).unwrap();
        now(device.engine.follow(id(number))).unwrap();
    }
    let draft = Draft {
        text: "half af".into(),
        ..Draft::default()
    };
    let conversation = id(1);
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    assert!(begins_anew(&device));
    now(device.engine.unfollow(id(1))).unwrap();
    assert!(begins_anew(&device));
    assert_eq!(following(&device), [id(2)]);
    assert!(!is_here(&device, id(1)) && is_here(&device, id(2)));
    let kept = now(device.cache.recovered()).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].text.body, "half af");
}

// P6, P7
#[test]
fn closing_an_item_keeps_conversations_with_the_user_and_ignores_those_that_are_not_open() {
    let device = Device::of_anna();
    for (number, participants) in [(1, [KARIM, ANNA]), (2, [KARIM, SANNE])] {
        now(device.engine.apply(about_an_item(id(number), &participants))).unwrap();
    }
    now(device.engine.follow(id(1))).unwrap();
    assert!(begins_anew(&device));
    now(device.engine.unfollow(id(1))).unwrap();
    assert!(begins_anew(&device));
    assert!(is_here(&device, id(1)) && following(&device).is_empty());
    now(device.engine.unfollow(id(2))).unwrap();
    assert!(!begins_anew(&device) && is_here(&device, id(2)));
}

fn reader(member: MembershipId, number: u64, from: u64) -> Reader {
    Reader {
        person: person(member),
        number: Seq(number),
        from: Seq(from),
    }
}

fn readers_of(device: &Device) -> Vec<(u64, u64)> {
    let live = device.engine.live();
    let mut readers: Vec<_> = live
        .readers
        .values()
        .map(|one| (one.number.0, one.from.0))
        .collect();
    readers.sort_unstable();
    readers
}

// M9
#[test]
fn read_markers_of_others_arrive_for_the_conversation_on_the_screen_alone_and_never_go_back() {
    let device = Device::of_anna();
    let mut invalidated = device.engine.subscribe();
    device.engine.heard_of_reader(id(1), reader(KARIM, 3, 1));
    assert!(
        invalidated.try_recv().is_err() && readers_of(&device).is_empty(),
        "nothing is on the screen"
    );
    device.engine.watching(Some(id(1)));
    device.engine.heard_of_reader(id(2), reader(KARIM, 3, 1));
    assert!(
        invalidated.try_recv().is_err() && readers_of(&device).is_empty(),
        "another one is"
    );
    device.engine.heard_of_reader(id(1), reader(KARIM, 3, 1));
    let conversation = id(1);
    assert_eq!(
        invalidated.try_recv().unwrap(),
        [Invalidated::Readers { conversation }]
    );
    device.engine.heard_of_reader(id(1), reader(SANNE, 2, 1));
    device.engine.heard_of_reader(id(1), reader(KARIM, 2, 2));
    assert_eq!(readers_of(&device), [(2, 1), (3, 2)]);
    device.engine.heard_of_reader(id(1), reader(KARIM, 4, 2));
    assert_eq!(readers_of(&device), [(2, 1), (4, 2)]);
    device.engine.watching(Some(id(2)));
    assert!(readers_of(&device).is_empty(), "those were of the one before");
    device.engine.watching(None);
    device.engine.heard_of_reader(id(2), reader(KARIM, 4, 2));
    assert!(readers_of(&device).is_empty());
}

// M9
#[test]
fn readers_that_were_asked_for_replace_those_of_the_conversation_that_is_still_on_the_screen() {
    let device = Device::of_anna();
    let server = Scripted::answering(|_| Err(Failure::Unreachable));
    let access = Secret("access".into());
    // Asked for while the first is on the screen; the answer comes with this one there.
    let watch = |during: ConversationId| {
        device.engine.watching(Some(id(1)));
        device.engine.heard_of_reader(id(1), reader(SANNE, 2, 1));
        let give = server.next_readers();
        let mut asked = Box::pin(device.engine.watch(&server, &access));
        assert!((&mut asked).now_or_never().is_none());
        if during != id(1) {
            device.engine.watching(Some(during));
        }
        let mut invalidated = device.engine.subscribe();
        let readers = vec![reader(KARIM, 3, 1)];
        give.send(WatchAnswer { readers }).unwrap();
        now(asked).unwrap();
        assert_eq!(
            invalidated.try_recv().unwrap(),
            [Invalidated::Readers { conversation: during }]
        );
        readers_of(&device)
    };
    assert_eq!(watch(id(1)), [(3, 1)], "all that there are");
    assert_eq!(watch(id(2)), [], "not of this conversation");
    assert!(now(device.engine.watch(&server, &access)).is_err(), "unreachable");
}

// M3
#[test]
fn a_message_that_can_no_longer_be_edited_invalidates_its_conversation_once() {
    let device = Device::of_anna();
    let conversation = id(1);
    let at = device.engine.now();
    let mut invalidated = device.engine.subscribe();
    device
        .engine
        .shown_editable(conversation, [at.plus(Timestamp::MINUTE), at].into_iter());
    device.engine.look_at_time();
    assert!(invalidated.try_recv().is_err(), "both may be edited");
    device.clock.advance(EDITABLE_FOR);
    device.engine.look_at_time();
    assert!(invalidated.try_recv().is_err(), "until the last moment");
    device.clock.advance(1);
    device.engine.look_at_time();
    assert_eq!(
        invalidated.try_recv().unwrap(),
        [Invalidated::Conversation { conversation }]
    );
    device.engine.look_at_time();
    assert!(invalidated.try_recv().is_err(), "once is enough");
}

// U3
#[test]
fn the_screen_is_notified_of_the_connection_only_when_it_changes() {
    let device = Device::of_anna();
    device.engine.set_connection(Connection::Online);
    device.engine.live().catching_up = true;
    let mut invalidated = device.engine.subscribe();
    device.engine.set_connection(Connection::Online);
    assert!(invalidated.try_recv().is_err());
    assert!(device.engine.live().catching_up, "it goes on");
    device.engine.set_connection(Connection::Offline);
    assert_eq!(invalidated.try_recv().unwrap(), [Invalidated::SyncStatus]);
    assert!(
        !device.engine.live().catching_up,
        "without a connection nothing is caught up"
    );
    assert!(device.engine.live().connection == Connection::Offline);
}

// U3
#[test]
fn a_changed_conversation_invalidates_its_view_the_overview_and_the_sync_status() {
    let device = Device::of_anna();
    let mut invalidated = device.engine.subscribe();
    device.engine.invalidate(Vec::new());
    assert!(invalidated.try_recv().is_err(), "an empty notice reaches nobody");
    let conversation = id(1);
    device.engine.invalidate_conversation(conversation);
    let expected = [
        Invalidated::Overview,
        Invalidated::SyncStatus,
        Invalidated::Conversation { conversation },
    ];
    assert_eq!(invalidated.try_recv().unwrap(), expected);
}
