//! Folds each event of an organisation's log into the directory.

use std::collections::BTreeSet;

use super::super::{OrganisationContent, OrganisationHeader, OrganisationKind};
use super::{Directory, Grant, Item, Membership, TeamEntry, Unit};
use crate::ids::*;

impl Directory {
    /// Folds the next event of an organisation's log in.
    pub fn apply(
        &mut self,
        organisation: OrganisationId,
        header: &OrganisationHeader,
        content: &OrganisationContent,
    ) {
        let name = content.name.clone().unwrap_or_default();
        let own = self.organisations.entry(organisation).or_default();
        own.version += 1;
        let version = own.version;
        match &header.kind {
            OrganisationKind::Created { .. } => own.name = name,
            OrganisationKind::UnitAdded { unit, of, parent } => {
                own.root.get_or_insert(*unit);
                let (kind, parent) = (*of, *parent);
                own.units.insert(*unit, Unit { name, kind, parent });
            }
            OrganisationKind::UnitRenamed { unit } => {
                if let Some(unit) = own.units.get_mut(unit) {
                    unit.name = name;
                }
            }
            OrganisationKind::UnitMoved { unit, parent } => {
                if let Some(unit) = own.units.get_mut(unit) {
                    unit.parent = Some(*parent);
                }
                // Permissions granted above either place now apply to other items.
                own.rights_changed = version;
            }
            OrganisationKind::AdministratorNamed { membership } => {
                own.administrators.insert(*membership);
            }
            OrganisationKind::AdministratorDismissed { membership } => {
                own.administrators.remove(membership);
            }
            OrganisationKind::NetworkAgreed { network, with } => {
                own.agreed.insert((*with, *network));
            }
            OrganisationKind::NetworkWithdrawn { network, with } => {
                own.agreed.remove(&(*with, *network));
            }
            OrganisationKind::ItemTypeDefined { item_type } => {
                own.item_types.insert(item_type.clone(), name);
            }
            OrganisationKind::MembershipStarted {
                membership,
                person,
                unit,
            } => {
                let Some(profile) = content.profile.clone() else {
                    return;
                };
                self.people.entry(*person).or_default().push(*membership);
                let started = Membership {
                    person: *person,
                    organisation,
                    unit: *unit,
                    profile,
                    ended: false,
                    inside_only: false,
                    availability: None,
                    teams: BTreeSet::new(),
                    rights_changed: version,
                };
                self.memberships.insert(*membership, started);
            }
            OrganisationKind::ProfileChanged { membership } => {
                if let (Some(own), Some(profile)) =
                    (self.memberships.get_mut(membership), content.profile.clone())
                {
                    own.profile = profile;
                }
            }
            OrganisationKind::FindabilityChanged {
                membership,
                inside_only,
            } => {
                if let Some(own) = self.memberships.get_mut(membership) {
                    own.inside_only = *inside_only;
                }
            }
            OrganisationKind::AvailabilityChanged { membership } => {
                if let Some(own) = self.memberships.get_mut(membership) {
                    let next = content.availability.clone();
                    let before = std::mem::replace(&mut own.availability, next.clone());
                    if let Some(cover) = before.and_then(|before| before.cover) {
                        self.covered.remove(&(cover, *membership));
                    }
                    if let Some(cover) = next.and_then(|next| next.cover) {
                        self.covered.insert((cover, *membership));
                    }
                }
            }
            OrganisationKind::MembershipMoved { membership, unit } => {
                if let Some(own) = self.memberships.get_mut(membership) {
                    own.unit = *unit;
                }
            }
            OrganisationKind::MembershipEnded { membership } => {
                if let Some(own) = self.memberships.get_mut(membership) {
                    own.ended = true;
                    own.rights_changed = version;
                }
            }
            OrganisationKind::TeamAdded { team, unit } => {
                let added = TeamEntry {
                    organisation,
                    unit: *unit,
                    name,
                    ended: false,
                    members: Vec::new(),
                };
                self.teams.insert(*team, added);
            }
            OrganisationKind::TeamRenamed { team } => {
                if let Some(team) = self.teams.get_mut(team) {
                    team.name = name;
                }
            }
            OrganisationKind::TeamEnded { team } => {
                if let Some(entry) = self.teams.get_mut(team) {
                    entry.ended = true;
                    for member in std::mem::take(&mut entry.members) {
                        if let Some(own) = self.memberships.get_mut(&member) {
                            own.teams.remove(team);
                        }
                    }
                }
            }
            OrganisationKind::TeamJoined { team, membership } => {
                if let (Some(entry), Some(own)) =
                    (self.teams.get_mut(team), self.memberships.get_mut(membership))
                    && own.teams.insert(*team)
                {
                    entry.members.push(*membership);
                }
            }
            OrganisationKind::TeamLeft { team, membership } => {
                if let (Some(entry), Some(own)) =
                    (self.teams.get_mut(team), self.memberships.get_mut(membership))
                {
                    own.teams.remove(team);
                    entry.members.retain(|member| member != membership);
                }
            }
            OrganisationKind::ItemRegistered {
                item,
                unit,
                item_type,
            } => {
                let content = content.item.clone().unwrap_or_default();
                if let Some(reference) = &content.reference {
                    own.references.insert(matching::reference(reference), *item);
                }
                let registered = Item {
                    organisation,
                    unit: *unit,
                    item_type: item_type.clone(),
                    content,
                    closed: false,
                };
                self.items.insert(*item, registered);
            }
            OrganisationKind::ItemChanged { item, unit } => self.change_item(*item, |changed| {
                changed.unit = *unit;
                if let Some(content) = content.item.clone() {
                    changed.content = content;
                }
            }),
            OrganisationKind::ItemClosed { item } => self.change_item(*item, |item| item.closed = true),
            OrganisationKind::ItemReopened { item } => self.change_item(*item, |item| item.closed = false),
            OrganisationKind::Granted {
                membership,
                unit,
                item_type,
                permission,
            } => {
                self.grants.insert(Grant {
                    membership: *membership,
                    item_type: item_type.clone(),
                    permission: *permission,
                    unit: *unit,
                });
                self.touch(*membership, version);
            }
            OrganisationKind::Revoked {
                membership,
                unit,
                item_type,
                permission,
            } => {
                self.grants.remove(&Grant {
                    membership: *membership,
                    item_type: item_type.clone(),
                    permission: *permission,
                    unit: *unit,
                });
                self.touch(*membership, version);
            }
            OrganisationKind::Invited { .. }
            | OrganisationKind::SignedOut { .. }
            | OrganisationKind::SourceAdded { .. }
            | OrganisationKind::SourceEnded { .. }
            | OrganisationKind::Unknown => {}
        }
    }

    /// Other rights apply to an item that moves to another unit: everybody's version increases.
    fn change_item(&mut self, item: ItemId, change: impl FnOnce(&mut Item)) {
        let Some(item) = self.items.get_mut(&item) else {
            return;
        };
        let unit = item.unit;
        change(item);
        if item.unit != unit
            && let Some(own) = self.organisations.get_mut(&item.organisation)
        {
            own.rights_changed = own.version;
        }
    }

    fn touch(&mut self, membership: MembershipId, version: u64) {
        if let Some(own) = self.memberships.get_mut(&membership) {
            own.rights_changed = version;
        }
    }
}
