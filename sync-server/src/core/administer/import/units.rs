//! Units from a file: `name,kind,parent` (O1). Names are unique; a parent exists already, or precedes its children in
//! the file.

use conversation::organisation::UnitKind;
use serde::Deserialize;

use super::super::plan::{Plan, kept};
use super::super::{AdminRefusal, Field};
use super::table::Row;
use super::{Import, Outcome, Report};

#[derive(Deserialize)]
pub(super) struct UnitRow {
    name: String,
    kind: UnitKind,
    /// The head office, unless given.
    #[serde(default)]
    parent: Option<String>,
}

impl Plan {
    pub(super) fn import_units(&mut self, import: &Import, rows: Vec<Row<UnitRow>>, report: &mut Report) {
        for Row { line, row } in rows {
            let outcome = if import.complete {
                Err(AdminRefusal::UnitsStay)
            } else {
                self.import_unit(import, &row)
            };
            report.line(line, &row.name, outcome);
        }
    }

    fn import_unit(&mut self, import: &Import, row: &UnitRow) -> Result<Outcome, AdminRefusal> {
        let organisation = import.organisation;
        // An empty name would otherwise mean the head office.
        let name = kept(Field::Name, &row.name)?;
        let parent = self.unit_named(organisation, row.parent.as_deref())?;
        let known = match self.unit_named(organisation, Some(&name)) {
            Ok(unit) => unit,
            Err(AdminRefusal::NoSuchUnit) => {
                self.add_unit(organisation, &name, row.kind, Some(parent))?;
                return Ok(Outcome::Added);
            }
            Err(refusal) => return Err(refusal),
        };
        let unit = self.directory.units(organisation).find(|(id, _)| *id == known);
        let (kind, above) = unit
            .map(|(_, unit)| (unit.kind, unit.parent))
            .ok_or(AdminRefusal::NoSuchUnit)?;
        if kind != row.kind {
            return Err(AdminRefusal::UnitOfAnotherKind);
        }
        let head_office = self.directory.head_office(organisation) == Some(known);
        if above == Some(parent) || (head_office && parent == known) {
            return Ok(Outcome::Unchanged);
        }
        self.move_unit(organisation, known, parent)?;
        Ok(Outcome::Changed)
    }
}
