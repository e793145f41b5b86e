//! Organisations from files (I2): units, people, teams and permissions as CSV, all of a file or nothing of it.
//!
//! A file says how things are, not what is to be done: importing it again changes nothing. What the file does not name
//! stays, unless the file is said to be complete. A rehearsal does everything but write.

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
    /// Nothing is written; what would come of it is reported.
    pub rehearse: bool,
    /// What the file does not name ends.
    pub complete: bool,
}

/// The result of an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    /// Whether it was: not where a line was refused, and not at a rehearsal.
    pub written: bool,
    pub lines: Vec<Line>,
    /// For those who are new; shown once, and none at a rehearsal.
    pub invitations: Vec<Invited>,
}

impl Imported {
    /// Lines that cannot be done as they stand.
    pub fn refused(&self) -> usize {
        let refused = |line: &&Line| matches!(line.outcome, Outcome::Refused { .. });
        self.lines.iter().filter(refused).count()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Of the file; absent for what the file does not name.
    pub line: Option<u64>,
    /// What it is about, in the file's own words; characters that nobody sees are written out.
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
    /// Since the file does not name it, and is complete.
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

/// What is reported while a file is gone through.
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

    /// What memberships are called in a report: the address that their person signs in with.
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
