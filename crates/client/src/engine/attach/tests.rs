//! Files on their way into a draft, and what becomes of them there.

use std::path::Path;

use conversation::attachment::LARGEST_ATTACHMENT;
use conversation::{Action, ConversationId, MessageText, Refusal, Shape};
use pictures::{Area, Edit};
use serde_json::json;

use super::*;
use crate::api::request::{ApiError, ApiRequest, OverviewAsk};
use crate::api::view::{AttachmentKind, AttachmentState, AttachmentView, ConversationView, Draft, Overview};
use crate::cache::conformance::{WOUND, file_id, message, picture};
use crate::cache::{Cache as _, OutboxRow};
use crate::model::settings::{Layer, PolicyEntries};
use crate::testing::files::bitmap;
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

const TO_WOUND: AttachTo = AttachTo::Conversation { conversation: WOUND };
const LETTER: &[u8] = b"%PDF-1.7 verwijzing decubitus graad twee";

fn device() -> Device {
    let device = Device::of_anna();
    device.accepted(WOUND, 4, KARIM, "Stuurt u een foto?", vec![]);
    device
}

fn view(device: &Device) -> ConversationView {
    let conversation = WOUND;
    device.ask(ApiRequest::Conversation { conversation }).unwrap()
}

fn names(device: &Device) -> Vec<String> {
    let gathered = view(device).draft_attachments;
    gathered.into_iter().map(|file| file.name).collect()
}

fn fault<T: std::fmt::Debug>(answer: Result<T, ApiError>) -> AttachmentFault {
    match answer {
        Err(ApiError::Attachment { fault }) => fault,
        other => panic!("{other:?}"),
    }
}

fn save(device: &Device, draft: Draft) {
    let conversation = WOUND;
    let call = ApiRequest::SaveDraft { conversation, draft };
    device.ask::<()>(call).unwrap();
}

fn text(text: &str) -> Draft {
    Draft {
        text: text.into(),
        ..Draft::default()
    }
}

fn send(device: &Device) -> Result<(), ApiError> {
    device.ask(ApiRequest::Send { conversation: WOUND })
}

fn outbox(device: &Device) -> Vec<OutboxRow> {
    now(device.cache.outbox(None)).unwrap()
}

/// Neither a row nor a byte.
fn is_without_files(device: &Device) -> bool {
    now(device.cache.unsent_files()).unwrap().is_empty() && device.files.names().unwrap().is_empty()
}

// F2
#[test]
fn a_file_is_refused_at_once_by_its_name_or_size() {
    let device = device();
    let begin = |name: &str, size| {
        let (to, name) = (TO_WOUND, name.to_owned());
        device.ask::<AttachmentView>(ApiRequest::BeginAttach { to, name, size })
    };
    for (name, size, refused) in [
        ("Setup.EXE", 9, AttachmentFault::Program),
        ("brief.pdf.exe", 9, AttachmentFault::Disguised),
        ("uitslag\u{202E}fdp.exe", 9, AttachmentFault::Disguised),
        ("start.vbs", 9, AttachmentFault::Script),
        ("...", 9, AttachmentFault::NameInvalid),
        ("wond.jpg", 0, AttachmentFault::Empty),
        ("mri.dcm", LARGEST_ATTACHMENT + 1, AttachmentFault::TooLarge),
    ] {
        assert_eq!(fault(begin(name, size)), refused, "{name}");
    }
    assert!(is_without_files(&device) && names(&device).is_empty());
    for name in [
        "wond.jpg",
        "brief.docx",
        "mri.dcm",
        "lab.csv",
        "map.zip",
        "a.pdf",
        "x.doc",
        "film.mp4",
        "kaal",
        "m.eml",
    ] {
        let begun = begin(name, 9).unwrap();
        assert_eq!(begun.state, AttachmentState::Reading { done: 0 }, "{name}");
    }
}

// F2, I4
#[test]
fn a_file_that_the_organisation_refuses_on_this_computer_is_not_taken() {
    let device = device();
    let enforced = json!({ "files.largest_mb": 1, "files.refused": ["picture", "archive"] });
    let policy = PolicyEntries::of_machine(enforced.as_object().cloned().unwrap(), Layer::new());
    device.engine.device_settings().follow(Ok(policy));
    let begin = |size| {
        let (to, name) = (TO_WOUND, "brief.pdf".to_owned());
        device.ask::<AttachmentView>(ApiRequest::BeginAttach { to, name, size })
    };
    assert_eq!(fault(begin(1_000_001)), AttachmentFault::TooLarge);
    assert_eq!(
        fault(device.attach(TO_WOUND, "wond.bmp", &bitmap(3, 2))),
        AttachmentFault::NotAccepted
    );
    // Named as another kind, it is still a picture.
    assert!(device.attach(TO_WOUND, "wond", &bitmap(3, 2)).is_err());
    assert!(is_without_files(&device));
    device.attach(TO_WOUND, "brief.pdf", LETTER).unwrap();
    assert_eq!(names(&device), ["brief.pdf"]);
}

