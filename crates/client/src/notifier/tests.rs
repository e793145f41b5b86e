//! Notifications while it is quiet and of muted conversations, with a clock that is moved.

use chrono::NaiveDateTime;
use conversation::organisation::availability::{Absence, Availability, week_of_text};
use conversation::text::MENTION;
use conversation::{ConversationId, MembershipId, MessageText, Seq, SeqRange, Timestamp};
use protocol::sync::Frame;
use serde_json::json;

use super::*;
use crate::api::request::{ApiRequest, SettingValue};
use crate::cache::conformance::{INTAKE, ROSTER, WOUND, posted, put, row, segment};
use crate::cache::{Cache as _, Change};
use crate::engine::sync::named::Mark;
use crate::testing::{ANNA, Device, KARIM, SANNE, card, now, person};

/// A moment of 2026 by the clock of Amsterdam, the first of two.
fn home(local: &str) -> Timestamp {
    let utc = |time: &str| {
        let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M").unwrap();
        Timestamp(time.and_utc().timestamp_millis())
    };
    let (begins, ends) = (utc("2026-03-29 01:00"), utc("2026-10-25 01:00"));
    let summer = utc(local).plus(-2 * Timestamp::HOUR);
    if begins <= summer && summer < ends {
        summer
    } else {
        summer.plus(Timestamp::HOUR)
    }
}

/// Anna's device and its desktop.
struct Desk {
    device: Device,
    notifier: Notifier,
}

impl Desk {
    /// Where nothing is new at a moment, with quiet hours of `from` to `to`.
    fn at(local: &str, hours: Option<(&str, &str)>) -> Desk {
        let mut desk = Desk {
            device: Device::of_anna(),
            notifier: Notifier::default(),
        };
        let at = home(local);
        now(desk.device.engine.apply(Frame::Current { at })).unwrap();
        if let Some((from, to)) = hours {
            desk.set("notifications.quiet_hours", json!({ "from": from, "to": to }));
        }
        assert!(desk.look().show.is_empty());
        desk
    }

    fn set(&self, key: &str, value: serde_json::Value) {
        let (key, value) = (key.to_owned(), SettingValue(value));
        self.device
            .ask::<serde_json::Value>(ApiRequest::SetSetting { key, value })
            .unwrap();
    }

    /// Time goes on until a moment.
    fn wait(&self, local: &str) {
        let on = home(local).since(self.device.engine.now());
        assert!(on >= 0, "{local} is over");
        self.device.clock.advance(on);
    }

    fn look(&mut self) -> DesktopStatus {
        now(self.notifier.look(&self.device.engine, false)).unwrap()
    }

    /// What is shown at a moment, where nothing is withdrawn or replaced.
    fn shows(&mut self, local: &str) -> Vec<Notice> {
        self.wait(local);
        let status = self.look();
        assert_eq!((status.withdraw, status.replace), (vec![], vec![]));
        status.show
    }

    /// The program ends and starts again, and has heard the server.
    fn restart(self) -> Desk {
        let at = self.device.engine.now();
        let device = self.device.restart();
        now(device.engine.apply(Frame::Current { at })).unwrap();
        let notifier = Notifier::default();
        Desk { device, notifier }
    }

    /// A message of Karim's, accepted now.
    fn hears(&self, conversation: ConversationId, number: u64, text: impl Into<MessageText>) {
        self.hears_of(conversation, number, text, self.device.engine.now());
    }

    /// A message of Karim's, accepted at a moment.
    fn hears_of(
        &self,
        conversation: ConversationId,
        number: u64,
        text: impl Into<MessageText>,
        at: Timestamp,
    ) {
        let held = now(self.device.cache.conversation(conversation)).unwrap();
        let mut held = held.unwrap_or_else(|| {
            let mut new = row(conversation, at.0);
            new.head.participants = vec![ANNA, KARIM];
            new.anchor.number = Seq(0);
            new
        });
        held.last = Seq(number);
        held.visible = SeqRange::new(Seq(1), Seq(number)).into_iter().collect();
        let mut entry = posted(number, KARIM, "");
        entry.text = Some(text.into());
        entry.header.at = at;
        let changes = vec![
            Change::PutConversation(Box::new(held)),
            Change::PutSegments(conversation, vec![segment(1, number)]),
            put(conversation, entry),
            self.device.engine.recount(conversation),
        ];
        now(self.device.cache.write(changes)).unwrap();
    }

