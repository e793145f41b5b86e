//! Urgent messages: counted by person and by membership.

use conversation::MembershipId;

use super::*;

fn row(number: u64, person: PersonId, membership: u128, at: i64) -> UrgentRow {
    UrgentRow {
        conversation: WOUNDS,
        number: Seq(number),
        person,
        membership: MembershipId(Uuid::from_u128(membership)),
        at: Timestamp(at),
    }
}

// M10
pub(super) async fn urgent_messages_are_counted_by_person_after_a_moment_and_by_membership(
    store: &dyn Store,
) {
    let append = Append {
        urgent: vec![
            row(1, ANNA, 0x10, 100),
            row(2, ANNA, 0x11, 200),
            row(3, BRAM, 0x20, 200),
            row(4, ANNA, 0x10, 300),
        ],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let after = |at| async move {
        let mut counts = store.urgent_after(&[ANNA, BRAM], Timestamp(at)).await.unwrap();
        counts.sort_unstable();
        counts
    };
    assert_eq!(after(99).await, [(ANNA, 3), (BRAM, 1)]);
    assert_eq!(after(100).await, [(ANNA, 2), (BRAM, 1)]);
    assert_eq!(after(200).await, [(ANNA, 1)]);
    assert_eq!(after(300).await, []);
    assert_eq!(
        store.urgent_after(&[BRAM], Timestamp(0)).await.unwrap(),
        [(BRAM, 1)]
    );
    assert_eq!(store.urgent_after(&[], Timestamp(0)).await.unwrap(), []);
    let uses = store.urgent_uses(Timestamp(200)).await.unwrap();
    let uses: Vec<_> = uses
        .iter()
        .map(|used| (used.membership.0.as_u128(), used.messages, used.last.0))
        .collect();
    assert_eq!(uses, [(0x10, 1, 300), (0x11, 1, 200), (0x20, 1, 200)]);
}
