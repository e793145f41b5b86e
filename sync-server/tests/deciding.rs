//! Answers to commands, including repeated and outdated ones.

mod common;

use common::in_process_server::*;
use conversation::organisation::Permission;
use conversation::{Action, ConversationId, MembershipId, MessageText, Refusal, Shape, Timestamp};
use protocol::commands::{Answer, CommandsRequest};
use serde_json::value::RawValue;

fn two() -> (InProcessServer, Who, Who) {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let anna = server.person("Anna", home);
    let bram = server.person("Bram", home);
    (server, anna, bram)
}

// M7
#[test]
fn the_same_command_gets_the_same_answer_for_ever() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let message = server.message("Dag");
    let command = server.command(&anna, conversation, Action::Post { message });
    let first = server.ask(&anna, std::slice::from_ref(&command));
    server.say(&bram, conversation, "Dag Anna");
    assert_eq!(server.ask(&anna, std::slice::from_ref(&command)), first);
    // Twice in one request, and again after years and a restart.
    assert_eq!(
        server.ask(&anna, &[command.clone(), command.clone()]),
        [first[0].clone(), first[0].clone()]
    );
    server.clock.advance(1_000 * Timestamp::DAY);
    let mut server = server.restarted();
    assert_eq!(server.ask(&anna, std::slice::from_ref(&command)), first);
    assert_eq!(
        server.fresh(&bram).reads(conversation),
        ["line", "Dag", "Dag Anna"]
    );
}

// M7
#[test]
fn the_same_id_with_another_command_is_a_conflict_and_the_first_stands() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let message = server.message("Dag");
    let command = server.command(&anna, conversation, Action::Post { message });
    let first = server.ask(&anna, std::slice::from_ref(&command));
    let mut other = command.clone();
    other.action = Action::Post {
        message: server.message("Iets anders"),
    };
    assert_eq!(refused(&server.ask(&anna, &[other])[0]), Refusal::Conflict);
    assert_eq!(server.ask(&anna, std::slice::from_ref(&command)), first);
    // A command of another account may have the same id.
    let mut of_bram = command;
    of_bram.acting = bram.membership;
    of_bram.action = Action::Post {
        message: server.message("Van Bram"),
    };
    accepted(&server.ask(&bram, &[of_bram])[0]);
    assert_eq!(
        server.fresh(&anna).reads(conversation),
        ["line", "Dag", "Van Bram"]
    );
}

// M7
#[test]
fn a_message_id_is_made_once_in_a_conversation() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let message = server.message("Dag");
    let post = Action::Post {
        message: message.clone(),
    };
    server.act(&anna, conversation, post.clone());
    assert_eq!(
        server.refused(&anna, conversation, post.clone()),
        Refusal::Conflict
    );
    assert_eq!(
        server.refused(&bram, conversation, post.clone()),
        Refusal::Conflict
    );
    // In one batch, too.
    let message = server.message("Nog een");
    let again = Action::Post { message };
    let commands = [
        server.command(&anna, conversation, again.clone()),
        server.command(&anna, conversation, again),
    ];
    let answers = server.ask(&anna, &commands);
    accepted(&answers[0]);
    assert_eq!(refused(&answers[1]), Refusal::Conflict);
    // In another conversation it is another message.
    let other = server.group(&anna, &[&bram], "Iets anders");
    server.act(&anna, other, post);
}

