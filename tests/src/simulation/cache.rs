//! A device's cache: the one in memory, behind a seam at which the program dies between two writes, or a planted
//! fault sits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::cache::memory::MemoryCache;
use client::cache::*;
use client::files::FileName;
use conversation::organisation::{Card, TeamCard};
use conversation::{
    AttachmentId, CommandId, ConversationId, MembershipId, MessageId, Seq, SeqRange, Timestamp,
};

use super::faults::{CacheFault, Fault};

#[derive(Debug)]
pub(super) struct SimCache {
    memory: MemoryCache,
    fuse: Mutex<Fuse>,
    fault: Mutex<CacheFault>,
    writes: AtomicU64,
    little_room: bool,
}

/// Bytes of files that fit on a device with little room. That they do not is said by counting others that are not there.
const LITTLE_ROOM: u64 = 2_500;
/// The usual room.
const ROOM: u64 = 2_000_000_000;

/// When the program dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fuse {
    Whole,
    /// After so many writes more.
    Lit(u32),
    Burnt,
}

impl SimCache {
    pub(super) fn new(memory: MemoryCache, fault: Option<Fault>, little_room: bool) -> SimCache {
        SimCache {
            memory,
            fuse: Mutex::new(Fuse::Whole),
            fault: Mutex::new(CacheFault::new(fault)),
            writes: AtomicU64::new(0),
            little_room,
        }
    }

    /// The program dies after so many writes more: what it writes then is not written.
    pub(super) fn die_after(&self, writes: u32) {
        *self.fuse() = Fuse::Lit(writes);
    }

    /// How often something was written.
    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    pub(super) fn has_little_room(&self) -> bool {
        self.little_room
    }

    /// Whether it died; if not, it no longer will.
    pub(super) fn died(&self) -> bool {
        let mut fuse = self.fuse();
        let died = *fuse == Fuse::Burnt;
        *fuse = Fuse::Whole;
        died
    }

    fn fuse(&self) -> MutexGuard<'_, Fuse> {
        self.fuse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn burn(&self) -> bool {
        let mut fuse = self.fuse();
        *fuse = match *fuse {
            Fuse::Whole => Fuse::Whole,
            Fuse::Lit(0) | Fuse::Burnt => Fuse::Burnt,
            Fuse::Lit(writes) => Fuse::Lit(writes - 1),
        };
        *fuse == Fuse::Burnt
    }
}

impl Cache for SimCache {
    fn write(&self, changes: Vec<Change>) -> CacheFuture<'_, ()> {
        if self.burn() {
            return Box::pin(std::future::ready(Err(CacheError::Failed(
                "the program died".into(),
            ))));
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = fault.keys_kept(&self.memory, &changes);
        let mut changes = fault.spoil(changes);
        changes.extend(kept);
        self.memory.write(changes)
    }

    fn conversation(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationRow>> {
        self.memory.conversation(id)
    }

    fn conversations(&self, ids: Vec<ConversationId>) -> CacheFuture<'_, Vec<ConversationRow>> {
        self.memory.conversations(ids)
    }

