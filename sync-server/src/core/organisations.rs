//! The organisations' logs, folded into memory, so that a decision never waits for the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conversation::organisation::{
    Cover, Directory, OrganisationContent, OrganisationHeader, OrganisationKind,
};
use conversation::{MembershipId, OrganisationId, PersonId, Seq, TeamId, Timestamp};
use trail::Digest;

use super::directory_search::Touched;
use super::frames::Named;
use super::{Core, CoreError};
use crate::seal::{DataKey, KeyRing, Part};
use crate::store::{KeyId, OrganisationRow, Store};

const AT_ONCE: u32 = 1_000;
/// Changes that wait for the search index.
const MOST_TOUCHED: usize = 100_000;

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
    /// The offset of the last event that changed which organisations share a network.
    pub(super) networks_at: u64,
    /// Changes that the search index has to follow; `None` until there is one.
    pub(super) touched: Option<Vec<Touched>>,
    last_at: Timestamp,
    /// The key of the last event of each organisation.
    keys: BTreeMap<OrganisationId, KeyId>,
}

/// An event of an organisation's log as the store holds it, opened.
pub(super) struct StoredEvent {
    offset: u64,
    row: OrganisationRow,
    header: OrganisationHeader,
    content: OrganisationContent,
}

impl Core {
    /// Brings the organisations up to date with the store: at the start from nothing, later by what was appended since, by
    /// this server or by another. Where nothing was, nothing is copied.
    pub(super) async fn catch_up_organisations(&self) -> Result<(), CoreError> {
        loop {
            let since = self.with_organisations(|organisations| organisations.offset);
            let events = read_since(self.store.as_ref(), &self.ring, since).await?;
            let complete = events.len() < AT_ONCE as usize;
            self.change_organisations(|organisations| organisations.catch_up(&events));
            if complete {
                return Ok(());
            }
        }
    }
}

/// The card that an event changes, if it changes who can be found, or by which words (O3, O6).
pub(super) fn touched(organisation: OrganisationId, kind: &OrganisationKind) -> Option<Touched> {
    use OrganisationKind as Kind;
    match kind {
        Kind::Created { .. } => Some(Touched::Organisation(organisation)),
        Kind::UnitAdded { unit, .. } | Kind::UnitRenamed { unit } => Some(Touched::Unit(organisation, *unit)),
        Kind::MembershipStarted { membership, .. }
        | Kind::ProfileChanged { membership }
        | Kind::FindabilityChanged { membership, .. }
        | Kind::MembershipMoved { membership, .. }
        | Kind::MembershipEnded { membership } => Some(Touched::Member(*membership)),
        Kind::TeamAdded { team, .. } | Kind::TeamRenamed { team } | Kind::TeamEnded { team } => {
            Some(Touched::Team(*team))
        }
        Kind::UnitMoved { .. }
        | Kind::AvailabilityChanged { .. }
        | Kind::AdministratorNamed { .. }
        | Kind::AdministratorDismissed { .. }
        | Kind::NetworkAgreed { .. }
        | Kind::NetworkWithdrawn { .. }
        | Kind::TeamJoined { .. }
        | Kind::TeamLeft { .. }
        | Kind::ItemTypeDefined { .. }
        | Kind::ItemRegistered { .. }
        | Kind::ItemChanged { .. }
        | Kind::ItemClosed { .. }
        | Kind::ItemReopened { .. }
        | Kind::Granted { .. }
        | Kind::Revoked { .. }
        | Kind::Invited { .. }
        | Kind::SignedOut { .. }
        | Kind::SourceAdded { .. }
        | Kind::SourceEnded { .. }
        | Kind::Unknown => None,
    }
}

/// Those whose cards an event changes because the one who covers for them may not any more, or may again (O5).
pub(super) fn covered_changed(directory: &Directory, kind: &OrganisationKind) -> Vec<MembershipId> {
    let by = |cover| directory.covered_by(cover).collect();
    match kind {
        OrganisationKind::MembershipEnded { membership } => by(Cover::Colleague {
            membership: *membership,
        }),
        OrganisationKind::TeamEnded { team } => by(Cover::Team { team: *team }),
        OrganisationKind::FindabilityChanged { membership, .. } => {
            let membership = *membership;
            let mut covered: Vec<MembershipId> = by(Cover::Colleague { membership });
            let own = directory.availability(membership);
            covered.extend(own.and_then(|own| own.cover).map(|_| membership));
            covered
        }
        _ => Vec::new(),
    }
}

