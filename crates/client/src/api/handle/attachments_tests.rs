//! Files in the views of a screen, and in notifications.

use conversation::{Refusal, Shape};

use super::*;
use crate::api::request::{ApiRequest, OverviewAsk};
use crate::api::view::{Body, Overview, Quote, SessionView};
use crate::cache::Cache as _;
use crate::cache::conformance::{ROSTER, WOUND, file_id, message, picture, posted, put};
use crate::model::NotificationDetail;
use crate::notifier::{Notice, Notifier};
use crate::testing::{ANNA, Device, KARIM, Scripted, now};

fn letter(number: u64) -> Attachment {
    Attachment {
        name: "brief.pdf".into(),
        media_type: "application/pdf".into(),
        picture: None,
        preview: None,
        ..picture(number, "")
    }
}

fn last_of(device: &Device) -> Vec<AttachmentKind> {
    let ask = OverviewAsk {
        limit: 9,
        ..OverviewAsk::default()
    };
    let overview: Overview = device.ask(ApiRequest::Overview { ask }).unwrap();
    overview.rows[0].last.clone().unwrap().attachments
}

// M2, M6, L1
#[test]
fn messages_quotes_and_the_overview_show_what_files_a_message_has() {
    let device = Device::of_anna();
    let both = vec![picture(1, "wond.jpg"), letter(3)];
    device.accepted(WOUND, 5, KARIM, "", both);
    assert_eq!(last_of(&device), [AttachmentKind::Picture, AttachmentKind::Pdf]);
    let shown = device.messages(WOUND).remove(0);
    assert!(matches!(shown.body, Body::Said { .. }));
    let [photo, letter] = &shown.attachments[..] else {
        panic!("two files");
    };
    assert!(photo.viewable && !photo.keeps_metadata && photo.preview == Some(file_id(2)));
    assert!(letter.viewable && letter.keeps_metadata && letter.preview.is_none());
    let mut reply = posted(6, ANNA, "Dank u");
    if let Kind::Posted { reply_to, .. } = &mut reply.header.kind {
        *reply_to = Some(Seq(5));
    }
    device.accepted(WOUND, 6, ANNA, "Dank u", vec![]);
    now(device.cache.write(vec![put(WOUND, reply)])).unwrap();
    let quote = device.messages(WOUND).remove(1).quote;
    assert!(
        matches!(quote, Some(Quote::Available { attachments: 2, .. })),
        "{quote:?}"
    );
}

// M4
#[test]
fn a_deleted_message_shows_no_files_also_while_its_deletion_waits() {
    let device = Device::of_anna();
    device.accepted(WOUND, 5, ANNA, "Zie", vec![picture(1, "wond.jpg")]);
    let (conversation, message) = (WOUND, message(5));
    device
        .ask::<()>(ApiRequest::DeleteMessage {
            conversation,
            message,
        })
        .unwrap();
    assert_eq!(device.messages(WOUND)[0].attachments, []);
}

// M6
#[test]
fn every_media_type_that_is_sent_has_a_kind_and_a_group() {
    for (media_type, shown, listed) in [
        ("image/heic", AttachmentKind::Picture, AttachmentGroup::Picture),
        ("application/pdf", AttachmentKind::Pdf, AttachmentGroup::Document),
        (
            attachment_kinds::Kind::Docx.media_type(),
            AttachmentKind::Document,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Odt.media_type(),
            AttachmentKind::Document,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Rtf.media_type(),
            AttachmentKind::Document,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Xlsx.media_type(),
            AttachmentKind::Sheet,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Ods.media_type(),
            AttachmentKind::Sheet,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Xls.media_type(),
            AttachmentKind::Sheet,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Pptx.media_type(),
            AttachmentKind::Slides,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Odp.media_type(),
            AttachmentKind::Slides,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Csv.media_type(),
            AttachmentKind::Text,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Eml.media_type(),
            AttachmentKind::Email,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Msg.media_type(),
            AttachmentKind::Email,
            AttachmentGroup::Document,
        ),
        (
            attachment_kinds::Kind::Dicom.media_type(),
            AttachmentKind::Dicom,
            AttachmentGroup::Other,
        ),
        (
            attachment_kinds::Kind::SevenZip.media_type(),
            AttachmentKind::Archive,
            AttachmentGroup::Other,
        ),
        ("video/mp4", AttachmentKind::Video, AttachmentGroup::Other),
        ("audio/mpeg", AttachmentKind::Audio, AttachmentGroup::Other),
        (
            "application/octet-stream",
            AttachmentKind::Other,
            AttachmentGroup::Other,
        ),
        ("", AttachmentKind::Other, AttachmentGroup::Other),
    ] {
        assert_eq!(
            (kind(media_type), group(kind(media_type))),
            (shown, listed),
            "{media_type}"
        );
    }
}

