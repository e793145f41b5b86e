//! The cache in one SQLCipher file (F1).
//!
//! * `open`: the key goes in, the file is probed, brought up to date (`migrations`) or refused.
//! * `writing`: a list of changes is one transaction, on the one connection that writes; `statements` go to it together.
//! * `conversations`, `entries`, `files`, `outgoing`, `known`: the tables, with what is read of them.
//! * `words`: the indexes that search looks words up in; `vocabulary`: the different words in them; `found`: what it finds by them,
//!   and by `marks`.
//! * `room`: whether the disk is full.
//! * `bare`, `bare_search`: the same rows, and the same questions, with nothing around them, for the benchmarks.
//!
//! *Invariants:* exactly one connection writes or checkpoints, since the SQLite that comes along can lose a write
//! when two do; the others (`readers`) are opened for reading only. No statement is logged. Numbers, ids and times that a
//! query asks for are columns; the rest is JSON, read whole.

#[cfg(feature = "test-support")]
mod bare;
#[cfg(feature = "test-support")]
mod bare_search;
mod conversations;
mod entries;
mod error;
mod files;
mod found;
mod known;
mod marks;
mod migrations;
mod open;
mod outgoing;
mod room;
mod row_reader;
mod statements;
mod vocabulary;
mod words;
mod writing;

#[cfg(test)]
mod tests;

use std::fmt;

use conversation::organisation::{Card, TeamCard};
use conversation::{
    AttachmentId, CommandId, ConversationId, MembershipId, MessageId, Seq, SeqRange, Timestamp,
};
use sqlite::Readers;
use tokio::sync::Mutex;

use self::room::Room;
use self::vocabulary::Vocabulary;
use self::writing::Writer;
use super::*;
use crate::files::FileName;
use crate::lock_file::LockFile;

#[cfg(feature = "test-support")]
pub use bare::Bare;
#[cfg(feature = "test-support")]
pub use bare_search::{BareIndex, BareQuestion, BareSearch};
pub use open::OpenError;

/// The file, open. [`SqlCipherCache::close`] closes it; dropped, it closes too, and holds its thread up meanwhile.
pub struct SqlCipherCache {
    readers: Readers,
    writer: Mutex<Option<Writer>>,
    vocabulary: Vocabulary,
    room: Room,
    _lock: LockFile,
}

impl fmt::Debug for SqlCipherCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqlCipherCache")
    }
}

/// Asks a table on a connection that only reads.
macro_rules! read {
    ($cache:ident, $table:ident :: $query:ident ( $($argument:expr),* )) => {
        Box::pin(async move {
            let mut reader = $cache.readers.get().await?;
            $table::$query(reader.db()?, $($argument),*).await
        })
    };
}

impl SqlCipherCache {
    /// Reads the whole file: whether every page is as it was written.
    #[cfg(feature = "test-support")]
    pub async fn is_whole(&self) -> Result<bool, CacheError> {
        let mut reader = self.readers.get().await?;
        known::is_whole(reader.db()?).await
    }

    async fn know_words(&self) -> Result<(), CacheError> {
        if self.vocabulary.is_known() {
            return Ok(());
        }
        let mut writer = self.writer.lock().await;
        let writer = writer.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        writer.know(&self.vocabulary).await
    }

    fn noted<T>(&self, written: Result<T, CacheError>) -> Result<T, CacheError> {
        self.room.note(&written);
        written
    }
}

