//! Which test proves which rule of `docs/rules.md`.
//!
//! A rule is a list item `- **P5** *due* ...` or `- **P5** *later* ...`. A test proves it by naming it in a
//! comment (`// P5`), above its function or inside, and by asserting something, itself or in a helper that it
//! calls. A test that is skipped, compiled for some other purpose, or may end before its last assertion
//! proves nothing. Tests are those of Rust, the stories of the real window (`play` in `tests/src/window/`),
//! and for behaviour of the screen itself those of the interface.
//!
//! A test in the code need not have run: `cargo xtask test` compares the tests that ran with this
//! ([`crate::ran`]).

mod rust;
mod script;

use std::collections::{BTreeMap, BTreeSet};

use super::scan::Code;
use super::source::{is_test_file, names};
use super::tree::Tree;
use super::{Check, Finding};
use rust::Asserts;

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "proofs",
        rule: "Every rule that is due is proved by a test that names it, asserts something and is always run to its end.",
        way_out: "Write the test, named after the rule in words, with a comment like `// P5` above it.",
        find: unproved,
    },
    &Check {
        name: "empty proofs",
        rule: "A test that names a rule asserts something, and is always run to its end.",
        way_out: "Assert what the rule says where no condition keeps it from being asked, or take the rule's name away.",
        find: empty,
    },
    &Check {
        name: "rules",
        rule: "docs/rules.md lists each rule once, as `- **P5** *due* ...` or `- **P5** *later* ...`.",
        way_out: "Write the item so; a rule has one place.",
        find: malformed,
    },
];

const RULES: &str = "docs/rules.md";

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    line: usize,
    id: String,
    due: bool,
}

/// A list item that begins like a rule, read; or what is wrong with it.
fn rules(tree: &Tree) -> Vec<Result<Rule, Finding>> {
    let text = tree.text(RULES).unwrap_or_default();
    let items = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, line.strip_prefix("- **")?)));
    items
        .map(|(line, item)| {
            let broken = || Finding::new(RULES, line, "this item is neither due nor later");
            let (id, rest) = item.split_once("** ").ok_or_else(broken)?;
            let due = rest.starts_with("*due* ");
            let numbered = id.starts_with(|first: char| first.is_ascii_uppercase())
                && id.len() > 1
                && id[1..].chars().all(|digit| digit.is_ascii_digit());
            if !numbered || !due && !rest.starts_with("*later* ") {
                return Err(broken());
            }
            Ok(Rule {
                line,
                id: id.to_owned(),
                due,
            })
        })
        .collect()
}

fn malformed(tree: &Tree) -> Vec<Finding> {
    if tree.text(RULES).is_none() {
        return vec![Finding::new(RULES, 0, "is missing")];
    }
    let mut seen: Vec<String> = Vec::new();
    let mut findings = Vec::new();
    for rule in rules(tree) {
        match rule {
            Err(finding) => findings.push(finding),
            Ok(rule) if seen.contains(&rule.id) => findings.push(Finding::new(
                RULES,
                rule.line,
                format!("{} stands here twice", rule.id),
            )),
            Ok(rule) => seen.push(rule.id),
        }
    }
    findings
}

/// A test that names rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Proof {
    pub(crate) path: String,
    pub(crate) line: usize,
    /// Of its function; its title; of the story.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Why it proves nothing.
    pub(crate) weakness: Option<Weakness>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A test of a package.
    Rust { package: String },
    /// A test of the interface.
    Script,
    /// Played in the real window.
    Story,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weakness {
    LeftOut,
    CompiledOut,
    ReturnsEarly,
    AssertsPerhaps,
    AssertsNothing,
    /// Holds of what stands for the engine there.
    OnFake,
}

impl Weakness {
    fn sentence(self) -> &'static str {
        match self {
            Self::LeftOut => "may be left out of a run",
            Self::CompiledOut => "is not always compiled",
            Self::ReturnsEarly => "may return before its last assertion",
            Self::AssertsPerhaps => "asserts nothing where a condition does not hold",
            Self::AssertsNothing => "asserts nothing",
            Self::OnFake => "is on a fake of the engine",
        }
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.path)
    }
}

/// A comment, and what it belongs to.
struct Found<'a, T> {
    comment: &'a str,
    of: T,
}

