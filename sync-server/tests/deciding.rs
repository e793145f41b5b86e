//! What the server answers to commands, whatever happened since and however often they come.

mod common;

use common::house::*;
use conversation::organisation::Permission;
use conversation::{Action, ConversationId, MembershipId, MessageText, Refusal, Shape, Timestamp};
use protocol::commands::{Answer, CommandsRequest};
use serde_json::value::RawValue;

fn two() -> (House, Who, Who) {
    let mut house = House::new();
    let home = house.organisation("Thuiszorg De Linde");
    let anna = house.person("Anna", home);
    let bram = house.person("Bram", home);
    (house, anna, bram)
}

// M7
#[test]
fn the_same_command_gets_the_same_answer_for_ever() {
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let message = house.message("Dag");
    let command = house.command(&anna, conversation, Action::Post { message });
    let first = house.ask(&anna, std::slice::from_ref(&command));
    house.say(&bram, conversation, "Dag Anna");
    assert_eq!(house.ask(&anna, std::slice::from_ref(&command)), first);
    // Twice in one request, and after years and a restart.
    assert_eq!(
        house.ask(&anna, &[command.clone(), command.clone()]),
        [first[0].clone(), first[0].clone()]
    );
    house.clock.advance(1_000 * Timestamp::DAY);
    let mut house = house.restarted();
    assert_eq!(house.ask(&anna, std::slice::from_ref(&command)), first);
    assert_eq!(
        house.fresh(&bram).reads(conversation),
        ["line", "Dag", "Dag Anna"]
    );
}

// M7
#[test]
fn the_same_id_with_another_command_is_a_conflict_and_the_first_stands() {
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let message = house.message("Dag");
    let command = house.command(&anna, conversation, Action::Post { message });
    let first = house.ask(&anna, std::slice::from_ref(&command));
    let mut other = command.clone();
    other.action = Action::Post {
        message: house.message("Iets anders"),
    };
    assert_eq!(refused(&house.ask(&anna, &[other])[0]), Refusal::Conflict);
    assert_eq!(house.ask(&anna, std::slice::from_ref(&command)), first);
    // Another's command may have the same id.
    let mut of_bram = command;
    of_bram.acting = bram.membership;
    of_bram.action = Action::Post {
        message: house.message("Van Bram"),
    };
    accepted(&house.ask(&bram, &[of_bram])[0]);
    assert_eq!(
        house.fresh(&anna).reads(conversation),
        ["line", "Dag", "Van Bram"]
    );
}

// M7
#[test]
fn a_message_id_is_made_once_in_a_conversation() {
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let message = house.message("Dag");
    let post = Action::Post {
        message: message.clone(),
    };
    house.act(&anna, conversation, post.clone());
    assert_eq!(
        house.refused(&anna, conversation, post.clone()),
        Refusal::Conflict
    );
    assert_eq!(
        house.refused(&bram, conversation, post.clone()),
        Refusal::Conflict
    );
    // In one group, too.
    let message = house.message("Nog een");
    let again = Action::Post { message };
    let commands = [
        house.command(&anna, conversation, again.clone()),
        house.command(&anna, conversation, again),
    ];
    let answers = house.ask(&anna, &commands);
    accepted(&answers[0]);
    assert_eq!(refused(&answers[1]), Refusal::Conflict);
    // Elsewhere it is another message.
    let other = house.group(&anna, &[&bram], "Iets anders");
    house.act(&anna, other, post);
}

