//! Devices that are signed in, and how their sessions end.

use std::time::Duration;

use anyhow::Result;
use client::api::view::{AttachmentState, AttachmentView, Devices, SessionView};
use client::api::{ApiError, ApiRequest};
use protocol::error::ErrorCode;
use protocol::session::EndReason;
use stories::secrecy;
use stories::test_network::{Clinician, Device, PASSWORD, TestNetwork};
use sync_server::core::administer::{AdminRequest, AdminResponse};

/// Waits until the device knows that its session has ended, and why.
async fn session_ended(device: &Device, reason: EndReason) -> Result<()> {
    device
        .until("its session has ended", async |device| {
            let session: SessionView = device.ask(ApiRequest::Session {}).await?;
            Ok(matches!(session, SessionView::Ended { end: Some(end), .. } if end.reason == reason))
        })
        .await
}

// I1, I3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_password_changed_on_one_device_signs_the_others_out_and_keeps_this_one_at_work() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let pc = world.device(&anna, "pc").await?;
    let laptop = world.device(&anna, "laptop").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = karims.start_direct(&anna, "Een").await?;
    laptop.sees(consult, &["Een"]).await?;
    let other = "een heel andere zin vol woorden";
    secrecy::keep_secret(other);
    let change = |current: &str| ApiRequest::ChangePassword {
        current: current.into(),
        password: other.into(),
    };
    let wrong = pc.ask::<()>(change("niet het goede")).await;
    assert!(matches!(wrong, Err(ApiError::Server { code }) if code == ErrorCode::WrongPassword));
    pc.ask::<()>(change(PASSWORD)).await?;
    session_ended(&laptop, EndReason::PasswordChanged).await?;
    karims.says(consult, "Twee").await?;
    pc.sees(consult, &["Een", "Twee"]).await?;
    // Its messages stay readable, and no more come.
    assert_eq!(laptop.texts(consult).await?, ["Een"]);
    let left: Devices = pc.ask(ApiRequest::Devices {}).await?;
    assert_eq!(
        left.signed_in.iter().map(|device| device.own).collect::<Vec<_>>(),
        [true]
    );
    Ok(())
}

// F1, I3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_copy_for_another_program_goes_when_the_session_is_ended_elsewhere() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let laptop = world.device(&anna, "laptop").await?;
    let karims = world.device(&karim, "pc").await?;
    karims.set("files.take_back_seconds", 0).await?;
    let consult = karims.start_direct(&anna, "Dag Anna").await?;
    // A file that goes up before its conversation is there waits until it is tried again, by a clock that stands still here.
    karims.has_sent_all().await?;
    karims.attaches(consult, "brief.txt", b"Wond is rustig.").await?;
    karims.says(consult, "Met brief").await?;
    laptop
        .until("the letter is here", async |device| {
            let message = device.message(consult, "Met brief").await;
            let is_here = |file: &AttachmentView| file.state == AttachmentState::Here;
            Ok(message.is_ok_and(|message| message.attachments.iter().all(is_here)))
        })
        .await?;
    let letter = laptop.message(consult, "Met brief").await?.attachments[0].id;
    let opened = laptop.overleg().open_attachment(letter).await?;
    assert!(opened.exists());
    let change = ApiRequest::ChangePassword {
        current: PASSWORD.into(),
        password: "een heel andere zin vol woorden".into(),
    };
    world.device(&anna, "pc").await?.ask::<()>(change).await?;
    session_ended(&laptop, EndReason::PasswordChanged).await?;
    // Just after that is known.
    let gone = async {
        while opened.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await?;
    // In the program it stays readable.
    assert!(laptop.overleg().attachment(letter).await.is_ok());
    Ok(())
}

/// The number of devices on which somebody is signed in, by the server.
async fn signed_in(world: &TestNetwork, who: &Clinician) -> Result<usize> {
    let person = who.person;
    match world.administer(AdminRequest::SessionList { person }).await? {
        AdminResponse::Sessions { sessions } => Ok(sessions.len()),
        other => anyhow::bail!("{other:?}"),
    }
}

async fn sign_out(device: &Device) -> Result<()> {
    let view: SessionView = device.ask(ApiRequest::SignOut {}).await?;
    assert!(matches!(view, SessionView::SignedOut { .. }), "{view:?}");
    Ok(())
}

/// Waits until the device says that the server does not know of a sign-out, or no longer says so.
async fn says_unreported(device: &Device, expected: bool) -> Result<()> {
    device
        .until("the sign-out is reported or not", async |device| {
            let view: SessionView = device.ask(ApiRequest::Session {}).await?;
            Ok(matches!(view, SessionView::SignedOut { unreported, .. } if unreported == expected))
        })
        .await
}

// I3, F6
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sign_out_without_a_network_reaches_the_server_when_it_is_back_also_after_a_restart() -> Result<()>
{
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let laptop = world.device(&anna, "laptop").await?;
    let pc = world.device(&anna, "pc").await?;
    assert_eq!(signed_in(&world, &anna).await?, 2);
    laptop.go_offline();
    sign_out(&laptop).await?;
    says_unreported(&laptop, true).await?;
    let laptop = laptop.restart().await;
    says_unreported(&laptop, true).await?;
    assert_eq!(signed_in(&world, &anna).await?, 2);
    laptop.go_online();
    says_unreported(&laptop, false).await?;
    assert_eq!(signed_in(&world, &anna).await?, 1);
    let devices: Devices = pc.ask(ApiRequest::Devices {}).await?;
    let ended: Vec<EndReason> = devices.signed_out.iter().map(|one| one.end.reason).collect();
    assert_eq!(ended, [EndReason::SignedOut]);
    Ok(())
}

// I3, F6
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sign_out_that_waits_is_reported_while_somebody_else_works_on_the_device() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.practice).await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Een").await?;
    karims.sees(consult, &["Een"]).await?;
    annas.go_offline();
    sign_out(&annas).await?;
    says_unreported(&annas, true).await?;
    annas.go_online();
    let sign_in = ApiRequest::SignIn {
        server: annas.server().to_owned(),
        login: karim.login.clone(),
        password: PASSWORD.into(),
    };
    let view: SessionView = annas.ask(sign_in).await?;
    assert!(matches!(view, SessionView::SignedIn { .. }), "{view:?}");
    annas
        .until("the server knows of the sign-out", async |_| {
            Ok(signed_in(&world, &anna).await? == 0)
        })
        .await?;
    assert_eq!(signed_in(&world, &karim).await?, 2);
    annas.sees(consult, &["Een"]).await?;
    karims.says(consult, "Twee").await?;
    annas.sees(consult, &["Een", "Twee"]).await
}
