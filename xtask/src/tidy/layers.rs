//! `ui -> src-tauri -> client -> protocol -> conversation -> trail <- conversation <- protocol <- sync-server`;
//! `conversation`, `client` and `sync-server` compare names by `matching`, and judge files by `attachment-kinds`; `client` and
//! `sync-server` seal files by `sealed-file`, and take clock and random source of `platform`.
//! `client` cleans pictures by `pictures`.
//!
//! Cargo forbids what is no dependency. Here it is checked that nobody adds the dependency.

use super::manifest::dependencies;
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "layers",
        rule: "Each crate builds on those below it only; client and server meet only in tests/.",
        way_out: "Move what is shared down to a crate that both know, or give it to the caller as a trait.",
        find: edges,
    },
    &Check {
        name: "outside",
        rule: "A crate names no library of a world it has no part in.",
        way_out: "Take the clock, the store or the transport as a trait, and let the crate above bring it.",
        find: libraries,
    },
    &Check {
        name: "test support",
        rule: "No program that is shipped is built with the feature `test-support`.",
        way_out: "Name the feature among the dev-dependencies, and nowhere else but in tests/.",
        find: test_support,
    },
];

/// A crate: its folder, the crates of ours it may name, and the libraries it must not.
struct Layer {
    folder: &'static str,
    on: &'static [&'static str],
    not: &'static [&'static str],
}

const OURS: &[&str] = &[
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
    "stories",
    "xtask",
];

/// Networks, databases, chance: worlds that rules have no part in.
const OUTSIDE: &[&str] = &[
    "tokio", "sqlx", "reqwest", "axum", "hyper", "tauri", "rand", "futures",
];

const LAYERS: &[Layer] = &[
    Layer {
        folder: "crates/trail",
        on: &[],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/matching",
        on: &[],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/sealed-file",
        on: &[],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/pictures",
        on: &[],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/attachment-kinds",
        on: &["matching"],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/conversation",
        on: &["trail", "matching", "attachment-kinds"],
        not: OUTSIDE,
    },
    Layer {
        folder: "crates/platform",
        on: &["conversation"],
        not: &["tokio", "sqlx", "reqwest", "axum", "hyper", "tauri", "futures"],
    },
    Layer {
        folder: "crates/sqlite",
        on: &[],
        not: &["reqwest", "axum", "hyper", "tauri", "rand"],
    },
    Layer {
        folder: "crates/protocol",
        on: &["trail", "conversation"],
        not: &["tokio", "sqlx", "reqwest", "axum", "hyper", "tauri"],
    },
    Layer {
        folder: "crates/client",
        on: &[
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
        ],
        not: &["axum", "tauri"],
    },
    Layer {
        folder: "sync-server",
        on: &[
            "trail",
            "matching",
            "sealed-file",
            "attachment-kinds",
            "conversation",
            "platform",
            "sqlite",
            "protocol",
            "sync-server",
        ],
        not: &["tauri"],
    },
    Layer {
        folder: "src-tauri",
        on: &["platform", "client"],
        not: &["sqlx", "libsqlite3", "reqwest", "hyper", "axum"],
    },
    Layer {
        folder: "tests",
        on: &[
            "trail",
            "conversation",
            "platform",
            "protocol",
            "client",
            "sync-server",
        ],
        not: &[],
    },
    Layer {
        folder: "xtask",
        on: &[],
        not: &[],
    },
];

fn manifests(tree: &Tree) -> impl Iterator<Item = (String, Option<&'static Layer>, &str)> {
    tree.files().filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        Some((
            path.to_owned(),
            LAYERS.iter().find(|layer| layer.folder == folder),
            text,
        ))
    })
}

fn edges(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, layer, manifest) in manifests(tree) {
        let Some(layer) = layer else {
            findings.push(Finding::new(
                &path,
                0,
                "this crate has no place yet: give it one in xtask/src/tidy/layers.rs",
            ));
            continue;
        };
        for dependency in dependencies(manifest) {
            if OURS.contains(&dependency.name) && !layer.on.contains(&dependency.name) {
                let what = format!("{} may not build on {}", layer.folder, dependency.name);
                findings.push(Finding::new(&path, dependency.line, what));
            }
        }
    }
    findings
}

fn libraries(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, layer, manifest) in manifests(tree) {
        let banned = layer.map_or(&[][..], |layer| layer.not);
        for dependency in dependencies(manifest)
            .into_iter()
            .filter(|dependency| !dependency.dev)
        {
            let family = |word: &&&str| {
                let rest = dependency.name.strip_prefix(**word);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
            };
            if let Some(word) = banned.iter().find(family) {
                findings.push(Finding::new(
                    &path,
                    dependency.line,
                    format!("names {} ({word})", dependency.name),
                ));
            }
        }
    }
    findings
}

