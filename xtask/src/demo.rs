//! `cargo xtask demo`: from a fresh clone to two clinicians who consult each other.
//!
//! It installs what is missing, builds server, interface and desktop app, and hands over to the program `demo` in
//! `tests/`, which starts the server, fills it and opens the windows. The development build is the default: its
//! libraries are optimised, and it is there minutes earlier than the release.

use anyhow::Result;

use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::ui;
use crate::workspace::{Workspace, must};

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let purpose = if crate::has(arguments, "--headless") {
        Purpose::Test
    } else {
        Purpose::Demo
    };
    let profile = if crate::has(arguments, "--release") {
        Profile::Release
    } else {
        Profile::Dev
    };
    setup::run(workspace, purpose)?;
    ui::build(workspace)?;
    programs::build(workspace, profile)?;
    let mut demo = programs::story(workspace, profile, "demo")?;
    demo.args(arguments.iter().filter(|argument| *argument != "--release"));
    must(&mut demo, "The demo stopped; its last lines say why.")
}
