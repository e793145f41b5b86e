//! `cargo xtask test`: everything that must hold before a change is right, the quick checks first.
//!
//! The interface is built before the workspace is compiled, because the desktop app carries it inside. A step that
//! fails does not stop the others, only those that build on it. The last step holds what ran against the rules: each that
//! is due must have been proved in this very run ([`crate::ran`]).
//!
//! The attacks on the server, the files of other programs, the packages, and the tests as Windows programs are steps that only
//! their names take: `cargo xtask test attack "real files" packages windows`.
//!
//! With `--long` the same is done with other seeds than every day, which are named, and then what takes hours: nothing
//! that a change waits for.

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::programs::{self, FEATURES, Profile};
use crate::ran::{self, Ran};
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::workspace::{Workspace, answer, heard, must, naming};
use crate::{bindings, package, tidy, ui, windows};
use crate::{postfix, python};

/// The seed at which the simulation continues in the long run, beside the seeds of every day.
const MORE_SEEDS: u64 = 20_000;

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let (flags, wanted): (Vec<_>, Vec<_>) = arguments.iter().cloned().partition(|one| one.starts_with('-'));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--long") {
        bail!("`cargo xtask test` does not know `{unknown}`: it takes `--long` and names of steps.");
    }
    let seed = (!flags.is_empty()).then(Seed::new);
    setup::run(workspace, Purpose::Test)?;
    let mut steps = Steps::new(&wanted);
    let mut ran = Ran::default();
    if let Some(seed) = &seed {
        println!(
            "Property tests and simulation are given other cases: PROPTEST_RNG_SEED={} replays them.",
            seed.0
        );
    }

    steps.take("tidy", &[], || tidy::run(workspace, false));
    steps.take("format", &[], || {
        must(
            &mut workspace.cargo(&["fmt", "--all", "--check"]),
            "Some Rust is not formatted: `cargo xtask fmt` does it.",
        )
    });
    // First, because it makes what the others import: the messages in both languages.
    steps.take("ui build", &[], || ui::build(workspace));
    steps.take("ui lint", &[], || {
        ui::script(workspace, "lint", "The linter has remarks on the interface.")
    });
    steps.take("ui types", &[], || {
        ui::script(workspace, "check", "The interface's types do not fit together.")
    });
    steps.take("ui tests", &[], || {
        ui_tests(workspace, "test", "A test of the interface failed.", &mut ran)
    });
    if setup::system::has_chromium(workspace) {
        steps.take("ui keyboard", &["ui build"], || {
            ui::build_for_browser(workspace)?;
            ui::script(
                workspace,
                "keyboard",
                "A task cannot be done by the keyboard alone, takes too long, or is not announced to a screen reader.",
            )
        });
    } else {
        steps.skip(
            "ui keyboard",
            "there is no Chromium: install it, or name one with CHROMIUM",
        );
    }
    steps.take("clippy", &["ui build"], || {
        let mut clippy = workspace.cargo(&["clippy", "--workspace", "--all-targets", "--keep-going"]);
        clippy.args(["--features", FEATURES, "--", "-D", "warnings"]);
        must(
            &mut clippy,
            "Clippy has remarks; each says what it would rather see.",
        )
    });
    // Before the tests: stories kill and restart the real server.
    steps.take("programs", &["ui build"], || {
        programs::build(workspace, Profile::Dev)
    });
    steps.take("ui real", &["programs"], || {
        let otherwise = "The interface and the real engine do not fit together.";
        ui_tests(workspace, "real", otherwise, &mut ran)
    });
    steps.take("tests", &["ui build"], || {
        tests(workspace, seed.as_ref(), &mut ran)
    });
    steps.take("tus clients", &["programs"], || tus_clients(workspace));
    if let Some(obstacle) = postfix::obstacle(workspace) {
        steps.skip("postfix", obstacle);
    } else {
        steps.take("postfix", &["ui build"], || postfix_mails(workspace));
    }
    steps.take("secrecy", &["programs"], || secrecy(workspace));
    steps.take("bindings", &["ui build"], || bindings::run(workspace, true));
    if cfg!(target_os = "linux") {
        steps.take("window", &["programs"], || {
            window(workspace, seed.is_some(), &mut ran)
        });
    } else {
        ran.without_stories = true;
        steps.skip("window", "the stories in the real window run on Linux");
    }
    steps.take("crashes", &["programs"], || {
        must(
            &mut programs::story(workspace, Profile::Dev, "crashes")?,
            "Something that was acknowledged did not outlive `kill -9`.",
        )
    });
    steps.take("simulation", &[], || {
        programs::build_for_figures(workspace, &["simulate"])?;
        let mut simulate = programs::story(workspace, Profile::Release, "simulate")?;
        simulated(simulate.arg("--ci"))
    });
    if let Some(seed) = &seed {
        steps.take("more simulation", &["simulation"], || {
            more_simulation(workspace, seed)
        });
    }
    // Minutes, with a machine to itself: nothing that a change waits for.
    if steps.names("attack") {
        steps.take("attack", &[], || attack(workspace));
    }
    // The packages are tens of megabytes.
    if steps.names("real files") {
        steps.take("real files", &[], || real_files(workspace));
    }
    // As root, with a Debian to install into.
    if steps.names("packages") {
        match package::obstacle(workspace) {
            Some(obstacle) => steps.skip("packages", obstacle),
            None => steps.take("packages", &[], || package::test(workspace)),
        }
    }
    // It installs another compiler and Wine, and compiles everything anew.
    if steps.names("windows") {
        steps.take("windows", &["ui build"], || windows::test(workspace));
    }
    steps.take("rules", &[], || ran.prove(workspace));
    steps.close()
}

