//! The server's store: the one in memory, behind a seam at which an append fails, a crash comes, or a planted fault
//! sits.

use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::{
    AttachmentId, ConversationId, DeviceId, MembershipId, MessageId, OrganisationId, PersonId, Seq, Sha256,
    Timestamp,
};
use futures_util::FutureExt as _;
use sync_server::store::memory::Memory;
use sync_server::store::*;
use trail::Digest;

use super::faults::{Fault, forget_apart, forget_partner, join_too_early};
use super::secrets::Leak;
use super::secrets::leaks::{read_conversation, read_message};

#[derive(Debug)]
pub(super) struct SimStore {
    inner: Mutex<Inner>,
    fault: Option<Fault>,
    leak: Option<Leak>,
    /// The next append fails, with nothing done.
    fails: AtomicBool,
    /// The next bytes of a file are not recorded.
    fails_to_extend: AtomicBool,
    /// Bytes of a file were not recorded, since this was last asked.
    failed_to_extend: AtomicBool,
    /// Nothing was asked since the last crash.
    crashed: AtomicBool,
}

#[derive(Debug)]
struct Inner {
    memory: Arc<Memory>,
    /// Before the last append; kept for a planted fault only.
    before: Option<Memory>,
}

impl SimStore {
    pub(super) fn leaking(leak: Option<Leak>) -> SimStore {
        SimStore {
            leak,
            ..SimStore::new(None)
        }
    }

    pub(super) fn new(fault: Option<Fault>) -> SimStore {
        SimStore {
            inner: Mutex::new(Inner {
                memory: Arc::default(),
                before: None,
            }),
            fault,
            leak: None,
            fails: AtomicBool::new(false),
            fails_to_extend: AtomicBool::new(false),
            failed_to_extend: AtomicBool::new(false),
            crashed: AtomicBool::new(false),
        }
    }

    pub(super) fn fail_next_append(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }

    pub(super) fn fail_next_extension(&self) {
        self.fails_to_extend.store(true, Ordering::SeqCst);
    }

    /// Whether bytes of a file were not recorded since this was last asked.
    pub(super) fn failed_extension(&self) -> bool {
        self.failed_to_extend.swap(false, Ordering::SeqCst)
    }

    /// Nothing fails any longer.
    pub(super) fn forgive(&self) {
        self.fails.store(false, Ordering::SeqCst);
        self.fails_to_extend.store(false, Ordering::SeqCst);
    }

    /// The machine stops. Appended events stay, unless that is the planted fault.
    pub(super) fn crash(&self) {
        self.forgive();
        self.crashed.store(true, Ordering::SeqCst);
        let mut inner = self.inner();
        if let Some(before) = inner.before.take() {
            inner.memory = Arc::new(before);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.inner().memory)
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

/// The answer of the store in memory, at once.
macro_rules! pass {
    ($self:ident.$call:ident($($argument:expr),*)) => {{
        let done = $self.memory().$call($($argument),*).now_or_never();
        let done = done.unwrap_or_else(|| Err(StoreError::Failed("the store waited".into())));
        Box::pin(ready(done))
    }};
}

impl Store for SimStore {
    fn use_keys(&self, keys: SharedRowKeys, adopt: Option<ServerRow>) -> StoreFuture<'_, ()> {
        pass!(self.use_keys(keys, adopt))
    }

    fn snapshot(&self) -> StoreFuture<'_, Box<dyn Snapshot>> {
        pass!(self.snapshot())
    }

    fn close(&self) -> futures_util::future::BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

impl ServerStore for SimStore {
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>> {
        pass!(self.server())
    }

    fn create_server<'a>(&'a self, row: &'a ServerRow, tally: &'a [u8]) -> StoreFuture<'a, ()> {
        pass!(self.create_server(row, tally))
    }
}

