//! Devices that are signed in, and how their sessions end.

use anyhow::Result;
use client::api::view::{Devices, SessionView};
use client::api::{ApiError, ApiRequest};
use protocol::error::ErrorCode;
use protocol::session::EndReason;
use stories::secrecy;
use stories::test_network::{Device, PASSWORD, TestNetwork};

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
