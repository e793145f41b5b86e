//! Keeps an engine going: follows the server, fetches missing history, sends the outbox, indexes messages for search.
//!
//! Each of these is a task of its own with deadlines of its own, so that a request that something holds back holds back
//! nothing else. How the server is followed stands in [`ways`]: by a stream, and where something between holds streams
//! back, by polls. Whoever cannot reach the server tries again after a pause that doubles and is drawn by lot, so that
//! five thousand devices do not return at once.

#[cfg(test)]
mod following_tests;
mod modes;
mod timer;

use std::sync::Arc;
use std::time::Duration;

use conversation::{Seq, SeqRange};
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::error::ErrorCode;
use protocol::sync::{Frame, Mode};
use tokio::task::JoinSet;

use crate::cache::CacheError;
use crate::engine::Engine;
use crate::engine::sessions::SignInError;
use crate::engine::sync::SyncError;
use crate::engine::sync::frame_batch::FrameBatch;
use crate::model::Connection;
use crate::ports::{Connector, Failure, Frames, Transport};
use modes::{HELD, LATE, SILENCE, Ways};
use timer::within;
pub use timer::{MachineTimer, Timer};

/// The first and the longest pause after a failure.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);
/// Messages brought into search at once: so many that it is little work for each, and so few that nobody notices, and
/// then a pause.
pub const MANY: u32 = 2_000;
const FEW: u32 = 8;
const BREATH: Duration = Duration::from_millis(5);
/// How long the end of a poll waits for who reads along.
const TOLD: Duration = Duration::from_secs(2);
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

    /// What goes by the network.
    fn of(engine: &Arc<Engine>, connector: &Arc<dyn Connector>, timer: Arc<dyn Timer>) -> Runner {
        let mut tasks = JoinSet::new();
        tasks.spawn(follow(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(fetch(engine.clone(), connector.clone(), timer.clone()));
        tasks.spawn(bring_out(engine.clone(), connector.clone(), timer));
        Runner { tasks }
    }

    /// Ends the tasks. What was being sent is sent again at the next start.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Why a round ended.
#[derive(Debug)]
enum End {
    /// Nobody is signed in: wait until someone is.
    SignedOut,
    /// The round came to its end; the next may begin at once.
    Done,
    /// Nothing came for too long, or what came was told too long ago: something holds it back.
    Held,
    Failed(Failure),
    OutOfStep,
    /// The disk is full.
    NoRoom,
    /// Only time or people can help.
    Refused(ErrorCode),
}

/// How a round went, for the choice of the next way.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// When the server was asked; `None` where it did not come to that.
    asked: Option<Duration>,
    /// All that there was came.
    current: bool,
}

async fn follow(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut pause = Pause::new();
    let mut ways = Ways::new(timer.now());
    loop {
        let mode = ways.next(timer.now());
        let mut round = Round {
            asked: None,
            current: false,
        };
        let end = tokio::select! {
            end = follow_once(&engine, connector.as_ref(), timer, mode, &mut round) => end,
            () = engine.signed.notified() => {
                pause = Pause::new();
                continue;
            }
        };
        if round.current {
            // Not sooner: what begins and breaks off each time is not to be asked for at once each time.
            pause = Pause::new();
        }
        let now = timer.now();
        let lasted = round.asked.map(|asked| now.saturating_sub(asked));
        match &end {
            End::Held => ways.was_held(mode, now),
            // A proxy that gives up waiting says so after a while; who refuses does at once.
            End::Failed(Failure::Unreachable | Failure::Between { .. })
                if !round.current && lasted.is_some_and(|lasted| lasted >= HELD) =>
            {
                ways.was_held(mode, now);
            }
            End::Done | End::Failed(Failure::Unreachable) if round.current => {
                ways.went_well(mode, lasted.unwrap_or_default(), now);
            }
            End::Failed(Failure::Unreachable) => ways.was_cut(),
            _ => {}
        }
        match end {
            End::Done if mode == Mode::Once => wait(&engine, timer, pause.between_polls(&engine)).await,
            End::Done => {}
            End::Held => engine.set_connection(Connection::Connecting),
            End::SignedOut => {
                engine.set_connection(Connection::Offline);
                engine.signed.notified().await;
            }
            End::Failed(failure) => {
                tracing::info!(%failure, "the server cannot be followed");
                let connection = match failure {
                    Failure::Server { code, .. } => Connection::Refused { reason: code },
                    Failure::Between { obstacle } => Connection::Between { obstacle },
                    Failure::Unreachable | Failure::Malformed | Failure::TooLarge => Connection::Offline,
                };
                engine.set_connection(connection);
                let at_least = match failure {
                    Failure::Server {
                        retry_after: Some(seconds),
                        ..
                    } => Duration::from_secs(seconds.min(300)),
                    _ => Duration::ZERO,
                };
                wait(&engine, timer, pause.next(&engine).max(at_least)).await;
            }
            End::OutOfStep => {
                tracing::warn!("what the server sent does not follow on what is here");
                wait(&engine, timer, pause.next(&engine)).await;
            }
            // Whoever makes room does not wait long.
            End::NoRoom => wait(&engine, timer, LONGEST / 6).await,
            End::Refused(reason) => {
                engine.set_connection(Connection::Refused { reason });
                wait(&engine, timer, LONGEST * 5).await;
            }
        }
    }
}

async fn wait(engine: &Engine, timer: &dyn Timer, pause: Duration) {
    tokio::select! {
        () = timer.sleep(pause) => {}
        () = engine.signed.notified() => engine.signed.notify_one(),
    }
}

/// One stream or poll, from its request to its end.
async fn follow_once(
    engine: &Engine,
    connector: &dyn Connector,
    timer: &dyn Timer,
    mode: Mode,
    round: &mut Round,
) -> End {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return End::SignedOut;
    };
    let mut access = match engine.access(transport.as_ref(), None).await {
        Ok(access) => access,
        Err(error) => return not_signed_in(engine, error).await,
    };
    let Ok(request) = engine.sync_request(mode).await else {
        return End::OutOfStep;
    };
    round.asked = Some(timer.now());
    // From the asking on: something may hold back the head as well.
    let mut silence = timer.sleep(SILENCE);
    let opening = async {
        let refused = match transport.sync(&access, &request).await {
            Err(failure) if ends_access(failure) => access.clone(),
            frames => return Ok(frames?),
        };
        access = engine.access(transport.as_ref(), Some(&refused)).await?;
        Ok::<_, SignInError>(transport.sync(&access, &request).await?)
    };
    let opened = tokio::select! {
        opened = opening => opened,
        () = &mut silence => return End::Held,
    };
    let mut frames = match opened {
        Ok(frames) => frames,
        // With another token as well: whether the session stands is said by its renewal alone.
        Err(SignInError::Failure(failure)) if engine.is_signed_in().await => {
            return failed(engine, failure).await;
        }
        Err(error) => return not_signed_in(engine, error).await,
    };
    // Who reads along is asked beside it, so that no frame waits for that.
    let mut watching = std::pin::pin!(futures_util::future::OptionFuture::from(None));
    let mut late = 0;
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
            () = &mut silence => return End::Held,
        };
        silence = timer.sleep(SILENCE);
        let (gathered, ended) = gather(engine, first, &mut frames);
        let begins = matches!(gathered.last(), Some(Frame::Hello { .. }));
        let current = matches!(gathered.last(), Some(Frame::Current { .. }));
        if let Some(Frame::Heartbeat { at }) = gathered.last() {
            late = if engine.now().since(*at) > LATE {
                late + 1
            } else {
                0
            };
        }
        match engine.apply_all(gathered.into_frames()).await {
            Ok(()) => {}
            Err(SyncError::Restored) => return End::Refused(ErrorCode::Restored),
            Err(SyncError::UpdateNeeded) => return End::Refused(ErrorCode::UpdateNeeded),
            Err(SyncError::OutOfStep) => return End::OutOfStep,
            Err(SyncError::Cache(error)) => {
                tracing::error!(%error, "the cache failed");
                engine.look_at_room();
                return match error {
                    CacheError::DiskFull => End::NoRoom,
                    _ => End::OutOfStep,
                };
            }
        }
        engine.look_at_room();
        if begins {
            engine.bell.notify_one();
            if mode == Mode::Stream || engine.live().watching.is_some() {
                watching.set(Some(engine.watch(transport.as_ref(), &access)).into());
            }
        }
        if current {
            round.current = true;
            engine.missing.notify_one();
        }
        if let Some(end) = ended {
            if mode != Mode::Stream {
                // A poll is over sooner than that.
                let _told = within(timer, TOLD, &mut watching).await;
            }
            return match end {
                End::Done if !round.current => End::Failed(Failure::Unreachable),
                end => end,
            };
        }
        if late >= 2 {
            return End::Held;
        }
    }
}

