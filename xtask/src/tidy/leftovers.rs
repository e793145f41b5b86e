//! Notes of work that was left to do, and merges that were not finished.

use super::source::{is_generated, is_test_file, names};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[&Check {
    name: "leftovers",
    rule: "What is here is done: no notes to oneself, no empty bodies, no test that is left out or runs alone.",
    way_out: "Do it, or write an issue and leave no trace of it here.",
    find,
}];

// In two parts, so that this file does not find itself.
const ANYWHERE: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const IN_RUST: &[&str] = &[
    concat!("#[ig", "nore"),
    concat!("unimple", "mented!"),
    concat!("to", "do!"),
];
/// Conflict markers of git, at the beginning of a line.
const MERGE: &[&str] = &[concat!("<<<", "<<<< "), concat!(">>>", ">>>> ")];
const RUNNERS: &[&str] = &["describe", "it", "test", "suite"];
const MARKS: &[&str] = &[".only", ".skip", ".todo", ".fails"];

fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree
        .files()
        .filter(|(path, _)| !is_generated(path) && *path != "LICENSE")
    {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = left(path, line) {
                findings.push(Finding::new(path, index + 1, word));
            }
        }
    }
    findings
}

fn left(path: &str, line: &str) -> Option<String> {
    let anywhere = ANYWHERE
        .iter()
        .find(|word| names(line, word))
        .map(|word| (*word).to_owned());
    let in_rust = || {
        IN_RUST
            .iter()
            .find(|word| path.ends_with(".rs") && line.contains(**word))
            .map(|word| (*word).to_owned())
    };
    let in_script = || {
        let marks = MARKS
            .iter()
            .flat_map(|mark| RUNNERS.iter().map(move |runner| format!("{runner}{mark}")));
        marks
            .into_iter()
            .find(|word| is_test_file(path) && !path.ends_with(".rs") && names(line, word))
    };
    let of_merge = || {
        MERGE
            .iter()
            .find(|mark| line.starts_with(**mark))
            .map(|mark| (*mark).to_owned())
    };
    anywhere.or_else(in_rust).or_else(in_script).or_else(of_merge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        find(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn a_note_to_oneself_is_found_and_a_word_that_holds_it_is_not() {
        assert_eq!(found("a.md", &format!("{}: later", ANYWHERE[0])), 1);
        assert_eq!(found("a.rs", &format!("    {}(\"later\")", IN_RUST[1])), 1);
        assert_eq!(found("a.md", "Alles over METHODOLOGIE"), 0);
    }

    #[test]
    fn a_merge_that_was_not_finished_is_found() {
        assert_eq!(
            found(
                "a.md",
                &format!("{}HEAD\na\n=======\nb\n{}b1c2", MERGE[0], MERGE[1])
            ),
            2
        );
        assert_eq!(found("a.md", "a <<< b\n=======\nKop"), 0);
    }

    #[test]
    fn no_test_is_left_out_or_runs_alone() {
        assert_eq!(found("a.rs", &format!("{}]\nfn a() {{}}", IN_RUST[0])), 1);
        assert_eq!(found("ui/src/a.test.ts", &format!("it{}('a', f)", MARKS[0])), 1);
        assert_eq!(found("a.rs", "names.iter().skip(1)"), 0);
        assert_eq!(found("ui/src/a.ts", "const only = x.only"), 0);
    }
}
