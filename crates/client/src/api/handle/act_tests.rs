//! Texts on their way from the composer to the outbox.

use conversation::text::MENTION;
use conversation::{Action, ConversationId, MessageText, Shape};

use crate::api::request::ApiRequest;
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
