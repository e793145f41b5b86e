//! Frames and answers are bounded in bytes for any content (I5).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::sync::Arc;

use common::in_process_server::{InProcessServer, Who, now};
use common::request;
use conversation::{Action, ConversationId, Seq, SeqRange};
use proptest::prelude::*;
use protocol::sync::{Frame, HistoryAnswer, Hole};
use protocol::wire::{WireItem, follow};
use protocol::{LARGEST_FRAME, LARGEST_HISTORY};
use sync_server::core::{Feed, MOST_AT_ONCE};

/// 1.6 MB in total, more than one read or answer. (`cargo xtask test attack` uses 156 of them on the release build.)
const MANY: u64 = 20;
const EMOJI: &str = "\u{1F600}";

fn two() -> (InProcessServer, Who, Who) {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let anna = server.person("Anna", home);
    let bram = server.person("Bram", home);
    (server, anna, bram)
}

/// The lines of a catch-up, each within the bound; and the bytes of each write.
fn lines(server: &InProcessServer, who: &Who, request: &protocol::sync::SyncRequest) -> Vec<Vec<u8>> {
    let mut feed = now(Feed::open(Arc::clone(&server.core), who.person, request)).unwrap();
    let mut lines = Vec::new();
    while let Some(bytes) = now(feed.next(MOST_AT_ONCE)).unwrap() {
        assert!(bytes.len() <= 8 * LARGEST_FRAME, "{} bytes at once", bytes.len());
        lines.extend(split(&bytes));
    }
    lines
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for line in &lines {
        assert!(
            line.ends_with(b"\n") && line.len() <= LARGEST_FRAME,
            "a line of {}",
            line.len()
        );
    }
    lines
}

/// Each delivered place with its count; each run follows on the link it names.
fn places(lines: &[Vec<u8>], conversation: ConversationId) -> Vec<u64> {
    let mut places = Vec::new();
    for line in lines {
        let Frame::Events {
            conversation: of,
            from,
            previous,
            items,
        } = serde_json::from_slice(line).unwrap()
        else {
            continue;
        };
        if of == conversation {
            let (last, _) = follow(from, previous, &items).unwrap();
            places.extend(from.0..=last.0);
        }
    }
    places.sort_unstable();
    places
}

// I5
#[test]
fn a_colleague_who_was_away_for_many_messages_of_20_000_emoji_catches_up() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Veel");
    let mut device = server.fresh(&bram);
    let text = EMOJI.repeat(20_000);
    for number in 0..MANY {
        if number % 20 == 0 {
            server.minutes(5);
        }
        server.say(&anna, conversation, &text);
    }
    let lines = lines(&server, &bram, &request(device.token.as_deref()));
    let given = places(&lines, conversation);
    assert_eq!(given, (2..=MANY + 1).collect::<Vec<u64>>());
    device.connect(&mut server).unwrap();
    assert_eq!(device.holes(), []);
    assert_eq!(device.reads(conversation).len() as u64, MANY + 1);
    // By history in pieces, each from its end, and each complete.
    let mut to = Seq(MANY + 1);
    let mut pieces = 0;
    while to > Seq(1) {
        let answer = now(server.core.history(bram.person, conversation, Seq(2), to))
            .unwrap()
            .unwrap();
        assert!(answer.len() <= LARGEST_HISTORY + LARGEST_FRAME);
        let answer: HistoryAnswer = serde_json::from_str(&answer).unwrap();
        let (last, _) = follow(answer.from, answer.previous, &answer.items).unwrap();
        assert_eq!(last, to);
        to = answer.from.previous();
        pieces += 1;
    }
    // Each has at most a MiB.
    assert_eq!(pieces, 2);
}

fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (1_usize..200).prop_map(|length| "a".repeat(length)),
        2 => (1_usize..20_000).prop_map(|length| EMOJI.repeat(length)),
        1 => Just(EMOJI.repeat(20_000)),
        1 => (1_usize..20_000).prop_map(|length| "\"\\\n".repeat(length / 3 + 1)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    // I5
    #[test]
    fn no_line_is_longer_than_the_bound_and_each_place_comes_once_whatever_the_messages(
        messages in prop::collection::vec((0_usize..3, message()), 1..30),
        hole in (1_u64..40, 0_u64..40),
    ) {
        let (mut server, anna, bram) = two();
        let conversations = ["Een", "Twee", "Drie"].map(|name| server.group(&anna, &[&bram], name));
        let mut device = server.fresh(&bram);
        let mut lasts = [1_u64; 3];
        for (number, (place, text)) in messages.iter().enumerate() {
            if number % 20 == 0 {
                server.minutes(5);
            }
            server.say(&anna, conversations[*place], text);
            lasts[*place] += 1;
        }
        let resumed = lines(&server, &bram, &request(device.token.as_deref()));
        let first = lines(&server, &bram, &request(None));
        for (conversation, last) in conversations.into_iter().zip(lasts) {
            prop_assert_eq!(places(&resumed, conversation), (2..=last).collect::<Vec<u64>>());
            prop_assert_eq!(places(&first, conversation), (1..=last).collect::<Vec<u64>>());
        }
        device.connect(&mut server).unwrap();
        prop_assert_eq!(device.holes(), []);
        // Also for holes that the device names.
        let range = SeqRange::new(Seq(hole.0), Seq(hole.0 + hole.1)).unwrap();
        let mut holes = request(device.token.as_deref());
        holes.holes = vec![Hole { conversation: conversations[0], range }];
        let expected: Vec<u64> = (hole.0..=(hole.0 + hole.1).min(lasts[0])).collect();
        prop_assert_eq!(places(&lines(&server, &bram, &holes), conversations[0]), expected);
    }

    // I5
    #[test]
    fn each_live_line_is_bounded_in_size(texts in prop::collection::vec(message(), 1..30)) {
        let (mut server, anna, bram) = two();
        let conversation = server.group(&anna, &[&bram], "Samen");
        let session = sync_server::store::SessionId(bram.device.0);
        let id = server.hub.register(bram.person, bram.device, session, &[]);
        let mut feed = now(Feed::open(Arc::clone(&server.core), bram.person, &request(None))).unwrap();
        while now(feed.next(MOST_AT_ONCE)).unwrap().is_some() {}
        // In one request, and therefore in one commit.
        let commands: Vec<_> = texts
            .iter()
            .map(|text| server.command(&anna, conversation, Action::Post { message: server.message(text) }))
            .collect();
        server.ask(&anna, &commands);
        let mut all = Vec::new();
        for delivery in server.waiting.remove(&id).unwrap_or_default() {
            if let Some(bytes) = feed.deliver(&delivery) {
                all.extend(split(&bytes));
            }
        }
        let last = texts.len() as u64 + 1;
        prop_assert_eq!(places(&all, conversation), (2..=last).collect::<Vec<u64>>());
        let items = all.iter().filter_map(|line| match serde_json::from_slice(line).unwrap() {
            Frame::Events { items, .. } => Some(items),
            _ => None,
        });
        prop_assert!(items.flatten().all(|item| matches!(item, WireItem::Event(_))));
    }
}
