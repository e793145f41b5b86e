//! `cargo xtask`: one command for everything that is done to this repository.
//!
//! A module a command. They share the [`workspace`]: where things lie (the clone, the cache, cargo's target
//! folder) and how programs are started in it. Every failure is one sentence that says what to do.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line talks to its terminal"
)]

mod bench;
mod bindings;
mod clones;
mod cross;
mod demo;
mod dev_api;
mod fmt;
mod fuzz;
#[cfg(unix)]
mod macos;
mod mutants;
mod package;
mod postfix;
mod programs;
mod python;
mod ran;
mod setup;
mod shots;
mod sounds;
mod steps;
mod test;
mod tidy;
mod ui;
mod windows;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  demo [--headless] [--release] [--conversations N] ...
              builds all of Overleg, starts a server with two organisations and opens a window for each of two
              clinicians; --headless plays their consult without a screen and prints where the pictures lie;
              other flags go to the demo itself
  dev-api     the interface in a browser on the real engine: starts a server, an engine for each person of a small cast, and
              Vite, and prints the addresses; Ctrl+C ends them
  test [--long] [STEP ...]
              everything that must hold before a change is right, the rules last: each that is due must have been proved
              in this run; with names, only those steps; --long with other seeds, which it names, and more of them: hours.
              The step `attack` is taken by its name only: the attacks on the release build of the server, and whether what
              others notice of each is within its limit (ten minutes); and so is `real files`: what becomes of thousands of files
              that other programs wrote, from packages of PyPI, in a table; `packages`: they are installed, started, upgraded
              and removed in a Debian of their own, as root; and `windows`: the tests of engine, server and app as Windows
              programs under Wine, which needs Debian
  fuzz-api [--seconds N]
              asks the real server whatever docs/openapi.json allows and does not, for ten minutes: no 500, and no
              answer that the document does not name
  shots [FOLDER]
              every screen and state as a picture, and a page that shows them side by side (shots/index.html)
  sounds      makes the two sounds of notifications, icons/sounds
  bench [...] the release build's figures; flags go to the benchmark
  mutants [PART ...] [--shard K/N] [--list]
              changes one thing at a time in the rules, the core and the engine, and counts what the tests notice
  package [deb | rpm | server | msi | exe | pkg] ... [--windows-programs FOLDER] [--sign-with FILE]
              packages to install, in <target>/packages, with their checksums, parts and licences; without a name all that
              this machine can make; those for Windows of the programs of a folder; signed with the keys that a file names
  setup       installs what building, testing and the demo need, and skips what is there
  bindings [--check]
              writes the TypeScript of what crosses the window's boundary, and docs/openapi.json of what crosses the
              wire; --check only compares
  tidy [--rules]
              the invariants that a compiler does not see; --rules prints which test proves which rule
  check macos whether app, engine and server compile for macOS, on Debian: types only
  windows     builds the programs that are shipped for Windows, on Debian, and prints where they lie
  fmt         formats Rust and TypeScript

Builds go to $OVERLEG_CACHE (default: ~/.cache/overleg), each clone's to a folder of its own that begins with the libraries
which another clone compiled and goes when the clone is gone; CARGO_TARGET_DIR says where to build instead.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, arguments)) = arguments.split_first() else {
        bail!("{HELP}");
    };
    let workspace = Workspace::find()?;
    match command.as_str() {
        "demo" => demo::run(&workspace, arguments),
        "dev-api" => {
            only(arguments, &[])?;
            dev_api::run(&workspace)
        }
        "test" => test::run(&workspace, arguments),
        "sounds" => {
            only(arguments, &[])?;
            sounds::run(&workspace)
        }
        "bench" => bench::run(&workspace, arguments),
        "fuzz-api" => fuzz::run(&workspace, arguments),
        "package" => package::run(&workspace, arguments),
        "mutants" => mutants::run(&workspace, arguments),
        "shots" => shots::run(&workspace, arguments),
        "setup" => {
            only(arguments, &[])?;
            setup::run(&workspace, setup::Purpose::Test)
        }
        "bindings" => {
            only(arguments, &["--check"])?;
            setup::node::run(&workspace)?;
            bindings::run(&workspace, has(arguments, "--check"))
        }
        "tidy" => {
            only(arguments, &["--rules"])?;
            tidy::run(&workspace, has(arguments, "--rules"))
        }
        #[cfg(unix)]
        "check" => {
            only(arguments, &["macos"])?;
            if !has(arguments, "macos") {
                bail!("`check` is told what for: `cargo xtask check macos`.");
            }
            macos::check(&workspace)
        }
        "windows" => {
            only(arguments, &[])?;
            windows::programs(&workspace).map(|_| ())
        }
        "fmt" => {
            only(arguments, &[])?;
            fmt::run(&workspace)
        }
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => bail!("There is no command `{unknown}`.\n\n{HELP}"),
    }
}

/// Refuses what a command does not know, so that a typing error never runs the wrong thing.
fn only(arguments: &[String], known: &[&str]) -> Result<()> {
    match arguments
        .iter()
        .find(|argument| !known.contains(&argument.as_str()))
    {
        Some(unknown) => bail!("This command does not know `{unknown}`.\n\n{HELP}"),
        None => Ok(()),
    }
}

fn has(arguments: &[String], flag: &str) -> bool {
    arguments.iter().any(|argument| argument == flag)
}
