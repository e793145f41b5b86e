//! Rust's own parts and the programs that cargo installs.
//!
//! That the compiler is new enough needs no check: cargo compares it with `rust-version` before it compiles this.

use anyhow::{Result, bail};

use super::Purpose;
use crate::workspace::{Workspace, answer, must};

pub(crate) fn run(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    if purpose < Purpose::Test {
        return Ok(());
    }
    for part in ["fmt", "clippy"] {
        if answer(&mut workspace.cargo(&[part, "--version"])).is_none() {
            bail!(
                "`cargo {part}` is missing: `rustup component add rustfmt clippy`, or your system's packages of them."
            );
        }
    }
    // It drives the real window by WebDriver; there is none for macOS.
    if cfg!(target_os = "macos") || answer(workspace.command("tauri-driver").arg("--help")).is_some() {
        return Ok(());
    }
    let mut install = workspace.cargo(&["install", "tauri-driver", "--version", "^2", "--locked", "--root"]);
    must(
        install.arg(&workspace.tools),
        "tauri-driver, which the tests in the real window need, could not be installed: cargo's last lines say why.",
    )
}
