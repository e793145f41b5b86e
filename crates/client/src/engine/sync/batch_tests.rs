//! Frames that are applied together leave the same cache as one by one, and the counts that are kept are right.

use std::collections::BTreeMap;

use conversation::event::VERSION;
use conversation::{
    Attachment, AttachmentId, Content, ConversationId, Head, Header, Kind, MessageId, MessageText, Seq,
    SeqRange, Shape, Timestamp, Urgency,
};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::commands::Receipt;
use protocol::sync::{AccessVersion, Anchor, ConversationHead, Frame};
use protocol::wire::{WireContent, WireEvent, WireItem};
use serde_json::value::to_raw_value;
use trail::{Digest, Salt, genesis, link};
use uuid::Uuid;

use crate::api::request::ApiRequest;
use crate::cache::conformance::picture;
use crate::cache::{Cache as _, Change, Slice};
use crate::model::Draft;
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

const CONVERSATIONS: [ConversationId; 2] = [
    ConversationId(Uuid::from_u128(0x71)),
    ConversationId(Uuid::from_u128(0x72)),
];

/// The files of the message at a place, as far as they are left.
fn files(conversation: ConversationId, number: u64, left: usize) -> Vec<Attachment> {
    let id = |file: u64| {
        let of = u128::from(number) << 8 | u128::from(file);
        AttachmentId(Uuid::from_u128(conversation.0.as_u128() << 32 | of))
    };
    let files = (1..3).map(|file| Attachment {
        id: id(file),
        preview: (file == 2).then(|| id(9)),
        ..picture(file, "wond.jpg")
    });
    let listed = if number.is_multiple_of(2) { left } else { 0 };
    files.take(listed).collect()
}

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
        let mut log = Log {
            conversation,
            events: Vec::new(),
            links: vec![genesis(conversation.as_bytes())],
        };
        let mut said_before: Vec<Seq> = Vec::new();
        for (number, (who, what)) in (1..).zip(said) {
            // Of a message that was said before.
            let target = said_before
                .get(usize::from(*what / 7) % said_before.len().max(1))
                .copied();
            let text = || Some(MessageText::from(format!("tekst {number}").as_str()));
            let by = [ANNA, KARIM, SANNE][usize::from(*who % 3)];
            let (kind, text) = match (what % 7, target) {
                (0, Some(target)) => (Kind::Edited { target }, text()),
                (1, Some(target)) => (Kind::Deleted { target }, None),
                (2, _) => (Kind::Joined { members: vec![SANNE] }, None),
                _ => {
                    let message = MessageId(Uuid::from_u128(
                        conversation.0.as_u128() << 8 | u128::from(number),
                    ));
                    said_before.push(Seq(number));
                    let (reply_to, written_at) = (None, None);
                    let kind = Kind::Posted {
                        message,
                        reply_to,
                        written_at,
                        urgent: who % 4 == 1,
                    };
                    (kind, text())
                }
            };
            let at = Timestamp(1_760_000_000_000 + i64::from(*who) * 500);
            let attachments = match kind {
                Kind::Edited { target } => files(conversation, target.0, usize::from(*what) % 3),
                Kind::Posted { .. } => files(conversation, number, 2),
                _ => Vec::new(),
            };
            log.push(Header { by, at, kind }, text, attachments);
        }
        log
    }

    fn push(&mut self, header: Header, text: Option<MessageText>, attachments: Vec<Attachment>) {
        // Edits of all messages have a reason: of one that is not urgent, the server accepts none.
        let reason = text.as_ref().map(|text| format!("vanwege {}", text.body));
        let is_urgent = header.kind.is_urgent() || matches!(header.kind, Kind::Edited { .. });
        let urgency = reason.filter(|_| is_urgent).map(|reason| Urgency { reason });
        let subject = None;
        let event = WireEvent {
            number: Seq(self.links.len() as u64),
            version: VERSION,
            header: to_raw_value(&header).unwrap(),
            header_salt: Salt([1; 32]),
            content: WireContent::Kept {
                bytes: to_raw_value(&Content {
                    subject,
                    text,
                    attachments,
                    urgency,
                })
                .unwrap(),
                salt: Salt([2; 32]),
            },
            audit: Digest([3; 32]),
        };
        self.links
            .push(link(&self.links[self.events.len()], &event.body()));
        self.events.push(event);
    }

    fn run(&self, from: usize, to: usize) -> Frame {
        let items = self.events[from - 1..to].iter().cloned().map(WireItem::Event);
        Frame::Events {
            conversation: self.conversation,
            from: Seq(from as u64),
            previous: self.links[from - 1],
            items: items.collect(),
        }
    }

    fn head(&self, last: usize, read: u64, access: u64) -> Frame {
        let number = Seq(last as u64);
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
                number: Seq(access),
                rights: 0,
            },
            visible: SeqRange::new(Seq(1), number).into_iter().collect(),
            open: true,
            anchor: Anchor {
                number: Seq(0),
                link: self.links[0],
            },
            read: Seq(read),
            item_card: None,
        }))
    }

    /// The frames of a server: the head at a place with the last event, the events before it from its end,
    /// and those after it one by one. `anew`: the head comes again at the end, with more read; `purged`: and
    /// sees other places.
    fn frames(&self, plan: &Plan) -> Vec<Frame> {
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
            head.visible = SeqRange::new(Seq(all as u64), Seq(all as u64))
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
    let expected = |id| {
        let all = SeqRange::new(Seq(1), Seq(u64::MAX)).unwrap();
        let slice = Slice {
            limit: 99,
            range: all,
            newest: true,
        };
        let row = now(device.cache.conversation(id)).unwrap();
        let lists = [
            serde_json::to_string(&now(device.cache.timeline(id, slice)).unwrap()).unwrap(),
            serde_json::to_string(&now(device.cache.about(id, all)).unwrap()).unwrap(),
            serde_json::to_string(&now(device.cache.segments(id)).unwrap()).unwrap(),
        ];
        [vec![serde_json::to_string(&row).unwrap()], lists.to_vec()].concat()
    };
    CONVERSATIONS.map(|id| (id, expected(id))).into_iter().collect()
}

