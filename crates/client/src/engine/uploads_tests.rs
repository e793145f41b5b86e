//! Every arrow of an upload, and the commands that wait for one.

#[path = "taking_back_tests.rs"]
mod taking_back;

use std::sync::Arc;

use conversation::{MessageId, MessageText, Shape, Timestamp};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use serde_json::Value;

use super::*;
use crate::api::request::ApiRequest;
use crate::api::view::{
    AttachTo, AttachmentState, AttachmentView, ConversationView, Draft, MessageState, MessageView,
};
use crate::cache::conformance::{INTAKE, WOUND, message};
use crate::cache::{Cache as _, Origin};
use crate::runner::{send_once, upload_once};
use crate::testing::files::{FileRequest, bitmap, no};
use crate::testing::{ANNA, Device, KARIM, SANNE, Scripted, now};

const PDF: &[u8] = b"%PDF-1.7 verwijzing";
const BIG: usize = 9 * 1024 * 1024;
const STEP: u64 = PART as u64;

/// Anna's device, in two conversations with Karim, who is of another organisation; messages leave at once.
fn device(server: &Arc<Scripted>) -> Device {
    let device = waiting_device(server);
    set(&device, "files.take_back_seconds", 0);
    device
}

fn waiting_device(server: &Arc<Scripted>) -> Device {
    let device = Device::of_anna();
    device.sign_in(server, ANNA);
    for conversation in [WOUND, INTAKE] {
        device.accepted(conversation, 4, KARIM, "Stuurt u een foto?", vec![]);
    }
    device
}

fn set(device: &Device, key: &str, value: u32) {
    let value = crate::api::request::SettingValue(value.into());
    let key = key.to_owned();
    device
        .ask::<Value>(ApiRequest::SetSetting { key, value })
        .unwrap();
}

fn accepting() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|request| Ok(accepted(request))))
}

/// Every command is refused: its files are not there.
fn refusing() -> Arc<Scripted> {
    Arc::new(Scripted::answering(|request| {
        let refused = |command: &serde_json::value::RawValue| {
            let value: Value = serde_json::from_str(command.get()).unwrap();
            Answer::Refused {
                command: Some(value["id"].as_str().unwrap().parse().unwrap()),
                refusal: Refusal::AttachmentNotThere,
                about: Vec::new(),
            }
        };
        Ok(CommandsAnswer::new(
            request.commands.iter().map(|command| refused(command)).collect(),
        ))
    }))
}

fn accepted(request: &CommandsRequest) -> CommandsAnswer {
    let answer = |command: &serde_json::value::RawValue| {
        let value: Value = serde_json::from_str(command.get()).unwrap();
        Answer::Accepted {
            command: value["id"].as_str().unwrap().parse().unwrap(),
            conversation: value["conversation"].as_str().unwrap().parse().unwrap(),
            receipt: None,
        }
    };
    CommandsAnswer::new(request.commands.iter().map(|command| answer(command)).collect())
}

/// Bytes that differ from place to place: the period is a prime number.
fn big() -> Vec<u8> {
    let mut bytes = PDF.to_vec();
    let period: Vec<u8> = (0..1_021_u32).map(|at| (at * 7 + at / 256) as u8).collect();
    bytes.extend(period.repeat(BIG / period.len() + 1));
    bytes.truncate(BIG);
    bytes
}

fn write(device: &Device, conversation: ConversationId, draft: Draft) {
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
}

fn say(device: &Device, conversation: ConversationId, text: &str) -> MessageId {
    let draft = Draft {
        text: text.into(),
        ..Draft::default()
    };
    write(device, conversation, draft);
    outbox(device).last().unwrap().command.action.makes().unwrap()
}

fn attach(device: &Device, conversation: ConversationId, bytes: &[u8]) -> AttachmentView {
    let to = AttachTo::Conversation { conversation };
    device.attach(to, "brief.pdf", bytes).unwrap()
}

fn outbox(device: &Device) -> Vec<OutboxRow> {
    now(device.cache.outbox(None)).unwrap()
}

