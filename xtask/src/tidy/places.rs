//! Each outside world (files, HTTP, SQL, the shell) is met in one place only: what Cargo cannot forbid within a crate.

use super::source::{is_test_file, lines, names};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "no input or output",
        rule: "trail and conversation read no file, no socket and no clock.",
        way_out: "Take the bytes or the time as an argument.",
        find: pure,
    },
    &Check {
        name: "one module speaks HTTP",
        rule: "Of the client, only crates/client/src/http names reqwest.",
        way_out: "Put the request behind a method there, with a type of our own as its answer.",
        find: |tree| named_outside(tree, "crates/client/src/", "crates/client/src/http", "reqwest"),
    },
    &Check {
        name: "SQL in one place",
        rule: "Only sync-server/src/store and crates/client/src/cache name sqlx.",
        way_out: "Put the query into a method of the store; what it hands out is a type of ours.",
        find: |tree| {
            let server = named_outside(tree, "sync-server/src/", "sync-server/src/store", "sqlx");
            let client = named_outside(tree, "crates/client/src/", "crates/client/src/cache", "sqlx");
            server.into_iter().chain(client).collect()
        },
    },
    &Check {
        name: "one file reaches the shell",
        rule: "One file of the interface imports from @tauri-apps.",
        way_out: "Add what you need to that file's interface, and to its fake.",
        find: shell_imports,
    },
];

fn pure(tree: &Tree) -> Vec<Finding> {
    const WORLD: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "Instant::now",
        "tokio",
        "async fn",
    ];
    let sources = tree.files().filter(|(path, _)| {
        let pure = [
            "crates/trail/src/",
            "crates/matching/src/",
            "crates/conversation/src/",
        ]
        .iter()
        .any(|folder| path.starts_with(folder));
        // A program beside the library opens the file whose bytes the library judges.
        pure && path.ends_with(".rs") && !path.contains("/src/bin/")
    });
    let mut findings = Vec::new();
    for (path, text) in sources {
        for line in lines(text) {
            if let Some(word) = WORLD.iter().find(|word| names(line.code, word)) {
                findings.push(Finding::new(path, line.number, format!("names {word}")));
            }
        }
    }
    findings
}

/// Findings of Rust under `folder` that names a library outside `place`, a module as one file or as a folder.
fn named_outside(tree: &Tree, folder: &str, place: &str, library: &str) -> Vec<Finding> {
    let inside = |path: &str| path == format!("{place}.rs") || path.starts_with(&format!("{place}/"));
    let mut findings = Vec::new();
    for (path, text) in tree
        .files()
        .filter(|(path, _)| path.starts_with(folder) && path.ends_with(".rs"))
    {
        if inside(path) {
            continue;
        }
        for line in lines(text).filter(|line| names(line.code, library)) {
            findings.push(Finding::new(
                path,
                line.number,
                format!("names {library} outside {place}"),
            ));
        }
    }
    findings
}

fn shell_imports(tree: &Tree) -> Vec<Finding> {
    let package = "@tauri-apps/";
    let through: Vec<_> = tree
        .files()
        .filter(|(path, _)| path.starts_with("ui/src/") && !is_test_file(path))
        .filter_map(|(path, text)| {
            let line = lines(text).find(|line| line.code.contains(package))?;
            Some((path, line.number))
        })
        .collect();
    if through.len() < 2 {
        return Vec::new();
    }
    through
        .into_iter()
        .map(|(path, line)| Finding::new(path, line, "imports the shell"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<(String, usize)> {
        check(&Tree::sample(files))
            .into_iter()
            .map(|finding| (finding.path, finding.line))
            .collect()
    }

    fn by_name(name: &str) -> fn(&Tree) -> Vec<Finding> {
        CHECKS
            .iter()
            .find(|check| check.name == name)
            .expect("a check of this name")
            .find
    }

    #[test]
    fn the_rules_read_no_file() {
        let comment = "// unlike std::fs, this is pure\nfn a() {}\n";
        assert_eq!(found(pure, &[("crates/trail/src/lib.rs", comment)]), []);
        assert_eq!(
            found(pure, &[("crates/trail/src/bin/overleg-trail.rs", "use std::fs;")]),
            []
        );
        let bad = "fn a() {}\nuse std::fs::File;\n";
        assert_eq!(
            found(pure, &[("crates/conversation/src/a.rs", bad)]),
            [("crates/conversation/src/a.rs".into(), 2)]
        );
    }

    #[test]
    fn http_and_sql_have_one_place_each() {
        let http = by_name("one module speaks HTTP");
        assert_eq!(
            found(
                http,
                &[("crates/client/src/http/sync.rs", "use reqwest::Client;")]
            ),
            []
        );
        assert_eq!(
            found(http, &[("crates/client/src/http.rs", "use reqwest::Client;")]),
            []
        );
        assert_eq!(
            found(http, &[("crates/client/src/httpish.rs", "use reqwest::Client;")]).len(),
            1
        );
        assert_eq!(
            found(http, &[("crates/client/src/sync.rs", "let e: reqwest::Error;")]).len(),
            1
        );

        let sql = by_name("SQL in one place");
        assert_eq!(
            found(sql, &[("sync-server/src/store/mod.rs", "sqlx::query(q)")]),
            []
        );
        assert_eq!(
            found(sql, &[("sync-server/src/http/a.rs", "sqlx::query(q)")]).len(),
            1
        );
        assert_eq!(
            found(sql, &[("crates/client/src/outbox.rs", "sqlx::query(q)")]).len(),
            1
        );
    }

    #[test]
    fn the_interface_reaches_the_shell_in_one_file() {
        let one = (
            "ui/src/lib/shell/tauri.ts",
            "import { invoke } from '@tauri-apps/api/core';",
        );
        let other = (
            "ui/src/App.svelte",
            "import { listen } from \"@tauri-apps/api/event\";",
        );
        assert_eq!(found(shell_imports, &[one]), []);
        assert_eq!(found(shell_imports, &[one, other]).len(), 2);
    }
}
