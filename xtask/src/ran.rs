//! Which tests ran and passed: what each step of `cargo xtask test` reports, held against the proofs of the rules.
//!
//! That a test stands in the source is one thing: it may be in a module that nobody declares, compiled for another system,
//! or skipped. A rule that is due holds when a test that proves it ([`crate::tidy`]) ran in this run and passed. Reports
//! are JUnit's (nextest and vitest write it), cargo's own lines where there is no nextest, and what the stories of the real
//! window say of themselves.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::tidy::{Kind, Proof, Tree, due};
use crate::workspace::Workspace;

#[derive(Debug, Default)]
pub(crate) struct Ran {
    rust: Vec<RustTest>,
    /// File and title, with the titles of the groups it is in.
    script: Vec<(String, String)>,
    stories: BTreeSet<String>,
    /// The stories of the real window run on another system.
    pub(crate) without_stories: bool,
}

#[derive(Debug)]
struct RustTest {
    package: String,
    /// Two programs of a package may have tests of one name.
    program: String,
    /// With the modules that it is in.
    name: String,
}

impl Ran {
    /// From a report of nextest's.
    pub(crate) fn add_nextest(&mut self, report: &str) {
        for case in passed(report) {
            // The package, or package and binary.
            let package = case.class.split("::").next().unwrap_or_default();
            self.rust.push(RustTest {
                package: package.to_owned(),
                program: case.class,
                name: case.name,
            });
        }
    }

    /// From a report of vitest's.
    pub(crate) fn add_vitest(&mut self, report: &str) {
        self.script
            .extend(passed(report).into_iter().map(|case| (case.class, case.name)));
    }

    /// From what `cargo test` prints: a line for each program, and under it one for each test.
    pub(crate) fn add_libtest(&mut self, tree: &Tree, output: &str) {
        let (mut program, mut package) = ("", None);
        for line in output.lines().map(str::trim) {
            if let Some(running) = line.strip_prefix("Running ") {
                (program, package) = (running, package_of(tree, running));
            }
            let test = line
                .strip_prefix("test ")
                .and_then(|test| test.strip_suffix(" ... ok"));
            if let (Some(test), Some(package)) = (test, &package) {
                let test = test.split(" - should panic").next().unwrap_or(test);
                self.rust.push(RustTest {
                    package: package.clone(),
                    program: program.to_owned(),
                    name: test.to_owned(),
                });
            }
        }
    }

    /// From the output of the program of the real window: a line for each story that ran to its end.
    pub(crate) fn add_stories(&mut self, output: &str) {
        for line in output.lines() {
            if let Some((name, rest)) = line.split_once(": ")
                && rest.ends_with(" s)")
                && rest.contains(" pictures, ")
            {
                self.stories.insert(name.to_owned());
            }
        }
    }

    /// Ends well when a test of each rule that is due ran and passed.
    pub(crate) fn prove(&self, workspace: &Workspace) -> Result<()> {
        let tree = Tree::of(&workspace.root)?;
        let rules = due(&tree);
        let missing = self.missing(&rules);
        for line in &missing {
            println!("{line}");
        }
        match missing.len() {
            0 => println!(
                "Each of the {} rules that are due was proved in this run.",
                rules.len()
            ),
            1 => bail!("One rule that is due was not proved in this run; it stands above."),
            more => bail!("{more} rules that are due were not proved in this run; they stand above."),
        }
        Ok(())
    }

    fn missing(&self, rules: &[(String, Vec<Proof>)]) -> Vec<String> {
        let proofs: Vec<&Proof> = rules.iter().flat_map(|(_, proofs)| proofs).collect();
        let unproved = rules.iter().filter(|(_, of_rule)| {
            let mut sound = of_rule.iter().filter(|proof| proof.weakness.is_none());
            !sound.any(|proof| self.has(proof, &proofs))
        });
        unproved
            .map(|(rule, of_rule)| {
                let sound = of_rule.iter().filter(|proof| proof.weakness.is_none());
                let names: Vec<String> = sound.map(|proof| format!("\n    {proof}")).collect();
                format!(
                    "  {rule}: no test that proves it ran and passed, of {}{}",
                    names.len(),
                    names.concat()
                )
            })
            .collect()
    }

    fn has(&self, proof: &Proof, all: &[&Proof]) -> bool {
        match &proof.kind {
            Kind::Story => self.without_stories || self.stories.contains(&proof.name),
            Kind::Rust { package } => {
                let ran = self.rust.iter().filter(|test| {
                    test.package == *package && test.name.rsplit("::").next() == Some(proof.name.as_str())
                });
                let ran: BTreeSet<_> = ran.map(|test| (&test.program, &test.name)).collect();
                // Of two that bear one name in a package both must have run, since a report does not name the file.
                let namesakes: BTreeSet<_> = all
                    .iter()
                    .filter(|other| other.kind == proof.kind && other.name == proof.name)
                    .map(|other| (&other.path, other.line))
                    .collect();
                ran.len() >= namesakes.len().max(1)
            }
            Kind::Script => self.script.iter().any(|(file, title)| {
                let title = title.rsplit(" > ").next().unwrap_or(title);
                proof.path.ends_with(file.as_str()) && fits(&proof.name, title)
            }),
        }
    }
}

