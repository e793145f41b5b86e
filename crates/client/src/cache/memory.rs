//! The cache in memory: for the simulation and for tests. It keeps the contract of the file, and loses everything
//! only when the test says so: what is shared by a clone survives the engine's end, as a file would.

mod files;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::organisation::{Card, TeamCard};
use conversation::{
    CommandId, ConversationId, Kind, MembershipId, MessageId, Seq, SeqRange, Shape, TeamId, Timestamp,
};
use futures_util::future::ready;

use self::files::FileTables;
use super::*;

#[derive(Clone, Debug, Default)]
pub struct MemoryCache(Arc<Mutex<Tables>>);

#[derive(Debug, Default)]
struct Tables {
    conversations: HashMap<ConversationId, ConversationRow>,
    entries: HashMap<ConversationId, BTreeMap<Seq, Entry>>,
    messages: HashMap<(ConversationId, MessageId), Seq>,
    segments: HashMap<ConversationId, Vec<Segment>>,
    aliases: HashMap<ConversationId, ConversationId>,
    cards: BTreeMap<MembershipId, Card>,
    teams: BTreeMap<TeamId, TeamCard>,
    outbox: BTreeMap<u64, OutboxRow>,
    drafts: BTreeMap<ConversationId, DraftRow>,
    recovered: BTreeMap<MessageId, RecoveredRow>,
    meta: BTreeMap<&'static str, String>,
    unindexed: HashSet<(ConversationId, Seq)>,
    files: FileTables,
}

impl MemoryCache {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> CacheFuture<'a, T> {
    Box::pin(ready(Ok(value)))
}

fn is_shown(entry: &Entry) -> bool {
    entry.header.kind.target().is_none()
}