impl LogStore for SimStore {
    fn mark(&self) -> StoreFuture<'_, Watermark> {
        pass!(self.mark())
    }

    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved> {
        let done = self.memory().resolve(resolve).now_or_never();
        let done = done.unwrap_or_else(|| Err(StoreError::Failed("the store waited".into())));
        let crashed = self.crashed.swap(false, Ordering::SeqCst);
        Box::pin(ready(done.map(|mut resolved| {
            if self.has(Fault::ForgottenCommands) || crashed && self.has(Fault::ForgottenAfterCrash) {
                resolved.commands.clear();
            }
            resolved
        })))
    }

    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>> {
        let rows = self.memory().messages(ids).now_or_never();
        let rows = rows.unwrap_or_else(|| Err(StoreError::Failed("the store waited".into())));
        let read = |row: MessageRow| {
            let heads = self
                .leak
                .and_then(|_| self.memory().conversations(&[row.conversation]).now_or_never());
            let heads = heads.and_then(Result::ok).unwrap_or_default();
            read_message(self.leak, heads.first().map(|head| head.last), row)
        };
        Box::pin(ready(rows.map(|rows| rows.into_iter().map(read).collect())))
    }

    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>> {
        let done = self.memory().conversations(ids).now_or_never();
        let done = done.unwrap_or_else(|| Err(StoreError::Failed("the store waited".into())));
        Box::pin(ready(done.map(|rows| {
            let rows = rows.into_iter();
            let rows = rows.map(|row| read_conversation(self.leak, row));
            match self.fault {
                Some(Fault::JoinedTooEarly) => rows.map(join_too_early).collect(),
                Some(Fault::ForgottenApart) => rows.map(forget_apart).collect(),
                Some(Fault::ForgottenPartner) => rows.map(forget_partner).collect(),
                _ => rows.collect(),
            }
        })))
    }

    fn was_refused(
        &self,
        account: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> StoreFuture<'_, bool> {
        pass!(self.was_refused(account, conversation, message))
    }

    fn append<'a>(&'a self, append: &'a Append) -> StoreFuture<'a, Appended> {
        if self.fails.swap(false, Ordering::SeqCst) {
            return Box::pin(ready(Err(StoreError::Failed("the disk said no".into()))));
        }
        if self.has(Fault::LostAppend) {
            let mut inner = self.inner();
            inner.before = Some(inner.memory.copy());
        }
        if self.has(Fault::ServedOutdated) {
            let append = Append {
                outdated: Vec::new(),
                ..append.clone()
            };
            return pass!(self.append(&append));
        }
        if self.has(Fault::EditedTwiceAtOnce) {
            let mut append = append.clone();
            let all = append.outdated.clone();
            let same = |one: &Outdated, other: &Outdated| {
                one.conversation == other.conversation && one.target == other.target
            };
            let count = |one: &Outdated| all.iter().filter(|other| same(one, other)).count();
            append.outdated.retain(|one| count(one) == 1);
            return pass!(self.append(&append));
        }
        if self.has(Fault::DroppedStays) {
            let append = Append {
                dropped_attachments: Vec::new(),
                ..append.clone()
            };
            return pass!(self.append(&append));
        }
        if self.has(Fault::LinkStays) {
            let mut append = append.clone();
            append.conversation_links.retain(|row| row.open);
            return pass!(self.append(&append));
        }
        pass!(self.append(append))
    }

    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64> {
        pass!(self.forget_refusals(before))
    }

    fn changes_since<'a>(
        &'a self,
        person: PersonId,
        since: &'a Watermark,
        following: &'a [ConversationId],
    ) -> StoreFuture<'a, Changes> {
        pass!(self.changes_since(person, since, following))
    }

    fn conversations_of(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>> {
        pass!(self.conversations_of(person))
    }

    fn own_conversation_links(
        &self,
        subject: uuid::Uuid,
        person: PersonId,
    ) -> StoreFuture<'_, Vec<ConversationId>> {
        pass!(self.own_conversation_links(subject, person))
    }

    fn conversation_links(&self, subject: uuid::Uuid) -> StoreFuture<'_, Vec<ConversationId>> {
        pass!(self.conversation_links(subject))
    }

    fn fitting<'a>(&'a self, slices: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>> {
        pass!(self.fitting(slices, most))
    }

    fn slices<'a>(&'a self, slices: &'a [Slice]) -> StoreFuture<'a, Vec<ReadRow>> {
        pass!(self.slices(slices))
    }

    fn links<'a>(
        &'a self,
        places: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq, Digest)>> {
        pass!(self.links(places))
    }

    fn link_at(&self, position: u64) -> StoreFuture<'_, Option<Digest>> {
        pass!(self.link_at(position))
    }

    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>> {
        pass!(self.entries(conversation, after, most))
    }

    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>> {
        pass!(self.keys(ids))
    }
}

impl AccountStateStore for SimStore {
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>> {
        pass!(self.readers(conversation))
    }

