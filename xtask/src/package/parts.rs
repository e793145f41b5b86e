//! The parts of a shipped program that others made: crates, as cargo resolves them for its target and features, and
//! packages of npm, as far as the bundle of the interface has code, styles or fonts of theirs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::workspace::{Workspace, answer, must};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Registry {
    Cargo,
    Npm,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) registry: Registry,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    /// Where its sources are unpacked.
    pub(super) folder: PathBuf,
    /// Of the archive that the registry gave, as the lock file has it: SHA-256 in hexadecimal, or SHA-512.
    pub(super) digest: Option<(&'static str, String)>,
}

#[derive(Debug)]
pub(super) struct Parts(pub(super) Vec<Part>);

impl Parts {
    /// As the program for Windows is built: with an OpenSSL inside, which cargo takes for a tool of the build.
    pub(super) fn of_desktop_for_windows(workspace: &Workspace, target: &str) -> Result<Self> {
        const OPENSSL: &str = "openssl-src";
        // Of crates for Windows alone this system has built nothing, and may have no sources.
        must(
            &mut workspace.cargo(&["fetch", "--locked", "--quiet"]),
            "The sources of crates could not be fetched: cargo's last lines say why.",
        )?;
        let Self(mut parts) = Self::of_desktop(workspace, target)?;
        let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
        let (version, digest) =
            locked(&lock, OPENSSL).with_context(|| format!("Cargo.lock has no {OPENSSL} any more"))?;
        let folder = unpacked(
            &cargo_home()?.join("registry/src"),
            &format!("{OPENSSL}-{version}"),
        )
        .with_context(|| format!("the sources of {OPENSSL} {version} are not there"))?;
        let manifest = super::product::facts(&fs::read_to_string(folder.join("Cargo.toml"))?);
        parts.push(Part {
            registry: Registry::Cargo,
            name: OPENSSL.to_owned(),
            version: version.to_owned(),
            licence: manifest.get("package.license").cloned().unwrap_or_default(),
            folder,
            digest: Some(("SHA-256", digest.to_owned())),
        });
        parts.sort();
        Ok(Self(parts))
    }

    pub(super) fn of_desktop(workspace: &Workspace, target: &str) -> Result<Self> {
        let features = ["--features", "overleg/custom-protocol"];
        let Self(mut parts) = Self::of_crates(workspace, "overleg", &features, target)?;
        parts.extend(npm(workspace)?);
        Ok(Self(parts))
    }

    /// Macros and what only builds are no part of a program.
    pub(super) fn of_crates(
        workspace: &Workspace,
        package: &str,
        features: &[&str],
        target: &str,
    ) -> Result<Self> {
        let mut tree = workspace.cargo(&["tree", "--package", package, "--target", target]);
        tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none"]);
        tree.args(["--format", "{p}|{l}"]).args(features);
        let tree = answer(&mut tree).context("cargo does not say which crates a program is made of")?;
        let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
        let registry = cargo_home()?.join("registry/src");
        let mut parts = Vec::new();
        for (name, version, licence) in listed(&tree) {
            let Some(checksum) = checksum(&lock, name, version) else {
                continue; // our own
            };
            let folder = unpacked(&registry, &format!("{name}-{version}")).with_context(|| {
                format!(
                    "the sources of the crate {name} {version} are not in {}",
                    registry.display()
                )
            })?;
            parts.push(Part {
                registry: Registry::Cargo,
                name: name.to_owned(),
                version: version.to_owned(),
                licence: licence.to_owned(),
                folder,
                digest: Some(("SHA-256", checksum.to_owned())),
            });
        }
        parts.sort();
        parts.dedup();
        Ok(Self(parts))
    }
}

pub(super) fn cargo_home() -> Result<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("No folder of cargo is known: say it with CARGO_HOME.")
}

/// Name, version and licence from `serde v1.0.0 (path or note)|MIT OR Apache-2.0 (*)`.
fn listed(tree: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    tree.lines().filter_map(|line| {
        let (package, licence) = line.rsplit_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        Some((name, version, licence.trim_end_matches(" (*)").trim()))
    })
}

/// The digest that `Cargo.lock` has of a crate of the registry; none of a member.
fn checksum<'a>(lock: &'a str, name: &str, version: &str) -> Option<&'a str> {
    let head = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let entry = lock
        .split("[[package]]\n")
        .find(|entry| entry.starts_with(&head))?;
    let mut lines = entry.lines();
    let value = lines.find_map(|line| line.strip_prefix("checksum = "))?;
    Some(value.trim_matches('"'))
}

/// The one version that the lock file has of a crate of the registry, and its digest.
fn locked<'a>(lock: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let head = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&head)?;
    let (version, _) = rest.split_once('"')?;
    Some((version, checksum(lock, name, version)?))
}

/// A folder of this name in the folder of one of the registries.
fn unpacked(registries: &Path, name: &str) -> Option<PathBuf> {
    let mut registries = fs::read_dir(registries).ok()?.flatten();
    registries.find_map(|registry| {
        let folder = registry.path().join(name);
        folder.is_dir().then_some(folder)
    })
}

fn npm(workspace: &Workspace) -> Result<Vec<Part>> {
    let list = workspace.target.join("shipped.tsv");
    let mut script = workspace.command("node");
    script
        .arg("scripts/shipped.js")
        .arg(&list)
        .current_dir(workspace.ui());
    must(
        &mut script,
        "It is not known which packages of npm are in the interface.",
    )?;
    let lines = fs::read_to_string(&list)?;
    let parts = lines.lines().map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, version, licence, folder, digest] = fields[..] else {
            bail!("ui/scripts/shipped.js says `{line}`, which is not understood");
        };
        Ok(Part {
            registry: Registry::Npm,
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.to_owned(),
            folder: workspace.ui().join(folder),
            digest: (!digest.is_empty()).then(|| ("SHA-512", digest.to_owned())),
        })
    });
    let parts = parts.collect::<Result<Vec<_>>>()?;
    // By name, since two versions of one package are two parts.
    let by_name: BTreeMap<_, _> = parts
        .into_iter()
        .map(|part| ((part.name.clone(), part.version.clone()), part))
        .collect();
    Ok(by_name.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn crates_are_read_from_what_cargo_lists_with_the_digest_of_the_lock_file() {
        let tree = "overleg v0.1.0 (/x/src-tauri)|EUPL-1.2\nserde v1.0.2|MIT OR Apache-2.0 (*)\n\nserde v1.0.2|MIT OR Apache-2.0\n";
        let found: Vec<_> = listed(tree).collect();
        assert_eq!(found[1], ("serde", "1.0.2", "MIT OR Apache-2.0"));
        assert_eq!((found.len(), found[1]), (3, found[2]));
        let lock = "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.2\"\nsource = \"x\"\nchecksum = \"ab12\"\n\n\
                    [[package]]\nname = \"overleg\"\nversion = \"0.1.0\"\n";
        assert_eq!(checksum(lock, "serde", "1.0.2"), Some("ab12"));
        assert_eq!(locked(lock, "serde"), Some(("1.0.2", "ab12")));
        assert_eq!(locked(lock, "serd"), None);
        assert_eq!(checksum(lock, "serde", "1.0.3"), None);
        assert_eq!(checksum(lock, "overleg", "0.1.0"), None);
    }
}
