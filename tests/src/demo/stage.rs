//! The stage of the demo: its server, filled and running, and those who come to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use sync_server::core::administer::{Administer, Done};
use sync_server::{Config, RunningServer, Server, SystemClock, SystemRandom};

use super::chat::Log;
use super::fill::{Filled, fill};
use super::people::CLINICIANS;
use crate::world::{Clinician, Device, TestClock};

#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    pub server: RunningServer,
    pub filled: Filled,
}

impl Stage {
    /// Fills a server in the folder and starts it. `progress` is told how many messages stand.
    pub async fn set(folder: &Path, logs: &[Log], progress: impl FnMut(usize)) -> anyhow::Result<Stage> {
        let data = folder.join("server");
        let filled = fill(&data, logs, progress).await?;
        let config = Config::local(&data);
        let server = Server::start(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
        Ok(Stage {
            folder: folder.to_owned(),
            server,
            filled,
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
