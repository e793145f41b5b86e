//! Direct conversations, aliases, read markers, personal fields, organisations.

use conversation::{ConversationId, MembershipId, OrganisationId, Seq};
use trail::Salt;
use uuid::Uuid;

use super::*;

pub(super) async fn pairs_and_aliases_keep_their_first(store: &dyn Store) {
    let pair = (MembershipId(Uuid::from_u128(1)), MembershipId(Uuid::from_u128(2)));
    let alias = ConversationId(Uuid::from_u128(70));
    for conversation in [WOUNDS, FALLS] {
        let append = Append {
            direct_conversations: vec![(pair, conversation)],
            aliases: vec![AliasRow {
                person: ANNA,
                from: alias,
                to: conversation,
            }],
            ..Append::default()
        };
        store.append(&append).await.unwrap();
    }
    let resolve = Resolve {
        direct_conversations: vec![pair],
        aliases: vec![(ANNA, alias), (BRAM, alias)],
        ..Resolve::default()
    };
    let resolved = store.resolve(&resolve).await.unwrap();
    assert_eq!(resolved.direct_conversations, [(pair, WOUNDS)]);
    assert_eq!(resolved.aliases, [(ANNA, alias, WOUNDS)]);
    assert_eq!(store.alias(ANNA, alias).await.unwrap(), Some(WOUNDS));
    assert_eq!(store.alias(BRAM, alias).await.unwrap(), None);
}

pub(super) async fn account_state_gets_later_revisions_and_the_last_value_wins(store: &dyn Store) {
    let position = |number| PositionRow {
        person: ANNA,
        conversation: WOUNDS,
        number: Seq(number),
    };
    let personal = |value: &str| PersonalRow {
        person: ANNA,
        field: "setting/a".to_owned(),
        value: value.to_owned(),
    };
    for revision in 1..=3 {
        let append = Append {
            positions: vec![position(revision * 10)],
            personal: vec![personal(&revision.to_string())],
            ..Append::default()
        };
        let appended = store.append(&append).await.unwrap();
        let expected = Appended {
            revision: Some(revision),
            ..Appended::default()
        };
        assert_eq!(appended, expected);
    }
    let mark = store.mark().await.unwrap();
    assert_eq!(mark.revision, 3);
    let since = |revision| Watermark {
        revision,
        ..Watermark::default()
    };
    let rows = store.changes_since(ANNA, &since(2), &[]).await.unwrap();
    assert_eq!(rows.mark, mark);
    assert_eq!(
        (rows.positions, rows.personal),
        (vec![position(30)], vec![personal("3")])
    );
    let rows = store.changes_since(ANNA, &since(3), &[]).await.unwrap();
    assert_eq!((rows.positions.len(), rows.personal.len()), (0, 0));
    assert!(
        store
            .changes_since(BRAM, &since(0), &[])
            .await
            .unwrap()
            .positions
            .is_empty()
    );
    assert_eq!(
        store.read_positions(ANNA, &[WOUNDS, FALLS]).await.unwrap(),
        [(WOUNDS, Seq(30))]
    );
}

pub(super) async fn organisations_have_one_order(store: &dyn Store) {
    let row = |organisation: u128, number| OrganisationRow {
        organisation: OrganisationId(Uuid::from_u128(organisation)),
        number: Seq(number),
        version: 1,
        header: "{}".to_owned(),
        header_salt: Salt([1; 32]),
        content: vec![2; 50],
        content_commitment: digest(3),
        audit: vec![4; 60],
        audit_commitment: digest(5),
        link: digest(6),
        key: key_id(1),
    };
    let append = |rows: &[OrganisationRow]| Append {
        organisation_events: rows.to_vec(),
        ..Append::default()
    };
    let ends_at = |offset| Appended {
        organisations: Some(offset),
        ..Appended::default()
    };
    let appended = store.append(&append(&[row(5, 1), row(6, 1)])).await.unwrap();
    assert_eq!(appended, ends_at(2));
    let doubled = store.append(&append(&[row(5, 1)])).await;
    assert!(matches!(doubled, Err(StoreError::Moved)));
    let appended = store.append(&append(&[row(5, 2)])).await.unwrap();
    assert_eq!(appended, ends_at(3));
    assert_eq!(
        store.organisation_events(1, 10).await.unwrap(),
        [(2, row(6, 1)), (3, row(5, 2))]
    );
    assert_eq!(store.mark().await.unwrap().organisations, 3);
}
