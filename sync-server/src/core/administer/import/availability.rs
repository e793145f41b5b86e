//! Working days and cover from a file:
//! `login,unit,week,works_on_holidays,time_zone,absent_from,absent_until,cover_login,cover_team,note`, one membership per
//! line (O5).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use conversation::organisation::availability::{TIME_ZONE, week_of_text};
use conversation::organisation::{Absence, Availability, Cover};
use conversation::{MembershipId, OrganisationId, TeamId};
use serde::Deserialize;

use super::super::AdminRefusal;
use super::super::plan::Plan;
use super::table::Row;
use super::{Import, Outcome, Report};
use crate::core::CoreError;

#[derive(Deserialize)]
pub(super) struct AvailabilityRow {
    login: String,
    /// The only membership of the person here, unless given.
    #[serde(default)]
    unit: String,
    #[serde(default)]
    week: String,
    #[serde(default)]
    works_on_holidays: String,
    #[serde(default)]
    time_zone: String,
    /// Today, unless given or imported with the same end before.
    #[serde(default)]
    absent_from: String,
    #[serde(default)]
    absent_until: String,
    #[serde(default)]
    cover_login: String,
    #[serde(default)]
    cover_team: String,
    #[serde(default)]
    note: String,
}

impl AvailabilityRow {
    /// All but the cover.
    fn availability(&self, today: NaiveDate, before: Option<Absence>) -> Result<Availability, AdminRefusal> {
        let date = |text: &str| text.parse::<NaiveDate>().map_err(|_| AdminRefusal::DateInvalid);
        let absence = match (self.absent_from.as_str(), self.absent_until.as_str()) {
            ("", "") => None,
            (_, "") => return Err(AdminRefusal::AbsenceWithoutEnd),
            ("", until) => {
                let until = date(until)?;
                // The same file on a later day: the absence began when it was first imported.
                let begun = before.filter(|before| before.until == until && before.from <= today);
                let from = begun.map_or(today, |begun| begun.from);
                // Over already, it is none.
                (today <= until).then_some(Absence { from, until })
            }
            (from, until) => Some(Absence {
                from: date(from)?,
                until: date(until)?,
            }),
        };
        Ok(Availability {
            note: self.note.clone(),
            week: week_of_text(&self.week).map_err(AdminRefusal::WeekInvalid)?,
            works_on_holidays: yes_or_no(&self.works_on_holidays)?,
            time_zone: match self.time_zone.as_str() {
                "" => TIME_ZONE.to_owned(),
                named => named.to_owned(),
            },
            absence,
            cover: None,
        })
    }
}

fn yes_or_no(text: &str) -> Result<bool, AdminRefusal> {
    match text.to_lowercase().as_str() {
        "ja" | "yes" | "true" | "1" => Ok(true),
        "" | "nee" | "no" | "false" | "0" => Ok(false),
        _ => Err(AdminRefusal::YesOrNo),
    }
}

impl Plan {
    pub(super) async fn import_availability(
        &mut self,
        import: &Import,
        rows: Vec<Row<AvailabilityRow>>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let mut named = BTreeSet::new();
        let readable = !rows.is_empty();
        for Row { line, row } in rows {
            let outcome = self
                .import_availability_row(import.organisation, &row, &mut named)
                .await?;
            report.line(line, &row.login, outcome);
        }
        if import.complete && readable {
            let all = self.directory.memberships(import.organisation);
            let others = all.map(|(membership, _)| membership);
            let others = others
                .filter(|other| !named.contains(other) && self.directory.availability(*other).is_some())
                .collect();
            for (membership, login) in self.logins(others).await? {
                let ended = self.change_availability(membership, None);
                report.ended(login, ended.map(|_| ()));
            }
        }
        Ok(())
    }

    async fn import_availability_row(
        &mut self,
        organisation: OrganisationId,
        row: &AvailabilityRow,
        named: &mut BTreeSet<MembershipId>,
    ) -> Result<Result<Outcome, AdminRefusal>, CoreError> {
        let unit = Some(row.unit.as_str()).filter(|unit| !unit.is_empty());
        let own = match self.memberships_of_row(organisation, &row.login, unit).await? {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let membership = match own.as_slice() {
            [membership] => *membership,
            [] => return Ok(Err(AdminRefusal::NoSuchMembership)),
            _ => return Ok(Err(AdminRefusal::UnitNeeded)),
        };
        if !named.insert(membership) {
            return Ok(Err(AdminRefusal::NamedTwice));
        }
        let before = self.directory.availability(membership);
        let before = before.and_then(|before| before.absence);
        let mut availability = match row.availability(self.today(), before) {
            Ok(availability) => availability,
            Err(refusal) => return Ok(Err(refusal)),
        };
        availability.cover = match (row.cover_login.as_str(), row.cover_team.as_str()) {
            ("", "") => None,
            (login, "") => match self.cover_by_login(organisation, login, membership).await? {
                Ok(membership) => Some(Cover::Colleague { membership }),
                Err(refusal) => return Ok(Err(refusal)),
            },
            ("", team) => match self.team_called(organisation, team) {
                Some(team) => Some(Cover::Team { team }),
                None => return Ok(Err(AdminRefusal::NoSuchTeam)),
            },
            _ => return Ok(Err(AdminRefusal::CoverTwice)),
        };
        let is_new = self.directory.availability(membership).is_none();
        Ok(self
            .change_availability(membership, Some(&availability))
            .map(|changed| match (changed, is_new) {
                (false, _) => Outcome::Unchanged,
                (true, true) => Outcome::Added,
                (true, false) => Outcome::Changed,
            }))
    }

    /// The memberships of the person with this login, at the unit alone where one is given.
    async fn memberships_of_row(
        &self,
        organisation: OrganisationId,
        login: &str,
        unit: Option<&str>,
    ) -> Result<Result<Vec<MembershipId>, AdminRefusal>, CoreError> {
        let mut own = match self.memberships_by_login(organisation, login).await? {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if unit.is_some() {
            match self.unit_named(organisation, unit) {
                Ok(unit) => own.retain(|membership| self.directory.unit_of(*membership) == Some(unit)),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        Ok(Ok(own))
    }

    /// The only membership here of the person with this login; of several, the one at the unit of who is covered.
    async fn cover_by_login(
        &self,
        organisation: OrganisationId,
        login: &str,
        covered: MembershipId,
    ) -> Result<Result<MembershipId, AdminRefusal>, CoreError> {
        let own = match self.memberships_by_login(organisation, login).await? {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let there = self.directory.unit_of(covered);
        let at_its_unit = |membership: &&MembershipId| self.directory.unit_of(**membership) == there;
        Ok(match own.as_slice() {
            [membership] => Ok(*membership),
            several => several
                .iter()
                .find(at_its_unit)
                .copied()
                .ok_or(AdminRefusal::CoverAmbiguous),
        })
    }

    pub(super) fn team_called(&self, organisation: OrganisationId, name: &str) -> Option<TeamId> {
        let wanted = matching::key(name);
        let own = BTreeSet::from([organisation]);
        self.directory.teams_in(&own).find(|team| {
            let card = self.directory.team_card(*team);
            card.is_some_and(|card| matching::key(&card.name) == wanted)
        })
    }

    fn today(&self) -> NaiveDate {
        let now = chrono::DateTime::from_timestamp_millis(self.now.0).unwrap_or_default();
        now.with_timezone(&chrono_tz::Tz::Europe__Amsterdam).date_naive()
    }
}
