//! The owner of a group makes somebody else it: first while she stays, then by leaving, to somebody she chooses.

use client::api::ApiRequest;
use client::api::view::ConversationView;
use conversation::ConversationId;

use super::story_session::{Scene, called};
use crate::test_network::Device;

const SUBJECT: &str = "Palliatief beleid mevr. S., weekend";
const FIRST: &str = "Mevrouw S. gaat achteruit. Wie van ons is dit weekend het aanspreekpunt?";

// P9, P6, P10, P1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let with = [("sanne", "Sanne Jacobs"), ("karim", "Karim el Idrissi")];
    app.start_group(SUBJECT, &with, FIRST).await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;
    let sanne = scene.session.device("Sanne").await?;
    let consult = called(&sanne, SUBJECT).await?;

    while_she_stays(scene, &sanne, consult).await?;
    by_leaving(scene, &sanne, consult).await
}

/// From then on the owner's rights are Sanne's, in the window too.
async fn while_she_stays(scene: &Scene<'_>, sanne: &Device, consult: ConversationId) -> anyhow::Result<()> {
    let app = scene.app;
    app.click("participants").await?;
    app.see("delete-conversation").await?;
    let of_sanne = format!(
        "[data-membership=\"{}\"] [data-testid=participant-menu]",
        scene.session.membership("Sanne")?
    );
    app.see_css(&of_sanne).await?.click().await?;
    app.click("menu-hand-over").await?;
    app.see_with("question", "Make Sanne Jacobs the owner?").await?;
    scene.picture("asks").await?;
    app.click("question-confirm").await?;
    app.see_with("line", "You made Sanne Jacobs the owner").await?;
    app.gone("[data-testid=delete-conversation]").await?;
    app.gone("[data-testid=participant-menu]").await?;
    scene.picture("handed-over").await?;
    is_owner(sanne, consult, "Sanne").await
}

/// Not to the longest-standing colleague of her organisation, as the rule would have it, but to Karim.
async fn by_leaving(scene: &Scene<'_>, sanne: &Device, consult: ConversationId) -> anyhow::Result<()> {
    let app = scene.app;
    let back = ApiRequest::HandOver {
        conversation: consult,
        to: scene.session.membership("Anna")?,
    };
    sanne.ask::<()>(back).await?;
    app.see_with("line", "Sanne Jacobs made you the owner").await?;
    app.see("delete-conversation").await?;
    app.click("participants-close").await?;

    let row = app.see_with("overview-row", SUBJECT).await?;
    app.click_right(&row).await?;
    app.click("menu-leave").await?;
    let karim = scene.session.membership("Karim")?;
    app.choose_option("successor", &karim.to_string()).await?;
    scene.picture("chooses-a-successor").await?;
    app.click("leave-confirm").await?;
    app.gone_with("overview-row", SUBJECT).await?;
    app.gone("[data-testid=conversation]").await?;
    scene.picture("left").await?;
    let karim = scene.session.device("Karim").await?;
    is_owner(&karim, consult, "Karim").await
}

async fn is_owner(device: &Device, consult: ConversationId, given: &str) -> anyhow::Result<()> {
    device
        .until("somebody else is the owner", async |device| {
            let view: ConversationView = device.conversation(consult).await?;
            let owner = view.participants.iter().find(|one| one.owner);
            Ok(owner.is_some_and(|owner| owner.me && owner.card.profile.name.given == given))
        })
        .await
}
