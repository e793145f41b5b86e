//! The answer of sync, frame by frame.
//!
//! It ends where the server ended it. What breaks it is the last that comes: `Unreachable` where the connection broke,
//! fell silent, or ended within a line; `Malformed` where a line is too long or is not of the protocol.

use futures_util::Stream;
use futures_util::stream::unfold;
use protocol::sync::Frame;
use reqwest::Response;

use super::decode;
use super::lines::Lines;
use crate::seam::Failure;

/// A frame, in bytes, at most.
pub(super) const LONGEST_LINE: usize = 16 * 1024 * 1024;

pub(super) fn frames(response: Response) -> impl Stream<Item = Result<Frame, Failure>> + Send + 'static {
    let reading = Some((response, Lines::new(LONGEST_LINE)));
    unfold(reading, |reading| async move {
        let (mut response, mut lines) = reading?;
        match next(&mut response, &mut lines).await {
            Ok(Some(frame)) => Some((Ok(frame), Some((response, lines)))),
            Ok(None) => None,
            Err(failure) => Some((Err(failure), None)),
        }
    })
}

async fn next(response: &mut Response, lines: &mut Lines) -> Result<Option<Frame>, Failure> {
    loop {
        while let Some(line) = lines.next().map_err(|_| Failure::Malformed)? {
            if let Some(frame) = decode::frame(line)? {
                return Ok(Some(frame));
            }
        }
        match response.chunk().await {
            Ok(Some(chunk)) => lines.push(&chunk),
            Ok(None) if lines.rest().is_empty() => return Ok(None),
            // Every frame ends with a line feed: this one was cut, by something that then closed as if it were done.
            Ok(None) | Err(_) => return Err(Failure::Unreachable),
        }
    }
}