/// `tests/` holds no program that is shipped; a crate may declare the feature, and its own tests may use it.
fn test_support(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, ..) in manifests(tree).filter(|(path, ..)| path != "tests/Cargo.toml") {
        let manifest = tree.text(&path).unwrap_or_default();
        let mut section = "";
        for (index, line) in manifest.lines().map(str::trim).enumerate() {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            }
            let declares = section == "features" && line.starts_with("test-support");
            if line.contains("test-support")
                && !line.starts_with('#')
                && !declares
                && !section.contains("dev-dependencies")
            {
                findings.push(Finding::new(&path, index + 1, "builds the product with it"));
            }
        }
    }
    findings
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

    #[test]
    fn a_crate_builds_on_those_below_it_only() {
        let good =
            "[dependencies]\nprotocol.workspace = true\ntrail = { path = \"../trail\" }\nserde = \"1\"\n";
        assert_eq!(found(edges, &[("crates/client/Cargo.toml", good)]), []);
        let upward = "[package]\nname = \"protocol\"\n\n[dependencies]\nclient.workspace = true\n";
        assert_eq!(
            found(edges, &[("crates/protocol/Cargo.toml", upward)]),
            [("crates/protocol/Cargo.toml".into(), 5)]
        );
    }

    #[test]
    fn client_and_server_do_not_meet_in_each_others_tests_either() {
        for section in [
            "[dev-dependencies]\nsync-server = \"*\"",
            "[target.'cfg(unix)'.dependencies]\nsync-server = \"*\"",
        ] {
            assert_eq!(
                found(edges, &[("crates/client/Cargo.toml", section)]),
                [("crates/client/Cargo.toml".into(), 2)]
            );
        }
        let renamed = "[dependencies]\nserver = { package = \"sync-server\", path = \"..\" }";
        assert_eq!(found(edges, &[("crates/client/Cargo.toml", renamed)]).len(), 1);
        let alone = "[dependencies.sync-server]\npath = \"..\"";
        assert_eq!(
            found(edges, &[("crates/client/Cargo.toml", alone)]),
            [("crates/client/Cargo.toml".into(), 1)]
        );
        assert_eq!(found(edges, &[("tests/Cargo.toml", alone)]), []);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(
            found(edges, &[("crates/helper/Cargo.toml", "[package]")]).len(),
            1
        );
    }

    #[test]
    fn the_shell_holds_no_sql_and_the_client_no_window() {
        let shell = "[dependencies]\ntauri = \"2\"\ntokio = \"1\"\n";
        assert_eq!(found(libraries, &[("src-tauri/Cargo.toml", shell)]), []);
        assert_eq!(
            found(
                libraries,
                &[("src-tauri/Cargo.toml", "[dependencies]\nsqlx = \"0.9\"")]
            )
            .len(),
            1
        );
        assert_eq!(
            found(
                libraries,
                &[(
                    "crates/client/Cargo.toml",
                    "[dependencies]\ntauri-plugin-x = \"2\""
                )]
            )
            .len(),
            1
        );
        assert_eq!(
            found(
                libraries,
                &[("crates/trail/Cargo.toml", "[build-dependencies]\ntokio = \"1\"")]
            )
            .len(),
            1
        );
        assert_eq!(
            found(
                libraries,
                &[("crates/trail/Cargo.toml", "[dev-dependencies]\ntokio = \"1\"")]
            ),
            []
        );
    }

    #[test]
    fn the_product_is_not_built_with_what_tests_need() {
        let good = "[features]\n# For tests.\ntest-support = [\"platform/test-support\"]\n\n\
                    [dev-dependencies]\nclient = { path = \".\", features = [\"test-support\"] }\n";
        assert_eq!(found(test_support, &[("crates/client/Cargo.toml", good)]), []);
        let used = "[dependencies]\nplatform = { path = \"..\", features = [\"test-support\"] }\n";
        assert_eq!(found(test_support, &[("tests/Cargo.toml", used)]), []);
        let default = "[features]\ndefault = [\"test-support\"]\n";
        for bad in [used, default] {
            assert_eq!(
                found(test_support, &[("crates/client/Cargo.toml", bad)]),
                [("crates/client/Cargo.toml".into(), 2)]
            );
        }
    }
}
