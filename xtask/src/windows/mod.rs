//! Programs for Windows, built on Debian by its own Rust ([`crate::cross`]): the linker is MinGW's, and the cipher of the cache
//! an OpenSSL that is built once ([`openssl`]).

mod openssl;
mod programs;
mod tests;
mod wine;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::cross;
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

pub(crate) use programs::programs;
pub(crate) use tests::test;

const TARGET: &str = "x86_64-pc-windows-gnu";
/// Begins the names of MinGW's programs.
const MINGW: &str = "x86_64-w64-mingw32-";

/// The compilers for Windows, and where their builds lie.
#[derive(Debug)]
struct Toolchain<'a> {
    workspace: &'a Workspace,
    openssl: PathBuf,
}

impl<'a> Toolchain<'a> {
    /// Installs what is missing.
    fn of(workspace: &'a Workspace) -> Result<Self> {
        if !cfg!(target_os = "linux") {
            bail!(
                "Programs for Windows are cross-built on Debian; on Windows itself cargo builds them as it does elsewhere."
            );
        }
        setup::run(workspace, Purpose::Windows)?;
        let openssl = openssl::build(workspace)?;
        Ok(Self { workspace, openssl })
    }

    /// Where cargo puts the programs of a profile.
    fn folder(&self, profile: &str) -> PathBuf {
        cross::folder(self.workspace).join(TARGET).join(profile)
    }

    fn cargo(&self, verb: &[&str]) -> Command {
        let mut cargo = cross::cargo(self.workspace, TARGET, verb);
        cargo
            .env(
                "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
                format!("{MINGW}gcc-posix"),
            )
            // OpenSSL's own needs.
            .env(
                "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS",
                "-lcrypt32 -ladvapi32 -luser32 -lgdi32 -lws2_32",
            )
            .env("CC_x86_64_pc_windows_gnu", format!("{MINGW}gcc-posix"))
            .env("CXX_x86_64_pc_windows_gnu", format!("{MINGW}g++-posix"))
            .env("AR_x86_64_pc_windows_gnu", format!("{MINGW}ar"))
            .env("X86_64_PC_WINDOWS_GNU_OPENSSL_DIR", &self.openssl)
            // Its assembler, NASM, need not be there.
            .env("AWS_LC_SYS_PREBUILT_NASM", "1");
        cargo
    }
}

/// The library by which the app finds the WebView2 of the machine: it lies beside it, and comes with the crate that calls it.
fn webview_loader(workspace: &Workspace) -> Result<PathBuf> {
    Ok(cross::source_of(workspace, "webview2-com-sys")?.join("x64/WebView2Loader.dll"))
}
