//! An urgent message: written with its reason in the window, and heard through quiet hours and a muted conversation while the window
//! is put away.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta};
use client::api::ApiRequest;
use client::model::Draft;
use conversation::organisation::availability::QuietHours;
use conversation::{ConversationId, Timestamp};
use fantoccini::key::Key;
use platform::{Clock as _, SystemClock};

use super::indicators::has_title;
use super::quiet::{set_quiet_hours, shows};
use super::story_session::{Scene, called, start_group};
use crate::test_network::Device;

const SUBJECT: &str = "Acute zorg mevr. D.";
const FIRST: &str = "Wie is er vanavond in de buurt?";
const ASKED: &str = "Kun je nu kijken?";
const REASON: &str = "Bloeddruk daalt, 84/50";
const PLAIN: &str = "Ik zoek het na.";
const ANSWER: &str = "Ik ben onderweg.";
const WHY: &str = "Bel terug, nu";

// M10, N5
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let laptop = scene.session.laptop("Anna").await?;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    let conversation = start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    app.open_conversation(SUBJECT).await?;
    app.type_into("composer", ASKED).await?;
    app.click("composer-urgent").await?;
    app.see("urgent-reason-field").await?;
    app.press(REASON).await?;
    scene.picture("written").await?;
    // Back to the text, and sent.
    app.press(Key::Enter).await?;
    app.press(Key::Enter).await?;
    app.see_with("urgent", REASON).await?;
    app.in_state("accepted", 1).await?;
    scene.picture("sent").await?;
    let consult = called(&karim, SUBJECT).await?;
    karim.sees(consult, &[FIRST, ASKED]).await?;
    let heard = karim.message(consult, ASKED).await?;
    let reason = heard.urgent.context("it is urgent")?.reason;
    ensure!(reason == REASON, "the reason is {reason}");

    let hours = around(SystemClock.now()).context("hours")?;
    set_quiet_hours(scene, &laptop, Some(hours)).await?;
    laptop
        .ask::<()>(ApiRequest::Mute {
            conversation,
            muted: true,
        })
        .await?;
    app.see_with("mute", "Gedempt").await?;
    let before = laptop.overview().await?.unread;
    let given = desktop_services.notifications()?.len();
    desktop_services.minimise()?;
    app.until("the window keeps the keyboard", async || {
        Ok(!desktop_services.has_focus()?)
    })
    .await?;
    karim.says(conversation, PLAIN).await?;
    has_title(scene, before + 1).await?;
    ensure!(
        desktop_services.shown()? == 0,
        "it was notified of in quiet hours"
    );
    says_urgently(&karim, conversation, ANSWER, WHY).await?;
    shows(scene, desktop_services, 1).await?;
    scene.screen("heard")?;
    let heard = desktop_services.notifications()?.split_off(given);
    let [notification] = &heard[..] else {
        anyhow::bail!("these were given: {heard:?}");
    };
    ensure!(
        notification.title.starts_with("Spoed: Karim"),
        "it is called {}",
        notification.title
    );
    ensure!(
        !notification.text.contains(ANSWER) && !notification.text.contains(WHY),
        "it tells what was said: {}",
        notification.text
    );
    if scene.session.is_long {
        // Two minutes later, and nothing else wakes the program.
        let until = SystemClock.now().plus(3 * Timestamp::MINUTE);
        let came_again = async || Ok(desktop_services.notifications()?.len() == given + 2);
        while let Err(error) = app.until("it did not come again", came_again).await {
            ensure!(SystemClock.now() < until, error);
        }
    }
    desktop_services.click_notification()?;
    app.see_with("message", ANSWER).await?;
    app.see_with("urgent", WHY).await?;
    shows(scene, desktop_services, 0).await?;
    has_title(scene, before).await?;
    scene.picture("read").await?;
    set_quiet_hours(scene, &laptop, None).await
}

async fn says_urgently(
    device: &Device,
    conversation: ConversationId,
    text: &str,
    reason: &str,
) -> anyhow::Result<()> {
    let draft = Draft {
        text: text.into(),
        urgent: Some(reason.to_owned()),
        ..Draft::default()
    };
    device
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .await?;
    Ok(device.ask::<()>(ApiRequest::Send { conversation }).await?)
}

/// Quiet hours that began some hours ago and go on for some.
fn around(now: Timestamp) -> Option<QuietHours> {
    let utc = DateTime::from_timestamp_millis(now.0)?;
    let time = |hours: i64| {
        let time = utc + TimeDelta::hours(hours);
        time.format("%H:%M").to_string().parse().ok()
    };
    QuietHours::new(time(-5)?, time(8)?).ok()
}
