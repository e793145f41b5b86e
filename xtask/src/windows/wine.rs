//! Wine, which runs Windows programs here: on files, registry and Credential Manager of its own, without a screen and without
//! sound.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{MINGW, Toolchain, webview_loader};
use crate::cross;
use crate::workspace::{Workspace, answer, must};

/// The library that Wine 8 lacks, for the tests beside which it lies; Windows has the real one.
const SHIM: &str = "bcryptprimitives.dll";

/// A Windows of its own, which ends with this.
#[derive(Debug)]
pub(super) struct Wine<'a> {
    workspace: &'a Workspace,
    prefix: PathBuf,
}

impl<'a> Wine<'a> {
    pub(super) fn start(toolchain: &Toolchain<'a>) -> Result<Self> {
        let workspace = toolchain.workspace;
        let wine = Self {
            workspace,
            prefix: cross::folder(workspace).join("wine"),
        };
        fs::create_dir_all(cross::folder(workspace))?;
        let mut boot = workspace.command("wineboot");
        wine.environment(&mut boot);
        must(boot.arg("--update"), "Wine does not start.")?;
        let mut sound = workspace.command("wine");
        wine.environment(&mut sound);
        sound.args([
            "reg",
            "add",
            r"HKCU\Software\Wine\Drivers",
            "/v",
            "Audio",
            "/d",
            "",
            "/f",
        ]);
        must(&mut sound, "Wine cannot be told to make no sound.")?;
        let loader = webview_loader(workspace)?;
        for folder in [toolchain.folder("debug"), toolchain.folder("debug").join("deps")] {
            shim(workspace, &folder)?;
            fs::copy(&loader, folder.join("WebView2Loader.dll"))?;
        }
        Ok(wine)
    }

    /// Lets a program, and those that it starts, run Windows programs here.
    pub(super) fn environment(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            // Its remarks on itself.
            .env("WINEDEBUG", "-all")
            // Neither .NET nor a browser is installed into it, no menu entries are made, and a crash opens no window.
            .env(
                "WINEDLLOVERRIDES",
                "mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d",
            )
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
    }
}

impl Drop for Wine<'_> {
    /// Of this Windows alone.
    fn drop(&mut self) {
        let mut end = self.workspace.command("wineserver");
        self.environment(&mut end);
        let _ended = answer(end.arg("--kill"));
    }
}

fn shim(workspace: &Workspace, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let source = folder.join(SHIM).with_extension("c");
    fs::write(&source, include_str!("bcryptprimitives.c")).context("The target folder cannot be written.")?;
    let mut compile = workspace.command(format!("{MINGW}gcc-posix"));
    compile
        .args(["-shared", "-O1", "-s", "-o"])
        .arg(folder.join(SHIM));
    must(
        compile.arg(&source).arg("-ladvapi32"),
        "The library that Wine lacks does not build.",
    )
}
