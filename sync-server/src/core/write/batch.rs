//! One batch of commands: its lookups, and the rows that it will write.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use conversation::organisation::Directory;
use conversation::{
    AttachmentId, CommandId, ConversationId, Header, MessageId, Pair, PersonId, Seq, State, Target, Timestamp,
};
use protocol::commands::Answer;
use trail::Digest;

use super::committed::Committed;
use super::heads::HeadCache;
use crate::core::CoreError;
use crate::core::encode::Encoded;
use crate::seal::DataKey;
use crate::store::{Append, AttachmentRow, MessageRow};

pub(in crate::core) struct Batch<'w> {
    pub(in crate::core) heads: &'w mut HeadCache,
    pub(in crate::core) now: Timestamp,
    pub(in crate::core) directory: Arc<Directory>,
    /// The offset of the organisations in the directory.
    pub(in crate::core) organisations: u64,
    pub(in crate::core) write: Append,
    pub(in crate::core) touched: BTreeMap<ConversationId, Touched>,
    pub(in crate::core) committed: Committed,
    pub(in crate::core) known: HashMap<(PersonId, CommandId), (Digest, Answer)>,
    pub(in crate::core) direct_conversations: HashMap<Pair, ConversationId>,
    pub(in crate::core) aliases: HashMap<(PersonId, ConversationId), ConversationId>,
    pub(in crate::core) messages: HashMap<(ConversationId, MessageId), Found>,
    /// The files that commands list, and those of the messages that they edit or delete, as this batch leaves them.
    pub(in crate::core) files: HashMap<AttachmentId, FileOfBatch>,
    /// The conversations and messages that refused commands of this batch would have made.
    pub(in crate::core) refused: HashSet<(PersonId, ConversationId, Option<MessageId>)>,
    /// How many urgent messages the people who send one have sent in the last hour, those of this batch included.
    pub(in crate::core) urgent: HashMap<PersonId, u32>,
}

/// A conversation that this batch appends to.
#[derive(Debug)]
pub(in crate::core) struct Touched {
    /// The last number before this batch; zero for a new conversation.
    pub(in crate::core) last: Seq,
    /// The link there.
    pub(in crate::core) previous: Digest,
    pub(in crate::core) before: Option<Arc<State>>,
    /// Whether more changed than the last number.
    pub(in crate::core) state_changed: bool,
    /// Whether somebody may have to be mailed about it.
    pub(in crate::core) asks_for_mail: bool,
    /// Whether an urgent message is among the events.
    pub(in crate::core) urgent: bool,
    /// Its last event, as an index into [`Append::events`].
    pub(in crate::core) event: usize,
    pub(in crate::core) events: Vec<Encoded>,
}

/// A file that a command lists, or that is of a message it changes.
#[derive(Clone, Debug)]
pub(in crate::core) struct FileOfBatch {
    pub(in crate::core) row: AttachmentRow,
    /// As a message may list it.
    pub(in crate::core) name: String,
}

/// A message, and the key that an edit of it is sealed under.
#[derive(Clone, Debug)]
pub(in crate::core) struct Found {
    pub(in crate::core) target: Target,
    pub(in crate::core) key: Arc<DataKey>,
}

impl Found {
    pub(in crate::core) fn stored(row: &MessageRow, key: Arc<DataKey>) -> Result<Found, CoreError> {
        let header: Header =
            serde_json::from_str(&row.header).map_err(|_| CoreError::Broken("the header of a message"))?;
        Ok(Found {
            target: Target {
                number: row.number,
                by: header.by,
                at: header.at,
                deleted: row.deleted,
                urgent: header.kind.is_urgent(),
            },
            key,
        })
    }
}

impl<'w> Batch<'w> {
    pub(in crate::core) fn new(heads: &'w mut HeadCache, now: Timestamp) -> Batch<'w> {
        heads.trim();
        let (directory, organisations) = heads
            .core
            .with_organisations(|organisations| (Arc::clone(&organisations.directory), organisations.offset));
        Batch {
            now,
            directory,
            organisations,
            write: Append::default(),
            touched: BTreeMap::new(),
            committed: Committed::default(),
            known: HashMap::new(),
            direct_conversations: HashMap::new(),
            aliases: HashMap::new(),
            messages: HashMap::new(),
            files: HashMap::new(),
            refused: HashSet::new(),
            urgent: HashMap::new(),
            heads,
        }
    }
}
