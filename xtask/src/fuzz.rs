//! `cargo xtask fuzz-api`: a fuzzer reads the OpenAPI document and asks the real server for ten minutes; a step of its own,
//! since nothing that lasts so long is part of `test`.
//!
//! The fuzzer (schemathesis, from PyPI) is installed by name into a folder of the cache.

use anyhow::{Result, bail};

use crate::programs;
use crate::python;
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
    let python = python::environment(workspace, "fuzz", FUZZER)?;
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
