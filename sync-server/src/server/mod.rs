//! Server lifecycle: open the data directory, run, shut down.
//!
//! ```text
//!   Server::builder(config) ──start──► running ──stop──► draining ──► stopped
//!                                         │                 │
//!                                         └──── kill ───────┴──────► stopped
//! ```
//!
//! *Stopping* ends the streams, accepts no new requests, and lets those in progress finish, for at most `patience`
//! seconds; a *kill* waits for nothing. A vital task that ends by itself stops the server. The folder is locked while a
//! server or an operator's program uses it.

pub mod admin;
pub mod admin_mail;
pub(crate) mod files;
pub(crate) mod folder;
mod lifecycle;
mod listening;
#[cfg(feature = "test-support")]
mod mailing;
mod operations;
mod run;
pub(crate) mod socket;
mod socketless;
#[cfg(feature = "test-support")]
mod transfers;

use std::fs::File;
use std::sync::Arc;

pub use admin::{Admin, AdminError};
#[cfg(feature = "test-support")]
pub use mailing::Mailing;
pub use run::RunningServer;
pub use socketless::{SocketlessServer, Writing};
#[cfg(feature = "test-support")]
pub use transfers::Transfers;

use conversation::Timestamp;
use platform::{Clock, Random, SystemClock, SystemRandom};

use crate::config::Config;
use crate::core::{Core, CoreError};
use crate::keys::{self, MasterKeyError, Secret};
use crate::store::backend::Backend;
use crate::store::{Store, StoreError};

