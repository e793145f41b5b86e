//! The programs of the workspace as they are built, started as an operator or a person does.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail, ensure};

/// A program that listens on a port; killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// `sync-server` on a folder, as it is configured where nobody says otherwise.
    pub async fn server(folder: &Path, port: u16) -> anyhow::Result<Program> {
        let mut command = server(folder)?;
        let listen = format!("127.0.0.1:{port}");
        command.args(["--listen", &listen, "--health", "127.0.0.1:0", "serve"]);
        Program::start(command, port).await
    }

    /// As [`Program::server`], for more messages of one person than any writes.
    pub async fn server_without_quotas(folder: &Path, port: u16) -> anyhow::Result<Program> {
        let mut command = server(folder)?;
        for limit in ["CHANGES", "SENT", "READ"] {
            command.env(format!("OVERLEG_LIMITS__{limit}_A_MINUTE"), u32::MAX.to_string());
        }
        let listen = format!("127.0.0.1:{port}");
        command.args(["--listen", &listen, "--health", "127.0.0.1:0", "serve"]);
        Program::start(command, port).await
    }

    /// Starts it and waits until it listens; fails with its own words if it ends before.
    pub async fn start(mut command: Command, port: u16) -> anyhow::Result<Program> {
        // A file, because nobody reads a pipe while the program runs.
        let mut errors = tempfile::tempfile()?;
        let child = command.stderr(errors.try_clone()?).spawn()?;
        let mut program = Program { child, port };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(ended) = program.child.try_wait()? {
                let mut said = String::new();
                errors.seek(SeekFrom::Start(0))?;
                errors.read_to_string(&mut said)?;
                bail!("the program ended at once, {ended}: {said}");
            }
            tokio::task::yield_now().await;
        }
        Ok(program)
    }

    /// As [`Program::server`], of any build, with health at a port of its own, as many open files as systems give where nobody
    /// says otherwise, and these settings in the environment.
    pub async fn server_of(
        program: &Path,
        folder: &Path,
        [port, health]: [u16; 2],
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Program> {
        let mut command = Command::new("sh");
        command.envs(settings.iter().copied());
        let started = r#"ulimit -Sn 1024; exec "$0" --data "$1" --listen "$2" --health "$3" serve"#;
        command.args(["-c", started]).arg(program).arg(folder);
        command.args([format!("127.0.0.1:{port}"), format!("127.0.0.1:{health}")]);
        Program::start(command, port).await
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// Asks a program to end by SIGTERM, as a service manager does, and waits until it has.
pub fn stop(mut program: Program) -> anyhow::Result<()> {
    let id = program.id().to_string();
    ensure!(
        Command::new("kill").arg(id).status()?.success(),
        "there is no `kill`"
    );
    program.child.wait()?;
    Ok(())
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Verifies every log in the folder of a server that is down, as an operator does.
pub fn check(folder: &Path) -> anyhow::Result<()> {
    let checked = server(folder)?.arg("check").output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    ensure!(checked.status.success(), "{said}");
    Ok(())
}

pub fn server(folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(path("sync-server")?);
    command.arg("--data").arg(folder);
    Ok(command)
}

/// A program of this name: beside this one, or beside the folder in which cargo keeps tests.
pub fn path(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = |folder: &Path| folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(beside)
        .find(|path| path.is_file());
    found.with_context(|| format!("`{name}` is not built: `cargo xtask test programs` does it"))
}

/// A port that is free now, and most likely also in a while: below the system's ephemeral ports, one of which
/// an outgoing connection would otherwise take while a server is down.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let ports = Vec::from_iter(15_000..32_000_u16);
    // Processes begin apart.
    let first = std::process::id().wrapping_mul(7_919);
    for _ in &ports {
        let place = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) as usize % ports.len();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, ports[place])).is_ok() {
            return Ok(ports[place]);
        }
    }
    bail!("no port is free")
}
