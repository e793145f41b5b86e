//! Three colleagues of one name: a user who chooses one by keyboard distinguishes them by function and place, in the list and once
//! more in the composer; and the chosen colleague gets the question, and nobody else.

use anyhow::{Context as _, bail, ensure};
use conversation::organisation::Name;
use conversation::{OrganisationId, UnitId};
use fantoccini::key::Key;
use sync_server::core::administer::{AdminRequest, AdminResponse, NewMembership};

use super::story_session::{Scene, called};
use crate::demo::demo_server::DemoServer;
use crate::test_network::{Clinician, Device};

const NAME: &str = "Emma Visser";
const WRITER: &str = "Anna van den Berg";
const QUESTION: &str = "Kun jij vrijdag de katheter van mevrouw L. wisselen?";
const SUBJECT: &str = "Ontslag mevr. L., katheter";
const TO_BOTH: &str = "Wie van jullie beiden maakt de overdracht?";

/// One of them: her organisation's place in the demo, and her difference from the others.
#[derive(Clone, Copy)]
struct Namesake {
    login: &'static str,
    organisation: usize,
    function: &'static str,
    place: &'static str,
    unit: &'static str,
}

/// The first two differ by their unit alone.
const NAMESAKES: [Namesake; 3] = [
    Namesake {
        login: "emma.oost@maasdal.example",
        organisation: 1,
        function: "Wijkverpleegkundige",
        place: "Thuiszorg Maasdal",
        unit: "Team Oost",
    },
    Namesake {
        login: "emma.west@maasdal.example",
        organisation: 1,
        function: "Wijkverpleegkundige",
        place: "Thuiszorg Maasdal",
        unit: "Wijk West",
    },
    Namesake {
        login: "emma@maasoever.example",
        organisation: 2,
        function: "Transferverpleegkundige",
        place: "Ziekenhuis Maasoever",
        unit: "Polikliniek Geriatrie",
    },
];
const EAST: usize = 0;
const WEST: usize = 1;
const HOSPITAL: usize = 2;

impl Namesake {
    fn where_she_works(&self) -> String {
        format!("{}, {}", self.place, self.unit)
    }

    /// Her difference from the others in the composer.
    fn apart(&self) -> String {
        format!("({}, {})", self.function, self.where_she_works())
    }
}

// W2, O6
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let mut devices = Vec::new();
    for namesake in NAMESAKES {
        let who = clinician(scene.session.demo_server, namesake).await?;
        devices.push(scene.session.demo_server.device_of(who).await?);
    }
    to_one(scene, &devices).await?;
    to_two(scene, &devices).await
}

/// The list distinguishes all three, the composer names the chosen one with function and place, and she alone gets the question.
async fn to_one(scene: &Scene<'_>, devices: &[Device]) -> anyhow::Result<()> {
    let app = scene.app;
    app.press(Key::Control + "n").await?;
    app.see("people-search").await?;
    app.press(NAME).await?;
    for namesake in NAMESAKES {
        app.see_with("found-person", &namesake.where_she_works()).await?;
        app.see_with("found-person", namesake.function).await?;
    }
    go_to(scene, WEST).await?;
    scene.picture("found").await?;
    app.press(Key::Enter).await?;
    let west = NAMESAKES[WEST];
    let chosen = format!("{}, {}", west.function, west.where_she_works());
    app.see_with("chosen-person", &chosen).await?;
    scene.picture("chosen").await?;
    app.press(Key::Enter).await?;
    app.see("composer").await?;
    app.see_with("destination", NAME).await?;
    app.see_with("namesake", &west.apart()).await?;
    app.press(QUESTION).await?;
    scene.picture("before-sending").await?;
    app.press(Key::Enter).await?;
    app.in_state("accepted", 1).await?;
    let consult = called(&devices[WEST], WRITER).await?;
    devices[WEST].sees(consult, &[QUESTION]).await?;
    for other in [EAST, HOSPITAL] {
        has_nothing(&devices[other]).await?;
    }
    Ok(())
}

