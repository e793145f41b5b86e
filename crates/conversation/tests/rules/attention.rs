//! Attention mail: what is mailed, when, and in how many letters (N2, N3).

use std::collections::BTreeSet;

use conversation::attention::{
    Added, Covered, Decision, LONGEST_HOLD, Language, Letter, Line, MOST_LINES, MailSettings, Mailed, Reason,
    URGENT_DELAY, UnreadConversation, UnreadDays, UnreadEvent, decide,
};
use conversation::organisation::Availability;
use conversation::organisation::availability::week_of_text;
use conversation::*;
use uuid::Uuid;

use crate::ward::*;

const DELAY: i64 = 2 * Timestamp::MINUTE;
/// 2026-03-03 10:00 in Amsterdam, a Tuesday.
const TUESDAY: Timestamp = Timestamp(1_772_528_400_000);
const ALL_OFF: MailSettings = MailSettings {
    message: false,
    added: false,
    mentioned: false,
    urgent: false,
    unread_days: None,
    outside_working_hours: false,
    language: Language::Nl,
};

/// A conversation of Bram's in which nothing is unread yet.
fn quiet(id: u128) -> UnreadConversation {
    UnreadConversation {
        conversation: ConversationId(Uuid::from_u128(id)),
        membership: BRAM,
        read: Seq(1),
        archived_through: Seq(0),
        muted: false,
        added: None,
        events: Vec::new(),
        mailed: Mailed::default(),
    }
}

/// Messages of Anna's, each so many milliseconds after Tuesday at ten.
fn with_messages(id: u128, after: &[i64]) -> UnreadConversation {
    let events = (2..)
        .zip(after)
        .map(|(number, after)| event(number, ANNA, *after));
    UnreadConversation {
        events: events.collect(),
        ..quiet(id)
    }
}

fn event(number: u64, by: MembershipId, after: i64) -> UnreadEvent {
    UnreadEvent {
        number: Seq(number),
        by,
        at: TUESDAY.plus(after),
        is_message: true,
        mentions_me: false,
        urgent: false,
    }
}

fn mention(number: u64, after: i64) -> UnreadEvent {
    UnreadEvent {
        mentions_me: true,
        ..event(number, ANNA, after)
    }
}

fn decided_with(inbox: &[UnreadConversation], settings: &MailSettings, after: i64) -> Decision {
    decide(inbox, settings, |_| None, DELAY, TUESDAY.plus(after))
}

fn decided(inbox: &[UnreadConversation], after: i64) -> Decision {
    decided_with(inbox, &MailSettings::default(), after)
}

/// The one line of the one letter.
fn only_line(decision: &Decision) -> Line {
    assert_eq!(decision.letters.len(), 1, "{decision:?}");
    assert_eq!(decision.letters[0].lines.len(), 1, "{decision:?}");
    decision.letters[0].lines[0].clone()
}

fn reasons(decision: &Decision) -> Vec<Reason> {
    only_line(decision).reasons.into_iter().collect()
}

fn is_silent(decision: &Decision) -> bool {
    decision.letters.is_empty()
}

const REMINDER: Reason = Reason::Unread { days: 3 };
const THREE_DAYS: i64 = 3 * Timestamp::DAY;

fn urgent(number: u64, after: i64) -> UnreadEvent {
    UnreadEvent {
        urgent: true,
        ..event(number, ANNA, after)
    }
}

// M10, N2
#[test]
fn an_urgent_message_is_mailed_at_once_and_also_while_at_work_or_muted() {
    let mut unread = quiet(1);
    unread.events = vec![event(2, ANNA, 0), urgent(3, 1_000)];
    let due = 1_000 + URGENT_DELAY;
    assert_eq!(decided(&[unread.clone()], 1_000).next, Some(TUESDAY.plus(due)));
    // Time to read it on the screen.
    assert!(is_silent(&decided(&[unread.clone()], due - 1)));
    assert_eq!(
        reasons(&decided(&[unread.clone()], due)),
        [Reason::Urgent, Reason::Message]
    );
    unread.muted = true;
    assert_eq!(
        reasons(&decided(&[unread.clone()], due)),
        [Reason::Urgent, Reason::Message]
    );
    let settings = MailSettings {
        outside_working_hours: true,
        ..MailSettings::default()
    };
    let works = Availability {
        week: week_of_text("ma-vr 08:00-17:00").unwrap(),
        ..Availability::default()
    };
    let at_work = |unread: &UnreadConversation, after| {
        decide(
            std::slice::from_ref(unread),
            &settings,
            |_| Some(&works),
            DELAY,
            TUESDAY.plus(after),
        )
    };
    assert_eq!(at_work(&unread, due).letters.len(), 1);
    // A message that is not waits.
    unread.muted = false;
    unread.events = vec![event(2, ANNA, 0)];
    assert!(is_silent(&at_work(&unread, DELAY)));
}

