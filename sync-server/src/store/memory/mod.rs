//! A store in memory, for the simulation: it never waits, and it is deterministic.
//!
//! To simulate a restart, keep the `Arc` and open another server on it. To simulate a restored backup, take a copy
//! ([`Memory::copy`]) and open a server on it later.

mod attention;
mod jobs;
mod snapshot;
mod tables;
mod urgent;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use conversation::{
    AttachmentId, CommandId, ConversationId, DeviceId, MessageId, OrganisationId, PersonId, Seq, Sha256,
    Timestamp,
};
use futures_util::FutureExt as _;
use trail::Digest;
use uuid::Uuid;

use super::*;
use snapshot::MemorySnapshot;
use tables::{Tables, read};

#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
    gives_way: AtomicBool,
}

impl Memory {
    /// A copy of the current contents, as a backup.
    pub fn copy(&self) -> Memory {
        Memory {
            tables: Mutex::new(self.tables().clone()),
            gives_way: AtomicBool::new(self.gives_way.load(Ordering::Relaxed)),
        }
    }

    /// From now on each call waits once before and once after it is done, or no longer, so that a test can interrupt a caller
    /// there, or let another go first.
    pub fn give_way(&self, gives_way: bool) {
        self.gives_way.store(gives_way, Ordering::Relaxed);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        answer: impl FnOnce(&mut Tables) -> T + Send + 'a,
    ) -> StoreFuture<'a, T> {
        self.attempt(move |tables| Ok(answer(tables)))
    }

    fn attempt<'a, T: Send + 'a>(
        &'a self,
        attempt: impl FnOnce(&mut Tables) -> Result<T, StoreError> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        if !self.gives_way.load(Ordering::Relaxed) {
            let done = attempt(&mut self.tables());
            return std::future::ready(done).boxed();
        }
        async move {
            give_way().await;
            let done = attempt(&mut self.tables());
            give_way().await;
            done
        }
        .boxed()
    }
}

/// Waits once.
fn give_way() -> impl Future<Output = ()> {
    let mut waited = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

impl Store for Memory {
    fn use_keys(&self, _: SharedRowKeys, _: Option<ServerRow>) -> StoreFuture<'_, ()> {
        self.answer(move |_| ())
    }

    fn snapshot(&self) -> StoreFuture<'_, Box<dyn Snapshot>> {
        self.answer(move |tables| Box::new(MemorySnapshot(tables.clone())) as Box<dyn Snapshot>)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

impl ServerStore for Memory {
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>> {
        self.answer(move |tables| tables.server.clone())
    }

    fn create_server<'a>(&'a self, row: &'a ServerRow, _: &'a [u8]) -> StoreFuture<'a, ()> {
        self.answer(move |tables| tables.server = Some(row.clone()))
    }
}

