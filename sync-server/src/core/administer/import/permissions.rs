//! Permissions from a file: `login,type,permission,unit` (O7). Each is granted to all memberships of the person there.

use std::collections::BTreeSet;

use conversation::organisation::{Grant, Permission};
use serde::Deserialize;

use super::super::plan::Plan;
use super::super::{AdminRefusal, Right};
use super::table::Row;
use super::{Import, Outcome, Report};
use crate::core::CoreError;

#[derive(Deserialize)]
pub(super) struct PermissionRow {
    login: String,
    #[serde(rename = "type")]
    item_type: String,
    permission: Permission,
    /// The head office, unless given; a permission there holds in the whole organisation.
    #[serde(default)]
    unit: Option<String>,
}

impl Plan {
    pub(super) async fn import_permissions(
        &mut self,
        import: &Import,
        rows: Vec<Row<PermissionRow>>,
        report: &mut Report,
    ) -> Result<(), CoreError> {
        let mut others: BTreeSet<Grant> = self.directory.grants(import.organisation).collect();
        let readable = !rows.is_empty();
        for Row { line, row } in rows {
            let about = format!("{}: {}", row.login, row.item_type);
            let outcome = self.import_permission(import, &row, &mut others).await?;
            report.line(line, &about, outcome);
        }
        if import.complete && readable {
            let holders = others.iter().map(|grant| grant.membership).collect();
            let logins = self.logins(holders).await?;
            for grant in others {
                let login = logins.get(&grant.membership).cloned().unwrap_or_default();
                let about = format!("{login}: {}", grant.item_type);
                let right = Right {
                    membership: grant.membership,
                    unit: Some(grant.unit),
                    item_type: grant.item_type,
                    permission: grant.permission,
                };
                let ended = self.set_right(&right, false).map(|_| ());
                report.ended(about, ended);
            }
        }
        Ok(())
    }

    async fn import_permission(
        &mut self,
        import: &Import,
        row: &PermissionRow,
        others: &mut BTreeSet<Grant>,
    ) -> Result<Result<Outcome, AdminRefusal>, CoreError> {
        let own = match self.memberships_by_login(import.organisation, &row.login).await? {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let unit = match self.unit_named(import.organisation, row.unit.as_deref()) {
            Ok(unit) => unit,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let item_type = match self.item_type(import.organisation, &row.item_type) {
            Ok(item_type) => item_type,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let before = self.changes.len();
        for membership in own {
            others.remove(&Grant {
                membership,
                item_type: item_type.clone(),
                permission: row.permission,
                unit,
            });
            let right = Right {
                membership,
                unit: Some(unit),
                item_type: item_type.clone(),
                permission: row.permission,
            };
            if let Err(refusal) = self.set_right(&right, true) {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(if self.changes.len() == before {
            Outcome::Unchanged
        } else {
            Outcome::Added
        }))
    }
}
