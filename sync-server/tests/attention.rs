//! Attention mail from command to mail server (N2, N3), by a clock that the test moves.

mod common;

use std::sync::Arc;

use common::in_process_server::*;
use common::mailed_server::*;
use conversation::attention::{Language, Reason};
use conversation::organisation::availability::week_of_text;
use conversation::organisation::{Availability, Name, Profile};
use conversation::{Action, ConversationId, MessageId, MessageText, NewMessage};
use sync_server::core::administer::{AdminRequest, AdminResponse, NewMembership};
use sync_server::mail::MemoryMailer;
use sync_server::server::Mailing;

const REMINDER: Reason = Reason::Unread { days: 3 };

fn mentioning(server: &InProcessServer, who: &Who) -> NewMessage {
    NewMessage {
        text: mention(who),
        ..server.message("")
    }
}

fn mention(who: &Who) -> MessageText {
    MessageText {
        body: "\u{FFFC} kijk eens".to_owned(),
        mentions: vec![who.membership],
    }
}

fn edit(message: MessageId, text: MessageText) -> Action {
    Action::Edit {
        message,
        text,
        attachments: Vec::new(),
        urgent: None,
    }
}

// N2
#[test]
fn a_message_is_mailed_after_the_delay_and_says_who_and_where() {
    let mut ward = MailedServer::new();
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    ward.say(&anna, conversation);
    ward.wait(DELAY - 1);
    assert!(ward.mails().is_empty());
    ward.wait(1);
    let mails = ward.mails();
    // One recipient a mail, and none for its author.
    assert_eq!(
        said(&mails),
        [("bram@kliniek.example", vec![1], vec![Reason::Message])]
    );
    let mail = &mails[0];
    let line = &mail.lines[0];
    assert_eq!(
        (line.conversation, mail.more, mail.language),
        (conversation, 0, Language::Nl)
    );
    assert_eq!(
        (mail.organisation, mail.organisation_name.as_str()),
        (ward.home, "Thuiszorg De Linde")
    );
    let senders: Vec<_> = line
        .senders
        .iter()
        .map(|by| (by.name.as_str(), by.organisation_name.as_str()))
        .collect();
    assert_eq!(senders, [("Anna de Vries", "Thuiszorg De Linde")]);
    // Neither name nor address reaches a log.
    let logged = format!("{mail:?}");
    assert!(
        !logged.contains("kliniek") && !logged.contains("Anna"),
        "{logged}"
    );
}

// N2. Nextcloud activity 525: the same mail every half an hour.
#[test]
fn a_mail_that_was_sent_is_not_sent_by_later_runs() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    ward.say(&anna, conversation);
    assert_eq!(ward.mails_of(DELAY).len(), 1);
    for _ in 0..100 {
        ward.wait(HOUR / 2);
        ward.say(&anna, conversation);
        assert!(ward.mails().is_empty());
    }
    // Opened on any device; then the next message is mailed.
    ward.read(&bram, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    ward.say(&anna, conversation);
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![1], vec![Reason::Message])]
    );
}

// N2. Mattermost 3590: five mails for five lines within half a minute.
#[test]
fn messages_within_the_delay_are_one_mail_and_none_if_they_were_read() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    for _ in 0..5 {
        ward.say(&anna, conversation);
        ward.wait(6_000);
    }
    assert_eq!(ward.jobs("attend")[0].jobs, 1, "one job for all of them");
    assert_eq!(
        said(&ward.mails_of(HOUR)),
        [("bram@kliniek.example", vec![5], vec![Reason::Message])]
    );
    ward.read(&bram, conversation);
    ward.say(&anna, conversation);
    ward.wait(DELAY / 2);
    ward.read(&bram, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    // Nothing is left to be done, but to remind of what was unread at the mail.
    assert!(ward.jobs("attend").is_empty());
    ward.wait(4 * DAY);
    assert!(ward.mails().is_empty());
    assert!(ward.jobs("attend").is_empty() && ward.jobs("mail").is_empty());
}

