//! Templates from which administrators make policies (I4), derived from the registry of settings: for Group Policy and Intune
//! (ADMX and ADML), for macOS (a configuration profile) and for Linux (an example and its JSON Schema). They are kept in
//! `packaging/policies`; a template that is not that of the registry fails, and `TEST_WRITE_SETTINGS=1` writes it anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod admx;
mod admx_check;
mod json;
mod profile;
mod texts;

use std::path::{Path, PathBuf};

use client::model::settings::{Declaration, SETTINGS, Scope};

/// The settings that a policy may decide, in the order of the registry.
fn forcible() -> impl Iterator<Item = &'static Declaration> {
    SETTINGS
        .iter()
        .filter(|one| one.may_be_forced || one.scope == Scope::Organisation)
}

/// The group of a setting: the first part of its key.
fn group(declaration: &Declaration) -> &'static str {
    declaration.key.split('.').next().unwrap_or_default()
}

/// The groups, each once, in the order of the registry.
fn groups() -> Vec<&'static str> {
    let mut groups: Vec<_> = Vec::new();
    for one in forcible() {
        if !groups.contains(&group(one)) {
            groups.push(group(one));
        }
    }
    groups
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packaging/policies")
        .join(name)
}

fn is_current(name: &str, made: &str) {
    let path = kept(name);
    if std::env::var_os("TEST_WRITE_SETTINGS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made
        .lines()
        .zip(committed.lines())
        .find(|(made, kept)| made != kept);
    assert!(
        made == committed,
        "{name} is not that of the registry: run this test with TEST_WRITE_SETTINGS=1; {differs:?}"
    );
}

// I4
#[test]
fn the_templates_are_those_of_the_registry() {
    is_current("windows/Overleg.admx", &admx::admx());
    for language in texts::LANGUAGES {
        is_current(
            &format!("windows/{}/Overleg.adml", language.tag),
            &admx::adml(language),
        );
    }
    is_current("macos/nl.overleg.desktop.mobileconfig", &profile::profile());
    is_current("macos/nl.overleg.desktop.schema.json", &json::manifest());
    is_current("linux/policy.example.json", &json::example());
    is_current("linux/policy.schema.json", &json::schema());
}

// I4
#[test]
fn every_forcible_setting_and_every_word_of_it_is_named_in_both_languages() {
    for language in texts::LANGUAGES {
        for one in forcible() {
            assert!(!language.name(one.key).is_empty() && !language.about(one).is_empty());
        }
    }
    let named: Vec<_> = forcible().map(|one| one.key).collect();
    for key in texts::keys() {
        assert!(named.contains(&key), "{key} is no setting that a policy decides");
    }
}

/// By a parser that is not ours.
// I4
#[test]
fn the_templates_of_group_policy_are_as_windows_reads_them() {
    let admx = admx::admx();
    let read = |text: &str| admx_check::wrong(text, &texts::LANGUAGES.map(admx::adml));
    assert_eq!(read(&admx), Vec::<String>::new());
    // The check finds what Windows would stumble over.
    for (right, wrong) in [
        ("$(string.files_save)", "$(string.files_saved)"),
        ("$(presentation.files_days)", "$(presentation.files_day)"),
        (
            "<parentCategory ref=\"files\"/>",
            "<parentCategory ref=\"file\"/>",
        ),
        ("name=\"files_save\"", "name=\"files_open\""),
        ("<disabledValue>", "<disabledvalue>"),
        (" class=\"Both\"", " class=\"All\""),
        ("valueName=\"files.save\"", "valuename=\"files.save\""),
        ("</policies>", ""),
    ] {
        assert!(admx.contains(right), "{right}");
        assert_ne!(
            read(&admx.replacen(right, wrong, 1)),
            Vec::<String>::new(),
            "{wrong}"
        );
    }
}

// I4
#[test]
fn the_profile_of_macos_is_a_property_list_that_names_every_setting() {
    let profile = plist::Value::from_reader(std::io::Cursor::new(profile::profile())).unwrap();
    let payload = profile.as_dictionary().unwrap().get("PayloadContent").unwrap();
    let payload = payload.as_array().unwrap()[0].as_dictionary().unwrap();
    assert_eq!(payload["PayloadType"].as_string(), Some("nl.overleg.desktop"));
    let recommended = payload["Recommended"].as_dictionary().unwrap();
    for one in forcible() {
        assert!(recommended.contains_key(one.key), "{}", one.key);
    }
}
