//! Quiet hours that end while nothing else happens, and a conversation that is muted at another device.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta};
use client::api::ApiRequest;
use conversation::organisation::availability::{Availability, Quiet, QuietHours};
use conversation::{ConversationId, Timestamp};
use platform::{Clock as _, SystemClock};

use super::indicators::has_title;
use super::story_session::{Scene, start_group};
use crate::desktop_session::DesktopServices;
use crate::test_network::Device;

const SUBJECT: &str = "Avondrooster week 49";
const FIRST: &str = "Wie kan vrijdag?";
const MUTED: &str = "Ik niet.";
const LAST: &str = "Dan vraag ik Joost.";

// N5, N1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let laptop = scene.session.laptop("Anna").await?;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    let before = laptop.overview().await?.unread;
    let given = desktop_services.notifications()?.len();
    has_title(scene, before).await?;

    let (hours, end) = ending_soon(SystemClock.now()).context("quiet hours that end soon")?;
    set_quiet_hours(scene, &laptop, Some(hours)).await?;
    desktop_services.minimise()?;
    app.until("the window keeps the keyboard", async || {
        Ok(!desktop_services.has_focus()?)
    })
    .await?;
    let conversation = start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    has_title(scene, before + 1).await?;
    scene.screen("quiet")?;
    // They end within two minutes, and nothing else wakes the program.
    while SystemClock.now() < end && shows(scene, desktop_services, 1).await.is_err() {}
    ensure!(SystemClock.now() >= end, "it was notified of before their end");
    shows(scene, desktop_services, 1).await?;
    scene.screen("over")?;
    set_quiet_hours(scene, &laptop, None).await?;

    // Muted elsewhere: what stands there goes, and what comes is counted.
    let mute = |muted| ApiRequest::Mute { conversation, muted };
    laptop.sees(conversation, &[FIRST]).await?;
    laptop.ask::<()>(mute(true)).await?;
    shows(scene, desktop_services, 0).await?;
    read(&laptop, conversation).await?;
    has_title(scene, before).await?;
    karim.says(conversation, MUTED).await?;
    has_title(scene, before + 1).await?;
    scene.screen("muted")?;
    laptop.sees(conversation, &[FIRST, MUTED]).await?;
    read(&laptop, conversation).await?;
    laptop.ask::<()>(mute(false)).await?;
    has_title(scene, before).await?;
    karim.says(conversation, LAST).await?;
    shows(scene, desktop_services, 1).await?;
    let given = desktop_services.notifications()?.split_off(given);
    ensure!(given.len() == 2, "these were given: {given:?}");
    desktop_services.click_notification()?;
    app.see_with("message", LAST).await?;
    has_title(scene, before).await
}

async fn read(device: &Device, conversation: ConversationId) -> anyhow::Result<()> {
    let last = device.conversation(conversation).await?.last;
    device.reads(conversation, last).await
}

/// Sets them on another device, and waits until the window has them: a device that goes before it was online takes along what it
/// did not send.
pub(super) async fn set_quiet_hours(
    scene: &Scene<'_>,
    laptop: &Device,
    hours: Option<QuietHours>,
) -> anyhow::Result<()> {
    const KEY: &str = "notifications.quiet_hours";
    laptop.set(KEY, hours).await?;
    let expected = serde_json::to_value(hours)?;
    let app = scene.app;
    app.until("the window does not have the quiet hours", async || {
        Ok(app.ask("settings").await?[KEY]["value"] == expected)
    })
    .await
}

/// So many notifications stand on the screen. A daemon that is only starting shows none yet.
pub(super) async fn shows(
    scene: &Scene<'_>,
    desktop_services: &DesktopServices,
    notifications: usize,
) -> anyhow::Result<()> {
    let otherwise = format!("there are not {notifications} notifications");
    let shown = async || Ok(desktop_services.shown().is_ok_and(|shown| shown == notifications));
    scene.app.until(&otherwise, shown).await
}

/// Quiet hours that began an hour ago and end in one or two minutes, and when.
fn ending_soon(now: Timestamp) -> Option<(QuietHours, Timestamp)> {
    let utc = DateTime::from_timestamp_millis(now.0)?;
    // The clock of the Netherlands is one or two hours ahead.
    [1, 2].into_iter().find_map(|ahead| {
        let time = |minutes: i64| {
            let time = utc + TimeDelta::hours(ahead) + TimeDelta::minutes(minutes);
            time.format("%H:%M").to_string().parse().ok()
        };
        let hours = QuietHours::new(time(-60)?, time(2)?).ok()?;
        let end = Quiet::at(Some(hours), false, &Availability::default(), now).until?;
        (end.since(now) <= 2 * Timestamp::MINUTE).then_some((hours, end))
    })
}
