//! The organisations' logs, folded into memory, so that a decision never waits for the store.

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
    /// The offset of the last organisation event: the version of the whole.
    pub(super) offset: u64,
    pub(super) heads: BTreeMap<OrganisationId, (Seq, Digest)>,
    /// Cards that changed, with the offset of the change, ascending.
    changes: Vec<(u64, Named)>,
    /// People whose rights or memberships changed, with the offset of the change, ascending.
    rights: Vec<(u64, PersonId)>,
    /// People of whom a membership has ended.
    pub(super) ended: BTreeSet<PersonId>,
    /// Teams that changed in the latest transaction that changed anything: their conversations may not be reconciled
    /// yet.
    pub(super) teams: BTreeSet<TeamId>,
    last_at: Timestamp,
    /// The key of the last event of each organisation.
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
        // Copies only while someone is reading it.
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
            // Every card there names the unit.
            OrganisationKind::UnitRenamed { .. } => {
                let all = directory.memberships(row.organisation);
                self.changes
                    .extend(all.map(|(member, _)| (offset, Named::Member(member))));
            }
            // Permissions now apply to other items.
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

    /// The key that seals new entries of an organisation's log.
    pub(super) fn key(&self, organisation: OrganisationId) -> Option<KeyId> {
        self.keys.get(&organisation).copied()
    }

    /// The cards that changed after an offset.
    pub(super) fn changed_since(&self, offset: u64) -> Vec<Named> {
        let from = self.changes.partition_point(|(at, _)| *at <= offset);
        let mut changed: Vec<Named> = self.changes[from..].iter().map(|(_, who)| *who).collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Whether a person's rights or memberships changed after an offset.
    pub(super) fn rights_changed_since(&self, person: PersonId, offset: u64) -> bool {
        let from = self.rights.partition_point(|(at, _)| *at <= offset);
        self.rights[from..].iter().any(|(_, who)| *who == person)
    }
}

/// Opens header and content of an event whose key is loaded.
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
