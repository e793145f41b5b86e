//! Attention mail over random histories of one conversation, beside a model that counts by itself.

use conversation::attention::{
    Added, Language, MailSettings, Mailed, Reason, URGENT_DELAY, UnreadConversation, UnreadDays, UnreadEvent,
    decide,
};
use conversation::*;
use proptest::prelude::*;
use uuid::Uuid;

use crate::ward::*;

const DELAY: i64 = 2 * Timestamp::MINUTE;
/// 2026-03-26 15:00 in Amsterdam: three days before the clock skips an hour.
const BEGIN: Timestamp = Timestamp(1_774_533_600_000);

#[derive(Clone, Debug)]
enum Op {
    /// Time goes on by so many minutes; each moment that the last decision named is looked at.
    Wait(i64),
    Message {
        mentions: bool,
    },
    Urgent,
    /// An edit of an earlier message, which newly mentions.
    Edit,
    Delete(prop::sample::Index),
    /// Reads so many of the unread events, or all.
    Open(prop::sample::Index),
    Archive,
    Mute(bool),
    LeaveAndReturn,
    Settings(MailSettings),
    /// A look that nobody asked for: after a crash, or by another server.
    Look,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let settings =
        (any::<[bool; 4]>(), 0..=4_u8).prop_map(|([message, added, mentioned, urgent], days)| MailSettings {
            message,
            added,
            mentioned,
            urgent,
            unread_days: UnreadDays::new(days),
            outside_working_hours: false,
            language: Language::Nl,
        });
    let op = prop_oneof![
        4 => prop_oneof![0..4_i64, 0..300_i64, 0..6_000_i64].prop_map(Op::Wait),
        4 => any::<bool>().prop_map(|mentions| Op::Message { mentions }),
        1 => Just(Op::Urgent),
        1 => Just(Op::Edit),
        1 => any::<prop::sample::Index>().prop_map(Op::Delete),
        2 => any::<prop::sample::Index>().prop_map(Op::Open),
        1 => Just(Op::Archive),
        1 => any::<bool>().prop_map(Op::Mute),
        1 => Just(Op::LeaveAndReturn),
        1 => settings.prop_map(Op::Settings),
        2 => Just(Op::Look),
    ];
    prop::collection::vec(op, 1..60)
}

/// Bram's side of a conversation.
struct World {
    now: Timestamp,
    last: u64,
    conversation: UnreadConversation,
    settings: MailSettings,
    next: Option<Timestamp>,
    model: Model,
}

/// Mails since the last opening: counted one by one, and not by the marks of earlier mails.
#[derive(Default)]
struct Model {
    attention_mails: u32,
    reminders: u32,
    /// Numbers that a mail was about.
    announced: u64,
    reminded: u64,
}

impl World {
    fn new() -> World {
        World {
            now: BEGIN,
            last: 1,
            conversation: UnreadConversation {
                conversation: ConversationId(Uuid::from_u128(1)),
                membership: BRAM,
                read: Seq(0),
                archived_through: Seq(0),
                muted: false,
                added: Some(Added {
                    number: Seq(1),
                    at: BEGIN,
                    by: Some(ANNA),
                }),
                events: Vec::new(),
                mailed: Mailed::default(),
            },
            settings: MailSettings::default(),
            next: None,
            model: Model::default(),
        }
    }

    fn adds(&mut self, is_message: bool, mentions_me: bool, urgent: bool) {
        self.last += 1;
        self.conversation.events.push(UnreadEvent {
            number: Seq(self.last),
            by: ANNA,
            at: self.now,
            is_message,
            mentions_me,
            urgent,
        });
    }

    /// The oldest event that must have been mailed about by now, by the model's own statement of the rules.
    fn overdue(&self) -> Option<(Timestamp, bool)> {
        let own = &self.conversation;
        let stands = |event: &&UnreadEvent| event.number > own.read && event.number > own.archived_through;
        let mut overdue = Vec::new();
        if self.model.attention_mails == 0 {
            let is_new = |event: &&UnreadEvent| stands(event) && event.number.0 > self.model.announced;
            let wanted = |event: &UnreadEvent| {
                (self.settings.message && event.is_message && (!own.muted || event.urgent))
                    || (self.settings.mentioned && event.mentions_me)
            };
            let urgent = |event: &&UnreadEvent| self.settings.urgent && event.urgent;
            let at_once = own.events.iter().filter(is_new).filter(urgent);
            overdue.extend(at_once.map(|event| (event.at.plus(URGENT_DELAY), false)));
            let events = own.events.iter().filter(is_new).filter(|event| wanted(event));
            overdue.extend(events.map(|event| (event.at.plus(DELAY), false)));
            let added = own.added.filter(|added| {
                self.settings.added
                    && added.number > own.archived_through
                    && added.number.0 > self.model.announced
            });
            overdue.extend(added.map(|added| (added.at.plus(DELAY), false)));
        }
        if let Some(days) = self.settings.unread_days.filter(|_| self.model.reminders == 0) {
            let is_new = |event: &&UnreadEvent| stands(event) && event.number.0 > self.model.reminded;
            let counts =
                |event: &UnreadEvent| event.mentions_me || (event.is_message && (!own.muted || event.urgent));
            let events = own.events.iter().filter(is_new).filter(|event| counts(event));
            // An hour more, where the clock shows one twice.
            let most = i64::from(days.get()) * Timestamp::DAY + Timestamp::HOUR;
            overdue.extend(events.map(|event| (event.at.plus(most), true)));
        }
        overdue.into_iter().min()
    }

