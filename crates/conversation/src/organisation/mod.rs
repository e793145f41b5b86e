//! Organisations and people (O1 to O4, O7, O8), as events of a log of their own and the directory folded from them.
//!
//! Every organisation has a chained log of its units, memberships, teams, networks, items and permissions.
//! The content holds the texts, the header what the rules need. [`Directory`] is the fold of all logs: it knows where
//! everybody works, who can find whom, and who holds which right, and so implements the [`DirectoryLookup`] of the
//! decisions.
//!
//! [`DirectoryLookup`]: crate::lookup::DirectoryLookup

mod administration;
pub mod availability;
mod cards;
mod directory;
pub mod item_type;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

pub use administration::{
    AdminAct, AdminActor, AdminScope, OperatorUser, OrganisationAudit, Subject, Unauthorised, authorise,
};
pub use availability::{Absence, Availability, AvailabilityInvalid, Cover, Presence};
pub use cards::{Card, Held, ItemCard, TeamCard};
pub use directory::{Directory, Grant, Item, Unit, may_be_found};

use crate::ids::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum UnitKind {
    HeadOffice,
    Partnership,
    Branch,
}

/// A person's name; sorted under the family name, without the prefix ("van den Berg" under Berg).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Name {
    pub given: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub prefix: String,
    pub family: String,
}

impl Name {
    /// "Anna van den Berg".
    pub fn full(&self) -> String {
        let parts = [&self.given, &self.prefix, &self.family];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The sort key in a list by name: the family name, without its prefix, then the given name.
    pub fn place(&self) -> (String, String) {
        (matching::plain(&self.family), matching::plain(&self.given))
    }
}

/// The details of a membership that others see (O2, O5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Profile {
    pub name: Name,
    pub discipline: String,
    pub function: String,
    /// The e-mail address of this membership; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub work_email: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationHeader {
    /// The membership that acted, or in whose name the operator acted; absent for the operator on the server itself and
    /// for a source system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MembershipId>,
    /// The operator acted, in the name of `by`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_operator: bool,
    /// The source system that acted, by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: OrganisationKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrganisationKind {
    /// Content: the name. O8.
    Created {
        organisation: OrganisationId,
    },
    /// Content: the name. O1.
    UnitAdded {
        unit: UnitId,
        #[serde(rename = "unit_kind")]
        of: UnitKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<UnitId>,
    },
    /// Content: the new name.
    UnitRenamed {
        unit: UnitId,
    },
    /// Moved to another place in the tree.
    UnitMoved {
        unit: UnitId,
        parent: UnitId,
    },
    /// The membership may agree to share a network in the organisation's name (O8).
    AdministratorNamed {
        membership: MembershipId,
    },
    AdministratorDismissed {
        membership: MembershipId,
    },
    /// This organisation's half of sharing a network with another; it takes effect once both have agreed (O8).
    NetworkAgreed {
        network: NetworkId,
        with: OrganisationId,
    },
    NetworkWithdrawn {
        network: NetworkId,
        with: OrganisationId,
    },
    /// Content: the profile. O2.
    MembershipStarted {
        membership: MembershipId,
        person: PersonId,
        unit: UnitId,
    },
    /// Content: the profile.
    ProfileChanged {
        membership: MembershipId,
    },
    /// The professional chose whether people of other organisations find them by this membership (O6).
    FindabilityChanged {
        membership: MembershipId,
        inside_only: bool,
    },
    /// Content: the availability; absent where nothing is known any more (O5).
    AvailabilityChanged {
        membership: MembershipId,
    },
    MembershipMoved {
        membership: MembershipId,
        unit: UnitId,
    },
    MembershipEnded {
        membership: MembershipId,
    },
    /// Content: the name. O4.
    TeamAdded {
        team: TeamId,
        unit: UnitId,
    },
    /// Content: the new name.
    TeamRenamed {
        team: TeamId,
    },
    /// It has no members any more, and can no longer be chosen.
    TeamEnded {
        team: TeamId,
    },
    TeamJoined {
        team: TeamId,
        membership: MembershipId,
    },
    TeamLeft {
        team: TeamId,
        membership: MembershipId,
    },
    /// A type of item of the organisation's own, besides the built-in ones (O7). Content: its name.
    ItemTypeDefined {
        item_type: String,
    },
    /// An item that conversations can be about (O7). Content: the item.
    ItemRegistered {
        item: ItemId,
        unit: UnitId,
        item_type: String,
    },
    /// Content: the new state of the item.
    ItemChanged {
        item: ItemId,
        unit: UnitId,
    },
    /// Closed in the source system.
    ItemClosed {
        item: ItemId,
    },
    ItemReopened {
        item: ItemId,
    },
    /// `Handle` or `Analyse` for an item type at a unit and below it (O7).
    Granted {
        membership: MembershipId,
        unit: UnitId,
        item_type: String,
        permission: Permission,
    },
    Revoked {
        membership: MembershipId,
        unit: UnitId,
        item_type: String,
        permission: Permission,
    },
    /// A new invitation: its holder sets the password of the account behind this membership (I1).
    Invited {
        membership: MembershipId,
    },
    /// A session of the account behind this membership is ended (I3): the device is signed out.
    SignedOut {
        membership: MembershipId,
        device: DeviceId,
    },
    /// A system that registers the organisation's items, with a key of its own (I2). Content: its name.
    SourceAdded {
        system: SourceId,
    },
    /// The key of a source system is withdrawn (I2).
    SourceEnded {
        system: SourceId,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Handle,
    Analyse,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationContent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Box<Availability>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemContent>,
}

/// The texts of an item (O7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemContent {
    pub title: String,
    /// Its address in the source system: an `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Its reference in the source system; unique in the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The source system's reference of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}
