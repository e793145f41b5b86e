//! Typed, pasted, composed and sent without a pause between the keys: what is pasted goes with the sentence that it was pasted
//! into, and stands in no other conversation, however soon one goes there; Enter that ends a composition does nothing else.

use anyhow::{Context as _, ensure};

use super::story_session::{Scene, start_group};
use crate::desktop_session::KeyboardAction::{self, Presses, Types};
use crate::test_network::Device;

const SUBJECT: &str = "Prednison mw. V.";
const OTHER: &str = "Zuurstof dhr. B.";
const FIRST: &str = "Welke dosis per dag?";
/// As a spreadsheet copies a cell of two lines.
const COPIED: &str = "5 mg\u{b}2dd 10 mg";
const PASTED: &str = "5 mg\n2dd 10 mg";
const TIMES: usize = 30;

// W1, M1, M7
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    let consult = start_group(&karim, &[anna], &[], SUBJECT, FIRST).await?;
    start_group(&karim, &[anna], &[], OTHER, FIRST).await?;
    karim.has_sent_all().await?;
    scene.app.see_with("overview-row", OTHER).await?;
    copy(scene).await?;
    scene.app.open_conversation(SUBJECT).await?;
    scene.app.see_with("message", FIRST).await?;
    at_once(scene, &karim, consult).await?;
    elsewhere_at_once(scene).await?;
    composed(scene, &karim, consult).await?;
    under_another_layout(scene).await
}

/// Into the system's clipboard, by the keys for it.
async fn copy(scene: &Scene<'_>) -> anyhow::Result<()> {
    let cell = format!(
        "const cell = document.body.appendChild(document.createElement('textarea'));
        cell.id = 'cell'; cell.value = {}; cell.focus(); cell.select();
        cell.addEventListener('copy', () => cell.dataset.copied = 'yes')",
        serde_json::to_string(COPIED)?
    );
    scene.app.script(&cell).await?;
    scene.desktop_services()?.press("ctrl+c")?;
    scene.app.see_css("#cell[data-copied]").await?;
    scene
        .app
        .script("document.getElementById('cell').remove()")
        .await
        .map(|_| ())
}

async fn at_once(
    scene: &Scene<'_>,
    karim: &Device,
    consult: conversation::ConversationId,
) -> anyhow::Result<()> {
    let sentences: Vec<String> = (0..TIMES).map(|turn| format!("Voor {turn}: ")).collect();
    let actions: Vec<KeyboardAction<'_>> = sentences
        .iter()
        .flat_map(|sentence| [Types(sentence), Presses("ctrl+v"), Presses("Return")])
        .collect();
    scene.desktop_services()?.at_once(&actions)?;
    let mut expected = vec![FIRST.to_owned()];
    expected.extend(sentences.iter().map(|sentence| format!("{sentence}{PASTED}")));
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    // However long a busy machine needs for so many: as long as there are more of them, it is waited for the next.
    let mut there = karim.conversation(consult).await?.last;
    while let Err(missing) = karim.sees(consult, &expected).await {
        let now = karim.conversation(consult).await?.last;
        if now == there {
            let left = written(scene).await?;
            return Err(missing.context(format!("{left:?} stands where one writes")));
        }
        there = now;
    }
    let left = written(scene).await?;
    ensure!(left.is_empty(), "{left:?} stayed behind");
    scene.screen("at-once")
}

async fn elsewhere_at_once(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    for turn in 0..TIMES / 3 {
        let sentence = format!("Bij {turn}: ");
        let actions = [
            Presses("ctrl+a"),
            Types(&sentence),
            Presses("ctrl+v"),
            Presses("ctrl+k"),
            Types("Zuurstof"),
            Presses("Return"),
        ];
        scene.desktop_services()?.at_once(&actions)?;
        app.see_css(&format!("[data-testid=conversation][aria-label='{OTHER}']"))
            .await?;
        ensure!(
            written(scene).await?.is_empty(),
            "a text went along to the other conversation"
        );
        app.open_conversation(SUBJECT).await?;
        app.see_css(&format!("[data-testid=conversation][aria-label='{SUBJECT}']"))
            .await?;
        let wanted = format!("{sentence}{PASTED}");
        let stands = async || Ok(written(scene).await? == wanted);
        app.until("the text does not stand where it was written", stands)
            .await?;
        app.click("composer").await?;
    }
    scene.screen("elsewhere")
}

/// The input method of GTK itself composes a sign of its number, and Enter ends that.
async fn composed(
    scene: &Scene<'_>,
    karim: &Device,
    consult: conversation::ConversationId,
) -> anyhow::Result<()> {
    let (app, services) = (scene.app, scene.desktop_services()?);
    app.click("composer").await?;
    let sign = |number| [Presses("ctrl+shift+u"), Types(number), Presses("Return")];
    let before = karim.conversation(consult).await?.last;
    for _ in 0..TIMES {
        let mut actions = vec![Presses("ctrl+a"), Types("Beleid: caf")];
        actions.extend(sign("e9"));
        services.at_once(&actions)?;
        let stands = async || Ok(written(scene).await? == "Beleid: café");
        app.until("what was composed does not stand there", stands)
            .await?;
    }
    services.press("Return")?;
    let came = async |karim: &Device| Ok(karim.conversation(consult).await?.last > before);
    karim.until("the composed text came", came).await?;
    // One message, and not one for each sign.
    let texts = karim.texts(consult).await?;
    ensure!(
        texts.last().is_some_and(|text| text == "Beleid: café"),
        "{texts:?}"
    );
    ensure!(texts.len() == TIMES + 2, "what was composed was sent: {texts:?}");
    // The same where Enter opens.
    let mut actions = vec![Presses("ctrl+k"), Types("Zuurst")];
    actions.extend(sign("6f"));
    actions.push(Types("f"));
    services.at_once(&actions)?;
    let field = app.see("switcher-field").await?;
    let stands = async || Ok(field.prop("value").await?.as_deref() == Some("Zuurstof"));
    app.until("what was composed does not stand in the switcher", stands)
        .await?;
    services.press("Return")?;
    app.see_css(&format!("[data-testid=conversation][aria-label='{OTHER}']"))
        .await?;
    scene.screen("composed")
}

/// A letter that is not Latin stands on the key; the key is the same.
async fn under_another_layout(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, services) = (scene.app, scene.desktop_services()?);
    for (layout, keys) in [("ru", "ctrl+Cyrillic_el"), ("ara", "ctrl+Arabic_noon")] {
        services.lay_out(layout)?;
        services.press(keys)?;
        let opened = app.see("switcher-field").await;
        services.lay_out("us")?;
        opened.with_context(|| format!("{keys} of {layout} opens nothing"))?;
        services.press("Escape")?;
        app.gone("[data-testid=switcher-field]").await?;
    }
    Ok(())
}

/// The text in the composer.
async fn written(scene: &Scene<'_>) -> anyhow::Result<String> {
    let field = scene.app.see("composer").await?;
    Ok(field.prop("value").await?.unwrap_or_default())
}