// F2
#[test]
fn a_file_is_refused_by_its_content_and_nothing_of_it_stays() {
    let device = device();
    for (name, content, refused) in [
        ("wond.jpg", &b"MZ\x90\0\x03\0\0\0"[..], AttachmentFault::Program),
        ("brief.pdf", b"#!/bin/sh\nrm -rf ~\n", AttachmentFault::Script),
        ("brief.pdf", b"Beste collega", AttachmentFault::Disguised),
        (
            "wond.jpg",
            b"\xFF\xD8\xFF\xE0 en dan niets",
            AttachmentFault::Unreadable,
        ),
    ] {
        assert_eq!(fault(device.attach(TO_WOUND, name, content)), refused, "{name}");
        assert!(is_without_files(&device), "{name}");
    }
    assert!(view(&device).draft.is_none());
}

// F1, F2
#[test]
fn a_file_is_sealed_as_it_arrives_and_read_as_it_was() {
    let device = device();
    let mut letter = LETTER.to_vec();
    letter.extend((0..300_000_u32).flat_map(u32::to_le_bytes));
    let taken = device.attach(TO_WOUND, "Verwijs/brief.pdf", &letter).unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.kind),
        ("Verwijs_brief.pdf", AttachmentKind::Pdf)
    );
    assert_eq!(
        (taken.size, taken.state),
        (letter.len() as u64, AttachmentState::Draft)
    );
    assert!(taken.viewable && taken.keeps_metadata && taken.preview.is_none());
    assert!(device.read(taken.id) == letter);
    let sealed = device.sealed_bytes();
    assert!(!sealed.windows(9).any(|part| part == b"decubitus"));
    assert!(!format!("{taken:?} {:?}", now(device.cache.unsent_files()).unwrap()).contains("brief"));
}

// F5
#[test]
fn of_a_picture_nothing_is_kept_but_its_pixels_and_a_preview() {
    let device = device();
    let mut original = bitmap(900, 300);
    original.extend(b"GPS 52.0907 5.1214");
    let taken = device.attach(TO_WOUND, "wond.bmp", &original).unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.media_type.as_str()),
        ("wond.png", "image/png")
    );
    let size = taken.picture.unwrap();
    assert_eq!((size.width, size.height), (900, 300));
    assert!(taken.viewable && !taken.keeps_metadata);
    let kept = device.read(taken.id);
    assert!(!kept.windows(3).any(|part| part == b"GPS"));
    assert_eq!(taken.size, kept.len() as u64);
    let small = pictures::read(&device.read(taken.preview.unwrap())).unwrap();
    assert_eq!((small.width(), small.height()), (480, 160));
    assert_eq!(device.files.names().unwrap().len(), 2, "the original is nowhere");
}

// F5
#[test]
fn an_edited_picture_takes_the_place_of_the_one_before_which_is_gone() {
    let device = device();
    let first = device.attach(TO_WOUND, "wond.bmp", &bitmap(90, 30)).unwrap();
    device.attach(TO_WOUND, "brief.pdf", LETTER).unwrap();
    let edits = vec![
        Edit::Crop(Area {
            x: 0,
            y: 0,
            width: 40,
            height: 20,
        }),
        Edit::Block(Area {
            x: 0,
            y: 0,
            width: 10,
            height: 10,
        }),
    ];
    let edit = |id, edits| {
        device.ask::<AttachmentView>(ApiRequest::EditPicture {
            to: TO_WOUND,
            id,
            edits,
        })
    };
    let edited = edit(first.id, edits.clone()).unwrap();
    assert_ne!((edited.id, edited.preview), (first.id, first.preview));
    let size = edited.picture.unwrap();
    assert_eq!((size.width, size.height), (40, 20));
    assert_eq!(names(&device), ["wond.png", "brief.pdf"]);
    assert_eq!(device.files.names().unwrap().len(), 3);
    assert!(now(device.cache.file(first.id)).unwrap().is_none());
    let outside = vec![Edit::Crop(Area {
        x: 500,
        y: 0,
        width: 4,
        height: 4,
    })];
    assert_eq!(fault(edit(edited.id, outside)), AttachmentFault::Unreadable);
    let letter = view(&device).draft_attachments[1].id;
    assert_eq!(fault(edit(letter, edits.clone())), AttachmentFault::NotAPicture);
    assert_eq!(fault(edit(first.id, edits)), AttachmentFault::NotAllowed);
    assert_eq!(names(&device), ["wond.png", "brief.pdf"]);
    assert_eq!(device.files.names().unwrap().len(), 3);
}