impl Tables {
    fn of(&self, conversation: ConversationId) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries
            .get(&conversation)
            .into_iter()
            .flat_map(|entries| entries.values())
    }

    fn drop_entry(&mut self, conversation: ConversationId, number: Seq) {
        let entry = self
            .entries
            .get_mut(&conversation)
            .and_then(|entries| entries.remove(&number));
        if let Some(Kind::Posted { message, .. }) = entry.map(|entry| entry.header.kind) {
            self.messages.remove(&(conversation, message));
        }
        self.unindexed.remove(&(conversation, number));
    }

    fn drop_entries(&mut self, conversation: ConversationId, range: SeqRange) {
        let numbers: Vec<Seq> = self
            .of(conversation)
            .map(|entry| entry.number)
            .filter(|number| range.contains(*number))
            .collect();
        for number in numbers {
            self.drop_entry(conversation, number);
        }
        self.files.drop_at(conversation, |number| range.contains(number));
    }

    fn recount(&mut self, conversation: ConversationId, own: &[MembershipId]) {
        let Some(read) = self.conversations.get(&conversation).map(|row| row.read) else {
            return;
        };
        let last_message = self
            .of(conversation)
            .rfind(|entry| entry.header.kind.is_message())
            .map(|entry| entry.number);
        let last_at = self
            .of(conversation)
            .rfind(|entry| is_shown(entry))
            .map(|entry| entry.header.at);
        let unread = self
            .of(conversation)
            .filter(|entry| entry.header.kind.is_message())
            .filter(|entry| !entry.deleted && entry.number > read && !own.contains(&entry.header.by))
            .count();
        if let Some(row) = self.conversations.get_mut(&conversation) {
            row.last_message = last_message;
            row.last_at = last_at.unwrap_or(row.last_at);
            row.unread = u32::try_from(unread).unwrap_or(u32::MAX);
        }
    }

    fn rename(&mut self, from: ConversationId, to: ConversationId) {
        for target in self.aliases.values_mut().filter(|target| **target == from) {
            *target = to;
        }
        self.aliases.insert(from, to);
        for row in self.outbox.values_mut().filter(|row| row.conversation == from) {
            row.conversation = to;
        }
        self.files.rename(from, to);
        if let Some(mut draft) = self.drafts.remove(&from) {
            draft.conversation = to;
            self.drafts.entry(to).or_insert(draft);
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::PutConversation(row) => {
                self.conversations.insert(row.id, *row);
            }
            Change::DropConversation(id) => {
                if let Some(range) = SeqRange::new(Seq::FIRST, Seq(u64::MAX)) {
                    self.drop_entries(id, range);
                }
                self.conversations.remove(&id);
                self.entries.remove(&id);
                self.segments.remove(&id);
            }
            Change::PutEntry(conversation, entry) => {
                let stood = self.entries.get(&conversation);
                let stood = stood.is_some_and(|entries| entries.contains_key(&entry.number));
                self.drop_entry(conversation, entry.number);
                if let Kind::Posted { message, .. } = entry.header.kind {
                    self.messages.insert((conversation, message), entry.number);
                    if entry.text.is_some() {
                        self.unindexed.insert((conversation, entry.number));
                    }
                }
                self.files.list(conversation, &entry, stood);
                self.entries
                    .entry(conversation)
                    .or_default()
                    .insert(entry.number, *entry);
            }
            Change::DropEntries(conversation, range) => self.drop_entries(conversation, range),
            Change::PutSegments(conversation, segments) => {
                self.segments.insert(conversation, segments);
            }
            Change::Recount { conversation, own } => self.recount(conversation, &own),
            Change::PutCards(cards) => {
                self.cards
                    .extend(cards.into_iter().map(|card| (card.membership, card)));
            }
            Change::PutTeams(teams) => {
                self.teams.extend(teams.into_iter().map(|card| (card.team, card)));
            }
            Change::PutOutbox(row) => {
                self.outbox.insert(row.order, *row);
            }
            Change::DropOutbox(order) => {
                self.outbox.remove(&order);
            }
            Change::PutDraft(draft) => {
                self.drafts.insert(draft.conversation, draft);
            }
            Change::DropDraft(conversation) => {
                self.drafts.remove(&conversation);
            }
            Change::PutRecovered(row) => {
                self.recovered.insert(row.id, row);
            }
            Change::DropRecovered(id) => {
                self.recovered.remove(&id);
            }
            Change::PutFile(row) => {
                self.files.files.insert(row.id, *row);
            }
            Change::DropFile(id) => self.files.remove(id),
            Change::PutUpload(row) => {
                self.files.uploads.insert(row.id, row);
            }
            Change::DropUpload(id) => {
                self.files.uploads.remove(&id);
            }
            Change::Rename { from, to } => self.rename(from, to),
            Change::PutMeta(key, value) => {
                self.meta.insert(key, value);
            }
            Change::DropMeta(key) => {
                self.meta.remove(key);
            }
            Change::Clear => {
                let recovered = std::mem::take(&mut self.recovered);
                *self = Tables {
                    recovered,
                    ..Tables::default()
                };
            }
        }
    }
}

fn lists(listed: Listed, row: &ConversationRow) -> bool {
    let archived = row.archived();
    !row.via_item
        && match listed {
            Listed::Active => !archived,
            Listed::Unread => !archived && row.unread > 0,
            Listed::Read => !archived && row.unread == 0,
            Listed::Archived => archived,
        }
}

