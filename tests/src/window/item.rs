//! An item and a conversation about it: opened by its link, started with one colleague, grown by adding, left; and what
//! `Analyse` makes of it for each, and for Anna when it is taken from her midway.

use anyhow::ensure;
use client::api::Link;
use conversation::organisation::Permission;

use super::story_session::{Scene, called, start_at_item};

const ITEM: &str = "Wondverzorging twee dagen niet overgedragen aan de thuiszorg";
const QUESTION: &str =
    "Wist jullie team bij ontslag van de wondzorg? Bij ons is geen overdracht binnengekomen.";
const TO_SANNE: &str = "Sanne, wil jij nagaan wie de ontslagbrief heeft aangenomen?";
const LATER: &str = "De brief kwam maandag per fax en is niet ingelezen. Wij hebben een kopie.";
const APART: &str = "Lotte, staat de fax nog ergens aan?";

// S3, P3, P5, P7
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    scene.session.grant("Joost", Permission::Analyse).await?;
    start(scene).await?;
    add(scene).await?;
    without_analyse(scene).await?;
    leave(scene).await?;
    see_less(scene).await
}

/// S3: by the link, in the item's window, with exactly one colleague.
async fn start(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    scene.follow(ITEM).await?;
    app.read("Nog geen gesprekken").await?;
    scene.picture("item").await?;
    app.click("item-start").await?;
    app.choose("karim", "Karim el Idrissi").await?;
    app.click("wizard-next").await?;
    app.type_into("composer", QUESTION).await?;
    scene.picture("first-message").await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;
    let karim = scene.session.device("Karim").await?;
    let consult = called(&karim, ITEM).await?;
    karim.sees(consult, &[QUESTION]).await
}

/// P3, P5: who has no `Analyse` sees what is said from joining on, who has it all of it.
async fn add(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.click("participants").await?;
    app.add("sanne", "Sanne Jacobs").await?;
    app.see_with("line", "U voegde Sanne Jacobs toe").await?;
    app.write(TO_SANNE).await?;
    app.in_state("accepted", 2).await?;
    app.click("add").await?;
    app.choose("joost", "Joost Hendriks").await?;
    app.see_with("what-they-read", "het hele gesprek, nu 2 berichten")
        .await?;
    scene.picture("adding").await?;
    app.click("add-confirm").await?;
    app.see_with("line", "U voegde Joost Hendriks toe").await?;
    scene.picture("added").await?;
    let (sanne, joost) = (
        scene.session.device("Sanne").await?,
        scene.session.device("Joost").await?,
    );
    let consult = called(&sanne, ITEM).await?;
    sanne.sees(consult, &[TO_SANNE]).await?;
    called(&joost, ITEM).await?;
    joost.sees(consult, &[QUESTION, TO_SANNE]).await
}

/// P3: adding is gone from the window as soon as the permission is, and back with it.
async fn without_analyse(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.see("add").await?;
    scene.session.revoke("Anna", Permission::Analyse).await?;
    app.gone("[data-testid=add]").await?;
    scene.picture("may-not-add").await?;
    scene.session.grant("Anna", Permission::Analyse).await?;
    app.see("add").await.map(|_| ())
}

/// P6, P7: it goes from the overview, and stays in the item: with `Analyse` whole, what is said after leaving too.
async fn leave(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.click("leave").await?;
    app.see("leave-dialog").await?;
    scene.picture("leaving").await?;
    app.click("leave-confirm").await?;
    app.gone_with("overview-row", ITEM).await?;
    let karim = scene.session.device("Karim").await?;
    let consult = called(&karim, ITEM).await?;
    karim.says(consult, LATER).await?;
    karim.has_sent_all().await?;
    scene.follow(ITEM).await?;
    app.see_with("item-conversation", "U neemt niet deel").await?;
    scene.picture("item-lists-it").await?;
    app.click_with("item-conversation", ITEM).await?;
    app.see_with("message", LATER).await?;
    app.see_with("message", QUESTION).await?;
    app.see("join").await?;
    scene.picture("seen-inside-the-item").await
}

/// P5, P7: without `Analyse` the window shows, at once, what she took part in and nothing more.
async fn see_less(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    // Another conversation about the item, in which she never took part.
    let Some(Link::Item { item }) = Link::parse(scene.session.demo_server.address(ITEM)?) else {
        anyhow::bail!("the item's address is no link to it");
    };
    let sanne = scene.session.device("Sanne").await?;
    start_at_item(&sanne, item, scene.session.membership("Lotte")?, APART).await?;
    sanne.has_sent_all().await?;

    scene.session.revoke("Anna", Permission::Analyse).await?;
    app.gone_with("message", LATER).await?;
    app.gone("[data-testid=join]").await?;
    app.see_with("message", QUESTION).await?;
    app.see_with("aside", "U neemt niet meer deel aan dit gesprek")
        .await?;
    scene.picture("what-she-took-part-in").await?;
    app.click("aside-to-item").await?;
    app.see_with("item-conversation", "U nam deel").await?;
    let listed = app.count("[data-testid=item-conversation]").await?;
    ensure!(
        listed == 1,
        "the item lists {listed} conversations to who took part in one"
    );
    scene.picture("item-without-analyse").await?;

    scene.session.grant("Anna", Permission::Analyse).await?;
    app.see_with("item-conversation", "Lotte de Wit").await?;
    app.see_with("item-conversation", "Karim el Idrissi").await?;
    scene.picture("item-with-analyse").await
}
