//! Colleagues whose names, disciplines and functions are markup with a script in them: found, chosen, mentioned, in the list of
//! participants, and as who wrote a message, they stand there as they are written.

use anyhow::Context as _;
use client::api::ApiRequest;
use client::api::view::Found;
use conversation::MembershipId;
use conversation::organisation::Name;
use fantoccini::key::Key;
use sync_server::core::administer::{AdminRequest, NewMembership};

use super::markup::{WATCH, finds_a_trace, no_trace};
use super::story_session::{Scene, called, start_group};
use crate::payloads::payloads;
use crate::test_network::{Clinician, Device};

/// All have it: by this they are found.
const GIVEN: &str = "Quirijn";
/// The server takes no longer name.
const LONGEST_NAME: usize = 200;
const SUBJECT: &str = "Namen die geen naam zijn";
/// So many of them take part in each conversation.
const TOGETHER: usize = 40;

/// Goes through the list of participants, and counts those that came by.
const SCROLL: &str = "
const seen = (window.__seen ??= new Set());
const list = document.querySelector('[data-testid=participants-panel] [role=list]');
for (const one of list.querySelectorAll('[data-testid=participant]')) seen.add(one.dataset.membership);
list.scrollTop = list.scrollTop + list.clientHeight + 1 < list.scrollHeight ? list.scrollTop + list.clientHeight / 2 : 0;
return seen.size";

// BZ3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let (app, server) = (scene.app, scene.session.demo_server);
    let mut all = payloads();
    all.retain(|one| one.len() <= LONGEST_NAME);
    // Of all of them where the run may take long, else each twenty-fifth.
    let step = if scene.session.is_long { 1 } else { 25 };
    let karim = scene.session.device("Karim").await?;
    let mut named = Vec::new();
    for number in (0..all.len()).step_by(step) {
        let one = add(scene, &all, number).await?;
        find(&karim, number, one.membership).await?;
        named.push(one);
    }
    let anna = scene.session.membership("Anna")?;
    let groups = named.len().div_ceil(TOGETHER);
    app.script(WATCH).await?;
    for (number, part) in named.chunks(TOGETHER).enumerate() {
        let mut with: Vec<MembershipId> = part.iter().map(|one| one.membership).collect();
        with.push(anna);
        let subject = format!("{SUBJECT} {} van {groups}", number + 1);
        start_group(&karim, &with, &[], &subject, "Wie zijn dit?").await?;
        app.open_conversation(&subject).await?;
        app.see("message").await?;
        no_trace(app, "the conversation with them").await?;
        app.click("participants").await?;
        app.see("participants-panel").await?;
        scene.picture("participants").await?;
        // Only those in sight are on the page.
        app.until("not all are listed", async || {
            let seen = app.script(SCROLL).await?.as_u64();
            no_trace(app, "the participants").await?;
            Ok(seen.is_some_and(|seen| seen > part.len() as u64))
        })
        .await?;
        app.script("delete window.__seen").await?;
        app.click("participants").await?;
        app.gone("[data-testid=participants-panel]").await?;
    }

    // The last of them writes.
    let who = named.last().context("somebody has such a name")?;
    let device = server.device_of(who.clone()).await?;
    let last = format!("{SUBJECT} {groups} van {groups}");
    let consult = called(&device, &last).await?;
    device.says(consult, "Ik heet zo.").await?;
    app.see_with("message", "Ik heet zo.").await?;
    no_trace(app, "a message of theirs").await?;
    app.click("composer").await?;
    app.press(format!("@{GIVEN}").as_str()).await?;
    app.see_css("[data-testid=mentions] [aria-selected=true]").await?;
    no_trace(app, "those who can be mentioned").await?;
    scene.picture("mentioned").await?;
    app.press(Key::Enter).await?;
    app.gone("[data-testid=mentions]").await?;
    app.press(Key::Enter).await?;
    app.in_state("accepted", 1).await?;
    no_trace(app, "a message with a mention").await?;

    app.click("new-conversation").await?;
    app.click("kind-direct").await?;
    app.type_into("people-search", GIVEN).await?;
    app.see("found-person").await?;
    no_trace(app, "those who are found").await?;
    scene.picture("found").await?;
    app.press(Key::Escape).await?;
    app.press(Key::Escape).await?;
    finds_a_trace(app).await?;
    for one in named {
        let ended = AdminRequest::PersonEnd { person: one.person };
        server.administer(ended).await?;
    }
    Ok(())
}

fn given(number: usize) -> String {
    format!("{GIVEN}{number:04}")
}

/// Finds one of them, as one does before starting a conversation.
async fn find(device: &Device, number: usize, wanted: MembershipId) -> anyhow::Result<()> {
    device
        .until("the colleague is found", async |device| {
            let find = ApiRequest::Find {
                acting: device.who.membership,
                query: given(number),
                limit: 20,
            };
            let found: Found = device.ask(find).await?;
            let mut found = found.people.iter().map(|person| person.card.membership);
            Ok(found.any(|one| one == wanted))
        })
        .await
}

async fn add(scene: &Scene<'_>, all: &[String], number: usize) -> anyhow::Result<Clinician> {
    let server = scene.session.demo_server;
    let text = |at: usize| all[(number + at) % all.len()].clone();
    let login = format!("quirijn{number}@voorbeeld.example");
    let membership = NewMembership {
        organisation: server.filled.organisations[0],
        unit: None,
        name: Name {
            given: given(number),
            prefix: String::new(),
            family: text(0),
        },
        discipline: text(1),
        function: text(2),
        work_email: None,
    };
    let add = AdminRequest::PersonAdd {
        login: login.clone(),
        memberships: vec![membership],
    };
    Clinician::added(server.administer(add).await?, login, GIVEN)
}
