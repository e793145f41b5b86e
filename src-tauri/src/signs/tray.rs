//! The icon in the tray: the number of unread conversations, a click that shows the window, and a menu with a real quit.

use std::time::{Duration, Instant};

use client::api::Language;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, include_image};

use super::Sign;
use crate::{window, words};

const ID: &str = "overleg";
const OPEN: &str = "open";
const QUIT: &str = "quit";

static PLAIN: Image<'_> = include_image!("../icons/tray.png");
#[cfg(target_os = "macos")]
static TEMPLATE: Image<'_> = include_image!("../icons/tray-template.png");
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

/// At login the tray may come after the program.
const COMES_WITHIN: Duration = Duration::from_secs(60);

/// Puts the icon into the tray, where there is one; whether there is. Where none is yet, it is looked for again for a while,
/// and `found` is called when it came.
pub fn open(app: &AppHandle, language: Language, found: fn(&AppHandle)) -> bool {
    if there_is_a_tray() {
        return put(app, language);
    }
    let app = app.clone();
    std::thread::spawn(move || {
        let until = Instant::now() + COMES_WITHIN;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_secs(1));
            if there_is_a_tray() {
                let to = app.clone();
                let there = app.run_on_main_thread(move || {
                    if put(&to, language) {
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

fn put(app: &AppHandle, language: Language) -> bool {
    let built = menu(app, language).and_then(|menu| {
        let tray = TrayIconBuilder::with_id(ID)
            .tooltip(words::tray(language, 0))
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
            &item(OPEN, words::open(language))?,
            &item(QUIT, words::quit(language))?,
        ],
    )
}

/// A Linux desktop may have none, and then a hidden window could never be called again. The library that draws the icon
/// is loaded when it is needed, and where it is missing the program would end.
#[cfg(target_os = "linux")]
fn there_is_a_tray() -> bool {
    let asked = zbus::blocking::Connection::session().and_then(|bus| {
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
    asked.unwrap_or_default() && FOLDERS.iter().any(is_installed)
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
fn there_is_a_tray() -> bool {
    true
}

pub struct Tray;

impl Sign for Tray {
    fn unread(&self, app: &AppHandle, language: Language, unread: u32) {
        let Some(tray) = app.tray_by_id(ID) else { return };
        #[cfg(target_os = "macos")]
        let counted = tray.set_title((unread > 0).then(|| unread.to_string()));
        #[cfg(not(target_os = "macos"))]
        let counted = {
            let icon = super::picture(&COUNTED, unread).unwrap_or(&PLAIN);
            tray.set_icon(Some(icon.clone()))
        };
        let done = counted
            .and_then(|()| tray.set_tooltip(Some(words::tray(language, unread))))
            .and_then(|()| tray.set_menu(Some(menu(app, language)?)));
        if let Err(error) = done {
            tracing::warn!(%error, "the tray could not be changed");
        }
    }
}