/// The texts in the next request; they are on their way afterwards.
fn taken(device: &Device) -> Vec<String> {
    let Some(outgoing) = now(device.engine.outgoing()).unwrap() else {
        return Vec::new();
    };
    let text = |command: &serde_json::value::RawValue| {
        let value: Value = serde_json::from_str(command.get()).unwrap();
        let body = &value["text"]["body"];
        body.as_str().or(value["do"].as_str()).unwrap_or("?").to_owned()
    };
    outgoing
        .request
        .commands
        .iter()
        .map(|command| text(command))
        .collect()
}

fn last(device: &Device, conversation: ConversationId) -> MessageView {
    device.messages(conversation).pop().unwrap()
}

fn file_state(device: &Device, conversation: ConversationId) -> AttachmentState {
    last(device, conversation).attachments[0].state
}

fn draft_of(device: &Device, conversation: ConversationId) -> (Option<String>, Vec<String>) {
    let view: ConversationView = device.ask(ApiRequest::Conversation { conversation }).unwrap();
    let names = view.draft_attachments.into_iter().map(|file| file.name);
    (view.draft.map(|draft| draft.text.body), names.collect())
}

fn step(device: &Device, server: &Arc<Scripted>) -> Result<bool, Failure> {
    now(upload_once(&device.engine, server))
}

fn upload_all(device: &Device, server: &Arc<Scripted>) {
    (0..60)
        .find(|_| step(device, server) == Ok(false))
        .expect("it ends");
}

// F2, M6
#[test]
fn files_go_up_in_parts_and_their_message_after_them() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, &big());
    say(&device, WOUND, "Zie de brief");
    assert_eq!(file_state(&device, WOUND), AttachmentState::Queued);
    assert_eq!(now(send_once(&device.engine, &server)), Ok(false));
    assert!(server.files.is_empty(), "nothing leaves by gathering or waiting");
    step(&device, &server).unwrap();
    step(&device, &server).unwrap();
    assert_eq!(
        file_state(&device, WOUND),
        AttachmentState::Uploading { done: STEP }
    );
    upload_all(&device, &server);
    let parts = [0, STEP, 2 * STEP].map(|offset| FileRequest::Part(file.id, offset));
    assert_eq!(
        server.files.came(),
        [&[FileRequest::Begin(file.id)], &parts[..]].concat()
    );
    let uploaded = server.files.uploaded(file.id).unwrap();
    assert!(uploaded.bytes == big());
    assert_eq!(
        (uploaded.name.as_str(), uploaded.conversation),
        ("brief.pdf", WOUND)
    );
    assert_eq!(file_state(&device, WOUND), AttachmentState::Uploaded);
    assert_eq!(now(send_once(&device.engine, &server)), Ok(true));
    assert!(matches!(outbox(&device)[0].state, OutboxState::Accepted { .. }));
    assert!(now(device.cache.uploads()).unwrap().is_empty());
    // Its event arrives: the file is here.
    let attachments = outbox(&device)[0].command.action.attachments().to_vec();
    device.accepted(WOUND, 5, ANNA, "Zie de brief", attachments);
    now(device.engine.sweep_files()).unwrap();
    let row = now(device.cache.file(file.id)).unwrap().unwrap();
    assert_eq!((row.origin, row.whole), (Origin::Listed, true));
    assert!(device.read(file.id) == big());
}

// F2, M7
#[test]
fn an_upload_goes_on_where_the_server_is_after_a_break_and_after_a_restart() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, &big());
    say(&device, WOUND, "Zie de brief");
    step(&device, &server).unwrap();
    step(&device, &server).unwrap();
    server.files.break_after(1_000_003);
    assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    assert_eq!(file_state(&device, WOUND), AttachmentState::Paused { done: STEP });
    server.files.cut_off(true);
    assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    let device = device.restart();
    assert_eq!(file_state(&device, WOUND), AttachmentState::Paused { done: STEP });
    server.files.cut_off(false);
    server.files.came();
    device.sign_in(&server, ANNA);
    upload_all(&device, &server);
    let from = STEP + 1_000_003;
    assert_eq!(
        server.files.came()[..2],
        [FileRequest::Offset(file.id), FileRequest::Part(file.id, from)]
    );
    assert!(server.files.uploaded(file.id).unwrap().bytes == big());
    assert_eq!(taken(&device), ["Zie de brief"]);
}

