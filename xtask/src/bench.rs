//! `cargo xtask bench`: the figures, measured on the release build. The benchmark itself prints them.

use anyhow::Result;

use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::ui;
use crate::workspace::{Workspace, must};

/// Those that need a window.
const DESKTOP: &str = "desktop";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let window = arguments.first().is_none_or(|part| part == DESKTOP) && cfg!(target_os = "linux");
    setup::run(workspace, if window { Purpose::Test } else { Purpose::Build })?;
    programs::build_for_figures(workspace, &["bench", "sync-server"])?;
    if window {
        ui::build(workspace)?;
        programs::build_windows(workspace)?;
    }
    let mut bench = programs::story(workspace, Profile::Release, "bench")?;
    must(bench.args(arguments), "The benchmark did not come to its end.")
}
