//! People from a file: `login,given,prefix,family,discipline,function,unit,work_email`, a line a membership (O2).

use std::collections::{BTreeSet, HashMap};

use conversation::MembershipId;
use conversation::organisation::{AdminAct, Name, Profile};
use serde::Deserialize;

use super::super::people::profiled;
use super::super::plan::Plan;
use super::super::{AdminRefusal, AdminResponse, NewMembership};
use super::table::Row;
use super::{Import, Invited, Outcome, Report};
use crate::core::CoreError;
use crate::credentials::invitation;
use crate::store::AccountRow;

#[derive(Clone, Deserialize)]
pub(super) struct PersonRow {
    login: String,
    given: String,
    #[serde(default)]
    prefix: String,
    family: String,
    #[serde(default)]
    discipline: String,
    #[serde(default)]
    function: String,
    /// The head office, unless given.
    #[serde(default)]
    unit: Option<String>,
    /// The login, unless given.
    #[serde(default)]
    work_email: Option<String>,
}

impl PersonRow {
    fn work_email(&self) -> Option<&str> {
        self.work_email.as_deref().filter(|address| !address.is_empty())
    }

    fn name(&self) -> Name {
        Name {
            given: self.given.clone(),
            prefix: self.prefix.clone(),
            family: self.family.clone(),
        }
    }

    fn profile(&self, login: &str) -> Profile {
        Profile {
            name: self.name(),
            discipline: self.discipline.clone(),
            function: self.function.clone(),
            work_email: self.work_email().unwrap_or(login).to_owned(),
        }
    }
}

impl Plan {
    pub(super) async fn import_people(
        &mut self,
        import: &Import,
        rows: Vec<Row<PersonRow>>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let mut others: BTreeSet<MembershipId> = self
            .directory
            .memberships(import.organisation)
            .map(|(membership, _)| membership)
            .collect();
        let readable = !rows.is_empty();
        for rows in by_login(rows) {
            self.import_person(import, &rows, &mut others, report).await?;
        }
        if import.complete && readable {
            let logins = self.logins(others.into_iter().collect()).await?;
            for (membership, login) in logins {
                let ended = self.end_membership(membership);
                report.ended(login, ended);
            }
        }
        Ok(())
    }

    /// Imports all lines of one person, and removes their memberships from `others`.
    async fn import_person(
        &mut self,
        import: &Import,
        rows: &[Row<PersonRow>],
        others: &mut BTreeSet<MembershipId>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let mut account = match rows.first() {
            Some(row) => self.account_of(&row.row.login).await?,
            None => None,
        };
        let own = match &account {
            Some(account) if account.ended_at.is_none() => {
                self.own_memberships(import.organisation, account.person)
            }
            _ => Vec::new(),
        };
        for (row, kept) in self.matched(import, rows, own) {
            let outcome = match (&kept, &account) {
                (_, Some(account)) if account.ended_at.is_some() => Err(AdminRefusal::AccountEnded),
                (Some(membership), Some(account)) => {
                    others.remove(membership);
                    let login = account.login.clone();
                    self.keep_membership(import, *membership, &login, &row.row)
                }
                _ => {
                    self.import_membership(import, &mut account, &row.row, report)
                        .await?
                }
            };
            report.line(row.line, &row.row.login, outcome);
        }
        Ok(())
    }

    /// Pairs each line with the membership at the same unit. If one line and one membership are left over, that
    /// membership has moved.
    fn matched<'a>(
        &self,
        import: &Import,
        rows: &'a [Row<PersonRow>],
        mut own: Vec<MembershipId>,
    ) -> Vec<(&'a Row<PersonRow>, Option<MembershipId>)> {
        let mut matched: Vec<(&Row<PersonRow>, Option<MembershipId>)> = rows
            .iter()
            .map(|row| {
                let unit = self.unit_named(import.organisation, row.row.unit.as_deref()).ok();
                let there = own
                    .iter()
                    .position(|membership| unit.is_some() && self.directory.unit_of(*membership) == unit);
                (row, there.map(|index| own.swap_remove(index)))
            })
            .collect();
        let mut left = matched.iter_mut().filter(|(_, membership)| membership.is_none());
        if let (Some(row), None, [membership]) = (left.next(), left.next(), own.as_slice()) {
            row.1 = Some(*membership);
        }
        matched
    }

    fn keep_membership(
        &mut self,
        import: &Import,
        membership: MembershipId,
        login: &str,
        row: &PersonRow,
    ) -> Result<Outcome, AdminRefusal> {
        let unit = self.unit_named(import.organisation, row.unit.as_deref())?;
        let profile = profiled(&row.profile(login))?.profile;
        let mut outcome = Outcome::Unchanged;
        if self.directory.unit_of(membership) != Some(unit) {
            self.move_membership(membership, unit)?;
            outcome = Outcome::Changed;
        }
        if let Some(profile) = profile.filter(|profile| self.directory.profile(membership) != Some(profile)) {
            self.change_profile(membership, &profile)?;
            outcome = Outcome::Changed;
        }
        Ok(outcome)
    }

    /// Adds a membership, and its person if they are new.
    async fn import_membership(
        &mut self,
        import: &Import,
        account: &mut Option<AccountRow>,
        row: &PersonRow,
        report: &mut Report,
    ) -> Result<Result<Outcome, AdminRefusal>, CoreError> {
        let unit = match self.unit_named(import.organisation, row.unit.as_deref()) {
            Ok(unit) => unit,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let membership = NewMembership {
            organisation: import.organisation,
            unit: Some(unit),
            name: row.name(),
            discipline: row.discipline.clone(),
            function: row.function.clone(),
            work_email: row.work_email().map(str::to_owned),
        };
        let done = match account {
            Some(account) => {
                let add = AdminAct::AddMembership {
                    person: account.person,
                    organisation: import.organisation,
                };
                match self.allow(&add) {
                    Ok(()) => self.add_membership(account.person, &membership).await?,
                    Err(refusal) => Err(refusal),
                }
            }
            None => self.add_person(&row.login, &[membership]).await?,
        };
        Ok(match done {
            Ok(AdminResponse::Person {
                person, invitation, ..
            }) => {
                *account = self.standing(person).await?;
                let login = account.as_ref().map(|account| account.login.clone());
                report.invitations.push(Invited {
                    login: login.unwrap_or_default(),
                    invitation,
                });
                Ok(Outcome::Added)
            }
            Ok(_) => Ok(Outcome::Added),
            Err(refusal) => Err(refusal),
        })
    }
}

/// Groups the lines by person, in the order of each person's first line.
fn by_login(rows: Vec<Row<PersonRow>>) -> Vec<Vec<Row<PersonRow>>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<Row<PersonRow>>> = Vec::new();
    for row in rows {
        let login = invitation::login(&row.row.login).unwrap_or_else(|| row.row.login.to_lowercase());
        let place = *places.entry(login).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}
