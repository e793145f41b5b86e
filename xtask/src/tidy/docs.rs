//! Documents that name what is there.

use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[&Check {
    name: "documents",
    rule: "A document names files that exist.",
    way_out: "Name the file as it is called now; when it went, the sentence about it goes too.",
    find,
}];

/// Made by building, so never tracked.
const BUILT: &[&str] = &["ui/dist", "ui/node_modules", "ui/src/lib/paraglide"];

fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
        for (index, line) in text.lines().enumerate() {
            let gone = in_backticks(line)
                .filter(|name| looks_like_a_path(tree, name))
                .filter(|name| !there(tree, name));
            findings.extend(gone.map(|name| Finding::new(path, index + 1, format!("{name} does not exist"))));
            let links = targets(line)
                .map(|target| from(path, target))
                .filter(|target| !there(tree, target));
            findings.extend(
                links.map(|target| {
                    Finding::new(path, index + 1, format!("the link to {target} leads nowhere"))
                }),
            );
        }
    }
    findings
}

fn there(tree: &Tree, name: &str) -> bool {
    let name = name.trim_end_matches('/');
    name.is_empty() || tree.has(name) || BUILT.iter().any(|built| name.starts_with(built))
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A path from the root of the clone, without patterns: its first folder is one of ours.
fn looks_like_a_path(tree: &Tree, name: &str) -> bool {
    let plain = name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "/._-".contains(character));
    plain
        && name
            .split_once('/')
            .is_some_and(|(first, _)| first != "." && tree.has(first))
}

/// The local targets of Markdown links, without their anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', '#', ' ']).next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// A link's target from the root, as seen from the document that holds it.
fn from(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, text: &str) -> Vec<String> {
        let tree = Tree::sample(&[
            ("crates/client/src/outbox.rs", ""),
            ("docs/rules.md", ""),
            (document, text),
        ]);
        find(&tree).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_file_that_a_walkthrough_names_is_there() {
        assert_eq!(
            found(
                "A.md",
                "See `crates/client/src/outbox.rs`, `crates/client/src/` and `POST /v1/sync`."
            ),
            [""; 0]
        );
        assert_eq!(
            found("A.md", "See `crates/client/src/inbox.rs`."),
            ["crates/client/src/inbox.rs does not exist"]
        );
        assert_eq!(
            found("A.md", "Files like `crates/*/src/x.rs`, sites like `example/x`."),
            [""; 0]
        );
    }

    #[test]
    fn a_link_leads_somewhere() {
        assert_eq!(
            found(
                "docs/a.md",
                "[rules](rules.md#words), [out](../crates/client), [web](https://x.nl/y)"
            ),
            [""; 0]
        );
        assert_eq!(
            found("docs/a.md", "[plan](plan.md)"),
            ["the link to docs/plan.md leads nowhere"]
        );
    }
}
