//! The programs that are shipped, built without the paths of the machine that builds them: two clones give the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::ui;
use crate::workspace::{Workspace, answer, must};

/// Named also where it is this machine's own: cargo then keeps apart what is shipped and what builds it, and what is built
/// for tests stays as it is.
pub(super) const TARGET: &str = if cfg!(target_os = "macos") {
    "aarch64-apple-darwin"
} else {
    "x86_64-unknown-linux-gnu"
};

pub(super) fn server(workspace: &Workspace) -> Result<PathBuf> {
    build(workspace, "release", "sync-server", &[])
}

/// The desktop program, with the interface inside.
pub(super) fn desktop(workspace: &Workspace) -> Result<PathBuf> {
    interface(workspace)?;
    build(
        workspace,
        "desktop",
        "overleg",
        &["--features", "overleg/custom-protocol"],
    )
}

/// Files that come out as they were keep their dates: cargo would link the program anew, which takes minutes.
fn interface(workspace: &Workspace) -> Result<()> {
    let (dist, before) = (workspace.ui().join("dist"), workspace.ui().join("dist.before"));
    if before.is_dir() {
        fs::remove_dir_all(&before)?;
    }
    if dist.is_dir() {
        fs::rename(&dist, &before)?;
    }
    ui::build(workspace)?;
    if before.is_dir() {
        if files(&before)? == files(&dist)? {
            fs::remove_dir_all(&dist)?;
            fs::rename(&before, &dist)?;
        } else {
            fs::remove_dir_all(&before)?;
        }
    }
    Ok(())
}

/// All files of a folder by their path in it.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if entry.file_type()?.is_dir() {
            let inside = files(&entry.path())?;
            found.extend(inside.into_iter().map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            found.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(found)
}

fn build(workspace: &Workspace, profile: &str, program: &str, features: &[&str]) -> Result<PathBuf> {
    let mut cargo = workspace.cargo(&["build", "--profile", profile, "--target", TARGET]);
    cargo
        .args(["--package", program, "--bin", program])
        .args(features);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(workspace)?);
    must(&mut cargo, &format!("The program `{program}` does not build."))?;
    Ok(workspace.target.join(TARGET).join(profile).join(program))
}

/// Other names for the folders that a program would say in the message of a panic.
fn flags(workspace: &Workspace) -> Result<String> {
    let sysroot = answer(workspace.command("rustc").args(["--print", "sysroot"]))
        .context("rustc does not say where its libraries are")?;
    let folders = [
        (super::parts::cargo_home()?, "/cargo"),
        (PathBuf::from(sysroot).join("lib/rustlib/src/rust"), "/rustc"),
        (workspace.root.clone(), "/overleg"),
        (workspace.target.clone(), "/target"),
    ];
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    Ok(flags.join("\u{1f}"))
}
