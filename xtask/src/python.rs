//! Python's environments in the cache, each with packages of PyPI of one version.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, must};

/// The Python of an environment that has a package; made where it is not there or of another version.
pub(crate) fn environment(workspace: &Workspace, name: &str, package: &str) -> Result<PathBuf> {
    let folder = workspace.tools.join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == package) && python.is_file() {
        return Ok(python);
    }
    let mut make = workspace.command(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    must(
        &mut make,
        &format!("Python's environment for `{package}` could not be made."),
    )?;
    let mut install = workspace.command(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        package,
    ]);
    must(
        &mut install,
        &format!("`{package}` could not be installed from PyPI."),
    )?;
    std::fs::write(&mark, package).context("The folder of Python's packages cannot be written.")?;
    Ok(python)
}
