//! A notification on trial and what holds it back, and the sound of a message while the window is hidden.

use anyhow::ensure;
use conversation::ConversationId;
use fantoccini::key::Key;

use super::quiet::shows;
use super::story_session::{Scene, start_group};
use crate::desktop_session::{DesktopServices, GivenNotification};

const SUBJECT: &str = "Overdracht weekend";
const SILENT: &str = "Is de pomp nagekeken?";
const HEARD: &str = "En die van kamer 4?";
const PAUSED: &str = "Dank, dat was alles.";
/// Between the peaks of the quieter and the louder sound, of 32,768.
const MESSAGE: std::ops::Range<u16> = 3000..5000;

// N4, N1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    app.until("no notifications are shown yet", async || {
        Ok(desktop_services.shown().is_ok())
    })
    .await?;
    app.settings("notifications").await?;
    arrives(scene, desktop_services).await?;
    held_back(scene, desktop_services).await?;
    without_server(scene, desktop_services).await?;
    without_sound_card(scene).await?;
    app.click("with-sound").await?;
    sounds(scene, desktop_services).await
}

/// Sends one, and reads its outcome once it says this.
async fn outcome(scene: &Scene<'_>, part: &str) -> anyhow::Result<String> {
    scene.app.click("trial-send").await?;
    scene.app.see_with("trial-outcome", part).await?;
    scene.app.words_of("trial-outcome").await
}

/// With everything in order it is shown and heard, and says nothing of anybody.
async fn arrives(scene: &Scene<'_>, desktop_services: &DesktopServices) -> anyhow::Result<()> {
    let before = scene.sounds()?.len();
    let said = outcome(scene, "De proefmelding is verstuurd, met geluid.").await?;
    ensure!(said.contains("Niets gezien of gehoord?"), "it says {said}");
    ensure!(!said.contains("beperkt"), "it names an obstacle: {said}");
    let given = desktop_services.notifications()?;
    let trial = GivenNotification {
        title: "Overleg".into(),
        text: "Proefmelding: zo meldt Overleg een nieuw bericht.".into(),
    };
    ensure!(given.last() == Some(&trial), "the notification says {given:?}");
    ensure!(desktop_services.shown()? == 1, "it is not shown");
    let sounds = scene.sounds()?.split_off(before);
    ensure!(
        sounds.len() == 1 && MESSAGE.contains(&sounds[0]),
        "heard: {sounds:?}"
    );
    scene.screen("arrives")?;
    desktop_services.close_notification()?;
    shows(scene, desktop_services, 0).await
}

/// In the focus mode the daemon keeps it, there is no sound, and the screen says why.
async fn held_back(scene: &Scene<'_>, desktop_services: &DesktopServices) -> anyhow::Result<()> {
    let before = scene.sounds()?.len();
    desktop_services.pause_notifications(true)?;
    let said = outcome(scene, "“Niet storen” staat aan op deze computer").await?;
    ensure!(said.contains("verstuurd, zonder geluid"), "it says {said}");
    ensure!(!said.contains("Niets gezien"), "it says {said}");
    ensure!(desktop_services.kept_back()? == 1, "the daemon does not keep it");
    ensure!(desktop_services.shown()? == 0, "it is shown");
    ensure!(scene.sounds()?.len() == before, "it sounded in the focus mode");
    scene.screen("held-back")?;
    desktop_services.pause_notifications(false)?;
    shows(scene, desktop_services, 1).await?;
    desktop_services.close_notification()?;
    shows(scene, desktop_services, 0).await
}

async fn without_server(scene: &Scene<'_>, desktop_services: &DesktopServices) -> anyhow::Result<()> {
    desktop_services.run_notification_daemon(false)?;
    let said = outcome(scene, "Op deze computer draait niets dat meldingen toont").await?;
    ensure!(said.contains("kon niet worden getoond"), "it says {said}");
    scene.picture("no-server").await?;
    desktop_services.run_notification_daemon(true)?;
    outcome(scene, "De proefmelding is verstuurd, met geluid.").await?;
    shows(scene, desktop_services, 1).await?;
    desktop_services.close_notification()?;
    shows(scene, desktop_services, 0).await
}

