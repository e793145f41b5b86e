//! Visibility: devices that followed, devices that connect late, and devices without access.

mod common;

use common::in_process_server::*;
use conversation::organisation::{Name, Permission, Profile};
use conversation::{Action, ConversationId, MessageId, Seq, Shape, Share, Timestamp};
use platform::Clock as _;
use protocol::sync::Frame;
use sync_server::core::administer::{AdminRequest, AdminResponse};

struct Team {
    server: InProcessServer,
    anna: Who,
    bram: Who,
    carla: Who,
}

fn team() -> Team {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [anna, bram, carla] = ["Anna", "Bram", "Carla"].map(|given| server.person(given, home));
    Team {
        server,
        anna,
        bram,
        carla,
    }
}

fn add(who: &Who) -> Action {
    Action::Add {
        teams: Vec::new(),
        members: vec![who.membership],
        share: None,
    }
}

fn edit(message: MessageId, text: &str) -> Action {
    Action::Edit {
        message,
        text: text.into(),
        attachments: Vec::new(),
        urgent: None,
    }
}

/// Devices that followed all along hold the same as a new device of the same person.
fn all_equal_fresh(server: &mut InProcessServer, devices: &mut [Device]) {
    for device in devices {
        device.listen(server);
        assert_eq!(device.holes(), []);
        let fresh = server.fresh(&device.who);
        assert_eq!(device.view(), fresh.view());
        assert_eq!(device.read, fresh.read);
        assert_eq!(device.personal, fresh.personal);
    }
}

// P5, O2
#[test]
fn a_person_loses_what_an_ended_membership_saw_even_if_another_of_theirs_takes_part() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let near = server.organisation("GGZ Noord");
    server.network(&[home, near]);
    let [anna, dirk] = ["Anna", "Dirk"].map(|given| server.person(given, home));
    let second = AdminRequest::MembershipAdd {
        person: dirk.person,
        membership: common::membership("Dirk", near),
    };
    let AdminResponse::Membership { membership } = server.administer(second) else {
        panic!("a membership is added");
    };
    let conversation = server.group(&anna, &[&dirk], "Wondzorg");
    server.say(&anna, conversation, "Voor wie bij De Linde werkt");
    let member = dirk.membership;
    server.act(&anna, conversation, Action::Remove { member });
    let at_near = Who {
        membership,
        ..dirk.clone()
    };
    server.act(&anna, conversation, add(&at_near));
    let mut device = server.follow(&dirk);
    assert_eq!(device.reads(conversation)[1], "Voor wie bij De Linde werkt");
    server.administer(AdminRequest::MembershipEnd { membership: member });
    // The server cuts off the streams of a person who loses a right.
    device.listen(&mut server);
    device.lose_connection(&mut server);
    device.connect(&mut server).unwrap();
    assert_eq!(device.reads(conversation), ["line"], "their coming in again");
    all_equal_fresh(&mut server, &mut [device]);
}

// P5, O3
#[test]
fn a_later_member_learns_nothing_of_those_who_left_before_even_when_their_card_changes() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [near, far] = ["GGZ Noord", "Ziekenhuis Zuid"].map(|name| server.organisation(name));
    server.network(&[home, near]);
    server.network(&[home, far]);
    let anna = server.person("Anna", home);
    let fieke = server.person("Fieke", far);
    let noor = server.person("Noor", near);
    let conversation = server.group(&anna, &[&fieke], "Wondzorg");
    server.act(&fieke, conversation, Action::Leave { successor: None });
    server.act(&anna, conversation, add(&noor));
    let mut device = server.follow(&noor);
    let renamed = |given: &str| AdminRequest::ProfileChange {
        membership: fieke.membership,
        profile: Profile {
            name: Name {
                given: given.to_owned(),
                prefix: String::new(),
                family: "Jansen".to_owned(),
            },
            discipline: "Arts".to_owned(),
            function: String::new(),
            work_email: "fieke@zuid.example".to_owned(),
        },
    };
    server.administer(renamed("Sofie"));
    device.listen(&mut server);
    device.disconnect(&mut server);
    server.administer(renamed("Fien"));
    device.connect(&mut server).unwrap();
    assert!(device.cards.contains_key(&anna.membership));
    assert!(!device.cards.contains_key(&fieke.membership));
}

