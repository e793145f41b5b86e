//! What is done in `ui/`: its scripts, by name.

use anyhow::{Result, bail};

use crate::house::{House, must};

/// Runs one script of `ui/package.json`. A script that is missing is an error: a check that vanished must be seen.
pub(crate) fn script(house: &House, name: &str, otherwise: &str) -> Result<()> {
    if !house.ui().join("package.json").is_file() {
        bail!("ui/package.json is missing: the interface cannot be built without it.");
    }
    must(&mut house.npm(&["run", "--silent", name]), otherwise)
}

/// The interface as the desktop app carries it, in `ui/dist`.
pub(crate) fn build(house: &House) -> Result<()> {
    script(house, "build", "The interface does not build.")
}
