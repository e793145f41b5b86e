//! The cases that other messengers get wrong.

use anyhow::{Context as _, Result};
use client::api::ApiRequest;
use client::api::view::{Devices, MessageState, Quote, SessionView, SharePreview};
use conversation::organisation::Permission;
use conversation::{Seq, Shape};
use protocol::session::EndReason;
use stories::test_network::{Clinician, Device, TestClock, TestNetwork};

struct Three {
    world: TestNetwork,
    anna: Clinician,
    karim: Clinician,
    sanne: Clinician,
    annas: Device,
    karims: Device,
    sannes: Device,
}

async fn three() -> Result<Three> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let sanne = world.clinician("Sanne", world.practice).await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let sannes = world.device(&sanne, "pc").await?;
    Ok(Three {
        world,
        anna,
        karim,
        sanne,
        annas,
        karims,
        sannes,
    })
}

// P5, M2, M3, M4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_late_participant_sees_nothing_of_earlier_messages_nor_of_their_later_edit_deletion_or_quote()
-> Result<()> {
    let Three {
        world,
        karim,
        sanne,
        annas,
        karims,
        sannes,
        ..
    } = three().await?;
    let group = annas.start_group(&[&karim], "Wondzorg").await?;
    annas.says(group, "Geheim een").await?;
    annas.says(group, "Geheim twee").await?;
    let all = ["Goedemorgen", "Geheim een", "Geheim twee"];
    karims.sees(group, &all).await?;
    annas.adds(group, &sanne).await?;
    sannes
        .until("she is in it", async |device| {
            Ok(!device.overview().await?.rows.is_empty())
        })
        .await?;
    sannes.sees(group, &[]).await?;

    let (one, two) = (
        karims.message(group, all[1]).await?,
        annas.message(group, all[2]).await?,
    );
    karims.replies(group, one.message, "Hierop").await?;
    annas.edits(group, one.message, "Geheim een, verbeterd").await?;
    annas.deletes(group, two.message).await?;
    // Two devices send: which is first is settled by waiting for the one.
    let before_last = ["Goedemorgen", "Geheim een, verbeterd", "[deleted]", "Hierop"];
    annas.sees(group, &before_last).await?;
    annas.says(group, "Tot slot").await?;
    karims
        .sees(
            group,
            &[
                "Goedemorgen",
                "Geheim een, verbeterd",
                "[deleted]",
                "Hierop",
                "Tot slot",
            ],
        )
        .await?;
    sannes.sees(group, &["Hierop", "Tot slot"]).await?;
    let quoting = sannes.message(group, "Hierop").await?;
    assert!(matches!(quoting.quote, Some(Quote::Unavailable)));
    // BS5: a fresh device of hers holds the same.
    let fresh = world.device(&sanne, "laptop").await?;
    fresh.sees(group, &["Hierop", "Tot slot"]).await
}

// P5, P6
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn leaving_and_being_added_again_opens_the_earlier_messages_and_not_those_between() -> Result<()> {
    let Three {
        world: _world,
        karim,
        sanne,
        annas,
        sannes,
        ..
    } = three().await?;
    let group = annas.start_group(&[&karim, &sanne], "Wondzorg").await?;
    sannes.sees(group, &["Goedemorgen"]).await?;
    sannes.leaves(group).await?;
    sannes
        .until("it went", async |device| {
            Ok(device.overview().await?.rows.is_empty())
        })
        .await?;
    annas
        .until("she left", async |device| {
            Ok(device.conversation(group).await?.participants.len() == 2)
        })
        .await?;
    annas.says(group, "Tussendoor").await?;
    annas.has_sent_all().await?;
    annas.adds(group, &sanne).await?;
    annas.says(group, "Welkom terug").await?;
    sannes.sees(group, &["Goedemorgen", "Welkom terug"]).await
}

// P5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn earlier_messages_are_shared_as_the_preview_showed_them() -> Result<()> {
    let Three {
        world: _world,
        karim,
        sanne,
        annas,
        karims,
        sannes,
        ..
    } = three().await?;
    let group = annas.start_group(&[&karim], "Wondzorg").await?;
    annas.says(group, "Niet delen").await?;
    annas.says(group, "Wel delen").await?;
    karims
        .sees(group, &["Goedemorgen", "Niet delen", "Wel delen"])
        .await?;
    // The preview is of what stands in the log here, which comes a moment after the server's answer.
    let (mut from, mut head) = (None, None);
    annas
        .until("the preview shows just what is shared", async |device| {
            from = device.message(group, "Wel delen").await?.number;
            let preview: SharePreview = device
                .ask(ApiRequest::SharePreview {
                    conversation: group,
                    from,
                })
                .await?;
            head = Some(preview.head);
            Ok(from.is_some() && preview.count == 1)
        })
        .await?;
    annas.knows(&sanne).await?;
    let members = vec![sanne.membership];
    let previewed = head;
    annas
        .ask::<()>(ApiRequest::Add {
            teams: Vec::new(),
            conversation: group,
            members,
            share_from: from,
            previewed,
        })
        .await?;
    sannes.sees(group, &["Wel delen"]).await
}

