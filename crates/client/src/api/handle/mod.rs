//! Answers every [`ApiRequest`] of a screen, from the cache.
//!
//! Only finding people, items, read markers, one's own availability, signing in and the devices that are signed in ask the server;
//! all but the last three works without it.

mod act;
mod asked;
mod attachments;
mod conversation;
mod files;
mod find;
mod items;
mod names;
mod overview;
mod presence;
mod search;
mod session;
mod settings;
mod timeline;

use ::conversation::Action;
use ::conversation::organisation::{Availability, ItemCard};
use ::conversation::text::one_line;
use ::conversation::{
    AttachmentId, ConversationId, ItemId, MembershipId, MessageId, MessageText, Seq, SessionId, Shape, TeamId,
};
use futures_util::future::BoxFuture;
use pictures::Edit;
use serde_json::Value;

use super::link::Link;
use super::request::*;
use super::view::*;
use crate::cache::CacheError;
use crate::engine::Engine;
use crate::engine::sessions::SignInError;
use crate::engine::settings::AccountSettingError;
use crate::model::settings::{PolicyStatus, SettingFault};
use crate::ports::{Connector, Failure};

pub(crate) use attachments::{attach_file, attach_whole};
pub(crate) use conversation::outside_of;
pub(crate) use names::Names;
pub(crate) use settings::set_on_device;

type Answer<T> = Result<T, ApiError>;

impl From<CacheError> for ApiError {
    fn from(error: CacheError) -> ApiError {
        tracing::error!(%error, "the cache failed");
        match error {
            CacheError::DiskFull => ApiError::DiskFull,
            CacheError::Broken { .. } | CacheError::Failed(_) => ApiError::Cache,
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> ApiError {
        match failure {
            Failure::Unreachable | Failure::Malformed | Failure::TooLarge => ApiError::Unreachable,
            Failure::Between { obstacle } => ApiError::Between { obstacle },
            Failure::Server { code, .. } => ApiError::Server { code },
            Failure::Ended(_) => ApiError::Server {
                code: protocol::error::ErrorCode::SessionEnded,
            },
        }
    }
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> ApiError {
        match error {
            SignInError::Cache(error) => error.into(),
            SignInError::Failure(failure) => failure.into(),
            SignInError::NotSignedIn => ApiError::NotSignedIn,
        }
    }
}

impl From<AccountSettingError> for ApiError {
    fn from(error: AccountSettingError) -> ApiError {
        match error {
            AccountSettingError::Cache(error) => error.into(),
            AccountSettingError::Fault(fault) => fault.into(),
            AccountSettingError::NotSignedIn => ApiError::NotSignedIn,
        }
    }
}

impl From<SettingFault> for ApiError {
    fn from(fault: SettingFault) -> ApiError {
        ApiError::Setting { fault }
    }
}

/// The requests that an open engine answers.
#[derive(Clone, Copy, Debug)]
pub struct EngineApi<'a> {
    engine: &'a Engine,
    connector: &'a dyn Connector,
}

impl<'a> EngineApi<'a> {
    pub fn new(engine: &'a Engine, connector: &'a dyn Connector) -> EngineApi<'a> {
        EngineApi { engine, connector }
    }

    /// The session in the cache.
    pub(crate) async fn session(&self) -> Answer<SessionView> {
        session::session(self.engine).await
    }
}