// P5, P7
#[test]
fn a_former_member_learns_nothing_of_what_came_after_in_each_conversation_of_an_item() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let home = server
        .core
        .directory()
        .card(anna.membership)
        .unwrap()
        .organisation;
    let item = server.item(home, "Val van de trap");
    server.grant(&anna, Permission::Handle);
    server.grant(&anna, Permission::Analyse);
    let left: Vec<(ConversationId, Timestamp)> = (0..2)
        .map(|_| {
            let start = Action::Start {
                teams: Vec::new(),
                shape: Shape::Item { item },
                with: vec![bram.membership],
                subject: None,
                message: None,
            };
            let conversation = ConversationId(server.id());
            server.act(&anna, conversation, start);
            server.act(&anna, conversation, add(&carla));
            server.minutes(5);
            server.act(&carla, conversation, Action::Leave { successor: None });
            let left = server.clock.now();
            server.minutes(5);
            let member = bram.membership;
            server.act(&anna, conversation, Action::Remove { member });
            (conversation, left)
        })
        .collect();
    let mut of_carla = Device::new(&carla);
    of_carla.following = left.iter().map(|(conversation, _)| *conversation).collect();
    of_carla.connect(&mut server).unwrap();
    for (conversation, at) in left {
        let head = of_carla.held[&conversation].head.as_ref().unwrap();
        assert_eq!((head.last.number, head.last.at), (Seq(4), at));
        assert_eq!(head.head.participants, [anna.membership, bram.membership]);
    }
}

// P5, M3, M4, M2
#[test]
fn a_later_member_gets_no_earlier_message_and_no_edit_or_deletion_of_one() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let mut devices = [&anna, &bram, &carla].map(|who| server.follow(who));
    let old = server.say(&anna, conversation, "Van voor haar tijd");
    let older = server.say(&anna, conversation, "Ook van voor haar tijd");
    server.act(&anna, conversation, add(&carla));
    server.say(&bram, conversation, "Welkom Carla");
    server.act(&anna, conversation, edit(old, "Gewijzigd, van voor haar tijd"));
    server.act(&anna, conversation, Action::Delete { message: older });
    let mut quote = server.message("Een antwoord op iets ouds");
    quote.reply_to = Some(old);
    server.act(&bram, conversation, Action::Post { message: quote });
    all_equal_fresh(&mut server, &mut devices);

    assert_eq!(
        devices[2].reads(conversation),
        ["line", "Welkom Carla", "-", "-", "Een antwoord op iets ouds"]
    );
    assert_eq!(
        devices[1].reads(conversation),
        [
            "line",
            "withheld",
            "withheld",
            "line",
            "Welkom Carla",
            "Gewijzigd, van voor haar tijd",
            "withheld",
            "Een antwoord op iets ouds"
        ]
    );
    for frame in &devices[2].frames {
        let sent = serde_json::to_string(frame).unwrap().to_lowercase();
        assert!(!sent.contains("voor haar tijd"), "{sent}");
    }
}

// P5, M9
#[test]
fn a_viewer_does_not_learn_how_others_read_places_they_do_not_see() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let item = server.item(
        server
            .core
            .directory()
            .card(anna.membership)
            .unwrap()
            .organisation,
        "Val van de trap",
    );
    server.grant(&anna, Permission::Handle);
    server.grant(&anna, Permission::Analyse);
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Item { item },
        with: vec![bram.membership],
        subject: None,
        message: None,
    };
    let conversation = ConversationId(server.id());
    server.act(&anna, conversation, start);
    server.act(&anna, conversation, add(&carla));
    server.act(&carla, conversation, Action::Leave { successor: None });
    for text in ["Een", "Twee", "Drie"] {
        server.say(&anna, conversation, text);
    }
    let read = |number| protocol::commands::ReadPosition {
        conversation,
        number: Seq(number),
    };
    let positions = |device: &Device| {
        let all = device.frames.iter();
        let positions = all.filter_map(|frame| match frame {
            Frame::Position { number, .. } => Some(number.0),
            _ => None,
        });
        positions.collect::<Vec<_>>()
    };
    // She left, and no longer learns who reads, even if her screen still shows the conversation.
    let mut of_carla = server.follow(&carla);
    server
        .hub
        .watch(sync_server::store::SessionId(carla.device.0), Some(conversation));
    server.positions(&bram, &[read(4)]);
    of_carla.listen(&mut server);
    assert_eq!(positions(&of_carla), Vec::<u64>::new());
    // When she is back she learns once how far he has read of the part that she sees.
    server.act(&anna, conversation, add(&carla));
    server.say(&anna, conversation, "Welkom terug");
    of_carla.listen(&mut server);
    for number in [5, 6, 7, 8] {
        server.positions(&bram, &[read(number)]);
        of_carla.listen(&mut server);
    }
    assert_eq!(positions(&of_carla), [7, 8]);
}

