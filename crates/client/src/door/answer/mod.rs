//! Answers every [`Call`] of a screen, from the cache.
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

use super::call::{Call, DoorError};
use super::link::Link;
use crate::cache::CacheError;
use crate::engine::Engine;
use crate::engine::sessions::SignInError;
use crate::seam::{Connector, Failure};

pub(crate) use conversation::outside_of;
pub(crate) use names::Names;

type Answer<T> = Result<T, DoorError>;

impl From<CacheError> for DoorError {
    fn from(error: CacheError) -> DoorError {
        tracing::error!(%error, "the cache failed");
        match error {
            CacheError::DiskFull => DoorError::DiskFull,
            CacheError::Broken { .. } | CacheError::Failed(_) => DoorError::Cache,
        }
    }
}

impl From<Failure> for DoorError {
    fn from(failure: Failure) -> DoorError {
        match failure {
            Failure::Unreachable | Failure::Malformed | Failure::TooLarge => DoorError::Unreachable,
            Failure::Between { obstacle } => DoorError::Between { obstacle },
            Failure::Server { code, .. } => DoorError::Server { code },
        }
    }
}

impl From<SignInError> for DoorError {
    fn from(error: SignInError) -> DoorError {
        match error {
            SignInError::Cache(error) => error.into(),
            SignInError::Failure(failure) => failure.into(),
            SignInError::NotSignedIn => DoorError::NotSignedIn,
        }
    }
}

/// The answer to a call, as JSON. `Reopen` and `SetAside` are answered by who opened the cache.
///
/// Boxed, so that the compiler sees at once that it may cross threads.
pub fn answer<'a>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    call: Call,
) -> BoxFuture<'a, Answer<Value>> {
    Box::pin(answer_call(engine, connector, call))
}

async fn answer_call(engine: &Engine, connector: &dyn Connector, call: Call) -> Answer<Value> {
    match call {
        Call::Session {} | Call::Reopen {} | Call::SetAside {} => json(session::session(engine).await?),
        // Kept by who holds the engine.
        Call::TakeLink {} => json(None::<Link>),
        Call::Invitation { server, code } => json(session::invitation(connector, &server, code).await?),
        Call::Accept {
            server,
            code,
            password,
        } => json(session::accept(engine, connector, &server, code, password).await?),
        Call::SignIn {
            server,
            login,
            password,
        } => json(session::sign_in(engine, connector, &server, login, password).await?),
        Call::SignOut {} => json(session::sign_out(engine, connector).await?),
        Call::SaveSettings { settings } => json(session::save_settings(engine, settings).await?),
        Call::Truth {} => json(overview::truth(engine).await?),
        Call::Overview { ask } => json(overview::overview(engine, ask).await?),
        Call::OverviewChoices {} => json(overview::chosen::choices(engine).await?),
        Call::Conversation { conversation } => json(conversation::conversation(engine, conversation).await?),
        Call::Timeline {
            conversation,
            at,
            limit,
        } => json(timeline::timeline(engine, conversation, at, limit).await?),
        Call::Find { acting, query, limit } => {
            json(find::find(engine, connector, acting, &one_line(&query), limit).await?)
        }
        Call::Start {
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
        Call::Send { conversation } => json(act::send(engine, conversation).await?),
        Call::SaveDraft { conversation, draft } => json(act::save_draft(engine, conversation, draft).await?),
        Call::DeleteMessage {
            conversation,
            message,
        } => json(act::delete_message(engine, conversation, message).await?),
        Call::SharePreview { conversation, from } => {
            json(timeline::share_preview(engine, conversation, from).await?)
        }
        Call::Add {
            conversation,
            members,
            teams,
            share_from,
            previewed,
        } => json(act::add(engine, conversation, members, teams, share_from.zip(previewed)).await?),
        Call::Remove { conversation, member } => {
            json(act::simply(engine, conversation, Action::Remove { member }).await?)
        }
        Call::RemoveTeam { conversation, team } => {
            json(act::simply(engine, conversation, Action::RemoveTeam { team }).await?)
        }
        Call::Join { conversation } => json(act::simply(engine, conversation, Action::Join).await?),
        Call::DeleteConversation { conversation } => {
            json(act::simply(engine, conversation, Action::DeleteConversation).await?)
        }
        Call::Item { item } => json(items::item(engine, connector, item).await?),
        Call::Items { items } => json(items::items(engine, connector, items).await?),
        Call::Follow { conversation } => json(engine.follow(conversation).await?),
        Call::Unfollow { conversation } => json(engine.unfollow(conversation).await?),
        Call::Watch { conversation } => json(items::watch(engine, connector, conversation).await?),
        Call::Readers { conversation } => json(items::readers(engine, conversation).await?),
        Call::Leave {
            conversation,
            successor,
        } => json(act::leave(engine, conversation, successor).await?),
        Call::HandOver { conversation, to } => {
            json(act::simply(engine, conversation, Action::HandOver { to }).await?)
        }
        Call::Archive {
            conversation,
            everyone,
        } => json(act::archive(engine, conversation, everyone, true).await?),
        Call::Unarchive {
            conversation,
            everyone,
        } => json(act::archive(engine, conversation, everyone, false).await?),
        Call::Read { conversation, number } => json(act::read(engine, conversation, number).await?),
        Call::Retry {
            conversation,
            message,
        } => json(engine.try_again(conversation, message).await?),
        Call::SendStale { conversation } => json(engine.send_still(conversation).await?),
        Call::Withdraw {
            conversation,
            message,
        } => json(engine.withdraw(conversation, message).await?),
        Call::DropRescued { id } => json(act::drop_rescued(engine, id).await?),
        Call::Clean { text } => json(clean(&text)),
    }
}

fn json<T: Serialize>(answer: T) -> Answer<Value> {
    serde_json::to_value(answer).map_err(|_| DoorError::Cache)
}
