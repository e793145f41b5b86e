//! The operator's socket, for the server's user only: on Unix `admin.sock` in the data folder, on Windows a named pipe whose
//! name is in `admin.pipe` there. One line in, one line out, after those that say how far it is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
    BufReader, Take,
};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::Admin;
use super::admin::{SocketAnswer, SocketRequest};
use super::lifecycle::Lifecycle;
use crate::core::administer::OperatorUser;
use crate::core::check::CheckProgress;

#[cfg(unix)]
#[path = "socket/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "socket/windows.rs"]
mod system;

/// An import is the longest request: 10 MiB, and more as JSON.
const LONGEST: u64 = 24 * 1024 * 1024;
/// Maximum number of concurrent requests; more wait.
const MOST: usize = 16;
/// Timeout for reading a request, and for writing its answer.
const SLOWEST: Duration = Duration::from_secs(30);
/// The pause after an accept that failed.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The file in the data folder, which is removed when the server shuts down.
#[derive(Debug)]
pub(super) struct Path(PathBuf);

impl Drop for Path {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The system's end of the socket.
trait Listen: Send + Sync + 'static {
    type Stream: Send + 'static;

    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    fn serve(stream: Self::Stream, admin: Admin) -> impl Future<Output = ()> + Send;
}

/// Opens the socket. If that fails the server runs without it, and the command line asks to stop the server.
pub(super) fn open(folder: &std::path::Path, admin: Admin, lifecycle: &Lifecycle) -> Option<Path> {
    let (listener, path) = match system::listen(folder, admin.core.random.as_ref()) {
        Ok(listening) => listening,
        Err(error) => {
            tracing::warn!(%error, "the operator's socket cannot be opened for its owner alone");
            return None;
        }
    };
    let listener = Arc::new(listener);
    lifecycle.keep("operator's socket", move || {
        accept(Arc::clone(&listener), admin.clone())
    });
    Some(path)
}

/// Accepts requests. Errors are transient: too many files, too little memory.
async fn accept<L: Listen>(listener: Arc<L>, admin: Admin) -> bool {
    let places = Arc::new(Semaphore::new(MOST));
    let mut open = JoinSet::new();
    let mut pause = PAUSE;
    loop {
        while open.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return true;
        };
        match listener.next().await {
            Ok(stream) => {
                pause = PAUSE;
                let admin = admin.clone();
                open.spawn(async move {
                    L::serve(stream, admin).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the operator's command could not be accepted");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The lines of a request, of bounded length.
fn lines<R: AsyncRead + Unpin>(read: R) -> BufReader<Take<R>> {
    BufReader::new(read.take(LONGEST))
}

/// The next line of a request; `None` if it does not come in time.
async fn line(read: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    let read = tokio::time::timeout(SLOWEST, read.read_line(&mut line)).await;
    matches!(read, Ok(Ok(_))).then_some(line)
}

/// Answers one request.
async fn answer(
    mut read: impl AsyncBufRead + Unpin,
    mut write: impl AsyncWrite + Unpin,
    user: OperatorUser,
    admin: Admin,
) {
    let Some(line) = line(&mut read).await else {
        return;
    };
    let (answers, mut said) = unbounded_channel();
    let progress = answers.clone();
    let done = async {
        let answer = match serde_json::from_str::<SocketRequest>(&line) {
            Ok(request) => {
                let report = move |at| {
                    let _ = progress.send(SocketAnswer::Checking(at));
                };
                admin.answer(user, request, &report).await
            }
            Err(_) => SocketAnswer::Failed(protocol::error::ErrorCode::BadRequest),
        };
        let _ = answers.send(answer);
        drop(answers);
    };
    let write = async {
        while let Some(answer) = said.recv().await {
            let Ok(mut line) = serde_json::to_vec(&answer) else {
                return;
            };
            line.push(b'\n');
            // The client may have disconnected, or not read.
            if !matches!(
                tokio::time::timeout(SLOWEST, write.write_all(&line)).await,
                Ok(Ok(()))
            ) {
                return;
            }
        }
    };
    // Where nobody reads any more, the request is still carried out.
    tokio::join!(done, write);
}

/// Sends a request to the server that runs on the folder; `None` if none runs.
pub(crate) async fn ask(
    folder: &std::path::Path,
    request: &SocketRequest,
    progress: &(dyn Fn(CheckProgress) + Send + Sync),
) -> Option<io::Result<SocketAnswer>> {
    let stream = system::connect(folder).await?;
    Some(match stream {
        Ok(stream) => exchange(stream, request, progress).await,
        Err(error) => Err(error),
    })
}

/// The user who runs this program.
pub(crate) fn own_user() -> OperatorUser {
    system::own_user()
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite,
    request: &SocketRequest,
    progress: &(dyn Fn(CheckProgress) + Send + Sync),
) -> io::Result<SocketAnswer> {
    let (read, mut write) = tokio::io::split(stream);
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    write.write_all(&line).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            SocketAnswer::Checking(at) => progress(at),
            answer => return Ok(answer),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
