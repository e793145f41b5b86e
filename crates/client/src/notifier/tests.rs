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
pub(super) fn home(local: &str) -> Timestamp {
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
pub(super) struct Screen {
    pub(super) device: Device,
    pub(super) notifier: Notifier,
}

impl Screen {
    /// A device that has just been signed in.
    pub(super) fn signed_in_at(local: &str) -> Screen {
        let screen = Screen {
            device: Device::of_anna(),
            notifier: Notifier::default(),
        };
        let at = home(local);
        now(screen.device.engine.apply(Frame::Current { at })).unwrap();
        screen
    }

    /// An entry becomes another.
    pub(super) fn changes(&self, conversation: ConversationId, number: u64, change: impl FnOnce(&mut Entry)) {
        let entry = now(self.device.cache.entry(conversation, Seq(number)));
        let mut entry = entry.unwrap().unwrap();
        change(&mut entry);
        now(self.device.cache.write(vec![put(conversation, entry)])).unwrap();
    }

    /// Where nothing is new at a moment, with quiet hours of `from` to `to`.
    pub(super) fn at(local: &str, hours: Option<(&str, &str)>) -> Screen {
        let mut screen = Screen::signed_in_at(local);
        if let Some((from, to)) = hours {
            screen.set("notifications.quiet_hours", json!({ "from": from, "to": to }));
        }
        assert!(screen.look().show.is_empty());
        screen
    }

    pub(super) fn set(&self, key: &str, value: serde_json::Value) {
        let (key, value) = (key.to_owned(), SettingValue(value));
        self.device
            .ask::<serde_json::Value>(ApiRequest::SetSetting { key, value })
            .unwrap();
    }

    /// Time goes on until a moment.
    pub(super) fn wait(&self, local: &str) {
        let on = home(local).since(self.device.engine.now());
        assert!(on >= 0, "{local} is over");
        self.device.clock.advance(on);
    }

    pub(super) fn look(&mut self) -> DesktopStatus {
        now(self.notifier.look(&self.device.engine, false)).unwrap()
    }

    /// The notifications shown at a moment, where nothing is withdrawn or replaced.
    pub(super) fn shows(&mut self, local: &str) -> Vec<Notice> {
        self.wait(local);
        let status = self.look();
        assert_eq!((status.withdraw, status.replace), (vec![], vec![]));
        status.show
    }

    /// The program ends and starts again, and has heard the server.
    pub(super) fn restart(self) -> Screen {
        let at = self.device.engine.now();
        let device = self.device.restart();
        now(device.engine.apply(Frame::Current { at })).unwrap();
        let notifier = Notifier::default();
        Screen { device, notifier }
    }

    /// A message of Karim's, accepted now.
    pub(super) fn hears(&self, conversation: ConversationId, number: u64, text: impl Into<MessageText>) {
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
    pub(super) fn edited(&self, conversation: ConversationId, number: u64) {
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
    pub(super) fn reads_elsewhere(&self, conversation: ConversationId, number: u64) {
        let position = Frame::Position {
            conversation,
            member: person(ANNA),
            number: Seq(number),
            from: None,
        };
        now(self.device.engine.apply(position)).unwrap();
    }

    pub(super) fn mutes(&self, conversation: ConversationId, muted: bool) {
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
pub(super) fn one(notices: &[Notice]) -> (ConversationId, u64, u32) {
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
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    assert_eq!(screen.look().look_again, None);
    screen.wait("2026-03-02 22:30");
    screen.hears(WOUND, 1, "De wond is rood");
    let status = screen.look();
    assert_eq!((status.show, status.unread), (vec![], 1));
    assert_eq!(status.look_again, Some(home("2026-03-03 07:00")));
    screen.wait("2026-03-03 00:01");
    screen.hears(ROSTER, 1, "Wie kan er morgen?");
    let status = screen.look();
    assert_eq!((status.show, status.unread), (vec![], 2));
    assert!(screen.shows("2026-03-03 06:59").is_empty());
    assert_eq!(
        screen.shows("2026-03-03 07:00"),
        [Notice::Many { conversations: 2 }]
    );
    assert_eq!(screen.look().look_again, None);
    assert!(screen.shows("2026-03-03 07:01").is_empty(), "it comes once");
    // By day each has its own.
    screen.hears(INTAKE, 1, "Goedemorgen");
    assert_eq!(one(&screen.shows("2026-03-03 07:05")), (INTAKE, 1, 1));
}

// N5
#[test]
fn one_conversation_of_the_night_opens_at_its_first_message_and_says_how_many_there_are() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Nog overdag");
    assert_eq!(one(&screen.shows("2026-03-02 21:59")), (WOUND, 1, 1));
    for number in 2..=4 {
        screen.hears(WOUND, number, "In de nacht");
        assert!(screen.shows(&format!("2026-03-02 22:0{number}")).is_empty());
    }
    // Without what was notified of before.
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 2, 3));
}

// N5
#[test]
fn of_what_was_read_elsewhere_while_it_was_quiet_there_is_no_notification() {
    let mut screen = Screen::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Een");
    screen.hears(WOUND, 2, "Twee");
    screen.hears(ROSTER, 1, "Drie");
    assert!(screen.shows("2026-03-02 23:30").is_empty());
    screen.reads_elsewhere(WOUND, 1);
    screen.reads_elsewhere(ROSTER, 1);
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    screen.wait("2026-03-03 23:00");
    screen.hears(INTAKE, 1, "Vier");
    assert!(screen.look().show.is_empty());
    screen.reads_elsewhere(INTAKE, 1);
    assert!(screen.shows("2026-03-04 07:00").is_empty());
}

// N5, N1
#[test]
fn a_notification_from_before_is_still_withdrawn_and_replaced_while_it_is_quiet() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.set("notifications.detail", json!("who_and_what"));
    screen.hears(WOUND, 1, "Een");
    screen.hears(ROSTER, 1, "Twee");
    assert_eq!(screen.shows("2026-03-02 21:30").len(), 2);
    screen.wait("2026-03-02 23:00");
    let mut edited = posted(1, KARIM, "Anders");
    edited.edited = true;
    now(screen.device.cache.write(vec![put(ROSTER, edited)])).unwrap();
    screen.reads_elsewhere(WOUND, 1);
    let status = screen.look();
    assert_eq!(status.withdraw, [About::Conversation(WOUND)]);
    let [Notice::One { what, .. }] = &status.replace[..] else {
        panic!("{:?}", status.replace);
    };
    assert_eq!((what.as_deref(), status.show), (Some("Anders"), vec![]));
    assert!(screen.shows("2026-03-03 07:00").is_empty());
}

// N5
#[test]
fn quiet_that_ends_while_the_device_sleeps_gives_one_notification_once_it_caught_up() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.wait("2026-03-03 09:00");
    screen.device.engine.live().catching_up = true;
    screen.hears_of(WOUND, 1, "In de nacht", home("2026-03-03 02:00"));
    screen.hears_of(ROSTER, 1, "Vanochtend", home("2026-03-03 08:30"));
    assert!(screen.look().show.is_empty(), "more may come, or be read");
    screen.device.engine.live().catching_up = false;
    assert_eq!(screen.look().show, [Notice::Many { conversations: 2 }]);
    assert!(screen.look().show.is_empty());
    // It fell asleep in the night, having seen something.
    screen.wait("2026-03-03 23:00");
    screen.hears(INTAKE, 1, "Laat");
    assert!(screen.look().show.is_empty());
    assert_eq!(one(&screen.shows("2026-03-04 10:00")), (INTAKE, 1, 1));
}

