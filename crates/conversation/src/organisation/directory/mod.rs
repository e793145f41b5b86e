//! The current state of all organisations, folded from their logs.
//!
//! The collections share what did not change with their copies, so that a change copies its own size, and not the whole, while
//! somebody reads the state before it.

mod fold;
mod lookup;

use std::collections::BTreeSet;

use imbl::{OrdMap, OrdSet};

use super::availability::{Availability, Cover};
use super::item_type::{self, ItemType};
use super::{Card, Held, ItemCard, ItemContent, Permission, Profile, TeamCard, UnitKind};
use crate::ids::*;
use crate::lookup::{DirectoryLookup, Rights};

#[derive(Clone, Debug, Default)]
struct Organisation {
    name: String,
    units: OrdMap<UnitId, Unit>,
    /// The head office, which is the first unit.
    root: Option<UnitId>,
    /// The organisations that it agreed to share a network with, and the network.
    agreed: OrdSet<(OrganisationId, NetworkId)>,
    administrators: OrdSet<MembershipId>,
    item_types: OrdMap<String, String>,
    /// Its items by the source system's reference, in composed form.
    references: OrdMap<String, ItemId>,
    version: u64,
    /// The version at the last change of the rights of all its memberships.
    rights_changed: u64,
}

/// A unit in an organisation's tree (O1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub name: String,
    pub kind: UnitKind,
    pub parent: Option<UnitId>,
}

#[derive(Clone, Debug)]
struct Membership {
    person: PersonId,
    organisation: OrganisationId,
    unit: UnitId,
    profile: Profile,
    ended: bool,
    /// People of other organisations do not find them by this membership.
    inside_only: bool,
    /// Few have one.
    availability: Option<Box<Availability>>,
    teams: BTreeSet<TeamId>,
    /// The version of the organisation's log at the last change of the rights of this one.
    rights_changed: u64,
}

#[derive(Clone, Debug)]
struct TeamEntry {
    organisation: OrganisationId,
    unit: UnitId,
    name: String,
    ended: bool,
    /// In the order of joining, including ended memberships.
    members: Vec<MembershipId>,
}

/// A permission for a type of item, at a unit and below it (O7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub membership: MembershipId,
    pub item_type: String,
    pub permission: Permission,
    pub unit: UnitId,
}

/// The current state of an item (O7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub organisation: OrganisationId,
    pub unit: UnitId,
    pub item_type: String,
    pub content: ItemContent,
    pub closed: bool,
}

/// Whether a search finds someone (O3, O6): in one's own organisation always; in one that shares a network with it, unless they
/// chose to be found inside their own alone. Who takes part in a conversation with them has their card all the same.
pub fn may_be_found(is_own: bool, shares: impl FnOnce() -> bool, inside_only: bool) -> bool {
    is_own || (!inside_only && shares())
}

/// The current state of all organisations.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    organisations: OrdMap<OrganisationId, Organisation>,
    memberships: OrdMap<MembershipId, Membership>,
    people: OrdMap<PersonId, Vec<MembershipId>>,
    teams: OrdMap<TeamId, TeamEntry>,
    items: OrdMap<ItemId, Item>,
    grants: OrdSet<Grant>,
    /// Each who was named as cover, with a membership that they cover for, whether or not they still may.
    covered: OrdSet<(Cover, MembershipId)>,
}

impl Directory {
    /// The version of an organisation's log: the number of its last event.
    pub fn version(&self, organisation: OrganisationId) -> u64 {
        self.organisations
            .get(&organisation)
            .map(|own| own.version)
            .unwrap_or_default()
    }

    /// The version at which the rights of a membership last changed: the second half of the access version.
    pub fn rights_changed(&self, membership: MembershipId) -> u64 {
        let Some(own) = self.memberships.get(&membership) else {
            return 0;
        };
        own.rights_changed.max(self.all_rights_changed(own.organisation))
    }

