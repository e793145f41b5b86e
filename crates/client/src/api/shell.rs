//! Views and settings of the desktop program around the screen. The shell answers these requests.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellView {
    pub settings: ShellSettings,
    pub can: ShellCapabilities,
    /// Side mode: only the overview, at the edge of the screen.
    pub side: bool,
    /// The global shortcut that shows the window, as written on this system.
    pub shortcut: String,
    /// The window was asked to close, and stays open until `CloseWindow`, `StayOpen` or `Quit`.
    pub closing: bool,
}

/// Stored on this device, for this profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ShellSettings {
    /// Closing the window keeps the program in the tray, so that it still notifies.
    pub keep_running: bool,
    pub start_at_login: bool,
    /// The global shortcut is enabled.
    pub shortcut: bool,
    /// The zoom of the window in per cent, from 50 to 300.
    pub zoom: u16,
}

impl Default for ShellSettings {
    fn default() -> ShellSettings {
        ShellSettings {
            keep_running: true,
            start_at_login: false,
            shortcut: true,
            zoom: 100,
        }
    }
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
