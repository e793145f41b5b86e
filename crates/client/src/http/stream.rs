//! The answer of sync, frame by frame.
//!
//! It ends where the server ended it. The last item says what broke it: `Unreachable` if the connection
//! broke, fell silent, or ended within a line; `Malformed` if a line is not of the protocol. A line that is
//! too long is left out: `TooLarge` takes its place, followed by the next line.

use futures_util::Stream;
use futures_util::stream::unfold;
use protocol::sync::Frame;
use reqwest::Response;

use super::decode;
use super::lines::Lines;
use crate::ports::Failure;

/// A frame, in bytes, at most.
pub(super) const LONGEST_LINE: usize = 16 * 1024 * 1024;

pub(super) fn frames(response: Response) -> impl Stream<Item = Result<Frame, Failure>> + Send + 'static {
    let reading = Reading {
        response,
        lines: Lines::new(LONGEST_LINE),
        skipping: false,
    };
    unfold(Some(reading), |reading| async move {
        let mut reading = reading?;
        match reading.next().await {
            Ok(Some(frame)) => Some((Ok(frame), Some(reading))),
            Ok(None) => None,
            Err(Failure::TooLarge) => Some((Err(Failure::TooLarge), Some(reading))),
            Err(failure) => Some((Err(failure), None)),
        }
    })
}

struct Reading {
    response: Response,
    lines: Lines,
    /// Within a line that is left out.
    skipping: bool,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Frame>, Failure> {
        loop {
            if self.skipping {
                self.skipping = !self.lines.skip();
            }
            while !self.skipping {
                let Ok(line) = self.lines.next() else {
                    tracing::warn!(
                        "the server sent a frame that is larger than this device takes: it is left out"
                    );
                    self.skipping = true;
                    return Err(Failure::TooLarge);
                };
                let Some(line) = line else { break };
                if let Some(frame) = decode::frame(line)? {
                    return Ok(Some(frame));
                }
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.lines.push(&chunk),
                Ok(None) if self.lines.rest().is_empty() && !self.skipping => return Ok(None),
                // Every frame ends with a line feed: this one was cut, by something that then closed as if it were done.
                Ok(None) | Err(_) => return Err(Failure::Unreachable),
            }
        }
    }
}
