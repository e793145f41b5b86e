//! Account state: read markers, personal fields, aliases.

use std::fmt::{self, Debug};

use conversation::{ConversationId, PersonId, Seq};

use super::error::StoreFuture;

/// Account state; it changes by [`LogStore::append`](super::LogStore::append).
pub trait AccountStateStore: Send + Sync + Debug {
    /// The read markers of everybody in a conversation.
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>>;
    fn read_positions<'a>(
        &'a self,
        person: PersonId,
        conversations: &'a [ConversationId],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq)>>;
    /// The conversation behind an alias.
    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliasRow {
    pub person: PersonId,
    pub from: ConversationId,
    pub to: ConversationId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionRow {
    pub person: PersonId,
    pub conversation: ConversationId,
    pub number: Seq,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PersonalRow {
    pub person: PersonId,
    pub field: String,
    /// JSON; `null` for a field that was cleared.
    pub value: String,
}

impl fmt::Debug for PersonalRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalRow({})", self.person)
    }
}
