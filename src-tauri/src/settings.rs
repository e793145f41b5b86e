//! Settings of the desktop shell, stored in a file beside the cache (the file contains no name and no message text), and the
//! state of the shell that lasts until the program ends.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::api::shell::{ShellCapabilities, ShellSettings, ShellView};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _};

use crate::geometry::Geometry;

/// Contents of the settings file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Saved {
    settings: ShellSettings,
    #[serde(rename = "place")]
    geometry: Option<Geometry>,
    /// The user has seen that closing the window does not end the program.
    #[serde(rename = "explained")]
    acknowledged: bool,
}

#[derive(Debug)]
struct State {
    saved: Saved,
    capabilities: ShellCapabilities,
    /// In side mode: the geometry to return to.
    before_side_mode: Option<Geometry>,
    closing: bool,
}

/// Settings and state of the shell; every change of a saved value is written to the file at once.
#[derive(Debug)]
pub struct ShellState {
    file: PathBuf,
    /// The global shortcut as written on this system.
    shortcut: &'static str,
    state: Mutex<State>,
}

/// The effect of closing the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The interface first explains that the program keeps running.
    Explain,
    Hide,
    Quit,
}

impl ShellState {
    /// Reads the settings file. A file that cannot be read is replaced by the defaults: losing these settings is better than
    /// not starting.
    pub fn open(folder: &Path, shortcut: &'static str) -> ShellState {
        let file = folder.join("desk.json");
        let saved = std::fs::read(&file)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        ShellState {
            file,
            shortcut,
            state: Mutex::new(State {
                saved,
                capabilities: ShellCapabilities {
                    tray: false,
                    start_at_login: true,
                    shortcut: true,
                },
                before_side_mode: None,
                closing: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn settings(&self) -> ShellSettings {
        self.state().saved.settings.clone()
    }

    pub fn geometry(&self) -> Option<Geometry> {
        self.state().saved.geometry
    }

    pub fn view(&self) -> ShellView {
        let state = self.state();
        ShellView {
            settings: state.saved.settings.clone(),
            can: state.capabilities,
            side: state.before_side_mode.is_some(),
            shortcut: self.shortcut.to_owned(),
            closing: state.closing,
        }
    }

    pub fn tray_found(&self) {
        self.state().capabilities.tray = true;
    }

    pub fn set_shortcut_available(&self, available: bool) {
        self.state().capabilities.shortcut = available;
    }

    pub fn has_tray(&self) -> bool {
        self.state().capabilities.tray
    }

    /// Saves the geometry of the window. Side mode saves the geometry from before it.
    pub fn remember_geometry(&self, geometry: Geometry) {
        let mut state = self.state();
        let geometry = state.before_side_mode.unwrap_or(geometry);
        let changed = state.saved.geometry.replace(geometry) != Some(geometry);
        if changed {
            self.write(&state.saved);
        }
    }

    /// Enters side mode with the geometry to return to, or leaves it with `None`; returns the value from before.
    pub fn set_side_mode(&self, before: Option<Geometry>) -> Option<Geometry> {
        std::mem::replace(&mut self.state().before_side_mode, before)
    }

    pub fn is_side_mode(&self) -> bool {
        self.state().before_side_mode.is_some()
    }

    /// Handles a request to close the window. `responsive`: the interface answers and can show the explanation.
    pub fn closing(&self, responsive: bool) -> Closing {
        let mut state = self.state();
        if !state.saved.settings.keep_running || !state.capabilities.tray {
            return Closing::Quit;
        }
        if state.saved.acknowledged || !responsive {
            return Closing::Hide;
        }
        state.closing = true;
        Closing::Explain
    }

    pub fn stay_open(&self) {
        self.state().closing = false;
    }

    /// The user has read the explanation of closing, and it is never shown again.
    pub fn acknowledged(&self) {
        let mut state = self.state();
        state.closing = false;
        state.saved.acknowledged = true;
        self.write(&state.saved);
    }

    /// Saves settings, clamped to their bounds; returns the settings from before.
    pub fn save(&self, settings: ShellSettings) -> ShellSettings {
        let settings = ShellSettings {
            zoom: settings.zoom.clamp(50, 300),
            ..settings
        };
        let mut state = self.state();
        let before = std::mem::replace(&mut state.saved.settings, settings);
        self.write(&state.saved);
        before
    }

    /// Writes to a temporary file and renames it, so that a crash in between leaves a complete file.
    fn write(&self, saved: &Saved) {
        let temporary = self.file.with_extension("new");
        let written = serde_json::to_vec_pretty(saved)
            .map_err(std::io::Error::from)
            .and_then(|json| std::fs::write(&temporary, json))
            .and_then(|()| std::fs::rename(&temporary, &self.file));
        if let Err(error) = written {
            tracing::warn!(%error, "the settings of the window could not be saved");
        }
    }
}

/// The state of the shell; available once `app.rs` has set it up.
pub fn of(app: &AppHandle) -> tauri::State<'_, ShellState> {
    app.state::<ShellState>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> (tempfile::TempDir, ShellState) {
        let folder = tempfile::tempdir().unwrap();
        let shell = ShellState::open(folder.path(), "Ctrl+Alt+O");
        (folder, shell)
    }

    #[test]
    fn closing_explains_once_then_hides_and_quits_without_a_tray() {
        let (folder, shell) = shell();
        assert_eq!(shell.closing(true), Closing::Quit, "no tray to keep running in");
        shell.tray_found();
        assert_eq!(
            shell.closing(false),
            Closing::Hide,
            "an interface that does not answer is not asked to explain"
        );
        assert_eq!(shell.closing(true), Closing::Explain);
        assert!(shell.view().closing);
        shell.stay_open();
        assert!(!shell.view().closing);
        assert_eq!(shell.closing(true), Closing::Explain);
        shell.acknowledged();
        assert_eq!(shell.closing(true), Closing::Hide);
        // The acknowledgement is kept over a restart.
        let again = ShellState::open(folder.path(), "Ctrl+Alt+O");
        again.tray_found();
        assert_eq!(again.closing(true), Closing::Hide);
        let settings = ShellSettings {
            keep_running: false,
            ..again.settings()
        };
        again.save(settings);
        assert_eq!(again.closing(true), Closing::Quit);
    }

    #[test]
    fn side_mode_keeps_the_geometry_from_before_it() {
        let (folder, shell) = shell();
        let geometry = Geometry {
            x: 10,
            y: 20,
            width: 900,
            height: 700,
            maximized: false,
        };
        shell.remember_geometry(geometry);
        shell.set_side_mode(Some(geometry));
        shell.remember_geometry(Geometry {
            x: 1500,
            width: 380,
            ..geometry
        });
        assert_eq!(
            ShellState::open(folder.path(), "Ctrl+Alt+O").geometry(),
            Some(geometry)
        );
    }

    #[test]
    fn settings_are_clamped_and_a_damaged_file_is_replaced_by_the_defaults() {
        let (folder, shell) = shell();
        let zoom = |zoom| ShellSettings {
            zoom,
            ..ShellSettings::default()
        };
        shell.save(zoom(9_000));
        assert_eq!(ShellState::open(folder.path(), "Ctrl+Alt+O").settings().zoom, 300);
        std::fs::write(folder.path().join("desk.json"), "{\"settings\": 7").unwrap();
        assert_eq!(
            ShellState::open(folder.path(), "Ctrl+Alt+O").settings(),
            ShellSettings::default()
        );
    }

    #[test]
    fn the_keys_of_the_settings_file_do_not_change() {
        let (folder, shell) = shell();
        shell.remember_geometry(Geometry {
            x: 10,
            y: 20,
            width: 900,
            height: 700,
            maximized: true,
        });
        shell.acknowledged();
        let file = std::fs::read(folder.path().join("desk.json")).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(
            written,
            serde_json::json!({
                "settings": { "keep_running": true, "start_at_login": false, "shortcut": true, "zoom": 100 },
                "place": { "x": 10, "y": 20, "width": 900, "height": 700, "maximized": true },
                "explained": true,
            })
        );
    }
}
