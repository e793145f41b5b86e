//! `SHA256SUMS`, which `sha256sum --check` reads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Packaging;
use crate::workspace::answer;

pub(super) const NAME: &str = "SHA256SUMS";

/// Makes room for the packages of one run. Only those of an earlier run are removed, which its list names.
pub(super) fn clear(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let list = folder.join(NAME);
    if !list.is_file() {
        if fs::read_dir(folder)?.next().is_some() {
            bail!(
                "{} holds other files than packages: name an empty folder.",
                folder.display()
            );
        }
        return Ok(());
    }
    let sums = fs::read_to_string(&list)?;
    let names = sums.lines().filter_map(|line| line.split_once("  "));
    for (_, name) in names {
        for name in [name.to_owned(), format!("{name}.asc")] {
            let file = folder.join(name);
            if file.is_file() {
                fs::remove_file(&file)?;
            }
        }
    }
    Ok(())
}

/// Of all packages that lie there.
pub(super) fn write(packaging: &Packaging<'_>) -> Result<PathBuf> {
    let mut names = Vec::new();
    for entry in fs::read_dir(&packaging.into)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with(NAME) && !name.ends_with(".asc") {
            names.push(name);
        }
    }
    names.sort();
    let program: &[&str] = if cfg!(target_os = "macos") {
        &["shasum", "-a", "256"]
    } else {
        &["sha256sum"]
    };
    let mut sums = packaging.workspace.command(program[0]);
    sums.args(&program[1..]).args(&names).current_dir(&packaging.into);
    let sums = answer(&mut sums).context("sha256sum does not read the packages")?;
    let path = packaging.into.join(NAME);
    fs::write(&path, sums + "\n")?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn only_packages_of_an_earlier_run_make_room() {
        let folder = std::env::temp_dir().join(format!("overleg-sums-{}", std::process::id()));
        clear(&folder).unwrap();
        fs::write(folder.join("letter.txt"), "mine").unwrap();
        assert!(clear(&folder).is_err());
        fs::write(folder.join("old.deb"), "").unwrap();
        fs::write(folder.join(NAME), "00  old.deb\n").unwrap();
        clear(&folder).unwrap();
        assert!(!folder.join("old.deb").exists() && folder.join("letter.txt").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
