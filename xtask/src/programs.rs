//! Building and starting the programs of the workspace.
//!
//! Everything for development is built in one call, with one choice of features: cargo would otherwise compile the
//! same libraries once for each way of asking. So programs are built here and then started by their path.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, must};

/// The interface comes from inside the binary: without it a window looks for a development server. The cipher of the cache
/// is the system's OpenSSL, which Windows has not got.
pub(crate) const FEATURES: &str = if cfg!(windows) {
    "overleg/custom-protocol,client/vendored-openssl"
} else {
    "overleg/custom-protocol"
};

pub(crate) const WORKSPACE: &[&str] = &["--workspace", "--exclude", "xtask", "--features", FEATURES];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// Every program: server, desktop app and the stories' own. The interface must have been built.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    let mut cargo = workspace.cargo(&["build", "--bins"]);
    cargo.args(WORKSPACE);
    if let Profile::Release = profile {
        cargo.arg("--release");
    }
    must(&mut cargo, "The programs do not build.")
}

/// One program of the stories, as [`build`] builds it, without waiting for the others.
pub(crate) fn build_one(workspace: &Workspace, name: &str) -> Result<()> {
    let mut cargo = workspace.cargo(&["build", "--bin", name]);
    must(
        cargo.args(WORKSPACE),
        &format!("The program `{name}` does not build."),
    )
}

/// These programs of server and stories in release, for figures and long simulations; without the desktop app, which
/// neither needs.
pub(crate) fn build_for_figures(workspace: &Workspace, names: &[&str]) -> Result<()> {
    let mut cargo = workspace.cargo(&["build", "--release", "-p", "sync-server", "-p", "stories"]);
    for name in names {
        cargo.args(["--bin", name]);
    }
    must(&mut cargo, "The release programs do not build.")
}

/// The desktop app as it is installed, and the empty window that it is compared with.
pub(crate) fn build_windows(workspace: &Workspace) -> Result<()> {
    let failed = "The windows do not build.";
    let mut empty = workspace.cargo(&["build", "--release", "-p", "overleg", "--example", "empty"]);
    must(empty.args(["--features", FEATURES]), failed)?;
    let mut installed = workspace.cargo(&[
        "build",
        "--profile",
        "desktop",
        "-p",
        "overleg",
        "--bin",
        "overleg",
    ]);
    must(installed.args(["--features", FEATURES]), failed)?;
    // The benchmark starts the programs that lie beside it.
    let program = Path::new("overleg").with_extension(std::env::consts::EXE_EXTENSION);
    let (from, to) = (workspace.target.join("desktop"), workspace.target.join("release"));
    std::fs::copy(from.join(&program), to.join(&program))?;
    Ok(())
}

/// A program of the crate in `tests/`, started from the clone.
pub(crate) fn story(workspace: &Workspace, profile: Profile, name: &str) -> Result<Command> {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    let program: PathBuf = workspace
        .target
        .join(folder)
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        bail!("tests/ declares no program `{name}`.");
    }
    let mut command = workspace.command(program);
    command.env("CARGO_MANIFEST_DIR", workspace.root.join("tests"));
    Ok(command)
}