// N2. Synapse 3615, RocketChat 17492: a busy room was never mailed.
#[test]
fn a_busy_conversation_is_mailed_once_by_the_time_of_its_first_message() {
    let mut ward = MailedServer::new();
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    let mut mails = Vec::new();
    for second in 0..1_200 {
        ward.say(&anna, conversation);
        if second % 10 == 0 {
            mails.extend(
                ward.mails()
                    .into_iter()
                    .map(|mail| (second, mail.lines[0].messages)),
            );
        }
        ward.wait(1_000);
    }
    // Every message until then.
    assert_eq!(mails, [(120, 121)]);
}

// N2. Zulip 3873
#[test]
fn a_deleted_message_is_not_mailed_and_not_counted() {
    let mut ward = MailedServer::new();
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    let message = ward.say(&anna, conversation);
    ward.server.act(&anna, conversation, Action::Delete { message });
    assert!(ward.mails_of(4 * DAY).is_empty());
    let message = ward.say(&anna, conversation);
    let edited = ward.say(&anna, conversation);
    ward.server.act(&anna, conversation, Action::Delete { message });
    ward.server
        .act(&anna, conversation, edit(edited, "Beter gezegd".into()));
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![1], vec![Reason::Message])]
    );
}

// N2, P6. Gitea 3782, 8985: mails to people who had been removed.
#[test]
fn nobody_is_mailed_about_a_conversation_that_they_lost() {
    type Loses = fn(&mut MailedServer, ConversationId);
    let ways: [(&str, Loses); 4] = [
        ("leave", |ward, conversation| {
            let bram = ward.bram.clone();
            ward.server
                .act(&bram, conversation, Action::Leave { successor: None });
        }),
        ("removal", |ward, conversation| {
            let (anna, member) = (ward.anna.clone(), ward.bram.membership);
            ward.server.act(&anna, conversation, Action::Remove { member });
        }),
        ("end", |ward, _| {
            let membership = ward.bram.membership;
            ward.server.administer(AdminRequest::MembershipEnd { membership });
        }),
        ("deletion", |ward, conversation| {
            let anna = ward.anna.clone();
            ward.server.act(&anna, conversation, Action::DeleteConversation);
        }),
    ];
    for (way, loses) in ways {
        let mut ward = MailedServer::new();
        let (anna, conversation) = (ward.anna.clone(), ward.group());
        ward.say(&anna, conversation);
        // Also after the look at the conversation, and before the mail.
        ward.wait(DELAY);
        assert_eq!(complete(ward.mailing.attend()).unwrap(), 1);
        loses(&mut ward, conversation);
        assert!(ward.mails_of(HOUR).is_empty(), "{way}");
    }
}

// N2, P6
#[test]
fn somebody_who_returns_is_mailed_anew() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    ward.say(&anna, conversation);
    assert_eq!(ward.mails_of(DELAY).len(), 1);
    ward.server
        .act(&bram, conversation, Action::Leave { successor: None });
    ward.add(&bram, conversation);
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![0], vec![Reason::Added])]
    );
}

