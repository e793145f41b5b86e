//! Files of messages on their way here, and those that go again.

use std::sync::Arc;

use conversation::{Attachment, ConversationId, Kind, PictureSize};
use protocol::sync::Frame;

use super::*;
use crate::api::request::{ApiError, ApiRequest, AttachmentsAsk};
use crate::api::view::{AttachmentGroup, AttachmentList, AttachmentState};
use crate::cache::conformance::{ROSTER, WOUND, entry, file_id, posted, put};
use crate::cache::{Cache as _, Origin};
use crate::engine::uploads::PART;
use crate::runner::download_once;
use crate::testing::files::{FileRequest, no};
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

const STEP: usize = PART as usize;

/// Bytes that differ from place to place: the period is a prime number.
fn bytes_of(number: u64, size: usize) -> Vec<u8> {
    let period: Vec<u8> = (0..1_021)
        .map(|at| (at * (2 * number + 1) + at / 256) as u8)
        .collect();
    let mut bytes = period.repeat(size / period.len() + 1);
    bytes.truncate(size);
    bytes
}

/// A file as a message lists it; the server has it.
fn file(server: &Arc<Scripted>, number: u64, size: usize) -> Attachment {
    let bytes = bytes_of(number, size);
    server.files.put(file_id(number), &bytes);
    Attachment {
        id: file_id(number),
        name: "scan.dcm".into(),
        media_type: "application/dicom".into(),
        size: size as u64,
        sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
        picture: None,
        preview: None,
    }
}

fn with_preview(server: &Arc<Scripted>, number: u64, size: usize) -> Attachment {
    server.files.put(file_id(number + 1), b"\xFF\xD8\xFF\xE0 klein");
    Attachment {
        name: "wond.jpg".into(),
        media_type: "image/jpeg".into(),
        picture: Some(PictureSize {
            width: 40,
            height: 30,
        }),
        preview: Some(file_id(number + 1)),
        ..file(server, number, size)
    }
}

fn server() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

fn device(server: &Arc<Scripted>) -> Device {
    let device = Device::of_anna();
    device.sign_in(server, ANNA);
    device
}

fn step(device: &Device, server: &Arc<Scripted>) -> Result<bool, Failure> {
    now(download_once(&device.engine, server))
}

fn fetch_all(device: &Device, server: &Arc<Scripted>) {
    (0..60)
        .find(|_| step(device, server) == Ok(false))
        .expect("it ends");
}

fn state(device: &Device, conversation: ConversationId) -> AttachmentState {
    device.messages(conversation).last().unwrap().attachments[0].state
}

fn want(device: &Device, number: u64) -> Result<(), ApiError> {
    let (conversation, id) = (WOUND, file_id(number));
    device.ask(ApiRequest::FetchAttachment { conversation, id })
}

/// Nothing is fetched but what is asked for, and previews.
fn only_as_asked(device: &Device) {
    set(device, "files.days", 0);
    device.clock.advance(1);
}

fn set(device: &Device, key: &str, value: u32) {
    let value = crate::api::request::SettingValue(value.into());
    let key = key.to_owned();
    device
        .ask::<serde_json::Value>(ApiRequest::SetSetting { key, value })
        .unwrap();
}

fn came(server: &Arc<Scripted>) -> Vec<(AttachmentId, u64)> {
    let parts = server.files.came().into_iter();
    parts
        .map(|request| match request {
            FileRequest::Download(id, from) => (id, from),
            other => panic!("{other:?}"),
        })
        .collect()
}

// F2, F3
#[test]
fn a_file_that_is_asked_for_comes_in_parts_and_opens_offline() {
    let server = server();
    let device = device(&server);
    let size = 2 * STEP + 77;
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, size)]);
    only_as_asked(&device);
    assert_eq!(step(&device, &server), Ok(false));
    assert_eq!(state(&device, WOUND), AttachmentState::Remote);
    want(&device, 3).unwrap();
    assert_eq!(state(&device, WOUND), AttachmentState::Wanted);
    step(&device, &server).unwrap();
    let done = STEP as u64;
    assert_eq!(state(&device, WOUND), AttachmentState::Downloading { done });
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
    server.files.cut_off(true);
    let device = device.restart();
    assert!(device.read(file_id(3)) == bytes_of(3, size));
    assert_eq!(came(&server), [0, done, 2 * done].map(|from| (file_id(3), from)));
    let sealed = &device.sealed_bytes()[..200_000];
    assert!(!sealed.windows(64).any(|part| part == &bytes_of(3, 64)[..]));
}

