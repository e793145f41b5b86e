//! Drains the rest of a body that no route reads: the request was refused by its headers, or its route takes no body.
//!
//! Over HTTP/1 the next request follows the body on the same connection. hyper closes a connection whose body was not
//! read, without announcing it: a client that has sent its next request by then has lost it. So the rest is read and
//! discarded before the answer is sent; if it is too long or too slow, the answer says `Connection: close`. In HTTP/2
//! each request has a stream of its own.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};

/// Maximum number of discarded bytes per request.
const MOST: u64 = 16 * 1024 * 1024;
/// Timeout for all of it, and for each piece: a client that waits for the answer before it sends anything gets it soon.
const LONGEST: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(2);

/// Middleware around all routes.
pub(super) async fn drain_body(request: Request, next: Next) -> Response {
    if request.version() > Version::HTTP_11 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let declared = request.body().size_hint().lower();
    let waits = request.headers().contains_key(EXPECT);
    let rest = Rest::default();
    let request = request.map(|body| {
        Body::from_stream(RouteBody {
            body: Some(body.into_data_stream()),
            begun: false,
            rest: rest.clone(),
        })
    });
    let mut response = next.run(request).await;
    let read = match rest.take() {
        None => true,
        // A client that sent `Expect: 100-continue` gets no 100 and sends no body (RFC 9110, 10.1.1).
        Some((_, false)) if waits => false,
        Some((body, _)) => declared <= MOST && read_to_end(body).await,
    };
    if !read {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn read_to_end(mut body: BodyDataStream) -> bool {
    let reading = async {
        let mut read: u64 = 0;
        loop {
            match tokio::time::timeout(SILENCE, body.next()).await {
                Ok(None) => return true,
                Ok(Some(Ok(piece))) => read += piece.len() as u64,
                Ok(Some(Err(_))) | Err(_) => return false,
            }
            if read > MOST {
                return false;
            }
        }
    };
    tokio::time::timeout(LONGEST, reading).await.unwrap_or(false)
}

/// The body that a route has not read to its end, and whether reading began.
#[derive(Clone, Debug, Default)]
struct Rest(Arc<Mutex<Option<(BodyDataStream, bool)>>>);

impl Rest {
    fn take(&self) -> Option<(BodyDataStream, bool)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The body as a route holds it.
#[derive(Debug)]
struct RouteBody {
    /// `None` once it came to its end, or failed.
    body: Option<BodyDataStream>,
    begun: bool,
    rest: Rest,
}

impl Stream for RouteBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begun = true;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_next(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }
}

impl Drop for RouteBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((body, self.begun));
        }
    }
}