/// Each rule that is due, with its line and the tests that name it.
pub(crate) fn due(tree: &Tree) -> Vec<(String, Vec<Proof>)> {
    let rules: Vec<_> = rules(tree).into_iter().flatten().collect();
    let mut proofs = proofs(tree, &rules);
    let due = rules.iter().filter(|rule| rule.due);
    due.map(|rule| {
        (
            rule.id.clone(),
            proofs.remove(rule.id.as_str()).unwrap_or_default(),
        )
    })
    .collect()
}

fn unproved(tree: &Tree) -> Vec<Finding> {
    let rules: Vec<_> = rules(tree).into_iter().flatten().collect();
    let proofs = proofs(tree, &rules);
    let sound = |rule: &Rule| {
        let mut tests = proofs.get(rule.id.as_str()).into_iter().flatten();
        tests.any(|proof| proof.weakness.is_none())
    };
    let found = rules.iter().filter(|rule| rule.due && !sound(rule));
    found
        .map(|rule| {
            Finding::new(
                RULES,
                rule.line,
                format!("{} is due and no test proves it", rule.id),
            )
        })
        .collect()
}

fn empty(tree: &Tree) -> Vec<Finding> {
    let rules: Vec<_> = rules(tree).into_iter().flatten().collect();
    let all: BTreeSet<Proof> = proofs(tree, &rules).into_values().flatten().collect();
    let weak = all.iter().filter_map(|proof| Some((proof, proof.weakness?)));
    let weak = weak.filter(|(_, weakness)| *weakness != Weakness::OnFake);
    weak.map(|(proof, weakness)| {
        Finding::new(
            &proof.path,
            proof.line,
            format!("`{}` {}", proof.name, weakness.sentence()),
        )
    })
    .collect()
}

/// Every rule with the tests that prove it, for reading.
pub(crate) fn table(tree: &Tree) -> String {
    let rules: Vec<_> = rules(tree).into_iter().flatten().collect();
    let proofs = proofs(tree, &rules);
    let mut text = String::new();
    for rule in &rules {
        let tests = proofs.get(rule.id.as_str()).into_iter().flatten();
        let tests: Vec<_> = tests.filter(|proof| proof.weakness.is_none()).collect();
        let none = if rule.due { "no test" } else { "" };
        text += &format!(
            "{:<4}{:<7}{}\n",
            rule.id,
            if rule.due { "due" } else { "later" },
            tests.first().map_or(none.to_owned(), ToString::to_string)
        );
        for test in tests.iter().skip(1) {
            text += &format!("{:11}{test}\n", "");
        }
    }
    text
}

/// Of what the screen itself does. Tests of the interface run on a fake of the engine, but for those of the files
/// [`ON_THE_REAL_ENGINE`]: of who may do and see what they show how it looks.
const OF_THE_SCREEN: [char; 4] = ['L', 'N', 'U', 'W'];

/// How the names of the files end whose tests play against the real engine and server.
const ON_THE_REAL_ENGINE: &str = ".real.test.ts";