impl EngineRequests for EngineApi<'_> {
    async fn invitation(&self, server: String, code: String) -> Answer<InvitationView> {
        session::invitation(self.engine, self.connector, &server, code).await
    }

    async fn accept(&self, server: String, code: String, password: String) -> Answer<SessionView> {
        session::accept(self.engine, self.connector, &server, code, password).await
    }

    async fn sign_in(&self, server: String, login: String, password: String) -> Answer<SessionView> {
        session::sign_in(self.engine, self.connector, &server, login, password).await
    }

    async fn sign_out(&self) -> Answer<SessionView> {
        session::sign_out(self.engine, self.connector).await
    }

    async fn change_password(&self, current: String, password: String) -> Answer<()> {
        session::change_password(self.engine, self.connector, current, password).await
    }

    async fn devices(&self) -> Answer<Devices> {
        session::devices(self.engine, self.connector).await
    }

    async fn sign_out_device(&self, session: SessionId) -> Answer<Devices> {
        session::sign_out_device(self.engine, self.connector, session).await
    }

    async fn sync_status(&self) -> Answer<SyncStatus> {
        overview::sync_status(self.engine).await
    }

    async fn overview(&self, ask: OverviewAsk) -> Answer<Overview> {
        overview::overview(self.engine, ask).await
    }

    async fn search(&self, ask: SearchAsk) -> Answer<SearchResult> {
        search::search(self.engine, ask).await
    }

    async fn count_hits(&self, ask: SearchAsk) -> Answer<HitCount> {
        search::count(self.engine, ask).await
    }

    async fn suggest_filters(&self, kind: FilterKind, typed: String, limit: u32) -> Answer<Vec<Suggestion>> {
        search::suggestions(self.engine, kind, &typed, limit).await
    }

    async fn overview_choices(&self) -> Answer<OverviewChoices> {
        overview::chosen::choices(self.engine).await
    }

    async fn conversation(&self, conversation: ConversationId) -> Answer<ConversationView> {
        conversation::conversation(self.engine, conversation).await
    }

    async fn timeline(&self, conversation: ConversationId, at: At, limit: u32) -> Answer<Timeline> {
        timeline::timeline(self.engine, conversation, at, limit).await
    }

    async fn find(&self, acting: MembershipId, query: String, limit: u32) -> Answer<Found> {
        find::find(self.engine, self.connector, acting, &one_line(&query), limit).await
    }

    async fn inside_only(&self, membership: MembershipId) -> Answer<bool> {
        presence::inside_only(self.engine, self.connector, membership).await
    }

    async fn set_inside_only(&self, membership: MembershipId, inside_only: bool) -> Answer<()> {
        presence::set_inside_only(self.engine, self.connector, membership, inside_only).await
    }

    async fn own_availability(&self) -> Answer<Vec<OwnAvailability>> {
        presence::own(self.engine).await
    }

    async fn set_availability(
        &self,
        membership: MembershipId,
        availability: Availability,
    ) -> Answer<Vec<OwnAvailability>> {
        presence::set_own(self.engine, self.connector, membership, availability).await
    }

    async fn start(
        &self,
        acting: MembershipId,
        shape: Shape,
        with: Vec<MembershipId>,
        teams: Vec<TeamId>,
        subject: Option<String>,
        text: Option<MessageText>,
        attachments: bool,
        urgent: Option<String>,
    ) -> Answer<ConversationId> {
        let item = items::known(self.engine, shape);
        let chosen = act::Chosen { with, teams, item };
        let said = act::Said {
            text,
            attachments,
            urgent,
        };
        act::start(self.engine, acting, shape, chosen, subject, said).await
    }

    async fn send(&self, conversation: ConversationId) -> Answer<()> {
        act::send(self.engine, conversation).await
    }

    async fn save_draft(&self, conversation: ConversationId, draft: Draft) -> Answer<()> {
        act::save_draft(self.engine, conversation, draft).await
    }

    async fn new_attachments(&self) -> Answer<Vec<AttachmentView>> {
        attachments::new_attachments(self.engine).await
    }

    async fn begin_attach(&self, to: AttachTo, name: String, size: u64) -> Answer<AttachmentView> {
        attachments::begin(self.engine, to, name, size).await
    }

    async fn end_attach(&self, id: AttachmentId) -> Answer<AttachmentView> {
        attachments::end(self.engine, id).await
    }

    async fn detach(&self, to: AttachTo, id: AttachmentId) -> Answer<()> {
        attachments::detach(self.engine, to, id).await
    }

    async fn edit_picture(&self, to: AttachTo, id: AttachmentId, edits: Vec<Edit>) -> Answer<AttachmentView> {
        attachments::edit_picture(self.engine, to, id, edits).await
    }

    async fn fetch_attachment(&self, conversation: ConversationId, id: AttachmentId) -> Answer<()> {
        attachments::fetch(self.engine, conversation, id).await
    }

    async fn cancel_fetch(&self, conversation: ConversationId, id: AttachmentId) -> Answer<()> {
        attachments::cancel_fetch(self.engine, conversation, id).await
    }

    async fn pin_attachment(
        &self,
        conversation: ConversationId,
        id: AttachmentId,
        pinned: bool,
    ) -> Answer<()> {
        attachments::pin(self.engine, conversation, id, pinned).await
    }

    async fn acknowledge_refused(&self, conversation: ConversationId, id: AttachmentId) -> Answer<()> {
        attachments::acknowledge_refused(self.engine, conversation, id).await
    }

    async fn attachments(&self, conversation: ConversationId, ask: AttachmentsAsk) -> Answer<AttachmentList> {
        attachments::list(self.engine, conversation, ask).await
    }

    async fn delete_message(&self, conversation: ConversationId, message: MessageId) -> Answer<()> {
        act::delete_message(self.engine, conversation, message).await
    }

    async fn share_preview(&self, conversation: ConversationId, from: Option<Seq>) -> Answer<SharePreview> {
        timeline::share_preview(self.engine, conversation, from).await
    }

    async fn add(
        &self,
        conversation: ConversationId,
        members: Vec<MembershipId>,
        teams: Vec<TeamId>,
        share_from: Option<Seq>,
        previewed: Option<Seq>,
    ) -> Answer<()> {
        act::add(
            self.engine,
            conversation,
            members,
            teams,
            share_from.zip(previewed),
        )
        .await
    }

    async fn remove(&self, conversation: ConversationId, member: MembershipId) -> Answer<()> {
        act::simply(self.engine, conversation, Action::Remove { member }).await
    }

    async fn remove_team(&self, conversation: ConversationId, team: TeamId) -> Answer<()> {
        act::simply(self.engine, conversation, Action::RemoveTeam { team }).await
    }

    async fn join(&self, conversation: ConversationId) -> Answer<()> {
        act::simply(self.engine, conversation, Action::Join).await
    }

    async fn delete_conversation(&self, conversation: ConversationId) -> Answer<()> {
        act::simply(self.engine, conversation, Action::DeleteConversation).await
    }

    async fn item(&self, item: ItemId) -> Answer<ItemView> {
        items::item(self.engine, self.connector, item).await
    }

    async fn items(&self, items: Vec<ItemId>) -> Answer<Vec<ItemCard>> {
        items::items(self.engine, self.connector, items).await
    }

    async fn follow(&self, conversation: ConversationId) -> Answer<()> {
        Ok(self.engine.follow(conversation).await?)
    }

    async fn unfollow(&self, conversation: ConversationId) -> Answer<()> {
        Ok(self.engine.unfollow(conversation).await?)
    }

    async fn watch(&self, conversation: Option<ConversationId>) -> Answer<()> {
        items::watch(self.engine, self.connector, conversation).await
    }

    async fn readers(&self, conversation: ConversationId) -> Answer<Vec<ReaderView>> {
        items::readers(self.engine, conversation).await
    }

    async fn leave(&self, conversation: ConversationId, successor: Option<MembershipId>) -> Answer<()> {
        act::leave(self.engine, conversation, successor).await
    }

    async fn hand_over(&self, conversation: ConversationId, to: MembershipId) -> Answer<()> {
        act::simply(self.engine, conversation, Action::HandOver { to }).await
    }

    async fn archive(&self, conversation: ConversationId, everyone: bool) -> Answer<()> {
        act::archive(self.engine, conversation, everyone, true).await
    }

    async fn unarchive(&self, conversation: ConversationId, everyone: bool) -> Answer<()> {
        act::archive(self.engine, conversation, everyone, false).await
    }

    async fn mute(&self, conversation: ConversationId, muted: bool) -> Answer<()> {
        act::mute(self.engine, conversation, muted).await
    }

    async fn read(&self, conversation: ConversationId, number: Seq) -> Answer<()> {
        act::read(self.engine, conversation, number).await
    }

    async fn retry(&self, conversation: ConversationId, message: MessageId) -> Answer<()> {
        Ok(self.engine.try_again(conversation, message).await?)
    }

    async fn send_stale(&self, conversation: ConversationId) -> Answer<()> {
        Ok(self.engine.send_still(conversation).await?)
    }

    async fn withdraw(&self, conversation: ConversationId, message: MessageId) -> Answer<()> {
        Ok(self.engine.withdraw(conversation, message).await?)
    }

    async fn drop_recovered(&self, id: MessageId) -> Answer<()> {
        act::drop_recovered(self.engine, id).await
    }
}

