//! Every arrow of the outbox's state machine.

#[path = "withdraw_tests.rs"]
mod withdrawing;

use conversation::{
    Action, CommandId, ConversationId, MembershipId, MessageId, MessageText, Refusal, Seq, Shape, Timestamp,
};
use protocol::commands::{Answer, CommandsAnswer, Receipt};
use serde_json::Value;
use trail::Digest;

use super::Outgoing;
use crate::api::request::ApiRequest;
use crate::api::view::{Body, ConversationView, Draft, MessageState, SyncStatus};
use crate::cache::{Cache as _, Change, OutboxRow, OutboxState};
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

fn start(device: &Device, text: &str) -> ConversationId {
    start_with(device, KARIM, text)
}

fn start_with(device: &Device, with: MembershipId, text: &str) -> ConversationId {
    let call = ApiRequest::Start {
        acting: ANNA,
        shape: Shape::Direct,
        with: vec![with],
        teams: vec![],
        subject: None,
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    device.ask(call).unwrap()
}

fn say(device: &Device, conversation: ConversationId, text: &str) {
    let draft = Draft {
        text: text.into(),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .unwrap();
    device.ask::<()>(ApiRequest::Send { conversation }).unwrap();
}

fn rows(device: &Device) -> Vec<OutboxRow> {
    now(device.cache.outbox(None)).unwrap()
}

fn states(device: &Device) -> Vec<OutboxState> {
    rows(device).into_iter().map(|row| row.state).collect()
}

fn take(device: &Device) -> Option<Outgoing> {
    now(device.engine.outgoing()).unwrap()
}

fn commands(outgoing: &Outgoing) -> Vec<CommandId> {
    let id = |command: &serde_json::value::RawValue| {
        let value: Value = serde_json::from_str(command.get()).unwrap();
        value["id"].as_str().unwrap().parse().unwrap()
    };
    outgoing
        .request
        .commands
        .iter()
        .map(|command| id(command))
        .collect()
}

fn receipt(number: u64) -> Receipt {
    let (link, mac) = (Digest([1; 32]), Digest([2; 32]));
    Receipt {
        number: Seq(number),
        link,
        epoch: 1,
        mac,
        at: Timestamp(1_760_000_000_000),
    }
}

fn accept(device: &Device, outgoing: Outgoing, conversation: ConversationId) {
    let answers: Vec<_> = (2..)
        .zip(commands(&outgoing))
        .map(|(number, command)| Answer::Accepted {
            command,
            conversation,
            receipt: Some(receipt(number)),
        })
        .collect();
    now(device.engine.answered(outgoing, CommandsAnswer::new(answers))).unwrap();
}

fn refuse(device: &Device, outgoing: Outgoing, refusal: Refusal) {
    let answers: Vec<_> = commands(&outgoing)
        .into_iter()
        .map(|command| Answer::Refused {
            command: Some(command),
            refusal,
            about: Vec::new(),
        })
        .collect();
    now(device.engine.answered(outgoing, CommandsAnswer::new(answers))).unwrap();
}

fn shown(device: &Device, conversation: ConversationId) -> Vec<(String, MessageState)> {
    let messages = device.messages(conversation).into_iter();
    messages
        .filter_map(|message| match message.body {
            Body::Said { text, .. } => Some((text.body, message.state)),
            _ => None,
        })
        .collect()
}

// F3
#[test]
fn a_message_sent_offline_is_shown_at_once_and_waits() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    assert_eq!(states(&device), [OutboxState::Waiting]);
    assert_eq!(
        shown(&device, conversation),
        [("Heeft u even?".to_owned(), MessageState::Waiting)]
    );
    let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).unwrap();
    assert_eq!(sync_status.waiting, 1);
}

// F3
#[test]
fn a_command_is_in_flight_only_once() {
    let device = Device::of_anna();
    start(&device, "Heeft u even?");
    let outgoing = take(&device).unwrap();
    assert_eq!(outgoing.request.commands.len(), 1);
    assert_eq!(states(&device), [OutboxState::Sending]);
    assert!(take(&device).is_none());
}

// M7
#[test]
fn without_an_answer_it_is_sent_again_with_the_same_id() {
    let device = Device::of_anna();
    start(&device, "Heeft u even?");
    let first = take(&device).unwrap();
    let (ids, sent) = (commands(&first), first.request.commands[0].get().to_owned());
    now(device.engine.not_answered(first)).unwrap();
    assert_eq!(states(&device), [OutboxState::Waiting]);
    let again = take(&device).unwrap();
    assert_eq!(commands(&again), ids);
    assert_eq!(again.request.commands[0].get(), sent, "to the byte");
}

// F3
#[test]
fn commands_in_flight_when_the_program_ended_are_sent_again() {
    let device = Device::of_anna();
    start(&device, "Heeft u even?");
    let ids = commands(&take(&device).unwrap());
    let device = device.restart();
    assert_eq!(states(&device), [OutboxState::Waiting]);
    assert_eq!(commands(&take(&device).unwrap()), ids);
}