/// Per rule the tests that name it.
fn proofs<'a>(tree: &Tree, rules: &'a [Rule]) -> BTreeMap<&'a str, Vec<Proof>> {
    let mut proofs: BTreeMap<&str, Vec<Proof>> = BTreeMap::new();
    let mut add = |comment: &str, proof: &Proof| {
        for rule in rules.iter().filter(|rule| names_rule(comment, &rule.id)) {
            let mut proof = proof.clone();
            let on_fake = proof.kind == Kind::Script && !proof.path.ends_with(ON_THE_REAL_ENGINE);
            if on_fake && !rule.id.starts_with(OF_THE_SCREEN) {
                proof.weakness = proof.weakness.or(Some(Weakness::OnFake));
            }
            let tests = proofs.entry(&rule.id).or_default();
            if !tests.contains(&proof) {
                tests.push(proof);
            }
        }
    };
    of_rust(tree, &mut add);
    of_scripts(tree, &mut add);
    proofs
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn of_rust(tree: &Tree, add: &mut impl FnMut(&str, &Proof)) {
    let sources = tree.files().filter(|(path, _)| path.ends_with(".rs"));
    let sources: Vec<_> = sources
        .map(|(path, text)| (path, text, Code::rust(text)))
        .collect();
    let mut files = Vec::new();
    for (path, text, code) in &sources {
        files.push((
            *path,
            *text,
            code,
            package(tree, path),
            rust::functions(text, code),
        ));
    }
    // Functions whose call is an assertion: helpers of tests, of the same package and of the same name.
    let mut helpers: BTreeMap<&str, Vec<&rust::Function<'_>>> = BTreeMap::new();
    for (path, _, _, package, functions) in &files {
        // A file of tests may be recognised by the module that names it, or by its tests alone.
        let all = is_test_file(path)
            || path.contains("testing")
            || functions.iter().any(|one| one.is_test && !one.in_tests);
        let helping = functions.iter().filter(|one| all || one.in_tests);
        helpers.entry(package).or_default().extend(helping);
    }
    let asserting: BTreeMap<&str, BTreeSet<&str>> = helpers
        .iter()
        .map(|(package, all)| (*package, asserting(all)))
        .collect();
    for (path, text, code, package, functions) in &files {
        for Found { comment, of } in rust::found(code, functions) {
            let story = story(path, of.name);
            if !of.is_test && story.is_none() {
                continue;
            }
            let helped = asserting.get(package.as_str());
            let helped = helped.is_some_and(|helpers| of.calls.iter().any(|call| helpers.contains(call)));
            let asserts = match of.asserts {
                _ if helped => None,
                Asserts::Something => None,
                Asserts::Perhaps => Some(Weakness::AssertsPerhaps),
                Asserts::Nothing => Some(Weakness::AssertsNothing),
            };
            let package = package.clone();
            let proof = Proof {
                path: (*path).to_owned(),
                line: line_of(text, of.span.start),
                kind: if story.is_some() {
                    Kind::Story
                } else {
                    Kind::Rust { package }
                },
                name: story.unwrap_or_else(|| of.name.to_owned()),
                weakness: of.weakness.or(asserts),
            };
            add(comment, &proof);
        }
    }
}

/// Names of functions that assert something, or call one that does.
fn asserting<'a>(functions: &[&rust::Function<'a>]) -> BTreeSet<&'a str> {
    let own = functions.iter().filter(|one| one.asserts > Asserts::Nothing);
    let mut known: BTreeSet<&str> = own.map(|one| one.name).collect();
    loop {
        let calls = |one: &&&rust::Function<'a>| one.calls.iter().any(|call| known.contains(call));
        let more: Vec<_> = functions.iter().filter(calls).map(|one| one.name).collect();
        let before = known.len();
        known.extend(more);
        if known.len() == before {
            return known;
        }
    }
}

/// The story of the real window in a function.
fn story(path: &str, function: &str) -> Option<String> {
    if function != "play" {
        return None;
    }
    if path == "tests/src/demo/play.rs" {
        return Some("consult".into());
    }
    let file = path.strip_prefix("tests/src/window/")?.strip_suffix(".rs")?;
    Some(file.replace('_', "-"))
}

