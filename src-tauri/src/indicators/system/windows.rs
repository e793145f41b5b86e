//! Windows: the switches of Settings › System › Notifications and the policy of an organisation, as the registry has them.
//! Whether "do not disturb" is on is not documented there.

use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use super::{SystemSettings, TurnedOff};

const POLICY: &str = r"SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\PushNotifications";
const ALL: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\PushNotifications";
const EACH: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Notifications\Settings";

/// `identifier`: under which Windows knows the program.
pub fn ask(identifier: &str) -> SystemSettings {
    let of_program = format!(r"{EACH}\{identifier}");
    let turned_off = if is(CURRENT_USER, POLICY, "NoToastApplicationNotification", 1)
        || is(LOCAL_MACHINE, POLICY, "NoToastApplicationNotification", 1)
    {
        Some(TurnedOff::ByPolicy)
    } else if is(CURRENT_USER, ALL, "ToastEnabled", 0)
        || is(CURRENT_USER, EACH, "NOC_GLOBAL_SETTING_TOASTS_ENABLED", 0)
    {
        Some(TurnedOff::ForAll)
    } else if is(CURRENT_USER, &of_program, "Enabled", 0) {
        Some(TurnedOff::ForOverleg)
    } else {
        None
    };
    SystemSettings {
        turned_off,
        focus: None,
    }
}

/// Whether a value is there, and is this.
fn is(root: &Key, path: &str, name: &str, value: u32) -> bool {
    let key = root.open(path);
    key.and_then(|key| key.get_u32(name)).is_ok_and(|is| is == value)
}
