//! Urgent messages: rows derived from the logs, by which they are limited and counted (M10).

use std::fmt::Debug;

use conversation::{ConversationId, MembershipId, PersonId, Seq, Timestamp};

use super::error::StoreFuture;

pub trait UrgentStore: Send + Sync + Debug {
    /// How many urgent messages each of these persons sent after a moment; those who sent none are left out.
    fn urgent_after<'a>(
        &'a self,
        persons: &'a [PersonId],
        after: Timestamp,
    ) -> StoreFuture<'a, Vec<(PersonId, u32)>>;
    /// How many each membership sent from a moment on, in the order of their ids.
    fn urgent_uses(&self, since: Timestamp) -> StoreFuture<'_, Vec<UrgentUse>>;
}

/// An urgent message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrgentRow {
    pub conversation: ConversationId,
    pub number: Seq,
    pub person: PersonId,
    pub membership: MembershipId,
    pub at: Timestamp,
}

/// The urgent messages of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UrgentUse {
    pub membership: MembershipId,
    pub messages: u32,
    pub last: Timestamp,
}
