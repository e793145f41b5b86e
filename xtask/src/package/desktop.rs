//! The files of the desktop program on Linux, for the DEB and the RPM.

use std::path::Path;

use anyhow::Result;

use super::deb::Deb;
use super::parts::Parts;
use super::staging::{Content, Entry, Tree};
use super::{Packaging, deb, licences};

/// Sizes of the icon theme, and the pictures that have them.
const ICONS: &[(&str, &str)] = &[
    ("32x32", "32x32.png"),
    ("128x128", "128x128.png"),
    ("256x256", "128x128@2x.png"),
    ("512x512", "icon.png"),
];

pub(super) fn stage(packaging: &Packaging<'_>, program: &Path, parts: &Parts) -> Result<Tree> {
    let product = &packaging.product;
    let identifier = product.fact("product.identifier")?;
    let name = product.fact("desktop.program")?;
    let package = product.fact("desktop.package")?;
    let icon = |file: &str| Content::Copy(packaging.workspace.root.join("icons").join(file));
    let mut entries = vec![
        Entry::new(format!("usr/bin/{name}"), Content::Program(program.to_owned())),
        Entry::text(
            format!("usr/share/applications/{identifier}.desktop"),
            packaging.text("linux/overleg.desktop")?,
        ),
        Entry::text(
            format!("usr/share/metainfo/{identifier}.metainfo.xml"),
            packaging.text("linux/metainfo.xml")?,
        ),
        Entry::new(
            format!("usr/share/man/man1/{name}.1.gz"),
            Content::Gzip(packaging.text("linux/overleg.1")?),
        ),
        Entry::new(
            format!("usr/share/icons/hicolor/scalable/apps/{identifier}.svg"),
            icon("app.svg"),
        ),
    ];
    for (size, file) in ICONS {
        let path = format!("usr/share/icons/hicolor/{size}/apps/{identifier}.png");
        entries.push(Entry::new(path, icon(file)));
    }
    entries.extend(deb::documents(packaging, package, &licences::text(parts)?)?);
    Tree::write(packaging, package, entries)
}

/// The DEB of the tree: triggers of the system bring the desktop's lists up to date.
pub(super) fn package<'a>(packaging: &Packaging<'_>, tree: &'a Tree) -> Result<Deb<'a>> {
    Ok(Deb {
        name: packaging.product.fact("desktop.package")?.to_owned(),
        tree,
        control: "linux/control",
        scripts: &[],
        configuration: &[],
    })
}
