//! The limits of urgent messages (M10).

use std::collections::BTreeMap;

use conversation::OrganisationId;
use serde::{Deserialize, Serialize};

/// How many urgent messages a person may send in an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UrgentLimits {
    /// In all conversations together; 0 for none.
    pub an_hour: u32,
    /// Other numbers for those who act for an organisation.
    pub organisations: BTreeMap<OrganisationId, u32>,
}

impl Default for UrgentLimits {
    fn default() -> UrgentLimits {
        UrgentLimits {
            an_hour: 10,
            organisations: BTreeMap::new(),
        }
    }
}

impl UrgentLimits {
    pub(crate) fn an_hour(&self, organisation: Option<OrganisationId>) -> u32 {
        let own = organisation.and_then(|organisation| self.organisations.get(&organisation));
        own.copied().unwrap_or(self.an_hour)
    }
}
