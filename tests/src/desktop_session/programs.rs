//! Programs that run beside a story and end with it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long a program may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that ends when this is dropped, with all processes that it started.
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

    /// Starts one whose stderr goes into a file, at its end.
    pub(super) fn logging(
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        environment: &[(&'static str, String)],
        log: &Path,
    ) -> anyhow::Result<Running> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        Ok(Running {
            child: command(program, arguments, environment)
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()?,
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

/// A program whose words on stderr are heard as they come.
#[derive(Debug)]
pub struct Heard {
    running: Running,
    began: Instant,
    lines: Receiver<(Instant, String)>,
}

impl Heard {
    pub(super) fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&'static str, String)],
    ) -> anyhow::Result<Heard> {
        let mut command = command(program, arguments, environment);
        let began = Instant::now();
        let mut running = Running {
            child: command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?,
        };
        let stderr = running.child.stderr.take().context("it has no stderr")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody listens any more: it is read on, so that it never waits for a reader.
                let _sent = sender.send((Instant::now(), line));
            }
        });
        Ok(Heard {
            running,
            began,
            lines,
        })
    }

    /// Waits until it says this; how long after its start that was. It may have waited itself before it does.
    pub fn says(&self, words: &str) -> anyhow::Result<Duration> {
        Ok(self.hear(words)?.0)
    }

    /// As [`Heard::says`], with the line.
    pub fn hear(&self, words: &str) -> anyhow::Result<(Duration, String)> {
        let until = Instant::now() + PATIENCE * 2;
        let mut said = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok((at, line)) = self.lines.recv_timeout(left) else {
                bail!("it did not say \"{words}\" but {said:#?}");
            };
            if line.contains(words) {
                return Ok((at.duration_since(self.began), line));
            }
            said.push(line);
        }
    }

    /// Of the program, and of the group of all that it starts.
    pub fn id(&self) -> u32 {
        self.running.id()
    }
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

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

    /// Ends it with SIGKILL, and all processes that it started.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.signal("-KILL");
        self.child.wait()?;
        Ok(())
    }

    /// To the whole group: a driver has started an app, which has started a web process.
    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _sent = Command::new("kill")
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

/// A process as Linux's `/proc` describes it.
#[derive(Debug)]
pub struct Process {
    /// Cut after fifteen letters.
    pub name: String,
    /// Of this process in `/proc`.
    pub folder: PathBuf,
}

impl Process {
    /// It has not merely to be fetched by its parent yet.
    pub fn runs(&self) -> bool {
        std::fs::read_link(self.folder.join("exe")).is_ok()
    }
}

/// Those of a group.
pub fn processes(group: u32) -> anyhow::Result<impl Iterator<Item = Process>> {
    let all = std::fs::read_dir("/proc").context("processes are found on Linux alone")?;
    Ok(all.filter_map(move |entry| {
        let folder = entry.ok()?.path();
        // Those that end meanwhile have none.
        let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
        let (name, of) = member(&stat)?;
        (of == group).then(|| Process {
            name: name.to_owned(),
            folder,
        })
    }))
}

/// The name and the group of a process: the second and the fifth field, where the second may hold anything in its
/// parentheses.
fn member(stat: &str) -> Option<(&str, u32)> {
    let (before, fields) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let group = fields.split_whitespace().nth(2)?.parse().ok()?;
    Some((name, group))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_a_process_is_read_from_its_status_for_any_name() {
        assert_eq!(member("7 (a ) b) S 1 42 7 0 -1"), Some(("a ) b", 42)));
        assert_eq!(member("7 (a) S"), None);
    }
}
