//! The store: conversations, organisations, accounts.
//!
//! A store knows nothing of the rules and sees no content: what is sealed is sealed before it comes here. The core
//! *looks up* in sets, decides, and *appends* in one transaction ([`Append`]). The append checks that every head
//! still stands where the decision believed it ([`StoreError::Moved`] where not), so that nothing is decided on
//! what has passed. What was appended is durable when the append returns.
//!
//! *Offset* is the order of acceptance over all conversations: 1 for the first event, without gaps. *Revision* orders
//! changes of account state: read positions, personal state, aliases. *Organisations* is the offset over the events of all
//! organisations' logs. The store assigns all three, in the transaction ([`Appended`]): no link, receipt or seal binds
//! them, so several servers can append to one store.
//!
//! Two stores keep this contract and pass the same tests (`conformance`): SQLite, and one in memory for the
//! simulation.

#[cfg(test)]
mod conformance;
pub mod memory;
pub mod rows;
pub mod sqlite;

use std::fmt::Debug;

use conversation::{
    CommandId, ConversationId, MessageId, OrganisationId, Pair, PersonId, Seq, SourceId, Timestamp,
};
use futures_util::future::BoxFuture;
use trail::Digest;
use uuid::Uuid;

pub use rows::*;

pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A head stands elsewhere than the append believed; nothing was written.
    #[error("a head has moved")]
    Moved,
    /// A row that cannot be what this server wrote.
    #[error("a row of {table} is broken: {column}")]
    Broken {
        table: &'static str,
        column: &'static str,
    },
    /// The database was written by a later version of the server.
    #[error("the database was written by a later version of the server: use that version")]
    Newer,
    #[error("the store failed: {0}")]
    Failed(#[from] Box<dyn std::error::Error + Send + Sync>),
}

pub trait Store: Send + Sync + Debug {
    // The server.
    /// `None` before it was initialised.
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>>;
    fn create_server<'a>(&'a self, row: &'a ServerRow) -> StoreFuture<'a, ()>;
    /// The watermark: the end of every log.
    fn mark(&self) -> StoreFuture<'_, Watermark>;

    // Deciding.
    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved>;
    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>>;
    /// In no order; those that there are.
    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>>;
    /// Whether a refused command of this account would have started this conversation, or made this message in it.
    fn was_refused(
        &self,
        account: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> StoreFuture<'_, bool>;
    fn append<'a>(&'a self, append: &'a Append) -> StoreFuture<'a, Appended>;
    /// Forgets refusals from before a moment; how many there were.
    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64>;

    // Reading.
    /// Everything that changed for a person since a watermark, newest first, in one snapshot; `following` as if they took part.
    fn changes_since<'a>(
        &'a self,
        person: PersonId,
        since: &'a Watermark,
        following: &'a [ConversationId],
    ) -> StoreFuture<'a, MovedRows>;
    /// The conversations in which someone takes part.
    fn taking_part(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>>;
    /// The conversations that an item or a team is bound to.
    fn conversation_links(&self, subject: Uuid) -> StoreFuture<'_, Vec<ConversationId>>;
    /// How far everyone has read a conversation.
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>>;
    fn read_positions<'a>(
        &'a self,
        person: PersonId,
        conversations: &'a [ConversationId],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq)>>;
    /// The real conversation behind an alias.
    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>>;
    /// Of the stretches, in their order and each from its end, those whose events are together no larger than `most` bytes (as they are
    /// stored, header and content); the first event always. What does not fit is cut from the beginning of a stretch, and no stretch
    /// after that one is given.
    fn fitting<'a>(&'a self, stretches: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>>;
    /// Slice by slice in the order asked for, each ascending.
    fn stretches<'a>(&'a self, stretches: &'a [Slice]) -> StoreFuture<'a, Vec<ReadRow>>;
    /// The links at places, in no order.
    fn links<'a>(
        &'a self,
        places: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq, Digest)>>;
    /// The link of the event at an offset.
    fn link_at(&self, offset: u64) -> StoreFuture<'_, Option<Digest>>;
    /// Whole rows of one conversation after a number, for verifying.
    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>>;
    /// All conversations after an id, ascending, for verifying.
    fn conversations_after(
        &self,
        after: Option<ConversationId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<ConversationRow>>;
    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>>;
    /// After an offset, each with its own.
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>>;

    // Source systems.
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>>;
    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>>;

    // Accounts and sessions.
    fn account(&self, person: PersonId) -> StoreFuture<'_, Option<AccountRow>>;
    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>>;
    /// Another hash of the same password; `false` where the one before is no longer it.
    fn change_password<'a>(
        &'a self,
        person: PersonId,
        before: &'a str,
        hash: &'a str,
    ) -> StoreFuture<'a, bool>;
    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>>;
    /// Uses an invitation: sets the password, ends the account's sessions, begins one. `None` where it was used
    /// meanwhile; else the sessions that ended.
    fn accept<'a>(&'a self, accept: &'a Accept) -> StoreFuture<'a, Option<Vec<SessionId>>>;
    fn begin_session<'a>(&'a self, session: &'a SessionRow) -> StoreFuture<'a, ()>;
    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>>;
    /// To the next generation; `false` where the session ended or is not at `from`.
    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool>;
    /// `false` where it had ended.
    fn end_session(&self, id: SessionId, at: Timestamp) -> StoreFuture<'_, bool>;
    /// All of a person's; those that ended now.
    fn end_sessions(&self, person: PersonId, at: Timestamp) -> StoreFuture<'_, Vec<SessionId>>;
    /// Those that ended at a moment or later.
    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<SessionId>>;
}

