//! The HTTP API: requests in, answers and streams out.
//!
//! | route | file |
//! | --- | --- |
//! | `POST /v1/commands` | [`commands`] |
//! | `POST /v1/sync` | [`sync`] |
//! | `GET /v1/conversations/{id}/events` | [`history`] |
//! | `GET /v1/directory`, `GET`, `PUT /v1/memberships/{membership}/findability` and `availability` | [`directory`] |
//! | `GET /v1/items`, `GET /v1/items/{item}`, `POST /v1/watch` | [`items`] |
//! | `PUT`, `GET /v1/source/items/{reference}`, `PUT`, `DELETE /v1/source/permissions` | [`source`] |
//! | `POST /v1/session/...` | [`session`] |
//! | `/v1/attachments` | [`attachments`] |
//! | `GET /open/...`, pages for a browser | [`open`] |
//! | `/healthz`, `/readyz`, on their own port | here |
//!
//! Every route outside `/v1/session` and `/open` requires an access token, and those of `/v1/source` the key of a source system. A
//! body is JSON in strict UTF-8 ([`media_type`], [`form`]), bounded in bytes and time ([`limits`]); the rest of a body
//! that no route reads is drained ([`drain`]). Errors are [`protocol::error::ErrorAnswer`]s. Bodies, tokens and
//! names are never logged.

mod attachments;
mod commands;
pub(crate) mod connection_takeover;
pub(crate) mod connections;
mod directory;
mod drain;
mod extract;
mod form;
mod history;
mod items;
mod limits;
mod media_type;
mod open;
pub mod openapi;
mod session;
mod source;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{self, MethodRouter, get};
use axum::{Json, Router};
use protocol::error::ErrorCode;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::counts::Levels;
use crate::app::{App, mail_figures};
use connections::Connections;
use extract::Refused;
pub use limits::{SLOWEST_BODY, largest_body};

/// Timeout of the store in a readiness check.
const SLOWEST_STORE: Duration = Duration::from_secs(5);

/// The authentication that a route requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// None; credentials, where there are any, are in the body.
    Anyone,
    /// An access token of a person.
    Person,
    /// The key of a source system.
    Source,
}

