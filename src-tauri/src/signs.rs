//! What the desktop shows of what came in (N1): the number of unread conversations on every place that can carry one, and a
//! notification for what is new. The engine works out what is to be shown (`client::notifier`); here is how.
//!
//! | sign | Windows | macOS | Linux |
//! | --- | --- | --- | --- |
//! | number in the window's title | yes | yes | yes |
//! | number on the program's icon | drawn over the taskbar's, up to 9+ | on the Dock's | where a launcher shows it |
//! | number on the tray's icon | drawn into it, up to 9+ | beside it | drawn into it, up to 9+; where a tray is |
//! | notification with sound | yes | yes | as the notification server does it |
//! | its text as written, whatever it looks like | yes | yes | yes: escaped where the server reads markup |
//! | a click opens the message | while it is on the screen, not from the Action Center | yes | where the server reports clicks |
//! | withdrawn when read elsewhere or deleted | no | no | yes |
//! | takes another text when the message was edited | no | no | yes, without a sound |
//! | after the program was quit | the click starts nothing | the click starts the program | they are withdrawn at the end |

mod badge;
mod notifications;
mod title;
mod tray;

use std::sync::Arc;

use client::api::Language;
use client::client::Client;
use client::notifier::{About, DesktopStatus, Notice};
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;

use crate::{desk, window};

pub use notifications::{end, listen};
pub use tray::open as open_tray;

/// A place where the system shows something of Overleg. What it cannot show it leaves out.
trait Sign: Send + Sync {
    /// Conversations with something unread.
    fn unread(&self, app: &AppHandle, language: Language, unread: u32);
    fn show(&self, _app: &AppHandle, _language: Language, _notice: &Notice, _silent: bool) {}
    /// What was shown about the same says something else now.
    fn replace(&self, _app: &AppHandle, _language: Language, _notice: &Notice) {}
    /// What it was about is over.
    fn withdraw(&self, _app: &AppHandle, _about: &[About]) {}
}

/// Rung when there may be something new to show.
#[derive(Debug, Default)]
struct Bell(Arc<Notify>);

/// Shows what there is to show, from now on, whenever the bell rings.
pub fn keep(app: &AppHandle, engine: Arc<Client>, profile: &str) {
    let bell = Bell::default();
    let rung = Arc::clone(&bell.0);
    app.manage(bell);
    let signs: [Box<dyn Sign>; 4] = [
        Box::new(title::Title(profile.to_owned())),
        Box::new(badge::Badge),
        Box::new(tray::Tray),
        Box::new(notifications::Notifications),
    ];
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut before = None;
        loop {
            let now = engine.signs(window::is_attended(&app)).await;
            let DesktopStatus {
                unread,
                show,
                replace,
                withdraw,
                language,
                silent,
            } = now.unwrap_or_else(nothing);
            let state = (unread, language, desk::of(&app).has_tray());
            let changed = before.replace(state) != Some(state);
            for sign in &signs {
                if changed {
                    sign.unread(&app, language, unread);
                }
                sign.withdraw(&app, &withdraw);
                for notice in &replace {
                    sign.replace(&app, language, notice);
                }
                for notice in &show {
                    sign.show(&app, language, notice, silent);
                }
            }
            rung.notified().await;
        }
    });
}

fn nothing() -> DesktopStatus {
    DesktopStatus {
        unread: 0,
        show: Vec::new(),
        replace: Vec::new(),
        withdraw: Vec::new(),
        language: Language::default(),
        silent: true,
    }
}

/// There may be something new to show.
pub fn look(app: &AppHandle) {
    if let Some(bell) = app.try_state::<Bell>() {
        bell.0.notify_one();
    }
}

/// Which picture shows a number: none for 0, and one that says "9+" for more than nine.
fn picture<T>(pictures: &[T; 10], unread: u32) -> Option<&T> {
    let place = usize::try_from(unread).ok()?.checked_sub(1)?;
    Some(&pictures[place.min(9)])
}

#[cfg(test)]
mod tests {
    use super::*;

    // N1
    #[test]
    fn up_to_nine_are_shown_as_they_are_and_more_as_more() {
        let pictures = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '+'];
        let shown = |unread| picture(&pictures, unread);
        assert_eq!([shown(0), shown(1), shown(9)], [None, Some(&'1'), Some(&'9')]);
        assert_eq!([shown(10), shown(u32::MAX)], [Some(&'+'); 2]);
    }
}
