//! SQLite: one file in a folder.
//!
//! One connection writes, several read, distinguished by type ([`pool`]). Each table has a file with its reads and
//! writes; [`append`] is the one transaction that writes decisions, mostly by the one statement of [`extension`]. A
//! statement over a set is a fixed text with as many groups of placeholders as the set has rows, so that no value ever
//! becomes part of a statement.

mod account_state;
mod accounts;
mod adoption;
mod append;
mod attachments;
mod attention;
mod changes;
mod command_results;
mod conversations;
mod events;
mod extension;
mod jobs;
mod keys;
#[cfg(test)]
mod migration_tests;
mod organisations;
#[cfg(test)]
mod plans;
pub mod pool;
mod row_reader;
mod server_row;
mod sessions;
mod snapshot;
mod sources;
mod statement;
mod urgent;
mod watermark;

use conversation::{
    AttachmentId, ConversationId, DeviceId, MembershipId, MessageId, OrganisationId, PersonId, Seq, Sha256,
    Timestamp,
};
use futures_util::FutureExt as _;
use trail::Digest;
use uuid::Uuid;

use super::*;
use pool::Pool;

#[derive(Debug)]
pub struct Sqlite(Pool);

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        StoreError::Failed(error.into())
    }
}

impl Sqlite {
    /// Opens the database in `file`, creates it if it is absent and migrates it to this version.
    pub async fn open(file: &std::path::Path) -> Result<Sqlite, StoreError> {
        let pool = Pool::open(file).await?;
        extension::set_up(&mut pool.write().await?).await?;
        Ok(Sqlite(pool))
    }
}

macro_rules! read {
    ($self:ident, $reader:ident => $read:expr) => {
        async move {
            let mut reader = $self.0.read().await?;
            let $reader = &mut reader;
            $read.await
        }
        .boxed()
    };
}

macro_rules! write {
    ($self:ident, $writer:ident => $write:expr) => {
        async move {
            let mut writer = $self.0.write().await?;
            let $writer = &mut writer;
            $write.await
        }
        .boxed()
    };
}

impl Store for Sqlite {
    fn use_keys(&self, keys: SharedRowKeys, adopt: Option<ServerRow>) -> StoreFuture<'_, ()> {
        async move {
            self.0.set_keys(keys);
            match adopt {
                Some(server) => adoption::adopt(&mut self.0.write().await?, &server).await,
                None => Ok(()),
            }
        }
        .boxed()
    }

    fn snapshot(&self) -> StoreFuture<'_, Box<dyn Snapshot>> {
        async move {
            let snapshot = snapshot::SqliteSnapshot::open(&self.0).await?;
            Ok(Box::new(snapshot) as Box<dyn Snapshot>)
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close().boxed()
    }
}

impl ServerStore for Sqlite {
    fn server(&self) -> StoreFuture<'_, Option<ServerRow>> {
        read!(self, r => server_row::read(r))
    }

    fn create_server<'a>(&'a self, row: &'a ServerRow, tally: &'a [u8]) -> StoreFuture<'a, ()> {
        write!(self, w => server_row::create(w, row, tally))
    }
}