    /// An edit of a message mentions Anna since.
    fn edited(&self, conversation: ConversationId, number: u64) {
        let mut entry = now(self.device.cache.entry(conversation, Seq(number)))
            .unwrap()
            .unwrap();
        (entry.text, entry.edited) = (Some(mentioning(ANNA)), true);
        let mark = Mark {
            at: entry.header.at,
            notified: false,
            held: None,
        };
        let mut named: Named = now(read_json(&self.device.cache, meta::NAMED))
            .unwrap()
            .unwrap_or_default();
        named.0.entry(conversation).or_default().insert(Seq(number), mark);
        let changes = vec![put(conversation, entry), put_json(meta::NAMED, &named).unwrap()];
        now(self.device.cache.write(changes)).unwrap();
    }

    /// Anna read on another device.
    fn reads_elsewhere(&self, conversation: ConversationId, number: u64) {
        let position = Frame::Position {
            conversation,
            member: person(ANNA),
            number: Seq(number),
            from: None,
        };
        now(self.device.engine.apply(position)).unwrap();
    }

    fn mutes(&self, conversation: ConversationId, muted: bool) {
        self.device
            .ask::<()>(ApiRequest::Mute { conversation, muted })
            .unwrap();
    }

    /// Anna's days by one of her memberships.
    fn works(&self, member: MembershipId, week: &str, absence: Option<(&str, &str)>) {
        let mut card = card(member, "Anna", 1);
        card.person = person(ANNA);
        card.availability = Some(Box::new(Availability {
            week: week_of_text(week).unwrap(),
            absence: absence.map(|(from, until)| Absence {
                from: from.parse().unwrap(),
                until: until.parse().unwrap(),
            }),
            ..Availability::default()
        }));
        now(self.device.cache.write(vec![Change::PutCards(vec![card])])).unwrap();
    }
}

fn mentioning(member: MembershipId) -> MessageText {
    MessageText {
        body: format!("{MENTION} wil je kijken?"),
        mentions: vec![member],
    }
}

/// The conversation, its first new message and how many there are.
fn one(notices: &[Notice]) -> (ConversationId, u64, u32) {
    match notices {
        [
            Notice::One {
                conversation,
                number,
                messages,
                ..
            },
        ] => (*conversation, number.0, *messages),
        other => panic!("one notification: {other:?}"),
    }
}

// N5. assistant-relay 218: a window over midnight ended at 0:00.
#[test]
fn quiet_over_midnight_shows_nothing_and_gives_one_notification_at_its_end() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    assert_eq!(desk.look().look_again, None);
    desk.wait("2026-03-02 22:30");
    desk.hears(WOUND, 1, "De wond is rood");
    let status = desk.look();
    assert_eq!((status.show, status.unread), (vec![], 1));
    assert_eq!(status.look_again, Some(home("2026-03-03 07:00")));
    desk.wait("2026-03-03 00:01");
    desk.hears(ROSTER, 1, "Wie kan er morgen?");
    let status = desk.look();
    assert_eq!((status.show, status.unread), (vec![], 2));
    assert!(desk.shows("2026-03-03 06:59").is_empty());
    assert_eq!(
        desk.shows("2026-03-03 07:00"),
        [Notice::Many { conversations: 2 }]
    );
    assert_eq!(desk.look().look_again, None);
    assert!(desk.shows("2026-03-03 07:01").is_empty(), "it comes once");
    // By day each has its own.
    desk.hears(INTAKE, 1, "Goedemorgen");
    assert_eq!(one(&desk.shows("2026-03-03 07:05")), (INTAKE, 1, 1));
}