// N5
#[test]
fn a_restart_while_it_is_quiet_loses_and_repeats_nothing() {
    let mut screen = Screen::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Een");
    screen.hears(ROSTER, 1, "Twee");
    assert!(screen.shows("2026-03-02 23:30").is_empty());
    let mut screen = screen.restart();
    let status = screen.look();
    assert_eq!((status.show, status.unread), (vec![], 2));
    assert_eq!(status.look_again, Some(home("2026-03-03 07:00")));
    // It ends before the quiet does, and starts after that.
    screen.wait("2026-03-03 08:00");
    let mut screen = screen.restart();
    assert_eq!(screen.look().show, [Notice::Many { conversations: 2 }]);
    let mut screen = screen.restart();
    assert!(screen.look().show.is_empty());
}

// N5
#[test]
fn a_device_that_is_signed_in_while_it_is_quiet_notifies_of_nothing_that_was_there() {
    let mut screen = Screen::signed_in_at("2026-03-02 23:00");
    screen.set(
        "notifications.quiet_hours",
        json!({ "from": "22:00", "to": "07:00" }),
    );
    screen.hears(WOUND, 1, "Van eerder");
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 2, "Nieuw");
    assert!(screen.look().show.is_empty());
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 2, 1));
}

// N5
#[test]
fn a_message_on_the_screen_while_it_is_quiet_is_seen() {
    let mut screen = Screen::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    let conversation = Some(WOUND);
    screen.hears(WOUND, 1, "Eerste");
    screen
        .device
        .ask::<()>(ApiRequest::Watch { conversation })
        .unwrap();
    let attended = now(screen.notifier.look(&screen.device.engine, true)).unwrap();
    assert!(attended.show.is_empty());
    assert!(screen.shows("2026-03-03 07:00").is_empty());
}

