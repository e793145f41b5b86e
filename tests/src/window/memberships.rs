//! Ineke works for home care and for mental health care, which finds people that home care does not: she says first for
//! which of them she acts, and the conversation says it from then on.

use anyhow::bail;
use client::api::view::Row;
use conversation::organisation::Name;
use conversation::{NetworkId, OrganisationId};
use fantoccini::key::Key;
use sync_server::core::administer::{AdminRequest, AdminResponse, NewMembership};

use super::story_session::Scene;
use crate::consent::agreements;
use crate::demo::demo_server::DemoServer;
use crate::test_network::Clinician;

const QUESTION: &str = "Mevrouw R. slaapt slecht sinds de verhuizing. Mag ik morgen met u bellen?";

/// Mental health care in the demo's organisations, and who agrees to networks in its name.
const MENTAL_HEALTH_CARE: (usize, &str) = (3, "mira@debrug.example");

// O3, O2, S1, A1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let hospice = hospice(scene.session.demo_server).await?;
    let oda = scene.session.demo_server.device_of(hospice).await?;

    app.click("new-conversation").await?;
    app.see_with("membership", "Thuiszorg Maasdal").await?;
    app.see_with("membership", "GGZ De Brug").await?;
    scene.picture("for-whom").await?;
    app.click_with("membership", "Thuiszorg Maasdal").await?;
    app.click("wizard-next").await?;
    app.type_into("people-search", "oda").await?;
    app.read("Niemand gevonden").await?;
    scene.picture("not-found-from-there").await?;
    app.click("wizard-back").await?;
    app.click_with("membership", "GGZ De Brug").await?;
    app.click("wizard-next").await?;
    // The earlier search is repeated here at once.
    app.choose_found("Oda Maas").await?;
    scene.picture("found-from-here").await?;
    app.click("wizard-start").await?;
    app.see_with("on-behalf", "Namens GGZ De Brug").await?;
    app.write(QUESTION).await?;
    app.in_state("accepted", 1).await?;
    app.click("participants").await?;
    app.see_with("takes-part-for", "U neemt deel namens GGZ De Brug")
        .await?;
    scene.picture("acts-for").await?;

    // A1: so it stands for the other, too.
    oda.until("the question is there, of mental health care", async |device| {
        let Some(row) = device.overview().await?.rows.first().map(|row| row.conversation) else {
            return Ok(false);
        };
        let rows = device.rows(row).await?;
        Ok(rows.iter().any(|row| match row {
            Row::Message(message) => message.author.organisation == "GGZ De Brug",
            _ => false,
        }))
    })
    .await?;
    app.press(Key::Escape).await?;
    app.gone("[data-testid=participants-panel]").await
}

/// An organisation that shares a network with mental health care alone, and who works there.
async fn hospice(demo_server: &DemoServer) -> anyhow::Result<Clinician> {
    let name = "Hospice De Linde".to_owned();
    let organisation = match demo_server
        .administer(AdminRequest::OrganisationAdd { name })
        .await?
    {
        AdminResponse::Organisation { organisation, .. } => organisation,
        done => bail!("an organisation gave {done:?}"),
    };
    let oda = clinician(demo_server, organisation).await?;
    let (place, login) = MENTAL_HEALTH_CARE;
    let mira = demo_server.known(place, login).await?;
    let all = [
        (organisation, oda.membership),
        (demo_server.filled.organisations[place], mira.membership),
    ];
    for request in agreements(NetworkId(uuid::Uuid::from_u128(2)), &all) {
        demo_server.administer(request).await?;
    }
    Ok(oda)
}

async fn clinician(demo_server: &DemoServer, organisation: OrganisationId) -> anyhow::Result<Clinician> {
    let login = "oda@delinde.example".to_owned();
    let membership = NewMembership {
        organisation,
        unit: None,
        name: Name {
            given: "Oda".into(),
            prefix: String::new(),
            family: "Maas".into(),
        },
        discipline: "Ouderengeneeskunde".into(),
        function: "Specialist ouderengeneeskunde".into(),
        work_email: None,
    };
    let add = AdminRequest::PersonAdd {
        login: login.clone(),
        memberships: vec![membership],
    };
    Clinician::added(demo_server.administer(add).await?, login, "Oda")
}