// F2
#[test]
fn a_fetch_goes_on_where_it_was_after_a_break_and_a_restart() {
    let server = server();
    let device = device(&server);
    let size = 2 * STEP + 77;
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, size)]);
    step(&device, &server).unwrap();
    server.files.cut_off(true);
    assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    assert_eq!(state(&device, WOUND), AttachmentState::Remote);
    let device = device.restart();
    server.files.cut_off(false);
    device.sign_in(&server, ANNA);
    fetch_all(&device, &server);
    // The last chunk is held back until it is known not to be the last of the file.
    let went_on = came(&server)[1].1;
    assert!(went_on > 0 && went_on <= STEP as u64, "{went_on}");
    assert!(device.read(file_id(3)) == bytes_of(3, size));
}

// F1, A3
#[test]
fn a_file_that_is_not_the_one_of_the_message_is_damaged_and_deleted() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 5_000)]);
    let mut other = bytes_of(3, 5_000);
    other[4_321] ^= 1;
    for (bytes, why) in [
        (other, "another byte"),
        (bytes_of(3, 4_000), "shorter"),
        (bytes_of(3, 0), "nothing"),
    ] {
        server.files.put(file_id(3), &bytes);
        want(&device, 3).unwrap();
        fetch_all(&device, &server);
        let fault = AttachmentFault::Damaged;
        assert_eq!(
            state(&device, WOUND),
            AttachmentState::Unavailable { fault },
            "{why}"
        );
        assert!(device.files.names().unwrap().is_empty(), "{why}");
        assert_eq!(now(device.cache.file_names()).unwrap(), [], "{why}");
    }
    // The right one, when it is asked for again.
    server.files.put(file_id(3), &bytes_of(3, 5_000));
    want(&device, 3).unwrap();
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// F1
#[test]
fn a_file_that_became_damaged_here_is_an_error_and_is_fetched_anew_when_asked_for() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 5_000)]);
    fetch_all(&device, &server);
    let name = device.files.names().unwrap()[0];
    device.files.write(name, 3_000, &[0; 9]).unwrap();
    let opened = now(device.engine.open_file(file_id(3))).unwrap();
    assert_eq!(opened.err(), Some(AttachmentFault::Damaged));
    want(&device, 3).unwrap();
    fetch_all(&device, &server);
    assert!(device.read(file_id(3)) == bytes_of(3, 5_000));
    assert_eq!(device.files.names().unwrap().len(), 1);
}

// P5
#[test]
fn a_file_that_is_not_there_or_infected_is_said_and_asked_for_by_nobody_else() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 5_000)]);
    for (code, fault) in [
        (ErrorCode::NotFound, AttachmentFault::NotAllowed),
        (ErrorCode::AttachmentInfected, AttachmentFault::Infected),
    ] {
        server.files.fail_next(no(code));
        fetch_all(&device, &server);
        assert_eq!(state(&device, WOUND), AttachmentState::Unavailable { fault });
        server.files.came();
        fetch_all(&device, &server);
        assert_eq!(came(&server), []);
        want(&device, 3).unwrap();
    }
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// P5, F3
#[test]
fn a_file_that_may_not_be_opened_for_a_moment_comes_by_itself_after_an_hour() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 5_000)]);
    server.files.fail_next(no(ErrorCode::NotFound));
    fetch_all(&device, &server);
    server.files.came();
    device.clock.advance(NOT_ALLOWED - 1);
    device.sign_in(&server, ANNA);
    fetch_all(&device, &server);
    assert_eq!(came(&server), []);
    device.clock.advance(1);
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// F2: damaged on the server, its answer breaks off each time
#[test]
fn a_file_whose_answer_breaks_off_each_time_does_not_hold_up_the_others() {
    let server = server();
    let (bad, good) = (file(&server, 1, 500), file(&server, 2, 400));
    let device = device(&server);
    device.engine.set_connection(Connection::Online);
    only_as_asked(&device);
    device.accepted(WOUND, 5, KARIM, "Kapot", vec![bad]);
    device.accepted(WOUND, 6, KARIM, "Goed", vec![good]);
    want(&device, 2).unwrap();
    device.clock.advance(1);
    want(&device, 1).unwrap();
    for _ in 0..3 {
        server.files.fail_next(Failure::Unreachable);
        assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    }
    assert_eq!(came(&server), [(file_id(1), 0); 3]);
    fetch_all(&device, &server);
    assert_eq!(came(&server), [(file_id(2), 0)]);
    // Asked for once more, or after a while, it is tried.
    want(&device, 1).unwrap();
    fetch_all(&device, &server);
    assert_eq!(came(&server), [(file_id(1), 0)]);
}