// N5
#[test]
fn one_conversation_of_the_night_opens_at_its_first_message_and_says_how_many_there_are() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Nog overdag");
    assert_eq!(one(&desk.shows("2026-03-02 21:59")), (WOUND, 1, 1));
    for number in 2..=4 {
        desk.hears(WOUND, number, "In de nacht");
        assert!(desk.shows(&format!("2026-03-02 22:0{number}")).is_empty());
    }
    // Without what was notified of before.
    assert_eq!(one(&desk.shows("2026-03-03 07:00")), (WOUND, 2, 3));
}

// N5
#[test]
fn of_what_was_read_elsewhere_while_it_was_quiet_there_is_no_notification() {
    let mut desk = Desk::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Een");
    desk.hears(WOUND, 2, "Twee");
    desk.hears(ROSTER, 1, "Drie");
    assert!(desk.shows("2026-03-02 23:30").is_empty());
    desk.reads_elsewhere(WOUND, 1);
    desk.reads_elsewhere(ROSTER, 1);
    assert_eq!(one(&desk.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    desk.wait("2026-03-03 23:00");
    desk.hears(INTAKE, 1, "Vier");
    assert!(desk.look().show.is_empty());
    desk.reads_elsewhere(INTAKE, 1);
    assert!(desk.shows("2026-03-04 07:00").is_empty());
}

// N5, N1
#[test]
fn a_notification_from_before_is_still_withdrawn_and_replaced_while_it_is_quiet() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    desk.set("notifications.detail", json!("who_and_what"));
    desk.hears(WOUND, 1, "Een");
    desk.hears(ROSTER, 1, "Twee");
    assert_eq!(desk.shows("2026-03-02 21:30").len(), 2);
    desk.wait("2026-03-02 23:00");
    let mut edited = posted(1, KARIM, "Anders");
    edited.edited = true;
    now(desk.device.cache.write(vec![put(ROSTER, edited)])).unwrap();
    desk.reads_elsewhere(WOUND, 1);
    let status = desk.look();
    assert_eq!(status.withdraw, [About::Conversation(WOUND)]);
    let [Notice::One { what, .. }] = &status.replace[..] else {
        panic!("{:?}", status.replace);
    };
    assert_eq!((what.as_deref(), status.show), (Some("Anders"), vec![]));
    assert!(desk.shows("2026-03-03 07:00").is_empty());
}

// N5
#[test]
fn quiet_that_ends_while_the_device_sleeps_gives_one_notification_once_it_caught_up() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    desk.wait("2026-03-03 09:00");
    desk.device.engine.live().catching_up = true;
    desk.hears_of(WOUND, 1, "In de nacht", home("2026-03-03 02:00"));
    desk.hears_of(ROSTER, 1, "Vanochtend", home("2026-03-03 08:30"));
    assert!(desk.look().show.is_empty(), "more may come, or be read");
    desk.device.engine.live().catching_up = false;
    assert_eq!(desk.look().show, [Notice::Many { conversations: 2 }]);
    assert!(desk.look().show.is_empty());
    // It fell asleep in the night, having seen something.
    desk.wait("2026-03-03 23:00");
    desk.hears(INTAKE, 1, "Laat");
    assert!(desk.look().show.is_empty());
    assert_eq!(one(&desk.shows("2026-03-04 10:00")), (INTAKE, 1, 1));
}

// N5
#[test]
fn a_restart_while_it_is_quiet_loses_and_repeats_nothing() {
    let mut desk = Desk::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Een");
    desk.hears(ROSTER, 1, "Twee");
    assert!(desk.shows("2026-03-02 23:30").is_empty());
    let mut desk = desk.restart();
    let status = desk.look();
    assert_eq!((status.show, status.unread), (vec![], 2));
    assert_eq!(status.look_again, Some(home("2026-03-03 07:00")));
    // It ends before the quiet does, and starts after that.
    desk.wait("2026-03-03 08:00");
    let mut desk = desk.restart();
    assert_eq!(desk.look().show, [Notice::Many { conversations: 2 }]);
    let mut desk = desk.restart();
    assert!(desk.look().show.is_empty());
}