/// A test that passed, as JUnit's report names it.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    class: String,
    name: String,
}

fn passed(report: &str) -> Vec<Case> {
    let of_all = cases(report).into_iter();
    let passed = of_all.filter(|(_, outcome)| *outcome == CaseOutcome::Passed);
    passed.map(|(case, _)| case).collect()
}

/// The names of the tests that a report says failed.
pub(crate) fn failed(report: &str) -> Vec<String> {
    let of_all = cases(report).into_iter();
    let failed = of_all.filter(|(_, outcome)| *outcome == CaseOutcome::Failed);
    failed
        .map(|(case, _)| format!("{} {}", case.class, case.name))
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CaseOutcome {
    Passed,
    Failed,
    Skipped,
}

fn cases(report: &str) -> Vec<(Case, CaseOutcome)> {
    let mut cases = Vec::new();
    for case in report.split("<testcase ").skip(1) {
        let Some(end) = end_of_tag(case) else { continue };
        let (tag, rest) = case.split_at(end);
        let inside = if tag.ends_with('/') {
            ""
        } else {
            rest.split("</testcase>").next().unwrap_or(rest)
        };
        let outcome = if ["<failure", "<error"].iter().any(|mark| inside.contains(mark)) {
            CaseOutcome::Failed
        } else if inside.contains("<skipped") {
            CaseOutcome::Skipped
        } else {
            CaseOutcome::Passed
        };
        if let (Some(class), Some(name)) = (attribute(tag, "classname"), attribute(tag, "name")) {
            cases.push((Case { class, name }, outcome));
        }
    }
    cases
}

/// A bracket in quotes ends no tag.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '"';
        (character == '>' && !quoted).then_some(at)
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = format!("{name}=\"");
    let at = tag.match_indices(&from).find(|(at, _)| {
        let before = tag[..*at].chars().next_back();
        before.is_none_or(char::is_whitespace)
    });
    let value = tag[at?.0 + from.len()..].split('"').next()?;
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    Some(
        entities
            .iter()
            .fold(value.to_owned(), |text, (entity, character)| {
                text.replace(entity, character)
            }),
    )
}

/// Whether a title of a run is one that was written, with the places filled in that a case fills in.
fn fits(written: &str, ran: &str) -> bool {
    let written = written.replace("\\'", "'").replace("\\\"", "\"");
    let mut rest = ran;
    for (place, piece) in pieces(&written).iter().enumerate() {
        match rest.find(piece.as_str()) {
            Some(at) if place > 0 || at == 0 => rest = &rest[at + piece.len()..],
            _ => return false,
        }
    }
    written.contains(['%', '$']) || rest.is_empty()
}

