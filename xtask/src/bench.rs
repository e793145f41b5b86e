//! `cargo xtask bench`: the figures, measured on the release build. What it prints is the benchmark's own.

use anyhow::Result;

use crate::house::{House, must};
use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};

pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    setup::run(house, Purpose::Build)?;
    programs::build_for_figures(house, &["bench", "sync-server"])?;
    let mut bench = programs::story(house, Profile::Release, "bench")?;
    must(bench.args(arguments), "The benchmark did not come to its end.")
}