/// The package that a file belongs to, by the manifest nearest to it.
fn package(tree: &Tree, path: &str) -> String {
    let folders = path.match_indices('/').map(|(at, _)| &path[..=at]);
    let mut manifests = folders.filter_map(|folder| tree.text(&format!("{folder}Cargo.toml")));
    let name = |manifest: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix("name = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    manifests.next_back().and_then(name).unwrap_or_default()
}

fn of_scripts(tree: &Tree, add: &mut impl FnMut(&str, &Proof)) {
    let scripted = [".ts", ".js", ".mjs"];
    let sources = tree
        .files()
        .filter(|(path, _)| scripted.iter().any(|end| path.ends_with(end)));
    let sources = sources.filter(|(path, _)| is_test_file(path) || path.contains("/testing/"));
    let sources: Vec<_> = sources
        .map(|(path, text)| (path, text, Code::script(text)))
        .collect();
    let files: Vec<_> = sources
        .iter()
        .map(|(path, text, code)| (*path, *text, code, script::file(text, code)))
        .collect();
    // Those that all files share, and those of the file itself.
    let shared = files.iter().filter(|(path, ..)| path.contains("/testing/"));
    let shared: BTreeSet<&str> = shared.flat_map(|(.., file)| helping(file)).collect();
    for (path, text, code, file) in &files {
        let own: BTreeSet<&str> = helping(file).into_iter().collect();
        for Found { comment, of } in script::found(code, file) {
            let expects = of.expects(&|name| own.contains(name) || shared.contains(name));
            let proof = Proof {
                path: (*path).to_owned(),
                line: line_of(text, of.span.start),
                name: of.title.to_owned(),
                kind: Kind::Script,
                weakness: of.weakness.or((!expects).then_some(Weakness::AssertsNothing)),
            };
            add(comment, &proof);
        }
    }
}

/// Functions of a file that expect something, or call one that does.
fn helping<'a>(file: &script::File<'a>) -> Vec<&'a str> {
    let mut known = file.expecting.clone();
    loop {
        let before = known.len();
        for (name, calls) in &file.functions {
            if !known.contains(name) && calls.iter().any(|call| known.contains(call)) {
                known.push(name);
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// `S3` stands in "S3, P5" and not in "S3-compatible".
fn names_rule(comment: &str, id: &str) -> bool {
    comment.contains(id) && names(&comment.replace('-', "_"), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Rules\n\n- **P5** *due* Who joins late.\n- **P6** *later* Leaving.\n- **S3** *due* Items.\n\
                            - **L1** *due* The button.\n";

    fn all(files: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let mut all = vec![(RULES, DOCUMENT)];
        all.extend(files);
        let tree = Tree::sample(&all);
        let rules: Vec<_> = rules(&tree).into_iter().flatten().collect();
        let mut found = Vec::new();
        for (rule, proofs) in proofs(&tree, &rules) {
            let rule = ["P5", "P6", "S3", "L1"]
                .into_iter()
                .find(|id| *id == rule)
                .unwrap();
            found.extend(proofs.iter().map(|proof| match proof.weakness {
                None => (rule, proof.name.clone()),
                Some(weakness) => (rule, format!("{} {}", proof.name, weakness.sentence())),
            }));
        }
        found
    }

    fn of(path: &str, text: &str) -> Vec<(&'static str, String)> {
        all(&[(path, text)])
    }

    fn one(rule: &'static str, expected: &str) -> Vec<(&'static str, String)> {
        vec![(rule, expected.to_owned())]
    }

    #[test]
    fn a_rule_that_is_due_and_unproved_is_found() {
        let lines = |files: &[(&str, &str)]| -> Vec<usize> {
            unproved(&Tree::sample(files))
                .iter()
                .map(|finding| finding.line)
                .collect()
        };
        assert_eq!(lines(&[(RULES, DOCUMENT)]), [3, 5, 6]);
        let proof = "// P5, S3, L1\n#[test]\nfn late() {\n    assert!(seen());\n}\n";
        assert_eq!(lines(&[(RULES, DOCUMENT), ("crates/x/src/a.rs", proof)]), []);
        let nothing = "// P5, S3, L1\n#[test]\nfn late() {}\n";
        assert_eq!(
            lines(&[(RULES, DOCUMENT), ("crates/x/src/a.rs", nothing)]),
            [3, 5, 6]
        );
    }

    #[test]
    fn a_test_names_its_rules_above_itself_or_inside() {
        let text = "//! P6 in the file's head proves nothing.\n\n#[cfg(test)]\nmod tests {\n    // P5, and why\n    #[test]\n    \
                    fn late() {\n        // S3: from an item\n        assert!(seen);\n    }\n\n    // P6 of a helper\n    fn helper() {}\n}\n";
        assert_eq!(
            of("crates/x/src/a.rs", text),
            [("P5", "late".into()), ("S3", "late".into())]
        );
    }

    #[test]
    fn the_comment_above_the_next_test_is_that_tests() {
        let text = "#[cfg(test)]\nmod tests {\n    // P5\n    #[test]\n    fn first() {\n        assert_eq!(a, 1);\n    }\n    // S3\n    \
                    #[tokio::test(flavor = \"current_thread\")]\n    async fn second() {\n        check(a);\n    }\n    fn check(a: u8) {\n        \
                    assert!(a > 1);\n    }\n}\n";
        assert_eq!(
            of("a.rs", text),
            [("P5", "first".into()), ("S3", "second".into())]
        );
    }

    #[test]
    fn a_test_that_asserts_nothing_proves_nothing() {
        for body in [
            "",
            "let a = decide();",
            "assert!(true);",
            "assert_eq!(1, 1);",
            "// assert!(seen());",
            "/* assert!(seen()); */",
            "let a = \"assert!(seen())\";",
            "let a = r#\"assert!(seen())\"#;",
            "nothing();",
        ] {
            let text = format!("// P5\n#[test]\nfn late() {{\n    {body}\n}}\nfn nothing() {{}}\n");
            assert_eq!(of("a.rs", &text), one("P5", "late asserts nothing"), "{body}");
        }
        let perhaps = "// P5\n#[test]\nfn late() {\n    if ready() {\n        assert!(seen());\n    }\n}\n";
        let expected = "late asserts nothing where a condition does not hold";
        assert_eq!(of("a.rs", perhaps), one("P5", expected));
    }

    #[test]
    fn failing_the_test_in_any_other_way_is_asserting() {
        for body in [
            "assert!(seen());",
            "prop_assert_eq!(a, b);",
            "ensure!(seen(), \"not\");",
            "let Some(a) = b else { panic!(\"none\") };",
            "if !seen() { panic!(\"not\"); }",
            "decide().unwrap_err();",
            "if ready() { grow(); } assert!(seen());",
            "let all = |one: u8| { return one > 1; }; assert!(all(a));",
            "check(a);",
            "check::<u8>(a);",
            "Check::new().check(a);",
        ] {
            let text = format!(
                "// P5\n#[test]\nfn late() {{\n    {body}\n}}\nfn check(a: u8) {{\n    deeper(a);\n}}\nfn deeper(a: u8) {{\n    assert!(a > 1);\n}}\n"
            );
            assert_eq!(of("a.rs", &text), one("P5", "late"), "{body}");
        }
        let panics = "// P5\n#[test]\n#[should_panic(expected = \"x\")]\nfn late() {\n    decide();\n}\n";
        assert_eq!(of("a.rs", panics), one("P5", "late"));
    }

    #[test]
    fn a_test_that_may_end_before_its_last_assertion_proves_nothing() {
        let expected = one("P5", "late may return before its last assertion");
        for body in [
            "return;\n    assert!(seen());",
            "if !mounted() {\n        return;\n    }\n    assert!(seen());",
            "let Ok(a) = mount() else { return Ok(()) };\n    check(a);",
        ] {
            let text = format!(
                "// P5\n#[test]\nfn late() {{\n    {body}\n}}\nfn check(a: u8) {{\n    assert!(a > 1);\n}}\n"
            );
            assert_eq!(of("a.rs", &text), expected, "{body}");
        }
        let fails = "// P5\n#[test]\nfn late() {\n    if a { return Err(b); }\n    assert!(seen());\n}\n";
        assert_eq!(of("a.rs", fails), one("P5", "late"));
    }

    #[test]
    fn a_test_that_is_left_out_or_compiled_elsewhere_proves_nothing() {
        // In parts, so that no other check takes this for a test that is left out.
        let ignored = ["ign", "ore"].concat();
        for (attribute, expected) in [
            (format!("#[{ignored}]"), "late may be left out of a run"),
            (
                format!("#[{ignored} = \"slow\"]"),
                "late may be left out of a run",
            ),
            (
                format!("#[cfg_attr(not(ci), {ignored})]"),
                "late may be left out of a run",
            ),
            ("#[cfg(any())]".into(), "late is not always compiled"),
            ("#[cfg(feature = \"slow\")]".into(), "late is not always compiled"),
            ("#[cfg(unix)]".into(), "late"),
        ] {
            let text = format!("// P5\n#[test]\n{attribute}\nfn late() {{\n    assert!(seen());\n}}\n");
            assert_eq!(of("a.rs", &text), one("P5", expected), "{attribute}");
            let whole = format!(
                "#!{}\n// P5\n#[test]\nfn late() {{\n    assert!(seen());\n}}\n",
                &attribute[1..]
            );
            assert_eq!(of("a.rs", &whole), one("P5", expected), "{attribute} of a file");
            let module = format!(
                "{attribute}\nmod tests {{\n    // P5\n    #[test]\n    fn late() {{\n        assert!(seen());\n    }}\n}}\n"
            );
            assert_eq!(
                of("a.rs", &module),
                one("P5", expected),
                "{attribute} of a module"
            );
        }
    }

    #[test]
    fn the_stories_of_the_real_window_count_and_their_helpers_do_not() {
        let story = "// P5\npub async fn play(scene: &Scene) -> Result<()> {\n    ensure!(scene.sees(), \"not\");\n    Ok(())\n}\n\n// S3\n\
                     async fn start() {\n    ensure!(true == seen());\n}\n";
        assert_eq!(of("tests/src/window/hand_over.rs", story), one("P5", "hand-over"));
        assert_eq!(of("tests/src/simulation/join_leave_paths.rs", story), []);
    }

    #[test]
    fn the_interfaces_tests_prove_behaviour_of_the_screen() {
        let script = "// L1\nit('opens the item\\'s list', () => {\n  expect(list()).toBe(1);\n});\n\ndescribe('all', () => {\n  // L1\n  \
                      it.each([1])('of %s', (a) => { check(a); });\n});\nfunction check(a: number) { expect(a).toBe(1); }\n";
        let expected = [("L1", "opens the item\\'s list".into()), ("L1", "of %s".into())];
        assert_eq!(of("ui/src/item.test.ts", script), expected);
        assert_eq!(of("ui/src/item.ts", script), []);
        // On a fake of the engine, who may see what is shown and not proved.
        let who = "// P5\nit('adds nobody', () => { expect(list()).toBe(1); });\n";
        assert_eq!(
            of("ui/src/item.test.ts", who),
            one("P5", "adds nobody is on a fake of the engine")
        );
        assert_eq!(of("ui/src/item.real.test.ts", who), one("P5", "adds nobody"));
    }

    #[test]
    fn a_test_of_the_interface_that_is_not_run_or_expects_nothing_proves_nothing() {
        let fails = ["fa", "ils"].concat();
        let out = "a may be left out of a run";
        for (test, expected) in [
            ("it.skipIf(slow)('a', () => { expect(b).toBe(1); });", out),
            ("it.runIf(fast)('a', () => { expect(b).toBe(1); });", out),
            (&format!("it.{fails}('a', () => {{ expect(b).toBe(1); }});"), out),
            (
                "describe.skipIf(slow)('c', () => { it('a', () => { expect(b).toBe(1); }); });",
                out,
            ),
            ("it('a', () => {});", "a asserts nothing"),
            (
                "it('a', () => { expect(true).toBe(true); });",
                "a asserts nothing",
            ),
            ("it('a', () => { expect(1).toBe(1); });", "a asserts nothing"),
            ("it('a', () => { expect.assertions(0); });", "a asserts nothing"),
            (
                "it('a', () => { /* expect(b).toBe(1); */ });",
                "a asserts nothing",
            ),
            ("it('a', () => { const b = 'expect(b)'; });", "a asserts nothing"),
            (
                "it('a', () => { if (!b) { return; } expect(b).toBe(1); });",
                "a may return before its last assertion",
            ),
            (
                "it('a', () => { const c = d.map((e) => { return e; }); expect(c).toBe(1); });",
                "a",
            ),
            (
                "it('a', async () => { await expect(b()).resolves.toBe(1); });",
                "a",
            ),
            ("it(`a`, () => { expect.soft(b).toBe(1); });", "a"),
        ] {
            assert_eq!(
                of("ui/src/a.test.ts", &format!("// L1\n{test}\n")),
                one("L1", expected),
                "{test}"
            );
        }
    }

    #[test]
    fn code_that_is_no_test_proves_nothing() {
        let text = "// P5 holds here\nfn decide() {\n    // S3\n    assert!(a);\n}\n";
        assert_eq!(of("crates/x/src/a.rs", text), []);
        let attribute = "// P5\n#[tokio::main]\nasync fn main() {\n    assert!(a);\n}\n";
        assert_eq!(of("tests/src/a.rs", attribute), []);
    }

    #[test]
    fn a_storage_protocol_is_not_a_rule() {
        assert!(names_rule("P5, S3", "S3"));
        assert!(!names_rule("S3-compatible", "S3"));
        assert!(!names_rule("S31", "S3"));
    }

    #[test]
    fn an_item_that_is_neither_due_nor_later_is_found() {
        let text =
            "- **P5** Who joins late.\n- **P6** *later* a\n- **P6** *due* b\n- **code** *due* c\n- plain\n";
        let lines: Vec<_> = malformed(&Tree::sample(&[(RULES, text)]))
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [1, 3, 4]);
        assert_eq!(malformed(&Tree::sample(&[])).len(), 1);
    }
}
