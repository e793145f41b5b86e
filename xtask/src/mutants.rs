//! `cargo xtask mutants`: how much of a change to the code the tests notice.
//!
//! [cargo-mutants](https://mutants.rs) changes one thing at a time and runs the tests; changes that they do
//! not notice are listed. It takes long, and so is no part of `cargo xtask test`. The rules (`trail` and
//! `conversation`) are taken whole, against a bar of [`RULES`]; of the server's core and the client's engine
//! a sample is drawn, another at each run, against [`SAMPLED`]. Changes that are equivalent to the code are
//! listed in `.cargo/mutants.toml`, each with its reason, and do not count.
//!
//! The simulation is one of the tests of the engine: most of what it does is seen between devices and a server.
//!
//! With a name (`trail`, `conversation`, `core`, `engine`), only that part; `--shard 2/8` takes an eighth of it, so that the
//! whole can be taken in pieces; `--list` says what would be changed.

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Workspace, answer, must};
use anyhow::{Context as _, Result, bail, ensure};

/// Of a hundred changes to the rules, the tests notice so many.
const RULES: f64 = 95.0;
/// Of a hundred changes to the server's core and the client's engine.
const SAMPLED: f64 = 80.0;
/// Seconds of the tests of one change, where the unchanged ones are not measured.
const LONGEST: &str = "300";
/// The version whose changes the list in `.cargo/mutants.toml` was made for.
const VERSION: &str = "27.1.0";

struct Part {
    name: &'static str,
    package: &'static str,
    /// The files whose code is changed; all of the package where it is empty.
    files: &'static str,
    /// The packages whose tests are to notice.
    tested_by: &'static [&'static str],
    /// The tests of these packages, where not all of them, as `cargo test` is asked for them.
    only: &'static [&'static str],
    /// Draws one of so many pieces.
    pieces: u64,
    bar: f64,
}

const PARTS: &[Part] = &[
    Part {
        name: "trail",
        package: "trail",
        files: "",
        tested_by: &["trail"],
        only: &[],
        pieces: 1,
        bar: RULES,
    },
    Part {
        name: "conversation",
        package: "conversation",
        files: "",
        tested_by: &["conversation"],
        only: &[],
        pieces: 1,
        bar: RULES,
    },
    Part {
        name: "core",
        package: "sync-server",
        files: "sync-server/src/core/**/*.rs",
        tested_by: &["sync-server"],
        only: &[],
        pieces: 40,
        bar: SAMPLED,
    },
    Part {
        name: "engine",
        package: "client",
        files: "crates/client/src/engine/**/*.rs",
        tested_by: &["client", "stories"],
        // Otherwise every program of the stories is linked for each change.
        only: &["--lib"],
        pieces: 40,
        bar: SAMPLED,
    },
];

/// The request of the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    parts: Vec<String>,
    shard: Option<String>,
    list: bool,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => wanted.list = true,
                "--shard" => {
                    let shard = arguments.next().context("`--shard` needs a piece, as 2/8.")?;
                    wanted.shard = Some(shard.clone());
                }
                name if PARTS.iter().any(|part| part.name == name) => wanted.parts.push(name.to_owned()),
                other => {
                    let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
                    bail!("There is no part `{other}`; there are {}.", names.join(", "));
                }
            }
        }
        Ok(wanted)
    }

    fn wants(&self, part: &Part) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|name| name == part.name)
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments)?;
    install(workspace)?;
    // Another one at each start of a program.
    let drawn = RandomState::new().build_hasher().finish();
    let mut short = Vec::new();
    for part in PARTS.iter().filter(|part| wanted.wants(part)) {
        let shard = wanted.shard.clone().or_else(|| drawn_piece(part, drawn));
        let results = take(workspace, part, shard.as_deref(), wanted.list)?;
        if wanted.list {
            continue;
        }
        let counted = Counted::read(&results.join("mutants.out"))?;
        println!("{}", counted.summary(part, shard.as_deref(), &results));
        if counted.noticed() < part.bar {
            short.push(part.name);
        }
    }
    ensure!(
        short.is_empty(),
        "Too many changes are not noticed in {}: each line of its missed.txt wants a test, or the code goes, or it is equal \
         and stands in .cargo/mutants.toml with the reason.",
        short.join(", ")
    );
    Ok(())
}

/// Which piece of a sampled part; the same one again with `--shard`.
fn drawn_piece(part: &Part, drawn: u64) -> Option<String> {
    (part.pieces > 1).then(|| format!("{}/{}", drawn % part.pieces, part.pieces))
}

fn install(workspace: &Workspace) -> Result<()> {
    if answer(&mut workspace.cargo(&["mutants", "--version"])).is_some() {
        return Ok(());
    }
    let mut install = workspace.cargo(&[
        "install",
        "cargo-mutants",
        "--version",
        VERSION,
        "--locked",
        "--root",
    ]);
    must(
        install.arg(&workspace.tools),
        "cargo-mutants could not be installed: cargo's last lines say why.",
    )
}