// P5, P7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn analyse_given_and_taken_away_opens_and_closes_the_earlier_messages() -> Result<()> {
    let Three { world, karim, .. } = three().await?;
    let fatma = world.clinician("Fatma", world.home_care).await?;
    let pieter = world.clinician("Pieter", world.home_care).await?;
    let item = world.item("Valincident badkamer").await?;
    world.grant(&karim, Permission::Handle).await?;
    world.grant(&karim, Permission::Analyse).await?;
    let karims = world.device(&karim, "tablet").await?;
    let fatmas = world.device(&fatma, "pc").await?;
    karims.knows(&pieter).await?;
    let about = karims
        .start(
            Shape::Item { item },
            &[pieter.membership],
            None,
            "Voor Fatma kwam",
        )
        .await?;
    karims.has_sent_all().await?;
    karims.sees(about, &["Voor Fatma kwam"]).await?;
    karims.adds(about, &fatma).await?;
    karims.says(about, "Welkom").await?;
    fatmas.sees(about, &["Welkom"]).await?;
    world.grant(&fatma, Permission::Analyse).await?;
    fatmas.sees(about, &["Voor Fatma kwam", "Welkom"]).await?;
    world.revoke(&fatma, Permission::Analyse).await?;
    fatmas.sees(about, &["Welkom"]).await
}

// BS5, M3, M4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_new_device_after_edits_and_deletions_holds_the_same_as_the_old_one() -> Result<()> {
    let Three {
        world,
        anna,
        karim,
        annas,
        karims,
        ..
    } = three().await?;
    let consult = annas.start_direct(&karim, "Een").await?;
    annas.says(consult, "Twee").await?;
    annas.says(consult, "Drie").await?;
    karims.sees(consult, &["Een", "Twee", "Drie"]).await?;
    annas.has_sent_all().await?;
    let (one, two) = (
        annas.message(consult, "Een").await?,
        annas.message(consult, "Twee").await?,
    );
    annas.edits(consult, one.message, "Eén").await?;
    annas.edits(consult, one.message, "Eén!").await?;
    annas.deletes(consult, two.message).await?;
    let settled = ["Eén!", "[deleted]", "Drie"];
    karims.sees(consult, &settled).await?;
    let fresh = world.device(&anna, "laptop").await?;
    fresh.sees(consult, &settled).await?;
    annas.sees(consult, &settled).await?;
    assert!(fresh.message(consult, "Eén!").await?.edited);
    Ok(())
}

// M9
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_read_on_one_device_is_read_on_the_other() -> Result<()> {
    let Three {
        world,
        karim,
        annas,
        karims,
        ..
    } = three().await?;
    let consult = annas.start_direct(&karim, "Een").await?;
    karims.sees(consult, &["Een"]).await?;
    let laptop = world.device(&karim, "laptop").await?;
    assert_eq!(laptop.overview().await?.unread, 1);
    karims.reads(consult, Seq(2)).await?;
    laptop
        .until("it is read", async |device| {
            Ok(device.overview().await?.unread == 0)
        })
        .await
}

