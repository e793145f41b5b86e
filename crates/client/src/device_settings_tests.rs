use serde_json::json;

use super::*;
use crate::model::Theme;
use crate::model::settings::Source;

fn open(folder: &Path) -> DeviceSettings {
    DeviceSettings::open(folder)
}

fn set(settings: &DeviceSettings, key: &str, value: Value) {
    let (declaration, value) = settings.check(key, &value).unwrap();
    settings.set(declaration, Some(value)).unwrap();
}

fn write(folder: &Path, json: &str) {
    fs::write(folder.join(FILE), json).unwrap();
}

fn written(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join(FILE)).unwrap()).unwrap()
}

#[test]
fn the_file_holds_the_settings_that_were_chosen_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    let settings = open(&profile);
    assert_eq!(settings.current(), Settings::default());
    assert!(!profile.exists(), "reading writes nothing");
    set(&settings, "appearance.theme", json!("dark"));
    set(&settings, "appearance.language", json!("nl"));
    assert_eq!(
        written(&profile),
        json!({ "settings": { "appearance.language": "nl", "appearance.theme": "dark" } })
    );
    let again = open(&profile).current();
    assert_eq!(again.theme.value, Theme::Dark);
    assert_eq!(
        again.language.source,
        Source::Device,
        "a default that was chosen stays chosen"
    );
    assert_eq!(again.zoom.source, Source::Default);
}

#[test]
fn a_setting_that_returns_to_its_default_leaves_the_file_as_if_nobody_had_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let settings = open(folder.path());
    set(&settings, "appearance.theme", json!("dark"));
    set(&settings, "appearance.zoom", json!(125));
    let theme = settings.check_reset("appearance.theme").unwrap();
    settings.set(theme, None).unwrap();
    assert_eq!(
        written(folder.path()),
        json!({ "settings": { "appearance.zoom": 125 } })
    );
    assert_eq!(settings.current().theme.source, Source::Default);
    assert_eq!(open(folder.path()).current(), settings.current());
    assert_eq!(
        settings.check_reset("appearance.font").unwrap_err(),
        SettingFault::Unknown
    );
}

// N1
#[test]
fn a_policy_is_followed_and_left_without_a_trace_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = open(folder.path());
    set(&settings, "notifications.silent", json!(false));
    let before = fs::read(folder.path().join(FILE)).unwrap();
    let policy = json!({ "notifications.silent": true, "program.shortcut": false });
    let policy = PolicyEntries::of_machine(policy.as_object().cloned().unwrap(), Layer::new());
    assert!(settings.follow(Ok(policy.clone())));
    assert!(!settings.follow(Ok(policy)));
    assert!(settings.current().silent.value && !settings.current().shortcut.value);
    assert!(settings.follow(Err(PolicyFault::TooLarge)));
    assert_eq!(settings.current().silent.source, Source::MachinePolicy);
    // Another setting can be chosen meanwhile, and nothing of the policy goes along into the file.
    assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), before);
    set(&settings, "appearance.theme", json!("dark"));
    assert!(settings.follow(Ok(PolicyEntries::default())));
    let left = json!({ "settings": { "appearance.theme": "dark", "notifications.silent": false } });
    assert_eq!(written(folder.path()), left);
    assert_eq!(settings.current().silent.source, Source::Device);
    assert!(settings.current().shortcut.value);
}

#[test]
fn settings_that_a_later_version_wrote_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        r#"{"settings": {"appearance.theme": "sepia", "appearance.font": "large"}, "later": [1]}"#,
    );
    let settings = open(folder.path());
    assert_eq!(settings.current(), Settings::default());
    set(&settings, "appearance.zoom", json!(125));
    assert_eq!(
        written(folder.path()),
        json!({
            "settings": { "appearance.font": "large", "appearance.theme": "sepia", "appearance.zoom": 125 },
            "later": [1],
        })
    );
}

#[test]
fn a_broken_file_is_kept_apart_and_the_defaults_are_used() {
    for broken in [r#"{"settings": 7"#, r#"{"settings": 7}"#, "[]", "", "\u{0}"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), broken);
        let settings = open(folder.path());
        assert_eq!(settings.current(), Settings::default());
        let kept = fs::read_to_string(folder.path().join(BROKEN)).unwrap();
        assert_eq!(kept, broken);
        set(&settings, "appearance.zoom", json!(110));
        assert_eq!(open(folder.path()).current().zoom.value.per_cent(), 110);
    }
}

#[test]
fn two_programs_with_one_profile_lose_nothing_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    set(&one, "appearance.theme", json!("dark"));
    set(&other, "appearance.zoom", json!(150));
    set(&one, "notifications.silent", json!(true));
    let settings = open(folder.path()).current();
    assert_eq!(settings.theme.value, Theme::Dark);
    assert_eq!(settings.zoom.value.per_cent(), 150);
    assert!(settings.silent.value);
    assert_eq!(one.current(), settings);
}

#[test]
fn a_setting_that_cannot_be_written_has_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("profile");
    fs::write(&in_the_way, "no folder").unwrap();
    let settings = open(&in_the_way);
    let (declaration, value) = settings.check("appearance.theme", &json!("dark")).unwrap();
    assert!(settings.set(declaration, Some(value)).is_err());
    assert_eq!(settings.current(), Settings::default());
}

/// The bytes are those of a version before the registry.
#[test]
fn the_file_of_the_shell_of_before_is_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        r#"{
  "settings": {
    "keep_running": false,
    "start_at_login": false,
    "shortcut": true,
    "zoom": 125
  },
  "place": {
    "x": 10,
    "y": 20,
    "width": 900,
    "height": 700,
    "maximized": true
  },
  "explained": true
}"#,
    );
    let settings = open(folder.path()).current();
    assert!(!settings.keep_running.value);
    assert_eq!(settings.keep_running.source, Source::Device);
    assert_eq!(settings.zoom.value.per_cent(), 125);
    assert_eq!(settings.shortcut.source, Source::Default, "nobody changed it");
    assert_eq!(
        written(folder.path()),
        json!({
            "settings": { "appearance.zoom": 125, "program.keep_running": false },
            "place": { "x": 10, "y": 20, "width": 900, "height": 700, "maximized": true },
            "explained": true,
        })
    );
}

#[test]
fn values_of_a_cache_of_before_yield_to_what_was_chosen_since() {
    let folder = tempfile::tempdir().unwrap();
    let settings = open(folder.path());
    set(&settings, "appearance.theme", json!("light"));
    let old = json!({ "appearance.theme": "dark", "notifications.silent": true });
    settings.take_over(old.as_object().cloned().unwrap()).unwrap();
    for settings in [settings.current(), open(folder.path()).current()] {
        assert_eq!(settings.theme.value, Theme::Light);
        assert!(settings.silent.value);
    }
}
