//! A store in memory, for the simulation: it never waits, and it is deterministic.
//!
//! To simulate a restart, keep the `Arc` and open another server on it. To simulate a restored backup, take a copy
//! ([`Memory::copy`]) and open a server on it later.

mod snapshot;
mod tables;

use std::sync::{Mutex, MutexGuard, PoisonError};

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
pub struct Memory(Mutex<Tables>);

impl Memory {
    /// A copy of the current contents, as a backup.
    pub fn copy(&self) -> Memory {
        Memory(Mutex::new(self.tables().clone()))
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<'a, T: Send + 'a>(&self, answer: impl FnOnce(&mut Tables) -> T) -> StoreFuture<'a, T> {
        let answer = answer(&mut self.tables());
        std::future::ready(Ok(answer)).boxed()
    }
}

impl Store for Memory {
    fn use_keys(&self, _: SharedRowKeys, _: Option<ServerRow>) -> StoreFuture<'_, ()> {
        self.answer(|_| ())
    }

    fn snapshot(&self) -> StoreFuture<'_, Box<dyn Snapshot>> {
        self.answer(|tables| Box::new(MemorySnapshot(tables.clone())) as Box<dyn Snapshot>)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

impl ServerStore for Memory {
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>> {
        self.answer(|tables| tables.server.clone())
    }

    fn create_server<'a>(&'a self, row: &'a ServerRow, _: &'a [u8]) -> StoreFuture<'a, ()> {
        self.answer(|tables| tables.server = Some(row.clone()))
    }
}

