//! A server and the clinicians of two organisations, each with devices of their own.
//!
//! Nothing is simulated but time and the network's absence: the server listens on a port, the engines speak HTTP to it
//! and keep encrypted caches in folders of their own.

mod device;
mod files;
mod mailbox;
mod plug;
mod time;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use conversation::organisation::{ItemContent, Name, Permission};
use conversation::{ItemId, MembershipId, NetworkId, OrganisationId, PersonId, TeamId};
use sync_server::config::MailConfig;
use sync_server::config::tuning::PasswordCost;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, NewMembership, Right};
use sync_server::server::admin::FilesRequest;
use sync_server::{Config, RunningServer, Server};

use platform::SeededRandom;

use crate::consent::agreements;
use crate::program::{self, Program};
use crate::secrecy;

pub use device::Device;
pub use files::png;
pub use mailbox::{Mail, Mailbox};
pub use time::{DeviceClock, TestClock};

/// Someone with one membership, and the invitation they got.
#[derive(Clone, Debug)]
pub struct Clinician {
    pub person: PersonId,
    pub membership: MembershipId,
    pub login: String,
    pub given: &'static str,
    pub(crate) code: String,
}

impl Clinician {
    /// The person that a request added, with the first of their memberships.
    pub(crate) fn added(
        done: AdminResponse,
        login: String,
        given: &'static str,
    ) -> anyhow::Result<Clinician> {
        match done {
            AdminResponse::Person {
                person,
                memberships,
                invitation,
            } => Ok(Clinician {
                person,
                membership: memberships[0],
                login,
                given,
                code: invitation.code.0,
            }),
            done => bail!("a person gave {done:?}"),
        }
    }
}

/// The password of everyone in the stories.
pub const PASSWORD: &str = "vier woorden zijn genoeg";

/// The other programs that a server is set up to use.
#[derive(Debug, Default)]
struct Around {
    /// The socket of a virus scanner.
    scanner: Option<String>,
    mail: Option<MailConfig>,
}

#[derive(Debug)]
pub struct TestNetwork {
    pub clock: TestClock,
    folder: tempfile::TempDir,
    server: Option<RunningServer>,
    program: Option<Program>,
    port: u16,
    around: Around,
    pub practice: OrganisationId,
    pub home_care: OrganisationId,
    pub network: NetworkId,
}

impl TestNetwork {
    /// Huisartsenpraktijk De Beuk and Thuiszorg Maasdal, which share a network.
    pub async fn new() -> anyhow::Result<TestNetwork> {
        TestNetwork::at(TestClock::new()).await
    }

    /// The same, by this clock.
    pub async fn at(clock: TestClock) -> anyhow::Result<TestNetwork> {
        TestNetwork::set_up(clock, Around::default()).await
    }

    /// The same, whose server asks the virus scanner at a socket about each file.
    pub async fn scanning(socket: String) -> anyhow::Result<TestNetwork> {
        let scanner = Some(socket);
        let around = Around {
            scanner,
            ..Around::default()
        };
        TestNetwork::set_up(TestClock::new(), around).await
    }

    /// The same, whose server mails what was unread for half a minute.
    pub async fn mailing(mailbox: &Mailbox) -> anyhow::Result<TestNetwork> {
        let mail = Some(mailbox.config()?);
        let around = Around {
            mail,
            ..Around::default()
        };
        TestNetwork::set_up(TestClock::new(), around).await
    }

    async fn set_up(clock: TestClock, around: Around) -> anyhow::Result<TestNetwork> {
        secrecy::listen();
        let folder = tempfile::Builder::new().prefix("overleg-world").tempdir()?;
        let data = folder.path().join("server");
        let server = start(data, &clock, program::free_port()?, &around).await?;
        let nobody = OrganisationId(uuid::Uuid::nil());
        let mut world = TestNetwork {
            port: server.address().port(),
            around,
            clock,
            folder,
            server: Some(server),
            program: None,
            practice: nobody,
            home_care: nobody,
            network: NetworkId(uuid::Uuid::nil()),
        };
        world.practice = world.organisation("Huisartsenpraktijk De Beuk").await?;
        world.home_care = world.organisation("Thuiszorg Maasdal").await?;
        world.network = NetworkId(uuid::Uuid::from_u128(1));
        world.share(&[world.practice, world.home_care]).await?;
        Ok(world)
    }

