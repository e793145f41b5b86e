//! Every command by every role in a direct, an item's and an archived conversation; the group has its table in [`actions`].
//!
//! [`actions`]: crate::actions

use conversation::{Action, ConversationId, MessageId, NewMessage, Refusal, Shape};

use crate::Role::{self, *};
use crate::actions::{OF_COMMANDS, Stage};

/// A table: the setup of each cell, who may do what, and who gets the answer of a conversation that does not exist.
struct Table {
    set_up: fn(&mut Stage) -> (ConversationId, MessageId),
    may: fn(&Action, Role) -> bool,
    nothing_there: fn(Role) -> bool,
}

fn wrong_in(table: &Table) -> Vec<String> {
    let mut stage = Stage::open();
    let mut wrong = Vec::new();
    let message = stage.server.message("Dank");
    let count = stage.actions(message.id, message).len();
    for role in OF_COMMANDS {
        for index in 0..count {
            let (conversation, said) = (table.set_up)(&mut stage);
            let message = stage.server.message("Dank");
            let action = stage.actions(said, message).swap_remove(index);
            let nowhere = ConversationId(stage.server.id());
            let answered = stage.ask(role, conversation, action.clone());
            if answered.is_ok() != (table.may)(&action, role) {
                wrong.push(format!("{action:?} as {role:?}: {answered:?}"));
            }
            if (table.nothing_there)(role) && !matches!(action, Action::Start { .. }) {
                let elsewhere = stage.ask(role, nowhere, action.clone());
                if answered != elsewhere {
                    wrong.push(format!(
                        "{action:?} as {role:?}: {answered:?}, elsewhere {elsewhere:?}"
                    ));
                }
            }
        }
    }
    wrong
}

/// Between the owner and the member, with a message of one of them.
fn direct(stage: &mut Stage) -> (ConversationId, MessageId) {
    let message = stage.server.message(crate::SECRET);
    let said = message.id;
    let start = Action::Start {
        shape: Shape::Direct,
        with: vec![stage.who[&Member].membership],
        teams: Vec::new(),
        // A new one each time.
        subject: Some("Onder ons".to_owned()),
        message: Some(message),
    };
    let owner = stage.who[&Owner].clone();
    let id = ConversationId(stage.server.id());
    (stage.server.act(&owner, id, start), said)
}

fn of_two(role: Role) -> bool {
    matches!(role, Owner | Member)
}

