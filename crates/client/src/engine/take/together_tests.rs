//! Frames that are taken together leave what they leave one by one, and what is counted along is what there is.

use std::collections::BTreeMap;

use conversation::event::VERSION;
use conversation::{
    Content, ConversationId, Head, Header, Kind, MessageId, Number, Range, Shape, Text, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::commands::Receipt;
use protocol::sync::{AccessVersion, Anchor, ConversationHead, Frame};
use protocol::wire::{WireContent, WireEvent, WireItem};
use serde_json::value::to_raw_value;
use trail::{Digest, Salt, genesis, link};
use uuid::Uuid;

use crate::cache::{Cache as _, Change, Stretch};
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

const CONVERSATIONS: [ConversationId; 2] = [
    ConversationId(Uuid::from_u128(0x71)),
    ConversationId(Uuid::from_u128(0x72)),
];

/// A log, and the links before and after each event.
#[derive(Clone, Debug)]
struct Log {
    conversation: ConversationId,
    events: Vec<WireEvent>,
    links: Vec<Digest>,
}

impl Log {
    /// `said`: who, and what by its number.
    fn of(conversation: ConversationId, said: &[(u8, u8)]) -> Log {
        let mut links = vec![genesis(conversation.as_bytes())];
        let mut events = Vec::new();
        for (number, (who, what)) in (1..).zip(said) {
            let target = Number(1 + u64::from(*what) % number);
            let text = || Some(Text::from(format!("tekst {number}").as_str()));
            let by = [ANNA, KARIM, SANNE][usize::from(*who % 3)];
            let (kind, text) = match what % 7 {
                0 if number > 1 => (Kind::Edited { target }, text()),
                1 if number > 1 => (Kind::Deleted { target }, None),
                2 => (Kind::Joined { members: vec![SANNE] }, None),
                _ => {
                    let message = MessageId(Uuid::from_u128(
                        conversation.0.as_u128() << 8 | u128::from(number),
                    ));
                    let (reply_to, written_at) = (None, None);
                    let kind = Kind::Posted {
                        message,
                        reply_to,
                        written_at,
                    };
                    (kind, text())
                }
            };
            let at = Timestamp(1_760_000_000_000 + i64::from(*who) * 500);
            let subject = None;
            let event = WireEvent {
                number: Number(number),
                version: VERSION,
                header: to_raw_value(&Header { by, at, kind }).unwrap(),
                header_salt: Salt([1; 32]),
                content: WireContent::Kept {
                    bytes: to_raw_value(&Content { subject, text }).unwrap(),
                    salt: Salt([2; 32]),
                },
                audit: Digest([3; 32]),
            };
            links.push(link(&links[events.len()], &event.body()));
            events.push(event);
        }
        Log {
            conversation,
            events,
            links,
        }
    }

    fn run(&self, from: usize, to: usize) -> Frame {
        let items = self.events[from - 1..to].iter().cloned().map(WireItem::Event);
        Frame::Events {
            conversation: self.conversation,
            from: Number(from as u64),
            previous: self.links[from - 1],
            items: items.collect(),
        }
    }

    fn head(&self, last: usize, read: u64, access: u64) -> Frame {
        let number = Number(last as u64);
        Frame::Head(Box::new(ConversationHead {
            conversation: self.conversation,
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
                number,
                link: self.links[last],
                epoch: 1,
                mac: Digest([2; 32]),
                at: Timestamp(1_760_000_000_000),
            },
            access: AccessVersion {
                number: Number(access),
                rights: 0,
            },
            visible: Range::new(Number(1), number).into_iter().collect(),
            open: true,
            anchor: Anchor {
                number: Number(0),
                link: self.links[0],
            },
            read: Number(read),
            item_card: None,
        }))
    }

    /// As a server tells it: the head at a place with the last event, what came before it from its end, and what comes
    /// after it one by one. `anew`: the head comes again at the end, with more read; `purged`: and sees other places.
    fn told(&self, plan: &Plan) -> Vec<Frame> {
        let all = self.events.len();
        let first = 1 + plan.first.index(all);
        let mut frames = vec![
            self.head(first, plan.read.min(first as u64), 0),
            self.run(first, first),
        ];
        let mut to = first - 1;
        while to > 0 {
            let from = to.saturating_sub(plan.run) + 1;
            frames.push(self.run(from, to));
            to = from - 1;
        }
        let mut live: Vec<Frame> = (first + 1..=all).map(|number| self.run(number, number)).collect();
        if plan.live_first {
            frames.splice(2..2, live);
        } else {
            frames.append(&mut live);
        }
        if plan.anew {
            frames.push(self.head(all, all as u64 / 2, 0));
            frames.push(self.run(all, all));
        }
        if plan.purged {
            let Frame::Head(mut head) = self.head(all, 0, 1) else {
                unreachable!("it is a head");
            };
            // Less is seen, so that what is here goes.
            head.visible = Range::new(Number(all as u64), Number(all as u64))
                .into_iter()
                .collect();
            frames.push(Frame::Head(head));
            frames.push(self.run(all.div_ceil(2), all));
            frames.push(self.run(1, all.div_ceil(2)));
        }
        frames
    }
}

