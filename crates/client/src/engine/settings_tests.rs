use conversation::attention::{Language, MailSettings, UnreadDays};
use protocol::commands::CommandsAnswer;
use protocol::sync::{Frame, Mode};
use serde_json::json;
use serde_json::value::RawValue;

use super::*;
use crate::api::request::{ApiError, ApiRequest, SettingValue};
use crate::cache::Cache as _;
use crate::model::settings::{SETTINGS, Source};
use crate::model::{Density, Order, Theme};
use crate::testing::{Device, now};

const DISPLAY: &str = "setting/display";
const NOTIFICATIONS: &str = "setting/notifications";
const MAIL: &str = MailSettings::FIELD;

fn set(device: &Device, key: &str, value: Value) -> Result<Settings, ApiError> {
    device.ask(ApiRequest::SetSetting {
        key: key.to_owned(),
        value: SettingValue(value),
    })
}

fn reset(device: &Device, key: &str) -> Result<Settings, ApiError> {
    let key = key.to_owned();
    device.ask(ApiRequest::ResetSetting { key })
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

fn arrives(device: &Device, field: &str, value: &Value) {
    let frame = Frame::Personal {
        field: field.to_owned(),
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
    assert_eq!(settings.mail_message, Settings::default().mail_message);
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
        DISPLAY,
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

// N3, N5
#[test]
fn a_change_of_one_group_leaves_the_fields_of_the_others_alone() {
    let device = Device::of_anna();
    arrives(&device, DISPLAY, &json!({ "density": "roomy" }));
    set(&device, "mail.added", json!(false)).unwrap();
    let hours = json!({ "from": "22:00", "to": "07:00" });
    set(&device, "notifications.quiet_hours", hours.clone()).unwrap();
    set(&device, "mail.unread_days", json!(0)).unwrap();
    let of_mail = (MAIL.to_owned(), json!({ "added": false, "unread_days": 0 }));
    let of_notifications = (NOTIFICATIONS.to_owned(), json!({ "quiet_hours": hours }));
    assert_eq!(waiting(&device), [of_notifications, of_mail]);
    let settings = settings(&device);
    assert_eq!(settings.density.value, Density::Roomy);
    assert_eq!(settings.mail_message.source, Source::Default, "nobody chose it");
    assert_eq!(settings.mail_added.source, Source::Account);
    assert_eq!(settings.quiet_hours.source, Source::Account);
}

// N3, N5
#[test]
fn a_field_of_a_later_version_is_kept_with_what_this_one_does_not_know() {
    let device = Device::of_anna();
    arrives(
        &device,
        MAIL,
        &json!({ "message": "digest", "added": false, "urgent": true }),
    );
    arrives(
        &device,
        NOTIFICATIONS,
        &json!({ "quiet_hours": [1320, 420], "sounds": 2 }),
    );
    let read = settings(&device);
    assert_eq!(read.mail_message.source, Source::Default);
    assert!(!read.mail_added.value);
    assert_eq!(read.quiet_hours.source, Source::Default);
    set(&device, "mail.mentioned", json!(false)).unwrap();
    set(&device, "notifications.working_days", json!(true)).unwrap();
    let of_mail = json!({ "message": "digest", "added": false, "mentioned": false, "urgent": true });
    let of_notifications = json!({ "quiet_hours": [1320, 420], "sounds": 2, "working_days": true });
    assert_eq!(
        waiting(&device),
        [
            (MAIL.to_owned(), of_mail),
            (NOTIFICATIONS.to_owned(), of_notifications)
        ]
    );
    for no_object in [json!(null), json!([]), json!("off")] {
        arrives(&device, DISPLAY, &no_object);
    }
    assert_eq!(settings(&device).density.source, Source::Default);
}

// N3, L2
#[test]
fn a_setting_of_the_account_returns_to_its_default_and_leaves_the_others_as_they_are() {
    let device = Device::of_anna();
    arrives(&device, MAIL, &json!({ "added": false, "digest": true }));
    set(&device, "mail.mentioned", json!(false)).unwrap();
    set(&device, "overview.order", json!("subject")).unwrap();
    let answered = reset(&device, "mail.added").unwrap();
    assert_eq!(answered.mail_added.source, Source::Default);
    assert_eq!(answered.mail_mentioned.source, Source::Account);
    let answered = reset(&device, "overview.order").unwrap();
    assert_eq!(answered.order.value, Order::Latest);
    let [(mail, of_mail), (display, of_display)] = &waiting(&device)[..] else {
        panic!("two fields");
    };
    assert_eq!((mail.as_str(), display.as_str()), (MAIL, DISPLAY));
    assert_eq!(*of_mail, json!({ "mentioned": false, "digest": true }));
    assert_eq!(
        of_display["order"], "latest",
        "versions before the registry read all of them"
    );
    // Once more changes nothing.
    assert_eq!(reset(&device, "overview.order").unwrap(), settings(&device));
    now(device.engine.forget()).unwrap();
    assert_eq!(reset(&device, "mail.added").unwrap_err(), ApiError::NotSignedIn);
}

/// The server accepts what a device has to send, and tells every device of it in that order.
fn synchronised(device: &Device, all: [&Device; 2]) {
    let outgoing = now(device.engine.outgoing()).unwrap().expect("a change");
    let accepted = outgoing.request.personal.clone();
    let heard = |one: &Device| {
        for personal in &accepted {
            let value = serde_json::from_str(personal.value.get()).unwrap();
            arrives(one, &personal.field, &value);
        }
    };
    all.into_iter().for_each(heard);
    now(device.engine.answered(outgoing, CommandsAnswer::new(vec![]))).unwrap();
}

// N3, N5
#[test]
fn two_devices_agree_also_after_changes_without_a_connection() {
    let (laptop, pc) = (Device::of_anna(), Device::of_anna());
    let both = [&laptop, &pc];
    set(&laptop, "mail.message", json!(false)).unwrap();
    synchronised(&laptop, both);
    assert_eq!(settings(&pc), settings(&laptop));
    // Both change the same field while there is no connection; the PC is back last.
    set(&laptop, "mail.added", json!(false)).unwrap();
    set(&pc, "mail.mentioned", json!(false)).unwrap();
    set(&pc, "notifications.working_days", json!(true)).unwrap();
    synchronised(&laptop, both);
    assert!(settings(&pc).mail_added.value, "its own change is not sent yet");
    assert!(!settings(&pc).mail_mentioned.value);
    synchronised(&pc, both);
    for device in both {
        let settings = settings(device);
        assert!(!settings.mail_message.value);
        assert!(settings.mail_added.value, "the last field to be accepted counts");
        assert!(!settings.mail_mentioned.value);
        assert!(settings.working_days.value);
    }
    assert_eq!(settings(&pc), settings(&laptop));
    assert!(waiting(&laptop).is_empty() && waiting(&pc).is_empty());
}

// N3
#[test]
fn the_choices_that_a_device_writes_are_those_that_the_server_mails_by() {
    let device = Device::of_anna();
    let written = || {
        let waiting = now(device.engine.personal_out()).unwrap();
        let (_, json) = waiting.into_iter().find(|(field, _)| field == MAIL).unwrap();
        MailSettings::of_field(&json)
    };
    let mut expected = MailSettings::default();
    set(&device, "mail.message", json!(false)).unwrap();
    expected.message = false;
    assert_eq!(written(), expected);
    set(&device, "mail.added", json!(false)).unwrap();
    expected.added = false;
    assert_eq!(written(), expected);
    set(&device, "mail.mentioned", json!(false)).unwrap();
    expected.mentioned = false;
    assert_eq!(written(), expected);
    set(&device, "mail.urgent", json!(false)).unwrap();
    expected.urgent = false;
    assert_eq!(written(), expected);
    for days in (0..=UnreadDays::LONGEST).rev() {
        set(&device, "mail.unread_days", json!(days)).unwrap();
        expected.unread_days = UnreadDays::new(days);
        assert_eq!(written(), expected);
    }
    set(&device, "mail.outside_working_hours", json!(true)).unwrap();
    expected.outside_working_hours = true;
    assert_eq!(written(), expected);
    set(&device, "mail.language", json!("en")).unwrap();
    expected.language = Language::En;
    assert_eq!(written(), expected);
    set(&device, "mail.language", json!("nl")).unwrap();
    expected.language = Language::Nl;
    assert_eq!(written(), expected);
}

// N3
#[test]
fn the_defaults_that_a_screen_shows_are_those_that_the_server_mails_by() {
    let defaults: Map<String, Value> = SETTINGS
        .iter()
        .filter(|one| one.field().is_some_and(|field| field.name() == MAIL))
        .map(|one| (one.member().to_owned(), one.default()))
        .collect();
    assert_eq!(
        defaults.len(),
        8,
        "the seven that the server reads, and where the language is from"
    );
    let json = Value::Object(defaults).to_string();
    assert_eq!(MailSettings::of_field(&json), MailSettings::default());
}

// N3
#[test]
fn fields_that_an_earlier_version_left_out_are_asked_for_once_more() {
    let device = Device::of_anna();
    let resume = || now(device.engine.sync_request(Mode::Stream)).unwrap().resume;
    let token = "of this version".to_owned();
    now(device.engine.apply(Frame::Resume { token })).unwrap();
    assert_eq!(resume().as_deref(), Some("of this version"));
    now(device.cache.write(vec![Change::DropMeta(meta::FIELDS)])).unwrap();
    assert_eq!(resume(), None, "of an earlier version");
    let token = "once more".to_owned();
    now(device.engine.apply(Frame::Resume { token })).unwrap();
    assert_eq!(resume().as_deref(), Some("once more"));
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
