//! Which test proves which rule of `docs/rules.md`.
//!
//! A rule is a list item `- **P5** *due* ...` or `- **P5** *later* ...`. A test proves it by naming it in a comment
//! (`// P5`), above its function or inside. In `tests/` every function counts: all that is there is a test.

use std::collections::BTreeMap;

use super::source::{is_test_file, lines, names};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "proofs",
        rule: "Every rule that is due is proved by a test that names it.",
        way_out: "Write the test, named after the rule in words, with a comment like `// P5` above it.",
        find: unproved,
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

fn unproved(tree: &Tree) -> Vec<Finding> {
    let rules: Vec<_> = rules(tree).into_iter().flatten().collect();
    let proofs = proofs(tree, &rules);
    rules
        .iter()
        .filter(|rule| rule.due && !proofs.contains_key(rule.id.as_str()))
        .map(|rule| {
            Finding::new(
                RULES,
                rule.line,
                format!("{} is due and no test names it", rule.id),
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
        let tests = proofs.get(rule.id.as_str()).map_or(&[][..], Vec::as_slice);
        let none = if rule.due { "no test" } else { "" };
        text += &format!(
            "{:<4}{:<7}{}\n",
            rule.id,
            if rule.due { "due" } else { "later" },
            tests.first().map_or(none, String::as_str)
        );
        for test in tests.iter().skip(1) {
            text += &format!("{:11}{test}\n", "");
        }
    }
    text
}

/// Per rule the tests that name it, as `name (file)`.
fn proofs<'a>(tree: &Tree, rules: &'a [Rule]) -> BTreeMap<&'a str, Vec<String>> {
    let mut proofs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in tree
        .files()
        .filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".ts"))
    {
        for (comment, test) in comments_of_tests(path, text) {
            for rule in rules.iter().filter(|rule| names_rule(comment, &rule.id)) {
                let test = format!("{test} ({path})");
                let tests = proofs.entry(&rule.id).or_default();
                if !tests.contains(&test) {
                    tests.push(test);
                }
            }
        }
    }
    proofs
}

/// `S3` stands in "S3, P5" and not in "S3-compatible".
fn names_rule(comment: &str, id: &str) -> bool {
    names(&comment.replace('-', "_"), id)
}

/// Each comment that belongs to a test, with the test's name: those above it and those inside.
fn comments_of_tests<'a>(path: &str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    let script = path.ends_with(".ts");
    if script && !is_test_file(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut waiting = Vec::new(); // comments of which it is not known yet what they speak of
    let mut marked = false; // by an attribute such as #[tokio::test]
    let mut current = None;
    for line in lines(text) {
        if line.code.starts_with("#[") {
            marked |= line.code.contains("test") && !line.code.contains("cfg(test)");
        } else if let Some(name) = if script {
            script_test(line.code)
        } else {
            function(line.code)
        } {
            current = (script || marked || path.starts_with("tests/")).then_some(name);
            marked = false;
        }
        if !line.comment.is_empty() {
            waiting.push(line.comment);
        }
        if !line.code.is_empty() && !line.code.starts_with("#[") {
            let comments = waiting.drain(..);
            found.extend(comments.filter_map(|comment| Some((comment, current?))));
        }
    }
    found
}

/// The name in `pub async fn name(`.
fn function(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let item = before
        .split_whitespace()
        .all(|word| word.starts_with("pub") || ["async", "const", "crate)"].contains(&word));
    let name = after.split(['(', '<']).next()?.trim();
    (item && !name.is_empty()).then_some(name)
}

/// The name in `it('name', ...`.
fn script_test(code: &str) -> Option<&str> {
    let call = ["it", "test", "describe"]
        .iter()
        .find_map(|call| code.strip_prefix(call))?;
    let at = call.find(['\'', '"', '`'])?;
    let head = &call[..at];
    if !head.starts_with(['(', '.']) || !head.ends_with('(') {
        return None;
    }
    call[at + 1..].split(&call[at..=at]).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "# Rules\n\n- **P5** *due* Who joins late.\n- **P6** *later* Leaving.\n- **S3** *due* Items.\n";

    fn told(files: &[(&str, &str)]) -> String {
        let mut all = vec![(RULES, DOCUMENT)];
        all.extend(files);
        table(&Tree::sample(&all))
    }

    #[test]
    fn a_rule_that_is_due_and_unproved_is_found() {
        let found = unproved(&Tree::sample(&[(RULES, DOCUMENT)]));
        assert_eq!(
            found.iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [3, 5]
        );
    }

    #[test]
    fn a_test_names_its_rules_above_itself_or_inside() {
        let text = "//! P6 in the file's head proves nothing.\n\n#[cfg(test)]\nmod tests {\n    // P5, and why\n    #[test]\n    \
                    fn late_sees_nothing_earlier() {\n        // S3: from an item\n        assert!(true);\n    }\n\n    // P6 of a helper\n    fn helper() {}\n}\n";
        let told = told(&[("crates/x/src/a.rs", text)]);
        assert!(
            told.contains("P5  due    late_sees_nothing_earlier (crates/x/src/a.rs)"),
            "{told}"
        );
        assert!(told.contains("S3  due    late_sees_nothing_earlier"), "{told}");
        assert!(told.contains("P6  later  \n"), "{told}");
    }

    #[test]
    fn the_comment_above_the_next_test_is_that_tests() {
        let text = "#[cfg(test)]\nmod tests {\n    // P5\n    #[test]\n    fn first() {\n        let a = 1;\n    }\n    // S3\n    #[test]\n    fn second() {}\n}\n";
        let told = told(&[("a.rs", text)]);
        assert!(told.contains("P5  due    first"), "{told}");
        assert!(told.contains("S3  due    second"), "{told}");
    }

    #[test]
    fn stories_and_the_interfaces_tests_count() {
        let story = "// P5\nasync fn joins_late() {}\n";
        let script = "// S3\nit('opens the item\\'s list', () => {});\n";
        let told = told(&[
            ("tests/src/late.rs", story),
            ("ui/src/item.test.ts", script),
            ("ui/src/item.ts", "// P6\n"),
        ]);
        assert!(told.contains("joins_late (tests/src/late.rs)"), "{told}");
        assert!(told.contains("S3  due    opens the item"), "{told}");
        assert!(told.contains("P6  later  \n"), "{told}");
    }

    #[test]
    fn code_that_is_no_test_proves_nothing() {
        let text = "// P5 holds here\nfn decide() {\n    // S3\n}\n";
        let told = told(&[("crates/x/src/a.rs", text)]);
        assert_eq!(told.matches("no test").count(), 2, "{told}");
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
