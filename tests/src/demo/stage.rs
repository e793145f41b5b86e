//! The stage of the demo: its server, filled and running, and those who come to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use conversation::OrganisationId;
use sync_server::core::administer::{Administer, Done};
use sync_server::{Config, RunningServer, Server, SystemClock, SystemRandom};

use super::chat::Log;
use super::fill::{Filled, fill};
use super::people::CLINICIANS;
use super::source::{SourceSystem, register_all};
use crate::world::{Clinician, Device, TestClock};

#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    pub server: RunningServer,
    pub filled: Filled,
    /// What the source system registered: titles, and the addresses that open them.
    pub items: Vec<(String, String)>,
}

impl Stage {
    /// Fills a server in the folder and starts it. `progress` is told how many messages stand.
    pub async fn set(folder: &Path, logs: &[Log], progress: impl FnMut(usize)) -> anyhow::Result<Stage> {
        let data = folder.join("server");
        let filled = fill(&data, logs, progress).await?;
        let config = Config::local(&data);
        let server = Server::start(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
        let source = source_system(&server, filled.organisations[0]).await?;
        let items = register_all(&source).await?;
        Ok(Stage {
            folder: folder.to_owned(),
            server,
            filled,
            items,
        })
    }

    /// A new invitation for one of [`CLINICIANS`]: its code.
    pub async fn invite(&self, place: usize) -> anyhow::Result<String> {
        let person = self.filled.people[place].person;
        match self
            .server
            .admin()
            .administer(Administer::PersonInvite { person })
            .await?
        {
            Done::Invited { invitation } => Ok(invitation.code.0),
            done => bail!("an invitation gave {done:?}"),
        }
    }

    /// A device without a window for one of [`CLINICIANS`], signed in and current.
    pub async fn device(&self, place: usize) -> anyhow::Result<Device> {
        let (known, clinician) = (self.filled.people[place], CLINICIANS[place]);
        let who = Clinician {
            person: known.person,
            membership: known.membership,
            login: clinician.login.to_owned(),
            given: clinician.given,
            code: self.invite(place).await?,
        };
        let folder = self
            .folder
            .join(format!("device-{}", clinician.given.to_lowercase()));
        Device::new(self.server.url(), who, folder, TestClock::of_the_machine()).await
    }
}

/// The quality system of an organisation, with the key that the operator made for it.
async fn source_system(server: &RunningServer, organisation: OrganisationId) -> anyhow::Result<SourceSystem> {
    let name = "Kwaliteitssysteem".to_owned();
    match server
        .admin()
        .administer(Administer::SourceAdd { organisation, name })
        .await?
    {
        Done::Source { key, .. } => SourceSystem::new(&server.url(), key.0),
        done => bail!("a source system gave {done:?}"),
    }
}
