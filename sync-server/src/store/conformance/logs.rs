//! Conversations: appended, read back, found again.

use conversation::{CommandId, ConversationId, MessageId, Seq, Timestamp};
use uuid::Uuid;

use super::*;

pub(super) async fn a_server_is_made_once_and_read_back(store: &dyn Store) {
    assert_eq!(store.server().await.unwrap(), None);
    let row = ServerRow {
        id: Uuid::from_u128(7),
        created_at: Timestamp(5),
        epoch: 1,
        secret: vec![1, 2, 3],
    };
    store.create_server(&row, &[]).await.unwrap();
    assert_eq!(store.server().await.unwrap(), Some(row));
    assert_eq!(store.mark().await.unwrap(), Watermark::default());
}

pub(super) async fn a_snapshot_holds_every_row_and_nothing_written_later(store: &dyn Store) {
    begin(store).await;
    let mut snapshot = store.snapshot().await.unwrap();
    go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    assert_eq!(
        snapshot.conversation_ids(None, 10).await.unwrap(),
        [WOUNDS, FALLS]
    );
    let after = snapshot.conversation_ids(Some(WOUNDS), 10).await.unwrap();
    assert_eq!(after, [FALLS]);
    assert_eq!(snapshot.conversation_ids(None, 1).await.unwrap(), [WOUNDS]);
    let wounds = snapshot.conversation(WOUNDS).await.unwrap().unwrap();
    assert!(wounds.genuine);
    assert_eq!((wounds.row.last, wounds.row.offset), (Seq(1), 1));
    assert_eq!(wounds.participants, [(ANNA, true, 1), (BRAM, true, 1)]);
    let nowhere = ConversationId(Uuid::from_u128(99));
    assert!(snapshot.conversation(nowhere).await.unwrap().is_none());
    let events = snapshot.events(WOUNDS, Seq(0), 10).await.unwrap();
    let events: Vec<_> = events
        .into_iter()
        .map(|event| (event.offset, event.row, event.genuine))
        .collect();
    assert_eq!(events, [(1, event(1, WOUNDS, 1), true)]);
    assert!(snapshot.events(WOUNDS, Seq(1), 10).await.unwrap().is_empty());
    let keys = snapshot.keys(None, 10).await.unwrap();
    assert_eq!(keys, [key(1, WOUNDS.0), key(2, FALLS.0)]);
    assert_eq!(
        snapshot.keys(Some(key_id(1)), 10).await.unwrap(),
        [key(2, FALLS.0)]
    );
    assert_eq!(snapshot.key(key_id(2)).await.unwrap(), Some(key(2, FALLS.0)));
    let counts = Counts {
        events: 2,
        states: 2,
        participants: 3,
        links: 0,
        pairs: 0,
        urgent: 0,
    };
    assert_eq!(snapshot.counts().await.unwrap(), counts);
    let tally = snapshot.tally().await.unwrap();
    assert_eq!(tally.as_ref().map(|tally| tally.events), Some(2));
    assert_eq!(snapshot.summed_rows(tally).await.unwrap(), []);
    let mut later = store.snapshot().await.unwrap();
    let row = later.conversation(WOUNDS).await.unwrap().unwrap().row;
    assert_eq!((row.last, row.state_at, row.offset), (Seq(2), Seq(1), 3));
    assert_eq!(later.counts().await.unwrap().events, 3);
}

pub(super) async fn appended_events_are_read_back(store: &dyn Store) {
    begin(store).await;
    let rows = store
        .conversations(&[WOUNDS, ConversationId(Uuid::from_u128(99))])
        .await
        .unwrap();
    let expected = ConversationRow {
        id: WOUNDS,
        last: Seq(1),
        link: digest(1),
        last_at: Timestamp(10),
        offset: 1,
        key: key(1, WOUNDS.0),
        state: vec![9; 40],
        state_at: Seq(1),
    };
    assert_eq!(rows, [expected]);
    // A message moves the head and leaves the state.
    let appended = go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    assert_eq!(appended, ends_at(3));
    let row = store.conversations(&[WOUNDS]).await.unwrap().remove(0);
    assert_eq!((row.last, row.state_at, row.offset), (Seq(2), Seq(1), 3));
    let entries = store.entries(WOUNDS, Seq(0), 10).await.unwrap();
    assert_eq!(entries, [event(1, WOUNDS, 1), event(3, WOUNDS, 2)]);
    assert_eq!(store.entries(WOUNDS, Seq(1), 10).await.unwrap().len(), 1);
    assert_eq!(store.link_at(3).await.unwrap(), Some(digest(3)));
    assert_eq!(store.link_at(4).await.unwrap(), None);
    let links = store.links(&[(FALLS, Seq(1)), (FALLS, Seq(2))]).await.unwrap();
    assert_eq!(links, [(FALLS, Seq(1), digest(2))]);
    let mark = store.mark().await.unwrap();
    assert_eq!((mark.offset, mark.link), (3, digest(3)));
    assert_eq!(
        store.keys(&[key_id(2), key_id(77)]).await.unwrap(),
        [key(2, FALLS.0)]
    );
    assert_eq!(store.conversations_of(BRAM).await.unwrap(), [WOUNDS]);
}

