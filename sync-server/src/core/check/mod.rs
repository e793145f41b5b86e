//! `sync-server check`: verifies that the stored trail is the one that this server wrote, all of it.
//!
//! All is read at one moment, while the server goes on. Each entry is opened, compared with its commitments, verified along
//! the chain and by its MAC; each head must be at the end of its log. The state of a conversation, and every row that is
//! derived from its log, is made anew from the log and compared ([`conversations`]). Accounts, invitations, sessions, source
//! systems and aliases are compared with their MACs and with the tally, and so is the number of all events. A finding names
//! the log or the row and the number, never content.
//!
//! It does not prove what the holder of the master key can forge, nor that the database is not, as a whole, that of an
//! earlier moment. Read markers, personal settings, answers to commands that became no event, and jobs are no part of the
//! trail.

mod conversations;
mod organisations;
mod places;

use std::collections::HashMap;
use std::sync::Arc;

use conversation::Seq;
use conversation::organisation::Directory;
use serde::{Deserialize, Serialize};
use trail::{Broken, Commitments, Digest, Follower, Salt, commit};
use uuid::Uuid;

use super::{Core, CoreError};
use crate::seal::{DataKey, Part, Unopened};
use crate::store::integrity::Tally;
use crate::store::{Counts, KeyId, RowFault, Snapshot, StoreError};
use places::Offsets;

const AT_ONCE: u32 = 500;
/// Opened keys that are remembered.
const MOST_KEYS: usize = 1_000;

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub conversations: u64,
    pub organisations: u64,
    pub entries: u64,
    pub found: Vec<Finding>,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The conversation or organisation; the server's id for what belongs to none.
    pub log: Uuid,
    pub what: String,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckProgress {
    pub entries: u64,
    /// Of so many.
    pub of: u64,
}

/// One entry as stored.
struct Entry<'a> {
    scope: &'a Uuid,
    number: Seq,
    version: u8,
    header: &'a str,
    header_salt: &'a Salt,
    content: (&'a [u8], &'a Digest),
    audit: (&'a [u8], &'a Digest),
    link: &'a Digest,
    key: KeyId,
    /// Whether its MAC is right.
    genuine: bool,
}

/// The parts of an entry that was found to be whole.
struct Verified {
    content: String,
    body: Digest,
}

/// A fault of a log, or a failure to read on.
enum Fault {
    Found(String),
    Failed(CoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Broken { table, column } => Fault::Found(unreadable(table, column)),
            other => Fault::Failed(other.into()),
        }
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Fault {
        Fault::Found(broken.to_string())
    }
}

fn unreadable(table: &str, column: &str) -> String {
    format!("a row of {table} cannot be read: {column}")
}

struct Check<'a> {
    core: &'a Core,
    snapshot: Box<dyn Snapshot>,
    directory: Arc<Directory>,
    checked: Checked,
    tally: Option<Tally>,
    /// Rows that belong to a conversation.
    counted: Counts,
    offsets: Offsets,
    keys: HashMap<KeyId, Option<Arc<DataKey>>>,
    of: u64,
    progress: &'a (dyn Fn(CheckProgress) + Send + Sync),
}

impl Core {
    /// Verifies all logs; reports how far it is every few hundred entries.
    pub async fn check(
        &self,
        progress: &(dyn Fn(CheckProgress) + Send + Sync),
    ) -> Result<Checked, CoreError> {
        let mut snapshot = self.store.snapshot().await?;
        let tally = match snapshot.tally().await {
            Err(StoreError::Broken { .. }) => None,
            tally => tally?,
        };
        let counts = snapshot.counts().await?;
        let written = tally.as_ref().map(|tally| tally.organisation_events);
        let unchanged = match self.store.server().await {
            Err(StoreError::Broken { .. }) => false,
            server => server?.as_ref() == Some(&self.server),
        };
        let mut check = Check {
            core: self,
            snapshot,
            directory: self.directory(),
            checked: Checked::default(),
            tally,
            counted: Counts::default(),
            offsets: Offsets::default(),
            keys: HashMap::new(),
            of: counts.events + written.unwrap_or_default(),
            progress,
        };
        if !unchanged {
            check.find(
                self.server.id,
                "the server's own row is another than at its start",
            );
        }
        check.organisations().await?;
        check.conversations().await?;
        check.keys().await?;
        check.totals(counts);
        check.rows().await?;
        Ok(check.checked)
    }
}

