//! Views of the desktop program around the screen. The shell answers these requests. Its settings are among the others:
//! [`crate::model::settings`].

use conversation::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellView {
    pub can: ShellCapabilities,
    /// Side mode: only the overview, at the edge of the screen.
    pub side: bool,
    /// The global shortcut that shows the window, as written on this system.
    pub shortcut: String,
    /// The window was asked to close, and stays open until `CloseWindow`, `StayOpen` or `Quit`.
    pub closing: bool,
    /// The answer to `TryNotification`; `None` in every other answer.
    pub trial: Option<NotificationTrial>,
}

/// The features that this system supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ShellCapabilities {
    /// There is a tray. Without one, closing the window ends the program.
    pub tray: bool,
    pub start_at_login: bool,
    pub shortcut: bool,
}

/// A notification that was sent on trial, and the known reasons for which the user does not see or hear the next one (N4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NotificationTrial {
    pub system: OperatingSystem,
    /// The system accepted the notification.
    pub sent: bool,
    pub sound: TrialSound,
    /// Whether the system says if its focus mode is on.
    pub knows_focus: bool,
    /// In the order of their weight.
    pub obstacles: Vec<NotificationObstacle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum OperatingSystem {
    Linux,
    Windows,
    Macos,
}

impl OperatingSystem {
    /// The one that the program was built for.
    pub fn current() -> OperatingSystem {
        if cfg!(windows) {
            OperatingSystem::Windows
        } else if cfg!(target_os = "macos") {
            OperatingSystem::Macos
        } else {
            OperatingSystem::Linux
        }
    }
}

/// The sound of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TrialSound {
    Played,
    /// By the setting.
    Off,
    /// By the focus mode, or by the system's settings of notifications.
    HeldBack,
    /// No device played it.
    NoDevice,
}

/// A reason for which a notification is not shown, or not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
#[ts(export)]
pub enum NotificationObstacle {
    /// No program shows notifications (Linux).
    NoServer,
    /// The system refused the notification.
    NotSent,
    /// Notifications are forbidden by a policy of the system.
    SystemPolicy,
    /// Notifications of all programs are turned off in the system.
    TurnedOff,
    /// Those of Overleg are.
    TurnedOffForOverleg,
    /// The system's focus mode, or "do not disturb".
    Focus,
    /// The user's quiet hours (N5), until then if that is known.
    QuietHours {
        until: Option<Timestamp>,
    },
    /// The user is not at work (N5), until then if that is known.
    OutsideWork {
        until: Option<Timestamp>,
    },
    /// The sound is off, by the user's choice or the organisation's.
    Silent {
        forced: bool,
    },
    NoSoundDevice,
    /// The organisation lets notifications say nothing of the message.
    NoContent,
}
