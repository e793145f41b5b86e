//! What the operator does: organisations, people, invitations, items, permissions (O1 to O3, O7, O8, I1).
//!
//! Every change of an organisation is an event of its log, appended in the transaction that changes anything else
//! with it. Who does it is the operator, on the server itself.

mod plan;
mod writing;

use std::collections::BTreeMap;

use conversation::organisation::{Name, Permission, UnitKind};
use conversation::{ItemId, MembershipId, NetworkId, OrganisationId, PersonId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

/// One wish of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Administer {
    /// With a head office of the same name.
    OrganisationAdd {
        name: String,
    },
    OrganisationList,
    UnitAdd {
        organisation: OrganisationId,
        name: String,
        of: UnitKind,
        /// The head office, unless given.
        #[serde(default)]
        parent: Option<UnitId>,
    },
    /// A new network of these organisations, or more of them in one that exists.
    NetworkJoin {
        #[serde(default)]
        network: Option<NetworkId>,
        organisations: Vec<OrganisationId>,
    },
    NetworkLeave {
        network: NetworkId,
        organisation: OrganisationId,
    },
    /// With their first memberships and an invitation.
    PersonAdd {
        login: String,
        memberships: Vec<NewMembership>,
    },
    /// Again, or since the password was lost.
    PersonInvite {
        person: PersonId,
    },
    /// The account and all memberships.
    PersonEnd {
        person: PersonId,
    },
    MembershipAdd {
        person: PersonId,
        #[serde(flatten)]
        membership: NewMembership,
    },
    MembershipMove {
        membership: MembershipId,
        unit: UnitId,
    },
    MembershipEnd {
        membership: MembershipId,
    },
    ItemAdd {
        organisation: OrganisationId,
        /// The head office, unless given.
        #[serde(default)]
        unit: Option<UnitId>,
        item_type: String,
        title: String,
        #[serde(default)]
        item: Option<ItemId>,
    },
    Grant(Right),
    Revoke(Right),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewMembership {
    pub organisation: OrganisationId,
    /// The head office, unless given.
    #[serde(default)]
    pub unit: Option<UnitId>,
    pub name: Name,
    pub discipline: String,
    pub function: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Right {
    pub membership: MembershipId,
    /// The head office, unless given: then it holds everywhere in the organisation.
    #[serde(default)]
    pub unit: Option<UnitId>,
    pub item_type: String,
    pub permission: Permission,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Done {
    Organisation {
        organisation: OrganisationId,
        unit: UnitId,
    },
    Organisations {
        organisations: Vec<Listed>,
    },
    Unit {
        unit: UnitId,
    },
    Network {
        network: NetworkId,
    },
    Person {
        person: PersonId,
        memberships: Vec<MembershipId>,
        invitation: Invitation,
    },
    Invited {
        invitation: Invitation,
    },
    Membership {
        membership: MembershipId,
    },
    Item {
        item: ItemId,
    },
    Nothing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    pub organisation: OrganisationId,
    pub name: String,
    pub units: BTreeMap<UnitId, String>,
}

/// Shown once; only its hash is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    pub code: protocol::session::Secret,
    pub expires: Timestamp,
    /// Where it is accepted, if the server knows its own address.
    #[serde(default)]
    pub link: Option<protocol::session::Secret>,
}

/// Why something is not done, as a sentence for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AdminRefusal {
    #[error(
        "There is no such organisation. Nothing was changed; `organisation list` shows those that there are."
    )]
    NoSuchOrganisation,
    #[error(
        "There is no such unit in that organisation. Nothing was changed; `organisation list` shows its units."
    )]
    NoSuchUnit,
    #[error("There is no such person, or their account has ended. Nothing was changed.")]
    NoSuchPerson,
    #[error("There is no such membership, or it has ended. Nothing was changed.")]
    NoSuchMembership,
    #[error(
        "Somebody signs in with that address already. Nothing was changed; add a membership to that person."
    )]
    LoginTaken,
    #[error("That is no e-mail address of at most 200 characters. Nothing was changed.")]
    LoginInvalid,
    #[error("A name is empty, longer than 200 characters, or holds control characters. Nothing was changed.")]
    NameInvalid,
    #[error("A person needs at least one membership. Nothing was changed.")]
    NoMembership,
    #[error("There is an item with that id already. Nothing was changed.")]
    ItemExists,
    #[error("No organisation was named. Nothing was changed.")]
    NobodyNamed,
}