    fn read_positions<'a>(
        &'a self,
        person: PersonId,
        conversations: &'a [ConversationId],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq)>> {
        pass!(self.read_positions(person, conversations))
    }

    fn personal_usage<'a>(
        &'a self,
        person: PersonId,
        fields: &'a [&'a str],
    ) -> StoreFuture<'a, PersonalUsage> {
        pass!(self.personal_usage(person, fields))
    }

    fn personal<'a>(&'a self, person: PersonId, fields: &'a [&'a str]) -> StoreFuture<'a, Vec<PersonalRow>> {
        pass!(self.personal(person, fields))
    }

    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>> {
        pass!(self.alias(person, from))
    }
}

impl OrganisationStore for SimStore {
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>> {
        pass!(self.organisation_events(after, most))
    }
}

impl SourceStore for SimStore {
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>> {
        pass!(self.source(hash))
    }

    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>> {
        pass!(self.sources(organisation))
    }
}

impl AccountStore for SimStore {
    fn account(&self, person: PersonId) -> StoreFuture<'_, Option<AccountRow>> {
        pass!(self.account(person))
    }

    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>> {
        pass!(self.account_by_login(login))
    }

    fn change_password<'a>(
        &'a self,
        person: PersonId,
        before: &'a str,
        hash: &'a str,
    ) -> StoreFuture<'a, bool> {
        pass!(self.change_password(person, before, hash))
    }

    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>> {
        pass!(self.invitation(hash))
    }
}

impl SessionStore for SimStore {
    fn begin_session<'a>(&'a self, start: &'a SessionStart) -> StoreFuture<'a, Option<Vec<Ended>>> {
        pass!(self.begin_session(start))
    }

    fn change_account<'a>(&'a self, change: &'a AccountChange) -> StoreFuture<'a, Option<Vec<Ended>>> {
        pass!(self.change_account(change))
    }

    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>> {
        pass!(self.session(id))
    }

    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool> {
        pass!(self.rotate(id, from, at, expires))
    }

    fn end_session(&self, id: SessionId, end: SessionEnd) -> StoreFuture<'_, bool> {
        pass!(self.end_session(id, end))
    }

    fn end_sessions(&self, person: PersonId, end: SessionEnd) -> StoreFuture<'_, Vec<Ended>> {
        pass!(self.end_sessions(person, end))
    }

    fn standing_sessions(&self, person: PersonId) -> StoreFuture<'_, Vec<SessionRow>> {
        pass!(self.standing_sessions(person))
    }

    fn is_device_of(&self, person: PersonId, device: DeviceId) -> StoreFuture<'_, bool> {
        pass!(self.is_device_of(person, device))
    }

    fn recently_ended(
        &self,
        person: PersonId,
        since: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<SessionRow>> {
        pass!(self.recently_ended(person, since, most))
    }

    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<Ended>> {
        pass!(self.ended_since(at))
    }
}

impl JobStore for SimStore {
    fn lease_jobs<'a>(
        &'a self,
        kinds: &'a [&'a str],
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> StoreFuture<'a, Vec<LeasedJob>> {
        pass!(self.lease_jobs(kinds, now, until, most))
    }

    fn renew_job(&self, lease: Lease, until: Timestamp) -> StoreFuture<'_, bool> {
        pass!(self.renew_job(lease, until))
    }

    fn finish_job(&self, lease: Lease, again: Option<Timestamp>) -> StoreFuture<'_, bool> {
        pass!(self.finish_job(lease, again))
    }

    fn retry_job<'a>(&'a self, lease: Lease, failure: &'a JobFailure) -> StoreFuture<'a, bool> {
        pass!(self.retry_job(lease, failure))
    }

    fn next_job<'a>(&'a self, kinds: &'a [&'a str]) -> StoreFuture<'a, Option<Timestamp>> {
        pass!(self.next_job(kinds))
    }

    fn job_levels(&self, now: Timestamp) -> StoreFuture<'_, Vec<JobLevel>> {
        pass!(self.job_levels(now))
    }

    fn wake_jobs<'a>(&'a self, kinds: &'a [&'a str], now: Timestamp) -> StoreFuture<'a, u64> {
        pass!(self.wake_jobs(kinds, now))
    }
}

