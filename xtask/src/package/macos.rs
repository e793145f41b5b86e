//! The bundle for macOS. A PKG and a DMG are made of it on a Mac alone (`packaging/macos/build.sh`); elsewhere it is
//! assembled, so that what it says of itself can be looked at.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::parts::Parts;
use super::staging::{Content, Entry, Tree};
use super::{Packaging, licences};
use crate::workspace::must;

/// The folder `Overleg.app`, with whichever program is given.
pub(super) fn assemble(packaging: &Packaging<'_>, program: &Path, parts: &Parts) -> Result<PathBuf> {
    let product = &packaging.product;
    let bundle = format!("{}.app", product.fact("product.name")?);
    let name = product.fact("desktop.program")?;
    let root = &packaging.workspace.root;
    let entries = vec![
        Entry::new(
            format!("{bundle}/Contents/MacOS/{name}"),
            Content::Executable(program.to_owned()),
        ),
        Entry::text(
            format!("{bundle}/Contents/Info.plist"),
            packaging.text("macos/Info.plist")?,
        ),
        Entry::text(format!("{bundle}/Contents/PkgInfo"), "APPL????"),
        Entry::new(
            format!("{bundle}/Contents/Resources/icon.icns"),
            Content::Copy(root.join("icons/icon.icns")),
        ),
        Entry::new(
            format!("{bundle}/Contents/Resources/LICENSE.txt"),
            Content::Copy(root.join("LICENSE")),
        ),
        Entry::text(
            format!("{bundle}/Contents/Resources/THIRD-PARTY.txt"),
            licences::text(parts)?,
        ),
    ];
    let tree = Tree::write(packaging, "macos", entries)?;
    Ok(tree.root.join(bundle))
}

/// The PKG and the DMG.
pub(super) fn make(packaging: &Packaging<'_>, bundle: &Path) -> Result<[PathBuf; 2]> {
    let product = &packaging.product;
    let script = packaging.workspace.root.join("packaging/macos/build.sh");
    let mut build = packaging.workspace.command(script);
    build.arg(bundle).arg(&product.version).arg(&packaging.into);
    must(&mut build, "The packages for macOS could not be made.")?;
    let name = product.fact("product.name")?;
    let made = |ending: &str| {
        packaging
            .into
            .join(format!("{name}-{}.{ending}", product.version))
    };
    let made = [made("pkg"), made("dmg")];
    for package in &made {
        fs::metadata(package)?;
    }
    Ok(made)
}