// F2
#[test]
fn an_offset_that_is_another_is_asked_for_and_a_damaged_part_is_sent_again() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, &big());
    say(&device, WOUND, "Zie de brief");
    step(&device, &server).unwrap();
    for code in [
        ErrorCode::UploadConflict,
        ErrorCode::ChecksumMismatch,
        ErrorCode::Internal,
    ] {
        server.files.fail_next(no(code));
        assert_eq!(step(&device, &server), Err(no(code)));
        assert_eq!(outbox(&device)[0].state, OutboxState::Waiting);
        // How far it is says the server.
        server.files.came();
        step(&device, &server).unwrap();
        assert_eq!(server.files.came(), [FileRequest::Offset(file.id)]);
        step(&device, &server).unwrap();
    }
    upload_all(&device, &server);
    assert!(server.files.uploaded(file.id).unwrap().bytes == big());
}

// F2
#[test]
fn parts_become_smaller_where_large_ones_do_not_get_through_and_larger_again() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, &big());
    say(&device, WOUND, "Zie de brief");
    step(&device, &server).unwrap();
    let obstacle = crate::model::Obstacle::Filter;
    for _ in 0..9 {
        server.files.fail_next(Failure::Between { obstacle });
        let _refused = step(&device, &server);
        step(&device, &server).unwrap();
    }
    server.files.came();
    upload_all(&device, &server);
    let kib = |kib: u64| FileRequest::Part(file.id, kib * 1024);
    let came = server.files.came();
    assert_eq!(came[..4], [0, 128, 128 + 256, 128 + 256 + 512].map(kib));
    assert!(server.files.uploaded(file.id).unwrap().bytes == big());
}

// M7
#[test]
fn a_text_does_not_wait_for_the_files_of_another_unless_it_has_to_do_with_it() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    let with_file = say(&device, WOUND, "Met brief");
    say(&device, WOUND, "Zonder");
    let quoting = Draft {
        text: "Over die brief".into(),
        reply_to: Some(with_file),
        editing: None,
        urgent: None,
    };
    write(&device, WOUND, quoting);
    let editing = Draft {
        text: "Met de brief".into(),
        reply_to: None,
        editing: Some(with_file),
        urgent: None,
    };
    write(&device, WOUND, editing);
    say(&device, INTAKE, "Elders");
    assert_eq!(taken(&device), ["Zonder", "Elders"]);
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Met brief", "Over die brief", "Met de brief"]);
}

// P5, M7
#[test]
fn a_colleague_added_after_a_message_that_waits_for_its_files_is_added_after_it() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    let call = ApiRequest::Add {
        conversation: WOUND,
        members: vec![SANNE],
        teams: vec![],
        share_from: None,
        previewed: None,
    };
    device.ask::<()>(call).unwrap();
    say(&device, WOUND, "Welkom Sanne");
    assert_eq!(taken(&device), [] as [&str; 0]);
    upload_all(&device, &server);
    assert_eq!(taken(&device).len(), 3);
}

// S2
#[test]
fn all_of_a_conversation_waits_for_the_files_that_it_starts_with() {
    let server = accepting();
    let device = device(&server);
    device.attach(AttachTo::New, "wond.bmp", &bitmap(90, 30)).unwrap();
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Group,
        with: vec![KARIM, SANNE],
        teams: vec![],
        subject: Some("Wondzorg".into()),
        text: Some("Zie de foto".into()),
        attachments: true,
        urgent: None,
    };
    let group: ConversationId = device.ask(call).unwrap();
    attach(&device, group, PDF);
    say(&device, group, "En de brief");
    say(&device, group, "Graag advies");
    say(&device, INTAKE, "Elders");
    assert_eq!(taken(&device), ["Elders"]);
    upload_all(&device, &server);
    let came = server.files.came();
    let begun = came
        .iter()
        .filter(|request| matches!(request, FileRequest::Begin(_)));
    assert_eq!(
        begun.count(),
        2,
        "the picture and its preview; the letter's conversation is not there yet"
    );
    let row = outbox(&device)
        .into_iter()
        .find(|row| row.conversation == group)
        .unwrap();
    let [picture] = row.command.action.attachments() else {
        panic!("one picture");
    };
    let preview = server.files.uploaded(picture.preview.unwrap()).unwrap();
    assert_eq!(
        (preview.name.as_str(), preview.conversation),
        ("preview.png", group)
    );
    assert_eq!(now(send_once(&device.engine, &server)), Ok(true));
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["En de brief"]);
}

