//! The people who use the development server: the network, the consults and the items of the demo, and an engine for each
//! person who is named in a request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use conversation::{MembershipId, OrganisationId, PersonId, TeamId, Timestamp};
use platform::Clock as _;
use serde::Serialize;
use sync_server::config::tuning::PasswordCost;
use sync_server::core::administer::{AdminRequest, AdminResponse, ListedPerson};
use tokio::sync::{OnceCell, watch};

use super::browser_shell::BrowserShell;
use crate::demo::consults;
use crate::demo::demo_server::DemoServer;
use crate::demo::people::{CLINICIANS, Clinician as Described, at};
use crate::test_network::{Clinician, Device, PASSWORD, TestClock};

/// Those who are signed in besides [`CLINICIANS`]: a hospital and mental health care take part, too.
const OTHERS: [Described; 3] = [
    at(2, "Hanneke", "hanneke@maasoever.example"),
    at(2, "Noor", "noor@maasoever.example"),
    at(3, "Mira", "mira@debrug.example"),
];

/// Somebody whose device nobody has signed in at.
const NEW: Described = at(0, "Femke", "femke@debeuk.example");

/// Somebody's place at the development server.
#[derive(Debug)]
pub(super) struct Seat {
    who: Clinician,
    name: String,
    signed_in: bool,
    device: OnceCell<Device>,
    pub(super) shell: BrowserShell,
}

#[derive(Debug)]
pub(super) struct World {
    // Dropped first: devices close their caches before the folder goes.
    seats: BTreeMap<String, Arc<Seat>>,
    demo: DemoServer,
    clock: TestClock,
    teams: BTreeMap<String, TeamId>,
    /// Dropped with the world: streams of events end then.
    alive: watch::Sender<()>,
    folder: tempfile::TempDir,
}

/// The names and ids that a test needs before it asks an engine.
#[derive(Debug, Serialize)]
pub(super) struct WorldView {
    now: Timestamp,
    /// The address of the sync-server.
    server: String,
    /// The password of all who are signed in.
    password: &'static str,
    people: BTreeMap<String, PersonView>,
    /// By name.
    organisations: BTreeMap<String, OrganisationId>,
    /// By name.
    teams: BTreeMap<String, TeamId>,
    /// The addresses that open them, by title.
    items: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct PersonView {
    person: PersonId,
    membership: MembershipId,
    login: String,
    name: String,
    signed_in: bool,
}

impl World {
    pub(super) async fn new(now: Option<Timestamp>) -> anyhow::Result<World> {
        let folder = tempfile::Builder::new().prefix("overleg-dev-api").tempdir()?;
        let clock = now.map_or_else(TestClock::of_the_machine, TestClock::at);
        let consults = consults::read(clock.now());
        let demo = DemoServer::at(
            folder.path(),
            &[],
            &consults,
            clock.clone(),
            |config| {
                config.patience = 1;
                let tuning = config.tuning();
                tuning.password_cost = PasswordCost::LIGHT;
                // A short heartbeat reports soon how far everyone is.
                tuning.heartbeat = Duration::from_millis(300);
            },
            |_| {},
        )
        .await?;
        let mut seats = BTreeMap::new();
        for (place, organisation) in demo.filled.organisations.iter().enumerate() {
            let listed = people_of(&demo, *organisation).await?;
            for described in CLINICIANS.iter().chain(&OTHERS).chain([&NEW]) {
                if described.organisation == place {
                    let seat = Seat::of(described, &listed)?;
                    seats.insert(described.given.to_lowercase(), Arc::new(seat));
                }
            }
        }
        let teams = teams_of(&demo).await?;
        Ok(World {
            seats,
            demo,
            clock,
            teams,
            alive: watch::Sender::new(()),
            folder,
        })
    }

    pub(super) fn view(&self) -> anyhow::Result<WorldView> {
        let person = |seat: &Seat| PersonView {
            person: seat.who.person,
            membership: seat.who.membership,
            login: seat.who.login.clone(),
            name: seat.name.clone(),
            signed_in: seat.signed_in,
        };
        let organisations = crate::demo::people::ORGANISATIONS.iter();
        let organisations = organisations.zip(&self.demo.filled.organisations);
        Ok(WorldView {
            now: self.clock.now(),
            server: self.demo.server.url(),
            password: PASSWORD,
            people: self
                .seats
                .iter()
                .map(|(key, seat)| (key.clone(), person(seat)))
                .collect(),
            organisations: organisations
                .map(|(one, id)| (one.name.to_owned(), *id))
                .collect(),
            teams: self.teams.clone(),
            items: self.demo.items.iter().cloned().collect(),
        })
    }

    pub(super) fn names(&self) -> Vec<(String, String)> {
        let all = self.seats.iter();
        all.map(|(key, seat)| (key.clone(), seat.name.clone())).collect()
    }

    pub(super) fn seat(&self, person: &str) -> Option<Arc<Seat>> {
        self.seats.get(person).cloned()
    }

    /// The engine of a person, which is opened and signed in when it is first asked for.
    pub(super) async fn device<'a>(&self, seat: &'a Seat) -> anyhow::Result<&'a Device> {
        let begin = async || {
            let mut who = seat.who.clone();
            if !seat.signed_in {
                return self.demo.signed_out_device_of(who).await;
            }
            who.code = self.demo.invite_person(who.person).await?;
            self.demo.device_of(who).await
        };
        seat.device.get_or_try_init(begin).await
    }

    /// Is gone when the world is.
    pub(super) fn alive(&self) -> &watch::Sender<()> {
        &self.alive
    }

    /// Whether the clock could be advanced: the machine's cannot.
    pub(super) fn advance(&self, milliseconds: i64) -> bool {
        self.clock.advance(milliseconds)
    }

    pub(super) async fn administer(&self, request: AdminRequest) -> anyhow::Result<AdminResponse> {
        self.demo.administer(request).await
    }

    pub(super) async fn end(self) -> anyhow::Result<()> {
        drop(self.alive);
        drop(self.seats);
        self.demo.server.stop().await;
        Ok(self.folder.close()?)
    }
}

impl Seat {
    fn of(described: &Described, listed: &[ListedPerson]) -> anyhow::Result<Seat> {
        let known = listed.iter().find(|one| one.login == described.login);
        let known = known.with_context(|| format!("{} is not in the files", described.given))?;
        Ok(Seat {
            who: Clinician {
                person: known.person,
                membership: known.membership,
                login: described.login.to_owned(),
                given: described.given,
                code: String::new(),
            },
            name: known.name.clone(),
            signed_in: described.login != NEW.login,
            device: OnceCell::new(),
            shell: BrowserShell::new(),
        })
    }
}

async fn people_of(demo: &DemoServer, organisation: OrganisationId) -> anyhow::Result<Vec<ListedPerson>> {
    match demo.administer(AdminRequest::PersonList { organisation }).await? {
        AdminResponse::People { people } => Ok(people),
        done => bail!("people gave {done:?}"),
    }
}

async fn teams_of(demo: &DemoServer) -> anyhow::Result<BTreeMap<String, TeamId>> {
    match demo.administer(AdminRequest::OrganisationList).await? {
        AdminResponse::Organisations { organisations } => Ok(organisations
            .into_iter()
            .flat_map(|listed| listed.teams)
            .map(|(id, team)| (team.name, id))
            .collect()),
        done => bail!("organisations gave {done:?}"),
    }
}