/// Two of them in one group: the first message says which, and the third has nothing.
async fn to_two(scene: &Scene<'_>, devices: &[Device]) -> anyhow::Result<()> {
    let app = scene.app;
    let both = [EAST, HOSPITAL];
    app.press(Key::Control + "n").await?;
    app.click("kind-group").await?;
    app.type_into("wizard-subject", SUBJECT).await?;
    app.press(Key::Enter).await?;
    app.see("people-search").await?;
    for one in both {
        app.press(NAME).await?;
        go_to(scene, one).await?;
        app.press(Key::Enter).await?;
        app.see_with("chosen-person", &NAMESAKES[one].where_she_works())
            .await?;
    }
    app.press(Key::Enter).await?;
    app.see("composer").await?;
    for one in both {
        app.see_with("namesake", &NAMESAKES[one].apart()).await?;
    }
    app.press(TO_BOTH).await?;
    scene.picture("before-sending-to-two").await?;
    app.press(Key::Enter).await?;
    app.in_state("accepted", 1).await?;
    for one in both {
        let consult = called(&devices[one], SUBJECT).await?;
        devices[one].sees(consult, &[TO_BOTH]).await?;
    }
    devices[WEST].is_current_as_of_now().await?;
    let titles = devices[WEST].titles(Default::default()).await?;
    ensure!(
        titles == [WRITER],
        "a namesake who was not chosen takes part: {titles:?}"
    );
    Ok(())
}

/// Goes up or down the list until the keyboard is at her: a key that is pressed shows a little later, and the list may have changed.
async fn go_to(scene: &Scene<'_>, wanted: usize) -> anyhow::Result<()> {
    let app = scene.app;
    let place = NAMESAKES[wanted].where_she_works();
    app.see_with("found-person", &place).await?;
    let way = format!(
        "const found = [...document.querySelectorAll('[data-testid=found-person]')];
        const at = found.findIndex((one) => one.classList.contains('active'));
        const to = found.findIndex((one) => one.innerText.includes({}));
        return at < 0 || to < 0 ? null : to - at;",
        serde_json::to_string(&place)?
    );
    app.until(&format!("the keyboard is not at {place}"), async || {
        match app.script(&way).await?.as_i64() {
            Some(0) => return Ok(true),
            Some(1..) => app.press(Key::Down).await?,
            Some(_) => app.press(Key::Up).await?,
            None => {}
        }
        Ok(false)
    })
    .await
}

async fn has_nothing(device: &Device) -> anyhow::Result<()> {
    device.is_current_as_of_now().await?;
    let titles = device.titles(Default::default()).await?;
    ensure!(titles.is_empty(), "a namesake who was not chosen has {titles:?}");
    Ok(())
}

async fn clinician(server: &DemoServer, namesake: Namesake) -> anyhow::Result<Clinician> {
    let organisation = server.filled.organisations[namesake.organisation];
    let membership = NewMembership {
        organisation,
        unit: Some(unit(server, organisation, namesake.unit).await?),
        name: Name {
            given: "Emma".into(),
            prefix: String::new(),
            family: "Visser".into(),
        },
        discipline: "Verpleegkunde".into(),
        function: namesake.function.into(),
        work_email: None,
    };
    let login = namesake.login.to_owned();
    let add = AdminRequest::PersonAdd {
        login: login.clone(),
        memberships: vec![membership],
    };
    Clinician::added(server.administer(add).await?, login, "Emma")
}

async fn unit(server: &DemoServer, organisation: OrganisationId, name: &str) -> anyhow::Result<UnitId> {
    let organisations = match server.administer(AdminRequest::OrganisationList).await? {
        AdminResponse::Organisations { organisations } => organisations,
        done => bail!("organisations gave {done:?}"),
    };
    let listed = organisations.iter().find(|one| one.organisation == organisation);
    let mut units = listed.into_iter().flat_map(|one| &one.units);
    let unit = units.find(|(_, unit)| unit.name == name);
    Ok(*unit.with_context(|| format!("there is no {name}"))?.0)
}
