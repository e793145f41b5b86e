//! The operator's socket on Windows: a named pipe that its owner, administrators and the system alone may open, from this
//! machine only.
//!
//! Any user of the machine may make a pipe of a name that is free, and would be taken for the server. So the name is a new
//! random one at each start, it is in a file in the data folder, and a file that a killed server left is not believed: the
//! client looks first whether a server holds the lock of the folder.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use interprocess::os::windows::named_pipe::tokio::{DuplexPipeStream, PipeListener};
use interprocess::os::windows::named_pipe::{PipeListenerOptions, pipe_mode};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use platform::Random;
use tokio::io::AsyncWriteExt as _;
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use widestring::{U16CStr, u16cstr};

use super::{Admin, Listen, OperatorUser, Path, answer, line, lines};
use crate::server::folder;

type Bytes = pipe_mode::Bytes;

/// Full access for the system, the administrators and the owner, who is the server's user; no other entry, and none
/// inherited.
const ONLY_OWNER: &U16CStr = u16cstr!("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)");
/// All ends of the pipe are taken for a moment when several commands come at once.
const BUSY: i32 = 231;
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// The file with the name of the pipe.
fn path_in(folder: &std::path::Path) -> PathBuf {
    folder.join("admin.pipe")
}

pub(super) fn listen(
    folder: &std::path::Path,
    random: &dyn Random,
) -> io::Result<(PipeListener<Bytes, Bytes>, Path)> {
    let path = path_in(folder);
    // The folder is locked, so a file that exists was left by a server that ended.
    let _ = std::fs::remove_file(&path);
    let number = u128::from_be_bytes(platform::bytes(random));
    let name = format!(r"\\.\pipe\overleg-{number:032x}");
    let mut options = PipeListenerOptions::new().path(name.as_str());
    options.security_descriptor = Some(SecurityDescriptor::deserialize(ONLY_OWNER)?);
    let listener = options.create_tokio_duplex::<Bytes>()?;
    std::fs::write(&path, &name)?;
    Ok((listener, Path(path)))
}

impl Listen for PipeListener<Bytes, Bytes> {
    type Stream = DuplexPipeStream<Bytes>;

    async fn next(&self) -> io::Result<Self::Stream> {
        self.accept().await
    }

    async fn serve(stream: Self::Stream, admin: Admin) {
        let (read, write) = stream.split();
        let mut read = lines(read);
        // Only who may stop the server and open its database can say a name here, and it is no proof of who it was.
        let Some(name) = line(&mut read).await else {
            return;
        };
        let user = match name.trim() {
            "" => OperatorUser::Program,
            name => OperatorUser::Name(name.to_owned()),
        };
        answer(read, write, user, admin).await;
    }
}

/// `None` if no server runs on the folder.
pub(super) async fn connect(folder: &std::path::Path) -> Option<io::Result<NamedPipeClient>> {
    if !folder::is_locked(folder) {
        return None;
    }
    let name = std::fs::read_to_string(path_in(folder)).ok()?;
    let mut stream = open(&name).await.ok()?;
    let user = format!("{}\n", name_of_user().unwrap_or_default());
    Some(stream.write_all(user.as_bytes()).await.map(|()| stream))
}

fn name_of_user() -> Option<String> {
    std::env::var("USERNAME").ok()
}

pub(super) fn own_user() -> OperatorUser {
    name_of_user().map_or(OperatorUser::Program, OperatorUser::Name)
}

async fn open(name: &str) -> io::Result<NamedPipeClient> {
    let mut tries = 0;
    loop {
        match ClientOptions::new().open(name) {
            Err(error) if error.raw_os_error() == Some(BUSY) && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}