/// A text, the files beside it, and why it is urgent.
type Said = Option<(MessageText, Vec<Attachment>, Option<Urgency>)>;

/// The expected entries of a log that has arrived as a whole: every event as the server has it, with its
/// current text, computed independently.
fn as_the_server_has_it(log: &Log) -> BTreeMap<u64, (Header, Said, bool, bool)> {
    let header = |event: &WireEvent| event.header().unwrap();
    let text = |event: &WireEvent| {
        let content = event.content().unwrap()?;
        Some((content.text?, content.attachments, content.urgency))
    };
    let all = (1..).zip(&log.events);
    let expected = all.map(|(number, event)| {
        let own = header(event);
        let of = own.kind.target().unwrap_or(Seq(number));
        let about = || {
            (1..)
                .zip(&log.events)
                .filter(move |(_, other)| header(other).kind.target() == Some(of))
        };
        let deleted = about().any(|(_, other)| matches!(header(other).kind, Kind::Deleted { .. }));
        let last_edit = about()
            .filter(|(_, other)| matches!(header(other).kind, Kind::Edited { .. }))
            .last();
        let is_target = of == Seq(number);
        let standing = match last_edit {
            _ if deleted => None,
            // A message shows its last edit's; of the edits, the last keeps its own.
            Some((_, edit)) if is_target => text(edit),
            Some((last, edit)) if last == number => text(edit),
            Some(_) => None,
            None => text(event),
        };
        let marks = (is_target && last_edit.is_some(), is_target && deleted);
        (number, (own, standing, marks.0, marks.1))
    });
    expected.collect()
}

/// The entries on the device.
fn as_it_is_here(device: &Device, id: ConversationId) -> BTreeMap<u64, (Header, Said, bool, bool)> {
    let all = SeqRange::new(Seq(1), Seq(u64::MAX)).unwrap();
    let slice = Slice {
        limit: 99,
        range: all,
        newest: true,
    };
    let shown = now(device.cache.timeline(id, slice)).unwrap();
    let about = now(device.cache.about(id, all)).unwrap();
    let entries = shown.into_iter().chain(about);
    entries
        .map(|entry| {
            assert!(entry.text.is_some() || (entry.attachments.is_empty() && entry.urgency.is_none()));
            let said = entry.text.map(|text| (text, entry.attachments, entry.urgency));
            (entry.number.0, (entry.header, said, entry.edited, entry.deleted))
        })
        .collect()
}

