//! Searching in the real window: as one types, to a hit in the middle of a long conversation and back, with a filter, within the
//! open conversation, without a network, and what is no longer there to be found.

use std::time::Duration;

use anyhow::ensure;
use conversation::ConversationId;
use fantoccini::key::Key;

use super::many_messages::send_all;
use super::story_session::{Scene, called, start_group};
use crate::desktop_session::App;
use crate::test_network::Device;

const SUBJECT: &str = "Dagrapportage mevr. Z., kamer 8";
const FIRST: &str = "Hier komt elke dag de rapportage.";
/// The middle of the conversation.
const WANTED: &str = "Verdenking longontsteking links; coördinatie met de huisarts gevraagd.";
const RECENT: &str = "Huid rond de wond intact, geen ontsteking meer te zien.";
const ELSEWHERE: &str = "Rooster week 12";
const QUESTION: &str = "Wie neemt de dienst over als de ontsteking opspeelt?";
const WITHDRAWN: &str = "Ontsteking, maar bij een ander";
const MANY: usize = 300;
const MORE: usize = 100_000;

// L4, L5, U1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, proxy) = (scene.app, scene.session.tcp_proxy);
    let karim = scene.session.device("Karim").await?;
    let reports = filled(scene, &karim).await?;
    let (sanne, elsewhere) = scene.group_with("Sanne", "Sanne Jacobs", ELSEWHERE).await?;
    sanne.says(elsewhere, QUESTION).await?;
    app.see_with("message", QUESTION).await?;
    app.see_with("overview-row", SUBJECT).await?;
    all_came(scene).await?;

    // As one types: every letter is a search.
    app.type_into("overview-search", "ontsteking").await?;
    has_hits(app, 3).await?;
    ensure!(marks(app).await? == ["ontsteking", "ontsteking", "longontsteking"]);
    scene.picture("as-typed").await?;
    app.press(Key::Down).await?;
    for _ in 0..2 {
        app.press(Key::Down).await?;
    }
    app.press(Key::Enter).await?;
    app.see_css("[data-testid=message].lit").await?;
    app.until("the message of the hit is not on the screen", async || {
        Ok(app.script(SEEN).await? == true)
    })
    .await?;
    scene.picture("hit-in-the-middle").await?;
    app.press(Key::Escape).await?;
    app.until("the keyboard is not at the hit again", async || {
        let at = "return document.activeElement?.getAttribute('aria-current') === 'true'
            && document.activeElement.dataset.testid === 'hit'";
        Ok(app.script(at).await? == true)
    })
    .await?;

    // Without accents, by a filter that is completed, and by one that is typed.
    retype(app, "coordinatie ").await?;
    has_hits(app, 1).await?;
    retype(app, "ontsteking van:san").await?;
    app.see_with("search-option", "Sanne").await?;
    app.press(Key::Enter).await?;
    app.see_with("search-filter", "Sanne Jacobs").await?;
    has_hits(app, 1).await?;
    scene.picture("filter").await?;
    app.click("clear-search").await?;
    app.see_with("overview-row", ELSEWHERE).await?;

    // Within the open conversation.
    app.open_conversation(ELSEWHERE).await?;
    app.press(Key::Control + "f").await?;
    app.see_with("search-filter", ELSEWHERE).await?;
    app.type_into("overview-search", "dienst").await?;
    has_hits(app, 1).await?;
    scene.picture("within").await?;
    app.click("clear-search").await?;

    // Deleted, it is not found; and without a network as with one.
    karim.says(reports, WITHDRAWN).await?;
    retype(app, "\"bij een ander\"").await?;
    has_hits(app, 1).await?;
    let message = karim.message(reports, WITHDRAWN).await?.message;
    karim.deletes(reports, message).await?;
    app.see("no-hits").await?;
    scene.picture("nothing").await?;
    proxy.cut();
    app.is_offline().await?;
    retype(app, "ontsteking").await?;
    has_hits(app, 3).await?;
    scene.picture("without-network").await?;
    proxy.mend();
    app.click("clear-search").await?;
    app.is_online().await
}

/// A message that is marked stands within the timeline.
const SEEN: &str = "const lit = document.querySelector('[data-testid=message].lit')?.getBoundingClientRect();
    const frame = document.querySelector('[data-testid=timeline]')?.getBoundingClientRect();
    return Boolean(lit && frame && lit.top >= frame.top - 1 && lit.bottom <= frame.bottom + 1)";

/// A colleague's conversation with Anna, of many messages.
async fn filled(scene: &Scene<'_>, karim: &Device) -> anyhow::Result<ConversationId> {
    let many = if scene.session.is_long { MORE } else { MANY };
    let anna = scene.session.membership("Anna")?;
    start_group(karim, &[anna], &[], SUBJECT, FIRST).await?;
    let reports = called(karim, SUBJECT).await?;
    karim.has_sent_all().await?;
    let text = |number| match number {
        _ if number == many / 2 => WANTED.to_owned(),
        _ if number == many - 1 => RECENT.to_owned(),
        _ => format!("Dag {number}: gegeten, gedronken, twee keer uit bed geweest."),
    };
    let texts: Vec<String> = (1..many).map(text).collect();
    send_all(scene.session, "Karim", reports, &texts).await?;
    Ok(reports)
}

/// Until the window has all of it in the index: the first message is found.
async fn all_came(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    retype(app, "longontsteking").await?;
    let patience = if scene.session.is_long { 600 } else { 60 };
    let came = tokio::time::timeout(Duration::from_secs(patience), async {
        while has_hits(app, 1).await.is_err() {}
    });
    came.await?;
    app.click("clear-search").await
}

pub(super) async fn has_hits(app: &App, count: usize) -> anyhow::Result<()> {
    app.until(&format!("not {count} messages were found"), async || {
        Ok(app.count("[data-testid=hit]").await? == count)
    })
    .await
}

async fn retype(app: &App, query: &str) -> anyhow::Result<()> {
    let field = app.see("overview-search").await?;
    field.clear().await?;
    app.type_into("overview-search", query).await
}

async fn marks(app: &App) -> anyhow::Result<Vec<String>> {
    let marked =
        "return [...document.querySelectorAll('[data-testid=hit] mark')].map((one) => one.textContent)";
    Ok(serde_json::from_value(app.script(marked).await?)?)
}
