//! An answer that is whole, and what each status stands for.
//!
//! The server's own code says it best, whatever the status. Where it has a code that this version does not know, the
//! status says it as far as it can. A body that is not of the protocol is not the server's but that of something in
//! between: a proxy, a portal that wants one to sign in, a firewall. Of those, only a status that means the same
//! from anyone is taken for the server's word.

use std::time::Duration;

use protocol::error::{ErrorAnswer, ErrorCode};
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::seam::Failure;

/// The body of an ordinary answer, in bytes, at most: a thousand events of the largest size are less.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// The body of an error, in bytes, at most; what is over it was not written by the server.
const LARGEST_ERROR: usize = 64 * 1024;
/// Seconds that a server may ask one to wait, at most.
const LONGEST_WAIT: u64 = 3_600;

/// The whole body; `TooLarge` where it is larger than `most`.
pub(super) async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failure::Unreachable)? {
        if bytes.len() + chunk.len() > most {
            return Err(Failure::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What an answer that is no success stands for.
pub(super) async fn failure(response: Response, patience: Duration) -> Failure {
    let status = response.status().as_u16();
    let header = seconds(response.headers());
    // A stream's request has no time of its own in all, and its refusal must not hang either.
    let body = match tokio::time::timeout(patience, whole(response, LARGEST_ERROR)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(Failure::TooLarge)) => Vec::new(),
        _ => return Failure::Unreachable,
    };
    read(status, header, &body)
}

/// `Retry-After` in seconds. As a date it is not taken: the two clocks may differ.
fn seconds(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The body of an error whose code may be a later version's.
#[derive(Deserialize)]
struct LaterAnswer {
    #[expect(dead_code, reason = "that it is there tells the server's body from a proxy's")]
    error: String,
    #[serde(default)]
    retry_after: Option<u64>,
}

pub(super) fn read(status: u16, header: Option<u64>, body: &[u8]) -> Failure {
    let (code, retry_after) = if let Ok(known) = serde_json::from_slice::<ErrorAnswer>(body) {
        (Some(known.error), known.retry_after)
    } else if let Ok(later) = serde_json::from_slice::<LaterAnswer>(body) {
        // As the protocol has it: what is not known asks for an update.
        (
            Some(by_status(status).unwrap_or(ErrorCode::UpdateNeeded)),
            later.retry_after,
        )
    } else {
        match status {
            // Redirects, a proxy's own sign-in and time-outs, and gateways without a server behind them.
            300..=399 | 407 | 408 | 502..=504 => return Failure::Unreachable,
            // "Not found" and "bad request" by someone else say nothing of what was asked for.
            400 | 404 => (None, None),
            _ => (by_status(status), None),
        }
    };
    match code {
        Some(code) => Failure::Server {
            code,
            retry_after: retry_after.or(header).map(|wait| wait.min(LONGEST_WAIT)),
        },
        None => Failure::Malformed,
    }
}

/// What a status means where no code that is known says more.
fn by_status(status: u16) -> Option<ErrorCode> {
    match status {
        400 => Some(ErrorCode::BadRequest),
        401 => Some(ErrorCode::SignInNeeded),
        403 => Some(ErrorCode::SessionEnded),
        404 => Some(ErrorCode::NotFound),
        413 => Some(ErrorCode::TooLarge),
        426 => Some(ErrorCode::UpdateNeeded),
        429 => Some(ErrorCode::TooManyRequests),
        500..=599 => Some(ErrorCode::Internal),
        // 409 and 422 stand for several things, of which guessing one would be worse than saying none.
        _ => None,
    }
}
