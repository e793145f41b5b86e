//! The consult, played in the real window: Anna sits at it, Karim has an engine of his own elsewhere. She signs in,
//! finds him, asks; they talk; she loses the network and writes on; her app is killed; she starts it again and comes back.
//!
//! Everything is observed as a person would observe it: in the window, or through the API of the other's
//! engine. The story continues when an effect is there, never after a time.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use fantoccini::key::Key;

use super::demo_server::DemoServer;
use crate::desktop_session::{App, DesktopSession, Screenshots, TcpProxy};
use crate::test_network::{Device, PASSWORD, png};

const ANNA: usize = 0;
const KARIM: usize = 1;
/// Of the app: a later story at the same desktop finds it signed in.
const PROFILE: &str = "anna";

const QUESTION: &str = "Heb je mevrouw V. vanochtend gezien? De *rand* van de wond baart me zorgen.";
const ANSWER: &str = "Ja, om half negen. De rand is rood en **warm**, pijnscore 5. Temperatuur 37,9.";
const THANKS: &str = "Dank je. Start vandaag met flucloxacilline, ik zet het recept klaar.";
const WAITING: &str = "Ik sta in de kelder zonder bereik. Graag morgen om 9 uur opnieuw meten.";
const AND: &str = "En bel me als de koorts boven 38,5 komt.";
const FILES: &str = "Foto van vanochtend en mijn overdracht.";
/// Whether the photo of the message is drawn.
const DRAWN: &str = "const photo = document.querySelector('[data-testid=message-files] img');
    return photo !== null && photo.complete && photo.naturalWidth > 0";
const MEANWHILE: &str = "Recept is binnen, ik ga er om twee uur langs.";
const AFTER: &str = "Alles gelezen. Tot morgen!";

/// The result of a play.
#[derive(Debug)]
pub struct Played {
    /// In the order in which they were made.
    pub pictures: Vec<PathBuf>,
    /// All messages that were sent.
    pub said: Vec<String>,
}

/// Plays it in a desktop session whose network is the proxy, with the app of this program, and puts its pictures into a folder.
pub async fn play(
    demo_server: &DemoServer,
    desktop_session: &DesktopSession,
    tcp_proxy: &TcpProxy,
    program: &Path,
    pictures: &Path,
) -> anyhow::Result<Played> {
    let screenshots = Screenshots::in_folder(pictures);
    let karim = demo_server.device(KARIM).await?;

    let app = desktop_session.app(program, PROFILE).await?;
    let until_killed = async {
        sign_in(&app, demo_server, tcp_proxy, &screenshots).await?;
        ask(&app, &screenshots).await?;
        answer(&app, &karim, &screenshots).await?;
        tcp_proxy.cut();
        write_offline(&app, &karim, &screenshots).await
    };
    let played = until_killed.await;
    screenshots.end(&app, played).await?;
    app.kill()?;

    let app = desktop_session.app(program, PROFILE).await?;
    let from_then_on = async {
        read_offline(&app, &screenshots).await?;
        tcp_proxy.mend();
        come_back(&app, &karim, &screenshots).await?;
        see_files(&app, &karim, &screenshots).await?;
        look_around(&app, &screenshots).await
    };
    let played = from_then_on.await;
    screenshots.end(&app, played).await?;
    app.close().await?;

    let said = [QUESTION, ANSWER, THANKS, WAITING, AND, MEANWHILE, AFTER, FILES];
    Ok(Played {
        pictures: screenshots.into_pictures(),
        said: said.map(str::to_owned).to_vec(),
    })
}

/// I1: by the link of an invitation and a password of one's own.
async fn sign_in(
    app: &App,
    demo_server: &DemoServer,
    tcp_proxy: &TcpProxy,
    screenshots: &Screenshots,
) -> anyhow::Result<()> {
    app.see("sign-in").await?;
    screenshots.take(app, "sign-in").await?;
    let link = format!("{}/#invite={}", tcp_proxy.url(), demo_server.invite(ANNA).await?);
    app.type_into("invitation-link", &link).await?;
    app.click("sign-in-submit").await?;
    app.see("invited").await?;
    screenshots.take(app, "invited").await?;
    app.type_into("password", PASSWORD).await?;
    app.click("sign-in-submit").await?;
    app.see("work").await?;
    app.is_online().await?;
    app.see("overview-row").await?;
    screenshots.take(app, "overview").await
}

/// S1, O3: finds the colleague, starts, asks.
async fn ask(app: &App, screenshots: &Screenshots) -> anyhow::Result<()> {
    app.click("new-conversation").await?;
    app.type_into("people-search", "karim").await?;
    app.read("el Idrissi").await?;
    app.see("found-person").await?;
    screenshots.take(app, "wizard-search").await?;
    app.press(Key::Enter).await?;
    app.see("chosen-person").await?;
    screenshots.take(app, "wizard-chosen").await?;
    app.click("wizard-start").await?;
    app.write(QUESTION).await?;
    app.in_state("accepted", 1).await
}

