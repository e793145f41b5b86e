//! The keys that call the window from anywhere, beside the patient record.

use std::time::Duration;

use client::api::Invalidated;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::{desk, door, window};

#[cfg(target_os = "macos")]
const KEYS: &str = "Alt+Command+O";
#[cfg(not(target_os = "macos"))]
const KEYS: &str = "Control+Alt+O";

/// As they are written on this system.
#[cfg(target_os = "macos")]
pub const WRITTEN: &str = "⌥⌘O";
#[cfg(not(target_os = "macos"))]
pub const WRITTEN: &str = "Ctrl+Alt+O";

/// Until the keys are asked for.
const SOON: Duration = Duration::from_secs(1);

/// Begins to listen when the window has come: the system takes 50 ms to give the keys, and the thread that draws waits for
/// it (BD1).
pub fn listen_soon(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SOON).await;
        let listens = !desk::of(&app).settings().shortcut || listen(&app, true);
        desk::of(&app).found_shortcut(listens);
        door::tell(&app, vec![Invalidated::Desk]);
    });
}

/// Begins or ends to listen; whether the system lets us. Wayland does not, and another program may have the keys.
pub fn listen(app: &AppHandle, on: bool) -> bool {
    let keys = app.global_shortcut();
    if on && keys.is_registered(KEYS) {
        return true;
    }
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
