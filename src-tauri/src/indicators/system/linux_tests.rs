//! Tests against a notification server of their own, on their own session bus.

use super::*;
use crate::indicators::test_bus::Bus;

/// A server with the property of the specification.
struct Plasma(bool);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Plasma {
    #[zbus(property)]
    fn inhibited(&self) -> bool {
        self.0
    }
}

/// A server with the property of dunst.
struct Dunst(bool);

#[zbus::interface(name = "org.dunstproject.cmd0")]
impl Dunst {
    #[zbus(property, name = "paused")]
    fn paused(&self) -> bool {
        self.0
    }
}

/// A server that says nothing of a focus mode.
struct Plain;

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Plain {
    fn get_capabilities(&self) -> Vec<String> {
        Vec::new()
    }
}

fn focus_with(server: impl zbus::object_server::Interface) -> Option<bool> {
    let bus = Bus::start();
    let builder = || connection::Builder::address(bus.address.as_str());
    let served = builder()
        .and_then(|builder| builder.name(SERVER))
        .and_then(|builder| builder.serve_at(PATH, server))
        .and_then(connection::Builder::build);
    let _served = served.expect("a server on a bus of its own");
    let asked = builder().and_then(connection::Builder::build);
    focus_of_server(&asked.expect("the bus answers"))
}

// N4
#[test]
fn the_focus_mode_is_read_from_each_kind_of_server() {
    for is_on in [true, false] {
        assert_eq!(focus_with(Plasma(is_on)), Some(is_on));
        assert_eq!(focus_with(Dunst(is_on)), Some(is_on));
    }
    assert_eq!(focus_with(Plain), None);
}

// N4
#[test]
fn without_a_server_nothing_is_known_of_a_focus_mode_and_none_is_started() {
    let bus = Bus::start();
    let asked = connection::Builder::address(bus.address.as_str()).and_then(connection::Builder::build);
    assert_eq!(focus_of_server(&asked.expect("the bus answers")), None);
}

// N4
#[test]
fn a_focus_mode_is_on_if_the_server_or_the_desktop_says_so() {
    assert_eq!(either(Some(false), Some(true)), Some(true));
    assert_eq!(either(Some(true), None), Some(true));
    assert_eq!(either(None, Some(false)), Some(false));
    assert_eq!(either(None, None), None);
}

// N4
#[test]
fn gnomes_focus_mode_is_its_switch_of_banners_where_its_settings_are_installed() {
    let known = SettingsSchemaSource::default();
    let is_installed = known.is_some_and(|known| known.lookup(GNOME.0, true).is_some());
    assert_eq!(gnome_focus().is_some(), is_installed);
    for shows in [true, false].into_iter().filter(|_| is_installed) {
        let settings = Settings::with_backend(GNOME.0, &gtk::gio::memory_settings_backend_new());
        settings.set_boolean(GNOME.1, shows).unwrap();
        assert_eq!(hides_banners(&settings), !shows);
    }
}