/// The files that have a row: each that a message here lists, and no other (M3, M4).
fn files_here(device: &Device, id: ConversationId) -> (Vec<AttachmentId>, Vec<AttachmentId>) {
    let mut listed: Vec<AttachmentId> = as_it_is_here(device, id)
        .into_values()
        .filter(|(header, ..)| header.kind.is_message())
        .filter_map(|(_, said, ..)| Some(said?.1))
        .flatten()
        .flat_map(|file| file.uploads().collect::<Vec<_>>())
        .collect();
    listed.sort_unstable();
    let all = (1..30).flat_map(|number| files(id, number, 2));
    let all = all.flat_map(|file| file.uploads().collect::<Vec<_>>()).collect();
    let rows = now(device.cache.files(all)).unwrap();
    (rows.iter().map(|row| row.id).collect(), listed)
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
        let [mut one, mut other] = [0, 1].map(|log: usize| logs[log].frames(&plans[log]).into_iter());
        let mut frames = Vec::new();
        for turn in turns {
            frames.extend(if turn { one.next() } else { other.next() });
        }
        frames.extend(one.chain(other));

        let alone = Device::of_anna();
        for frame in frames.clone() {
            now(alone.engine.apply(frame)).unwrap();
        }
        let together = Device::of_anna();
        let mut rest = frames.as_slice();
        for cut in cuts {
            let (some, later) = rest.split_at(cut.min(rest.len()));
            now(together.engine.apply_all(some.to_vec())).unwrap();
            rest = later;
        }
        now(together.engine.apply_all(rest.to_vec())).unwrap();
        for (log, plan) in logs.iter().zip(&plans).filter(|(_, plan)| !plan.purged) {
            prop_assert_eq!(as_it_is_here(&together, log.conversation), as_the_server_has_it(log));
            let row = now(together.cache.conversation(log.conversation)).unwrap().unwrap();
            let all = log.events.len() as u64;
            let first = 1 + plan.first.index(log.events.len()) as u64;
            let read = plan.read.min(first).max(if plan.anew { all / 2 } else { 0 });
            let server = as_the_server_has_it(log);
            let others = (1..).zip(&log.events).filter(|(number, event)| {
                let header = event.header().unwrap();
                let stands = server.get(number).is_some_and(|(.., deleted)| !deleted);
                *number > read && header.kind.is_message() && header.by != ANNA && stands
            });
            prop_assert_eq!((row.read.0, row.last.0, u64::from(row.unread)), (read, all, others.count() as u64));
            let segments = now(together.cache.segments(log.conversation)).unwrap();
            let whole: Vec<_> = segments.iter().map(|one| (one.range.from.0, one.range.to.0, one.link)).collect();
            prop_assert_eq!(whole, [(1, all, log.links[log.events.len()])]);
        }
        for id in CONVERSATIONS {
            let (rows, listed) = files_here(&together, id);
            prop_assert_eq!(rows, listed);
        }
        let held = everything(&alone);
        prop_assert_eq!(&held, &everything(&together));
        recount(&alone);
        prop_assert_eq!(&held, &everything(&alone));
    }
}

// F3
#[test]
fn frames_before_one_that_cannot_be_applied_are_kept() {
    let device = Device::of_anna();
    let log = Log::of(CONVERSATIONS[0], &[(0, 9); 6]);
    let frames = vec![log.head(3, 0, 0), log.run(3, 3), log.run(6, 6), log.run(1, 2)];
    assert!(now(device.engine.apply_all(frames)).is_err());
    let segments = now(device.cache.segments(CONVERSATIONS[0])).unwrap();
    let places: Vec<(u64, u64)> = segments
        .iter()
        .map(|one| (one.range.from.0, one.range.to.0))
        .collect();
    assert_eq!(places, [(3, 3)]);
}

/// A log of nine messages by turns, and a device that has the head at its sixth and the places from the fifth on.
fn half_a_log() -> (Device, Log) {
    let device = Device::of_anna();
    let said: Vec<(u8, u8)> = (0..9).map(|who| (who, 3)).collect();
    let log = Log::of(CONVERSATIONS[0], &said);
    now(device.engine.apply_all(vec![log.head(6, 0, 0), log.run(5, 6)])).unwrap();
    (device, log)
}

fn places_here(device: &Device) -> Vec<u64> {
    as_it_is_here(device, CONVERSATIONS[0]).into_keys().collect()
}

