//! Requests to the server that a screen waits for.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::session::Secret;

use super::Answer;
use crate::api::request::ApiError;
use crate::engine::Engine;
use crate::ports::{Connector, Failure, Transport};

/// Sends a request to the server, with a new access token if the current one has expired.
pub(super) async fn ask_server<'a, T>(
    engine: &'a Engine,
    connector: &'a dyn Connector,
    question: impl Fn(Arc<dyn Transport>, Secret) -> BoxFuture<'a, Result<T, Failure>>,
) -> Answer<T> {
    let server = engine.session().await?.ok_or(ApiError::NotSignedIn)?.server;
    let (_, transport) = connector.connect(&server).map_err(|_| ApiError::BadAddress)?;
    let access = engine.access(transport.as_ref(), None).await?;
    match question(Arc::clone(&transport), access.clone()).await {
        Err(Failure::Server {
            code: protocol::error::ErrorCode::SignInNeeded,
            ..
        }) => {
            let access = engine.access(transport.as_ref(), Some(&access)).await?;
            Ok(question(transport, access).await?)
        }
        answer => Ok(answer?),
    }
}
