//! The standing of everyone, as the simulation itself arranged it: who works where, holds what and is in which team. And what
//! follows from it in words of its own: who reaches whom, whom a team brings in, who owns what is left.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{Head, ItemId, Kind, MembershipId, OrganisationId, PersonId, Shape, TeamId};

use super::directory_fixture::Team;
use super::judge::{Objection, unless};
use super::log::Log;

/// Everyone's positions and rights, as the simulation itself arranged them.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) memberships: BTreeMap<PersonId, Vec<MembershipId>>,
    /// The memberships that hold `Analyse` at which items, and `Handle`.
    pub(super) analyse: BTreeSet<(MembershipId, ItemId)>,
    pub(super) handle: BTreeSet<(MembershipId, ItemId)>,
    /// Memberships that ever held or lost `Analyse`: a device may not know yet which.
    pub(super) unsteady: BTreeSet<MembershipId>,
    /// Of every membership there ever was, the organisation and the person.
    pub(super) homes: BTreeMap<MembershipId, OrganisationId>,
    pub(super) people: BTreeMap<MembershipId, PersonId>,
    /// The organisations that share the one network.
    pub(super) network: BTreeSet<OrganisationId>,
    /// Those that have not ended, with who is in them, the longest-standing first.
    pub(super) teams: Vec<Team>,
}

impl Standing {
    /// The memberships of someone that have not ended.
    pub(super) fn own(&self, person: PersonId) -> impl Iterator<Item = MembershipId> {
        self.memberships.get(&person).into_iter().flatten().copied()
    }

    pub(super) fn works(&self, member: MembershipId) -> bool {
        self.memberships.values().any(|own| own.contains(&member))
    }

    pub(super) fn reaches(&self, one: OrganisationId, other: OrganisationId) -> bool {
        let network = |organisation| self.network.contains(organisation);
        one == other || network(&one) && network(&other)
    }

    pub(super) fn finds(&self, from: MembershipId, to: MembershipId) -> bool {
        let home = |member| self.homes.get(&member);
        match (home(from), home(to)) {
            (Some(from), Some(to)) => self.reaches(*from, *to),
            _ => false,
        }
    }

    pub(super) fn colleagues(&self, one: MembershipId, other: MembershipId) -> bool {
        self.homes.contains_key(&one) && self.homes.get(&one) == self.homes.get(&other)
    }

    pub(super) fn is_same(&self, one: MembershipId, other: MembershipId) -> bool {
        one == other || self.people.contains_key(&one) && self.people.get(&one) == self.people.get(&other)
    }

    pub(super) fn analyses(&self, member: MembershipId, shape: Shape) -> bool {
        match shape {
            Shape::Item { item } => self.works(member) && self.analyse.contains(&(member, item)),
            Shape::Direct | Shape::Group => false,
        }
    }

    pub(super) fn handles(&self, member: MembershipId, item: ItemId) -> bool {
        self.works(member) && self.handle.contains(&(member, item))
    }

    pub(super) fn in_team(&self, member: MembershipId, team: TeamId) -> bool {
        let found = self.teams.iter().find(|one| one.id == team);
        found.is_some_and(|team| team.members.contains(&member))
    }

    /// Those of a team who are to come in by it, or have it as one more ground.
    pub(super) fn coming(&self, head: &Head, team: TeamId, apart: &BTreeSet<PersonId>) -> Vec<MembershipId> {
        let found = self.teams.iter().find(|one| one.id == team);
        let mut coming: Vec<MembershipId> = Vec::new();
        for &member in found.map_or(&[][..], |team| &team.members) {
            let comes = if head.participants.contains(&member) {
                let grounds = head.by_team.get(&member);
                grounds.is_some_and(|teams| !teams.contains(&team))
            } else {
                let inside = head.participants.iter().chain(&coming);
                let person = self.people.get(&member);
                !inside.into_iter().any(|one| self.is_same(*one, member))
                    && !person.is_some_and(|person| apart.contains(person))
            };
            if comes {
                coming.push(member);
            }
        }
        coming
    }

    /// P9: who owns it once these go; `None` where the owner stays, or nobody does.
    pub(super) fn successor(
        &self,
        head: &Head,
        going: &[MembershipId],
        chosen: Option<MembershipId>,
    ) -> Option<MembershipId> {
        let owner = head.owner.filter(|owner| going.contains(owner))?;
        let staying: Vec<MembershipId> = head
            .participants
            .iter()
            .copied()
            .filter(|one| !going.contains(one))
            .collect();
        let colleague = staying.iter().find(|one| self.colleagues(owner, **one));
        chosen.or(colleague.copied()).or(staying.first().copied())
    }

    /// The change outside that is still to be recorded: that someone no longer works there (P9), left a team
    /// or joined one (O4).
    pub(super) fn unrecorded(&self, log: &Log, length: usize) -> Option<&'static str> {
        let apart = log.apart(length, self);
        let head = log.head(length, None).filter(|head| !head.deleted)?;
        if head.participants.iter().any(|one| !self.works(*one)) {
            return Some("P9: someone takes part whose membership ended");
        }
        let gone = |(member, teams): (&MembershipId, &BTreeSet<TeamId>)| {
            teams.iter().any(|team| !self.in_team(*member, *team))
        };
        if head.by_team.iter().any(gone) {
            return Some("O4: someone takes part by a team that they are no longer in");
        }
        let comes = |team: &TeamId| !self.coming(&head, *team, &apart).is_empty();
        head.teams
            .iter()
            .any(comes)
            .then_some("O4: someone came into a team that takes part, and is not in the conversation")
    }

    /// Whether a line that the server wrote by itself records a change that happened.
    pub(super) fn happened(&self, log: &Log, place: usize) -> Objection {
        let head = log.head(place, None).ok_or("it stands before the start")?;
        match &log.events[place].header.kind {
            Kind::TeamJoined { team, members } => {
                let apart = log.apart(place, self);
                unless(
                    head.teams.contains(team) && *members == self.coming(&head, *team, &apart),
                    "O4: others come into the team than the line says",
                )
            }
            Kind::TeamLeft { team, members } => unless(
                members.iter().all(|one| {
                    let by_it = head.by_team.get(one).is_some_and(|teams| teams.contains(team));
                    by_it && !self.in_team(*one, *team)
                }),
                "O4: someone is said to have left a team who is in it",
            ),
            Kind::Left { member, ended } => unless(
                *ended && head.participants.contains(member) && !self.works(*member),
                "P9: someone is said to be gone who works there",
            ),
            Kind::HandedOver { to } => {
                let going = match log.events.get(place + 1).map(|next| &next.header.kind) {
                    Some(Kind::Left { member, .. }) => vec![*member],
                    Some(Kind::TeamLeft { team, members }) => {
                        let last = |one: &&MembershipId| {
                            let teams = head.by_team.get(one);
                            teams.is_some_and(|teams| teams.iter().all(|one| one == team))
                        };
                        members.iter().filter(last).copied().collect()
                    }
                    _ => Vec::new(),
                };
                unless(
                    self.successor(&head, &going, None) == Some(*to),
                    "P9: another one is to own it",
                )
            }
            _ => Err("the server writes no such line by itself"),
        }
    }
}
