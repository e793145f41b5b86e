//! A picture and a file that another program copied are pasted where one writes; the picture is cropped and a part of it is
//! covered, and nothing of what was taken away arrives.

use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use client::api::view::{AttachmentView, MessageView};
use image::{Rgb, RgbImage};

use super::files::{arrived, until_drawn};
use super::story_session::Scene;
use crate::test_network::Device;

const SUBJECT: &str = "Röntgen enkel mw. P.";
const ASKS: &str = "Zie je een breuk? De brief van de SEH zit erbij.";
const WIDTH: u32 = 800;
const HEIGHT: u32 = 600;
/// A name at the upper edge, which is cropped; another in the picture, which is covered.
const CROPPED: Rgb<u8> = Rgb([250, 40, 200]);
const COVERED: Rgb<u8> = Rgb([20, 230, 60]);
const BONE: Rgb<u8> = Rgb([170, 175, 180]);
const LETTER: &str = "Brief van de SEH\nGeen breuk gezien op de eerste foto.\n";

/// Drags over the picture, from one corner to the other, each as a part of its width and height.
fn drag(from: [f64; 2], to: [f64; 2]) -> String {
    format!(
        "const canvas = document.querySelector('[data-testid=edit-canvas]');
         const box = canvas.getBoundingClientRect();
         const at = ([x, y], type) => canvas.dispatchEvent(new PointerEvent(type, {{
           clientX: box.left + x * box.width, clientY: box.top + y * box.height, pointerId: 1, button: 0,
           buttons: type === 'pointerup' ? 0 : 1, isPrimary: true, bubbles: true, cancelable: true }}));
         at({from:?}, 'pointerdown'); at({to:?}, 'pointermove'); at({to:?}, 'pointerup');"
    )
}

/// A scan with a name above it and one in it.
fn scan() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let stripes = (x / 6 + y / 10) % 2 == 0;
        match (x, y) {
            (_, 0..60) if stripes => CROPPED,
            (480..680, 380..460) if stripes => COVERED,
            (300..420, _) => BONE,
            _ => Rgb([(x / 8) as u8, 30, (y / 8) as u8]),
        }
    })
}

// F2, F5, M6, W1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let (sanne, consult) = scene.group_with("Sanne", "Sanne Jacobs", SUBJECT).await?;

    let folder = tempfile::Builder::new().prefix("overleg-copied").tempdir()?;
    let (picture, letter) = (
        folder.path().join("scan.png"),
        folder.path().join("brief SEH.txt"),
    );
    scan().save(&picture)?;
    std::fs::write(&letter, LETTER)?;
    paste(scene, "image/png", &picture).await?;
    app.see_css("[data-testid=chip][data-state=draft]").await?;
    paste_file(scene, &letter).await?;
    app.type_into("composer", ASKS).await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    scene.screen("pasted")?;

    app.click("chip-edit").await?;
    app.see("edit-canvas").await?;
    app.click("edit-crop").await?;
    // Of what is left the lower edge of the name is the upper one; so many pixels of the sides go, too.
    app.script(&drag([0.1, 0.15], [0.95, 1.0])).await?;
    app.see_with("edit-announced", "Bijgesneden").await?;
    app.click("edit-block").await?;
    app.script(&drag([0.55, 0.5], [0.92, 0.85])).await?;
    app.see_with("edit-announced", "Afgedekt").await?;
    scene.screen("cropped-and-covered")?;
    app.click("edit-done").await?;
    app.gone("[data-testid=picture-edit]").await?;
    until_drawn(scene, "[data-testid=tray]").await?;
    app.click("send").await?;
    app.in_state("accepted", 2).await?;
    until_drawn(scene, "[data-testid=message-files]").await?;
    scene.screen("sent")?;
    let message = arrived(&sanne, consult).await?;
    is_what_was_left(&sanne, &message).await
}

/// A file manager copies the file, and it is pasted.
pub(super) async fn paste_file(scene: &Scene<'_>, file: &Path) -> anyhow::Result<()> {
    let mut list = tempfile::NamedTempFile::new()?;
    write!(
        list,
        "file://{}\r\n",
        file.display().to_string().replace(' ', "%20")
    )?;
    paste(scene, "text/uri-list", list.path()).await?;
    let name = file.file_name().context("it has no name")?.to_string_lossy();
    scene.app.see_with("tray", &name).await.map(|_| ())
}

/// Another program copies it, and it is pasted where one writes, by the keys for it.
async fn paste(scene: &Scene<'_>, kind: &str, file: &Path) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let _copied = desktop_services.copies(kind, file)?;
    app.until("nothing was copied", async || desktop_services.has_copied(kind))
        .await?;
    let before = app.count("[data-testid=chip]").await?;
    app.click("composer").await?;
    desktop_services.press("ctrl+v")?;
    app.until(&format!("{kind} was not pasted"), async || {
        Ok(app.count("[data-testid=chip]").await? > before)
    })
    .await
}

async fn is_what_was_left(device: &Device, message: &MessageView) -> anyhow::Result<()> {
    let [picture, letter] = message.attachments.as_slice() else {
        anyhow::bail!("{} files came", message.attachments.len());
    };
    ensure!(
        bytes_of(device, letter).await? == LETTER.as_bytes(),
        "the letter is another"
    );
    let preview = AttachmentView {
        id: picture.preview.context("the picture has no preview")?,
        ..picture.clone()
    };
    let small = image::load_from_memory(&bytes_of(device, &preview).await?)?.to_rgb8();
    let whole = image::load_from_memory(&bytes_of(device, picture).await?)?.to_rgb8();
    ensure!(
        whole.dimensions() == (WIDTH * 85 / 100, HEIGHT * 85 / 100),
        "it arrived with {:?}",
        whole.dimensions()
    );
    for (name, picture) in [("picture", &whole), ("preview", &small)] {
        for gone in [CROPPED, COVERED] {
            let left = picture.pixels().filter(|pixel| is_close(pixel, &gone)).count();
            ensure!(
                left == 0,
                "{left} pixels of what was taken away are in the {name}"
            );
        }
        ensure!(
            picture.pixels().any(|pixel| is_close(pixel, &BONE)),
            "the {name} shows something else"
        );
    }
    // Its edges are rounded to whole pixels.
    let at = |[x, y]: [f64; 2]| {
        let (width, height) = whole.dimensions();
        ((x * f64::from(width)) as u32, (y * f64::from(height)) as u32)
    };
    let ((left, top), (right, bottom)) = (at([0.55, 0.5]), at([0.92, 0.85]));
    for (x, y) in (left + 2..right - 2).flat_map(|x| (top + 2..bottom - 2).map(move |y| (x, y))) {
        let pixel = whole.get_pixel(x, y);
        ensure!(
            *pixel == Rgb([0, 0, 0]),
            "at {x}, {y} stands {pixel:?} where it is covered"
        );
    }
    Ok(())
}

/// But for what a picture loses when it is made small.
fn is_close(one: &Rgb<u8>, other: &Rgb<u8>) -> bool {
    one.0
        .iter()
        .zip(other.0)
        .all(|(one, other)| one.abs_diff(other) < 40)
}

async fn bytes_of(device: &Device, file: &AttachmentView) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut open = device.overleg().attachment(file.id).await?;
    open.reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}
