//! Import of an organisation from files (I2): units, people, teams, working days and permissions as CSV, a file as a whole or not at
//! all.
//!
//! A file describes a state, not changes: importing it again changes nothing. Rows that the file does not name stay,
//! unless the file is declared complete. A rehearsal does everything except write.

mod availability;
mod encoding;
mod people;
mod permissions;
mod table;
mod teams;
mod units;

use std::collections::BTreeMap;

use conversation::{DirectoryLookup as _, MembershipId, OrganisationId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use encoding::{Encoding, NoText, decode};
pub use table::Table;

use super::plan::Plan;
use super::{AdminRefusal, Invitation};
use crate::core::CoreError;
use table::Row;

/// A file for an organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    pub organisation: OrganisationId,
    pub table: Table,
    pub text: String,
    /// Nothing is written; the report says what would change.
    pub rehearse: bool,
    /// Rows that the file does not name are ended.
    pub complete: bool,
}

/// The result of an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    /// False if a line was refused, and for a rehearsal.
    pub written: bool,
    pub lines: Vec<Line>,
    /// For new people; each shown once, and none for a rehearsal.
    pub invitations: Vec<Invited>,
}

impl Imported {
    /// The number of refused lines.
    pub fn refused(&self) -> usize {
        let refused = |line: &&Line| matches!(line.outcome, Outcome::Refused { .. });
        self.lines.iter().filter(refused).count()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The line in the file; absent for a row that the file does not name.
    pub line: Option<u64>,
    /// The subject of the line, in the file's own words; invisible characters are written out.
    pub about: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Added,
    Changed,
    Unchanged,
    /// The file does not name it, and is complete.
    Ended,
    Refused {
        why: String,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invited {
    pub login: String,
    pub invitation: Invitation,
}

/// The report that an import builds up.
#[derive(Default)]
pub(super) struct Report {
    lines: Vec<Line>,
    invitations: Vec<Invited>,
}

impl Report {
    fn line(&mut self, line: u64, about: &str, outcome: Result<Outcome, AdminRefusal>) {
        let outcome = outcome.unwrap_or_else(|refusal| Outcome::Refused {
            why: refusal.to_string(),
        });
        self.lines.push(Line {
            line: Some(line),
            about: matching::shown(about),
            outcome,
        });
    }

    fn ended(&mut self, about: String, outcome: Result<(), AdminRefusal>) {
        let outcome = match outcome {
            Ok(()) => Outcome::Ended,
            Err(refusal) => Outcome::Refused {
                why: refusal.to_string(),
            },
        };
        let line = None;
        self.lines.push(Line { line, about, outcome });
    }
}

impl Plan {
    pub(super) async fn import(
        &mut self,
        import: &Import,
    ) -> Result<Result<Imported, AdminRefusal>, CoreError> {
        if let Err(refusal) = self.check(import.organisation) {
            return Ok(Err(refusal));
        }
        let mut report = Report::default();
        match import.table {
            Table::Units => {
                let rows = read(import, &mut report);
                self.import_units(import, rows, &mut report);
            }
            Table::People => {
                let rows = read(import, &mut report);
                self.import_people(import, rows, &mut report).await?;
            }
            Table::Teams => {
                let rows = read(import, &mut report);
                self.import_teams(import, rows, &mut report).await?;
            }
            Table::Availability => {
                let rows = read(import, &mut report);
                self.import_availability(import, rows, &mut report).await?;
            }
            Table::Permissions => {
                let rows = read(import, &mut report);
                self.import_permissions(import, rows, &mut report).await?;
            }
        }
        let refused = |line: &Line| matches!(line.outcome, Outcome::Refused { .. });
        let written = !import.rehearse && !report.lines.iter().any(refused);
        report.lines.sort_by_key(|line| (line.line.is_none(), line.line));
        Ok(Ok(Imported {
            written,
            lines: report.lines,
            invitations: if written { report.invitations } else { Vec::new() },
        }))
    }

    /// The name of each membership in a report: the login of its person.
    async fn logins(
        &self,
        memberships: Vec<MembershipId>,
    ) -> Result<BTreeMap<MembershipId, String>, CoreError> {
        let mut logins = BTreeMap::new();
        for membership in memberships {
            let Some(member) = self.directory.member(membership) else {
                continue;
            };
            let account = self.standing(member.person).await?;
            logins.insert(
                membership,
                account.map(|account| account.login).unwrap_or_default(),
            );
        }
        Ok(logins)
    }
}

/// The file's rows; none where a line cannot be read, which is then reported.
fn read<T: DeserializeOwned>(import: &Import, report: &mut Report) -> Vec<Row<T>> {
    table::rows(import.table, &import.text).unwrap_or_else(|unreadable| {
        let refused = unreadable.into_iter().map(|(line, why)| Line {
            line: Some(line),
            about: String::new(),
            outcome: Outcome::Refused { why },
        });
        report.lines.extend(refused);
        Vec::new()
    })
}
