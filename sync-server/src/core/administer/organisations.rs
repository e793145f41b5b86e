//! Organisations, their units, their teams, and the networks they share (O1, O4, O8).

use std::collections::BTreeSet;

use conversation::organisation::{OrganisationKind, UnitKind};
use conversation::{DirectoryLookup as _, MembershipId, NetworkId, OrganisationId, TeamId, UnitId};

use super::plan::{Plan, named};
use super::{AdminRefusal, AdminResponse, Listed, ListedTeam, ListedUnit};
use crate::core::frames::Named;

impl Plan {
    pub(super) fn add_organisation(&mut self, name: &str) -> Result<AdminResponse, AdminRefusal> {
        let (organisation, unit) = (OrganisationId(self.id()), UnitId(self.id()));
        let named = named(name)?;
        let created = OrganisationKind::Created { organisation };
        self.push(organisation, created, named.clone());
        let head_office = OrganisationKind::UnitAdded {
            unit,
            of: UnitKind::HeadOffice,
            parent: None,
        };
        self.push(organisation, head_office, named);
        Ok(AdminResponse::Organisation { organisation, unit })
    }

    pub(super) fn list_organisations(&self) -> AdminResponse {
        let listed = |organisation: OrganisationId, name: &str| Listed {
            organisation,
            name: name.to_owned(),
            units: self
                .directory
                .units(organisation)
                .map(|(id, unit)| {
                    let listed = ListedUnit {
                        name: unit.name.clone(),
                        kind: unit.kind,
                        parent: unit.parent,
                    };
                    (id, listed)
                })
                .collect(),
            teams: self
                .directory
                .teams_in(&BTreeSet::from([organisation]))
                .filter_map(|team| self.directory.team_card(team))
                .map(|card| {
                    let listed = ListedTeam {
                        name: card.name,
                        unit: card.unit_name,
                    };
                    (card.team, listed)
                })
                .collect(),
        };
        AdminResponse::Organisations {
            organisations: self
                .directory
                .organisations()
                .filter(|(id, _)| self.scope.contains(*id))
                .map(|(id, name)| listed(id, name))
                .collect(),
        }
    }

    pub(super) fn add_unit(
        &mut self,
        organisation: OrganisationId,
        name: &str,
        of: UnitKind,
        parent: Option<UnitId>,
    ) -> Result<AdminResponse, AdminRefusal> {
        let parent = Some(self.unit(organisation, parent)?);
        let unit = UnitId(self.id());
        let named = named(name)?;
        self.push(
            organisation,
            OrganisationKind::UnitAdded { unit, of, parent },
            named,
        );
        Ok(AdminResponse::Unit { unit })
    }

