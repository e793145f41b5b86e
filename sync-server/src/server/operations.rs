//! The operations port: health and metrics, on a thread, a runtime and connections of their own. It answers even if the
//! rest of the server is busy, out of files or under attack.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::lifecycle::Lifecycle;
use super::listening::{self, Port};
use crate::app::App;
use crate::config::tuning::Deadlines;
use crate::http;
use crate::http::connections::{Bounds, Connections};

/// Concurrent clients; the oldest without a request in progress makes room.
const BOUNDS: Bounds = Bounds {
    all: 32,
    of_address: 32,
};

/// The port while it is served.
#[derive(Debug)]
pub(super) struct Operations {
    address: SocketAddr,
    stopping: CancellationToken,
    end: CancellationToken,
    ended: oneshot::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Operations {
    pub(super) fn start(
        listener: std::net::TcpListener,
        address: SocketAddr,
        app: Arc<App>,
        devices: Arc<Connections>,
    ) -> io::Result<Operations> {
        if !address.ip().is_loopback() {
            tracing::warn!("health and metrics are served on the network, without TLS");
        }
        let stopping = CancellationToken::new();
        let end = CancellationToken::new();
        let (done, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let counts = Arc::clone(&app.counts);
        let deadlines = Deadlines {
            idle: devices.deadlines().idle.min(Deadlines::default().head),
            ..devices.deadlines().clone()
        };
        let connections = Connections::new(BOUNDS, deadlines, Vec::new(), Arc::clone(&counts));
        let routes = http::health(app, devices);
        let port = {
            let _inside = runtime.enter();
            Port::new(
                listener,
                None,
                routes.layer(axum::middleware::from_fn(listening::account)),
                connections,
            )?
        };
        let (stops, ends) = (stopping.clone(), end.clone());
        let serve = async move {
            let lifecycle = Lifecycle::new(counts);
            listening::spawn(&lifecycle, &port);
            stops.cancelled().await;
            port.stop();
            ends.cancelled().await;
            port.end();
            port.ended().await;
            lifecycle.end().await;
        };
        let thread = std::thread::Builder::new()
            .name("operations".to_owned())
            .spawn(move || {
                runtime.block_on(serve);
                drop(runtime);
                let _ = done.send(());
            })?;
        Ok(Operations {
            address,
            stopping,
            end,
            ended,
            thread: Some(thread),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no new connections.
    pub(super) fn stop(&self) {
        self.stopping.cancel();
    }

    pub(super) async fn end(mut self) {
        self.stopping.cancel();
        self.end.cancel();
        // A thread that panicked has ended, too.
        let _ = (&mut self.ended).await;
    }
}

impl Drop for Operations {
    /// Waits for the thread: one that is still ending while the process exits runs its destructors beside those of the
    /// process. It needs nothing of the caller's runtime to end.
    fn drop(&mut self) {
        self.stopping.cancel();
        self.end.cancel();
        if let Some(thread) = self.thread.take() {
            // An error is a panic, which the thread has reported.
            let _ = thread.join();
        }
    }
}
