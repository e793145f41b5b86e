//! The changes that a batch of frames makes, before they are written in one transaction.
//!
//! Each conversation is read once and held here while its frames are folded in: its row, its segments and the
//! entries that came. Later frames look a conversation up here first. The number of unread messages is
//! adjusted if a run is new to the device; if it may not be, it is recounted after all is written.

use std::collections::{BTreeMap, btree_map};

use conversation::{ConversationId, Kind, MembershipId, Seq, SeqRange};
use protocol::sync::ConversationHead;

use super::Engine;
use super::named::Naming;
use crate::cache::{
    BeforeChange, CacheError, Change, ConversationRow, Entry, OutboxRow, OutboxState, Segment,
};

#[derive(Debug, Default)]
pub(super) struct PendingChanges {
    /// By the id that it has now.
    held: BTreeMap<ConversationId, LoadedConversation>,
    /// Changes that are written first: drops, and changes of no conversation.
    pub(super) first: Vec<Change>,
    /// Messages of which an edit changed whether they mention one.
    pub(super) named: Vec<Naming>,
    /// Among them are cards.
    pub(super) people: bool,
    /// Commands that wait to go out or to arrive, of the conversations that were looked up.
    outbox: BTreeMap<ConversationId, Vec<OutboxRow>>,
}

/// A conversation while frames of it are folded in.
#[derive(Debug)]
pub(super) struct LoadedConversation {
    pub(super) row: ConversationRow,
    pub(super) segments: Vec<Segment>,
    /// Those that are not written yet.
    entries: BTreeMap<Seq, Entry>,
    /// Whether the cache may have entries of it; else it need not be asked.
    in_cache: bool,
    pub(super) recount: bool,
    changed: bool,
}

impl PendingChanges {
    /// The conversation that an id stands for, if there is one.
    pub(super) async fn held(
        &mut self,
        engine: &Engine,
        asked: ConversationId,
    ) -> Result<Option<&mut LoadedConversation>, CacheError> {
        // An alias has no row.
        if self.exact(engine, asked).await?.is_some() {
            return Ok(self.held.get_mut(&asked));
        }
        let id = engine.resolve(asked).await?;
        self.exact(engine, id).await
    }

    /// The conversation of that id.
    pub(super) async fn exact(
        &mut self,
        engine: &Engine,
        id: ConversationId,
    ) -> Result<Option<&mut LoadedConversation>, CacheError> {
        if let btree_map::Entry::Vacant(not_looked_up) = self.outbox.entry(id) {
            let BeforeChange { held, outbox } = engine.cache.before_change(id).await?;
            not_looked_up.insert(outbox);
            if let Some((row, segments)) = held {
                // A conversation that was begun anew since the last write stands.
                let load = || LoadedConversation::new(row, segments, true);
                self.held.entry(id).or_insert_with(load);
            }
        }
        Ok(self.held.get_mut(&id))
    }

    /// A conversation of which nothing is here, from now on.
    pub(super) fn begin(&mut self, row: ConversationRow) -> &mut LoadedConversation {
        let held = LoadedConversation {
            changed: true,
            ..LoadedConversation::new(row, Vec::new(), false)
        };
        self.held.entry(held.row.id).insert_entry(held).into_mut()
    }

    /// Another row for a conversation that is held.
    pub(super) fn go_on(&mut self, row: ConversationRow) -> &mut LoadedConversation {
        let held = self
            .held
            .entry(row.id)
            .or_insert_with(|| LoadedConversation::new(row.clone(), Vec::new(), true));
        held.row = row;
        held.changed = true;
        held
    }

    pub(super) fn put_entries(&mut self, conversation: ConversationId, entries: BTreeMap<Seq, Entry>) {
        if let Some(held) = self.held.get_mut(&conversation) {
            held.entries.extend(entries);
            held.changed = true;
        }
    }

    /// A command whose event arrived leaves the outbox.
    pub(super) fn drop_arrived(&mut self, conversation: ConversationId, came: &BTreeMap<Seq, Entry>) {
        let is_there = |sent: &OutboxRow| {
            let makes = sent.command.action.makes();
            let arrived = came.values().any(|entry| match entry.header.kind {
                Kind::Posted { message, .. } => makes == Some(message),
                _ => false,
            });
            let accepted = match sent.state {
                OutboxState::Accepted {
                    number: Some(number), ..
                } => came.contains_key(&number),
                _ => false,
            };
            arrived || accepted
        };
        self.drop_sent(conversation, is_there);
    }

