//! Notifications, tray and badge of messages that arrive while the window is hidden, and the target of a click.

use anyhow::ensure;

use super::story_session::{Scene, called, start_group};
use crate::desktop_session::GivenNotification;
use crate::test_network::Device;

const SUBJECT: &str = "Insuline dhr. A., kamer 3";
const FIRST: &str = "De glucose is 18,2. Bijspuiten?";
const LATER: &str = "Twee uur later: 11,4.";
/// A text that a daemon would take for markup, and swallow.
const ODD: &str = "Hb < 6 en RR > 160 & <b>koorts</b> &lt;";
const EDITED: &str = "Hb < 5 en RR > 160 & <i>koorts</i>";
const LAST: &str = "Genoteerd.";

// N1, M9, M1, M3, M4
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let laptop = scene.session.laptop("Anna").await?;
    let unread = laptop.overview().await?.unread;
    notified(scene, unread).await?;
    clicked(scene, unread).await?;
    choose_detail(scene, "who-and-what").await?;
    read_elsewhere(scene, &laptop, unread).await?;
    as_written(scene, unread).await?;
    choose_detail(scene, "who").await
}

/// Chooses in the settings how much notifications show.
async fn choose_detail(scene: &Scene<'_>, detail: &str) -> anyhow::Result<()> {
    let app = scene.app;
    app.settings("notifications").await?;
    app.click(&format!("telling-{detail}")).await?;
    app.press(fantoccini::key::Key::Escape).await
}

/// A daemon that reads markup shows what was written; edited, it is another text at the same place, and deleted, none.
async fn as_written(scene: &Scene<'_>, before: u32) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let karim = scene.session.device("Karim").await?;
    let consult = called(&karim, SUBJECT).await?;
    let says = async |text: &str| {
        app.until("the notification says something else", async || {
            let given = desktop_services.notifications()?;
            Ok(given.last().is_some_and(|last| last.text == text) && desktop_services.shown()? == 1)
        })
        .await
    };
    karim.says(consult, ODD).await?;
    says(ODD).await?;
    scene.screen("as-written")?;
    karim.has_sent_all().await?;
    let message = karim.message(consult, ODD).await?.message;
    karim.edits(consult, message, EDITED).await?;
    says(EDITED).await?;
    scene.screen("edited")?;
    karim.has_sent_all().await?;
    karim.deletes(consult, message).await?;
    app.until("what was deleted stands there still", async || {
        Ok(desktop_services.shown()? == 0)
    })
    .await?;
    has_title(scene, before).await?;
    karim.says(consult, LAST).await?;
    says(LAST).await?;
    desktop_services.click_notification()?;
    app.until("the window did not come", async || desktop_services.has_focus())
        .await?;
    app.see_with("message", LAST).await.map(|_| ())
}

/// By name and without a word of what was said; on title, tray and icon the number of the overview.
async fn notified(scene: &Scene<'_>, before: u32) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    app.until("no tray is there", async || desktop_services.has_tray())
        .await?;
    app.until("no icon stands in the tray", async || {
        Ok(desktop_services.icons()? == 1)
    })
    .await?;
    has_title(scene, before).await?;
    desktop_services.minimise()?;
    app.until("the window keeps the keyboard", async || {
        Ok(!desktop_services.has_focus()?)
    })
    .await?;

    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    app.until("no notification was given", async || {
        Ok(desktop_services.shown()? == 1)
    })
    .await?;
    scene.screen("told")?;
    let given = desktop_services.notifications()?;
    let one = GivenNotification {
        title: "Karim el Idrissi".into(),
        text: "Nieuw bericht".into(),
    };
    ensure!(given.last() == Some(&one), "the notification says {given:?}");
    has_title(scene, before + 1).await
}

/// The click shows the window, at the message; it is read then, and the numbers go down again.
async fn clicked(scene: &Scene<'_>, before: u32) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    desktop_services.click_notification()?;
    app.until("the window did not come", async || desktop_services.has_focus())
        .await?;
    app.see_with("message", FIRST).await?;
    app.until("it stays on the screen", async || {
        Ok(desktop_services.shown()? == 0)
    })
    .await?;
    has_title(scene, before).await?;
    scene.screen("clicked")
}

/// A message read at another device is withdrawn at this one.
async fn read_elsewhere(scene: &Scene<'_>, laptop: &Device, before: u32) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    desktop_services.minimise()?;
    app.until("the window keeps the keyboard", async || {
        Ok(!desktop_services.has_focus()?)
    })
    .await?;
    let karim = scene.session.device("Karim").await?;
    let consult = called(&karim, SUBJECT).await?;
    karim.says(consult, LATER).await?;
    app.until("no notification was given", async || {
        Ok(desktop_services.shown()? == 1)
    })
    .await?;
    laptop.sees(consult, &[FIRST, LATER]).await?;
    let last = laptop.conversation(consult).await?.last;
    laptop.reads(consult, last).await?;
    app.until(
        "it was not withdrawn",
        async || Ok(desktop_services.shown()? == 0),
    )
    .await?;
    has_title(scene, before).await
}

pub(super) async fn has_title(scene: &Scene<'_>, unread: u32) -> anyhow::Result<()> {
    let desktop_services = scene.desktop_services()?;
    let title = match unread {
        0 => "Overleg (anna)".to_owned(),
        some => format!("({some}) Overleg (anna)"),
    };
    let otherwise = format!("the title is not \"{title}\"");
    scene
        .app
        .until(&otherwise, async || {
            Ok(desktop_services.title()?.as_deref() == Some(&title))
        })
        .await
}
