//! `cargo xtask bench`: the figures, measured on the release build. What it prints is the benchmark's own.

use anyhow::Result;

use crate::house::{House, must};
use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::ui;

/// Those that need a window.
const DESKTOP: &str = "desktop";

pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let window = arguments.first().is_none_or(|part| part == DESKTOP) && cfg!(target_os = "linux");
    setup::run(house, if window { Purpose::Test } else { Purpose::Build })?;
    programs::build_for_figures(house, &["bench", "sync-server"])?;
    if window {
        ui::build(house)?;
        programs::build_windows(house)?;
    }
    let mut bench = programs::story(house, Profile::Release, "bench")?;
    must(bench.args(arguments), "The benchmark did not come to its end.")
}
