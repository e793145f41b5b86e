//! Complete answers: their origin, and the meaning of each status.
//!
//! Between a device and its server there are proxies, filters and portals, which answer in its place: with a
//! page, with JSON of their own, with any status. Their answers are never taken for the server's:
//!
//! * every answer of a server bears its name ([`protocol::SERVER_HEADER`]). Where the device knows the name of its server
//!   (signing in gave it), an answer with another name is another server's, and one without is nobody's;
//! * where it does not know (before it signed in, or where the server is of a version that bears no name), an answer is
//!   the server's by its form: JSON by its content type, and an error with a code that is known, under the status that
//!   belongs to it.
//!
//! An answer that is not the server's yields the kind of [`Obstacle`] and nothing else: it ends no session,
//! and nothing counts as refused, gone, or done.

use std::error::Error;
use std::io;
use std::time::Duration;

use protocol::SERVER_HEADER;
use protocol::error::{ErrorAnswer, ErrorCode};
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::ports::{Failure, Obstacle};

/// The body of an ordinary answer, in bytes, at most: a thousand events of the largest size are less.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// The body of an error, in bytes, at most; what is over it was not written by the server.
const LARGEST_ERROR: usize = 64 * 1024;
/// Seconds that a server may ask one to wait, at most.
const LONGEST_WAIT: u64 = 3_600;

/// The origin of an answer, by its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// It bears a name, and the one that is known where one is.
    Yes,
    /// It bears none, and none is known: its form must say it.
    Unknown,
    /// It should bear one.
    No,
}

/// Another server's is no answer at all.
pub(super) fn signed(headers: &HeaderMap, known: Option<&str>) -> Result<Signed, Failure> {
    match (headers.get(SERVER_HEADER), known) {
        (Some(name), Some(known)) if name.as_bytes() != known.as_bytes() => {
            let obstacle = Obstacle::OtherServer;
            Err(Failure::Between { obstacle })
        }
        (Some(_), _) => Ok(Signed::Yes),
        (None, None) => Ok(Signed::Unknown),
        (None, Some(_)) => Ok(Signed::No),
    }
}

impl Signed {
    /// Whether an answer that succeeded is the server's.
    pub(super) fn is_ours(self, status: u16, headers: &HeaderMap) -> bool {
        match self {
            Signed::Yes => true,
            Signed::Unknown => is_json(headers) || status == 204 && !headers.contains_key(CONTENT_TYPE),
            Signed::No => false,
        }
    }
}

/// The content type of the protocol's answers; a page never has it.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    matches!(
        kind.trim().to_ascii_lowercase().as_str(),
        "application/json" | "application/x-ndjson"
    )
}

/// The obstacle that a status indicates.
pub(super) fn page(status: u16) -> Failure {
    let obstacle = match status {
        407 => Obstacle::ProxySignIn,
        // Pages instead of answers, redirects to them, and what RFC 6585 has for portals.
        200..=399 | 511 => Obstacle::Portal,
        408 | 500..=599 => Obstacle::Gateway,
        _ => Obstacle::Filter,
    };
    Failure::Between { obstacle }
}

/// Why a request brought no head of an answer.
pub(super) fn unsent(error: &reqwest::Error) -> Failure {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(obstacle) = obstacle(error) {
            return Failure::Between { obstacle };
        }
        next = error.source();
    }
    Failure::Unreachable
}