// F2
#[test]
fn a_file_that_the_server_refuses_refuses_its_message_with_the_reason_beside_the_file() {
    for (code, fault, refusal) in [
        (
            ErrorCode::AttachmentInfected,
            AttachmentFault::Infected,
            Refusal::AttachmentRefused,
        ),
        (
            ErrorCode::AttachmentRefused,
            AttachmentFault::NotAccepted,
            Refusal::AttachmentRefused,
        ),
        (
            ErrorCode::AttachmentTooLarge,
            AttachmentFault::TooLarge,
            Refusal::AttachmentTooLarge,
        ),
    ] {
        let server = accepting();
        let device = device(&server);
        attach(&device, WOUND, PDF);
        say(&device, WOUND, "Met brief");
        say(&device, WOUND, "Zonder");
        server.files.judge(Some(code));
        upload_all(&device, &server);
        let refused = &device.messages(WOUND)[1];
        assert_eq!(refused.state, MessageState::Refused { refusal });
        assert_eq!(refused.attachments[0].state, AttachmentState::Failed { fault });
        assert!(refused.may_withdraw);
        assert_eq!(taken(&device), ["Zonder"]);
        // Tried again, when the server is of another mind.
        server.files.judge(None);
        server.files.sweep(refused.attachments[0].id);
        let (conversation, message) = (WOUND, refused.message);
        device
            .ask::<()>(ApiRequest::Retry {
                conversation,
                message,
            })
            .unwrap();
        upload_all(&device, &server);
        assert_eq!(taken(&device), ["Met brief"]);
    }
}

// F2: the server answers to every request about one file that it failed
#[test]
fn a_file_that_fails_again_and_again_does_not_hold_up_the_others() {
    let server = accepting();
    let device = device(&server);
    device.engine.set_connection(Connection::Online);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Kapot");
    for _ in 0..3 {
        server.files.fail_next(no(ErrorCode::Internal));
        assert_eq!(step(&device, &server), Err(no(ErrorCode::Internal)));
    }
    attach(&device, WOUND, &big());
    say(&device, WOUND, "Goed");
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Goed"]);
    device.clock.advance(5 * Timestamp::MINUTE);
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Kapot"]);
}

// F2
#[test]
fn a_server_without_room_is_shown_and_tried_again() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    for (code, fault) in [
        (ErrorCode::NoRoom, AttachmentFault::ServerFull),
        (ErrorCode::TooManyUploads, AttachmentFault::TooManyUploads),
    ] {
        server.files.fail_next(no(code));
        assert_eq!(step(&device, &server), Err(no(code)));
        let shown = last(&device, WOUND);
        assert_eq!((shown.state, shown.may_withdraw), (MessageState::Waiting, true));
        assert_eq!(shown.attachments[0].state, AttachmentState::Failed { fault });
    }
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Met brief"]);
}

// U3, F2
#[test]
fn a_message_is_being_sent_while_a_file_of_it_goes_up_and_waits_while_none_does() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, &big());
    say(&device, WOUND, "Zie de brief");
    let state = || last(&device, WOUND).state;
    assert_eq!(state(), MessageState::Waiting);
    step(&device, &server).unwrap();
    step(&device, &server).unwrap();
    assert_eq!(state(), MessageState::Sending);
    assert!(last(&device, WOUND).may_withdraw);
    now(device.engine.uploads_paused());
    assert_eq!(state(), MessageState::Waiting);
}

// M7
#[test]
fn a_file_that_the_server_swept_goes_up_once_more_and_is_refused_the_second_time() {
    let refusing = refusing();
    let device = device(&refusing);
    let file = attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    upload_all(&device, &refusing);
    let before = outbox(&device)[0].command.id;
    refusing.files.sweep(file.id);
    refusing.files.came();
    assert_eq!(now(send_once(&device.engine, &refusing)), Ok(true));
    let again = outbox(&device).remove(0);
    assert_eq!(again.state, OutboxState::Waiting);
    assert_ne!(
        again.command.id, before,
        "the refusal of the first one is remembered"
    );
    upload_all(&device, &refusing);
    assert_eq!(
        refusing.files.came(),
        [FileRequest::Begin(file.id), FileRequest::Part(file.id, 0)]
    );
    assert_eq!(now(send_once(&device.engine, &refusing)), Ok(true));
    let refusal = Refusal::AttachmentNotThere;
    assert_eq!(outbox(&device)[0].state, OutboxState::Refused { refusal });
}