impl Check<'_> {
    fn find(&mut self, log: Uuid, what: impl Into<String>) {
        let what = what.into();
        self.checked.found.push(Finding { log, what });
    }

    fn count_entry(&mut self) {
        self.checked.entries += 1;
        if self.checked.entries.is_multiple_of(u64::from(AT_ONCE)) {
            (self.progress)(CheckProgress {
                entries: self.checked.entries,
                of: self.of,
            });
        }
    }

    /// Every key is one that this server wrapped.
    async fn keys(&mut self) -> Result<(), CoreError> {
        let (mut after, server) = (None, self.core.server.id);
        loop {
            let rows = match self.snapshot.keys(after, AT_ONCE).await {
                Err(StoreError::Broken { table, column }) => {
                    self.find(server, unreadable(table, column));
                    return Ok(());
                }
                rows => rows?,
            };
            for row in &rows {
                if self.core.ring.unwrapped(row).is_err() {
                    self.find(row.scope, format!("key {} does not open", row.id));
                }
            }
            match rows.last() {
                Some(last) => after = Some(last.id),
                None => return Ok(()),
            }
        }
    }

    /// Nothing is missing, and nothing is there that belongs to no conversation.
    fn totals(&mut self, stored: Counts) {
        let server = self.core.server.id;
        let Some(tally) = &self.tally else {
            self.find(server, "the tally is missing, or was not written by this server");
            return;
        };
        let written = tally.events;
        if let Some(missing) = self.offsets.first_missing(written) {
            let counted = self.offsets.count();
            let what = format!(
                "{written} events were accepted, and {counted} are there: the one at offset {missing} is not"
            );
            self.find(server, what);
        }
        if self.offsets.last() > written {
            let last = self.offsets.last();
            let what =
                format!("{written} events were accepted by the tally, but there is one at offset {last}");
            self.find(server, what);
        }
        let counted = self.counted;
        for (table, stored, counted) in [
            ("events", stored.events, counted.events),
            ("states", stored.states, counted.states),
            ("takes_part", stored.participants, counted.participants),
            ("concerns", stored.links, counted.links),
            ("pairs", stored.pairs, counted.pairs),
            ("urgent_messages", stored.urgent, counted.urgent),
        ] {
            if stored != counted {
                let what = format!("{stored} rows of {table}, of which {counted} belong to a conversation");
                self.find(server, what);
            }
        }
    }

    async fn rows(&mut self) -> Result<(), CoreError> {
        let server = self.core.server.id;
        for fault in self.snapshot.summed_rows(self.tally.clone()).await? {
            let what = match fault {
                RowFault::Forged { table, id } => {
                    format!("the row of {table} of {id} was not written by this server as it stands")
                }
                RowFault::Unreadable { table, column } => unreadable(table, column),
                RowFault::Replaced { table, rows, written } => format!(
                    "the {rows} rows of {table} are not the {written} that this server wrote last: some were removed or put back"
                ),
            };
            self.find(server, what);
        }
        Ok(())
    }

    async fn verify(&mut self, follower: &mut Follower, entry: &Entry<'_>) -> Result<Verified, Fault> {
        let number = entry.number.0;
        let header = commit(entry.header_salt, entry.header.as_bytes());
        let key = self.data_key(entry.key).await?;
        let open = |part, sealed: &[u8]| {
            let key = key.as_ref().ok_or(Unopened)?;
            key.open_part(entry.scope, entry.number, part, sealed)
        };
        let content = open(Part::Content, entry.content.0);
        let audit = open(Part::Audit, entry.audit.0);
        let (Ok((content_salt, content)), Ok((audit_salt, audit))) = (content, audit) else {
            return Err(Fault::Found(format!("entry {number} does not open")));
        };
        let commitments = Commitments {
            header,
            content: commit(&content_salt, content.as_bytes()),
            audit: commit(&audit_salt, audit.as_bytes()),
        };
        if commitments.content != *entry.content.1 || commitments.audit != *entry.audit.1 {
            return Err(Broken::Part { number }.into());
        }
        let body = commitments.body(entry.version);
        follower.follow(number, &body, Some(entry.link))?;
        if !entry.genuine {
            return Err(Fault::Found(format!(
                "entry {number} was not written by this server as it stands"
            )));
        }
        Ok(Verified { content, body })
    }

    /// `None` if there is no such key, or another. Read anew, whatever the server keeps in memory.
    async fn data_key(&mut self, id: KeyId) -> Result<Option<Arc<DataKey>>, Fault> {
        if let Some(key) = self.keys.get(&id) {
            return Ok(key.clone());
        }
        let row = self.snapshot.key(id).await?;
        let key = row
            .and_then(|row| self.core.ring.unwrapped(&row).ok())
            .map(Arc::new);
        if self.keys.len() >= MOST_KEYS {
            self.keys.clear();
        }
        self.keys.insert(id, key.clone());
        Ok(key)
    }
}