pub(super) fn obstacle(error: &(dyn Error + 'static)) -> Option<Obstacle> {
    // An error of the system's may wrap one of TLS, and its source is then the source of that.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let tls = error
        .downcast_ref::<rustls::Error>()
        .or_else(|| wrapped.and_then(|wrapped| wrapped.downcast_ref()));
    if let Some(tls) = tls {
        return certificate(tls);
    }
    // hyper-util keeps the type of its errors to itself; a test holds it to these words.
    match error.to_string().as_str() {
        "tunnel error: proxy authorization required" => Some(Obstacle::ProxySignIn),
        "tunnel error: unsuccessful" => Some(Obstacle::Filter),
        _ => None,
    }
}

/// Why nothing came at all, as far as the errors of the system tell: for a person who waits, and for nothing that is decided.
/// A device that is merely offline looks like some of these.
pub(super) fn cause(error: &reqwest::Error) -> Option<Obstacle> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    let mut through_proxy = false;
    while let Some(error) = next {
        // hyper-util keeps these types to itself, too; tests hold it to the words.
        match error.to_string().as_str() {
            "tunnel error: failed to create underlying connection" => through_proxy = true,
            "dns error" => return Some(Obstacle::NameNotFound),
            _ => {}
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            use io::ErrorKind::{
                ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable, TimedOut,
            };
            match error.kind() {
                NetworkUnreachable | NetworkDown | HostUnreachable => return Some(Obstacle::NoRoute),
                ConnectionRefused | TimedOut if through_proxy => return Some(Obstacle::ProxyUnreachable),
                ConnectionRefused => return Some(Obstacle::NotListening),
                _ => {}
            }
        }
        next = error.source();
    }
    None
}

fn certificate(error: &rustls::Error) -> Option<Obstacle> {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    match error {
        rustls::Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
        ) => Some(Obstacle::CertificateTime),
        rustls::Error::InvalidCertificate(_) => Some(Obstacle::Certificate),
        _ => None,
    }
}

/// The whole body, each piece within `each`; `TooLarge` where it is larger than `most`.
pub(super) async fn whole(mut response: Response, most: usize, each: Duration) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(each, response.chunk()).await;
        let Ok(Ok(chunk)) = chunk else {
            return Err(Failure::Unreachable);
        };
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() + chunk.len() > most {
            return Err(Failure::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// The failure that an unsuccessful answer stands for. Its body is read within `patience`, also that of a
/// stream's refusal.
pub(super) async fn failure(response: Response, signed: Signed, patience: Duration) -> Failure {
    let status = response.status().as_u16();
    if signed == Signed::No || signed == Signed::Unknown && !is_json(response.headers()) {
        return page(status);
    }
    let header = seconds(response.headers());
    let body = match tokio::time::timeout(patience, whole(response, LARGEST_ERROR, patience)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Failure::TooLarge)) => Vec::new(),
        _ => return Failure::Unreachable,
    };
    read(signed, status, header, &body)
}

/// `Retry-After` in seconds. As a date it is not taken: the two clocks may differ.
fn seconds(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The body of an error whose code may be a later version's.
#[derive(Deserialize)]
struct LaterAnswer {
    #[expect(
        dead_code,
        reason = "its presence distinguishes an error of the protocol from any other"
    )]
    error: String,
    #[serde(default)]
    retry_after: Option<u64>,
}

pub(super) fn read(signed: Signed, status: u16, header: Option<u64>, body: &[u8]) -> Failure {
    let (code, retry_after) = if let Ok(known) = serde_json::from_slice::<ErrorAnswer>(body) {
        if signed == Signed::Unknown && known.error.status() != status {
            return page(status);
        }
        if let (ErrorCode::SessionEnded, Some(end)) = (known.error, known.ended) {
            return Failure::Ended(end);
        }
        (known.error, known.retry_after)
    } else if signed != Signed::Yes {
        return page(status);
    } else if let Ok(later) = serde_json::from_slice::<LaterAnswer>(body) {
        // As the protocol has it: what is not known asks for an update.
        (
            by_status(status).unwrap_or(ErrorCode::UpdateNeeded),
            later.retry_after,
        )
    } else {
        return Failure::Malformed;
    };
    Failure::Server {
        code,
        retry_after: retry_after.or(header).map(|wait| wait.min(LONGEST_WAIT)),
    }
}

/// The meaning of a status whose code is a later version's. None of these ends a session: only a known code
/// does.
fn by_status(status: u16) -> Option<ErrorCode> {
    match status {
        400 => Some(ErrorCode::BadRequest),
        404 => Some(ErrorCode::NotFound),
        413 => Some(ErrorCode::TooLarge),
        426 => Some(ErrorCode::UpdateNeeded),
        429 => Some(ErrorCode::TooManyRequests),
        500..=599 => Some(ErrorCode::Internal),
        // 401, 403, 409 and 422 stand for several things, of which guessing one would be worse than saying none.
        _ => None,
    }
}
