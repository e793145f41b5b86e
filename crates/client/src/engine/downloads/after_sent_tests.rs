//! The state that the sender sees of a file that the scanner answers for after its message was accepted.

use std::sync::Arc;

use conversation::{Attachment, Timestamp};

use super::*;
use crate::api::request::{ApiRequest, Filter, Only, Order, OverviewAsk};
use crate::api::view::{AttachTo, AttachmentState, AttachmentView, Overview, SyncStatus};
use crate::cache::conformance::WOUND;
use crate::cache::{Cache as _, Origin};
use crate::model::Invalidated;
use crate::runner::download_once;
use crate::testing::files::{FileRequest, no};
use crate::testing::{ANNA, Device, Scripted, now};

const LETTER: &[u8] = b"%PDF-1.7 verwijzing";

/// Anna's device, which has just sent a letter that the server accepted.
fn sent(server: &Arc<Scripted>) -> (Device, AttachmentId) {
    let device = Device::of_anna();
    device.sign_in(server, ANNA);
    device.accepted(WOUND, 4, ANNA, "Dag", vec![]);
    let to = AttachTo::Conversation { conversation: WOUND };
    let id = device.attach(to, "brief.pdf", LETTER).unwrap().id;
    let mut row = now(device.cache.file(id)).unwrap().unwrap();
    row.origin = Origin::Outgoing;
    let attachment: Attachment = row.attachment().unwrap();
    now(device.cache.write(vec![Change::PutFile(Box::new(row))])).unwrap();
    server.files.put(id, LETTER);
    device.accepted(WOUND, 5, ANNA, "Zie de brief", vec![attachment]);
    (device, id)
}

fn server() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|_| Err(Failure::Unreachable)))
}

fn step(device: &Device, server: &Arc<Scripted>) -> Result<bool, Failure> {
    now(download_once(&device.engine, server))
}

fn letter(device: &Device) -> AttachmentView {
    device.messages(WOUND).pop().unwrap().attachments.pop().unwrap()
}

/// Of its conversation, and of all.
fn failed(device: &Device) -> (u32, u32) {
    let ask = OverviewAsk {
        filter: Filter::Active,
        only: Only::default(),
        order: Order::Latest,
        query: String::new(),
        from: 0,
        limit: 9,
    };
    let overview: Overview = device.ask(ApiRequest::Overview { ask }).unwrap();
    let status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).unwrap();
    (overview.rows[0].failed, status.failed)
}

// F2
#[test]
fn a_file_that_was_sent_is_asked_about_once_and_stays_here() {
    let server = server();
    let (device, id) = sent(&server);
    assert_eq!(letter(&device).state, AttachmentState::Here);
    assert_eq!(step(&device, &server), Ok(true));
    assert_eq!(server.files.came(), [FileRequest::Download(id, 0)]);
    assert_eq!(step(&device, &server), Ok(false));
    assert_eq!(
        (letter(&device).state, failed(&device)),
        (AttachmentState::Here, (0, 0))
    );
    assert!(device.read(id) == LETTER);
}

// F2
#[test]
fn a_file_that_is_not_scanned_yet_is_asked_about_until_it_is() {
    let server = server();
    let (device, id) = sent(&server);
    server.files.fail_next(no(ErrorCode::AttachmentNotChecked));
    assert_eq!(step(&device, &server), Ok(true));
    assert_eq!(letter(&device).state, AttachmentState::Unchecked);
    assert_eq!(step(&device, &server), Ok(false), "not before a minute passed");
    device.clock.advance(Timestamp::MINUTE);
    assert_eq!(step(&device, &server), Ok(true));
    assert_eq!(letter(&device).state, AttachmentState::Here);
    assert_eq!(server.files.came(), [FileRequest::Download(id, 0); 2]);
    device.clock.advance(5 * Timestamp::MINUTE);
    assert_eq!(step(&device, &server), Ok(false));
}

// F2
#[test]
fn a_file_that_is_refused_afterwards_is_shown_until_the_sender_acknowledges_it() {
    let server = server();
    let (device, id) = sent(&server);
    server.files.fail_next(no(ErrorCode::AttachmentNotChecked));
    step(&device, &server).unwrap();
    device.clock.advance(Timestamp::MINUTE);
    server.files.fail_next(no(ErrorCode::AttachmentInfected));
    let mut invalidated = device.engine.subscribe();
    step(&device, &server).unwrap();
    assert!(invalidated.try_recv().unwrap().contains(&Invalidated::Overview));
    let fault = AttachmentFault::Infected;
    assert_eq!(letter(&device).state, AttachmentState::Unavailable { fault });
    assert!(letter(&device).unacknowledged);
    assert_eq!(failed(&device), (1, 1));
    assert!(
        device.files.names().unwrap().is_empty(),
        "its bytes are gone here, too"
    );
    let conversation = WOUND;
    device
        .ask::<()>(ApiRequest::AcknowledgeRefused { conversation, id })
        .unwrap();
    assert!(invalidated.try_recv().unwrap().contains(&Invalidated::SyncStatus));
    assert_eq!((letter(&device).unacknowledged, failed(&device)), (false, (0, 0)));
    assert_eq!(letter(&device).state, AttachmentState::Unavailable { fault });
    assert_eq!(step(&device, &server), Ok(false));
}

// F2: without a network, and where the message was deleted meanwhile
#[test]
fn a_question_without_an_answer_is_asked_again_and_one_about_a_deleted_message_is_not() {
    let server = server();
    let (device, _) = sent(&server);
    server.files.cut_off(true);
    assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    assert_eq!(letter(&device).state, AttachmentState::Here);
    server.files.cut_off(false);
    server.files.fail_next(no(ErrorCode::NotFound));
    assert_eq!(step(&device, &server), Ok(true));
    assert_eq!(step(&device, &server), Ok(false));
    assert_eq!(
        (letter(&device).state, failed(&device)),
        (AttachmentState::Here, (0, 0))
    );
}
