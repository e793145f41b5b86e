//! The keys that call the window from anywhere, beside the patient record.

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::window;

#[cfg(target_os = "macos")]
const KEYS: &str = "Alt+Command+O";
#[cfg(not(target_os = "macos"))]
const KEYS: &str = "Control+Alt+O";

/// As they are written on this system.
#[cfg(target_os = "macos")]
pub const WRITTEN: &str = "⌥⌘O";
#[cfg(not(target_os = "macos"))]
pub const WRITTEN: &str = "Ctrl+Alt+O";

/// Begins or ends to listen; whether the system lets us. Wayland does not, and another program may have the keys.
pub fn listen(app: &AppHandle, on: bool) -> bool {
    let keys = app.global_shortcut();
    let done = if on {
        keys.on_shortcut(KEYS, |app, _, event| {
            if event.state() == ShortcutState::Pressed {
                window::call(app);
            }
        })
    } else {
        keys.unregister(KEYS)
    };
    match done {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "the keys that call the window are not ours");
            false
        }
    }
}
