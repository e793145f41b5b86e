//! A team takes part: people who join it take part from then on, and people who leave it no longer do; as
//! seen by the others, whose window shows lines of it, and by the person at the window.

use anyhow::ensure;
use conversation::TeamId;
use sync_server::core::administer::AdminRequest;

use super::story_session::{Scene, called, find_team, start_group};

const SUBJECT: &str = "Decubitus mevr. T., kamer 4";
const FIRST: &str = "De plek op de stuit is open. Kan het team vandaag een advies geven?";
const SECOND: &str = "Wisselligging om de twee uur staat in het plan.";
const THIRD: &str = "De foto van vanmiddag staat in het dossier.";

const TO_ANNA: &str = "Valpreventie mevr. O.";
const BEFORE: &str = "Mevrouw O. is twee keer gevallen. Wat raadt het team aan?";
const MEANWHILE: &str = "Ze gebruikt sinds kort een rollator.";
const AFTER: &str = "De ergotherapeut komt vrijdag.";

/// The room of a window of 1180 by 960 at a zoom of 200 %: the least height that it takes.
const ZOOMED: (u32, u32) = (590, 480);
const WHOLE: (u32, u32) = (1180, 780);

// O4, S2, P5, P10, U1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    of_others(scene).await?;
    of_her_own(scene).await
}

async fn of_others(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let team = scene.session.demo_server.team("Team Wond").await?;
    app.start_group(SUBJECT, &[("team wond", "Team Wond")], FIRST)
        .await?;
    app.see_with("destination", "Team Wond").await?;
    scene.picture("to-a-team").await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;
    let marieke = scene.session.device("Marieke").await?;
    let consult = called(&marieke, SUBJECT).await?;
    marieke.sees(consult, &[FIRST]).await?;
    app.click("participants").await?;
    app.see_with("team", "2 deelnemers").await?;
    app.see_with("participant", "via Team Wond").await?;
    scene.picture("takes-part").await?;

    joins(scene, team, "Fatma").await?;
    app.see_with("line", "Fatma Yıldız neemt deel via Team Wond")
        .await?;
    app.see_with("participant", "Fatma Yıldız").await?;
    app.see_with("team", "3 deelnemers").await?;
    app.write(SECOND).await?;
    let fatma = scene.session.device("Fatma").await?;
    called(&fatma, SUBJECT).await?;
    fatma.sees(consult, &[SECOND]).await?;

    leaves(scene, team, "Marieke").await?;
    app.see_with("line", "Marieke Timmermans neemt niet meer deel via Team Wond")
        .await?;
    app.gone_with("participant", "Marieke Timmermans").await?;
    marieke
        .until("it is gone", async |device| {
            let rows = device.overview().await?.rows;
            Ok(rows.iter().all(|row| row.conversation != consult))
        })
        .await?;
    app.write(THIRD).await?;
    fatma.sees(consult, &[SECOND, THIRD]).await?;
    app.in_state("accepted", 3).await?;
    scene.picture("members-changed").await?;

    app.resize(ZOOMED.0, ZOOMED.1).await?;
    scene.picture("participants-at-200-percent").await?;
    app.click("participants-close").await?;
    app.see("timeline").await?;
    scene.picture("conversation-at-200-percent").await?;
    app.resize(WHOLE.0, WHOLE.1).await?;
    joins(scene, team, "Marieke").await?;
    leaves(scene, team, "Fatma").await
}

/// Her own view follows at once: the conversation leaves the window, and comes back from then on.
async fn of_her_own(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let team = find_team(&karim, "Team Ouderenzorg").await?;
    let consult = start_group(&karim, &[], &[team], TO_ANNA, BEFORE).await?;
    app.open_conversation(TO_ANNA).await?;
    app.see_with("message", BEFORE).await?;

    leaves(scene, team, "Anna").await?;
    app.gone_with("overview-row", TO_ANNA).await?;
    app.gone("[data-testid=conversation]").await?;
    scene.picture("out-of-the-team").await?;
    karim.says(consult, MEANWHILE).await?;
    karim.has_sent_all().await?;

    joins(scene, team, "Anna").await?;
    app.see_with("overview-row", TO_ANNA).await?;
    karim.says(consult, AFTER).await?;
    app.open_conversation(TO_ANNA).await?;
    app.see_with("message", BEFORE).await?;
    app.see_with("message", AFTER).await?;
    let seen = app.count("[data-testid=message]").await?;
    ensure!(
        seen == 2,
        "{seen} messages are seen: those of the time in the team are two"
    );
    scene.picture("back-in-the-team").await
}

async fn joins(scene: &Scene<'_>, team: TeamId, who: &str) -> anyhow::Result<()> {
    let membership = scene.session.membership(who)?;
    let join = AdminRequest::TeamJoin { team, membership };
    scene.session.demo_server.administer(join).await.map(|_| ())
}

async fn leaves(scene: &Scene<'_>, team: TeamId, who: &str) -> anyhow::Result<()> {
    let membership = scene.session.membership(who)?;
    let leave = AdminRequest::TeamLeave { team, membership };
    scene.session.demo_server.administer(leave).await.map(|_| ())
}
