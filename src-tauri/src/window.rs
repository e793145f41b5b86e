//! The one window.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::{
    AppHandle, LogicalSize, Manager as _, PhysicalPosition, PhysicalSize, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::desk::{self, Closing};
use crate::place::{Area, Place, seen, side};
use crate::{door, signs, startup};

const LABEL: &str = "main";
const WIDTH: f64 = 1180.0;
const HEIGHT: f64 = 780.0;
/// Nothing is cut off in a window of this size.
const NARROWEST: f64 = 360.0;
const LOWEST: f64 = 480.0;

/// Whether somebody looks at the window: it has the focus, and so can be seen.
#[derive(Debug, Default)]
pub struct Attention {
    focused: AtomicBool,
    /// When it last lost the focus.
    left: Mutex<Option<Instant>>,
    /// The size that it last had at the side of the screen.
    size: Mutex<Option<PhysicalSize<u32>>>,
}

/// The keys that call the window take the focus from it while they are pressed.
const PRESSED: Duration = Duration::from_millis(400);

impl Attention {
    fn focused(&self, focused: bool) {
        self.focused.store(focused, Ordering::SeqCst);
        if !focused {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    fn is_focused(&self) -> bool {
        self.focused.load(Ordering::SeqCst)
    }

    fn is_new(&self, size: PhysicalSize<u32>) -> bool {
        let mut last = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        last.replace(size) != Some(size)
    }

    fn was_focused(&self) -> bool {
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_focused() || left.is_some_and(|left| left.elapsed() < PRESSED)
    }
}

/// Opens the window. What the webview itself would keep on disk it keeps in memory only (F1); but under WebDriver, which
/// reaches no private webview, it keeps it in the profile's folder, where the story looks for words in it.
pub fn open(app: &AppHandle, profile: &str, folder: &Path, hidden: bool) -> tauri::Result<()> {
    let driven = std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true");
    let desk = desk::of(app);
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(crate::words::title(profile, 0))
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(NARROWEST, LOWEST)
        .visible(false)
        .incognito(!driven)
        .data_directory(folder.join("webview"))
        .on_navigation(crate::browser::is_own)
        .build()?;
    app.manage(Attention::default());
    if let Some(place) = desk.place() {
        stand(&window, place);
    }
    zoom(app, desk.settings().zoom);
    let app = app.clone();
    window.on_window_event(move |event| happened(&app, event));
    match (hidden, desk.has_tray()) {
        (false, _) => window.show()?,
        // Until there is a tray, nobody could call a window that is hidden.
        (true, false) => {
            window.minimize()?;
            window.show()?;
        }
        (true, true) => {}
    }
    Ok(())
}

/// A window that waited for the tray, out of sight, is there now.
pub fn goes_to_tray(app: &AppHandle) {
    on(app, "put into the tray", |window| {
        if window.is_minimized()? {
            window.hide()?;
        }
        Ok(())
    });
}

fn happened(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::Focused(focused) => {
            app.state::<Attention>().focused(*focused);
            if *focused {
                signs::look(app);
            }
        }
        // Some window managers keep all of a window on the screen: only when it is narrow it can go to the edge.
        // Being moved is told as a size, too: the same one is no reason to move again.
        WindowEvent::Resized(size) if desk::of(app).is_side() => on(app, "put to the side", |window| {
            if !app.state::<Attention>().is_new(*size) {
                return Ok(());
            }
            if let Some(place) = side_of(window)? {
                window.set_position(PhysicalPosition::new(place.x, place.y))?;
            }
            Ok(())
        }),
        WindowEvent::CloseRequested { api, .. } => {
            remember(app);
            match desk::of(app).closing(startup::answers(app)) {
                Closing::Quit => {}
                Closing::Hide => {
                    api.prevent_close();
                    hide(app);
                }
                Closing::Explain => {
                    api.prevent_close();
                    show(app);
                    door::tell(app, vec![client::api::Invalidated::Desk]);
                }
            }
        }
        _ => {}
    }
}

/// Whether somebody looks at the window.
pub fn is_attended(app: &AppHandle) -> bool {
    app.try_state::<Attention>()
        .is_some_and(|attention| attention.is_focused())
}

fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Does something to the window, if it is there; a system that refuses is told of in the log.
pub fn on(app: &AppHandle, what: &str, act: impl FnOnce(&WebviewWindow) -> tauri::Result<()>) {
    if let Some(window) = window(app)
        && let Err(error) = act(&window)
    {
        tracing::warn!(%error, "the window could not be {what}");
    }
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    on(app, "brought to the front", |window| {
        window.unminimize()?;
        window.show()?;
        window.set_focus()
    });
}

pub fn hide(app: &AppHandle) {
    on(app, "hidden", |window| window.hide());
}

/// Called from anywhere: to the front, or away again where it is there already.
pub fn call(app: &AppHandle) {
    let attention = app.try_state::<Attention>();
    if attention.is_some_and(|attention| attention.was_focused()) {
        on(app, "put away", |window| {
            if desk::of(app).has_tray() {
                window.hide()
            } else {
                window.minimize()
            }
        });
    } else {
        show(app);
    }
}

pub fn title(app: &AppHandle, title: &str) {
    on(app, "named", |window| window.set_title(title));
}

/// What is larger needs a wider window, as far as the screen goes: letters that are cut off help nobody. Lower is no harm, as
/// one scrolls.
pub fn zoom(app: &AppHandle, per_cent: u16) {
    on(app, "zoomed", |window| {
        let zoom = f64::from(per_cent) / 100.0;
        window.set_zoom(zoom)?;
        let screen = window.current_monitor()?.or(window.primary_monitor()?);
        let widest = screen.map_or(NARROWEST, |screen| {
            f64::from(area(&screen).width) / screen.scale_factor()
        });
        let narrowest = (NARROWEST * zoom).clamp(NARROWEST, widest.max(NARROWEST));
        window.set_min_size(Some(LogicalSize::new(narrowest, LOWEST)))
    });
}

/// Where the window stands now.
pub fn place(app: &AppHandle) -> Option<Place> {
    let window = window(app)?;
    let (at, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
    Some(Place {
        x: at.x,
        y: at.y,
        width: size.width,
        height: size.height,
        maximized: window.is_maximized().unwrap_or_default(),
    })
}

/// Keeps where the window stands. Where it fills the screen, the place to go back to stays the one before.
pub fn remember(app: &AppHandle) {
    let desk = desk::of(app);
    let Some(place) = place(app) else { return };
    if place.maximized {
        let before = desk.place().unwrap_or(place);
        desk.stands(Place {
            maximized: true,
            ..before
        });
    } else {
        desk.stands(place);
    }
}

fn stand(window: &WebviewWindow, place: Place) {
    let Some(place) = seen(place, &screens(window)) else {
        return;
    };
    let stood = window
        .set_size(PhysicalSize::new(place.width, place.height))
        .and_then(|()| window.set_position(PhysicalPosition::new(place.x, place.y)))
        .and_then(|()| {
            if place.maximized {
                window.maximize()
            } else {
                Ok(())
            }
        });
    if let Err(error) = stood {
        tracing::warn!(%error, "the window could not be put where it was");
    }
}

fn screens(window: &WebviewWindow) -> Vec<Area> {
    let screens = window.available_monitors().unwrap_or_default();
    screens.iter().map(area).collect()
}

fn area(screen: &tauri::Monitor) -> Area {
    let area = screen.work_area();
    Area {
        x: area.position.x,
        y: area.position.y,
        width: area.size.width,
        height: area.size.height,
    }
}

/// The edge of the screen that the window is on, above the program that is used beside it.
pub fn to_side(app: &AppHandle) {
    on(app, "put to the side", |window| {
        if window.is_maximized()? {
            window.unmaximize()?;
        }
        if let Some(place) = side_of(window)? {
            stand(window, place);
        }
        window.set_always_on_top(true)
    });
}

fn side_of(window: &WebviewWindow) -> tauri::Result<Option<Place>> {
    let screen = window.current_monitor()?.or(window.primary_monitor()?);
    let (outer, inner) = (window.outer_size()?, window.inner_size()?);
    // Its frame stands on the screen, too.
    let frame = |outer: u32, inner: u32| outer.saturating_sub(inner);
    Ok(screen.map(|screen| {
        let zoom = f64::from(desk::of(window.app_handle()).settings().zoom) / 100.0;
        let place = side(area(&screen), screen.scale_factor() * zoom.max(1.0));
        Place {
            width: place.width.saturating_sub(frame(outer.width, inner.width)),
            height: place.height.saturating_sub(frame(outer.height, inner.height)),
            ..place
        }
    }))
}

pub fn from_side(app: &AppHandle, place: Place) {
    on(app, "put back from the side", |window| {
        window.set_always_on_top(false)?;
        stand(window, place);
        Ok(())
    });
}
