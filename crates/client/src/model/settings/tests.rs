use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::model::ProxyChoice;

fn layer(values: &[(&str, serde_json::Value)]) -> Layer {
    values
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

fn policy(enforced: &Layer) -> Policy {
    Policy::of(&PolicyEntries::of_machine(enforced.clone(), Layer::new()))
}

fn resolved(enforced: &Layer, account: &Layer, device: &Layer) -> Settings {
    Settings::resolve(Layers {
        policy: &policy(enforced),
        account,
        device,
    })
}

#[test]
fn every_key_is_unique_and_in_a_group() {
    let keys: BTreeSet<_> = SETTINGS.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), SETTINGS.len());
    for key in keys {
        let parts: Vec<_> = key.split('.').collect();
        let plain =
            |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(parts.len() == 2 && parts.iter().all(plain), "{key}");
    }
}

#[test]
fn every_setting_of_the_account_is_a_member_of_one_field() {
    for one in &SETTINGS {
        let held = AccountField::ALL
            .into_iter()
            .filter(|field| held_by(*field).any(|other| other.key == one.key));
        let fields = usize::from(one.scope == Scope::Account);
        assert_eq!(held.count(), fields, "{}", one.key);
    }
    for field in AccountField::ALL {
        assert_eq!(AccountField::named(field.name()), Some(field));
        let members: BTreeSet<_> = held_by(field).map(Declaration::member).collect();
        assert_eq!(members.len(), held_by(field).count(), "{}", field.name());
    }
    assert_eq!(AccountField::named("setting/colours"), None);
}

#[test]
fn every_default_is_a_value_of_its_setting() {
    for one in &SETTINGS {
        assert_eq!(one.normal(&one.default()), Some(one.default()), "{}", one.key);
    }
    let settings = serde_json::to_value(Settings::default()).unwrap();
    for one in &SETTINGS {
        assert_eq!(
            settings[one.key],
            json!({ "value": one.default(), "source": "default" })
        );
    }
}

#[test]
fn a_policy_is_in_effect_before_a_choice_and_a_choice_before_the_default() {
    let none = Layer::new();
    let policy = layer(&[
        ("notifications.detail", json!("nothing")),
        ("overview.without_preview", json!(true)),
    ]);
    let device = layer(&[("notifications.detail", json!("who_and_what"))]);
    let account = layer(&[("overview.without_preview", json!(false))]);

    let settings = resolved(&policy, &account, &device);
    assert_eq!(settings.notification_detail.value, NotificationDetail::Nothing);
    assert_eq!(settings.notification_detail.source, Source::MachinePolicy);
    assert!(settings.without_preview.value);
    assert_eq!(settings.without_preview.source, Source::MachinePolicy);

    let settings = resolved(&none, &account, &device);
    assert_eq!(settings.notification_detail.value, NotificationDetail::WhoAndWhat);
    assert_eq!(settings.notification_detail.source, Source::Device);
    assert!(!settings.without_preview.value);
    assert_eq!(settings.without_preview.source, Source::Account);

    assert_eq!(resolved(&none, &none, &none), Settings::default());
}

// I4
#[test]
fn the_computer_is_before_the_user_and_both_before_a_choice_which_is_before_what_they_recommend() {
    const KEY: &str = "files.days";
    let of = |value: Option<u32>| value.map_or_else(Layer::new, |value| layer(&[(KEY, json!(value))]));
    for present in 0..32_u32 {
        // Five places, the strongest first; the value says which it came from.
        let at = |place: u32| of((present & (1 << place) != 0).then_some(place + 1));
        let policy = Policy::of(&PolicyEntries {
            machine: Entries {
                enforced: at(0),
                recommended: at(3),
            },
            user: Entries {
                enforced: at(1),
                recommended: at(4),
            },
        });
        let settings = Settings::resolve(Layers {
            policy: &policy,
            account: &Layer::new(),
            device: &at(2),
        });
        let expected = (0..5).find(|place| present & (1 << place) != 0);
        let from = expected.map_or(Source::Default, |place: u32| {
            [
                Source::MachinePolicy,
                Source::UserPolicy,
                Source::Device,
                Source::MachineRecommended,
                Source::UserRecommended,
            ][place as usize]
        });
        assert_eq!(settings.fetched_days.source, from);
        assert_eq!(
            settings.fetched_days.value.days(),
            expected.map_or(30, |place| place + 1)
        );
        let forced = declared(KEY).unwrap().may_change(&policy).is_err();
        assert_eq!(forced, from.is_policy());
    }
}