impl LogStore for Memory {
    fn mark(&self) -> StoreFuture<'_, Watermark> {
        self.answer(move |tables| tables.mark())
    }

    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved> {
        self.answer(move |tables| tables.resolve(resolve))
    }

    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>> {
        self.answer(move |tables| ids.iter().filter_map(|id| tables.message(id)).collect())
    }

    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>> {
        self.answer(move |tables| {
            let rows = ids.iter().filter_map(|id| tables.conversations.get(id));
            rows.cloned().collect()
        })
    }

    fn was_refused(
        &self,
        account: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> StoreFuture<'_, bool> {
        self.answer(move |tables| {
            let of_account = tables
                .command_results
                .range((account, CommandId(uuid::Uuid::nil()))..)
                .take_while(|((who, _), _)| *who == account)
                .map(|(_, row)| row);
            of_account
                .filter(|row| row.refused && row.conversation == conversation)
                .any(|row| match message {
                    Some(_) => row.message == message,
                    None => row.starts,
                })
        })
    }

    fn append<'a>(&'a self, append: &'a Append) -> StoreFuture<'a, Appended> {
        self.attempt(move |tables| tables.append(append))
    }

    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64> {
        self.answer(move |tables| {
            let were = tables.command_results.len();
            tables
                .command_results
                .retain(|_, row| !row.refused || row.at >= before);
            (were - tables.command_results.len()) as u64
        })
    }

    fn changes_since<'a>(
        &'a self,
        person: PersonId,
        since: &'a Watermark,
        following: &'a [ConversationId],
    ) -> StoreFuture<'a, Changes> {
        self.answer(move |tables| tables.changes_since(person, since, following))
    }

    fn conversations_of(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>> {
        self.answer(move |tables| {
            let own = tables
                .participants
                .iter()
                .filter(|((who, _), row)| *who == person && row.open);
            own.map(|((_, conversation), _)| *conversation).collect()
        })
    }

    fn conversation_links(&self, subject: Uuid) -> StoreFuture<'_, Vec<ConversationId>> {
        self.answer(move |tables| {
            let first = (subject, ConversationId(Uuid::nil()));
            let rows = tables
                .conversation_links
                .range(first..)
                .take_while(|(of, _)| *of == subject);
            rows.map(|(_, conversation)| *conversation).collect()
        })
    }

    fn own_conversation_links(
        &self,
        subject: Uuid,
        person: PersonId,
    ) -> StoreFuture<'_, Vec<ConversationId>> {
        self.answer(move |tables| {
            let own = tables.participants.keys().filter(|(of, _)| *of == person);
            let own = own.map(|(_, conversation)| *conversation);
            own.filter(|id| tables.conversation_links.contains(&(subject, *id)))
                .collect()
        })
    }

    fn fitting<'a>(&'a self, slices: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>> {
        self.answer(move |tables| {
            let sizes = slices.iter().enumerate().flat_map(|(place, asked)| {
                let places = (asked.conversation, asked.from)..=(asked.conversation, asked.to);
                let rows = tables.events.range(places).rev();
                rows.map(move |((_, number), row)| {
                    (place, *number, (row.header.len() + row.content.len()) as u64)
                })
            });
            fit(slices, most, sizes)
        })
    }

    fn slices<'a>(&'a self, slices: &'a [Slice]) -> StoreFuture<'a, Vec<ReadRow>> {
        self.answer(move |tables| {
            let mut rows = Vec::new();
            for asked in slices.iter().filter(|asked| asked.from <= asked.to) {
                let places = (asked.conversation, asked.from)..=(asked.conversation, asked.to);
                rows.extend(tables.events.range(places).map(|(_, row)| read(row)));
            }
            rows
        })
    }

    fn links<'a>(
        &'a self,
        places: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq, Digest)>> {
        self.answer(move |tables| {
            let rows = places.iter().filter_map(|place| tables.events.get(place));
            rows.map(|row| (row.conversation, row.number, row.link)).collect()
        })
    }

    fn link_at(&self, offset: u64) -> StoreFuture<'_, Option<Digest>> {
        self.answer(move |tables| {
            let place = tables.places.get(&offset)?;
            tables.events.get(place).map(|row| row.link)
        })
    }

    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>> {
        self.answer(move |tables| {
            let places = (conversation, after.next())..=(conversation, Seq(u64::MAX));
            let rows = tables.events.range(places).take(most as usize);
            rows.map(|(_, row)| row.clone()).collect()
        })
    }

    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>> {
        self.answer(move |tables| ids.iter().filter_map(|id| tables.keys.get(id)).cloned().collect())
    }
}

impl AccountStateStore for Memory {
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>> {
        self.answer(move |tables| {
            let rows = tables
                .positions
                .values()
                .filter(|(_, row)| row.conversation == conversation);
            rows.map(|(_, row)| (row.person, row.number)).collect()
        })
    }

    fn read_positions<'a>(
        &'a self,
        person: PersonId,
        conversations: &'a [ConversationId],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq)>> {
        self.answer(move |tables| {
            let rows = conversations
                .iter()
                .filter_map(|id| tables.positions.get(&(person, *id)));
            rows.map(|(_, row)| (row.conversation, row.number)).collect()
        })
    }

    fn personal_usage<'a>(
        &'a self,
        person: PersonId,
        fields: &'a [&'a str],
    ) -> StoreFuture<'a, PersonalUsage> {
        self.answer(move |tables| {
            let mut usage = PersonalUsage::default();
            let rows = tables.personal.values().map(|(_, row)| row);
            for row in rows.filter(|row| row.person == person) {
                let value = row.value.len() as u64;
                usage.fields += 1;
                usage.bytes += row.field.len() as u64 + value;
                if fields.contains(&row.field.as_str()) {
                    usage.there.insert(row.field.clone(), value);
                }
            }
            usage
        })
    }

    fn personal<'a>(&'a self, person: PersonId, fields: &'a [&'a str]) -> StoreFuture<'a, Vec<PersonalRow>> {
        self.answer(move |tables| {
            let rows = fields
                .iter()
                .filter_map(|field| tables.personal.get(&(person, (*field).to_owned())));
            rows.map(|(_, row)| row.clone()).collect()
        })
    }

    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>> {
        self.answer(move |tables| tables.aliases.get(&(person, from)).map(|(_, row)| row.to))
    }
}

