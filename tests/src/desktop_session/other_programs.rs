//! Actions in other programs of the desktop session: something is copied there.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;

use super::programs::Running;
use super::{DesktopServices, DesktopSession, PROGRAMS, executable};

/// Something in the clipboard, as long as this lives.
#[derive(Debug)]
pub struct Copied {
    _owner: Running,
}

impl DesktopSession {
    /// From now on the system opens every file in a program that copies it to `seen`, and ends.
    pub fn opens_files_into(&self, seen: &Path) -> anyhow::Result<()> {
        let program = self.home().join(PROGRAMS).join("xdg-open");
        let copy = format!(
            "#!/bin/sh\ncp \"$1\" '{0}.part' && mv '{0}.part' '{0}'\n",
            seen.display()
        );
        std::fs::write(&program, copy)?;
        executable(&program)
    }
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

    /// Whether something of this kind is in the clipboard. An owner that has just ended gives no answer: then there is nothing.
    pub fn has_copied(&self, kind: &str) -> anyhow::Result<bool> {
        let targets = ["-selection", "clipboard", "-out", "-target", "TARGETS"];
        let offered = self.ask("xclip", &targets).unwrap_or_default();
        Ok(offered.lines().any(|line| line == kind))
    }
}