#[derive(Clone, Debug)]
struct Plan {
    first: prop::sample::Index,
    read: u64,
    run: usize,
    live_first: bool,
    anew: bool,
    purged: bool,
}

fn some_plan() -> impl Strategy<Value = Plan> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (any::<prop::sample::Index>(), 0..9_u64, 1..6_usize, flags).prop_map(
        |(first, read, run, (live_first, anew, purged))| Plan {
            first,
            read,
            run,
            live_first,
            anew,
            purged,
        },
    )
}

/// All that is here of the conversations.
fn everything(device: &Device) -> BTreeMap<ConversationId, Vec<String>> {
    let told = |id| {
        let all = Range::new(Number(1), Number(u64::MAX)).unwrap();
        let stretch = Stretch {
            limit: 99,
            range: all,
            newest: true,
        };
        let row = now(device.cache.conversation(id)).unwrap();
        let lists = [
            serde_json::to_string(&now(device.cache.timeline(id, stretch)).unwrap()).unwrap(),
            serde_json::to_string(&now(device.cache.about(id, all)).unwrap()).unwrap(),
            serde_json::to_string(&now(device.cache.segments(id)).unwrap()).unwrap(),
        ];
        [vec![serde_json::to_string(&row).unwrap()], lists.to_vec()].concat()
    };
    CONVERSATIONS.map(|id| (id, told(id))).into_iter().collect()
}

fn recount(device: &Device) {
    let own = vec![ANNA];
    let recount = |conversation| {
        let own = own.clone();
        Change::Recount { conversation, own }
    };
    now(device.cache.write(CONVERSATIONS.map(recount).to_vec())).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    // F3, M9
    #[test]
    fn however_frames_are_gathered_the_same_is_here_and_rightly_counted(
        said in [vec((any::<u8>(), any::<u8>()), 1..14), vec((any::<u8>(), any::<u8>()), 1..14)],
        plans in [some_plan(), some_plan()],
        turns in vec(any::<bool>(), 60),
        cuts in vec(1..9_usize, 60),
    ) {
        let logs = [Log::of(CONVERSATIONS[0], &said[0]), Log::of(CONVERSATIONS[1], &said[1])];
        let [mut one, mut other] = [0, 1].map(|log: usize| logs[log].told(&plans[log]).into_iter());
        let mut frames = Vec::new();
        for turn in turns {
            frames.extend(if turn { one.next() } else { other.next() });
        }
        frames.extend(one.chain(other));

        let alone = Device::of_anna();
        for frame in frames.clone() {
            now(alone.engine.take(frame)).unwrap();
        }
        let together = Device::of_anna();
        let mut rest = frames.as_slice();
        for cut in cuts {
            let (some, later) = rest.split_at(cut.min(rest.len()));
            now(together.engine.take_all(some.to_vec())).unwrap();
            rest = later;
        }
        now(together.engine.take_all(rest.to_vec())).unwrap();
        let held = everything(&alone);
        prop_assert_eq!(&held, &everything(&together));
        recount(&alone);
        prop_assert_eq!(&held, &everything(&alone));
    }
}

// F3
#[test]
fn what_came_before_a_frame_that_cannot_be_taken_is_here() {
    let device = Device::of_anna();
    let log = Log::of(CONVERSATIONS[0], &[(0, 9); 6]);
    let frames = vec![log.head(3, 0, 0), log.run(3, 3), log.run(6, 6), log.run(1, 2)];
    assert!(now(device.engine.take_all(frames)).is_err());
    let segments = now(device.cache.segments(CONVERSATIONS[0])).unwrap();
    let places: Vec<(u64, u64)> = segments
        .iter()
        .map(|one| (one.range.from.0, one.range.to.0))
        .collect();
    assert_eq!(places, [(3, 3)]);
}
