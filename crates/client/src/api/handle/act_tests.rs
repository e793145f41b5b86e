//! Texts on their way from the composer to the outbox.

use conversation::text::MENTION;
use conversation::{Action, ConversationId, MessageText, Refusal, Shape};

use crate::api::request::{ApiError, ApiRequest};
use crate::cache::Cache as _;
use crate::model::Draft;
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

/// The texts that wait to go out, subjects first.
fn waiting(device: &Device) -> Vec<String> {
    let outbox = now(device.cache.outbox(None)).unwrap();
    let said = |action| match action {
        Action::Start { subject, message, .. } => {
            let message = message.map(|message| message.text.body);
            subject.into_iter().chain(message).collect()
        }
        Action::Post { message } => vec![message.text.body],
        Action::Edit { text, .. } => vec![text.body],
        _ => Vec::new(),
    };
    outbox
        .into_iter()
        .flat_map(|row| said(row.command.action))
        .collect()
}

fn write(device: &Device, conversation: ConversationId, draft: Draft) {
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
}

// M1, S2
#[test]
fn separators_between_two_doses_are_kept_however_they_came_into_a_field() {
    for separator in [
        "\u{B}", "\u{C}", "\u{1E}", "\u{1F}", "\u{85}", "\u{2028}", "\r\n", "\0",
    ] {
        let device = Device::of_anna();
        let typed = format!("5 mg{separator}2dd 10 mg");
        let conversation: ConversationId = device
            .ask(ApiRequest::Start {
                acting: ANNA,
                shape: Shape::Group,
                with: vec![KARIM, SANNE],
                teams: vec![],
                subject: Some(typed.clone()),
                text: Some(typed.as_str().into()),
                attachments: false,
                urgent: None,
            })
            .unwrap();
        let text = MessageText {
            body: format!("{MENTION} {typed}"),
            mentions: vec![SANNE],
        };
        let draft = Draft {
            text,
            ..Draft::default()
        };
        write(&device, conversation, draft.clone());
        let message = now(device.cache.outbox(None)).unwrap()[1].command.action.makes();
        write(
            &device,
            conversation,
            Draft {
                editing: message,
                ..draft
            },
        );
        let waits = waiting(&device);
        assert_eq!(waits[0], "5 mg 2dd 10 mg", "{separator:?}");
        for said in &waits[1..] {
            let words: Vec<&str> = said
                .split_whitespace()
                .filter(|word| *word != "\u{FFFC}")
                .collect();
            assert_eq!(words, ["5", "mg", "2dd", "10", "mg"], "{separator:?}");
            assert!(!said.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
        assert_eq!(waits.len(), 4, "{separator:?}");
    }
}

fn start(device: &Device, urgent: Option<&str>) -> Result<ConversationId, ApiError> {
    device.ask(ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![KARIM],
        teams: vec![],
        subject: None,
        text: Some("Kun je nu kijken?".into()),
        attachments: false,
        urgent: urgent.map(str::to_owned),
    })
}

fn urgent_draft(reason: &str) -> Draft {
    Draft {
        text: "Kun je nu kijken?".into(),
        urgent: Some(reason.to_owned()),
        ..Draft::default()
    }
}

/// The reasons of the messages and edits that wait.
fn reasons(device: &Device) -> Vec<Option<String>> {
    let outbox = now(device.cache.outbox(None)).unwrap();
    let urgent = |action: &Action| match action {
        Action::Edit { urgent, .. } => urgent.clone(),
        action => action.message().and_then(|message| message.urgent.clone()),
    };
    let reasons = outbox.iter().map(|row| urgent(&row.command.action));
    reasons
        .map(|urgent| urgent.map(|urgency| urgency.reason))
        .collect()
}

fn because(reason: &str) -> Option<String> {
    Some(reason.to_owned())
}

// M10
#[test]
fn the_reason_goes_with_the_message_and_an_edit_keeps_it() {
    let device = Device::of_anna();
    let conversation = start(&device, Some(" Bloeddruk\ndaalt ")).unwrap();
    assert_eq!(reasons(&device), [because("Bloeddruk daalt")]);
    write(&device, conversation, urgent_draft("Nu 80/40"));
    let message = now(device.cache.outbox(None)).unwrap()[1].command.action.makes();
    let editing = Draft {
        text: "Kun je nu kijken? Kamer 4".into(),
        editing: message,
        ..Draft::default()
    };
    write(&device, conversation, editing);
    write(
        &device,
        conversation,
        Draft {
            text: "Dank".into(),
            ..Draft::default()
        },
    );
    let (first, second) = (because("Bloeddruk daalt"), because("Nu 80/40"));
    assert_eq!(reasons(&device), [first, second.clone(), second, None]);
}

// M10
#[test]
fn an_urgent_message_without_a_reason_is_refused_at_once_and_its_draft_is_kept() {
    let device = Device::of_anna();
    let missing = ApiError::Refused {
        refusal: Refusal::UrgencyReasonMissing,
    };
    assert_eq!(start(&device, Some(" ")).unwrap_err(), missing);
    assert!(waiting(&device).is_empty());
    let conversation = start(&device, None).unwrap();
    let draft = urgent_draft("  ");
    device
        .ask::<()>(ApiRequest::SaveDraft {
            conversation,
            draft: draft.clone(),
        })
        .unwrap();
    let sent = device.ask::<()>(ApiRequest::Send { conversation });
    assert_eq!(sent.unwrap_err(), missing);
    let kept = now(device.cache.draft(conversation)).unwrap().unwrap();
    assert_eq!(kept.draft, draft);
    // As it was typed: half a reason comes back after a restart, too.
    let json = serde_json::to_string(&urgent_draft("Bloed")).unwrap();
    assert_eq!(
        serde_json::from_str::<Draft>(&json).unwrap().urgent,
        because("Bloed")
    );
    assert_eq!(
        serde_json::from_str::<Draft>(r#"{"text":{"body":"x"},"reply_to":null,"editing":null}"#)
            .unwrap()
            .urgent,
        None
    );
}