// F3
#[test]
fn an_accepted_message_stays_shown_until_its_event_arrives() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    let outgoing = take(&device).unwrap();
    accept(&device, outgoing, conversation);
    assert!(matches!(
        states(&device)[..],
        [OutboxState::Accepted {
            number: Some(Seq(2)),
            ..
        }]
    ));
    assert_eq!(
        shown(&device, conversation),
        [("Heeft u even?".to_owned(), MessageState::Accepted)]
    );
}

// I1, F3
#[test]
fn an_answer_to_a_user_who_signed_out_meanwhile_leaves_the_present_user_alone() {
    let device = Device::of_anna();
    let first = start(&device, "Van wie hier was");
    let outgoing = take(&device).unwrap();
    let order = rows(&device)[0].order;
    now(device.cache.write(vec![Change::DropOutbox(order)])).unwrap();
    start(&device, "Van wie hier nu is");
    assert_eq!(rows(&device)[0].order, order);
    accept(&device, outgoing, first);
    assert_eq!(states(&device), [OutboxState::Waiting]);
}

// F3
#[test]
fn a_refused_message_says_why_keeps_its_text_and_can_be_tried_again_under_a_new_id() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    let outgoing = take(&device).unwrap();
    let ids = commands(&outgoing);
    refuse(&device, outgoing, Refusal::NotFindable);
    let refused = MessageState::Refused {
        refusal: Refusal::NotFindable,
    };
    assert_eq!(
        shown(&device, conversation),
        [("Heeft u even?".to_owned(), refused)]
    );
    let message = rows(&device)[0].command.action.makes().unwrap();
    device
        .ask::<()>(ApiRequest::Retry {
            conversation,
            message,
        })
        .unwrap();
    assert_eq!(states(&device), [OutboxState::Waiting]);
    let again = take(&device).unwrap();
    assert_ne!(commands(&again), ids);
    assert_eq!(rows(&device)[0].command.action.makes(), Some(message));
}

// M7
#[test]
fn a_message_that_waited_for_more_than_a_day_asks_once_and_holds_those_behind_it() {
    let device = Device::of_anna();
    let conversation = start(&device, "Van gisteren");
    device.clock.advance(Timestamp::DAY + 1);
    say(&device, conversation, "Van nu");
    assert!(take(&device).is_none());
    assert_eq!(states(&device), [OutboxState::Stale, OutboxState::Held]);
    let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).unwrap();
    assert_eq!((sync_status.stale, sync_status.waiting), (2, 0));
    device.ask::<()>(ApiRequest::SendStale { conversation }).unwrap();
    assert_eq!(states(&device), [OutboxState::Waiting, OutboxState::Waiting]);
    assert_eq!(take(&device).unwrap().request.commands.len(), 2);
}

// M7
#[test]
fn a_stale_message_holds_up_no_other_conversation() {
    let device = Device::of_anna();
    start(&device, "Van gisteren");
    device.clock.advance(Timestamp::DAY + 1);
    let other: ConversationId = device
        .ask(ApiRequest::Start {
            acting: ANNA,
            shape: Shape::Group,
            with: vec![KARIM],
            teams: vec![],
            subject: Some("Wondzorg".into()),
            text: Some("Van nu".into()),
            attachments: false,
            urgent: None,
        })
        .unwrap();
    let outgoing = take(&device).unwrap();
    assert_eq!(outgoing.request.commands.len(), 1);
    assert!(outgoing.request.commands[0].get().contains(&other.to_string()));
}

// F3
#[test]
fn nothing_is_sent_to_a_conversation_that_the_server_lost_part_of_and_to_others_all() {
    let device = Device::of_anna();
    let (lost, other) = (start(&device, "Eerste"), start_with(&device, SANNE, "Ook"));
    say(&device, lost, "Tweede");
    let mut row = now(device.cache.conversation(lost)).unwrap().unwrap();
    row.restored = true;
    now(device.cache.write(vec![Change::PutConversation(Box::new(row))])).unwrap();
    let sent = commands(&take(&device).unwrap());
    let of = |conversation| -> Vec<CommandId> {
        let rows = rows(&device).into_iter();
        rows.filter(|row| row.conversation == conversation)
            .map(|row| row.command.id)
            .collect()
    };
    assert_eq!(sent, of(other));
    assert_eq!(of(lost).len(), 2, "they wait");
    assert!(take(&device).is_none());
}

// F3
#[test]
fn a_request_holds_a_mebibyte_and_further_commands_wait_in_order() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    let long = "x".repeat(conversation::text::LONGEST_TEXT);
    for _ in 0..60 {
        say(&device, conversation, &long);
    }
    say(&device, conversation, "Kort");
    let all: Vec<CommandId> = rows(&device).iter().map(|row| row.command.id).collect();
    let mut sent = Vec::new();
    for _ in 0..2 {
        let outgoing = take(&device).unwrap();
        let bytes: usize = outgoing
            .request
            .commands
            .iter()
            .map(|json| json.get().len())
            .sum();
        assert!((1..=1024 * 1024).contains(&bytes));
        sent.extend(commands(&outgoing));
        accept(&device, outgoing, conversation);
    }
    assert_eq!(sent, all);
}

