//! An RPM from the staging tree of the DEB.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::Packaging;
use super::staging::Tree;
use crate::workspace::must;

pub(super) fn make(packaging: &Packaging<'_>, tree: &Tree) -> Result<PathBuf> {
    let product = &packaging.product;
    let name = product.fact("desktop.package")?;
    let files: Vec<String> = tree
        .entries
        .iter()
        .map(|entry| format!("{}/{}", mark(&entry.path), entry.path))
        .collect();
    let top = packaging.work.join("rpm");
    if top.is_dir() {
        fs::remove_dir_all(&top)?;
    }
    fs::create_dir_all(&top)?;
    let filled = product
        .with("staging", tree.root.display().to_string())
        .with("files", files.join("\n"));
    let spec = top.join(format!("{name}.spec"));
    let text = super::template::read(packaging.workspace, "linux/overleg.spec", &filled)?;
    fs::write(&spec, text)?;
    let made = format!("{name}-{}-1.x86_64.rpm", product.version);
    let mut build = packaging.workspace.command("rpmbuild");
    build.args(["-bb", "--quiet", "--target", "x86_64-linux"]);
    for definition in [
        format!("_topdir {}", top.display()),
        format!("_rpmdir {}", top.display()),
        "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm".to_owned(),
        // The same bytes whenever and wherever it is made.
        "_buildhost localhost".to_owned(),
        "use_source_date_epoch_as_buildtime 1".to_owned(),
        "clamp_mtime_to_source_date_epoch 1".to_owned(),
        "_binary_payload w9.xzdio".to_owned(),
        // The program is stripped already.
        "__os_install_post %{nil}".to_owned(),
        "_build_id_links none".to_owned(),
        "debug_package %{nil}".to_owned(),
        "_docdir /usr/share/doc".to_owned(),
        "_defaultdocdir /usr/share/doc".to_owned(),
    ] {
        build.args(["--define", &definition]);
    }
    build.arg(&spec).env("SOURCE_DATE_EPOCH", &product.date);
    must(&mut build, "The RPM could not be made.")?;
    let package = packaging.into.join(&made);
    fs::copy(top.join(&made), &package).with_context(|| format!("rpmbuild did not make {made}"))?;
    if let Some(signing) = packaging.signing {
        signing.rpm(packaging.workspace, &package)?;
    }
    Ok(package)
}

fn mark(path: &str) -> &'static str {
    if path.starts_with("usr/share/doc/") {
        "%doc "
    } else {
        ""
    }
}
