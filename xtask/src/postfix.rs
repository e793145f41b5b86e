//! Postfix, unpacked beside our own tools. It is not installed: an installed one would take the place of the machine's own mail server,
//! and send.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::setup::system;
use crate::workspace::{Workspace, answer, must};

/// Why the tests with Postfix cannot run on this machine; `None` if they can.
pub(crate) fn obstacle(workspace: &Workspace) -> Option<&'static str> {
    if !system::has_apt(workspace) {
        return Some("Postfix is fetched from the packages of Debian or Ubuntu");
    }
    // It gives each of its programs a user of its own.
    (!system::is_root(workspace)).then_some("Postfix runs as root alone")
}

/// The folder of an unpacked Postfix; fetched if it is not there.
pub(crate) fn fetch(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools.join("postfix");
    let mark = folder.join("unpacked");
    if mark.is_file() {
        return Ok(folder.join("root"));
    }
    println!("fetching Postfix");
    // Of an attempt that was broken off.
    let _ = std::fs::remove_dir_all(&folder);
    let archives = folder.join("archives");
    std::fs::create_dir_all(&archives)?;
    let mut wanted = vec!["postfix".to_owned()];
    let mut had = Vec::new();
    while let Some(package) = wanted.pop() {
        if had.contains(&package) {
            continue;
        }
        let archive = fetch_package(workspace, &archives, &package)?;
        let root = folder.join("root");
        let mut unpack = workspace.command("dpkg-deb");
        must(
            unpack.arg("--extract").arg(&archive).arg(&root),
            &format!("The package `{package}` could not be unpacked."),
        )?;
        let mut depends = workspace.command("dpkg-deb");
        let depends = answer(depends.arg("--field").arg(&archive).arg("Depends")).unwrap_or_default();
        let missing = libraries(&depends).filter(|library| !system::has_package(workspace, library));
        wanted.extend(missing.map(str::to_owned));
        had.push(package);
    }
    std::fs::write(&mark, had.join("\n")).context("The folder of Postfix cannot be written.")?;
    Ok(folder.join("root"))
}

fn fetch_package(workspace: &Workspace, archives: &Path, package: &str) -> Result<PathBuf> {
    let fetch = || {
        let mut fetch = workspace.command("apt-get");
        // Its own user for fetching may not write in our folder.
        fetch.args(["--quiet", "-o", "APT::Sandbox::User=root", "download", package]);
        fetch.current_dir(archives);
        fetch
    };
    if must(&mut fetch(), "").is_err() {
        // A fresh machine has no lists.
        system::update(workspace)?;
        must(
            &mut fetch(),
            &format!(
                "The package `{package}` could not be fetched: see above whether the network or a source is the cause."
            ),
        )?;
    }
    let begin = format!("{package}_");
    let mut entries = std::fs::read_dir(archives)?.filter_map(Result::ok);
    let archive = entries.find(|entry| entry.file_name().to_string_lossy().starts_with(&begin));
    let archive = archive.with_context(|| format!("The package `{package}` is not where apt-get said."))?;
    Ok(archive.path())
}

/// The libraries that a package depends on, of alternatives the first.
fn libraries(depends: &str) -> impl Iterator<Item = &str> {
    let names = depends
        .split(',')
        .filter_map(|one| one.split('|').next()?.split_whitespace().next());
    names
        .map(|name| name.split(':').next().unwrap_or(name))
        .filter(|name| name.starts_with("lib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_what_a_package_depends_on() {
        let depends = "libc6 (>= 2.36), libdb5.3, libicu72 (>= 72.1~rc-1~), debconf (>= 0.5) | debconf-2.0, adduser (>= 3.48), \
                       libsasl2-2:any, liba | libb";
        let names: Vec<&str> = libraries(depends).collect();
        assert_eq!(names, ["libc6", "libdb5.3", "libicu72", "libsasl2-2", "liba"]);
    }
}
