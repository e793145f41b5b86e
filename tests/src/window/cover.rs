//! A colleague is away: a user who chooses or writes to them sees until when, and chooses the one who covers with one click,
//! also without a network. And the person at the window says when she works herself.

use anyhow::{Context as _, ensure};
use chrono::Days;
use client::api::ApiRequest;
use client::api::view::{Found, OwnAvailability};
use conversation::organisation::{Absence, Availability, Cover};
use platform::{Clock as _, SystemClock};
use sync_server::core::administer::AdminRequest;

use super::story_session::{Scene, called};
use crate::test_network::Device;

const SUBJECT: &str = "Drukplek hiel mevr. A.";
const FIRST: &str = "De plek is groter dan vorige week. Wie kan morgen kijken?";
const QUESTION: &str = "Kun jij de zwachtels van mevrouw A. overnemen?";
const NOTE: &str = "Bel bij spoed de praktijk.";

// O5, F3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let marieke = scene.session.device("Marieke").await?;
    is_away(scene, &marieke).await?;
    instead(scene).await?;
    besides(scene).await?;
    her_own(scene, &marieke).await?;
    for who in ["Marieke", "Anna"] {
        let membership = scene.session.membership(who)?;
        let none = AdminRequest::AvailabilityChange {
            membership,
            availability: None,
        };
        scene.session.demo_server.administer(none).await?;
        let found = AdminRequest::FindabilityChange {
            membership,
            inside_only: false,
        };
        scene.session.demo_server.administer(found).await?;
    }
    Ok(())
}

/// Marieke says so on her own device, for two weeks; Fatma covers.
async fn is_away(scene: &Scene<'_>, marieke: &Device) -> anyhow::Result<()> {
    let now = chrono::DateTime::from_timestamp_millis(SystemClock.now().0);
    let today = now.context("a moment")?.date_naive();
    let day = |by: u64| today.checked_add_days(Days::new(by)).context("a day");
    let from = today.checked_sub_days(Days::new(1)).context("a day")?;
    let fatma = scene.session.membership("Fatma")?;
    let availability = Availability {
        absence: Some(Absence {
            from,
            until: day(13)?,
        }),
        cover: Some(Cover::Colleague { membership: fatma }),
        ..Availability::default()
    };
    let membership = scene.session.membership("Marieke")?;
    let set = ApiRequest::SetAvailability {
        membership,
        availability,
    };
    let own: Vec<OwnAvailability> = marieke.ask(set).await?;
    ensure!(own.iter().any(|one| one.presence.is_some()), "she is not away");
    Ok(())
}

async fn instead(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.click("new-conversation").await?;
    app.type_into("people-search", "marieke").await?;
    app.see_with("found-person", "waarneming: Fatma Yıldız").await?;
    scene.picture("found").await?;
    app.choose_found("Marieke Timmermans").await?;
    app.see_with("absent", "Marieke Timmermans: afwezig t/m").await?;
    scene.picture("chosen").await?;
    app.click("cover-instead").await?;
    app.see_with("chosen-person", "Fatma Yıldız").await?;
    app.gone_with("chosen-person", "Marieke Timmermans").await?;
    app.click("wizard-start").await?;
    app.write(QUESTION).await?;
    app.in_state("accepted", 1).await?;
    let fatma = scene.session.device("Fatma").await?;
    let consult = called(&fatma, "Anna van den Berg").await?;
    fatma.sees(consult, &[QUESTION]).await
}

async fn besides(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    app.start_group(SUBJECT, &[("marieke", "Marieke Timmermans")], FIRST)
        .await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;
    app.see_with("absent", "waarneming: Fatma Yıldız").await?;
    let proxy = scene.session.tcp_proxy;
    proxy.cut();
    app.is_offline().await?;
    app.see_with("absent", "Marieke Timmermans: afwezig t/m").await?;
    scene.picture("before-writing").await?;
    proxy.mend();
    app.is_online().await?;
    app.click("cover-besides").await?;
    app.see_with("chosen-person", "Fatma Yıldız").await?;
    scene.picture("joined-by-the-cover").await?;
    app.click("add-confirm").await?;
    app.see_with("line", "Fatma Yıldız").await?;
    app.click("participants-close").await?;
    // The cover is there: nobody is offered any more.
    app.gone("[data-testid=cover-besides]").await?;
    let fatma = scene.session.device("Fatma").await?;
    called(&fatma, SUBJECT).await.map(|_| ())
}

async fn her_own(scene: &Scene<'_>, marieke: &Device) -> anyhow::Result<()> {
    let app = scene.app;
    app.settings("presence").await?;
    app.click("working-days-change").await?;
    for day in ["tuesday", "thursday"] {
        app.click(&format!("works-{day}")).await?;
    }
    app.see("to-thursday").await?.clear().await?;
    app.type_into("to-thursday", "12.30").await?;
    app.type_into("note", NOTE).await?;
    app.click("inside-only").await?;
    scene.picture("her-own").await?;
    app.click("availability-save").await?;
    app.gone("[data-testid=availability]").await?;
    app.settings("presence").await?;
    app.see_with("working-days", "werkt di en do").await?;
    scene.picture("as-others-see-it").await?;
    app.press(fantoccini::key::Key::Escape).await?;
    app.gone("[data-testid=options]").await?;
    // Sanne works where Anna does, Marieke elsewhere: she finds her no more, and has her card from what they said before.
    let sanne = scene.session.device("Sanne").await?;
    let anna = scene.session.membership("Anna")?;
    let presence = async |device: &Device, who: &str| {
        let find = ApiRequest::Find {
            acting: scene.session.membership(who)?,
            query: "anna".into(),
            limit: 20,
        };
        let found: Found = device.ask(find).await?;
        let card = found.people.into_iter().find(|one| one.card.membership == anna);
        anyhow::Ok(card.map(|card| card.presence))
    };
    sanne
        .until("Sanne sees when Anna works", async |device| {
            let presence = presence(device, "Sanne").await?.flatten();
            Ok(presence.is_some_and(|presence| presence.works.len() == 2 && presence.note == NOTE))
        })
        .await?;
    ensure!(
        presence(marieke, "Marieke").await?.is_none(),
        "Marieke finds Anna"
    );
    let consult = called(marieke, SUBJECT).await?;
    marieke
        .until("Marieke sees when Anna works", async |device| {
            let view = device.conversation(consult).await?;
            let card = view
                .participants
                .into_iter()
                .find(|one| one.card.membership == anna);
            let presence = card.and_then(|card| card.presence);
            Ok(presence.is_some_and(|presence| presence.note == NOTE))
        })
        .await
}
