//! Files of more than sixty kinds that run something, dropped onto the real window under their names, doubled, with a mark that turns
//! their direction, and under the name of a document: each is refused in a sentence, and nothing of it is attached.

use anyhow::ensure;

use super::markup::drag;
use super::story_session::Scene;
use crate::desktop_session::App;

const SUBJECT: &str = "Bestanden die iets starten";
/// So many sentences are shown at once.
const TOGETHER: usize = 4;

/// From the lists of those that Office, Outlook and browsers block.
const KINDS: [&str; 68] = [
    "exe",
    "com",
    "scr",
    "pif",
    "bat",
    "cmd",
    "msi",
    "msp",
    "mst",
    "msix",
    "appx",
    "cpl",
    "dll",
    "sys",
    "ocx",
    "xll",
    "lnk",
    "url",
    "scf",
    "reg",
    "inf",
    "hta",
    "js",
    "jse",
    "mjs",
    "vbs",
    "vbe",
    "vb",
    "wsf",
    "wsh",
    "wsc",
    "ps1",
    "psm1",
    "ps1xml",
    "msc",
    "msh",
    "chm",
    "hlp",
    "gadget",
    "application",
    "settingcontent-ms",
    "library-ms",
    "search-ms",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "dmg",
    "app",
    "pkg",
    "command",
    "terminal",
    "workflow",
    "scpt",
    "mobileconfig",
    "jar",
    "jnlp",
    "class",
    "sh",
    "html",
    "htm",
    "mht",
    "svg",
    "xhtml",
    "docm",
    "xlsm",
    "pptm",
    "dotm",
];

/// Contents that run something, whatever the name says.
const CONTENTS: [&str; 6] = [
    "MZ\u{0}\u{3}\u{0} een programma",
    "\u{7f}ELF\u{2}\u{1}\u{1} een programma",
    "#!/bin/sh\nrm -r ~\n",
    "<html><script>alert(1)</script></html>",
    "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "<?xml version='1.0'?><!DOCTYPE html><html><body onload='alert(1)'/></html>",
];
const NAMES: [&str; 4] = ["brief.pdf", "uitslag.txt", "wond.jpg", "verslag.docx"];

// F2, BZ4
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let (karim, consult) = scene.group_with("Karim", "Karim el Idrissi", SUBJECT).await?;
    let plain = |kind: &&str| format!("verslag.{kind}");
    let doubled = |kind: &&str| format!("verslag.pdf.{kind}");
    // Shown as `verslagfdp.exe` where the mark is heeded, which hides the end.
    let turned = |kind: &&str| format!("verslag\u{202e}fdp.{kind}");
    for names in [
        KINDS.iter().map(plain).collect::<Vec<String>>(),
        KINDS.iter().map(doubled).collect(),
        KINDS.iter().map(turned).collect(),
        KINDS.iter().map(|kind| plain(kind).to_uppercase()).collect(),
    ] {
        for some in names.chunks(TOGETHER) {
            all_refused(app, some, "Beste collega,").await?;
            if some.iter().any(|name| name == "verslag.pdf.lnk") {
                scene.picture("refused").await?;
            }
            close(app).await?;
        }
    }
    for content in CONTENTS {
        all_refused(app, &NAMES.map(str::to_owned), content).await?;
        close(app).await?;
    }
    // The same way lets a letter in, so that it is the kind that is refused.
    drag(app, &["brief.txt".to_owned()], "Beste collega,").await?;
    app.script("window.__drag('drop')").await?;
    app.see_with("tray", "brief.txt").await?;
    app.click("chip-remove").await?;
    app.gone("[data-testid=chip]").await?;
    ensure!(
        karim
            .messages(consult)
            .await?
            .iter()
            .all(|message| message.attachments.is_empty()),
        "something was sent"
    );
    Ok(())
}

async fn all_refused(app: &App, names: &[String], content: &str) -> anyhow::Result<()> {
    drag(app, names, content).await?;
    app.script("window.__drag('drop')").await?;
    app.until(&format!("of {names:?} not all are refused"), async || {
        Ok(app.count("[data-testid=not-attached] [data-fault]").await? == names.len())
    })
    .await?;
    ensure!(
        app.count("[data-testid=chip]").await? == 0,
        "one of {names:?} is attached"
    );
    Ok(())
}

async fn close(app: &App) -> anyhow::Result<()> {
    app.click("not-attached-close").await?;
    app.gone("[data-testid=not-attached]").await
}
