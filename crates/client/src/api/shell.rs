//! Views of the desktop program around the screen. The shell answers these calls. Its settings are among the others:
//! [`crate::model::settings`].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellView {
    pub can: ShellCapabilities,
    /// The overview stands alone at the edge of the screen.
    pub side: bool,
    /// The keys that call the window from anywhere, as they are written on this system.
    pub shortcut: String,
    /// The window was asked to close and stays until one knows what that does: `CloseWindow`, or `Quit`.
    pub closing: bool,
}

/// What this system offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellCapabilities {
    /// Without a tray, closing the window ends the program.
    pub tray: bool,
    pub start_at_login: bool,
    pub shortcut: bool,
}