// M10, N2
#[test]
fn an_urgent_message_brings_no_second_mail_and_can_be_switched_off() {
    let mut unread = quiet(1);
    unread.events = vec![urgent(2, 0)];
    let mailed = only_line(&decided(&[unread.clone()], URGENT_DELAY)).mailed;
    unread.mailed = mailed;
    unread.events.push(urgent(3, 60_000));
    assert!(is_silent(&decided(&[unread.clone()], HOUR_AFTER)));
    unread.mailed = Mailed::default();
    assert!(is_silent(&decided_with(&[unread], &ALL_OFF, HOUR_AFTER)));
}

const HOUR_AFTER: i64 = Timestamp::HOUR;

// N2
#[test]
fn one_mail_a_conversation_until_it_was_opened() {
    let mut unread = with_messages(1, &[0]);
    assert!(is_silent(&decided(&[unread.clone()], DELAY - 1)));
    assert_eq!(decided(&[unread.clone()], 0).next, Some(TUESDAY.plus(DELAY)));
    let mailed = decided(&[unread.clone()], DELAY);
    let line = only_line(&mailed);
    assert_eq!((line.messages, line.senders.as_slice()), (1, [ANNA].as_slice()));
    assert_eq!(
        line.mailed.attention,
        Some(Covered {
            read: Seq(1),
            through: Seq(2)
        })
    );
    // From then on whatever comes, until the marker has moved.
    unread.mailed = line.mailed;
    unread.events.extend([mention(3, DELAY), event(4, CARLA, DELAY)]);
    assert!(is_silent(&decided(&[unread.clone()], 2 * Timestamp::DAY)));
    // Opened in part: the rest was mailed already, the next message was not.
    unread.read = Seq(2);
    unread.events.remove(0);
    let line = only_line(&decided(&[unread.clone()], 2 * Timestamp::DAY));
    assert_eq!(
        (line.messages, line.mailed.attention.unwrap().through),
        (2, Seq(4))
    );
    unread.mailed = line.mailed;
    unread.read = Seq(3);
    unread.events.remove(0);
    assert!(is_silent(&decided(&[unread.clone()], 2 * Timestamp::DAY)));
    unread.events.push(event(5, ANNA, 2 * Timestamp::DAY));
    assert!(is_silent(&decided(
        &[unread.clone()],
        2 * Timestamp::DAY + DELAY - 1
    )));
    assert_eq!(
        only_line(&decided(&[unread], 2 * Timestamp::DAY + DELAY)).messages,
        2
    );
}

// N2. Synapse 3615: the last events of a busy room were never old enough.
#[test]
fn a_busy_conversation_is_mailed_by_its_first_message() {
    let second = Timestamp::SECOND;
    let mut unread = with_messages(1, &[]);
    let mut mails = Vec::new();
    for tick in 0..10_000_i64 {
        unread
            .events
            .push(event(2 + u64::try_from(tick).unwrap(), ANNA, tick * second));
        // One look at the newest is as good as one at all of them, but for the moment of the first.
        if tick % 60 == 0 {
            for letter in decided(&[unread.clone()], tick * second).letters {
                unread.mailed = letter.lines[0].mailed;
                mails.push(tick * second);
            }
        }
    }
    assert_eq!(mails, [DELAY]);
}

// N2. Zulip 3873, openwisp-notifications 371: mails about what was deleted or read.
#[test]
fn nothing_that_was_read_or_deleted_is_mailed() {
    // The events of an inbox are those that are unread and stand; of none of them there is no mail.
    let unread = with_messages(1, &[]);
    assert_eq!(decided(&[unread], Timestamp::DAY), Decision::default());
    // Read since they were gathered.
    let read = UnreadConversation {
        read: Seq(3),
        ..with_messages(1, &[0, 10])
    };
    assert_eq!(decided(&[read], THREE_DAYS), Decision::default());
    // One of two is left.
    let mut unread = with_messages(1, &[0, 10]);
    unread.events.remove(0);
    assert_eq!(only_line(&decided(&[unread], Timestamp::DAY)).messages, 1);
}

