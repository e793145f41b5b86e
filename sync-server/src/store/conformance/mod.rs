//! The conformance tests that every store must pass.

mod account_state;
mod attachments;
mod attention;
mod jobs;
mod logs;
mod people;
mod urgent;

use std::sync::Arc;

use conversation::{ConversationId, PersonId, Seq, Timestamp};
use trail::{Digest, Salt};
use uuid::Uuid;

use super::memory::Memory;
use super::sqlite::Sqlite;
use super::*;
use account_state::*;
use attachments::*;
use attention::*;
use jobs::*;
use logs::*;
use people::*;
use tempfile::TempDir;
use urgent::*;

const ANNA: PersonId = PersonId(Uuid::from_u128(0xa));
const BRAM: PersonId = PersonId(Uuid::from_u128(0xb));
const WOUNDS: ConversationId = ConversationId(Uuid::from_u128(1));
const FALLS: ConversationId = ConversationId(Uuid::from_u128(2));

/// A store, and its folder.
struct Kept {
    store: Arc<dyn Store>,
    _folder: Option<TempDir>,
}

async fn memory() -> Kept {
    Kept {
        store: Arc::new(Memory::default()),
        _folder: None,
    }
}

async fn sqlite() -> Kept {
    let folder = crate::testing::folder();
    let store = Sqlite::open(&folder.path().join("overleg.sqlite")).await.unwrap();
    prove(&store).await;
    Kept {
        store: Arc::new(store),
        _folder: Some(folder),
    }
}

/// Keys that seal nothing, and prove by a digest.
#[derive(Debug)]
pub(super) struct TestKeys;

impl RowKeys for TestKeys {
    fn mac(&self, row: &[u8]) -> Digest {
        trail::digest(&[b"mac", row])
    }

    fn tag(&self, row: &[u8]) -> Digest {
        trail::digest(&[b"tag", row])
    }

    fn seal(&self, tally: &[u8]) -> Vec<u8> {
        tally.to_vec()
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.to_vec())
    }
}

/// Gives an empty store keys, and a tally.
pub(super) async fn prove(store: &dyn Store) {
    let row = ServerRow {
        id: Uuid::from_u128(7),
        created_at: Timestamp(1),
        epoch: 1,
        secret: Vec::new(),
    };
    store.use_keys(Arc::new(TestKeys), Some(row)).await.unwrap();
}

