//! The window of the program: focus, geometry, side mode, showing and hiding.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::{
    AppHandle, LogicalSize, Manager as _, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::geometry::{self, Geometry, WorkArea};
use crate::shell_state::{self, Closing};
use crate::{browser, texts};

pub const LABEL: &str = "main";
const WIDTH: f64 = 1180.0;
const HEIGHT: f64 = 780.0;
/// The smallest size at which the interface fits, in logical pixels.
const LEAST_WIDTH: f64 = 360.0;
const LEAST_HEIGHT: f64 = 480.0;

/// Focus of the window. A window with the focus is visible, so its user is taken to look at it.
#[derive(Debug, Default)]
pub struct Attention {
    focused: AtomicBool,
    /// When the window last lost the focus.
    left: Mutex<Option<Instant>>,
    /// The last size in side mode.
    side_size: Mutex<Option<PhysicalSize<u32>>>,
}

/// Pressing the global shortcut takes the focus from the window for up to this long.
const KEY_PRESS: Duration = Duration::from_millis(400);

impl Attention {
    fn set_focused(&self, focused: bool) {
        self.focused.store(focused, Ordering::SeqCst);
        if !focused {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    fn is_focused(&self) -> bool {
        self.focused.load(Ordering::SeqCst)
    }

    fn is_new_side_size(&self, size: PhysicalSize<u32>) -> bool {
        let mut last = self.side_size.lock().unwrap_or_else(PoisonError::into_inner);
        last.replace(size) != Some(size)
    }

    fn was_just_focused(&self) -> bool {
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_focused() || left.is_some_and(|left| left.elapsed() < KEY_PRESS)
    }
}

/// Functions of other modules that window events call.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// The window got the focus.
    pub focused: fn(&AppHandle),
    /// Whether the interface answers, and can explain what closing does.
    pub is_responsive: fn(&AppHandle) -> bool,
    /// The interface is to explain what closing does.
    pub explain_closing: fn(&AppHandle),
}

/// Opens the window. The webview keeps its own data in memory only (F1), except under WebDriver, which cannot attach to a
/// private webview: there the data is in the folder of the profile, and the story searches it for message text.
pub fn open(app: &AppHandle, profile: &str, folder: &Path, hidden: bool, hooks: Hooks) -> tauri::Result<()> {
    let driven = std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true");
    let shell = shell_state::of(app);
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        // Files are dropped on the page, which takes them itself.
        .disable_drag_drop_handler()
        .title(texts::title(profile, 0))
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(LEAST_WIDTH, LEAST_HEIGHT)
        .visible(false)
        .incognito(!driven)
        .data_directory(folder.join("webview"))
        .on_navigation(browser::is_own)
        .build()?;
    app.manage(Attention::default());
    if let Some(saved) = shell.geometry() {
        set_geometry(&window, saved);
    }
    set_zoom(app, shell.settings().zoom.value.per_cent());
    let app = app.clone();
    window.on_window_event(move |event| on_event(&app, event, hooks));
    if !hidden {
        window.show()?;
    }
    Ok(())
}

/// Leaves the window hidden at the start if there is a tray. Without one the user could not bring it back: it is minimised then.
pub fn keep_hidden(app: &AppHandle) {
    if shell_state::of(app).has_tray() {
        return;
    }
    with_window(app, "minimised", |window| {
        window.minimize()?;
        window.show()
    });
}

/// Hides a window that was minimised because there was no tray.
pub fn hide_minimized(app: &AppHandle) {
    with_window(app, "put into the tray", |window| {
        if window.is_minimized()? {
            window.hide()?;
        }
        Ok(())
    });
}

fn on_event(app: &AppHandle, event: &WindowEvent, hooks: Hooks) {
    match event {
        WindowEvent::Focused(focused) => {
            app.state::<Attention>().set_focused(*focused);
            if *focused {
                (hooks.focused)(app);
            }
        }
        // Some window managers keep the whole window on the screen, so it reaches the edge only after it has become narrow.
        // Moving also sends this event, with an unchanged size.
        WindowEvent::Resized(size) if shell_state::of(app).is_side_mode() => {
            with_window(app, "put to the side", |window| {
                if !app.state::<Attention>().is_new_side_size(*size) {
                    return Ok(());
                }
                if let Some(side) = side_geometry(window)? {
                    window.set_position(PhysicalPosition::new(side.x, side.y))?;
                }
                Ok(())
            })
        }
        WindowEvent::CloseRequested { api, .. } => {
            remember_geometry(app);
            match shell_state::of(app).closing((hooks.is_responsive)(app)) {
                Closing::Quit => {}
                Closing::Hide => {
                    api.prevent_close();
                    hide(app);
                }
                Closing::Explain => {
                    api.prevent_close();
                    show(app);
                    (hooks.explain_closing)(app);
                }
            }
        }
        _ => {}
    }
}

/// Whether the window has the focus.
pub fn is_attended(app: &AppHandle) -> bool {
    app.try_state::<Attention>()
        .is_some_and(|attention| attention.is_focused())
}

fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Acts on the window if it is open, and logs a failure.
pub fn with_window(app: &AppHandle, what: &str, act: impl FnOnce(&WebviewWindow) -> tauri::Result<()>) {
    if let Some(window) = window(app)
        && let Err(error) = act(&window)
    {
        tracing::warn!(%error, "the window could not be {what}");
    }
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    with_window(app, "brought to the front", |window| {
        window.unminimize()?;
        window.show()?;
        window.set_focus()
    });
}

pub fn hide(app: &AppHandle) {
    with_window(app, "hidden", |window| window.hide());
}

/// Brings the window to the front, or hides it when it is there already.
pub fn toggle(app: &AppHandle) {
    let attention = app.try_state::<Attention>();
    if attention.is_some_and(|attention| attention.was_just_focused()) {
        with_window(app, "put away", |window| {
            if shell_state::of(app).has_tray() {
                window.hide()
            } else {
                window.minimize()
            }
        });
    } else {
        show(app);
    }
}

pub fn set_title(app: &AppHandle, title: &str) {
    with_window(app, "named", |window| window.set_title(title));
}

/// Zooms the interface. A larger zoom needs a wider window, at most as wide as the screen, because text must not be cut off;
/// the least height stays, because the interface scrolls.
pub fn set_zoom(app: &AppHandle, per_cent: u16) {
    with_window(app, "zoomed", |window| {
        let zoom = f64::from(per_cent) / 100.0;
        window.set_zoom(zoom)?;
        let screen = window.current_monitor()?.or(window.primary_monitor()?);
        let widest = screen.map_or(LEAST_WIDTH, |screen| {
            f64::from(work_area(&screen).width) / screen.scale_factor()
        });
        let narrowest = (LEAST_WIDTH * zoom).clamp(LEAST_WIDTH, widest.max(LEAST_WIDTH));
        window.set_min_size(Some(LogicalSize::new(narrowest, LEAST_HEIGHT)))
    });
}

/// The geometry of the window now.
pub fn geometry(app: &AppHandle) -> Option<Geometry> {
    let window = window(app)?;
    let (at, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
    Some(Geometry {
        x: at.x,
        y: at.y,
        width: size.width,
        height: size.height,
        maximized: window.is_maximized().unwrap_or_default(),
    })
}

/// Saves the geometry of the window. A maximised window keeps the saved size and position to return to.
pub fn remember_geometry(app: &AppHandle) {
    let shell = shell_state::of(app);
    let Some(now) = geometry(app) else { return };
    if now.maximized {
        let before = shell.geometry().unwrap_or(now);
        shell.remember_geometry(Geometry {
            maximized: true,
            ..before
        });
    } else {
        shell.remember_geometry(now);
    }
}

fn set_geometry(window: &WebviewWindow, wanted: Geometry) {
    let Some(fitted) = geometry::fit_to_screens(wanted, &screens(window)) else {
        return;
    };
    let done = window
        .set_size(PhysicalSize::new(fitted.width, fitted.height))
        .and_then(|()| window.set_position(PhysicalPosition::new(fitted.x, fitted.y)))
        .and_then(|()| {
            if fitted.maximized {
                window.maximize()
            } else {
                Ok(())
            }
        });
    if let Err(error) = done {
        tracing::warn!(%error, "the window could not be put where it was");
    }
}

fn screens(window: &WebviewWindow) -> Vec<WorkArea> {
    let screens = window.available_monitors().unwrap_or_default();
    screens.iter().map(work_area).collect()
}

fn work_area(screen: &tauri::Monitor) -> WorkArea {
    let area = screen.work_area();
    WorkArea {
        x: area.position.x,
        y: area.position.y,
        width: area.size.width,
        height: area.size.height,
    }
}

/// Moves the window to the edge of its screen, and above the other programs.
pub fn enter_side_mode(app: &AppHandle) {
    with_window(app, "put to the side", |window| {
        if window.is_maximized()? {
            window.unmaximize()?;
        }
        if let Some(side) = side_geometry(window)? {
            set_geometry(window, side);
        }
        window.set_always_on_top(true)
    });
}

fn side_geometry(window: &WebviewWindow) -> tauri::Result<Option<Geometry>> {
    let screen = window.current_monitor()?.or(window.primary_monitor()?);
    let (outer, inner) = (window.outer_size()?, window.inner_size()?);
    // The frame takes part of the width and height.
    let frame = |outer: u32, inner: u32| outer.saturating_sub(inner);
    Ok(screen.map(|screen| {
        let zoom = shell_state::of(window.app_handle()).settings().zoom.value;
        let zoom = f64::from(zoom.per_cent()) / 100.0;
        let side = geometry::side_mode(work_area(&screen), screen.scale_factor() * zoom.max(1.0));
        Geometry {
            width: side.width.saturating_sub(frame(outer.width, inner.width)),
            height: side.height.saturating_sub(frame(outer.height, inner.height)),
            ..side
        }
    }))
}

pub fn leave_side_mode(app: &AppHandle, before: Geometry) {
    with_window(app, "put back from the side", |window| {
        window.set_always_on_top(false)?;
        set_geometry(window, before);
        Ok(())
    });
}
