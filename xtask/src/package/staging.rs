//! The files of a package, declared once, and the folder that they are written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use super::Packaging;
use crate::workspace::{Workspace, must};

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    /// A text that is kept compressed, as Debian has its changelogs and manuals.
    Gzip(String),
    Copy(PathBuf),
    /// A program, without the symbols that only a debugger reads.
    Program(PathBuf),
    /// A program as it is.
    Executable(PathBuf),
}

#[derive(Debug)]
pub(super) struct Entry {
    /// From the root of the system, without a slash at its beginning.
    pub(super) path: String,
    pub(super) content: Content,
}

impl Entry {
    pub(super) fn new(path: impl Into<String>, content: Content) -> Self {
        Self {
            path: path.into(),
            content,
        }
    }

    pub(super) fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(path, Content::Text(text.into()))
    }

    fn mode(&self) -> u32 {
        match self.content {
            Content::Program(_) | Content::Executable(_) => 0o755,
            _ => 0o644,
        }
    }
}

/// A folder as the root of the system will have it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) entries: Vec<Entry>,
}

impl Tree {
    pub(super) fn write(packaging: &Packaging<'_>, name: &str, mut entries: Vec<Entry>) -> Result<Self> {
        let root = packaging.work.join(name);
        if root.is_dir() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(&root)?;
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        for entry in &entries {
            entry
                .write(packaging.workspace, &root)
                .with_context(|| format!("{} cannot be written", entry.path))?;
        }
        close(&root)?;
        Ok(Self { root, entries })
    }
}

impl Entry {
    fn write(&self, workspace: &Workspace, root: &Path) -> Result<()> {
        let path = root.join(&self.path);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        match &self.content {
            Content::Text(text) => fs::write(&path, text)?,
            Content::Gzip(text) => fs::write(&path, gzip(workspace, text)?)?,
            Content::Copy(from) | Content::Executable(from) => {
                fs::copy(from, &path)?;
            }
            Content::Program(from) => {
                let mut strip = workspace.command("strip");
                strip.args(["--strip-unneeded", "-o"]).arg(&path).arg(from);
                must(&mut strip, "A program's symbols could not be left out.")?;
            }
        }
        set_mode(&path, self.mode())
    }
}

/// Without the name and the date of a file, so that the same text gives the same bytes.
pub(super) fn gzip(workspace: &Workspace, text: &str) -> Result<Vec<u8>> {
    let file = workspace.target.join(format!("gzip-{}", std::process::id()));
    fs::write(&file, text)?;
    let mut gzip = workspace.command("gzip");
    gzip.args(["--best", "--no-name", "--stdout"]);
    let output = gzip.arg(&file).stdin(Stdio::null()).output()?;
    fs::remove_file(&file)?;
    if !output.status.success() {
        bail!("gzip failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

/// Folders that everyone may enter, whatever the umask.
fn close(folder: &Path) -> Result<()> {
    set_mode(folder, 0o755)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            close(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// Packages with modes are made on Linux and macOS.
#[cfg(not(unix))]
pub(super) fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