// P6
#[test]
fn a_member_who_leaves_or_is_removed_loses_the_conversation_at_once_and_regains_it_when_added_again() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let conversation = server.group(&anna, &[&bram, &carla], "Wondzorg");
    server.say(&anna, conversation, "Voor iedereen");
    let mut devices = [&anna, &bram, &carla].map(|who| server.follow(who));
    let mut away = server.fresh(&bram);
    server.act(&bram, conversation, Action::Leave { successor: None });
    server.act(
        &anna,
        conversation,
        Action::Remove {
            member: carla.membership,
        },
    );
    server.say(&anna, conversation, "Alleen voor mij");
    all_equal_fresh(&mut server, &mut devices);
    assert!(devices[1].held.is_empty() && devices[2].held.is_empty());
    // Their other device learns it when it reconnects, and only once.
    away.connect(&mut server).unwrap();
    assert!(away.held.is_empty());
    away.disconnect(&mut server);
    away.frames.clear();
    server.say(&anna, conversation, "Nog steeds alleen");
    away.connect(&mut server).unwrap();
    away.disconnect(&mut server);
    let sent = away
        .frames
        .iter()
        .filter(|frame| matches!(frame, Frame::Gone { .. } | Frame::Head(_) | Frame::Events { .. }));
    assert_eq!(sent.count(), 0);

    server.act(&anna, conversation, add(&bram));
    server.say(&anna, conversation, "Fijn dat je terug bent");
    all_equal_fresh(&mut server, &mut devices);
    assert_eq!(
        devices[1].reads(conversation),
        [
            "line",
            "Voor iedereen",
            "line",
            "-",
            "-",
            "-",
            "line",
            "Fijn dat je terug bent"
        ]
    );
}

// P5
#[test]
fn an_added_member_sees_the_shared_messages_in_their_current_version() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let mut devices = [&anna, &bram, &carla].map(|who| server.follow(who));
    server.say(&anna, conversation, "Een");
    let second = server.say(&anna, conversation, "Twee");
    server.say(&anna, conversation, "Drie");
    server.act(&anna, conversation, edit(second, "Twee, verbeterd"));
    let share = Share {
        from: Seq(3),
        previewed: Seq(5),
    };
    let action = Action::Add {
        teams: Vec::new(),
        members: vec![carla.membership],
        share: Some(share),
    };
    server.act(&anna, conversation, action);
    all_equal_fresh(&mut server, &mut devices);
    assert_eq!(
        devices[2].reads(conversation),
        ["withheld", "Drie", "Twee, verbeterd", "line"]
    );
}

// P3, P5, P7
#[test]
fn analyse_opens_an_item_conversation_while_it_is_held() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let home = server.organisation("Huisartsen Zuid");
    let away = server.person("Dirk", home);
    server.network(&[home]);
    let mine = server
        .core
        .directory()
        .card(anna.membership)
        .unwrap()
        .organisation;
    let item = server.item(mine, "Val van de trap");
    server.grant(&anna, Permission::Handle);
    server.grant(&anna, Permission::Analyse);
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Item { item },
        with: vec![bram.membership],
        subject: None,
        message: Some(server.message("Wat is er gebeurd?")),
    };
    let conversation = ConversationId(server.id());
    server.act(&anna, conversation, start);
    server.say(&bram, conversation, "Ze gleed uit");
    server.act(&anna, conversation, add(&carla));
    server.say(&bram, conversation, "Het gaat weer");
    let mut of_carla = server.follow(&carla);
    assert_eq!(of_carla.reads(conversation), ["line", "Het gaat weer"]);
    assert_eq!(
        of_carla.held[&conversation].head.as_ref().unwrap().item_card,
        None
    );

    // Granted: the stream reconnects, and gets the whole conversation.
    server.grant(&carla, Permission::Analyse);
    of_carla.lose_connection(&mut server);
    of_carla.connect(&mut server).unwrap();
    let all = [
        "line",
        "Wat is er gebeurd?",
        "Ze gleed uit",
        "line",
        "Het gaat weer",
    ];
    assert_eq!(of_carla.reads(conversation), all);
    let title = of_carla.held[&conversation]
        .head
        .as_ref()
        .unwrap()
        .item_card
        .clone();
    assert_eq!(title.map(|item| item.title).as_deref(), Some("Val van de trap"));

    // After leaving she can open it: with the right she sees all of it, without it the part from when she took part.
    server.act(&carla, conversation, Action::Leave { successor: None });
    server.say(&anna, conversation, "Zonder Carla");
    of_carla.listen(&mut server);
    assert!(of_carla.held.is_empty());
    of_carla.lose_connection(&mut server);
    of_carla.following = vec![conversation];
    of_carla.connect(&mut server).unwrap();
    of_carla.lose_connection(&mut server);
    of_carla.connect(&mut server).unwrap();
    assert_eq!(of_carla.reads(conversation).last(), Some(&"Zonder Carla"));
    server.say(&anna, conversation, "En nu?");
    of_carla.listen(&mut server);
    assert_eq!(of_carla.reads(conversation).last(), Some(&"En nu?"));

    let right = server.right(&carla, Permission::Analyse);
    server.administer(AdminRequest::Revoke(right));
    of_carla.lose_connection(&mut server);
    of_carla.connect(&mut server).unwrap();
    assert_eq!(
        of_carla.reads(conversation),
        ["line", "Het gaat weer", "line", "-", "-"]
    );
    let head = &of_carla.held[&conversation].head.as_ref().unwrap();
    assert!(!head.open);
    // Only Anna and Bram, without Carla: the state that she last saw.
    assert_eq!(head.head.participants, [anna.membership, bram.membership]);

    // A person who never took part gets the answer of a conversation that does not exist.
    let mut of_dirk = Device::new(&away);
    of_dirk.following = vec![conversation, ConversationId(server.id())];
    of_dirk.connect(&mut server).unwrap();
    let gone = of_dirk
        .frames
        .iter()
        .filter(|frame| matches!(frame, Frame::Gone { .. }));
    assert_eq!(gone.count(), 2);
    assert!(of_dirk.held.is_empty());
    let frames = of_dirk.frames.len();
    server.say(&anna, conversation, "Wat Dirk niet weet");
    server.act(&bram, conversation, Action::Leave { successor: None });
    of_dirk.listen(&mut server);
    assert_eq!(of_dirk.frames.len(), frames);
}

