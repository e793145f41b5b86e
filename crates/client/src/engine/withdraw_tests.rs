//! Withdrawn commands: their texts are kept, and nothing is said twice.

use super::*;

// W1, F3
#[test]
fn a_message_withdrawn_before_it_was_sent_becomes_the_draft_again() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    say(&device, conversation, "Tweede");
    let second = rows(&device)[1].command.action.makes().unwrap();
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message: second,
        })
        .unwrap();
    let view: ConversationView = device.ask(ApiRequest::Conversation { conversation }).unwrap();
    assert_eq!(
        view.draft.map(|draft| draft.text),
        Some(MessageText::from("Tweede"))
    );
    assert_eq!(rows(&device).len(), 1);
}

// F3
#[test]
fn a_message_in_flight_cannot_be_withdrawn() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    let message = rows(&device)[0].command.action.makes().unwrap();
    let _outgoing = take(&device).unwrap();
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .unwrap();
    assert_eq!(states(&device), [OutboxState::Sending]);
}

fn recovered(device: &Device) -> Vec<String> {
    let mut rows = now(device.cache.recovered()).unwrap();
    rows.sort_by_key(|row| row.written_at);
    rows.into_iter().map(|row| row.text.body).collect()
}

fn withdraw(device: &Device, conversation: ConversationId, text: &str) {
    let said = |row: &OutboxRow| {
        crate::engine::sync::recovered(row, None).is_some_and(|said| said.text.body == text)
    };
    let row = rows(device).into_iter().find(said).unwrap();
    let message = match row.command.action {
        Action::Edit { message, .. } => message,
        action => action.makes().unwrap(),
    };
    let call = ApiRequest::Withdraw {
        conversation,
        message,
    };
    device.ask::<()>(call).unwrap();
}

// F3, M7
#[test]
fn a_message_sent_once_without_an_answer_cannot_be_withdrawn_until_one_comes() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    now(device.engine.not_answered(take(&device).unwrap())).unwrap();
    withdraw(&device, conversation, "Eerste");
    assert_eq!(states(&device), [OutboxState::Waiting], "the server may have it");
    let _lost = take(&device).unwrap();
    let device = device.restart();
    withdraw(&device, conversation, "Eerste");
    assert_eq!(states(&device), [OutboxState::Waiting]);
    refuse(&device, take(&device).unwrap(), Refusal::NotFindable);
    withdraw(&device, conversation, "Eerste");
    assert_eq!(
        states(&device),
        [],
        "the answer came: the server does not have it"
    );
}

// M7
#[test]
fn messages_held_behind_a_stale_one_continue_once_that_is_withdrawn() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    let outgoing = take(&device).unwrap();
    accept(&device, outgoing, conversation);
    say(&device, conversation, "Van eergisteren");
    device.clock.advance(Timestamp::DAY / 2);
    say(&device, conversation, "Van gisteren");
    device.clock.advance(Timestamp::DAY + 1);
    say(&device, conversation, "Van nu");
    assert!(take(&device).is_none());
    assert_eq!(
        states(&device)[1..],
        [OutboxState::Stale, OutboxState::Held, OutboxState::Held]
    );
    withdraw(&device, conversation, "Van eergisteren");
    assert_eq!(states(&device)[1..], [OutboxState::Waiting, OutboxState::Waiting]);
    assert!(take(&device).is_none(), "the next one is stale itself, and asks");
    assert_eq!(states(&device)[1..], [OutboxState::Stale, OutboxState::Held]);
    withdraw(&device, conversation, "Van gisteren");
    assert_eq!(take(&device).unwrap().request.commands.len(), 1);
    assert_eq!(states(&device)[1..], [OutboxState::Sending]);
}

// M7, S1
#[test]
fn a_start_that_is_withdrawn_keeps_the_texts_that_were_to_follow_it() {
    let device = Device::of_anna();
    let conversation = start(&device, "Van gisteren");
    device.clock.advance(Timestamp::DAY + 1);
    say(&device, conversation, "Van nu");
    assert!(take(&device).is_none());
    withdraw(&device, conversation, "Van gisteren");
    assert!(rows(&device).is_empty());
    assert!(now(device.cache.conversation(conversation)).unwrap().is_none());
    assert_eq!(recovered(&device), ["Van gisteren", "Van nu"]);
}

fn edit(device: &Device, conversation: ConversationId, message: MessageId, text: &str) {
    let draft = Draft {
        text: text.into(),
        editing: Some(message),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
}

fn draft(device: &Device, conversation: ConversationId) -> Option<Draft> {
    let row = now(device.cache.draft(conversation)).unwrap();
    row.map(|row| row.draft)
}

// M3, W1
#[test]
fn the_text_of_an_edit_that_was_refused_goes_back_to_the_draft_when_it_is_withdrawn() {
    let device = Device::of_anna();
    let conversation = start(&device, "Om 10 uur");
    let message = rows(&device)[0].command.action.makes().unwrap();
    let outgoing = take(&device).unwrap();
    accept(&device, outgoing, conversation);
    edit(&device, conversation, message, "Om 11 uur");
    refuse(&device, take(&device).unwrap(), Refusal::EditedTooLate);
    withdraw(&device, conversation, "Om 11 uur");
    let back = Draft {
        text: "Om 11 uur".into(),
        reply_to: None,
        editing: Some(message),
        urgent: None,
    };
    assert_eq!(draft(&device, conversation), Some(back));
    assert_eq!(rows(&device).len(), 1);
}

// M3, W1
#[test]
fn a_text_withdrawn_while_another_is_being_written_is_kept_apart() {
    let device = Device::of_anna();
    let conversation = start(&device, "Om 10 uur");
    let message = rows(&device)[0].command.action.makes().unwrap();
    let outgoing = take(&device).unwrap();
    accept(&device, outgoing, conversation);
    for text in ["Om 11 uur", "Om 12 uur"] {
        edit(&device, conversation, message, text);
        refuse(&device, take(&device).unwrap(), Refusal::EditedTooLate);
        device.clock.advance(1);
        let other = Draft {
            text: "Iets anders".into(),
            ..Draft::default()
        };
        let call = ApiRequest::SaveDraft {
            conversation,
            draft: other.clone(),
        };
        device.ask::<()>(call).unwrap();
        withdraw(&device, conversation, text);
        assert_eq!(draft(&device, conversation), Some(other));
    }
    assert_eq!(recovered(&device), ["Om 11 uur", "Om 12 uur"]);
}

// M3, W1
#[test]
fn a_message_withdrawn_with_its_edit_goes_back_to_the_draft_as_it_was_edited() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    say(&device, conversation, "Om 10 uur");
    let message = rows(&device)[1].command.action.makes().unwrap();
    edit(&device, conversation, message, "Om 11 uur");
    withdraw(&device, conversation, "Om 11 uur");
    let back = Draft {
        text: "Om 11 uur".into(),
        ..Draft::default()
    };
    assert_eq!(draft(&device, conversation), Some(back));
    assert_eq!(rows(&device).len(), 1);
}

// M10, W1
#[test]
fn a_withdrawn_message_that_was_urgent_is_a_draft_that_will_be() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    let urgent = Draft {
        text: "Kun je nu kijken?".into(),
        urgent: Some("Bloeddruk daalt".to_owned()),
        ..Draft::default()
    };
    let call = ApiRequest::SaveDraft {
        conversation,
        draft: urgent.clone(),
    };
    device.ask::<()>(call).unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
    withdraw(&device, conversation, "Kun je nu kijken?");
    assert_eq!(draft(&device, conversation), Some(urgent));
}
