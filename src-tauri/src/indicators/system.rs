//! The system's word on notifications: whether its settings and its focus mode let them through (N4), asked anew each time,
//! since users change them.
//!
//! | | Windows | macOS | Linux |
//! | --- | --- | --- | --- |
//! | turned off, or forbidden by a policy | the registry | not said | there is no such setting |
//! | focus mode, "do not disturb" | not said | not said | KDE Plasma and others by `Inhibited`, dunst by `paused`, GNOME by `show-banners` |

#[cfg(target_os = "linux")]
#[path = "system/linux.rs"]
mod asked;
#[cfg(windows)]
#[path = "system/windows.rs"]
mod asked;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "system/silent.rs"]
mod asked;

pub use asked::ask;

/// The answers of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemSettings {
    pub turned_off: Option<TurnedOff>,
    /// Whether the focus mode is on; `None` where the system does not say.
    pub focus: Option<bool>,
}

impl SystemSettings {
    /// A notification is not to be seen now, and so not to be heard.
    pub fn hold_back(self) -> bool {
        self.turned_off.is_some() || self.focus == Some(true)
    }
}

/// A setting of the system by which no notification is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(windows, test)),
    expect(
        dead_code,
        reason = "the other systems have no such setting, or do not say it"
    )
)]
pub enum TurnedOff {
    ByPolicy,
    ForAll,
    ForOverleg,
}
