//! `cargo xtask test windows`: the tests of engine, server, app and the crates below, as Windows programs under Wine.
//!
//! Wine has no WebView2, so that no window opens here; and where it behaves differently from Windows, a test of it is none of Windows.

use std::fs;

use anyhow::{Result, bail};

use super::wine::Wine;
use super::{TARGET, Toolchain};
use crate::workspace::{Workspace, heard, naming};
use crate::{cross, ui};

const PACKAGES: [&str; 12] = [
    "trail",
    "matching",
    "sealed-file",
    "attachment-kinds",
    "pictures",
    "conversation",
    "platform",
    "sqlite",
    "protocol",
    "client",
    "sync-server",
    "overleg",
];

/// A test that Wine cannot show, and why.
#[derive(Debug)]
struct LeftOut {
    file: &'static str,
    /// As the test program names it.
    name: &'static str,
    why: &'static str,
}

const LEFT_OUT: &[LeftOut] = &[LeftOut {
    file: "sync-server/tests/abuse.rs",
    name: "a_thousand_silent_connections_keep_nobody_out",
    why: "beyond two hundred connections Wine takes seconds for each, so that they are closed for their silence before \
          they are too many",
}];

pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    still_there(workspace)?;
    if !workspace.ui().join("dist/index.html").is_file() {
        ui::build(workspace)?;
    }
    let toolchain = Toolchain::of(workspace)?;
    let wine = Wine::start(&toolchain)?;
    let mut cargo = toolchain.cargo(&["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    cargo.args(["--features", "overleg/custom-protocol"]);
    cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine");
    wine.environment(&mut cargo);
    // The bindings, which a step of their own writes, are written here, too, and to a place where nobody looks.
    cargo.env("TS_RS_EXPORT_DIR", cross::folder(workspace).join("bindings"));
    cargo.args(["--", "--exact"]);
    for one in LEFT_OUT {
        cargo.args(["--skip", one.name]);
    }
    let (output, outcome) = heard(&mut cargo, "A test fails on Windows, or does not compile for it.");
    let ran = Ran::of(&output);
    println!(
        "{} tests passed as programs of {TARGET} under Wine, {} programs",
        ran.passed, ran.programs
    );
    for one in LEFT_OUT {
        println!("  left out: {}: {}", one.name, one.why);
    }
    naming(outcome, &ran.failed)?;
    if ran.passed == 0 {
        bail!("No test ran under Wine.");
    }
    Ok(())
}

/// A test that is gone, or has another name, would be left out for no reason.
fn still_there(workspace: &Workspace) -> Result<()> {
    for one in LEFT_OUT {
        let source = fs::read_to_string(workspace.root.join(one.file)).unwrap_or_default();
        let function = one.name.rsplit("::").next().unwrap_or_default();
        if !source.contains(&format!("fn {function}(")) {
            bail!(
                "{} has no test `{}`, which LEFT_OUT in xtask/src/windows/tests.rs names.",
                one.file,
                one.name
            );
        }
    }
    Ok(())
}

/// The sum of all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ran {
    passed: u64,
    programs: u64,
    failed: Vec<String>,
}

impl Ran {
    fn of(output: &str) -> Self {
        let mut ran = Self::default();
        for line in output.lines().map(str::trim_end) {
            if line.starts_with("test result: ") {
                ran.programs += 1;
                continue;
            }
            // Of a program that ended otherwise than by a test that failed, too.
            if let Some(target) = line.strip_prefix("    `-p ") {
                ran.failed.push(target.trim_end_matches('`').to_owned());
            }
            let Some((name, outcome)) = line
                .strip_prefix("test ")
                .and_then(|rest| rest.rsplit_once(" ... "))
            else {
                continue;
            };
            match outcome {
                "ok" if !name.contains("export_bindings_") => ran.passed += 1,
                "FAILED" => ran.failed.push(name.to_owned()),
                _ => {}
            }
        }
        ran
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn passed_and_failed_tests_are_counted_over_all_programs() {
        let output = "test a::one ... ok\r\ntest a::two ... FAILED\r\n\r\ntest result: FAILED. 1 passed; 1 failed\r\n\
                      test export_bindings_view ... ok\ntest b::three ... ok\ntest result: ok. 2 passed; 0 failed\n\
                      error: 1 target failed:\n    `-p overleg --bin overleg`\n";
        let expected = Ran {
            passed: 2,
            programs: 2,
            failed: vec!["a::two".into(), "overleg --bin overleg".into()],
        };
        assert_eq!(Ran::of(output), expected);
    }
}
