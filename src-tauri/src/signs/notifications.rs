//! Notifications of the system's own, by its plugin: shown, clicked, withdrawn.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::door::Language;
use client::door::Link;
use client::notices::{About, Notice};
use tauri::{AppHandle, Manager as _};
use tauri_plugin_notification::NotificationExt as _;

use super::Sign;
use crate::{door, window, words};

/// What the system calls a short sound for a message.
#[cfg(target_os = "linux")]
const SOUND: &str = "message-new-instant";
#[cfg(not(target_os = "linux"))]
const SOUND: &str = "Default";

/// Where the click on each that is shown leads.
#[derive(Debug, Default)]
struct Shown(Mutex<HashMap<i32, Option<Link>>>);

impl Shown {
    fn all(&self) -> MutexGuard<'_, HashMap<i32, Option<Link>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A click shows the window, at the message.
pub fn listen(app: &AppHandle) {
    app.manage(Shown::default());
    let to = app.clone();
    let listening = app.notification().on_action(move |action| {
        let id = action.notification().map(|notification| notification.id());
        let link = id.and_then(|id| to.state::<Shown>().all().remove(&id)).flatten();
        window::show(&to);
        door::open_link(&to, link);
    });
    if let Err(error) = listening {
        tracing::warn!(%error, "clicks on notifications are not heard");
    }
}

/// Those shown are taken away, as far as the system can.
pub fn end(app: &AppHandle) {
    if let Err(error) = app.notification().remove_all_active() {
        tracing::warn!(%error, "notifications could not be taken away");
    }
}

#[derive(Debug, Default)]
pub struct Notifications {
    /// The system's numbers for what they are about.
    numbers: Mutex<HashMap<About, i32>>,
}

impl Notifications {
    fn number(&self, about: About) -> i32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = i32::try_from(numbers.len()).unwrap_or_default() + 1;
        *numbers.entry(about).or_insert(next)
    }
}

impl Sign for Notifications {
    fn unread(&self, _app: &AppHandle, _language: Language, _unread: u32) {}

    fn show(&self, app: &AppHandle, language: Language, notice: &Notice, silent: bool) {
        let number = self.number(notice.about());
        let link = match notice {
            Notice::One {
                conversation, number, ..
            } => Some(Link::Conversation {
                conversation: *conversation,
                number: Some(*number),
            }),
            Notice::Many { .. } => None,
        };
        // One that is shown about the same makes room.
        self.withdraw(app, &[notice.about()]);
        app.state::<Shown>().all().insert(number, link);
        let (title, text) = words::notice(language, notice);
        let builder = app.notification().builder().id(number).title(title).body(text);
        let builder = if silent { builder } else { builder.sound(SOUND) };
        if let Err(error) = builder.show() {
            tracing::warn!(%error, "a notification could not be shown");
        }
    }

    fn withdraw(&self, app: &AppHandle, about: &[About]) {
        let numbers: Vec<i32> = about.iter().map(|about| self.number(*about)).collect();
        if numbers.is_empty() {
            return;
        }
        for number in &numbers {
            app.state::<Shown>().all().remove(number);
        }
        if let Err(error) = app.notification().remove_active(numbers) {
            tracing::warn!(%error, "a notification could not be withdrawn");
        }
    }
}
