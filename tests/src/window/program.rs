//! A program that one leaves open: closed to the tray, called by keys and by links, at the edge of the screen, ended for
//! good, and started again where it stood; started where the webview finds no driver, and again when there is one.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::story_session::{Scene, called, start_group};
use crate::desktop_session::{App, Frame, Process, processes};

const SUBJECT: &str = "Röntgen pols mw. D.";
const FIRST: &str = "Is gips nodig, of volstaat een spalk?";
/// Of the desktop session with services.
const SCREEN: [i32; 2] = [1600, 1000];
const PANEL: i32 = 33;
/// Mesa's, by which its library is found.
const DRIVER: &str = "/usr/share/glvnd/egl_vendor.d/50_mesa.json";

// L1, N1, S3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    closed(scene).await?;
    called_by_keys(scene).await?;
    called_by_link(scene).await?;
    at_the_side(scene).await?;
    larger(scene).await?;
    starts_at_login(scene).await?;
    ended_and_started(scene).await?;
    empty_and_started(scene).await
}

/// The cross in the frame explains once what it does; after that the window goes at once. The program stays.
async fn closed(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    app.until("no icon stands in the tray", async || {
        Ok(desktop_services.icons()? == 1)
    })
    .await?;
    desktop_services.close()?;
    app.see("closing").await?;
    let inside = "return document.activeElement?.closest('[data-testid=closing]') != null";
    app.until("the keyboard is not in the question", async || {
        Ok(app.script(inside).await? == true)
    })
    .await?;
    scene.picture("explains").await?;
    // By the keyboard: a driver waits for ever for a window that hides while it is clicked.
    desktop_services.press("Return")?;
    is_hidden(scene).await?;
    ensure!(desktop_services.icons()? == 1, "the icon went with the window");
    Ok(())
}

/// To the front from wherever one is, and away again.
async fn called_by_keys(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    // While it is hidden no driver is asked.
    for _ in 0..2 {
        desktop_services.press("ctrl+alt+o")?;
        is_in_front(scene).await?;
        put_away_by_keys(scene).await?;
    }
    desktop_services.press("ctrl+alt+o")?;
    is_in_front(scene).await?;
    desktop_services.close()?;
    is_hidden(scene).await?;
    desktop_services.press("ctrl+alt+o")?;
    is_in_front(scene).await?;
    ensure!(
        app.count("[data-testid=closing]").await? == 0,
        "it explains twice"
    );
    Ok(())
}

/// The program is started once more with a link: the one that runs opens it, and stays the only one.
async fn called_by_link(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    karim.has_sent_all().await?;
    let consult = called(&karim, SUBJECT).await?;
    app.see_with("overview-row", SUBJECT).await?;
    scene.desktop_services()?.close()?;
    is_hidden(scene).await?;
    scene
        .start_again(&format!("overleg://conversation/{consult}/2"))
        .await?;
    is_in_front(scene).await?;
    app.see_with("message", FIRST).await?;
    scene.screen("by-link")
}

/// From top to bottom at the right edge, above what stands there; and back to where it was.
async fn at_the_side(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let before = frame(scene)?;
    app.click("side-mode").await?;
    app.until("the window is not at the side", async || {
        let [x, _, width, height] = frame(scene)?;
        let at_the_edge = (x + width - SCREEN[0]).abs() < 10;
        Ok(at_the_edge && width < 420 && height > SCREEN[1] - PANEL - 60)
    })
    .await?;
    app.see("leave-side").await?;
    scene.screen("at-the-side")?;
    app.click_with("overview-row", SUBJECT).await?;
    app.see_with("message", FIRST).await?;
    scene.screen("conversation-at-the-side")?;
    app.click("back").await?;
    app.click("leave-side").await?;
    app.until("the window did not go back", async || {
        Ok(close_to(frame(scene)?, before))
    })
    .await?;
    ensure!(desktop_services.has_focus()?, "the window lost the keyboard");
    Ok(())
}

/// U1: by the keys that browsers have for it.
async fn larger(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let wide = "return innerWidth";
    let before = app.script(wide).await?.as_f64().context("it has no width")?;
    for _ in 0..5 {
        desktop_services.press("ctrl+plus")?;
    }
    app.until("nothing got larger", async || {
        let now = app.script(wide).await?.as_f64();
        Ok(now.is_some_and(|now| (before / now - 2.0).abs() < 0.1))
    })
    .await?;
    scene.screen("twice-as-large")?;
    desktop_services.press("ctrl+0")?;
    app.until("it stays large", async || {
        Ok(app
            .script(wide)
            .await?
            .as_f64()
            .is_some_and(|now| (before - now).abs() < 2.0))
    })
    .await
}