/// Whether the server says that an access token is worth nothing, so that another is needed.
fn ends_access(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::Server {
            code: ErrorCode::SignInNeeded | ErrorCode::SessionEnded,
            ..
        }
    )
}

/// What the server refused to follow.
async fn failed(engine: &Engine, failure: Failure) -> End {
    match failure {
        Failure::Server {
            code: code @ (ErrorCode::Restored | ErrorCode::UpdateNeeded),
            ..
        } => {
            if code == ErrorCode::Restored {
                let _told = engine.apply(Frame::Restored { epoch: 0 }).await;
            }
            End::Refused(code)
        }
        failure => End::Failed(failure),
    }
}

/// The next frame, with those that are there already; and the end, where it came.
fn gather(
    engine: &Engine,
    first: Option<Result<Frame, Failure>>,
    frames: &mut Frames,
) -> (FrameBatch, Option<End>) {
    let mut gathered = FrameBatch::default();
    let mut next = Some(first);
    while let Some(came) = next {
        match came {
            None => return (gathered, Some(End::Done)),
            // Said, and gone on: what it held of events is a hole, which is asked for in smaller pieces.
            Some(Err(Failure::TooLarge)) => engine.left_out(),
            Some(Err(failure)) => return (gathered, Some(End::Failed(failure))),
            Some(Ok(frame)) => gathered.push(frame),
        }
        if gathered.is_full() {
            break;
        }
        next = frames.next().now_or_never();
    }
    (gathered, None)
}