pub(super) async fn a_head_that_moved_refuses_the_whole_append(store: &dyn Store) {
    begin(store).await;
    go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    let append = Append {
        // One head is unchanged, the other has moved.
        heads: vec![head(&event(4, FALLS, 2), 0, 1), head(&event(5, WOUNDS, 2), 1, 1)],
        events: vec![event(4, FALLS, 2), event(5, WOUNDS, 2)],
        personal: vec![PersonalRow {
            person: ANNA,
            field: "setting/a".to_owned(),
            value: "1".to_owned(),
        }],
        ..Append::default()
    };
    assert!(matches!(store.append(&append).await, Err(StoreError::Moved)));
    // The same of an append that only extends conversations.
    let append = Append {
        personal: Vec::new(),
        ..append
    };
    assert!(matches!(store.append(&append).await, Err(StoreError::Moved)));
    // A head that is declared new, but exists.
    let again = Append {
        heads: vec![head(&event(4, FALLS, 1), 0, 0)],
        events: vec![event(4, FALLS, 1)],
        ..Append::default()
    };
    assert!(matches!(store.append(&again).await, Err(StoreError::Moved)));
    let mark = store.mark().await.unwrap();
    assert_eq!((mark.offset, mark.revision), (3, 0));
    let row = store.conversations(&[FALLS]).await.unwrap().remove(0);
    assert_eq!(row.last, Seq(1));
    // The refused appends took no offset; every column of an event is written.
    let fourth = EventRow {
        message: Some(MessageId(Uuid::from_u128(44))),
        target: Some(Seq(1)),
        command: Some(CommandMark {
            account: BRAM,
            command: CommandId(Uuid::from_u128(45)),
            digest: digest(46),
        }),
        ..event(4, FALLS, 2)
    };
    let appended = go_on(store, std::slice::from_ref(&fourth)).await.unwrap();
    assert_eq!(store.entries(FALLS, Seq(1), 10).await.unwrap(), [fourth]);
    assert_eq!(appended, ends_at(4));
}