    pub async fn organisation(&self, name: &str) -> anyhow::Result<OrganisationId> {
        match self
            .administer(AdminRequest::OrganisationAdd { name: name.into() })
            .await?
        {
            AdminResponse::Organisation { organisation, .. } => Ok(organisation),
            done => bail!("an organisation gave {done:?}"),
        }
    }

    /// Makes another organisation find and be found by those of the network.
    pub async fn join(&self, organisation: OrganisationId) -> anyhow::Result<()> {
        self.share(&[self.practice, self.home_care, organisation]).await
    }

    /// Their administrators agree to share the network.
    async fn share(&self, organisations: &[OrganisationId]) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for (place, organisation) in organisations.iter().enumerate() {
            let request = AdminRequest::PersonAdd {
                login: format!("beheer{place}-{}@voorbeeld.example", organisations.len()),
                memberships: vec![membership("Beheer", *organisation)],
            };
            match self.administer(request).await? {
                AdminResponse::Person { memberships, .. } => all.push((*organisation, memberships[0])),
                done => bail!("a person gave {done:?}"),
            }
        }
        for request in agreements(self.network, &all) {
            self.administer(request).await?;
        }
        Ok(())
    }

    /// A request by the operator on the server.
    pub async fn administer(&self, request: AdminRequest) -> anyhow::Result<AdminResponse> {
        let server = self.server.as_ref().context("the server is down")?;
        Ok(server.admin().administer(AdminActor::PROGRAM, request).await?)
    }

    /// Has the scanner look at all files that it has not answered for.
    pub async fn scan(&self) -> anyhow::Result<()> {
        let server = self.server.as_ref().context("the server is down")?;
        server.admin().attachments(FilesRequest::Scan).await?;
        Ok(())
    }

    /// Someone of an organisation, invited and not yet signed in.
    pub async fn clinician(
        &self,
        given: &'static str,
        organisation: OrganisationId,
    ) -> anyhow::Result<Clinician> {
        let login = format!("{}@voorbeeld.example", given.to_lowercase());
        let memberships = vec![membership(given, organisation)];
        secrecy::keep_secret(&login);
        secrecy::keep_secret(&memberships[0].name.full());
        let add = AdminRequest::PersonAdd {
            login: login.clone(),
            memberships,
        };
        Clinician::added(self.administer(add).await?, login, given)
    }

    /// A team of home care's.
    pub async fn team(&self, name: &str, members: &[&Clinician]) -> anyhow::Result<TeamId> {
        let request = AdminRequest::TeamAdd {
            organisation: self.home_care,
            unit: None,
            name: name.into(),
        };
        let team = match self.administer(request).await? {
            AdminResponse::Team { team } => team,
            done => bail!("a team gave {done:?}"),
        };
        for member in members {
            self.joins_team(member, team).await?;
        }
        Ok(team)
    }

    pub async fn joins_team(&self, who: &Clinician, team: TeamId) -> anyhow::Result<()> {
        let membership = who.membership;
        self.administer(AdminRequest::TeamJoin { team, membership })
            .await
            .map(|_| ())
    }

    pub async fn leaves_team(&self, who: &Clinician, team: TeamId) -> anyhow::Result<()> {
        let membership = who.membership;
        self.administer(AdminRequest::TeamLeave { team, membership })
            .await
            .map(|_| ())
    }

    /// A report of home care's that conversations can be about.
    pub async fn item(&self, title: &str) -> anyhow::Result<ItemId> {
        secrecy::keep_secret(title);
        let request = AdminRequest::ItemAdd {
            organisation: self.home_care,
            unit: None,
            item_type: "melding".into(),
            content: ItemContent {
                title: title.into(),
                ..ItemContent::default()
            },
            item: None,
        };
        match self.administer(request).await? {
            AdminResponse::Item { item } => Ok(item),
            done => bail!("an item gave {done:?}"),
        }
    }

    pub async fn grant(&self, who: &Clinician, permission: Permission) -> anyhow::Result<()> {
        let right = Right {
            membership: who.membership,
            unit: None,
            item_type: "melding".into(),
            permission,
        };
        self.administer(AdminRequest::Grant(right)).await.map(|_| ())
    }

    pub async fn revoke(&self, who: &Clinician, permission: Permission) -> anyhow::Result<()> {
        let right = Right {
            membership: who.membership,
            unit: None,
            item_type: "melding".into(),
            permission,
        };
        self.administer(AdminRequest::Revoke(right)).await.map(|_| ())
    }

    /// A new device of someone's, signed in: by their invitation, or by their password once they have one.
    pub async fn device(&self, who: &Clinician, name: &str) -> anyhow::Result<Device> {
        self.device_ahead(who, name, 0).await
    }

    /// The same, whose clock is ahead of the server's by so many milliseconds, or behind.
    pub async fn device_ahead(&self, who: &Clinician, name: &str, ahead: i64) -> anyhow::Result<Device> {
        let folder = self.folder.path().join(format!("{}-{name}", who.given));
        let clock = DeviceClock::new(self.clock.clone(), ahead);
        Device::new(self.url(), who.clone(), folder, clock).await
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The server's data folder.
    pub fn server_folder(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    /// Stops the server; devices lose their connection.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Ends the server as a power cut would: nothing is finished.
    pub async fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill().await;
        }
    }

    /// Starts it again where it was, as a program of its own. Its clock is the machine's.
    pub async fn start_program(&mut self) -> anyhow::Result<()> {
        let (folder, port) = (self.server_folder(), self.port);
        self.program = Some(once_it_is_free(async || Program::server(&folder, port).await).await?);
        Ok(())
    }

    /// The process of that program.
    pub fn program_id(&self) -> anyhow::Result<u32> {
        Ok(self.program.as_ref().context("no program runs")?.id())
    }

    /// Ends that program with SIGKILL.
    pub fn kill_program(&mut self) -> anyhow::Result<()> {
        self.program.take().context("no program runs")?.kill()
    }

    /// Whether every log of a server that is down is whole, as its own command says.
    pub fn check(&self) -> anyhow::Result<()> {
        program::check(&self.server_folder())
    }

    /// Another Overleg server, with keys and people of its own, where this one was, which is down.
    pub async fn another_in_its_place(&self) -> anyhow::Result<RunningServer> {
        start(
            self.folder.path().join("another"),
            &self.clock,
            self.port,
            &self.around,
        )
        .await
    }

    /// Starts it again where it was.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let (folder, port) = (self.server_folder(), self.port);
        let begin = async || start(folder.clone(), &self.clock, port, &self.around).await;
        self.server = Some(once_it_is_free(begin).await?);
        Ok(())
    }
}