    /// A command that was accepted at a place the user does not see leaves the outbox: its event will not
    /// arrive.
    pub(super) fn drop_unseen(&mut self, head: &ConversationHead) {
        let is_unseen = |sent: &OutboxRow| match sent.state {
            OutboxState::Accepted {
                number: Some(number), ..
            } => {
                let seen = head.visible.iter().any(|range| range.contains(number));
                number <= head.last.number && !seen
            }
            _ => false,
        };
        self.drop_sent(head.conversation, is_unseen);
    }

    /// Of a conversation that was looked up.
    fn drop_sent(&mut self, conversation: ConversationId, is_over: impl Fn(&OutboxRow) -> bool) {
        if let Some(outbox) = self.outbox.get_mut(&conversation) {
            let over = outbox.extract_if(.., |sent| is_over(sent));
            self.first.extend(over.map(|sent| Change::DropOutbox(sent.order)));
        }
    }

    /// All of it as one list, and the conversations that changed; nothing is held afterwards.
    pub(super) fn take(&mut self, own: &[MembershipId]) -> (Vec<Change>, Vec<ConversationId>) {
        let named = std::mem::take(&mut self.named);
        let PendingChanges { held, first, .. } = std::mem::take(self);
        self.named = named;
        let mut changes = first;
        let mut changed = Vec::new();
        for (conversation, held) in held.into_iter().filter(|(_, held)| held.changed) {
            changed.push(conversation);
            changes.push(Change::PutSegments(conversation, held.segments));
            changes.push(Change::PutConversation(Box::new(held.row)));
            let entries = held.entries.into_values();
            changes.extend(entries.map(|entry| Change::PutEntry(conversation, Box::new(entry))));
            if held.recount {
                let own = own.to_vec();
                changes.push(Change::Recount { conversation, own });
            }
        }
        (changes, changed)
    }
}

impl LoadedConversation {
    fn new(row: ConversationRow, segments: Vec<Segment>, in_cache: bool) -> LoadedConversation {
        let mut held = LoadedConversation {
            row,
            segments,
            entries: BTreeMap::new(),
            in_cache,
            recount: false,
            changed: false,
        };
        if !in_cache {
            held.row.last_message = None;
            held.row.unread = 0;
        }
        held
    }

    pub(super) fn has_entries(&self) -> bool {
        self.in_cache || !self.entries.is_empty()
    }

    /// Edits and deletions whose target stands in a range; where the cache and what came differ, what came is later.
    pub(super) async fn about(&self, engine: &Engine, targets: SeqRange) -> Result<Vec<Entry>, CacheError> {
        let mut about = if self.in_cache {
            engine.cache.about(self.row.id, targets).await?
        } else {
            Vec::new()
        };
        let of_target = |entry: &&Entry| {
            let target = entry.header.kind.target();
            target.is_some_and(|target| targets.contains(target))
        };
        about.extend(self.entries.values().filter(of_target).cloned());
        Ok(about)
    }

    pub(super) async fn entry(&self, engine: &Engine, number: Seq) -> Result<Option<Entry>, CacheError> {
        match self.entries.get(&number) {
            Some(entry) => Ok(Some(entry.clone())),
            None if self.in_cache => engine.cache.entry(self.row.id, number).await,
            None => Ok(None),
        }
    }

    /// Keeps the last message, the unread ones and the time along with a run that is about to be joined.
    pub(super) fn count(&mut self, range: SeqRange, came: &BTreeMap<Seq, Entry>, own: &[MembershipId]) {
        let new = |segment: &Segment| segment.range.to < range.from || range.to < segment.range.from;
        let latest = self.segments.iter().all(|segment| segment.range.to < range.from);
        // A run before a message that is here changes neither the last one nor the time.
        let earlier = self.row.last_message.is_some_and(|last| range.to < last);
        if !self.segments.iter().all(new) || !(latest || earlier) {
            self.recount = true;
            return;
        }
        // Without what is there already and is put again since it was edited.
        let came = || came.range(range.from..=range.to);
        for (number, entry) in came().filter(|(_, entry)| entry.header.kind.is_message()) {
            self.row.last_message = self.row.last_message.max(Some(*number));
            if *number > self.row.read && !entry.deleted && !own.contains(&entry.header.by) {
                self.row.unread = self.row.unread.saturating_add(1);
            }
        }
        let mut shown = came()
            .rev()
            .filter(|(_, entry)| entry.header.kind.target().is_none());
        if latest && let Some((_, shown)) = shown.next() {
            self.row.last_at = shown.header.at;
        }
    }
}