/// Chosen in the settings, it stands where the system looks for it, with its profile and without a window.
async fn starts_at_login(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let entry = scene.home().join(".config/autostart/Overleg anna.desktop");
    app.settings("program").await?;
    app.click("start-at-login").await?;
    app.until("nothing starts at login", async || {
        let said = std::fs::read_to_string(&entry).unwrap_or_default();
        Ok(said.contains("--hidden") && said.contains("--profile anna"))
    })
    .await?;
    scene.picture("settings").await?;
    app.click("start-at-login").await?;
    app.until("it starts at login still", async || Ok(!entry.exists()))
        .await?;
    app.press(fantoccini::key::Key::Escape).await?;
    // An overlay on the window takes clicks until it is gone.
    app.gone("[data-testid=options]").await
}

/// A real quit takes the icon along. It starts where it stood; where that is on no screen, on one that is there.
async fn ended_and_started(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let wanted = [140, 90, 900, 640];
    desktop_services.move_to(wanted)?;
    app.until("the window was not moved", async || {
        Ok(frame(scene)?[2..] == wanted[2..])
    })
    .await?;
    let stood = frame(scene)?;
    // The page is laid out anew some time after the frame.
    let [width, height] = [wanted[2], wanted[3]];
    let inside =
        format!("return Math.abs(innerWidth - {width}) < 60 && Math.abs(innerHeight - {height}) < 60");
    app.until("the page did not follow its window", async || {
        Ok(app.script(&inside).await? == true)
    })
    .await?;
    quit(scene, app).await?;
    ensure!(desktop_services.icons()? == 0, "the icon stayed behind");

    let again = scene.open_again().await?;
    again
        .until("it stands elsewhere", async || Ok(close_to(frame(scene)?, stood)))
        .await?;
    quit(scene, &again).await?;

    let file = scene.folder().join("window.json");
    let kept = std::fs::read_to_string(&file)?;
    let mut kept: serde_json::Value = serde_json::from_str(&kept)?;
    kept["geometry"]["x"] = 5_000.into();
    std::fs::write(&file, kept.to_string())?;
    let again = scene.open_again().await?;
    again
        .until("it stands where nobody sees it", async || {
            let [x, y, width, height] = frame(scene)?;
            Ok(x >= 0 && y >= 0 && x + width <= SCREEN[0] && y + height <= SCREEN[1])
        })
        .await?;
    quit(scene, &again).await
}

/// F4: the webview ends at once, as WebKitGTK's does where no graphics driver is found. The window is empty, which is said,
/// and it starts anew without the graphics card's help: with everything that was there.
async fn empty_and_started(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, desktop_services) = (scene.app, scene.desktop_services()?);
    let driver = scene.home().join("driver.json");
    let started = scene.start_with("__EGL_VENDOR_LIBRARY_FILENAMES", &driver)?;
    started.says("the window stays empty")?;
    let asked = async || Ok(desktop_services.titles()?.iter().any(|title| title == "Overleg"));
    app.until("nothing is asked", asked).await?;
    is_in_front(scene).await?;
    scene.screen("stays-empty")?;
    std::fs::copy(DRIVER, &driver)?;
    // The first of what is offered has the keyboard.
    desktop_services.press("space")?;
    started.says("the window shows what it is opened for")?;
    let without = |process: &Process| {
        let environment = std::fs::read(process.folder.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains("WEBKIT_DISABLE_COMPOSITING_MODE=1")
    };
    ensure!(
        processes(started.id())?.any(|process| process.runs() && without(&process)),
        "it was started with the graphics card's help again"
    );
    is_in_front(scene).await?;
    scene.screen("started-safely")
}

/// By the keyboard: the driver would wait for the answer of a program that has ended.
async fn quit(scene: &Scene<'_>, app: &App) -> anyhow::Result<()> {
    app.settings("program").await?;
    app.see("quit").await?;
    app.script("document.querySelector('[data-testid=quit]').focus()")
        .await?;
    is_in_front(scene).await?;
    scene.desktop_services()?.press("Return")?;
    scene.ended().await
}

fn frame(scene: &Scene<'_>) -> anyhow::Result<Frame> {
    scene.desktop_services()?.frame()?.context("there is no window")
}

/// But for the width of a window manager's frame.
fn close_to(one: Frame, other: Frame) -> bool {
    one.iter()
        .zip(other)
        .all(|(one, other)| (one - other).abs() <= 60)
}

async fn is_hidden(scene: &Scene<'_>) -> anyhow::Result<()> {
    let desktop_services = scene.desktop_services()?;
    let hidden = async || Ok(desktop_services.title()?.is_none());
    scene.app.until("the window did not go", hidden).await
}

async fn is_in_front(scene: &Scene<'_>) -> anyhow::Result<()> {
    let desktop_services = scene.desktop_services()?;
    let focus = async || desktop_services.has_focus();
    scene
        .app
        .until("the window did not come to the front", focus)
        .await
}

/// On a busy machine the display gives the window the focus before the program hears of it: then the keys call it once
/// more, and are pressed again, as a person would.
async fn put_away_by_keys(scene: &Scene<'_>) -> anyhow::Result<()> {
    for _ in 0..3 {
        scene.desktop_services()?.press("ctrl+alt+o")?;
        if let Ok(hidden) = tokio::time::timeout(Duration::from_secs(5), is_hidden(scene)).await {
            return hidden;
        }
    }
    bail!("the keys did not put the window away")
}
