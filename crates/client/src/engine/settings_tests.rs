use protocol::sync::Frame;
use serde_json::json;
use serde_json::value::RawValue;

use super::*;
use crate::api::request::{ApiError, ApiRequest, SettingValue};
use crate::cache::Cache as _;
use crate::model::settings::Source;
use crate::model::{Density, Order, Theme};
use crate::testing::{Device, now};

fn set(device: &Device, key: &str, value: Value) -> Result<Settings, ApiError> {
    device.ask(ApiRequest::SetSetting {
        key: key.to_owned(),
        value: SettingValue(value),
    })
}

fn settings(device: &Device) -> Settings {
    device.ask(ApiRequest::Settings {}).unwrap()
}

/// The account state that waits to be sent to the server.
fn waiting(device: &Device) -> Vec<(String, Value)> {
    let waiting = now(device.engine.personal_out()).unwrap();
    waiting
        .into_iter()
        .map(|(field, json)| (field, serde_json::from_str(&json).unwrap()))
        .collect()
}

fn arrives(device: &Device, value: &Value) {
    let frame = Frame::Personal {
        field: DISPLAY.to_owned(),
        value: RawValue::from_string(value.to_string()).unwrap(),
    };
    now(device.engine.apply(frame)).unwrap();
}

// L2
#[test]
fn one_change_leaves_every_other_setting_as_it_is() {
    let device = Device::of_anna();
    set(&device, "overview.order", json!("subject")).unwrap();
    set(&device, "appearance.theme", json!("dark")).unwrap();
    let answered = set(&device, "overview.density", json!("compact")).unwrap();
    let settings = settings(&device);
    assert_eq!(settings, answered);
    assert_eq!(settings.order.value, Order::Subject);
    assert_eq!(settings.density.value, Density::Compact);
    assert_eq!(settings.theme.value, Theme::Dark);
    let field = json!({
        "order": "subject",
        "only": { "organisation": null, "kind": null, "item_type": null, "mentioned": false },
        "density": "compact",
        "without_preview": false,
    });
    assert_eq!(waiting(&device), [(DISPLAY.to_owned(), field)]);
}

#[test]
fn a_value_that_is_none_is_refused_and_changes_nothing() {
    let device = Device::of_anna();
    set(&device, "overview.order", json!("subject")).unwrap();
    let (before, sent) = (settings(&device), waiting(&device));
    let long = json!({ "item_type": "x".repeat(protocol::LARGEST_PERSONAL) });
    for (key, value, fault) in [
        ("overview.order", json!("by_size"), SettingFault::NotAValue),
        ("overview.density", json!(2), SettingFault::NotAValue),
        ("overview.only", long, SettingFault::NotAValue),
        ("appearance.zoom", json!(20), SettingFault::NotAValue),
        ("appearance.sound", json!(true), SettingFault::Unknown),
    ] {
        assert_eq!(set(&device, key, value).unwrap_err(), ApiError::Setting { fault });
    }
    assert_eq!(settings(&device), before);
    assert_eq!(waiting(&device), sent);
}

// L2
#[test]
fn the_field_of_another_version_is_read_as_far_as_it_is_known_and_kept() {
    let device = Device::of_anna();
    arrives(
        &device,
        &json!({ "order": "by_size", "density": "roomy", "colour": "blue" }),
    );
    let read = settings(&device);
    assert_eq!(read.order.source, Source::Default);
    assert_eq!(read.density.value, Density::Roomy);
    assert_eq!(read.density.source, Source::Account);
    set(&device, "overview.without_preview", json!(true)).unwrap();
    let [(_, field)] = &waiting(&device)[..] else {
        panic!("one field");
    };
    assert_eq!(field["colour"], "blue");
    assert_eq!(field["order"], "by_size");
    assert_eq!(field["without_preview"], true);
}

#[test]
fn signing_out_leaves_the_settings_of_the_device_and_no_others() {
    let device = Device::of_anna();
    set(&device, "appearance.theme", json!("dark")).unwrap();
    set(&device, "overview.density", json!("roomy")).unwrap();
    now(device.engine.forget()).unwrap();
    let left = settings(&device);
    assert_eq!(left.theme.value, Theme::Dark);
    assert_eq!(left.density.source, Source::Default);
    let refused = set(&device, "overview.density", json!("roomy")).unwrap_err();
    assert_eq!(refused, ApiError::NotSignedIn);
}

/// The bytes are those of a version before the registry.
#[test]
fn the_settings_in_a_cache_of_before_are_taken_over_once() {
    let device = Device::of_anna();
    let old = r#"{"language":"en","theme":"dark","enter_breaks":true,"display":{"order":"unread_first","only":{"organisation":null,"kind":"item","item_type":null,"mentioned":false},"density":"compact","without_preview":false},"telling":"who_and_what","silent":false}"#;
    now(device
        .cache
        .write(vec![Change::PutMeta("settings", old.to_owned())]))
    .unwrap();
    now(device.engine.take_over_settings()).unwrap();
    let taken = settings(&device);
    let json = serde_json::to_value(&taken).unwrap();
    let of = |key: &str| (json[key]["value"].clone(), json[key]["source"].clone());
    assert_eq!(of("appearance.language"), (json!("en"), json!("device")));
    assert_eq!(of("appearance.theme"), (json!("dark"), json!("device")));
    assert_eq!(of("writing.enter_breaks"), (json!(true), json!("device")));
    assert_eq!(
        of("notifications.detail"),
        (json!("who_and_what"), json!("device"))
    );
    assert_eq!(of("notifications.silent"), (json!(false), json!("default")));
    assert_eq!(of("overview.order"), (json!("unread_first"), json!("account")));
    assert_eq!(json["overview.only"]["value"]["kind"], "item");
    assert_eq!(now(device.cache.meta("settings")).unwrap(), None);
    assert_eq!(waiting(&device), [], "the server has it already");
    set(&device, "appearance.theme", json!("light")).unwrap();
    now(device.engine.take_over_settings()).unwrap();
    assert_eq!(settings(&device).theme.value, Theme::Light);
}
