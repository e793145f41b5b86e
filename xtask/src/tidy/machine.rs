//! Nothing of the machine that a file was written on.

use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "machine paths",
        rule: "No file names a folder of the machine it was written on.",
        way_out: "Name it from the root of the clone, from an environment variable or from a temporary folder.",
        find: paths,
    },
    &Check {
        name: "registries",
        rule: "No file names the address that packages came from: elsewhere another one serves them.",
        way_out: "In ui/ run `npm install` with omit-lockfile-registry-resolved=true; remove the address elsewhere.",
        find: registries,
    },
];

// In two parts, so that this file does not find itself.
const FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("deb.", "debian.org"),
    concat!("security.", "debian.org"),
    concat!("archive.", "ubuntu.com"),
    concat!("pypi.", "org"),
];

/// How Cargo.lock writes "from crates.io", whichever mirror it came from.
const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

fn paths(tree: &Tree) -> Vec<Finding> {
    each_line(tree, |_, line| {
        FOLDERS
            .iter()
            .find(|folder| {
                line.match_indices(**folder).any(|(at, _)| {
                    // After a letter it is a folder of ours, or somebody's page.
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|before| before.is_alphanumeric() || "_-.}".contains(before))
                })
            })
            .map(|folder| format!("names {folder}"))
    })
}

fn registries(tree: &Tree) -> Vec<Finding> {
    each_line(tree, |path, line| {
        let trimmed = line.trim();
        if path.ends_with("package-lock.json") && trimmed.starts_with("\"resolved\": \"http") {
            return Some("the lock file says where a package was downloaded".into());
        }
        if path.ends_with("Cargo.lock") && trimmed.starts_with("source = ") && trimmed != CRATES {
            return Some("a crate comes from elsewhere than crates.io".into());
        }
        if path.ends_with(".npmrc") && trimmed.starts_with("registry") {
            return Some("sets a registry".into());
        }
        HOSTS
            .iter()
            .find(|host| line.contains(**host))
            .map(|host| format!("names {host}"))
    })
}

fn each_line(tree: &Tree, judge: impl Fn(&str, &str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            if let Some(what) = judge(path, line) {
                findings.push(Finding::new(path, index + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_machine_is_found_a_folder_of_ours_is_not() {
        let bad = format!("fine\nlet data = \"{}someone/data\";", FOLDERS[2]);
        assert_eq!(
            paths(&Tree::sample(&[("a.rs", &bad)])),
            [Finding::new("a.rs", 2, format!("names {}", FOLDERS[2]))]
        );
        let good = format!("see src{}plan.rs and http://x.nl{}page", FOLDERS[0], FOLDERS[2]);
        assert_eq!(paths(&Tree::sample(&[("a.md", &good)])), []);
    }

    #[test]
    fn a_lock_file_holds_no_address() {
        let good = [
            (
                "ui/package-lock.json",
                "\"node_modules/a\": {\n  \"version\": \"1.0.0\",\n",
            ),
            ("Cargo.lock", CRATES),
        ];
        assert_eq!(registries(&Tree::sample(&good)), []);
        let bad = [
            (".npmrc", "registry=http://localhost:1"),
            ("Cargo.lock", "source = \"git+https://example.org/x\""),
            (
                "ui/package-lock.json",
                "  \"resolved\": \"https://example.org/a.tgz\",",
            ),
        ];
        assert_eq!(registries(&Tree::sample(&bad)).len(), 3);
        let named = format!("curl https://{}/x", HOSTS[0]);
        assert_eq!(registries(&Tree::sample(&[("a.sh", &named)])).len(), 1);
    }
}
