//! Large files in the real window, read from the disk: an upload is cancelled while it is under way, and another goes
//! on where it was after the program was killed in the middle of it.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use client::api::view::AttachmentState;
use client::files::digest;
use conversation::{ConversationId, Sha256};

use super::paste::paste_file;
use super::story_session::{Scene, kill};
use crate::desktop_session::App;
use crate::test_network::Device;

const SUBJECT: &str = "MRI hoofd dhr. W.";
const WRONG: &str = "Deze hoort bij iemand anders.";
const ASKS: &str = "Wil je de beelden zien voor het gesprek van vanmiddag?";
const MIB: u64 = 1024 * 1024;
/// Bytes that pass beside those of a file: requests, and the part that was under way when the program was killed.
const BESIDE: u64 = 10 * MIB;

// F2, F3, M7
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (rob, consult) = scene.group_with("Rob", "Rob", SUBJECT).await?;
    let folder = tempfile::Builder::new().prefix("overleg-images").tempdir()?;
    cancelled(scene, folder.path()).await?;
    goes_on(scene, folder.path(), &rob, consult).await
}

/// Nothing is left of it: neither in the outbox nor at the server. Its text and its file are where they were written.
async fn cancelled(scene: &Scene<'_>, folder: &Path) -> anyhow::Result<()> {
    let (app, proxy) = (scene.app, scene.session.tcp_proxy);
    let before = scene.session.demo_server.attachment_files()?;
    let path = folder.join("echo hart.dcm");
    images(&path, 24 * MIB)?;
    gather(scene, &path).await?;
    app.type_into("composer", WRONG).await?;
    let sent = proxy.sent();
    proxy.block_after(6 * MIB);
    app.click("send").await?;
    is_under_way(app).await?;
    until_sent(app, scene, sent + 6 * MIB).await?;
    scene.screen("under-way")?;
    ensure!(
        scene.session.demo_server.attachment_files()? > before,
        "nothing of it is at the server yet"
    );
    app.click("message-withdraw").await?;
    app.gone("[data-testid=message-files]").await?;
    app.see_with("tray", "echo hart.dcm").await?;
    let field = app.see("composer").await?;
    app.until("the text is not back", async || {
        Ok(field.prop("value").await?.as_deref() == Some(WRONG))
    })
    .await?;
    app.gone("[data-testid=truth-waiting]").await?;
    scene.screen("cancelled")?;
    proxy.mend();
    app.until("the server keeps what was cancelled", async || {
        Ok(scene.session.demo_server.attachment_files()? == before)
    })
    .await?;
    app.click("chip-remove").await?;
    app.gone("[data-testid=chip]").await?;
    field.clear().await.context("the text stays")
}

/// The server is asked how far it is, and gets the rest alone.
async fn goes_on(
    scene: &Scene<'_>,
    folder: &Path,
    rob: &Device,
    consult: ConversationId,
) -> anyhow::Result<()> {
    let size = if scene.session.is_long {
        1024 * MIB
    } else {
        96 * MIB
    };
    let (app, proxy) = (scene.app, scene.session.tcp_proxy);
    let path = folder.join("mri hoofd.dcm");
    let expected = images(&path, size)?;
    gather(scene, &path).await?;
    app.type_into("composer", ASKS).await?;
    let before = proxy.sent();
    proxy.block_after(size / 2);
    app.click("send").await?;
    is_under_way(app).await?;
    until_sent(app, scene, before + size / 2).await?;
    proxy.cut();
    app.is_offline().await?;
    app.see_css("[data-testid=file][data-state=paused]").await?;
    scene.screen("waits-for-network")?;
    kill(app)?;
    let first = proxy.sent() - before;

    proxy.block_after(size / 4);
    let again = scene.open_again().await?;
    again.open_conversation(SUBJECT).await?;
    is_under_way(&again).await?;
    until_sent(&again, scene, before + first + size / 4).await?;
    scene.screen("goes-on")?;
    proxy.mend();
    arrives(rob, consult, size).await?;
    again.in_state("accepted", 2).await?;
    scene.screen("arrived")?;
    let second = proxy.sent() - before - first;
    ensure!(
        second < size * 3 / 4,
        "{second} bytes of {size} went up after the restart: it did not go on where it was"
    );
    ensure!(
        first + second < size + BESIDE,
        "{} bytes went up for a file of {size}",
        first + second
    );
    let message = rob.message(consult, ASKS).await?;
    let file = message.attachments.first().context("the file is not there")?;
    let open = rob.overleg().attachment(file.id).await?;
    let came = tokio::task::spawn_blocking(move || digest(open.reader)).await??;
    ensure!(came == expected, "the file is another one");
    again.close().await
}

/// Images as a scanner writes them, of which no two parts are alike; answers with their digest.
fn images(path: &Path, size: u64) -> anyhow::Result<Sha256> {
    const PART: u64 = 64;
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    for at in 0..size / PART {
        let mut part = [0_u8; PART as usize];
        part[..8].copy_from_slice(&at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        if at == 2 {
            part[..4].copy_from_slice(b"DICM");
        }
        file.write_all(&part)?;
    }
    file.into_inner()?;
    Ok(digest(std::fs::File::open(path)?)?)
}

/// Pasted as a file manager copies it, until it is read.
async fn gather(scene: &Scene<'_>, path: &Path) -> anyhow::Result<()> {
    let app = scene.app;
    paste_file(scene, path).await?;
    let whole = "[data-testid=chip][data-state=draft]";
    while app.count(whole).await? == 0 {
        // However long a busy machine needs for so much: as long as there is more of it, it is waited for.
        let before = app.words_of("tray").await?;
        app.until("no more of the file is read", async || {
            Ok(app.count(whole).await? > 0 || app.words_of("tray").await? != before)
        })
        .await?;
    }
    Ok(())
}

async fn is_under_way(app: &App) -> anyhow::Result<()> {
    app.see_css("[data-testid=file][data-state=uploading]")
        .await
        .map(|_| ())
}

/// Until so many bytes passed in all, as long as there are more of them.
async fn until_sent(app: &App, scene: &Scene<'_>, bytes: u64) -> anyhow::Result<()> {
    let sent = || scene.session.tcp_proxy.sent();
    while sent() < bytes {
        let before = sent();
        app.until("no more of the file is sent", async || Ok(sent() > before))
            .await?;
    }
    Ok(())
}

/// Until it is on the colleague's device, as long as there is more of it.
async fn arrives(device: &Device, consult: ConversationId, size: u64) -> anyhow::Result<()> {
    let here = async |device: &Device| {
        let message = device.message(consult, ASKS).await.ok();
        let file = message.and_then(|message| Some(message.attachments.first()?.state));
        Ok::<_, anyhow::Error>(match file {
            Some(AttachmentState::Here) => size,
            Some(AttachmentState::Downloading { done }) => done,
            _ => 0,
        })
    };
    let mut before = 0;
    while before < size {
        device
            .until("no more of the file comes", async |device| {
                Ok(here(device).await? > before)
            })
            .await?;
        before = here(device).await?;
    }
    Ok(())
}