impl LogStore for Memory {
    fn mark(&self) -> StoreFuture<'_, Watermark> {
        self.answer(|tables| tables.mark())
    }

    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved> {
        self.answer(|tables| tables.resolve(resolve))
    }

    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>> {
        self.answer(|tables| ids.iter().filter_map(|id| tables.message(id)).collect())
    }

    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>> {
        self.answer(|tables| {
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
        self.answer(|tables| {
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
        let done = self.tables().append(append);
        std::future::ready(done).boxed()
    }

    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64> {
        self.answer(|tables| {
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
        self.answer(|tables| tables.changes_since(person, since, following))
    }

    fn conversations_of(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>> {
        self.answer(|tables| {
            let own = tables
                .participants
                .iter()
                .filter(|((who, _), row)| *who == person && row.open);
            own.map(|((_, conversation), _)| *conversation).collect()
        })
    }

    fn conversation_links(&self, subject: Uuid) -> StoreFuture<'_, Vec<ConversationId>> {
        self.answer(|tables| {
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
        self.answer(|tables| {
            let own = tables.participants.keys().filter(|(of, _)| *of == person);
            let own = own.map(|(_, conversation)| *conversation);
            own.filter(|id| tables.conversation_links.contains(&(subject, *id)))
                .collect()
        })
    }

    fn fitting<'a>(&'a self, slices: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>> {
        self.answer(|tables| {
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
        self.answer(|tables| {
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
        self.answer(|tables| {
            let rows = places.iter().filter_map(|place| tables.events.get(place));
            rows.map(|row| (row.conversation, row.number, row.link)).collect()
        })
    }

    fn link_at(&self, offset: u64) -> StoreFuture<'_, Option<Digest>> {
        self.answer(|tables| {
            let place = tables.places.get(&offset)?;
            tables.events.get(place).map(|row| row.link)
        })
    }

    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>> {
        self.answer(|tables| {
            let places = (conversation, after.next())..=(conversation, Seq(u64::MAX));
            let rows = tables.events.range(places).take(most as usize);
            rows.map(|(_, row)| row.clone()).collect()
        })
    }

    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>> {
        self.answer(|tables| ids.iter().filter_map(|id| tables.keys.get(id)).cloned().collect())
    }
}

impl AccountStateStore for Memory {
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>> {
        self.answer(|tables| {
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
        self.answer(|tables| {
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
        self.answer(|tables| {
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

    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>> {
        self.answer(|tables| tables.aliases.get(&(person, from)).map(|(_, row)| row.to))
    }
}

impl OrganisationStore for Memory {
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>> {
        self.answer(|tables| {
            let rows = tables.organisation_events.range(after + 1..).take(most as usize);
            rows.map(|(offset, row)| (*offset, row.clone())).collect()
        })
    }
}

impl SourceStore for Memory {
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>> {
        self.answer(|tables| tables.sources.values().find(|row| row.hash == *hash).cloned())
    }

    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>> {
        self.answer(|tables| {
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
        self.answer(|tables| tables.accounts.get(&person).cloned())
    }

    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>> {
        self.answer(|tables| {
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
        self.answer(|tables| match tables.accounts.get_mut(&person) {
            Some(account) if account.password.as_deref() == Some(before) => {
                account.password = Some(hash.to_owned());
                true
            }
            _ => false,
        })
    }

    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>> {
        self.answer(|tables| tables.invitations.get(hash).cloned())
    }
}

impl SessionStore for Memory {
    fn begin_session<'a>(&'a self, start: &'a SessionStart) -> StoreFuture<'a, Option<Vec<Ended>>> {
        self.answer(|tables| tables.begin_session(start))
    }

    fn change_account<'a>(&'a self, change: &'a AccountChange) -> StoreFuture<'a, Option<Vec<Ended>>> {
        self.answer(|tables| tables.change_account(change))
    }

    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>> {
        self.answer(|tables| tables.sessions.get(&id).cloned())
    }

    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool> {
        self.answer(|tables| match tables.sessions.get_mut(&id) {
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
        self.answer(|tables| match tables.sessions.get_mut(&id) {
            Some(row) if row.ended.is_none() => {
                row.ended = Some(end);
                true
            }
            _ => false,
        })
    }

    fn end_sessions(&self, person: PersonId, end: SessionEnd) -> StoreFuture<'_, Vec<Ended>> {
        self.answer(|tables| tables.end_sessions(person, None, end))
    }

    fn recently_ended(
        &self,
        person: PersonId,
        since: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<SessionRow>> {
        self.answer(|tables| {
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
        self.answer(|tables| {
            let rows = tables.sessions.values();
            let rows = rows.filter(|row| row.person == person && row.ended.is_none());
            let mut rows: Vec<SessionRow> = rows.cloned().collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.refreshed_at, row.id)));
            rows
        })
    }

    fn is_device_of(&self, person: PersonId, device: DeviceId) -> StoreFuture<'_, bool> {
        self.answer(|tables| {
            let mut sessions = tables.sessions.values();
            sessions.any(|row| row.person == person && row.device == device)
        })
    }

    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<Ended>> {
        self.answer(|tables| {
            let rows = tables.sessions.values();
            let ended = rows.filter_map(|row| Some((row.id, row.ended?)));
            ended.filter(|(_, end)| end.at >= at).collect()
        })
    }
}

impl JobStore for Memory {
    fn lease_jobs(&self, now: Timestamp, until: Timestamp, most: u32) -> StoreFuture<'_, Vec<LeasedJob>> {
        self.answer(|tables| tables.lease_jobs(now, until, most as usize))
    }

    fn finish_job(&self, id: JobId, attempt: u32, again: Option<Timestamp>) -> StoreFuture<'_, bool> {
        self.answer(|tables| match (tables.held_job(id, attempt), again) {
            (None, _) => false,
            (Some(job), Some(again)) => {
                (job.attempt, job.row.due) = (0, again);
                true
            }
            (Some(_), None) => tables.jobs.remove(&id).is_some(),
        })
    }

    fn retry_job(&self, id: JobId, attempt: u32, due: Timestamp) -> StoreFuture<'_, bool> {
        self.answer(|tables| {
            let held = tables.held_job(id, attempt);
            held.map(|job| job.row.due = due).is_some()
        })
    }

    fn next_job(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.answer(|tables| tables.jobs.values().map(|job| job.row.due).min())
    }
}

impl AttachmentStore for Memory {
    fn create_attachment<'a>(
        &'a self,
        row: &'a AttachmentRow,
        quota: &'a UploadQuota,
    ) -> StoreFuture<'a, BeginUpload> {
        self.answer(|tables| {
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
        self.answer(|tables| {
            let rows = ids.iter().filter_map(|id| tables.attachments.get(id));
            rows.cloned().collect()
        })
    }

    fn attachments_of<'a>(
        &'a self,
        messages: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<AttachmentRow>> {
        self.answer(|tables| {
            let named = |row: &&AttachmentRow| {
                let message = row.message.map(|message| (row.conversation, message));
                !row.dropped && message.is_some_and(|message| messages.contains(&message))
            };
            tables.attachments.values().filter(named).cloned().collect()
        })
    }

    fn extend_attachment<'a>(&'a self, part: &'a ReceivedPart) -> StoreFuture<'a, bool> {
        self.answer(|tables| {
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
        self.answer(|tables| {
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
        self.answer(|tables| {
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
        self.answer(|tables| {
            let later = tables
                .attachments
                .values()
                .filter(|row| after.is_none_or(|after| row.id > after));
            later.take(most as usize).cloned().collect()
        })
    }

    fn delete_attachment(&self, person: PersonId, id: AttachmentId) -> StoreFuture<'_, bool> {
        self.answer(|tables| {
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
        self.answer(|tables| {
            let abandoned = |row: &&AttachmentRow| row.message.is_none() && row.begun_at < before;
            let mut rows: Vec<&AttachmentRow> = tables.attachments.values().filter(abandoned).collect();
            rows.sort_by_key(|row| row.begun_at);
            let ids = rows.iter().take(most as usize).map(|row| (row.person, row.id));
            ids.collect()
        })
    }
}
