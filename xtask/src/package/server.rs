//! The server's packages: a DEB with its unit, and an archive with the same for other systems.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::deb::{self, Deb};
use super::parts::Parts;
use super::staging::{Content, Entry, Tree};
use super::{Packaging, licences};
use crate::workspace::{answer, must};

const SCRIPTS: &[(&str, &str)] = &[
    ("postinst", "server/postinst"),
    ("prerm", "server/prerm"),
    ("postrm", "server/postrm"),
];

pub(super) fn make(packaging: &Packaging<'_>, program: &Path, parts: &Parts) -> Result<[PathBuf; 2]> {
    let product = &packaging.product;
    let name = product.fact("server.program")?;
    let package = product.fact("server.package")?;
    let unit = product.fact("server.unit")?;
    let config = product.fact("server.config")?;
    let third_party = licences::text(parts)?;
    let binary = || Content::Program(program.to_owned());
    let mut entries = vec![
        Entry::new(format!("usr/bin/{name}"), binary()),
        Entry::text(
            format!("lib/systemd/system/{unit}"),
            packaging.text("server/overleg-server.service")?,
        ),
        Entry::text(
            format!("usr/lib/sysusers.d/{package}.conf"),
            packaging.text("server/sysusers.conf")?,
        ),
        Entry::text(
            config.trim_start_matches('/'),
            packaging.text("server/server.toml")?,
        ),
        Entry::new(
            format!("usr/share/man/man1/{name}.1.gz"),
            Content::Gzip(packaging.text("server/sync-server.1")?),
        ),
    ];
    entries.extend(deb::documents(packaging, package, &third_party)?);
    let tree = Tree::write(packaging, package, entries)?;
    let deb = deb::make(
        packaging,
        &Deb {
            name: package.to_owned(),
            tree: &tree,
            control: "server/control",
            scripts: SCRIPTS,
            configuration: &["server.config"],
        },
    )?;

    let folder = format!("{package}-{}", product.version);
    let filled = product.with(
        "glibc",
        glibc(packaging, &tree.root.join(format!("usr/bin/{name}")))?,
    );
    let readme = super::template::read(packaging.workspace, "server/README", &filled)?;
    let entries = vec![
        Entry::new(format!("{folder}/bin/{name}"), binary()),
        Entry::text(
            format!("{folder}/{unit}"),
            packaging.text("server/overleg-server.service")?,
        ),
        Entry::text(
            format!("{folder}/sysusers.conf"),
            packaging.text("server/sysusers.conf")?,
        ),
        Entry::text(
            format!("{folder}/server.toml"),
            packaging.text("server/server.toml")?,
        ),
        Entry::text(format!("{folder}/README"), readme),
        Entry::text(
            format!("{folder}/LICENSE"),
            fs::read_to_string(packaging.workspace.root.join("LICENSE"))?,
        ),
        Entry::text(format!("{folder}/THIRD-PARTY.txt"), third_party),
    ];
    let tree = Tree::write(packaging, &format!("{package}.archive"), entries)?;
    Ok([deb, archive(packaging, &tree, &folder)?])
}

fn archive(packaging: &Packaging<'_>, tree: &Tree, folder: &str) -> Result<PathBuf> {
    let package = packaging.into.join(format!("{folder}-linux-x86_64.tar.gz"));
    let mut tar = packaging.workspace.command("tar");
    tar.args([
        "--create",
        "--sort=name",
        "--format=gnu",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ])
    .arg(format!("--mtime=@{}", packaging.product.date))
    // Without the name and the date of a file in its head.
    .args(["--use-compress-program", "gzip --best --no-name"])
    .arg("--directory")
    .arg(&tree.root)
    .arg("--file")
    .arg(&package)
    .arg(folder);
    must(&mut tar, "The archive of the server could not be made.")?;
    Ok(package)
}

/// The oldest version of the C library that has all that a program uses of it.
fn glibc(packaging: &Packaging<'_>, program: &Path) -> Result<String> {
    let mut symbols = packaging.workspace.command("objdump");
    let symbols =
        answer(symbols.arg("--dynamic-syms").arg(program)).context("objdump does not read the program")?;
    let versions = symbols.split_whitespace().filter_map(|word| {
        let version = word.trim_matches(['(', ')']).strip_prefix("GLIBC_")?;
        let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
        Some((numbers?, version))
    });
    let newest = versions.max().context("the program uses no C library")?;
    Ok(newest.1.to_owned())
}