async fn not_signed_in(engine: &Engine, error: SignInError) -> End {
    match error {
        SignInError::Failure(Failure::Server {
            code: ErrorCode::SessionEnded | ErrorCode::SignInNeeded,
            ..
        })
        | SignInError::NotSignedIn => End::SignedOut,
        SignInError::Failure(failure) => failed(engine, failure).await,
        SignInError::Cache(CacheError::DiskFull) => End::NoRoom,
        SignInError::Cache(_) => End::OutOfStep,
    }
}

/// Fetches what the streams leave out, whenever one has brought all else. While that cannot be had it is asked for again,
/// and what is followed goes on meanwhile.
async fn fetch(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    loop {
        engine.missing.notified().await;
        let mut pause = Pause::new();
        while let Err(failure) = fill(&engine, connector.as_ref()).await {
            tracing::info!(%failure, "what is missing could not be fetched");
            let _asked = within(timer, pause.next(&engine), engine.missing.notified()).await;
        }
    }
}

async fn fill(engine: &Engine, connector: &dyn Connector) -> Result<(), Failure> {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return Ok(());
    };
    for hole in engine.holes().await.unwrap_or_default() {
        // From the end, as an answer is: what is before it is asked for next.
        let mut ranges = vec![hole.range];
        while let Some(range) = ranges.pop() {
            let access = match engine.access(transport.as_ref(), None).await {
                Ok(access) => access,
                Err(SignInError::Failure(failure)) => return Err(failure),
                Err(_) => return Ok(()),
            };
            let answer = match transport.history(&access, hole.conversation, range).await {
                Ok(answer) => answer,
                // No longer one's own: the stream tells of it.
                Err(Failure::Server {
                    code: ErrorCode::NotFound,
                    ..
                }) => break,
                // More than this device takes: in halves, and a single event that is too large is left out.
                Err(Failure::TooLarge) => {
                    match halves(range) {
                        Some(halves) => ranges.extend(halves),
                        None => engine.left_out(),
                    }
                    continue;
                }
                Err(failure) => {
                    if ends_access(failure) {
                        let _another = engine.access(transport.as_ref(), Some(&access)).await;
                    }
                    return Err(failure);
                }
            };
            let reached = protocol::wire::follow(answer.from, answer.previous, &answer.items);
            let Ok((last, _)) = reached else {
                return Err(Failure::Malformed);
            };
            let from = answer.from;
            if last < from {
                // Nothing of it is there.
                continue;
            }
            if engine.apply_history(hole.conversation, answer).await.is_err() {
                return Err(Failure::Malformed);
            }
            let before = from.0.checked_sub(1).map(Seq);
            ranges.extend(before.and_then(|before| SeqRange::new(range.from, before.min(range.to))));
            ranges.extend(SeqRange::new(last.next(), range.to));
        }
    }
    Ok(())
}