// N2, N3
#[test]
fn being_added_holds_back_the_messages_until_the_conversation_is_opened() {
    let mut ward = MailedServer::new();
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    let conversation = ward.server.group(&anna, &[&bram], "Wondzorg");
    let added = [("bram@kliniek.example", vec![0], vec![Reason::Added])];
    assert_eq!(said(&ward.mails_of(DELAY)), added);
    ward.say(&anna, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    // A marker at the event of their joining says so, where nothing was said yet.
    let conversation = ward.server.group(&anna, &[&bram], "Valpreventie");
    assert_eq!(said(&ward.mails_of(DELAY)), added);
    ward.read_to(&bram, conversation, 1);
    ward.say(&anna, conversation);
    let message = [("bram@kliniek.example", vec![1], vec![Reason::Message])];
    assert_eq!(said(&ward.mails_of(DELAY)), message);
}

// N2, N3, S1, O4. RocketChat 8619
#[test]
fn every_kind_of_conversation_is_mailed_about_and_every_switch_holds_there() {
    type Starts = fn(&mut MailedServer) -> ConversationId;
    let kinds: [(Starts, Vec<Reason>); 3] = [
        (
            |ward| {
                let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
                ward.server.direct(&anna, &bram, "Heb je even?")
            },
            vec![Reason::Added, Reason::Message],
        ),
        (
            |ward| {
                let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
                let conversation = ward.server.group(&anna, &[&bram], "Wondzorg");
                let message = mentioning(&ward.server, &bram);
                ward.server.act(&anna, conversation, Action::Post { message })
            },
            vec![Reason::Added, Reason::Mentioned, Reason::Message],
        ),
        (
            |ward| {
                let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
                let home = ward.home;
                let carla = ward.server.person("Carla", home);
                let conversation = ward.server.group(&anna, &[&carla], "Wondzorg");
                ward.mails_of(HOUR);
                ward.add(&bram, conversation);
                conversation
            },
            vec![Reason::Added],
        ),
    ];
    for (starts, reasons) in kinds {
        let mut ward = MailedServer::new();
        starts(&mut ward);
        let mails = ward.mails_of(DELAY);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].lines[0].reasons, reasons);
        let mut ward = MailedServer::new();
        let bram = ward.bram.clone();
        let off = r#"{"message":false,"added":false,"mentioned":false,"unread_days":0}"#;
        ward.server.personal(&bram, "setting/mail", off);
        starts(&mut ward);
        assert!(ward.mails_of(HOUR).is_empty());
        ward.wait(30 * DAY);
        assert!(ward.mails().is_empty());
        // Switched on, they are mailed at once, in the language of then.
        ward.server
            .personal(&bram, "setting/mail", r#"{"language":"en","unread_days":0}"#);
        let mails = ward.mails();
        assert_eq!((mails.len(), mails[0].language), (1, Language::En));
        assert_eq!(mails[0].lines[0].reasons, reasons);
    }
}

// N3, N5
#[test]
fn of_a_muted_conversation_only_a_mention_is_mailed() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    let muted = format!("muted/{conversation}");
    ward.server.personal(&bram, &muted, "true");
    let message = ward.say(&anna, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    // By an edit, too.
    ward.server
        .act(&anna, conversation, edit(message, mention(&bram)));
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![1], vec![Reason::Mentioned])]
    );
    ward.read(&bram, conversation);
    ward.say(&anna, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    ward.server.personal(&bram, &muted, "null");
    assert_eq!(
        said(&ward.mails()),
        [("bram@kliniek.example", vec![1], vec![Reason::Message])]
    );
}

// N3. deltachat-desktop 4461
#[test]
fn an_edit_of_a_message_that_was_read_is_mailed_only_if_it_newly_mentions() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    let message = ward.say(&anna, conversation);
    ward.read(&bram, conversation);
    ward.server
        .act(&anna, conversation, edit(message, "Beter gezegd".into()));
    assert!(ward.mails_of(HOUR).is_empty());
    ward.server
        .act(&anna, conversation, edit(message, mention(&bram)));
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![0], vec![Reason::Mentioned])]
    );
    // They read that they are mentioned, and the text is mended once more.
    ward.read(&bram, conversation);
    ward.server
        .act(&anna, conversation, edit(message, mention(&bram)));
    assert!(ward.mails_of(HOUR).is_empty());
    // A mention of another, and one in a direct conversation, where it is text.
    let carla = ward.server.person("Carla", ward.home);
    ward.add(&carla, conversation);
    ward.read(&bram, conversation);
    ward.read(&carla, conversation);
    let off = r#"{"message":false}"#;
    ward.server.personal(&bram, "setting/mail", off);
    let other = mentioning(&ward.server, &carla);
    ward.server
        .act(&anna, conversation, Action::Post { message: other });
    let mails = ward.mails_of(DELAY);
    assert_eq!(said(&mails)[0].0, "carla@kliniek.example");
    assert_eq!(mails.len(), 1);
}

