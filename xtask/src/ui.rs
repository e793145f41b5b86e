//! The scripts of `ui/`, by name.

use anyhow::{Result, bail};

use crate::workspace::{Workspace, must};

/// Runs one script of `ui/package.json`. A script that is missing is an error: a check that vanished must be seen.
pub(crate) fn script(workspace: &Workspace, name: &str, otherwise: &str) -> Result<()> {
    script_with(workspace, name, &[], otherwise)
}

/// With arguments for the program that the script runs.
pub(crate) fn script_with(
    workspace: &Workspace,
    name: &str,
    arguments: &[&str],
    otherwise: &str,
) -> Result<()> {
    if !workspace.ui().join("package.json").is_file() {
        bail!("ui/package.json is missing: the interface cannot be built without it.");
    }
    let mut npm = workspace.npm(&["run", "--silent", name]);
    if !arguments.is_empty() {
        npm.arg("--").args(arguments);
    }
    must(&mut npm, otherwise)
}

/// The interface as the desktop app carries it, in `ui/dist`.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    script(workspace, "build", "The interface does not build.")
}

/// The interface for a browser, with its fake of the engine inside, in `ui/dist-browser`.
pub(crate) fn build_for_browser(workspace: &Workspace) -> Result<()> {
    script(
        workspace,
        "build:browser",
        "The interface for a browser does not build.",
    )
}
