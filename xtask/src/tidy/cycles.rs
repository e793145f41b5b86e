//! The modules of a crate import each other in one direction.
//!
//! An edge is a path that begins at `crate::`, `super::` or `self::` and leads to another file of the crate. A parent
//! that names its own children adds no edge, and neither do tests.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{first_test_line, is_test_file, lines, without_strings};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "module cycles",
        rule: "No circle of modules within a crate.",
        way_out: "Move what both sides need into a module below them, or hand it in as an argument.",
        find: |tree| circles(tree, CRATES),
    },
    &Check {
        name: "folder order",
        rule: "A module imports from its own level and from the levels below it, never from above.",
        way_out: "Move what is shared down, or let the upper level hand it in. A new folder gets its level in ORDERS in \
                  xtask/src/tidy/cycles.rs.",
        find: |tree| upward(tree, ORDERS),
    },
    &Check {
        name: "folder faces",
        rule: "Of a folder that has a face, the module named in FACES imports that face only, and none of the modules behind it.",
        way_out: "Let the face answer what is needed in its own terms.",
        find: |tree| behind_a_face(tree, FACES),
    },
];

/// Of a crate: a module, and the folder of which it knows the face (`mod.rs`) only.
type Face = (&'static str, &'static str, &'static str);

const FACES: &[Face] = &[
    // A session begins for an identified person, by whichever method: it knows of no password and of no provider.
    ("sync-server/src/", "session", "identity"),
];

/// The levels of a crate from the top down, each with the folders and files that lie directly in its sources.
type Levels = &'static [&'static [&'static str]];

const ORDERS: &[(&str, Levels)] = &[
    (
        "crates/conversation/src/",
        &[
            &["refused_people"],
            &["attention", "decide"],
            &["visibility"],
            &["organisation", "state"],
            &["event", "command", "lookup", "places"],
            &["text", "urgency"],
            &["attachment"],
            &["refusal", "ids"],
        ],
    ),
    (
        "crates/client/src/",
        &[
            &["client", "runner"],
            &["notifier"],
            &["api"],
            &["engine", "opening"],
            &["cache", "device_settings", "export", "http", "keychain"],
            &["ports", "files", "lock_file", "policy"],
            &["whole_file"],
            &["model"],
        ],
    ),
    (
        "src-tauri/src/",
        &[
            &["app"],
            &["commands"],
            &["attachments", "indicators"],
            &["window"],
            &["shell_state", "startup"],
            &[
                "arguments",
                "browser",
                "clipboard",
                "engine",
                "geometry",
                "shortcut",
                "sound",
                "texts",
            ],
        ],
    ),
    (
        "sync-server/src/",
        &[
            &["cli"],
            &["server"],
            &["http"],
            &["app"],
            &["session", "jobs"],
            &["identity"],
            &["core", "files"],
            &["credentials", "seal"],
            &["store"],
            &["keys"],
            &["clamd", "config", "durable", "mail", "rate_limit", "scanner"],
        ],
    ),
];

/// The folders of the sources.
const CRATES: &[&str] = &[
    "crates/client/src/",
    "crates/conversation/src/",
    "crates/matching/src/",
    "crates/platform/src/",
    "crates/protocol/src/",
    "crates/sqlite/src/",
    "crates/trail/src/",
    "src-tauri/src/",
    "sync-server/src/",
    "xtask/src/",
];

type Module = Vec<String>;

fn circles(tree: &Tree, crates: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in crates {
        let edges = edges(tree, folder);
        let circular = edges.keys().filter(|module| is_circular(module, &edges));
        let paths: Vec<_> = circular.map(|module| module.join("::")).collect();
        if !paths.is_empty() {
            let what = format!("modules in circles: {}", paths.join(", "));
            findings.push(Finding::new(folder, 0, what));
        }
    }
    findings
}

fn upward(tree: &Tree, orders: &[(&str, Levels)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, levels) in orders {
        let level = |name: &str| levels.iter().position(|level| level.contains(&name));
        let edges = edges(tree, folder);
        let mut tops: Vec<&str> = edges
            .keys()
            .filter_map(|module| Some(module.first()?.as_str()))
            .collect();
        tops.dedup();
        for name in tops
            .iter()
            .filter(|name| level(name).is_none() && **name != "testing")
        {
            findings.push(Finding::new(folder, 0, format!("{name} has no level")));
        }
        for (from, imports) in &edges {
            for to in imports {
                let (Some(lower), Some(upper)) = (from.first(), to.first()) else {
                    continue;
                };
                if level(upper) < level(lower) && level(upper).is_some() {
                    let what = format!("{} imports {} from above", from.join("::"), to.join("::"));
                    findings.push(Finding::new(folder, 0, what));
                }
            }
        }
    }
    findings
}

fn behind_a_face(tree: &Tree, faces: &[Face]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, from, face) in faces {
        for (module, imports) in edges(tree, folder) {
            if module.first().is_none_or(|top| top != from) {
                continue;
            }
            let behind = |to: &&Module| to.len() > 1 && to.first().is_some_and(|top| top == face);
            for to in imports.iter().filter(behind) {
                let what = format!(
                    "{} imports {}, behind the face of {face}",
                    module.join("::"),
                    to.join("::")
                );
                findings.push(Finding::new(folder, 0, what));
            }
        }
    }
    findings
}

/// The modules that each module of a crate imports.
fn edges(tree: &Tree, folder: &str) -> BTreeMap<Module, BTreeSet<Module>> {
    let sources: BTreeMap<Module, (&str, &str)> = tree
        .files()
        .filter_map(|(path, text)| Some((module(path.strip_prefix(folder)?)?, (path, text))))
        .filter(|(_, (path, _))| !is_test_file(path))
        .collect();
    let imports = |from: &Module, path: &str, text: &str| {
        let end = first_test_line(path, text).unwrap_or(usize::MAX);
        let code: String = lines(text)
            .filter(|line| line.number < end)
            .map(|line| without_strings(line.code) + " ")
            .collect();
        let known = |named: Module| {
            (0..=named.len())
                .rev()
                .map(|end| named[..end].to_vec())
                .find(|module| sources.contains_key(module))
        };
        named(from, &code)
            .into_iter()
            .filter_map(known)
            .filter(|to| !to.starts_with(from))
            .collect()
    };
    sources
        .iter()
        .map(|(from, (path, text))| (from.clone(), imports(from, path, text)))
        .collect()
}

/// The module of a file, by its path under `src/`; programs are crates of their own.
fn module(path: &str) -> Option<Module> {
    let path = path
        .strip_suffix(".rs")
        .filter(|path| !path.starts_with("bin/"))?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let root = ["lib", "main"].contains(&path);
    Some(if root {
        Vec::new()
    } else {
        path.split('/').map(str::to_owned).collect()
    })
}

/// All that `code` names by a path from `crate`, `super` or `self`.
fn named(from: &Module, code: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            if before.ends_with("::") || before.ends_with(|last: char| last.is_alphanumeric() || last == '_')
            {
                continue;
            }
            let base = if start == "crate::" {
                Vec::new()
            } else {
                from.clone()
            };
            let rest = if start == "super::" {
                &code[at..]
            } else {
                &code[at + start.len()..]
            };
            expand(base, rest, &mut found);
        }
    }
    found
}

