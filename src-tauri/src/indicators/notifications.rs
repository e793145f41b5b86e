//! Notifications of the operating system: showing, replacing and withdrawing them, and clicks on them. The system is asked to
//! show them without a sound of its own: the program has its own.

#[cfg(target_os = "linux")]
#[path = "notifications/freedesktop.rs"]
mod backend;
#[cfg(not(target_os = "linux"))]
#[path = "notifications/plugin.rs"]
mod backend;

use client::api::{Language, Link};
use client::notifier::{About, Notice};
use tauri::{AppHandle, Manager as _};

pub(super) use self::backend::Backend;
use super::Indicator;
use crate::texts;

/// Content of a notification: plain text, not markup, and the link that a click opens.
#[derive(Debug)]
pub(super) struct Content {
    title: String,
    text: String,
    link: Option<Link>,
}

impl Content {
    fn of(language: Language, notice: &Notice) -> Content {
        let (title, text) = texts::notice(language, notice);
        let link = match notice {
            Notice::One {
                conversation, number, ..
            }
            | Notice::Mention {
                conversation, number, ..
            }
            | Notice::Urgent {
                conversation, number, ..
            } => Some(Link::Conversation {
                conversation: *conversation,
                number: Some(*number),
            }),
            Notice::Many { .. } => None,
        };
        Content { title, text, link }
    }

    /// A click on it shows the window.
    pub(super) fn of_trial(language: Language) -> Content {
        let (title, text) = texts::trial(language);
        Content {
            title,
            text,
            link: None,
        }
    }
}

/// Connects to the notification system. `clicked` gets the link of a notification that the user clicks.
pub fn listen(app: &AppHandle, clicked: fn(&AppHandle, Option<Link>)) {
    let handle = app.clone();
    app.manage(Backend::open(app, move |link| clicked(&handle, link)));
}

/// Withdraws every notification, as far as the system can.
pub fn end(app: &AppHandle) {
    if let Some(backend) = app.try_state::<Backend>() {
        backend.end();
    }
}

pub struct Notifications;

impl Indicator for Notifications {
    fn unread(&self, _app: &AppHandle, _language: Language, _unread: u32) {}

    fn show(&self, app: &AppHandle, language: Language, notice: &Notice) {
        let content = Content::of(language, notice);
        app.state::<Backend>().show(notice.about(), content);
    }

    fn replace(&self, app: &AppHandle, language: Language, notice: &Notice) {
        let content = Content::of(language, notice);
        app.state::<Backend>().replace(notice.about(), content);
    }

    fn withdraw(&self, app: &AppHandle, about: &[About]) {
        if !about.is_empty() {
            app.state::<Backend>().withdraw(about);
        }
    }
}