// N5
#[test]
fn a_device_that_is_signed_in_while_it_is_quiet_notifies_of_nothing_that_was_there() {
    let device = Device::of_anna();
    let notifier = Notifier::default();
    let mut desk = Desk { device, notifier };
    let at = home("2026-03-02 23:00");
    now(desk.device.engine.apply(Frame::Current { at })).unwrap();
    desk.set(
        "notifications.quiet_hours",
        json!({ "from": "22:00", "to": "07:00" }),
    );
    desk.hears(WOUND, 1, "Van eerder");
    assert!(desk.look().show.is_empty());
    desk.hears(WOUND, 2, "Nieuw");
    assert!(desk.look().show.is_empty());
    assert_eq!(one(&desk.shows("2026-03-03 07:00")), (WOUND, 2, 1));
}

// N5
#[test]
fn a_message_on_the_screen_while_it_is_quiet_is_seen() {
    let mut desk = Desk::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    let conversation = Some(WOUND);
    desk.hears(WOUND, 1, "Eerste");
    desk.device.ask::<()>(ApiRequest::Watch { conversation }).unwrap();
    let attended = now(desk.notifier.look(&desk.device.engine, true)).unwrap();
    assert!(attended.show.is_empty());
    assert!(desk.shows("2026-03-03 07:00").is_empty());
}

// N5. deltachat-desktop 5766, Signal-Desktop 2870: muted, and notified all the same.
#[test]
fn a_muted_conversation_counts_and_notifies_of_nothing_but_mentions_of_the_user() {
    let mut desk = Desk::at("2026-03-02 12:00", None);
    desk.hears(WOUND, 1, "Een");
    desk.mutes(WOUND, true);
    let status = desk.look();
    assert_eq!((status.unread, status.show), (1, vec![]));
    // deltachat-desktop 4461: a mention in a muted conversation did not notify.
    desk.hears(WOUND, 2, mentioning(SANNE));
    assert!(desk.look().show.is_empty());
    desk.hears(WOUND, 3, mentioning(ANNA));
    desk.hears(WOUND, 4, "Vier");
    assert_eq!(one(&desk.look().show), (WOUND, 3, 1));
    // An edit that newly mentions her, once.
    desk.edited(WOUND, 1);
    assert_eq!(one(&desk.look().show), (WOUND, 1, 2));
    assert!(desk.look().show.is_empty());
    // What came while it was muted is no news afterwards.
    desk.hears(ROSTER, 1, "Een");
    desk.mutes(ROSTER, true);
    assert!(desk.look().show.is_empty());
    desk.mutes(ROSTER, false);
    assert!(desk.look().show.is_empty());
    desk.hears(ROSTER, 2, "Twee");
    assert_eq!(one(&desk.look().show), (ROSTER, 2, 1));
}

// N5
#[test]
fn the_notification_of_a_conversation_that_is_muted_goes_unless_it_is_of_a_mention() {
    let mut desk = Desk::at("2026-03-02 12:00", None);
    desk.hears(WOUND, 1, "Een");
    desk.hears(ROSTER, 1, mentioning(ANNA));
    desk.hears(ROSTER, 2, "Twee");
    assert_eq!(desk.look().show.len(), 2);
    desk.mutes(WOUND, true);
    desk.mutes(ROSTER, true);
    let status = desk.look();
    assert_eq!(status.withdraw, [About::Conversation(WOUND)]);
    assert_eq!(one(&status.replace), (ROSTER, 1, 1));
    desk.mutes(WOUND, false);
    assert!(desk.look().show.is_empty());
}