// F2, F3
#[test]
fn without_a_network_no_file_is_postponed() {
    let server = server();
    let bad = file(&server, 1, 500);
    let device = device(&server);
    device.engine.set_connection(Connection::Offline);
    only_as_asked(&device);
    device.accepted(WOUND, 5, KARIM, "Even niet", vec![bad]);
    want(&device, 1).unwrap();
    for _ in 0..5 {
        server.files.fail_next(Failure::Unreachable);
        assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    }
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// F2
#[test]
fn a_file_that_is_not_checked_yet_is_asked_for_again_after_a_while() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 5_000)]);
    server.files.fail_next(Failure::Server {
        code: ErrorCode::AttachmentNotChecked,
        retry_after: Some(20),
    });
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Unchecked);
    device.clock.advance(19_999);
    assert_eq!(step(&device, &server), Ok(false));
    device.clock.advance(1);
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// F2, F4
#[test]
fn a_full_disk_is_said_and_nothing_partial_stays() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, STEP + 9)]);
    device.accepted(ROSTER, 5, KARIM, "En deze", vec![file(&server, 5, STEP + 9)]);
    device.files.limit(Some(1_000_000));
    fetch_all(&device, &server);
    let fault = AttachmentFault::DiskFull;
    let states = [state(&device, WOUND), state(&device, ROSTER)];
    // The other one is not tried in vain, too.
    assert!(
        states.contains(&AttachmentState::Unavailable { fault }) && states.contains(&AttachmentState::Remote)
    );
    assert!(device.files.names().unwrap().is_empty());
    device.files.limit(None);
    want(&device, 3).unwrap();
    fetch_all(&device, &server);
    assert_eq!(state(&device, WOUND), AttachmentState::Here);
}

// F2, F3
#[test]
fn previews_of_all_messages_come_then_the_files_of_the_last_days() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Oud", vec![with_preview(&server, 1, 4_000)]);
    device.clock.advance(31 * Timestamp::DAY);
    device.accepted(ROSTER, 5, KARIM, "Nieuw", vec![with_preview(&server, 3, 4_000)]);
    device.clock.advance(Timestamp::DAY);
    device.sign_in(&server, ANNA);
    fetch_all(&device, &server);
    let order: Vec<AttachmentId> = came(&server).into_iter().map(|(id, _)| id).collect();
    assert_eq!(order, [4, 2, 3].map(file_id));
    assert_eq!(state(&device, WOUND), AttachmentState::Remote);
    let preview = now(device.cache.file(file_id(2))).unwrap().unwrap();
    assert_eq!(
        (preview.media_type.as_str(), preview.size),
        ("image/jpeg", Some(10))
    );
    assert_eq!(device.read(file_id(2)), b"\xFF\xD8\xFF\xE0 klein");
    // A file that is larger than a preview may be is none.
    device.accepted(WOUND, 6, KARIM, "Groot", vec![with_preview(&server, 7, 40)]);
    server
        .files
        .put(file_id(8), &bytes_of(1, LARGEST_PREVIEW as usize + 9));
    fetch_all(&device, &server);
    let preview = now(device.cache.file(file_id(8))).unwrap().unwrap();
    assert_eq!(preview.fault, Some(AttachmentFault::Damaged));
}

// F2
#[test]
fn within_the_budget_the_least_recently_used_goes_and_what_is_pinned_stays() {
    let server = server();
    let device = device(&server);
    set(&device, "files.budget_mb", 1);
    for (place, number) in [(5, 1), (6, 3), (7, 5)] {
        device.accepted(WOUND, place, KARIM, "Scan", vec![file(&server, number, 400_000)]);
        device.clock.advance(1_000);
        fetch_all(&device, &server);
    }
    let is_here = |number| now(device.cache.file(file_id(number))).unwrap().unwrap().whole;
    assert_eq!(
        [1, 3, 5].map(is_here),
        [true, true, false],
        "the third does not fit by itself"
    );
    let (conversation, pinned) = (WOUND, true);
    let id = file_id(1);
    device
        .ask::<()>(ApiRequest::PinAttachment {
            conversation,
            id,
            pinned,
        })
        .unwrap();
    want(&device, 5).unwrap();
    fetch_all(&device, &server);
    assert_eq!([1, 3, 5].map(is_here), [true, false, true]);
    assert_eq!(device.files.names().unwrap().len(), 2);
    // A file that went does not come back by itself.
    server.files.came();
    device.clock.advance(Timestamp::MINUTE);
    fetch_all(&device, &server);
    assert_eq!(came(&server), []);
}

// F2
#[test]
fn a_fetch_that_is_cancelled_leaves_nothing_and_is_not_begun_again_by_itself() {
    let server = server();
    let device = device(&server);
    device.accepted(WOUND, 5, KARIM, "Zie de scan", vec![file(&server, 3, 2 * STEP)]);
    want(&device, 3).unwrap();
    let part = now(device.engine.next_download()).unwrap().unwrap();
    let (conversation, id) = (WOUND, file_id(3));
    device
        .ask::<()>(ApiRequest::CancelFetch { conversation, id })
        .unwrap();
    // Its part was on the way.
    let answer = Ok(Bytes::from(bytes_of(3, STEP)));
    now(device.engine.downloaded(part, answer)).unwrap();
    fetch_all(&device, &server);
    now(device.engine.sweep_files()).unwrap();
    assert_eq!(state(&device, WOUND), AttachmentState::Remote);
    assert!(device.files.names().unwrap().is_empty());
    assert_eq!(came(&server), []);
}