// N2, L3
#[test]
fn a_conversation_that_was_archived_is_mailed_about_by_its_next_message() {
    let mut unread = with_messages(1, &[0, 10]);
    unread.archived_through = Seq(3);
    assert_eq!(decided(&[unread.clone()], THREE_DAYS), Decision::default());
    unread.events.push(event(4, CARLA, 20));
    let line = only_line(&decided(&[unread], DELAY + 20));
    assert_eq!((line.messages, line.senders), (1, vec![CARLA]));
}

// N2, N3, N5
#[test]
fn a_muted_conversation_is_mailed_about_by_mentions_and_being_added() {
    let mut unread = with_messages(1, &[0]);
    unread.muted = true;
    assert_eq!(
        decided(&[unread.clone()], 30 * Timestamp::DAY),
        Decision::default()
    );
    unread.events.push(mention(3, 10));
    assert_eq!(
        reasons(&decided(&[unread.clone()], DELAY + 10)),
        [Reason::Mentioned]
    );
    // And of what mentions them they are reminded.
    let later = decided(&[unread.clone()], THREE_DAYS + 10);
    assert_eq!(reasons(&later), [Reason::Mentioned, REMINDER]);
    let mut added = quiet(2);
    added.muted = true;
    added.added = Some(Added {
        number: Seq(4),
        at: TUESDAY,
        by: Some(ANNA),
    });
    assert_eq!(reasons(&decided(&[added], DELAY)), [Reason::Added]);
}

// N3
#[test]
fn reasons_that_fall_together_are_one_line() {
    let mut unread = with_messages(1, &[0, 10]);
    unread.added = Some(Added {
        number: Seq(2),
        at: TUESDAY,
        by: Some(DAAN),
    });
    unread.events = vec![event(3, ANNA, 0), mention(4, DELAY), event(5, CARLA, DELAY)];
    // The mention is not old enough by itself, and comes along.
    let line = only_line(&decided(&[unread.clone()], DELAY));
    assert_eq!(
        line.reasons.iter().copied().collect::<Vec<_>>(),
        [Reason::Added, Reason::Mentioned, Reason::Message]
    );
    assert_eq!((line.messages, line.senders), (3, vec![CARLA, ANNA, DAAN]));
    assert_eq!(line.newest, TUESDAY.plus(DELAY));
    // All of them, once a server that was away for days is back.
    assert_eq!(reasons(&decided(&[unread], THREE_DAYS)).last(), Some(&REMINDER));
    let sorted: BTreeSet<Reason> = [REMINDER, Reason::Message, Reason::Added, Reason::Mentioned].into();
    let sorted: Vec<Reason> = sorted.into_iter().collect();
    assert_eq!(
        sorted,
        [Reason::Added, Reason::Mentioned, Reason::Message, REMINDER]
    );
}

// N3. RocketChat 8619: for one kind of conversation nobody looked at the setting.
#[test]
fn each_reason_has_its_own_switch() {
    let mut unread = with_messages(1, &[0]);
    unread.added = Some(Added {
        number: Seq(2),
        at: TUESDAY,
        by: None,
    });
    unread.events = vec![mention(3, 0)];
    let inbox = [unread];
    assert_eq!(
        decided_with(&inbox, &ALL_OFF, 30 * Timestamp::DAY),
        Decision::default()
    );
    let only = |change: fn(&mut MailSettings)| {
        let mut settings = ALL_OFF;
        change(&mut settings);
        reasons(&decided_with(&inbox, &settings, 30 * Timestamp::DAY))
    };
    assert_eq!(only(|settings| settings.added = true), [Reason::Added]);
    assert_eq!(only(|settings| settings.mentioned = true), [Reason::Mentioned]);
    assert_eq!(only(|settings| settings.message = true), [Reason::Message]);
    assert_eq!(
        only(|settings| settings.unread_days = UnreadDays::new(30)),
        [Reason::Unread { days: 30 }]
    );
}

// N3
#[test]
fn a_message_that_was_not_mailed_counts_from_the_mention_that_is() {
    let settings = MailSettings {
        message: false,
        ..MailSettings::default()
    };
    let mut unread = with_messages(1, &[0]);
    unread.events.push(mention(3, Timestamp::HOUR));
    let decision = decided_with(&[unread.clone()], &settings, Timestamp::HOUR);
    assert!(is_silent(&decision));
    assert_eq!(decision.next, Some(TUESDAY.plus(Timestamp::HOUR + DELAY)));
    let decision = decided_with(&[unread], &settings, Timestamp::HOUR + DELAY);
    assert_eq!(reasons(&decision), [Reason::Mentioned]);
}

