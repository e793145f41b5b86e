//! The one window.

use std::path::Path;

use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder};

const LABEL: &str = "main";

/// Opens the window. What the webview itself would keep on disk it keeps in memory only (F1); but under WebDriver, which
/// reaches no private webview, it keeps it in the profile's folder, where the story looks for words in it.
pub fn open(app: &AppHandle, profile: &str, folder: &Path) -> tauri::Result<()> {
    let driven = std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true");
    let title = if profile == "standard" {
        "Overleg".to_owned()
    } else {
        format!("Overleg ({profile})")
    };
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(title)
        .inner_size(1180.0, 780.0)
        .min_inner_size(360.0, 480.0)
        .incognito(!driven)
        .data_directory(folder.join("webview"))
        .on_navigation(crate::browser::is_own)
        .build()?;
    Ok(())
}

/// Brings the window to the front: the program was started again.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    let shown = window
        .unminimize()
        .and_then(|()| window.show())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}
