//! The server without HTTP: it decides, appends, and sends each device the events that it may see.
//!
//! It depends on a [`Store`], a [`Clock`] and a [`Random`] only: no threads, no timers, no sockets.
//! Driven by one task over the in-memory store, the same steps produce the same bytes; the simulation replays seeds
//! this way.
//!
//! * [`Writer::commit`] turns a batch of requests into one transaction ([`write`]).
//! * [`Writer::administer`] changes organisations and accounts ([`administer`]).
//! * [`Feed`] is the stream of one device: catching up, then live commits ([`read`]).
//! * [`Hub`] routes a commit to the streams that may see it, encoded once ([`read::hub`]).
//! * [`Core::history`] answers a range of one conversation ([`read::history`]).
//! * [`Core::begin_upload`] begins a file ([`uploads`]); [`Core::readable_attachment`] says who may open it.
//! * [`Core::mailing`] switches attention mail on: commands then leave marks, which jobs turn into letters ([`attention`]).
//! * [`Core::find`] finds people and teams ([`directory_search`]); [`Core::item`] shows an item and its conversations.
//!
//! *Invariant:* everything sent to a device goes through [`view::Viewer`], which asks `conversation::visibility`;
//! nothing else decides visibility. A conversation is opened by [`Core::history`] and the holes of a feed, and a file by
//! [`Core::readable_attachment`]: there the access log (A1) takes its entries.

pub mod administer;
pub(crate) mod attention;
pub mod check;
mod derived;
pub mod directory_search;
mod encode;
mod file_key;
pub(crate) mod frames;
mod organisations;
pub mod read;
mod sources;
mod states;
mod uploads;
mod urgent;
mod view;
pub mod write;

use std::sync::{Arc, PoisonError, RwLock};

use conversation::organisation::Directory;
use conversation::{ConversationId, Seq, Timestamp};
use protocol::commands::Receipt;
use trail::Digest;

use platform::{Clock, Random};

use crate::keys::{Secret, Vouching};
use crate::seal::{KeyRing, ServerRowKeys, TokenSeal, Unopened};
use crate::store::{ServerRow, Store, StoreError};

use crate::config::UrgentLimits;
use organisations::Organisations;
pub use read::{Delivery, Feed, FeedError, Hub, MOST_AT_ONCE, Opening, ReadableAttachment, StreamId};
pub use uploads::{NewUpload, UNNAMED_FOR, UploadError, Uploading};
pub use urgent::UrgentUser;
pub(crate) use write::REMEMBERED_FOR;
pub use write::{Actor, Committed, ConversationUpdate, Submission, Writer};

/// Why a request failed; nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}: the master key is another, or the database is damaged")]
    Unopened(#[from] Unopened),
    #[error("the database holds what this server did not write: {0}")]
    Broken(&'static str),
    #[error("the server was not initialised: run `sync-server init` first")]
    Uninitialised,
}

impl CoreError {
    /// Whether a stored row is not what this server wrote; other rows may be.
    pub fn is_of_a_row(&self) -> bool {
        matches!(
            self,
            CoreError::Store(StoreError::Broken { .. }) | CoreError::Unopened(_) | CoreError::Broken(_)
        )
    }
}

#[derive(Debug)]
pub struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) ring: KeyRing,
    pub(crate) vouching: Vouching,
    resume_seal: TokenSeal,
    /// As it is stored.
    server: ServerRow,
    pub(crate) epoch: u64,
    organisations: RwLock<Organisations>,
    /// The time after which something unread is mailed; `None` while mail is off.
    mail_delay: Option<i64>,
    /// How many urgent messages a person may send in an hour (M10).
    urgent_limits: UrgentLimits,
    /// The search index of people and teams; built on first use, and changed by what changes.
    found: RwLock<directory_search::Index>,
}

/// Binds the server's secret to its use, in a database whose rows are proved.
const SECRET: &[u8] = b"overleg/server-secret/2";

/// The same, as versions bound it that proved no rows.
const UNPROVED_SECRET: &[u8] = b"overleg/server-secret/1";

impl Core {
    /// Initialises the server in an empty store; does nothing if it is initialised.
    pub async fn create(
        store: &dyn Store,
        clock: &dyn Clock,
        random: &dyn Random,
        master: &Secret,
    ) -> Result<(), CoreError> {
        if store.server().await?.is_some() {
            return Ok(());
        }
        let now = clock.now();
        let secret = Secret::random(random);
        let row = ServerRow {
            id: platform::id(random, now),
            created_at: now,
            epoch: 1,
            secret: KeyRing::new(master).wrap(random, SECRET, &secret),
        };
        let tally = ServerRowKeys::first_tally(&secret, random, &row);
        Ok(store.create_server(&row, &tally).await?)
    }

    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        master: &Secret,
    ) -> Result<Core, CoreError> {
        let row = store.server().await?.ok_or(CoreError::Uninitialised)?;
        let ring = KeyRing::new(master);
        let (secret, adopted) = match ring.unwrap(SECRET, &row.secret) {
            Ok(secret) => (secret, None),
            Err(_) => {
                let secret = ring.unwrap(UNPROVED_SECRET, &row.secret)?;
                let adopted = ServerRow {
                    secret: ring.wrap(random.as_ref(), SECRET, &secret),
                    ..row.clone()
                };
                (secret, Some(adopted))
            }
        };
        if adopted.is_some() {
            tracing::warn!(
                "the database of an earlier version is adopted: its rows are proved as they stand"
            );
        }
        let keys = Arc::new(ServerRowKeys::new(&secret, Arc::clone(&random), &row));
        let server = adopted.clone().unwrap_or(row);
        store.use_keys(keys, adopted).await?;
        let core = Core {
            store,
            clock,
            random,
            ring,
            vouching: Vouching::new(&secret),
            resume_seal: TokenSeal::new(&secret.derived("overleg/resume/2")),
            epoch: server.epoch,
            server,
            organisations: RwLock::default(),
            mail_delay: None,
            urgent_limits: UrgentLimits::default(),
            found: RwLock::default(),
        };
        core.catch_up_organisations().await?;
        Ok(core)
    }

    /// Limits urgent messages other than by default.
    pub fn limiting_urgent(self, urgent_limits: UrgentLimits) -> Core {
        Core {
            urgent_limits,
            ..self
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The current state of all organisations.
    pub fn directory(&self) -> Arc<Directory> {
        self.with_organisations(|organisations| Arc::clone(&organisations.directory))
    }

    fn with_organisations<T>(&self, read: impl FnOnce(&Organisations) -> T) -> T {
        read(&self.organisations.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_organisations<T>(&self, change: impl FnOnce(&mut Organisations) -> T) -> T {
        change(&mut self.organisations.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The receipt of an event: the promise that it is at its place.
    fn receipt(
        &self,
        conversation: ConversationId,
        number: Seq,
        link: Digest,
        epoch: u64,
        at: Timestamp,
    ) -> Receipt {
        let mac = self.vouching.receipts.over(&[
            b"overleg/receipt/1",
            conversation.as_bytes(),
            &number.0.to_be_bytes(),
            &epoch.to_be_bytes(),
            &link.0,
        ]);
        Receipt {
            number,
            link,
            epoch,
            mac,
            at,
        }
    }
}