// N5. deltachat-desktop 5766, Signal-Desktop 2870: muted, and notified all the same.
#[test]
fn a_muted_conversation_counts_and_notifies_of_nothing_but_mentions_of_the_user() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears(WOUND, 1, "Een");
    screen.mutes(WOUND, true);
    let status = screen.look();
    assert_eq!((status.unread, status.show), (1, vec![]));
    // deltachat-desktop 4461: a mention in a muted conversation did not notify.
    screen.hears(WOUND, 2, mentioning(SANNE));
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 3, mentioning(ANNA));
    screen.hears(WOUND, 4, "Vier");
    assert_eq!(one(&screen.look().show), (WOUND, 3, 1));
    // An edit that newly mentions her, once.
    screen.edited(WOUND, 1);
    assert_eq!(one(&screen.look().show), (WOUND, 1, 2));
    assert!(screen.look().show.is_empty());
    // Messages of while it was muted are no news afterwards.
    screen.hears(ROSTER, 1, "Een");
    screen.mutes(ROSTER, true);
    assert!(screen.look().show.is_empty());
    screen.mutes(ROSTER, false);
    assert!(screen.look().show.is_empty());
    screen.hears(ROSTER, 2, "Twee");
    assert_eq!(one(&screen.look().show), (ROSTER, 2, 1));
}

// N5
#[test]
fn the_notification_of_a_conversation_that_is_muted_goes_unless_it_is_of_a_mention() {
    let mut screen = Screen::at("2026-03-02 12:00", None);
    screen.hears(WOUND, 1, "Een");
    screen.hears(ROSTER, 1, mentioning(ANNA));
    screen.hears(ROSTER, 2, "Twee");
    assert_eq!(screen.look().show.len(), 2);
    screen.mutes(WOUND, true);
    screen.mutes(ROSTER, true);
    let status = screen.look();
    assert_eq!(status.withdraw, [About::Conversation(WOUND)]);
    assert_eq!(one(&status.replace), (ROSTER, 1, 1));
    screen.mutes(WOUND, false);
    assert!(screen.look().show.is_empty());
}

// N5
#[test]
fn a_mention_before_hundreds_of_messages_in_a_muted_conversation_is_found() {
    let mut screen = Screen::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Een");
    screen.mutes(WOUND, true);
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 2, mentioning(ANNA));
    for number in 3..=420 {
        screen.hears(WOUND, number, "Nog een");
    }
    assert!(screen.look().show.is_empty());
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    let status = screen.look();
    assert_eq!((status.withdraw, status.replace), (vec![], vec![]));
}

// N5
#[test]
fn a_mention_in_a_muted_conversation_waits_for_the_end_of_quiet_hours() {
    let mut screen = Screen::at("2026-03-02 23:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Een");
    screen.hears(ROSTER, 1, "Een");
    screen.hears(INTAKE, 1, "Een");
    for muted in [WOUND, ROSTER] {
        screen.mutes(muted, true);
    }
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 2, mentioning(ANNA));
    assert!(screen.look().show.is_empty());
    screen.reads_elsewhere(INTAKE, 1);
    assert_eq!(one(&screen.shows("2026-03-03 07:00")), (WOUND, 2, 1));
    assert!(screen.shows("2026-03-03 07:01").is_empty());
}