impl Cache for MemoryCache {
    fn write(&self, changes: Vec<Change>) -> CacheFuture<'_, ()> {
        let mut tables = self.lock();
        for change in changes {
            tables.change(change);
        }
        answer(())
    }

    fn conversation(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationRow>> {
        answer(self.lock().conversations.get(&id).cloned())
    }

    fn conversations(&self, ids: Vec<ConversationId>) -> CacheFuture<'_, Vec<ConversationRow>> {
        let tables = self.lock();
        let ids: BTreeSet<ConversationId> = ids.into_iter().collect();
        let rows = ids.iter().filter_map(|id| tables.conversations.get(id));
        answer(rows.cloned().collect())
    }

    fn before_change(&self, id: ConversationId) -> CacheFuture<'_, BeforeChange> {
        let tables = self.lock();
        let segments = tables.segments.get(&id).cloned().unwrap_or_default();
        let outbox = tables.outbox.values().filter(|row| row.conversation == id);
        answer(BeforeChange {
            held: tables.conversations.get(&id).map(|row| (row.clone(), segments)),
            outbox: outbox.cloned().collect(),
        })
    }

    fn alias(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationId>> {
        answer(self.lock().aliases.get(&id).copied())
    }

    fn overview(&self, listed: Listed, from: u32, limit: u32) -> CacheFuture<'_, Vec<ConversationRow>> {
        let tables = self.lock();
        let all = tables.conversations.values();
        let mut rows: Vec<ConversationRow> = all.filter(|row| lists(listed, row)).cloned().collect();
        rows.sort_by(|a, b| b.last_at.cmp(&a.last_at).then(b.id.cmp(&a.id)));
        answer(
            rows.into_iter()
                .skip(from as usize)
                .take(limit as usize)
                .collect(),
        )
    }

    fn overview_count(&self, listed: Listed) -> CacheFuture<'_, u32> {
        let tables = self.lock();
        let all = tables.conversations.values();
        let many = all.filter(|row| lists(listed, row)).count();
        answer(u32::try_from(many).unwrap_or(u32::MAX))
    }

    fn unread_urgent(&self, own: Vec<MembershipId>, most: u32) -> CacheFuture<'_, Vec<UnreadUrgent>> {
        let tables = self.lock();
        let listed = tables
            .conversations
            .values()
            .filter(|row| lists(Listed::Unread, row));
        let urgent = listed.flat_map(|row| {
            let unread = tables.of(row.id).filter(|entry| entry.number > row.read);
            unread.map(|entry| (row.id, entry))
        });
        let urgent = urgent.filter(|(_, entry)| {
            let is_urgent = entry.header.kind.is_urgent() && !entry.deleted;
            is_urgent && !own.contains(&entry.header.by)
        });
        let mut urgent: Vec<UnreadUrgent> = urgent
            .map(|(conversation, entry)| UnreadUrgent {
                conversation,
                number: entry.number,
                at: entry.header.at,
            })
            .collect();
        urgent.sort_by_key(|urgent| std::cmp::Reverse((urgent.at, urgent.number, urgent.conversation)));
        urgent.truncate(most as usize);
        answer(urgent)
    }

    fn mentioned(&self, own: Vec<MembershipId>) -> CacheFuture<'_, Vec<(ConversationId, Seq)>> {
        let tables = self.lock();
        let mentions = |entry: &&Entry| {
            let text = entry.text.as_ref();
            text.is_some_and(|text| text.mentions.iter().any(|member| own.contains(member)))
        };
        let last = |(id, entries): (&ConversationId, &BTreeMap<Seq, Entry>)| {
            let last = entries.values().rev().find(mentions)?;
            Some((*id, last.number))
        };
        answer(tables.entries.iter().filter_map(last).collect())
    }

    fn unsettled(&self) -> CacheFuture<'_, Vec<ConversationRow>> {
        let tables = self.lock();
        let holed = |row: &ConversationRow| match tables.segments.get(&row.id).map(Vec::as_slice) {
            Some([one]) => one.range.from != row.anchor.number.next() || one.range.to != row.last,
            _ => row.last > row.anchor.number,
        };
        let unsettled = |row: &&ConversationRow| {
            row.last > Seq(0) && (row.wanted.is_some() || row.read > row.read_sent || holed(row))
        };
        let mut rows: Vec<ConversationRow> =
            tables.conversations.values().filter(unsettled).cloned().collect();
        rows.sort_by(|a, b| b.last_at.cmp(&a.last_at).then(b.id.cmp(&a.id)));
        answer(rows)
    }

    fn conversation_ids(&self) -> CacheFuture<'_, Vec<ConversationId>> {
        let mut ids: Vec<ConversationId> = self.lock().conversations.keys().copied().collect();
        ids.sort();
        answer(ids)
    }

    fn direct(&self, a: MembershipId, b: MembershipId) -> CacheFuture<'_, Option<ConversationId>> {
        let tables = self.lock();
        let mut found: Vec<ConversationId> = tables
            .conversations
            .values()
            .filter(|row| row.head.shape == Shape::Direct && row.head.subject.is_none())
            .filter(|row| row.pair() == Some((a.min(b), a.max(b))))
            .map(|row| row.id)
            .collect();
        found.sort();
        answer(found.first().copied())
    }

    fn entry(&self, conversation: ConversationId, number: Seq) -> CacheFuture<'_, Option<Entry>> {
        answer(
            self.lock()
                .entries
                .get(&conversation)
                .and_then(|entries| entries.get(&number))
                .cloned(),
        )
    }

    fn message(&self, conversation: ConversationId, message: MessageId) -> CacheFuture<'_, Option<Entry>> {
        let tables = self.lock();
        let number = tables.messages.get(&(conversation, message));
        let entries = tables.entries.get(&conversation);
        answer(
            number
                .zip(entries)
                .and_then(|(number, entries)| entries.get(number))
                .cloned(),
        )
    }

    fn about(&self, conversation: ConversationId, targets: SeqRange) -> CacheFuture<'_, Vec<Entry>> {
        let tables = self.lock();
        answer(
            tables
                .of(conversation)
                .filter(|entry| {
                    entry
                        .header
                        .kind
                        .target()
                        .is_some_and(|target| targets.contains(target))
                })
                .cloned()
                .collect(),
        )
    }

    fn timeline(&self, conversation: ConversationId, slice: Slice) -> CacheFuture<'_, Vec<Entry>> {
        let tables = self.lock();
        let wanted = |entry: &&Entry| is_shown(entry) && slice.range.contains(entry.number);
        let limit = slice.limit as usize;
        let entries: Vec<Entry> = if slice.newest {
            let mut newest: Vec<Entry> = tables
                .of(conversation)
                .rev()
                .filter(wanted)
                .take(limit)
                .cloned()
                .collect();
            newest.reverse();
            newest
        } else {
            tables
                .of(conversation)
                .filter(wanted)
                .take(limit)
                .cloned()
                .collect()
        };
        answer(entries)
    }

    fn first_unread(
        &self,
        conversation: ConversationId,
        read: Seq,
        own: Vec<MembershipId>,
    ) -> CacheFuture<'_, Option<Seq>> {
        let tables = self.lock();
        let mut messages = tables
            .of(conversation)
            .filter(|entry| entry.header.kind.is_message());
        answer(
            messages
                .find(|entry| !entry.deleted && entry.number > read && !own.contains(&entry.header.by))
                .map(|entry| entry.number),
        )
    }

    fn segments(&self, conversation: ConversationId) -> CacheFuture<'_, Vec<Segment>> {
        answer(
            self.lock()
                .segments
                .get(&conversation)
                .cloned()
                .unwrap_or_default(),
        )
    }

    fn cards(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        let tables = self.lock();
        answer(
            memberships
                .iter()
                .filter_map(|membership| tables.cards.get(membership))
                .cloned()
                .collect(),
        )
    }

    fn of_family(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        let tables = self.lock();
        let family = |card: &Card| card.profile.name.family.to_ascii_lowercase();
        let wanted: HashSet<String> = memberships
            .iter()
            .filter_map(|membership| tables.cards.get(membership))
            .map(family)
            .collect();
        let found = tables
            .cards
            .values()
            .filter(|card| wanted.contains(&family(card)));
        answer(found.cloned().collect())
    }

    fn all_cards(&self) -> CacheFuture<'_, Vec<Card>> {
        answer(self.lock().cards.values().cloned().collect())
    }

    fn cards_beside(&self, membership: MembershipId) -> CacheFuture<'_, Vec<Card>> {
        let tables = self.lock();
        let person = tables.cards.get(&membership).map(|card| card.person);
        let cards = tables.cards.values().filter(|card| Some(card.person) == person);
        answer(cards.cloned().collect())
    }

    fn all_teams(&self) -> CacheFuture<'_, Vec<TeamCard>> {
        answer(self.lock().teams.values().cloned().collect())
    }

    fn outbox(&self, conversation: Option<ConversationId>) -> CacheFuture<'_, Vec<OutboxRow>> {
        let tables = self.lock();
        let of = |row: &&OutboxRow| conversation.is_none_or(|id| row.conversation == id);
        answer(tables.outbox.values().filter(of).cloned().collect())
    }

    fn outbox_of(&self, command: CommandId) -> CacheFuture<'_, Option<OutboxRow>> {
        answer(
            self.lock()
                .outbox
                .values()
                .find(|row| row.command.id == command)
                .cloned(),
        )
    }

    fn draft(&self, conversation: ConversationId) -> CacheFuture<'_, Option<DraftRow>> {
        answer(self.lock().drafts.get(&conversation).cloned())
    }

    fn drafts(&self) -> CacheFuture<'_, Vec<DraftRow>> {
        answer(self.lock().drafts.values().cloned().collect())
    }

    fn recovered(&self) -> CacheFuture<'_, Vec<RecoveredRow>> {
        answer(self.lock().recovered.values().cloned().collect())
    }

    fn meta(&self, key: &'static str) -> CacheFuture<'_, Option<String>> {
        answer(self.lock().meta.get(key).cloned())
    }

    fn attached(&self, conversation: ConversationId, before: Seq, limit: u32) -> CacheFuture<'_, Vec<Entry>> {
        let tables = self.lock();
        let attached = tables.of(conversation).rev().filter(|entry| {
            entry.number < before && entry.header.kind.is_message() && !entry.attachments.is_empty()
        });
        answer(attached.take(limit as usize).cloned().collect())
    }

    fn found(&self, search: Search) -> CacheFuture<'_, FoundPage> {
        let tables = self.lock();
        let mut all: Vec<(ConversationId, &Entry)> = tables
            .entries
            .iter()
            .flat_map(|(id, entries)| entries.values().map(|entry| (*id, entry)))
            .collect();
        all.sort_unstable_by_key(|(id, entry)| (entry.header.at, *id, entry.number));
        let all: Vec<_> = (0_i64..).zip(all).collect();
        let found = all.into_iter().rev().filter_map(|(place, (id, entry))| {
            let found = FoundEntry::of(place, id, entry)?;
            let is_asked = search.before.is_none_or(|before| place < before)
                && !search.is_empty()
                && !tables.unindexed.contains(&(id, entry.number))
                && search.admits(&found);
            is_asked.then_some(found)
        });
        let entries: Vec<FoundEntry> = found.take(search.limit as usize).collect();
        let is_full = entries.len() >= search.limit as usize;
        let next = entries.last().filter(|_| is_full).map(|last| last.place);
        answer(FoundPage { entries, next })
    }

    fn file(&self, id: AttachmentId) -> CacheFuture<'_, Option<FileRow>> {
        answer(self.lock().files.files.get(&id).cloned())
    }

    fn files(&self, ids: Vec<AttachmentId>) -> CacheFuture<'_, Vec<FileRow>> {
        let tables = self.lock();
        let some = tables.files.files.values().filter(|row| ids.contains(&row.id));
        answer(some.cloned().collect())
    }

    fn unsent_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        answer(self.lock().files.unsent())
    }

    fn to_fetch(&self, which: ToFetch, now: Timestamp, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        answer(self.lock().files.to_fetch(which, now, limit))
    }

    fn refused_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        answer(self.lock().files.refused())
    }

    fn least_used(&self, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        answer(self.lock().files.least_used(limit))
    }

    fn bytes_kept(&self) -> CacheFuture<'_, u64> {
        answer(self.lock().files.bytes_kept())
    }

    fn file_names(&self) -> CacheFuture<'_, Vec<FileName>> {
        answer(self.lock().files.names())
    }

    fn uploads(&self) -> CacheFuture<'_, Vec<UploadRow>> {
        answer(self.lock().files.uploads.values().copied().collect())
    }

    fn indexed_since(&self) -> CacheFuture<'_, Option<Timestamp>> {
        let tables = self.lock();
        let waiting = tables.unindexed.iter();
        let entries = waiting.filter_map(|(id, number)| tables.entries.get(id)?.get(number));
        answer(entries.map(|entry| entry.header.at).max())
    }

    fn to_index(&self) -> CacheFuture<'_, u32> {
        answer(u32::try_from(self.lock().unindexed.len()).unwrap_or(u32::MAX))
    }

    fn index(&self, most: u32) -> CacheFuture<'_, u32> {
        let mut tables = self.lock();
        let some: Vec<_> = tables.unindexed.iter().take(most as usize).copied().collect();
        for one in some {
            tables.unindexed.remove(&one);
        }
        let left = u32::try_from(tables.unindexed.len()).unwrap_or(u32::MAX);
        answer(left.min(COUNTED_LEFT))
    }
}
