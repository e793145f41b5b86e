//! The file and the memory answer alike after any changes.

use conversation::{Kind, Shape, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use super::*;
use crate::cache::conformance::*;
use crate::cache::memory::MemoryCache;

const PEOPLE: [MembershipId; 3] = [MIEKE, JORIS, SANNE];
const CONVERSATIONS: [ConversationId; 3] = [WOUND, ROSTER, INTAKE];
const LAST: u64 = 9;

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn some_range() -> impl Strategy<Value = SeqRange> {
    (1..=LAST, 0..=LAST).prop_map(|(from, more)| range(from, from + more))
}

fn some_entry() -> impl Strategy<Value = Entry> {
    (1..=LAST, one_of(&PEOPLE), 0..6_u8, any::<bool>()).prop_map(|(number, by, what, edited)| {
        let target = Seq(number / 2 + 1);
        let mut entry = match what {
            0 => joined(number, by),
            1 => edit(number, by, target.0, "beter"),
            _ => posted(number, by, "Verband wisselen"),
        };
        if what == 2 {
            entry.header.kind = Kind::Deleted { target };
        }
        if what <= 3 {
            entry.text = None;
        }
        if what == 5 {
            entry.attachments = vec![picture(10 * number + u64::from(edited), "wond.jpg")];
        }
        entry.edited = edited;
        entry
    })
}

fn some_row() -> impl Strategy<Value = ConversationRow> {
    let numbers = [0..=4_u64, 0..=4, 0..=4, 0..=4, 0..=4];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (one_of(&CONVERSATIONS), 0..3_i64, numbers, flags).prop_map(
        |(id, at, [last, anchor, read, sent, archived], (direct, subject, wanted, is_archived))| {
            let mut row = row(id, at);
            (row.last, row.anchor.number) = (Seq(last), Seq(anchor));
            (row.read, row.read_sent) = (Seq(read), Seq(sent));
            row.archived_at = is_archived.then_some(Seq(archived));
            row.muted = archived % 2 == 1;
            row.last_message = (read > 1).then_some(Seq(sent));
            row.unread = u32::try_from(anchor).unwrap() % 3;
            row.wanted = wanted.then(|| range(1, 2));
            row.pair = Some((PEOPLE[0], PEOPLE[1]));
            if direct {
                row.head.shape = Shape::Direct;
            }
            if !subject {
                row.head.subject = None;
            }
            row
        },
    )
}

fn some_change() -> impl Strategy<Value = Change> {
    let of = || one_of(&CONVERSATIONS);
    let segments = prop_oneof![
        Just(vec![]),
        (0..=3_u64, 0..=3_u64).prop_map(|(from, more)| vec![segment(from + 1, from + 1 + more)]),
        Just(vec![segment(1, 2), segment(4, 4)]),
    ];
    let own = prop::sample::subsequence(&PEOPLE[..], 0..=2);
    let order = 1..=4_u64;
    prop_oneof![
        4 => some_row().prop_map(save),
        1 => of().prop_map(Change::DropConversation),
        12 => (of(), some_entry()).prop_map(|(id, entry)| put(id, entry)),
        2 => (of(), some_range()).prop_map(|(id, range)| Change::DropEntries(id, range)),
        3 => (of(), segments).prop_map(|(id, segments)| Change::PutSegments(id, segments)),
        4 => (of(), own).prop_map(|(conversation, own)| Change::Recount { conversation, own }),
        1 => vec(one_of(&PEOPLE), 0..3)
            .prop_map(|some| Change::PutCards(some.into_iter().map(|one| card(one, "Noor")).collect())),
        3 => (order.clone(), of()).prop_map(|(order, id)| Change::PutOutbox(Box::new(command(order, id)))),
        1 => order.clone().prop_map(Change::DropOutbox),
        2 => (of(), any::<bool>()).prop_map(|(id, a)| Change::PutDraft(draft(id, if a { "a" } else { "b" }))),
        1 => of().prop_map(Change::DropDraft),
        1 => order.clone().prop_map(|one| Change::PutRecovered(RecoveredRow {
            id: message(one),
            destination: "Mieke".into(),
            text: "gered".into(),
            attachments: Vec::new(),
            written_at: Timestamp(4),
            perhaps_sent: false,
            person: None,
        })),
        1 => order.prop_map(|one| Change::DropRecovered(message(one))),
        3 => (1..=LAST, of(), 0..3_u8).prop_map(|(number, id, origin)| Change::PutFile(Box::new(some_file(number, id, origin)))),
        1 => (1..=LAST).prop_map(|number| Change::DropFile(file_id(10 * number))),
        1 => (1..=LAST).prop_map(|number| Change::PutUpload(UploadRow::new(file_id(number)))),
        1 => (1..=LAST).prop_map(|number| Change::DropUpload(file_id(number))),
        2 => (of(), of()).prop_map(|(from, to)| Change::Rename { from, to }),
        1 => any::<bool>().prop_map(|a| Change::PutMeta("display", a.to_string())),
        1 => any::<bool>().prop_map(|a| Change::PutMeta("session", a.to_string())),
        1 => Just(Change::DropMeta("session")),
        1 => Just(Change::Clear),
    ]
}

/// Not sent, or of a message that may have listed it.
fn some_file(number: u64, id: ConversationId, origin: u8) -> FileRow {
    match origin {
        0 => file(10 * number, None, Origin::Draft),
        1 => file(10 * number, Some(id), Origin::Outgoing),
        _ => FileRow {
            number: Some(Seq(number)),
            wanted: number.is_multiple_of(2),
            whole: number.is_multiple_of(3),
            ..file(10 * number, Some(id), Origin::Listed)
        },
    }
}

/// All that is known of files.
async fn files(cache: &dyn Cache) -> Vec<Vec<FileRow>> {
    let mut all = vec![
        cache.files((1..=100).map(file_id).collect()).await.unwrap(),
        cache.unsent_files().await.unwrap(),
        cache.least_used(3).await.unwrap(),
        cache.refused_files().await.unwrap(),
    ];
    for which in [
        ToFetch::Wanted,
        ToFetch::Previews,
        ToFetch::Since(Timestamp(4_000)),
        ToFetch::Asking,
    ] {
        all.push(cache.to_fetch(which, Timestamp(9), 4).await.unwrap());
    }
    all
}

/// All that can be read.
pub(super) async fn everything(cache: &dyn Cache) -> Vec<String> {
    let mut all = Vec::new();
    macro_rules! record {
        ($($answer:expr),* $(,)?) => {$({
            let answer = serde_json::to_string(&$answer.await.unwrap()).unwrap();
            all.push(format!("{}: {answer}", stringify!($answer)));
        })*};
    }
    for listed in [Listed::Active, Listed::Unread, Listed::Read, Listed::Archived] {
        record!(
            cache.overview(listed, 0, 9),
            cache.overview(listed, 1, 1),
            cache.overview_count(listed),
        );
    }
    let mut mentioned = cache.mentioned(vec![JORIS, MIEKE]).await.unwrap();
    mentioned.sort_unstable();
    all.push(format!("mentioned: {mentioned:?}"));
    record!(
        cache.unsettled(),
        cache.conversation_ids(),
        cache.direct(JORIS, MIEKE),
        cache.cards(vec![SANNE, MIEKE]),
        cache.all_cards(),
        cache.outbox(None),
        cache.drafts(),
        cache.recovered(),
        cache.meta("display"),
        cache.meta("session"),
        cache.to_index(),
        cache.uploads(),
        cache.bytes_kept(),
    );
    all.push(format!("names: {:?}", cache.file_names().await.unwrap()));
    // Of several messages, each takes in another first.
    if cache.to_index().await.unwrap() == 0 {
        for (query, within) in [
            ("verb", None),
            ("issel", Some(WOUND)),
            ("ve wi", None),
            ("wond jpg", Some(ROSTER)),
        ] {
            let terms = matching::Terms::of(query);
            let search = Search {
                terms,
                within: within.map(|id| vec![id]),
                limit: 99,
                ..Search::default()
            };
            let found = cache.found(search).await.unwrap().entries;
            let mut found: Vec<_> = found.iter().map(|one| (one.conversation, one.number)).collect();
            found.sort_unstable();
            all.push(format!("{query}: {found:?}"));
        }
    }
    for order in 1..=4 {
        record!(cache.outbox_of(command(order, WOUND).command.id));
    }
    for id in CONVERSATIONS {
        record!(
            cache.conversation(id),
            cache.alias(id),
            cache.segments(id),
            cache.outbox(Some(id)),
            cache.draft(id),
            cache.attached(id, Seq(8), 3),
            cache.first_unread(id, Seq(3), vec![]),
            cache.first_unread(id, Seq(0), vec![MIEKE, JORIS]),
        );
        for (limit, range, newest) in [
            (99, range(1, u64::MAX), true),
            (2, range(2, 7), true),
            (2, range(2, 7), false),
        ] {
            record!(
                cache.timeline(id, Slice { limit, range, newest }),
                cache.about(id, range)
            );
        }
        for number in 1..=LAST {
            record!(cache.entry(id, Seq(number)), cache.message(id, message(number)));
        }
    }
    record!(cache.message(WOUND, MessageId(Uuid::nil())));
    all
}

// F3
#[test]
fn after_any_changes_file_and_memory_answer_alike() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = Config {
        cases: 20,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let lists = vec((vec(some_change(), 0..14), 0..6_u32), 1..8);
    runner
        .run(&lists, |lists| {
            runtime.block_on(async {
                let (_folder, file) = open().await;
                let memory = MemoryCache::default();
                for (changes, index) in lists {
                    memory.write(changes.clone()).await.unwrap();
                    file.write(changes).await.unwrap();
                    assert_eq!(
                        file.index(index).await.unwrap(),
                        memory.index(index).await.unwrap()
                    );
                    let (held, wanted) = (everything(&file).await, everything(&memory).await);
                    assert!(files(&file).await == files(&memory).await);
                    for (held, wanted) in held.iter().zip(&wanted) {
                        assert_eq!(held, wanted);
                    }
                }
                Ok(())
            })
        })
        .unwrap();
}
