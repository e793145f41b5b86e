//! The organisation decides a setting while the program runs, and stops doing so: the control, the notifications, and the
//! choice of the user before it.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::ensure;
use fantoccini::key::Key;
use serde_json::json;

use super::indicators::has_title;
use super::story_session::{Scene, start_group};
use crate::desktop_session::GivenNotification;

const SUBJECT: &str = "Wondzorg mw. K., thuis";
const FIRST: &str = "Mag het verband er morgen af?";
const DETAIL: &str = "[data-entry='notifications.detail']";
const CHOSEN: &str = "return document.querySelector('[data-testid=telling-who-and-what] input').checked";

// N1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.settings("notifications").await?;
    app.click("telling-who-and-what").await?;
    app.see_css(&format!("{DETAIL} [data-origin=device]")).await?;
    let file = scene.folder().join("desk.json");
    let before = std::fs::read(&file)?;

    decided(scene).await?;
    notified(scene).await?;
    ensure!(
        std::fs::read(&file)? == before,
        "the policy was copied into the file"
    );
    gone(scene).await?;
    ensure!(std::fs::read(&file)? == before, "the choice was changed");
    app.click("telling-who").await?;
    app.gone(&format!("{DETAIL} [data-origin]")).await?;
    app.press(Key::Escape).await?;
    app.gone("[data-testid=options]").await
}

/// A file appears: the control is disabled, with the sentence; of an entry that is not understood it is said.
async fn decided(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let policy =
        json!({ "settings": { "notifications.detail": "nothing", "notifications.ringtone": "ping" } });
    std::fs::write(scene.policy(), policy.to_string())?;
    // By any umask: a file that a group can write is not followed.
    std::fs::set_permissions(scene.policy(), std::fs::Permissions::from_mode(0o644))?;
    comes_back(scene).await?;
    app.see_css(&format!("{DETAIL} [data-origin=policy]")).await?;
    app.see_css(&format!("{DETAIL} fieldset:disabled")).await?;
    app.see_with("settings-page", "Beheerd door uw organisatie")
        .await?;
    app.see_with("policy-notice", "1 regel van het beleid").await?;
    scene.screen("decided")
}

/// A message is notified of as the organisation has it, and not as the user chose.
async fn notified(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let laptop = scene.session.laptop("Anna").await?;
    let unread = laptop.overview().await?.unread;
    has_title(scene, unread).await?;
    let given = desktop_services.notifications()?.len();
    away(scene).await?;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    let conversation = start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    app.until("no notification was given", async || {
        Ok(desktop_services.notifications()?.len() == given + 1)
    })
    .await?;
    let given = desktop_services.notifications()?;
    let one = GivenNotification {
        title: "Overleg".into(),
        text: "Nieuw bericht".into(),
    };
    ensure!(given.last() == Some(&one), "the notification says {given:?}");
    laptop.sees(conversation, &[FIRST]).await?;
    let last = laptop.conversation(conversation).await?.last;
    laptop.reads(conversation, last).await?;
    has_title(scene, unread).await
}

/// The file goes: what the user chose before is in effect again, and can be changed.
async fn gone(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    std::fs::remove_file(scene.policy())?;
    away(scene).await?;
    comes_back(scene).await?;
    app.see_css(&format!("{DETAIL} [data-origin=device]")).await?;
    app.see_css(&format!("{DETAIL} fieldset:enabled")).await?;
    app.gone("[data-testid=policy-notice]").await?;
    ensure!(app.script(CHOSEN).await? == true, "another choice is shown");
    scene.screen("gone")
}

async fn away(scene: &Scene<'_>) -> anyhow::Result<()> {
    let desktop_services = scene.desktop_services()?;
    desktop_services.minimise()?;
    let gone = async || Ok(!desktop_services.has_focus()?);
    scene.app.until("the window keeps the keyboard", gone).await
}

/// The policy is read again at once when the window gets the focus: a link brings it to the front.
async fn comes_back(scene: &Scene<'_>) -> anyhow::Result<()> {
    let desktop_services = scene.desktop_services()?;
    if desktop_services.has_focus()? {
        away(scene).await?;
    }
    scene.start_again("overleg://settings/notifications").await?;
    let focus = async || desktop_services.has_focus();
    scene
        .app
        .until("the window did not come to the front", focus)
        .await
}
