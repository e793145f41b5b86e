//! `cargo xtask shots`: every screen and state as a picture, and a page that shows them side by side.
//!
//! The screens come from the browser build on its fake (both languages, light, dark, forced colours, 200 %),
//! checked by axe on the way; the window's come from the stories that run in the real one.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::ui;
use crate::workspace::{Workspace, must};

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let [folder] = arguments else {
        let given = arguments.len();
        if given > 0 {
            bail!("`cargo xtask shots` takes no argument, or a folder; there are {given}.");
        }
        return take(workspace, &workspace.root.join("shots"));
    };
    take(workspace, &PathBuf::from(folder))
}

/// A failure at one kind of picture does not keep the other, or the page, from being made.
fn take(workspace: &Workspace, folder: &std::path::Path) -> Result<()> {
    setup::run(workspace, Purpose::Test)?;
    ui::build(workspace)?;
    ui::build_for_browser(workspace)?;
    programs::build(workspace, Profile::Dev)?;
    let (screens, window) = (folder.join("screens"), folder.join("window"));
    let mut npm = workspace.npm(&["run", "--silent", "shots", "--"]);
    let screens = must(
        npm.arg(&screens),
        "The pictures of the screens show problems; they stand above.",
    );
    let window = if cfg!(target_os = "linux") {
        let mut stories = programs::story(workspace, Profile::Dev, "window")?;
        must(
            stories.arg("--shots").arg(&window),
            "A story in the real window failed; its last picture shows where.",
        )
    } else {
        println!("The stories in the real window run on Linux.");
        Ok(())
    };
    let mut page = workspace.npm(&["run", "--silent", "shots:page", "--"]);
    must(page.arg(folder), "The page of the pictures could not be made.")?;
    println!(
        "All pictures side by side: {}",
        folder.join("index.html").display()
    );
    screens.and(window)
}
