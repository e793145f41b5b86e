//! A stream takes its connection over from hyper, which keeps 16 KiB of buffers per connection that it serves: three
//! quarters of the memory of an idle user (BP3).
//!
//! ```text
//!   socket ── TLS ── Detachable ── hyper ── routes ──► an answer marked `LongLived`
//!                      │                              │
//!                      └── taken out ─────────────────┴──► a task of its own: head, then chunks (RFC 9112, 7.1)
//! ```
//!
//! hyper finds the connection ended, and its further writes are discarded. The request was read to its end before the
//! answer began, and the connection closes with the answer, so nothing that hyper read ahead is lost. In HTTP/2 many
//! answers share one connection: there, and in HTTP/1.0, hyper serves the stream itself.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

use axum::Extension;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::Version;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Buf;
use conversation::Timestamp;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::subscriptions::Cut;
use crate::core::Core;

/// Write timeout: a client that reads nothing for this long is disconnected.
const SLOWEST_READER: Duration = Duration::from_secs(60);

/// Marks a long-lived answer, which gets a task of its own.
#[derive(Clone, Debug)]
pub(crate) struct LongLived(pub(crate) Arc<Cut>);

/// The connections of a server that were taken over.
#[derive(Clone, Debug)]
pub(crate) struct Takeovers {
    core: Arc<Core>,
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Takeovers {
    pub(crate) fn new(core: Arc<Core>) -> Takeovers {
        Takeovers {
            core,
            tasks: TaskTracker::new(),
            end: CancellationToken::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Ends all of them immediately.
    pub(crate) async fn end(&self) {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn serve(&self, connection: Box<dyn Connection>, answer: Response, LongLived(cut): LongLived) {
        let (head, body) = head(answer, self.core.now());
        let end = self.end.clone();
        self.tasks.spawn(async move {
            // The client has gone or the server shuts down; there is nobody to report an error to.
            let _ = end
                .run_until_cancelled_owned(write(connection, head, body, &cut))
                .await;
        });
    }
}

/// The stream that an answer is written to.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<C: AsyncRead + AsyncWrite + Send + Unpin> Connection for C {}

/// Holds the connection until it is taken over; an extension of each of its requests.
#[derive(Clone)]
pub(crate) struct Slot(Arc<Mutex<Option<Box<dyn Connection>>>>);

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

impl Slot {
    fn connection(&self) -> MutexGuard<'_, Option<Box<dyn Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Middleware: serves a long-lived answer in a task of its own, if its connection can be taken over.
pub(crate) async fn take_over(
    State(takeovers): State<Takeovers>,
    slot: Option<Extension<Slot>>,
    request: Request,
    next: Next,
) -> Response {
    let version = request.version();
    let answer = next.run(request).await;
    let Some(lasting) = answer.extensions().get::<LongLived>().cloned() else {
        return answer;
    };
    if version != Version::HTTP_11 {
        return answer;
    }
    let Some(connection) = slot.and_then(|slot| slot.connection().take()) else {
        return answer;
    };
    takeovers.serve(connection, answer, lasting);
    // hyper's write is discarded, and hyper drops the connection.
    ([(CONNECTION, "close")], Body::empty()).into_response()
}

/// The head of an answer, as hyper would write it.
fn head(answer: Response, now: Timestamp) -> (Vec<u8>, BodyDataStream) {
    let (parts, body) = answer.into_parts();
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    let mut head = format!(
        "HTTP/1.1 {}\r\ndate: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n",
        parts.status,
        httpdate::fmt_http_date(now),
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    (head, body.into_data_stream())
}

/// Writes an answer to its end, until the client disconnects, or until the stream is cut off. If the body fails, the last chunk is missing, by which
/// the client detects it.
async fn write(
    mut connection: Box<dyn Connection>,
    head: Vec<u8>,
    mut body: BodyDataStream,
    cut: &Cut,
) -> io::Result<()> {
    in_time(connection.write_all(&head)).await?;
    drop(head);
    loop {
        let mut heard = [0];
        let chunk = tokio::select! {
            biased;
            chunk = body.next() => chunk,
            // A client sends nothing while it listens; any byte or end closes the stream.
            _ = connection.read(&mut heard) => return Ok(()),
        };
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(io::Error::other)?;
        // An empty chunk would end the answer.
        if !chunk.is_empty() {
            tokio::select! {
                biased;
                written = write_chunk(&mut connection, chunk) => written?,
                // The reader does not read: it gets no more of what it may not have any more, and holds no memory.
                () = cut.until_cut() => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
    }
    in_time(connection.write_all(b"0\r\n\r\n")).await?;
    in_time(connection.shutdown()).await
}

async fn write_chunk(connection: &mut Box<dyn Connection>, chunk: Bytes) -> io::Result<()> {
    let length = format!("{:x}\r\n", chunk.len());
    let mut framed = Buf::chain(length.as_bytes(), chunk).chain(&b"\r\n"[..]);
    // The timeout applies to each write, not to the whole: a slow line may still make progress.
    while framed.has_remaining() {
        if in_time(connection.write_buf(&mut framed)).await? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    in_time(connection.flush()).await
}

async fn in_time<T>(writing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(SLOWEST_READER, writing).await?
}

/// A connection as hyper holds it; once it is taken over, reads end and writes are discarded.
#[derive(Debug)]
pub(crate) struct Detachable(Slot);

impl Detachable {
    pub(crate) fn new(connection: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Detachable {
        Detachable(Slot(Arc::new(Mutex::new(Some(Box::new(connection))))))
    }

    /// The slot that the connection can be taken from.
    pub(crate) fn slot(&self) -> Slot {
        self.0.clone()
    }

    /// Runs `call` on the connection, or returns `gone` if it was taken over.
    fn with<T>(
        &self,
        gone: T,
        ask: impl FnOnce(Pin<&mut dyn Connection>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.0.connection().as_deref_mut() {
            Some(connection) => ask(Pin::new(connection)),
            None => Poll::Ready(Ok(gone)),
        }
    }
}

impl AsyncRead for Detachable {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.with((), |connection| connection.poll_read(cx, buf))
    }
}

impl AsyncWrite for Detachable {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.with(buf.len(), |connection| connection.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = bufs.iter().map(|buf| buf.len()).sum();
        self.with(all, |connection| connection.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.0
            .connection()
            .as_deref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with((), |connection| connection.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with((), |connection| connection.poll_shutdown(cx))
    }
}
