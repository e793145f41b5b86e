//! Node and the interface's packages, exactly those of its lock file.
//!
//! A copy of the lock file in `node_modules` says what was installed there; it goes when the folder goes, and a
//! changed lock file differs from it. The last installation is kept in the cache as hard links, so that the next clone
//! has it in a second.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, answer, must};

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let manifest =
        fs::read_to_string(workspace.ui().join("package.json")).context("ui/package.json cannot be read")?;
    let needed = engine(&manifest).context("ui/package.json says which Node it needs, as \">=20.19\"")?;
    let found = answer(workspace.command("node").arg("--version"))
        .with_context(|| format!("Node is missing: install version {needed} or newer, with npm."))?;
    if version(&found) < version(needed) {
        bail!("Node {found} is too old: version {needed} or newer is needed.");
    }
    let lock = workspace.ui().join("package-lock.json");
    let Ok(lock) = fs::read(&lock) else {
        bail!(
            "ui/package-lock.json is missing: without it nobody knows which packages the interface is made with."
        );
    };
    let modules = workspace.ui().join("node_modules");
    if holds(&modules, &lock) {
        return Ok(());
    }
    if holds(&workspace.modules, &lock) && take_over(&workspace.modules, &modules, &lock).is_ok() {
        println!(
            "The interface's packages were copied from {}.",
            workspace.modules.display()
        );
        return Ok(());
    }
    must(
        &mut workspace.npm(&["ci", "--prefer-offline", "--no-audit", "--no-fund"]),
        "The interface's packages could not be installed: npm's last lines say why.",
    )?;
    fs::write(modules.join(STAMP), &lock)?;
    if let Err(error) = take_over(&modules, &workspace.modules, &lock) {
        println!("(The packages are not kept for the next clone: {error}.)");
    }
    Ok(())
}

/// In a complete `node_modules`: the lock file it was installed from.
const STAMP: &str = ".overleg-lock";

fn holds(modules: &Path, lock: &[u8]) -> bool {
    fs::read(modules.join(STAMP)).is_ok_and(|installed| installed == lock)
}

/// Makes `to` the same as `from`. The stamp comes last: what was interrupted does not count.
fn take_over(from: &Path, to: &Path, lock: &[u8]) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    link(from, to)?;
    fs::write(to.join(STAMP), lock)
}

/// The files of a folder under another name, or copies of them on another disk. The stamp stays behind.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            link(&source, &target)?;
        } else if kind.is_symlink() {
            relink(&source, &target)?;
        } else if entry.file_name() != STAMP && fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn relink(source: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(source)?, target)
}

/// npm makes no symbolic links on Windows.
#[cfg(not(unix))]
fn relink(source: &Path, target: &Path) -> io::Result<()> {
    fs::copy(source, target).map(|_| ())
}

/// The oldest Node that a `package.json` says it runs on, from `"node": ">=20.19"`.
fn engine(manifest: &str) -> Option<&str> {
    let (_, engines) = manifest.split_once("\"engines\"")?;
    let (_, node) = engines.split_once("\"node\"")?;
    node.split('"').nth(1)?.strip_prefix(">=")
}

/// Numbers to compare by; what is no version is older than any.
fn version(text: &str) -> Vec<u32> {
    let parts = text.trim().trim_start_matches('v').split('.');
    parts.map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_clone_has_the_packages_of_the_first_and_nothing_half() {
        let root = std::env::temp_dir().join(format!("overleg-modules-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let (first, second) = (root.join("first"), root.join("second"));
        fs::create_dir_all(first.join("pkg/bin")).unwrap();
        fs::write(first.join("pkg/bin/run.js"), "run()").unwrap();
        fs::write(first.join(STAMP), "lock 1").unwrap();
        fs::create_dir_all(&second).unwrap();
        fs::write(second.join("left over"), "").unwrap();

        link(&first, &second).unwrap();
        assert!(!holds(&second, b"lock 1"), "the stamp comes last");
        take_over(&first, &second, b"lock 1").unwrap();
        assert!(holds(&second, b"lock 1") && !holds(&second, b"lock 2"));
        assert_eq!(
            fs::read_to_string(second.join("pkg/bin/run.js")).unwrap(),
            "run()"
        );
        assert!(!second.join("left over").exists());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_needed_node_is_read_from_the_interfaces_manifest() {
        assert_eq!(
            engine("{ \"type\": \"module\", \"engines\": { \"node\": \">=20.19\" } }"),
            Some("20.19")
        );
        assert_eq!(engine("{ \"name\": \"node\" }"), None);
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version("v20.19.0") > version("20.19"));
        assert!(version("v20.9.0") < version("20.19"));
        assert!(version("v22.1.0") > version("20.19"));
        assert!(version("none") < version("20.19"));
    }
}
