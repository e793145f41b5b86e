//! Extractors and responses that all routes share: session, client address, refusals.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Path, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conversation::PersonId;
use protocol::error::{ErrorAnswer, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connections::Pulse;
use super::form;
use crate::app::App;
use crate::app::counts::Quota;
use crate::app::quotas::OverQuota;
use crate::core::CoreError;
use crate::identity::IdentityError;
use crate::session::{Session, SessionError, Unreadable};
use crate::store::SessionEnd;

/// The addresses that a request passed, as proxies write them.
const FORWARDED: &str = "x-forwarded-for";

/// A refused request.
#[derive(Debug)]
pub(super) struct Refused {
    code: ErrorCode,
    retry_after: Option<u64>,
    why: Option<String>,
    ended: Option<SessionEnd>,
}

impl Refused {
    /// A refusal for the bearer of a token of the session that ended.
    pub(super) fn ended(end: SessionEnd) -> Refused {
        let ended = Some(end);
        Refused {
            ended,
            ..Refused::from(ErrorCode::SessionEnded)
        }
    }

    /// A refusal that may be none after so many seconds.
    fn after(code: ErrorCode, seconds: u64) -> Refused {
        let retry_after = Some(seconds);
        Refused {
            retry_after,
            ..Refused::from(code)
        }
    }

    /// A refusal with a sentence for the engineer of the client.
    pub(super) fn because(code: ErrorCode, why: String) -> Refused {
        let why = Some(why);
        Refused {
            why,
            ..Refused::from(code)
        }
    }
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Refused {
        let retry_after = match code {
            ErrorCode::TooManyRequests | ErrorCode::TooSlow | ErrorCode::Stopping => Some(1),
            // The scanner is asked again every minute.
            ErrorCode::AttachmentNotChecked => Some(30),
            _ => None,
        };
        Refused {
            code,
            retry_after,
            why: None,
            ended: None,
        }
    }
}

impl From<CoreError> for Refused {
    fn from(fault: CoreError) -> Refused {
        tracing::error!(%fault, "a request could not be served");
        ErrorCode::Internal.into()
    }
}

impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Refused {
        match error {
            IdentityError::Code(code) => code.into(),
            IdentityError::Wait { seconds } => Refused::after(ErrorCode::TooManyAttempts, seconds),
            IdentityError::CoreError(fault) => fault.into(),
        }
    }
}

impl From<OverQuota> for Refused {
    fn from(over: OverQuota) -> Refused {
        let code = match over.quota {
            // No program waits and asks again: there is a person who reads this.
            Quota::Found => ErrorCode::TooManyFound,
            Quota::Changes | Quota::Sent | Quota::Read | Quota::Files => ErrorCode::TooManyRequests,
        };
        Refused {
            why: Some(over.why().to_owned()),
            ..Refused::after(code, over.seconds)
        }
    }
}

impl From<SessionError> for Refused {
    fn from(error: SessionError) -> Refused {
        match error {
            SessionError::Code(code) => code.into(),
            SessionError::Ended(end) => Refused::ended(end),
            SessionError::Wait { seconds } => Refused::after(ErrorCode::TooManyAttempts, seconds),
            SessionError::CoreError(fault) => fault.into(),
        }
    }
}

