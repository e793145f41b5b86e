//! Files: received in parts, whole, named by a message, dropped.

use conversation::{AttachmentId, Sha256};

use super::*;

fn id(number: u128) -> AttachmentId {
    AttachmentId(Uuid::from_u128(number))
}

fn row(number: u128, person: PersonId, size: u64) -> AttachmentRow {
    AttachmentRow {
        key: vec![number as u8; 72],
        ..AttachmentRow::begun(id(number), person, WOUNDS, size, Timestamp(number as i64))
    }
}

fn part(number: u128, from: u64, to: u64) -> ReceivedPart {
    ReceivedPart {
        id: id(number),
        from,
        to,
        held_back: vec![7; 3],
        sha256: None,
    }
}

fn last(number: u128, from: u64, to: u64) -> ReceivedPart {
    ReceivedPart {
        held_back: Vec::new(),
        sha256: Some(Sha256([5; 32])),
        ..part(number, from, to)
    }
}

fn named(number: u128, person: PersonId, conversation: ConversationId, message: u64) -> NamedAttachment {
    NamedAttachment {
        id: id(number),
        person,
        conversation,
        message: Seq(message),
        key: vec![0xf0; 72],
        data_key: key_id(2),
    }
}

async fn one(store: &dyn Store, number: u128) -> AttachmentRow {
    let mut found = store.attachments(&[id(number), id(99)]).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

async fn append(store: &dyn Store, append: Append) -> Result<Appended, StoreError> {
    assert!(!append.is_empty());
    store.append(&append).await
}

async fn name(store: &dyn Store, row: NamedAttachment) -> Result<Appended, StoreError> {
    let attachments = vec![row];
    append(
        store,
        Append {
            attachments,
            ..Append::default()
        },
    )
    .await
}

// F2
pub(super) async fn a_file_is_received_in_parts_each_from_where_it_is(store: &dyn Store) {
    assert!(store.create_attachment(&row(1, ANNA, 10)).await.unwrap());
    // The id is taken, also for another person.
    assert!(!store.create_attachment(&row(1, BRAM, 20)).await.unwrap());
    assert_eq!(one(store, 1).await, row(1, ANNA, 10));
    for wrong in [part(1, 1, 2), part(1, 0, 11), part(2, 0, 1), last(1, 0, 9)] {
        assert!(!store.extend_attachment(&wrong).await.unwrap());
    }
    assert!(store.extend_attachment(&part(1, 0, 4)).await.unwrap());
    assert!(!store.extend_attachment(&part(1, 0, 4)).await.unwrap());
    let received = AttachmentRow {
        received: 4,
        held_back: vec![7; 3],
        ..row(1, ANNA, 10)
    };
    assert_eq!(one(store, 1).await, received);
    assert!(store.extend_attachment(&last(1, 4, 10)).await.unwrap());
    let whole = AttachmentRow {
        received: 10,
        sha256: Some(Sha256([5; 32])),
        ..row(1, ANNA, 10)
    };
    assert_eq!(one(store, 1).await, whole);
    // Whole, nothing is added.
    assert!(!store.extend_attachment(&last(1, 10, 10)).await.unwrap());
    assert!(store.refuse_attachment(id(1)).await.unwrap());
    assert!(!store.refuse_attachment(id(2)).await.unwrap());
    assert!(one(store, 1).await.refused);
}

async fn of(store: &dyn Store, message: u64) -> Vec<AttachmentId> {
    let messages = [(FALLS, Seq(message)), (WOUNDS, Seq(message))];
    let found = store.attachments_of(&messages).await.unwrap();
    found.iter().map(|row| row.id).collect()
}

// M6
pub(super) async fn a_whole_file_is_named_by_one_message_of_its_person(store: &dyn Store) {
    for (number, person) in [(1, ANNA), (2, ANNA), (3, BRAM)] {
        assert!(store.create_attachment(&row(number, person, 1)).await.unwrap());
    }
    // Not whole; of another person; not there.
    for wrong in [
        named(1, ANNA, FALLS, 7),
        named(1, BRAM, FALLS, 7),
        named(9, ANNA, FALLS, 7),
    ] {
        assert!(matches!(name(store, wrong).await, Err(StoreError::Moved)));
    }
    for number in [1, 2, 3] {
        assert!(store.extend_attachment(&last(number, 0, 1)).await.unwrap());
    }
    assert!(matches!(
        name(store, named(1, BRAM, FALLS, 7)).await,
        Err(StoreError::Moved)
    ));
    name(store, named(1, ANNA, FALLS, 7)).await.unwrap();
    let row = one(store, 1).await;
    assert_eq!(
        (row.conversation, row.message, row.listed),
        (FALLS, Some(Seq(7)), Some(Seq(7)))
    );
    assert_eq!((row.key, row.data_key), (vec![0xf0; 72], Some(key_id(2))));
    // Of a message, it is of no other, and stays.
    assert!(matches!(
        name(store, named(1, ANNA, FALLS, 8)).await,
        Err(StoreError::Moved)
    ));
    assert!(!store.delete_attachment(ANNA, id(1)).await.unwrap());
    assert_eq!((of(store, 7).await, of(store, 8).await), (vec![id(1)], vec![]));
    let kept = KeptAttachment {
        id: id(1),
        listed: Seq(9),
    };
    append(
        store,
        Append {
            kept_attachments: vec![kept],
            ..Append::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(one(store, 1).await.listed, Some(Seq(9)));
    append(
        store,
        Append {
            dropped_attachments: vec![id(1)],
            ..Append::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(of(store, 7).await, []);
    assert!(one(store, 1).await.dropped);
}

// F2, I5
pub(super) async fn files_that_no_message_names_are_counted_deleted_and_found_by_their_age(
    store: &dyn Store,
) {
    for (number, person, size) in [(3, ANNA, 30), (1, ANNA, 10), (2, BRAM, 20)] {
        assert!(store.create_attachment(&row(number, person, size)).await.unwrap());
    }
    let usage = |files, bytes| UnnamedUsage { files, bytes };
    assert_eq!(store.unnamed_attachments(ANNA).await.unwrap(), usage(2, 40));
    let old = store.abandoned_attachments(Timestamp(3), 10).await.unwrap();
    assert_eq!(old, [(ANNA, id(1)), (BRAM, id(2))]);
    assert_eq!(
        store.abandoned_attachments(Timestamp(9), 1).await.unwrap(),
        [(ANNA, id(1))]
    );
    assert!(store.extend_attachment(&last(1, 0, 10)).await.unwrap());
    name(store, named(1, ANNA, WOUNDS, 1)).await.unwrap();
    assert_eq!(store.unnamed_attachments(ANNA).await.unwrap(), usage(1, 30));
    assert!(!store.delete_attachment(BRAM, id(3)).await.unwrap());
    assert!(store.delete_attachment(ANNA, id(3)).await.unwrap());
    assert!(!store.delete_attachment(ANNA, id(3)).await.unwrap());
    assert_eq!(store.unnamed_attachments(ANNA).await.unwrap(), usage(0, 0));
    assert_eq!(
        store.abandoned_attachments(Timestamp(9), 10).await.unwrap(),
        [(BRAM, id(2))]
    );
}
