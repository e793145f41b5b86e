//! The number in the window's title.

use client::api::Language;
use tauri::AppHandle;

use super::Sign;
use crate::{window, words};

/// Holds the profile that the title names.
pub struct Title(pub String);

impl Sign for Title {
    fn unread(&self, app: &AppHandle, _language: Language, unread: u32) {
        window::title(app, &words::title(&self.0, unread));
    }
}
