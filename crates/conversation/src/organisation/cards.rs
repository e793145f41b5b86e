//! Cards of people, teams and items: everything that a device may know of them.

use matching::{Initials, Words};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::Profile;
use super::availability::{Availability, Cover};
use crate::ids::*;
use crate::lookup::Rights;

/// The card of a membership.
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
    /// When they work and who covers (O5); absent where nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub availability: Option<Box<Availability>>,
    /// The membership has ended: the person can no longer be reached by it.
    #[serde(default)]
    pub ended: bool,
}

/// The card of a team (O4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TeamCard {
    pub team: TeamId,
    pub name: String,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub unit_name: String,
    /// The team has ended: it can no longer be chosen.
    #[serde(default)]
    pub ended: bool,
}

/// The card of an item, for people who may see it (O7).
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
    /// The item's address in the source system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub link: Option<String>,
    /// The source system's reference of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client: Option<String>,
    /// The item is closed in the source system.
    #[serde(default)]
    pub closed: bool,
    /// The viewer's permissions at it, by each membership of theirs that holds one there.
    pub held: Vec<Held>,
}

/// The permissions of one membership at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Held {
    pub membership: MembershipId,
    #[serde(flatten)]
    pub rights: Rights,
}

impl Card {
    /// The words by which a search finds it (O6): name, discipline, function, organisation and unit; and the initials.
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
        .with_initials(Initials::of(&profile.name.given, &name))
    }

    /// The one who covers for them.
    pub fn cover(&self) -> Option<Cover> {
        self.availability.as_ref()?.cover
    }

    /// The sort key in a list by name: the family name, without its prefix.
    pub fn place(&self) -> (String, String) {
        self.profile.name.place()
    }
}

impl TeamCard {
    /// The words by which a search finds it (O4, O6): its name, organisation and unit.
    pub fn words(&self) -> Words {
        Words::of([&self.name, &self.organisation_name, &self.unit_name])
    }

    /// The sort key in a list by name.
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
