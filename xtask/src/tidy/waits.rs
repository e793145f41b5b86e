//! Tests wait for events, never for the clock on the wall.

use super::source::{first_test_line, lines, without_strings};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[&Check {
    name: "clock waits",
    rule: "No test waits for time to pass: it would be slow on a good day and wrong on a bad one.",
    way_out: "Wait for the event, or advance the test's clock. Asking another program until it answers is different: \
              say so there, in a comment `tidy: waits because ...`.",
    find,
}];

const WAITS: &[&str] = &["thread::sleep", "time::sleep", "waitForTimeout", "page.waitFor("];
const REASON: &str = "tidy: waits because ";

fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        let scripted = [".ts", ".js", ".mjs", ".rs"]
            .iter()
            .any(|end| path.ends_with(end));
        let Some(from) = first_test_line(path, text).filter(|_| scripted) else {
            continue;
        };
        let mut excused = false;
        for line in lines(text) {
            let reason = line.comment.contains(REASON);
            let code = without_strings(line.code);
            let pause = code.contains("setTimeout(") && code.contains("new Promise");
            let wait = WAITS
                .iter()
                .find(|wait| code.contains(**wait))
                .copied()
                .or(pause.then_some("setTimeout"));
            if let Some(wait) = wait.filter(|_| line.number >= from && !excused && !reason) {
                findings.push(Finding::new(
                    path,
                    line.number,
                    format!("{wait} waits for the clock"),
                ));
            }
            // A reason holds for the line after its comment.
            excused = line.code.is_empty() && (reason || excused && !line.comment.is_empty());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        find(&Tree::sample(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_test_that_waits_for_the_clock_is_found() {
        assert_eq!(
            found("tests/src/a.rs", "fn a() {\n    thread::sleep(second);\n}"),
            [2]
        );
        assert_eq!(
            found(
                "a.rs",
                "#[cfg(test)]\nmod tests {\n    tokio::time::sleep(second).await;\n}"
            ),
            [3]
        );
        assert_eq!(
            found(
                "ui/src/a.test.ts",
                "await new Promise((done) => setTimeout(done, 50));"
            ),
            [1]
        );
    }

    #[test]
    fn code_outside_of_tests_may_pace_itself() {
        assert_eq!(
            found("sync-server/src/a.rs", "tokio::time::sleep(pause).await;"),
            []
        );
        assert_eq!(found("ui/src/a.ts", "setTimeout(hide, 3000);"), []);
    }

    #[test]
    fn a_wait_may_give_its_reason() {
        let asking = "// tidy: waits because WebDriver has no event for it,\n// only an answer.\nthread::sleep(moment);\n";
        assert_eq!(found("tests/src/a.rs", asking), []);
        assert_eq!(
            found("tests/src/a.rs", &format!("{asking}thread::sleep(moment);")),
            [4]
        );
    }
}