/// The lookups of a batch of commands.
#[derive(Clone, Debug, Default)]
pub struct Resolve {
    pub commands: Vec<(PersonId, CommandId)>,
    pub direct_conversations: Vec<Pair>,
    pub aliases: Vec<(PersonId, ConversationId)>,
}

/// Those that there are, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    pub commands: Vec<KnownCommand>,
    pub direct_conversations: Vec<(Pair, ConversationId)>,
    pub aliases: Vec<(PersonId, ConversationId, ConversationId)>,
}

/// A run of places of one conversation; both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    pub conversation: ConversationId,
    pub from: Seq,
    pub to: Seq,
}

/// The overhead of an event beside its header and content, in bytes.
pub(crate) const BESIDE: u64 = 400;

/// [`Store::fitting`] over the sizes of the events, each stretch's from its end.
pub(crate) fn fit(
    stretches: &[Slice],
    most: u64,
    sizes: impl IntoIterator<Item = (usize, Seq, u64)>,
) -> Vec<Slice> {
    let mut fit: Vec<Slice> = Vec::new();
    let mut used = 0_u64;
    for (place, number, size) in sizes {
        used = used.saturating_add(size.saturating_add(BESIDE));
        if used > most && !fit.is_empty() {
            return fit;
        }
        // Those before it that have no events have nothing that could be too large.
        while fit.len() < place {
            let Some(empty) = stretches.get(fit.len()) else {
                return fit;
            };
            fit.push(*empty);
        }
        match (fit.get_mut(place), stretches.get(place)) {
            (Some(stretch), _) => stretch.from = number,
            (None, Some(stretch)) => fit.push(Slice {
                from: number,
                ..*stretch
            }),
            (None, None) => return fit,
        }
    }
    // All fit: also what is asked for beyond what there is.
    stretches.to_vec()
}

/// All that one transaction writes.
#[derive(Clone, Debug, Default)]
pub struct Append {
    pub keys: Vec<KeyRow>,
    pub heads: Vec<HeadWrite>,
    /// In the order in which they were accepted.
    pub events: Vec<EventRow>,
    /// Content that is no longer current.
    pub outdated: Vec<Outdated>,
    pub participants: Vec<ParticipantRow>,
    pub conversation_links: Vec<ConversationLinkRow>,
    pub direct_conversations: Vec<(Pair, ConversationId)>,
    pub aliases: Vec<AliasRow>,
    pub command_results: Vec<CommandResultRow>,
    pub positions: Vec<PositionRow>,
    pub personal: Vec<PersonalRow>,
    pub organisation_events: Vec<OrganisationRow>,
    pub accounts: Vec<AccountRow>,
    /// And all their sessions.
    pub ended_accounts: Vec<(PersonId, Timestamp)>,
    /// Each ends the person's earlier ones that were not used.
    pub invitations: Vec<InvitationRow>,
    pub sources: Vec<SourceRow>,
    pub ended_sources: Vec<(SourceId, Timestamp)>,
}

/// The ends of the logs that an append added to; `None` of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Of the last event.
    pub offset: Option<u64>,
    /// Of all account state of the append.
    pub revision: Option<u64>,
    /// Of the last event of an organisation.
    pub organisations: Option<u64>,
}

impl Append {
    /// Whether it changes read positions, personal state or aliases.
    pub fn has_account_state(&self) -> bool {
        !(self.aliases.is_empty() && self.positions.is_empty() && self.personal.is_empty())
    }

    pub fn is_empty(&self) -> bool {
        let Append {
            keys,
            heads,
            events,
            outdated,
            participants,
            conversation_links,
            direct_conversations,
            aliases,
            command_results,
            positions,
            personal,
            organisation_events,
            accounts,
            ended_accounts,
            invitations,
            sources,
            ended_sources,
        } = self;
        keys.is_empty()
            && heads.is_empty()
            && events.is_empty()
            && outdated.is_empty()
            && participants.is_empty()
            && conversation_links.is_empty()
            && direct_conversations.is_empty()
            && aliases.is_empty()
            && command_results.is_empty()
            && positions.is_empty()
            && personal.is_empty()
            && organisation_events.is_empty()
            && accounts.is_empty()
            && ended_accounts.is_empty()
            && invitations.is_empty()
            && sources.is_empty()
            && ended_sources.is_empty()
    }
}

/// Everything before the content of a message that was edited or deleted stands aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
    /// The edit or deletion.
    pub by: Seq,
}

/// A new password by an invitation.
#[derive(Clone, Debug)]
pub struct Accept {
    pub invitation: Digest,
    pub at: Timestamp,
    pub password: String,
    pub session: SessionRow,
}