impl LogStore for Sqlite {
    fn mark(&self) -> StoreFuture<'_, Watermark> {
        read!(self, r => watermark::read(r))
    }

    // The lookups before a decision run on the writer, whose cache holds their plans and pages.
    fn resolve<'a>(&'a self, resolve: &'a Resolve) -> StoreFuture<'a, Resolved> {
        write!(self, w => command_results::resolve(w, resolve))
    }

    fn messages<'a>(&'a self, ids: &'a [(ConversationId, MessageId)]) -> StoreFuture<'a, Vec<MessageRow>> {
        write!(self, w => events::messages(w, ids))
    }

    fn conversations<'a>(&'a self, ids: &'a [ConversationId]) -> StoreFuture<'a, Vec<ConversationRow>> {
        read!(self, r => conversations::read(r, ids))
    }

    fn was_refused(
        &self,
        account: PersonId,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) -> StoreFuture<'_, bool> {
        read!(self, r => command_results::was_refused(
            r,
            account,
            conversation,
            message
        )
        )
    }

    fn append<'a>(&'a self, append: &'a Append) -> StoreFuture<'a, Appended> {
        write!(self, w => append::append(w, append))
    }

    fn forget_refusals(&self, before: Timestamp) -> StoreFuture<'_, u64> {
        write!(self, w => command_results::forget(w, before))
    }

    fn changes_since<'a>(
        &'a self,
        person: PersonId,
        since: &'a Watermark,
        following: &'a [ConversationId],
    ) -> StoreFuture<'a, Changes> {
        read!(self, r => changes::changes_since(r, person, since, following))
    }

    fn conversations_of(&self, person: PersonId) -> StoreFuture<'_, Vec<ConversationId>> {
        read!(self, r => conversations::conversations_of(r, person))
    }

    fn own_conversation_links(
        &self,
        subject: Uuid,
        person: PersonId,
    ) -> StoreFuture<'_, Vec<ConversationId>> {
        read!(self, r => conversations::own_conversation_links(r, subject, person))
    }

    fn conversation_links(&self, subject: Uuid) -> StoreFuture<'_, Vec<ConversationId>> {
        read!(self, r => conversations::conversation_links(r, subject))
    }

    fn fitting<'a>(&'a self, slices: &'a [Slice], most: u64) -> StoreFuture<'a, Vec<Slice>> {
        read!(self, r => events::fitting(r, slices, most))
    }

    fn slices<'a>(&'a self, slices: &'a [Slice]) -> StoreFuture<'a, Vec<ReadRow>> {
        read!(self, r => events::slices(r, slices))
    }

    fn links<'a>(
        &'a self,
        places: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq, Digest)>> {
        read!(self, r => events::links(r, places))
    }

    fn link_at(&self, offset: u64) -> StoreFuture<'_, Option<Digest>> {
        read!(self, r => events::link_at(r, offset))
    }

    fn entries(&self, conversation: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<EventRow>> {
        read!(self, r => events::entries(r, conversation, after, most))
    }

    fn keys<'a>(&'a self, ids: &'a [KeyId]) -> StoreFuture<'a, Vec<KeyRow>> {
        read!(self, r => keys::read(r, ids))
    }
}

impl AccountStateStore for Sqlite {
    fn readers(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<(PersonId, Seq)>> {
        read!(self, r => account_state::readers(r, conversation))
    }

    fn read_positions<'a>(
        &'a self,
        person: PersonId,
        conversations: &'a [ConversationId],
    ) -> StoreFuture<'a, Vec<(ConversationId, Seq)>> {
        read!(self, r => account_state::positions(r, person, conversations))
    }

    fn personal_usage<'a>(
        &'a self,
        person: PersonId,
        fields: &'a [&'a str],
    ) -> StoreFuture<'a, PersonalUsage> {
        read!(self, r => account_state::personal_usage(r, person, fields))
    }

    fn personal<'a>(&'a self, person: PersonId, fields: &'a [&'a str]) -> StoreFuture<'a, Vec<PersonalRow>> {
        read!(self, r => account_state::personal(r, person, fields))
    }

    fn alias(&self, person: PersonId, from: ConversationId) -> StoreFuture<'_, Option<ConversationId>> {
        read!(self, r => account_state::alias(r, person, from))
    }
}

impl OrganisationStore for Sqlite {
    fn organisation_events(&self, after: u64, most: u32) -> StoreFuture<'_, Vec<(u64, OrganisationRow)>> {
        read!(self, r => organisations::read(r, after, most))
    }
}

impl SourceStore for Sqlite {
    fn source<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<SourceRow>> {
        read!(self, r => sources::by_hash(r, hash))
    }

    fn sources(&self, organisation: OrganisationId) -> StoreFuture<'_, Vec<SourceRow>> {
        read!(self, r => sources::of_organisation(r, organisation))
    }
}

