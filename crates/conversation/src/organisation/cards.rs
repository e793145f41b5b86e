//! Cards of people, teams and items: everything that a device may know of them.

use matching::Words;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::Profile;
use crate::ids::*;
use crate::lookup::Rights;

/// Of a membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Card {
    pub membership: MembershipId,
    pub person: PersonId,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub unit_name: String,
    #[serde(flatten)]
    pub profile: Profile,
    /// The membership ended: they can no longer be reached.
    #[serde(default)]
    pub ended: bool,
}

/// Of a team (O4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TeamCard {
    pub team: TeamId,
    pub name: String,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub unit_name: String,
    /// It was ended: it can no longer be chosen.
    #[serde(default)]
    pub ended: bool,
}

/// Of an item, for who may see it (O7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ItemCard {
    pub item: ItemId,
    pub title: String,
    /// The name of its type, as its organisation uses it.
    pub item_type: String,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub unit_name: String,
    /// Where it stands in the source system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub link: Option<String>,
    /// The client it is about, as the source system refers to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client: Option<String>,
    /// Done with, in the source system.
    #[serde(default)]
    pub closed: bool,
    /// What the viewer may do at it, by those of their memberships that hold a permission there.
    pub held: Vec<Held>,
}

/// What one membership may do at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Held {
    pub membership: MembershipId,
    #[serde(flatten)]
    pub rights: Rights,
}

impl Card {
    /// The words by which search finds it (O6): name, discipline, function, organisation and unit.
    pub fn words(&self) -> Words {
        let profile = &self.profile;
        let name = profile.name.full();
        Words::of([
            name.as_str(),
            &profile.discipline,
            &profile.function,
            &self.organisation_name,
            &self.unit_name,
        ])
    }

    /// Its place in a list by name: under the family name, without its prefix.
    pub fn place(&self) -> (String, String) {
        let name = &self.profile.name;
        (matching::plain(&name.family), matching::plain(&name.given))
    }
}

impl TeamCard {
    /// The words by which search finds it (O4, O6): its name, organisation and unit.
    pub fn words(&self) -> Words {
        Words::of([&self.name, &self.organisation_name, &self.unit_name])
    }

    /// Its place in a list by name.
    pub fn place(&self) -> String {
        matching::plain(&self.name)
    }
}

impl ItemCard {
    pub fn rights(&self, membership: MembershipId) -> Rights {
        let held = self.held.iter().find(|held| held.membership == membership);
        held.map(|held| held.rights).unwrap_or_default()
    }
}
