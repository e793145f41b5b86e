//! Attention mail: unread conversations, marks, letters, refused addresses.

use conversation::MembershipId;
use conversation::attention::{Covered, Mailed};

use super::*;

const WORK: MembershipId = MembershipId(Uuid::from_u128(0x77));
const LETTER: LetterId = LetterId(Uuid::from_u128(0x99));

fn covered(read: u64, through: u64) -> Option<Covered> {
    Some(Covered {
        read: Seq(read),
        through: Seq(through),
    })
}

fn attention(read: u64, through: u64) -> Mailed {
    Mailed {
        attention: covered(read, through),
        reminder: None,
    }
}

fn letter(marks: &[(ConversationId, Mailed)]) -> LetterRow {
    LetterRow {
        id: LETTER,
        person: ANNA,
        membership: WORK,
        marks: marks.to_vec(),
    }
}

fn settled(kept: bool, job: LetterJob) -> SettledLetter {
    SettledLetter {
        id: LETTER,
        person: ANNA,
        kept,
        at: Timestamp(50),
        job,
    }
}

const FINISHED: LetterJob = LetterJob::Finished { again: None };

/// A leased job.
async fn lease(store: &dyn Store, number: u128) -> Lease {
    let job = JobRow {
        id: JobId(Uuid::from_u128(number)),
        kind: "mail".to_owned(),
        name: None,
        payload: "{}".to_owned(),
        due: Timestamp(1),
        repeat: Repeat::Sooner,
    };
    let append = Append {
        jobs: vec![job],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    again(store, 1, 100).await
}

async fn again(store: &dyn Store, now: i64, until: i64) -> Lease {
    let leased = store.lease_jobs(&["mail"], Timestamp(now), Timestamp(until), 1);
    leased.await.unwrap()[0].lease
}

/// Leaves these marks, by a letter that is sent.
async fn mark(store: &dyn Store, number: u128, marks: &[(ConversationId, Mailed)]) {
    let lease = lease(store, number).await;
    assert!(
        store
            .reserve_letter(lease, Timestamp(90), &letter(marks))
            .await
            .unwrap()
    );
    assert!(
        store
            .settle_letter(lease, &settled(true, FINISHED))
            .await
            .unwrap()
    );
}

async fn reads(store: &dyn Store, person: PersonId, conversation: ConversationId, number: u64) {
    let position = PositionRow {
        person,
        conversation,
        number: Seq(number),
    };
    let append = Append {
        positions: vec![position],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
}

async fn takes_part(store: &dyn Store, open: bool, number: u64, offset: u64) {
    let event = event(offset, WOUNDS, number);
    let append = Append {
        heads: vec![head(&event, 0, number - 1)],
        events: vec![event],
        participants: vec![ParticipantRow {
            person: ANNA,
            conversation: WOUNDS,
            open,
            event: 0,
        }],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
}

async fn unread(store: &dyn Store, reminders: bool) -> Vec<(ConversationId, u64, u64, Mailed)> {
    let rows = store.unread_of(ANNA, 10, reminders).await.unwrap();
    let rows = rows.into_iter();
    rows.map(|row| (row.conversation, row.last.0, row.read.0, row.mailed))
        .collect()
}

pub(super) async fn unread_conversations_are_those_beyond_the_marker(store: &dyn Store) {
    begin(store).await;
    go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    let none = Mailed::default();
    // The newest first.
    assert_eq!(
        unread(store, true).await,
        [(WOUNDS, 2, 0, none), (FALLS, 1, 0, none)]
    );
    assert_eq!(store.unread_of(ANNA, 1, true).await.unwrap().len(), 1);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
    reads(store, ANNA, WOUNDS, 2).await;
    reads(store, ANNA, FALLS, 1).await;
    assert_eq!(unread(store, true).await, []);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [BRAM]);
    go_on(store, &[event(4, WOUNDS, 3)]).await.unwrap();
    assert_eq!(unread(store, true).await, [(WOUNDS, 3, 2, none)]);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
    takes_part(store, false, 4, 5).await;
    assert_eq!(unread(store, true).await, []);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [BRAM]);
}

pub(super) async fn a_conversation_that_was_mailed_awaits_its_opening(store: &dyn Store) {
    begin(store).await;
    reads(store, ANNA, WOUNDS, 1).await;
    go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    let mailed = attention(1, 2);
    mark(store, 1, &[(WOUNDS, mailed), (FALLS, attention(0, 1))]).await;
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [BRAM]);
    // Where there are no reminders nothing is left to mail.
    assert_eq!(unread(store, false).await, []);
    let with_reminders = unread(store, true).await;
    assert_eq!(
        with_reminders,
        [(WOUNDS, 2, 1, mailed), (FALLS, 1, 0, attention(0, 1))]
    );
    let both = Mailed {
        reminder: covered(1, 2),
        ..mailed
    };
    mark(store, 2, &[(WOUNDS, both)]).await;
    assert_eq!(unread(store, true).await, [(FALLS, 1, 0, attention(0, 1))]);
    // Opened, and something new.
    reads(store, ANNA, WOUNDS, 2).await;
    go_on(store, &[event(4, WOUNDS, 3)]).await.unwrap();
    assert_eq!(unread(store, false).await, [(WOUNDS, 3, 2, both)]);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
}