/// Makes each function a test of each store.
macro_rules! on_every_store {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        mod in_memory {$(
            $(#[$doc])*
            #[tokio::test]
            async fn $name() { super::$name(super::memory().await.store.as_ref()).await; }
        )*}
        mod in_sqlite {$(
            $(#[$doc])*
            #[tokio::test]
            async fn $name() {
                let kept = super::sqlite().await;
                super::$name(kept.store.as_ref()).await;
            }
        )*}
    };
}

on_every_store! {
    a_server_is_made_once_and_read_back;
    appended_events_are_read_back;
    a_snapshot_holds_every_row_and_nothing_written_later;
    a_head_that_moved_refuses_the_whole_append;
    a_command_is_known_by_its_account_and_id;
    refusals_are_known_until_they_are_forgotten;
    messages_are_found_until_they_are_deleted;
    an_edited_or_deleted_message_is_no_longer_current;
    moved_conversations_are_reported_to_those_concerned;
    slices_are_fitted_to_the_limit_each_from_its_end;
    slices_come_in_the_order_asked_for;
    pairs_and_aliases_keep_their_first;
    account_state_gets_later_revisions_and_the_last_value_wins;
    organisations_have_one_order;
    conversations_are_found_by_their_team_or_item;
    a_source_is_found_by_its_key_and_ends;
    accounts_are_found_by_login_and_end_with_their_sessions;
    a_password_is_hashed_anew_only_where_it_is_still_the_same;
    a_new_password_ends_all_but_one_session_and_what_the_old_one_began;
    an_invitation_is_used_once;
    a_session_begins_with_the_effects_of_its_sign_in_and_no_others;
    of_too_many_sessions_those_end_that_were_refreshed_longest_ago;
    a_session_takes_the_place_of_an_earlier_one_on_its_device;
    a_session_rotates_from_where_it_is;
    each_session_that_ended_has_its_reason_and_the_latest_are_listed_first;
    a_job_that_is_due_is_leased_to_one_worker_until_the_lease_ends;
    an_attempt_whose_lease_passed_to_another_ends_nothing;
    of_a_name_there_is_one_job_and_it_can_be_due_again;
    an_attempt_of_an_earlier_round_ends_nothing;
    a_job_asked_for_while_it_is_leased_is_due_again_when_it_ends;
    a_job_asked_for_sooner_is_due_sooner;
    a_lease_answers_earlier_requests_and_keeps_those_of_a_later_moment;
    a_request_does_not_end_the_pause_after_a_failure;
    jobs_of_other_kinds_are_left;
    a_lease_is_renewed_by_its_attempt_only;
    failures_are_counted_until_a_success_and_listed_by_their_code;
    unread_conversations_are_those_beyond_the_marker;
    a_conversation_that_was_mailed_awaits_its_opening;
    the_marks_of_somebody_who_leaves_or_returns_are_forgotten;
    a_letter_is_reserved_by_the_lease_alone_and_settled_once;
    a_letter_that_was_not_sent_leaves_no_marks;
    an_address_is_refused_until_it_is_forgiven;
    urgent_messages_are_counted_by_person_after_a_moment_and_by_membership;
    mail_is_on_since_a_moment_that_is_forgotten_while_it_is_off;
    personal_fields_are_read_by_their_names;
    a_file_is_received_in_parts_each_from_where_it_is;
    a_whole_file_is_named_by_one_message_of_its_person;
    files_that_no_message_names_are_deleted_and_found_by_their_age;
    a_person_begins_no_more_files_than_the_quota_allows;
    a_whole_file_waits_for_its_scanner_and_what_was_found_stays;
}

fn digest(number: u8) -> Digest {
    Digest([number; 32])
}

fn key_id(number: u128) -> KeyId {
    KeyId(Uuid::from_u128(number))
}

fn key(number: u128, scope: Uuid) -> KeyRow {
    KeyRow {
        id: key_id(number),
        scope,
        year: 2026,
        wrapped: vec![number as u8; 72],
    }
}

/// An event for an offset, which its link is derived from.
fn event(offset: u64, conversation: ConversationId, number: u64) -> EventRow {
    EventRow {
        conversation,
        number: Seq(number),
        version: 1,
        epoch: 1,
        header: format!("{{\"position\":{offset}}}"),
        header_salt: Salt([1; 32]),
        content: vec![2; 50],
        content_commitment: digest(3),
        audit: vec![4; 60],
        audit_commitment: digest(5),
        body: digest(6),
        link: digest(offset as u8),
        key: key_id(if conversation == WOUNDS { 1 } else { 2 }),
        current: true,
        message: None,
        target: None,
        command: None,
    }
}

/// The head after the event at that index of the append.
fn head(event: &EventRow, index: usize, before: u64) -> HeadWrite {
    HeadWrite {
        id: event.conversation,
        before: Seq(before),
        last: event.number,
        link: event.link,
        last_at: Timestamp(i64::from(event.link.0[0]) * 10),
        event: index,
        key: event.key,
        state: (before == 0).then(|| vec![9; 40]),
        state_at: Seq(1),
    }
}

/// Two conversations: Anna in both, Bram in the first.
async fn begin(store: &dyn Store) {
    let events = [event(1, WOUNDS, 1), event(2, FALLS, 1)];
    let participants = |person, conversation, event| ParticipantRow {
        person,
        conversation,
        open: true,
        event,
    };
    let append = Append {
        keys: vec![key(1, WOUNDS.0), key(2, FALLS.0)],
        heads: vec![head(&events[0], 0, 0), head(&events[1], 1, 0)],
        events: events.to_vec(),
        participants: vec![
            participants(ANNA, WOUNDS, 0),
            participants(BRAM, WOUNDS, 0),
            participants(ANNA, FALLS, 1),
        ],
        ..Append::default()
    };
    let appended = store.append(&append).await.unwrap();
    assert_eq!(appended, ends_at(2));
}

fn ends_at(offset: u64) -> Appended {
    Appended {
        offset: Some(offset),
        ..Appended::default()
    }
}

async fn go_on(store: &dyn Store, events: &[EventRow]) -> Result<Appended, StoreError> {
    let last = events.last().unwrap();
    let before = events.first().unwrap().number.0 - 1;
    let append = Append {
        heads: vec![head(last, events.len() - 1, before)],
        events: events.to_vec(),
        ..Append::default()
    };
    store.append(&append).await
}
