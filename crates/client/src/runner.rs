//! Keeps an engine going: follows the server, brings out what waits, brings messages into search.
//!
//! A stream that is silent for too long is given up for a long poll, which gets through proxies that hold streams
//! back; after some of those the stream is tried again. Whoever cannot reach the server tries again after a pause that
//! doubles and is drawn by lot, so that five thousand devices do not return at once.

use std::sync::Arc;
use std::time::Duration;

use conversation::{Number, Range};
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::error::ErrorCode;
use protocol::session::Secret;
use protocol::sync::{Frame, Mode};
use tokio::task::JoinSet;

use crate::cache::CacheError;
use crate::door::view::Connection;
use crate::engine::Engine;
use crate::engine::sessions::SignInError;
use crate::engine::take::TakeError;
use crate::engine::take::gathered::Gathered;
use crate::seam::{Connector, Failure, Frames, Transport};

/// Silence after which a stream is given up: two heartbeats and a little.
const SILENCE: Duration = Duration::from_secs(45);
/// Long polls before the stream is tried again.
const POLLS: u32 = 20;
/// The first and the longest pause after a failure.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);
/// Messages brought into search at once: so many that it is little work for each, and so few that nobody notices, and
/// then a pause.
pub const MANY: u32 = 2_000;
const FEW: u32 = 8;
const BREATH: Duration = Duration::from_millis(5);
/// The pause when there are none.
const IDLE: Duration = Duration::from_millis(700);

/// The tasks of one engine; they end when this is dropped, or [stopped](Runner::stop) and awaited.
#[derive(Debug)]
pub struct Runner {
    tasks: JoinSet<()>,
}