    /// The version at which the rights of all memberships of an organisation last changed, by a move of a unit or an item.
    pub fn all_rights_changed(&self, organisation: OrganisationId) -> u64 {
        self.organisations
            .get(&organisation)
            .map(|own| own.rights_changed)
            .unwrap_or_default()
    }

    /// All memberships of a person, including ended ones.
    pub fn memberships_of(&self, person: PersonId) -> &[MembershipId] {
        self.people.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// All memberships of an organisation that have not ended.
    pub fn memberships(
        &self,
        organisation: OrganisationId,
    ) -> impl Iterator<Item = (MembershipId, PersonId)> {
        let own = self.memberships.iter();
        own.filter(move |(_, own)| own.organisation == organisation && !own.ended)
            .map(|(id, own)| (*id, own.person))
    }

    pub fn profile(&self, membership: MembershipId) -> Option<&Profile> {
        self.memberships.get(&membership).map(|own| &own.profile)
    }

    /// Whether they chose to be found inside their own organisation alone.
    pub fn is_inside_only(&self, membership: MembershipId) -> bool {
        self.memberships
            .get(&membership)
            .is_some_and(|own| own.inside_only)
    }

    /// Whether a search of people of this organisation shows the member. It does not say whether they can be written to: that is
    /// [`DirectoryLookup::can_find`], since who was in a conversation with them knows them.
    pub fn is_shown_to(&self, organisation: OrganisationId, member: MembershipId) -> bool {
        let own = self.memberships.get(&member).filter(|own| !own.ended);
        own.is_some_and(|own| {
            let shares = || self.shares(organisation, own.organisation);
            may_be_found(own.organisation == organisation, shares, own.inside_only)
        })
    }

    /// When somebody works by a membership; `None` where nothing is known (O5).
    pub fn availability(&self, membership: MembershipId) -> Option<&Availability> {
        self.memberships.get(&membership)?.availability.as_deref()
    }

    /// Whether one may be named as who covers for a membership (O5): a colleague who can be found by everybody who finds it, or a
    /// team, of the same organisation.
    pub fn may_cover(&self, membership: MembershipId, cover: Cover) -> bool {
        let Some(own) = self.memberships.get(&membership) else {
            return false;
        };
        match cover {
            Cover::Colleague { membership: other } => self.memberships.get(&other).is_some_and(|cover| {
                cover.organisation == own.organisation
                    && cover.person != own.person
                    && !cover.ended
                    && (own.inside_only || !cover.inside_only)
            }),
            Cover::Team { team } => self
                .teams
                .get(&team)
                .is_some_and(|team| team.organisation == own.organisation && !team.ended),
            Cover::Unknown => false,
        }
    }

    pub fn unit_of(&self, membership: MembershipId) -> Option<UnitId> {
        self.memberships.get(&membership).map(|own| own.unit)
    }

    pub fn organisation_name(&self, organisation: OrganisationId) -> Option<&str> {
        self.organisations.get(&organisation).map(|own| own.name.as_str())
    }

    pub fn organisations(&self) -> impl Iterator<Item = (OrganisationId, &str)> {
        self.organisations
            .iter()
            .map(|(id, own)| (*id, own.name.as_str()))
    }

    pub fn units(&self, organisation: OrganisationId) -> impl Iterator<Item = (UnitId, &Unit)> {
        let own = self.organisations.get(&organisation);
        own.into_iter()
            .flat_map(|own| own.units.iter().map(|(id, unit)| (*id, unit)))
    }

    pub fn unit(&self, organisation: OrganisationId, unit: UnitId) -> Option<&Unit> {
        self.organisations.get(&organisation)?.units.get(&unit)
    }

    /// The unit above all others of the organisation.
    pub fn head_office(&self, organisation: OrganisationId) -> Option<UnitId> {
        self.organisations.get(&organisation)?.root
    }

    /// Whether the membership may agree to networks for its organisation (O8).
    pub fn administers(&self, membership: MembershipId, organisation: OrganisationId) -> bool {
        let own = self.memberships.get(&membership).filter(|own| !own.ended);
        own.is_some()
            && self
                .organisations
                .get(&organisation)
                .is_some_and(|own| own.administrators.contains(&membership))
    }

    /// Whether `organisation` has agreed to share the network with the other.
    pub fn agreed(&self, organisation: OrganisationId, network: NetworkId, with: OrganisationId) -> bool {
        let own = self.organisations.get(&organisation);
        own.is_some_and(|own| own.agreed.contains(&(with, network)))
    }

    pub fn is_granted(&self, grant: &Grant) -> bool {
        self.grants.contains(grant)
    }

    /// All grants in an organisation to memberships that have not ended.
    pub fn grants(&self, organisation: OrganisationId) -> impl Iterator<Item = Grant> + '_ {
        let own = move |grant: &&Grant| {
            let holder = self.memberships.get(&grant.membership);
            holder.is_some_and(|own| own.organisation == organisation && !own.ended)
        };
        self.grants.iter().filter(own).cloned()
    }

