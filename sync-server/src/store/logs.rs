//! The logs of conversations: what an append adds to them, and what is read of them.

use std::fmt::Debug;

use conversation::{CommandId, ConversationId, MessageId, Pair, PersonId, Seq, Timestamp};
use trail::Digest;
use uuid::Uuid;

use super::account_state::{AliasRow, PersonalRow, PositionRow};
use super::append::{Append, Appended};
use super::conversations::{ConversationRow, EventRow, KeyId, KeyRow, MessageRow, ReadRow};
use super::error::StoreFuture;
use super::watermark::Watermark;

/// Conversations.
pub trait LogStore: Send + Sync + Debug {
    /// The watermark: the end of every log.
    fn mark(&self) -> StoreFuture<'_, Watermark>;
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

/// A command that was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCommand {
    pub account: PersonId,
    pub command: CommandId,
    pub digest: Digest,
    pub answer: KnownAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownAnswer {
    /// The last event that it became.
    Event {
        conversation: ConversationId,
        number: Seq,
        link: Digest,
        epoch: u64,
        header: String,
    },
    /// As stored in [`CommandResultRow::answer`].
    Stored(String),
}

/// A conversation that moved, as far as planning needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedRow {
    pub conversation: ConversationId,
    pub last: Seq,
    pub offset: u64,
    /// The last number at or before the mark; zero where there was none.
    pub known: Seq,
    pub open: bool,
    /// Whether taking part began or ended since the mark.
    pub changed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedRows {
    pub mark: Watermark,
    /// The newest first.
    pub conversations: Vec<MovedRow>,
    pub positions: Vec<PositionRow>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
}