impl Cache for SqlCipherCache {
    fn write(&self, changes: Vec<Change>) -> CacheFuture<'_, ()> {
        Box::pin(async move {
            let is_cleared = changes.iter().any(|change| matches!(change, Change::Clear));
            let mut writer = self.writer.lock().await;
            let writer = writer.as_mut().ok_or(sqlx::Error::PoolClosed)?;
            let written = writer.write(changes).await;
            if is_cleared {
                self.vocabulary.forget();
            }
            self.noted(written)
        })
    }

    fn conversation(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationRow>> {
        read!(self, conversations::one(id))
    }

    fn conversations(&self, ids: Vec<ConversationId>) -> CacheFuture<'_, Vec<ConversationRow>> {
        read!(self, conversations::some(&ids))
    }

    /// On the connection that writes: the others forget their pages at each write, and read them anew.
    fn before_change(&self, id: ConversationId) -> CacheFuture<'_, BeforeChange> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let writer = writer.as_mut().ok_or(sqlx::Error::PoolClosed)?;
            writer.before_change(id).await
        })
    }

    fn alias(&self, id: ConversationId) -> CacheFuture<'_, Option<ConversationId>> {
        read!(self, outgoing::alias(id))
    }

    fn overview(&self, listed: Listed, from: u32, limit: u32) -> CacheFuture<'_, Vec<ConversationRow>> {
        read!(self, conversations::overview(listed, from, limit))
    }

    fn overview_count(&self, listed: Listed) -> CacheFuture<'_, u32> {
        read!(self, conversations::overview_count(listed))
    }

    fn unread_urgent(&self, own: Vec<MembershipId>, most: u32) -> CacheFuture<'_, Vec<UnreadUrgent>> {
        read!(self, entries::unread_urgent(&own, most))
    }

    fn mentioned(&self, own: Vec<MembershipId>) -> CacheFuture<'_, Vec<(ConversationId, Seq)>> {
        read!(self, entries::mentioned(&own))
    }

    fn unsettled(&self) -> CacheFuture<'_, Vec<ConversationRow>> {
        read!(self, conversations::unsettled())
    }

    fn conversation_ids(&self) -> CacheFuture<'_, Vec<ConversationId>> {
        read!(self, conversations::ids())
    }

    fn direct(&self, a: MembershipId, b: MembershipId) -> CacheFuture<'_, Option<ConversationId>> {
        read!(self, conversations::direct(a, b))
    }

    fn entry(&self, conversation: ConversationId, number: Seq) -> CacheFuture<'_, Option<Entry>> {
        read!(self, entries::one(conversation, number))
    }

    fn message(&self, conversation: ConversationId, message: MessageId) -> CacheFuture<'_, Option<Entry>> {
        read!(self, entries::message(conversation, message))
    }

    fn about(&self, conversation: ConversationId, targets: SeqRange) -> CacheFuture<'_, Vec<Entry>> {
        read!(self, entries::about(conversation, targets))
    }

    fn timeline(&self, conversation: ConversationId, slice: Slice) -> CacheFuture<'_, Vec<Entry>> {
        read!(self, entries::timeline(conversation, slice))
    }

    fn first_unread(
        &self,
        conversation: ConversationId,
        read: Seq,
        own: Vec<MembershipId>,
    ) -> CacheFuture<'_, Option<Seq>> {
        read!(self, entries::first_unread(conversation, read, &own))
    }

    fn segments(&self, conversation: ConversationId) -> CacheFuture<'_, Vec<Segment>> {
        read!(self, conversations::segments(conversation))
    }

    fn cards(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        read!(self, known::cards(&memberships))
    }

    fn of_family(&self, memberships: Vec<MembershipId>) -> CacheFuture<'_, Vec<Card>> {
        read!(self, known::of_family(&memberships))
    }

    fn all_cards(&self) -> CacheFuture<'_, Vec<Card>> {
        read!(self, known::all_cards())
    }

    fn cards_beside(&self, membership: MembershipId) -> CacheFuture<'_, Vec<Card>> {
        read!(self, known::cards_beside(membership))
    }

    fn all_teams(&self) -> CacheFuture<'_, Vec<TeamCard>> {
        read!(self, known::all_teams())
    }

    fn outbox(&self, conversation: Option<ConversationId>) -> CacheFuture<'_, Vec<OutboxRow>> {
        read!(self, outgoing::outbox(conversation))
    }

    fn outbox_of(&self, command: CommandId) -> CacheFuture<'_, Option<OutboxRow>> {
        read!(self, outgoing::outbox_of(command))
    }

    fn draft(&self, conversation: ConversationId) -> CacheFuture<'_, Option<DraftRow>> {
        read!(self, outgoing::draft(conversation))
    }

    fn drafts(&self) -> CacheFuture<'_, Vec<DraftRow>> {
        read!(self, outgoing::drafts())
    }

    fn recovered(&self) -> CacheFuture<'_, Vec<RecoveredRow>> {
        read!(self, outgoing::recovered())
    }

    fn meta(&self, key: &'static str) -> CacheFuture<'_, Option<String>> {
        read!(self, known::meta(key))
    }

    fn attached(&self, conversation: ConversationId, before: Seq, limit: u32) -> CacheFuture<'_, Vec<Entry>> {
        read!(self, entries::attached(conversation, before, limit))
    }

    fn found(&self, search: Search) -> CacheFuture<'_, FoundPage> {
        Box::pin(async move {
            self.know_words().await?;
            let mut reader = self.readers.get().await?;
            found::found(reader.db()?, &search, &self.vocabulary).await
        })
    }

    fn count_found(&self, search: Search) -> CacheFuture<'_, FoundCount> {
        Box::pin(async move {
            self.know_words().await?;
            let mut reader = self.readers.get().await?;
            found::count(reader.db()?, &search, &self.vocabulary).await
        })
    }

    fn file(&self, id: AttachmentId) -> CacheFuture<'_, Option<FileRow>> {
        read!(self, files::one(id))
    }

    fn files(&self, ids: Vec<AttachmentId>) -> CacheFuture<'_, Vec<FileRow>> {
        read!(self, files::some(&ids))
    }

    fn unsent_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        read!(self, files::unsent())
    }

    fn to_fetch(&self, which: ToFetch, now: Timestamp, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        read!(self, files::to_fetch(which, now, limit))
    }

    fn refused_files(&self) -> CacheFuture<'_, Vec<FileRow>> {
        read!(self, files::refused())
    }

    fn least_used(&self, limit: u32) -> CacheFuture<'_, Vec<FileRow>> {
        read!(self, files::least_used(limit))
    }

    fn bytes_kept(&self) -> CacheFuture<'_, u64> {
        read!(self, files::bytes_kept())
    }

    fn file_names(&self) -> CacheFuture<'_, Vec<FileName>> {
        read!(self, files::names())
    }

    fn uploads(&self) -> CacheFuture<'_, Vec<UploadRow>> {
        read!(self, files::uploads())
    }

    fn indexed_since(&self) -> CacheFuture<'_, Option<Timestamp>> {
        read!(self, words::indexed_since())
    }

    fn to_index(&self) -> CacheFuture<'_, u32> {
        read!(self, words::to_index())
    }

    fn index(&self, most: u32) -> CacheFuture<'_, u32> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let writer = writer.as_mut().ok_or(sqlx::Error::PoolClosed)?;
            self.noted(writer.index(most, &self.vocabulary).await)
        })
    }

    fn merge(&self) -> CacheFuture<'_, bool> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let writer = writer.as_mut().ok_or(sqlx::Error::PoolClosed)?;
            self.noted(writer.merge().await)
        })
    }

    fn has_room(&self) -> bool {
        self.room.is_left()
    }
}
