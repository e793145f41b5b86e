//! Programs that run beside a story and end with it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long a program may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that ends when this is dropped, and whatever it started with it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
}

impl Running {
    pub(super) fn start(
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        environment: &[(&'static str, String)],
        output: Stdio,
    ) -> anyhow::Result<Running> {
        Ok(Running {
            child: command(program, arguments, environment).stdout(output).spawn()?,
        })
    }

    /// Starts a program that says on its first line where it can be found; says `input` to it first.
    pub(super) fn announcing(
        program: &str,
        arguments: &[&str],
        environment: &[(&'static str, String)],
        input: Option<&str>,
    ) -> anyhow::Result<(Running, String)> {
        let mut command = command(program, arguments, environment);
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut running = Running {
            child: command.stdout(Stdio::piped()).spawn()?,
        };
        if let (Some(input), Some(mut stdin)) = (input, running.child.stdin.take()) {
            stdin.write_all(input.as_bytes())?;
        }
        let stdout = running.child.stdout.take().context("it has no output")?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok((running, line.trim().to_owned()))
    }
}

impl Running {
    /// Waits until it ends by itself.
    pub(super) async fn ended(mut self) -> anyhow::Result<ExitStatus> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(ended) = self.child.try_wait()? {
                return Ok(ended);
            }
            tokio::task::yield_now().await;
        }
        bail!("it did not end within {} seconds", PATIENCE.as_secs())
    }

    /// Ends it with SIGKILL, and whatever it started.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.signal("-KILL");
        self.child.wait()?;
        Ok(())
    }

    /// To the whole group: a driver has started an app, which has started a web process.
    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _told = Command::new("kill")
            .args([signal, "--", &group])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal("-TERM");
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::yield_now();
        }
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn command(
    program: impl AsRef<OsStr>,
    arguments: &[&str],
    environment: &[(&'static str, String)],
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    for (name, value) in environment {
        command.env(name, value);
    }
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
    command
}

pub(super) async fn wait_for_port(port: u16) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
    bail!(
        "nothing listens on port {port} after {} seconds",
        PATIENCE.as_secs()
    )
}