// F3
#[test]
fn a_command_larger_than_a_request_is_sent_alone() {
    let device = Device::of_anna();
    let conversation = start(&device, "Eerste");
    let outgoing = take(&device).unwrap();
    accept(&device, outgoing, conversation);
    for _ in 0..2 {
        say(&device, conversation, "Te lang");
    }
    for mut row in rows(&device).split_off(1) {
        if let Action::Post { message } = &mut row.command.action {
            message.text = "x".repeat(1024 * 1024).as_str().into();
        }
        now(device.cache.write(vec![Change::PutOutbox(Box::new(row))])).unwrap();
    }
    assert_eq!(take(&device).unwrap().request.commands.len(), 1);
    assert_eq!(states(&device)[1..], [OutboxState::Sending, OutboxState::Waiting]);
}

// S1
#[test]
fn two_starts_of_a_direct_conversation_that_became_one_keep_their_commands_to_the_byte() {
    let device = Device::of_anna();
    let own = start(&device, "Heeft u even?");
    let theirs = ConversationId(uuid::Uuid::from_u128(77));
    let outgoing = take(&device).unwrap();
    say(&device, own, "Nog iets");
    accept(&device, outgoing, theirs);
    let waiting = rows(&device);
    assert_eq!(
        waiting.len(),
        1,
        "what was accepted comes with the other conversation"
    );
    assert_eq!(
        (waiting[0].conversation, waiting[0].command.conversation),
        (theirs, own)
    );
    assert_eq!(now(device.engine.resolve(own)).unwrap(), theirs);
}

// L5, W1
#[test]
fn a_draft_stays_with_its_conversation_and_goes_when_it_is_sent() {
    let device = Device::of_anna();
    let first = start(&device, "Eerste");
    let second: ConversationId = device
        .ask(ApiRequest::Start {
            acting: ANNA,
            shape: Shape::Group,
            with: vec![KARIM],
            teams: vec![],
            subject: Some("Wondzorg".into()),
            text: None,
            attachments: false,
            urgent: None,
        })
        .unwrap();
    let draft = Draft {
        text: "Half af".into(),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft {
            conversation: first,
            draft: draft.clone(),
        })
        .unwrap();
    let device = device.restart();
    let view = |conversation| {
        device
            .ask::<ConversationView>(ApiRequest::Conversation { conversation })
            .unwrap()
    };
    assert_eq!(view(first).draft, Some(draft));
    assert_eq!(view(second).draft, None);
    device
        .ask::<()>(ApiRequest::Send { conversation: first })
        .unwrap();
    assert_eq!(view(first).draft, None);
}

// S1, F3
#[test]
fn a_message_refused_behind_a_start_that_became_another_conversation_moves_there_and_can_be_withdrawn() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    say(&device, conversation, "Of morgen?");
    let outgoing = take(&device).unwrap();
    let [first, second] = commands(&outgoing)[..] else {
        panic!("two commands")
    };
    let other = ConversationId(uuid::Uuid::from_u128(0x77));
    let answers = vec![
        Answer::Accepted {
            command: first,
            conversation: other,
            receipt: Some(receipt(4)),
        },
        Answer::Refused {
            command: Some(second),
            refusal: Refusal::ConversationArchived,
            about: Vec::new(),
        },
    ];
    now(device.engine.answered(outgoing, CommandsAnswer::new(answers))).unwrap();
    let refused = rows(&device).pop().unwrap();
    assert_eq!(refused.conversation, other);
    let message = refused.command.action.makes().unwrap();
    let conversation = refused.conversation;
    device
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .unwrap();
    assert_eq!(rows(&device), []);
}

// P6, F3
#[test]
fn a_conversation_started_and_left_before_its_first_event_arrived_leaves_nothing_behind() {
    let device = Device::of_anna();
    let conversation = start(&device, "Heeft u even?");
    let leave = ApiRequest::Leave {
        conversation,
        successor: None,
    };
    device.ask::<()>(leave).unwrap();
    while let Some(outgoing) = take(&device) {
        accept(&device, outgoing, conversation);
    }
    // The server never sends `gone`: the first sync knows of no device that held it.
    assert_eq!(states(&device), []);
    assert!(now(device.cache.conversation(conversation)).unwrap().is_none());
}

// F3, U3
#[test]
fn a_request_that_an_intermediary_does_not_let_through_is_tried_again_in_halves() {
    let device = Device::of_anna();
    let conversation = start(&device, "1");
    for number in 2..=8 {
        say(&device, conversation, &number.to_string());
    }
    for most in [8, 4, 2, 1, 1] {
        let outgoing = take(&device).unwrap();
        assert_eq!(commands(&outgoing).len(), most);
        now(device.engine.not_let_through(outgoing)).unwrap();
    }
}