impl From<Unreadable> for Refused {
    fn from(Unreadable(why): Unreadable) -> Refused {
        Refused::because(ErrorCode::BadRequest, why.to_owned())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let answer = ErrorAnswer {
            error: self.code,
            retry_after: self.retry_after,
            why: self.why,
            ended: self.ended,
        };
        let mut response = json(&answer);
        *response.status_mut() =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self.code);
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An answer as JSON that must not be cached.
pub(super) fn json(answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => json_bytes(Bytes::from(body)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) fn json_bytes(body: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

/// As [`json`]; counts for what the account may read (BP7).
pub(super) fn json_read(app: &App, person: PersonId, answer: &impl Serialize) -> Response {
    let response = json(answer);
    let bytes = response.body().size_hint().lower();
    app.quotas
        .was_read(person, usize::try_from(bytes).unwrap_or(usize::MAX));
    response
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// Marks this request's connection as authenticated.
pub(super) fn known(extensions: &Extensions) {
    if let Some(pulse) = extensions.get::<Arc<Pulse>>() {
        pulse.know();
    }
}

/// The session of a request, by its access token.
pub(super) struct Who(pub(super) Session);

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Who, Refused> {
        let token = bearer(&parts.headers).ok_or(ErrorCode::SignInNeeded)?;
        let session = app.sessions.check(token)?;
        known(&parts.extensions);
        if let Some(RequestSession(known)) = parts.extensions.get() {
            let _ = known.set(session);
        }
        // The body's share of the budget belongs to this person.
        parts.extensions.insert(session);
        Ok(Who(session))
    }
}

/// The session of a request, once it is known, for what sees the answer.
#[derive(Clone, Default)]
struct RequestSession(Arc<OnceLock<Session>>);

/// Notes what was refused.
pub(super) async fn note_denials(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let of_request = RequestSession::default();
    request.extensions_mut().insert(of_request.clone());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = peer.map(|ConnectInfo(peer)| address_of(peer.ip().to_canonical(), request.headers(), &app));
    let response = next.run(request).await;
    if let Some(code) = response.extensions().get::<ErrorCode>() {
        app.denials.answered(*code, of_request.0.get(), from);
    }
    response
}

/// The id in a route's path; a malformed one is answered as one that does not exist or may not be seen.
pub(super) struct PathId<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for PathId<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<PathId<T>, Refused> {
        let path = Path::from_request_parts(parts, app).await;
        let Path(id) = path.map_err(|_| ErrorCode::NotFound)?;
        Ok(PathId(id))
    }
}

/// The network address that a request came from.
pub(super) struct Origin(pub(super) Option<IpAddr>);

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Origin, Refused> {
        Ok(Origin(client_address(&parts.extensions, &parts.headers, app)))
    }
}

/// The address that a request came from: the connection's, or the forwarded one if the connection is a trusted proxy's.
pub(super) fn client_address(extensions: &Extensions, headers: &HeaderMap, app: &App) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    if headers.contains_key(FORWARDED) && !app.proxies.contains(&peer) {
        app.counts.untrusted_forward(peer);
    }
    Some(address_of(peer, headers, app))
}

fn address_of(peer: IpAddr, headers: &HeaderMap, app: &App) -> IpAddr {
    let forwarded = headers.get_all(FORWARDED);
    // A proxy adds what it knows at the end.
    let lines: Vec<&[u8]> = forwarded.iter().map(HeaderValue::as_bytes).collect();
    let said = lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','));
    follow(peer, &app.proxies, said)
}

/// The first address, from the connection's on, that is not a trusted proxy's. Where a proxy says something that is no address,
/// its own stands for all behind it: what was said before could be anybody's invention.
fn follow<'a>(peer: IpAddr, proxies: &[IpAddr], said: impl Iterator<Item = &'a [u8]>) -> IpAddr {
    let mut address = peer;
    for hop in said {
        if !proxies.contains(&address) {
            break;
        }
        match read_address(hop) {
            Some(hop) => address = hop,
            None => break,
        }
    }
    address
}

/// An address as proxies write it: also with its port, and in brackets.
fn read_address(said: &[u8]) -> Option<IpAddr> {
    let said = std::str::from_utf8(said).ok()?.trim();
    let bare = said.strip_prefix('[').and_then(|said| said.strip_suffix(']'));
    let with_port = || said.parse().ok().map(|said: SocketAddr| said.ip());
    let address = bare.unwrap_or(said).parse().ok().or_else(with_port);
    address.map(|address: IpAddr| address.to_canonical())
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    form::object("the body", body).map_err(|why| Refused::because(ErrorCode::BadRequest, why))
}

/// Turns a handler panic into a 500 without leaking its message.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    Refused::from(ErrorCode::Internal).into_response()
}

/// For a browser, should one get an answer: it shows and runs nothing, and comes by TLS alone from now on (ASVS 5.0, 3.2 and
/// 3.4). Over plain HTTP a browser ignores the first.
const FOR_BROWSERS: [(HeaderName, &str); 3] = [
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
];

/// Adds the server's name to every answer, so that a device can tell it from the answer of an intermediary, and what protects a
/// browser.
pub(super) async fn sign(State(app): State<Arc<App>>, mut response: Response) -> Response {
    for (name, value) in FOR_BROWSERS {
        // A page for a browser has a policy of its own.
        let protection = response.headers_mut().entry(name);
        protection.or_insert(HeaderValue::from_static(value));
    }
    if let Ok(name) = HeaderValue::from_str(&app.core.vouching.name) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(protocol::SERVER_HEADER), name);
    }
    response
}

/// Logs one line per request: method, route and status, never a path with a query.
pub(super) async fn log(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    response
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
