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
        whole: None,
    }
}

fn last(number: u128, from: u64, to: u64) -> ReceivedPart {
    ReceivedPart {
        held_back: Vec::new(),
        whole: Some(WholeFile {
            sha256: Sha256([5; 32]),
            refused: false,
            unchecked: false,
        }),
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

async fn begin(store: &dyn Store, row: &AttachmentRow) -> BeginUpload {
    store.create_attachment(row, &UploadQuota::NONE).await.unwrap()
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
    assert_eq!(begin(store, &row(1, ANNA, 10)).await, BeginUpload::Begun);
    // The id is taken, also for another person.
    assert_eq!(begin(store, &row(1, BRAM, 20)).await, BeginUpload::Taken);
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
}

// F2
pub(super) async fn a_whole_file_waits_for_its_scanner_and_what_was_found_stays(store: &dyn Store) {
    let whole = |number, refused, unchecked| ReceivedPart {
        whole: Some(WholeFile {
            sha256: Sha256([5; 32]),
            refused,
            unchecked,
        }),
        ..last(number, 0, 1)
    };
    for number in [3, 1, 2, 4] {
        begin(store, &row(number, ANNA, 1)).await;
    }
    for (number, refused) in [(3, false), (1, true), (2, false)] {
        assert!(
            store
                .extend_attachment(&whole(number, refused, true))
                .await
                .unwrap()
        );
    }
    let unchecked = async |most| -> Vec<AttachmentId> {
        let rows = store.unchecked_attachments(most).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    assert_eq!(unchecked(9).await, [id(1), id(2), id(3)]);
    assert_eq!(unchecked(1).await, [id(1)]);
    assert!(one(store, 1).await.refused && one(store, 1).await.unchecked);
    // The verdict on other bytes, which had the id before: it opens nothing.
    assert!(
        !store
            .judge_attachment(id(3), Sha256([6; 32]), false)
            .await
            .unwrap()
    );
    assert!(
        !store
            .judge_attachment(id(4), Sha256([5; 32]), true)
            .await
            .unwrap()
    );
    assert!(one(store, 3).await.unchecked && !one(store, 4).await.refused);
    // Clean for the scanner, it stays refused for its kind.
    assert!(
        store
            .judge_attachment(id(1), Sha256([5; 32]), false)
            .await
            .unwrap()
    );
    assert!(
        store
            .judge_attachment(id(2), Sha256([5; 32]), true)
            .await
            .unwrap()
    );
    assert!(
        store
            .judge_attachment(id(2), Sha256([5; 32]), false)
            .await
            .unwrap()
    );
    assert!(
        !store
            .judge_attachment(id(9), Sha256([5; 32]), true)
            .await
            .unwrap()
    );
    assert!(one(store, 1).await.refused && one(store, 2).await.refused);
    assert_eq!(unchecked(9).await, [id(3)]);
    assert!(
        store
            .judge_attachment(id(3), Sha256([5; 32]), false)
            .await
            .unwrap()
    );
    assert!(!one(store, 3).await.refused && unchecked(9).await.is_empty());
}

async fn of(store: &dyn Store, message: u64) -> Vec<AttachmentId> {
    let messages = [(FALLS, Seq(message)), (WOUNDS, Seq(message))];
    let found = store.attachments_of(&messages).await.unwrap();
    found.iter().map(|row| row.id).collect()
}

// M6
pub(super) async fn a_whole_file_is_named_by_one_message_of_its_person(store: &dyn Store) {
    for (number, person) in [(1, ANNA), (2, ANNA), (3, BRAM)] {
        begin(store, &row(number, person, 1)).await;
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
pub(super) async fn files_that_no_message_names_are_deleted_and_found_by_their_age(store: &dyn Store) {
    for (number, person, size) in [(3, ANNA, 30), (1, ANNA, 10), (2, BRAM, 20)] {
        begin(store, &row(number, person, size)).await;
    }
    let after = async |after, most| -> Vec<AttachmentId> {
        let rows = store.attachments_after(after, most).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    assert_eq!(after(None, 2).await, [id(1), id(2)]);
    assert_eq!(after(Some(id(2)), 2).await, [id(3)]);
    let old = store.abandoned_attachments(Timestamp(3), 10).await.unwrap();
    assert_eq!(old, [(ANNA, id(1)), (BRAM, id(2))]);
    assert_eq!(
        store.abandoned_attachments(Timestamp(9), 1).await.unwrap(),
        [(ANNA, id(1))]
    );
    assert!(store.extend_attachment(&last(1, 0, 10)).await.unwrap());
    name(store, named(1, ANNA, WOUNDS, 1)).await.unwrap();
    assert!(!store.delete_attachment(BRAM, id(3)).await.unwrap());
    assert!(store.delete_attachment(ANNA, id(3)).await.unwrap());
    assert!(!store.delete_attachment(ANNA, id(3)).await.unwrap());
    assert_eq!(
        store.abandoned_attachments(Timestamp(9), 10).await.unwrap(),
        [(BRAM, id(2))]
    );
}

// F2, I5
pub(super) async fn a_person_begins_no_more_files_than_the_quota_allows(store: &dyn Store) {
    let quota = UploadQuota {
        unnamed_files: 2,
        unnamed_bytes: 50,
        lately_bytes: 60,
        lately: Timestamp(2),
    };
    let begin = async |number, person, size| {
        let row = row(number, person, size);
        store.create_attachment(&row, &quota).await.unwrap()
    };
    assert_eq!(begin(1, ANNA, 51).await, BeginUpload::OverQuota);
    assert_eq!(begin(1, ANNA, 20).await, BeginUpload::Begun);
    assert_eq!(begin(2, ANNA, 31).await, BeginUpload::OverQuota);
    assert_eq!(begin(2, ANNA, 30).await, BeginUpload::Begun);
    assert_eq!(begin(3, ANNA, 0).await, BeginUpload::OverQuota);
    assert_eq!(begin(3, BRAM, 10).await, BeginUpload::Begun);
    // Also beyond the quota an id that is there is taken.
    assert_eq!(begin(2, ANNA, 30).await, BeginUpload::Taken);
    // Named, they count for what was begun lately alone, and the first is from before.
    for (number, size) in [(1, 20), (2, 30)] {
        assert!(store.extend_attachment(&last(number, 0, size)).await.unwrap());
        name(store, named(number, ANNA, WOUNDS, 7)).await.unwrap();
    }
    assert_eq!(begin(4, ANNA, 31).await, BeginUpload::OverQuota);
    assert_eq!(begin(4, ANNA, 30).await, BeginUpload::Begun);
    assert!(store.delete_attachment(ANNA, id(4)).await.unwrap());
    assert_eq!(begin(5, ANNA, 30).await, BeginUpload::Begun);
}
