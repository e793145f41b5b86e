//! Messages with files that are taken back: before they leave, and in the middle.

use super::*;

// W3
#[test]
fn a_message_with_files_to_another_organisation_can_be_taken_back_for_ten_seconds() {
    let server = accepting();
    let device = waiting_device(&server);
    attach(&device, WOUND, PDF);
    let message = say(&device, WOUND, "Voor Karim");
    let at = device.engine.now().plus(10_000);
    let shown = last(&device, WOUND);
    assert_eq!(
        (shown.state, shown.may_withdraw),
        (MessageState::Leaving { at }, true)
    );
    assert_eq!(now(device.engine.look_at_leaving()).unwrap(), Some(10_000));
    upload_all(&device, &server);
    device.clock.advance(9_999);
    let device = device.restart();
    assert_eq!(last(&device, WOUND).state, MessageState::Leaving { at });
    device.sign_in(&server, ANNA);
    upload_all(&device, &server);
    assert!(server.files.is_empty(), "not a byte has left");
    let conversation = WOUND;
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .unwrap();
    let written = (Some("Voor Karim".to_owned()), vec!["brief.pdf".to_owned()]);
    assert_eq!(draft_of(&device, WOUND), written);
    assert!(outbox(&device).is_empty() && now(device.cache.uploads()).unwrap().is_empty());
    // Sent again, and left alone.
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
    device.clock.advance(10_000);
    assert_eq!(last(&device, WOUND).state, MessageState::Waiting);
    upload_all(&device, &server);
    assert_eq!(taken(&device), ["Voor Karim"]);
}

// W3, U3
#[test]
fn the_seconds_to_take_a_message_back_are_those_of_the_server_once_its_time_is_known() {
    for off in [-3 * Timestamp::HOUR, 3 * Timestamp::HOUR] {
        let server = accepting();
        let device = waiting_device(&server).restart();
        assert!(!device.engine.time.is_heard());
        attach(&device, WOUND, PDF);
        say(&device, WOUND, "Voor Karim");
        device.clock.advance(4_000);
        let heard = device.engine.now().plus(off);
        device.engine.time.hear(heard);
        assert_eq!(now(device.engine.next_upload()).unwrap(), None);
        let at = heard.plus(6_000);
        assert_eq!(last(&device, WOUND).state, MessageState::Leaving { at });
        assert_eq!(now(device.engine.look_at_leaving()).unwrap(), Some(6_000));
        device.clock.advance(6_000);
        assert!(now(device.engine.next_upload()).unwrap().is_some());
    }
}

// W3
#[test]
fn only_files_to_another_organisation_wait_to_leave() {
    let server = accepting();
    let device = waiting_device(&server);
    say(&device, WOUND, "Zonder bestand");
    assert_eq!(last(&device, WOUND).state, MessageState::Waiting);
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![SANNE],
        teams: vec![],
        subject: None,
        text: None,
        attachments: false,
        urgent: None,
    };
    let colleague: ConversationId = device.ask(call).unwrap();
    attach(&device, colleague, PDF);
    say(&device, colleague, "Voor Sanne");
    assert_eq!(last(&device, colleague).state, MessageState::Waiting);
    device.attach(AttachTo::New, "brief.pdf", PDF).unwrap();
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Group,
        with: vec![SANNE, KARIM],
        teams: vec![],
        subject: Some("Samen".into()),
        text: Some("Voor allen".into()),
        attachments: true,
        urgent: None,
    };
    let group: ConversationId = device.ask(call).unwrap();
    assert!(matches!(last(&device, group).state, MessageState::Leaving { .. }));
    // The start is taken back: its file is kept for the next one.
    let message = last(&device, group).message;
    let conversation = group;
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .unwrap();
    let new: Vec<AttachmentView> = device.ask(ApiRequest::NewAttachments {}).unwrap();
    assert_eq!(new[0].name, "brief.pdf");
    assert_eq!(device.read(new[0].id), PDF);
    let recovered = now(device.cache.recovered()).unwrap();
    assert_eq!(recovered[0].text, MessageText::from("Voor allen"));
    assert!(recovered[0].attachments.is_empty());
}