fn row(device: &Device) -> crate::cache::ConversationRow {
    now(device.cache.conversation(CONVERSATIONS[0])).unwrap().unwrap()
}

// A1: a run that is not of the log is not taken in, wherever it claims to stand; the conversation is taken for one of a
// server that was put back, and nothing of it is overwritten.
#[test]
fn a_run_that_does_not_fit_the_known_links_is_not_applied() {
    let other = Log::of(
        CONVERSATIONS[0],
        &[
            (7, 3),
            (8, 4),
            (9, 5),
            (7, 10),
            (8, 11),
            (9, 12),
            (7, 17),
            (8, 18),
        ],
    );
    let (_, log) = half_a_log();
    assert_ne!(log.links[6], other.links[6]);
    for (case, from, to) in [
        ("after the last", 7, 8),
        ("up to the last", 5, 6),
        ("up to what is here", 3, 4),
        ("from the anchor on", 1, 2),
    ] {
        let (device, log) = half_a_log();
        if from == 1 {
            // One that follows by itself, but not from the anchor.
            let Frame::Events {
                conversation,
                from,
                items,
                ..
            } = other.run(1, 2)
            else {
                unreachable!("it is a run");
            };
            let previous = Digest([9; 32]);
            let forged = Frame::Events {
                conversation,
                from,
                previous,
                items,
            };
            now(device.engine.apply(forged)).unwrap();
        } else {
            now(device.engine.apply(other.run(from, to))).unwrap();
        }
        assert!(row(&device).restored, "{case}");
        assert_eq!(places_here(&device), [5, 6], "{case}");
        assert_eq!(
            (row(&device).last.0, row(&device).last_link),
            (6, log.links[6]),
            "{case}"
        );
        // Nothing more of it is taken, as long as that stands.
        now(device.engine.apply(log.run(7, 8))).unwrap();
        assert_eq!(places_here(&device), [5, 6], "{case}");
    }
    // The same runs of the log itself are taken.
    let (device, log) = half_a_log();
    for (from, to) in [(7, 8), (5, 6), (3, 4), (1, 2)] {
        now(device.engine.apply(log.run(from, to))).unwrap();
    }
    assert!(!row(&device).restored);
    assert_eq!(places_here(&device), [1, 2, 3, 4, 5, 6, 7, 8]);
}

// F3: what comes before its time is not put anywhere.
#[test]
fn a_run_that_leaves_a_gap_after_the_last_is_out_of_step() {
    let (device, log) = half_a_log();
    assert!(now(device.engine.apply(log.run(8, 9))).is_err());
    assert_eq!((places_here(&device), row(&device).last.0), (vec![5, 6], 6));
}

/// The same head under another access version, from which these places are seen.
fn head_that_shows(log: &Log, last: usize, places: (u64, u64), anchor: usize) -> Frame {
    let Frame::Head(mut head) = log.head(last, 0, 7) else {
        unreachable!("it is a head");
    };
    head.visible = SeqRange::new(Seq(places.0), Seq(places.1)).into_iter().collect();
    head.anchor = Anchor {
        number: Seq(anchor as u64),
        link: log.links[anchor],
    };
    Frame::Head(head)
}

// P5, P6: what one may no longer see is not kept, not even for a moment after the head that says so.
#[test]
fn places_that_the_user_may_no_longer_see_are_purged_with_the_head_that_says_so() {
    let (device, log) = half_a_log();
    now(device.engine.apply(log.run(1, 4))).unwrap();
    now(device.engine.apply(head_that_shows(&log, 6, (4, 6), 3))).unwrap();
    assert_eq!(places_here(&device), Vec::<u64>::new());
    assert!(now(device.cache.segments(CONVERSATIONS[0])).unwrap().is_empty());
    let (known, anchor) = (row(&device).visible, row(&device).anchor.number);
    assert_eq!(
        (known, anchor),
        (SeqRange::new(Seq(4), Seq(6)).into_iter().collect(), Seq(3))
    );
    // Their places arrive anew, from the new anchor on.
    now(device.engine.apply(log.run(4, 6))).unwrap();
    assert_eq!(places_here(&device), [4, 5, 6]);
}

