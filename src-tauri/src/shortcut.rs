//! The global shortcut, which shows or hides the window while another program has the focus.

use std::time::Duration;

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

#[cfg(target_os = "macos")]
const KEYS: &str = "Alt+Command+O";
#[cfg(not(target_os = "macos"))]
const KEYS: &str = "Control+Alt+O";

/// The shortcut as written on this system.
#[cfg(target_os = "macos")]
pub const LABEL: &str = "⌥⌘O";
#[cfg(not(target_os = "macos"))]
pub const LABEL: &str = "Ctrl+Alt+O";

/// Delay between the start of the program and the registration.
const DELAY: Duration = Duration::from_secs(1);

/// Calls `register` after the window has opened: registering takes the system 50 ms, and blocks the thread that paints (BD1).
pub fn after_start(app: AppHandle, register: fn(&AppHandle)) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(DELAY).await;
        register(&app);
    });
}

/// Registers or releases the shortcut, and returns whether the system allowed it. Wayland refuses, and so does a system on
/// which another program holds the same keys.
pub fn set_registered(app: &AppHandle, on: bool, pressed: fn(&AppHandle)) -> bool {
    let shortcuts = app.global_shortcut();
    if on && shortcuts.is_registered(KEYS) {
        return true;
    }
    let done = if on {
        shortcuts.on_shortcut(KEYS, move |app, _, event| {
            if event.state() == ShortcutState::Pressed {
                pressed(app);
            }
        })
    } else {
        shortcuts.unregister(KEYS)
    };
    match done {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "the global shortcut is not available");
            false
        }
    }
}
