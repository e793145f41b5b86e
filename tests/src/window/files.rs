//! Files in the real window: dropped, edited, sent, taken back, shown inside, and opened without a network.

use anyhow::{Context as _, ensure};
use client::api::view::{AttachmentState, MessageView};

use super::story_session::Scene;
use crate::test_network::Device;

const SUBJECT: &str = "Wond hiel mevr. Van Wintergroen-Oudenbosch";
const ASKS: &str = "De wond is groter geworden. Foto en ontslagbrief erbij.";

/// Drops files that the page makes onto the composer: a photo with a name written on it, and a letter as PDF.
const DROP: &str = r##"
const photo = document.createElement('canvas');
photo.width = 900; photo.height = 600;
const pen = photo.getContext('2d');
pen.fillStyle = '#c9a48b'; pen.fillRect(0, 0, 900, 600);
pen.fillStyle = '#7c1f1f'; pen.beginPath(); pen.ellipse(520, 320, 190, 120, 0.4, 0, 7); pen.fill();
pen.fillStyle = '#fff'; pen.fillRect(40, 40, 360, 70);
pen.fillStyle = '#000'; pen.font = '40px sans-serif'; pen.fillText('B. Wintergroen', 60, 90);
const letter = [
  '%PDF-1.4',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj',
  '4 0 obj<</Length 74>>stream',
  'BT /F 24 Tf 40 520 Td (Ontslagbrief) Tj 0 -40 Td (Wond is rustig.) Tj ET ',
  'endstream endobj',
  '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj',
  'trailer<</Root 1 0 R>>',
  '%%EOF', '',
].join('\n');
photo.toBlob((blob) => {
  const brought = new DataTransfer();
  brought.items.add(new File([blob], 'hiel rechts.jpg', { type: 'image/jpeg' }));
  brought.items.add(new File([letter], 'ontslagbrief.pdf', { type: 'application/pdf' }));
  const onto = document.querySelector('[data-testid=composer]');
  for (const type of ['dragenter', 'dragover', 'drop'])
    onto.dispatchEvent(new DragEvent(type, { dataTransfer: brought, bubbles: true, cancelable: true }));
}, 'image/jpeg', 0.9);
"##;

/// Drags a rectangle over the name on the photo.
const COVER: &str = "
const canvas = document.querySelector('[data-testid=edit-canvas]');
const box = canvas.getBoundingClientRect();
const at = (x, y, type) => canvas.dispatchEvent(new PointerEvent(type, {
  clientX: box.left + x * box.width, clientY: box.top + y * box.height, pointerId: 1, button: 0,
  buttons: type === 'pointerup' ? 0 : 1, isPrimary: true, bubbles: true, cancelable: true }));
at(0.02, 0.04, 'pointerdown'); at(0.3, 0.1, 'pointermove'); at(0.47, 0.21, 'pointermove'); at(0.47, 0.21, 'pointerup');
";

/// Whether every picture within an element is drawn.
fn drawn(within: &str) -> String {
    format!(
        "const all = [...document.querySelectorAll('{within} img')];
         return all.length > 0 && all.every((one) => one.complete && one.naturalWidth > 0)"
    )
}

// M6, F1, F2, F5, W3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let (karim, consult) = scene.group_with("Karim", "Karim el Idrissi", SUBJECT).await?;

    app.script(DROP).await?;
    app.see_with("tray", "hiel rechts.jpg").await?;
    app.see_with("tray", "ontslagbrief.pdf").await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    app.type_into("composer", ASKS).await?;
    scene.picture("gathered").await?;
    app.click("send").await?;
    app.see_css("[data-testid=message][data-state=leaving]").await?;
    scene.picture("leaving").await?;
    app.click("take-back").await?;
    app.gone("[data-testid=message][data-state=leaving]").await?;
    app.see_with("tray", "hiel rechts.jpg").await?;

    app.click("chip-edit").await?;
    app.see("edit-canvas").await?;
    app.click("edit-block").await?;
    app.script(COVER).await?;
    scene.picture("covered").await?;
    app.click("edit-done").await?;
    app.gone("[data-testid=picture-edit]").await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    app.click("send").await?;
    // Ten seconds pass, and it leaves by itself.
    app.in_state("accepted", 2).await?;
    until_drawn(scene, "[data-testid=message-files]").await?;
    scene.picture("sent").await?;

    let message = arrived(&karim, consult).await?;
    let names: Vec<&str> = message
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    ensure!(
        names == ["hiel rechts.jpg", "ontslagbrief.pdf"],
        "{}",
        names.len()
    );

    scene.session.tcp_proxy.cut();
    app.is_offline().await?;
    app.click("picture-main").await?;
    app.see("viewer").await?;
    until_drawn(scene, "[data-testid=viewer]").await?;
    scene.picture("viewed-offline").await?;
    app.click("viewer-next").await?;
    app.see("pdf").await?;
    app.until("the letter is not drawn", async || {
        let page = "return document.querySelector('[data-testid=pdf]')?.textContent.includes('Ontslagbrief') ?? false";
        Ok(app.script(page).await? == true)
    })
    .await?;
    scene.picture("letter-offline").await?;
    app.click("viewer-close").await?;
    scene.session.tcp_proxy.mend();
    app.is_online().await?;
    app.click("attachments").await?;
    app.see_with("attachments-panel", "ontslagbrief.pdf").await?;
    scene.picture("panel").await?;
    app.click("attachments-close").await
}

pub(super) async fn until_drawn(scene: &Scene<'_>, within: &str) -> anyhow::Result<()> {
    let app = scene.app;
    app.until(&format!("no picture is drawn in {within}"), async || {
        Ok(app.script(&drawn(within)).await? == true)
    })
    .await
}

/// The message as the colleague has it, once its files are there.
pub(super) async fn arrived(
    device: &Device,
    consult: conversation::ConversationId,
) -> anyhow::Result<MessageView> {
    let with_files = async |device: &Device| -> anyhow::Result<Option<MessageView>> {
        let messages = device.messages(consult).await?;
        Ok(messages
            .into_iter()
            .find(|message| !message.attachments.is_empty()))
    };
    device
        .until("the files are here", async |device| {
            let message = with_files(device).await?;
            let here = |message: MessageView| {
                let mut files = message.attachments.iter();
                files.all(|file| file.state == AttachmentState::Here)
            };
            Ok(message.is_some_and(here))
        })
        .await?;
    with_files(device).await?.context("the message is there")
}
