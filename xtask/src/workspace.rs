//! The places of the workspace, and the start of programs in it.
//!
//! - `root`: the clone.
//! - `cache`: `$OVERLEG_CACHE`, else `$XDG_CACHE_HOME/overleg`, else `~/.cache/overleg`. Everything works when it is
//!   empty; a second clone is quick because it is not.
//! - `modules`: the interface's packages as last installed, to copy from.
//! - `target`: `$CARGO_TARGET_DIR`, else the clone's own folder in the cache ([`crate::clones`]).
//! - `tools`: programs that cargo installs for us alone; first on the PATH of everything started here.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::clones::Clone;

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) tools: PathBuf,
    pub(crate) modules: PathBuf,
    /// The clone that owns `target`; none where another target folder was given.
    clone: Option<Clone>,
    furnished: Once,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        // Cargo says where the crate lies that it runs; the path compiled in would be wrong after a move.
        let manifest = set("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = manifest
            .parent()
            .context("xtask lies in a folder of the workspace")?
            .to_path_buf();
        let cache = cache(&set)?;
        let (target, clone) = match set("CARGO_TARGET_DIR") {
            Some(target) => (std::path::absolute(target)?, None),
            None => {
                let clone = Clone::of(&root, &cache).context("The clone's folder cannot be looked at")?;
                (clone.target(), Some(clone))
            }
        };
        Ok(Self {
            root,
            target,
            clone,
            furnished: Once::new(),
            tools: cache.join("tools"),
            modules: cache.join("node_modules"),
        })
    }

    /// A program in the clone, with the workspace's folders in its environment.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PATH", self.path())
            // Ours alone: the server takes what begins so for its own configuration, and refuses what it does not know.
            .env_remove("OVERLEG_CACHE");
        // Cargo described xtask to us; whom we start must not take that for themselves.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Cargo, which finds what other clones compiled of libraries in this one's target folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        self.furnished.call_once(|| self.furnish());
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(PathBuf::from(cargo));
        command.args(arguments);
        command
    }

    /// Without them everything works, and is compiled.
    fn furnish(&self) {
        match self.clone.as_ref().map(Clone::make_target) {
            None | Some(Ok(None)) => {}
            Some(Ok(Some(seeded))) => {
                for from in &seeded.from {
                    println!(
                        "Libraries that are compiled already were taken from {}.",
                        from.display()
                    );
                }
            }
            Some(Err(error)) => println!("(Nothing was taken from the builds of other clones: {error}.)"),
        }
    }

    pub(crate) fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.args(arguments).current_dir(self.ui());
        command
    }

    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    fn path(&self) -> OsString {
        let ours = self.tools.join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(ours).chain(std::env::split_paths(&path))).unwrap_or(path)
    }
}

/// An environment variable that says something: an empty one is an absent one.
fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn cache(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    let folder = set("OVERLEG_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("overleg")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/overleg")))
        .or_else(|| set("LOCALAPPDATA").map(|folder| folder.join("overleg")))
        .context("No home folder is known: say with OVERLEG_CACHE where builds may be kept.")?;
    Ok(std::path::absolute(folder)?)
}

/// Shows a command, runs it with its output passed through, and turns a failure into one sentence.
pub(crate) fn must(command: &mut Command, otherwise: &str) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", program(command)))?;
    if status.success() {
        return Ok(());
    }
    let how = status.code().map_or_else(
        || "was ended by a signal".into(),
        |code| format!("ended with {code}"),
    );
    bail!("{otherwise} (`{}` {how})", program(command));
}

/// As [`must`], and gives what it printed too, in the order in which it came. A program that it left behind and that
/// still holds its output is waited for no longer than a moment.
pub(crate) fn heard(command: &mut Command, otherwise: &str) -> (String, Result<()>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut run = || {
        let (mut reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let into = Arc::clone(&heard);
        let listening = std::thread::spawn(move || {
            let mut bytes = [0; 8_192];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let output = &bytes[..count];
                let _shown = std::io::stdout()
                    .write_all(output)
                    .and_then(|()| std::io::stdout().flush());
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(output);
            }
        });
        let outcome = must(command, otherwise);
        // This program's own ends of the pipe are closed, so that the other one is seen to be.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let until = Instant::now() + Duration::from_secs(2);
        while !listening.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        outcome
    };
    let outcome = run();
    let bytes = heard.lock().unwrap_or_else(PoisonError::into_inner);
    (String::from_utf8_lossy(&bytes).into_owned(), outcome)
}

/// An outcome whose sentence names what failed: the end of a run is all that is read of many.
pub(crate) fn naming(outcome: Result<()>, failures: &[String]) -> Result<()> {
    const NAMED: usize = 10;
    outcome.map_err(|error| {
        if failures.is_empty() {
            return error;
        }
        let first: Vec<&str> = failures.iter().take(NAMED).map(String::as_str).collect();
        let more = match failures.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        anyhow::anyhow!("{error:#} {}{more}", first.join("; "))
    })
}

/// The output of a command, or nothing when it is not there or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn program(command: &Command) -> String {
    Path::new(command.get_program())
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn shown(command: &Command) -> String {
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program(command))
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, at)| at.into())
        };
        cache(&find).ok()
    }

    #[test]
    fn the_cache_is_where_one_said_then_where_the_desktop_says_then_at_home() {
        let all = [
            ("OVERLEG_CACHE", "/fast"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HOME", "/me"),
        ];
        assert_eq!(cache_with(&all), Some("/fast".into()));
        assert_eq!(cache_with(&all[1..]), Some("/xdg/overleg".into()));
        assert_eq!(cache_with(&all[2..]), Some("/me/.cache/overleg".into()));
        assert_eq!(cache_with(&[]), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_output_of_a_command_is_read_also_when_it_fails_or_leaves_a_process_behind() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; sleep 60 & echo $!; exit 3"]);
        let (output, outcome) = heard(&mut command, "It fails.");
        let mut lines = output.lines();
        assert_eq!((lines.next(), lines.next()), (Some("one"), Some("two")));
        assert!(outcome.unwrap_err().to_string().starts_with("It fails."));
        let left = lines.next().unwrap();
        assert!(Command::new("kill").arg(left).status().unwrap().success());
    }

    #[test]
    fn an_outcome_names_the_first_failures_and_counts_the_others() {
        let broken = || Err(anyhow::anyhow!("A test failed."));
        let names: Vec<String> = (1..=12).map(|number| format!("t{number}")).collect();
        let sentence = |names| naming(broken(), names).unwrap_err().to_string();
        assert_eq!(sentence(&names[..2]), "A test failed. t1; t2");
        assert!(sentence(&names).ends_with("t10; and 2 more"));
        assert!(naming(Ok(()), &names).is_ok());
    }

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["fmt", "--check"]);
        assert_eq!(shown(&command), "cargo fmt --check");
    }
}
