//! Streams of devices: resuming, holes, many conversations, restarts, a restored backup.

mod common;

use std::sync::Arc;

use common::in_process_server::*;
use conversation::organisation::{Name, Profile};
use conversation::{Action, Timestamp};
use protocol::sync::Frame;
use sync_server::core::administer::AdminRequest;
use sync_server::core::{FeedError, MOST_AT_ONCE};

fn two() -> (InProcessServer, Who, Who) {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let anna = server.person("Anna", home);
    let bram = server.person("Bram", home);
    (server, anna, bram)
}

fn kinds(device: &Device) -> Vec<&'static str> {
    let kinds = device.frames.iter().map(|frame| match frame {
        Frame::Hello { .. } => "hello",
        Frame::Cards { .. } => "cards",
        Frame::Head(_) => "head",
        Frame::Events { .. } => "events",
        Frame::Resume { .. } => "resume",
        Frame::Current { .. } => "current",
        _ => "other",
    });
    kinds.collect()
}

#[test]
fn heads_come_before_tails_and_tails_before_history() {
    let (mut server, anna, bram) = two();
    let mut conversations = Vec::new();
    for number in 0..3 {
        let conversation = server.group(&anna, &[&bram], &format!("Gesprek {number}"));
        for number in 0..100 {
            server.say(&anna, conversation, &format!("Bericht {number}"));
        }
        conversations.push(conversation);
    }
    let device = server.fresh(&bram);
    assert_eq!(
        kinds(&device),
        [
            "hello", "cards", "head", "events", "head", "events", "head", "events", // the newest first
            "events", "events", "events", // thirty of each
            "resume", "events", "events", "events", "current",
        ]
    );
    let heads: Vec<_> = device
        .frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Head(head) => Some(head.conversation),
            _ => None,
        })
        .collect();
    conversations.reverse();
    assert_eq!(heads, conversations);
    assert_eq!(device.holes(), []);
    assert_eq!(device.reads(conversations[0]).len(), 101);
}

#[test]
fn a_device_that_resumes_gets_what_is_new_and_nothing_twice() {
    let (mut server, anna, bram) = two();
    let quiet = server.group(&anna, &[&bram], "Stil");
    let busy = server.group(&anna, &[&bram], "Druk");
    server.say(&anna, busy, "Een");
    let mut device = server.fresh(&bram);
    for number in 0..50 {
        server.say(&anna, busy, &format!("Bericht {number}"));
    }
    device.frames.clear();
    device.connect(&mut server).unwrap();
    let events: usize = device
        .frames
        .iter()
        .map(|frame| match frame {
            Frame::Events { items, .. } => items.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(events, 50);
    assert!(device.frames.iter().all(|frame| match frame {
        Frame::Head(head) => head.conversation != quiet,
        _ => true,
    }));
    assert_eq!(device.holes(), []);
    assert_eq!(device.view(), server.fresh(&bram).view());
}

// Rule 19 of the protocol.
#[test]
fn a_device_names_the_events_that_a_broken_stream_did_not_bring_as_holes() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Lang");
    for number in 0..2_500 {
        if number % 100 == 0 {
            server.minutes(1);
        }
        server.say(&anna, conversation, &format!("Bericht {number}"));
    }
    let mut device = Device::new(&bram);
    device.connect(&mut server).unwrap();
    assert_eq!(device.reads(conversation).len(), 2_501);
    // As if the stream had broken after the tails.
    let mut broken = server.fresh(&bram);
    let held = broken.held.get_mut(&conversation).unwrap();
    held.places.retain(|number, _| *number > 2_400 || *number == 7);
    assert_eq!(broken.holes().len(), 2_399);
    // As many as one request may name, as runs; the rest with the next request.
    let mut runs = broken.holes();
    runs.truncate(900);
    let request = protocol::sync::SyncRequest {
        protocol: protocol::VERSION,
        resume: broken.token.clone(),
        holes: runs,
        following: Vec::new(),
        mode: protocol::sync::Mode::Once,
    };
    let mut feed = now(sync_server::core::Feed::open(
        Arc::clone(&server.core),
        bram.person,
        &request,
    ))
    .unwrap();
    let mut places = 0;
    while let Some(bytes) = now(feed.next(MOST_AT_ONCE)).unwrap() {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Frame::Events { items, .. } = serde_json::from_slice(line).unwrap() {
                places += items.len();
            }
        }
    }
    assert_eq!(places, 900);
}

#[test]
fn a_thousand_conversations_come_whole() {
    let (mut server, anna, bram) = two();
    for number in 0..1_000 {
        let conversation = server.group(&anna, &[&bram], &format!("Gesprek {number}"));
        server.say(&bram, conversation, "Dag");
    }
    let device = server.fresh(&anna);
    assert_eq!(device.held.len(), 1_000);
    assert!(device.held.values().all(|held| held.places.len() == 2));
    assert_eq!(device.holes(), []);
    assert_eq!(device.cards.len(), 2);
}

// I5
#[test]
fn a_restart_changes_nothing_for_a_device() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    server.say(&anna, conversation, "Voor de herstart");
    let mut device = server.fresh(&bram);
    let before = device.view();
    let mut server = server.restarted();
    device.connect(&mut server).unwrap();
    assert_eq!(device.view(), before);
    server.say(&anna, conversation, "Erna");
    device.listen(&mut server);
    assert_eq!(device.reads(conversation).last(), Some(&"Erna"));
    assert_eq!(device.view(), server.fresh(&bram).view());
}

