//! Teams from a file: `team,unit,login`, one member per line (O4). A line without a login adds a team that may have no
//! members.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{DirectoryLookup as _, MembershipId, OrganisationId, TeamId};
use serde::Deserialize;

use super::super::plan::Plan;
use super::super::{AdminRefusal, AdminResponse};
use super::table::Row;
use super::{Import, Outcome, Report};
use crate::core::CoreError;

#[derive(Deserialize)]
pub(super) struct TeamRow {
    team: String,
    /// The head office, unless given.
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    login: Option<String>,
}

impl Plan {
    pub(super) async fn import_teams(
        &mut self,
        import: &Import,
        rows: Vec<Row<TeamRow>>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let mut members: BTreeMap<TeamId, BTreeSet<MembershipId>> = BTreeMap::new();
        let readable = !rows.is_empty();
        for Row { line, row } in rows {
            let login = row.login.as_deref().filter(|login| !login.is_empty());
            let about = [Some(row.team.as_str()), login];
            let about = about.into_iter().flatten().collect::<Vec<_>>().join(": ");
            let outcome = self.import_team_row(import, &row, login, &mut members).await?;
            report.line(line, &about, outcome);
        }
        if import.complete && readable {
            self.end_other_teams(import.organisation, &members, report)
                .await?;
        }
        Ok(())
    }

    async fn import_team_row(
        &mut self,
        import: &Import,
        row: &TeamRow,
        login: Option<&str>,
        members: &mut BTreeMap<TeamId, BTreeSet<MembershipId>>,
    ) -> Result<Result<Outcome, AdminRefusal>, CoreError> {
        let (team, added) = match self.import_team(import.organisation, row) {
            Ok(done) => done,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let named = members.entry(team).or_default();
        let without = if added { Outcome::Added } else { Outcome::Unchanged };
        let Some(login) = login else {
            return Ok(Ok(without));
        };
        let own = match self.memberships_by_login(import.organisation, login).await? {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let at_its_unit = |membership: &&MembershipId| {
            self.directory.unit_of(**membership) == self.directory.team_unit(team)
        };
        let membership = match own.as_slice() {
            [membership] => *membership,
            several => match several.iter().find(at_its_unit) {
                Some(membership) => *membership,
                None => return Ok(Err(AdminRefusal::MembershipAmbiguous)),
            },
        };
        named.insert(membership);
        if self.directory.in_team(membership, team) {
            return Ok(Ok(without));
        }
        Ok(self.join_team(team, membership, true).map(|_| Outcome::Added))
    }

    /// The team of that name, and whether it is new.
    fn import_team(
        &mut self,
        organisation: OrganisationId,
        row: &TeamRow,
    ) -> Result<(TeamId, bool), AdminRefusal> {
        let unit = self.unit_named(organisation, row.unit.as_deref())?;
        match self.team_called(organisation, &row.team) {
            Some(team) => {
                let given = row.unit.as_deref().is_some_and(|unit| !unit.is_empty());
                if given && self.directory.team_unit(team) != Some(unit) {
                    return Err(AdminRefusal::TeamElsewhere);
                }
                Ok((team, false))
            }
            None => match self.add_team(organisation, Some(unit), &row.team)? {
                AdminResponse::Team { team } => Ok((team, true)),
                _ => Err(AdminRefusal::NoSuchTeam),
            },
        }
    }

    async fn end_other_teams(
        &mut self,
        organisation: OrganisationId,
        members: &BTreeMap<TeamId, BTreeSet<MembershipId>>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let own = BTreeSet::from([organisation]);
        let teams: Vec<TeamId> = self.directory.teams_in(&own).collect();
        for team in teams {
            let name = self
                .directory
                .team_card(team)
                .map(|card| card.name)
                .unwrap_or_default();
            let Some(named) = members.get(&team) else {
                let ended = self.end_team(team).map(|_| ());
                report.ended(name, ended);
                continue;
            };
            let there = self.directory.team_members(team);
            let others = there
                .into_iter()
                .filter(|membership| !named.contains(membership))
                .collect();
            for (membership, login) in self.logins(others).await? {
                let left = self.join_team(team, membership, false).map(|_| ());
                report.ended(format!("{name}: {login}"), left);
            }
        }
        Ok(())
    }
}