// P6
#[test]
fn a_direct_conversation_that_was_left_comes_back_with_the_others_next_message() {
    let Team {
        mut server,
        anna,
        bram,
        ..
    } = team();
    let conversation = server.direct(&anna, &bram, "Dag Bram");
    let mut devices = [&anna, &bram].map(|who| server.follow(who));
    server.act(&bram, conversation, Action::Leave { successor: None });
    all_equal_fresh(&mut server, &mut devices);
    assert!(devices[1].held.is_empty());
    server.say(&anna, conversation, "Ben je er nog?");
    all_equal_fresh(&mut server, &mut devices);
    assert_eq!(
        devices[1].reads(conversation),
        ["line", "Dag Bram", "line", "line", "Ben je er nog?"]
    );
}

// P5
#[test]
fn history_answers_a_range_under_the_visibility_of_the_requester_and_nothing_else() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    server.say(&anna, conversation, "Voor Carla verborgen");
    let history = |server: &InProcessServer, who: &Who, conversation, from, to| {
        now(server.core.history(who.person, conversation, Seq(from), Seq(to))).unwrap()
    };
    assert_eq!(history(&server, &carla, conversation, 1, 10), None);
    assert_eq!(history(&server, &carla, ConversationId(server.id()), 1, 10), None);
    server.act(&anna, conversation, add(&carla));
    server.say(&anna, conversation, "Zichtbaar");
    let answer = history(&server, &carla, conversation, 1, 10).unwrap();
    assert!(!answer.contains("verborgen") && answer.contains("Zichtbaar"));
    let answer: protocol::sync::HistoryAnswer = serde_json::from_str(&answer).unwrap();
    assert_eq!((answer.from, answer.items.len()), (Seq(3), 2));
    let all = history(&server, &bram, conversation, 1, 10).unwrap();
    let all: protocol::sync::HistoryAnswer = serde_json::from_str(&all).unwrap();
    assert_eq!((all.from, all.items.len()), (Seq(1), 4));
}

