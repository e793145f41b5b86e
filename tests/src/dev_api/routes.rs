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

use super::world::{Seat, World};
use crate::test_network::Device;

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
        .fallback(async || Failure::new(StatusCode::NOT_FOUND, "no_such_route"))
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
        return Failure::new(StatusCode::FORBIDDEN, "another_origin").into_response();
    }
    let mut response = if request.method() == Method::OPTIONS && origin.is_some() {
        // A browser asks before it sends a token.
        StatusCode::NO_CONTENT.into_response()
    } else if is_authorised(&request, &api.token) {
        next.run(request).await
    } else {
        Failure::new(StatusCode::UNAUTHORIZED, "token_missing_or_wrong").into_response()
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

/// An answer, or another where something was missing.
type Answered = Result<Response, Failure>;

struct Failure {
    status: StatusCode,
    why: String,
}

impl Failure {
    fn new(status: StatusCode, why: &str) -> Self {
        Self {
            status,
            why: why.to_owned(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "why": self.why }))).into_response()
    }
}

/// The development server itself failed; the reason holds no content of a conversation.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"))
    }
}

fn seat_of(world: &World, person: &str) -> Result<Arc<Seat>, Failure> {
    let seat = world.seat(person);
    seat.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "no_such_person"))
}

fn request<T>(body: Body<T>) -> Result<T, Failure> {
    body.map(|Json(request)| request).map_err(|_| not_a_request())
}

fn not_a_request() -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "not_a_request")
}

async fn attach(
    State(api): Shared,
    Path((person, id, offset)): Path<(String, AttachmentId, u64)>,
    bytes: Bytes,
) -> Answered {
    let world = api.world.read().await;
    let seat = seat_of(&world, &person)?;
    let device = world.device(&seat).await?;
    Ok(match device.overleg().attach_bytes(id, offset, &bytes).await {
        Ok(()) => Json(Value::Null).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    })
}

/// As the desktop app answers its own addresses; the whole file at once, or one range of it.
async fn file(
    State(api): Shared,
    Path((person, id)): Path<(String, AttachmentId)>,
    headers: HeaderMap,
) -> Answered {
    let world = api.world.read().await;
    let seat = seat_of(&world, &person)?;
    let device = world.device(&seat).await?;
    let Ok(mut file) = device.overleg().attachment(id).await else {
        return Err(Failure::new(StatusCode::NOT_FOUND, "no_such_file"));
    };
    let read = block_in_place(|| {
        let mut bytes = Vec::new();
        file.reader.read_to_end(&mut bytes).map(|_| bytes)
    });
    let Ok(bytes) = read else {
        return Err(Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the_file_is_damaged",
        ));
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
    Ok(match part {
        Some((from, to, part)) => {
            let range = format!("bytes {from}-{to}/{}", bytes.len());
            (StatusCode::PARTIAL_CONTENT, typed, [(CONTENT_RANGE, range)], part).into_response()
        }
        None => (typed, bytes).into_response(),
    })
}

async fn call(State(api): Shared, Path(person): Path<String>, body: Body<ApiRequest>) -> Answered {
    let request = request(body)?;
    let world = api.world.read().await;
    let seat = seat_of(&world, &person)?;
    let device = world.device(&seat).await?;
    Ok(match device.overleg().answer(request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    })
}

async fn shell(State(api): Shared, Path(person): Path<String>, body: Body<ShellRequest>) -> Answered {
    let request = request(body)?;
    let seat = seat_of(&*api.world.read().await, &person)?;
    Ok(Json(seat.shell.answer(request)).into_response())
}

async fn events(State(api): Shared, Path(person): Path<String>) -> Answered {
    let world = api.world.read().await;
    let seat = seat_of(&world, &person)?;
    let engine = world.device(&seat).await?.overleg().subscribe();
    let both = stream::select(invalidated(engine), invalidated(seat.shell.subscribe()));
    let over = future::select(Box::pin(ended(&api.ending)), Box::pin(ended(world.alive())));
    // The first event is a comment: its reader knows that the stream gets every event from now on.
    let opened = stream::once(async { Event::default().comment("open") });
    let events = opened.chain(both.take_until(over).map(|list| {
        let text = serde_json::to_string(&list).unwrap_or_else(|_| r#"[{"stale":"all"}]"#.to_owned());
        Event::default().data(text)
    }));
    let events = Sse::new(events.map(Ok::<_, Infallible>));
    Ok(events.keep_alive(KeepAlive::default()).into_response())
}

/// A listener that fell behind has to treat everything as stale.
fn invalidated(events: Receiver<Vec<Invalidated>>) -> impl Stream<Item = Vec<Invalidated>> {
    stream::unfold(events, async |mut events| match events.recv().await {
        Ok(list) => Some((list, events)),
        Err(RecvError::Lagged(_)) => Some((vec![Invalidated::All], events)),
        Err(RecvError::Closed) => None,
    })
}

async fn world(State(api): Shared) -> Answered {
    view(&*api.world.read().await)
}

fn view(world: &World) -> Answered {
    Ok(Json(world.view()?).into_response())
}

async fn reset(State(api): Shared) -> Answered {
    // Here and not awaited: the compiler does not see that the future may cross threads (rust-lang/rust#100013).
    let new = block_in_place(|| Handle::current().block_on(World::new(api.now)))?;
    let mut world = api.world.write().await;
    let old = std::mem::replace(&mut *world, new);
    let response = view(&world);
    drop(world);
    old.end().await?;
    response
}

async fn offline(State(api): Shared, Path(person): Path<String>) -> Answered {
    with_device(&api, &person, |device| device.go_offline()).await
}

async fn online(State(api): Shared, Path(person): Path<String>) -> Answered {
    with_device(&api, &person, |device| device.go_online()).await
}

#[derive(Deserialize)]
struct Advance {
    milliseconds: u32,
}

async fn advance(State(api): Shared, body: Body<Advance>) -> Answered {
    let Advance { milliseconds } = request(body)?;
    let world = api.world.read().await;
    if !world.advance(milliseconds.into()) {
        return Err(Failure::new(StatusCode::CONFLICT, "the_clock_is_the_machines"));
    }
    view(&world)
}

#[derive(Deserialize)]
struct Opened {
    link: String,
}

async fn link(State(api): Shared, Path(person): Path<String>, body: Body<Opened>) -> Answered {
    let link = Link::parse(&request(body)?.link);
    let link = link.ok_or_else(not_a_request)?;
    with_device(&api, &person, move |device| device.overleg().open_link(link)).await
}

async fn administer(State(api): Shared, body: Body<AdminRequest>) -> Answered {
    let done = api.world.read().await.administer(request(body)?).await;
    let done = done.map_err(|error| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))?;
    Ok(Json(done).into_response())
}

async fn with_device(api: &Api, person: &str, act: impl FnOnce(&Device)) -> Answered {
    let world = api.world.read().await;
    let seat = seat_of(&world, person)?;
    act(world.device(&seat).await?);
    Ok(Json(Value::Null).into_response())
}
