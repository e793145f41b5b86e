//! Files that can be read in one go.

use super::source::{is_generated, is_source};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[&Check {
    name: "size",
    rule: "A source file has at most 700 lines, and aims at 400.",
    way_out: "Split it by what changes together; each part's head says what it is.",
    find,
}];

const AIM: usize = 400;
const LIMIT: usize = 700;

fn find(tree: &Tree) -> Vec<Finding> {
    let sources = tree
        .files()
        .filter(|(path, _)| is_source(path) && !is_generated(path));
    sources
        .filter_map(|(path, text)| match text.lines().count() {
            lines if lines > LIMIT => Some(Finding::new(path, 0, format!("{lines} lines"))),
            lines if lines > AIM => Some(Finding::soft(path, format!("{lines} lines"))),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, lines: usize) -> Vec<Finding> {
        find(&Tree::sample(&[(path, &"x\n".repeat(lines))]))
    }

    #[test]
    fn a_long_file_is_reported_and_a_very_long_one_is_refused() {
        assert_eq!(of("a.rs", 400), []);
        assert_eq!(of("a.rs", 401), [Finding::soft("a.rs", "401 lines")]);
        assert_eq!(
            of("ui/src/A.svelte", 701),
            [Finding::new("ui/src/A.svelte", 0, "701 lines")]
        );
    }

    #[test]
    fn generated_files_may_be_long() {
        assert_eq!(of("ui/src/lib/bindings/Event.ts", 900), []);
        assert_eq!(of("Cargo.lock", 9000), []);
    }
}