    fn looks(&mut self) {
        let inbox = std::slice::from_ref(&self.conversation);
        let decision = decide(inbox, &self.settings, |_| None, DELAY, self.now);
        self.next = decision.next;
        assert!(
            decision.next.is_none_or(|next| next > self.now),
            "another look helps"
        );
        assert!(decision.letters.len() <= 1);
        for line in decision.letters.iter().flat_map(|letter| &letter.lines) {
            self.mailed(line.reasons.iter().copied().collect());
            self.conversation.mailed = line.mailed;
        }
        if let Some((at, _)) = self.overdue() {
            assert!(
                self.now < at,
                "something due was not mailed: {:?}",
                self.conversation
            );
        }
        // The same look once more says nothing.
        let again = decide(
            std::slice::from_ref(&self.conversation),
            &self.settings,
            |_| None,
            DELAY,
            self.now,
        );
        assert!(again.letters.is_empty(), "mailed twice: {again:?}");
    }

    fn mailed(&mut self, reasons: Vec<Reason>) {
        let own = &self.conversation;
        let added = own.added.map(|added| added.number.0);
        let newest = own.events.iter().map(|event| event.number.0).chain(added).max();
        let newest = newest.expect("a mail is about something");
        assert!(
            newest > own.read.0.max(own.archived_through.0),
            "mailed about what was read"
        );
        if reasons.iter().any(|reason| !reason.is_reminder()) {
            self.model.attention_mails += 1;
            self.model.announced = newest;
        }
        if reasons.iter().any(|reason| reason.is_reminder()) {
            self.model.reminders += 1;
            self.model.reminded = newest;
        }
        assert!(
            self.model.attention_mails <= 1,
            "a second mail before it was opened"
        );
        assert!(
            self.model.reminders <= 1,
            "a second reminder before it was opened"
        );
    }

    /// Time goes on, and somebody looks whenever the last decision said so.
    fn waits(&mut self, milliseconds: i64) {
        let until = self.now.plus(milliseconds);
        while let Some(next) = self.next.filter(|next| *next <= until) {
            self.now = next;
            self.looks();
        }
        self.now = until;
    }

    fn does(&mut self, op: &Op) {
        match op {
            Op::Wait(minutes) => return self.waits(minutes * Timestamp::MINUTE),
            Op::Message { mentions } => self.adds(true, *mentions, false),
            Op::Urgent => self.adds(true, false, true),
            Op::Edit => self.adds(false, true, false),
            Op::Delete(which) => {
                let events = &mut self.conversation.events;
                if !events.is_empty() {
                    events.remove(which.index(events.len()));
                }
            }
            Op::Open(which) => {
                let own = &mut self.conversation;
                let added = own.added.map(|added| added.number);
                let numbers: Vec<Seq> = added
                    .into_iter()
                    .chain(own.events.iter().map(|event| event.number))
                    .collect();
                if let Some(number) = numbers.get(which.index(numbers.len().max(1))) {
                    own.read = *number;
                    own.added = None;
                    own.events.retain(|event| event.number > *number);
                    (self.model.attention_mails, self.model.reminders) = (0, 0);
                }
            }
            Op::Archive => self.conversation.archived_through = Seq(self.last),
            Op::Mute(muted) => self.conversation.muted = *muted,
            Op::LeaveAndReturn => {
                self.last += 2;
                self.conversation = UnreadConversation {
                    added: Some(Added {
                        number: Seq(self.last),
                        at: self.now,
                        by: Some(ANNA),
                    }),
                    events: Vec::new(),
                    mailed: Mailed::default(),
                    ..self.conversation.clone()
                };
                self.model = Model::default();
            }
            Op::Settings(settings) => self.settings = *settings,
            Op::Look => {}
        }
        // A command marks the conversation; the look comes at the latest now.
        self.looks();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        rng_seed: proptest::test_runner::RngSeed::Fixed(16),
        ..ProptestConfig::default()
    })]

    // N2, N3
    #[test]
    fn at_most_one_attention_mail_and_one_reminder_between_two_openings_and_never_none(ops in ops()) {
        let mut world = World::new();
        world.looks();
        for op in &ops {
            world.does(op);
        }
        // In the end all that was left to mail has been.
        world.waits(40 * Timestamp::DAY);
        prop_assert_eq!(world.next, None);
        prop_assert_eq!(world.overdue(), None);
    }
}