impl AccountStore for Sqlite {
    fn account(&self, person: PersonId) -> StoreFuture<'_, Option<AccountRow>> {
        read!(self, r => accounts::by_person(r, person))
    }

    fn account_by_login<'a>(&'a self, login: &'a str) -> StoreFuture<'a, Option<AccountRow>> {
        read!(self, r => accounts::by_login(r, login))
    }

    fn change_password<'a>(
        &'a self,
        person: PersonId,
        before: &'a str,
        hash: &'a str,
    ) -> StoreFuture<'a, bool> {
        write!(self, w => accounts::change_password(w, person, before, hash))
    }

    fn invitation<'a>(&'a self, hash: &'a Digest) -> StoreFuture<'a, Option<InvitationRow>> {
        read!(self, r => accounts::invitation(r, hash))
    }
}

impl SessionStore for Sqlite {
    fn begin_session<'a>(&'a self, start: &'a SessionStart) -> StoreFuture<'a, Option<Vec<Ended>>> {
        write!(self, w => sessions::begin(w, start))
    }

    fn change_account<'a>(&'a self, change: &'a AccountChange) -> StoreFuture<'a, Option<Vec<Ended>>> {
        write!(self, w => sessions::change_account(w, change))
    }

    fn session(&self, id: SessionId) -> StoreFuture<'_, Option<SessionRow>> {
        read!(self, r => sessions::read(r, id))
    }

    fn rotate(&self, id: SessionId, from: u64, at: Timestamp, expires: Timestamp) -> StoreFuture<'_, bool> {
        write!(self, w => sessions::rotate(w, id, from, at, expires))
    }

    fn end_session(&self, id: SessionId, end: SessionEnd) -> StoreFuture<'_, bool> {
        write!(self, w => sessions::end_session(w, id, end))
    }

    fn end_sessions(&self, person: PersonId, end: SessionEnd) -> StoreFuture<'_, Vec<Ended>> {
        write!(self, w => sessions::end_sessions(w, person, end))
    }

    fn standing_sessions(&self, person: PersonId) -> StoreFuture<'_, Vec<SessionRow>> {
        read!(self, r => sessions::standing(r, person))
    }

    fn is_device_of(&self, person: PersonId, device: DeviceId) -> StoreFuture<'_, bool> {
        read!(self, r => sessions::is_device_of(r, person, device))
    }

    fn recently_ended(
        &self,
        person: PersonId,
        since: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<SessionRow>> {
        read!(self, r => sessions::recently_ended(r, person, since, most))
    }

    fn ended_since(&self, at: Timestamp) -> StoreFuture<'_, Vec<Ended>> {
        read!(self, r => sessions::ended_since(r, at))
    }
}

impl JobStore for Sqlite {
    fn lease_jobs<'a>(
        &'a self,
        kinds: &'a [&'a str],
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> StoreFuture<'a, Vec<LeasedJob>> {
        write!(self, w => jobs::lease(w, kinds, now, until, most))
    }

    fn renew_job(&self, lease: Lease, until: Timestamp) -> StoreFuture<'_, bool> {
        write!(self, w => jobs::renew(w.connection()?, lease, until))
    }

    fn finish_job(&self, lease: Lease, again: Option<Timestamp>) -> StoreFuture<'_, bool> {
        write!(self, w => jobs::finish(w.connection()?, lease, again))
    }

    fn retry_job<'a>(&'a self, lease: Lease, failure: &'a JobFailure) -> StoreFuture<'a, bool> {
        write!(self, w => jobs::retry(w.connection()?, lease, failure))
    }

    fn next_job<'a>(&'a self, kinds: &'a [&'a str]) -> StoreFuture<'a, Option<Timestamp>> {
        read!(self, r => jobs::next(r, kinds))
    }

    fn job_levels(&self, now: Timestamp) -> StoreFuture<'_, Vec<JobLevel>> {
        read!(self, r => jobs::levels(r, now))
    }

    fn wake_jobs<'a>(&'a self, kinds: &'a [&'a str], now: Timestamp) -> StoreFuture<'a, u64> {
        write!(self, w => jobs::wake(w, kinds, now))
    }
}