// N5, P8
#[test]
fn an_edit_that_mentions_the_user_while_it_is_quiet_notifies_afterwards_unless_they_read_on() {
    let mut screen = Screen::at("2026-03-02 20:00", Some(("22:00", "07:00")));
    for conversation in [WOUND, ROSTER, INTAKE] {
        screen.hears(conversation, 1, "Een");
        screen.reads_elsewhere(conversation, 1);
    }
    assert!(screen.shows("2026-03-02 23:00").is_empty());
    screen.edited(WOUND, 1);
    screen.edited(ROSTER, 1);
    assert!(screen.look().show.is_empty());
    let mut screen = screen.restart();
    assert!(screen.shows("2026-03-03 06:00").is_empty());
    screen.hears(ROSTER, 2, "Twee");
    screen.reads_elsewhere(ROSTER, 2);
    let shown = screen.shows("2026-03-03 07:00");
    let [
        Notice::Mention {
            conversation, number, ..
        },
    ] = &shown[..]
    else {
        panic!("{shown:?}");
    };
    assert_eq!((*conversation, number.0), (WOUND, 1));
    assert!(screen.shows("2026-03-03 07:01").is_empty());
}

// N5, P8
#[test]
fn an_edit_of_an_unread_message_that_was_notified_of_notifies_again_at_the_end() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.hears(WOUND, 1, "Een");
    screen.hears(ROSTER, 1, "Een");
    assert_eq!(screen.shows("2026-03-02 21:30").len(), 2);
    screen.wait("2026-03-02 23:00");
    screen.edited(WOUND, 1);
    screen.edited(ROSTER, 1);
    assert!(screen.look().show.is_empty());
    screen.reads_elsewhere(ROSTER, 1);
    screen.wait("2026-03-03 07:00");
    let shown = screen.look().show;
    assert!(
        matches!(&shown[..], [Notice::One { again: true, .. }]),
        "{shown:?}"
    );
    assert_eq!(one(&shown), (WOUND, 1, 1));
}

// N5, O5
#[test]
fn on_days_off_and_in_an_absence_it_is_quiet_until_the_next_working_time() {
    let mut screen = Screen::at("2026-03-03 12:00", None);
    screen.works(ANNA, "ma-do 08:30-17:00", None);
    screen.set("notifications.working_days", json!(true));
    screen.hears(WOUND, 1, "Aan het werk");
    assert_eq!(one(&screen.shows("2026-03-03 12:01")), (WOUND, 1, 1));
    // Friday.
    screen.wait("2026-03-06 10:00");
    screen.hears(WOUND, 2, "Vrij");
    let status = screen.look();
    assert_eq!(status.show, []);
    assert_eq!(status.look_again, Some(home("2026-03-09 08:30")));
    // The holiday begins on Monday.
    screen.works(ANNA, "ma-do 08:30-17:00", Some(("2026-03-09", "2026-03-11")));
    assert!(screen.shows("2026-03-09 08:30").is_empty());
    assert_eq!(screen.look().look_again, Some(home("2026-03-12 08:30")));
    // It is taken back.
    screen.works(ANNA, "ma-do 08:30-17:00", None);
    assert_eq!(one(&screen.look().show), (WOUND, 2, 1));
    // The days are not looked at.
    screen.set("notifications.working_days", json!(false));
    screen.wait("2026-03-13 10:00");
    screen.hears(WOUND, 3, "Ook vrij");
    assert_eq!(one(&screen.look().show), (WOUND, 3, 1));
}

