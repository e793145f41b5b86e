//! `POST /v1/sync`: a stream of frames, one JSON object per line.
//!
//! The stream begins with the device's missing data. Depending on the mode it then ends, waits for one more change, or
//! follows live. It ends at once when its session, account or rights do, and the device reconnects.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use conversation::PersonId;
use futures_util::stream;
use protocol::error::ErrorCode;
use protocol::sync::{Mode, SyncRequest};
use tokio::time::{Instant, Sleep};

use super::extract::{Refused, Who};
use super::limits::Json;
use crate::app::App;
use crate::app::subscriptions::Subscription;
use crate::core::{CoreError, Delivery, Feed, FeedError};
use crate::http::connection_takeover::LongLived;

/// Maximum number of deliveries in one write.
const TOGETHER: usize = 32;
/// Maximum bytes in one write; only the last delivery may exceed it.
const MOST_TOGETHER: usize = 256 * 1024;

pub(super) async fn sync(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Json(request): Json<SyncRequest>,
) -> Result<Response, Refused> {
    // Checked before anything that holds a lock.
    Feed::check(&request).map_err(refused)?;
    app.quotas.begin_read(session.person)?;
    // Subscribed before the first row is read, so that no commit is missed.
    let subscription = app
        .subscriptions
        .subscribe(&session, &request.following)
        .ok_or(ErrorCode::Stopping)?;
    // A session that ended between the check of the token and the subscription did not cut it off.
    app.sessions.check_stands(&session)?;
    let turn = subscription.turn().await;
    let feed = Feed::open(Arc::clone(&app.core), session.person, &request)
        .await
        .map_err(|error| {
            if matches!(error, FeedError::Restored) {
                tracing::error!(
                    person = %session.person, device = %session.device,
                    "the server knows less than it promised this device: it was put back to an older state"
                );
            }
            refused(error)
        })?;
    drop(turn);
    let now = Instant::now();
    let lasting = LongLived(Arc::clone(&subscription.cut));
    let following = Following {
        app: Arc::clone(&app),
        person: session.person,
        feed,
        subscription,
        mode: request.mode,
        heartbeat: app.heartbeat,
        poll_until: now + app.poll,
        timer: Box::pin(tokio::time::sleep_until(now + app.heartbeat.min(app.poll))),
        last_said: now,
        last_resume: now,
        last_beat: now,
        ending: false,
    };
    let lasting = (request.mode == Mode::Stream).then_some(Extension(lasting));
    let body = Body::from_stream(stream::unfold(following, next));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok((lasting, headers, body).into_response())
}

fn refused(error: FeedError) -> Refused {
    match error {
        FeedError::UpdateNeeded => ErrorCode::UpdateNeeded.into(),
        FeedError::TooLarge => ErrorCode::TooLarge.into(),
        FeedError::Twice => ErrorCode::BadRequest.into(),
        FeedError::Restored => ErrorCode::Restored.into(),
        FeedError::CoreError(fault) => fault.into(),
    }
}

/// One stream.
struct Following {
    app: Arc<App>,
    person: PersonId,
    feed: Feed,
    subscription: Subscription,
    mode: Mode,
    heartbeat: Duration,
    /// The time at which a long poll without news ends.
    poll_until: Instant,
    timer: Pin<Box<Sleep>>,
    last_said: Instant,
    last_resume: Instant,
    last_beat: Instant,
    /// The next frame is the last.
    ending: bool,
}

async fn next(mut following: Following) -> Option<(Result<Bytes, Infallible>, Following)> {
    let bytes = following.bytes().await?;
    following.last_said = Instant::now();
    Some((Ok(bytes), following))
}