// M3, M6
#[test]
fn an_edit_that_lists_a_file_that_went_sends_nothing_up() {
    let refusing = refusing();
    let device = device(&refusing);
    let file = attach(&device, WOUND, PDF);
    let attachment = now(device.cache.file(file.id)).unwrap().unwrap().attachment();
    // Accepted, and its upload is not swept yet; another device took the file out since.
    device.accepted(WOUND, 5, ANNA, "Met brief", attachment.into_iter().collect());
    let left = UploadRow {
        state: UploadState::Done,
        ..UploadRow::new(file.id)
    };
    now(device.cache.write(vec![Change::PutUpload(left)])).unwrap();
    let edit = Draft {
        editing: Some(message(5)),
        text: "Met de brief".into(),
        ..Draft::default()
    };
    write(&device, WOUND, edit);
    assert_eq!(now(send_once(&device.engine, &refusing)), Ok(true));
    let refusal = Refusal::AttachmentNotThere;
    assert_eq!(outbox(&device)[0].state, OutboxState::Refused { refusal });
    device
        .ask::<()>(ApiRequest::Retry {
            conversation: WOUND,
            message: message(5),
        })
        .unwrap();
    upload_all(&device, &refusing);
    assert_eq!(refusing.files.came(), []);
    assert_eq!(taken(&device).len(), 1, "it goes out at once");
}

// F1, F2
#[test]
fn a_file_that_is_damaged_here_refuses_its_message() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    let name = device.files.names().unwrap()[0];
    device.files.write(name, 30, &[0; 5]).unwrap();
    upload_all(&device, &server);
    let fault = AttachmentFault::Damaged;
    assert_eq!(file_state(&device, WOUND), AttachmentState::Failed { fault });
    assert!(matches!(last(&device, WOUND).state, MessageState::Refused { .. }));
}

// F2
#[test]
fn a_small_file_does_not_wait_for_a_large_one_before_it() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, &big());
    say(&device, WOUND, "Met scan");
    step(&device, &server).unwrap();
    attach(&device, INTAKE, PDF);
    say(&device, INTAKE, "Met brief");
    step(&device, &server).unwrap();
    step(&device, &server).unwrap();
    assert_eq!(taken(&device), ["Met brief"]);
}

// M7
#[test]
fn a_message_that_waited_for_a_day_asks_before_a_byte_of_it_leaves() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    device.clock.advance(2 * Timestamp::DAY);
    assert_eq!(taken(&device), [] as [&str; 0]);
    device.sign_in(&server, ANNA);
    upload_all(&device, &server);
    assert!(server.files.is_empty());
    let conversation = WOUND;
    device.ask::<()>(ApiRequest::SendStale { conversation }).unwrap();
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Met brief"]);
}

// F6, P6
#[test]
fn a_purge_and_signing_out_take_the_unsent_files_along_and_keep_their_names() {
    let server = accepting();
    let device = device(&server);
    attach(&device, WOUND, PDF);
    say(&device, WOUND, "Met brief");
    attach(&device, WOUND, PDF);
    attach(&device, INTAKE, PDF);
    let gone = protocol::sync::Frame::Gone { conversation: WOUND };
    now(device.engine.apply(gone)).unwrap();
    now(device.engine.sweep_files()).unwrap();
    assert_eq!(device.files.names().unwrap().len(), 1);
    let names = || {
        let recovered = now(device.cache.recovered()).unwrap();
        recovered
            .into_iter()
            .map(|row| (row.text.body, row.attachments.join(" ")))
            .collect::<Vec<_>>()
    };
    let mut kept = names();
    kept.sort();
    let of = |text: &str| (text.to_owned(), "brief.pdf".to_owned());
    assert_eq!(kept, [of(""), of("Met brief")]);
    now(device.engine.forget()).unwrap();
    assert_eq!(now(device.cache.file_names()).unwrap(), [], "the keys go first");
    now(device.engine.sweep_files()).unwrap();
    assert!(device.files.names().unwrap().is_empty());
    assert_eq!(names().len(), 3);
}
