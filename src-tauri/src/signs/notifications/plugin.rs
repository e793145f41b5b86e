//! By Tauri's plugin, on Windows and macOS. It hands title and text over as text: neither system reads markup in them.
//! What stands there it can neither take away nor change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use client::api::Link;
use client::notifier::About;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;

use super::Said;

/// What the system calls a short sound for a message.
const SOUND: &str = "Default";

pub struct System {
    app: AppHandle,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    /// The plugin's numbers for what they are about.
    numbers: HashMap<About, i32>,
    /// Where the click on each leads.
    links: HashMap<i32, Option<Link>>,
}

impl Shown {
    fn number(&mut self, about: About) -> i32 {
        let next = i32::try_from(self.numbers.len()).unwrap_or_default() + 1;
        *self.numbers.entry(about).or_insert(next)
    }
}

fn locked(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

impl System {
    pub(super) fn open(app: &AppHandle, clicked: impl Fn(Option<Link>) + Send + Sync + 'static) -> System {
        let shown: Arc<Mutex<Shown>> = Arc::default();
        let known = Arc::clone(&shown);
        let listening = app.notification().on_action(move |action| {
            let id = action.notification().map(|notification| notification.id());
            let link = id.and_then(|id| locked(&known).links.remove(&id)).flatten();
            clicked(link);
        });
        if let Err(error) = listening {
            tracing::warn!(%error, "clicks on notifications are not heard");
        }
        System {
            app: app.clone(),
            shown,
        }
    }

    pub(super) fn show(&self, about: About, said: Said, silent: bool) {
        let Said { title, text, link } = said;
        let number = {
            let mut shown = locked(&self.shown);
            let number = shown.number(about);
            shown.links.insert(number, link);
            number
        };
        let builder = self
            .app
            .notification()
            .builder()
            .id(number)
            .title(title)
            .body(text);
        let builder = if silent { builder } else { builder.sound(SOUND) };
        if let Err(error) = builder.show() {
            tracing::warn!(%error, "a notification could not be shown");
        }
    }

    /// It would be a second one beside the first, so it is left; a click on that leads to where it is now.
    pub(super) fn replace(&self, about: About, said: Said) {
        let mut shown = locked(&self.shown);
        let number = shown.number(about);
        if let Some(link) = shown.links.get_mut(&number) {
            *link = said.link;
        }
    }

    pub(super) fn withdraw(&self, about: &[About]) {
        let mut shown = locked(&self.shown);
        for about in about {
            let number = shown.number(*about);
            shown.links.remove(&number);
        }
    }

    pub(super) fn end(&self) {}
}
