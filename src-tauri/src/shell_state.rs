//! The state of the shell: what it remembers over a restart, in a file beside the cache, and what lasts until the program
//! ends.
//!
//! The state remembered here is not a setting: nobody chose it. The settings of the shell are among the others, in the registry
//! (`client::model::settings`), and are read through here. The file contains no name and no message text (F1).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use client::api::shell::{ShellCapabilities, ShellView};
use client::api::view::Settings;
use client::device_settings::{self, DeviceSettings};
use client::whole_file;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _};

use crate::geometry::Geometry;

const FILE: &str = "window.json";

/// Contents of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Saved {
    // Aliases: names in `desk.json`, which held this before settings had a registry.
    #[serde(alias = "place")]
    geometry: Option<Geometry>,
    /// The user has seen that closing the window does not end the program.
    #[serde(alias = "explained")]
    closing_explained: bool,
    /// Starting at login was set up once because the organisation recommends it: what the user does to it afterwards holds.
    start_at_login_followed: bool,
}

#[derive(Debug)]
struct State {
    saved: Saved,
    capabilities: ShellCapabilities,
    /// In side mode: the geometry to return to.
    before_side_mode: Option<Geometry>,
    closing: bool,
    /// The settings that window and system follow by now.
    applied: Settings,
}

/// State of the shell; every change of a saved value is written to the file at once.
#[derive(Debug)]
pub struct ShellState {
    file: PathBuf,
    settings: Arc<DeviceSettings>,
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
    /// Reads the file. One that cannot be read is replaced by the defaults: losing a geometry is better than not starting.
    pub fn open(folder: &Path, settings: Arc<DeviceSettings>, shortcut: &'static str) -> ShellState {
        let read = |name: &str| std::fs::read(folder.join(name)).ok();
        let saved = read(FILE)
            .or_else(|| read(device_settings::FILE))
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        ShellState {
            file: folder.join(FILE),
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
                applied: settings.current(),
            }),
            settings,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The settings of this device.
    pub fn settings(&self) -> Settings {
        self.settings.current()
    }

    /// The settings as they were applied last, and those to apply now, if any differs.
    pub fn unapplied_settings(&self) -> Option<(Settings, Settings)> {
        let now = self.settings();
        let before = std::mem::replace(&mut self.state().applied, now.clone());
        (before != now).then_some((before, now))
    }

    pub fn geometry(&self) -> Option<Geometry> {
        self.state().saved.geometry
    }

    pub fn view(&self) -> ShellView {
        let state = self.state();
        ShellView {
            can: state.capabilities,
            side: state.before_side_mode.is_some(),
            shortcut: self.shortcut.to_owned(),
            closing: state.closing,
            trial: None,
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
        if !self.settings.current().keep_running.value || !state.capabilities.tray {
            return Closing::Quit;
        }
        if state.saved.closing_explained || !responsive {
            return Closing::Hide;
        }
        state.closing = true;
        Closing::Explain
    }

    /// Whether this is the first time that a recommendation to start at login is followed; it is remembered.
    pub fn follows_start_at_login_first(&self) -> bool {
        let mut state = self.state();
        let first = !std::mem::replace(&mut state.saved.start_at_login_followed, true);
        if first {
            self.write(&state.saved);
        }
        first
    }

    pub fn stay_open(&self) {
        self.state().closing = false;
    }

    /// The user has read the explanation of closing, and it is never shown again.
    pub fn acknowledged(&self) {
        let mut state = self.state();
        state.closing = false;
        state.saved.closing_explained = true;
        self.write(&state.saved);
    }

    fn write(&self, saved: &Saved) {
        let written = serde_json::to_vec_pretty(saved)
            .map_err(std::io::Error::from)
            .and_then(|json| whole_file::write(&self.file, &json));
        if let Err(error) = written {
            tracing::warn!(%error, "the state of the window could not be saved");
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

    const LABEL: &str = "Ctrl+Alt+O";
    const GEOMETRY: Geometry = Geometry {
        x: 10,
        y: 20,
        width: 900,
        height: 700,
        maximized: false,
    };

    fn open(folder: &Path) -> ShellState {
        let settings = DeviceSettings::open(folder);
        ShellState::open(folder, Arc::new(settings), LABEL)
    }

    fn shell() -> (tempfile::TempDir, ShellState) {
        let folder = tempfile::tempdir().unwrap();
        let shell = open(folder.path());
        (folder, shell)
    }

    fn write(folder: &Path, file: &str, json: &str) {
        std::fs::write(folder.join(file), json).unwrap();
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
        let again = open(folder.path());
        again.tray_found();
        assert_eq!(again.closing(true), Closing::Hide);
        write(
            folder.path(),
            "desk.json",
            r#"{"settings": {"program.keep_running": false}}"#,
        );
        let again = open(folder.path());
        again.tray_found();
        assert_eq!(again.closing(true), Closing::Quit);
    }

    #[test]
    fn side_mode_keeps_the_geometry_from_before_it() {
        let (folder, shell) = shell();
        shell.remember_geometry(GEOMETRY);
        shell.set_side_mode(Some(GEOMETRY));
        shell.remember_geometry(Geometry {
            x: 1500,
            width: 380,
            ..GEOMETRY
        });
        assert_eq!(open(folder.path()).geometry(), Some(GEOMETRY));
    }

    #[test]
    fn a_damaged_file_is_replaced_by_the_defaults() {
        let (folder, shell) = shell();
        shell.remember_geometry(GEOMETRY);
        write(folder.path(), FILE, r#"{"geometry": 7"#);
        assert_eq!(open(folder.path()).geometry(), None);
    }

    /// The bytes are those of a version before settings had a registry.
    #[test]
    fn the_state_remembered_beside_the_settings_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let old = r#"{
  "settings": { "keep_running": true, "start_at_login": true, "shortcut": false, "zoom": 125 },
  "place": { "x": 10, "y": 20, "width": 900, "height": 700, "maximized": false },
  "explained": true
}"#;
        write(folder.path(), "desk.json", old);
        let shell = open(folder.path());
        let settings = shell.settings();
        assert_eq!(settings.zoom.value.per_cent(), 125);
        assert!(settings.start_at_login.value && !settings.shortcut.value);
        assert_eq!(shell.geometry(), Some(GEOMETRY));
        shell.tray_found();
        assert_eq!(
            shell.closing(true),
            Closing::Hide,
            "the explanation was seen before"
        );
        // From now on it is kept apart.
        let moved = Geometry { x: 99, ..GEOMETRY };
        shell.remember_geometry(moved);
        assert_eq!(open(folder.path()).geometry(), Some(moved));
    }

    #[test]
    fn the_keys_of_the_file_do_not_change() {
        let (folder, shell) = shell();
        shell.remember_geometry(Geometry {
            maximized: true,
            ..GEOMETRY
        });
        shell.acknowledged();
        let file = std::fs::read(folder.path().join(FILE)).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(
            written,
            serde_json::json!({
                "geometry": { "x": 10, "y": 20, "width": 900, "height": 700, "maximized": true },
                "closing_explained": true,
                "start_at_login_followed": false,
            })
        );
    }

    // I4
    #[test]
    fn a_recommendation_to_start_at_login_is_followed_once_in_all_runs() {
        let (folder, shell) = shell();
        assert!(shell.follows_start_at_login_first());
        assert!(!shell.follows_start_at_login_first());
        let settings = Arc::new(DeviceSettings::in_memory());
        let again = ShellState::open(folder.path(), settings, "Ctrl+Alt+O");
        assert!(!again.follows_start_at_login_first());
    }
}