/// The seed from which the cases of a long run are drawn.
struct Seed(u64);

impl Seed {
    /// That of the environment, or another one at each run.
    fn new() -> Self {
        let given = std::env::var("PROPTEST_RNG_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        Self(given.unwrap_or_else(|| {
            // Another one at each start of a program.
            RandomState::new().build_hasher().finish()
        }))
    }

    /// Seeds of the simulation that no run of every day takes.
    fn range(&self) -> String {
        let from = 1_000_000 + self.0 % 1_000_000_000;
        format!("{from}..{}", from + MORE_SEEDS)
    }
}

/// Other seeds than those of every day; one that finds something is named, and replays it.
fn more_simulation(workspace: &Workspace, seed: &Seed) -> Result<()> {
    programs::build_for_figures(workspace, &["simulate"])?;
    for what in ["--seeds", "--histories"] {
        let mut simulate = programs::story(workspace, Profile::Release, "simulate")?;
        simulated(simulate.args([what, &seed.range()]))?;
    }
    Ok(())
}

fn simulated(simulate: &mut Command) -> Result<()> {
    failing(
        simulate,
        "The simulation found a fault; the seed it names replays it.",
    )
}

/// A program that names what failed.
fn failing(program: &mut Command, otherwise: &str) -> Result<()> {
    let (output, outcome) = heard(program, otherwise);
    let failures = output.lines().filter_map(|line| line.strip_prefix("FAILED: "));
    naming(outcome, &failures.map(str::to_owned).collect::<Vec<_>>())
}

/// The attacks on the release build of the server; and who may do what, by the matrix of all routes and roles (BZ1).
fn attack(workspace: &Workspace) -> Result<()> {
    programs::build_for_figures(workspace, &["attack", "sync-server"])?;
    let figures = failing(
        &mut programs::story(workspace, Profile::Release, "attack")?,
        "A figure of an attack is over its limit; each stands above, beside it.",
    );
    let mut matrix = workspace.cargo(&["test", "--workspace", "--features", FEATURES]);
    must(
        matrix.args(["--test", "matrix"]),
        "The matrix of routes and roles does not hold (BZ1).",
    )?;
    figures
}

/// Files by clients of tus that others wrote, and by curl (F2).
fn tus_clients(workspace: &Workspace) -> Result<()> {
    let python = python::environment(workspace, "tus", "tuspy==1.1.0")?;
    let server = workspace.target.join("debug/sync-server");
    let mut clients = workspace.command(&python);
    clients.arg(workspace.root.join("tests/tus/clients.py"));
    clients
        .arg("--server")
        .arg(server.with_extension(std::env::consts::EXE_EXTENSION));
    clients
        .arg("--script")
        .arg(workspace.ui().join("scripts/tus-client.js"));
    must(
        &mut clients,
        "A client of tus, or curl, does not get on with the server.",
    )
}

/// Mail by Postfix, as it runs at many organisations, and read back from its mailboxes (N2).
fn postfix_mails(workspace: &Workspace) -> Result<()> {
    let root = postfix::fetch(workspace)?;
    let mut mails = workspace.cargo(&["test", "--workspace", "--features", FEATURES]);
    mails.args(["--test", "postfix"]).env("TEST_POSTFIX", root);
    must(&mut mails, "Mail by Postfix is not as it should be.")
}

/// Packages whose sources hold files as other programs write them, and damaged ones: pictures, PDF, office, DICOM, HEIC, sound,
/// macros.
const FILES_OF_OTHERS: [&str; 12] = [
    "pillow==9.5.0",
    "pillow-heif==1.1.1",
    "pypdf==6.1.1",
    "python-docx==1.2.0",
    "python-pptx==1.0.2",
    "oletools==0.60.2",
    "odfpy==1.4.1",
    "pydicom==3.0.1",
    "svglib==1.6.0",
    "mutagen==1.47.0",
    "mail-parser==4.1.4",
    "xlrd==2.0.2",
];

/// Files of other programs, each attached on a real device, and a table of their outcomes.
fn real_files(workspace: &Workspace) -> Result<()> {
    let folder = python::sources(workspace, "real-files", &FILES_OF_OTHERS)?;
    programs::build_one(workspace, "real-files")?;
    let mut attach = programs::story(workspace, Profile::Dev, "real-files")?;
    failing(
        attach.arg(folder),
        "A file of another program was not handled as it should be; each stands above.",
    )
}

