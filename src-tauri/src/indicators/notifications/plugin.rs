//! Notifications of Windows and macOS, through Tauri's plugin. Title and text are plain text on both systems. A notification
//! that is shown can be neither withdrawn nor changed.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use client::api::Link;
use client::notifier::About;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;

use super::Content;

pub struct Backend {
    app: AppHandle,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    /// The plugin's id of each notification.
    numbers: HashMap<About, i32>,
    /// The link that a click on each id opens.
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

impl Backend {
    pub(super) fn open(app: &AppHandle, clicked: impl Fn(Option<Link>) + Send + Sync + 'static) -> Backend {
        let shown: Arc<Mutex<Shown>> = Arc::default();
        let known = Arc::clone(&shown);
        let listening = app.notification().on_action(move |action| {
            let id = action.notification().map(|notification| notification.id());
            let link = id.and_then(|id| locked(&known).links.remove(&id)).flatten();
            clicked(link);
        });
        if let Err(error) = listening {
            tracing::warn!(%error, "clicks on notifications are not received");
        }
        Backend {
            app: app.clone(),
            shown,
        }
    }

    pub(in super::super) fn show(&self, about: About, content: Content) {
        let _accepted = self.attempt(about, content);
    }

    /// As [`Backend::show`], and whether the system accepted it.
    pub(in super::super) fn attempt(&self, about: About, content: Content) -> Receiver<bool> {
        let Content { title, text, link } = content;
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
        let shown = builder
            .show()
            .inspect_err(|error| tracing::warn!(%error, "a notification could not be shown"));
        let (accepted, answer) = channel();
        let _received = accepted.send(shown.is_ok());
        answer
    }

    /// The system would show a second notification beside the first, so only the link of the first is replaced.
    pub(super) fn replace(&self, about: About, content: Content) {
        let mut shown = locked(&self.shown);
        let number = shown.number(about);
        if let Some(link) = shown.links.get_mut(&number) {
            *link = content.link;
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