    pub(super) fn rename_unit(
        &mut self,
        organisation: OrganisationId,
        unit: UnitId,
        name: &str,
    ) -> Result<AdminResponse, AdminRefusal> {
        let unit = self.unit(organisation, Some(unit))?;
        let named = named(name)?;
        self.push(organisation, OrganisationKind::UnitRenamed { unit }, named);
        let there: Vec<MembershipId> = self
            .directory
            .memberships(organisation)
            .map(|(id, _)| id)
            .collect();
        for membership in there {
            if self.directory.unit_of(membership) == Some(unit) {
                self.card_changed(membership);
            }
        }
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn move_unit(
        &mut self,
        organisation: OrganisationId,
        unit: UnitId,
        parent: UnitId,
    ) -> Result<AdminResponse, AdminRefusal> {
        let unit = self.unit(organisation, Some(unit))?;
        let parent = self.unit(organisation, Some(parent))?;
        let root = self.directory.head_office(organisation) == Some(unit);
        if root || self.directory.is_below(organisation, unit, parent) {
            return Err(AdminRefusal::UnitBelowItself);
        }
        let moved = OrganisationKind::UnitMoved { unit, parent };
        self.push(organisation, moved, Default::default());
        self.everyones_rights_changed(organisation);
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn everyones_rights_changed(&mut self, organisation: OrganisationId) {
        let people: Vec<_> = self
            .directory
            .memberships(organisation)
            .map(|(_, person)| person)
            .collect();
        self.committed.rights.extend(people);
    }

    pub(super) fn name_administrator(
        &mut self,
        membership: MembershipId,
        named: bool,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let kind = if named {
            OrganisationKind::AdministratorNamed { membership }
        } else {
            OrganisationKind::AdministratorDismissed { membership }
        };
        self.push(organisation, kind, Default::default());
        Ok(AdminResponse::Nothing)
    }

    /// One half of sharing a network.
    pub(super) fn agree(
        &mut self,
        network: Option<NetworkId>,
        by: MembershipId,
        with: OrganisationId,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.administered(by, with)?;
        let network = network.unwrap_or_else(|| NetworkId(self.id()));
        let agreed = OrganisationKind::NetworkAgreed { network, with };
        self.push_in_the_name_of(Some(by), organisation, agreed, Default::default());
        Ok(AdminResponse::Network { network })
    }

    pub(super) fn withdraw(
        &mut self,
        network: NetworkId,
        by: MembershipId,
        with: OrganisationId,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.administered(by, with)?;
        let withdrawn = OrganisationKind::NetworkWithdrawn { network, with };
        self.push_in_the_name_of(Some(by), organisation, withdrawn, Default::default());
        Ok(AdminResponse::Nothing)
    }

    /// The organisation in whose name the administrator acts.
    fn administered(&self, by: MembershipId, with: OrganisationId) -> Result<OrganisationId, AdminRefusal> {
        let organisation = self.organisation_of(by)?;
        self.check(with)?;
        if organisation == with {
            return Err(AdminRefusal::WithItself);
        }
        if !self.directory.administers(by, organisation) {
            return Err(AdminRefusal::NotAnAdministrator);
        }
        Ok(organisation)
    }

    pub(super) fn add_team(
        &mut self,
        organisation: OrganisationId,
        unit: Option<UnitId>,
        name: &str,
    ) -> Result<AdminResponse, AdminRefusal> {
        let unit = self.unit(organisation, unit)?;
        let team = TeamId(self.id());
        let named = named(name)?;
        self.push(organisation, OrganisationKind::TeamAdded { team, unit }, named);
        Ok(AdminResponse::Team { team })
    }

    pub(super) fn rename_team(&mut self, team: TeamId, name: &str) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.team(team)?;
        let named = named(name)?;
        self.push(organisation, OrganisationKind::TeamRenamed { team }, named);
        self.committed.cards.push(Named::Team(team));
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn end_team(&mut self, team: TeamId) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.team(team)?;
        self.push(
            organisation,
            OrganisationKind::TeamEnded { team },
            Default::default(),
        );
        self.committed.cards.push(Named::Team(team));
        Ok(AdminResponse::Nothing)
    }

    /// Adds the member to the team, or removes them. No event when nothing changes.
    pub(super) fn join_team(
        &mut self,
        team: TeamId,
        membership: MembershipId,
        joins: bool,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.team(team)?;
        if self.organisation_of(membership)? != organisation {
            return Err(AdminRefusal::OfAnotherOrganisation);
        }
        if self.directory.in_team(membership, team) == joins {
            return Ok(AdminResponse::Nothing);
        }
        let kind = if joins {
            OrganisationKind::TeamJoined { team, membership }
        } else {
            OrganisationKind::TeamLeft { team, membership }
        };
        self.push(organisation, kind, Default::default());
        Ok(AdminResponse::Nothing)
    }

    /// The organisation of a team that was not ended.
    fn team(&self, team: TeamId) -> Result<OrganisationId, AdminRefusal> {
        let team = self.directory.team(team).filter(|team| !team.ended);
        team.map(|team| team.organisation).ok_or(AdminRefusal::NoSuchTeam)
    }
}
