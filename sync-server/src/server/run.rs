//! A running server: one owner of all its tasks.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::{Router, middleware};
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::task::JoinSet;

use super::live::Live;
use super::taking::{self, Lending, Taken};
use super::{Admin, Inside, Opened, StartError, socket};
use crate::config::Config;
use crate::core::{Core, REMEMBERED_FOR};
use crate::http;

/// For the headers of a request, from when it may begin; an idle connection is kept no longer either.
const SLOWEST_HEADERS: Duration = Duration::from_secs(75);
/// For the headers of a request. hyper keeps a buffer of it for each connection, and without a limit doubles it at the
/// second read.
const LONGEST_HEADERS: usize = 8_192;
/// Remembered refusals are looked through this often.
const FORGETTING: Duration = Duration::from_secs(3_600);

/// A server in this process.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    health: Option<SocketAddr>,
    tls: bool,
    admin: Admin,
    live: Arc<Live>,
    doors: Vec<Handle<SocketAddr>>,
    /// Streams, which left their doors.
    taken: Taken,
    /// Ends when the server does.
    tasks: JoinSet<&'static str>,
    opened: Opened,
    socket: Option<socket::Path>,
    patience: Duration,
}

impl RunningServer {
    pub(super) async fn start(config: Config, opened: Opened) -> Result<RunningServer, StartError> {
        let core = Arc::clone(&opened.core);
        let inside = Inside::open(Arc::clone(&core), &config).await?;
        let app = Arc::clone(&inside.app);
        let live = Arc::clone(&app.live);
        let (admin, writing) = inside.into_parts();
        let tls = match &config.tls {
            Some(tls) => {
                install_provider();
                let read = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
                Some(read.map_err(StartError::Tls)?)
            }
            None => None,
        };
        let (listener, address) = listen(config.listen)?;
        let health = config.health.map(listen).transpose()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            writing.await;
            "writing"
        });
        tasks.spawn(forget(Arc::clone(&core)));
        let mut doors = Vec::new();
        let is_tls = tls.is_some();
        let taken = Taken::new(Arc::clone(&core));
        let taking_over = middleware::from_fn_with_state(taken.clone(), taking::take_over);
        let routes = http::routes(Arc::clone(&app)).layer(taking_over);
        doors.push(serve(&mut tasks, listener, tls, routes).map_err(StartError::Tls)?);
        let health_address = health.as_ref().map(|(_, address)| *address);
        if let Some((listener, _)) = health {
            doors.push(serve(&mut tasks, listener, None, http::health(app)).map_err(StartError::Tls)?);
        }
        let socket = socket::open(&config.data, admin.clone(), &mut tasks);
        tracing::info!(%address, tls = is_tls, "the server listens");
        Ok(RunningServer {
            address,
            health: health_address,
            tls: is_tls,
            admin,
            live,
            doors,
            taken,
            tasks,
            opened,
            socket,
            patience: Duration::from_secs(config.patience),
        })
    }

    /// Where devices connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same, as devices write it.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health
    }

    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Streams that are open.
    pub fn streams(&self) -> usize {
        self.live.len()
    }

    /// Waits until a task ends by itself, which it should not.
    pub async fn failed(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(name)) => tracing::error!(name, "a task of the server ended by itself"),
            Some(Err(_)) => tracing::error!("a task of the server panicked"),
            None => {}
        }
    }

    /// Ends the streams, lets requests that are under way finish, and closes the database.
    pub async fn stop(mut self) {
        tracing::info!("the server stops");
        let began = Instant::now();
        self.live.stop();
        for door in &self.doors {
            door.graceful_shutdown(Some(self.patience));
        }
        // The doors end when their last request does; the task that writes, when nobody can ask it any more.
        while self.has_connections() && began.elapsed() < self.patience {
            let pause = tokio::time::sleep(Duration::from_millis(20));
            tokio::select! {
                () = pause => {}
                ended = self.tasks.join_next() => if ended.is_none() { break },
            }
        }
        self.end().await;
    }

    fn has_connections(&self) -> bool {
        !self.taken.is_empty() || self.doors.iter().any(|door| door.connection_count() > 0)
    }

    /// Ends without waiting for anything: what was answered is durable, and nothing else is promised.
    pub async fn kill(self) {
        self.end().await;
    }

    async fn end(mut self) {
        self.live.stop();
        for door in &self.doors {
            door.shutdown();
        }
        self.taken.end().await;
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        drop(self.socket);
        self.opened.close().await;
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Listen(address, error);
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn serve(
    tasks: &mut JoinSet<&'static str>,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    routes: Router,
) -> std::io::Result<Handle<SocketAddr>> {
    let handle = Handle::new();
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?
                .map(|acceptor| Lending(acceptor.acceptor(NoDelayAcceptor::new())))
                .handle(handle.clone());
            set_limits(server.http_builder());
            tasks.spawn(async move {
                let _ = server.serve(service).await;
                "door"
            });
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?
                .acceptor(Lending(NoDelayAcceptor::new()))
                .handle(handle.clone());
            set_limits(server.http_builder());
            tasks.spawn(async move {
                let _ = server.serve(service).await;
                "door"
            });
        }
    }
    Ok(handle)
}

/// Who opens a connection and says nothing does not hold it for ever.
fn set_limits(builder: &mut Builder<TokioExecutor>) {
    builder
        .http1()
        .max_buf_size(LONGEST_HEADERS)
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_HEADERS);
    builder.http2().timer(TokioTimer::new());
}

fn install_provider() {
    // A second server in this process finds it installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Forgets refusals that are older than they are remembered.
async fn forget(core: Arc<Core>) -> &'static str {
    loop {
        let before = core.now().plus(-REMEMBERED_FOR);
        match core.store.forget_refusals(before).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "old refusals were forgotten"),
            Err(error) => tracing::error!(%error, "old refusals could not be forgotten"),
        }
        tokio::time::sleep(FORGETTING).await;
    }
}

/// The address a request came from: that of the connection, or what a proxy says that is believed.
pub(crate) fn client_address(peer: IpAddr, proxies: &[IpAddr], forwarded: Option<&str>) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    // The last that no proxy of ours added itself.
    let said = forwarded.into_iter().flat_map(|line| line.rsplit(','));
    said.filter_map(|address| address.trim().parse().ok())
        .find(|address| !proxies.contains(address))
        .unwrap_or(peer)
}
