//! The logs of conversations: appends and reads.

use std::fmt::Debug;

use conversation::{CommandId, ConversationId, MessageId, Pair, PersonId, Seq, Timestamp};
use trail::Digest;
use uuid::Uuid;

use super::account_state::{AliasRow, PersonalRow, PositionRow};
use super::append::{Append, Appended};
use super::conversations::{ConversationRow, EventRow, KeyId, KeyRow, MessageRow, ReadRow};
use super::error::StoreFuture;
use super::watermark::Watermark;

/// The logs of conversations.
pub trait LogStore: Send + Sync + Debug {
    /// The watermark: the end of every log.
    fn mark(&self) -> StoreFuture<'_, Watermark>;
    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved>;
    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>>;
    /// The conversations that exist, in no order.
    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>>;
    /// Whether a refused command of this account would have started this conversation, or created this message in it.
    fn was_refused(
        &self,
        account: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> StoreFuture<'_, bool>;
    fn append<'a>(&'a self, append: &'a Append) -> StoreFuture<'a, Appended>;
    /// Deletes refusals from before a time; returns their number.
    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64>;
    /// Everything that changed for a person since a watermark, newest first, in one snapshot; `following` as if they
    /// took part.
    fn changes_since<'a>(
        &'a self,
        person: PersonId,
        since: &'a Watermark,
        following: &'a [ConversationId],
    ) -> StoreFuture<'a, Changes>;
    /// The conversations in which a person takes part.
    fn conversations_of(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>>;
    /// The conversations that an item or a team is bound to.
    fn conversation_links(&self, subject: Uuid) -> StoreFuture<'_, Vec<ConversationId>>;
    /// Those of them that a person takes part in or did, in a time that depends on the person alone.
    fn own_conversation_links(&self, subject: Uuid, person: PersonId)
    -> StoreFuture<'_, Vec<ConversationId>>;
    /// The slices, in their order and each from its end, whose events together have at most `most` bytes (header and
    /// content as stored); always at least the first event. A slice that does not fit is cut at its beginning, and no
    /// later slice is returned.
    fn fitting<'a>(&'a self, slices: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>>;
    /// The events of each slice in turn, ascending.
    fn slices<'a>(&'a self, slices: &'a [Slice]) -> StoreFuture<'a, Vec<ReadRow>>;
    /// The links at places, in no order.
    fn links<'a>(
        &'a self,
        places: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq, Digest)>>;
    /// The link of the event at an offset.
    fn link_at(&self, offset: u64) -> StoreFuture<'_, Option<Digest>>;
    /// Complete rows of one conversation after a number.
    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>>;
    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>>;
}

/// The lookups of a batch of commands.
#[derive(Clone, Debug, Default)]
pub struct Resolve {
    pub commands: Vec<(PersonId, CommandId)>,
    pub direct_conversations: Vec<Pair>,
    pub aliases: Vec<(PersonId, ConversationId)>,
}

/// The results that exist, in no order.
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

/// Implements [`Store::fitting`] on the sizes of the events, each slice's from its end.
pub(crate) fn fit(
    slices: &[Slice],
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
        // Slices before it without events fit in any case.
        while fit.len() < place {
            let Some(empty) = slices.get(fit.len()) else {
                return fit;
            };
            fit.push(*empty);
        }
        match (fit.get_mut(place), slices.get(place)) {
            (Some(slice), _) => slice.from = number,
            (None, Some(slice)) => fit.push(Slice {
                from: number,
                ..*slice
            }),
            (None, None) => return fit,
        }
    }
    // All fit, including slices beyond the end of a log.
    slices.to_vec()
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
    /// The last event that the command became.
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

/// A conversation with changes, as far as planning needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedConversation {
    pub conversation: ConversationId,
    pub last: Seq,
    pub offset: u64,
    /// The last number at or before the watermark; zero if there was none.
    pub known: Seq,
    pub open: bool,
    /// Whether participation began or ended since the watermark.
    pub changed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub mark: Watermark,
    /// The newest first.
    pub conversations: Vec<ChangedConversation>,
    pub positions: Vec<PositionRow>,
    pub personal: Vec<PersonalRow>,
    pub aliases: Vec<AliasRow>,
}
