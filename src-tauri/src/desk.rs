//! The desktop program around the screen: its settings, kept in a file beside the cache (no name or text is in it), and what
//! the screen asks of it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::api::shell::{ShellCapabilities, ShellSettings, ShellView};
use client::api::{ApiError, Invalidated, ShellRequest};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use tauri_plugin_autostart::ManagerExt as _;

use crate::place::Place;
use crate::{door, shortcut, signs, startup, window};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    settings: ShellSettings,
    place: Option<Place>,
    /// One was told that closing the window does not end the program.
    explained: bool,
}

#[derive(Debug)]
struct Now {
    kept: Kept,
    can: ShellCapabilities,
    /// Where the window stood before side mode.
    side: Option<Place>,
    closing: bool,
}

#[derive(Debug)]
pub struct Desk {
    file: PathBuf,
    now: Mutex<Now>,
}

/// What closing the window does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// One is told first that the program goes on.
    Explain,
    Hide,
    Quit,
}

impl Desk {
    /// A file that cannot be read is begun anew: nothing in it is worth stopping for.
    pub fn open(folder: &Path) -> Desk {
        let file = folder.join("desk.json");
        let kept = std::fs::read(&file)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        Desk {
            file,
            now: Mutex::new(Now {
                kept,
                can: ShellCapabilities {
                    tray: false,
                    start_at_login: true,
                    shortcut: true,
                },
                side: None,
                closing: false,
            }),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn settings(&self) -> ShellSettings {
        self.now().kept.settings.clone()
    }

    pub fn place(&self) -> Option<Place> {
        self.now().kept.place
    }

    pub fn view(&self) -> ShellView {
        let now = self.now();
        ShellView {
            settings: now.kept.settings.clone(),
            can: now.can,
            side: now.side.is_some(),
            shortcut: shortcut::WRITTEN.to_owned(),
            closing: now.closing,
        }
    }

    pub fn found_tray(&self) {
        self.now().can.tray = true;
    }

    pub fn found_shortcut(&self, shortcut: bool) {
        self.now().can.shortcut = shortcut;
    }

    pub fn has_tray(&self) -> bool {
        self.now().can.tray
    }

    /// Where the window stands is remembered; but of side mode, where it stood before.
    pub fn stands(&self, place: Place) {
        let mut now = self.now();
        let place = now.side.unwrap_or(place);
        let changed = now.kept.place.replace(place) != Some(place);
        if changed {
            self.keep(&now.kept);
        }
    }

    /// Into side mode from a place; the place to go back to, out of it.
    fn side(&self, from: Option<Place>) -> Option<Place> {
        std::mem::replace(&mut self.now().side, from)
    }

    pub fn is_side(&self) -> bool {
        self.now().side.is_some()
    }

    /// The window is asked to close. `answers`: the screen is there to explain what that does.
    pub fn closing(&self, answers: bool) -> Closing {
        let mut now = self.now();
        if !now.kept.settings.keep_running || !now.can.tray {
            return Closing::Quit;
        }
        if now.kept.explained || !answers {
            return Closing::Hide;
        }
        now.closing = true;
        Closing::Explain
    }

    fn stays_open(&self) {
        self.now().closing = false;
    }

    fn understood(&self) {
        let mut now = self.now();
        now.closing = false;
        now.kept.explained = true;
        self.keep(&now.kept);
    }

    fn save(&self, settings: ShellSettings) -> ShellSettings {
        let settings = ShellSettings {
            zoom: settings.zoom.clamp(50, 300),
            ..settings
        };
        let mut now = self.now();
        let before = std::mem::replace(&mut now.kept.settings, settings);
        self.keep(&now.kept);
        before
    }

    /// Written beside and then put in its place, so that a program that ends in between leaves a whole file.
    fn keep(&self, kept: &Kept) {
        let beside = self.file.with_extension("new");
        let written = serde_json::to_vec_pretty(kept)
            .map_err(std::io::Error::from)
            .and_then(|json| std::fs::write(&beside, json))
            .and_then(|()| std::fs::rename(&beside, &self.file));
        if let Err(error) = written {
            tracing::warn!(%error, "the settings of the window could not be kept");
        }
    }
}

/// Every call of the screen that is about the program itself.
#[tauri::command]
pub async fn desk(app: AppHandle, desk: State<'_, Desk>, call: ShellRequest) -> Result<ShellView, ApiError> {
    match call {
        ShellRequest::Desk {} => return Ok(desk.view()),
        ShellRequest::Shown {} => {
            startup::shown(&app);
            return Ok(desk.view());
        }
        ShellRequest::SaveDesk { settings } => {
            let before = desk.save(settings);
            apply(&app, &before, &desk.settings());
        }
        ShellRequest::SideMode { on } => side_mode(&app, &desk, on),
        ShellRequest::CloseWindow {} => {
            desk.understood();
            window::hide(&app);
        }
        ShellRequest::StayOpen {} => desk.stays_open(),
        ShellRequest::Quit {} => app.exit(0),
    }
    door::tell(&app, vec![Invalidated::Desk]);
    Ok(desk.view())
}

fn apply(app: &AppHandle, before: &ShellSettings, settings: &ShellSettings) {
    if before.zoom != settings.zoom {
        window::zoom(app, settings.zoom);
    }
    if before.shortcut != settings.shortcut {
        shortcut::listen(app, settings.shortcut);
    }
    if before.start_at_login != settings.start_at_login {
        let launch = app.autolaunch();
        let done = if settings.start_at_login {
            launch.enable()
        } else {
            launch.disable()
        };
        if let Err(error) = done {
            tracing::warn!(%error, "starting at login could not be changed");
        }
    }
}

fn side_mode(app: &AppHandle, desk: &Desk, on: bool) {
    if on == desk.is_side() {
        return;
    }
    if on {
        desk.side(window::place(app));
        window::to_side(app);
    } else if let Some(place) = desk.side(None) {
        window::from_side(app, place);
    }
}

/// There is a tray from now on: it shows what there is to show, and what was put away for want of it is hidden.
pub fn tray_found(app: &AppHandle) {
    of(app).found_tray();
    window::goes_to_tray(app);
    signs::look(app);
    door::tell(app, vec![Invalidated::Desk]);
}

/// The state of the program, once it is there.
pub fn of(app: &AppHandle) -> State<'_, Desk> {
    app.state::<Desk>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path());
        (folder, desk)
    }

    #[test]
    fn closing_explains_once_then_hides_and_ends_the_program_where_there_is_no_tray() {
        let (folder, desk) = desk();
        assert_eq!(desk.closing(true), Closing::Quit, "no tray to go on in");
        desk.found_tray();
        assert_eq!(
            desk.closing(false),
            Closing::Hide,
            "a screen that does not answer is not asked"
        );
        assert_eq!(desk.closing(true), Closing::Explain);
        assert!(desk.view().closing);
        desk.stays_open();
        assert!(!desk.view().closing);
        assert_eq!(desk.closing(true), Closing::Explain);
        desk.understood();
        assert_eq!(desk.closing(true), Closing::Hide);
        // Known after a restart, too.
        let again = Desk::open(folder.path());
        again.found_tray();
        assert_eq!(again.closing(true), Closing::Hide);
        let settings = ShellSettings {
            keep_running: false,
            ..again.settings()
        };
        again.save(settings);
        assert_eq!(again.closing(true), Closing::Quit);
    }

    #[test]
    fn the_place_before_side_mode_is_remembered_and_not_that_of_side_mode() {
        let (folder, desk) = desk();
        let place = Place {
            x: 10,
            y: 20,
            width: 900,
            height: 700,
            maximized: false,
        };
        desk.stands(place);
        desk.side(Some(place));
        desk.stands(Place {
            x: 1500,
            width: 380,
            ..place
        });
        assert_eq!(Desk::open(folder.path()).place(), Some(place));
    }

    #[test]
    fn settings_are_kept_within_bounds_and_a_damaged_file_is_begun_anew() {
        let (folder, desk) = desk();
        let zoom = |zoom| ShellSettings {
            zoom,
            ..ShellSettings::default()
        };
        desk.save(zoom(9_000));
        assert_eq!(Desk::open(folder.path()).settings().zoom, 300);
        std::fs::write(folder.path().join("desk.json"), "{\"settings\": 7").unwrap();
        assert_eq!(Desk::open(folder.path()).settings(), ShellSettings::default());
    }
}
