//! `SHA256SUMS`, which `sha256sum --check` reads.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::Packaging;
use crate::workspace::answer;

pub(super) const NAME: &str = "SHA256SUMS";

/// Of all packages that lie there, those of an earlier run too: it is the list of the folder.
pub(super) fn write(packaging: &Packaging<'_>) -> Result<PathBuf> {
    let mut names = Vec::new();
    for entry in fs::read_dir(&packaging.into)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with(NAME) && !name.ends_with(".asc") {
            names.push(name);
        }
    }
    names.sort();
    let program: &[&str] = if cfg!(target_os = "macos") {
        &["shasum", "-a", "256"]
    } else {
        &["sha256sum"]
    };
    let mut sums = packaging.workspace.command(program[0]);
    sums.args(&program[1..]).args(&names).current_dir(&packaging.into);
    let sums = answer(&mut sums).context("sha256sum does not read the packages")?;
    let path = packaging.into.join(NAME);
    fs::write(&path, sums + "\n")?;
    Ok(path)
}