/// M2, M7: the other reads, quotes and answers; one answers in turn.
async fn answer(app: &App, karim: &Device, screenshots: &Screenshots) -> anyhow::Result<()> {
    karim
        .until("the question is unread", async |device| {
            Ok(newest(device).await?.1 == [QUESTION])
        })
        .await?;
    let (consult, _) = newest(karim).await?;
    let question = karim.message(consult, QUESTION).await?;
    karim.replies(consult, question.message, ANSWER).await?;
    app.read("pijnscore 5").await?;
    app.write(THANKS).await?;
    app.in_state("accepted", 3).await?;
    karim.sees(consult, &[QUESTION, ANSWER, THANKS]).await?;
    screenshots.take(app, "conversation").await
}

/// F3: without a network everything can be read, and what one writes waits.
async fn write_offline(app: &App, karim: &Device, screenshots: &Screenshots) -> anyhow::Result<()> {
    app.is_offline().await?;
    let (consult, _) = newest(karim).await?;
    karim.says(consult, MEANWHILE).await?;
    karim.has_sent_all().await?;
    app.write(WAITING).await?;
    app.write(AND).await?;
    app.see("truth-waiting").await?;
    app.in_state("waiting", 2).await?;
    screenshots.take(app, "offline").await
}

/// F1, F3: a new start, the key from the keychain, the cache as it was.
async fn read_offline(app: &App, screenshots: &Screenshots) -> anyhow::Result<()> {
    app.see("work").await?;
    app.click("overview-row").await?;
    app.read(AND).await?;
    app.read("pijnscore 5").await?;
    app.in_state("waiting", 2).await?;
    screenshots.take(app, "started-offline").await
}

/// F3: what waited leaves in its order, once; what was missed comes.
async fn come_back(app: &App, karim: &Device, screenshots: &Screenshots) -> anyhow::Result<()> {
    let (consult, _) = newest(karim).await?;
    app.is_online().await?;
    app.in_state("accepted", 6).await?;
    app.write(AFTER).await?;
    let said = [QUESTION, ANSWER, THANKS, MEANWHILE, WAITING, AND, AFTER];
    karim.sees(consult, &said).await?;
    app.in_state("accepted", said.len()).await?;
    let shown = app.count("[data-testid=message]").await?;
    ensure!(
        shown == said.len(),
        "the window shows {shown} messages and not {}",
        said.len()
    );
    screenshots.take(app, "online").await
}

/// M6, F2: the other sends a photo and a letter; one looks at the photo inside.
async fn see_files(app: &App, karim: &Device, screenshots: &Screenshots) -> anyhow::Result<()> {
    let (consult, _) = newest(karim).await?;
    karim.set("files.take_back_seconds", 0).await?;
    karim
        .attaches(consult, "wond onderbeen.png", &png(640, 480))
        .await?;
    let letter = b"Beste Anna,\n\nDe wond is sinds maandag kleiner.\n".as_slice();
    karim.attaches(consult, "overdracht.txt", letter).await?;
    karim.says(consult, FILES).await?;
    app.read(FILES).await?;
    app.see_with("message-files", "overdracht.txt").await?;
    app.until("the photo is not drawn", async || {
        Ok(app.script(DRAWN).await? == true)
    })
    .await?;
    screenshots.take(app, "files").await?;
    app.click("picture-main").await?;
    app.see("viewer").await?;
    screenshots.take(app, "photo").await?;
    app.click("viewer-close").await?;
    app.gone("[data-testid=viewer]").await
}

/// U1, U2: the other theme, the other language, who takes part, and a long conversation.
async fn look_around(app: &App, screenshots: &Screenshots) -> anyhow::Result<()> {
    app.click("participants").await?;
    app.see("participants-panel").await?;
    screenshots.take(app, "participants").await?;
    app.click("participants-close").await?;
    app.click("display-options").await?;
    app.see("options").await?;
    app.click("theme-dark").await?;
    screenshots.take(app, "options-dark").await?;
    app.press(Key::Escape).await?;
    app.gone("[data-testid=options]").await?;
    screenshots.take(app, "dark").await?;
    app.click_nth("[data-testid=overview-row]", 1).await?;
    app.see("message").await?;
    screenshots.take(app, "dark-long").await?;
    app.click("display-options").await?;
    app.click("theme-light").await?;
    app.click("language-en").await?;
    // Everything is said anew, and the cursor with it.
    app.see_with("options", "Display").await?;
    app.press(Key::Escape).await?;
    app.gone("[data-testid=options]").await?;
    screenshots.take(app, "english").await
}

/// The conversation on top of the overview, and its messages.
async fn newest(device: &Device) -> anyhow::Result<(conversation::ConversationId, Vec<String>)> {
    let overview = device.overview().await?;
    let row = overview.rows.first().context("the overview is empty")?;
    let texts = device.texts(row.conversation).await?;
    Ok((row.conversation, texts))
}
