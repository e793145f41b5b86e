//! The operator's socket: `admin.sock` in the data folder, for the server's user only. One line in, one line out, after those
//! that say how far it is.

use std::path::PathBuf;

use super::Admin;
use super::admin::{SocketAnswer, SocketRequest};
use super::lifecycle::Lifecycle;

/// The path of the socket, which is removed when the server shuts down.
#[derive(Debug)]
pub(super) struct Path(PathBuf);

impl Drop for Path {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn path_in(folder: &std::path::Path) -> PathBuf {
    folder.join("admin.sock")
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt as _;

    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::sync::Semaphore;
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::task::JoinSet;

    use super::{Admin, Lifecycle, Path, SocketAnswer, SocketRequest, path_in};
    use crate::core::administer::OperatorUser;
    use crate::core::check::CheckProgress;

    /// An import is the longest request: 10 MiB, and more as JSON.
    const LONGEST: u64 = 24 * 1024 * 1024;
    /// Maximum number of concurrent requests; more wait.
    const MOST: usize = 16;
    /// Timeout for reading a request, and for writing its answer.
    const SLOWEST: Duration = Duration::from_secs(30);
    /// The pause after an accept that failed.
    const PAUSE: Duration = Duration::from_millis(50);
    const LONGEST_PAUSE: Duration = Duration::from_secs(5);

    /// Opens the socket. If that fails the server runs without it, and the command line asks to stop the server.
    pub(in crate::server) fn open(
        folder: &std::path::Path,
        admin: Admin,
        lifecycle: &Lifecycle,
    ) -> Option<Path> {
        let path = path_in(folder);
        // The folder is locked, so a socket that exists was left by a server that ended.
        let _ = std::fs::remove_file(&path);
        let listener = match UnixListener::bind(&path) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(%error, "the operator's socket cannot be opened");
                return None;
            }
        };
        let only_owner = std::fs::Permissions::from_mode(0o600);
        if let Err(error) = std::fs::set_permissions(&path, only_owner) {
            tracing::warn!(%error, "the operator's socket cannot be kept to its owner");
            return None;
        }
        let listener = Arc::new(listener);
        lifecycle.keep("operator's socket", move || {
            accept(Arc::clone(&listener), admin.clone())
        });
        Some(Path(path))
    }

    /// Accepts requests. Errors are transient: too many files, too little memory.
    async fn accept(listener: Arc<UnixListener>, admin: Admin) -> bool {
        let places = Arc::new(Semaphore::new(MOST));
        let mut open = JoinSet::new();
        let mut pause = PAUSE;
        loop {
            while open.try_join_next().is_some() {}
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return true;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    pause = PAUSE;
                    let admin = admin.clone();
                    open.spawn(async move {
                        answer(stream, admin).await;
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

    async fn answer(stream: UnixStream, admin: Admin) {
        let user = match stream.peer_cred() {
            Ok(credentials) => OperatorUser::Uid(credentials.uid()),
            Err(error) => {
                tracing::warn!(%error, "the user of an operator's command is not known: it is not done");
                return;
            }
        };
        let (read, mut write) = stream.into_split();
        let mut line = String::new();
        let mut read = BufReader::new(read.take(LONGEST));
        if !matches!(
            tokio::time::timeout(SLOWEST, read.read_line(&mut line)).await,
            Ok(Ok(_))
        ) {
            return;
        }
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
    ) -> Option<std::io::Result<SocketAnswer>> {
        let stream = UnixStream::connect(path_in(folder)).await.ok()?;
        Some(exchange(stream, request, progress).await)
    }

    async fn exchange(
        stream: UnixStream,
        request: &SocketRequest,
        progress: &(dyn Fn(CheckProgress) + Send + Sync),
    ) -> std::io::Result<SocketAnswer> {
        let (read, mut write) = stream.into_split();
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
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Admin, Lifecycle, Path, SocketAnswer, SocketRequest, path_in};
    use crate::core::check::CheckProgress;

    pub(in crate::server) fn open(folder: &std::path::Path, _: Admin, _: &Lifecycle) -> Option<Path> {
        let _ = Path(path_in(folder));
        None
    }

    pub(crate) async fn ask(
        _: &std::path::Path,
        _: &SocketRequest,
        _: &(dyn Fn(CheckProgress) + Send + Sync),
    ) -> Option<std::io::Result<SocketAnswer>> {
        None
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::ask;
#[cfg(not(unix))]
pub(super) use elsewhere::open;
#[cfg(unix)]
pub(crate) use unix::ask;
#[cfg(unix)]
pub(super) use unix::open;
