//! `sync-server check`: verifies that every log is complete.
//!
//! Each entry is opened, compared with its commitments, and verified along the chain; each head must be at the end of
//! its log. A finding names the log and the number, never content.

use conversation::{ConversationId, OrganisationId, Seq};
use serde::{Deserialize, Serialize};
use trail::{Broken, Commitments, Digest, Follower, Salt, commit};
use uuid::Uuid;

use super::{Core, CoreError};
use crate::seal::{Part, Unopened};
use crate::store::{ConversationRow, KeyId, KeyRow};

const AT_ONCE: u32 = 500;

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub conversations: u64,
    pub organisations: u64,
    pub entries: u64,
    pub found: Vec<Finding>,
}

/// A fault of one log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub log: Uuid,
    pub what: String,
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
}

impl Core {
    pub async fn check(&self) -> Result<Checked, CoreError> {
        let mut checked = Checked::default();
        let mut after: Option<ConversationId> = None;
        loop {
            let rows = self.store.conversations_after(after, AT_ONCE).await?;
            for row in &rows {
                checked.conversations += 1;
                if let Some(what) = self.check_conversation(row, &mut checked.entries).await? {
                    checked.found.push(Finding { log: row.id.0, what });
                }
            }
            match rows.last() {
                Some(last) => after = Some(last.id),
                None => break,
            }
        }
        self.check_organisations(&mut checked).await?;
        Ok(checked)
    }

    async fn check_conversation(
        &self,
        row: &ConversationRow,
        entries: &mut u64,
    ) -> Result<Option<String>, CoreError> {
        let mut follower = Follower::from_genesis(row.id.as_bytes());
        let mut after = Seq(0);
        loop {
            let events = self.store.entries(row.id, after, AT_ONCE).await?;
            for event in &events {
                *entries += 1;
                let entry = Entry {
                    scope: &row.id.0,
                    number: event.number,
                    version: event.version,
                    header: &event.header,
                    header_salt: &event.header_salt,
                    content: (&event.content, &event.content_commitment),
                    audit: (&event.audit, &event.audit_commitment),
                    link: &event.link,
                    key: event.key,
                };
                if let Err(what) = self.check_entry(&mut follower, &entry).await? {
                    return Ok(Some(what));
                }
            }
            match events.last() {
                Some(last) => after = last.number,
                None => break,
            }
        }
        if let Err(broken) = follower.reached(row.last.0) {
            return Ok(Some(broken.to_string()));
        }
        if follower.link != row.link || follower.next - 1 != row.last.0 {
            return Ok(Some("the head is not the log's last entry".to_owned()));
        }
        Ok(match self.open_state(row) {
            Ok(_) => None,
            Err(CoreError::Unopened(_)) => Some("the state does not open".to_owned()),
            Err(other) => return Err(other),
        })
    }

    async fn check_organisations(&self, checked: &mut Checked) -> Result<(), CoreError> {
        let mut followers: std::collections::BTreeMap<OrganisationId, Result<Follower, String>> =
            std::collections::BTreeMap::new();
        let mut after = 0;
        loop {
            let rows = self.store.organisation_events(after, AT_ONCE).await?;
            for (_, row) in &rows {
                checked.entries += 1;
                let follower = followers
                    .entry(row.organisation)
                    .or_insert_with(|| Ok(Follower::from_genesis(row.organisation.as_bytes())));
                let Ok(going_on) = follower else { continue };
                let entry = Entry {
                    scope: &row.organisation.0,
                    number: row.number,
                    version: row.version,
                    header: &row.header,
                    header_salt: &row.header_salt,
                    content: (&row.content, &row.content_commitment),
                    audit: (&row.audit, &row.audit_commitment),
                    link: &row.link,
                    key: row.key,
                };
                if let Err(what) = self.check_entry(going_on, &entry).await? {
                    *follower = Err(what);
                }
            }
            match rows.last() {
                Some((offset, _)) => after = *offset,
                None => break,
            }
        }
        checked.organisations = followers.len() as u64;
        let found = followers
            .into_iter()
            .filter_map(|(organisation, follower)| Some((organisation, follower.err()?)));
        checked.found.extend(found.map(|(organisation, what)| Finding {
            log: organisation.0,
            what,
        }));
        Ok(())
    }

    async fn check_entry(
        &self,
        follower: &mut Follower,
        entry: &Entry<'_>,
    ) -> Result<Result<(), String>, CoreError> {
        let number = entry.number.0;
        let header = commit(entry.header_salt, entry.header.as_bytes());
        let content = self.recommit(entry, Part::Content, entry.content.0).await?;
        let audit = self.recommit(entry, Part::Audit, entry.audit.0).await?;
        let (Ok(content), Ok(audit)) = (content, audit) else {
            return Ok(Err(format!("entry {number} does not open")));
        };
        if content != *entry.content.1 || audit != *entry.audit.1 {
            return Ok(Err(Broken::Part { number }.to_string()));
        }
        let body = Commitments {
            header,
            content,
            audit,
        }
        .body(entry.version);
        let followed = follower.follow(number, &body, Some(entry.link));
        Ok(followed.map(|_| ()).map_err(|broken| broken.to_string()))
    }

    /// Recomputes the commitment to a sealed part.
    async fn recommit(
        &self,
        entry: &Entry<'_>,
        part: Part,
        sealed: &[u8],
    ) -> Result<Result<Digest, Unopened>, CoreError> {
        let key = match self.ring.kept(entry.key) {
            Some(key) => key,
            None => {
                let rows: Vec<KeyRow> = self.store.keys(&[entry.key]).await?;
                let Some(row) = rows.first() else {
                    return Ok(Err(Unopened));
                };
                match self.ring.key(row) {
                    Ok(key) => key,
                    Err(unopened) => return Ok(Err(unopened)),
                }
            }
        };
        let opened = key.open_part(entry.scope, entry.number, part, sealed);
        Ok(opened.map(|(salt, json)| commit(&salt, json.as_bytes())))
    }
}