/// The next events of all organisations after an offset, [`AT_ONCE`] at most.
async fn read_since(store: &dyn Store, ring: &KeyRing, since: u64) -> Result<Vec<StoredEvent>, CoreError> {
    let rows = store.organisation_events(since, AT_ONCE).await?;
    let mut keys: BTreeMap<KeyId, Option<Arc<DataKey>>> = rows
        .iter()
        .map(|(_, row)| (row.key, ring.kept(row.key)))
        .collect();
    let unknown = keys.iter().filter(|(_, kept)| kept.is_none());
    let unknown: Vec<KeyId> = unknown.map(|(id, _)| *id).collect();
    if !unknown.is_empty() {
        for row in store.keys(&unknown).await? {
            // Held here: the ring keeps so many, and may forget the first before the last is read.
            keys.insert(row.id, Some(ring.key(&row)?));
        }
    }
    rows.into_iter()
        .map(|(offset, row)| {
            let key = keys.get(&row.key).and_then(Option::as_ref);
            let key = key.ok_or(CoreError::Broken("an organisation's event names no key"))?;
            let (header, content) = open(key, &row)?;
            Ok(StoredEvent {
                offset,
                row,
                header,
                content,
            })
        })
        .collect()
}

impl Organisations {
    /// Folds in the events after the last that was folded in.
    fn catch_up(&mut self, events: &[StoredEvent]) {
        for event in events {
            // An event that another task has applied meanwhile is not applied twice.
            if event.offset > self.offset {
                self.apply(event.offset, &event.row, &event.header, &event.content);
            }
        }
    }

    fn apply(
        &mut self,
        offset: u64,
        row: &OrganisationRow,
        header: &OrganisationHeader,
        content: &OrganisationContent,
    ) {
        // Copies only while someone is reading it, and then what changes.
        let directory = Arc::make_mut(&mut self.directory);
        directory.apply(row.organisation, header, content);
        self.offset = offset;
        if let Some(list) = &mut self.touched {
            list.extend(touched(row.organisation, &header.kind));
            // Nobody asks: building it anew when somebody does costs less than following all this.
            if list.len() > MOST_TOUCHED {
                self.touched = None;
            }
        }
        if let OrganisationKind::NetworkAgreed { .. } | OrganisationKind::NetworkWithdrawn { .. } =
            header.kind
        {
            self.networks_at = offset;
        }
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
        let covered = covered_changed(directory, &header.kind);
        self.changes
            .extend(covered.into_iter().map(|member| (offset, Named::Member(member))));
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
            | OrganisationKind::AvailabilityChanged { membership }
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
            OrganisationKind::UnitMoved { .. } | OrganisationKind::ItemChanged { .. }
                if directory.all_rights_changed(row.organisation) == row.number.0 =>
            {
                let all = directory.memberships(row.organisation);
                self.rights.extend(all.map(|(_, person)| (offset, person)));
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

/// Opens header and content of an event.
fn open(
    key: &DataKey,
    row: &OrganisationRow,
) -> Result<(OrganisationHeader, OrganisationContent), CoreError> {
    let (_, content) = key.open_part(&row.organisation.0, row.number, Part::Content, &row.content)?;
    let header = serde_json::from_str(&row.header)
        .map_err(|_| CoreError::Broken("the header of an organisation's event"))?;
    let content = serde_json::from_str(&content)
        .map_err(|_| CoreError::Broken("the content of an organisation's event"))?;
    Ok((header, content))
}

#[cfg(test)]
mod tests {
    use conversation::organisation::AdminActor;
    use platform::{ManualClock, SeededRandom};

    use super::*;
    use crate::core::Writer;
    use crate::core::administer::AdminRequest;
    use crate::keys::Secret;
    use crate::store::memory::Memory;

    async fn server(store: &Arc<Memory>, seed: u64) -> Arc<Core> {
        let clock = Arc::new(ManualClock::new(Timestamp(1_760_000_000_000)));
        let random = Arc::new(SeededRandom::new(seed));
        let master = Secret::new([5; 32]);
        Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master)
            .await
            .unwrap();
        let shared: Arc<dyn Store> = Arc::<Memory>::clone(store);
        Arc::new(Core::open(shared, clock, random, &master).await.unwrap())
    }

    // O1
    #[tokio::test]
    async fn a_server_catches_up_with_what_another_one_of_the_same_store_changed() {
        let store = Arc::new(Memory::default());
        let (one, other) = (server(&store, 1).await, server(&store, 2).await);
        let mut writer = Writer::open(Arc::clone(&one)).await.unwrap();
        let names = |core: &Core| -> Vec<String> {
            let directory = core.directory();
            let all = directory.organisations();
            all.map(|(_, name)| name.to_owned()).collect()
        };
        // More than are read at once.
        for number in 0..600 {
            let name = format!("Praktijk {number}");
            let add = AdminRequest::OrganisationAdd { name };
            let (done, _) = writer.administer(&AdminActor::PROGRAM, &add).await.unwrap();
            done.unwrap();
        }
        assert_eq!(names(&one).len(), 600);
        assert_eq!(names(&other), Vec::<String>::new());
        other.catch_up_organisations().await.unwrap();
        assert_eq!(names(&other), names(&one));
        let offset = |core: &Core| core.with_organisations(|organisations| organisations.offset);
        assert_eq!(offset(&other), offset(&one));
        assert_eq!(offset(&*server(&store, 3).await), offset(&one));
        // Where there is nothing new, the directory stays the one that it is.
        let before = other.directory();
        other.catch_up_organisations().await.unwrap();
        assert!(Arc::ptr_eq(&before, &other.directory()));
    }
}