// F2
#[test]
fn bytes_out_of_place_too_many_or_too_few_are_no_file() {
    let device = device();
    let begin = |size| {
        let (to, name) = (TO_WOUND, "brief.pdf".to_owned());
        device
            .ask::<AttachmentView>(ApiRequest::BeginAttach { to, name, size })
            .unwrap()
            .id
    };
    let bytes =
        |id, offset, bytes: &[u8]| now(device.engine.attach_bytes(id, offset, bytes)).map_err(ApiError::from);
    let id = begin(40);
    assert_eq!(fault(bytes(id, 3, b"%PDF-")), AttachmentFault::Unreadable);
    assert_eq!(
        fault(bytes(id, 0, b"%PDF-")),
        AttachmentFault::NotAllowed,
        "it is gone"
    );
    let id = begin(4);
    assert_eq!(fault(bytes(id, 0, b"%PDF-")), AttachmentFault::Unreadable);
    let id = begin(40);
    bytes(id, 0, b"%PDF-").unwrap();
    let ended = device.ask::<AttachmentView>(ApiRequest::EndAttach { id });
    assert_eq!(fault(ended), AttachmentFault::Unreadable);
    assert!(is_without_files(&device));
}

// F2, F4
#[test]
fn a_full_disk_is_said_and_nothing_partial_stays() {
    let device = device();
    device.files.limit(Some(100_000));
    let mut letter = LETTER.to_vec();
    letter.resize(200_000, b' ');
    assert_eq!(
        fault(device.attach(TO_WOUND, "brief.pdf", &letter)),
        AttachmentFault::DiskFull
    );
    assert!(is_without_files(&device));
    device.files.limit(Some(100));
    assert_eq!(
        fault(device.attach(TO_WOUND, "wond.bmp", &bitmap(90, 30))),
        AttachmentFault::DiskFull
    );
    assert!(is_without_files(&device));
}

// F3, L5
#[test]
fn a_draft_survives_a_restart_with_its_files_and_one_that_was_being_read_is_gone() {
    let device = device();
    let letter = device.attach(TO_WOUND, "brief.pdf", LETTER).unwrap();
    device.attach(AttachTo::New, "wond.bmp", &bitmap(90, 30)).unwrap();
    save(&device, text("Zie de brief"));
    let (to, name) = (TO_WOUND, "half.pdf".to_owned());
    let half: AttachmentView = device
        .ask(ApiRequest::BeginAttach {
            to,
            name,
            size: 2_000_000,
        })
        .unwrap();
    now(device.engine.attach_bytes(half.id, 0, &[b' '; 900_000])).unwrap();
    assert_eq!(device.files.names().unwrap().len(), 4);
    let device = device.restart();
    assert_eq!(names(&device), ["brief.pdf"]);
    assert_eq!(view(&device).draft, Some(text("Zie de brief")));
    assert_eq!(device.read(letter.id), LETTER);
    let new: Vec<AttachmentView> = device.ask(ApiRequest::NewAttachments {}).unwrap();
    assert_eq!(new.len(), 1);
    assert_eq!(device.files.names().unwrap().len(), 3);
}

// F3, W1
#[test]
fn saving_a_draft_loses_no_files_and_taking_out_the_last_one_ends_an_empty_draft() {
    let device = device();
    let letter = device.attach(TO_WOUND, "brief.pdf", LETTER).unwrap();
    let marked = || {
        let ask = OverviewAsk {
            limit: 9,
            ..OverviewAsk::default()
        };
        device.ask::<Overview>(ApiRequest::Overview { ask }).unwrap().rows[0].draft
    };
    assert!(marked());
    for draft in [text("Zie"), text("Zie de brief"), Draft::default()] {
        save(&device, draft.clone());
        assert_eq!(names(&device), ["brief.pdf"]);
        assert_eq!(view(&device).draft, Some(draft));
    }
    let destination = now(device.cache.draft(WOUND)).unwrap().unwrap().destination;
    assert_eq!(destination, "Wondzorg mevrouw De Wit");
    device
        .ask::<()>(ApiRequest::Detach {
            to: TO_WOUND,
            id: letter.id,
        })
        .unwrap();
    assert!(view(&device).draft.is_none() && !marked() && is_without_files(&device));
}

// M6
#[test]
fn a_message_has_at_most_twenty_files() {
    let device = device();
    for number in 0..20 {
        device
            .attach(TO_WOUND, &format!("brief {number}.pdf"), LETTER)
            .unwrap();
    }
    assert_eq!(
        fault(device.attach(TO_WOUND, "brief 20.pdf", LETTER)),
        AttachmentFault::TooMany
    );
    let gathered = view(&device).draft_attachments;
    assert_eq!(
        (gathered[0].name.as_str(), gathered[19].name.as_str()),
        ("brief 0.pdf", "brief 19.pdf")
    );
    device
        .ask::<()>(ApiRequest::Detach {
            to: TO_WOUND,
            id: gathered[3].id,
        })
        .unwrap();
    device.attach(TO_WOUND, "laatste.pdf", LETTER).unwrap();
    send(&device).unwrap();
    let sent = outbox(&device).remove(0).command.action;
    assert_eq!(sent.attachments().len(), 20);
    assert_eq!(sent.attachments()[19].name, "laatste.pdf");
}