// F2
#[test]
fn a_message_taken_back_in_the_middle_of_its_upload_takes_it_from_the_server() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, &big());
    let message = say(&device, WOUND, "Zie de brief");
    step(&device, &server).unwrap();
    step(&device, &server).unwrap();
    let conversation = WOUND;
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .unwrap();
    server.files.cut_off(true);
    assert_eq!(step(&device, &server), Err(Failure::Unreachable));
    let device = device.restart();
    server.files.cut_off(false);
    device.sign_in(&server, ANNA);
    upload_all(&device, &server);
    assert_eq!(server.files.came().last(), Some(&FileRequest::Cancel(file.id)));
    assert!(server.files.is_empty() && now(device.cache.uploads()).unwrap().is_empty());
    assert_eq!(draft_of(&device, WOUND).1, ["brief.pdf"]);
    assert!(device.read(file.id) == big());
}

// W3, F2
#[test]
fn a_file_that_was_taken_back_while_it_began_goes_up_with_another_message() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, PDF);
    let message = say(&device, WOUND, "Zie de brief");
    // The server begins it, and its answer is lost.
    let begun = now(device.engine.next_upload()).unwrap();
    let Some(UploadStep::Begin(new)) = begun else {
        panic!("{begun:?}");
    };
    server.files.begin(&new).unwrap();
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation: WOUND,
            message,
        })
        .unwrap();
    // As if the start of its conversation had been taken back: the file is for another one.
    let mut row = now(device.cache.file(file.id)).unwrap().unwrap();
    row.conversation = Some(INTAKE);
    now(device.cache.write(vec![Change::PutFile(Box::new(row))])).unwrap();
    say(&device, INTAKE, "Zie de brief hier");
    upload_all(&device, &server);
    assert_eq!(server.files.uploaded(file.id).unwrap().conversation, INTAKE);
    assert_eq!(taken(&device), ["Zie de brief hier"]);
}

// F2
#[test]
fn a_file_whose_id_is_taken_by_another_refuses_its_message() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, PDF);
    say(&device, WOUND, "Zie de brief");
    let codes = [
        ErrorCode::UploadConflict,
        ErrorCode::NotFound,
        ErrorCode::UploadConflict,
    ];
    for code in codes {
        server.files.fail_next(no(code));
    }
    upload_all(&device, &server);
    let (begin, cancel) = (FileRequest::Begin(file.id), FileRequest::Cancel(file.id));
    assert_eq!(server.files.came(), [begin, cancel, begin]);
    let fault = AttachmentFault::NotAllowed;
    assert_eq!(file_state(&device, WOUND), AttachmentState::Failed { fault });
}

// F2, F3: the answer to a cancellation was lost, and the one that is repeated finds nothing.
#[test]
fn a_file_that_was_cancelled_twice_for_its_message_goes_up_all_the_same() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, PDF);
    say(&device, WOUND, "Zie de brief");
    for code in [ErrorCode::UploadConflict, ErrorCode::NotFound] {
        server.files.fail_next(no(code));
    }
    upload_all(&device, &server);
    assert_eq!(server.files.uploaded(file.id).unwrap().conversation, WOUND);
    assert_eq!(taken(&device), ["Zie de brief"]);
}

// F2: a server that lies does not keep the device asking
#[test]
fn a_file_whose_id_stays_taken_refuses_its_message() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, PDF);
    say(&device, WOUND, "Zie de brief");
    let step = || step(&device, &server).unwrap();
    server.files.fail_next(no(ErrorCode::UploadConflict));
    step();
    step();
    server.files.fail_next(no(ErrorCode::UploadConflict));
    step();
    let begin = FileRequest::Begin(file.id);
    assert_eq!(server.files.came(), [begin, FileRequest::Cancel(file.id), begin]);
    assert!(!step(), "nothing more is asked");
    let fault = AttachmentFault::NotAllowed;
    assert_eq!(file_state(&device, WOUND), AttachmentState::Failed { fault });
}

// W3, F2
#[test]
fn a_file_that_went_up_once_more_and_was_begun_for_another_message_goes_up_all_the_same() {
    let server = accepting();
    let device = device(&server);
    let file = attach(&device, WOUND, PDF);
    say(&device, WOUND, "Zie de brief");
    let again = UploadRow {
        again: true,
        ..UploadRow::new(file.id)
    };
    now(device.cache.write(vec![Change::PutUpload(again)])).unwrap();
    server.files.put(file.id, PDF);
    upload_all(&device, &server);
    assert_eq!(server.files.uploaded(file.id).unwrap().conversation, WOUND);
    assert_eq!(taken(&device), ["Zie de brief"]);
}