pub(super) async fn the_marks_of_somebody_who_leaves_or_returns_are_forgotten(store: &dyn Store) {
    begin(store).await;
    mark(store, 1, &[(WOUNDS, attention(0, 1)), (FALLS, attention(0, 1))]).await;
    takes_part(store, false, 2, 3).await;
    takes_part(store, true, 3, 4).await;
    let none = Mailed::default();
    assert_eq!(unread(store, false).await, [(WOUNDS, 3, 0, none)]);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
    // Also where both were one transaction.
    mark(store, 2, &[(WOUNDS, attention(0, 3))]).await;
    takes_part(store, true, 4, 5).await;
    assert_eq!(unread(store, false).await, [(WOUNDS, 4, 0, none)]);
}

pub(super) async fn a_letter_is_reserved_by_the_lease_alone_and_settled_once(store: &dyn Store) {
    begin(store).await;
    let first = lease(store, 1).await;
    let marks = [(WOUNDS, attention(0, 1)), (FALLS, attention(0, 1))];
    assert_eq!(store.open_letter(ANNA).await.unwrap(), None);
    assert!(
        store
            .reserve_letter(first, Timestamp(150), &letter(&marks))
            .await
            .unwrap()
    );
    // The lease was renewed with it.
    assert_eq!(store.next_job(&["mail"]).await.unwrap(), Some(Timestamp(150)));
    assert_eq!(store.open_letter(ANNA).await.unwrap(), Some(letter(&marks)));
    assert_eq!(store.open_letter(BRAM).await.unwrap(), None);
    // Nothing counts as mailed yet.
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
    // The worker hangs; another repeats a part of the letter.
    let second = again(store, 150, 250).await;
    assert_eq!(second.attempt, 2);
    let part = letter(&marks[..1]);
    assert!(!store.reserve_letter(first, Timestamp(300), &part).await.unwrap());
    assert_eq!(store.open_letter(ANNA).await.unwrap(), Some(letter(&marks)));
    assert!(store.reserve_letter(second, Timestamp(250), &part).await.unwrap());
    assert_eq!(store.open_letter(ANNA).await.unwrap(), Some(part.clone()));
    // The late result of the first is ignored.
    assert!(
        !store
            .settle_letter(first, &settled(true, FINISHED))
            .await
            .unwrap()
    );
    assert_eq!(store.open_letter(ANNA).await.unwrap(), Some(part));
    let next = LetterJob::Finished {
        again: Some(Timestamp(400)),
    };
    assert!(store.settle_letter(second, &settled(true, next)).await.unwrap());
    assert!(
        !store
            .settle_letter(second, &settled(true, FINISHED))
            .await
            .unwrap()
    );
    assert_eq!(store.open_letter(ANNA).await.unwrap(), None);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [BRAM]);
    // A conversation that was not repeated was not mailed.
    assert_eq!(store.unmailed(FALLS).await.unwrap(), [ANNA]);
    assert_eq!(store.next_job(&["mail"]).await.unwrap(), Some(Timestamp(400)));
}