// M9
#[test]
fn read_positions_and_personal_state_follow_on_ones_other_devices_and_reach_nobody_else() {
    let Team {
        mut server,
        anna,
        bram,
        ..
    } = team();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    server.say(&anna, conversation, "Een");
    server.say(&anna, conversation, "Twee");
    let mut away = server.fresh(&bram);
    assert_eq!(away.read[&conversation], 1);
    let mut tablet = server.follow(&bram);
    let mut of_anna = server.follow(&anna);
    let (frames, before) = (of_anna.frames.len(), away.frames.len());
    let read = |number| protocol::commands::ReadPosition {
        conversation,
        number: Seq(number),
    };
    // Beyond the last number it is clamped, and it never goes back.
    server.positions(&bram, &[read(2)]);
    server.positions(&bram, &[read(900)]);
    server.positions(&bram, &[read(1)]);
    server.personal(&bram, "setting/theme", "\"dark\"");
    server.personal(&bram, "setting/theme", "\"light\"");
    let other = Who {
        device: conversation::DeviceId(server.id()),
        ..bram.clone()
    };
    server.personal(&other, "muted/x", "true");
    tablet.listen(&mut server);
    of_anna.listen(&mut server);
    away.connect(&mut server).unwrap();
    assert_eq!(away.read[&conversation], 3);
    assert_eq!(away.personal["setting/theme"], "\"light\"");
    // A device receives its own change too, which shows the order of acceptance.
    assert_eq!(tablet.personal["setting/theme"], "\"light\"");
    assert_eq!(tablet.personal.len(), 2);
    assert_eq!(of_anna.frames.len(), frames);
    assert!(away.frames.len() > before);
    assert_eq!(server.fresh(&bram).read[&conversation], 3);
}

/// The time in the head of each conversation of a person, in the order of the heads.
fn times(server: &mut InProcessServer, who: &Who) -> Vec<(ConversationId, Timestamp)> {
    let device = server.fresh(who);
    let heads = device.frames.iter().filter_map(|frame| match frame {
        Frame::Head(head) => Some((head.conversation, head.last.at)),
        _ => None,
    });
    heads.collect()
}

// P5
#[test]
fn an_event_that_a_member_does_not_see_moves_neither_the_time_nor_the_order_of_a_conversation() {
    let Team {
        mut server,
        anna,
        bram,
        carla,
    } = team();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let secrets: Vec<MessageId> = (0..40)
        .map(|place| server.say(&anna, conversation, &format!("geheim {place}")))
        .collect();
    server.minutes(10);
    server.act(&anna, conversation, add(&carla));
    let added = server.clock.now();
    server.minutes(10);
    let direct = server.direct(&bram, &carla, "Dag Carla");
    let greeted = server.clock.now();
    let expected = [(direct, greeted), (conversation, added)];
    assert_eq!(times(&mut server, &carla), expected);
    // One, and so many that more than one look back is needed.
    for secret in &secrets {
        server.minutes(1);
        server.act(&anna, conversation, edit(*secret, "geheim gewijzigd"));
        assert_eq!(times(&mut server, &carla), expected);
    }
    server.act(&anna, conversation, Action::Delete { message: secrets[0] });
    assert_eq!(times(&mut server, &carla), expected);
    // A participant who sees them gets their time.
    let last = server.clock.now();
    assert_eq!(times(&mut server, &bram)[0], (conversation, last));
    // Later events that are visible count again, and so does an edit of one.
    server.minutes(1);
    let said = server.say(&anna, conversation, "Zichtbaar");
    assert_eq!(times(&mut server, &carla)[0], (conversation, server.clock.now()));
    server.minutes(1);
    server.act(&anna, conversation, edit(said, "Zichtbaar en gewijzigd"));
    assert_eq!(times(&mut server, &carla)[0], (conversation, server.clock.now()));
}

// P5, P7
#[test]
fn an_items_window_too_says_when_the_last_event_came_that_one_sees() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [anna, bram, dirk] = ["Anna", "Bram", "Dirk"].map(|given| server.person(given, home));
    let item = server.item(home, "Val van de trap");
    server.grant(&anna, Permission::Handle);
    server.grant(&anna, Permission::Analyse);
    let start = Action::Start {
        shape: Shape::Item { item },
        with: vec![bram.membership],
        teams: Vec::new(),
        subject: None,
        message: None,
    };
    let id = ConversationId(server.id());
    let conversation = server.act(&anna, id, start);
    let secret = server.say(&anna, conversation, "geheim");
    server.minutes(5);
    server.act(&anna, conversation, add(&dirk));
    let added = server.clock.now();
    server.minutes(5);
    server.act(&anna, conversation, edit(secret, "geheim gewijzigd"));
    let last_at = |server: &InProcessServer, who: &Who| {
        let answer = now(server.core.item(who.person, item)).unwrap().unwrap();
        answer.conversations[0].last_at
    };
    assert_eq!(last_at(&server, &dirk), added);
    assert_eq!(last_at(&server, &bram), server.clock.now());
    // A former participant keeps the part that they saw, with its time (P7).
    server.minutes(5);
    server.act(&dirk, conversation, Action::Leave { successor: None });
    let left = server.clock.now();
    server.minutes(5);
    server.act(&anna, conversation, edit(secret, "geheim, nogmaals"));
    server.say(&anna, conversation, "Zonder Dirk");
    assert_eq!(last_at(&server, &dirk), left);
}