// N5
#[test]
fn a_mention_before_hundreds_of_messages_in_a_muted_conversation_is_found() {
    let mut desk = Desk::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Een");
    desk.mutes(WOUND, true);
    assert!(desk.look().show.is_empty());
    desk.hears(WOUND, 2, mentioning(ANNA));
    for number in 3..=420 {
        desk.hears(WOUND, number, "Nog een");
    }
    assert!(desk.look().show.is_empty());
    assert_eq!(one(&desk.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    let status = desk.look();
    assert_eq!((status.withdraw, status.replace), (vec![], vec![]));
}

// N5
#[test]
fn a_mention_in_a_muted_conversation_waits_for_the_end_of_quiet_hours() {
    let mut desk = Desk::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Een");
    desk.hears(ROSTER, 1, "Een");
    desk.hears(INTAKE, 1, "Een");
    for muted in [WOUND, ROSTER] {
        desk.mutes(muted, true);
    }
    assert!(desk.look().show.is_empty());
    desk.hears(WOUND, 2, mentioning(ANNA));
    assert!(desk.look().show.is_empty());
    desk.reads_elsewhere(INTAKE, 1);
    assert_eq!(one(&desk.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    assert!(desk.shows("2026-03-03 07:01").is_empty());
}

// N5, P8
#[test]
fn an_edit_that_mentions_the_user_while_it_is_quiet_notifies_afterwards_unless_they_read_on() {
    let mut desk = Desk::at("2026-03-02 20:00", Some(("22:00", "07:00")));
    for conversation in [WOUND, ROSTER, INTAKE] {
        desk.hears(conversation, 1, "Een");
        desk.reads_elsewhere(conversation, 1);
    }
    assert!(desk.shows("2026-03-02 23:00").is_empty());
    desk.edited(WOUND, 1);
    desk.edited(ROSTER, 1);
    assert!(desk.look().show.is_empty());
    let mut desk = desk.restart();
    assert!(desk.shows("2026-03-03 06:00").is_empty());
    desk.hears(ROSTER, 2, "Twee");
    desk.reads_elsewhere(ROSTER, 2);
    let shown = desk.shows("2026-03-03 07:00");
    let [
        Notice::Mention {
            conversation, number, ..
        },
    ] = &shown[..]
    else {
        panic!("{shown:?}");
    };
    assert_eq!((*conversation, number.0), (WOUND, 1));
    assert!(desk.shows("2026-03-03 07:01").is_empty());
}

// N5, P8
#[test]
fn an_edit_of_an_unread_message_that_was_notified_of_notifies_again_at_the_end() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    desk.hears(WOUND, 1, "Een");
    desk.hears(ROSTER, 1, "Een");
    assert_eq!(desk.shows("2026-03-02 21:30").len(), 2);
    desk.wait("2026-03-02 23:00");
    desk.edited(WOUND, 1);
    desk.edited(ROSTER, 1);
    assert!(desk.look().show.is_empty());
    desk.reads_elsewhere(ROSTER, 1);
    desk.wait("2026-03-03 07:00");
    let shown = desk.look().show;
    assert!(
        matches!(&shown[..], [Notice::One { again: true, .. }]),
        "{shown:?}"
    );
    assert_eq!(one(&shown), (WOUND, 1, 1));
}

// N5, O5
#[test]
fn on_days_off_and_in_an_absence_it_is_quiet_until_the_next_working_time() {
    let mut desk = Desk::at("2026-03-03 12:00", None);
    desk.works(ANNA, "ma-do 08:30-17:00", None);
    desk.set("notifications.working_days", json!(true));
    desk.hears(WOUND, 1, "Aan het werk");
    assert_eq!(one(&desk.shows("2026-03-03 12:01")), (WOUND, 1, 1));
    // Friday.
    desk.wait("2026-03-06 10:00");
    desk.hears(WOUND, 2, "Vrij");
    let status = desk.look();
    assert_eq!(status.show, []);
    assert_eq!(status.look_again, Some(home("2026-03-09 08:30")));
    // The holiday begins on Monday.
    desk.works(ANNA, "ma-do 08:30-17:00", Some(("2026-03-09", "2026-03-11")));
    assert!(desk.shows("2026-03-09 08:30").is_empty());
    assert_eq!(desk.look().look_again, Some(home("2026-03-12 08:30")));
    // It is taken back.
    desk.works(ANNA, "ma-do 08:30-17:00", None);
    assert_eq!(one(&desk.look().show), (WOUND, 2, 1));
    // The days are not looked at.
    desk.set("notifications.working_days", json!(false));
    desk.wait("2026-03-13 10:00");
    desk.hears(WOUND, 3, "Ook vrij");
    assert_eq!(one(&desk.look().show), (WOUND, 3, 1));
}

// N5, S3
#[test]
fn each_conversation_keeps_still_by_the_days_of_the_membership_that_takes_part() {
    let desk = Desk::at("2026-03-03 12:00", None);
    let me = crate::engine::Me {
        person: Some(person(ANNA)),
        memberships: vec![ANNA, SANNE],
    };
    now(desk.device.cache.write(vec![put_json(meta::ME, &me).unwrap()])).unwrap();
    desk.works(ANNA, "ma-di 08:30-17:00", None);
    desk.works(SANNE, "wo-vr 08:30-17:00", None);
    desk.set("notifications.working_days", json!(true));
    let mut desk = desk.restart();
    for conversation in [WOUND, ROSTER] {
        desk.hears(conversation, 1, "Een");
        desk.reads_elsewhere(conversation, 1);
    }
    let mut row = now(desk.device.cache.conversation(ROSTER)).unwrap().unwrap();
    row.head.participants = vec![SANNE, KARIM];
    let put_row = Change::PutConversation(Box::new(row));
    now(desk.device.cache.write(vec![put_row])).unwrap();
    assert!(desk.look().show.is_empty());
    desk.hears(WOUND, 2, "Dinsdag");
    desk.hears(ROSTER, 2, "Dinsdag");
    let status = desk.look();
    assert_eq!(one(&status.show), (WOUND, 2, 1));
    assert_eq!(status.look_again, Some(home("2026-03-04 08:30")));
    desk.hears(WOUND, 3, "Woensdag");
    desk.wait("2026-03-04 08:30");
    assert_eq!(one(&desk.look().show), (ROSTER, 2, 1));
    assert_eq!(desk.look().look_again, Some(home("2026-03-09 08:30")));
    assert_eq!(one(&desk.shows("2026-03-09 08:30")), (WOUND, 3, 1));
}

// N5. iNPUTmice/Conversations 2679, birday 365.
#[test]
fn quiet_hours_end_at_their_time_by_the_clock_and_once_in_the_nights_of_its_changes() {
    for (evening, morning, sleep) in [
        ("2026-03-28 23:00", "2026-03-29 07:00", 7),
        ("2026-10-24 23:00", "2026-10-25 07:00", 9),
    ] {
        let mut desk = Desk::at(evening, Some(("22:00", "07:00")));
        desk.hears(WOUND, 1, "Een");
        let status = desk.look();
        assert_eq!((status.show, status.look_again), (vec![], Some(home(morning))));
        desk.device.clock.advance(sleep * Timestamp::HOUR - 1);
        assert!(desk.look().show.is_empty());
        desk.device.clock.advance(1);
        assert_eq!(one(&desk.look().show), (WOUND, 1, 1));
    }
    let mut desk = Desk::at("2026-10-24 23:00", Some(("22:00", "02:30")));
    desk.hears(WOUND, 1, "Een");
    let mut shown = Vec::new();
    for _ in 0..6 * 60 {
        desk.device.clock.advance(Timestamp::MINUTE);
        shown.extend(desk.look().show.into_iter().map(|_| desk.device.engine.now()));
    }
    // The second time that the clock shows 2:30.
    assert_eq!(shown, [home("2026-10-25 02:30").plus(Timestamp::HOUR)]);
}

// N5
#[test]
fn quiet_hours_that_are_changed_or_taken_back_hold_from_then_on() {
    let mut desk = Desk::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    desk.wait("2026-03-02 23:00");
    desk.hears(WOUND, 1, "Een");
    assert!(desk.look().show.is_empty());
    desk.set(
        "notifications.quiet_hours",
        json!({ "from": "23:30", "to": "06:00" }),
    );
    assert_eq!(one(&desk.look().show), (WOUND, 1, 1));
    desk.wait("2026-03-02 23:45");
    desk.hears(ROSTER, 1, "Een");
    assert_eq!(desk.look().look_again, Some(home("2026-03-03 06:00")));
    desk.set("notifications.quiet_hours", json!(null));
    let status = desk.look();
    assert_eq!((one(&status.show), status.look_again), ((ROSTER, 1, 1), None));
}