pub(super) async fn a_letter_that_was_not_sent_leaves_no_marks(store: &dyn Store) {
    begin(store).await;
    let lease = lease(store, 1).await;
    let marks = [(WOUNDS, attention(0, 1))];
    assert!(
        store
            .reserve_letter(lease, Timestamp(100), &letter(&marks))
            .await
            .unwrap()
    );
    let failed = LetterJob::Failed(JobFailure {
        due: Timestamp(200),
        fault: "451 4.7.1".to_owned(),
        counts: true,
    });
    assert!(store.settle_letter(lease, &settled(false, failed)).await.unwrap());
    assert_eq!(store.open_letter(ANNA).await.unwrap(), None);
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
    let levels = store.job_levels(Timestamp(200)).await.unwrap();
    assert_eq!(
        (levels[0].fault.as_deref(), levels[0].failures),
        (Some("451 4.7.1"), 1)
    );
    // A letter of another id leaves none either.
    let lease = again(store, 200, 300).await;
    assert!(
        store
            .reserve_letter(lease, Timestamp(300), &letter(&marks))
            .await
            .unwrap()
    );
    let other = SettledLetter {
        id: LetterId(Uuid::from_u128(0x98)),
        ..settled(true, FINISHED)
    };
    assert!(store.settle_letter(lease, &other).await.unwrap());
    assert_eq!(store.unmailed(WOUNDS).await.unwrap(), [ANNA, BRAM]);
}

pub(super) async fn an_address_is_refused_until_it_is_forgiven(store: &dyn Store) {
    let row = |membership: u128, address, at| RefusedAddress {
        membership: MembershipId(Uuid::from_u128(membership)),
        address: digest(address),
        reply: "550 5.1.1".to_owned(),
        at: Timestamp(at),
    };
    let (one, other) = (row(1, 1, 10), row(2, 2, 20));
    for refused in [&one, &other] {
        store.refuse_address(refused).await.unwrap();
    }
    assert_eq!(
        store.refused_addresses().await.unwrap(),
        [other.clone(), one.clone()]
    );
    assert_eq!(
        store.refused_address(one.membership).await.unwrap(),
        Some(one.clone())
    );
    let later = row(1, 3, 30);
    store.refuse_address(&later).await.unwrap();
    assert_eq!(
        store.refused_addresses().await.unwrap(),
        [later.clone(), other.clone()]
    );
    assert!(store.forgive_address(one.membership).await.unwrap());
    assert!(!store.forgive_address(one.membership).await.unwrap());
    assert_eq!(store.refused_address(one.membership).await.unwrap(), None);
}

pub(super) async fn mail_is_on_since_a_moment_that_is_forgotten_while_it_is_off(store: &dyn Store) {
    assert_eq!(store.mail_since().await.unwrap(), None);
    store.set_mail_since(Some(Timestamp(10))).await.unwrap();
    assert_eq!(store.mail_since().await.unwrap(), Some(Timestamp(10)));
    store.set_mail_since(Some(Timestamp(5))).await.unwrap();
    assert_eq!(store.mail_since().await.unwrap(), Some(Timestamp(5)));
    store.set_mail_since(None).await.unwrap();
    assert_eq!(store.mail_since().await.unwrap(), None);
}

pub(super) async fn personal_fields_are_read_by_their_names(store: &dyn Store) {
    let row = |person, field: &str, value: &str| PersonalRow {
        person,
        field: field.to_owned(),
        value: value.to_owned(),
    };
    let (mail, muted) = (row(ANNA, "setting/mail", "{}"), row(ANNA, "muted/a", "true"));
    let append = Append {
        personal: vec![
            mail.clone(),
            muted.clone(),
            row(ANNA, "archived/a", "7"),
            row(BRAM, "setting/mail", "null"),
        ],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let fields = ["setting/mail", "muted/b", "muted/a"];
    let mut found = store.personal(ANNA, &fields).await.unwrap();
    found.sort_by(|one, other| one.field.cmp(&other.field));
    assert_eq!(found, [muted, mail]);
    assert_eq!(store.personal(ANNA, &[]).await.unwrap(), []);
}
