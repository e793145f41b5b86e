//! Urgent messages.

use std::collections::BTreeMap;

use conversation::{MembershipId, PersonId, Timestamp};

use super::Memory;
use crate::store::*;

impl UrgentStore for Memory {
    fn urgent_after<'a>(
        &'a self,
        persons: &'a [PersonId],
        after: Timestamp,
    ) -> StoreFuture<'a, Vec<(PersonId, u32)>> {
        self.answer(move |tables| {
            let mut counts: BTreeMap<PersonId, u32> = BTreeMap::new();
            let rows = tables.urgent.values().filter(|row| row.at > after);
            for row in rows.filter(|row| persons.contains(&row.person)) {
                *counts.entry(row.person).or_default() += 1;
            }
            counts.into_iter().collect()
        })
    }

    fn urgent_uses(&self, since: Timestamp) -> StoreFuture<'_, Vec<UrgentUse>> {
        self.answer(move |tables| {
            let mut uses: BTreeMap<MembershipId, UrgentUse> = BTreeMap::new();
            for row in tables.urgent.values().filter(|row| row.at >= since) {
                let used = uses.entry(row.membership).or_insert(UrgentUse {
                    membership: row.membership,
                    messages: 0,
                    last: row.at,
                });
                used.messages += 1;
                used.last = used.last.max(row.at);
            }
            uses.into_values().collect()
        })
    }
}