/// Starts a server where one was. A program that another test is just starting has all files of this process for a moment,
/// also the one by which the server that is no more was listening.
async fn once_it_is_free<T>(start: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<T> {
    for _ in 0..200 {
        if let Ok(started) = start().await {
            return Ok(started);
        }
        // tidy: waits because the other program gives no signal when it is ready.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    start().await
}

async fn start(
    folder: PathBuf,
    clock: &TestClock,
    port: u16,
    around: &Around,
) -> anyhow::Result<RunningServer> {
    let mut config = Config::local(folder);
    config.attachments.scanner.clone_from(&around.scanner);
    if around.mail.is_some() {
        // The address that the links of a mail lead to.
        config.url = Some("https://overleg.voorbeeld.example".to_owned());
        config.mail.clone_from(&around.mail);
    }
    // A test says by itself when a disk is full.
    config.attachments.reserve = 0;
    config.listen.set_port(port);
    config.tuning().password_cost = PasswordCost::LIGHT;
    config.patience = 1;
    // A short heartbeat reports soon how far everyone is.
    config.tuning().heartbeat = std::time::Duration::from_millis(300);
    // Each start has other random numbers: one that went on with those of before would make the same ids again.
    static STARTED: AtomicU64 = AtomicU64::new(1);
    let seed = u64::from(port) + (1 + STARTED.fetch_add(1, Ordering::Relaxed)) * 100_000;
    Ok(Server::start(config, Arc::new(clock.clone()), Arc::new(SeededRandom::new(seed))).await?)
}

fn membership(given: &str, organisation: OrganisationId) -> NewMembership {
    NewMembership {
        organisation,
        unit: None,
        name: Name {
            given: given.into(),
            prefix: String::new(),
            family: "de Wit".into(),
        },
        discipline: "Verpleegkunde".into(),
        function: "Wijkverpleegkundige".into(),
        work_email: None,
    }
}
