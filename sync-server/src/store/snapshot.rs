//! All that is stored at one moment, for verification.
//!
//! Nothing is taken for granted: a row that cannot be read fails by itself, and each MAC is compared, not required.

use conversation::{ConversationId, Pair, PersonId, Seq};
use uuid::Uuid;

use super::conversations::{ConversationRow, EventRow, KeyId, KeyRow};
use super::error::StoreFuture;
use super::integrity::Tally;
use super::organisations::OrganisationRow;
use super::urgent::UrgentRow;

/// A consistent view of all tables; what is written meanwhile is not in it.
pub trait Snapshot: Send {
    /// `None` if there is none, or none that this server sealed.
    fn tally(&mut self) -> StoreFuture<'_, Option<Tally>>;
    fn counts(&mut self) -> StoreFuture<'_, Counts>;
    /// The ids of the conversations that have a head or an event, after an id, ascending.
    fn conversation_ids(
        &mut self,
        after: Option<ConversationId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<ConversationId>>;
    /// `None` if it has no head.
    fn conversation(&mut self, id: ConversationId) -> StoreFuture<'_, Option<StoredConversation>>;
    /// Complete rows of one conversation after a number.
    fn events(&mut self, id: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<StoredEvent>>;
    /// The offset, the event, and whether its MAC is right.
    fn organisation_events(
        &mut self,
        after: u64,
        most: u32,
    ) -> StoreFuture<'_, Vec<(u64, OrganisationRow, bool)>>;
    fn key(&mut self, id: KeyId) -> StoreFuture<'_, Option<KeyRow>>;
    /// All keys after an id, ascending.
    fn keys(&mut self, after: Option<KeyId>, most: u32) -> StoreFuture<'_, Vec<KeyRow>>;
    /// The faults of the tables that the tally sums.
    fn summed_rows(&mut self, tally: Option<Tally>) -> StoreFuture<'_, Vec<RowFault>>;
}

#[derive(Clone, Debug)]
pub struct StoredConversation {
    pub row: ConversationRow,
    /// Whether the head's MAC is right.
    pub genuine: bool,
    /// Person, whether they take part, and the offset of the event that changed it last; in the order of persons.
    pub participants: Vec<(PersonId, bool, u64)>,
    /// Teams and items, ascending.
    pub links: Vec<Uuid>,
    /// The pairs whose direct conversation it is.
    pub pairs: Vec<Pair>,
    /// Its urgent messages, in their order.
    pub urgent: Vec<UrgentRow>,
}

#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub offset: u64,
    pub row: EventRow,
    /// Whether its MAC is right.
    pub genuine: bool,
}

/// Rows of the tables that belong to conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub events: u64,
    pub states: u64,
    pub participants: u64,
    pub links: u64,
    pub pairs: u64,
    pub urgent: u64,
}

/// A fault of a table that the tally sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// The row with this id was not written by this server as it stands.
    Forged { table: &'static str, id: Uuid },
    /// A row of which a column cannot be read.
    Unreadable {
        table: &'static str,
        column: &'static str,
    },
    /// Each row is genuine, but they are not the ones that were written last: some were removed or put back.
    Replaced {
        table: &'static str,
        rows: u64,
        written: u64,
    },
}