// M4, P5, P6
#[test]
fn a_deletion_an_edit_and_a_purge_take_files_along_also_while_they_come() {
    for how in ["deleted", "edited", "gone", "purged"] {
        let server = server();
        let device = device(&server);
        let files = vec![file(&server, 1, 4_000), file(&server, 3, 2 * STEP)];
        device.accepted(WOUND, 5, KARIM, "Zie", files.clone());
        want(&device, 1).unwrap();
        fetch_all_but_the_last(&device, &server);
        let part = now(device.engine.next_download()).unwrap().unwrap();
        assert_eq!(device.files.names().unwrap().len(), 2);
        let change = match how {
            "deleted" => {
                let mut gone = posted(5, KARIM, "");
                (gone.text, gone.deleted) = (None, true);
                put(WOUND, gone)
            }
            "edited" => put(WOUND, posted(5, KARIM, "Toch niet")),
            "purged" => Change::DropEntries(WOUND, crate::cache::conformance::range(1, 9)),
            _ => {
                now(device.engine.apply(Frame::Gone { conversation: WOUND })).unwrap();
                put(ROSTER, entry(1, KARIM, Kind::Unknown, None))
            }
        };
        now(device.cache.write(vec![change])).unwrap();
        assert_eq!(
            now(device.cache.file_names()).unwrap(),
            [],
            "{how}: the keys are gone"
        );
        now(device.engine.downloaded(part, Ok(Bytes::from(bytes_of(3, STEP))))).unwrap();
        now(device.engine.sweep_files()).unwrap();
        assert!(device.files.names().unwrap().is_empty(), "{how}");
        assert!(now(device.cache.file(file_id(3))).unwrap().is_none(), "{how}");
        assert!(
            now(device.engine.open_file(file_id(1))).unwrap().is_err(),
            "{how}"
        );
    }
}

/// The small file whole, and a part of the large one.
fn fetch_all_but_the_last(device: &Device, server: &Arc<Scripted>) {
    step(device, server).unwrap();
    step(device, server).unwrap();
    let row = now(device.cache.file(file_id(3))).unwrap().unwrap();
    assert!(!row.whole && row.received > 0 && row.origin == Origin::Listed);
}

// P5
#[test]
fn a_file_is_asked_for_in_its_own_conversation_alone() {
    let server = server();
    let device = device(&server);
    device.accepted(ROSTER, 5, KARIM, "Elders", vec![file(&server, 3, 9)]);
    device.accepted(WOUND, 5, KARIM, "Hier", vec![file(&server, 5, 9)]);
    let fault = AttachmentFault::NotAllowed;
    assert_eq!(want(&device, 3), Err(ApiError::Attachment { fault }));
    assert_eq!(want(&device, 9), Err(ApiError::Attachment { fault }));
    assert_eq!(want(&device, 5), Ok(()));
}

// M6
#[test]
fn the_files_of_a_conversation_are_listed_by_group_the_newest_first() {
    let server = server();
    let device = device(&server);
    for place in 1..=6 {
        let number = 10 * place;
        let mut letter = file(&server, number + 5, 9);
        letter.media_type = "application/pdf".into();
        let files = vec![with_preview(&server, number, 9), letter];
        device.accepted(WOUND, place, KARIM, "", files);
    }
    let list = |kind, before: Option<u64>, limit| {
        let before = before.map(conversation::Seq);
        let ask = AttachmentsAsk { kind, before, limit };
        let conversation = WOUND;
        let list: AttachmentList = device.ask(ApiRequest::Attachments { conversation, ask }).unwrap();
        let ids = list.rows.iter().map(|row| (row.number.0, row.attachment.id));
        (ids.collect::<Vec<_>>(), list.more)
    };
    let (all, more) = list(None, None, 3);
    let of = |places: &[u64]| -> Vec<(u64, AttachmentId)> {
        places
            .iter()
            .flat_map(|place| [(*place, file_id(10 * place)), (*place, file_id(10 * place + 5))])
            .collect()
    };
    assert_eq!(
        (all, more),
        (of(&[6, 5]), true),
        "a message's files stay together"
    );
    assert_eq!(list(None, Some(3), 50), (of(&[2, 1]), false));
    let (letters, more) = list(Some(AttachmentGroup::Document), Some(4), 2);
    assert_eq!((letters, more), (vec![(3, file_id(35)), (2, file_id(25))], true));
    assert_eq!(list(Some(AttachmentGroup::Other), None, 9), (vec![], false));
}
