//! The number in the window's title.

use client::api::Language;
use tauri::AppHandle;

use super::Indicator;
use crate::{texts, window};

/// Indicator in the title; the field is the name of the profile.
pub struct Title(pub String);

impl Indicator for Title {
    fn unread(&self, app: &AppHandle, _language: Language, unread: u32) {
        window::set_title(app, &texts::title(&self.0, unread));
    }
}
