//! Keeps an engine going: follows the server, fetches missing history, sends the outbox, reports sign-outs, indexes messages
//! for search.
//!
//! Each of these is a task of its own with deadlines of its own, so that a request that is held up holds up
//! nothing else. The decisions are in the engine, without input or output: [`Follower`] for following,
//! [`HistoryRequests`] for history, [`Engine::outgoing`] and [`Engine::sent`] for the outbox. Here they are
//! carried out. Files have tasks of their own: [`Engine::next_upload`] and [`Engine::next_download`] decide.

mod files;
#[cfg(test)]
mod following_tests;
mod timer;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use protocol::error::ErrorCode;
use protocol::session::Secret;
use protocol::sync::{Frame, Mode, SyncRequest};
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::engine::backoff::Backoff;
use crate::engine::sessions::SignInError;
use crate::engine::sync::SyncError;
use crate::engine::sync::follower::{Actions, Event, Follower, Heard, Next};
use crate::engine::sync::frame_batch::FrameBatch;
use crate::engine::sync::history::{HistoryRequests, Received};
use crate::engine::sync::modes::SILENCE;
use crate::ports::{Connector, Failure, Frames, Transport};
use timer::within;
pub use timer::{MachineTimer, Timer};

/// Messages brought into search at once: so many that it is little work for each.
pub const MANY: u32 = 2_000;
/// While something is written, since a write waits for the transaction that brings them in: some milliseconds. With the pause that
/// follows, fewer than one write in a hundred meets it, and search still keeps pace with people who write.
const FEW: u32 = 16;
const PAUSE: Duration = Duration::from_secs(1);
/// How long the end of a poll waits for the answer to who reads along.
const READERS_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause when there are none.
const IDLE: Duration = Duration::from_millis(700);

/// The tasks of one engine; they end when this is dropped, or [stopped](Runner::stop) and awaited.
#[derive(Debug)]
pub struct Runner {
    tasks: JoinSet<()>,
}

impl Runner {
    pub fn start(engine: Arc<Engine>, connector: Arc<dyn Connector>) -> Runner {
        let timer = Arc::new(MachineTimer);
        let mut runner = Runner::of(&engine, &connector, timer);
        runner.tasks.spawn(index(engine));
        runner
    }

