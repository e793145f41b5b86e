//! Actions in other programs of the desktop session: something is copied there, and a file is chosen in the system's dialog.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};

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

    /// Whether the system's dialog is there and has the keyboard: its title is the program's name alone.
    pub fn has_dialog(&self) -> anyhow::Result<bool> {
        let name = self.ask("xdotool", &["getactivewindow", "getwindowname"])?;
        Ok(name.trim() == "Overleg")
    }

    /// Types the path of a file into the system's dialog, which has the keyboard, and chooses it.
    pub fn choose_file(&self, file: &Path) -> anyhow::Result<()> {
        let path = file.to_str().context("the path is no text")?;
        ensure!(
            path.starts_with('/'),
            "the dialog asks for a name where a path begins"
        );
        self.ask("xdotool", &["type", "--delay", "0", path])?;
        self.press("Return")
    }
}
