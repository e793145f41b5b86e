//! Actions that the window offers and the server refuses: without a network Anna adds and names people; meanwhile
//! the right to do so, and the consent of another organisation, are taken away.

use client::api::{ApiRequest, Link};
use conversation::NetworkId;
use conversation::organisation::Permission;
use fantoccini::key::Key;
use sync_server::core::administer::AdminRequest;

use super::story_session::{Scene, start_at_item, start_group};

const ITEM: &str = "Verkeerde dosering metoprolol na ontslag";
const SUBJECT: &str = "Huid onder de gipsspalk mevr. D.";
const ASKS: &str = "De huid onder de spalk is rood en warm. Neem jij dit gesprek over, Anna?";
const SEES: &str = "kun jij vandaag meekijken? Foto's volgen.";

/// The hospital in the demo's organisations, and who agreed in its name to the network they all share.
const HOSPITAL: (usize, &str) = (2, "hanneke@maasoever.example");
const NETWORK: NetworkId = NetworkId(uuid::Uuid::from_u128(1));
const PRACTICE: usize = 0;

// P3, P8, O8, U2, F3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    an_addition(scene).await?;
    a_mention(scene).await
}

/// P3: the permission is gone when the addition arrives.
async fn an_addition(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let Some(Link::Item { item }) = Link::parse(scene.session.demo_server.address(ITEM)?) else {
        anyhow::bail!("the item's address is no link to it");
    };
    let sanne = scene.session.device("Sanne").await?;
    let anna = scene.session.membership("Anna")?;
    start_at_item(&sanne, item, anna, "Anna, herken jij deze dosering?").await?;
    app.open_conversation(ITEM).await?;
    app.click("participants").await?;
    app.click("add").await?;
    app.choose("joost", "Joost Hendriks").await?;
    scene.session.tcp_proxy.cut();
    app.is_offline().await?;
    app.click("add-confirm").await?;
    app.see_css("[data-testid=line][data-line=added][data-state=waiting]")
        .await?;
    scene.picture("waits-to-be-added").await?;
    scene.session.revoke("Anna", Permission::Analyse).await?;
    scene.session.tcp_proxy.mend();
    app.see_css("[data-testid=line][data-line=added][data-state=refused]")
        .await?;
    app.is_online().await?;
    app.see_with("line", "Joost Hendriks is niet toegevoegd. U mag aan dit gesprek niemand toevoegen: de permissie om het onderdeel te analyseren ontbreekt. Vraag een deelnemer die de permissie heeft.")
        .await?;
    app.gone("[data-testid=add]").await?;
    scene.picture("addition-refused").await?;
    app.click("line-put-away").await?;
    app.gone("[data-testid=line][data-state=refused]").await?;
    app.click("participants-close").await?;
    scene.session.grant("Anna", Permission::Analyse).await
}

/// P8: the hospital shares no network any more when the message arrives that names its dermatologist.
async fn a_mention(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let to = scene.session.membership("Anna")?;
    let conversation = start_group(&karim, &[to], &[], SUBJECT, ASKS).await?;
    karim.ask::<()>(ApiRequest::HandOver { conversation, to }).await?;
    app.open_conversation(SUBJECT).await?;
    app.see_with("line", "Karim el Idrissi maakte").await?;
    app.click("composer").await?;
    app.mention("Daan", "Daan Smeets").await?;
    app.press(SEES).await?;
    app.see_with("joining", "Daan Smeets (Ziekenhuis Maasoever)")
        .await?;
    scene.session.tcp_proxy.cut();
    app.is_offline().await?;
    app.press(Key::Enter).await?;
    app.in_state("waiting", 1).await?;
    app.see_with("overview-row", "@Daan Smeets").await?;
    scene.picture("names-somebody-offline").await?;

    let demo_server = scene.session.demo_server;
    let by = demo_server.known(HOSPITAL.0, HOSPITAL.1).await?.membership;
    let with = demo_server.filled.organisations[PRACTICE];
    let withdraw = AdminRequest::NetworkWithdraw {
        network: NETWORK,
        by,
        with,
    };
    demo_server.administer(withdraw).await?;
    scene.session.tcp_proxy.mend();
    app.in_state("refused", 1).await?;
    app.see_with(
        "message",
        "U mag Daan Smeets niet aan dit gesprek toevoegen. Uw tekst is bewaard.",
    )
    .await?;
    app.see_with("message", SEES).await?;
    app.is_online().await?;
    scene.picture("mention-refused").await?;
    app.click("message-without").await?;
    app.in_state("accepted", 2).await?;
    app.gone("[data-testid=message][data-state=refused]").await?;
    scene.picture("sent-without-the-mention").await?;
    karim
        .sees(conversation, &[ASKS, &format!("Daan Smeets {SEES}")])
        .await?;

    let agree = AdminRequest::NetworkAgree {
        network: Some(NETWORK),
        by,
        with,
    };
    demo_server.administer(agree).await.map(|_| ())
}
