//! Urgent messages: how many one may send, and how they are counted and mailed (M10).

mod common;

use std::collections::BTreeMap;

use common::in_process_server::*;
use common::mailed_server::*;
use conversation::attention::{Reason, URGENT_DELAY};
use conversation::{Action, ConversationId, MessageId, NewMessage, Refusal, Timestamp, Urgency};
use sync_server::config::UrgentLimits;
use sync_server::store::{UrgentStore as _, UrgentUse};

fn urgent(server: &InProcessServer) -> NewMessage {
    let reason = "Bloeddruk daalt".to_owned();
    NewMessage {
        urgent: Some(Urgency { reason }),
        ..server.message("Kun je nu kijken?")
    }
}

fn asks(server: &mut InProcessServer, who: &Who, conversation: ConversationId) -> Result<MessageId, Refusal> {
    let message = urgent(server);
    let id = message.id;
    let command = server.command(who, conversation, Action::Post { message });
    match server.ask(who, &[command]).remove(0) {
        protocol::commands::Answer::Refused { refusal, .. } => Err(refusal),
        protocol::commands::Answer::Accepted { .. } => Ok(id),
    }
}

fn two_organisations(an_hour: u32) -> (InProcessServer, Who, Who, ConversationId) {
    let mut server = InProcessServer::new();
    let [home, clinic] = ["Thuiszorg De Linde", "Kliniek Zuid"].map(|name| server.organisation(name));
    server.network(&[home, clinic]);
    let limits = UrgentLimits {
        an_hour,
        organisations: BTreeMap::from([(clinic, 1)]),
    };
    let mut server = server.restarted_with(|core| core.limiting_urgent(limits));
    let (anna, karim) = (server.person("Anna", home), server.person("Karim", clinic));
    let conversation = server.group(&anna, &[&karim], "Wondzorg");
    (server, anna, karim, conversation)
}

// M10
#[test]
fn a_person_sends_so_many_in_any_hour_and_then_none_until_one_is_an_hour_old() {
    let (mut server, anna, karim, conversation) = two_organisations(3);
    for _ in 0..3 {
        asks(&mut server, &anna, conversation).unwrap();
        server.minutes(10);
    }
    assert_eq!(
        asks(&mut server, &anna, conversation),
        Err(Refusal::TooManyUrgent)
    );
    // Of another conversation, too; and after a restart with the same limit.
    let direct = server.direct(&anna, &karim, "Dag");
    assert_eq!(asks(&mut server, &anna, direct), Err(Refusal::TooManyUrgent));
    // The rest is not limited by it, and of another organisation its own number holds.
    server.say(&anna, conversation, "Zonder spoed");
    asks(&mut server, &karim, conversation).unwrap();
    assert_eq!(
        asks(&mut server, &karim, conversation),
        Err(Refusal::TooManyUrgent)
    );
    server.minutes(29);
    assert_eq!(
        asks(&mut server, &anna, conversation),
        Err(Refusal::TooManyUrgent)
    );
    server.minutes(1);
    asks(&mut server, &anna, conversation).unwrap();
    assert_eq!(
        asks(&mut server, &anna, conversation),
        Err(Refusal::TooManyUrgent)
    );
}

// M10
#[test]
fn messages_of_one_request_count_and_an_answer_that_was_lost_counts_once() {
    let (mut server, anna, _, conversation) = two_organisations(3);
    let commands: Vec<_> = (0..5)
        .map(|_| {
            let message = urgent(&server);
            server.command(&anna, conversation, Action::Post { message })
        })
        .collect();
    let answers = server.ask(&anna, &commands);
    for answer in &answers[..3] {
        accepted(answer);
    }
    for answer in &answers[3..] {
        assert_eq!(refused(answer), Refusal::TooManyUrgent);
    }
    assert_eq!(server.ask(&anna, &commands), answers);
    server.minutes(61);
    // A refusal holds for its command; what is sent anew is a new command.
    assert_eq!(server.ask(&anna, &commands), answers);
    for _ in 0..3 {
        asks(&mut server, &anna, conversation).unwrap();
    }
}

// M10
#[test]
fn none_are_allowed_where_the_limit_is_none() {
    let (mut server, anna, karim, conversation) = two_organisations(0);
    assert_eq!(
        asks(&mut server, &anna, conversation),
        Err(Refusal::TooManyUrgent)
    );
    asks(&mut server, &karim, conversation).unwrap();
}

// M10, A2
#[test]
fn each_is_counted_by_person_for_the_organisation_also_after_it_was_deleted() {
    let (mut server, anna, karim, conversation) = two_organisations(9);
    let first = asks(&mut server, &anna, conversation).unwrap();
    server.minutes(90);
    asks(&mut server, &anna, conversation).unwrap();
    asks(&mut server, &karim, conversation).unwrap();
    server.say(&karim, conversation, "Ik kom");
    server.act(&anna, conversation, Action::Delete { message: first });
    let used = |since| now(server.store.urgent_uses(since)).unwrap();
    let last = used(Timestamp(0)).iter().map(|used| used.last).max().unwrap();
    let mut expected = vec![
        UrgentUse {
            membership: anna.membership,
            messages: 2,
            last,
        },
        UrgentUse {
            membership: karim.membership,
            messages: 1,
            last,
        },
    ];
    expected.sort_by_key(|used| used.membership);
    assert_eq!(used(Timestamp(0)), expected);
    assert_eq!(used(last).iter().map(|used| used.messages).sum::<u32>(), 2);
    let checked = now(server.core.check(&|_| {})).unwrap();
    assert!(checked.found.is_empty(), "{checked:?}");
}

// M10, N2
#[test]
fn an_urgent_message_is_mailed_at_once_also_to_who_muted_the_conversation() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    ward.server
        .personal(&bram, &format!("muted/{conversation}"), "true");
    ward.say(&anna, conversation);
    assert!(ward.mails_of(10 * Timestamp::MINUTE).is_empty());
    let message = urgent(&ward.server);
    ward.server.act(&anna, conversation, Action::Post { message });
    ward.wait(URGENT_DELAY - 1);
    assert!(ward.mails().is_empty(), "there is time to read it");
    ward.wait(1);
    let mails = ward.mails();
    let [(_, _, reasons)] = &said(&mails)[..] else {
        panic!("{mails:?}");
    };
    assert_eq!(reasons[0], Reason::Urgent);
    // One a conversation until it is opened, whatever comes.
    ward.wait(Timestamp::MINUTE);
    let message = urgent(&ward.server);
    ward.server.act(&anna, conversation, Action::Post { message });
    assert!(ward.mails_of(HOUR).is_empty());
    ward.read(&bram, conversation);
    let message = urgent(&ward.server);
    ward.server.act(&anna, conversation, Action::Post { message });
    ward.wait(URGENT_DELAY);
    assert_eq!(ward.mails().len(), 1);
}

// M10, N2
#[test]
fn a_reader_within_the_seconds_gets_no_mail() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    let message = urgent(&ward.server);
    ward.server.act(&anna, conversation, Action::Post { message });
    ward.wait(URGENT_DELAY / 2);
    ward.read(&bram, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
}