impl OrganisationStore for Memory {
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>> {
        self.answer(move |tables| {
            let rows = tables.organisation_events.range(after + 1..).take(most as usize);
            rows.map(|(offset, row)| (*offset, row.clone())).collect()
        })
    }
}

impl SourceStore for Memory {
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>> {
        self.answer(move |tables| tables.sources.values().find(|row| row.hash == *hash).cloned())
    }

    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>> {
        self.answer(move |tables| {
            let rows = tables
                .sources
                .values()
                .filter(|row| row.organisation == organisation);
            rows.cloned().collect()
        })
    }
}

impl AccountStore for Memory {
    fn account(&self, person: PersonId) -> StoreFuture<'_, Option<AccountRow>> {
        self.answer(move |tables| tables.accounts.get(&person).cloned())
    }

    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>> {
        self.answer(move |tables| {
            let person = tables.logins.get(login)?;
            tables.accounts.get(person).cloned()
        })
    }

    fn change_password<'a>(
        &'a self,
        person: PersonId,
        before: &'a str,
        hash: &'a str,
    ) -> StoreFuture<'a, bool> {
        self.answer(move |tables| match tables.accounts.get_mut(&person) {
            Some(account) if account.password.as_deref() == Some(before) => {
                account.password = Some(hash.to_owned());
                true
            }
            _ => false,
        })
    }

    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>> {
        self.answer(move |tables| tables.invitations.get(hash).cloned())
    }
}

impl SessionStore for Memory {
    fn begin_session<'a>(&'a self, start: &'a SessionStart) -> StoreFuture<'a, Option<Vec<Ended>>> {
        self.answer(move |tables| tables.begin_session(start))
    }

    fn change_account<'a>(&'a self, change: &'a AccountChange) -> StoreFuture<'a, Option<Vec<Ended>>> {
        self.answer(move |tables| tables.change_account(change))
    }

    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>> {
        self.answer(move |tables| tables.sessions.get(&id).cloned())
    }

    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool> {
        self.answer(move |tables| match tables.sessions.get_mut(&id) {
            Some(row) if row.ended.is_none() && row.generation == from => {
                row.generation += 1;
                row.refreshed_at = at;
                row.expires_at = expires;
                true
            }
            _ => false,
        })
    }

    fn end_session(&self, id: SessionId, end: SessionEnd) -> StoreFuture<'_, bool> {
        self.answer(move |tables| match tables.sessions.get_mut(&id) {
            Some(row) if row.ended.is_none() => {
                row.ended = Some(end);
                true
            }
            _ => false,
        })
    }

    fn end_sessions(&self, person: PersonId, end: SessionEnd) -> StoreFuture<'_, Vec<Ended>> {
        self.answer(move |tables| tables.end_sessions(person, None, end))
    }

    fn recently_ended(
        &self,
        person: PersonId,
        since: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<SessionRow>> {
        self.answer(move |tables| {
            let ended_at = |row: &SessionRow| row.ended.map(|end| end.at);
            let rows = tables.sessions.values();
            let rows = rows.filter(|row| row.person == person && ended_at(row) >= Some(since));
            let mut rows: Vec<SessionRow> = rows.cloned().collect();
            rows.sort_by_key(|row| std::cmp::Reverse((ended_at(row), row.id)));
            rows.truncate(most as usize);
            rows
        })
    }

    fn standing_sessions(&self, person: PersonId) -> StoreFuture<'_, Vec<SessionRow>> {
        self.answer(move |tables| {
            let rows = tables.sessions.values();
            let rows = rows.filter(|row| row.person == person && row.ended.is_none());
            let mut rows: Vec<SessionRow> = rows.cloned().collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.refreshed_at, row.id)));
            rows
        })
    }

    fn is_device_of(&self, person: PersonId, device: DeviceId) -> StoreFuture<'_, bool> {
        self.answer(move |tables| {
            let mut sessions = tables.sessions.values();
            sessions.any(|row| row.person == person && row.device == device)
        })
    }

    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<Ended>> {
        self.answer(move |tables| {
            let rows = tables.sessions.values();
            let ended = rows.filter_map(|row| Some((row.id, row.ended?)));
            ended.filter(|(_, end)| end.at >= at).collect()
        })
    }
}

