//! What is done in `ui/`: its scripts, by name.

use anyhow::{Result, bail};

use crate::house::{House, must};

/// Runs one script of `ui/package.json`. A script that is missing is an error: a check that vanished must be seen.
pub(crate) fn script(house: &House, name: &str, otherwise: &str) -> Result<()> {
    script_with(house, name, &[], otherwise)
}

/// With arguments for the program that the script runs.
pub(crate) fn script_with(house: &House, name: &str, arguments: &[&str], otherwise: &str) -> Result<()> {
    if !house.ui().join("package.json").is_file() {
        bail!("ui/package.json is missing: the interface cannot be built without it.");
    }
    let mut npm = house.npm(&["run", "--silent", name]);
    if !arguments.is_empty() {
        npm.arg("--").args(arguments);
    }
    must(&mut npm, otherwise)
}

/// The interface as the desktop app carries it, in `ui/dist`.
pub(crate) fn build(house: &House) -> Result<()> {
    script(house, "build", "The interface does not build.")
}