// I3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_laptop_that_was_lost_is_signed_out_from_another_device_and_receives_nothing_more() -> Result<()> {
    let Three {
        world,
        karim,
        annas,
        karims,
        ..
    } = three().await?;
    let consult = annas.start_direct(&karim, "Een").await?;
    let laptop = world.device(&karim, "laptop").await?;
    laptop.sees(consult, &["Een"]).await?;
    let listed: Devices = karims.ask(ApiRequest::Devices {}).await?;
    assert_eq!(listed.signed_in.iter().filter(|device| device.own).count(), 1);
    let lost = listed
        .signed_in
        .iter()
        .find(|device| !device.own)
        .context("one device")?;
    let session = lost.session;
    let left: Devices = karims.ask(ApiRequest::SignOutDevice { session }).await?;
    assert_eq!(
        left.signed_in.iter().map(|device| device.own).collect::<Vec<_>>(),
        [true]
    );
    laptop
        .until("it is signed out", async |device| {
            let session: SessionView = device.ask(ApiRequest::Session {}).await?;
            let reason = EndReason::OtherDevice;
            Ok(matches!(session, SessionView::Ended { end: Some(end), .. } if end.reason == reason))
        })
        .await?;
    annas.says(consult, "Twee").await?;
    karims.sees(consult, &["Een", "Twee"]).await?;
    assert_eq!(laptop.texts(consult).await?, ["Een"]);
    let [ended] = left.signed_out.as_slice() else {
        anyhow::bail!("{left:?}");
    };
    assert_eq!(
        (ended.session, ended.end.reason),
        (session, EndReason::OtherDevice)
    );
    // Once more is no fault: it is signed out.
    let again: Devices = karims.ask(ApiRequest::SignOutDevice { session }).await?;
    assert_eq!(again.signed_in.len(), 1);
    Ok(())
}

// F3, M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_restarts_or_is_killed_loses_nothing_that_was_acknowledged() -> Result<()> {
    let Three {
        mut world,
        karim,
        annas,
        karims,
        ..
    } = three().await?;
    let consult = annas.start_direct(&karim, "Voor de herstart").await?;
    annas.has_sent_all().await?;
    world.stop().await;
    annas.says(consult, "Tijdens de herstart").await?;
    world.start().await?;
    karims
        .sees(consult, &["Voor de herstart", "Tijdens de herstart"])
        .await?;
    annas.has_sent_all().await?;
    world.kill().await;
    karims.says(consult, "Na de klap").await?;
    world.start().await?;
    let all = ["Voor de herstart", "Tijdens de herstart", "Na de klap"];
    annas.sees(consult, &all).await?;
    karims.sees(consult, &all).await
}

// F3, M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_program_that_is_killed_while_messages_arrive_loses_and_doubles_nothing() -> Result<()> {
    let mut world = TestNetwork::at(TestClock::of_the_machine()).await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Begin").await?;
    karims.sees(consult, &["Begin"]).await?;
    annas.has_sent_all().await?;
    world.stop().await;

    let mut said = Vec::new();
    for round in 0..4 {
        world.start_program().await?;
        let texts = (0..6).map(|place| format!("Ronde {round}, bericht {place}"));
        for text in texts.clone() {
            annas.says(consult, &text).await?;
        }
        said.extend(texts);
        // Each time a little later in the middle of it.
        let (before, accepted) = (said.len() - 6, round + 1);
        annas
            .until("some were accepted", async |device| {
                let messages = device.messages(consult).await?;
                let done = messages.iter().filter(|one| one.state == MessageState::Accepted);
                Ok(done.count() >= 1 + before + accepted)
            })
            .await?;
        world.kill_program()?;
    }
    world.check()?;
    world.start_program().await?;
    annas.has_sent_all().await?;
    let mut all = vec!["Begin"];
    all.extend(said.iter().map(String::as_str));
    karims.sees(consult, &all).await?;
    annas.sees(consult, &all).await?;
    world.kill_program()?;
    world.check()
}

// Decision 21 of the protocol
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_restored_backup_is_noticed_and_nothing_is_overwritten() -> Result<()> {
    let Three {
        mut world,
        karim,
        annas,
        karims,
        ..
    } = three().await?;
    let consult = annas.start_direct(&karim, "In de kopie").await?;
    karims.sees(consult, &["In de kopie"]).await?;
    annas.has_sent_all().await?;
    world.stop().await;
    let copy = tempfile::tempdir()?;
    copy_files(&world.server_folder(), copy.path())?;
    world.start().await?;
    annas.says(consult, "Na de kopie").await?;
    karims.sees(consult, &["In de kopie", "Na de kopie"]).await?;
    annas.has_sent_all().await?;
    annas.sees(consult, &["In de kopie", "Na de kopie"]).await?;
    annas.is_current_as_of_now().await?;
    world.stop().await;
    copy_files(copy.path(), &world.server_folder())?;
    world.start().await?;
    annas
        .until("it says so", async |device| {
            Ok(device.conversation(consult).await?.restored)
        })
        .await?;
    annas.sees(consult, &["In de kopie", "Na de kopie"]).await
}

fn copy_files(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    for entry in std::fs::read_dir(to)? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if path.is_file()
            && let Some(name) = path.file_name()
        {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
