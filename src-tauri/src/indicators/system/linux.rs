//! Linux: each desktop has its own word for "do not disturb". Nothing is started by asking, and what does not answer soon does
//! not say it.

use std::time::Duration;

use gtk::gio::prelude::SettingsExt as _;
use gtk::gio::{Settings, SettingsSchemaSource};
use zbus::blocking::{Connection, Proxy, connection};
use zbus::proxy::MethodFlags;
use zbus::zvariant::{OwnedValue, Value};

use super::SystemSettings;

const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Properties of notification servers that are true in the focus mode: of those that follow the specification, and of dunst.
const FOCUS: [(&str, &str); 2] = [(SERVER, "Inhibited"), ("org.dunstproject.cmd0", "paused")];
/// GNOME's switch, which it keeps in its settings.
const GNOME: (&str, &str) = ("org.gnome.desktop.notifications", "show-banners");
const DESKTOP: &str = "XDG_CURRENT_DESKTOP";
const PATIENCE: Duration = Duration::from_secs(1);

pub fn ask(_identifier: &str) -> SystemSettings {
    let of_server = connection::Builder::session()
        .and_then(|bus| bus.method_timeout(PATIENCE).build())
        .ok()
        .and_then(|bus| focus_of_server(&bus));
    let desktop = std::env::var(DESKTOP).unwrap_or_default();
    let is_gnome = desktop.split(':').any(|name| name == "GNOME");
    let of_gnome = is_gnome.then(gnome_focus).flatten();
    SystemSettings {
        turned_off: None,
        focus: either(of_server, of_gnome),
    }
}

/// On if either says so.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one || other),
        (one, other) => one.or(other),
    }
}

fn focus_of_server(bus: &Connection) -> Option<bool> {
    let server = Proxy::new(bus, SERVER, PATH, PROPERTIES).ok()?;
    let said = FOCUS.map(|property| {
        let answer: Option<OwnedValue> = server
            .call_with_flags("Get", MethodFlags::NoAutoStart.into(), &property)
            .ok()?;
        match *answer? {
            Value::Bool(is_on) => Some(is_on),
            _ => None,
        }
    });
    said.into_iter().reduce(either)?
}

fn gnome_focus() -> Option<bool> {
    let (schema, key) = GNOME;
    // A schema or key that is not installed would end the program.
    let known = SettingsSchemaSource::default()?.lookup(schema, true)?;
    known.has_key(key).then(|| hides_banners(&Settings::new(schema)))
}

fn hides_banners(settings: &Settings) -> bool {
    !settings.boolean(GNOME.1)
}

#[cfg(test)]
#[path = "linux_tests.rs"]
mod tests;