/// Administrators' tools know no types of Rust.
// I4
#[test]
fn the_kind_of_every_setting_is_that_of_its_type() {
    for one in &SETTINGS {
        let takes = |value: serde_json::Value| one.normal(&value).is_some();
        match one.kind {
            Kind::Boolean => assert!(takes(json!(true)) && takes(json!(false)), "{}", one.key),
            Kind::Number { least, most } => {
                assert!(takes(json!(least)) && takes(json!(most)), "{}", one.key);
                assert!(!takes(json!(most + 1)), "{}", one.key);
                assert!(least == 0 || !takes(json!(least - 1)), "{}", one.key);
            }
            Kind::Choice(words) => {
                let union: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                assert_eq!(one.typescript(), union.join(" | "), "{}", one.key);
                assert!(words.iter().all(|word| takes(json!(word))), "{}", one.key);
            }
            // An address within a scheme, and not just any text.
            Kind::Text { longest } if one.key == "network.proxy" => {
                assert!(!takes(json!(format!("http://{}", "a".repeat(longest)))));
            }
            Kind::Text { longest } => {
                assert!(
                    takes(json!("")) && takes(json!("a".repeat(longest))),
                    "{}",
                    one.key
                );
                assert!(!takes(json!("a".repeat(longest + 1))), "{}", one.key);
                assert!(!takes(json!("two\nlines")), "{}", one.key);
            }
            Kind::Choices(words) => {
                assert!(takes(json!(words)) && takes(json!([])), "{}", one.key);
                assert!(!takes(json!(["a word of no setting"])), "{}", one.key);
            }
            Kind::Structure => assert!(!one.may_be_forced, "{}: no policy can hold it", one.key),
        }
    }
}

// I4
#[test]
fn a_proxy_is_that_of_the_system_none_or_an_address_without_a_password() {
    let at = |address: &str| Some(ProxyChoice::At(address.to_owned()));
    for (value, choice) in [
        ("system", Some(ProxyChoice::System)),
        ("none", Some(ProxyChoice::Without)),
        ("http://proxy.example:8080", at("http://proxy.example:8080")),
        ("https://[::1]:3128/", at("https://[::1]:3128/")),
        (
            "pac+http://proxy.example/proxy.pac",
            Some(ProxyChoice::Script("http://proxy.example/proxy.pac".into())),
        ),
        ("pac+", None),
        ("pac+http://", None),
        ("pac+ftp://proxy.example/x", None),
        ("pac+http://anna@proxy.example/x", None),
        ("", None),
        ("proxy.example:8080", None),
        ("socks5://proxy.example:1080", None),
        ("http://", None),
        ("http://anna:geheim@proxy.example", None),
        ("http://proxy.example/wpad.dat", None),
        ("http://proxy.example:8080\nX: y", None),
    ] {
        let read = ProxyAddress::try_from(value.to_owned()).ok();
        assert_eq!(read.map(|address| address.choice()), choice, "{value}");
    }
}

#[test]
fn a_value_counts_in_its_own_scope_only_and_a_policy_only_where_it_may_decide() {
    let wrong_scope = layer(&[("appearance.theme", json!("dark"))]);
    let policy = layer(&[("appearance.zoom", json!(200))]);
    let settings = resolved(&policy, &wrong_scope, &Layer::new());
    assert_eq!(settings, Settings::default());
}

#[test]
fn a_stored_value_that_this_version_cannot_read_counts_as_absent() {
    let policy = layer(&[("notifications.silent", json!("loud"))]);
    let device = layer(&[
        ("appearance.theme", json!("sepia")),
        ("notifications.silent", json!(true)),
    ]);
    let settings = resolved(&policy, &Layer::new(), &device);
    assert_eq!(settings.theme.source, Source::Default);
    assert!(settings.silent.value);
    assert_eq!(settings.silent.source, Source::Device);
}

#[test]
fn only_the_organisation_decides_a_setting_of_its_scope() {
    let mut retention = *declared("notifications.silent").unwrap();
    retention.scope = Scope::Organisation;
    let chosen = layer(&[(retention.key, json!(true))]);
    let (without, with) = (Policy::default(), policy(&chosen));
    let layers = |policy| Layers {
        policy,
        account: &chosen,
        device: &chosen,
    };
    assert_eq!(
        resolve(&retention, layers(&without), false).source,
        Source::Default
    );
    let forced = resolve(&retention, layers(&with), false);
    assert!(forced.value);
    assert_eq!(forced.source, Source::MachinePolicy);
    assert_eq!(
        retention.chosen(&json!(true), &without),
        Err(SettingFault::Forced)
    );
}