impl AttentionStore for SimStore {
    fn unread_of(&self, person: PersonId, most: u32, reminders: bool) -> StoreFuture<'_, Vec<UnreadRow>> {
        pass!(self.unread_of(person, most, reminders))
    }

    fn unmailed(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<PersonId>> {
        pass!(self.unmailed(conversation))
    }

    fn open_letter(&self, person: PersonId) -> StoreFuture<'_, Option<LetterRow>> {
        pass!(self.open_letter(person))
    }

    fn reserve_letter<'a>(
        &'a self,
        lease: Lease,
        until: Timestamp,
        letter: &'a LetterRow,
    ) -> StoreFuture<'a, bool> {
        pass!(self.reserve_letter(lease, until, letter))
    }

    fn settle_letter<'a>(&'a self, lease: Lease, settled: &'a SettledLetter) -> StoreFuture<'a, bool> {
        pass!(self.settle_letter(lease, settled))
    }

    fn refuse_address<'a>(&'a self, row: &'a RefusedAddress) -> StoreFuture<'a, ()> {
        pass!(self.refuse_address(row))
    }

    fn refused_address(&self, membership: MembershipId) -> StoreFuture<'_, Option<RefusedAddress>> {
        pass!(self.refused_address(membership))
    }

    fn refused_addresses(&self) -> StoreFuture<'_, Vec<RefusedAddress>> {
        pass!(self.refused_addresses())
    }

    fn forgive_address(&self, membership: MembershipId) -> StoreFuture<'_, bool> {
        pass!(self.forgive_address(membership))
    }

    fn mail_since(&self) -> StoreFuture<'_, Option<Timestamp>> {
        pass!(self.mail_since())
    }

    fn set_mail_since(&self, since: Option<Timestamp>) -> StoreFuture<'_, ()> {
        pass!(self.set_mail_since(since))
    }
}

impl UrgentStore for SimStore {
    fn urgent_after<'a>(
        &'a self,
        persons: &'a [PersonId],
        after: Timestamp,
    ) -> StoreFuture<'a, Vec<(PersonId, u32)>> {
        pass!(self.urgent_after(persons, after))
    }

    fn urgent_uses(&self, since: Timestamp) -> StoreFuture<'_, Vec<UrgentUse>> {
        pass!(self.urgent_uses(since))
    }
}

impl AttachmentStore for SimStore {
    fn create_attachment<'a>(
        &'a self,
        row: &'a AttachmentRow,
        quota: &'a UploadQuota,
    ) -> StoreFuture<'a, BeginUpload> {
        pass!(self.create_attachment(row, quota))
    }

    fn attachments<'a>(&'a self, ids: &'a [AttachmentId]) -> StoreFuture<'a, Vec<AttachmentRow>> {
        pass!(self.attachments(ids))
    }

    fn attachments_of<'a>(
        &'a self,
        messages: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<AttachmentRow>> {
        pass!(self.attachments_of(messages))
    }

    fn extend_attachment<'a>(&'a self, part: &'a ReceivedPart) -> StoreFuture<'a, bool> {
        if self.fails_to_extend.swap(false, Ordering::SeqCst) {
            self.failed_to_extend.store(true, Ordering::SeqCst);
            return Box::pin(ready(Err(StoreError::Failed("the disk said no".into()))));
        }
        pass!(self.extend_attachment(part))
    }

    fn judge_attachment(&self, id: AttachmentId, sha256: Sha256, refused: bool) -> StoreFuture<'_, bool> {
        pass!(self.judge_attachment(id, sha256, refused))
    }

    fn unchecked_attachments(&self, most: u32) -> StoreFuture<'_, Vec<AttachmentRow>> {
        pass!(self.unchecked_attachments(most))
    }

    fn attachments_after(
        &self,
        after: Option<AttachmentId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<AttachmentRow>> {
        pass!(self.attachments_after(after, most))
    }

    fn delete_attachment(&self, person: PersonId, id: AttachmentId) -> StoreFuture<'_, bool> {
        if self.has(Fault::CancelForgotten) {
            return Box::pin(ready(Ok(true)));
        }
        pass!(self.delete_attachment(person, id))
    }

    fn abandoned_attachments(
        &self,
        before: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<(PersonId, AttachmentId)>> {
        if self.has(Fault::SweepForgets) {
            let rows = self.memory().abandoned_attachments(before, most).now_or_never();
            let rows = rows.unwrap_or_else(|| Err(StoreError::Failed("the store waited".into())));
            let is_found = |id: &AttachmentId| id.as_bytes()[15].is_multiple_of(2);
            return Box::pin(ready(rows.map(|mut rows| {
                rows.retain(|(_, id)| is_found(id));
                rows
            })));
        }
        pass!(self.abandoned_attachments(before, most))
    }
}
