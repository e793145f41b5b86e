//! Naming somebody: who takes no part is added by it, where the writer may add them; who may not be added is not offered.

use anyhow::ensure;
use fantoccini::key::Key;

use super::story_session::{Scene, called, start_group};

const SUBJECT: &str = "Overdracht dhr. K., kamer 7";
const FIRST: &str = "Meneer K. komt morgen om elf uur thuis. Hoe regelen we de eerste avond?";
const WILL_COME: &str = "kun jij om zes uur de medicatie aanreiken?";

const OF_KARIM: &str = "Steunkousen mevr. V., kamer 12";
const MEASURE: &str = "De kousen zijn te strak. Wie kan opnieuw meten?";

// P8, P2
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    as_owner(scene).await?;
    as_participant(scene).await
}

/// The owner may add everybody they can find (P1): all are offered, and the composer says who will be added.
async fn as_owner(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.start_group(SUBJECT, &[("karim", "Karim el Idrissi")], FIRST)
        .await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;

    app.type_into("composer", "@F").await?;
    app.see_with("mentions", "Fatma Yıldız").await?;
    app.see_with("mentions", "Femke Nijland").await?;
    scene.picture("offered-to-the-owner").await?;
    app.press("at").await?;
    app.take_mention("Fatma Yıldız").await?;
    app.press(WILL_COME).await?;
    app.see_with(
        "joining",
        "Fatma Yıldız (Thuiszorg Maasdal) is added when you send this",
    )
    .await?;
    app.see_with("destination", "2 colleagues").await?;
    scene.picture("will-be-added").await?;
    app.press(Key::Enter).await?;
    app.see_with("line", "You added Fatma Yıldız").await?;
    app.in_state("accepted", 2).await?;
    scene.picture("was-added").await?;

    let fatma = scene.session.device("Fatma").await?;
    let consult = called(&fatma, SUBJECT).await?;
    fatma.sees(consult, &[&format!("\u{FFFC} {WILL_COME}")]).await
}

/// Anyone else may add colleagues of their own organisation only (P2): the others are not offered.
async fn as_participant(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    start_group(&karim, &[anna], &[], OF_KARIM, MEASURE).await?;
    app.open_conversation(OF_KARIM).await?;
    app.type_into("composer", "@F").await?;
    app.see_with("mentions", "Femke Nijland").await?;
    let offered = app.words_of("mentions").await?;
    ensure!(
        !offered.contains("Fatma"),
        "who may not be added is offered: {offered}"
    );
    scene.picture("offered-to-a-participant").await?;
    app.press("emke").await?;
    app.take_mention("Femke Nijland").await?;
    app.press("kun jij dat?").await?;
    app.press(Key::Enter).await?;
    app.see_with("line", "You added Femke Nijland").await.map(|_| ())
}
