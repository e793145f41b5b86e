//! A running server, which owns all its tasks.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::middleware;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpSocket;
use tokio_rustls::TlsAcceptor;

use super::lifecycle::Lifecycle;
use super::listening::{self, Port};
use super::operations::Operations;
use super::{Admin, Opened, SocketlessServer, StartError, files, socket};
use crate::app::subscriptions::Subscriptions;
use crate::app::uploads::Uploads;
use crate::config::{Config, Tls};
use crate::http;
use crate::http::connection_takeover::{self, Takeovers};
use crate::http::connections::{Bounds, Connections};
use crate::jobs::{Queue, Worker};

/// A server in this process.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    tls: bool,
    admin: Admin,
    subscriptions: Arc<Subscriptions>,
    uploads: Arc<Uploads>,
    port: Port,
    connections: Arc<Connections>,
    operations: Option<Operations>,
    /// Streams whose connections left the port.
    takeovers: Takeovers,
    lifecycle: Lifecycle,
    opened: Opened,
    socket: Option<socket::Path>,
    patience: Duration,
}

impl RunningServer {
    pub(super) async fn start(config: Config, opened: Opened) -> Result<RunningServer, StartError> {
        let core = Arc::clone(&opened.core);
        // Before the first letter that somebody types.
        let searched = Arc::clone(&core);
        let prepared = tokio::task::spawn_blocking(move || searched.prepare_search()).await;
        if prepared.is_err() {
            tracing::error!("the directory could not be prepared for search");
        }
        let socketless = SocketlessServer::open(Arc::clone(&core), &config).await?;
        let app = Arc::clone(&socketless.app);
        let subscriptions = Arc::clone(&app.subscriptions);
        let uploads = Arc::clone(&app.uploads);
        let counts = Arc::clone(&app.counts);
        let outgoing = app.outgoing.clone();
        let (admin, writing) = socketless.into_parts();
        let tls = config.tls.as_ref().map(acceptor).transpose()?;
        let (listener, address) = listen(config.listen)?;
        let health = config.health.map(listen).transpose()?;
        let lifecycle = Lifecycle::new(Arc::clone(&counts));
        // Nothing can be written without this task.
        lifecycle.vital("writing", writing);
        match &config.mail {
            Some(mail) => {
                tracing::info!(server = mail.server, port = mail.port(), "mail is on");
                let is_open = |path| super::folder::is_open(path).unwrap_or_default();
                if mail.password.as_deref().is_some_and(is_open) {
                    tracing::warn!(
                        "the password of the mail server is open to others than the server's user: chmod 0600 it"
                    );
                }
            }
            None => tracing::info!("mail is off: the configuration has no [mail]"),
        }
        let worker = Worker::open(Arc::clone(&core), uploads.attachments.clone(), outgoing).await?;
        for queue in worker.queues() {
            // One mail a connection; other queues wait for nothing outside.
            let connections = config.mail.as_ref().map_or(1, |mail| mail.connections);
            for _ in 0..if queue == Queue::Mail { connections } else { 1 } {
                let worker = worker.clone();
                lifecycle.keep(queue.name(), move || worker.clone().run(queue));
            }
        }
        let is_tls = tls.is_some();
        let bounds = Bounds {
            all: files::connections(config.limits.connections),
            of_address: config.limits.connections_of_address,
        };
        let deadlines = config.tuning.deadlines.clone();
        let connections = Connections::new(bounds, deadlines, config.proxies.clone(), Arc::clone(&counts));
        let takeovers = Takeovers::new(Arc::clone(&core));
        let routes = http::routes(Arc::clone(&app))
            .layer(middleware::from_fn(listening::account))
            .layer(middleware::from_fn_with_state(
                takeovers.clone(),
                connection_takeover::take_over,
            ));
        let port = Port::new(listener, tls, routes, Arc::clone(&connections)).map_err(StartError::Tls)?;
        listening::spawn(&lifecycle, &port);
        let operations = match health {
            Some((listener, at)) => {
                let asked = Arc::clone(&connections);
                let started = Operations::start(listener, at, app, asked);
                Some(started.map_err(|error| StartError::Listen(at, error))?)
            }
            None => None,
        };
        let socket = socket::open(&config.data, admin.clone(), &lifecycle);
        tracing::info!(%address, tls = is_tls, "the server listens");
        Ok(RunningServer {
            address,
            tls: is_tls,
            admin,
            subscriptions,
            uploads,
            port,
            connections,
            operations,
            takeovers,
            lifecycle,
            opened,
            socket,
            patience: Duration::from_secs(config.patience),
        })
    }

    /// The address that devices connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same, as devices write it.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub fn health_address(&self) -> Option<SocketAddr> {
        self.operations.as_ref().map(Operations::address)
    }

    /// Open connections, including streams.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Open streams.
    pub fn streams(&self) -> usize {
        self.subscriptions.len()
    }

    /// Waits until the server cannot go on: until the write task ends. All other tasks are restarted.
    pub async fn failed(&mut self) {
        self.lifecycle.broken().await;
    }

    /// Ends the streams and the uploads, lets other requests in progress finish, and closes the database.
    pub async fn stop(self) {
        tracing::info!("the server stops");
        let began = Instant::now();
        self.subscriptions.stop();
        self.uploads.stop();
        self.port.stop();
        if let Some(operations) = &self.operations {
            operations.stop();
        }
        // The port ends with its last request.
        while self.has_connections() && began.elapsed() < self.patience {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.end().await;
    }

    fn has_connections(&self) -> bool {
        !self.takeovers.is_empty() || !self.port.is_idle()
    }

    /// Ends without waiting: every answered command is durable, and nothing else is promised.
    pub async fn kill(self) {
        self.end().await;
    }

    async fn end(mut self) {
        self.subscriptions.stop();
        self.port.end();
        self.port.ended().await;
        self.takeovers.end().await;
        if let Some(operations) = self.operations.take() {
            operations.end().await;
        }
        self.lifecycle.end().await;
        drop(self.socket);
        self.opened.close().await;
    }
}

/// Connections that the system keeps until they are accepted. Beyond it the first packet of a connection is dropped, and its
/// client tries again after a second. The standard library would ask for 128; systems cap it at a maximum of their own.
const BACKLOG: u32 = 4_096;

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bind = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // As the standard library does: on Windows it would let another program take the port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?.into_std()?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bind().map_err(|error| StartError::Listen(address, error))
}

/// Sets up TLS with the configured certificate and key.
fn acceptor(tls: &Tls) -> Result<TlsAcceptor, StartError> {
    install_provider();
    let failed = |why: String| StartError::Tls(std::io::Error::other(why));
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&tls.certificate).and_then(Iterator::collect);
    let certificates = certificates.map_err(|error| failed(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| failed(error.to_string()))?;
    if super::folder::is_open(&tls.key).unwrap_or_default() {
        tracing::warn!("the key of the certificate is open to others than the server's user: chmod 0600 it");
    }
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| failed(error.to_string()))?;
    // The strongest suite is the server's choice (ASVS 5.0, 12.1.2).
    config.ignore_client_order = true;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn install_provider() {
    // Fails if a second server in this process finds one installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;

    // I5, BP7
    #[tokio::test]
    async fn a_burst_of_connections_waits_for_none_to_be_accepted() {
        let (_listener, address) = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(900));
        let connections: Result<Vec<TcpStream>, _> = (0..600).map(|_| connect()).collect();
        assert_eq!(connections.unwrap().len(), 600);
    }
}
