//! A program of its own to measure: the server that an operator runs, or this one as an echo.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use super::cpu;

/// Killed when dropped.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// `sync-server` on a folder, as it is configured where nobody says otherwise. Nothing of it limits commands; the
    /// limits of signing in give back what rightful ones take.
    pub(super) async fn server(folder: &Path) -> anyhow::Result<Program> {
        let port = free_port()?;
        let mut command = Command::new(beside("sync-server")?);
        command
            .arg("--data")
            .arg(folder)
            .args([
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--health",
                "127.0.0.1:0",
            ])
            .arg("serve");
        Program::start(command, port).await
    }

    /// This program as the echo of `parts`.
    pub(super) async fn echo() -> anyhow::Result<Program> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("echo").arg(port.to_string());
        Program::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> anyhow::Result<Program> {
        let child = command.stderr(Stdio::null()).spawn()?;
        let mut program = Program { child, port };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(ended) = program.child.try_wait()? {
                bail!("the program to measure ended at once: {ended}");
            }
            tokio::task::yield_now().await;
        }
        Ok(program)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// CPU seconds so far.
    pub(super) fn cpu(&self) -> anyhow::Result<f64> {
        cpu::of_process(self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Free now, and so most likely in a moment.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?
        .with_file_name(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    program
        .is_file()
        .then_some(program)
        .with_context(|| format!("`{name}` is not built beside this program: `cargo xtask bench` does it"))
}