impl Runner {
    pub fn start(engine: Arc<Engine>, connector: Arc<dyn Connector>) -> Runner {
        let mut tasks = JoinSet::new();
        tasks.spawn(follow(engine.clone(), connector.clone()));
        tasks.spawn(bring_out(engine.clone(), connector));
        tasks.spawn(index(engine));
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
    /// The stream was silent.
    Silent,
    Failed(Failure),
    OutOfStep,
    /// The disk is full.
    NoRoom,
    /// Only time or people can help.
    Refused(ErrorCode),
}

async fn follow(engine: Arc<Engine>, connector: Arc<dyn Connector>) {
    let mut pause = Pause::new();
    let mut polls = 0;
    loop {
        let mode = if polls > 0 { Mode::Wait } else { Mode::Stream };
        let end = tokio::select! {
            end = round(&engine, connector.as_ref(), mode, &mut pause) => end,
            () = engine.signed.notified() => {
                pause = Pause::new();
                continue;
            }
        };
        polls = match (&end, polls) {
            (End::Silent, _) => POLLS,
            (End::Done, polls) if polls > 0 => polls - 1,
            (_, polls) => polls,
        };
        match end {
            End::Done => {}
            End::Silent => engine.set_connection(Connection::Connecting),
            End::SignedOut => {
                engine.set_connection(Connection::Offline);
                engine.signed.notified().await;
            }
            End::Failed(failure) => {
                tracing::info!(%failure, "the server cannot be followed");
                let connection = match failure {
                    Failure::Server { code, .. } => Connection::Refused { reason: code },
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
                wait(&engine, pause.next(&engine).max(at_least)).await;
            }
            End::OutOfStep => {
                tracing::warn!("what the server sent does not follow on what is here");
                wait(&engine, pause.next(&engine)).await;
            }
            // Whoever makes room does not wait long.
            End::NoRoom => wait(&engine, LONGEST / 6).await,
            End::Refused(reason) => {
                engine.set_connection(Connection::Refused { reason });
                wait(&engine, LONGEST * 5).await;
            }
        }
    }
}

async fn wait(engine: &Engine, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = engine.signed.notified() => engine.signed.notify_one(),
    }
}

/// One stream or long poll, from its request to its end.
async fn round(engine: &Engine, connector: &dyn Connector, mode: Mode, pause: &mut Pause) -> End {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return End::SignedOut;
    };
    let access = match engine.access(transport.as_ref(), None).await {
        Ok(access) => access,
        Err(error) => return not_signed_in(error),
    };
    let Ok(request) = engine.sync_request(mode).await else {
        return End::OutOfStep;
    };
    let mut frames = match transport.sync(&access, &request).await {
        Ok(frames) => frames,
        Err(Failure::Server {
            code: ErrorCode::SignInNeeded,
            ..
        }) => {
            return match engine.access(transport.as_ref(), Some(&access)).await {
                Ok(_) => End::Done,
                Err(error) => not_signed_in(error),
            };
        }
        Err(Failure::Server {
            code: code @ (ErrorCode::Restored | ErrorCode::UpdateNeeded),
            ..
        }) => {
            if code == ErrorCode::Restored {
                let _told = engine.take(Frame::Restored { epoch: 0 }).await;
            }
            return End::Refused(code);
        }
        Err(failure) => return End::Failed(failure),
    };
    loop {
        let first = match tokio::time::timeout(SILENCE, frames.next()).await {
            Err(_) => return End::Silent,
            Ok(next) => next,
        };
        let (gathered, ended) = gather(engine, first, &mut frames);
        let begins = matches!(gathered.last(), Some(Frame::Hello { .. }));
        let current = matches!(gathered.last(), Some(Frame::Current { .. }));
        match engine.take_all(gathered.into_frames()).await {
            Ok(()) => {}
            Err(TakeError::Restored) => return End::Refused(ErrorCode::Restored),
            Err(TakeError::UpdateNeeded) => return End::Refused(ErrorCode::UpdateNeeded),
            Err(TakeError::OutOfStep) => return End::OutOfStep,
            Err(TakeError::Cache(error)) => {
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
            *pause = Pause::new();
            engine.bell.notify_one();
            if mode == Mode::Stream
                && let Err(failure) = engine.watch(transport.as_ref(), &access).await
            {
                tracing::info!(%failure, "who reads along is not known");
            }
        }
        if current && let Err(failure) = fill(engine, transport.as_ref(), &access).await {
            return End::Failed(failure);
        }
        if let Some(end) = ended {
            return end;
        }
    }
}

/// The next frame, with those that are there already; and the end, where it came.
fn gather(
    engine: &Engine,
    first: Option<Result<Frame, Failure>>,
    frames: &mut Frames,
) -> (Gathered, Option<End>) {
    let mut gathered = Gathered::default();
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

fn not_signed_in(error: SignInError) -> End {
    match error {
        SignInError::Failure(Failure::Server {
            code: ErrorCode::SessionEnded | ErrorCode::SignInNeeded,
            ..
        })
        | SignInError::NotSignedIn => End::SignedOut,
        SignInError::Failure(failure) => End::Failed(failure),
        SignInError::Cache(CacheError::DiskFull) => End::NoRoom,
        SignInError::Cache(_) => End::OutOfStep,
    }
}

/// Fetches what the stream left out.
async fn fill(engine: &Engine, transport: &dyn Transport, access: &Secret) -> Result<(), Failure> {
    for hole in engine.holes().await.unwrap_or_default() {
        // From the end, as an answer is: what is before it is asked for next.
        let mut ranges = vec![hole.range];
        while let Some(range) = ranges.pop() {
            let answer = match transport.history(access, hole.conversation, range).await {
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
                Err(failure) => return Err(failure),
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
            if engine.take_history(hole.conversation, answer).await.is_err() {
                return Err(Failure::Malformed);
            }
            let before = from.0.checked_sub(1).map(Number);
            ranges.extend(before.and_then(|before| Range::new(range.from, before.min(range.to))));
            ranges.extend(Range::new(last.next(), range.to));
        }
    }
    Ok(())
}

/// The earlier half and the later; `None` of a single place.
fn halves(range: Range) -> Option<[Range; 2]> {
    let middle = Number(range.from.0 + (range.to.0 - range.from.0) / 2);
    let earlier = Range::new(range.from, middle)?;
    let later = Range::new(middle.next(), range.to)?;
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
async fn bring_out(engine: Arc<Engine>, connector: Arc<dyn Connector>) {
    let mut pause = Pause::new();
    loop {
        match send_once(&engine, connector.as_ref()).await {
            Ok(true) => pause = Pause::new(),
            Ok(false) => {
                // Once an hour, what waits may have become stale.
                let hour = Duration::from_secs(3_600);
                let _rung = tokio::time::timeout(hour, engine.bell.notified()).await;
            }
            Err(failure) => {
                tracing::info!(%failure, "what waits could not be sent");
                let _rung = tokio::time::timeout(pause.next(&engine), engine.bell.notified()).await;
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
    if let Err(Failure::Server {
        code: ErrorCode::SignInNeeded,
        ..
    }) = answer
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
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