    fn before_change(&self, id: ConversationId) -> CacheFuture<'_, BeforeChange> {
        self.memory.before_change(id)
    }

    fn alias(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationId>> {
        self.memory.alias(id)
    }

    fn overview(&self, listed: Listed, from: u32, limit: u32) -> CacheFuture<'_, Vec<ConversationRow>> {
        self.memory.overview(listed, from, limit)
    }

    fn overview_count(&self, listed: Listed) -> CacheFuture<'_, u32> {
        self.memory.overview_count(listed)
    }

    fn unread_urgent(&self, own: Vec<MembershipId>, most: u32) -> CacheFuture<'_, Vec<UnreadUrgent>> {
        self.memory.unread_urgent(own, most)
    }

    fn mentioned(&self, own: Vec<MembershipId>) -> CacheFuture<'_, Vec<(ConversationId, Seq)>> {
        self.memory.mentioned(own)
    }

    fn unsettled(&self) -> CacheFuture<'_, Vec<ConversationRow>> {
        self.memory.unsettled()
    }

    fn conversation_ids(&self) -> CacheFuture<'_, Vec<ConversationId>> {
        self.memory.conversation_ids()
    }

    fn direct(&self, a: MembershipId, b: MembershipId) -> CacheFuture<'_, Option<ConversationId>> {
        self.memory.direct(a, b)
    }

    fn entry(&self, conversation: ConversationId, number: Seq) -> CacheFuture<'_, Option<Entry>> {
        self.memory.entry(conversation, number)
    }

    fn message(&self, conversation: ConversationId, message: MessageId) -> CacheFuture<'_, Option<Entry>> {
        self.memory.message(conversation, message)
    }

    fn about(&self, conversation: ConversationId, targets: SeqRange) -> CacheFuture<'_, Vec<Entry>> {
        self.memory.about(conversation, targets)
    }

    fn timeline(&self, conversation: ConversationId, slice: Slice) -> CacheFuture<'_, Vec<Entry>> {
        self.memory.timeline(conversation, slice)
    }

    fn first_unread(
        &self,
        conversation: ConversationId,
        read: Seq,
        own: Vec<MembershipId>,
    ) -> CacheFuture<'_, Option<Seq>> {
        self.memory.first_unread(conversation, read, own)
    }

    fn attached(&self, conversation: ConversationId, before: Seq, limit: u32) -> CacheFuture<'_, Vec<Entry>> {
        self.memory.attached(conversation, before, limit)
    }

    fn found(&self, search: Search) -> CacheFuture<'_, FoundPage> {
        self.memory.found(search)
    }

    fn file(&self, id: AttachmentId) -> CacheFuture<'_, Option<FileRow>> {
        self.memory.file(id)
    }

    fn files(&self, ids: Vec<AttachmentId>) -> CacheFuture<'_, Vec<FileRow>> {
        self.memory.files(ids)
    }

    fn unsent_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        self.memory.unsent_files()
    }

    fn to_fetch(&self, which: ToFetch, now: Timestamp, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        self.memory.to_fetch(which, now, limit)
    }

    fn refused_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        self.memory.refused_files()
    }

    fn least_used(&self, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        let pinned = self.fault.lock().unwrap_or_else(PoisonError::into_inner).pinned();
        if pinned.is_empty() {
            return self.memory.least_used(limit);
        }
        let (pinned, others) = (self.memory.files(pinned), self.memory.least_used(limit));
        Box::pin(async move {
            let mut rows = pinned.await?;
            rows.retain(|row| row.pinned && row.whole);
            rows.extend(others.await?);
            Ok(rows)
        })
    }

    fn bytes_kept(&self) -> CacheFuture<'_, u64> {
        let others = if self.little_room { ROOM - LITTLE_ROOM } else { 0 };
        let kept = self.memory.bytes_kept();
        Box::pin(async move { Ok(kept.await? + others) })
    }

    fn file_names(&self) -> CacheFuture<'_, Vec<FileName>> {
        self.memory.file_names()
    }

    fn uploads(&self) -> CacheFuture<'_, Vec<UploadRow>> {
        self.memory.uploads()
    }

    fn segments(&self, conversation: ConversationId) -> CacheFuture<'_, Vec<Segment>> {
        self.memory.segments(conversation)
    }

    fn cards(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        self.memory.cards(memberships)
    }

    fn of_family(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        self.memory.of_family(memberships)
    }

    fn all_cards(&self) -> CacheFuture<'_, Vec<Card>> {
        self.memory.all_cards()
    }

    fn cards_beside(&self, membership: MembershipId) -> CacheFuture<'_, Vec<Card>> {
        self.memory.cards_beside(membership)
    }

    fn all_teams(&self) -> CacheFuture<'_, Vec<TeamCard>> {
        self.memory.all_teams()
    }

    fn outbox(&self, conversation: Option<ConversationId>) -> CacheFuture<'_, Vec<OutboxRow>> {
        self.memory.outbox(conversation)
    }

    fn outbox_of(&self, command: CommandId) -> CacheFuture<'_, Option<OutboxRow>> {
        self.memory.outbox_of(command)
    }

    fn draft(&self, conversation: ConversationId) -> CacheFuture<'_, Option<DraftRow>> {
        self.memory.draft(conversation)
    }

    fn drafts(&self) -> CacheFuture<'_, Vec<DraftRow>> {
        self.memory.drafts()
    }

    fn recovered(&self) -> CacheFuture<'_, Vec<RecoveredRow>> {
        self.memory.recovered()
    }

    fn meta(&self, key: &'static str) -> CacheFuture<'_, Option<String>> {
        self.memory.meta(key)
    }

    fn indexed_since(&self) -> CacheFuture<'_, Option<Timestamp>> {
        self.memory.indexed_since()
    }

    fn to_index(&self) -> CacheFuture<'_, u32> {
        self.memory.to_index()
    }

    fn index(&self, most: u32) -> CacheFuture<'_, u32> {
        self.memory.index(most)
    }
}
