//! The directory implements the lookup of the rules.

use super::super::Permission;
use super::Directory;
use crate::ids::*;
use crate::lookup::{DirectoryLookup, Member, Rights, Team};

impl DirectoryLookup for Directory {
    fn member(&self, member: MembershipId) -> Option<Member> {
        let own = self.memberships.get(&member)?;
        Some(Member {
            person: own.person,
            organisation: own.organisation,
            active: !own.ended,
        })
    }

    fn shares(&self, one: OrganisationId, other: OrganisationId) -> bool {
        let Some(own) = self.organisations.get(&one) else {
            return false;
        };
        let first = (other, NetworkId(uuid::Uuid::nil()));
        one == other
            || own
                .agreed
                .range(first..)
                .take_while(|(with, _)| *with == other)
                .any(|(_, network)| self.agreed(other, *network, one))
    }

    fn team(&self, team: TeamId) -> Option<Team> {
        let own = self.teams.get(&team)?;
        Some(Team {
            organisation: own.organisation,
            ended: own.ended,
        })
    }

    fn team_members(&self, team: TeamId) -> Vec<MembershipId> {
        let members = self.teams.get(&team).into_iter().flat_map(|team| &team.members);
        let active = |member: &MembershipId| self.memberships.get(member).is_some_and(|own| !own.ended);
        members.copied().filter(active).collect()
    }

    fn in_team(&self, member: MembershipId, team: TeamId) -> bool {
        let own = self.memberships.get(&member);
        own.is_some_and(|own| !own.ended && own.teams.contains(&team))
    }

    fn rights(&self, member: MembershipId, item: ItemId) -> Rights {
        let (Some(own), Some(item)) = (self.memberships.get(&member), self.items.get(&item)) else {
            return Rights::default();
        };
        if own.ended || own.organisation != item.organisation {
            return Rights::default();
        }
        Rights {
            handle: self.holds(member, item, Permission::Handle),
            analyse: self.holds(member, item, Permission::Analyse),
        }
    }

    fn item_title(&self, item: ItemId) -> Option<String> {
        self.items.get(&item).map(|item| item.content.title.clone())
    }
}
