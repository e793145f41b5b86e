//! The contract of a cache: one suite, run by each implementation. A cache's tests name it with `conforms!(open)` and `searches!(open)`, where `open` is an
//! async function that gives something to keep alive and an empty cache.

#![expect(
    clippy::unwrap_used,
    reason = "it is a suite of tests, which every cache runs"
)]

/// The functions of a suite, and a macro that makes a test of each.
macro_rules! suite {
    ($conforms:ident: $($(#[$rule:meta])* $name:ident($cache:ident) $body:block)*) => {
        $($(#[$rule])* pub async fn $name($cache: &dyn Cache) $body)*

        #[cfg(test)]
        macro_rules! $conforms {
            ($open:ident) => {$(
                #[tokio::test]
                async fn $name() {
                    let (_kept, cache) = $open().await;
                    crate::cache::conformance::$name(&cache).await;
                }
            )*};
        }
        #[cfg(test)]
        pub(crate) use $conforms;
    };
}

mod people;
mod searching;

use conversation::{ConversationId, Kind, MessageText, Seq, Shape, Timestamp};
use trail::Digest;
use uuid::Uuid;

pub use people::*;
pub use searching::*;

use super::*;

fn ids(rows: Vec<ConversationRow>) -> Vec<ConversationId> {
    rows.iter().map(|row| row.id).collect()
}

fn numbers(entries: Vec<Entry>) -> Vec<u64> {
    entries.iter().map(|entry| entry.number.0).collect()
}

suite! {
    conforms:
    // M10
    unread_urgent_messages_are_those_of_others_that_stand_in_conversations_that_are_listed(cache) {
        let urgent = |number, by, reason: Option<&str>| {
            let mut entry = posted(number, by, "Kun je nu kijken?");
            if let Kind::Posted { urgent, .. } = &mut entry.header.kind {
                *urgent = true;
            }
            entry.urgency = reason.map(|reason| conversation::Urgency { reason: reason.into() });
            entry
        };
        let mut deleted = urgent(4, MIEKE, None);
        (deleted.text, deleted.deleted) = (None, true);
        let mut archived = row(INTAKE, 9);
        archived.archived_at = Some(Seq(9));
        let mut wound = row(WOUND, 9);
        wound.read = Seq(1);
        let recount = |conversation| Change::Recount { conversation, own: vec![JORIS] };
        let changes = vec![
            save(wound.clone()),
            put(WOUND, urgent(1, MIEKE, Some("gelezen"))),
            put(WOUND, urgent(2, MIEKE, Some("Bloeddruk daalt"))),
            put(WOUND, urgent(3, JORIS, Some("van mij"))),
            put(WOUND, deleted),
            // Of a later version, or an edit without a reason: it is urgent all the same.
            put(WOUND, urgent(5, MIEKE, None)),
            put(WOUND, posted(6, MIEKE, "Dank")),
            save(archived),
            put(INTAKE, urgent(2, MIEKE, Some("gearchiveerd"))),
            recount(WOUND),
            recount(INTAKE),
        ];
        cache.write(changes).await.unwrap();
        let found = |most| async move {
            let found = cache.unread_urgent(vec![JORIS], most).await.unwrap();
            found.into_iter().map(|one| (one.conversation, one.number.0, one.at.0)).collect::<Vec<_>>()
        };
        assert_eq!(found(50).await, [(WOUND, 5, 5_000), (WOUND, 2, 2_000)]);
        assert_eq!(found(1).await, [(WOUND, 5, 5_000)]);
        let kept = cache.entry(WOUND, Seq(5)).await.unwrap().unwrap();
        assert!(kept.header.kind.is_urgent() && kept.urgency.is_none());
        wound.read = Seq(5);
        cache.write(vec![save(wound), recount(WOUND)]).await.unwrap();
        assert_eq!(found(50).await, []);
    }
    what_was_written_is_read_back_whole(cache) {
        let mut wound = row(WOUND, 9);
        wound.receipt = Some(protocol::commands::Receipt {
            number: Seq(4),
            link: Digest([5; 32]),
            epoch: 3,
            mac: Digest([6; 32]),
            at: Timestamp(8),
        });
        wound.item = Some(melding());
        wound.wanted = Some(range(2, 3));
        wound.archived_at = Some(Seq(0));
        wound.muted = true;
        wound.restored = true;
        let mut late = posted(2, JORIS, "Zie \u{FFFC} hierover");
        late.text = Some(MessageText { body: "Zie \u{FFFC} hierover".into(), mentions: vec![SANNE] });
        late.header.kind = Kind::Posted {
            message: message(2),
            reply_to: Some(Seq(1)),
            written_at: Some(Timestamp(-3)),
            urgent: true,
        };
        late.urgency = Some(conversation::Urgency { reason: "Bloeddruk daalt".into() });
        late.edited = true;
        let mut gone = posted(3, JORIS, "");
        gone.text = None;
        gone.deleted = true;
        let unknown = entry(4, MIEKE, Kind::Unknown, None);
        let all = [joined(1, MIEKE), late, gone, unknown, edit(5, JORIS, 9, "beter")];
        let mut changes: Vec<Change> = all.iter().map(|one| put(WOUND, one.clone())).collect();
        changes.push(save(wound.clone()));
        cache.write(changes).await.unwrap();
        assert_eq!(cache.conversation(WOUND).await.unwrap(), Some(wound.clone()));
        assert_eq!(cache.conversation(ROSTER).await.unwrap(), None);
        let some = cache.conversations(vec![ROSTER, WOUND, WOUND]).await.unwrap();
        assert_eq!(some, [wound]);
        for one in all {
            let held = cache.entry(WOUND, one.number).await.unwrap();
            assert!(held.as_ref() == Some(&one), "{held:?}");
        }
        assert!(cache.entry(ROSTER, Seq(1)).await.unwrap().is_none());
    }

    // L1
    the_overview_is_the_latest_first_and_by_id_where_the_time_is_the_same(cache) {
        let changes = vec![save(row(WOUND, 5)), save(row(INTAKE, 5)), save(row(ROSTER, 7))];
        cache.write(changes).await.unwrap();
        assert_eq!(ids(cache.overview(Listed::Active, 0, 9).await.unwrap()), [ROSTER, INTAKE, WOUND]);
        assert_eq!(ids(cache.overview(Listed::Active, 0, 2).await.unwrap()), [ROSTER, INTAKE]);
        assert_eq!(cache.conversation_ids().await.unwrap(), [WOUND, ROSTER, INTAKE]);
    }

    // L3
    archived_for_oneself_lasts_until_a_later_message(cache) {
        let mut archived = row(WOUND, 5);
        archived.archived_at = Some(Seq(2));
        archived.read = Seq(2);
        let changes = vec![
            save(archived.clone()),
            put(WOUND, posted(2, MIEKE, "Tot morgen")),
            Change::Recount { conversation: WOUND, own: vec![JORIS] },
        ];
        cache.write(changes).await.unwrap();
        assert_eq!(ids(cache.overview(Listed::Archived, 0, 9).await.unwrap()), [WOUND]);
        assert!(cache.overview(Listed::Active, 0, 9).await.unwrap().is_empty());
        let changes = vec![
            put(WOUND, posted(3, MIEKE, "Toch nog iets")),
            Change::Recount { conversation: WOUND, own: vec![JORIS] },
        ];
        cache.write(changes).await.unwrap();
        assert!(cache.overview(Listed::Archived, 0, 9).await.unwrap().is_empty());
        assert_eq!(ids(cache.overview(Listed::Unread, 0, 9).await.unwrap()), [WOUND]);
        assert_eq!(cache.overview_count(Listed::Unread).await.unwrap(), 1);
    }

    // M9
    unread_are_messages_of_others_after_the_read_position(cache) {
        let mut wound = row(WOUND, 5);
        wound.read = Seq(2);
        let changes = vec![
            save(wound),
            put(WOUND, posted(1, MIEKE, "een")),
            put(WOUND, posted(2, MIEKE, "twee")),
            put(WOUND, posted(3, JORIS, "drie, van mij")),
            put(WOUND, joined(4, SANNE)),
            put(WOUND, posted(5, SANNE, "vijf")),
            put(WOUND, edit(6, MIEKE, 2, "twee, beter")),
            Change::Recount { conversation: WOUND, own: vec![JORIS] },
            Change::Recount { conversation: ROSTER, own: vec![] },
        ];
        cache.write(changes).await.unwrap();
        let counted = cache.conversation(WOUND).await.unwrap().unwrap();
        assert_eq!((counted.last_message, counted.unread), (Some(Seq(5)), 1));
        let first = |own| cache.first_unread(WOUND, Seq(2), own);
        assert_eq!(first(vec![JORIS]).await.unwrap(), Some(Seq(5)));
        assert_eq!(first(vec![]).await.unwrap(), Some(Seq(3)));
        assert_eq!(first(vec![JORIS, SANNE]).await.unwrap(), None);
        let changes = vec![
            Change::DropEntries(WOUND, range(1, u64::MAX)),
            Change::Recount { conversation: WOUND, own: vec![] },
        ];
        cache.write(changes).await.unwrap();
        let counted = cache.conversation(WOUND).await.unwrap().unwrap();
        assert_eq!((counted.last_message, counted.unread), (None, 0));
    }

    // M4
    what_was_deleted_before_it_was_read_is_not_unread(cache) {
        let gone = |number| {
            let mut gone = posted(number, MIEKE, "");
            gone.text = None;
            gone.deleted = true;
            put(WOUND, gone)
        };
        let recount = || Change::Recount { conversation: WOUND, own: vec![JORIS] };
        let changes = vec![save(row(WOUND, 5)), put(WOUND, posted(1, MIEKE, "een")), gone(2), recount()];
        cache.write(changes).await.unwrap();
        let unread = async || cache.conversation(WOUND).await.unwrap().unwrap().unread;
        let first = || cache.first_unread(WOUND, Seq(0), vec![JORIS]);
        assert_eq!((unread().await, first().await.unwrap()), (1, Some(Seq(1))));
        cache.write(vec![gone(1), recount()]).await.unwrap();
        assert_eq!((unread().await, first().await.unwrap()), (0, None));
        assert_eq!(cache.overview_count(Listed::Unread).await.unwrap(), 0);
    }

    // L2
    the_overview_orders_by_what_is_shown_and_not_by_edits(cache) {
        let at = |mut entry: Entry, at: i64| {
            entry.header.at = Timestamp(at);
            put(WOUND, entry)
        };
        let recount = || Change::Recount { conversation: WOUND, own: vec![] };
        let last_at = async || cache.conversation(WOUND).await.unwrap().unwrap().last_at;
        // As a head reported it; an edit, though last, does not set the time.
        cache.write(vec![save(row(WOUND, 90)), at(edit(3, MIEKE, 2, "beter"), 90), recount()]).await.unwrap();
        assert_eq!(last_at().await, Timestamp(90));
        let changes = vec![at(joined(1, SANNE), 10), at(posted(2, MIEKE, "goed"), 20), recount()];
        cache.write(changes).await.unwrap();
        assert_eq!(last_at().await, Timestamp(20));
        cache.write(vec![at(joined(4, JORIS), 95), recount()]).await.unwrap();
        assert_eq!(last_at().await, Timestamp(95));
    }

    // F3
    unsettled_is_what_has_a_hole_or_something_to_tell_or_to_ask(cache) {
        let unsettled = async || ids(cache.unsettled().await.unwrap());
        let mut wound = row(WOUND, 5);
        let save = |row: &ConversationRow| vec![save(row.clone())];
        let segments = |segments: &[Segment]| vec![Change::PutSegments(WOUND, segments.to_vec())];
        cache.write(save(&wound)).await.unwrap();
        assert!(unsettled().await.is_empty(), "the anchor is the last: nothing is missing");
        wound.anchor.number = Seq(0);
        cache.write(save(&wound)).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "nothing is here");
        cache.write(segments(&[segment(1, 2), segment(4, 4)])).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "a hole");
        cache.write(segments(&[segment(2, 4)])).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "the beginning is missing");
        cache.write(segments(&[segment(1, 4)])).await.unwrap();
        assert!(unsettled().await.is_empty());
        wound.last = Seq(5);
        cache.write(save(&wound)).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "the end is missing");
        wound.last = Seq(4);
        wound.read = Seq(3);
        cache.write(save(&wound)).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "the server does not know how far one has read");
        wound.read_sent = Seq(3);
        wound.wanted = Some(range(1, 1));
        cache.write(save(&wound)).await.unwrap();
        assert_eq!(unsettled().await, [WOUND], "a place is to be asked for again");
        wound.last = Seq(0);
        cache.write(save(&wound)).await.unwrap();
        assert!(unsettled().await.is_empty(), "it was not started yet");
        assert_eq!(cache.segments(WOUND).await.unwrap(), [segment(1, 4)]);
        assert!(cache.segments(ROSTER).await.unwrap().is_empty());
        let before_change = cache.before_change(WOUND).await.unwrap();
        assert!(before_change.held == Some((wound, vec![segment(1, 4)])) && before_change.outbox.is_empty());
        assert_eq!(cache.before_change(INTAKE).await.unwrap(), BeforeChange::default());
    }

    segments_that_came_before_the_conversation_count(cache) {
        let mut wound = row(WOUND, 5);
        wound.anchor.number = Seq(0);
        let changes = vec![Change::PutSegments(WOUND, vec![segment(1, 4)]), save(wound)];
        cache.write(changes).await.unwrap();
        assert!(cache.unsettled().await.unwrap().is_empty());
    }

    // S1
    the_direct_conversation_of_two_is_the_one_without_a_subject(cache) {
        let direct = |id, subject: Option<&str>| {
            let mut row = row(id, 5);
            row.head.shape = Shape::Direct;
            row.head.subject = subject.map(str::to_owned);
            row.pair = Some((MIEKE, JORIS));
            row
        };
        let mut group = row(WOUND, 5);
        group.head.subject = None;
        group.pair = Some((MIEKE, JORIS));
        let changes = vec![save(group), save(direct(ROSTER, Some("Rooster"))), save(direct(INTAKE, None))];
        cache.write(changes).await.unwrap();
        assert_eq!(cache.direct(JORIS, MIEKE).await.unwrap(), Some(INTAKE));
        assert_eq!(cache.direct(MIEKE, SANNE).await.unwrap(), None);
        cache.write(vec![save(direct(ROSTER, None))]).await.unwrap();
        assert_eq!(cache.direct(MIEKE, JORIS).await.unwrap(), Some(ROSTER), "of two the lesser");
    }

    a_slice_is_ascending_from_either_end_and_without_edits(cache) {
        let mut changes: Vec<Change> = (11..=20).map(|n| put(WOUND, posted(n, MIEKE, "nieuw"))).collect();
        changes.extend((1..=9).map(|n| put(WOUND, posted(n, MIEKE, "oud"))));
        changes.push(put(WOUND, edit(10, MIEKE, 4, "beter")));
        changes.push(put(ROSTER, posted(5, MIEKE, "elders")));
        cache.write(changes).await.unwrap();
        let read = async |limit, range, newest| {
            numbers(cache.timeline(WOUND, Slice { limit, range, newest }).await.unwrap())
        };
        assert_eq!(read(3, range(1, u64::MAX), true).await, [18, 19, 20]);
        assert_eq!(read(3, range(8, 15), false).await, [8, 9, 11]);
        assert_eq!(read(3, range(8, 12), true).await, [9, 11, 12]);
        assert_eq!(read(0, range(1, 20), true).await, [] as [u64; 0]);
        assert_eq!(numbers(cache.about(WOUND, range(4, 4)).await.unwrap()), [10]);
        assert!(cache.about(WOUND, range(5, 9)).await.unwrap().is_empty());
    }

    edits_and_deletions_of_a_range_come_in_their_own_order(cache) {
        let deleted = entry(9, MIEKE, Kind::Deleted { target: Seq(2) }, None);
        let changes = vec![put(WOUND, edit(7, MIEKE, 3, "x")), put(WOUND, deleted), put(WOUND, edit(8, MIEKE, 1, "y"))];
        cache.write(changes).await.unwrap();
        assert_eq!(numbers(cache.about(WOUND, range(1, 3)).await.unwrap()), [7, 8, 9]);
        assert_eq!(numbers(cache.about(WOUND, range(2, u64::MAX)).await.unwrap()), [7, 9]);
    }

    // M3, M4
    an_entry_put_again_replaces_what_stood_there(cache) {
        let mut better = posted(3, MIEKE, "drie keer daags");
        better.edited = true;
        let changes = (1..=5).map(|n| put(WOUND, posted(n, MIEKE, "twee keer daags"))).collect();
        cache.write(changes).await.unwrap();
        assert_eq!(cache.index(100).await.unwrap(), 0);
        cache.write(vec![put(WOUND, posted(3, MIEKE, "weg")), put(WOUND, better.clone())]).await.unwrap();
        assert!(cache.message(WOUND, message(3)).await.unwrap() == Some(better));
        assert_eq!(cache.to_index().await.unwrap(), 1);
        cache.write(vec![put(WOUND, joined(3, MIEKE))]).await.unwrap();
        assert!(cache.message(WOUND, message(3)).await.unwrap().is_none());
        assert_eq!(cache.to_index().await.unwrap(), 0);
        assert!(cache.message(ROSTER, message(1)).await.unwrap().is_none());
    }

    // L4, U3
    the_cache_reports_how_much_search_does_not_reach_yet(cache) {
        let mut silent = posted(9, MIEKE, "");
        silent.text = None;
        let mut changes: Vec<Change> = (1..=250).map(|n| put(WOUND, posted(n + 10, MIEKE, "tekst"))).collect();
        changes.extend([put(WOUND, silent), put(WOUND, joined(1, MIEKE)), put(WOUND, edit(2, MIEKE, 11, "ook niet"))]);
        cache.write(changes).await.unwrap();
        assert_eq!(cache.to_index().await.unwrap(), 250);
        assert_eq!(cache.index(0).await.unwrap(), 250);
        assert_eq!(cache.index(100).await.unwrap(), 150);
        assert_eq!(cache.index(1_000).await.unwrap(), 0);
        assert_eq!(cache.to_index().await.unwrap(), 0);
    }

    // P6
    a_conversation_that_is_dropped_leaves_what_was_written_for_it(cache) {
        let changes = vec![
            save(row(WOUND, 5)),
            put(WOUND, posted(1, MIEKE, "een")),
            Change::PutSegments(WOUND, vec![segment(1, 1)]),
            Change::PutOutbox(Box::new(command(1, WOUND))),
            Change::PutDraft(draft(WOUND, "half af")),
            put(ROSTER, posted(1, MIEKE, "blijft")),
            put(WOUND, posted(2, MIEKE, "twee")),
            Change::DropConversation(WOUND),
            Change::DropConversation(INTAKE),
            put(WOUND, posted(3, MIEKE, "later")),
        ];
        cache.write(changes).await.unwrap();
        assert!(cache.conversation(WOUND).await.unwrap().is_none());
        assert!(cache.segments(WOUND).await.unwrap().is_empty());
        let all = Slice { limit: 9, range: range(1, 9), newest: true };
        assert_eq!(numbers(cache.timeline(WOUND, all).await.unwrap()), [3]);
        assert_eq!(numbers(cache.timeline(ROSTER, all).await.unwrap()), [1]);
        assert_eq!(cache.to_index().await.unwrap(), 2);
        assert!(cache.outbox(Some(WOUND)).await.unwrap() == [command(1, WOUND)]);
        assert_eq!(cache.draft(WOUND).await.unwrap(), Some(draft(WOUND, "half af")));
    }

    // M7
    the_outbox_keeps_the_order_in_which_commands_were_given(cache) {
        let mut accepted = command(1, WOUND);
        accepted.state = OutboxState::Accepted { number: Some(Seq(7)), at: Some(Timestamp(8)) };
        let changes = [command(2, ROSTER), command(3, WOUND), command(1, WOUND), accepted.clone()];
        cache.write(changes.map(|row| Change::PutOutbox(Box::new(row))).to_vec()).await.unwrap();
        assert!(cache.outbox(None).await.unwrap() == [accepted.clone(), command(2, ROSTER), command(3, WOUND)]);
        assert!(cache.outbox(Some(WOUND)).await.unwrap() == [accepted.clone(), command(3, WOUND)]);
        assert!(cache.outbox_of(accepted.command.id).await.unwrap() == Some(accepted.clone()));
        let before_change = cache.before_change(WOUND).await.unwrap();
        assert!(before_change.outbox == [accepted, command(3, WOUND)] && before_change.held.is_none());
        cache.write(vec![Change::DropOutbox(1), Change::DropOutbox(9)]).await.unwrap();
        assert!(cache.outbox_of(command(1, WOUND).command.id).await.unwrap().is_none());
    }

    // S1
    an_alias_takes_outbox_and_draft_along_and_leaves_a_draft_that_was_there(cache) {
        let changes = vec![
            Change::PutOutbox(Box::new(command(1, WOUND))),
            Change::PutDraft(draft(WOUND, "mee")),
            Change::Rename { from: WOUND, to: ROSTER },
        ];
        cache.write(changes).await.unwrap();
        let mut moved = command(1, WOUND);
        moved.conversation = ROSTER;
        assert!(cache.outbox(Some(ROSTER)).await.unwrap() == [moved], "the command itself stays as it was given");
        assert!(cache.outbox(Some(WOUND)).await.unwrap().is_empty());
        assert_eq!(cache.drafts().await.unwrap(), [draft(ROSTER, "mee")]);
        let changes = vec![
            Change::PutDraft(draft(INTAKE, "was er al")),
            Change::Rename { from: ROSTER, to: INTAKE },
            Change::Rename { from: INTAKE, to: INTAKE },
        ];
        cache.write(changes).await.unwrap();
        assert_eq!(cache.drafts().await.unwrap(), [draft(INTAKE, "was er al")]);
        assert_eq!(cache.alias(WOUND).await.unwrap(), Some(INTAKE), "an alias of an alias is one of the last");
        assert_eq!(cache.alias(ROSTER).await.unwrap(), Some(INTAKE));
        assert_eq!(cache.alias(ConversationId(Uuid::nil())).await.unwrap(), None);
        cache.write(vec![Change::DropDraft(INTAKE)]).await.unwrap();
        assert_eq!(cache.draft(INTAKE).await.unwrap(), None);
    }

    // O6
    cards_come_in_the_order_asked_for(cache) {
        let changes = vec![Change::PutCards(vec![card(JORIS, "Jor"), card(MIEKE, "Mieke"), card(JORIS, "Joris")])];
        cache.write(changes).await.unwrap();
        let asked = vec![MIEKE, SANNE, JORIS, MIEKE];
        let (mieke, joris) = (card(MIEKE, "Mieke"), card(JORIS, "Joris"));
        assert_eq!(cache.cards(asked).await.unwrap(), [mieke.clone(), joris.clone(), mieke.clone()]);
        assert_eq!(cache.all_cards().await.unwrap(), [mieke, joris]);
    }

    // O4
    of_two_cards_of_a_team_the_later_one_counts(cache) {
        let changes = vec![Change::PutTeams(vec![team(2, "Team Wnd"), team(1, "Nachtdienst"), team(2, "Team Wond")])];
        cache.write(changes).await.unwrap();
        assert_eq!(cache.all_teams().await.unwrap(), [team(1, "Nachtdienst"), team(2, "Team Wond")]);
        cache.write(vec![Change::Clear]).await.unwrap();
        assert_eq!(cache.all_teams().await.unwrap(), []);
    }

    // P7
    a_conversation_seen_without_taking_part_is_in_no_overview(cache) {
        let mut wound = row(WOUND, 9);
        wound.via_item = true;
        let changes = vec![
            save(wound.clone()),
            put(WOUND, posted(1, MIEKE, "een")),
            Change::Recount { conversation: WOUND, own: vec![JORIS] },
        ];
        cache.write(changes).await.unwrap();
        assert!(cache.conversation(WOUND).await.unwrap().unwrap().via_item);
        for listed in [Listed::Active, Listed::Unread, Listed::Read, Listed::Archived] {
            assert!(cache.overview(listed, 0, 10).await.unwrap().is_empty());
        }
        assert_eq!(cache.overview_count(Listed::Unread).await.unwrap(), 0);
        wound.via_item = false;
        cache.write(vec![save(wound)]).await.unwrap();
        assert_eq!(cache.overview(Listed::Active, 0, 10).await.unwrap().len(), 1);
    }

    // M6
    the_files_that_a_message_lists_have_rows_as_long_as_it_lists_them(cache) {
        let both = vec![picture(1, "wond.jpg"), picture(3, "been.jpg")];
        let changes = vec![put(WOUND, attached(7, MIEKE, "Zo ziet het eruit", both.clone())), put(ROSTER, attached(7, MIEKE, "", vec![picture(5, "x.jpg")]))];
        cache.write(changes).await.unwrap();
        assert_eq!(cache.entry(WOUND, Seq(7)).await.unwrap().unwrap().attachments, both);
        let ids = |rows: Vec<FileRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        let all = || cache.files((1..=6).map(file_id).collect());
        assert_eq!(ids(all().await.unwrap()), [1, 2, 3, 4, 5, 6].map(file_id));
        let listed = cache.file(file_id(3)).await.unwrap().unwrap();
        assert_eq!(listed.attachment(), Some(both[1].clone()));
        assert_eq!((listed.number, listed.at, listed.place, listed.whole), (Some(Seq(7)), Timestamp(7_000), 1, false));
        assert_eq!(cache.file(file_id(4)).await.unwrap().unwrap().preview_of, Some(file_id(3)));
        // Here by now; put again, its bytes stay.
        let mut here = file(3, Some(WOUND), Origin::Listed);
        (here.number, here.at, here.place, here.name) = (Some(Seq(7)), Timestamp(7_000), 1, "been.jpg".into());
        (here.pinned, here.last_used) = (true, Timestamp(9));
        cache.write(vec![Change::PutFile(Box::new(here.clone()))]).await.unwrap();
        cache.write(vec![put(WOUND, attached(7, MIEKE, "Zo", both.clone()))]).await.unwrap();
        assert!(cache.file(file_id(3)).await.unwrap() == Some(here.clone()));
        assert_eq!(cache.file_names().await.unwrap(), [crate::files::FileName([3; 16])]);
        assert_eq!(cache.bytes_kept().await.unwrap(), 300);
        // Another message cannot take it over.
        cache.write(vec![put(ROSTER, attached(8, SANNE, "", vec![both[1].clone()]))]).await.unwrap();
        assert!(cache.file(file_id(3)).await.unwrap() == Some(here));
        // An edit drops the one, a deletion the other, and with them their keys.
        cache.write(vec![put(WOUND, attached(7, MIEKE, "Zo", vec![both[0].clone()]))]).await.unwrap();
        assert_eq!(ids(all().await.unwrap()), [1, 2, 5, 6].map(file_id));
        assert_eq!(cache.file_names().await.unwrap(), []);
        let mut gone = posted(7, MIEKE, "");
        (gone.text, gone.deleted) = (None, true);
        cache.write(vec![put(WOUND, gone)]).await.unwrap();
        assert_eq!(ids(all().await.unwrap()), [5, 6].map(file_id));
        cache.write(vec![Change::DropEntries(ROSTER, range(1, 9))]).await.unwrap();
        assert!(all().await.unwrap().is_empty());
    }

    // P6, F3
    a_conversation_that_goes_takes_its_files_along_but_not_those_that_were_not_sent(cache) {
        let draft = file(1, Some(WOUND), Origin::Draft);
        let outgoing = file(3, Some(WOUND), Origin::Outgoing);
        let new = file(5, None, Origin::Draft);
        let upload = UploadRow { state: UploadState::Begun { offset: 5 }, ..UploadRow::new(file_id(3)) };
        let changes = vec![
            save(row(WOUND, 5)),
            put(WOUND, attached(1, MIEKE, "", vec![picture(7, "been.jpg")])),
            Change::PutFile(Box::new(draft.clone())),
            Change::PutFile(Box::new(outgoing.clone())),
            Change::PutFile(Box::new(new.clone())),
            Change::PutUpload(upload),
            Change::DropConversation(WOUND),
        ];
        cache.write(changes).await.unwrap();
        assert!(cache.file(file_id(7)).await.unwrap().is_none());
        assert!(cache.unsent_files().await.unwrap() == [draft, outgoing.clone(), new]);
        assert_eq!(cache.uploads().await.unwrap(), [upload]);
        // An alias takes them along; sent, a file is listed with its bytes.
        cache.write(vec![Change::Rename { from: WOUND, to: ROSTER }]).await.unwrap();
        assert_eq!(cache.file(file_id(1)).await.unwrap().unwrap().conversation, Some(ROSTER));
        cache.write(vec![put(ROSTER, attached(4, JORIS, "", vec![picture(3, "wond.jpg")]))]).await.unwrap();
        let listed = cache.file(file_id(3)).await.unwrap().unwrap();
        assert_eq!((listed.origin, listed.number, listed.whole), (Origin::Listed, Some(Seq(4)), true));
        assert!(listed.sealed == outgoing.sealed);
        // A file that was sent from here is asked about, and a refused one is found until it is acknowledged.
        assert_eq!(listed.after_sent, AfterSent::Asking);
        let asking = cache.to_fetch(ToFetch::Asking, Timestamp(0), 9).await.unwrap();
        assert!(asking == [listed.clone()] && cache.refused_files().await.unwrap().is_empty());
        let refused = FileRow { after_sent: AfterSent::Refused, ..listed };
        cache.write(vec![Change::PutFile(Box::new(refused.clone()))]).await.unwrap();
        assert!(cache.to_fetch(ToFetch::Asking, Timestamp(0), 9).await.unwrap().is_empty());
        assert!(cache.refused_files().await.unwrap() == [refused]);
        let mut preview = FileRow::new(file_id(2), Some(ROSTER), Origin::Draft);
        preview.preview_of = Some(file_id(1));
        cache.write(vec![Change::PutFile(Box::new(preview)), Change::DropFile(file_id(1)), Change::DropUpload(file_id(3))]).await.unwrap();
        assert_eq!(cache.unsent_files().await.unwrap().len(), 1);
        assert!(cache.uploads().await.unwrap().is_empty());
    }

    // F2
    files_are_fetched_as_asked_for_then_previews_then_the_newest(cache) {
        let changes = (1..=3).map(|n| put(WOUND, attached(n, MIEKE, "", vec![picture(2 * n - 1, "wond.jpg")])));
        cache.write(changes.collect()).await.unwrap();
        let fetched = async |which, now| {
            let rows = cache.to_fetch(which, Timestamp(now), 9).await.unwrap();
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(fetched(ToFetch::Wanted, 0).await, []);
        assert_eq!(fetched(ToFetch::Previews, 0).await, [6, 4, 2].map(file_id));
        assert_eq!(fetched(ToFetch::Since(Timestamp(2_000)), 0).await, [5, 3].map(file_id));
        let change = async |id, change: fn(&mut FileRow)| {
            let mut row = cache.file(file_id(id)).await.unwrap().unwrap();
            change(&mut row);
            cache.write(vec![Change::PutFile(Box::new(row))]).await.unwrap();
        };
        change(1, |row| row.wanted = true).await;
        change(5, |row| row.not_before = Timestamp(8)).await;
        change(6, |row| row.not_before = NEVER).await;
        assert_eq!(fetched(ToFetch::Wanted, 0).await, [file_id(1)]);
        assert_eq!(fetched(ToFetch::Since(Timestamp(0)), 7).await, [3, 1].map(file_id));
        assert_eq!(fetched(ToFetch::Since(Timestamp(0)), 8).await, [5, 3, 1].map(file_id));
        for (id, used) in [(1, 5), (3, 2), (5, 9)] {
            change(id, |row| row.whole = true).await;
            let mut row = cache.file(file_id(id)).await.unwrap().unwrap();
            row.last_used = Timestamp(used);
            cache.write(vec![Change::PutFile(Box::new(row))]).await.unwrap();
        }
        change(3, |row| row.pinned = true).await;
        let least = cache.least_used(9).await.unwrap();
        assert_eq!(least.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 5].map(file_id));
        assert_eq!(cache.bytes_kept().await.unwrap(), 900);
        assert_eq!(numbers(cache.attached(WOUND, Seq(3), 1).await.unwrap()), [2]);
        assert_eq!(numbers(cache.attached(WOUND, Seq(u64::MAX), 9).await.unwrap()), [3, 2, 1]);
    }

    // F6
    clear_leaves_the_recovered_texts_alone(cache) {
        let recovered = RecoveredRow {
            id: message(1),
            destination: "Mieke".into(),
            text: "niet verzonden".into(),
            attachments: vec!["brief.pdf".into()],
            written_at: Timestamp(3),
            perhaps_sent: true,
            person: Some(conversation::PersonId(JORIS.0)),
        };
        let changes = vec![
            Change::PutMeta("session", "x".into()),
            Change::PutMeta("session", "y".into()),
            Change::PutMeta("gone", "z".into()),
            Change::DropMeta("gone"),
            Change::PutRecovered(recovered.clone()),
        ];
        cache.write(changes).await.unwrap();
        assert_eq!(cache.meta("session").await.unwrap().as_deref(), Some("y"));
        assert_eq!(cache.meta("gone").await.unwrap(), None);
        assert!(cache.recovered().await.unwrap() == [recovered.clone()]);
        let changes = vec![
            save(row(WOUND, 5)),
            put(WOUND, posted(1, MIEKE, "een")),
            Change::PutSegments(WOUND, vec![segment(1, 1)]),
            Change::PutCards(vec![card(MIEKE, "Mieke")]),
            Change::PutOutbox(Box::new(command(1, WOUND))),
            Change::PutDraft(draft(WOUND, "half af")),
            Change::Rename { from: ROSTER, to: WOUND },
        ];
        cache.write(changes).await.unwrap();
        cache.write(vec![Change::Clear, put(INTAKE, posted(1, MIEKE, "van een ander"))]).await.unwrap();
        assert_eq!(cache.meta("session").await.unwrap(), None);
        assert!(cache.recovered().await.unwrap() == [recovered] && cache.outbox(None).await.unwrap().is_empty());
        assert!(cache.conversation_ids().await.unwrap().is_empty() && cache.all_cards().await.unwrap().is_empty());
        assert!(cache.drafts().await.unwrap().is_empty() && cache.segments(WOUND).await.unwrap().is_empty());
        assert_eq!(cache.alias(ROSTER).await.unwrap(), None);
        assert!(cache.entry(WOUND, Seq(1)).await.unwrap().is_none());
        assert_eq!(cache.to_index().await.unwrap(), 1);
        cache.write(vec![Change::DropRecovered(message(1))]).await.unwrap();
        assert!(cache.recovered().await.unwrap().is_empty());
    }
}

#[cfg(test)]
mod in_memory {
    use crate::cache::memory::MemoryCache;

    async fn open() -> ((), MemoryCache) {
        ((), MemoryCache::default())
    }

    crate::cache::conformance::conforms!(open);
    crate::cache::conformance::searches!(open);
}