/// Follows one path; a group in braces adds each of its paths. Returns what stands behind it.
fn expand<'a>(mut base: Module, mut rest: &'a str, found: &mut Vec<Module>) -> &'a str {
    loop {
        rest = rest.trim_start();
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                let before = inner;
                inner = expand(base.clone(), inner, found).trim_start();
                inner = inner.trim_start_matches(',').trim_start();
                if let Some(behind) = inner.strip_prefix('}') {
                    return behind;
                }
                if inner.len() == before.len() || inner.is_empty() {
                    return inner;
                }
            }
        }
        let end = rest
            .find(|next: char| !next.is_alphanumeric() && next != '_')
            .unwrap_or(rest.len());
        let (segment, behind) = rest.split_at(end);
        match segment {
            "super" => drop(base.pop()),
            "self" | "" => {}
            name => base.push(name.to_owned()),
        }
        let Some(next) = behind.strip_prefix("::") else {
            found.push(base);
            return behind.find([',', '}', ';']).map_or("", |at| &behind[at..]);
        };
        rest = next;
    }
}

fn is_circular(module: &Module, edges: &BTreeMap<Module, BTreeSet<Module>>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![module]);
    while let Some(next) = open.pop() {
        for to in edges.get(next).into_iter().flatten() {
            if to == module {
                return true;
            }
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> usize {
        circles(&Tree::sample(files), &["x/src/"]).len()
    }

    #[test]
    fn modules_that_import_each_other_are_found() {
        let back = "use super::a::A;";
        assert_eq!(
            found(&[("x/src/a.rs", "use crate::{c, b::B};"), ("x/src/b.rs", back)]),
            1
        );
        assert_eq!(found(&[("x/src/a.rs", "use crate::c;"), ("x/src/b.rs", back)]), 0);
    }

    #[test]
    fn an_import_from_above_and_a_folder_without_a_level_are_found() {
        let orders: &[(&str, Levels)] = &[("x/src/", &[&["api"], &["cache"]])];
        let found = |files: &[(&str, &str)]| upward(&Tree::sample(files), orders).len();
        let api = ("x/src/api/view.rs", "use crate::cache::Row;");
        assert_eq!(found(&[api, ("x/src/cache/mod.rs", "struct Row;")]), 0);
        assert_eq!(
            found(&[api, ("x/src/cache/mod.rs", "use crate::api::view::View;")]),
            1
        );
        assert_eq!(found(&[api, ("x/src/other.rs", "")]), 1);
    }

    #[test]
    fn an_import_from_behind_a_face_is_found() {
        let found = |from: &str, text: &str| {
            let files = [
                (from, text),
                ("x/src/identity/mod.rs", "pub mod local;\nstruct Identified;"),
                ("x/src/identity/local.rs", "struct Password;"),
            ];
            behind_a_face(&Tree::sample(&files), &[("x/src/", "session", "identity")]).len()
        };
        let own = "x/src/session/mod.rs";
        assert_eq!(found(own, "use crate::identity::Identified;"), 0);
        assert_eq!(
            found(own, "use crate::identity::{Identified, local::Password};"),
            1
        );
        assert_eq!(
            found("x/src/http/mod.rs", "use crate::identity::local::Password;"),
            0
        );
    }

    #[test]
    fn a_parent_and_a_test_add_no_edge() {
        let parent = ("x/src/a/mod.rs", "mod b;\npub use self::b::B;");
        assert_eq!(found(&[parent, ("x/src/a/b.rs", "use super::A;")]), 0);
        let test = "#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}";
        assert_eq!(
            found(&[("x/src/c.rs", test), ("x/src/d.rs", "use crate::c::C;")]),
            0
        );
    }
}