// P1, P4, P6, M2, M3, M4, S4, A2
#[test]
fn in_a_direct_conversation_the_two_write_and_leave_and_nobody_does_anything_else() {
    let may = |action: &Action, role| match action {
        Action::Post { .. } | Action::Leave { .. } => of_two(role),
        // Their own message.
        Action::Edit { .. } | Action::Delete { .. } => role == Owner,
        Action::Start { .. }
        | Action::Add { .. }
        | Action::Join
        | Action::Remove { .. }
        | Action::RemoveTeam { .. }
        | Action::HandOver { .. }
        | Action::Archive
        | Action::Reopen
        | Action::DeleteConversation => false,
    };
    let wrong = wrong_in(&Table {
        set_up: direct,
        may,
        nothing_there: |role| !of_two(role),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// By the owner about the item, with the member; the late joiner joined without `Analyse`, and the former member left.
fn about_the_item(stage: &mut Stage) -> (ConversationId, MessageId) {
    let message = stage.server.message(crate::SECRET);
    let said = message.id;
    let start = Action::Start {
        shape: Shape::Item { item: stage.item },
        with: vec![stage.who[&Member].membership],
        teams: Vec::new(),
        subject: None,
        message: Some(message),
    };
    let owner = stage.who[&Owner].clone();
    let id = ConversationId(stage.server.id());
    let id = stage.server.act(&owner, id, start);
    let members = [JoinedLater, Former].map(|role| stage.who[&role].membership);
    let add = |members: &[_], teams| Action::Add {
        members: members.to_vec(),
        teams,
        share: None,
    };
    stage.server.act(&owner, id, add(&members, vec![stage.team]));
    let former = stage.who[&Former].clone();
    stage.server.act(&former, id, Action::Leave { successor: None });
    (id, said)
}

fn takes_part(role: Role) -> bool {
    matches!(role, Owner | Member | ByTeam | JoinedLater)
}

// P1, P3, P5, P6, P7, M2, M3, M4, A2
#[test]
fn at_an_item_who_holds_analyse_adds_and_joins_and_nobody_deletes() {
    let may = |action: &Action, role| match action {
        // Replying requires seeing the message, as a participant or by Analyse (P5).
        Action::Post { message } if message.reply_to.is_some() => of_two(role),
        Action::Post { .. } | Action::Leave { .. } => takes_part(role),
        Action::Edit { .. } | Action::Delete { .. } => role == Owner,
        // Nothing earlier is shared at an item, where Analyse shows it.
        Action::Add { share: Some(_), .. } => false,
        Action::Add { .. } => role == Owner,
        Action::Join => role == Analyst,
        Action::Remove { .. } | Action::RemoveTeam { .. } | Action::HandOver { .. } | Action::Archive => {
            role == Owner
        }
        Action::Start { .. } | Action::Reopen | Action::DeleteConversation => false,
    };
    let wrong = wrong_in(&Table {
        set_up: about_the_item,
        may,
        nothing_there: |role| !takes_part(role) && !matches!(role, Former | Analyst),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn archive(stage: &mut Stage, (id, said): (ConversationId, MessageId)) -> (ConversationId, MessageId) {
    let owner = stage.who[&Owner].clone();
    (stage.server.act(&owner, id, Action::Archive), said)
}

// L3, M3, M4, P1, P6
#[test]
fn an_archived_group_is_only_read_left_and_put_in_order_by_its_owner() {
    let may = |action: &Action, role| match action {
        Action::Leave { .. } => takes_part(role),
        // A deletion is allowed at any time.
        Action::Delete { .. }
        | Action::Remove { .. }
        | Action::RemoveTeam { .. }
        | Action::HandOver { .. }
        | Action::Reopen
        | Action::DeleteConversation => role == Owner,
        Action::Start { .. }
        | Action::Post { .. }
        | Action::Edit { .. }
        | Action::Add { .. }
        | Action::Join
        | Action::Archive => false,
    };
    let wrong = wrong_in(&Table {
        set_up: |stage| {
            let group = stage.group();
            archive(stage, group)
        },
        may,
        nothing_there: |role| !takes_part(role),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// L3, P3, A2
#[test]
fn an_archived_conversation_about_an_item_is_not_joined_or_deleted_either() {
    let may = |action: &Action, role| match action {
        Action::Leave { .. } => takes_part(role),
        Action::Delete { .. }
        | Action::Remove { .. }
        | Action::RemoveTeam { .. }
        | Action::HandOver { .. }
        | Action::Reopen => role == Owner,
        _ => false,
    };
    let wrong = wrong_in(&Table {
        set_up: |stage| {
            let about = about_the_item(stage);
            archive(stage, about)
        },
        may,
        nothing_there: |role| !takes_part(role) && !matches!(role, Former | Analyst),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// P5, M3, M7: a message that was edited in its own commit is delivered only in its current version.
#[test]
fn a_text_that_was_edited_in_the_same_commit_is_sent_to_nobody() {
    let mut stage = Stage::open();
    let (group, _) = stage.group();
    let (owner, member) = (stage.who[&Owner].clone(), stage.who[&Member].clone());
    let mut device = stage.server.follow(&member);
    let message = NewMessage {
        text: "eerste gedachte".into(),
        ..stage.server.message("")
    };
    let named = message.id;
    let actions = [
        Action::Post { message },
        Action::Edit {
            message: named,
            text: "tweede gedachte".into(),
            attachments: Vec::new(),
            urgent: None,
        },
        Action::Edit {
            message: named,
            text: "laatste woord".into(),
            attachments: Vec::new(),
            urgent: None,
        },
    ];
    let commands = actions.map(|action| stage.server.command(&owner, group, action));
    stage.server.ask(&owner, &commands);
    device.listen(&mut stage.server);
    let sent = device
        .frames
        .iter()
        .map(|frame| serde_json::to_string(frame).unwrap());
    let sent: String = sent.collect();
    assert!(sent.contains("laatste woord"));
    assert!(!sent.contains("gedachte"), "an outdated text was sent");
    let fresh = stage.server.fresh(&member);
    assert_eq!(device.view(), fresh.view());
}

// P5
#[test]
fn sharing_earlier_messages_at_an_item_is_refused_by_its_own_sentence() {
    let mut stage = Stage::open();
    let owner = stage.who[&Owner].clone();
    let (id, _) = about_the_item(&mut stage);
    let last = conversation::Seq(4);
    let shared = Action::Add {
        members: vec![stage.who[&Colleague].membership],
        teams: Vec::new(),
        share: Some(conversation::Share {
            from: conversation::Seq(1),
            previewed: last,
        }),
    };
    assert_eq!(stage.server.refused(&owner, id, shared), Refusal::NothingToShare);
}