// Rule 21 of the protocol.
#[test]
fn a_backup_that_was_put_back_is_noticed_even_after_it_went_on() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    server.say(&anna, conversation, "Een");
    let backup = Arc::new(server.store.copy());
    let mut early = server.fresh(&bram);
    server.say(&anna, conversation, "Twee");
    server.say(&anna, conversation, "Drie");
    let mut late = server.fresh(&bram);

    let mut restored = InProcessServer::on(backup);
    restored.clock.advance(Timestamp::DAY);
    assert!(matches!(late.connect(&mut restored), Err(FeedError::Restored)));
    // It held nothing that was lost.
    early.connect(&mut restored).unwrap();
    // As far as before, and further: the link differs.
    for text in ["Twee, anders", "Drie, anders", "Vier"] {
        let message = restored.message(text);
        restored.act(&anna, conversation, Action::Post { message });
    }
    assert!(matches!(late.connect(&mut restored), Err(FeedError::Restored)));
    assert!(late.held.contains_key(&conversation));
}

// Rule 19 of the protocol.
#[test]
fn a_token_that_is_not_ours_or_anothers_is_a_first_sync() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let of_anna = server.fresh(&anna);
    for token in ["", "onzin", of_anna.token.as_deref().unwrap()] {
        let mut device = Device::new(&bram);
        device.token = Some(token.to_owned());
        device.connect(&mut server).unwrap();
        assert_eq!(device.reads(conversation), ["line"]);
    }
}

#[test]
fn an_event_that_arrives_while_catching_up_is_sent_once() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let session = sync_server::store::SessionId(bram.device.0);
    let id = server.hub.register(bram.person, bram.device, session, &[]);
    server.say(&anna, conversation, "Terwijl er wordt ingehaald");
    let request = common::request(None);
    let mut feed = now(sync_server::core::Feed::open(
        Arc::clone(&server.core),
        bram.person,
        &request,
    ))
    .unwrap();
    server.say(&anna, conversation, "En nog iets");
    let mut lines = Vec::new();
    while let Some(bytes) = now(feed.next(MOST_AT_ONCE)).unwrap() {
        lines.push(bytes);
    }
    for delivery in server.waiting.remove(&id).unwrap() {
        lines.extend(feed.deliver(&delivery));
        while let Some(bytes) = now(feed.next(MOST_AT_ONCE)).unwrap() {
            lines.push(bytes);
        }
    }
    let all = lines.concat();
    let all = String::from_utf8(all).unwrap();
    assert_eq!(all.matches("Terwijl er wordt ingehaald").count(), 1);
    assert_eq!(all.matches("En nog iets").count(), 1);
}

// F3, I5
#[test]
fn a_long_poll_waits_although_the_device_follows_a_conversation_in_which_nothing_happened() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let poll = |server: &InProcessServer, token: &str| {
        let request = protocol::sync::SyncRequest {
            mode: protocol::sync::Mode::Wait,
            following: vec![conversation],
            ..common::request(Some(token))
        };
        let feed = sync_server::core::Feed::open(Arc::clone(&server.core), bram.person, &request);
        now(feed).unwrap().had_something()
    };
    let token = server.fresh(&bram).token.unwrap();
    assert!(!poll(&server, &token));
    server.say(&anna, conversation, "Kijkt u even?");
    assert!(poll(&server, &token));
    let token = server.fresh(&bram).token.unwrap();
    assert!(!poll(&server, &token));
}

// P1, P10
#[test]
fn a_person_whom_a_live_event_names_comes_with_their_card() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [anna, bram, carla] = ["Anna", "Bram", "Carla"].map(|given| server.person(given, home));
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let mut device = server.follow(&bram);
    assert!(!device.cards.contains_key(&carla.membership));
    let members = vec![carla.membership];
    let add = Action::Add {
        members,
        teams: Vec::new(),
        share: None,
    };
    server.act(&anna, conversation, add);
    device.listen(&mut server);
    assert!(device.cards.contains_key(&carla.membership));
}

// O3
#[test]
fn a_card_that_another_server_changed_comes_once_this_one_knows_of_it() {
    let (mut server, anna, bram) = two();
    server.group(&anna, &[&bram], "Wondzorg");
    let mut other = InProcessServer::on(Arc::clone(&server.store));
    other.administer(AdminRequest::ProfileChange {
        membership: bram.membership,
        profile: Profile {
            name: Name {
                given: "Abram".to_owned(),
                prefix: String::new(),
                family: "de Vries".to_owned(),
            },
            discipline: "Arts".to_owned(),
            function: String::new(),
            work_email: "bram@linde.example".to_owned(),
        },
    });
    // The store is ahead of the directory that this server answers from.
    let mut device = server.follow(&anna);
    assert_eq!(device.cards[&bram.membership], "Bram de Vries");
    device.disconnect(&mut server);
    device.connect(&mut server.restarted()).unwrap();
    assert_eq!(device.cards[&bram.membership], "Abram de Vries");
}
