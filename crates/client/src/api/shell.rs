//! Views of the desktop program around the screen. The shell answers these requests. Its settings are among the others:
//! [`crate::model::settings`].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellView {
    pub can: ShellCapabilities,
    /// Side mode: only the overview, at the edge of the screen.
    pub side: bool,
    /// The global shortcut that shows the window, as written on this system.
    pub shortcut: String,
    /// The window was asked to close, and stays open until `CloseWindow`, `StayOpen` or `Quit`.
    pub closing: bool,
}

/// The features that this system supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellCapabilities {
    /// There is a tray. Without one, closing the window ends the program.
    pub tray: bool,
    pub start_at_login: bool,
    pub shortcut: bool,
}