impl AttentionStore for Sqlite {
    fn unread_of(&self, person: PersonId, most: u32, reminders: bool) -> StoreFuture<'_, Vec<UnreadRow>> {
        read!(self, r => attention::unread_of(r, person, most, reminders))
    }

    fn unmailed(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<PersonId>> {
        read!(self, r => attention::unmailed(r, conversation))
    }

    fn open_letter(&self, person: PersonId) -> StoreFuture<'_, Option<LetterRow>> {
        read!(self, r => attention::open_letter(r, person))
    }

    fn reserve_letter<'a>(
        &'a self,
        lease: Lease,
        until: Timestamp,
        letter: &'a LetterRow,
    ) -> StoreFuture<'a, bool> {
        write!(self, w => attention::reserve(w, lease, until, letter))
    }

    fn settle_letter<'a>(&'a self, lease: Lease, settled: &'a SettledLetter) -> StoreFuture<'a, bool> {
        write!(self, w => attention::settle(w, lease, settled))
    }

    fn refuse_address<'a>(&'a self, row: &'a RefusedAddress) -> StoreFuture<'a, ()> {
        write!(self, w => attention::refuse(w, row))
    }

    fn refused_address(&self, membership: MembershipId) -> StoreFuture<'_, Option<RefusedAddress>> {
        read!(self, r => attention::refused(r, membership))
    }

    fn refused_addresses(&self) -> StoreFuture<'_, Vec<RefusedAddress>> {
        read!(self, r => attention::all_refused(r))
    }

    fn forgive_address(&self, membership: MembershipId) -> StoreFuture<'_, bool> {
        write!(self, w => attention::forgive(w, membership))
    }

    fn mail_since(&self) -> StoreFuture<'_, Option<Timestamp>> {
        read!(self, r => attention::since(r))
    }

    fn set_mail_since(&self, since: Option<Timestamp>) -> StoreFuture<'_, ()> {
        write!(self, w => attention::set_since(w, since))
    }
}

impl UrgentStore for Sqlite {
    fn urgent_after<'a>(
        &'a self,
        persons: &'a [PersonId],
        after: Timestamp,
    ) -> StoreFuture<'a, Vec<(PersonId, u32)>> {
        read!(self, r => urgent::after(r, persons, after))
    }

    fn urgent_uses(&self, since: Timestamp) -> StoreFuture<'_, Vec<UrgentUse>> {
        read!(self, r => urgent::uses(r, since))
    }
}

impl AttachmentStore for Sqlite {
    fn create_attachment<'a>(
        &'a self,
        row: &'a AttachmentRow,
        quota: &'a UploadQuota,
    ) -> StoreFuture<'a, BeginUpload> {
        write!(self, w => attachments::create(w, row, quota))
    }

    fn attachments<'a>(&'a self, ids: &'a [AttachmentId]) -> StoreFuture<'a, Vec<AttachmentRow>> {
        read!(self, r => attachments::by_id(r, ids))
    }

    fn attachments_of<'a>(
        &'a self,
        messages: &'a [(ConversationId, Seq)],
    ) -> StoreFuture<'a, Vec<AttachmentRow>> {
        read!(self, r => attachments::by_message(r, messages))
    }

    fn extend_attachment<'a>(&'a self, part: &'a ReceivedPart) -> StoreFuture<'a, bool> {
        write!(self, w => attachments::extend(w, part))
    }

    fn judge_attachment(&self, id: AttachmentId, sha256: Sha256, refused: bool) -> StoreFuture<'_, bool> {
        write!(self, w => attachments::judge(w, id, sha256, refused))
    }

    fn unchecked_attachments(&self, most: u32) -> StoreFuture<'_, Vec<AttachmentRow>> {
        read!(self, r => attachments::unchecked(r, most))
    }

    fn attachments_after(
        &self,
        after: Option<AttachmentId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<AttachmentRow>> {
        read!(self, r => attachments::after(r, after, most))
    }

    fn delete_attachment(&self, person: PersonId, id: AttachmentId) -> StoreFuture<'_, bool> {
        write!(self, w => attachments::delete(w, person, id))
    }

    fn abandoned_attachments(
        &self,
        before: Timestamp,
        most: u32,
    ) -> StoreFuture<'_, Vec<(PersonId, AttachmentId)>> {
        read!(self, r => attachments::abandoned(r, before, most))
    }
}
