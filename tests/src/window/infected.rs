//! A virus scanner finds something in a file: the message is not sent, the window says which file it is, and text and photo
//! are kept and go without it.

use anyhow::ensure;
use client::api::view::AttachmentKind;
use sync_server::clamd::eicar;

use super::files::{arrived, until_drawn};
use super::story_session::Scene;

const SUBJECT: &str = "Uitslag en foto mw. B.";
const ASKS: &str = "Wil je de uitslag bekijken? De foto is van vanmorgen.";

/// Drops a photo that the page makes, and a file with this text, onto the composer.
const DROP: &str = r##"
const photo = document.createElement('canvas');
photo.width = 640; photo.height = 480;
const pen = photo.getContext('2d');
pen.fillStyle = '#d2b097'; pen.fillRect(0, 0, 640, 480);
pen.fillStyle = '#93433f'; pen.beginPath(); pen.ellipse(300, 240, 120, 70, 0.3, 0, 7); pen.fill();
photo.toBlob((blob) => {
  const brought = new DataTransfer();
  brought.items.add(new File([blob], 'onderarm.jpg', { type: 'image/jpeg' }));
  brought.items.add(new File([TEXT], 'uitslag lab.txt', { type: 'text/plain' }));
  const onto = document.querySelector('[data-testid=composer]');
  for (const type of ['dragenter', 'dragover', 'drop'])
    onto.dispatchEvent(new DragEvent(type, { dataTransfer: brought, bubbles: true, cancelable: true }));
}, 'image/jpeg', 0.9);
"##;

// F2, U2
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, server) = (scene.app, scene.session.demo_server);
    let (sanne, consult) = scene.group_with("Sanne", "Sanne Jacobs", SUBJECT).await?;
    let before = server.attachment_files()?;

    let text = serde_json::to_string(&String::from_utf8(eicar())?)?;
    app.script(&DROP.replace("TEXT", &text)).await?;
    app.see_with("tray", "uitslag lab.txt").await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    app.type_into("composer", ASKS).await?;
    app.click("send").await?;
    app.see_css("[data-testid=message][data-state=refused]").await?;
    app.see_with(
        "file",
        "De virusscanner vond iets in “uitslag lab.txt”. Haal het weg en waarschuw uw ICT-afdeling.",
    )
    .await?;
    app.see_with("message", ASKS).await?;
    // It would be found again.
    app.gone("[data-testid=message-retry]").await?;
    until_drawn(scene, "[data-testid=message-files]").await?;
    scene.picture("found").await?;
    app.look("en", "dark").await?;
    app.see_with("file", "uitslag lab.txt").await?;
    scene.picture("found-dark").await?;
    app.look("nl", "light").await?;

    app.click("message-withdraw").await?;
    app.gone("[data-testid=message][data-state=refused]").await?;
    app.see_with("tray", "onderarm.jpg").await?;
    let field = app.see("composer").await?;
    app.until("the text is not back", async || {
        Ok(field.prop("value").await?.as_deref() == Some(ASKS))
    })
    .await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    scene.picture("kept").await?;
    app.click_nth("[data-testid=chip]:last-child [data-testid=chip-remove]", 0)
        .await?;
    app.gone_with("tray", "uitslag lab.txt").await?;
    app.click("send").await?;
    app.in_state("accepted", 2).await?;
    scene.picture("sent").await?;
    let message = arrived(&sanne, consult).await?;
    let kinds: Vec<AttachmentKind> = message.attachments.iter().map(|file| file.kind).collect();
    ensure!(kinds == [AttachmentKind::Picture], "{} files came", kinds.len());
    // The photo and its preview.
    app.until("the server keeps what the scanner found", async || {
        Ok(server.attachment_files()? == before + 2)
    })
    .await
}
