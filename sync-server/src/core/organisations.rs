//! The organisations' logs, folded and kept in memory, so that a decision never waits for the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conversation::organisation::{Directory, OrganisationContent, OrganisationHeader, OrganisationKind};
use conversation::{MembershipId, OrganisationId, PersonId, Seq, TeamId, Timestamp};
use trail::Digest;

use super::CoreError;
use super::frames::Named;
use crate::seal::{KeyRing, Part};
use crate::store::{KeyId, OrganisationRow, Store};

const AT_ONCE: u32 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Organisations {
    pub(super) directory: Arc<Directory>,
    /// Of the last event of any of them: the version of the whole.
    pub(super) offset: u64,
    pub(super) heads: BTreeMap<OrganisationId, (Seq, Digest)>,
    /// Whose card changed, and when, ascending.
    changes: Vec<(u64, Named)>,
    /// Whose rights or memberships changed, and when, ascending.
    rights: Vec<(u64, PersonId)>,
    /// Those of whom a membership ended.
    pub(super) ended: BTreeSet<PersonId>,
    /// Teams that changed at the last moment at which anything did: their conversations may not be reconciled yet.
    pub(super) teams: BTreeSet<TeamId>,
    last_at: Timestamp,
    /// The key of each organisation's last event.
    keys: BTreeMap<OrganisationId, KeyId>,
}

impl Organisations {
    pub(super) async fn read(store: &dyn Store, ring: &KeyRing) -> Result<Organisations, CoreError> {
        let mut organisations = Organisations::default();
        loop {
            let rows = store.organisation_events(organisations.offset, AT_ONCE).await?;
            let mut keys: Vec<KeyId> = rows.iter().map(|(_, row)| row.key).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in store.keys(&keys).await? {
                ring.key(&key)?;
            }
            for (offset, row) in &rows {
                let (header, content) = open(ring, row)?;
                organisations.apply(*offset, row, &header, &content);
            }
            if rows.len() < AT_ONCE as usize {
                return Ok(organisations);
            }
        }
    }

    pub(super) fn apply(
        &mut self,
        offset: u64,
        row: &OrganisationRow,
        header: &OrganisationHeader,
        content: &OrganisationContent,
    ) {
        // Copies only where someone is reading it at this moment.
        let directory = Arc::make_mut(&mut self.directory);
        directory.apply(row.organisation, header, content);
        self.offset = offset;
        self.heads.insert(row.organisation, (row.number, row.link));
        self.keys.insert(row.organisation, row.key);
        if header.at != self.last_at {
            self.teams.clear();
            self.last_at = header.at;
        }
        let person = |membership: &MembershipId| {
            use conversation::DirectoryLookup as _;
            directory.member(*membership).map(|member| member.person)
        };
        match &header.kind {
            OrganisationKind::MembershipStarted { membership, .. } => {
                self.rights
                    .extend(person(membership).map(|person| (offset, person)));
            }
            OrganisationKind::MembershipEnded { membership } => {
                self.changes.push((offset, Named::Member(*membership)));
                self.ended.extend(person(membership));
                self.rights
                    .extend(person(membership).map(|person| (offset, person)));
            }
            OrganisationKind::ProfileChanged { membership }
            | OrganisationKind::MembershipMoved { membership, .. } => {
                self.changes.push((offset, Named::Member(*membership)));
            }
            OrganisationKind::TeamAdded { team, .. } | OrganisationKind::TeamRenamed { team } => {
                self.changes.push((offset, Named::Team(*team)));
            }
            OrganisationKind::TeamEnded { team } => {
                self.changes.push((offset, Named::Team(*team)));
                self.teams.insert(*team);
            }
            OrganisationKind::TeamJoined { team, .. } | OrganisationKind::TeamLeft { team, .. } => {
                self.teams.insert(*team);
            }
            // Every card there names its unit.
            OrganisationKind::UnitRenamed { .. } => {
                let all = directory.memberships(row.organisation);
                self.changes
                    .extend(all.map(|(member, _)| (offset, Named::Member(member))));
            }
            // Permissions reach other items now.
            OrganisationKind::UnitMoved { .. } | OrganisationKind::ItemChanged { .. } => {
                let all = directory.memberships(row.organisation);
                let moved = all.filter(|(member, _)| directory.rights_changed(*member) == row.number.0);
                self.rights.extend(moved.map(|(_, person)| (offset, person)));
            }
            OrganisationKind::Granted { membership, .. } | OrganisationKind::Revoked { membership, .. } => {
                self.rights
                    .extend(person(membership).map(|person| (offset, person)));
            }
            _ => {}
        }
    }

    /// The key that seals what an organisation's log holds now.
    pub(super) fn key(&self, organisation: OrganisationId) -> Option<KeyId> {
        self.keys.get(&organisation).copied()
    }

    /// Whose card changed after an offset.
    pub(super) fn changed_since(&self, offset: u64) -> Vec<Named> {
        let from = self.changes.partition_point(|(at, _)| *at <= offset);
        let mut changed: Vec<Named> = self.changes[from..].iter().map(|(_, who)| *who).collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Whether someone's rights or memberships changed after an offset.
    pub(super) fn rights_changed_since(&self, person: PersonId, offset: u64) -> bool {
        let from = self.rights.partition_point(|(at, _)| *at <= offset);
        self.rights[from..].iter().any(|(_, who)| *who == person)
    }
}

/// Header and content of an event whose key is at hand.
pub(super) fn open(
    ring: &KeyRing,
    row: &OrganisationRow,
) -> Result<(OrganisationHeader, OrganisationContent), CoreError> {
    let key = ring
        .kept(row.key)
        .ok_or(CoreError::Broken("an organisation's event names no key"))?;
    let (_, content) = key.open_part(&row.organisation.0, row.number, Part::Content, &row.content)?;
    let header = serde_json::from_str(&row.header)
        .map_err(|_| CoreError::Broken("the header of an organisation's event"))?;
    let content = serde_json::from_str(&content)
        .map_err(|_| CoreError::Broken("the content of an organisation's event"))?;
    Ok((header, content))
}
