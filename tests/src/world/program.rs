//! The server as the program that an operator runs, for stories that kill it.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// A running `sync-server`; killed when it is dropped.
#[derive(Debug)]
pub(super) struct Program(Child);

impl Program {
    /// Starts it on a folder and waits until it listens.
    pub(super) async fn start(folder: &Path, port: u16) -> anyhow::Result<Program> {
        let child = Command::new(path()?)
            .arg("--data")
            .arg(folder)
            .args([
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--health",
                "127.0.0.1:0",
            ])
            .arg("serve")
            .stderr(Stdio::null())
            .spawn()?;
        let mut program = Program(child);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(ended) = program.0.try_wait()? {
                bail!("the server ended at once: {ended}");
            }
            tokio::task::yield_now().await;
        }
        Ok(program)
    }

    /// Ends it with SIGKILL.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// Verifies every log in a folder, as an operator does.
pub(super) fn check(folder: &Path) -> anyhow::Result<()> {
    let checked = Command::new(path()?)
        .arg("--data")
        .arg(folder)
        .arg("check")
        .output()?;
    ensure!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
    Ok(())
}

/// Beside this program, or beside the folder in which cargo keeps tests.
fn path() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| {
            folder
                .join("sync-server")
                .with_extension(std::env::consts::EXE_EXTENSION)
        })
        .find(|program| program.is_file());
    found.context("the server's program is not built: `cargo build -p sync-server` does it")
}