    /// The tasks that use the network.
    fn of(engine: &Arc<Engine>, connector: &Arc<dyn Connector>, timer: Arc<dyn Timer>) -> Runner {
        let mut tasks = JoinSet::new();
        tasks.spawn(follow(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(fetch(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(report(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(files::send_up(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(files::bring_in(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(files::sweep(engine.clone(), timer.clone()));
        tasks.spawn(bring_out(engine.clone(), connector.clone(), timer));
        Runner { tasks }
    }

    /// Ends the tasks. Requests in flight are sent again at the next start.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn follow(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut follower = Follower::new(timer.now(), engine.random.clone());
    let mut actions = follower.on(timer.now(), Event::Due);
    loop {
        take_up(&engine, &actions).await;
        actions = match actions.next {
            // It listens within a round alone.
            Next::Open(_) | Next::Listen => tokio::select! {
                ended = round(&engine, connector.as_ref(), timer, &mut follower) => ended,
                () = engine.signed.notified() => follower.on(timer.now(), Event::Woken),
            },
            Next::Wait(pause) => tokio::select! {
                () = timer.sleep(pause) => follower.on(timer.now(), Event::Due),
                () = engine.signed.notified() => follower.on(timer.now(), Event::Woken),
            },
            Next::AwaitSignIn => {
                engine.signed.notified().await;
                follower.on(timer.now(), Event::Woken)
            }
        };
    }
}

/// All of it that is done at once.
async fn take_up(engine: &Engine, actions: &Actions) {
    if let Some(connection) = actions.report {
        engine.set_connection(connection);
    }
    if actions.restored {
        let _answered = engine.apply(Frame::Restored { epoch: 0 }).await;
    }
    if actions.send {
        engine.bell.notify_one();
    }
    if actions.fetch {
        engine.missing.notify_one();
    }
}

/// One stream or poll, from its request to its end; what is to be done then.
async fn round(
    engine: &Engine,
    connector: &dyn Connector,
    timer: &dyn Timer,
    follower: &mut Follower,
) -> Actions {
    let mode = follower.mode();
    let (transport, access, request) = match prepare(engine, connector, mode).await {
        Ok(prepared) => prepared,
        Err(event) => return follower.on(timer.now(), event),
    };
    follower.on(timer.now(), Event::Asked);
    // From the asking on: something may hold back the head as well.
    let mut silence = timer.sleep(SILENCE);
    let opened = tokio::select! {
        opened = open(engine, transport.as_ref(), access, &request) => opened,
        () = &mut silence => Err(Event::Silent),
    };
    let (mut frames, access) = match opened {
        Ok(opened) => opened,
        Err(event) => return follower.on(timer.now(), event),
    };
    // Reading along is asked beside it, so that no frame waits for that.
    let mut watching = std::pin::pin!(futures_util::future::OptionFuture::from(None));
    loop {
        let first = tokio::select! {
            biased;
            Some(watched) = &mut watching => {
                watching.set(None.into());
                if let Err(failure) = watched {
                    tracing::info!(%failure, "who reads along is not known");
                }
                continue;
            }
            first = frames.next() => first,
            () = &mut silence => return follower.on(timer.now(), Event::Silent),
        };
        silence = timer.sleep(SILENCE);
        let (batch, ended) = gather(engine, first, &mut frames);
        let heard = engine.heard(&batch);
        let applied = engine.apply_all(batch.into_frames()).await;
        engine.look_at_room();
        let actions = follower.on(timer.now(), judged(applied, heard));
        if actions.next != Next::Listen {
            return actions;
        }
        take_up(engine, &actions).await;
        if actions.watch && (mode == Mode::Stream || engine.live().watching.is_some()) {
            watching.set(Some(engine.watch(transport.as_ref(), &access)).into());
        }
        if let Some(event) = ended {
            if mode != Mode::Stream {
                // A poll is over sooner than that.
                let _answered = within(timer, READERS_TIMEOUT, &mut watching).await;
            }
            return follower.on(timer.now(), event);
        }
    }
}

/// The requirements of a request; else the failure to get them.
async fn prepare(
    engine: &Engine,
    connector: &dyn Connector,
    mode: Mode,
) -> Result<(Arc<dyn Transport>, Secret, SyncRequest), Event> {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return Err(Event::SignedOut);
    };
    let access = engine.access(transport.as_ref(), None).await;
    let access = access.map_err(not_signed_in)?;
    let request = engine.sync_request(mode).await.map_err(Event::CacheFailed)?;
    Ok((transport, access, request))
}

/// The head of the answer, with another token where the server wants one; the token that it came by.
async fn open(
    engine: &Engine,
    transport: &dyn Transport,
    access: Secret,
    request: &SyncRequest,
) -> Result<(Frames, Secret), Event> {
    let failure = match transport.sync(&access, request).await {
        Ok(frames) => return Ok((frames, access)),
        Err(failure) => failure,
    };
    let failed = if ends_access(failure) {
        match engine.access(transport, Some(&access)).await {
            Ok(access) => match transport.sync(&access, request).await {
                Ok(frames) => return Ok((frames, access)),
                Err(failure) => failure,
            },
            Err(SignInError::Failure(failure)) => failure,
            Err(error) => return Err(not_signed_in(error)),
        }
    } else {
        failure
    };
    // With another token as well: whether the session stands is said by its renewal alone.
    if ends_access(failed) && !engine.is_signed_in().await {
        return Err(Event::SignedOut);
    }
    tracing::info!(failure = %failed, "the server cannot be followed");
    Err(Event::Failed(failed))
}

fn judged(applied: Result<(), SyncError>, heard: Heard) -> Event {
    match applied {
        Ok(()) => Event::Applied(heard),
        Err(error) => {
            match &error {
                SyncError::Cache(error) => tracing::error!(%error, "the cache failed"),
                SyncError::OutOfStep => {
                    tracing::warn!("what the server sent does not follow on what is here");
                }
                SyncError::Restored | SyncError::UpdateNeeded => {}
            }
            Event::NotApplied(error)
        }
    }
}

/// Whether the server says that an access token is worth nothing, so that another is needed.
fn ends_access(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::Ended(_)
            | Failure::Server {
                code: ErrorCode::SignInNeeded | ErrorCode::SessionEnded,
                ..
            }
    )
}

/// The next frame, with those that are there already; and the end, where it came.
fn gather(
    engine: &Engine,
    first: Option<Result<Frame, Failure>>,
    frames: &mut Frames,
) -> (FrameBatch, Option<Event>) {
    let mut batch = FrameBatch::default();
    let mut next = Some(first);
    while let Some(came) = next {
        match came {
            None => return (batch, Some(Event::Ended)),
            // Said, and gone on: what it held of events is a hole, which is asked for in smaller pieces.
            Some(Err(Failure::TooLarge)) => engine.left_out(),
            Some(Err(failure)) => return (batch, Some(Event::Failed(failure))),
            Some(Ok(frame)) => batch.push(frame),
        }
        if batch.is_full() {
            break;
        }
        next = frames.next().now_or_never();
    }
    (batch, None)
}

fn not_signed_in(error: SignInError) -> Event {
    match error {
        SignInError::NotSignedIn => Event::SignedOut,
        SignInError::Failure(failure) if ends_access(failure) => Event::SignedOut,
        SignInError::Failure(failure) => {
            tracing::info!(%failure, "no access token can be had");
            Event::Failed(failure)
        }
        SignInError::Cache(error) => Event::CacheFailed(error),
    }
}

/// Fetches what the streams leave out, whenever one has brought all else. While that cannot be had it is asked for again,
/// and what is followed goes on meanwhile.
async fn fetch(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    loop {
        engine.missing.notified().await;
        let mut backoff = Backoff::new();
        while let Err(failure) = fill(&engine, connector.as_ref()).await {
            tracing::info!(%failure, "what is missing could not be fetched");
            let pause = backoff.next(engine.random.as_ref());
            let _asked = within(timer, pause, engine.missing.notified()).await;
        }
    }
}

async fn fill(engine: &Engine, connector: &dyn Connector) -> Result<(), Failure> {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return Ok(());
    };
    let mut requests = HistoryRequests::of(engine.holes().await.unwrap_or_default());
    while let Some(hole) = requests.next_range() {
        let access = match engine.access(transport.as_ref(), None).await {
            Ok(access) => access,
            Err(SignInError::Failure(failure)) => return Err(failure),
            Err(_) => return Ok(()),
        };
        let answer = transport.history(&access, hole.conversation, hole.range).await;
        match requests.received(hole, answer) {
            Received::Apply(conversation, answer) => {
                let applied = engine.apply_history(conversation, answer).await;
                applied.map_err(|_| Failure::Malformed)?;
            }
            Received::Nothing => {}
            Received::LeftOut => engine.left_out(),
            Received::Failed(failure) => {
                if ends_access(failure) {
                    let _another = engine.access(transport.as_ref(), Some(&access)).await;
                }
                return Err(failure);
            }
        }
    }
    Ok(())
}

async fn server(
    engine: &Engine,
    connector: &dyn Connector,
) -> Result<Option<Arc<dyn Transport>>, crate::cache::CacheError> {
    let session = engine.session().await?;
    let signed_in = session.filter(|session| session.tokens.is_some());
    Ok(signed_in
        .and_then(|session| connector.connect(&session.server).ok())
        .map(|(_, transport)| transport))
}

/// Reports sign-outs: at the start, when somebody signs out, when a connection is there, and until none is left.
async fn report(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut backoff = Backoff::new();
    loop {
        match engine.report_sign_outs(connector.as_ref()).await {
            Ok(true) => {
                backoff = Backoff::new();
                engine.signed_out.notified().await;
            }
            Ok(false) | Err(_) => {
                let pause = backoff.next(engine.random.as_ref());
                let _rung = within(timer, pause, engine.signed_out.notified()).await;
            }
        }
    }
}

/// Brings out what waits, whenever the bell rings, until nothing is left that can go.
async fn bring_out(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut backoff = Backoff::new();
    loop {
        match send_once(&engine, connector.as_ref()).await {
            Ok(true) => backoff = Backoff::new(),
            Ok(false) => {
                // Once an hour, what waits may have become stale.
                let hour = Duration::from_secs(3_600);
                let _rung = within(timer, hour, engine.bell.notified()).await;
            }
            Err(failure) => {
                tracing::info!(%failure, "what waits could not be sent");
                let _rung = within(
                    timer,
                    backoff.next(engine.random.as_ref()),
                    engine.bell.notified(),
                )
                .await;
            }
        }
    }
}

/// Sends one request; `false` where there was nothing to send.
pub(crate) async fn send_once(engine: &Engine, connector: &dyn Connector) -> Result<bool, Failure> {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return Ok(false);
    };
    let access = match engine.access(transport.as_ref(), None).await {
        Ok(access) => access,
        Err(SignInError::Failure(failure)) => return Err(failure),
        Err(_) => return Ok(false),
    };
    let Ok(Some(outgoing)) = engine.outgoing().await else {
        return Ok(false);
    };
    let mut answer = transport.commands(&access, &outgoing.request).await;
    if let Err(failure) = answer
        && ends_access(failure)
        && let Ok(access) = engine.access(transport.as_ref(), Some(&access)).await
    {
        answer = transport.commands(&access, &outgoing.request).await;
    }
    engine.sent(outgoing, answer).await.map(|()| true)
}

/// Brings messages into search, for as long as it is let. While something is written, a few at a time with a pause, so
/// that what comes next seldom waits.
pub async fn index(engine: Arc<Engine>) {
    loop {
        let hurried = engine.is_hurried();
        let indexed = engine.index(if hurried { FEW } else { MANY }).await;
        engine.look_at_room();
        engine.look_at_time();
        match indexed {
            Ok(0) if !hurried && engine.merge().await.unwrap_or_default() => tokio::task::yield_now().await,
            Ok(0) | Err(_) => tokio::time::sleep(IDLE).await,
            Ok(_) if hurried => tokio::time::sleep(PAUSE).await,
            Ok(_) => tokio::task::yield_now().await,
        }
    }
}

#[cfg(test)]
pub(crate) use files::{download_once, upload_once};

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
