//! One server, as it runs but for its sockets: its routes, the operator's way in, and the task that writes.
//!
//! A request is polled together with the task that writes, in this thread; what the observer is answered is noted down
//! as it leaves, byte for byte.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use conversation::Timestamp;
use futures_util::StreamExt as _;
use futures_util::future::poll_fn;
use platform::{ManualClock, Random, SeededRandom};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use sync_server::config::tuning::PasswordCost;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse};
use sync_server::core::{Actor, Core};
use sync_server::files::MemoryFolder;
use sync_server::keys::Secret;
use sync_server::server::{SocketlessServer, StartError, Transfers, Writing};
use sync_server::{Admin, Config};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use super::leaks::{Known, Leak, spoil, spoil_status};
use crate::simulation::faults::MASTER;
use crate::simulation::ports::{Must as _, Step, broken};
use crate::simulation::store::SimStore;

/// A server that answers this late will not.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nothing happens in a history that takes as long.
const NEVER: Duration = Duration::from_secs(1_000_000);

/// The server's random numbers, begun anew with each turn of the history: what both worlds do, they do with the same.
pub(super) struct Turns(Mutex<SeededRandom>);

impl Turns {
    fn begin(&self, seed: u64) {
        *lock(&self.0) = SeededRandom::new(seed);
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns")
    }
}

impl Random for Turns {
    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.0).fill(bytes);
    }
}

/// An answer or frames that the observer received, and for what request.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) what: String,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Bytes,
}

pub(super) struct InProcessServer {
    pub(super) clock: Arc<ManualClock>,
    pub(super) store: Arc<SimStore>,
    /// Files that come without HTTP, from the others.
    pub(super) transfers: Transfers,
    random: Arc<Turns>,
    admin: Admin,
    routes: Router,
    writing: Mutex<Writing>,
    runtime: Runtime,
    received: Mutex<Vec<Received>>,
    leak: Option<Leak>,
    known: Mutex<Known>,
}

impl fmt::Debug for InProcessServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("House")
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl InProcessServer {
    pub(super) fn open(at: Timestamp, leak: Option<Leak>) -> Step<InProcessServer> {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.must("there is no runtime")?;
        let clock = Arc::new(ManualClock::new(at));
        let store = Arc::new(SimStore::leaking(leak));
        let random = Arc::new(Turns(Mutex::new(SeededRandom::new(0))));
        let mut config = Config::local("");
        let tuning = config.tuning();
        tuning.heartbeat = NEVER;
        tuning.poll = Duration::ZERO;
        tuning.password_cost = PasswordCost::LIGHT;
        let opened = async {
            let master = Secret::new(MASTER);
            Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master).await?;
            let core = Core::open(
                Arc::<SimStore>::clone(&store),
                Arc::<ManualClock>::clone(&clock),
                Arc::<Turns>::clone(&random),
                &master,
            );
            let (core, folder) = (Arc::new(core.await?), MemoryFolder::default());
            let transfers = Transfers::open(Arc::clone(&core), folder.clone(), &config).await?;
            let server = SocketlessServer::with_files(core, &config, folder).await?;
            Ok::<_, StartError>((server, transfers))
        };
        let (server, transfers) = runtime.block_on(opened).must("the server does not open")?;
        let routes = server.routes();
        let (admin, writing) = server.into_parts();
        Ok(InProcessServer {
            clock,
            store,
            transfers,
            random,
            admin,
            routes,
            writing: Mutex::new(writing),
            runtime,
            received: Mutex::default(),
            leak,
            known: Mutex::default(),
        })
    }

    /// A turn of the history begins: at its time, with random numbers of its own.
    pub(super) fn turn(&self, at: Timestamp, seed: u64) {
        self.clock.set(at);
        self.random.begin(seed);
    }

    /// Drives a request, together with the writes that it needs.
    pub(super) fn drive<T>(&self, asked: impl Future<Output = T>) -> Step<T> {
        let mut writing = lock(&self.writing);
        let driven = async {
            tokio::select! {
                biased;
                done = asked => Ok(done),
                () = &mut *writing => broken("the task that writes has ended"),
            }
        };
        let driven = async { tokio::time::timeout(PATIENCE, driven).await };
        self.runtime.block_on(driven).must("the server does not answer")?
    }

    pub(super) fn administer(&self, request: AdminRequest) -> Step<AdminResponse> {
        let done = self.drive(self.admin.administer(AdminActor::PROGRAM, request))?;
        done.must("the operator's wish")
    }

    /// Of someone who is not the observer.
    pub(super) fn commands(&self, actor: Actor, request: CommandsRequest) -> Step<CommandsAnswer> {
        let answered = self.drive(self.admin.commands(actor, request))?;
        answered.must("a request by hand")
    }

    /// A request of the observer's, and its whole answer.
    pub(super) fn ask(&self, what: String, request: Request<Body>) -> Step<(u16, Bytes)> {
        let (status, _, body) = self.ask_whole(what, request)?;
        Ok((status.as_u16(), body))
    }

    /// The same, with its headers.
    pub(super) fn ask_whole(
        &self,
        what: String,
        request: Request<Body>,
    ) -> Step<(StatusCode, HeaderMap, Bytes)> {
        let whole = async {
            let response = self.routes.clone().oneshot(request).await;
            let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
            (parts, to_bytes(body, usize::MAX).await)
        };
        let (parts, body) = self.drive(whole)?;
        let body = body.must("an answer breaks off")?;
        let response = Response::from_parts(parts, ());
        let body = self.note(what, &response, body);
        Ok((response.status(), response.headers().clone(), body))
    }

    /// A stream of the observer's; what it says is heard by [`InProcessServer::hear`].
    pub(super) fn open_stream(&self, request: Request<Body>) -> Step<Option<BodyDataStream>> {
        let response = self.drive(self.routes.clone().oneshot(request))?;
        let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
        let response = Response::from_parts(parts, ());
        self.note("POST /v1/sync, begun".to_owned(), &response, Bytes::new());
        Ok(response.status().is_success().then(|| body.into_data_stream()))
    }

    /// The next lines of a stream at this moment; `None` where there are none, or where it has ended.
    pub(super) fn hear(&self, stream: &mut BodyDataStream) -> Step<Option<Bytes>> {
        let next = poll_fn(|context| {
            Poll::Ready(match stream.poll_next_unpin(context) {
                Poll::Ready(next) => next,
                Poll::Pending => None,
            })
        });
        let Some(said) = self.runtime.block_on(next) else {
            return Ok(None);
        };
        let said = said.must("a stream breaks off")?;
        let response = Response::new(());
        Ok(Some(self.note("a stream".to_owned(), &response, said)))
    }

    fn note(&self, what: String, response: &Response<()>, body: Bytes) -> Bytes {
        let (leak, known) = (self.leak, lock(&self.known));
        let status = spoil_status(leak, &known, &what, response.status());
        let body = spoil(leak, &known, &what, body);
        let headers = response.headers().iter();
        let received = Received {
            what,
            status: status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            body: body.clone(),
        };
        lock(&self.received).push(received);
        body
    }

    /// Everything that the observer received since the last call.
    pub(super) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *lock(&self.received))
    }

    /// Whether this leak is planted.
    pub(super) fn leaks(&self, leak: Leak) -> bool {
        self.leak == Some(leak)
    }

    /// For a planted leak: what it could disclose.
    pub(super) fn known(&self) -> Option<MutexGuard<'_, Known>> {
        self.leak.map(|_| lock(&self.known))
    }
}
