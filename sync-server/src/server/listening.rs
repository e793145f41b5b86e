//! One port: connections are accepted, bounded and timed ([`connections`](crate::http::connections)), and served by hyper.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::Version;
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Router};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_layer::Layer as _;

use super::lifecycle::Lifecycle;
use crate::http::connection_takeover::{Detachable, LongLived};
use crate::http::connections::{Admitted, Asked, Connections, LONGEST_HEAD, Pulse};

/// Flow-control windows of HTTP/2, per request and per connection: bytes that a client may send before they are read
/// and counted in the budget.
const AHEAD: u32 = 64 * 1024;
const AHEAD_IN_ALL: u32 = 128 * 1024;
/// Maximum number of concurrent requests on one HTTP/2 connection.
const MOST_TOGETHER: u32 = 64;
/// HTTP/2 keep-alive: the silence before a ping, and the timeout of its answer.
const PING: Duration = Duration::from_secs(20);
const PONG: Duration = Duration::from_secs(20);
/// The pause after an accept that failed for a reason other than the connection.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A port and its connections.
#[derive(Clone, Debug)]
pub(super) struct Port(Arc<Served>);

struct Served {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    builder: Builder<TokioExecutor>,
    connections: Arc<Connections>,
    /// Cancelled when no new requests are accepted.
    stopping: CancellationToken,
    /// Cancelled when all connections end.
    end: CancellationToken,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

impl Port {
    /// Must be called inside the runtime that serves it.
    pub(super) fn new(
        listener: std::net::TcpListener,
        tls: Option<TlsAcceptor>,
        routes: Router,
        connections: Arc<Connections>,
    ) -> io::Result<Port> {
        Ok(Port(Arc::new(Served {
            listener: TcpListener::from_std(listener)?,
            tls,
            routes,
            builder: builder(&connections),
            connections,
            stopping: CancellationToken::new(),
            end: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })))
    }

    /// Accepts no new connections, and lets requests in progress finish.
    pub(super) fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Ends all connections immediately.
    pub(super) fn end(&self) {
        self.0.stopping.cancel();
        self.0.end.cancel();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.tasks.is_empty()
    }

    /// Waits until all connections have ended.
    pub(super) async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Accepts connections until the port is stopped.
    async fn accept(self) -> bool {
        let port = &self.0;
        let mut pause = PAUSE;
        loop {
            let accepted = tokio::select! {
                biased;
                () = port.stopping.cancelled() => return false,
                accepted = port.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    pause = PAUSE;
                    self.take(stream, peer);
                }
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    port.connections.counts().failed_accept();
                    tracing::warn!(%error, "a connection could not be accepted");
                    port.connections.make_room();
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Closes connections that pass their deadline, until the port ends.
    async fn watch(self) -> bool {
        let every = self.0.connections.every();
        loop {
            tokio::select! {
                () = self.0.end.cancelled() => return false,
                () = tokio::time::sleep(every) => {}
            }
            self.0.connections.sweep();
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(admitted) = self.0.connections.admit(peer.ip()) else {
            // Closed at once.
            return;
        };
        self.0.connections.counts().accepted();
        let port = self.clone();
        self.0.tasks.spawn(async move {
            let pulse = Arc::clone(&admitted.pulse);
            tokio::select! {
                biased;
                () = port.0.end.cancelled() => {}
                () = pulse.closed() => {}
                () = port.serve(stream, peer, admitted) => {}
            }
        });
    }

    async fn serve(&self, stream: TcpStream, peer: SocketAddr, admitted: Admitted) {
        // Answers are small and should not wait in the kernel.
        let _ = stream.set_nodelay(true);
        // Nor should much wait there that no client takes: the kernel would hold up to four megabytes of a connection, which
        // were all read and encoded for nothing.
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        let pulse = Arc::clone(&admitted.pulse);
        let stream = Timed { stream, admitted };
        let detachable = match &self.0.tls {
            // A failed handshake is not worth a log line.
            Some(tls) => match self.0.stopping.run_until_cancelled(tls.accept(stream)).await {
                Some(Ok(stream)) => Detachable::new(stream),
                _ => return,
            },
            None => Detachable::new(stream),
        };
        pulse.ready();
        let service = self.0.routes.clone();
        let service = Extension(detachable.slot()).layer(service);
        let service = Extension(pulse).layer(service);
        let service = Extension(ConnectInfo(peer)).layer(service);
        let service = TowerToHyperService::new(service);
        let connection = self.0.builder.serve_connection(TokioIo::new(detachable), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            () = self.0.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                // An error now was caused by the client.
                let _ = connection.await;
            }
            _ = connection.as_mut() => {}
        }
    }
}

/// Starts the tasks of a port; they run until it is stopped and ended.
pub(super) fn spawn(lifecycle: &Lifecycle, port: &Port) {
    let (accepting, watching) = (port.clone(), port.clone());
    lifecycle.keep("accepting", move || accepting.clone().accept());
    lifecycle.keep("watching", move || watching.clone().watch());
}

/// Whether a connection ended before it was accepted, which is no fault of the port.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Bytes that the kernel keeps unsent for one connection.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;

fn builder(connections: &Connections) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .max_buf_size(LONGEST_HEAD)
        .timer(TokioTimer::new())
        // `Connections` applies stricter deadlines to the first head and to idle connections.
        .header_read_timeout(connections.deadlines().idle + connections.deadlines().head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .initial_stream_window_size(AHEAD)
        .initial_connection_window_size(AHEAD_IN_ALL)
        .max_concurrent_streams(MOST_TOGETHER)
        .max_header_list_size(LONGEST_HEAD as u32);
    builder
}

/// A connection that reports its traffic, and holds its place among the open ones.
#[derive(Debug)]
pub(super) struct Timed {
    stream: TcpStream,
    admitted: Admitted,
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.admitted.pulse.heard();
        }
        read
    }
}

impl Timed {
    fn note<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.admitted.pulse.wrote(written.is_ready());
        written
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Middleware around all routes: a request is in progress until its answer is complete.
pub(super) async fn account(pulse: Option<Extension<Arc<Pulse>>>, request: Request, next: Next) -> Response {
    let Some(Extension(pulse)) = pulse else {
        return next.run(request).await;
    };
    let many = request.version() == Version::HTTP_2;
    let mut asked = pulse.ask(many);
    let response = next.run(request).await;
    if response.extensions().get::<LongLived>().is_some() {
        asked.last();
    }
    response.map(|body| Body::new(Answering { body, _asked: asked }))
}

/// An answer that is being sent.
struct Answering {
    body: Body,
    _asked: Asked,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