/// Takes a part in a copy of the clone, so that nothing here is changed; where its results lie.
fn take(workspace: &Workspace, part: &Part, shard: Option<&str>, list: bool) -> Result<PathBuf> {
    let results = workspace.target.join("mutants").join(part.name);
    fs::create_dir_all(&results)?;
    let build = workspace.target.join("mutants").join("build");
    // A build of its own, since what is built here may be of other sources than the copy's; kept, so that the libraries
    // are compiled once. Nobody debugs it, and a change is noticed by few cases or by none.
    let apart = |command: &mut Command| {
        command
            .env("CARGO_TARGET_DIR", &build)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_TEST_DEBUG", "0")
            .env("PROPTEST_CASES", "64");
    };
    let mut mutants = workspace.cargo(&["mutants", "--package", part.package, "--gitignore", "true"]);
    apart(&mut mutants);
    mutants.args(["--no-times", "--output"]).arg(&results);
    if !list && build.is_dir() {
        // The last change of an earlier run is newer than the sources, and would pass for what they make.
        let mut clean = workspace.cargo(&["clean", "--package", part.package]);
        apart(&mut clean);
        must(&mut clean, "What an earlier run built could not be removed.")?;
    }
    if part.only.is_empty() {
        mutants.args(["--baseline", "run"]);
    } else {
        // cargo-mutants would begin with the tests of the changed package alone.
        if !list {
            let mut unchanged = workspace.cargo(&["test"]);
            apart(&mut unchanged);
            for package in part.tested_by {
                unchanged.args(["--package", package]);
            }
            let what = "The tests fail without any change: mend them first.";
            must(unchanged.args(part.only), what)?;
        }
        mutants.args(["--baseline", "skip", "--timeout", LONGEST]);
    }
    if !part.files.is_empty() {
        mutants.args(["--file", part.files]);
    }
    for package in part.tested_by {
        mutants.args(["--test-package", package]);
    }
    if let Some(shard) = shard {
        // From everywhere, rather than from the first files.
        mutants.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    if list {
        mutants.arg("--list");
        must(&mut mutants, "cargo-mutants could not list its changes.")?;
        return Ok(results);
    }
    for only in part.only {
        // Not behind `--`, which is for running the tests: for building them, too.
        mutants.args(["--cargo-arg", only]);
    }
    println!(
        "{}: {}",
        part.name,
        shard.map_or("whole".to_owned(), |shard| format!("piece {shard}"))
    );
    // It ends with 2 or 3 where a change was not noticed, or made the tests run for ever: that is counted below.
    let status = mutants.status().context("cargo-mutants could not be started")?;
    ensure!(
        matches!(status.code(), Some(0 | 2 | 3)),
        "cargo-mutants could not do its work: its last lines say why."
    );
    Ok(results)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    caught: u64,
    missed: u64,
    timeout: u64,
    unviable: u64,
}

impl Counted {
    /// Each outcome has a file with a change on each line.
    fn read(folder: &Path) -> Result<Counted> {
        let count = |outcome: &str| -> Result<u64> {
            let path = folder.join(outcome).with_extension("txt");
            let text =
                fs::read_to_string(&path).with_context(|| format!("{} is not there", path.display()))?;
            Ok(text.lines().filter(|line| !line.is_empty()).count() as u64)
        };
        Ok(Counted {
            caught: count("caught")?,
            missed: count("missed")?,
            timeout: count("timeout")?,
            unviable: count("unviable")?,
        })
    }

    /// Of a hundred that compile. One that makes the tests run for ever is noticed.
    fn noticed(&self) -> f64 {
        let all = self.caught + self.timeout + self.missed;
        if all == 0 {
            return 100.0;
        }
        (self.caught + self.timeout) as f64 * 100.0 / all as f64
    }

    fn summary(&self, part: &Part, shard: Option<&str>, results: &Path) -> String {
        let of = self.caught + self.timeout + self.missed;
        let piece = shard.map(|shard| format!(" (piece {shard})")).unwrap_or_default();
        format!(
            "{}{piece}: {:.1} % of {of} changes noticed, the bar is {:.0} %; {} missed, {} do not compile; {}",
            part.name,
            self.noticed(),
            part.bar,
            self.missed,
            self.unviable,
            results.join("mutants.out/missed.txt").display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_mutant_is_noticed_and_one_that_does_not_compile_does_not_count() {
        let counted = Counted {
            caught: 17,
            missed: 1,
            timeout: 2,
            unviable: 9,
        };
        assert!((counted.noticed() - 95.0).abs() < 0.01);
        assert!((Counted::default().noticed() - 100.0).abs() < 0.01);
    }

    #[test]
    fn the_rules_are_taken_whole_and_of_the_rest_a_piece_is_drawn() {
        let piece = |name: &str, drawn| {
            let part = PARTS.iter().find(|part| part.name == name).unwrap();
            drawn_piece(part, drawn)
        };
        assert_eq!(piece("trail", 83), None);
        assert_eq!(piece("core", 83).as_deref(), Some("3/40"));
        assert_eq!(piece("engine", 120).as_deref(), Some("0/40"));
    }

    #[test]
    fn a_part_that_is_not_there_is_refused_by_name() {
        let read = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
            Wanted::read(&arguments)
        };
        assert!(read(&["tral"]).is_err() && read(&["trail", "--shard"]).is_err());
        let wanted = read(&["trail", "--shard", "2/8", "--list"]).unwrap();
        assert!(wanted.list && wanted.shard.as_deref() == Some("2/8"));
        assert!(wanted.wants(&PARTS[0]) && !wanted.wants(&PARTS[1]));
    }
}