// W1, P6
#[test]
fn a_recovered_text_names_the_files_that_went_with_its_conversation() {
    let device = Device::of_anna();
    let server = std::sync::Arc::new(Scripted::answering(|_| Err(crate::ports::Failure::Unreachable)));
    device.sign_in(&server, ANNA);
    device.accepted(WOUND, 4, KARIM, "Ja", vec![]);
    let conversation = WOUND;
    let to = AttachTo::Conversation { conversation };
    device.attach(to, "brief.pdf", b"%PDF-1.7 verwijzing").unwrap();
    now(device.engine.apply(protocol::sync::Frame::Gone { conversation })).unwrap();
    let SessionView::SignedIn { me } = device.ask(ApiRequest::Session {}).unwrap() else {
        panic!("signed in");
    };
    let [recovered] = &me.recovered[..] else {
        panic!("one text");
    };
    assert_eq!(
        (recovered.text.body.as_str(), &recovered.attachments[..]),
        ("", &["brief.pdf".to_owned()][..])
    );
    let begun = device.attach(to, "brief.pdf", b"%PDF-1.7 verwijzing");
    let refusal = Refusal::NoSuchConversation;
    assert_eq!(begun, Err(ApiError::Refused { refusal }));
}

// N1
#[test]
fn a_notification_says_that_there_are_files_where_there_is_no_text_and_never_their_names() {
    for (detail, text, expected) in [
        (NotificationDetail::Who, "", (true, None, 1)),
        (NotificationDetail::WhoAndWhat, "", (true, None, 1)),
        (
            NotificationDetail::WhoAndWhat,
            "Zie de foto",
            (true, Some("Zie de foto"), 0),
        ),
        (NotificationDetail::Who, "Zie de foto", (true, None, 0)),
        (NotificationDetail::Nothing, "", (false, None, 0)),
    ] {
        let device = Device::of_anna();
        let value = crate::api::request::SettingValue(serde_json::to_value(detail).unwrap());
        let key = "notifications.detail".to_owned();
        device
            .ask::<serde_json::Value>(ApiRequest::SetSetting { key, value })
            .unwrap();
        now(device.engine.apply(protocol::sync::Frame::Current {
            at: device.engine.now(),
        }))
        .unwrap();
        let mut notifier = Notifier::default();
        device.accepted(ROSTER, 1, KARIM, "Eerder", vec![]);
        now(notifier.look(&device.engine, false)).unwrap();
        device.accepted(WOUND, 5, KARIM, text, vec![picture(1, "mevrouw De Wit.jpg")]);
        let status = now(notifier.look(&device.engine, false)).unwrap();
        let [Notice::One { who, what, files, .. }] = &status.show[..] else {
            panic!("{:?}", status.show);
        };
        assert_eq!((who.is_some(), what.as_deref(), *files), expected, "{detail:?}");
    }
}

// S1
#[test]
fn a_direct_conversation_that_goes_on_takes_the_gathered_files_along() {
    let device = Device::of_anna();
    let start = |text: Option<&str>, attachments| {
        let call = ApiRequest::Start {
            acting: ANNA,
            shape: Shape::Direct,
            with: vec![KARIM],
            teams: vec![],
            subject: None,
            text: text.map(Into::into),
            attachments,
            urgent: None,
        };
        device.ask::<ConversationId>(call).unwrap()
    };
    let first = start(Some("Hallo"), false);
    device
        .attach(AttachTo::New, "brief.pdf", b"%PDF-1.7 verwijzing")
        .unwrap();
    assert_eq!(start(None, true), first);
    let outbox = now(device.cache.outbox(Some(first))).unwrap();
    assert_eq!(outbox[1].command.action.attachments().len(), 1);
    assert!(now(device.engine.gathered(None)).unwrap().is_empty());
}
