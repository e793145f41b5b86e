//! The stage of the demo: its server, filled and running, and those who come to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use conversation::{OrganisationId, PersonId, TeamId};
use platform::SystemRandom;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse};
use sync_server::{Config, RunningServer, Server};

use super::chat::Log;
use super::fill::{Filled, fill};
use super::network::Known;
use super::people::CLINICIANS;
use super::source::{SourceSystem, register_all};
use crate::test_network::{Clinician, Device, DeviceClock, TestClock};

#[derive(Debug)]
pub struct DemoServer {
    folder: PathBuf,
    clock: TestClock,
    pub server: RunningServer,
    pub filled: Filled,
    /// The items that the source system registered: titles, and the addresses that open them.
    pub items: Vec<(String, String)>,
}

impl DemoServer {
    /// Fills a server in the folder and starts it. `progress` gets the number of messages so far.
    pub async fn set(
        folder: &Path,
        archive: &[Log],
        consults: &[Log],
        progress: impl FnMut(usize),
    ) -> anyhow::Result<DemoServer> {
        DemoServer::at(
            folder,
            archive,
            consults,
            TestClock::of_the_machine(),
            |_| {},
            progress,
        )
        .await
    }

    /// The same by this clock, and configured otherwise.
    pub async fn at(
        folder: &Path,
        archive: &[Log],
        consults: &[Log],
        clock: TestClock,
        configure: impl FnOnce(&mut Config),
        progress: impl FnMut(usize),
    ) -> anyhow::Result<DemoServer> {
        let data = folder.join("server");
        let filled = fill(&data, archive, consults, progress).await?;
        let mut config = Config::local(&data);
        // On a machine that builds there may be little room beside what is built.
        config.attachments.reserve = 64 * 1024 * 1024;
        configure(&mut config);
        let server = Server::start(config, Arc::new(clock.clone()), Arc::new(SystemRandom)).await?;
        let source = source_system(&server, filled.organisations[0]).await?;
        let items = register_all(&source).await?;
        Ok(DemoServer {
            folder: folder.to_owned(),
            clock,
            server,
            filled,
            items,
        })
    }

    /// The number of files of messages that lie at the server.
    pub fn attachment_files(&self) -> anyhow::Result<usize> {
        let folder = self.folder.join("server/attachments");
        let within = std::fs::read_dir(folder).into_iter().flatten();
        let mut files = 0;
        for entry in within {
            let path = entry?.path();
            files += if path.is_dir() {
                std::fs::read_dir(path)?.count()
            } else {
                0
            };
        }
        Ok(files)
    }

    /// A request by the operator on the server.
    pub async fn administer(&self, request: AdminRequest) -> anyhow::Result<AdminResponse> {
        Ok(self
            .server
            .admin()
            .administer(AdminActor::PROGRAM, request)
            .await?)
    }

    /// A new invitation for one of [`CLINICIANS`]: its code.
    pub async fn invite(&self, place: usize) -> anyhow::Result<String> {
        self.invite_person(self.filled.people[place].person).await
    }

    /// A new invitation for anybody: its code.
    pub async fn invite_person(&self, person: PersonId) -> anyhow::Result<String> {
        match self.administer(AdminRequest::PersonInvite { person }).await? {
            AdminResponse::Invited { invitation } => Ok(invitation.code.0),
            done => bail!("an invitation gave {done:?}"),
        }
    }

    /// One of [`CLINICIANS`], newly invited.
    pub async fn clinician(&self, place: usize) -> anyhow::Result<Clinician> {
        let (known, clinician) = (self.filled.people[place], CLINICIANS[place]);
        Ok(Clinician {
            person: known.person,
            membership: known.membership,
            login: clinician.login.to_owned(),
            given: clinician.given,
            code: self.invite(place).await?,
        })
    }

    /// Another device without a window for one of [`CLINICIANS`] who has a password already. A new invitation would end
    /// their other sessions.
    pub async fn another_device(&self, place: usize) -> anyhow::Result<Device> {
        let (known, clinician) = (self.filled.people[place], CLINICIANS[place]);
        let who = Clinician {
            person: known.person,
            membership: known.membership,
            login: clinician.login.to_owned(),
            given: clinician.given,
            code: String::new(),
        };
        self.device_of(who).await
    }

    /// A device without a window for one of [`CLINICIANS`], signed in and current.
    pub async fn device(&self, place: usize) -> anyhow::Result<Device> {
        self.device_of(self.clinician(place).await?).await
    }

    /// The same for somebody else that the server knows.
    pub async fn device_of(&self, who: Clinician) -> anyhow::Result<Device> {
        let (folder, clock) = (self.device_folder(&who)?, DeviceClock::new(self.clock.clone(), 0));
        Device::new(self.server.url(), who, folder, clock).await
    }

    /// A device at which nobody has signed in yet.
    pub async fn signed_out_device_of(&self, who: Clinician) -> anyhow::Result<Device> {
        let (folder, clock) = (self.device_folder(&who)?, DeviceClock::new(self.clock.clone(), 0));
        Ok(Device::signed_out(self.server.url(), who, folder, clock).await)
    }

    fn device_folder(&self, who: &Clinician) -> anyhow::Result<PathBuf> {
        let name = format!("device-{}-", who.given.to_lowercase());
        Ok(tempfile::Builder::new()
            .prefix(&name)
            .tempdir_in(&self.folder)?
            .keep())
    }

    /// Somebody of the organisation at that place in [`ORGANISATIONS`](super::people::ORGANISATIONS).
    pub async fn known(&self, organisation: usize, login: &str) -> anyhow::Result<Known> {
        let organisation = self.filled.organisations[organisation];
        let people = match self.administer(AdminRequest::PersonList { organisation }).await? {
            AdminResponse::People { people } => people,
            done => bail!("people gave {done:?}"),
        };
        let known = people.into_iter().find(|listed| listed.login == login);
        let known = known.with_context(|| format!("nobody there signs in with {login}"))?;
        Ok(Known {
            person: known.person,
            membership: known.membership,
        })
    }

    pub async fn team(&self, name: &str) -> anyhow::Result<TeamId> {
        let organisations = match self.administer(AdminRequest::OrganisationList).await? {
            AdminResponse::Organisations { organisations } => organisations,
            done => bail!("organisations gave {done:?}"),
        };
        let mut teams = organisations.iter().flat_map(|listed| &listed.teams);
        let team = teams.find(|(_, team)| team.name == name);
        Ok(*team.with_context(|| format!("there is no {name}"))?.0)
    }

    /// The address that opens the item of that title, as its source system got it.
    pub fn address(&self, title: &str) -> anyhow::Result<&str> {
        let item = self.items.iter().find(|(registered, _)| registered == title);
        let (_, address) = item.with_context(|| format!("no item is called {title}"))?;
        Ok(address)
    }
}

/// The quality system of an organisation, with the key that the operator made for it.
async fn source_system(server: &RunningServer, organisation: OrganisationId) -> anyhow::Result<SourceSystem> {
    let name = "Kwaliteitssysteem".to_owned();
    match server
        .admin()
        .administer(
            AdminActor::PROGRAM,
            AdminRequest::SourceAdd { organisation, name },
        )
        .await?
    {
        AdminResponse::Source { key, .. } => SourceSystem::new(&server.url(), key.0),
        done => bail!("a source system gave {done:?}"),
    }
}