// N5, S3
#[test]
fn each_conversation_keeps_still_by_the_days_of_the_membership_that_takes_part() {
    let screen = Screen::at("2026-03-03 12:00", None);
    let me = crate::engine::Me {
        person: Some(person(ANNA)),
        memberships: vec![ANNA, SANNE],
    };
    now(screen.device.cache.write(vec![put_json(meta::ME, &me).unwrap()])).unwrap();
    screen.works(ANNA, "ma-di 08:30-17:00", None);
    screen.works(SANNE, "wo-vr 08:30-17:00", None);
    screen.set("notifications.working_days", json!(true));
    let mut screen = screen.restart();
    for conversation in [WOUND, ROSTER] {
        screen.hears(conversation, 1, "Een");
        screen.reads_elsewhere(conversation, 1);
    }
    let mut row = now(screen.device.cache.conversation(ROSTER)).unwrap().unwrap();
    row.head.participants = vec![SANNE, KARIM];
    let put_row = Change::PutConversation(Box::new(row));
    now(screen.device.cache.write(vec![put_row])).unwrap();
    assert!(screen.look().show.is_empty());
    screen.hears(WOUND, 2, "Dinsdag");
    screen.hears(ROSTER, 2, "Dinsdag");
    let status = screen.look();
    assert_eq!(one(&status.show), (WOUND, 2, 1));
    assert_eq!(status.look_again, Some(home("2026-03-04 08:30")));
    screen.hears(WOUND, 3, "Woensdag");
    screen.wait("2026-03-04 08:30");
    assert_eq!(one(&screen.look().show), (ROSTER, 2, 1));
    assert_eq!(screen.look().look_again, Some(home("2026-03-09 08:30")));
    assert_eq!(one(&screen.shows("2026-03-09 08:30")), (WOUND, 3, 1));
}

// N5. iNPUTmice/Conversations 2679, birday 365.
#[test]
fn quiet_hours_end_at_their_time_by_the_clock_and_once_in_the_nights_of_its_changes() {
    for (evening, morning, sleep) in [
        ("2026-03-28 23:00", "2026-03-29 07:00", 7),
        ("2026-10-24 23:00", "2026-10-25 07:00", 9),
    ] {
        let mut screen = Screen::at(evening, Some(("22:00", "07:00")));
        screen.hears(WOUND, 1, "Een");
        let status = screen.look();
        assert_eq!((status.show, status.look_again), (vec![], Some(home(morning))));
        screen.device.clock.advance(sleep * Timestamp::HOUR - 1);
        assert!(screen.look().show.is_empty());
        screen.device.clock.advance(1);
        assert_eq!(one(&screen.look().show), (WOUND, 1, 1));
    }
    let mut screen = Screen::at("2026-10-24 23:00", Some(("22:00", "02:30")));
    screen.hears(WOUND, 1, "Een");
    let mut shown = Vec::new();
    for _ in 0..6 * 60 {
        screen.device.clock.advance(Timestamp::MINUTE);
        shown.extend(screen.look().show.into_iter().map(|_| screen.device.engine.now()));
    }
    // The second time that the clock shows 2:30.
    assert_eq!(shown, [home("2026-10-25 02:30").plus(Timestamp::HOUR)]);
}

// N5
#[test]
fn quiet_hours_that_are_changed_or_taken_back_hold_from_then_on() {
    let mut screen = Screen::at("2026-03-02 21:00", Some(("22:00", "07:00")));
    screen.wait("2026-03-02 23:00");
    screen.hears(WOUND, 1, "Een");
    assert!(screen.look().show.is_empty());
    screen.set(
        "notifications.quiet_hours",
        json!({ "from": "23:30", "to": "06:00" }),
    );
    assert_eq!(one(&screen.look().show), (WOUND, 1, 1));
    screen.wait("2026-03-02 23:45");
    screen.hears(ROSTER, 1, "Een");
    assert_eq!(screen.look().look_again, Some(home("2026-03-03 06:00")));
    screen.set("notifications.quiet_hours", json!(null));
    let status = screen.look();
    assert_eq!((one(&status.show), status.look_again), ((ROSTER, 1, 1), None));
}

// N4, N5
#[test]
fn quiet_is_known_with_its_reason_and_its_end() {
    let screen = Screen::at("2026-03-03 12:00", Some(("22:00", "07:00")));
    let spell = |screen: &Screen| now(QuietSpell::now(&screen.device.engine)).unwrap();
    assert_eq!(spell(&screen), None);
    screen.works(ANNA, "ma-do 08:30-17:00", None);
    screen.set("notifications.working_days", json!(true));
    assert_eq!(spell(&screen), None);
    let next = |by_hours| {
        let until = Some(home("2026-03-04 08:30"));
        Some(QuietSpell { by_hours, until })
    };
    screen.wait("2026-03-03 18:00");
    assert_eq!(spell(&screen), next(false));
    screen.wait("2026-03-03 23:00");
    assert_eq!(spell(&screen), next(true));
}