// N3
#[test]
fn an_edit_that_mentions_is_no_message() {
    let mut unread = quiet(1);
    unread.read = Seq(7);
    unread.events = vec![UnreadEvent {
        is_message: false,
        ..mention(8, 0)
    }];
    let line = only_line(&decided(&[unread], DELAY));
    assert_eq!(line.reasons.into_iter().collect::<Vec<_>>(), [Reason::Mentioned]);
    assert_eq!((line.messages, line.senders), (0, vec![ANNA]));
}

// N2, N3
#[test]
fn being_added_is_mailed_until_the_conversation_is_opened_and_holds_back_its_messages() {
    let mut unread = quiet(1);
    unread.read = Seq(0);
    unread.added = Some(Added {
        number: Seq(5),
        at: TUESDAY,
        by: Some(ANNA),
    });
    let line = only_line(&decided(&[unread.clone()], DELAY));
    assert_eq!((line.messages, line.senders.as_slice()), (0, [ANNA].as_slice()));
    unread.mailed = line.mailed;
    unread.events = vec![event(6, ANNA, Timestamp::HOUR)];
    assert!(is_silent(&decided(&[unread.clone()], 2 * Timestamp::HOUR)));
    // Opened: the marker stands at their joining.
    (unread.read, unread.added) = (Seq(5), None);
    assert_eq!(
        reasons(&decided(&[unread], 2 * Timestamp::HOUR)),
        [Reason::Message]
    );
}

// N3
#[test]
fn something_unread_for_days_is_mailed_once_beside_the_attention_mail() {
    let mut unread = with_messages(1, &[0]);
    let first = decided(&[unread.clone()], DELAY);
    // The moment of the reminder is known while the attention mail goes.
    assert_eq!(first.next, Some(TUESDAY.plus(THREE_DAYS)));
    unread.mailed = only_line(&first).mailed;
    unread.events.push(event(3, ANNA, Timestamp::DAY));
    assert!(is_silent(&decided(&[unread.clone()], THREE_DAYS - 1)));
    let second = decided(&[unread.clone()], THREE_DAYS);
    assert_eq!(reasons(&second), [REMINDER]);
    assert_eq!(only_line(&second).messages, 2);
    unread.mailed = only_line(&second).mailed;
    assert_eq!(
        decided(&[unread.clone()], 30 * Timestamp::DAY),
        Decision::default()
    );
    // Opened in part: of the rest they were reminded, and of what comes now they are not yet.
    unread.read = Seq(2);
    unread.events = vec![
        event(3, ANNA, Timestamp::DAY),
        event(4, ANNA, 10 * Timestamp::DAY),
    ];
    unread.mailed.attention = unread.mailed.attention.map(|covered| Covered {
        read: Seq(2),
        ..covered
    });
    let decision = decided(&[unread], 10 * Timestamp::DAY + DELAY);
    assert!(is_silent(&decision));
    assert_eq!(decision.next, Some(TUESDAY.plus(13 * Timestamp::DAY)));
}

// N3, N5. Weekends count: mail is not silenced.
#[test]
fn unread_for_days_counts_days_of_the_clock_over_both_changes_of_time() {
    let cases = [
        // Friday 2026-03-27 16:00 to Monday 2026-03-30 16:00, in Amsterdam.
        (1_774_623_600_000, 71 * Timestamp::HOUR),
        // Friday 2026-10-23 16:00 to Monday 2026-10-26 16:00.
        (1_792_764_000_000, 73 * Timestamp::HOUR),
    ];
    for (from, later) in cases {
        let mut unread = with_messages(1, &[0]);
        unread.events[0].at = Timestamp(from);
        unread.mailed.attention = Some(Covered {
            read: Seq(1),
            through: Seq(2),
        });
        let settings = MailSettings::default();
        let at = |after: i64| {
            decide(
                &[unread.clone()],
                &settings,
                |_| None,
                DELAY,
                Timestamp(from + after),
            )
        };
        assert!(is_silent(&at(later - 1)));
        assert_eq!(at(0).next, Some(Timestamp(from + later)));
        assert_eq!(reasons(&at(later)), [REMINDER]);
    }
}