// N2, L3
#[test]
fn a_conversation_that_was_archived_is_mailed_about_by_its_next_message() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    ward.say(&anna, conversation);
    ward.server
        .personal(&bram, &format!("archived/{conversation}"), "2");
    assert!(ward.mails_of(4 * DAY).is_empty());
    ward.say(&anna, conversation);
    assert_eq!(
        said(&ward.mails_of(DELAY)),
        [("bram@kliniek.example", vec![1], vec![Reason::Message])]
    );
}

// N3
#[test]
fn something_unread_for_days_is_mailed_once_over_a_weekend_and_a_change_of_time() {
    let mut ward = MailedServer::new();
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    // Friday 2026-03-27 16:00 in Amsterdam; on Sunday the clock skips an hour.
    ward.server.clock.set(conversation::Timestamp(1_774_623_600_000));
    ward.say(&anna, conversation);
    assert_eq!(ward.mails_of(HOUR).len(), 1);
    assert!(ward.mails_of(70 * HOUR - 60_000).is_empty());
    let mails = ward.mails_of(60_000);
    assert_eq!(said(&mails), [("bram@kliniek.example", vec![1], vec![REMINDER])]);
    assert!(ward.mails_of(2 * DAY).is_empty());
    ward.wait(30 * DAY);
    assert!(ward.mails().is_empty());
}

// N3
#[test]
fn mail_outside_working_hours_goes_when_work_ends() {
    let mut ward = MailedServer::new();
    let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
    ward.server.administer(AdminRequest::AvailabilityChange {
        membership: bram.membership,
        availability: Some(Box::new(Availability {
            week: week_of_text("ma 08:30-17:00").unwrap(),
            ..Availability::default()
        })),
    });
    ward.server
        .personal(&bram, "setting/mail", r#"{"outside_working_hours":true}"#);
    // Monday, 9:00 in Amsterdam.
    ward.say(&anna, conversation);
    assert!(ward.mails_of(8 * HOUR - 60_000).is_empty());
    assert_eq!(ward.mails_of(60_000).len(), 1);
}

// N2. Discourse 3276: mail for everything old, once it was switched on.
#[test]
fn nothing_is_mailed_from_before_mail_was_switched_on() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [anna, bram] = ["Anna", "Bram"].map(|given| server.person(given, home));
    for _ in 0..30 {
        server.direct(&anna, &bram, "Heb je even?");
        server.group(&anna, &[&bram], "Wondzorg");
    }
    let clock = server.clock.clone();
    let store = Arc::clone(&server.store);
    drop(server);
    let mut server = InProcessServer::on_with(store, |core| core.mailing(DELAY));
    let moment = platform::Clock::now(clock.as_ref()).plus(5 * DAY);
    server.clock.set(moment);
    let mailer = Arc::<MemoryMailer>::default();
    let shared = Arc::<MemoryMailer>::clone(&mailer);
    let mailing = now(Mailing::open(Arc::clone(&server.core), shared)).unwrap();
    let work = || while complete(mailing.attend()).unwrap() + complete(mailing.mail()).unwrap() > 0 {};
    work();
    assert!(mailer.take().is_empty());
    server.clock.advance(HOUR);
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    server.clock.advance(DELAY);
    work();
    let mails = mailer.take();
    assert_eq!(mails.len(), 1);
    let lines: Vec<_> = mails[0].lines.iter().map(|line| line.conversation).collect();
    assert_eq!(lines, [conversation]);
    server.clock.advance(4 * DAY);
    work();
    assert!(
        mailer.take().is_empty(),
        "of a conversation without a message nobody is reminded"
    );
}

