//! The door: requests in, answers and streams out.
//!
//! | route | file |
//! | --- | --- |
//! | `POST /v1/commands` | [`commands`] |
//! | `POST /v1/sync` | [`sync`] |
//! | `GET /v1/conversations/{id}/events`, `GET /v1/directory` | [`reading`] |
//! | `GET /v1/items`, `GET /v1/items/{item}`, `POST /v1/watch` | [`items`] |
//! | `POST /v1/session/...` | [`session`] |
//! | `/healthz`, `/readyz`, on their own port | here |
//!
//! Every route but those of `/v1/session` asks for an access token. A body is at most
//! [`protocol::LARGEST_REQUEST`] long and strict UTF-8; what is wrong is said as [`protocol::error::ErrorAnswer`].
//! Nothing of a body, a token or a name is ever logged.

mod commands;
mod door;
mod items;
mod reading;
mod session;
mod sync;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use protocol::error::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::core::Core;
use crate::server::live::Live;
use crate::server::writing::Writing;
use crate::session::Sessions;
use door::Refused;

/// Between two pieces of a body.
const SLOWEST_BODY: Duration = Duration::from_secs(30);

/// What the routes work with.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) core: Arc<Core>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) live: Arc<Live>,
    pub(crate) writing: Writing,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) heartbeat: Duration,
    pub(crate) poll: Duration,
}

pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/commands", post(commands::commands))
        .route("/v1/sync", post(sync::sync))
        .route("/v1/conversations/{conversation}/events", get(reading::events))
        .route("/v1/directory", get(reading::directory))
        .route("/v1/items", get(items::items))
        .route("/v1/items/{item}", get(items::item))
        .route("/v1/watch", post(items::watch))
        .route("/v1/session/invitation", post(session::invitation))
        .route("/v1/session/accept", post(session::accept))
        .route("/v1/session/sign-in", post(session::sign_in))
        .route("/v1/session/refresh", post(session::refresh))
        .route("/v1/session/sign-out", post(session::sign_out))
        .fallback(async || Refused::from(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Refused::from(ErrorCode::NotFound))
        .layer(DefaultBodyLimit::max(protocol::LARGEST_REQUEST))
        .layer(RequestBodyTimeoutLayer::new(SLOWEST_BODY))
        .layer(CatchPanicLayer::custom(door::panicked))
        .layer(middleware::from_fn(door::log))
        .with_state(app)
}

/// Health, on its own port.
pub(crate) fn health(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(async || StatusCode::OK))
        .route("/readyz", get(ready))
        .with_state(app)
}

/// Whether requests can be served: the store answers, and the task that writes takes more.
async fn ready(State(app): State<Arc<App>>) -> StatusCode {
    let store = app.core.store.mark().await;
    if store.is_ok() && app.writing.is_open() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