// P5, P6
#[test]
fn a_change_of_a_text_that_was_just_purged_does_not_bring_it_back() {
    let device = Device::of_anna();
    // Six messages, and an edit of the second.
    let said = [(0, 3), (1, 3), (2, 3), (0, 3), (1, 3), (2, 3), (1, 7)];
    let log = Log::of(CONVERSATIONS[0], &said);
    now(device.engine.apply_all(vec![log.head(6, 0, 0), log.run(1, 6)])).unwrap();
    assert_eq!(places_here(&device), [1, 2, 3, 4, 5, 6]);
    let (head, run) = (head_that_shows(&log, 7, (4, 7), 3), log.run(4, 7));
    now(device.engine.apply_all(vec![head, run])).unwrap();
    assert_eq!(places_here(&device), [4, 5, 6, 7]);
}

// P5: where more is seen, what is here stays, and all of it is asked for again.
#[test]
fn places_that_the_user_still_sees_stay_while_more_is_asked_for() {
    let (device, log) = half_a_log();
    let narrower = |to| head_that_shows(&log, to, (5, 6), 0);
    now(device.engine.apply(narrower(6))).unwrap();
    now(device.engine.apply(log.run(5, 6))).unwrap();
    assert_eq!(row(&device).wanted, None);
    let Frame::Head(mut wider) = head_that_shows(&log, 6, (2, 6), 0) else {
        unreachable!("it is a head");
    };
    wider.access.number = Seq(8);
    now(device.engine.apply(Frame::Head(wider))).unwrap();
    assert_eq!(places_here(&device), [5, 6]);
    assert_eq!(row(&device).wanted, SeqRange::new(Seq(1), Seq(6)));
    // From its end, from its beginning, and one in the middle, which leaves the whole to be asked for.
    now(device.engine.apply(log.run(3, 4))).unwrap();
    assert_eq!(row(&device).wanted, SeqRange::new(Seq(1), Seq(6)));
    now(device.engine.apply(log.run(5, 6))).unwrap();
    assert_eq!(row(&device).wanted, SeqRange::new(Seq(1), Seq(4)));
    now(device.engine.apply(log.run(1, 2))).unwrap();
    assert_eq!(row(&device).wanted, SeqRange::new(Seq(3), Seq(4)));
    now(device.engine.apply(log.run(3, 4))).unwrap();
    assert_eq!(row(&device).wanted, None);
}

// P5, F3: under the same access version nothing goes and nothing is asked for again.
#[test]
fn a_head_under_the_same_access_purges_nothing() {
    let (device, log) = half_a_log();
    now(device.engine.apply(log.head(6, 4, 0))).unwrap();
    assert_eq!((places_here(&device), row(&device).wanted), (vec![5, 6], None));
    assert_eq!(row(&device).read, Seq(4));
    // How far one has read never goes back.
    now(device.engine.apply(log.head(6, 2, 0))).unwrap();
    assert_eq!(row(&device).read, Seq(4));
}

// F3
#[test]
fn a_message_that_arrives_before_its_answer_leaves_the_outbox_and_others_stay() {
    let device = Device::of_anna();
    let conversation = CONVERSATIONS[0];
    let mut log = Log::of(conversation, &[(1, 3)]);
    now(device.engine.apply_all(vec![log.head(1, 0, 0), log.run(1, 1)])).unwrap();
    let mut messages = Vec::new();
    for text in ["eerste", "tweede"] {
        let draft = Draft {
            text: text.into(),
            ..Draft::default()
        };
        device
            .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
            .unwrap();
        device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
        let sent = now(device.cache.outbox(Some(conversation))).unwrap();
        messages.push(sent.last().unwrap().command.action.makes().unwrap());
    }
    let waiting = || -> Vec<MessageId> {
        let outbox = now(device.cache.outbox(Some(conversation))).unwrap();
        outbox
            .iter()
            .filter_map(|sent| sent.command.action.makes())
            .collect()
    };
    assert_eq!(waiting(), messages);
    let kind = Kind::Posted {
        message: messages[0],
        reply_to: None,
        written_at: None,
        urgent: false,
    };
    let at = Timestamp(1_760_000_000_000);
    log.push(
        Header { by: ANNA, at, kind },
        Some(MessageText::from("eerste")),
        Vec::new(),
    );
    now(device.engine.apply(log.run(2, 2))).unwrap();
    assert_eq!(waiting(), [messages[1]]);
}