// N2, O2
#[test]
fn each_membership_is_mailed_at_its_own_address_about_its_own_conversations() {
    let mut ward = MailedServer::new();
    let near = ward.server.organisation("GGZ Noord");
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    let added = ward.server.administer(AdminRequest::MembershipAdd {
        person: bram.person,
        membership: NewMembership {
            work_email: Some("b.devries@ggz.example".to_owned()),
            ..common::membership("Bram", near)
        },
    });
    let AdminResponse::Membership { membership } = added else {
        panic!("a membership is added");
    };
    let fieke = ward.server.person("Fieke", near);
    let at_near = Who {
        membership,
        ..bram.clone()
    };
    ward.server.direct(&fieke, &at_near, "Over een cliënt van Noord");
    ward.server.direct(&anna, &bram, "Heb je even?");
    let mails = ward.mails_of(HOUR);
    let mut letters: Vec<_> = mails
        .iter()
        .map(|mail| {
            let senders = mail.lines.iter().flat_map(|line| &line.senders);
            let senders: Vec<_> = senders.map(|by| by.name.as_str()).collect();
            (mail.to.as_str(), mail.organisation, senders)
        })
        .collect();
    letters.sort_unstable();
    let expected = [
        ("b.devries@ggz.example", near, vec!["Fieke de Vries"]),
        ("bram@kliniek.example", ward.home, vec!["Anna de Vries"]),
    ];
    assert_eq!(letters, expected);
    // A membership without an address is not mailed; once it has one, with what waited.
    let change = |address: &str| AdminRequest::ProfileChange {
        membership: bram.membership,
        profile: Profile {
            name: Name {
                given: "Bram".to_owned(),
                prefix: String::new(),
                family: "de Vries".to_owned(),
            },
            discipline: "Arts".to_owned(),
            function: String::new(),
            work_email: address.to_owned(),
        },
    };
    ward.server.administer(change(""));
    let waits = ward.server.group(&anna, &[&bram], "Wondzorg");
    assert!(ward.mails_of(HOUR).is_empty());
    ward.server.administer(change("bram@linde.example"));
    let newer = ward.server.group(&anna, &[&bram], "Valpreventie");
    let mails = ward.mails_of(HOUR);
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "bram@linde.example"));
    let lines: Vec<_> = mails[0].lines.iter().map(|line| line.conversation).collect();
    assert_eq!(lines, [newer, waits]);
}

// N2, L1
#[test]
fn a_letter_names_all_conversations_that_are_due_the_newest_first() {
    let mut ward = MailedServer::new();
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    let groups: Vec<_> = (0..25).map(|_| ward.group()).collect();
    // The mail server is away for a day.
    for conversation in &groups {
        ward.say(&anna, *conversation);
        ward.wait(HOUR);
    }
    let mails = ward.mails();
    assert_eq!(mails.len(), 1);
    let lines: Vec<_> = mails[0].lines.iter().map(|line| line.conversation).collect();
    let newest: Vec<_> = groups.iter().rev().take(20).copied().collect();
    assert_eq!((lines, mails[0].more), (newest, 5));
    // Those without a line were mailed about, too.
    assert!(ward.mails_of(HOUR).is_empty());
    ward.read(&bram, groups[0]);
    ward.say(&anna, groups[0]);
    assert_eq!(ward.mails_of(DELAY).len(), 1);
}

// N2
#[test]
fn a_server_that_does_not_mail_leaves_no_marks() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let [anna, bram] = ["Anna", "Bram"].map(|given| server.person(given, home));
    let conversation = server.direct(&anna, &bram, "Heb je even?");
    server.say(&anna, conversation, "Of later");
    server.personal(&bram, "setting/mail", "{}");
    let moment = platform::Clock::now(server.clock.as_ref());
    let levels = now(sync_server::store::JobStore::job_levels(
        server.store.as_ref(),
        moment,
    ))
    .unwrap();
    assert_eq!(levels, []);
}

// N2, I5. A mark is written again where the clock of the server was set back, and for each minute that messages come in.
#[test]
fn a_conversation_is_marked_once_for_the_messages_of_a_minute() {
    let mut ward = MailedServer::new();
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    let marks = |ward: &MailedServer| ward.jobs("attend").first().map_or(0, |level| level.jobs);
    ward.mails_of(HOUR);
    assert_eq!(marks(&ward), 0);
    for (wait, expected) in [(0, 1), (1, 1), (DELAY / 2 - 1, 1), (1, 2), (DELAY / 2, 2), (1, 3)] {
        ward.wait(wait);
        ward.say(&anna, conversation);
        assert_eq!(marks(&ward), expected, "after {wait}");
    }
    ward.server.clock.set_forward(-HOUR);
    ward.say(&anna, conversation);
    assert_eq!(marks(&ward), 4);
}
