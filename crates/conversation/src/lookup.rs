//! The interface of the rules to everything outside a conversation: memberships, networks, teams, items and rights.

use crate::ids::*;

/// The properties of a membership that the rules use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: PersonId,
    pub organisation: OrganisationId,
    /// Neither the membership nor the account has ended.
    pub active: bool,
}

/// The properties of a team that the rules use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Team {
    pub organisation: OrganisationId,
    pub ended: bool,
}

/// A permission at an item (O7).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[ts(export)]
pub struct Rights {
    pub handle: bool,
    pub analyse: bool,
}

/// Lookups of the rules into everything outside the conversation.
pub trait DirectoryLookup {
    /// `None` if there is no such membership.
    fn member(&self, member: MembershipId) -> Option<Member>;
    /// Whether the organisations are the same, or share a network.
    fn shares(&self, one: OrganisationId, other: OrganisationId) -> bool;
    /// O3: whether they belong to the same organisation, or to organisations that share a network.
    fn can_find(&self, from: MembershipId, to: MembershipId) -> bool {
        let of = |member| self.member(member).map(|member| member.organisation);
        of(from)
            .zip(of(to))
            .is_some_and(|(from, to)| self.shares(from, to))
    }
    /// `None` if there is no such team.
    fn team(&self, team: TeamId) -> Option<Team>;
    /// The team's current members in the order of joining, without ended memberships.
    fn team_members(&self, team: TeamId) -> Vec<MembershipId>;
    fn in_team(&self, member: MembershipId, team: TeamId) -> bool;
    fn rights(&self, member: MembershipId, item: ItemId) -> Rights;
    /// `None` if there is no such item.
    fn item_title(&self, item: ItemId) -> Option<String>;
}