/// The parts of a text around `%s`, `$name` and `${…}`.
fn pieces(written: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '%' => {
                characters.next();
                pieces.push(String::new());
            }
            '$' => {
                let of_name = |next: &char| next.is_alphanumeric() || "_.{}".contains(*next);
                while characters.next_if(of_name).is_some() {}
                pieces.push(String::new());
            }
            other => {
                if let Some(last) = pieces.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    pieces
}

/// The package whose program cargo says it is running: `unittests src/lib.rs (target/debug/deps/client-0123)`.
fn package_of(tree: &Tree, running: &str) -> Option<String> {
    let program = running.rsplit(['/', '\\']).next()?;
    let name = program
        .split('.')
        .next()?
        .trim_end_matches(')')
        .rsplit_once('-')?
        .0;
    let named = |manifest: &str| -> Option<String> {
        let line = manifest.lines().find_map(|line| line.strip_prefix("name = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let manifests = tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    for (path, manifest) in manifests {
        let folder = path.trim_end_matches("Cargo.toml");
        let Some(package) = named(manifest) else { continue };
        let unit = running.contains("unittests ");
        let is_it = if unit {
            package.replace('-', "_") == name.replace('-', "_")
                || tree.has(&format!("{folder}src/bin/{name}.rs"))
        } else {
            tree.has(&format!("{folder}tests/{name}.rs"))
                || tree.has(&format!("{folder}tests/{name}/main.rs"))
        };
        if is_it {
            return Some(package);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "- **P5** *due* Who joins late.\n- **L1** *due* The button.\n- **S3** *due* Items.\n";

    fn sample() -> Tree {
        Tree::sample(&[
            ("docs/rules.md", DOCUMENT),
            ("crates/x/Cargo.toml", "[package]\nname = \"x\"\n"),
            (
                "crates/x/tests/rules/late.rs",
                "// P5\n#[test]\nfn late() {\n    assert!(seen());\n}\n",
            ),
            ("crates/x/tests/rules/main.rs", "mod late;\n"),
            (
                "ui/src/a.test.ts",
                "// L1\nit('counts %s of $all, isn\\'t it', () => { expect(a).toBe(1); });\n",
            ),
            (
                "tests/src/window/item.rs",
                "// S3\nasync fn play() -> Result<()> {\n    ensure!(seen());\n    Ok(())\n}\n",
            ),
        ])
    }

    fn missing(ran: &Ran) -> Vec<String> {
        let missing = ran.missing(&due(&sample()));
        missing
            .iter()
            .map(|line| line.trim().split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    const NEXTEST: &str = "<testsuite name=\"x::rules\">\n<testcase name=\"late::late\" classname=\"x::rules\" time=\"0.1\">\n</testcase>\n</testsuite>";
    const VITEST: &str = "<testcase classname=\"src/a.test.ts\" name=\"the button &gt; counts 3 of 4, isn&apos;t it\" time=\"0.1\">\n</testcase>";
    const STORY: &str = "item: a conversation about an item (12 pictures, 31.5 s)\n";

    #[test]
    fn a_report_names_the_tests_that_failed_and_not_those_that_were_skipped() {
        let failed_one = NEXTEST.replace("\n</testcase>", "<failure message=\"no\"/>\n</testcase>");
        assert_eq!(failed(&failed_one), ["x::rules late::late"]);
        let skipped = NEXTEST.replace("\n</testcase>", "<skipped/>\n</testcase>");
        assert_eq!(failed(&skipped), [""; 0]);
        assert_eq!(failed(NEXTEST), [""; 0]);
    }

    #[test]
    fn a_rule_holds_when_a_test_that_proves_it_ran_and_passed() {
        let mut ran = Ran::default();
        assert_eq!(missing(&ran), ["P5", "L1", "S3"]);
        ran.add_nextest(NEXTEST);
        assert_eq!(missing(&ran), ["L1", "S3"]);
        ran.add_vitest(VITEST);
        assert_eq!(missing(&ran), ["S3"]);
        ran.add_stories(STORY);
        assert_eq!(missing(&ran), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_failed_or_was_skipped_or_is_anothers_proves_nothing() {
        for mark in ["<failure message=\"a &lt; b\"/>", "<error/>", "<skipped/>"] {
            let mut ran = Ran::default();
            ran.add_nextest(&NEXTEST.replace("\n</testcase>", &format!("{mark}</testcase>")));
            ran.add_vitest(&VITEST.replace("\n</testcase>", &format!("{mark}</testcase>")));
            assert_eq!(missing(&ran).len(), 3, "{mark}");
        }
        let mut ran = Ran::default();
        ran.add_nextest(&NEXTEST.replace("x::rules", "y::rules"));
        ran.add_nextest(&NEXTEST.replace("late::late", "late::later"));
        ran.add_vitest(&VITEST.replace("a.test.ts", "b.test.ts"));
        ran.add_vitest(&VITEST.replace("isn&apos;t it", "is it"));
        ran.add_stories("item failed: the window (12 pictures, 31.5 s) did not open\n");
        assert_eq!(missing(&ran).len(), 3);
    }

    #[test]
    fn of_two_tests_of_one_name_in_a_package_both_must_have_run() {
        let another = "// P5\n#[test]\nfn late() {\n    assert!(seen());\n}\n";
        let mut files: Vec<(&str, &str)> = Vec::new();
        let tree = sample();
        files.extend(tree.files());
        files.push(("crates/x/src/nowhere.rs", another));
        let mut ran = Ran::default();
        ran.add_nextest(NEXTEST);
        let rules = due(&Tree::sample(&files));
        assert!(ran.missing(&rules).iter().any(|line| line.contains("P5")));
        ran.add_nextest(&NEXTEST.replace("late::late", "nowhere::late"));
        assert!(!ran.missing(&rules).iter().any(|line| line.contains("P5")));
    }

    #[test]
    fn the_output_of_cargo_is_read_without_nextest() {
        let printed = "     Running unittests src/lib.rs (target/debug/deps/x-0123456789abcdef)\n\ntest late::late ... ok\n";
        let elsewhere = printed.replace("/x-", "/y-");
        let integration = printed.replace(
            "unittests src/lib.rs (target/debug/deps/x-",
            "tests/rules/main.rs (target/debug/deps/rules-",
        );
        for (output, left) in [
            (printed, 2),
            (&integration, 2),
            (&integration.replace('/', "\\"), 2),
            (&elsewhere, 3),
            (&printed.replace("... ok", "... FAILED"), 3),
            (&printed.replace("... ok", "... ignored"), 3),
        ] {
            let mut ran = Ran::default();
            ran.add_libtest(&sample(), output);
            assert_eq!(missing(&ran).len(), left, "{output}");
        }
    }

    #[test]
    fn stories_of_the_window_are_left_to_systems_that_open_one() {
        let ran = Ran {
            without_stories: true,
            ..Ran::default()
        };
        assert_eq!(missing(&ran), ["P5", "L1"]);
    }
}
