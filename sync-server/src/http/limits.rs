//! Limits on bodies: in size, in time, and in the memory that all of them use at once.
//!
//! | route | bytes |
//! | --- | --- |
//! | `/v1/session/...`, `/v1/sessions/end`, `/v1/watch`, `/v1/source/permissions`, `/v1/memberships/{membership}/...` | 4 KiB |
//! | `/v1/source/items/{reference}` | 32 KiB |
//! | `/v1/sync` | 256 KiB |
//! | `/v1/commands` | 4 MiB |
//! | `PATCH /v1/attachments/{attachment}` | the rest of its file, in pieces ([`attachments`](super::attachments)) |
//!
//! A body that declares a larger size is refused before a byte of it is read. One that arrives more slowly than
//! [`SLOWEST_BODY`] is dropped. The bytes of a body count against one budget for all
//! ([`BodyBudget`](crate::app::body_budget::BodyBudget)) until its request is answered; one sender gets a quarter of
//! it. Beyond the budget a request is refused with "try again later".

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, MatchedPath, Request};
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use protocol::error::ErrorCode;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::connections::Pulse;
use super::extract::{self, Refused, client_address};
use super::media_type;
use crate::app::App;
use crate::app::body_budget::{BudgetShare, Sender};
use crate::app::counts::Unread;
use crate::config::tuning::Deadlines;
use crate::identity::attempts::network;
use crate::session::Session;

/// Minimum speed of a body in bytes per second, averaged after the first moments.
pub const SLOWEST_BODY: u64 = 4 * 1024;
const KIB: usize = 1024;

/// Maximum size of the body of a route, in bytes; 4 KiB unless listed here.
pub fn largest_body(route: &str) -> usize {
    match route {
        "/v1/commands" => protocol::LARGEST_REQUEST,
        "/v1/sync" => protocol::LARGEST_SYNC,
        "/v1/source/items/{reference}" => 32 * KIB,
        _ => protocol::LARGEST_SMALL,
    }
}

/// A body that was read, and the part of the budget that it uses.
#[derive(Debug)]
pub(super) struct Measured<T> {
    pub(super) value: T,
    pub(super) held: BudgetShare,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Measured<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Measured<T>, Refused> {
        let (body, held) = read(request, app).await?;
        let value = extract::parse(&body)?;
        Ok(Measured { value, held })
    }
}

/// A body that was parsed as JSON of type `T`.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Json<T>, Refused> {
        let Measured { value, held } = Measured::from_request(request, app).await?;
        drop(held);
        Ok(Json(value))
    }
}

/// Reads a body within all its limits.
pub(super) async fn read(request: Request, app: &App) -> Result<(Bytes, BudgetShare), Refused> {
    media_type::check(request.headers())?;
    let sender = sender(&request, app);
    let route = request.extensions().get::<MatchedPath>();
    let largest = largest_body(route.map_or("", MatchedPath::as_str));
    let said = request.headers().get(CONTENT_LENGTH);
    let said = said.and_then(|said| said.to_str().ok()?.parse::<usize>().ok());
    let too_large = || {
        app.counts.unread(Unread::TooLarge);
        Refused::from(ErrorCode::TooLarge)
    };
    if said.is_some_and(|said| said > largest) {
        return Err(too_large());
    }
    let pulse = request.extensions().get::<Arc<Pulse>>();
    let _reading = pulse.map(Pulse::read);
    let mut held = app.bodies.begin(sender);
    let mut whole = BytesMut::new();
    let mut body = std::pin::pin!(Body::into_data_stream(request.into_body()));
    let mut pace = Pace::new(app.bodies.deadlines());
    loop {
        let Ok(chunk) = tokio::time::timeout_at(pace.until(), body.next()).await else {
            app.counts.unread(Unread::TooSlow);
            return Err(ErrorCode::TooSlow.into());
        };
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|_| {
            let why = "the body did not come to its end";
            Refused::because(ErrorCode::BadRequest, why.to_owned())
        })?;
        if whole.len() + chunk.len() > largest {
            return Err(too_large());
        }
        held.take(chunk.len())?;
        pace.came(chunk.len());
        whole.extend_from_slice(&chunk);
    }
    Ok((whole.freeze(), held))
}

fn sender(request: &Request, app: &App) -> Sender {
    if let Some(session) = request.extensions().get::<Session>() {
        return Sender::Person(session.person);
    }
    let address = client_address(request.extensions(), request.headers(), app);
    address.map_or(Sender::Unknown, |address| Sender::Address(network(address)))
}

/// The time by which the next byte of a body must arrive.
#[derive(Debug)]
pub(super) struct Pace {
    began: Instant,
    first: Duration,
    longest: Duration,
    bytes: u64,
}

impl Pace {
    fn new(deadlines: &Deadlines) -> Pace {
        Pace {
            began: Instant::now(),
            first: deadlines.body,
            longest: deadlines.longest_body,
            bytes: 0,
        }
    }

    /// Of the bytes of a file, which may take as long as they keep coming.
    pub(super) fn of_file(deadlines: &Deadlines) -> Pace {
        Pace {
            longest: deadlines.request,
            ..Pace::new(deadlines)
        }
    }

    pub(super) fn came(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(super) fn until(&self) -> Instant {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1_000) / SLOWEST_BODY);
        self.began + (self.first + earned).min(self.longest)
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
