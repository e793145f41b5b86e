//! `cargo xtask fuzz-api`: a fuzzer reads the OpenAPI document and asks the real server for ten minutes; a step of its own,
//! since nothing that lasts so long is part of `test`.
//!
//! The fuzzer (schemathesis, from PyPI) is installed by name into a folder of the cache.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::programs;
use crate::setup::{self, Purpose};
use crate::workspace::{Workspace, must};

const FUZZER: &str = "schemathesis==4.32.5";
const SECONDS: &str = "600";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let seconds = match arguments {
        [] => SECONDS,
        [flag, seconds] if flag == "--seconds" && seconds.parse::<u32>().is_ok() => seconds,
        _ => bail!("`cargo xtask fuzz-api` takes `--seconds N` alone."),
    };
    setup::run(workspace, Purpose::Test)?;
    programs::build_for_figures(workspace, &["sync-server"])?;
    let python = fuzzer(workspace)?;
    let mut fuzz = workspace.command(&python);
    fuzz.arg(workspace.root.join("tests/fuzz/api.py"));
    fuzz.arg("--server").arg(
        workspace
            .target
            .join("release/sync-server")
            .with_extension(std::env::consts::EXE_EXTENSION),
    );
    fuzz.arg("--document")
        .arg(workspace.root.join("docs/openapi.json"));
    fuzz.args(["--seconds", seconds]);
    must(
        &mut fuzz,
        "The server gave an answer that docs/openapi.json does not name.",
    )
}

/// The Python of an environment in the cache that has the fuzzer; made where it is not there or of another version.
fn fuzzer(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools.join("fuzz");
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == FUZZER) && python.is_file() {
        return Ok(python);
    }
    let mut make = workspace.command(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    must(
        &mut make,
        "Python's environment for the fuzzer could not be made.",
    )?;
    let mut install = workspace.command(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        FUZZER,
    ]);
    must(&mut install, "The fuzzer could not be installed from PyPI.")?;
    std::fs::write(&mark, FUZZER).context("The fuzzer's folder cannot be written.")?;
    Ok(python)
}
