//! Views and settings of the desktop program around the screen. The shell answers these calls.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellView {
    pub settings: ShellSettings,
    pub can: ShellCapabilities,
    /// The overview stands alone at the edge of the screen.
    pub side: bool,
    /// The keys that call the window from anywhere, as they are written on this system.
    pub shortcut: String,
    /// The window was asked to close and stays until one knows what that does: `CloseWindow`, or `Quit`.
    pub closing: bool,
}

/// Kept on this device, for this profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ShellSettings {
    /// Closing the window leaves the program in the tray, so that it goes on to notify.
    pub keep_running: bool,
    pub start_at_login: bool,
    /// The keys call the window from anywhere.
    pub shortcut: bool,
    /// How large everything is, in per cent; 50 to 300.
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

/// What this system offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellCapabilities {
    /// Without a tray, closing the window ends the program.
    pub tray: bool,
    pub start_at_login: bool,
    pub shortcut: bool,
}
