//! Account state: read markers, personal fields, aliases.

use std::collections::BTreeMap;
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
    /// The room that the personal fields of an account use, and which of these fields it has.
    fn personal_usage<'a>(
        &'a self,
        person: PersonId,
        fields: &'a [&'a str],
    ) -> StoreFuture<'a, PersonalUsage>;
    /// The personal fields of an account with these names, as far as it has them.
    fn personal<'a>(&'a self, person: PersonId, fields: &'a [&'a str]) -> StoreFuture<'a, Vec<PersonalRow>>;
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

/// Personal fields of one account, at most, and the bytes of all their names and values.
pub const MOST_FIELDS: u64 = 20_000;
pub const MOST_FIELD_BYTES: u64 = 4 * 1024 * 1024;

/// The room that the personal fields of an account use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonalUsage {
    pub fields: u64,
    /// Of their names and values.
    pub bytes: u64,
    /// Fields that were asked about and are there, with the bytes of their values.
    pub there: BTreeMap<String, u64>,
}

impl PersonalUsage {
    /// Counts a field that is about to be written; `false` if there is no room for it.
    pub fn take(&mut self, field: &str, value: usize) -> bool {
        let value = value as u64;
        let (fields, bytes) = match self.there.get(field) {
            Some(before) => (self.fields, (self.bytes + value).saturating_sub(*before)),
            None => (self.fields + 1, self.bytes + field.len() as u64 + value),
        };
        // A change that makes it no larger is always taken, so that a field can be cleared.
        let grows = fields > self.fields || bytes > self.bytes;
        if grows && (fields > MOST_FIELDS || bytes > MOST_FIELD_BYTES) {
            return false;
        }
        (self.fields, self.bytes) = (fields, bytes);
        self.there.insert(field.to_owned(), value);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // I5
    #[test]
    fn an_account_that_used_up_its_room_changes_and_clears_what_it_has() {
        let mut usage = PersonalUsage {
            fields: MOST_FIELDS - 1,
            bytes: 1_000_000,
            there: BTreeMap::from([("setting/display".to_owned(), 10)]),
        };
        assert!(usage.take("archived/a", 4));
        assert!(!usage.take("archived/b", 4));
        assert!(usage.take("archived/a", 100) && usage.take("setting/display", 4));
        usage.bytes = MOST_FIELD_BYTES - 1;
        assert!(usage.take("setting/display", 5) && !usage.take("setting/display", 6));
        assert!(usage.take("setting/display", 0));
    }
}