/// The tests of the interface that a script of `ui/package.json` runs.
fn ui_tests(workspace: &Workspace, script: &str, otherwise: &str, ran: &mut Ran) -> Result<()> {
    let report = workspace.target.join(format!("ui-{script}.xml"));
    fs::create_dir_all(&workspace.target)?;
    forget(&report)?;
    let file = format!("--outputFile.junit={}", report.display());
    let arguments = ["--reporter=default", "--reporter=junit", &file];
    let outcome = ui::script_with(workspace, script, &arguments, otherwise);
    let report = fs::read_to_string(&report).unwrap_or_default();
    ran.add_vitest(&report);
    naming(outcome, &ran::failed(&report))
}

/// A report of an earlier run says nothing of this one.
fn forget(report: &Path) -> Result<()> {
    if report.is_file() {
        fs::remove_file(report)?;
    }
    Ok(())
}

/// All tests of the workspace: by nextest where it is installed, which is quicker, else by cargo itself, so that
/// nobody has to compile a test runner before they see a test run.
///
/// The functions that write the bindings look like tests, and would run in the middle of the others: they
/// have a step of their own.
fn tests(workspace: &Workspace, seed: Option<&Seed>, ran: &mut Ran) -> Result<()> {
    let otherwise = "A test failed; its name is the rule that does not hold.";
    // A mail server that others wrote.
    let mail_server = cfg!(unix)
        .then(|| python::environment(workspace, "mail", "aiosmtpd==1.4.6"))
        .transpose()?;
    let cargo = |arguments: &[&str]| {
        let mut cargo = workspace.cargo(arguments);
        cargo.args(["--workspace", "--features", FEATURES]);
        if let Some(python) = &mail_server {
            cargo.env("TEST_MAIL_PYTHON", python);
        }
        if let Some(seed) = seed {
            cargo.env("PROPTEST_RNG_SEED", seed.0.to_string());
        }
        cargo
    };
    if answer(&mut workspace.cargo(&["nextest", "--version"])).is_none() {
        println!("(cargo-nextest would be quicker: cargo install cargo-nextest --locked)");
        let mut all = cargo(&["test", "--no-fail-fast"]);
        let (output, outcome) = heard(all.args(["--", "--skip", "export_bindings_"]), otherwise);
        ran.add_libtest(&tidy::Tree::of(&workspace.root)?, &output);
        return outcome;
    }
    // By the clone, wherever cargo builds: nextest has it so.
    let report = workspace.root.join("target/nextest/default/junit.xml");
    forget(&report)?;
    let mut nextest = cargo(&["nextest", "run", "--no-fail-fast"]);
    let outcome = must(nextest.args(["-E", "not test(/export_bindings_/)"]), otherwise);
    let report = fs::read_to_string(&report).unwrap_or_default();
    ran.add_nextest(&report);
    naming(outcome, &ran::failed(&report))?;
    must(
        &mut cargo(&["test", "--quiet", "--doc"]),
        "An example in the documentation does not hold.",
    )
}

/// The stories once more, with everything said at trace level; and a look at whether a secret was among it.
fn secrecy(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target.join("secrecy");
    clear(&folder)?;
    let mut stories = workspace.cargo(&["test", "--workspace", "--features", FEATURES]);
    stories
        .args(["--test", "stories", "--quiet"])
        .env("STORIES_TRACE", &folder);
    must(&mut stories, "A story does not hold when everything is logged.")?;
    let mut secrecy = programs::story(workspace, Profile::Dev, "secrecy")?;
    must(
        secrecy.arg(&folder),
        "A log holds a key, a token or a text; it and the secret are named above.",
    )
}

/// The stories in the real window; its pictures lie in `shots/`, which git ignores.
fn window(workspace: &Workspace, is_long: bool, ran: &mut Ran) -> Result<()> {
    let shots = workspace.root.join("shots");
    clear(&shots)?;
    let mut window = programs::story(workspace, Profile::Dev, "window")?;
    window.arg("--shots").arg(&shots);
    if is_long {
        window.arg("--long");
    }
    let otherwise = format!(
        "A story in the real window failed; its pictures lie in {}.",
        shots.display()
    );
    let (output, outcome) = heard(&mut window, &otherwise);
    ran.add_stories(&output);
    let failures = output.lines().filter(|line| line.contains(" failed: "));
    naming(outcome, &failures.map(str::to_owned).collect::<Vec<_>>())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_takes_seeds_that_no_run_of_every_day_does() {
        for seed in [0, 7, u64::MAX] {
            let range = Seed(seed).range();
            let (from, to) = range.split_once("..").unwrap();
            let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
            assert!(from >= 1_000_000 && to - from == MORE_SEEDS, "{range}");
        }
    }
}