// P5
#[test]
fn a_command_that_depends_on_a_refused_message_reveals_neither_a_conversation_nor_its_messages() {
    let (mut server, anna, bram) = two();
    let home = server
        .core
        .directory()
        .card(anna.membership)
        .unwrap()
        .organisation;
    let carla = server.person("Carla", home);
    let theirs = server.group(&anna, &[&bram], "Wondzorg");
    let said = server.say(&anna, theirs, "Niet voor Carla");
    let nowhere = ConversationId(server.id());
    let unsaid = server.message("").id;
    let mut answers = Vec::new();
    for conversation in [theirs, nowhere] {
        for id in [said, unsaid] {
            let mut message = server.message("Kan ik dit?");
            message.id = id;
            let edit = Action::Edit {
                message: id,
                text: "En dit?".into(),
                attachments: Vec::new(),
                urgent: None,
            };
            let delete = Action::Delete { message: id };
            let post = Action::Post { message };
            answers.push([post, edit, delete].map(|action| server.refused(&carla, conversation, action)));
        }
    }
    let same = [
        Refusal::NoSuchConversation,
        Refusal::DependsOnRefused,
        Refusal::DependsOnRefused,
    ];
    assert_eq!(answers, [same; 4]);
}

// M7
#[test]
fn a_refusal_is_remembered_for_400_days_and_what_depends_on_it_is_refused() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let empty = server.message("   ");
    let mut reply = server.message("Een antwoord daarop");
    reply.reply_to = Some(empty.id);
    let mut reply_to_reply = server.message("En daarop weer");
    reply_to_reply.reply_to = Some(reply.id);
    let post = |message| Action::Post { message };
    let refused_command = server.command(&anna, conversation, post(empty));
    let commands = [
        refused_command.clone(),
        server.command(&anna, conversation, post(reply)),
    ];
    let answers = server.ask(&anna, &commands);
    assert_eq!(refused(&answers[0]), Refusal::TextEmpty);
    assert_eq!(refused(&answers[1]), Refusal::DependsOnRefused);
    // Later too, and also for commands that depend on it.
    let mut server = server.restarted();
    assert_eq!(
        server.refused(&anna, conversation, post(reply_to_reply)),
        Refusal::DependsOnRefused
    );
    assert_eq!(
        server.ask(&anna, std::slice::from_ref(&refused_command)),
        answers[..1]
    );
    // A message in a conversation that a refused command would have started.
    let nowhere = ConversationId(server.id());
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![bram.membership],
        subject: None,
        message: None,
    };
    assert_eq!(server.refused(&anna, nowhere, start), Refusal::SubjectMissing);
    let message = server.message("Dag allemaal");
    assert_eq!(
        server.refused(&anna, nowhere, post(message)),
        Refusal::DependsOnRefused
    );
    // After 400 days the refusal is forgotten.
    server.clock.advance(401 * Timestamp::DAY);
    let before = platform::Clock::now(&*server.clock).plus(-400 * Timestamp::DAY);
    let forgotten = now(sync_server::store::LogStore::forget_refusals(
        server.store.as_ref(),
        before,
    ));
    assert_eq!(forgotten.unwrap(), 5);
    assert_eq!(
        refused(&server.ask(&anna, &[refused_command])[0]),
        Refusal::TooOld
    );
}