// N3
#[test]
fn mail_outside_working_hours_waits_for_their_end_and_at_most_a_day() {
    let settings = MailSettings {
        outside_working_hours: true,
        ..MailSettings::default()
    };
    let works = |week: &str| Availability {
        week: week_of_text(week).unwrap(),
        ..Availability::default()
    };
    let days = works("di 08:30-17:00");
    let unread = [with_messages(1, &[0])];
    let at = |theirs: &Availability, after: i64| {
        decide(&unread, &settings, |_| Some(theirs), DELAY, TUESDAY.plus(after))
    };
    let evening = 7 * Timestamp::HOUR;
    for (after, letters) in [(DELAY, 0), (evening - 1, 0), (evening, 1)] {
        let decision = at(&days, after);
        assert_eq!(decision.letters.len(), letters, "{after}");
        if letters == 0 {
            assert_eq!(decision.next, Some(TUESDAY.plus(evening)));
        }
    }
    // Around the clock there is no such end.
    let always = works("ma-zo 00:00-00:00");
    assert_eq!(at(&always, DELAY).next, Some(TUESDAY.plus(DELAY + LONGEST_HOLD)));
    assert!(is_silent(&at(&always, DELAY + LONGEST_HOLD - 1)));
    assert_eq!(at(&always, DELAY + LONGEST_HOLD).letters.len(), 1);
    // Of somebody whose days are unknown nothing is held.
    assert_eq!(at(&Availability::default(), DELAY).letters.len(), 1);
    assert_eq!(decided_with(&unread, &settings, DELAY).letters.len(), 1);
}

// N2, O2. The mailbox of one organisation names nothing of another's.
#[test]
fn each_membership_has_a_letter_of_its_own_with_its_newest_line_first() {
    let mut inbox = vec![
        with_messages(1, &[0]),
        with_messages(2, &[50]),
        with_messages(3, &[20]),
    ];
    inbox[2].membership = ANNA_AT_HOME_CARE;
    let decision = decided(&inbox, DELAY + 50);
    let said = |letter: &Letter| {
        let lines = letter.lines.iter().map(|line| line.conversation.0.as_u128());
        (letter.membership, lines.collect::<Vec<_>>())
    };
    let said: Vec<_> = decision.letters.iter().map(said).collect();
    assert_eq!(said, [(BRAM, vec![2, 1]), (ANNA_AT_HOME_CARE, vec![3])]);
}

// N2
#[test]
fn a_letter_shows_twenty_lines_and_counts_the_rest() {
    let inbox: Vec<_> = (1..=23).map(|id| with_messages(id, &[0])).collect();
    let decision = decided(&inbox, DELAY);
    let letter = &decision.letters[0];
    assert_eq!(
        (letter.lines.len(), letter.shown().len(), letter.more()),
        (23, MOST_LINES, 3)
    );
    let few = decided(&inbox[..2], DELAY);
    assert_eq!((few.letters[0].shown().len(), few.letters[0].more()), (2, 0));
}

// N2
#[test]
fn a_line_names_three_senders_once_each_and_the_newest_first() {
    let mut unread = quiet(1);
    let by = [ELS, ANNA, CARLA, CARLA, DAAN];
    unread.events = (2..).zip(by).map(|(number, by)| event(number, by, 0)).collect();
    let line = only_line(&decided(&[unread], DELAY));
    assert_eq!((line.messages, line.senders), (5, vec![DAAN, CARLA, ANNA]));
}

// N3
#[test]
fn a_field_that_cannot_be_read_means_the_default() {
    let default = MailSettings::default();
    for field in [
        "null",
        "7",
        "[]",
        "{}",
        "{\"message\":0,\"added\":\"no\",\"mentioned\":null}",
        "{\"unread_days\":31}",
        "{\"unread_days\":-1}",
        "{\"unread_days\":256}",
        "{\"unread_days\":2.5}",
        "{\"language\":\"de\",\"of_tomorrow\":[1]}",
        "{\"message\":false",
    ] {
        assert_eq!(MailSettings::of_field(field), default, "{field}");
    }
    let said = "{\"message\":false,\"added\":false,\"mentioned\":false,\"urgent\":false,\"unread_days\":0,\
                \"outside_working_hours\":true,\"language\":\"en\"}";
    let chosen = MailSettings {
        outside_working_hours: true,
        language: Language::En,
        ..ALL_OFF
    };
    assert_eq!(MailSettings::of_field(said), chosen);
    // Each by itself, whatever the others are.
    let days = MailSettings::of_field("{\"unread_days\":30,\"message\":1}");
    assert_eq!((days.unread_days, days.message), (UnreadDays::new(30), true));
}