impl AttachmentStore for Memory {
    fn create_attachment<'a>(
        &'a self,
        row: &'a AttachmentRow,
        quota: &'a UploadQuota,
    ) -> StoreFuture<'a, BeginUpload> {
        self.answer(move |tables| {
            if tables.attachments.contains_key(&row.id) {
                return BeginUpload::Taken;
            }
            let (mut files, mut unnamed, mut lately) = (0, row.size, row.size);
            for other in tables
                .attachments
                .values()
                .filter(|other| other.person == row.person)
            {
                if other.message.is_none() {
                    files += 1;
                    unnamed += other.size;
                }
                if other.begun_at >= quota.lately {
                    lately += other.size;
                }
            }
            if files >= quota.unnamed_files || unnamed > quota.unnamed_bytes || lately > quota.lately_bytes {
                return BeginUpload::OverQuota;
            }
            tables.attachments.insert(row.id, row.clone());
            BeginUpload::Begun
        })
    }

    fn attachments<'a>(&'a self, ids: &'a [AttachmentId]) -> StoreFuture<'a, Vec<AttachmentRow>> {
        self.answer(move |tables| {
            let rows = ids.iter().filter_map(|id| tables.attachments.get(id));
            rows.cloned().collect()
        })
    }

    fn attachments_of<'a>(
        &'a self,
        messages: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<AttachmentRow>> {
        self.answer(move |tables| {
            let named = |row: &&AttachmentRow| {
                let message = row.message.map(|message| (row.conversation, message));
                !row.dropped && message.is_some_and(|message| messages.contains(&message))
            };
            tables.attachments.values().filter(named).cloned().collect()
        })
    }

    fn extend_attachment<'a>(&'a self, part: &'a ReceivedPart) -> StoreFuture<'a, bool> {
        self.answer(move |tables| {
            let goes_on = |row: &&mut AttachmentRow| {
                let fits = part.to <= row.size && (part.whole.is_none() || part.to == row.size);
                row.received == part.from && row.sha256.is_none() && fits
            };
            let Some(row) = tables.attachments.get_mut(&part.id).filter(goes_on) else {
                return false;
            };
            row.received = part.to;
            row.held_back.clone_from(&part.held_back);
            row.sha256 = part.whole.map(|whole| whole.sha256);
            row.refused = part.whole.is_some_and(|whole| whole.refused);
            row.unchecked = part.whole.is_some_and(|whole| whole.unchecked);
            true
        })
    }

    fn judge_attachment(&self, id: AttachmentId, sha256: Sha256, refused: bool) -> StoreFuture<'_, bool> {
        self.answer(move |tables| {
            let scanned = |row: &&mut AttachmentRow| row.sha256 == Some(sha256);
            let Some(row) = tables.attachments.get_mut(&id).filter(scanned) else {
                return false;
            };
            row.unchecked = false;
            row.refused |= refused;
            true
        })
    }

    fn unchecked_attachments(&self, most: u32) -> StoreFuture<'_, Vec<AttachmentRow>> {
        self.answer(move |tables| {
            let unchecked = tables.attachments.values().filter(|row| row.unchecked);
            let mut rows: Vec<AttachmentRow> = unchecked.cloned().collect();
            rows.sort_by_key(|row| row.begun_at);
            rows.truncate(most as usize);
            rows
        })
    }

    fn attachments_after(
        &self,
        after: Option<AttachmentId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<AttachmentRow>> {
        self.answer(move |tables| {
            let later = tables
                .attachments
                .values()
                .filter(|row| after.is_none_or(|after| row.id > after));
            later.take(most as usize).cloned().collect()
        })
    }

    fn delete_attachment(&self, person: PersonId, id: AttachmentId) -> StoreFuture<'_, bool> {
        self.answer(move |tables| {
            let row = tables.attachments.get(&id);
            let deletes = row.is_some_and(|row| row.person == person && row.message.is_none());
            if deletes {
                tables.attachments.remove(&id);
            }
            deletes
        })
    }

    fn abandoned_attachments(
        &self,
        before: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<(PersonId, AttachmentId)>> {
        self.answer(move |tables| {
            let abandoned = |row: &&AttachmentRow| row.message.is_none() && row.begun_at < before;
            let mut rows: Vec<&AttachmentRow> = tables.attachments.values().filter(abandoned).collect();
            rows.sort_by_key(|row| row.begun_at);
            let ids = rows.iter().take(most as usize).map(|row| (row.person, row.id));
            ids.collect()
        })
    }
}