pub(super) async fn a_command_is_known_by_its_account_and_id(store: &dyn Store) {
    begin(store).await;
    let command = CommandId(Uuid::from_u128(50));
    let mut said = event(3, WOUNDS, 2);
    said.command = Some(CommandMark {
        account: ANNA,
        command,
        digest: digest(8),
    });
    go_on(store, &[said.clone()]).await.unwrap();
    let nothing = CommandResultRow {
        account: BRAM,
        command,
        digest: digest(9),
        answer: "{\"stored\":true}".to_owned(),
        at: Timestamp(100),
        refused: false,
        conversation: WOUNDS,
        message: None,
        starts: true,
    };
    let append = Append {
        command_results: vec![nothing],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let other = CommandId(Uuid::from_u128(51));
    let resolve = Resolve {
        commands: vec![(ANNA, command), (BRAM, command), (ANNA, other)],
        ..Resolve::default()
    };
    let mut known = store.resolve(&resolve).await.unwrap().commands;
    known.sort_by_key(|known| known.account);
    assert_eq!(
        known,
        [
            KnownCommand {
                account: ANNA,
                command,
                digest: digest(8),
                answer: KnownAnswer::Event {
                    conversation: WOUNDS,
                    number: Seq(2),
                    link: said.link,
                    epoch: 1,
                    header: said.header,
                },
            },
            KnownCommand {
                account: BRAM,
                command,
                digest: digest(9),
                answer: KnownAnswer::Stored("{\"stored\":true}".to_owned()),
            },
        ]
    );
}

pub(super) async fn refusals_are_known_until_they_are_forgotten(store: &dyn Store) {
    let message = MessageId(Uuid::from_u128(60));
    let row = |number: u128, message, starts, refused, at| CommandResultRow {
        account: ANNA,
        command: CommandId(Uuid::from_u128(number)),
        digest: digest(1),
        answer: "{}".to_owned(),
        at: Timestamp(at),
        refused,
        conversation: WOUNDS,
        message,
        starts,
    };
    let append = Append {
        command_results: vec![
            row(1, Some(message), false, true, 10),
            row(2, None, true, true, 20),
            row(3, Some(MessageId(Uuid::from_u128(61))), true, false, 5),
        ],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let asked =
        async |person, conversation, message| store.was_refused(person, conversation, message).await.unwrap();
    assert!(asked(ANNA, WOUNDS, Some(message)).await);
    assert!(asked(ANNA, WOUNDS, None).await);
    assert!(!asked(BRAM, WOUNDS, Some(message)).await);
    assert!(!asked(ANNA, FALLS, Some(message)).await);
    assert!(!asked(ANNA, WOUNDS, Some(MessageId(Uuid::from_u128(61)))).await);
    assert_eq!(store.forget_refusals(Timestamp(20)).await.unwrap(), 1);
    assert!(!asked(ANNA, WOUNDS, Some(message)).await);
    assert!(asked(ANNA, WOUNDS, None).await);
    let resolve = Resolve {
        commands: (1..=3)
            .map(|number| (ANNA, CommandId(Uuid::from_u128(number))))
            .collect(),
        ..Resolve::default()
    };
    assert_eq!(store.resolve(&resolve).await.unwrap().commands.len(), 2);
}

pub(super) async fn messages_are_found_until_they_are_deleted(store: &dyn Store) {
    begin(store).await;
    let message = MessageId(Uuid::from_u128(60));
    let mut said = event(3, WOUNDS, 2);
    said.message = Some(message);
    let mut edited = event(4, WOUNDS, 3);
    edited.target = Some(Seq(2));
    let outdated = |by| Outdated {
        conversation: WOUNDS,
        target: Seq(2),
        by: Seq(by),
    };
    let append = Append {
        heads: vec![head(&edited, 1, 1)],
        events: vec![said.clone(), edited],
        outdated: vec![outdated(3)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let found = store
        .messages(&[(WOUNDS, message), (FALLS, message)])
        .await
        .unwrap();
    let row = MessageRow {
        conversation: WOUNDS,
        message,
        number: Seq(2),
        header: said.header,
        key: key(1, WOUNDS.0),
        deleted: false,
    };
    assert_eq!(found, [row]);
    let mut deleted = event(5, WOUNDS, 4);
    deleted.target = Some(Seq(2));
    deleted.current = false;
    let append = Append {
        heads: vec![head(&deleted, 0, 3)],
        events: vec![deleted],
        outdated: vec![outdated(4)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    assert!(store.messages(&[(WOUNDS, message)]).await.unwrap()[0].deleted);
}

pub(super) async fn an_edited_or_deleted_message_is_no_longer_current(store: &dyn Store) {
    begin(store).await;
    let mut events = vec![event(3, WOUNDS, 2), event(4, WOUNDS, 3)];
    for (offset, number) in [(5, 4), (6, 5)] {
        let mut edited = event(offset, WOUNDS, number);
        edited.target = Some(Seq(2));
        events.push(edited);
    }
    let outdated = |by| Outdated {
        conversation: WOUNDS,
        target: Seq(2),
        by: Seq(by),
    };
    let append = Append {
        heads: vec![head(&events[3], 3, 1)],
        events,
        outdated: vec![outdated(4), outdated(5)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let whole = Slice {
        conversation: WOUNDS,
        from: Seq(1),
        to: Seq(9),
    };
    let current: Vec<bool> = store
        .slices(&[whole])
        .await
        .unwrap()
        .iter()
        .map(|row| row.current)
        .collect();
    assert_eq!(current, [true, false, true, false, true]);
}

pub(super) async fn moved_conversations_are_reported_to_those_concerned(store: &dyn Store) {
    begin(store).await;
    let start = Watermark::default();
    let then = store.mark().await.unwrap();
    let ids = |rows: &Changes| {
        rows.conversations
            .iter()
            .map(|row| (row.conversation, row.known.0, row.open, row.changed))
            .collect::<Vec<_>>()
    };
    let moved = async |person, since: &Watermark, following: &[ConversationId]| {
        ids(&store.changes_since(person, since, following).await.unwrap())
    };
    assert_eq!(
        moved(ANNA, &start, &[]).await,
        [(FALLS, 0, true, true), (WOUNDS, 0, true, true)]
    );
    assert_eq!(moved(ANNA, &then, &[]).await, []);
    go_on(store, &[event(3, WOUNDS, 2)]).await.unwrap();
    assert_eq!(moved(ANNA, &then, &[]).await, [(WOUNDS, 1, true, false)]);
    // Bram leaves: his devices learn that, and nothing after it.
    let leaves = event(4, WOUNDS, 3);
    let append = Append {
        heads: vec![head(&leaves, 0, 2)],
        events: vec![leaves],
        participants: vec![ParticipantRow {
            person: BRAM,
            conversation: WOUNDS,
            open: false,
            event: 0,
        }],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let left = store.mark().await.unwrap();
    assert_eq!(moved(BRAM, &then, &[]).await, [(WOUNDS, 1, false, true)]);
    go_on(store, &[event(5, WOUNDS, 4)]).await.unwrap();
    assert_eq!(moved(BRAM, &left, &[]).await, []);
    assert_eq!(store.conversations_of(BRAM).await.unwrap(), []);
    // A conversation that he follows without taking part is reported all the same, once.
    assert_eq!(moved(BRAM, &left, &[WOUNDS]).await, [(WOUNDS, 3, false, false)]);
    assert_eq!(
        moved(BRAM, &then, &[WOUNDS, FALLS]).await,
        [(WOUNDS, 1, false, true), (FALLS, 1, false, false)]
    );
    let nowhere = ConversationId(Uuid::from_u128(99));
    assert_eq!(moved(BRAM, &left, &[nowhere]).await, []);
}

pub(super) async fn slices_come_in_the_order_asked_for(store: &dyn Store) {
    begin(store).await;
    let events: Vec<EventRow> = (3..=250)
        .map(|offset| event(offset, WOUNDS, offset - 1))
        .collect();
    go_on(store, &events).await.unwrap();
    let slice = |conversation, from, to| Slice {
        conversation,
        from: Seq(from),
        to: Seq(to),
    };
    let asked = [
        slice(WOUNDS, 240, 245),
        slice(FALLS, 1, 9),
        slice(WOUNDS, 2, 3),
        slice(WOUNDS, 900, 901),
        slice(WOUNDS, 5, 4),
    ];
    let places = |rows: Vec<ReadRow>| {
        rows.into_iter()
            .map(|row| (row.conversation, row.number.0))
            .collect::<Vec<_>>()
    };
    let mut expected: Vec<(ConversationId, u64)> = (240..=245).map(|number| (WOUNDS, number)).collect();
    expected.extend([(FALLS, 1), (WOUNDS, 2), (WOUNDS, 3)]);
    assert_eq!(places(store.slices(&asked).await.unwrap()), expected);
    // More slices than one statement takes.
    let many: Vec<Slice> = (1..=249)
        .rev()
        .map(|number| slice(WOUNDS, number, number))
        .collect();
    let expected: Vec<(ConversationId, u64)> = (1..=249).rev().map(|number| (WOUNDS, number)).collect();
    assert_eq!(places(store.slices(&many).await.unwrap()), expected);
}

pub(super) async fn slices_are_fitted_to_the_limit_each_from_its_end(store: &dyn Store) {
    begin(store).await;
    let events: Vec<EventRow> = (3..=250)
        .map(|offset| {
            let mut event = event(offset, WOUNDS, offset - 1);
            // Alternating small and large events.
            event.content = vec![7; if offset % 10 == 0 { 5_000 } else { 100 }];
            event
        })
        .collect();
    go_on(store, &events).await.unwrap();
    let slice = |conversation, from, to| Slice {
        conversation,
        from: Seq(from),
        to: Seq(to),
    };
    let asked = [
        slice(WOUNDS, 240, 245),
        slice(FALLS, 1, 9),
        slice(WOUNDS, 2, 120),
        slice(WOUNDS, 900, 901),
        slice(FALLS, 1, 1),
    ];
    // All of it, in the order asked for.
    assert_eq!(store.fitting(&asked, 1_000_000).await.unwrap(), asked);
    // The last event of the first slice always fits.
    assert_eq!(store.fitting(&asked, 0).await.unwrap(), [slice(WOUNDS, 245, 245)]);
    let size = |rows: &[ReadRow]| -> u64 {
        let of = |row: &ReadRow| (row.header.len() + row.content.len()) as u64 + BESIDE;
        rows.iter().map(of).sum()
    };
    for most in (1_000..140_000).step_by(3_001) {
        let fit = store.fitting(&asked, most).await.unwrap();
        let rows = store.slices(&fit).await.unwrap();
        assert!(size(&rows) <= most || rows.len() == 1, "{most}");
        // The last slice is cut at its beginning, and one event more would exceed the limit.
        let (last, whole) = fit.split_last().unwrap();
        assert_eq!(whole, &asked[..whole.len()]);
        assert_eq!(last.to, asked[whole.len()].to);
        if fit != asked {
            let more = match last.from > asked[whole.len()].from {
                true => slice(last.conversation, last.from.0 - 1, last.from.0 - 1),
                false => {
                    let next = asked[fit.len()];
                    slice(next.conversation, next.to.0.min(120), next.to.0.min(120))
                }
            };
            let more = store.slices(&[more]).await.unwrap();
            assert!(
                more.is_empty() || size(&rows) + size(&more) > most,
                "{most}: {fit:?}"
            );
        }
    }
    // More slices than one statement takes.
    let many: Vec<Slice> = (1..=249)
        .rev()
        .map(|number| slice(WOUNDS, number, number))
        .collect();
    let fit = store.fitting(&many, 150_000).await.unwrap();
    assert!(fit.len() > 100 && fit.len() < 249 && fit == many[..fit.len()]);
}
