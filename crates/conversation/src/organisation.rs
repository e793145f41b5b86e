//! Organisations and people (O1 to O3, O8), as events of a log of their own and the directory folded from them.
//!
//! Every organisation has a chained log of its memberships, units, networks and permissions. What a person reads
//! stands in the content, what the rules need in the header. [`Directory`] is the fold of all of them: it answers
//! who is where, who can find whom, and who holds which right, so it is the [`World`] of the decisions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::decide::{Member, Rights, World};
use crate::ids::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum UnitKind {
    HeadOffice,
    Partnership,
    Branch,
}

/// A person's name; sorted under the family name, without the prefix ("van den Berg" under Berg).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Name {
    pub given: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub prefix: String,
    pub family: String,
}

impl Name {
    /// "Anna van den Berg".
    pub fn full(&self) -> String {
        let parts = [&self.given, &self.prefix, &self.family];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// What others see of a membership (O2, O5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Profile {
    pub name: Name,
    pub discipline: String,
    pub function: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationHeader {
    /// Who did it; absent where the operator did, on the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MembershipId>,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: OrganisationKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrganisationKind {
    /// Content: the name. O8.
    Created {
        organisation: OrganisationId,
    },
    /// Content: the name. O1.
    UnitAdded {
        unit: UnitId,
        #[serde(rename = "unit_kind")]
        of: UnitKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<UnitId>,
    },
    /// Content: the profile. O2.
    MembershipStarted {
        membership: MembershipId,
        person: PersonId,
        unit: UnitId,
    },
    /// Content: the profile.
    ProfileChanged {
        membership: MembershipId,
    },
    MembershipMoved {
        membership: MembershipId,
        unit: UnitId,
    },
    MembershipEnded {
        membership: MembershipId,
    },
    NetworkJoined {
        network: NetworkId,
    },
    NetworkLeft {
        network: NetworkId,
    },
    /// An item that conversations can be about (O7). Content: the title, as the name.
    ItemRegistered {
        item: ItemId,
        unit: UnitId,
        item_type: String,
    },
    /// `Handle` or `Analyse` for an item type at a unit, reaching down (O7).
    Granted {
        membership: MembershipId,
        unit: UnitId,
        item_type: String,
        permission: Permission,
    },
    Revoked {
        membership: MembershipId,
        unit: UnitId,
        item_type: String,
        permission: Permission,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Handle,
    Analyse,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

/// What a device may know of a membership: enough to show who is who.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Card {
    pub membership: MembershipId,
    pub person: PersonId,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub unit_name: String,
    #[serde(flatten)]
    pub profile: Profile,
    /// The membership ended: they can no longer be reached.
    #[serde(default)]
    pub ended: bool,
}

#[derive(Clone, Debug, Default)]
struct Organisation {
    name: String,
    units: BTreeMap<UnitId, Unit>,
    networks: BTreeSet<NetworkId>,
    version: u64,
}

#[derive(Clone, Debug)]
struct Unit {
    name: String,
    parent: Option<UnitId>,
}

#[derive(Clone, Debug)]
struct Membership {
    person: PersonId,
    organisation: OrganisationId,
    unit: UnitId,
    profile: Profile,
    ended: bool,
    /// The version of the organisation's log at the last change of their rights.
    rights_changed: u64,
}

#[derive(Clone, Debug)]
struct Item {
    organisation: OrganisationId,
    unit: UnitId,
    item_type: String,
    title: String,
}

/// All organisations as they stand.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    organisations: BTreeMap<OrganisationId, Organisation>,
    memberships: BTreeMap<MembershipId, Membership>,
    people: BTreeMap<PersonId, Vec<MembershipId>>,
    items: BTreeMap<ItemId, Item>,
    grants: BTreeSet<(MembershipId, String, UnitId, Permission)>,
}

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
            OrganisationKind::UnitAdded { unit, parent, .. } => {
                own.units.insert(
                    *unit,
                    Unit {
                        name,
                        parent: *parent,
                    },
                );
            }
            OrganisationKind::NetworkJoined { network } => {
                own.networks.insert(*network);
            }
            OrganisationKind::NetworkLeft { network } => {
                own.networks.remove(network);
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
                let (person, unit) = (*person, *unit);
                let started = Membership {
                    person,
                    organisation,
                    unit,
                    profile,
                    ended: false,
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
            OrganisationKind::ItemRegistered {
                item,
                unit,
                item_type,
            } => {
                let item_type = item_type.clone();
                self.items.insert(
                    *item,
                    Item {
                        organisation,
                        unit: *unit,
                        item_type,
                        title: name,
                    },
                );
            }
            OrganisationKind::Granted {
                membership,
                unit,
                item_type,
                permission,
            } => {
                self.grants
                    .insert((*membership, item_type.clone(), *unit, *permission));
                self.touch(*membership, version);
            }
            OrganisationKind::Revoked {
                membership,
                unit,
                item_type,
                permission,
            } => {
                self.grants
                    .remove(&(*membership, item_type.clone(), *unit, *permission));
                self.touch(*membership, version);
            }
            OrganisationKind::Unknown => {}
        }
    }

    fn touch(&mut self, membership: MembershipId, version: u64) {
        if let Some(own) = self.memberships.get_mut(&membership) {
            own.rights_changed = version;
        }
    }

    /// The version of an organisation's log: the number of its last event.
    pub fn version(&self, organisation: OrganisationId) -> u64 {
        self.organisations
            .get(&organisation)
            .map(|own| own.version)
            .unwrap_or_default()
    }

    /// The version at which someone's rights last changed: the second half of the access version.
    pub fn rights_changed(&self, membership: MembershipId) -> u64 {
        self.memberships
            .get(&membership)
            .map(|own| own.rights_changed)
            .unwrap_or_default()
    }

    /// All memberships of a person, those that ended included.
    pub fn memberships_of(&self, person: PersonId) -> &[MembershipId] {
        self.people.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn organisation_name(&self, organisation: OrganisationId) -> Option<&str> {
        self.organisations.get(&organisation).map(|own| own.name.as_str())
    }

    pub fn organisations(&self) -> impl Iterator<Item = (OrganisationId, &str)> {
        self.organisations
            .iter()
            .map(|(id, own)| (*id, own.name.as_str()))
    }

    pub fn units(&self, organisation: OrganisationId) -> impl Iterator<Item = (UnitId, &str)> {
        let own = self.organisations.get(&organisation);
        own.into_iter()
            .flat_map(|own| own.units.iter().map(|(id, unit)| (*id, unit.name.as_str())))
    }

    pub fn card(&self, membership: MembershipId) -> Option<Card> {
        let own = self.memberships.get(&membership)?;
        let organisation = self.organisations.get(&own.organisation)?;
        let unit_name = organisation
            .units
            .get(&own.unit)
            .map(|unit| unit.name.clone())
            .unwrap_or_default();
        Some(Card {
            membership,
            person: own.person,
            organisation: own.organisation,
            organisation_name: organisation.name.clone(),
            unit_name,
            profile: own.profile.clone(),
            ended: own.ended,
        })
    }

    /// Everyone whom `from` can find and reach (O3), themselves excepted.
    pub fn findable(&self, from: MembershipId) -> impl Iterator<Item = Card> {
        let person = self.memberships.get(&from).map(|own| own.person);
        self.memberships
            .iter()
            .filter(move |(id, own)| !own.ended && Some(own.person) != person && self.can_find(from, **id))
            .filter_map(|(id, _)| self.card(*id))
    }

    /// Whether `unit` is `above` or below it.
    fn reaches(&self, organisation: OrganisationId, above: UnitId, unit: UnitId) -> bool {
        let Some(own) = self.organisations.get(&organisation) else {
            return false;
        };
        let mut at = Some(unit);
        // As many steps as there are units, so that a circle in the tree ends.
        for _ in 0..=own.units.len() {
            match at {
                Some(unit) if unit == above => return true,
                Some(unit) => at = own.units.get(&unit).and_then(|unit| unit.parent),
                None => return false,
            }
        }
        false
    }
}

impl World for Directory {
    fn member(&self, member: MembershipId) -> Option<Member> {
        let own = self.memberships.get(&member)?;
        Some(Member {
            person: own.person,
            organisation: own.organisation,
            active: !own.ended,
        })
    }

    fn can_find(&self, from: MembershipId, to: MembershipId) -> bool {
        let (Some(from), Some(to)) = (self.memberships.get(&from), self.memberships.get(&to)) else {
            return false;
        };
        let networks = |of: &Membership| self.organisations.get(&of.organisation).map(|own| &own.networks);
        from.organisation == to.organisation
            || networks(from)
                .zip(networks(to))
                .is_some_and(|(ours, theirs)| !ours.is_disjoint(theirs))
    }

    fn rights(&self, member: MembershipId, item: ItemId) -> Rights {
        let (Some(own), Some(item)) = (self.memberships.get(&member), self.items.get(&item)) else {
            return Rights::default();
        };
        if own.ended || own.organisation != item.organisation {
            return Rights::default();
        }
        let holds = |permission| {
            self.grants.iter().any(|(holder, item_type, unit, held)| {
                *holder == member
                    && *held == permission
                    && *item_type == item.item_type
                    && self.reaches(item.organisation, *unit, item.unit)
            })
        };
        Rights {
            handle: holds(Permission::Handle),
            analyse: holds(Permission::Analyse),
        }
    }

    fn item_title(&self, item: ItemId) -> Option<String> {
        self.items.get(&item).map(|item| item.title.clone())
    }
}
