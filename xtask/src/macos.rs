//! `cargo xtask check macos`: whether app, engine and server compile for macOS.
//!
//! Types only: Apple's headers and linker are on Macs alone, so that a stub stands for the C compiler, and nothing is linked or
//! run. A Mac of the workflow `release` does that.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};

use crate::cross;
use crate::setup::{self, Purpose};
use crate::ui;
use crate::workspace::{Workspace, must};

const TARGET: &str = "aarch64-apple-darwin";

/// Says that it is Clang, and makes each file that it is asked for, empty.
const COMPILER: &str = r#"#!/bin/sh
for argument do
    case "$before" in -o) : > "$argument" ;; esac
    case "$argument" in
    -E) echo '"clang"' ;;
    '-?') exit 1 ;; # Microsoft's has such a flag.
    esac
    before=$argument
done
"#;

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, Purpose::Windows)?;
    if !workspace.ui().join("dist/index.html").is_file() {
        ui::build(workspace)?;
    }
    let compiler = cross::folder(workspace).join("stub-compiler");
    fs::create_dir_all(cross::folder(workspace))?;
    fs::write(&compiler, COMPILER).context("The target folder cannot be written.")?;
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755))?;
    let mut cargo = cross::cargo(workspace, TARGET, &["check", "--keep-going"]);
    cargo.args([
        "--package",
        "client",
        "--package",
        "sync-server",
        "--package",
        "overleg",
    ]);
    cargo.args(["--features", "overleg/custom-protocol"]);
    cargo
        .env("CC_aarch64_apple_darwin", &compiler)
        .env("CXX_aarch64_apple_darwin", &compiler)
        // Where Apple's headers would be.
        .env("SDKROOT", cross::folder(workspace));
    must(&mut cargo, "Code for macOS does not compile.")
}
