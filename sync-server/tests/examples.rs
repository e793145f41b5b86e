//! The example that client writers begin with, run against the real server as they would run it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::*;
use conversation::{Action, ConversationId, MessageId, Timestamp};

/// Runs it to its end; the server runs in other threads meanwhile.
fn client(arguments: &[&str]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/client.py");
    let mut python = Command::new("python3");
    python
        .arg(script)
        .args(arguments)
        .env("OVERLEG_PASSWORD", PASSWORD);
    python
        .output()
        .expect("python3 is there: `cargo xtask setup` installs it")
}

fn said(output: &Output) -> String {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(said).unwrap()
}

/// A group that Carla joined later, with edits, deletions and mentions; returns the conversation that she posts to.
async fn scene(clinic: &Clinic) -> (Person, Person, ConversationId) {
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let [anna, bram, carla] = [
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
        clinic.person("Carla", home).await,
    ];
    let group = clinic.start_group(&anna, &[&bram], "Wondzorg").await;
    let secret = clinic.say(&anna, group, "Voor Carla er was").await;
    let members = vec![carla.membership];
    let add = Action::Add {
        members,
        teams: Vec::new(),
        share: None,
    };
    clinic.act(&anna, group, add).await;
    let edit = |message: MessageId, text: &str| Action::Edit {
        message,
        text: text.into(),
        attachments: Vec::new(),
        urgent: None,
    };
    clinic
        .act(&anna, group, edit(secret, "Ook dit ziet zij niet"))
        .await;
    let first = clinic.say(&bram, group, "Eerste versie").await;
    clinic
        .act(&bram, group, edit(first, "Tweede \"versie\", met ë en 😀"))
        .await;
    let gone = clinic.say(&bram, group, "Dit gaat weg").await;
    clinic.act(&bram, group, Action::Delete { message: gone }).await;
    let mut mentions = clinic.message("Kijk je mee, \u{FFFC}?");
    mentions.text.mentions.push(carla.membership);
    clinic.act(&anna, group, Action::Post { message: mentions }).await;
    for number in 0..40 {
        clinic.clock.advance(Timestamp::SECOND);
        clinic.say(&bram, group, &format!("Bericht {number}")).await;
    }
    clinic.start_direct(&bram, &carla, "Dag Carla").await;
    (anna, carla, group)
}

// A1, P5, I2
#[tokio::test(flavor = "multi_thread")]
async fn the_example_signs_in_follows_verifies_every_chain_and_posts() {
    let clinic = Clinic::open().await;
    let (anna, carla, group) = scene(&clinic).await;
    let url = clinic.url("");
    let output = client(&[&url, &carla.login, "--post", &group.to_string(), "Ik kijk mee 👀"]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains(&format!("# Wondzorg ({group}):")) && text.contains("links verified"),
        "{text}"
    );
    for shown in [
        "Tweede \"versie\", met ë en 😀",
        "Bram Jansen: (deleted)",
        "Anna Jansen: Kijk je mee, @Carla Jansen?",
        "Bram Jansen: Bericht 39",
        "Carla Jansen: Ik kijk mee 👀",
        "# direct",
        "Bram Jansen: Dag Carla",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    for hidden in [
        "Voor Carla er was",
        "ziet zij niet",
        "Eerste versie",
        "Dit gaat weg",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let frames = clinic.sync(&anna, None).await;
    assert!(texts(&frames).contains(&"Ik kijk mee 👀".to_owned()));
    let refused = client(&[&url, "niemand@kliniek.example"]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("422: wrong_password"),
        "{}",
        said(&refused)
    );
}

// A1
#[tokio::test(flavor = "multi_thread")]
async fn the_example_finds_what_was_changed_or_left_out_on_the_way() {
    let clinic = Clinic::open().await;
    let (_, carla, _) = scene(&clinic).await;
    let body = serde_json::to_string(&request(None)).unwrap();
    let whole = clinic
        .send("/v1/sync", Some(&carla), body)
        .await
        .text()
        .await
        .unwrap();
    let file = clinic.data().join("frames");
    let check = |frames: &str, file: &Path| {
        std::fs::write(file, frames).unwrap();
        client(&["--check", file.to_str().unwrap()])
    };
    let output = check(&whole, &file);
    assert!(output.status.success(), "{}", said(&output));
    let changed = whole.replace("Bericht 20", "Bericht 21");
    let without = whole.lines().filter(|line| !line.contains("Bericht 3\""));
    let without = without.collect::<Vec<_>>().join("\n");
    let other_head = whole.replace("\"anchor\":{\"number\":2", "\"anchor\":{\"number\":3");
    for (what, frames) in [
        ("changed", changed),
        ("left out", without),
        ("another anchor", other_head),
    ] {
        assert_ne!(frames, whole, "{what}");
        let output = check(&frames, &file);
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
    }
}
