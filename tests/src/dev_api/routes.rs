//! The routes of the development server. All answers are JSON, but the stream of events.
//!
//! | route | body | answer |
//! | --- | --- | --- |
//! | `POST /call/{person}` | an `ApiRequest` | its view; 422 with an `ApiError` |
//! | `POST /shell/{person}` | a `ShellRequest` | a `ShellView` |
//! | `POST /attach/{person}/{id}/{offset}` | bytes of a file that is being attached | 422 with an `ApiError` |
//! | `GET /file/{person}/{id}?token=` | | the bytes of a file, by ranges: the address of a picture |
//! | `GET /events/{person}` | | server-sent events, each a list of `Invalidated` |
//! | `GET /world` | | the people, items, teams and the time |
//! | `POST /world/reset` | | the same, of a world as it was at the start |
//! | `POST /world/offline/{person}`, `online` | | pulls their network cable, or puts it back |
//! | `POST /world/advance` | `{ "milliseconds": n }` | the time; 409 where the clock is the machine's |
//! | `POST /world/link/{person}` | `{ "link": "overleg://…" }` | the system opens Overleg with it |
//! | `POST /world/administer` | an `AdminRequest` | its `AdminResponse`; 422 with the reason |
//!
//! Besides: 401 without the token, 403 for another `Origin`, 404 for somebody whom nobody knows, 400 for a body that is not
//! what the route takes.

use std::convert::Infallible;
use std::io::Read as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ORIGIN, RANGE,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use client::api::{ApiRequest, Invalidated, Link, ShellRequest};
use conversation::{AttachmentId, Timestamp};
use futures_util::future;
use futures_util::stream::{self, Stream, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use sync_server::core::administer::AdminRequest;
use tokio::runtime::Handle;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{RwLock, watch};
use tokio::task::block_in_place;

use super::world::World;

/// Maximum bytes of one part of a file.
const LARGEST_PART: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Api {
    pub(super) token: String,
    pub(super) origin: Option<String>,
    pub(super) now: Option<Timestamp>,
    pub(super) world: RwLock<World>,
    /// Something is sent when the server is to stop.
    pub(super) ending: watch::Sender<()>,
}

/// Waits until something is sent, or the sender is gone.
pub(super) fn ended(sender: &watch::Sender<()>) -> impl Future<Output = ()> + Send + use<> {
    let mut receiver = sender.subscribe();
    async move {
        let _sent = receiver.changed().await;
    }
}

type Shared = State<Arc<Api>>;
type Body<T> = Result<Json<T>, JsonRejection>;

pub(super) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/call/{person}", post(call))
        .route("/shell/{person}", post(shell))
        .route("/attach/{person}/{id}/{offset}", post(attach))
        .route("/file/{person}/{id}", get(file))
        .route("/events/{person}", get(events))
        .layer(DefaultBodyLimit::max(LARGEST_PART))
        .route("/world", get(world))
        .route("/world/reset", post(reset))
        .route("/world/offline/{person}", post(offline))
        .route("/world/online/{person}", post(online))
        .route("/world/advance", post(advance))
        .route("/world/link/{person}", post(link))
        .route("/world/administer", post(administer))
        .fallback(async || failure(StatusCode::NOT_FOUND, "no_such_route"))
        .layer(from_fn_with_state(Arc::clone(&api), guard))
        .with_state(api)
}