/// Why a server does not start, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("The folder `{0}` cannot be used ({1}). Check the path and who may write there.")]
    Folder(std::path::PathBuf, std::io::Error),
    #[error("Another server works on the folder `{0}`. Stop it first.")]
    Locked(std::path::PathBuf),
    #[error("The address {0} cannot be listened on ({1}). Is another program using it?")]
    Listen(std::net::SocketAddr, std::io::Error),
    #[error("TLS cannot be set up ({0}). Check that certificate and key are PEM files that belong together.")]
    Tls(std::io::Error),
    #[error(
        "The {what} `{}` is open to others than the server's user (mode {mode:04o}). Close it: chmod {mend:04o} {}",
        path.display(), folder::quoted(path)
    )]
    Open {
        what: &'static str,
        path: std::path::PathBuf,
        mode: u32,
        mend: u32,
    },
    #[error(
        "The master key `{}` is {} and there is no database yet: an `init` was interrupted before this version. Remove it and run `init` \
         again: rm {}", path.display(), if *empty { "empty" } else { "no key" }, folder::quoted(path)
    )]
    MasterKeyUnfinished { path: std::path::PathBuf, empty: bool },
    #[error("{0}")]
    MasterKey(#[from] MasterKeyError),
    #[error(
        "There is no master key at `{0}`, but there is a database. Restore the key from its backup; without it nothing can be read."
    )]
    MasterKeyMissing(std::path::PathBuf),
    #[error("{0}")]
    Config(#[from] crate::config::ConfigError),
    #[error("The bucket of files cannot be used: {0}.")]
    Bucket(#[from] crate::files::BucketError),
    #[error("{0}")]
    Mail(#[from] crate::mail::MailError),
    #[error("{0}")]
    CoreError(#[from] CoreError),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> StartError {
        StartError::CoreError(error.into())
    }
}

/// A server that is not yet running.
#[derive(Debug)]
pub struct Server {
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    initialise: bool,
}

impl Server {
    /// Uses the machine's clock and random numbers, on an initialised folder.
    pub fn builder(config: Config) -> Server {
        Server {
            config,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            initialise: false,
        }
    }

    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Server {
        self.clock = clock;
        self
    }

    pub fn random(mut self, random: Arc<dyn Random>) -> Server {
        self.random = random;
        self
    }

    /// Creates folder, master key and database if they are absent.
    pub fn initialise(mut self) -> Server {
        self.initialise = true;
        self
    }

    /// Opens the folder and serves it; creates it first if it is absent.
    pub async fn start(
        config: Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<RunningServer, StartError> {
        Server::builder(config)
            .clock(clock)
            .random(random)
            .initialise()
            .run()
            .await
    }

    pub async fn run(self) -> Result<RunningServer, StartError> {
        self.config.check()?;
        let opened = self.open().await?;
        RunningServer::start(self.config, opened).await
    }

    /// Opens the core without HTTP, for the operator's programs while no server runs.
    pub async fn open(&self) -> Result<Opened, StartError> {
        let Server {
            config,
            clock,
            random,
            initialise,
        } = self;
        let failed = |error| StartError::Folder(config.data.clone(), error);
        if *initialise {
            folder::create(&config.data).map_err(failed)?;
        }
        folder::check(&config.data)?;
        let lock = folder::lock(&config.data)?;
        let key_file = config.master_key_file();
        folder::check_key(&key_file)?;
        let database = config.database_file();
        // An interrupted `init` leaves an empty file.
        let new = std::fs::metadata(&database).map_or(0, |file| file.len()) == 0;
        let master = match keys::read_master_key(&key_file) {
            Err(MasterKeyError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                if !new {
                    return Err(StartError::MasterKeyMissing(key_file));
                }
                if !*initialise {
                    return Err(CoreError::Uninitialised.into());
                }
                keys::create_master_key(&key_file, random.as_ref())?
            }
            Err(error @ (MasterKeyError::Empty | MasterKeyError::Damaged)) if new => {
                let empty = matches!(error, MasterKeyError::Empty);
                return Err(StartError::MasterKeyUnfinished {
                    path: key_file,
                    empty,
                });
            }
            read => read?,
        };
        if new {
            if !*initialise {
                return Err(CoreError::Uninitialised.into());
            }
            folder::create_database(&database).map_err(failed)?;
        }
        let store = Backend::embedded(&database).open().await?;
        if *initialise {
            Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master).await?;
        }
        let (clock, random) = (Arc::clone(clock), Arc::clone(random));
        Opened::new(store, clock, random, &master, config, Some(lock)).await
    }
}

/// An open core with its store and the lock of its folder.
#[derive(Debug)]
pub struct Opened {
    pub core: Arc<Core>,
    store: Arc<dyn Store>,
    /// Held while the folder is in use.
    lock: Option<Held>,
}

/// The folder's lock, released explicitly on drop: a child process that is just being started shares all open files for
/// a moment, and would keep the lock if the file were only closed.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // A failed unlock is released when the process ends.
        let _let_go = self.0.unlock();
    }
}

impl Opened {
    async fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        master: &Secret,
        config: &Config,
        lock: Option<File>,
    ) -> Result<Opened, StartError> {
        let core = Core::open(Arc::clone(&store), clock, random, master).await?;
        let core = core.limiting_urgent(config.urgent.clone());
        let core = match &config.mail {
            Some(mail) => core.mailing(i64::from(mail.after_seconds) * Timestamp::SECOND),
            None => core,
        };
        Ok(Opened {
            core: Arc::new(core),
            store,
            lock: lock.map(Held),
        })
    }

    pub async fn close(self) {
        self.store.close().await;
        drop(self.lock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // I5
    #[tokio::test]
    async fn a_folder_that_is_let_go_is_free_also_while_a_program_is_being_started() {
        let folder = std::env::temp_dir().join(format!("overleg-let-go-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let server = Server::builder(Config::local(folder.clone())).initialise();
        let opened = server.open().await.unwrap();
        assert!(matches!(server.open().await, Err(StartError::Locked(_))));
        // Shared as with a child process between fork and exec.
        let started = opened.lock.as_ref().unwrap().0.try_clone().unwrap();
        opened.close().await;
        let again = server.open().await;
        assert!(again.is_ok(), "{again:?}");
        again.unwrap().close().await;
        drop(started);
        let _ = std::fs::remove_dir_all(&folder);
    }
}
