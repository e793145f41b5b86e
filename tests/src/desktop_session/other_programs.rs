//! Actions in other programs of the desktop session: something is copied there.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;

use super::DesktopServices;
use super::programs::Running;

/// Something in the clipboard, as long as this lives.
#[derive(Debug)]
pub struct Copied {
    _owner: Running,
}

impl DesktopServices {
    /// Another program offers the content of a file in the clipboard, as this kind (`image/png`, `text/uri-list`).
    pub fn copies(&self, kind: &str, file: &Path) -> anyhow::Result<Copied> {
        let file = file.display().to_string();
        let clipboard = ["-selection", "clipboard", "-quiet", "-target", kind, &file];
        let _owner = Running::start("xclip", &clipboard, self.environment(), Stdio::null())
            .context("xclip is not there: `cargo xtask setup` installs it")?;
        Ok(Copied { _owner })
    }

    /// Whether something of this kind is in the clipboard.
    pub fn has_copied(&self, kind: &str) -> anyhow::Result<bool> {
        let offered = self.ask(
            "xclip",
            &["-selection", "clipboard", "-out", "-target", "TARGETS"],
        )?;
        Ok(offered.lines().any(|line| line == kind))
    }
}
