//! Searching on a new device while the history still comes in: what is there is found, the screen says how far the search
//! reaches, and once all is there the rest is found, too.

use anyhow::{Context as _, ensure};
use fantoccini::key::Key;

use super::many_messages::send_all;
use super::search::has_hits;
use super::story_session::{Scene, called, place, start_group};
use crate::demo::people::CLINICIANS;
use crate::desktop_session::{App, TcpProxy};
use crate::test_network::{Device, PASSWORD};

const WHO: &str = "Anna";
/// Of a device on which nobody has signed in before.
const PROFILE: &str = "anna-elders";
const SUBJECT: &str = "Dagrapportage dhr. S., kamer 21";
const FIRST: &str = "Hier komt elke dag de rapportage van meneer S.";
const OLDER: &str = "Vannacht verward en onrustig, verdenking delier.";
const NEWER: &str = "Delier voorbij, weer helder en rustig.";
const WORD: &str = "delier";
const MANY: usize = 300;
/// So many of a conversation's last events come before anything older, by the protocol.
const TAIL: usize = 30;
/// Of its messages, and of the event with which it began.
const TO_COME: usize = MANY + 1 - TAIL;

// L4, U3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let karim = scene.session.device("Karim").await?;
    filled(scene, &karim).await?;
    let cable = TcpProxy::to(scene.session.demo_server.server.address()).await?;
    cable.hold_before(OLDER);
    let desktop_session = scene.session.desktop_session;
    let app = desktop_session.app(scene.session.program, PROFILE).await?;
    let played = async {
        app.sign_in(&cable.url(), CLINICIANS[place(WHO)?].login, PASSWORD)
            .await?;
        app.look("nl", "light").await?;
        searched_in_part(scene, &app).await?;
        cable.mend();
        searched_in_whole(scene, &app).await
    };
    scene.end_of(&app, played.await).await?;
    app.close().await
}

/// The message that is there is found, and the sentence says from when on all is searched, and how many are still to come.
async fn searched_in_part(scene: &Scene<'_>, app: &App) -> anyhow::Result<()> {
    app.type_into("overview-search", WORD).await?;
    has_hits(app, 1).await?;
    app.see_with("hit", "voorbij").await?;
    app.see_with("search-reach", "is alles doorzocht; er volgen nog")
        .await?;
    let words = app.words_of("search-reach").await?;
    let to_come = words.split(' ').rev().nth(1).context("the sentence is another")?;
    let to_come: usize = to_come.replace('.', "").parse().with_context(|| words.clone())?;
    // Those of other conversations may be still to come, too.
    ensure!(to_come >= TO_COME, "more are still to come than: {words}");
    scene.picture_of(app, "in-part").await
}

/// Nobody typed anew: the older one joins the one that was found, and there is nothing to say any more.
async fn searched_in_whole(scene: &Scene<'_>, app: &App) -> anyhow::Result<()> {
    const REACH: &str = "return document.querySelector('[data-testid=search-reach]')?.innerText ?? null";
    let mut before = app.script(REACH).await?;
    while !before.is_null() {
        // However many messages the account has: as long as more of them come, it is waited for.
        app.until("no more of the messages come", async || {
            Ok(app.script(REACH).await? != before)
        })
        .await?;
        before = app.script(REACH).await?;
    }
    has_hits(app, 2).await?;
    scene.picture_of(app, "in-whole").await?;
    app.press(Key::Down).await?;
    app.press(Key::Down).await?;
    app.press(Key::Enter).await?;
    app.see_with("message", OLDER).await?;
    app.see_css("[data-testid=message].lit").await?;
    scene.picture_of(app, "older").await
}

/// A colleague's conversation with Anna, of many messages: the one that is found late is among its first.
async fn filled(scene: &Scene<'_>, karim: &Device) -> anyhow::Result<()> {
    let anna = scene.session.membership(WHO)?;
    start_group(karim, &[anna], &[], SUBJECT, FIRST).await?;
    let reports = called(karim, SUBJECT).await?;
    karim.has_sent_all().await?;
    let text = |number| match number {
        3 => OLDER.to_owned(),
        _ if number == MANY - 2 => NEWER.to_owned(),
        _ => format!("Dag {number}: gegeten, gedronken, een rondje in de tuin."),
    };
    let texts: Vec<String> = (1..MANY).map(text).collect();
    send_all(scene.session, "Karim", reports, &texts).await
}
