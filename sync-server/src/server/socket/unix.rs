//! The operator's socket on Unix: a file that the server's user alone may open. The kernel says who did.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use platform::Random;
use tokio::net::{UnixListener, UnixStream};

use super::{Admin, Listen, OperatorUser, Path, answer, lines};

fn path_in(folder: &std::path::Path) -> PathBuf {
    folder.join("admin.sock")
}

pub(super) fn listen(folder: &std::path::Path, _: &dyn Random) -> io::Result<(UnixListener, Path)> {
    let path = path_in(folder);
    // The folder is locked, so a socket that exists was left by a server that ended.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok((listener, Path(path)))
}

impl Listen for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<UnixStream> {
        self.accept().await.map(|(stream, _)| stream)
    }

    async fn serve(stream: UnixStream, admin: Admin) {
        let user = match stream.peer_cred() {
            Ok(credentials) => OperatorUser::Uid(credentials.uid()),
            Err(error) => {
                tracing::warn!(%error, "the user of an operator's command is not known: it is not done");
                return;
            }
        };
        let (read, write) = stream.into_split();
        answer(lines(read), write, user, admin).await;
    }
}

/// `None` if no server runs on the folder.
pub(super) async fn connect(folder: &std::path::Path) -> Option<io::Result<UnixStream>> {
    UnixStream::connect(path_in(folder)).await.ok().map(Ok)
}

pub(super) fn own_user() -> OperatorUser {
    OperatorUser::Uid(rustix::process::getuid().as_raw())
}