/// Nothing hangs, and the screen says it.
async fn without_sound_card(scene: &Scene<'_>) -> anyhow::Result<()> {
    let desktop_session = scene.session.desktop_session;
    desktop_session.plug_sound_card(false)?;
    let said = outcome(scene, "Geen geluidsapparaat speelde het geluid af").await?;
    ensure!(said.contains("verstuurd, zonder geluid"), "it says {said}");
    scene.picture("no-sound-card").await?;
    desktop_session.plug_sound_card(true)?;
    outcome(scene, "De proefmelding is verstuurd, met geluid.")
        .await
        .map(|_| ())
}

/// With the window hidden a message sounds, once; not where the sound is off, and not in the focus mode.
async fn sounds(scene: &Scene<'_>, desktop_services: &DesktopServices) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let joost = scene.session.membership("Joost")?;
    let before = scene.sounds()?.len();

    let said = outcome(scene, "Het geluid staat uit.").await?;
    ensure!(said.contains("verstuurd, zonder geluid"), "it says {said}");
    shows(scene, desktop_services, 1).await?;
    app.press(Key::Escape).await?;
    desktop_services.close()?;
    app.see("closing").await?;
    // By the keyboard: a driver waits for ever for a window that hides while it is clicked.
    desktop_services.press("Return")?;
    is_hidden(scene, desktop_services).await?;
    let conversation = start_group(&karim, &[joost], &[], SUBJECT, SILENT).await?;
    shows(scene, desktop_services, 2).await?;

    to_settings(scene, conversation).await?;
    app.click("with-sound").await?;
    app.press(Key::Escape).await?;
    desktop_services.close()?;
    is_hidden(scene, desktop_services).await?;
    karim.says(conversation, HEARD).await?;
    app.until("no sound was played", async || Ok(scene.sounds()?.len() > before))
        .await?;
    let sounds = scene.sounds()?.split_off(before);
    ensure!(
        sounds.len() == 1 && MESSAGE.contains(&sounds[0]),
        "heard: {sounds:?}"
    );
    // telegramdesktop/tdesktop 29365: an open device kept the computer from sleeping.
    app.until("the device stays open", async || {
        Ok(!scene.session.desktop_session.has_sound_open(app.id())?)
    })
    .await?;
    scene.screen("hidden")?;

    // A daemon that is paused counts those on the screen, too.
    shows(scene, desktop_services, 2).await?;
    for left in [1, 0] {
        desktop_services.close_notification()?;
        shows(scene, desktop_services, left).await?;
    }
    desktop_services.pause_notifications(true)?;
    karim.says(conversation, PAUSED).await?;
    app.until("the daemon does not keep it", async || {
        Ok(desktop_services.kept_back()? == 1)
    })
    .await?;
    desktop_services.pause_notifications(false)?;
    to_settings(scene, conversation).await?;
    outcome(scene, "De proefmelding is verstuurd, met geluid.").await?;
    let sounds = scene.sounds()?.split_off(before);
    ensure!(sounds.len() == 2, "heard: {sounds:?}");
    app.press(Key::Escape).await
}

/// The window comes by a link, as it does by a click, and the settings are opened.
async fn to_settings(scene: &Scene<'_>, conversation: ConversationId) -> anyhow::Result<()> {
    let link = format!("overleg://conversation/{conversation}/2");
    scene.start_again(&link).await?;
    let desktop_services = scene.desktop_services()?;
    scene
        .app
        .until("the window did not come", async || desktop_services.has_focus())
        .await?;
    scene.app.settings("notifications").await
}

async fn is_hidden(scene: &Scene<'_>, desktop_services: &DesktopServices) -> anyhow::Result<()> {
    let hidden = async || Ok(desktop_services.title()?.is_none());
    scene.app.until("the window does not hide", hidden).await
}
