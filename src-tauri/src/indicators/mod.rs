//! Indicators of unread conversations on the desktop (N1): their number wherever the system can show it, and a notification
//! for each new message. The engine decides what to show and when to look again (`client::notifier`); this module shows it.
//!
//! | indicator | Windows | macOS | Linux |
//! | --- | --- | --- | --- |
//! | number in the window's title | yes | yes | yes |
//! | number on the program's icon | an overlay in the taskbar, up to 9+ | in the Dock | where a launcher shows it |
//! | number on the tray's icon | drawn into it, up to 9+ | beside it | drawn into it, up to 9+; where there is a tray |
//! | notification | yes | yes | where a notification server runs |
//! | sound of its own, with the window hidden too | yes | yes | yes, by ALSA |
//! | no sound in the focus mode | as far as notifications are turned off there | no: the system does not say | yes |
//! | a trial names what the system holds back (N4) | permission, policy | nothing: the system does not say | server, focus mode |
//! | text exactly as written | yes | yes | yes: escaped where the server reads markup |
//! | a click opens the message | while it is on the screen, not from the Action Center | yes | where the server reports clicks |
//! | withdrawn when read elsewhere or deleted | no | no | yes |
//! | text replaced when the message is edited | no | no | yes, without a sound |
//! | after the program was quit | the click starts nothing | the click starts the program | notifications are withdrawn on exit |

mod badge;
mod notifications;
mod system;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod test_bus;
mod title;
mod tray;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use client::api::Language;
use client::client::Client;
use client::notifier::{About, DesktopStatus, Notice};
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;

use crate::sound::{Player, Sound};
use crate::{shell_state, window};

pub use notifications::{end, listen};
pub use tray::open as open_tray;
pub use trial::send as try_notification;

/// A place where the operating system shows unread conversations or notifications. An indicator ignores what it cannot show.
trait Indicator: Send + Sync {
    /// Shows the number of unread conversations.
    fn unread(&self, app: &AppHandle, language: Language, unread: u32);
    /// Shows a notification.
    fn show(&self, _app: &AppHandle, _language: Language, _notice: &Notice) {}
    /// Replaces the text of a notification about the same thing, if it is still shown.
    fn replace(&self, _app: &AppHandle, _language: Language, _notice: &Notice) {}
    /// Removes notifications.
    fn withdraw(&self, _app: &AppHandle, _about: &[About]) {}
}

/// Wakes the task of [`run`].
#[derive(Debug, Default)]
struct Refresh(Arc<Notify>);

/// Starts the task that brings every indicator up to date, now and after each [`refresh`].
pub fn run(app: &AppHandle, engine: Arc<Client>, profile: &str) {
    let wake = Arc::<Notify>::default();
    app.manage(Refresh(Arc::clone(&wake)));
    let indicators: [Box<dyn Indicator>; 4] = [
        Box::new(title::Title(profile.to_owned())),
        Box::new(badge::Badge),
        Box::new(tray::Tray),
        Box::new(notifications::Notifications),
    ];
    let identifier = app.config().identifier.clone();
    app.manage(Player::open(move || system::ask(&identifier).hold_back()));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut before = None;
        loop {
            let now = engine.desktop_status(window::is_attended(&app)).await;
            let DesktopStatus {
                unread,
                show,
                replace,
                withdraw,
                language,
                silent,
                look_again,
            } = now.unwrap_or_else(|| empty(engine.device_settings().current().language.value));
            let state = (unread, language, shell_state::of(&app).has_tray());
            let changed = before.replace(state) != Some(state);
            for indicator in &indicators {
                if changed {
                    indicator.unread(&app, language, unread);
                }
                indicator.withdraw(&app, &withdraw);
                for notice in &replace {
                    indicator.replace(&app, language, notice);
                }
                for notice in &show {
                    indicator.show(&app, language, notice);
                }
            }
            if let Some(sound) = sound_of(&show, silent) {
                app.state::<Player>().play(sound);
            }
            let left = match look_again {
                Some(at) => engine.time_until(at).await,
                None => None,
            };
            tokio::select! {
                () = wake.notified() => {}
                () = over(left) => {}
            }
        }
    });
}

/// Ends once so much time is over; never, if there is no end.
///
/// A sleeping computer may not count it. When it wakes it connects anew, which brings the indicators up to date.
async fn over(left: Option<Duration>) {
    match left {
        Some(left) => tokio::time::sleep(left).await,
        None => std::future::pending().await,
    }
}

/// The one sound for all new notifications.
fn sound_of(show: &[Notice], silent: bool) -> Option<Sound> {
    let sound = |notice: &Notice| match notice {
        Notice::Urgent { .. } => Sound::Urgent,
        Notice::One { .. } | Notice::Mention { .. } | Notice::Many { .. } => Sound::Message,
    };
    show.iter().map(sound).max().filter(|_| !silent)
}

/// While the cache is shut.
fn empty(language: Language) -> DesktopStatus {
    DesktopStatus {
        unread: 0,
        show: Vec::new(),
        replace: Vec::new(),
        withdraw: Vec::new(),
        language,
        silent: true,
        look_again: None,
    }
}

/// Brings the indicators up to date.
pub fn refresh(app: &AppHandle) {
    if let Some(refresh) = app.try_state::<Refresh>() {
        refresh.0.notify_one();
    }
}

/// The image for a number: none for 0, "9+" above nine. macOS writes the number itself.
#[cfg(any(test, not(target_os = "macos")))]
fn image_for<T>(images: &[T; 10], unread: u32) -> Option<&T> {
    let index = usize::try_from(unread).ok()?.checked_sub(1)?;
    Some(&images[index.min(9)])
}

#[cfg(test)]
mod tests {
    use super::*;

    // N1, M10. zulip/zulip-desktop 1422: it sounded although the sound was off.
    #[test]
    fn new_notifications_have_one_sound_and_none_where_it_is_off() {
        let many = Notice::Many { conversations: 2 };
        let sounds = |show: &[Notice]| [false, true].map(|silent| sound_of(show, silent));
        let urgent = Notice::Urgent {
            conversation: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
            number: Default::default(),
            messages: 1,
            who: None,
            what: None,
        };
        assert_eq!(
            sounds(&[many.clone(), many.clone()]),
            [Some(Sound::Message), None]
        );
        assert_eq!(sounds(&[many.clone(), urgent, many]), [Some(Sound::Urgent), None]);
        assert_eq!(sounds(&[]), [None, None]);
    }

    // N1
    #[test]
    fn a_number_up_to_nine_has_its_own_image_and_a_larger_one_has_nine_plus() {
        let images = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '+'];
        let shown = |unread| image_for(&images, unread);
        assert_eq!([shown(0), shown(1), shown(9)], [None, Some(&'1'), Some(&'9')]);
        assert_eq!([shown(10), shown(u32::MAX)], [Some(&'+'); 2]);
    }
}
