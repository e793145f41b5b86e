//! Answers every [`ApiRequest`] of a screen, from the cache.
//!
//! Only finding people, items, who reads along and signing in ask the server; all but signing in goes on without it.

mod act;
mod conversation;
mod find;
mod items;
mod names;
mod overview;
mod session;
mod timeline;

use ::conversation::Action;
use ::conversation::text::{clean, one_line};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::link::Link;
use super::request::{ApiError, ApiRequest};
use crate::cache::CacheError;
use crate::engine::Engine;
use crate::engine::sessions::SignInError;
use crate::ports::{Connector, Failure};

pub(crate) use conversation::outside_of;
pub(crate) use names::Names;

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

/// The answer to a call, as JSON. `Reopen` and `SetAside` are answered by who opened the cache.
///
/// Boxed, so that the compiler sees at once that it may cross threads.
pub fn answer<'a>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    call: ApiRequest,
) -> BoxFuture<'a, Answer<Value>> {
    Box::pin(answer_call(engine, connector, call))
}

async fn answer_call(engine: &Engine, connector: &dyn Connector, call: ApiRequest) -> Answer<Value> {
    match call {
        ApiRequest::Session {} | ApiRequest::Reopen {} | ApiRequest::SetAside {} => {
            json(session::session(engine).await?)
        }
        // Kept by who holds the engine.
        ApiRequest::TakeLink {} => json(None::<Link>),
        ApiRequest::Invitation { server, code } => json(session::invitation(connector, &server, code).await?),
        ApiRequest::Accept {
            server,
            code,
            password,
        } => json(session::accept(engine, connector, &server, code, password).await?),
        ApiRequest::SignIn {
            server,
            login,
            password,
        } => json(session::sign_in(engine, connector, &server, login, password).await?),
        ApiRequest::SignOut {} => json(session::sign_out(engine, connector).await?),
        ApiRequest::SaveSettings { settings } => json(session::save_settings(engine, settings).await?),
        ApiRequest::SyncStatus {} => json(overview::truth(engine).await?),
        ApiRequest::Overview { ask } => json(overview::overview(engine, ask).await?),
        ApiRequest::OverviewChoices {} => json(overview::chosen::choices(engine).await?),
        ApiRequest::Conversation { conversation } => {
            json(conversation::conversation(engine, conversation).await?)
        }
        ApiRequest::Timeline {
            conversation,
            at,
            limit,
        } => json(timeline::timeline(engine, conversation, at, limit).await?),
        ApiRequest::Find { acting, query, limit } => {
            json(find::find(engine, connector, acting, &one_line(&query), limit).await?)
        }
        ApiRequest::Start {
            acting,
            shape,
            with,
            teams,
            subject,
            text,
        } => {
            let item = items::known(engine, shape);
            let chosen = act::Chosen { with, teams, item };
            json(act::start(engine, acting, shape, chosen, subject, text).await?)
        }
        ApiRequest::Send { conversation } => json(act::send(engine, conversation).await?),
        ApiRequest::SaveDraft { conversation, draft } => {
            json(act::save_draft(engine, conversation, draft).await?)
        }
        ApiRequest::DeleteMessage {
            conversation,
            message,
        } => json(act::delete_message(engine, conversation, message).await?),
        ApiRequest::SharePreview { conversation, from } => {
            json(timeline::share_preview(engine, conversation, from).await?)
        }
        ApiRequest::Add {
            conversation,
            members,
            teams,
            share_from,
            previewed,
        } => json(act::add(engine, conversation, members, teams, share_from.zip(previewed)).await?),
        ApiRequest::Remove { conversation, member } => {
            json(act::simply(engine, conversation, Action::Remove { member }).await?)
        }
        ApiRequest::RemoveTeam { conversation, team } => {
            json(act::simply(engine, conversation, Action::RemoveTeam { team }).await?)
        }
        ApiRequest::Join { conversation } => json(act::simply(engine, conversation, Action::Join).await?),
        ApiRequest::DeleteConversation { conversation } => {
            json(act::simply(engine, conversation, Action::DeleteConversation).await?)
        }
        ApiRequest::Item { item } => json(items::item(engine, connector, item).await?),
        ApiRequest::Items { items } => json(items::items(engine, connector, items).await?),
        ApiRequest::Follow { conversation } => json(engine.follow(conversation).await?),
        ApiRequest::Unfollow { conversation } => json(engine.unfollow(conversation).await?),
        ApiRequest::Watch { conversation } => json(items::watch(engine, connector, conversation).await?),
        ApiRequest::Readers { conversation } => json(items::readers(engine, conversation).await?),
        ApiRequest::Leave {
            conversation,
            successor,
        } => json(act::leave(engine, conversation, successor).await?),
        ApiRequest::HandOver { conversation, to } => {
            json(act::simply(engine, conversation, Action::HandOver { to }).await?)
        }
        ApiRequest::Archive {
            conversation,
            everyone,
        } => json(act::archive(engine, conversation, everyone, true).await?),
        ApiRequest::Unarchive {
            conversation,
            everyone,
        } => json(act::archive(engine, conversation, everyone, false).await?),
        ApiRequest::Read { conversation, number } => json(act::read(engine, conversation, number).await?),
        ApiRequest::Retry {
            conversation,
            message,
        } => json(engine.try_again(conversation, message).await?),
        ApiRequest::SendStale { conversation } => json(engine.send_still(conversation).await?),
        ApiRequest::Withdraw {
            conversation,
            message,
        } => json(engine.withdraw(conversation, message).await?),
        ApiRequest::DropRescued { id } => json(act::drop_rescued(engine, id).await?),
        ApiRequest::Clean { text } => json(clean(&text)),
    }
}

fn json<T: Serialize>(answer: T) -> Answer<Value> {
    serde_json::to_value(answer).map_err(|_| ApiError::Cache)
}