/// Lets nobody in but the interface, and others who know the token and are no page of a browser.
async fn guard(State(api): Shared, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let allowed = api
        .origin
        .as_deref()
        .and_then(|origin| HeaderValue::from_str(origin).ok());
    if origin.is_some() && origin != allowed {
        return failure(StatusCode::FORBIDDEN, "another_origin");
    }
    let mut response = if request.method() == Method::OPTIONS && origin.is_some() {
        // A browser asks before it sends a token.
        StatusCode::NO_CONTENT.into_response()
    } else if is_authorised(&request, &api.token) {
        next.run(request).await
    } else {
        failure(StatusCode::UNAUTHORIZED, "token_missing_or_wrong")
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let names = HeaderValue::from_static("authorization, content-type, range");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        let methods = HeaderValue::from_static("GET, POST");
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        let exposed = HeaderValue::from_static("accept-ranges, content-length, content-range");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

fn is_authorised(request: &Request, token: &str) -> bool {
    let given = request.headers().get(AUTHORIZATION);
    // The address of a picture is all that a page gives.
    let in_address = request.uri().path().starts_with("/file/")
        && request.uri().query() == Some(format!("token={token}").as_str());
    in_address || given.is_some_and(|given| given.as_bytes() == format!("Bearer {token}").as_bytes())
}

async fn attach(
    State(api): Shared,
    Path((person, id, offset)): Path<(String, AttachmentId, u64)>,
    bytes: Bytes,
) -> Response {
    let world = api.world.read().await;
    let Some(seat) = world.seat(&person) else {
        return failure(StatusCode::NOT_FOUND, "no_such_person");
    };
    let device = match world.device(&seat).await {
        Ok(device) => device,
        Err(error) => return failed(&error),
    };
    match device.overleg().attach_bytes(id, offset, &bytes).await {
        Ok(()) => Json(Value::Null).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

/// As the desktop app answers its own addresses; the whole file at once, or one range of it.
async fn file(
    State(api): Shared,
    Path((person, id)): Path<(String, AttachmentId)>,
    headers: HeaderMap,
) -> Response {
    let world = api.world.read().await;
    let Some(seat) = world.seat(&person) else {
        return failure(StatusCode::NOT_FOUND, "no_such_person");
    };
    let device = match world.device(&seat).await {
        Ok(device) => device,
        Err(error) => return failed(&error),
    };
    let Ok(mut file) = device.overleg().attachment(id).await else {
        return failure(StatusCode::NOT_FOUND, "no_such_file");
    };
    let read = block_in_place(|| {
        let mut bytes = Vec::new();
        file.reader.read_to_end(&mut bytes).map(|_| bytes)
    });
    let Ok(bytes) = read else {
        return failure(StatusCode::INTERNAL_SERVER_ERROR, "the_file_is_damaged");
    };
    let part = headers.get(RANGE).and_then(|range| {
        let (from, to) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
        let from: usize = from.parse().ok()?;
        let to: usize = to.parse().unwrap_or(usize::MAX).min(bytes.len().checked_sub(1)?);
        Some((from, to, bytes.get(from..=to)?.to_vec()))
    });
    let typed = [
        (CONTENT_TYPE, file.media_type),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    match part {
        Some((from, to, part)) => {
            let range = format!("bytes {from}-{to}/{}", bytes.len());
            (StatusCode::PARTIAL_CONTENT, typed, [(CONTENT_RANGE, range)], part).into_response()
        }
        None => (typed, bytes).into_response(),
    }
}

async fn call(State(api): Shared, Path(person): Path<String>, body: Body<ApiRequest>) -> Response {
    let Ok(Json(request)) = body else {
        return failure(StatusCode::BAD_REQUEST, "not_a_request");
    };
    let world = api.world.read().await;
    let Some(seat) = world.seat(&person) else {
        return failure(StatusCode::NOT_FOUND, "no_such_person");
    };
    let device = match world.device(&seat).await {
        Ok(device) => device,
        Err(error) => return failed(&error),
    };
    match device.overleg().answer(request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

async fn shell(State(api): Shared, Path(person): Path<String>, body: Body<ShellRequest>) -> Response {
    let Ok(Json(request)) = body else {
        return failure(StatusCode::BAD_REQUEST, "not_a_request");
    };
    match api.world.read().await.seat(&person) {
        Some(seat) => Json(seat.shell.answer(request)).into_response(),
        None => failure(StatusCode::NOT_FOUND, "no_such_person"),
    }
}

async fn events(State(api): Shared, Path(person): Path<String>) -> Response {
    let world = api.world.read().await;
    let Some(seat) = world.seat(&person) else {
        return failure(StatusCode::NOT_FOUND, "no_such_person");
    };
    let engine = match world.device(&seat).await {
        Ok(device) => device.overleg().subscribe(),
        Err(error) => return failed(&error),
    };
    let both = stream::select(invalidated(engine), invalidated(seat.shell.subscribe()));
    let over = future::select(Box::pin(ended(&api.ending)), Box::pin(ended(world.alive())));
    // The first event is a comment: its reader knows that the stream gets every event from now on.
    let opened = stream::once(async { Event::default().comment("open") });
    let events = opened.chain(both.take_until(over).map(|list| {
        let text = serde_json::to_string(&list).unwrap_or_else(|_| r#"[{"stale":"all"}]"#.to_owned());
        Event::default().data(text)
    }));
    Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// A listener that fell behind has to treat everything as stale.
fn invalidated(events: Receiver<Vec<Invalidated>>) -> impl Stream<Item = Vec<Invalidated>> {
    stream::unfold(events, async |mut events| match events.recv().await {
        Ok(list) => Some((list, events)),
        Err(RecvError::Lagged(_)) => Some((vec![Invalidated::All], events)),
        Err(RecvError::Closed) => None,
    })
}

async fn world(State(api): Shared) -> Response {
    view(&*api.world.read().await)
}

fn view(world: &World) -> Response {
    match world.view() {
        Ok(view) => Json(view).into_response(),
        Err(error) => failed(&error),
    }
}

async fn reset(State(api): Shared) -> Response {
    // Here and not awaited: the compiler does not see that the future may cross threads (rust-lang/rust#100013).
    let new = block_in_place(|| Handle::current().block_on(World::new(api.now)));
    let new = match new {
        Ok(new) => new,
        Err(error) => return failed(&error),
    };
    let mut world = api.world.write().await;
    let old = std::mem::replace(&mut *world, new);
    let response = view(&world);
    drop(world);
    match old.end().await {
        Ok(()) => response,
        Err(error) => failed(&error),
    }
}

async fn offline(State(api): Shared, Path(person): Path<String>) -> Response {
    with_device(&api, &person, |device| device.go_offline()).await
}

async fn online(State(api): Shared, Path(person): Path<String>) -> Response {
    with_device(&api, &person, |device| device.go_online()).await
}

#[derive(Deserialize)]
struct Advance {
    milliseconds: u32,
}

async fn advance(State(api): Shared, body: Body<Advance>) -> Response {
    let Ok(Json(Advance { milliseconds })) = body else {
        return failure(StatusCode::BAD_REQUEST, "not_a_request");
    };
    let world = api.world.read().await;
    if !world.advance(milliseconds.into()) {
        return failure(StatusCode::CONFLICT, "the_clock_is_the_machines");
    }
    view(&world)
}

#[derive(Deserialize)]
struct Opened {
    link: String,
}

async fn link(State(api): Shared, Path(person): Path<String>, body: Body<Opened>) -> Response {
    let link = body.ok().and_then(|Json(Opened { link })| Link::parse(&link));
    let Some(link) = link else {
        return failure(StatusCode::BAD_REQUEST, "not_a_request");
    };
    with_device(&api, &person, move |device| device.overleg().open_link(link)).await
}

async fn administer(State(api): Shared, body: Body<AdminRequest>) -> Response {
    let Ok(Json(request)) = body else {
        return failure(StatusCode::BAD_REQUEST, "not_a_request");
    };
    match api.world.read().await.administer(request).await {
        Ok(done) => Json(done).into_response(),
        Err(error) => failure(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn with_device(api: &Api, person: &str, act: impl FnOnce(&crate::test_network::Device)) -> Response {
    let world = api.world.read().await;
    let Some(seat) = world.seat(person) else {
        return failure(StatusCode::NOT_FOUND, "no_such_person");
    };
    match world.device(&seat).await {
        Ok(device) => {
            act(device);
            Json(Value::Null).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// The development server itself failed; the reason holds no content of a conversation.
fn failed(error: &anyhow::Error) -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"))
}

fn failure(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "why": why }))).into_response()
}