/// The earlier half and the later; `None` of a single place.
fn halves(range: SeqRange) -> Option<[SeqRange; 2]> {
    let middle = Seq(range.from.0 + (range.to.0 - range.from.0) / 2);
    let earlier = SeqRange::new(range.from, middle)?;
    let later = SeqRange::new(middle.next(), range.to)?;
    Some([earlier, later])
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

/// Brings out what waits, whenever the bell rings, until nothing is left that can go.
async fn bring_out(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut pause = Pause::new();
    loop {
        match send_once(&engine, connector.as_ref()).await {
            Ok(true) => pause = Pause::new(),
            Ok(false) => {
                // Once an hour, what waits may have become stale.
                let hour = Duration::from_secs(3_600);
                let _rung = within(timer, hour, engine.bell.notified()).await;
            }
            Err(failure) => {
                tracing::info!(%failure, "what waits could not be sent");
                let _rung = within(timer, pause.next(&engine), engine.bell.notified()).await;
            }
        }
    }
}

/// Sends one request; `false` where there was nothing to send.
async fn send_once(engine: &Engine, connector: &dyn Connector) -> Result<bool, Failure> {
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
    // One answer to each command, or none at all.
    let answer = answer.and_then(|answer| {
        let whole = answer.answers.len() == outgoing.request.commands.len();
        if whole {
            Ok(answer)
        } else {
            Err(Failure::Malformed)
        }
    });
    let taken = match answer {
        Ok(answer) => engine.answered(outgoing, answer).await,
        // It would be the same answer for ever. The pause stays: a server that takes nothing is not to be pressed.
        Err(
            failure @ Failure::Server {
                code: ErrorCode::TooLarge | ErrorCode::BadRequest,
                ..
            },
        ) => {
            let _kept = engine.not_taken(outgoing).await;
            return Err(failure);
        }
        // A filter may have stopped it for its size, or for what one of them says.
        Err(failure @ Failure::Between { .. }) => {
            let _kept = engine.not_let_through(outgoing).await;
            return Err(failure);
        }
        Err(failure) => {
            let _kept = engine.not_answered(outgoing).await;
            return Err(failure);
        }
    };
    taken.map(|()| true).map_err(|_| Failure::Malformed)
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
            Ok(0) | Err(_) => tokio::time::sleep(IDLE).await,
            Ok(_) if hurried => tokio::time::sleep(BREATH).await,
            Ok(_) => tokio::task::yield_now().await,
        }
    }
}

/// A pause that doubles, drawn by lot between half of it and the whole.
struct Pause(Duration);

impl Pause {
    fn new() -> Pause {
        Pause(PAUSE)
    }

    fn next(&mut self, engine: &Engine) -> Duration {
        let whole = self.0;
        self.0 = (whole * 2).min(LONGEST);
        let mut lot = [0; 2];
        engine.random.fill(&mut lot);
        whole / 2 + whole / 2 * u32::from(u16::from_be_bytes(lot)) / u32::from(u16::MAX)
    }

    /// Between two polls that are answered at once.
    fn between_polls(&mut self, engine: &Engine) -> Duration {
        self.0 = modes::BETWEEN_POLLS;
        let pause = self.next(engine);
        *self = Pause::new();
        pause
    }
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