impl Following {
    /// The next bytes; `None` when the stream ends.
    async fn bytes(&mut self) -> Option<Bytes> {
        loop {
            if self.subscription.cut.is_cut() {
                return None;
            }
            if self.feed.has_more() {
                match self.read().await {
                    // The subscription was cut off during the read.
                    Ok(Some(_)) if self.subscription.cut.is_cut() => return None,
                    Ok(Some(bytes)) => return Some(bytes),
                    Ok(None) => {}
                    Err(fault) => {
                        tracing::error!(%fault, "a stream could not go on");
                        return None;
                    }
                }
            }
            match self.mode {
                Mode::Once => return None,
                Mode::Wait if self.ending || self.feed.had_something() => return self.feed.resume_line(),
                Mode::Wait | Mode::Stream => {}
            }
            if let Some(bytes) = self.live().await? {
                return Some(bytes);
            }
        }
    }

    /// The next part of what the feed has more.
    async fn read(&mut self) -> Result<Option<Bytes>, CoreError> {
        let _turn = self.subscription.turn().await;
        let part = self.app.catch_up.part(self.subscription.catching_up());
        let bytes = self.feed.next(part.most).await?;
        Ok(bytes.map(|bytes| {
            self.app.quotas.was_read(self.person, bytes.len());
            part.holding(bytes)
        }))
    }

    /// Waits for the next live bytes; `None` ends the stream, `Some(None)` means that the feed has more.
    async fn live(&mut self) -> Option<Option<Bytes>> {
        let Some(delivery) = self.wait().await else {
            return self.silence();
        };
        let delivery = delivery?;
        let mut lines = self
            .feed
            .deliver(&delivery)
            .map(|line| vec![line])
            .unwrap_or_default();
        if self.mode == Mode::Wait {
            self.ending = true;
        }
        let mut bytes = lines.iter().map(Bytes::len).sum::<usize>();
        while lines.len() < TOGETHER
            && bytes < MOST_TOGETHER
            && !self.feed.has_more()
            && let Some(delivery) = self.subscription.try_next()
        {
            let line = self.feed.deliver(&delivery);
            bytes += line.as_ref().map_or(0, Bytes::len);
            lines.extend(line);
        }
        // In a busy stream, up to four times per heartbeat interval.
        if self.last_resume.elapsed() > self.heartbeat / 4
            && let Some(resume) = self.feed.resume_line()
        {
            self.last_resume = Instant::now();
            lines.push(resume);
        }
        // A busy stream is never silent, and its device shows until when it has all.
        let is_drained = lines.len() < TOGETHER && bytes < MOST_TOGETHER && !self.feed.has_more();
        if self.mode == Mode::Stream && is_drained && self.last_beat.elapsed() > self.heartbeat {
            self.last_beat = Instant::now();
            lines.push(self.feed.heartbeat_line());
        }
        Some(match lines.len() {
            0 => None,
            // The bytes are shared among streams with the same view.
            1 => lines.pop(),
            _ => Some(Bytes::from(lines.concat())),
        })
    }

    /// The next delivery: `Some(None)` when the subscription ended, `None` after a silence. There is one timer per
    /// stream, reset only when it fires, because messages are more frequent than silences.
    async fn wait(&mut self) -> Option<Option<Delivery>> {
        poll_fn(|context| {
            if let Poll::Ready(delivery) = self.subscription.poll(context) {
                // A stream that was cut off sends nothing of the rest of its queue.
                let delivery = delivery.filter(|_| !self.subscription.cut.is_cut());
                return Poll::Ready(Some(delivery));
            }
            while self.timer.as_mut().poll(context).is_ready() {
                let silent_until = match self.mode {
                    Mode::Wait => self.poll_until,
                    _ => self.last_said + self.heartbeat,
                };
                if silent_until <= Instant::now() {
                    self.timer.as_mut().reset(Instant::now() + self.heartbeat);
                    return Poll::Ready(None);
                }
                self.timer.as_mut().reset(silent_until);
            }
            Poll::Pending
        })
        .await
    }

    fn silence(&mut self) -> Option<Option<Bytes>> {
        let resume = self.feed.resume_line();
        if self.mode == Mode::Wait {
            self.ending = true;
            return Some(resume);
        }
        self.last_resume = Instant::now();
        self.last_beat = self.last_resume;
        let beat = self.feed.heartbeat_line();
        Some(Some(match resume {
            Some(resume) => Bytes::from([resume, beat].concat()),
            None => beat,
        }))
    }
}
