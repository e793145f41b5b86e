//! OpenSSL's ciphers as a library for MinGW, from the source that the lock file names (`openssl-src`): built once for all clones,
//! since it takes minutes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::MINGW;
use crate::cross::source_of;
use crate::workspace::{Workspace, must};

/// As `openssl-src` configures it, without programs, documentation and what is loaded while it runs.
const OPTIONS: [&str; 14] = [
    "mingw64",
    "--libdir=lib",
    "no-shared",
    "no-module",
    "no-tests",
    "no-comp",
    "no-zlib",
    "no-legacy",
    "no-apps",
    "no-docs",
    "no-dso",
    "no-capieng",
    "no-engine",
    "no-async",
];

/// A folder with `include` and `lib`, as `OPENSSL_DIR` names it.
pub(super) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let source = source_of(workspace, "openssl-src")?;
    let version = source.file_name().context("A library has a folder.")?;
    let folder = workspace.tools.join("windows").join(version);
    if folder.is_dir() {
        return Ok(folder);
    }
    println!("building OpenSSL for Windows: some minutes, once");
    let part = workspace.tools.join("windows").join("openssl.part");
    // Of an attempt that was broken off.
    let _ = fs::remove_dir_all(&part);
    fs::create_dir_all(&part)?;
    let otherwise = "OpenSSL does not build for Windows; its last lines say why.";
    let mut copy = workspace.command("cp");
    must(
        copy.arg("-r")
            .arg(source.join("openssl"))
            .arg(part.join("source")),
        otherwise,
    )?;
    let run = |program: &str, arguments: &[&str]| {
        let mut command = workspace.command(program);
        command.args(arguments).current_dir(part.join("source"));
        // Thousands of lines of its compiler say nothing of progress.
        command.stdout(fs::File::create(part.join("output.txt"))?);
        must(&mut command, otherwise)
    };
    let prefix = format!("--cross-compile-prefix={MINGW}");
    run("perl", &[&["Configure", &prefix], &OPTIONS[..]].concat())?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    run("make", &[&format!("-j{jobs}"), "build_libs"])?;
    // In one move: what is there is whole.
    let done = part.join("done");
    fs::create_dir_all(done.join("lib"))?;
    fs::copy(part.join("source/libcrypto.a"), done.join("lib/libcrypto.a"))?;
    fs::rename(part.join("source/include"), done.join("include"))?;
    fs::rename(&done, &folder)?;
    Ok(fs::remove_dir_all(&part).map(|()| folder)?)
}