// M3, M6
#[test]
fn an_edit_leaves_the_files_that_were_not_taken_out_and_can_add_none() {
    let device = device();
    let files = vec![picture(1, "wond.jpg"), picture(3, "been.jpg")];
    device.accepted(WOUND, 5, ANNA, "Zo ziet het eruit", files.clone());
    device.attach(TO_WOUND, "brief.pdf", LETTER).unwrap();
    let editing = Draft {
        editing: Some(message(5)),
        ..text("Zo ziet het er nu uit")
    };
    save(&device, editing.clone());
    assert_eq!(names(&device), ["wond.jpg", "been.jpg"]);
    assert_eq!(view(&device).draft_attachments[0].state, AttachmentState::Remote);
    assert_eq!(
        fault(device.attach(TO_WOUND, "nog.pdf", LETTER)),
        AttachmentFault::NotAllowed
    );
    device
        .ask::<()>(ApiRequest::Detach {
            to: TO_WOUND,
            id: file_id(1),
        })
        .unwrap();
    save(&device, editing);
    assert_eq!(names(&device), ["been.jpg"]);
    let device = device.restart();
    send(&device).unwrap();
    let Action::Edit { attachments, .. } = outbox(&device).remove(0).command.action else {
        panic!("an edit");
    };
    assert_eq!(attachments, files[1..]);
    assert_eq!(names(&device), ["brief.pdf"], "it waits for the next message");
}

// M3, M6
#[test]
fn an_edit_that_takes_out_the_last_file_needs_a_text() {
    let device = device();
    device.accepted(WOUND, 5, ANNA, "", vec![picture(1, "wond.jpg")]);
    save(
        &device,
        Draft {
            editing: Some(message(5)),
            ..text("")
        },
    );
    device
        .ask::<()>(ApiRequest::Detach {
            to: TO_WOUND,
            id: file_id(1),
        })
        .unwrap();
    let refused = ApiError::Refused {
        refusal: Refusal::TextEmpty,
    };
    assert_eq!(send(&device), Err(refused));
}

// S2
#[test]
fn a_group_starts_with_the_files_that_were_gathered_for_it_and_a_text_is_not_needed() {
    let device = Device::of_anna();
    device.attach(AttachTo::New, "wond.bmp", &bitmap(90, 30)).unwrap();
    device.attach(AttachTo::New, "brief.pdf", LETTER).unwrap();
    let start = |text: Option<MessageText>, attachments| {
        let call = ApiRequest::Start {
            acting: ANNA,
            shape: Shape::Group,
            with: vec![KARIM, SANNE],
            teams: vec![],
            subject: Some("Wondzorg".into()),
            text,
            attachments,
            urgent: None,
        };
        device.ask::<ConversationId>(call).unwrap()
    };
    start(Some("Zonder".into()), false);
    let with = start(None, true);
    let sent = outbox(&device);
    assert!(sent[0].command.action.attachments().is_empty());
    let files = sent[1].command.action.attachments();
    assert_eq!(
        files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        ["wond.png", "brief.pdf"]
    );
    assert!(
        device
            .ask::<Vec<AttachmentView>>(ApiRequest::NewAttachments {})
            .unwrap()
            .is_empty()
    );
    let unsent = now(device.cache.unsent_files()).unwrap();
    assert!(
        unsent
            .iter()
            .all(|row| row.origin == Origin::Outgoing && row.conversation == Some(with))
    );
    assert_eq!(
        now(device.cache.uploads()).unwrap().len(),
        3,
        "the preview goes up, too"
    );
}

// F2
#[test]
fn a_file_of_the_disk_is_taken_in_and_a_folder_is_not() {
    let device = device();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.pdf");
    std::fs::write(&path, [LETTER, &[b' '; 3_000_000]].concat()).unwrap();
    let gather = |path: &Path| now(crate::api::handle::attach_file(&device.engine, TO_WOUND, path));
    let taken = gather(&path).unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.size),
        ("brief.pdf", 3_000_000 + LETTER.len() as u64)
    );
    assert_eq!(fault(gather(folder.path())), AttachmentFault::Folder);
    assert_eq!(
        fault(gather(&folder.path().join("weg.pdf"))),
        AttachmentFault::Unreadable
    );
    assert_eq!(names(&device), ["brief.pdf"]);
}