/// A method, a path, and the authentication that it requires.
pub type Route = (Method, &'static str, For);

/// All routes of the API; there are no others.
fn all() -> Vec<(Route, MethodRouter<Arc<App>>)> {
    use For::{Anyone, Person, Source};
    let get = |path, who, route| ((Method::GET, path, who), route);
    let post = |path, who, route| ((Method::POST, path, who), route);
    let put = |path, who, route| ((Method::PUT, path, who), route);
    let delete = |path, who, route| ((Method::DELETE, path, who), route);
    let tus = |route, method: MethodRouter<Arc<App>>| {
        (route, method.layer(middleware::map_response(attachments::sign)))
    };
    const FINDABILITY: &str = "/v1/memberships/{membership}/findability";
    const AVAILABILITY: &str = "/v1/memberships/{membership}/availability";
    const FILES: &str = "/v1/attachments";
    const FILE: &str = "/v1/attachments/{attachment}";
    vec![
        tus(
            (Method::OPTIONS, FILES, Anyone),
            routing::options(attachments::options),
        ),
        tus((Method::POST, FILES, Person), routing::post(attachments::create)),
        tus((Method::HEAD, FILE, Person), routing::head(attachments::head)),
        tus((Method::PATCH, FILE, Person), routing::patch(attachments::patch)),
        tus(
            (Method::DELETE, FILE, Person),
            routing::delete(attachments::cancel),
        ),
        get(FILE, Person, routing::get(attachments::bytes)),
        post("/v1/commands", Person, routing::post(commands::commands)),
        post("/v1/sync", Person, routing::post(sync::sync)),
        get(
            "/v1/conversations/{conversation}/events",
            Person,
            routing::get(history::events),
        ),
        get("/v1/directory", Person, routing::get(directory::find)),
        get(FINDABILITY, Person, routing::get(directory::findability)),
        put(FINDABILITY, Person, routing::put(directory::choose_findability)),
        get(AVAILABILITY, Person, routing::get(directory::availability)),
        put(AVAILABILITY, Person, routing::put(directory::set_availability)),
        get("/v1/items", Person, routing::get(items::items)),
        get("/v1/items/{item}", Person, routing::get(items::item)),
        post("/v1/watch", Person, routing::post(items::watch)),
        get("/v1/source/items/{reference}", Source, routing::get(source::item)),
        put(
            "/v1/source/items/{reference}",
            Source,
            routing::put(source::put_item),
        ),
        put("/v1/source/permissions", Source, routing::put(source::grant)),
        delete("/v1/source/permissions", Source, routing::delete(source::revoke)),
        post(
            "/v1/session/invitation",
            Anyone,
            routing::post(session::invitation),
        ),
        post("/v1/session/accept", Anyone, routing::post(session::accept)),
        post("/v1/session/sign-in", Anyone, routing::post(session::sign_in)),
        post("/v1/session/refresh", Anyone, routing::post(session::refresh)),
        post(
            "/v1/session/signed-out",
            Anyone,
            routing::post(session::signed_out),
        ),
        post(
            "/v1/session/password",
            Person,
            routing::post(session::change_password),
        ),
        get("/v1/sessions", Person, routing::get(session::standing)),
        post("/v1/sessions/end", Person, routing::post(session::end)),
        post("/v1/session/sign-out", Person, routing::post(session::sign_out)),
        get(
            "/open/conversation/{conversation}",
            Anyone,
            routing::get(open::conversation),
        ),
        get("/open/settings/mail", Anyone, routing::get(open::mail_settings)),
    ]
}

/// Every route of the server, with the authentication that it requires.
pub fn every_route() -> Vec<Route> {
    all().into_iter().map(|(route, _)| route).collect()
}

pub(crate) fn routes(app: Arc<App>) -> Router {
    all()
        .into_iter()
        .fold(Router::new(), |router, ((_, path, _), method)| {
            router.route(path, method)
        })
        .fallback(async || Refused::from(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Refused::from(ErrorCode::NotFound))
        .layer(CatchPanicLayer::custom(extract::panicked))
        .layer(middleware::from_fn(drain::drain_body))
        .layer(middleware::from_fn(extract::log))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            extract::note_denials,
        ))
        // Outermost, so that every answer carries the server's name.
        .layer(middleware::map_response_with_state(
            Arc::clone(&app),
            extract::sign,
        ))
        .with_state(app)
}

/// Health and metrics, on their own port.
pub(crate) fn health(app: Arc<App>, connections: Arc<Connections>) -> Router {
    let measured = Arc::clone(&app);
    let metrics = move || {
        let (measured, connections) = (Arc::clone(&measured), Arc::clone(&connections));
        async move { metrics(&measured, &connections).await }
    };
    Router::new()
        .route("/healthz", get(async || StatusCode::OK))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(middleware::from_fn(drain::drain_body))
        .with_state(app)
}

/// Whether requests can be served: the store answers, and the write task accepts requests.
/// Mail is a detail: without it everything else is served.
async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    let store = tokio::time::timeout(SLOWEST_STORE, app.core.store.mark()).await;
    let (store, writing) = (matches!(store, Ok(Ok(_))), app.write_queue.is_open());
    let status = if store && writing {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let said = |well| if well { "ok" } else { "failing" };
    let details = json!({
        "store": said(store),
        "writing": said(writing),
        "mail": mail_figures::state(app.outgoing.as_ref()),
    });
    (status, Json(details))
}

async fn metrics(app: &App, connections: &Connections) -> impl IntoResponse + use<> {
    let levels = Levels {
        connections: connections.len(),
        streams: app.subscriptions.len(),
        body_bytes: app.bodies.held(),
        catch_up_bytes: app.catch_up.held(),
        transfers: app.uploads.transfers.count(),
    };
    let mut text = app.counts.text(levels);
    if let Some(outgoing) = &app.outgoing {
        let now = app.core.now();
        let jobs = tokio::time::timeout(SLOWEST_STORE, app.core.store.job_levels(now)).await;
        let jobs = jobs.ok().and_then(Result::ok).unwrap_or_default();
        text += &mail_figures::text(outgoing, &jobs, now);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
