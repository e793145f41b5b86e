//! The number on the program's icon: in the Dock, in the taskbar, or in a Linux launcher that shows one.

use client::api::Language;
use tauri::AppHandle;

use super::Indicator;
use crate::window;

pub struct Badge;

#[cfg(windows)]
static OVERLAYS: [tauri::image::Image<'static>; 10] = [
    tauri::include_image!("../icons/overlay/1.png"),
    tauri::include_image!("../icons/overlay/2.png"),
    tauri::include_image!("../icons/overlay/3.png"),
    tauri::include_image!("../icons/overlay/4.png"),
    tauri::include_image!("../icons/overlay/5.png"),
    tauri::include_image!("../icons/overlay/6.png"),
    tauri::include_image!("../icons/overlay/7.png"),
    tauri::include_image!("../icons/overlay/8.png"),
    tauri::include_image!("../icons/overlay/9.png"),
    tauri::include_image!("../icons/overlay/more.png"),
];

impl Indicator for Badge {
    /// Windows has no badge with a number, so the number is an overlay image.
    #[cfg(windows)]
    fn unread(&self, app: &AppHandle, _language: Language, unread: u32) {
        let overlay = super::image_for(&OVERLAYS, unread).cloned();
        window::with_window(app, "given a number", |window| window.set_overlay_icon(overlay));
    }

    #[cfg(not(windows))]
    fn unread(&self, app: &AppHandle, _language: Language, unread: u32) {
        let count = (unread > 0).then(|| i64::from(unread));
        window::with_window(app, "given a number", |window| window.set_badge_count(count));
    }
}
