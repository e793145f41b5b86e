//! Attention mail while something fails: the mail server, a worker at every step, two servers at once (N2, I5).

mod common;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use common::in_process_server::*;
use common::mailed_server::*;
use conversation::attention::Reason;
use conversation::organisation::{Name, Profile};
use conversation::{ConversationId, Timestamp};
use platform::{ManualClock, Random as _, SeededRandom};
use sync_server::core::administer::AdminRequest;
use sync_server::mail::{Mail, Rejection};
use sync_server::server::Mailing;
use sync_server::store::AttentionStore as _;

/// Longer than a lease, and than any pause after a failure.
const LATER: i64 = 2 * HOUR;
const BRAM: &str = "bram@kliniek.example";

fn message(count: u32) -> [(&'static str, Vec<u32>, Vec<Reason>); 1] {
    [(BRAM, vec![count], vec![Reason::Message])]
}

/// A conversation in which Anna wrote something that is due.
fn due(ward: &mut MailedServer) -> ConversationId {
    let (anna, conversation) = (ward.anna.clone(), ward.group());
    ward.say(&anna, conversation);
    ward.wait(DELAY);
    conversation
}

// N2. Synapse 2325: an error while sending counted as sent.
#[test]
fn a_mail_that_is_refused_for_now_is_sent_later_with_all_that_came_meanwhile() {
    let mut ward = MailedServer::new();
    let conversation = due(&mut ward);
    let anna = ward.anna.clone();
    ward.mailer.refuses(Rejection::Later("451 4.7.1".to_owned()));
    assert!(ward.mails().is_empty());
    let level = ward.jobs("mail").remove(0);
    assert_eq!(
        (level.fault.as_deref(), level.failures, level.due),
        (Some("451 4.7.1"), 1, 0)
    );
    // Another message ends no pause, and makes no second mail.
    ward.say(&anna, conversation);
    ward.wait(Timestamp::MINUTE - 1);
    assert!(ward.mails().is_empty());
    assert_eq!(said(&ward.mails_of(HOUR)), message(2));
    assert_eq!(ward.jobs("mail")[0].fault, None);
    assert_eq!(ward.mailing.counts().repeated(), 0, "it was not sent before");
}

// N2. Maddy 328: an address that was refused for good was tried for ever.
#[test]
fn an_address_that_is_refused_for_good_is_tried_once_and_another_address_at_once() {
    let mut ward = MailedServer::new();
    let conversation = due(&mut ward);
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    ward.mailer.refuses(Rejection::Address("550 5.1.1".to_owned()));
    assert!(ward.mails().is_empty());
    let refused = now(ward.server.store.refused_addresses()).unwrap();
    assert_eq!((refused.len(), refused[0].membership), (1, bram.membership));
    assert_eq!(refused[0].reply, "550 5.1.1");
    // Also for later messages, and after a restart.
    for _ in 0..10 {
        ward.say(&anna, conversation);
        assert!(ward.mails_of(HOUR).is_empty());
    }
    let (restarted, clock) = ward.another(0, 9);
    clock.set(platform::Clock::now(ward.server.clock.as_ref()));
    ward.say(&anna, conversation);
    clock.advance(DELAY);
    assert_eq!(complete(restarted.attend()).unwrap(), 1);
    assert!(complete(restarted.mail()).unwrap() > 0);
    assert_eq!(ward.mailing.counts().refused(), [1, 0, 0, 0, 0]);
    assert_eq!(restarted.counts().refused(), [0; 5]);
    let profile = Profile {
        name: Name {
            given: "Bram".to_owned(),
            prefix: String::new(),
            family: "de Vries".to_owned(),
        },
        discipline: "Arts".to_owned(),
        function: String::new(),
        work_email: "bram@linde.example".to_owned(),
    };
    let membership = bram.membership;
    ward.server
        .administer(AdminRequest::ProfileChange { membership, profile });
    ward.say(&anna, conversation);
    assert_eq!(said(&ward.mails_of(HOUR))[0].0, "bram@linde.example");
}

// N2. OpenSMTPD 65: an error of the server's own made everything permanent.
#[test]
fn a_mail_server_that_takes_nothing_refuses_no_address_and_costs_no_attempt() {
    let mut ward = MailedServer::new();
    due(&mut ward);
    let until = platform::Clock::now(ward.server.clock.as_ref()).plus(HOUR);
    ward.mailer.refuses(Rejection::Server("535 5.7.8".to_owned()));
    ward.mailer.pauses_until(until);
    // While it is paused nothing is leased.
    assert!(ward.mails().is_empty());
    assert_eq!(ward.jobs("mail")[0].fault, None);
    ward.mailer.pauses_until(until.plus(-HOUR));
    assert!(ward.mails().is_empty());
    let level = ward.jobs("mail").remove(0);
    assert_eq!((level.fault.as_deref(), level.failures), (Some("535 5.7.8"), 0));
    assert!(now(ward.server.store.refused_addresses()).unwrap().is_empty());
    assert_eq!(said(&ward.mails_of(HOUR)), message(1));
}

// N2
#[test]
fn a_mail_that_is_refused_for_good_is_given_up_and_the_conversation_mailed_again_once_it_was_opened() {
    let mut ward = MailedServer::new();
    let conversation = due(&mut ward);
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    ward.mailer.refuses(Rejection::Letter("554 5.6.0".to_owned()));
    assert!(ward.mails_of(HOUR).is_empty());
    assert_eq!(ward.mailing.counts().given_up(), 1);
    ward.read(&bram, conversation);
    ward.say(&anna, conversation);
    assert_eq!(said(&ward.mails_of(DELAY)), message(1));
}

// N2
#[test]
fn a_mail_that_is_always_put_off_is_given_up_after_five_days() {
    let mut ward = MailedServer::new();
    let off = r#"{"unread_days":0}"#;
    let bram = ward.bram.clone();
    ward.server.personal(&bram, "setting/mail", off);
    due(&mut ward);
    for _ in 0..200 {
        ward.mailer.refuses(Rejection::Later("450 4.2.0".to_owned()));
    }
    let mut days = 0;
    while ward.mailing.counts().given_up() == 0 {
        assert!(days < 10, "it is never given up");
        assert!(ward.mails_of(DAY).is_empty());
        days += 1;
    }
    // With a quarter more of a pause by chance.
    assert!((5..=7).contains(&days), "{days}");
    assert!(ward.jobs("mail").is_empty());
}

// N2. What may have been sent is sent again under its own id, and says no more than the first time.
#[test]
fn a_mail_whose_answer_was_lost_is_repeated_and_newer_conversations_have_a_letter_of_their_own() {
    let mut ward = MailedServer::new();
    let first = due(&mut ward);
    let anna = ward.anna.clone();
    ward.mailer.breaks_off();
    let sent = ward.mails();
    assert_eq!(said(&sent), message(1));
    let second = ward.group();
    ward.say(&anna, second);
    ward.say(&anna, first);
    let later = ward.mails_of(HOUR);
    assert_eq!(said(&later[..1]), said(&sent), "the same again");
    assert_eq!(later[0].id, sent[0].id);
    let lines = |mail: &Mail| {
        mail.lines
            .iter()
            .map(|line| line.conversation)
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = later.iter().map(lines).collect();
    assert_eq!(all, [vec![first], vec![second]]);
    assert_ne!(later[1].id, later[0].id);
    assert_eq!(ward.mailing.counts().repeated(), 1);
    assert_eq!(ward.mailing.counts().refused(), [0, 0, 0, 0, 1]);
}

// N2
#[test]
fn a_letter_whose_answer_was_lost_is_not_repeated_once_it_was_read() {
    let mut ward = MailedServer::new();
    let conversation = due(&mut ward);
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    ward.mailer.breaks_off();
    assert_eq!(ward.mails().len(), 1);
    ward.read(&bram, conversation);
    assert!(ward.mails_of(HOUR).is_empty());
    assert_eq!(now(ward.server.store.open_letter(bram.person)).unwrap(), None);
    ward.say(&anna, conversation);
    let mails = ward.mails_of(HOUR);
    assert_eq!(
        (said(&mails), ward.mailing.counts().repeated()),
        (message(1).to_vec(), 0)
    );
}

// N2, I5. crowd-source-faq 233: a job that ends its worker was leased for ever.
#[test]
fn a_job_that_panics_or_hangs_holds_back_no_other() {
    let mut ward = MailedServer::new();
    let (anna, home) = (ward.anna.clone(), ward.home);
    let others: Vec<Who> = (0..4)
        .map(|n| ward.server.person(&format!("collega-{n}"), home))
        .collect();
    let others: Vec<&Who> = others.iter().collect();
    let conversation = ward.server.group(&anna, &others, "Wondzorg");
    ward.say(&anna, conversation);
    ward.wait(DELAY);
    ward.mailer.panics();
    assert_eq!(ward.mails().len(), 3);
    let failed = ward
        .jobs("mail")
        .into_iter()
        .find(|level| level.fault.is_some())
        .unwrap();
    assert_eq!(
        (failed.fault.as_deref(), failed.failures, failed.due),
        (Some("panic"), 1, 0)
    );
    // Its letter may have been sent before the fault.
    assert_eq!(ward.mails_of(HOUR).len(), 1);
    assert_eq!(ward.mailing.counts().repeated(), 1);

    // A mail server that never answers holds one mail, and neither those of another worker nor any other work.
    for other in &others {
        ward.read(other, conversation);
    }
    ward.say(&anna, conversation);
    ward.wait(DELAY);
    assert_eq!(complete(ward.mailing.attend()).unwrap(), 1);
    ward.mailer.hangs();
    let hanging = ward.mailing.clone();
    let mut hangs = std::pin::pin!(hanging.mail());
    for _ in 0..1_000 {
        assert!(poll_once(hangs.as_mut()).is_none());
    }
    assert!(complete(ward.mailing.mail()).unwrap() >= 3);
    assert_eq!(ward.mailer.take().len(), 3);
    let another = ward.group();
    ward.say(&anna, another);
    ward.wait(DELAY);
    assert!(complete(ward.mailing.attend()).unwrap() >= 1);
    ward.wait(HOUR);
    assert!(complete(ward.mailing.keep_up()).unwrap() > 0);
}

/// A round of Anna's writing and Bram's reading, in which the worker dies after so many steps, again and again; the mails of the round.
fn round(ward: &mut MailedServer, conversation: ConversationId, deaths: &[usize]) -> Vec<Mail> {
    let (anna, bram) = (ward.anna.clone(), ward.bram.clone());
    ward.say(&anna, conversation);
    ward.wait(DELAY);
    ward.server.store.give_way(true);
    for steps in deaths {
        let mailing = ward.mailing.clone();
        polled(work(&mailing), *steps);
        // Its leases expire, and its pauses.
        ward.wait(LATER);
    }
    complete(work(&ward.mailing));
    ward.wait(LATER);
    complete(work(&ward.mailing));
    ward.server.store.give_way(false);
    let mails = ward.mailer.take();
    ward.read(&bram, conversation);
    mails
}

// N2, I5. A mail that does not come is a patient who waits; one that comes twice is counted, and has the same Message-ID.
#[test]
fn a_thousand_crashes_at_every_await_send_nothing_never_and_twice_only_what_is_counted() {
    let mut ward = MailedServer::new();
    let bram = ward.bram.clone();
    // Reminders would come between the rounds.
    ward.server
        .personal(&bram, "setting/mail", r#"{"unread_days":0}"#);
    let conversation = ward.group();
    ward.work();
    let anna = ward.anna.clone();
    // How many steps there are.
    ward.say(&anna, conversation);
    ward.wait(DELAY);
    ward.server.store.give_way(true);
    let (_, steps) = polled(work(&ward.mailing), usize::MAX);
    ward.server.store.give_way(false);
    assert_eq!(ward.mailer.take().len(), 1);
    ward.read(&bram, conversation);
    assert!((40..200).contains(&steps), "{steps}");

    let random = SeededRandom::new(16);
    let dice = |most: usize| u64::from_le_bytes(platform::bytes(&random)) as usize % most + 1;
    let (mut crashes, mut doubled, mut repeated_after) = (0, 0, 0);
    for pass in 0.. {
        for step in 1..=steps {
            // Each step alone first; then with others before it.
            let mut deaths: Vec<usize> = (0..pass).map(|_| dice(steps)).collect();
            deaths.push(step);
            crashes += deaths.len();
            let mails = round(&mut ward, conversation, &deaths);
            assert!(!mails.is_empty(), "after {deaths:?} nothing came");
            let ids: HashSet<&str> = mails.iter().map(|mail| mail.id.as_str()).collect();
            assert_eq!(ids.len(), 1, "after {deaths:?} it came as another");
            assert!(
                mails
                    .iter()
                    .all(|mail| said(std::slice::from_ref(mail)) == message(1))
            );
            let repeated = ward.mailing.counts().repeated();
            let again = mails.len() as u64 - 1;
            assert!(
                again <= repeated - repeated_after,
                "after {deaths:?} more came than was counted"
            );
            if pass == 0 {
                assert!(again <= 1, "one crash doubles no more than once");
            }
            doubled += again;
            repeated_after = repeated;
        }
        if crashes >= 1_000 {
            break;
        }
    }
    let repeated = ward.mailing.counts().repeated();
    println!("{crashes} crashes in {steps} steps: {doubled} mails doubled, {repeated} counted as repeated");
    assert!(doubled > 0 && doubled <= repeated);
}

/// Anna, and so many colleagues whom she writes to, each in a conversation of their own.
fn many(ward: &mut MailedServer, count: usize) -> Vec<(Who, ConversationId)> {
    let (anna, home) = (ward.anna.clone(), ward.home);
    let colleagues = (0..count).map(|n| {
        let who = ward.server.person(&format!("collega-{n}"), home);
        let conversation = ward.server.direct(&anna, &who, "Heb je even?");
        (who, conversation)
    });
    colleagues.collect()
}

/// Runs two servers in a random order of their steps until both have nothing left to do; how often each mail came.
fn interleaved(
    ward: &MailedServer,
    one: &Mailing,
    other: (&Mailing, &Arc<ManualClock>),
    random: &SeededRandom,
) -> BTreeMap<String, Vec<String>> {
    ward.server.store.give_way(true);
    let (other, clock) = other;
    let mut idle = 0;
    // Until leases of both clocks are over, should one of them have been lost.
    while idle < 3 {
        let mut first = Box::pin(look(one));
        let mut second = Box::pin(look(other));
        let (mut first_ended, mut second_ended) = (false, false);
        while !(first_ended && second_ended) {
            let mut byte = [0];
            random.fill(&mut byte);
            if byte[0].is_multiple_of(2) && !first_ended {
                first_ended = poll_once(first.as_mut()).is_some();
            } else if !second_ended {
                second_ended = poll_once(second.as_mut()).is_some();
            }
        }
        ward.wait(LATER);
        clock.advance(LATER);
        idle += 1;
    }
    ward.server.store.give_way(false);
    let mut mails: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in ward.mailer.take() {
        mails.entry(mail.to).or_default().push(mail.id);
    }
    mails
}

// N2, I5. Mastodon 20366, MailFathom 1989: with two servers two mails.
#[test]
fn two_servers_whose_clocks_are_a_minute_and_a_half_apart_mail_everybody_once() {
    for seed in 0..20 {
        let mut ward = MailedServer::new();
        let ahead = if seed % 2 == 0 { 90_000 } else { -90_000 };
        let colleagues = many(&mut ward, 30);
        ward.wait(DELAY + 90_000);
        let (other, clock) = ward.another(ahead, seed);
        let mails = interleaved(&ward, &ward.mailing, (&other, &clock), &SeededRandom::new(seed));
        assert_eq!(mails.len(), colleagues.len());
        assert!(mails.values().all(|ids| ids.len() == 1), "{mails:?}");
        let repeated = ward.mailing.counts().repeated() + other.counts().repeated();
        assert_eq!(repeated, 0);
        // Both had a part in it.
        assert!(ward.mailing.counts().sent() > 0 && other.counts().sent() > 0);
    }
}

// N2, I5. db-scheduler 364
#[test]
fn two_servers_whose_clocks_are_far_apart_repeat_no_more_than_they_count() {
    let (mut doubled, mut counted) = (0, 0);
    for seed in 0..100 {
        let mut ward = MailedServer::new();
        // Few, so that each is often held when the other server looks for more.
        let colleagues = many(&mut ward, 3);
        ward.wait(DELAY);
        let (other, clock) = ward.another(10 * Timestamp::MINUTE, seed);
        let mails = interleaved(&ward, &ward.mailing, (&other, &clock), &SeededRandom::new(seed));
        assert_eq!(mails.len(), colleagues.len(), "everybody is mailed");
        for ids in mails.values() {
            assert_eq!(
                ids.iter().collect::<HashSet<_>>().len(),
                1,
                "a mail that comes again has its id"
            );
            doubled += ids.len() - 1;
        }
        counted += ward.mailing.counts().repeated() + other.counts().repeated();
    }
    println!("100 runs of 3 mails: {doubled} doubled, {counted} counted as repeated");
    assert!(doubled as u64 <= counted && counted > 0);
}

// N2, I5. Shoryuken 253: work that took longer than its lease was done twice.
#[test]
fn a_slow_mail_server_doubles_nothing_and_one_slower_than_a_lease_only_what_is_counted() {
    for (milliseconds, colleagues) in [(59_000, 16), (200_000, 2)] {
        let (mut doubled, mut repeated) = (0, 0);
        for seed in 0..20 {
            let mut ward = MailedServer::new();
            let colleagues = many(&mut ward, colleagues);
            ward.wait(DELAY);
            // Both by the same clock, which each mail moves on.
            let other = ward.mailing.clone();
            ward.mailer.takes(ward.server.clock.clone(), milliseconds);
            let clock = Arc::new(ManualClock::new(Timestamp(0)));
            let random = SeededRandom::new(seed);
            let mails = interleaved(&ward, &ward.mailing, (&other, &clock), &random);
            assert_eq!(mails.len(), colleagues.len());
            for ids in mails.values() {
                assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1);
                doubled += ids.len() as u64 - 1;
            }
            repeated += ward.mailing.counts().repeated();
        }
        println!("{milliseconds} ms a mail: {doubled} doubled, {repeated} counted as repeated");
        assert!(doubled <= repeated);
        assert_eq!(milliseconds > 100_000, repeated > 0);
    }
}

// N2, I5. Each server marks a conversation by its own clock, and leaves no second mark while it counts on the first.
#[test]
fn a_server_whose_clock_is_ahead_leaves_out_no_message() {
    let ten = 10 * Timestamp::MINUTE;
    for ahead in [-ten, -90_000, 90_000, ten] {
        let mut ward = MailedServer::new();
        let (anna, bram, conversation) = (ward.anna.clone(), ward.bram.clone(), ward.group());
        let (other, clock) = ward.another(ahead, 3);
        let mut mails = 0;
        let mut pass = |ward: &MailedServer, milliseconds: i64| {
            for _ in 0..milliseconds / 1_000 {
                ward.wait(1_000);
                clock.advance(1_000);
                complete(work(&other));
            }
            mails += ward.mailer.take().len();
            mails
        };
        // Read before it is mailed; the next comes within half the delay, and that is read by nobody.
        ward.say(&anna, conversation);
        pass(&ward, 20_000);
        ward.read(&bram, conversation);
        let before = pass(&ward, 20_000);
        ward.say(&anna, conversation);
        assert_eq!(ward.jobs("attend").iter().map(|level| level.jobs).sum::<u64>(), 1);
        assert_eq!(pass(&ward, HOUR), before + 1, "{ahead}");
    }
}

// N2. Sidekiq 4112: a job went back to the queue twice.
#[test]
fn a_server_that_stops_while_a_mail_is_under_way_repeats_it_once_at_most() {
    let mut ward = MailedServer::new();
    let bram = ward.bram.clone();
    ward.server
        .personal(&bram, "setting/mail", r#"{"unread_days":0}"#);
    due(&mut ward);
    ward.server.store.give_way(true);
    // Until the mail server has it.
    let mut steps = 1;
    let mut sent = Vec::new();
    while sent.is_empty() {
        let mailing = ward.mailing.clone();
        polled(work(&mailing), steps);
        sent.extend(ward.mailer.take());
        ward.wait(LATER);
        steps += 1;
    }
    ward.server.store.give_way(false);
    ward.server = ward.server.restarted_with(|core| core.mailing(DELAY));
    let mailer = Arc::clone(&ward.mailer);
    ward.mailing = now(Mailing::open(Arc::clone(&ward.server.core), mailer)).unwrap();
    let again = ward.mails_of(HOUR);
    assert_eq!((again.len(), &again[0].id), (1, &sent[0].id));
    assert_eq!(ward.mailing.counts().repeated(), 1);
    ward.wait(DAY);
    assert!(ward.mails().is_empty());
}

// N2, N3. The mail server is away for two days.
#[test]
fn after_an_outage_each_gets_one_letter_with_the_newest_first_and_without_those_read_meanwhile() {
    const CONVERSATIONS: usize = 22;
    let mut ward = MailedServer::new();
    let (anna, home) = (ward.anna.clone(), ward.home);
    let back = platform::Clock::now(ward.server.clock.as_ref()).plus(2 * DAY);
    ward.mailer.pauses_until(back);
    let people: Vec<Who> = (0..30)
        .map(|n| ward.server.person(&format!("collega-{n}"), home))
        .collect();
    let mut newest: BTreeMap<String, Vec<ConversationId>> = BTreeMap::new();
    for hour in 0..CONVERSATIONS {
        for (n, who) in people.iter().enumerate() {
            let conversation = ward.server.group(&anna, &[who], "Wondzorg");
            ward.say(&anna, conversation);
            // The first of them looked at what came in the morning, on a device.
            if n == 0 && hour < 5 {
                ward.read(who, conversation);
            } else {
                let address = format!("collega-{n}@kliniek.example");
                newest.entry(address).or_default().insert(0, conversation);
            }
        }
        ward.wait(HOUR);
        assert!(ward.mails().is_empty());
    }
    let waiting = ward.jobs("mail").remove(0);
    // One a person, however many come; that of Anna will find nothing.
    assert_eq!(waiting.jobs, people.len() as u64 + 1);
    ward.wait(2 * DAY);
    let mails = ward.mails();
    assert_eq!(mails.len(), people.len());
    for mail in &mails {
        let expected = &newest[&mail.to];
        let lines: Vec<_> = mail.lines.iter().map(|line| line.conversation).collect();
        assert_eq!(lines, expected.iter().take(20).copied().collect::<Vec<_>>());
        assert_eq!(mail.more, expected.len().saturating_sub(20));
    }
    assert!(ward.mails_of(HOUR).is_empty());
}
