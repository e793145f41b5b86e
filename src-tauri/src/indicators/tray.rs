//! The icon in the tray: it shows the number of unread conversations, a click shows the window, and its menu can quit.

use std::time::{Duration, Instant};

use client::api::Language;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, include_image};

use super::Indicator;
use crate::{texts, window};

const ID: &str = "overleg";
const OPEN: &str = "open";
const QUIT: &str = "quit";

#[cfg(not(target_os = "macos"))]
static PLAIN: Image<'_> = include_image!("../icons/tray.png");
#[cfg(target_os = "macos")]
static TEMPLATE: Image<'_> = include_image!("../icons/tray-template.png");
#[cfg(not(target_os = "macos"))]
static COUNTED: [Image<'_>; 10] = [
    include_image!("../icons/tray/1.png"),
    include_image!("../icons/tray/2.png"),
    include_image!("../icons/tray/3.png"),
    include_image!("../icons/tray/4.png"),
    include_image!("../icons/tray/5.png"),
    include_image!("../icons/tray/6.png"),
    include_image!("../icons/tray/7.png"),
    include_image!("../icons/tray/8.png"),
    include_image!("../icons/tray/9.png"),
    include_image!("../icons/tray/more.png"),
];

/// At login the tray may appear this long after the program has started.
const APPEARS_WITHIN: Duration = Duration::from_secs(60);

/// Adds the icon to the tray and returns whether that succeeded. Without a tray, looks again for a minute in the background,
/// and calls `found` once the icon is there.
pub fn open(app: &AppHandle, language: Language, found: fn(&AppHandle)) -> bool {
    if has_tray() {
        return add(app, language);
    }
    let app = app.clone();
    std::thread::spawn(move || {
        let until = Instant::now() + APPEARS_WITHIN;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_secs(1));
            if has_tray() {
                let to = app.clone();
                let there = app.run_on_main_thread(move || {
                    if add(&to, language) {
                        found(&to);
                    }
                });
                if let Err(error) = there {
                    tracing::warn!(%error, "the tray came too late");
                }
                return;
            }
        }
    });
    false
}

fn add(app: &AppHandle, language: Language) -> bool {
    let built = menu(app, language).and_then(|menu| {
        let tray = TrayIconBuilder::with_id(ID)
            .tooltip(texts::tray(language, 0))
            .menu(&menu)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| match event.id().as_ref() {
                OPEN => window::show(app),
                QUIT => app.exit(0),
                _ => {}
            })
            .on_tray_icon_event(|tray, event| {
                if let TrayIconEvent::Click {
                    button: MouseButton::Left,
                    button_state: MouseButtonState::Up,
                    ..
                } = event
                {
                    window::show(tray.app_handle());
                }
            });
        #[cfg(target_os = "macos")]
        let tray = tray.icon(TEMPLATE.clone()).icon_as_template(true);
        #[cfg(not(target_os = "macos"))]
        let tray = tray.icon(PLAIN.clone());
        tray.build(app)
    });
    built
        .inspect_err(|error| tracing::warn!(%error, "there is no icon in the tray"))
        .is_ok()
}

fn menu(app: &AppHandle, language: Language) -> tauri::Result<Menu<tauri::Wry>> {
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, true, None::<&str>);
    Menu::with_items(
        app,
        &[
            &item(OPEN, texts::open(language))?,
            &item(QUIT, texts::quit(language))?,
        ],
    )
}

/// A Linux desktop may have no tray, and then the user could not bring a hidden window back. The library that draws the icon
/// is loaded at first use, and a missing library would end the program.
#[cfg(target_os = "linux")]
fn has_tray() -> bool {
    let registered = zbus::blocking::Connection::session().and_then(|bus| {
        let watcher: zbus::blocking::Proxy<'_> = zbus::blocking::proxy::Builder::new(&bus)
            .destination("org.kde.StatusNotifierWatcher")?
            .path("/StatusNotifierWatcher")?
            .interface("org.kde.StatusNotifierWatcher")?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered")
    });
    let is_installed = |folder: &&str| {
        let library = |name: &&str| std::path::Path::new(folder).join(name).exists();
        LIBRARIES.iter().any(library)
    };
    registered.unwrap_or_default() && FOLDERS.iter().any(is_installed)
}

#[cfg(target_os = "linux")]
const LIBRARIES: &[&str] = &["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
#[cfg(target_os = "linux")]
const FOLDERS: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
];

#[cfg(not(target_os = "linux"))]
fn has_tray() -> bool {
    true
}

pub struct Tray;

impl Indicator for Tray {
    fn unread(&self, app: &AppHandle, language: Language, unread: u32) {
        let Some(tray) = app.tray_by_id(ID) else { return };
        #[cfg(target_os = "macos")]
        let counted = tray.set_title((unread > 0).then(|| unread.to_string()));
        #[cfg(not(target_os = "macos"))]
        let counted = {
            let icon = super::image_for(&COUNTED, unread).unwrap_or(&PLAIN);
            tray.set_icon(Some(icon.clone()))
        };
        let done = counted
            .and_then(|()| tray.set_tooltip(Some(texts::tray(language, unread))))
            .and_then(|()| tray.set_menu(Some(menu(app, language)?)));
        if let Err(error) = done {
            tracing::warn!(%error, "the tray could not be changed");
        }
    }
}