#[test]
fn a_command_that_cannot_be_read_is_refused_alone() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let mut request = CommandsRequest::default();
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let id = server.id();
    request.commands.push(raw("{}"));
    request
        .commands
        .push(raw(&format!(r#"{{"id":"{id}","action":"of another version"}}"#)));
    request.commands.push(raw("[1]"));
    let message = server.message("Dag");
    request
        .push(&server.command(&anna, conversation, Action::Post { message }))
        .unwrap();
    let answers = server
        .commit(&[(InProcessServer::actor(&anna), request)])
        .remove(0);
    let ids: Vec<bool> = answers
        .iter()
        .map(|answer| matches!(answer, Answer::Refused { command: Some(_), .. }))
        .collect();
    assert_eq!(ids, [false, true, false, false]);
    for answer in &answers[..3] {
        assert_eq!(refused(answer), Refusal::Malformed);
    }
    accepted(&answers[3]);
}

// S1
#[test]
fn two_starts_of_a_direct_conversation_become_one_and_the_second_id_is_an_alias() {
    let (mut server, anna, bram) = two();
    let (of_anna, of_bram) = (ConversationId(server.id()), ConversationId(server.id()));
    let mut commands = Vec::new();
    for (who, id, with, text) in [
        (&anna, of_anna, &bram, "Van Anna"),
        (&bram, of_bram, &anna, "Van Bram"),
    ] {
        let start = server.start_direct(with, text);
        let mut request = CommandsRequest::default();
        request.push(&server.command(who, id, start)).unwrap();
        // Then another command, to the id that they know.
        let message = server.message("En nog iets");
        request
            .push(&server.command(who, id, Action::Post { message }))
            .unwrap();
        commands.push((InProcessServer::actor(who), request));
    }
    let answers = server.commit(&commands);
    for answer in answers.iter().flatten() {
        assert_eq!(accepted(answer).0, of_anna);
    }
    let said = ["line", "Van Anna", "En nog iets", "Van Bram", "En nog iets"];
    assert_eq!(server.fresh(&anna).reads(of_anna), said);
    // For its sender the alias holds for ever, on each of their devices; for the other member it does not exist.
    let mut server = server.restarted();
    server.say(&bram, of_bram, "Later");
    let device = server.fresh(&bram);
    assert_eq!(device.aliases.get(&of_bram), Some(&of_anna));
    assert_eq!(server.fresh(&anna).aliases.len(), 0);
    let message = server.message("Wat is dit?");
    assert_eq!(
        server.refused(&anna, of_bram, Action::Post { message }),
        Refusal::NoSuchConversation
    );
    // Starting again without a message changes nothing, and repeats the answer.
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Direct,
        with: vec![anna.membership],
        subject: None,
        message: None,
    };
    let another = ConversationId(server.id());
    let command = server.command(&bram, another, start);
    let answer = server.ask(&bram, std::slice::from_ref(&command));
    assert_eq!(accepted(&answer[0]), (of_anna, None));
    assert_eq!(server.ask(&bram, &[command]), answer);
}

// P5
#[test]
fn a_start_with_the_id_of_a_foreign_conversation_is_answered_as_one_that_cannot_be_read() {
    let (mut server, anna, bram) = two();
    let home = server.organisation("Huisartsen Zuid");
    let (carla, dirk) = (server.person("Carla", home), server.person("Dirk", home));
    let foreign = server.group(&anna, &[&bram], "Wondzorg");
    let start = server.start_direct(&dirk, "Dag");
    assert_eq!(server.refused(&carla, foreign, start), Refusal::Malformed);
    let again = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![anna.membership],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    assert_eq!(server.refused(&bram, foreign, again), Refusal::ConversationExists);
    // It is answered like a conversation that does not exist.
    let nowhere = ConversationId(server.id());
    for conversation in [foreign, nowhere] {
        let message = server.message("Dag");
        let refusal = server.refused(&carla, conversation, Action::Post { message });
        assert_eq!(refusal, Refusal::NoSuchConversation);
    }
}

// P8
#[test]
fn a_refused_mention_names_whom_it_is_about() {
    let (mut server, anna, bram) = two();
    let elsewhere = server.organisation("Huisartsen Zuid");
    let carla = server.person("Carla", elsewhere);
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let mut message = server.message("Dag \u{FFFC} en \u{FFFC}");
    message.text.mentions = vec![anna.membership, carla.membership];
    let command = server.command(&bram, conversation, Action::Post { message });
    let answers = server.ask(&bram, &[command]);
    let Answer::Refused { refusal, about, .. } = &answers[0] else {
        panic!("accepted");
    };
    assert_eq!(
        (*refusal, about.as_slice()),
        (Refusal::MentionNotAllowed, &[carla.membership][..])
    );
}

/// The refusal of a command, and its subject.
fn refused_for(
    server: &mut InProcessServer,
    who: &Who,
    conversation: ConversationId,
    action: Action,
) -> (Refusal, Vec<MembershipId>) {
    let command = server.command(who, conversation, action);
    let answer = server.ask(who, &[command]).remove(0);
    let refused = match &answer {
        Answer::Refused { refusal, about, .. } => Some((*refusal, about.clone())),
        Answer::Accepted { .. } => None,
    };
    refused.unwrap_or_else(|| unreachable!("{answer:?}"))
}

// P8, P3
#[test]
fn a_mention_that_takes_analyse_at_an_item_names_whom_it_would_add() {
    let (mut server, anna, _) = two();
    let organisation = server.organisation("Thuiszorg De Eik");
    let (carla, daan, els) = (
        server.person("Carla", organisation),
        server.person("Daan", organisation),
        server.person("Els", organisation),
    );
    let item = server.item(organisation, "Valincident kamer 12");
    server.grant(&carla, Permission::Handle);
    let conversation = ConversationId(server.id());
    let start = Action::Start {
        shape: Shape::Item { item },
        with: vec![daan.membership],
        teams: vec![],
        subject: None,
        message: None,
    };
    server.act(&carla, conversation, start);
    let mut message = server.message("Kijk even \u{FFFC}, \u{FFFC} en \u{FFFC}");
    message.text.mentions = vec![daan.membership, els.membership, anna.membership];
    let (refusal, mut about) = refused_for(&mut server, &carla, conversation, Action::Post { message });
    about.sort_unstable();
    let mut both = vec![els.membership, anna.membership];
    both.sort_unstable();
    assert_eq!((refusal, about), (Refusal::MentionNotAllowed, both));
}

// P8
#[test]
fn an_edit_that_names_who_takes_no_part_is_refused_for_them() {
    let (mut server, anna, bram) = two();
    let organisation = server.organisation("Huisartsen Zuid");
    let carla = server.person("Carla", organisation);
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let message = server.say(&anna, conversation, "Wie kijkt mee?");
    let text = MessageText {
        body: "\u{FFFC} en \u{FFFC}".into(),
        mentions: vec![bram.membership, carla.membership],
    };
    let edit = Action::Edit {
        message,
        text,
        attachments: Vec::new(),
        urgent: None,
    };
    assert_eq!(
        refused_for(&mut server, &anna, conversation, edit),
        (Refusal::EditNamesNewcomer, vec![carla.membership])
    );
}

// P9
#[test]
fn a_membership_that_ends_leaves_and_hands_over_at_once() {
    let (mut server, anna, bram) = two();
    let home = server.organisation("Thuiszorg De Eik");
    let carla = server.person("Carla", home);
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let direct = server.direct(&anna, &bram, "Dag");
    let mut device = server.follow(&anna);
    server.administer(sync_server::core::administer::AdminRequest::PersonEnd { person: anna.person });
    device.listen(&mut server);
    assert_eq!(device.held.len(), 0);
    let of_bram = server.fresh(&bram);
    let head = of_bram.held[&conversation].head.as_ref().unwrap();
    assert_eq!(head.head.owner, Some(bram.membership));
    assert_eq!(head.head.participants, [bram.membership]);
    assert_eq!(of_bram.cards[&anna.membership], "Anna de Vries (ended)");
    let message = server.message("Ben je daar?");
    assert_eq!(
        server.refused(&bram, direct, Action::Post { message }),
        Refusal::PartnerEnded
    );
    let message = server.message("Nog even dit");
    assert_eq!(
        server.refused(&anna, conversation, Action::Post { message }),
        Refusal::NotYourMembership
    );
    assert!(server.fresh(&carla).held.is_empty());
}

// A1
#[test]
fn every_log_is_whole_and_a_receipt_names_its_place() {
    let (mut server, anna, bram) = two();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    for number in 0..40 {
        server.say(&anna, conversation, &format!("Bericht {number}"));
    }
    let checked = now(server.core.check(&|_| {})).unwrap();
    assert_eq!((checked.conversations, checked.organisations), (1, 1));
    assert_eq!(checked.found, []);
    let message = server.message("Het laatste");
    let command = server.command(&bram, conversation, Action::Post { message });
    let (_, receipt) = accepted(&server.ask(&bram, &[command])[0]);
    let head = server.fresh(&anna).held[&conversation].head.clone().unwrap();
    assert_eq!(receipt, Some(head.last));
}