#[test]
fn a_value_of_another_type_or_out_of_range_is_no_value() {
    let wrong = [
        ("appearance.zoom", json!(49)),
        ("appearance.zoom", json!(301)),
        ("appearance.zoom", json!("100")),
        ("appearance.zoom", json!(99.5)),
        ("appearance.theme", json!("sepia")),
        ("appearance.theme", json!({ "dark": null })),
        ("appearance.language", json!(null)),
        ("writing.enter_breaks", json!(1)),
        ("overview.only", json!([])),
        ("overview.only", json!({ "kind": "letter" })),
        ("mail.unread_days", json!(31)),
        ("mail.unread_days", json!(-1)),
        ("mail.unread_days", json!(null)),
        ("mail.message", json!("no")),
        ("mail.language", json!("de")),
        ("notifications.quiet_hours", json!(false)),
        ("notifications.quiet_hours", json!({})),
        (
            "notifications.quiet_hours",
            json!({ "from": "07:00", "to": "07:00" }),
        ),
        (
            "notifications.quiet_hours",
            json!({ "from": "22:00", "to": "24:00" }),
        ),
    ];
    for (key, value) in wrong {
        let checked = declared(key).unwrap().chosen(&value, &Policy::default());
        assert_eq!(checked, Err(SettingFault::NotAValue), "{key} {value}");
    }
    for value in [50, 300] {
        let zoom = declared("appearance.zoom").unwrap();
        assert_eq!(zoom.chosen(&json!(value), &Policy::default()), Ok(json!(value)));
    }
    for (key, value) in [
        ("mail.unread_days", json!(0)),
        ("mail.unread_days", json!(30)),
        ("notifications.quiet_hours", json!(null)),
        (
            "notifications.quiet_hours",
            json!({ "from": "22:00", "to": "07:00" }),
        ),
    ] {
        let chosen = declared(key).unwrap().chosen(&value, &Policy::default());
        assert_eq!(chosen, Ok(value), "{key}");
    }
    assert_eq!(declared("appearance.sound").unwrap_err(), SettingFault::Unknown);
}

// F1
#[test]
fn a_setting_of_the_device_holds_no_text() {
    for one in SETTINGS.iter().filter(|one| one.scope == Scope::Device) {
        let kind = one.typescript();
        assert!(
            !kind.contains("string") && !kind.contains("Id"),
            "{}: {kind}",
            one.key
        );
    }
}

fn scope(declaration: &Declaration) -> &'static str {
    match declaration.scope {
        Scope::Device => "device",
        Scope::Account => "account",
        Scope::Organisation => "organisation",
    }
}

/// As a table shows it.
fn default(declaration: &Declaration) -> String {
    match declaration.default().to_string().replace('"', "").as_str() {
        "" | "[]" => "none".to_owned(),
        default => format!("`{default}`"),
    }
}

fn table() -> String {
    let mut table = String::from(
        "| setting | what it decides | values | default | kept | may be forced |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for one in &SETTINGS {
        let scope = scope(one);
        let words = |words: &[&str]| {
            let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            quoted.join(", ")
        };
        let values = match one.kind {
            Kind::Boolean => "`true`, `false`".to_owned(),
            Kind::Number { least, most } => format!("{least} to {most}"),
            Kind::Choice(all) => words(all),
            Kind::Choices(all) => format!("a list of {}", words(all)),
            Kind::Text { longest } => format!("a text of at most {longest} bytes"),
            Kind::Structure if one.key == "overview.only" => "a filter (`Only`)".to_owned(),
            Kind::Structure => "`{from, to}`, null".to_owned(),
        };
        writeln!(
            table,
            "| `{}` | {} | {values} | {} | {scope} | {} |",
            one.key,
            one.about.trim(),
            default(one),
            if one.may_be_forced { "yes" } else { "no" },
        )
        .unwrap();
    }
    table
}

#[test]
fn the_table_in_the_documentation_is_that_of_the_registry() {
    const BEGIN: &str = "<!-- settings: begin -->\n";
    const END: &str = "<!-- settings: end -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let committed = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = committed.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let current = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("TEST_WRITE_SETTINGS").is_some() {
        std::fs::write(&path, &current).unwrap();
        return;
    }
    assert_eq!(
        current, committed,
        "run this test with TEST_WRITE_SETTINGS=1 and look at what changed"
    );
}

/// Writes `setting-values.ts` beside the types that ts-rs exports: the keys, and the defaults.
#[test]
fn export_bindings_settings() {
    let Ok(folder) = std::env::var("TS_RS_EXPORT_DIR") else {
        return;
    };
    let defaults: Layer = SETTINGS
        .iter()
        .map(|one| (one.key.to_owned(), one.default()))
        .collect();
    let scopes: Layer = SETTINGS
        .iter()
        .map(|one| (one.key.to_owned(), scope(one).into()))
        .collect();
    let file = format!(
        "// Generated by `cargo xtask bindings`; do not edit.
import type {{ Settings }} from './Settings';

export type SettingKey = keyof Settings;
export type SettingValue<K extends SettingKey> = Settings[K]['value'];
export type SettingValues = {{ [K in SettingKey]: SettingValue<K> }};

/** The value of each setting while nobody chose one. */
export const DEFAULT_SETTINGS: SettingValues = {};

/** Where a choice is kept: on this device, or with the account; or that nobody but the organisation makes it. */
export const SETTING_SCOPES: Record<SettingKey, 'device' | 'account' | 'organisation'> = {};
",
        serde_json::to_string(&defaults).unwrap(),
        serde_json::to_string(&scopes).unwrap()
    );
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(Path::new(&folder).join("setting-values.ts"), file).unwrap();
}