    /// The unit that a team belongs to.
    pub fn team_unit(&self, team: TeamId) -> Option<UnitId> {
        self.teams.get(&team).map(|own| own.unit)
    }

    /// An organisation's name for a type of item; `None` if it has no such type.
    pub fn item_type_name(&self, organisation: OrganisationId, item_type: &str) -> Option<&str> {
        let own = self.organisations.get(&organisation);
        let own = own.and_then(|own| own.item_types.get(item_type));
        own.map(String::as_str)
            .or_else(|| item_type::built_in(item_type).map(|built_in: &ItemType| built_in.name))
    }

    /// The id of a type of item, by its id or its name, compared by their key.
    pub fn item_type_id(&self, organisation: OrganisationId, item_type: &str) -> Option<String> {
        let wanted = matching::key(item_type);
        let own = self.organisations.get(&organisation)?.item_types.iter();
        let own = own.map(|(id, name)| (id.as_str(), name.as_str()));
        let built_in = item_type::BUILT_IN
            .iter()
            .map(|built_in| (built_in.id, built_in.name));
        own.chain(built_in)
            .find(|(id, name)| matching::key(id) == wanted || matching::key(name) == wanted)
            .map(|(id, _)| id.to_owned())
    }

    pub fn card(&self, membership: MembershipId) -> Option<Card> {
        let own = self.memberships.get(&membership)?;
        let organisation = self.organisations.get(&own.organisation)?;
        Some(Card {
            membership,
            person: own.person,
            organisation: own.organisation,
            organisation_name: organisation.name.clone(),
            unit_name: self.unit_name(own.organisation, own.unit),
            profile: own.profile.clone(),
            availability: self.shown_availability(membership, own),
            ended: own.ended,
        })
    }

    /// The one who covers for somebody, while they may be named as that.
    pub fn cover(&self, membership: MembershipId) -> Option<Cover> {
        let cover = self.availability(membership)?.cover?;
        Some(cover).filter(|cover| self.may_cover(membership, *cover))
    }

    /// The memberships that named this one as who covers for them: their cards change once it may not cover any more.
    pub fn covered_by(&self, cover: Cover) -> impl Iterator<Item = MembershipId> {
        let from = (cover, MembershipId(uuid::Uuid::nil()));
        let covered = self.covered.range(from..);
        covered
            .take_while(move |(by, _)| *by == cover)
            .map(|(_, membership)| *membership)
    }

    fn shown_availability(&self, membership: MembershipId, own: &Membership) -> Option<Box<Availability>> {
        let mut shown = own.availability.clone().filter(|_| !own.ended)?;
        shown.cover = self.cover(membership);
        Some(shown)
    }

    pub fn team_card(&self, team: TeamId) -> Option<TeamCard> {
        let own = self.teams.get(&team)?;
        Some(TeamCard {
            team,
            name: own.name.clone(),
            organisation: own.organisation,
            organisation_name: self.organisation_name(own.organisation)?.to_owned(),
            unit_name: self.unit_name(own.organisation, own.unit),
            ended: own.ended,
        })
    }

