//! Notifications of the system's own: shown, put in the place of an earlier one, clicked, withdrawn.

#[cfg(target_os = "linux")]
#[path = "notifications/freedesktop.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "notifications/plugin.rs"]
mod system;

use client::api::{Language, Link};
use client::notifier::{About, Notice};
use tauri::{AppHandle, Manager as _};

use self::system::System;
use super::Sign;
use crate::{door, window, words};

/// What a notification says, as it is written: nothing in it is markup. And where a click on it leads.
#[derive(Debug)]
struct Said {
    title: String,
    text: String,
    link: Option<Link>,
}

impl Said {
    fn of(language: Language, notice: &Notice) -> Said {
        let (title, text) = words::notice(language, notice);
        let link = match notice {
            Notice::One {
                conversation, number, ..
            }
            | Notice::Mention {
                conversation, number, ..
            } => Some(Link::Conversation {
                conversation: *conversation,
                number: Some(*number),
            }),
            Notice::Many { .. } => None,
        };
        Said { title, text, link }
    }
}

/// A click shows the window, at the message.
pub fn listen(app: &AppHandle) {
    let to = app.clone();
    let system = System::open(app, move |link| {
        window::show(&to);
        door::open_link(&to, link);
    });
    app.manage(system);
}

/// Those shown are taken away, as far as the system can.
pub fn end(app: &AppHandle) {
    if let Some(system) = app.try_state::<System>() {
        system.end();
    }
}

pub struct Notifications;

impl Sign for Notifications {
    fn unread(&self, _app: &AppHandle, _language: Language, _unread: u32) {}

    fn show(&self, app: &AppHandle, language: Language, notice: &Notice, silent: bool) {
        let said = Said::of(language, notice);
        app.state::<System>().show(notice.about(), said, silent);
    }

    fn replace(&self, app: &AppHandle, language: Language, notice: &Notice) {
        let said = Said::of(language, notice);
        app.state::<System>().replace(notice.about(), said);
    }

    fn withdraw(&self, app: &AppHandle, about: &[About]) {
        if !about.is_empty() {
            app.state::<System>().withdraw(about);
        }
    }
}
