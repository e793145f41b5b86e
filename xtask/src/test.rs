//! `cargo xtask test`: everything that must hold before a change is right, the quick checks first.
//!
//! The interface is built before the workspace is compiled, because the desktop app carries it inside. A step that
//! fails does not stop the others, only those that build on it.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::house::{House, answer, must};
use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::{bindings, tidy, ui};

pub(crate) fn run(house: &House, wanted: &[String]) -> Result<()> {
    setup::run(house, Purpose::Test)?;
    let mut steps = Steps::new(wanted);

    steps.take("tidy", &[], || tidy::run(house, false));
    steps.take("format", &[], || {
        must(
            &mut house.cargo(&["fmt", "--all", "--check"]),
            "Some Rust is not formatted: `cargo xtask fmt` does it.",
        )
    });
    // First, because it makes what the others import: the messages in both languages.
    steps.take("ui build", &[], || ui::build(house));
    steps.take("ui lint", &[], || {
        ui::script(house, "lint", "The linter has remarks on the interface.")
    });
    steps.take("ui types", &[], || {
        ui::script(house, "check", "The interface's types do not fit together.")
    });
    steps.take("ui tests", &[], || {
        ui::script(house, "test", "A test of the interface failed.")
    });
    steps.take("ui keyboard", &["ui build"], || {
        ui::script(
            house,
            "keyboard",
            "A task cannot be done by the keyboard alone, or is not told to a screen reader.",
        )
    });
    steps.take("clippy", &["ui build"], || {
        let mut clippy = house.cargo(&["clippy", "--workspace", "--all-targets", "--keep-going"]);
        clippy.args(["--features", "overleg/custom-protocol", "--", "-D", "warnings"]);
        must(
            &mut clippy,
            "Clippy has remarks; each says what it would rather see.",
        )
    });
    // Before the tests: stories kill and restart the real server.
    steps.take("programs", &["ui build"], || programs::build(house, Profile::Dev));
    steps.take("tests", &["ui build"], || tests(house));
    steps.take("secrecy", &["programs"], || secrecy(house));
    steps.take("bindings", &["ui build"], || bindings::run(house, true));
    if cfg!(target_os = "linux") {
        steps.take("window", &["programs"], || window(house));
    } else {
        steps.skip("window", "the stories in the real window run on Linux");
    }
    steps.take("crashes", &["programs"], || {
        must(
            &mut programs::story(house, Profile::Dev, "crashes")?,
            "Something that was acknowledged did not outlive `kill -9`.",
        )
    });
    steps.take("simulation", &[], || {
        programs::build_for_figures(house, &["simulate"])?;
        let mut simulate = programs::story(house, Profile::Release, "simulate")?;
        must(
            simulate.arg("--ci"),
            "The simulation found a fault; the seed it names replays it.",
        )
    });
    steps.close()
}

/// All tests of the workspace: by nextest where it is installed, which is quicker, else by cargo itself, so that
/// nobody has to compile a test runner before they see a test run.
///
/// What writes the bindings looks like a test, too, and would do so in the middle of the others: it has its own step.
fn tests(house: &House) -> Result<()> {
    let otherwise = "A test failed; its name is the rule that does not hold.";
    let cargo = |arguments: &[&str]| {
        let mut cargo = house.cargo(arguments);
        cargo.args(["--workspace", "--features", "overleg/custom-protocol"]);
        cargo
    };
    if answer(&mut house.cargo(&["nextest", "--version"])).is_none() {
        println!("(cargo-nextest would be quicker: cargo install cargo-nextest --locked)");
        let mut all = cargo(&["test", "--no-fail-fast"]);
        return must(all.args(["--", "--skip", "export_bindings_"]), otherwise);
    }
    let mut nextest = cargo(&["nextest", "run", "--no-fail-fast"]);
    must(nextest.args(["-E", "not test(/export_bindings_/)"]), otherwise)?;
    must(
        &mut cargo(&["test", "--quiet", "--doc"]),
        "An example in the documentation does not hold.",
    )
}

/// The stories once more, with everything said at trace level; and a look at whether a secret was among it.
fn secrecy(house: &House) -> Result<()> {
    let folder = house.target.join("secrecy");
    clear(&folder)?;
    let mut stories = house.cargo(&["test", "--workspace", "--features", "overleg/custom-protocol"]);
    stories
        .args(["--test", "stories", "--quiet"])
        .env("STORIES_TRACE", &folder);
    must(&mut stories, "A story does not hold when everything is logged.")?;
    let mut secrecy = programs::story(house, Profile::Dev, "secrecy")?;
    must(
        secrecy.arg(&folder),
        "A log holds a key, a token or a text; it and the secret are named above.",
    )
}

/// The stories in the real window; its pictures lie in `shots/`, which git ignores.
fn window(house: &House) -> Result<()> {
    let shots = house.root.join("shots");
    clear(&shots)?;
    let mut window = programs::story(house, Profile::Dev, "window")?;
    window.arg("--shots").arg(&shots);
    must(
        &mut window,
        &format!(
            "A story in the real window failed; its pictures lie in {}.",
            shots.display()
        ),
    )
}

fn clear(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}