/// An engine without a client has no cache to open again, and no link.
impl ClientRequests for EngineApi<'_> {
    async fn session(&self) -> Answer<SessionView> {
        self.session().await
    }

    async fn reopen(&self) -> Answer<SessionView> {
        self.session().await
    }

    async fn quarantine(&self) -> Answer<SessionView> {
        self.session().await
    }

    async fn take_link(&self) -> Answer<Option<Link>> {
        Ok(None)
    }

    async fn settings(&self) -> Answer<Settings> {
        Ok(self.engine.settings().await?)
    }

    async fn set_setting(&self, key: String, value: SettingValue) -> Answer<Settings> {
        settings::set(self.engine, &key, &value.0).await?;
        Ok(self.engine.settings().await?)
    }

    async fn reset_setting(&self, key: String) -> Answer<Settings> {
        settings::reset(self.engine, &key).await?;
        Ok(self.engine.settings().await?)
    }

    async fn policy_status(&self) -> Answer<PolicyStatus> {
        Ok(self.engine.device_settings().policy_status())
    }
}

impl WithEngine for EngineApi<'_> {
    type Open<'e>
        = EngineApi<'e>
    where
        Self: 'e;

    async fn engine(&self) -> Answer<EngineApi<'_>> {
        Ok(*self)
    }
}

impl OpenEngine for EngineApi<'_> {
    type Api<'e>
        = EngineApi<'e>
    where
        Self: 'e;

    fn api(&self) -> EngineApi<'_> {
        *self
    }
}

/// Answers a request with an engine alone, as JSON: for callers without a [`Client`](crate::client::Client).
///
/// Boxed, so that the compiler can prove that the future is `Send`.
pub fn answer<'a>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    call: ApiRequest,
) -> BoxFuture<'a, Answer<Value>> {
    Box::pin(async move { call.dispatch(&EngineApi::new(engine, connector)).await })
}