// P5
#[test]
fn what_depends_on_a_refused_message_tells_neither_of_a_conversation_nor_of_what_was_said_there() {
    let (mut house, anna, bram) = two();
    let home = house.core.directory().card(anna.membership).unwrap().organisation;
    let carla = house.person("Carla", home);
    let theirs = house.group(&anna, &[&bram], "Wondzorg");
    let said = house.say(&anna, theirs, "Niet voor Carla");
    let nowhere = ConversationId(house.id());
    let unsaid = house.message("").id;
    let mut answers = Vec::new();
    for conversation in [theirs, nowhere] {
        for id in [said, unsaid] {
            let mut message = house.message("Kan ik dit?");
            message.id = id;
            let edit = Action::Edit {
                message: id,
                text: "En dit?".into(),
            };
            let delete = Action::Delete { message: id };
            let post = Action::Post { message };
            answers.push([post, edit, delete].map(|action| house.refused(&carla, conversation, action)));
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
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let empty = house.message("   ");
    let mut reply = house.message("Een antwoord daarop");
    reply.reply_to = Some(empty.id);
    let mut reply_to_reply = house.message("En daarop weer");
    reply_to_reply.reply_to = Some(reply.id);
    let post = |message| Action::Post { message };
    let refused_command = house.command(&anna, conversation, post(empty));
    let commands = [
        refused_command.clone(),
        house.command(&anna, conversation, post(reply)),
    ];
    let answers = house.ask(&anna, &commands);
    assert_eq!(refused(&answers[0]), Refusal::TextEmpty);
    assert_eq!(refused(&answers[1]), Refusal::DependsOnRefused);
    // Later, too, and of what depended on it.
    let mut house = house.restarted();
    assert_eq!(
        house.refused(&anna, conversation, post(reply_to_reply)),
        Refusal::DependsOnRefused
    );
    assert_eq!(
        house.ask(&anna, std::slice::from_ref(&refused_command)),
        answers[..1]
    );
    // What stands in a conversation that a refused command would have started.
    let nowhere = ConversationId(house.id());
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![bram.membership],
        subject: None,
        message: None,
    };
    assert_eq!(house.refused(&anna, nowhere, start), Refusal::SubjectMissing);
    let message = house.message("Dag allemaal");
    assert_eq!(
        house.refused(&anna, nowhere, post(message)),
        Refusal::DependsOnRefused
    );
    // After 400 days nobody can tell any more.
    house.clock.advance(401 * Timestamp::DAY);
    let before = sync_server::Clock::now(&*house.clock).plus(-400 * Timestamp::DAY);
    let forgotten = now(sync_server::store::Store::forget_refusals(
        house.store.as_ref(),
        before,
    ));
    assert_eq!(forgotten.unwrap(), 5);
    assert_eq!(refused(&house.ask(&anna, &[refused_command])[0]), Refusal::TooOld);
}

#[test]
fn what_cannot_be_read_is_refused_alone() {
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let mut request = CommandsRequest::default();
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let id = house.id();
    request.commands.push(raw("{}"));
    request
        .commands
        .push(raw(&format!(r#"{{"id":"{id}","action":"of another version"}}"#)));
    request.commands.push(raw("[1]"));
    let message = house.message("Dag");
    request
        .push(&house.command(&anna, conversation, Action::Post { message }))
        .unwrap();
    let answers = house.commit(&[(House::asker(&anna), request)]).remove(0);
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
    let (mut house, anna, bram) = two();
    let (of_anna, of_bram) = (ConversationId(house.id()), ConversationId(house.id()));
    let mut commands = Vec::new();
    for (who, id, with, text) in [
        (&anna, of_anna, &bram, "Van Anna"),
        (&bram, of_bram, &anna, "Van Bram"),
    ] {
        let start = house.start_direct(with, text);
        let mut request = CommandsRequest::default();
        request.push(&house.command(who, id, start)).unwrap();
        // And at once something more, to the id that they know.
        let message = house.message("En nog iets");
        request
            .push(&house.command(who, id, Action::Post { message }))
            .unwrap();
        commands.push((House::asker(who), request));
    }
    let answers = house.commit(&commands);
    for answer in answers.iter().flatten() {
        assert_eq!(accepted(answer).0, of_anna);
    }
    let said = ["line", "Van Anna", "En nog iets", "Van Bram", "En nog iets"];
    assert_eq!(house.fresh(&anna).reads(of_anna), said);
    // For its sender the alias holds for ever, on each of their devices; for the other it is nothing.
    let mut house = house.restarted();
    house.say(&bram, of_bram, "Later");
    let device = house.fresh(&bram);
    assert_eq!(device.aliases.get(&of_bram), Some(&of_anna));
    assert_eq!(house.fresh(&anna).aliases.len(), 0);
    let message = house.message("Wat is dit?");
    assert_eq!(
        house.refused(&anna, of_bram, Action::Post { message }),
        Refusal::NoSuchConversation
    );
    // Starting again with no message: nothing to do, and the same answer again.
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Direct,
        with: vec![anna.membership],
        subject: None,
        message: None,
    };
    let another = ConversationId(house.id());
    let command = house.command(&bram, another, start);
    let answer = house.ask(&bram, std::slice::from_ref(&command));
    assert_eq!(accepted(&answer[0]), (of_anna, None));
    assert_eq!(house.ask(&bram, &[command]), answer);
}

// P5
#[test]
fn a_start_with_the_id_of_a_foreign_conversation_is_answered_as_one_that_cannot_be_read() {
    let (mut house, anna, bram) = two();
    let home = house.organisation("Huisartsen Zuid");
    let (carla, dirk) = (house.person("Carla", home), house.person("Dirk", home));
    let foreign = house.group(&anna, &[&bram], "Wondzorg");
    let start = house.start_direct(&dirk, "Dag");
    assert_eq!(house.refused(&carla, foreign, start), Refusal::Malformed);
    let again = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![anna.membership],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    assert_eq!(house.refused(&bram, foreign, again), Refusal::ConversationExists);
    // Writing there is as writing to nowhere.
    let nowhere = ConversationId(house.id());
    for conversation in [foreign, nowhere] {
        let message = house.message("Dag");
        let refusal = house.refused(&carla, conversation, Action::Post { message });
        assert_eq!(refusal, Refusal::NoSuchConversation);
    }
}

// P8
#[test]
fn a_refused_mention_names_whom_it_is_about() {
    let (mut house, anna, bram) = two();
    let elsewhere = house.organisation("Huisartsen Zuid");
    let carla = house.person("Carla", elsewhere);
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let mut message = house.message("Dag \u{FFFC} en \u{FFFC}");
    message.text.mentions = vec![anna.membership, carla.membership];
    let command = house.command(&bram, conversation, Action::Post { message });
    let answers = house.ask(&bram, &[command]);
    let Answer::Refused { refusal, about, .. } = &answers[0] else {
        panic!("accepted");
    };
    assert_eq!(
        (*refusal, about.as_slice()),
        (Refusal::MentionNotAllowed, &[carla.membership][..])
    );
}

/// The refusal of a command, and whom it is about.
fn refused_for(
    house: &mut House,
    who: &Who,
    conversation: ConversationId,
    action: Action,
) -> (Refusal, Vec<MembershipId>) {
    let command = house.command(who, conversation, action);
    let answer = house.ask(who, &[command]).remove(0);
    let refused = match &answer {
        Answer::Refused { refusal, about, .. } => Some((*refusal, about.clone())),
        Answer::Accepted { .. } => None,
    };
    refused.unwrap_or_else(|| unreachable!("{answer:?}"))
}

// P8, P3
#[test]
fn a_mention_that_takes_analyse_at_an_item_names_whom_it_would_add() {
    let (mut house, anna, _) = two();
    let organisation = house.organisation("Thuiszorg De Eik");
    let (carla, daan, els) = (
        house.person("Carla", organisation),
        house.person("Daan", organisation),
        house.person("Els", organisation),
    );
    let item = house.item(organisation, "Valincident kamer 12");
    house.grant(&carla, Permission::Handle);
    let conversation = ConversationId(house.id());
    let start = Action::Start {
        shape: Shape::Item { item },
        with: vec![daan.membership],
        teams: vec![],
        subject: None,
        message: None,
    };
    house.act(&carla, conversation, start);
    let mut message = house.message("Kijk even \u{FFFC}, \u{FFFC} en \u{FFFC}");
    message.text.mentions = vec![daan.membership, els.membership, anna.membership];
    let (refusal, mut about) = refused_for(&mut house, &carla, conversation, Action::Post { message });
    about.sort_unstable();
    let mut both = vec![els.membership, anna.membership];
    both.sort_unstable();
    assert_eq!((refusal, about), (Refusal::MentionNotAllowed, both));
}

// P8
#[test]
fn an_edit_that_names_who_takes_no_part_is_refused_for_them() {
    let (mut house, anna, bram) = two();
    let organisation = house.organisation("Huisartsen Zuid");
    let carla = house.person("Carla", organisation);
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let message = house.say(&anna, conversation, "Wie kijkt mee?");
    let text = MessageText {
        body: "\u{FFFC} en \u{FFFC}".into(),
        mentions: vec![bram.membership, carla.membership],
    };
    let edit = Action::Edit { message, text };
    assert_eq!(
        refused_for(&mut house, &anna, conversation, edit),
        (Refusal::EditNamesNewcomer, vec![carla.membership])
    );
}

// P9
#[test]
fn a_membership_that_ends_leaves_and_hands_over_at_once() {
    let (mut house, anna, bram) = two();
    let home = house.organisation("Thuiszorg De Eik");
    let carla = house.person("Carla", home);
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    let direct = house.direct(&anna, &bram, "Dag");
    let mut device = house.follow(&anna);
    house.administer(sync_server::core::administer::AdminRequest::PersonEnd { person: anna.person });
    device.listen(&mut house);
    assert_eq!(device.held.len(), 0);
    let of_bram = house.fresh(&bram);
    let head = of_bram.held[&conversation].head.as_ref().unwrap();
    assert_eq!(head.head.owner, Some(bram.membership));
    assert_eq!(head.head.participants, [bram.membership]);
    assert_eq!(of_bram.cards[&anna.membership], "Anna de Vries (ended)");
    let message = house.message("Ben je daar?");
    assert_eq!(
        house.refused(&bram, direct, Action::Post { message }),
        Refusal::PartnerEnded
    );
    let message = house.message("Nog even dit");
    assert_eq!(
        house.refused(&anna, conversation, Action::Post { message }),
        Refusal::NotYourMembership
    );
    assert!(house.fresh(&carla).held.is_empty());
}

// A1
#[test]
fn every_log_is_whole_and_a_receipt_names_its_place() {
    let (mut house, anna, bram) = two();
    let conversation = house.group(&anna, &[&bram], "Wondzorg");
    for number in 0..40 {
        house.say(&anna, conversation, &format!("Bericht {number}"));
    }
    let checked = now(house.core.check()).unwrap();
    assert_eq!((checked.conversations, checked.organisations), (1, 1));
    assert_eq!(checked.found, []);
    let message = house.message("Het laatste");
    let command = house.command(&bram, conversation, Action::Post { message });
    let (_, receipt) = accepted(&house.ask(&bram, &[command])[0]);
    let head = house.fresh(&anna).held[&conversation].head.clone().unwrap();
    assert_eq!(receipt, Some(head.last));
}