    pub fn item(&self, item: ItemId) -> Option<&Item> {
        self.items.get(&item)
    }

    /// The item with this reference of a source system of the organisation.
    pub fn item_by_reference(&self, organisation: OrganisationId, reference: &str) -> Option<ItemId> {
        let own = self.organisations.get(&organisation)?;
        own.references.get(&matching::reference(reference)).copied()
    }

    /// The card of an item as a person with these memberships sees it; `None` if they may not see it.
    pub fn item_card(&self, item: ItemId, memberships: &[MembershipId]) -> Option<ItemCard> {
        let held: Vec<Held> = memberships
            .iter()
            .map(|&membership| Held {
                membership,
                rights: self.rights(membership, item),
            })
            .filter(|held| held.rights != Rights::default())
            .collect();
        if held.is_empty() {
            return None;
        }
        let own = self.items.get(&item)?;
        let named = self.item_type_name(own.organisation, &own.item_type);
        Some(ItemCard {
            item,
            title: own.content.title.clone(),
            item_type: named.unwrap_or(&own.item_type).to_owned(),
            organisation: own.organisation,
            organisation_name: self.organisation_name(own.organisation)?.to_owned(),
            unit_name: self.unit_name(own.organisation, own.unit),
            link: own.content.link.clone(),
            client: own.content.client.clone(),
            closed: own.closed,
            held,
        })
    }

    fn unit_name(&self, organisation: OrganisationId, unit: UnitId) -> String {
        let own = self.organisations.get(&organisation);
        own.and_then(|own| own.units.get(&unit))
            .map(|unit| unit.name.clone())
            .unwrap_or_default()
    }

    /// The organisations in which people of `own` can find others, including their own (O3).
    pub fn within_reach(&self, own: OrganisationId) -> BTreeSet<OrganisationId> {
        let agreed = self
            .organisations
            .get(&own)
            .into_iter()
            .flat_map(|own| &own.agreed);
        let mut reach: BTreeSet<OrganisationId> = agreed
            .filter(|(with, network)| self.agreed(*with, *network, own))
            .map(|(with, _)| *with)
            .collect();
        reach.insert(own);
        reach
    }

    /// Everybody in these organisations who can be chosen.
    pub fn people_in<'a>(
        &'a self,
        organisations: &'a BTreeSet<OrganisationId>,
    ) -> impl Iterator<Item = MembershipId> + 'a {
        self.memberships
            .iter()
            .filter(|(_, own)| !own.ended && organisations.contains(&own.organisation))
            .map(|(id, _)| *id)
    }

    /// Every team of these organisations that can be chosen.
    pub fn teams_in<'a>(
        &'a self,
        organisations: &'a BTreeSet<OrganisationId>,
    ) -> impl Iterator<Item = TeamId> + 'a {
        self.teams
            .iter()
            .filter(|(_, own)| !own.ended && organisations.contains(&own.organisation))
            .map(|(id, _)| *id)
    }

    /// Whether `unit` is `above`, or below it.
    pub fn is_below(&self, organisation: OrganisationId, above: UnitId, unit: UnitId) -> bool {
        let Some(own) = self.organisations.get(&organisation) else {
            return false;
        };
        let mut at = Some(unit);
        // Bounded by the number of units, so that a cycle in the tree ends.
        for _ in 0..=own.units.len() {
            match at {
                Some(unit) if unit == above => return true,
                Some(unit) => at = own.units.get(&unit).and_then(|unit| unit.parent),
                None => return false,
            }
        }
        false
    }

    fn holds(&self, member: MembershipId, item: &Item, permission: Permission) -> bool {
        let from = Grant {
            membership: member,
            item_type: item.item_type.clone(),
            permission,
            unit: UnitId(uuid::Uuid::nil()),
        };
        let same = |grant: &&Grant| {
            grant.membership == member && grant.item_type == item.item_type && grant.permission == permission
        };
        self.grants
            .range(from..)
            .take_while(same)
            .any(|grant| self.is_below(item.organisation, grant.unit, item.unit))
    }
}
