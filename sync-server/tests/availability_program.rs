//! Availability by the command line (O5): set, refused and imported, on a server that runs and one that does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::path::Path;

use common::program::{Folder, done, run, text};
use serde_json::{Value, json};

/// Somebody of an organisation; the membership.
fn person(folder: &Path, organisation: &str, given: &str) -> String {
    let login = format!("{given}@kliniek.example");
    let added = done(
        folder,
        &[
            "person",
            "add",
            "--login",
            &login,
            "--organisation",
            organisation,
            "--given",
            given,
            "--family",
            "Jansen",
        ],
    );
    added["memberships"][0].as_str().unwrap().to_owned()
}

fn organisation(folder: &Path, name: &str) -> String {
    text(&done(folder, &["organisation", "add", name]), "organisation")
}

/// The number of entries in all logs, which reveals an unwanted write.
fn entries(folder: &Path) -> u64 {
    let checked = done(folder, &["check"]);
    assert_eq!(checked["found"], json!([]));
    checked["entries"].as_u64().unwrap()
}

fn set(folder: &Path, membership: &str, arguments: &[&str]) -> Value {
    done(
        folder,
        &[&["membership", "availability", membership], arguments].concat(),
    )
}

/// The sentence of a refusal, with the status of the program.
fn refused(folder: &Path, membership: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let all = [&["--json", "membership", "availability", membership], arguments].concat();
    let output = run(folder, &all);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), text(&said, "error"))
}

// O5, I2
#[test]
fn an_operator_sets_when_somebody_works_and_who_covers() {
    let folder = Folder::new("availability");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    let here = organisation(folder, "Thuiszorg De Linde");
    let there = organisation(folder, "Huisartsen Zuid");
    let [anna, bram] = ["Anna", "Bram"].map(|given| person(folder, &here, given));
    let carla = person(folder, &there, "Carla");
    let team = done(folder, &["team", "add", &here, "Team Wond"]);
    let team = text(&team, "team");
    let before = entries(folder);
    let whole = [
        "--week",
        "ma-wo 08:30-17:00, vr 9-13",
        "--works-on-holidays",
        "--time-zone",
        "Europe/Brussels",
        "--absent-from",
        "2026-12-21",
        "--absent-until",
        "2027-01-03",
        "--cover",
        &bram,
        "--note",
        "Bel bij spoed",
    ];
    set(folder, &anna, &whole);
    assert_eq!(entries(folder), before + 1);
    // The same again, then a team, then nothing.
    set(folder, &anna, &whole);
    assert_eq!(entries(folder), before + 1);
    set(folder, &anna, &["--cover-team", &team]);
    set(folder, &anna, &[]);
    set(folder, &anna, &[]);
    assert_eq!(entries(folder), before + 3);
    // Understood, and refused: status 1.
    for (arguments, why) in [
        (
            &["--time-zone", "Europe/Nergens"][..],
            "There is no such time zone",
        ),
        (
            &["--absent-from", "2026-12-21", "--absent-until", "2026-12-20"],
            "The last day of the absence is before its first.",
        ),
        (
            &["--cover", &anna],
            "A colleague or a team of the same organisation can cover",
        ),
        (
            &["--cover", &carla],
            "A colleague or a team of the same organisation can cover",
        ),
        (
            &["--note", "Bel\u{7}"],
            "The note holds a character that is no text.",
        ),
    ] {
        let (status, said) = refused(folder, &anna, arguments);
        assert_eq!(status, Some(1), "{arguments:?}");
        assert!(said.starts_with(why), "{said}");
    }
    let (status, said) = refused(folder, &team, &["--week", "di"]);
    assert_eq!(status, Some(1));
    assert!(said.starts_with("There is no such membership"), "{said}");
    assert_eq!(entries(folder), before + 3);
}

// O5, I5
#[test]
fn a_command_line_with_a_wrong_week_or_half_an_absence_ends_with_2_and_says_why() {
    let folder = Folder::new("availability-usage");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    let here = organisation(folder, "Thuiszorg De Linde");
    let anna = person(folder, &here, "Anna");
    let before = entries(folder);
    for (arguments, named) in [
        (&["--week", "dag 8-17"][..], "--week"),
        (&["--week", "di 8-"], "--week"),
        (&["--week", "di 8-25"], "--week"),
        (&["--week", "ma-vr, di 8-12"], "--week"),
        (&["--absent-from", "2026-12-21"], "--absent-until"),
        (&["--absent-until", "2026-12-21"], "--absent-from"),
        (
            &["--absent-from", "21-12-2026", "--absent-until", "2026-12-31"],
            "--absent-from",
        ),
        (&["--cover", "Bram"], "--cover"),
        (&["--cover", &anna, "--cover-team", &anna], "--cover-team"),
        (&["--kleur", "rood"], "--kleur"),
    ] {
        let (status, said) = refused(folder, &anna, arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    assert_eq!(entries(folder), before);
}

// O5, I2
#[test]
fn a_file_of_availability_is_imported_by_the_command_line() {
    let folder = Folder::new("availability-import");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    let here = organisation(folder, "Thuiszorg De Linde");
    for given in ["Anna", "Bram"] {
        person(folder, &here, given);
    }
    let file = folder.join("rooster.csv");
    let path = file.display().to_string();
    let import = ["import", "availability", &path, "--organisation", &here];
    std::fs::write(
        &file,
        "login;week;cover_login\nanna@kliniek.example;di 8:30-17, do;bram@kliniek.example\n",
    )
    .unwrap();
    let imported = done(folder, &import);
    assert_eq!(imported["written"], json!(true));
    assert_eq!(imported["lines"][0]["outcome"], "added");
    let again = done(folder, &import);
    assert_eq!(again["lines"][0]["outcome"], "unchanged");
    let before = entries(folder);
    std::fs::write(&file, "login,week\nanna@kliniek.example,dag\n").unwrap();
    let wrong = run(folder, &[&["--json"], &import[..]].concat());
    assert_eq!(wrong.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!(
        (&said["written"], &said["lines"][0]["line"]),
        (&json!(false), &json!(2))
    );
    let why = text(&said["lines"][0], "why");
    assert!(why.starts_with("The week cannot be read: "), "{why}");
    // A person reads the same in a sentence.
    let plain = run(folder, &import);
    assert_eq!(plain.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&plain.stdout).contains("The week cannot be read"));
    assert_eq!(entries(folder), before);
}
